"""A workbook calculated anew by LibreOffice, and what is wrong with it then.

    python -m tests.recalculate FILE

Prints what it found and ends with 1 where a control cell is not 0,00, a cell holds an error, a
formula gives another value than the one written beside it, or a formula stands in the file that
is none of ours (so that it came from data). LibreOffice (`soffice`) must be installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import python_calamine

#: The functions that our formulas begin with; between them stand cells, numbers and these only.
OURS = re.compile(r"=(ROUND|COUNTA|IF|INT)\(")
KNOWN = {"ROUND", "COUNTA", "IF", "INT", "SUM", "SUMPRODUCT", "ABS", "N"}
#: Headers and labels of cells that must be zero.
CONTROLS = ("Verschil", "Difference", "Controle: D − W − Bp", "Check: D − W − Bp",
            "Eigen werk goedgekeurd", "Approved own work", "Ander bestand dan goedgekeurd",
            "Other file than approved", "Som van alle verschillen, zonder teken",
            "Sum of all differences, without sign")  # fmt: skip


class Told(NamedTuple):
    """What was found: how many formulas and control cells, and every fault in words."""

    formulas: int
    controls: int
    faults: list[str]


def recalculated(path: Path, folder: Path) -> Path:
    """The workbook as LibreOffice writes it after it has calculated every formula.

    It is given none of the written results: it would take those for its own.
    """
    office = shutil.which("soffice")
    if office is None:
        raise SystemExit("soffice (LibreOffice) is not installed")
    bare = folder / path.name
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bare, "w") as target:
        for name in source.namelist():
            target.writestr(name, re.sub(rb"</f><v>[^<]*</v>", b"</f>", source.read(name)))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [office, profile, "--headless", "--calc", "--convert-to", "ods", "--outdir", folder, bare],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    return folder / f"{path.stem}.ods"


def look(path: Path) -> Told:
    """Every formula and control cell of a workbook, held against what LibreOffice makes of it."""
    _SEEN.clear()  # another book may have the id of one that is gone
    with tempfile.TemporaryDirectory() as place:
        again = python_calamine.CalamineWorkbook.from_path(str(recalculated(path, Path(place))))
        sheets = {name: _rows(again, name) for name in again.sheet_names}
    written = python_calamine.CalamineWorkbook.from_path(str(path))
    faults, formulas, controls = [], 0, 0
    for name, column, row, formula in _formulas(path):
        formulas += 1
        if not OURS.match(formula) or {*re.findall(r"([A-Z]{2,}|N)\(", formula)} - KNOWN:
            faults.append(f"{name} row {row}: not our formula: {formula[:60]}")
        before, after = (_at(rows, row, column) for rows in (_rows(written, name), sheets[name]))
        if not _same(before, after):
            faults.append(f"{name} row {row}: {before!r} became {after!r}: {formula[:60]}")
    for name, rows in sheets.items():
        for place in _controls(rows):
            controls += 1
            value = _at(rows, *place)
            if isinstance(value, float) and abs(value) >= 0.005:
                faults.append(f"{name} row {place[0]}: control cell is {value}")
        faults += [
            f"{name} row {number}: {value}"
            for number, row in enumerate(rows, 1)
            for value in row
            if isinstance(value, str) and re.match(r"(#[A-Z/0!?]+|Err:\d+)$", value)
        ]
    return Told(formulas, controls, faults)


def _formulas(path: Path) -> Iterator[tuple[str, int, int, str]]:
    """Sheet, column, row and text of every formula."""
    for sheet in openpyxl.load_workbook(path, read_only=True):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield sheet.title, cell.column, cell.row, cell.value


def _controls(rows: list[list[Any]]) -> Iterator[tuple[int, int]]:
    """Row and column of cells that must be zero: below such a header or beside such a label."""
    columns: set[int] = set()
    for number, row in enumerate(rows, 1):
        heads = {place for place, value in enumerate(row, 1) if value in CONTROLS}
        if number == 1 or (len(heads) and row[0] not in CONTROLS):
            columns = heads
            continue
        if not any(row):
            columns = set()
        for column in columns:
            yield number, column
        if row[0] in CONTROLS:
            numbers = [p for p, value in enumerate(row, 1) if isinstance(value, float)]
            yield from ((number, place) for place in numbers)


_SEEN: dict[tuple[int, str], list[list[Any]]] = {}


def _rows(book: Any, name: str) -> list[list[Any]]:
    """The rows of a sheet from its very first cell; read once."""
    key = (id(book), name)
    if key not in _SEEN:
        _SEEN[key] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return _SEEN[key]


def _at(rows: list[list[Any]], row: int, column: int) -> Any:
    return rows[row - 1][column - 1] if row <= len(rows) and column <= len(rows[row - 1]) else ""


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 0.005
    return bool(one == other)


def main(path: Path) -> int:
    """Print what was found; 1 where something is wrong."""
    told = look(path)
    print(f"{told.formulas} formulas, {told.controls} control cells, {len(told.faults)} faults")
    for fault in told.faults[:50]:
        print(f"  {fault}")
    return int(bool(told.faults))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
