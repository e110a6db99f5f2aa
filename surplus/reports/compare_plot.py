"""A picture of one client's comparison: a bar chart per variant, one under the other.

Nothing is meant by colour alone: wages are hatched, surpluses lined, what is set off is a dotted
outline, V a dashed line with its name, a month short of money bears a mark. The picture tells
itself in words too (title and description, for who cannot see it), and its amounts stand in the
workbook beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.config import Settings
from surplus.money import euros
from surplus.months import Month
from surplus.reports import compare_words, plots, words
from surplus.reports.compare import VARIANTS, Comparison
from surplus.reports.compare_words import SHEETS, TEXTS, part
from surplus.reports.tables import client_numbers, month_texts
from surplus.rules.ordinary.measures import SHORT_PERCENT

INCHES = (10.0, 11.0)
#: A month short of money.
SHORT = "▼"


def picture(
    comparison: Comparison, place: int, settings: Settings, form: str, workbook: str
) -> bytes:
    """The picture of one client.

    Args:
        comparison: of one client or of all.
        place: of the client in it.
        settings: the language.
        form: svg or png.
        workbook: name of the file in which the amounts stand.
    """
    say = words.speaker(settings.municipality.language)
    title = say(TEXTS, "client").format(client=_client(comparison, place))
    with plots.drawing(*INCHES) as figure:
        figure.subplots_adjust(left=0.09, right=0.98, top=0.93, bottom=0.1, hspace=0.25)
        figure.suptitle(title, y=0.985, fontsize=13, fontweight="bold")
        charts = figure.subplots(len(VARIANTS), 1, sharex=True, sharey=True)
        for chart, variant in zip(charts, VARIANTS, strict=True):
            _chart(chart, comparison, place, variant, say)
        _axes(charts, comparison, place, say)
        _legend(figure, say)
        return plots.saved(figure, form, title, description(comparison, place, say, workbook))


def description(comparison: Comparison, place: int, say: words.Words, workbook: str) -> str:
    """The picture in words."""
    settled = comparison.course.settled[place]
    months = month_texts(comparison.course.months[settled])
    variants = []
    for variant in VARIANTS:
        measures = comparison.measures[variant]
        received = comparison.paid[variant].received[place][settled]
        variants.append(
            say(TEXTS, "alt_variant").format(
                variant=say(compare_words.VARIANTS, variant),
                lowest=euros(measures.lowest[place]),
                highest=euros(received.max()),
                deviation=euros(measures.deviation[place]),
                below=measures.below_90[place],
                late=measures.days_late[place],
            )
        )
    return str(
        say(TEXTS, "alt").format(
            client=_client(comparison, place), first=months[0], last=months[-1],
            variants=" ".join(variants), workbook=workbook, sheet=say(SHEETS, "months"),
        )
    )  # fmt: skip


def _chart(chart: Any, comparison: Comparison, place: int, variant: str, say: words.Words) -> None:
    """The bars of one variant: what comes from the employer below what the municipality pays."""
    cash, course = comparison.paid[variant], comparison.course
    shown = np.flatnonzero(comparison.shown[place])
    wage, benefit = cash.wage[place][shown], cash.benefit[place][shown]
    extra = cash.supplied[place][shown] if variant == "surplus" else np.zeros_like(benefit)
    top = wage + benefit
    chart.bar(shown, wage / 100, width=0.7, **plots.HATCHED)
    chart.bar(shown, (benefit - extra) / 100, bottom=wage / 100, width=0.7, **plots.PLAIN)
    chart.bar(shown, extra / 100, bottom=(top - extra) / 100, width=0.7, **plots.LINED)
    back = cash.taken_back[place][shown]
    chart.bar(shown[back > 0], back[back > 0] / 100, bottom=top[back > 0] / 100, width=0.7,
              **plots.OUTLINE)  # fmt: skip
    norm = course.paid_norm[place][shown]
    settled = np.flatnonzero(course.settled[place])
    level = course.paid_norm[place][settled] / 100
    chart.step(np.append(settled, settled[-1] + 1) - 0.5, np.append(level, level[-1]),
               where="post", color=plots.INK, linewidth=1.2, linestyle=plots.DASHES)  # fmt: skip
    chart.text(settled[-1] + 0.55, level[-1], "V", va="center", color=plots.INK)
    short = course.settled[place][shown] & (100 * top < SHORT_PERCENT * norm)
    _signs(chart, shown, top + back, short, cash.days_late[place][shown], say)
    measures = comparison.measures[variant]
    told = say(TEXTS, "panel").format(
        deviation=euros(measures.deviation[place]),
        lowest=euros(measures.lowest[place]),
        part=part(int(measures.lowest_permille[place])),
        late=measures.days_late[place],
    )
    chart.set_title(say(compare_words.VARIANTS, variant), loc="left", fontweight="bold")
    chart.set_title(told, loc="right", fontsize=9, color=plots.INK)


def _signs(
    chart: Any, shown: Any, height: Any, short: Any, days_late: Any, say: words.Words
) -> None:
    """Above the bars: a mark where a month is short of money, and how many days it was late."""
    few = len(shown) <= plots.NAMES_MAX
    for place in np.flatnonzero(short | (days_late > 0)):
        signs = [SHORT] if short[place] else []
        if days_late[place] and few:
            signs.append(say(TEXTS, "late").format(days=days_late[place]))
        chart.annotate(
            " ".join(signs), (shown[place], height[place] / 100), xytext=(0, 3),
            textcoords="offset points", ha="center", color=plots.INK, fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )  # fmt: skip


def _axes(charts: Any, comparison: Comparison, place: int, say: words.Words) -> None:
    """Months below, euros at the side."""
    shown = np.flatnonzero(comparison.shown[place])
    open_too = f"\n{say(words.CODES, 'open')}"
    names = [
        str(Month(month)) + ("" if settled else open_too)
        for month, settled in zip(
            comparison.course.months.tolist(), comparison.course.settled[place], strict=True
        )
    ]
    step = -(-len(shown) // plots.NAMES_MAX)
    ticks = shown[::step]
    last = charts[-1]
    last.set_xticks(ticks, [names[tick] for tick in ticks])
    last.set_xlim(shown[0] - 0.6, shown[-1] + 0.8)
    last.set_ylim(0, 1.08 * last.get_ylim()[1])
    for chart in charts:
        plots.in_euros(chart.yaxis)
        chart.tick_params(axis="x", length=0)
    charts[len(charts) // 2].set_ylabel(say(TEXTS, "euro"), loc="top")


def _legend(figure: Any, say: words.Words) -> None:
    """What the patterns mean, below the charts."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    patches = {
        "wage": plots.HATCHED, "paid": plots.PLAIN, "extra": plots.LINED,
        "taken_back": plots.OUTLINE,
    }  # fmt: skip
    signs: list[Any] = [Patch(label=say(TEXTS, key), **look) for key, look in patches.items()]
    signs += [
        Line2D(
            [], [], label=say(TEXTS, "norm"), linestyle=plots.DASHES, color=plots.INK, linewidth=1.2
        ),
        Line2D(
            [],
            [],
            label=say(TEXTS, "short"),
            linestyle="none",
            marker=f"${SHORT}$",
            color=plots.INK,
        ),
    ]
    figure.legend(handles=signs, loc="lower center", ncols=3, frameon=False,
                  handlelength=2.6, handleheight=1.4)  # fmt: skip


def _client(comparison: Comparison, place: int) -> str:
    return str(client_numbers(comparison.clients[place : place + 1])[0])
