from __future__ import annotations

import io
import zipfile

import numpy as np
import openpyxl
import pytest
import python_calamine

from surplus.reports import splice
from surplus.reports.splice import Column, Sheet

ROWS = 4_500


def words(values: list[str]) -> np.ndarray:
    return np.array(values, dtype=object)


def big() -> Sheet:
    """More rows than are written in one go."""
    return Sheet(
        "Data",
        [
            Column("Client", "text", words([f"K{n:07d}" for n in range(ROWS)])),
            Column("Text", "text", words(["a<b>&\"c'", "=1+1", "", "é\x00\ud800", "\x01=2"] * 900)),
            Column("Day", "day", words(["2026-03-31", ""] * 2_250)),
            Column("Whole", "whole", np.arange(ROWS)),
            Column("Cents", "cents", np.arange(ROWS) - 2_000, total=True),
            Column("Twice", "cents", 2 * (np.arange(ROWS) - 2_000), formula="E{row}*2"),
        ],
        "Total",
    )


def written(*sheets: Sheet, on: str = "2026-03-31") -> io.BytesIO:
    file = io.BytesIO()
    splice.write(file, sheets, on=on, author="Surplus")
    file.seek(0)
    return file


@pytest.fixture(scope="module")
def file() -> bytes:
    """Written in more than one go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splice, "SLICE", 1_000)
        return written(big()).getvalue()


def test_openpyxl_and_calamine_read_back_what_was_written(file):
    sheet = openpyxl.load_workbook(io.BytesIO(file), read_only=True, data_only=True)["Data"]
    slow = [list(row) for row in sheet.iter_rows(values_only=True)]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file))
    fast = book.get_sheet_by_name("Data").to_python()
    assert len(slow) == len(fast) == ROWS + 2
    assert [row[0] for row in slow] == [row[0] for row in fast]
    assert [row[4] for row in slow] == [row[4] for row in fast]
    assert [round(row[4] * 100) for row in fast[1:-1]] == list(range(-2_000, ROWS - 2_000))
    assert [row[5] for row in fast[1:-1]] == [2 * row[4] for row in fast[1:-1]]


def test_text_is_never_a_formula_and_loses_only_what_xml_cannot_hold(file):
    sheet = openpyxl.load_workbook(io.BytesIO(file), read_only=True)["Data"]
    cells = [row[1] for row in sheet.iter_rows(min_row=2, max_row=6)]
    assert [cell.value for cell in cells] == ["a<b>&\"c'", "'=1+1", None, "é", "'=2"]
    assert "f" not in {cell.data_type for cell in cells}


def test_formulas_are_live_and_carry_their_result(file):
    live = openpyxl.load_workbook(io.BytesIO(file), read_only=True)["Data"]
    cached = openpyxl.load_workbook(io.BytesIO(file), read_only=True, data_only=True)["Data"]
    (total,), (result,) = live[f"E{ROWS + 2}:E{ROWS + 2}"], cached[f"E{ROWS + 2}:E{ROWS + 2}"]
    assert total[0].value == f"=ROUND(SUM(E2:E{ROWS + 1}),2)"
    assert result[0].value == sum(range(-2_000, ROWS - 2_000)) / 100


def test_the_header_is_frozen_and_filtered_and_nothing_is_merged(file):
    sheet = openpyxl.load_workbook(io.BytesIO(file))["Data"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:F{ROWS + 1}"
    assert not sheet.merged_cells.ranges
    assert sheet["E2"].number_format == splice.AMOUNT
    assert sheet["C2"].is_date


def test_the_same_sheets_give_the_same_bytes_and_another_date_does_not(file):
    assert written(big()).getvalue() == file
    assert written(big(), on="2026-04-01").getvalue() != file


def test_no_clock_is_inside_the_file(file):
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert core.count("2026-03-31T00:00:00Z") == 2


def test_a_sheet_without_rows_has_its_header_and_can_be_read():
    sheet = Sheet("Empty", [Column("A", "text", words([])), Column("B", "cents", np.empty(0))])
    read = python_calamine.CalamineWorkbook.from_filelike(written(sheet)).get_sheet_by_index(0)
    assert read.to_python() == [["A", "B"]]


def test_what_does_not_fit_one_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(splice, "ROWS_MAX", 2_002)
    parts = splice.split(big())
    assert [part.title for part in parts] == ["Data", "Data (2)", "Data (3)"]
    assert [part.rows for part in parts] == [2_000, 2_000, 500]
    file = written(*parts)
    book = python_calamine.CalamineWorkbook.from_filelike(file)
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    numbers = [row[0] for row in rows if row[0].startswith("K")]
    assert numbers == [f"K{n:07d}" for n in range(ROWS)]


def test_a_fingerprint_moves_with_any_value():
    sheet = Sheet("S", [Column("A", "cents", np.array([1, 2]))])
    other = Sheet("S", [Column("A", "cents", np.array([1, 3]))])
    assert splice.fingerprint([sheet]) == splice.fingerprint([sheet])
    assert splice.fingerprint([sheet]) != splice.fingerprint([other])
