"""What was said of rows, told per code: how many, where, and what to do. The worst comes first."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from surplus.intake.notes import UNCHANGED
from surplus.problems import PROBLEMS

#: What a person must see first.
_WORST_FIRST = "FEHWI"
#: A screen is so many columns wide.
_WIDTH = 100
#: So many places of a code are named.
PLACES = 5


def summary(said: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Per code and severity: rows (how many), places (the first ones), text and remedy.

    Args:
        said: columns code, severity, line and field, one value per note; and delivery and file,
            where the notes are about several files. Each place bears them.
        language: nl or en.
    """
    if not len(said["code"]):
        return []
    notes = pd.DataFrame({name: np.asarray(column) for name, column in said.items()})
    notes = notes[notes["code"] != UNCHANGED]
    row = ["delivery", "line"] if "delivery" in notes else ["line"]
    place = [name for name in ("delivery", "file", "line", "field") if name in notes]
    told = [
        {
            "code": code,
            "severity": severity,
            "rows": len(mine.drop_duplicates(row)),
            "places": mine[place].head(PLACES).to_dict("records"),
            "text": PROBLEMS[code].text[language],
            "remedy": PROBLEMS[code].remedy[language],
        }
        for (code, severity), mine in notes.groupby(["code", "severity"], sort=False)
    ]
    return sorted(told, key=lambda one: (_WORST_FIRST.index(one["severity"]), one["code"]))


def in_words(told: Mapping[str, Any], line: str = "line", file: str = "file") -> str:
    """Where a code was said: the first places, and how many there are beside them.

    >>> in_words({"rows": 9, "places": [{"line": 3, "field": "bsn"}, {"line": 7, "field": "bsn"}]})
    'line 3 bsn, line 7 bsn … +7'
    """
    named = []
    for place in told["places"]:
        words = [f"{line} {place['line']}" if place["line"] else file, place["field"]]
        named.append(" ".join(filter(None, [place.get("file", ""), *words])))
    more = told["rows"] - len({(p.get("delivery"), p["line"]) for p in told["places"]})
    return ", ".join(dict.fromkeys(named)) + (f" … +{more}" if more > 0 else "")


def on_screen(told: Mapping[str, Any], indent: str = "") -> list[str]:
    """A code with its places, and what it means and asks under it, as lines of a screen."""
    return [
        *_wrapped(f"{told['code']} {told['severity']} × {told['rows']}: {in_words(told)}", indent),
        *_wrapped(f"{told['text']} → {told['remedy']}", f"{indent}  "),
    ]


def _wrapped(text: str, indent: str) -> list[str]:
    more = f"{indent}  "
    return wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=more, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
