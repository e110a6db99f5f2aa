"""A table of named columns as a sheet of a workbook: the name of a column tells what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from surplus.reports import code_words, tables, words
from surplus.reports.splice import Column, Sheet

Columns = dict[str, Any]
Titles = Mapping[str, tuple[str, str]]

#: Of a column, in characters.
WIDTH_MAX = 150
#: Columns whose values are codes that people read as words.
CODED = ("job", "action", "kind", "status", "state", "cause", "verdict", "source", "severity",
         "period_kind", "unit", "hold_reason")  # fmt: skip
#: Columns of days whose names do not end in `_on`.
DAYS = ("business_date", "valid_from", "valid_until", "period_begin", "period_end")


def sheet(
    say: words.Words,
    key: str,
    rows: Columns,
    *,
    formulas: Mapping[str, str] | None = None,
    total: bool = False,
    titles: Titles = words.SHEETS,
    headers: Titles = words.HEADERS,
) -> Sheet:
    """A table as a sheet; with `total` its amounts are added up below it."""
    columns = [
        _column(say, name, say(headers, name), column, (formulas or {}).get(name, ""), total)
        for name, column in rows.items()
    ]
    return Sheet(say(titles, key), columns, say(words.TEXTS, "totals") if total else "")


def _column(
    say: words.Words, name: str, header: str, values: Any, formula: str, total: bool
) -> Column:
    """A column whose name tells what it holds, as wide as what stands in it."""
    if name.endswith("_cents"):
        return Column(header, "cents", values, max(14, len(header) + 4), formula, total, name)
    if name.endswith("_at"):
        return Column(header, "moment", values, max(18, len(header) + 4), name=name)
    if name.endswith("_on") or name in DAYS:
        return Column(header, "day", values, max(12, len(header) + 4), name=name)
    if name.endswith("_permille"):
        return Column(header, "part", values, max(12, len(header) + 4), name=name)
    if name in CODED:
        values = tables.mapped(values, lambda code: say(words.CODES, code))
    if name in code_words.COLUMNS:
        values = tables.mapped(values, partial(code_words.COLUMNS[name], say))
    kind = "whole" if values.dtype != object or _numbers(values) else "text"
    longest = _longest(values)
    width = min(WIDTH_MAX, max(longest + 2, len(header) + 4))
    return Column(header, kind, values, width, formula, name=name)


def _longest(values: Any) -> int:
    """Characters of the longest value."""
    if not len(values):
        return 0
    told = set(values.tolist()) if values.dtype == object else (values.min(), values.max())
    return max(len(str(value)) for value in told)


def _numbers(values: Any) -> bool:
    """Whether a column with empty cells holds whole numbers for the rest."""
    told = [value for value in values.tolist() if value is not None and value != ""]
    return bool(told) and all(isinstance(value, int) for value in told)
