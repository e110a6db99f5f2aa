"""One CSV file into text columns, strictly: formats.md §0.

UTF-8 (byte order mark tolerated), `;` (or what a supplier's layout says), CRLF or LF, quoted as in
RFC 4180. pyarrow does the reading; numpy counts newlines outside quotes, so that every row knows
its line in the file.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from surplus.intake.files.limits import Limits
from surplus.intake.notes import BadFile, Ints, Note, fatal

Bytes = npt.NDArray[np.uint8]

SEPARATOR = ";"
#: The column in which a file that goes back to its sender says what is wrong with each row.
REMARK = "opmerking_surplus"
#: Bytes that no text file holds: all controls but tab and line ends.
_CONTROL = np.array([(b < 32 and b not in b"\t\r\n") or b == 127 for b in range(256)])
#: More rows of another shape than this, and the file is something else altogether.
_ODD_ROWS_MAX = 1_000


@dataclass(frozen=True)
class OddRow:
    """A row with more or fewer fields than there are columns."""

    line: int
    fields: list[str]


@dataclass(frozen=True)
class Sheet:
    """The content of a CSV file, or of the first sheet of a workbook."""

    preamble: list[list[str]]  # the records above the column names
    names: list[str]  # as in the file, in its order
    table: pa.Table  # rows of the right shape; every column is text, '' where empty
    lines: Ints  # line in the file of every row of `table`
    odd: list[OddRow]
    last_line: int
    notes: list[Note] = field(default_factory=list)  # warnings about the file
    cells: list[Note] = field(default_factory=list)  # about single cells, of a workbook

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        """A column by name; empty text throughout where an optional column is not in the file."""
        if name in self.names:
            return self.table[name]
        return pa.chunked_array([pa.array([""] * self.table.num_rows, pa.string())])


def read_sheet(
    content: bytes,
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    preamble: int = 0,
    limits: Limits = Limits(),  # noqa: B008 - a constant
    separator: str = SEPARATOR,
) -> Sheet:
    """Read a file whose column names stand after `preamble` records.

    Args:
        content: the bytes of the file.
        required: columns that must be there, in any order.
        optional: columns that may be there; any other is warned about (F16, W).
        preamble: number of records above the column names.
        limits: what goes beyond them is refused.
        separator: the character between fields.

    Raises:
        BadFile: F17 too large, F01 characters, F14 empty, F18 quoting or a row too long, F16
            columns.
    """
    content = check_text(content, limits.bytes)
    starts, lines, mixed = _records(content, separator)
    if len(starts) <= preamble:
        raise BadFile(fatal("F16", 1))
    if len(starts) > preamble + 1 + limits.rows:
        raise BadFile(fatal("F17", int(lines[preamble + 1 + limits.rows])))
    longest = np.diff(np.append(starts, len(content)))
    if (too_long := longest > limits.row_bytes).any():
        raise BadFile(fatal("F18", int(lines[np.argmax(too_long)])))
    head = [_fields(content, starts, separator, number) for number in range(preamble + 1)]
    names = head.pop()
    notes = check_names(names, required, optional, int(lines[preamble]), limits)
    table, odd = _parse(content, starts, lines, preamble + 1, names, separator)
    kept = np.ones(len(lines), bool)
    kept[: preamble + 1] = False
    kept[[number for number, _ in odd]] = False
    if longest.max() > limits.cell_chars:
        check_cells(table, lines[kept], limits)
    if mixed:
        notes.append(Note("F18", "W"))
    return Sheet(
        head,
        names,
        table,
        lines[kept],
        [OddRow(int(lines[number]), fields) for number, fields in odd],
        int(lines[-1]),
        notes,
    )


def check_text(content: bytes, max_bytes: int) -> bytes:
    """The content without byte order mark, when it is UTF-8 text of a decent size.

    Raises:
        BadFile: F17, F14 or F01 with the line.
    """
    if len(content) > max_bytes:
        raise BadFile(fatal("F17"))
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadFile(fatal("F01", 1))
    content = content.removeprefix(codecs.BOM_UTF8)
    if not content.strip():
        raise BadFile(fatal("F14"))
    wrong = _first_control(np.frombuffer(content, np.uint8))
    if wrong is not None:
        raise BadFile(fatal("F01", _line_at(content, wrong)))
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadFile(fatal("F01", _line_at(content, error.start))) from None
    return content


def records(
    content: bytes, separator: str = SEPARATOR
) -> tuple[list[int], Callable[[int], list[str]]]:
    """The line of every record of a file that is no empty line, and how to read the fields of one
    by its place.

    Raises:
        BadFile: it is no text, or its quotes do not fit.
    """
    content = check_text(content, len(content))
    starts, lines, _mixed = _records(content, separator)
    return lines.tolist(), partial(_fields, content, starts, separator)


def _first_control(raw: Bytes) -> int | None:
    """Where the first control character is, or the first CR without LF."""
    bare = np.flatnonzero(raw == ord("\r"))
    bare = bare[_next(raw, bare) != ord("\n")]
    wrong = _CONTROL[raw]
    found = [int(np.argmax(wrong))] if wrong.any() else []
    return min([*found, *bare[:1].tolist()], default=None)


def _next(raw: Bytes, places: Ints) -> Bytes:
    """The byte after each place; 0 after the last one of the file."""
    return np.where(places + 1 < len(raw), raw[np.minimum(places + 1, len(raw) - 1)], 0)


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _records(content: bytes, separator: str) -> tuple[Ints, Ints, bool]:
    """Where each record that is not an empty line starts, on which line, and whether they end in
    CRLF here and LF there.

    Raises:
        BadFile: F18 at the first quote that does not fit RFC 4180: it would swallow what follows.
    """
    raw = np.frombuffer(content, np.uint8)
    newlines = np.flatnonzero(raw == ord("\n"))
    quotes = np.flatnonzero(raw == ord('"'))
    _check_quotes(raw, quotes, content, separator)
    outside = np.searchsorted(quotes, newlines) % 2 == 0
    ends = np.append(newlines[outside], len(raw))
    starts = np.concatenate([[0], newlines[outside] + 1])
    lines = np.concatenate([[1], np.flatnonzero(outside) + 2])
    first = raw[np.minimum(starts, len(raw) - 1)]
    filled = (ends > starts) & ~((first == ord("\r")) & (ends - starts == 1))
    windows = raw[np.maximum(newlines[outside] - 1, 0)] == ord("\r")
    return starts[filled], lines[filled], bool(windows.any() and not windows.all())


def _check_quotes(raw: Bytes, quotes: Ints, content: bytes, separator: str) -> None:
    """Every opening quote begins a field, every closing one ends it; a doubled one is text."""
    if not len(quotes):
        return
    before = np.where(quotes > 0, raw[np.maximum(quotes - 1, 0)], ord("\n"))
    after = _next(raw, quotes)
    opening = np.arange(len(quotes)) % 2 == 0
    doubled = np.diff(quotes, prepend=-2) == 1
    redoubled = np.diff(quotes, append=len(raw) + 2) == 1
    begins = np.isin(before, [ord(separator), ord("\n")]) | doubled
    closes = np.isin(after, [ord(separator), ord("\r"), ord("\n"), 0]) | redoubled
    wrong = np.where(opening, ~begins, ~closes)
    if len(quotes) % 2:
        wrong[-1] = True
    if wrong.any():
        raise BadFile(fatal("F18", _line_at(content, int(quotes[np.argmax(wrong)]))))


def _fields(content: bytes, starts: Ints, separator: str, number: int) -> list[str]:
    end = starts[number + 1] if number + 1 < len(starts) else len(content)
    text = content[starts[number] : end].decode("utf-8").rstrip("\r\n")
    return next(csv.reader([text], delimiter=separator), [])


def check_cells(table: pa.Table, lines: Ints, limits: Limits) -> None:
    """That no field is longer than any field is.

    Raises:
        BadFile: F17 with line and column of the first in each column that has one.
    """
    found = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        too_long = pc.greater(pc.utf8_length(column), limits.cell_chars).to_numpy()
        if too_long.any():
            found.append(fatal("F17", int(lines[np.argmax(too_long)]), name))
    if found:
        raise BadFile(*found)


def check_names(
    names: list[str],
    required: Sequence[str],
    optional: Sequence[str],
    line: int,
    limits: Limits,
) -> list[Note]:
    """Warnings about column names that nobody knows (F16).

    Raises:
        BadFile: F16 for every required one that is missing, and every name that is there twice; or
            more columns than any file has.
    """
    if len(names) > limits.columns:
        raise BadFile(fatal("F16", line))
    wrong = [name for name in required if name not in names]
    wrong += sorted({name for name in names if names.count(name) > 1})
    if wrong:
        raise BadFile(*(fatal("F16", line, name) for name in wrong))
    known = {*required, *optional, REMARK}
    return [Note("F16", "W", line, name) for name in names if name not in known]


def _parse(
    content: bytes, starts: Ints, lines: Ints, skip: int, names: list[str], separator: str
) -> tuple[pa.Table, list[tuple[int, list[str]]]]:
    """The rows of the right shape, and the record number and fields of the others."""
    if len(starts) <= skip:
        return pa.table({name: pa.array([], pa.string()) for name in names}), []
    odd: list[tuple[int, list[str]]] = []

    def other_shape(row: arrow_csv.InvalidRow) -> str:
        number = skip + row.number - 1
        odd.append((number, next(csv.reader([row.text], delimiter=separator), [])))
        return "error" if len(odd) > _ODD_ROWS_MAX else "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(content).slice(int(starts[skip]))),
            # One thread: only then does a row of another shape come with its number.
            arrow_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=min(len(content), 2**24)
            ),
            arrow_csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=other_shape
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        raise BadFile(
            *(fatal("F18", int(lines[number])) for number, _ in odd[:100]), rows=len(starts) - skip
        ) from None
    return table, odd
