from __future__ import annotations

import csv
import io
import json

import numpy as np
import openpyxl
import pytest
import python_calamine

from surplus.reports import exports, tables

EVIL = ['=HYPERLINK("http://example.invalid")', "+1", "-1", "@x", "\tx", "\rx"]


def columns() -> dict[str, np.ndarray]:
    return {
        "client_no": np.array(["K0001001"] * 7, dtype=object),
        "name": np.array([*EVIL, 'plain; "quoted"\nline'], dtype=object),
        "amount_cents": np.array([133143, -5, 0, 1, 100, -133143, 10**11], dtype=np.int64),
        "due_on": np.array(["2026-03-31"] * 6 + [""], dtype=object),
    }


def test_csv_is_utf8_with_semicolons_cents_and_a_header():
    content = exports.render("t", columns(), "csv", "2026-03-31").decode("utf-8")
    head, *rows = csv.reader(io.StringIO(content, newline=""), delimiter=";")
    assert head == ["client_no", "name", "amount_cents", "due_on"]
    assert [int(row[2]) for row in rows] == columns()["amount_cents"].tolist()
    assert rows[6][1] == 'plain; "quoted"\nline'


def test_no_text_in_a_csv_can_become_a_formula():
    content = exports.render("t", columns(), "csv", "2026-03-31").decode("utf-8")
    rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))[1:7]
    assert [row[1] for row in rows] == [f"'{text}" for text in EVIL]


def test_negative_amounts_stay_numbers_in_a_csv():
    content = exports.render("t", columns(), "csv", "2026-03-31").decode("utf-8")
    assert ";-133143;" in content


def test_json_keeps_text_as_it_is_and_cents_whole():
    told = json.loads(exports.render("t", columns(), "json", "2026-03-31"))
    assert [row["name"] for row in told[:6]] == EVIL
    assert told[6]["amount_cents"] == 10**11


def test_an_absent_amount_is_empty_in_csv_and_null_in_json():
    told = {"amount_cents": np.array([None, 1], dtype=object)}
    assert exports.render("t", told, "csv", "2026-03-31") == b'amount_cents\r\n""\r\n1\r\n'
    assert json.loads(exports.render("t", told, "json", "2026-03-31"))[0] == {"amount_cents": None}


def test_excel_shows_euros_and_dates_and_text_that_stays_text(tmp_path):
    path = exports.write(tmp_path / "t.xlsx", exports.render("t", columns(), "xlsx", "2026-03-31"))
    sheet = openpyxl.load_workbook(path)["t"]
    assert [cell.value for cell in sheet[1]] == ["client_no", "name", "amount_eur", "due_on"]
    assert [row[2].value for row in sheet.iter_rows(min_row=2)] == [
        1331.43, -0.05, 0, 0.01, 1, -1331.43, 1_000_000_000,
    ]  # fmt: skip
    assert {row[1].data_type for row in sheet.iter_rows(min_row=2)} <= {"s", "inlineStr"}
    assert sheet["D2"].value.isoformat() == "2026-03-31T00:00:00"
    read = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("t").to_python()
    assert [row[1] for row in read[1:5]] == [f"'{text}" for text in EVIL[:4]]


def test_the_same_table_gives_the_same_bytes(conn, settings):
    for name, table in tables.TABLES.items():
        for form in exports.FORMATS:
            first, second = (
                exports.render(name, table(conn, settings), form, "2026-03-31") for _ in range(2)
            )
            assert first == second


def test_a_file_is_readable_by_its_owner_only_and_replaces_an_older_one(tmp_path):
    path = tmp_path / "t.csv"
    exports.write(path, b"old")
    exports.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_nothing_else(tmp_path):
    path = exports.write(tmp_path / "t.csv", b"old")

    def interrupted() -> None:
        with exports.replacing(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
