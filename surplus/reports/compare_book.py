"""The comparison as a workbook: an overview, a row per client and variant, a row per month."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from surplus import __version__
from surplus.config import Settings
from surplus.reports import compare, compare_words, splice, words
from surplus.reports.compare import IN_CENTS, SINGLE, VARIANTS, Comparison, Summary
from surplus.reports.compare_words import MEASURES, READING, SHEETS, TEXTS
from surplus.reports.sheets import sheet
from surplus.reports.splice import Column, Sheet
from surplus.reports.tables import mapped
from surplus.rules.ordinary import afterwards, estimate, on_the_month, surplus
from surplus.rules.ordinary.measures import Distribution

SOURCES = on_the_month.SOURCES | afterwards.SOURCES | estimate.SOURCES | surplus.SOURCES
WIDTHS = (44, 26, 16, 16, 16, 16)
#: Measures of which the distribution says something.
SPREAD = (
    "deviation", "largest_drop", "lowest", "lowest_permille", "below_90", "below_norm",
    "days_late", "corrections", "taken_back", "taken_back_cents", "claim",
)  # fmt: skip

#: A cell of the overview: its kind and its value.
Cell = tuple[str, Any]


def workbook(comparison: Comparison, settings: Settings, on: str) -> bytes:
    """The workbook; the same comparison gives the same bytes.

    Args:
        comparison: of one client or of all.
        settings: the municipality and its language.
        on: the business date, which the book bears.
    """
    language = settings.municipality.language
    say = words.speaker(language)
    headers = compare_words.HEADERS | {
        compare.measure_name(name): (english[0], dutch[0])
        for name, (english, dutch) in MEASURES.items()
    }
    clients = compare.client_rows(comparison)
    clients["variant"] = mapped(clients["variant"], lambda name: say(compare_words.VARIANTS, name))
    named: Any = {"titles": SHEETS, "headers": headers}
    sheets = [
        Sheet(say(SHEETS, "overview"), overview(comparison, settings, on, say)),
        *splice.split(sheet(say, "clients", clients, **named)),
        *splice.split(sheet(say, "months", compare.month_rows(comparison), total=True, **named)),
    ]
    file = io.BytesIO()
    splice.write(file, sheets, on=on, author=f"Surplus {__version__}", language=language)
    return file.getvalue()


def overview(
    comparison: Comparison, settings: Settings, on: str, say: words.Words
) -> Sequence[Column]:
    """The first sheet: totals and distribution over the clients, and how to read them."""
    summaries = compare.summary(comparison)
    here = settings.municipality
    rows: list[list[Cell]] = [
        [("title", say(TEXTS, "title"))],
        [],
        [("text", say(TEXTS, "municipality")), ("text", f"{here.name} ({here.code})")],
        [("text", say(TEXTS, "made_on")), ("date", on)],
        [("text", say(TEXTS, "client_count")), ("count", len(comparison.clients))],
        [],
    ]
    if len(comparison.clients) == 1:
        rows += [_heading(say, "measures"), *_alone(summaries, say), []]
    else:
        rows += [_heading(say, "totals"), *_totals(summaries, say), []]
        rows += [_heading(say, "spread"), *_spread(summaries, say), []]
    rows += [*_told(say, "how", {n: s.formula(here.language) for n, s in SOURCES.items()}), []]
    rows += [*_meanings(say), []]
    rows += [_heading(say, "reading"), *([("text", line)] for line in READING[here.language])]
    return _columns(rows)


def _alone(summaries: Sequence[Summary], say: words.Words) -> Iterator[list[Cell]]:
    """The measures of a single client."""
    for name in MEASURES:
        yield _row(say(MEASURES, name)[0], "", name, [s.spread[name].median for s in summaries])


def _totals(summaries: Sequence[Summary], say: words.Words) -> Iterator[list[Cell]]:
    for name in MEASURES:
        if name not in SINGLE:
            yield _row(say(MEASURES, name)[0], "", name, [s.totals[name] for s in summaries])
        if name == "below_90":
            yield _row(
                say(TEXTS, "clients_below_90"), "", name, [s.clients_below_90 for s in summaries]
            )


def _spread(summaries: Sequence[Summary], say: words.Words) -> Iterator[list[Cell]]:
    for name in SPREAD:
        for place, rank in enumerate(Distribution._fields):
            title = "" if place else say(MEASURES, name)[0]
            values = [s.spread[name][place] for s in summaries]
            yield _row(title, say(TEXTS, rank), name, values)


def _row(title: str, rank: str, name: str, values: Sequence[int]) -> list[Cell]:
    kind = "cents" if name in IN_CENTS else "part" if name.endswith("_permille") else "number"
    return [("text", title), ("text", rank), *((kind, value) for value in values)]


def _heading(say: words.Words, key: str) -> list[Cell]:
    titles = [("heading cents", say(compare_words.VARIANTS, name)) for name in VARIANTS]
    if key == "reading":
        titles = [("heading", "")] * len(VARIANTS)
    return [("heading", say(TEXTS, key)), ("heading", ""), *titles]


def _told(say: words.Words, key: str, told: Mapping[str, str]) -> Iterator[list[Cell]]:
    """What each variant does, or each measure is, in words."""
    yield [("heading", say(TEXTS, key)), *[("heading", "")] * (len(WIDTHS) - 1)]
    for name, meaning in told.items():
        yield [("text", say(compare_words.VARIANTS, name)), ("text", meaning)]


def _meanings(say: words.Words) -> Iterator[list[Cell]]:
    told = dict(say(MEASURES, name) for name in MEASURES)
    yield from _told(say, "meaning", told)


def _columns(rows: Sequence[Sequence[Cell]]) -> list[Column]:
    """Rows of cells as columns of a sheet without header."""
    columns = []
    for place, width in enumerate(WIDTHS):
        cells = [row[place] if place < len(row) else ("text", "") for row in rows]
        kinds, values = zip(*cells, strict=True)
        columns.append(Column("", kinds, values, width, [""] * len(rows)))
    return columns
