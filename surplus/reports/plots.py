"""What all pictures share: matplotlib, patterns without colour, files that tell themselves.

Nothing is meant by colour alone: areas bear a hatch, lines a dash and their name. A picture carries
its description, for who cannot see it, and the same picture gives the same bytes.

matplotlib comes with the extra `plots` and is loaded for a picture only.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any
from xml.sax.saxutils import escape

from surplus.money import euros
from surplus.problems import Refusal

Look = dict[str, Any]

DOTS_PER_INCH = 110
#: More months than this are not all named on the axis.
NAMES_MAX = 14
DARK, MIDDLE, LIGHT, INK = "#1F3864", "#8FA9D6", "#EEF2FA", "#111111"
PLAIN: Look = {"facecolor": MIDDLE, "edgecolor": DARK}
HATCHED: Look = {"facecolor": "white", "edgecolor": DARK, "hatch": "////"}
LINED: Look = {"facecolor": LIGHT, "edgecolor": DARK, "hatch": "----"}
DOTTED: Look = {"facecolor": "white", "edgecolor": DARK, "hatch": "...."}
OUTLINE: Look = {"facecolor": "none", "edgecolor": INK, "linestyle": (0, (1, 1.5))}
DASHES = (0, (6, 3))
#: Text stays text that can be read aloud and searched.
_STYLE: Any = {
    "svg.hashsalt": "surplus",
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "hatch.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def installed() -> bool:
    """Whether pictures can be made."""
    return find_spec("matplotlib") is not None


def needed(otherwise: str) -> None:
    """Make sure that pictures can be made; `otherwise` is how to do without.

    Raises:
        Refusal: matplotlib is not installed.
    """
    if not installed():
        raise Refusal(
            "a picture needs matplotlib, which is not installed",
            f"install Surplus with the extra: pip install 'surplus[plots]'; {otherwise}",
        )


@contextmanager
def drawing(width: float, height: float) -> Iterator[Any]:
    """An empty figure of so many inches, in the style of all pictures."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        yield Figure(figsize=(width, height))


def saved(figure: Any, form: str, title: str, told: str) -> bytes:
    """A figure as the content of a file, with its title and its description in words.

    Args:
        figure: made by `drawing`, and still within it.
        form: svg or png.
        title: its name.
        told: the picture in words.
    """
    file = io.BytesIO()
    if form == "png":
        about = {"Title": title, "Description": told, "Software": "Surplus"}
        figure.savefig(file, format="png", dpi=DOTS_PER_INCH, metadata=about)
        return file.getvalue()
    figure.savefig(file, format="svg", metadata={"Title": title, "Date": None})
    svg = file.getvalue().decode()
    labelled = svg.replace("<svg ", '<svg role="img" aria-labelledby="title desc" ', 1)
    named = labelled.replace("<title>", '<title id="title">', 1)
    return named.replace(
        "</title>", f'</title>\n <desc id="desc">{escape(told)}</desc>', 1
    ).encode()


def in_euros(axis: Any) -> None:
    """Whole euros at the ticks of an axis whose numbers are euros."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda euro, _: euros(round(euro) * 100)[:-3]))
