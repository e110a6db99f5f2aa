"""A supplier's own layout of a `doorlevering`, read by the mapping in `columns.toml`.

The record layout of the real signal service is not public, and has versions (formats.md §1d). So
what it calls things is configuration: columns, constants, values, decimal sign and form of dates,
and which of its signals are about income. A layout is known by its column names, all of them and no
other: another header is another version, and refused until somebody has looked at it (F16).

What is read by a layout becomes the columns of our own format, as text; every check comes after.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from surplus.config import Layout
from surplus.intake.columns import days, matches, told
from surplus.intake.files.csvfile import REMARK, Sheet, check_text, read_sheet
from surplus.intake.files.limits import Limits
from surplus.intake.income_rows import AMOUNTS, FOUR_WEEKS, MONTH, OPTIONAL, REQUIRED
from surplus.intake.notes import BadFile, Ints, Note, fatal
from surplus.problems import Refusal

#: What a file without lines of its own above and below its rows does not tell row by row.
_COUNTED = ("recordtype", "leveringsnummer", "volgnummer", "leverdatum")
#: Told by the dates where a layout does not tell it.
_PERIOD = "periode_soort"
FOUR_WEEKS_DAYS = 28
DATES = ("dat_b_ikv", "dat_e_ikv", "dat_b_iko", "dat_e_iko", "leverdatum")
NUMBERS = (*AMOUNTS, "verloonde_uren")
#: What line 1 of our own format tells, in its order.
HEAD = ("leveringsnummer", "gemeentecode", "maand", "leverdatum", "soort", "omgeving")
_FORMS = {
    "YYYY-MM-DD": ("([0-9]{4})-([0-9]{2})-([0-9]{2})", r"\1\2\3"),
    "DD-MM-YYYY": ("([0-9]{2})-([0-9]{2})-([0-9]{4})", r"\3\2\1"),
    "YYYYMMDD": ("([0-9]{8})", r"\1"),
}
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
#: In a template: the beginning of the hash of the file, for a supplier that does not number.
_HASH = "sha256"
#: A header with this part of the names of a layout is one of another version.
_ALIKE = 0.5


class Found(NamedTuple):
    """The layout that a header is of, or nearly is."""

    name: str
    layout: Layout
    line: int  # of the column names, from 0
    names: list[str]
    exact: bool


class Read(NamedTuple):
    """A file read by a layout, in the words of our own format."""

    sheet: Sheet
    head: list[str]  # as line 1: H, version and HEAD; [] where the file has its own
    skipped: int  # rows of other signals


def find(head: bytes, layouts: Mapping[str, Layout]) -> Found | None:
    """The layout of a file by its first lines; None where none is like it, or it is our own."""
    lines = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").splitlines()[:2]
    nearest: tuple[float, Found] | None = None
    for name, layout in layouts.items():
        line = 0 if layout.envelope == "none" else 1
        if line >= len(lines):
            continue
        names = next(csv.reader([lines[line]], delimiter=layout.separator), [])
        known, here = set(layout.columns), set(names) - {REMARK}
        if here == known:
            return Found(name, layout, line, names, exact=True)
        likeness = len(known & here) / len(known | here)
        if likeness >= _ALIKE and (nearest is None or likeness > nearest[0]):
            nearest = (likeness, Found(name, layout, line, names, exact=False))
    if nearest is None or set(REQUIRED) <= set(nearest[1].names):
        return None
    return nearest[1]


def read(content: bytes, sha256: str, found: Found, limits: Limits) -> Read:
    """Read a file by its layout.

    Raises:
        BadFile: as `read_sheet`; F16 a header that is not the layout's, F05 where what a file must
            tell once differs from row to row.
        Refusal: the layout in `columns.toml` cannot be right; says which key (exit 2).
    """
    check(found.name, found.layout)
    layout = found.layout
    if not found.exact:
        check_text(content, limits.bytes)
        wrong = set(layout.columns) ^ (set(found.names) - {REMARK})
        raise BadFile(*(fatal("F16", found.line + 1, name) for name in sorted(wrong)))
    sheet = read_sheet(
        content,
        required=list(layout.columns),
        preamble=found.line,
        limits=limits,
        separator=layout.separator,
    )
    if layout.envelope == "none" and not len(sheet.lines):
        raise BadFile(fatal("F14"))
    about_income = np.ones(len(sheet.lines), bool)
    if layout.signals:
        kinds = pa.array(layout.signals.income, pa.string())
        about_income = pc.is_in(sheet[layout.signals.column], kinds).to_numpy()
    rows = sheet.table.filter(pa.array(about_income))
    head: list[str] = []
    if layout.envelope == "none":
        # Other signals may leave empty what those about income tell.
        tell = about_income if about_income.any() else ~about_income
        head = _head(sheet.table.filter(pa.array(tell)), sheet.lines[tell], layout, sha256)
    table = _translated(rows, layout, head)
    if REMARK in sheet.names:  # of a file that went back to its sender, and comes again
        table = table.append_column(REMARK, rows[REMARK])
    mine = Sheet(
        sheet.preamble, table.column_names, table, sheet.lines[about_income], sheet.odd,
        sheet.last_line, sheet.notes,
    )  # fmt: skip
    return Read(mine, head, int((~about_income).sum()))


def check(name: str, layout: Layout) -> None:
    """That a layout tells all that our own format must, and nothing that it does not know.

    Raises:
        Refusal: it does not; names the key (exit 2).
    """
    fields = [field for field in layout.columns.values() if field]
    known = (*REQUIRED, *OPTIONAL)
    for field in (*fields, *layout.constants):
        if field not in known:
            near = difflib.get_close_matches(field, known, n=1)
            raise _refusal(name, f"{field} is no field" + (f": {near[0]}?" if near else ""))
    twice = sorted({field for field in fields if fields.count(field) > 1 and field != "tag"})
    both = sorted(set(fields) & set(layout.constants))
    alone = layout.envelope == "none"
    free = {_PERIOD, *(_COUNTED if alone else ())}
    missing = [field for field in REQUIRED if field not in {*fields, *layout.constants, *free}]
    for wrong, what in ((missing, "is told by no column"), (twice, "is told by two columns"),
                        (both, "is a column and a constant")):  # fmt: skip
        if wrong:
            raise _refusal(name, f"{', '.join(wrong)} {what}")
    if alone != bool(layout.delivery):
        raise _refusal(name, 'delivery must be told with envelope = "none", and only then')
    for column in (*layout.values, *_used_apart(layout)):
        if column not in layout.columns and column != _HASH:
            raise _refusal(name, f"there is no column {column}")
    if alone and set(layout.delivery) != set(HEAD):
        raise _refusal(name, f"delivery must tell {', '.join(HEAD)}")


def unused(layout: Layout) -> list[str]:
    """The supplier's columns of which nothing is read."""
    apart = _used_apart(layout)
    return [name for name, field in layout.columns.items() if not field and name not in apart]


def _used_apart(layout: Layout) -> list[str]:
    """Columns that say something of the file, or which signal a row is."""
    named = [place for text in layout.delivery.values() for place in _PLACEHOLDER.findall(text)]
    return named + ([layout.signals.column] if layout.signals else [])


def _refusal(name: str, what: str) -> Refusal:
    return Refusal(
        f"columns.toml, [{name}]: {what}", "mend the mapping; docs/intake.md explains it"
    )


def _head(table: pa.Table, lines: Ints, layout: Layout, sha256: str) -> list[str]:
    """What a file without a line of its own tells as a whole: constants, and columns that say the
    same in every row.
    """
    wrong: list[Note] = []

    def filled(field: str, template: str) -> str:
        def value(place: re.Match[str]) -> str:
            if place[1] == _HASH:
                return sha256[:8]
            column = table[place[1]]
            differs = pc.not_equal(column, column[0]).to_numpy()
            if differs.any():
                wrong.append(fatal("F05", int(lines[np.argmax(differs)]), place[1]))
            text = str(column[0].as_py())
            return layout.values.get(place[1], {}).get(text, text)

        text = _PLACEHOLDER.sub(value, template)
        form, order = _FORMS[layout.dates]
        if field not in ("leverdatum", "maand") or not re.fullmatch(form, text):
            return text
        day = re.sub(form, order, text)
        return day if field == "leverdatum" else f"{day[:4]}-{day[4:6]}"

    told_once = {field: filled(field, layout.delivery[field]) for field in HEAD}
    if wrong:
        raise BadFile(*wrong, rows=len(lines))
    return ["H", "1", *told_once.values()]


def _translated(table: pa.Table, layout: Layout, head: Sequence[str]) -> pa.Table:
    """The rows in the columns of our own format."""
    count = table.num_rows
    fields: dict[str, Any] = {
        field: pa.chunked_array([pa.array([value] * count, pa.string())])
        for field, value in layout.constants.items()
    }
    if head:
        same = {"recordtype": "D", "leveringsnummer": head[2], "leverdatum": head[5]}
        fields |= {f: pa.chunked_array([pa.array([v] * count, pa.string())])
                   for f, v in same.items()}  # fmt: skip
        numbers = np.arange(1, count + 1).astype(str).astype(object)
        fields["volgnummer"] = pa.chunked_array([pa.array(numbers, pa.string())])
    for name, field in layout.columns.items():
        if not field or (head and field in _COUNTED):
            continue
        column = _valued(table[name], layout.values.get(name, {}))
        if field in fields and field == "tag":
            column = _joined(fields[field], column)
        fields[field] = _in_form(field, column, layout)
    if _PERIOD not in fields:
        fields[_PERIOD] = _period(fields["dat_b_iko"], fields["dat_e_iko"])
    return pa.table(fields)


def _valued(column: pa.ChunkedArray, values: Mapping[str, str]) -> pa.ChunkedArray:
    """A column with our words for the supplier's; a word that is not mapped stays as it is."""
    if not values:
        return column
    place = pc.index_in(column, pa.array(list(values), pa.string()))
    ours = pc.take(pa.array(list(values.values()), pa.string()), place)
    return pc.coalesce(ours, column)


def _joined(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """Tags of two columns as one, such as NIEUW_IKO+WAJONG."""
    return pc.utf8_trim(pc.binary_join_element_wise(one, other, "+"), "+")


def _in_form(field: str, column: pa.ChunkedArray, layout: Layout) -> pa.ChunkedArray:
    """Dates and numbers as our own format writes them."""
    if field in DATES and layout.dates != "YYYYMMDD":
        return _rewritten(column, *_FORMS[layout.dates])
    if field in NUMBERS and layout.decimal == ".":
        return _rewritten(column, r"(-?[0-9]+)\.([0-9]+)", r"\1,\2")
    return column


def _rewritten(column: pa.ChunkedArray, form: str, order: str) -> pa.ChunkedArray:
    """Where the text has this form, in another; else in quotes, so that it passes for nothing."""
    fits = pa.array(matches(column, form))
    quoted = pc.binary_join_element_wise("'", column, "'", "")
    other = pc.if_else(pa.array(told(column)), quoted, column)
    return pc.if_else(fits, pc.replace_substring_regex(column, f"^{form}$", order), other)


def _period(begin: pa.ChunkedArray, end: pa.ChunkedArray) -> pa.ChunkedArray:
    """The kind of period that the dates tell: four weeks (05), else a month (06)."""
    four_weeks = days(end).number - days(begin).number == FOUR_WEEKS_DAYS - 1
    return pa.chunked_array([pa.array(np.where(four_weeks, FOUR_WEEKS, MONTH).astype(object))])
