"""The cover of the auditors' workbook: what it is, whether it adds up, and how to read it.

It counts and adds up the other sheets by formula, beside the totals as told by the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from openpyxl.utils import get_column_letter

from surplus import __version__
from surplus.reports import splice, words
from surplus.reports.period import Period
from surplus.reports.reconciliation import Line
from surplus.reports.sample import Sampled
from surplus.reports.splice import Column, Sheet, reference

WIDTHS = (46, 24, 12, 14, 20, 20, 14)
#: What of the reconciliation is told on the cover too.
FIGURES = ("wages", "benefit", "reserved", "entitled", "approved", "executed")
#: The column of a sheet that is added up here.
CONTROL = {
    "reconciliation": "check_cents",
    "settlements": "change_cents",
    "buffers": "closing_cents",
    "journal": "debit_cents",
    "trial": "closing_cents",
    "payments": "amount_cents",
    "income": "net_cents",
    "unexplained": "open_cents",
    "corrections": "booked_cents",
    "failed": "booked_back_cents",
    "authorisations": "total_cents",
    "sample": "amount_cents",
    "apart": "amount_cents",
}
SUMS = ("total", "summed", "difference")


@dataclass(frozen=True)
class Told:
    """What the cover speaks of: the period, its reconciliation, the seal, the sheets by key."""

    period: Period
    on: str
    lines: Sequence[Line]
    head: str
    parts: Mapping[str, Sequence[Sheet]]
    sampled: Sampled | None = None
    pictures: Sequence[Sheet] = ()

    @property
    def sheets(self) -> list[Sheet]:
        """All sheets, in order."""
        dossiers = self.sampled.dossiers if self.sampled else []
        tables = (sheet for group in self.parts.values() for sheet in group)
        return [*tables, *self.pictures, *dossiers]

    @property
    def differences(self) -> int:
        """The differences of the reconciliation added up, each without its sign, in cents."""
        return sum(abs(line.left - line.right) for line in self.lines)


class Cell(NamedTuple):
    """A cell of a sheet that is no table: its kind (as `splice` knows them), value, formula."""

    kind: str
    value: Any
    formula: str = ""


def cover(told: Told, say: words.Words) -> Sheet:
    """The sheet."""
    rows: list[list[Cell]] = [[Cell("title", say(words.TEXTS, "title"))], []]
    rows += [*_scope(told, say), []]
    rows += [*_result(told, say, len(rows) + 1), []]
    rows += [*_figures(told, say), []]
    rows += [*_controls(told, say, len(rows) + 1), []]
    rows += [*_sample(told.sampled, say), []] if told.sampled else []
    language = told.period.settings.municipality.language
    rows += [_heading(say, "reading"), *([Cell("text", t)] for t in words.READING[language])]
    return Sheet(say(words.SHEETS, "cover"), as_columns(rows, WIDTHS))


def _scope(told: Told, say: words.Words) -> list[list[Cell]]:
    here, (runs, *_) = told.period.settings.municipality, told.parts["runs"]
    entries = runs.columns[_place(runs, "entries")].values
    return [
        _heading(say, "scope"),
        _line(say, "municipality", "text", f"{here.name} ({here.code})"),
        _line(say, "environment", "text", here.environment),
        _line(say, "period", "date", told.period.first),
        _line(say, "until", "date", told.period.last),
        _line(say, "made_on", "date", told.on),
        _line(say, "program", "text", f"Surplus {__version__}"),
        _line(say, "runs", "count", runs.rows),
        _line(say, "entries", "count", int(entries.sum())),
        _line(say, "head", "text", told.head),
        _line(say, "hash", "text", splice.fingerprint(told.sheets)),
    ]


def _result(told: Told, say: words.Words, first: int) -> list[list[Cell]]:
    sheet = told.parts["reconciliation"][0]
    checks = reference(sheet.title, _letter(sheet, "check_cents"), 2, sheet.rows + 1)
    fits, differs = (say(words.TEXTS, key) for key in ("fits", "differs"))
    return [
        _heading(say, "result"),
        _line(say, "sum", "cents", told.differences, f"ROUND(SUMPRODUCT(ABS({checks})),2)"),
        _line(
            say,
            "verdict",
            "heading",
            differs if told.differences else fits,
            f'IF(B{first + 1}=0,"{fits}","{differs}")',
        ),
    ]


def _figures(told: Told, say: words.Words) -> list[list[Cell]]:
    return [
        _heading(say, "figures"),
        *(
            [Cell("text", say(words.RECONCILIATION, line.key)[1]), Cell("cents", line.left)]
            for line in told.lines
            if line.key in FIGURES
        ),
    ]


def _controls(told: Told, say: words.Words, first: int) -> list[list[Cell]]:
    """Every sheet with its rows and its control total, as told and as counted by formula."""
    head = _heading(say, "sheets", "column", "rows", "rows_counted")
    sums = [Cell("heading cents", say(words.TEXTS, key)) for key in SUMS]
    rows = [[*head[: -len(SUMS)], *sums]]
    for key, group in told.parts.items():
        count = sum(sheet.rows for sheet in group)
        cells = [
            Cell("text", group[0].title),
            Cell("text", say(words.HEADERS, CONTROL[key]) if key in CONTROL else ""),
            Cell("count", count),
            Cell("count", count, f"COUNTA({_ranges(group, 'A')})"),
        ]
        if key in CONTROL:
            letter, row = _letter(group[0], CONTROL[key]), first + len(rows)
            total = sum(_total(sheet, CONTROL[key]) for sheet in group)
            cells += [
                Cell("cents", total),
                Cell("cents", total, f"ROUND(SUM({_ranges(group, letter)}),2)"),
                Cell("cents", 0, f"ROUND(E{row}-F{row},2)"),
            ]
        rows.append(cells)
    return rows


def _sample(sampled: Sampled, say: words.Words) -> list[list[Cell]]:
    """How the sample was drawn, so that anybody can draw it again."""
    drawn = sampled.sampling
    return [
        _heading(say, "sample"),
        _line(say, "interval", "amount", drawn.interval),
        _line(say, "seed", "text", str(drawn.seed)),
        _line(say, "first_hit", "amount", drawn.first),
        _line(say, "hits", "count", sampled.hits),
        _line(say, "drawn", "count", len(sampled.dossiers)),
        [Cell("text", say(words.TEXTS, "how_drawn"))],
    ]


def _line(say: words.Words, key: str, kind: str, value: Any, formula: str = "") -> list[Cell]:
    return [Cell("text", say(words.TEXTS, key)), Cell(kind, value, formula)]


def _heading(say: words.Words, *keys: str) -> list[Cell]:
    texts = [say(words.TEXTS, key) for key in keys]
    return [Cell("heading", text) for text in texts + [""] * (len(WIDTHS) - len(texts))]


def _place(sheet: Sheet, name: str) -> int:
    return [column.name for column in sheet.columns].index(name)


def _letter(sheet: Sheet, name: str) -> str:
    return str(get_column_letter(_place(sheet, name) + 1))


def _total(sheet: Sheet, name: str) -> int:
    cents = sheet.columns[_place(sheet, name)].values
    if getattr(cents, "dtype", None) == np.int64:
        return int(cents.sum())
    return sum(int(each) for each in cents if each)


def _ranges(group: Sequence[Sheet], letter: str) -> str:
    return ",".join(reference(s.title, letter, 2, max(2, s.rows + 1)) for s in group)


def as_columns(rows: Sequence[Sequence[Cell]], widths: Sequence[int]) -> list[Column]:
    """Rows of cells as columns of a sheet without header."""
    empty = Cell("text", "")
    columns = []
    for place, width in enumerate(widths):
        cells = [row[place] if place < len(row) else empty for row in rows]
        kinds, values, formulas = zip(*cells, strict=True)
        columns.append(Column("", kinds, values, width, formulas))
    return columns
