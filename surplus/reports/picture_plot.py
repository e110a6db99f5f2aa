"""How the pictures are drawn: lines with dashes, marks and names, bars with hatches and amounts."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from surplus.money import euros
from surplus.months import Month
from surplus.reports import plots
from surplus.reports.figures import Ages, Buffers, Course
from surplus.reports.picture_words import TEXTS, age_names, day_told, month_names
from surplus.reports.plots import DARK, INK, NAMES_MAX
from surplus.reports.words import speaker

BUFFER_INCHES = (10.0, 5.2)
AGES_INCHES = (10.0, 3.2)
FLOWS_INCHES = (10.0, 4.6)
CLIENT_INCHES = (10.0, 6.2)
#: More dates than this do not fit beside each other.
DATES_MAX = 8
#: Points that a text of two lines takes.
TWO_LINES = 22
#: The lines of the spread over clients: key of its name, dash, mark.
_SPREAD = (("low", (0, (5, 3)), "v"), ("median", "-", "o"), ("high", (0, (7, 2, 1, 2)), "^"))
_FLOWS = {"wages": plots.HATCHED, "benefit": plots.DOTTED, "fixed": plots.PLAIN,
          "extra": plots.LINED, "other": plots.OUTLINE}  # fmt: skip
_SHADES = (plots.PLAIN, plots.HATCHED, plots.LINED, plots.DOTTED)


def buffers(figure: Any, told: Buffers, language: str) -> None:
    """The total above, the spread over clients below."""
    say = speaker(language)
    upper, lower = figure.subplots(2, 1, sharex=True)
    figure.subplots_adjust(left=0.11, right=0.86, top=0.87, bottom=0.1, hspace=0.28)
    places = np.arange(len(told.days))
    upper.plot(places, told.total / 100, color=DARK, marker="s", markersize=4)
    _values(upper, places, told.total)
    for (_key, dash, mark), cents in zip(_SPREAD, told.spread, strict=True):
        lower.plot(places, cents / 100, color=DARK, linestyle=dash, marker=mark, markersize=4)
    upper.set_title(say(TEXTS, "total"), loc="left", fontweight="bold")
    lower.set_title(say(TEXTS, "spread"), loc="left", fontweight="bold")
    for chart in (upper, lower):
        _zero(chart, say(TEXTS, "euro"))
        chart.margins(y=0.18)
    last = told.spread[:, -1]
    for (key, _dash, _mark), cents, up in zip(_SPREAD, last, _apart(lower, last), strict=True):
        beside = f"{say(TEXTS, key)}\n{euros(cents)}"
        lower.annotate(beside, (places[-1], cents / 100), xytext=(8, up), va="center",
                       textcoords="offset points", color=INK, fontsize=8)  # fmt: skip
    step = _step(len(places), DATES_MAX)
    lower.set_xticks(places[::step], [day_told(day, language) for day in told.days[::step]])


def _apart(chart: Any, amounts: Any) -> list[float]:
    """How many points each text of two lines moves up so that none lies over another."""
    box = chart.get_window_extent()
    low, high = chart.get_ylim()
    points = (amounts / 100 - low) / (high - low) * box.height / chart.figure.dpi * 72
    placed: list[float] = []
    for point in points.tolist():  # ascending
        placed.append(max(point, placed[-1] + TWO_LINES) if placed else point)
    over = (placed[-1] - points[-1]) / 2
    return [float(at - point - over) for at, point in zip(placed, points, strict=True)]


def ages(figure: Any, told: Mapping[str, Ages], language: str) -> None:
    """A chart of bars for each kind of open item, side by side."""
    say = speaker(language)
    charts = figure.subplots(1, len(told))
    figure.subplots_adjust(left=0.15, right=0.98, top=0.72, bottom=0.07, wspace=0.5)
    since = {"suspense": "since_line", "wages_open": "since_month"}
    for chart, (key, open_items) in zip(charts, told.items(), strict=True):
        rows = np.arange(len(open_items.cents))
        for row, look in zip(rows, _SHADES, strict=True):
            chart.barh(row, open_items.cents[row] / 100, height=0.7, **look)
        largest = max(1, int(np.abs(open_items.cents).max()))
        chart.set_xlim(min(0, int(open_items.cents.min())) / 100, 1.6 * largest / 100)
        for row, items, cents in zip(rows, open_items.items, open_items.cents, strict=True):
            chart.text(max(0, cents) / 100 + 0.02 * largest / 100, row, f"{euros(cents)} ({items})",
                       va="center", color=INK)  # fmt: skip
        chart.set_yticks(rows, age_names(open_items.limits, language))
        chart.invert_yaxis()
        chart.tick_params(axis="both", length=0)
        chart.set_xticks([])
        chart.spines["bottom"].set_visible(False)
        chart.set_title(f"{say(TEXTS, key)}\n{say(TEXTS, since[key])}; {say(TEXTS, 'counted')}",
                        loc="left", fontsize=9, fontweight="bold", x=-0.36)  # fmt: skip


def flows(figure: Any, told: Mapping[str, Any], language: str) -> None:
    """Two bars a month: what came in, what left."""
    say = speaker(language)
    chart = figure.subplots()
    figure.subplots_adjust(left=0.1, right=0.98, top=0.88, bottom=0.2)
    months = told["months"]
    places, width = np.arange(len(months)), 0.38
    left, right = places - 0.21, places + 0.21
    more, less = np.maximum(told["other"], 0), np.maximum(-told["other"], 0)
    heights = {"in": np.zeros_like(more), "out": np.zeros_like(more)}
    for side, at, key, cents in (
        ("in", left, "wages", told["wages"]), ("in", left, "benefit", told["benefit"]),
        ("in", left, "other", more), ("out", right, "fixed", -told["fixed"]),
        ("out", right, "extra", -told["extra"]), ("out", right, "other", less),
    ):  # fmt: skip
        _bars(chart, at, cents, heights[side], width, _FLOWS[key])
        heights[side] = heights[side] + cents
    if len(months) <= NAMES_MAX:
        for place, key, cents in (
            *((x, "in", c) for x, c in zip(left, heights["in"], strict=True)),
            *((x, "out", c) for x, c in zip(right, heights["out"], strict=True)),
        ):
            if cents:
                _label(chart, place, cents, f"{say(TEXTS, key)}\n{_whole(cents)}")
    _zero(chart, say(TEXTS, "euro"))
    chart.margins(y=0.2)
    step = _step(len(months))
    chart.set_xticks(places[::step], month_names(months[::step], language))
    shown = {key: look for key, look in _FLOWS.items() if key != "other" or told["other"].any()}
    _legend(figure, {say(TEXTS, key): look for key, look in shown.items()})


def _bars(chart: Any, places: Any, cents: Any, bottom: Any, width: float, look: Any) -> None:
    """Bars of what is not zero: even a bar of no height has an edge that would be seen."""
    there = np.flatnonzero(cents)
    chart.bar(places[there], cents[there] / 100, width, bottom=bottom[there] / 100, **look)


def client(figure: Any, told: Course, language: str) -> None:
    """What was paid and the wage above, the buffer below."""
    say = speaker(language)
    upper, lower = figure.subplots(2, 1, sharex=True)
    figure.subplots_adjust(left=0.1, right=0.86, top=0.87, bottom=0.14, hspace=0.28)
    places = np.arange(len(told.months))
    _bars(upper, places, told.fixed, np.zeros_like(told.fixed), 0.6, _FLOWS["fixed"])
    _bars(upper, places, told.extra, told.fixed, 0.6, _FLOWS["extra"])
    known = np.flatnonzero(told.settled)
    upper.plot(known, told.wage[known] / 100, color=INK, linestyle=plots.DASHES, marker="o",
               markerfacecolor="white", markersize=6)  # fmt: skip
    if len(places) <= NAMES_MAX:
        for place in known.tolist():
            _label(upper, place, told.wage[place], euros(told.wage[place]), boxed=True)
        for place in np.flatnonzero(~told.settled & (told.fixed > 0)).tolist():
            _label(upper, place, 0, say(TEXTS, "open"), boxed=True)
    lower.step(
        [_slot(day, told.months) for day in told.days], told.stood / 100,
        where="post", color=DARK,
    )  # fmt: skip
    _extended(lower, told)
    upper.set_title(say(TEXTS, "paid"), loc="left", fontweight="bold")
    lower.set_title(say(TEXTS, "buffer"), loc="left", fontweight="bold")
    for chart in (upper, lower):
        _zero(chart, say(TEXTS, "euro"))
        chart.margins(y=0.15)
    lower.set_xlim(-0.6, len(places) - 0.4)
    step = _step(len(places))
    lower.set_xticks(places[::step], month_names(told.months[::step], language))
    line = {"color": INK, "linestyle": plots.DASHES, "marker": "o", "markerfacecolor": "white"}
    _legend(figure, {say(TEXTS, key): _FLOWS[key] for key in ("fixed", "extra")},
            {say(TEXTS, "wage"): line})  # fmt: skip


def _extended(chart: Any, told: Course) -> None:
    """The buffer up to the last day, with what it is then."""
    if not len(told.stood):
        return
    ends, last = _slot(told.until, told.months), told.stood[-1]
    begins = _slot(told.days[-1], told.months)
    chart.plot([begins, ends], [last / 100, last / 100], color=DARK)
    chart.annotate(euros(last), (ends, last / 100), xytext=(6, 0), va="center",
                   textcoords="offset points", color=INK, fontsize=8)  # fmt: skip


def _slot(day: str, months: Sequence[Month]) -> float:
    """Where a day lies between months that stand 1 apart; days before the first lie at its edge."""
    told = date.fromisoformat(day)
    month = Month.of(day)
    if month < months[0]:
        return -0.5
    length = calendar.monthrange(told.year, told.month)[1]
    return months.index(month) - 0.5 + (told.day - 1) / length


def _label(chart: Any, place: float, cents: Any, text: str, *, boxed: bool = False) -> None:
    """A text above a point; in a box where something may lie behind it."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85} if boxed else None
    chart.annotate(text, (place, cents / 100), xytext=(0, 6 if boxed else 3), ha="center",
                   va="bottom", textcoords="offset points", color=INK, fontsize=8,
                   bbox=box)  # fmt: skip


def _values(chart: Any, places: Any, amounts: Any) -> None:
    """The amounts above a line, where there is room for them."""
    if len(places) <= NAMES_MAX:
        for place, cents in zip(places, amounts, strict=True):
            _label(chart, place, cents, _whole(cents), boxed=True)


def _zero(chart: Any, unit: str) -> None:
    """Euros at the side, and a thin line at zero."""
    plots.in_euros(chart.yaxis)
    chart.axhline(0, color=INK, linewidth=0.6)
    chart.tick_params(axis="x", length=0)
    chart.set_ylabel(unit)


def _legend(figure: Any, areas: Mapping[str, Any], lines: Mapping[str, Any] | None = None) -> None:
    """What the patterns mean, below."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    signs: list[Any] = [Patch(label=name, **look) for name, look in areas.items()]
    signs += [Line2D([], [], label=name, **look) for name, look in (lines or {}).items()]
    figure.legend(handles=signs, loc="lower center", ncols=len(signs), frameon=False,
                  handlelength=2.6, handleheight=1.4)  # fmt: skip


def _whole(cents: Any) -> str:
    """Euros without cents, rounded half away from zero."""
    return euros(100 * round(int(cents) / 100))[:-3]


def _step(count: int, most: int = NAMES_MAX) -> int:
    """Every how many months one is named."""
    return -(-count // most)
