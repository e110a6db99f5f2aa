"""The first sheet of a workbook (.xlsx) as the same text columns as a CSV file: formats.md §1c.

Values only. A number in a column of amounts becomes an amount with a comma, a date cell becomes
ISO text; a number where text belongs (a BSN, a betalingskenmerk) has lost its zeros or its last
digits, and is written such that it passes for neither.

>>> as_amount(905.62), as_amount(912.0), as_amount(905.6199999999999), as_amount(905.625)
('905,62', '912,00', '905,62', '905,625')
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from surplus.intake.files.csvfile import Sheet, check_cells, check_names, read_sheet
from surplus.intake.files.limits import Limits
from surplus.intake.files.workbook_guard import OLE, ZIP, Unpacked, unpack
from surplus.intake.notes import BadFile, Note, Notes, fatal

#: A number this near to whole cents is a whole number of cents: what is left is binary dust.
_DUST = Decimal("0.00001")
_CENT = Decimal("0.01")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Forms(NamedTuple):
    """What cells that are no text become, by the name of their column."""

    amounts: Collection[str] = ()
    codes: Collection[str] = ()  # codes of two digits, of which a number loses the zero
    counts: Collection[str] = ()  # whole numbers


def is_workbook(content: bytes) -> bool:
    """Whether the bytes are those of a workbook, of a kind that is read or not."""
    return content.startswith((ZIP, OLE))


def read_table(
    content: bytes,
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    forms: Forms,
    limits: Limits,
) -> Sheet:
    """Read a file whose column names stand in its first row, as CSV or as workbook.

    Args and errors are those of `read_sheet` and `read_workbook`.
    """
    if is_workbook(content):
        return read_workbook(
            content, required=required, optional=optional, forms=forms, limits=limits
        )
    return read_sheet(content, required=required, optional=optional, limits=limits)


def say_of_cells(sheet: Sheet, notes: Notes) -> None:
    """What is said of single cells (R35, R05), where it was not said of their content."""
    for field, code in sorted({(note.field, note.code) for note in sheet.cells}):
        lines = [n.line for n in sheet.cells if (n.field, n.code) == (field, code)]
        said = notes.having("E", "", field) if code == "R05" else np.zeros(len(notes), bool)
        notes.add(np.isin(notes.lines, lines) & ~said, field, code)


def column_names(content: bytes, limits: Limits = Limits()) -> list[str]:  # noqa: B008
    """What stands in the first row.

    Raises:
        BadFile: as `read_workbook`.
    """
    rows = _rows(_unpacked(content, limits))
    return [str(value) for value in rows[0]] if rows else []


def cells(content: bytes) -> list[list[Any]]:
    """The values of the first sheet, row by row; what a cell says that holds an error.

    Raises:
        BadFile: as `read_workbook`.
    """
    book = _unpacked(content, Limits())
    rows = _rows(book)
    for (row, column), told in book.errors.items():
        rows[row - 1][column - 1] = told
    return rows


def read_workbook(
    content: bytes,
    *,
    required: Sequence[str],
    optional: Sequence[str],
    forms: Forms,
    limits: Limits = Limits(),  # noqa: B008 - a constant
) -> Sheet:
    """Read a workbook whose column names stand in the first row.

    Args:
        content: the bytes of the file.
        required: columns that must be there, in any order.
        optional: columns that may be there; any other is warned about (F16, W).
        forms: which columns hold something else than text.
        limits: what goes beyond them is refused.

    Returns:
        The sheet: lines are its row numbers, `cells` tells of formulas (R35) and errors (R05).

    Raises:
        BadFile: F20 another kind of workbook, F17 too large, F14 empty, F16 columns, F18 a row too
            long, F01 characters, F02 XML inside it.
    """
    book = _unpacked(content, limits)
    rows = _rows(book)
    names = [str(value) for value in rows[0]] if rows else []
    while names and not names[-1]:
        names.pop()
    if not names:
        raise BadFile(fatal("F14"))
    notes = check_names(names, required, optional, 1, limits)
    if any(row == 1 for row, _column in book.formulas):
        raise BadFile(fatal("F16", 1))
    filled = [number for number, row in enumerate(rows[1:], 2) if any(v != "" for v in row)]
    texts = [_texts(number, rows[number - 1], names, forms, book) for number in filled]
    lines = np.array(filled, dtype=np.int64)
    for number, row in zip(filled, texts, strict=True):
        if sum(map(len, row)) > limits.row_bytes:
            raise BadFile(fatal("F18", number))
    columns = list(zip(*texts, strict=True)) or [()] * len(names)
    table = pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)})
    check_cells(table, lines, limits)
    if book.dates_from_1904:
        notes.append(Note("F20", "W", 0, "1904"))
    if book.hidden_row:
        notes.append(Note("F20", "W", book.hidden_row))
    return Sheet(
        [],
        names,
        table,
        lines,
        [],
        filled[-1] if filled else 1,
        notes,
        _about_cells(book, names, set(filled)),
    )


def _unpacked(content: bytes, limits: Limits) -> Unpacked:
    if not content.startswith(ZIP):
        raise BadFile(fatal("F20"))
    return unpack(content, limits)


def _rows(book: Unpacked) -> list[list[Any]]:
    """The values of the first sheet, from its first row and column on."""
    try:
        sheet = CalamineWorkbook.from_object(io.BytesIO(book.archive)).get_sheet_by_index(0)
        return list(sheet.to_python(skip_empty_area=False))
    except (CalamineError, OSError, ValueError):
        raise BadFile(fatal("F20")) from None
    except BaseException as error:
        # Calamine may panic, which is no Exception and has no name: no file may stop the others.
        if type(error).__name__ != "PanicException":
            raise
        raise BadFile(fatal("F20")) from None


def _texts(
    number: int, row: list[Any], names: list[str], forms: Forms, book: Unpacked
) -> list[str]:
    """One row as texts, one per column name."""
    if any(value != "" for value in row[len(names) :]):
        raise BadFile(fatal("F18", number))
    texts = [
        book.errors.get((number, column), "") or _text(value, name, forms)
        for column, (name, value) in enumerate(zip(names, row, strict=False), 1)
    ]
    if any(map(_CONTROL.search, texts)):
        raise BadFile(fatal("F01", number))
    return texts + [""] * (len(names) - len(texts))


def _text(value: Any, name: str, forms: Forms) -> str:
    match value:
        case float() | int() if name in forms.amounts and not isinstance(value, bool):
            return as_amount(value)
        case float() if name in forms.codes and value.is_integer():
            return f"{int(value):02d}"
        case float() if name in forms.counts and value.is_integer():
            return str(int(value))
        case datetime.datetime() if value.time() == datetime.time():
            return value.date().isoformat()
        case datetime.date() | datetime.time():
            return value.isoformat()
    return str(value)


@lru_cache(maxsize=10_000)
def as_amount(value: float) -> str:
    """A number as an amount with a comma: to the cent where it is one, else with all its digits."""
    exact = Decimal(repr(value))
    if not exact.is_finite():
        return str(value)
    cents = exact.quantize(_CENT, ROUND_HALF_UP) if abs(exact) < 10**15 else exact
    return f"{cents if abs(exact - cents) < _DUST else exact:f}".replace(".", ",")


def _about_cells(book: Unpacked, names: list[str], filled: set[int]) -> list[Note]:
    """What is said of single cells under a column name."""
    told = [("R35", place) for place in book.formulas] + [("R05", place) for place in book.errors]
    return [
        Note(code, "E", row, names[column - 1])
        for code, (row, column) in sorted(told)
        if row in filled and column <= len(names)
    ]
