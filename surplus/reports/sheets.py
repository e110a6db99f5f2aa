"""A table of named columns as a sheet of a workbook: the name of a column tells what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surplus.reports import tables, words
from surplus.reports.splice import Column, Sheet

Columns = dict[str, Any]
Titles = Mapping[str, tuple[str, str]]

#: Of a column, in characters.
WIDTH_MAX = 90
#: Columns whose values are codes that people read as words.
CODED = ("job", "action", "kind", "status", "state", "cause", "verdict", "source", "severity",
         "period_kind", "household", "unit", "proved")  # fmt: skip
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
    if name.endswith("_on") or name in DAYS:
        return Column(header, "day", values, max(12, len(header) + 4), name=name)
    if name.endswith("_permille"):
        return Column(header, "part", values, max(12, len(header) + 4), name=name)
    if name in CODED:
        values = tables.mapped(values, lambda code: say(words.CODES, code))
    kind = "whole" if values.dtype != object or _numbers(values) else "text"
    longest = max((len(str(value)) for value in set(values.tolist())), default=0)
    width = min(WIDTH_MAX, max(longest + 2, len(header) + 4))
    return Column(header, kind, values, width, formula, name=name)


def _numbers(values: Any) -> bool:
    """Whether a column with empty cells holds whole numbers for the rest."""
    told = [value for value in values.tolist() if value is not None and value != ""]
    return bool(told) and all(isinstance(value, int) for value in told)
