"""What `surplus template` writes asks for what is taken in, and is taken in once filled in."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from jobs.template import KINDS
from surplus.intake import templates
from surplus.intake.recognise import recognise
from surplus.problems import PROBLEMS
from tests.acceptance import files
from tests.acceptance.workspace import make

RECOGNISED = {"clients": "clients", "norms": "norms", "payslips": "payslip", "opening": "opening"}
OPENING = {
    "klantnummer": "K0001001", "peildatum": "2026-01-01", "bron": "oude administratie",
    "buffer": "12,50", "reservering_vakantietoeslag": "0,00", "vordering": "0,00",
    "te_ontvangen_loon": "0,00",
}  # fmt: skip
TOTAL = OPENING | {"klantnummer": "TOTAAL", "peildatum": "", "bron": ""}


def filled(kind: str, folder: Path, *rows: dict[str, str]) -> Path:
    """The template with these rows under its column names."""
    book = templates.workbook(kind)
    sheet = book[templates.SHEETS[0]]
    names = [cell.value for cell in sheet[1]]
    for row in rows:
        assert set(row) <= set(names)
        sheet.append([row.get(name) or None for name in names])
    path = folder / f"{kind}.xlsx"
    book.save(path)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    head, *rows = (line.split(";") for line in path.read_text(encoding="utf-8").splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_filled_in_template_is_taken_in_row_by_row_as_its_csv_is(tmp_path: Path) -> None:
    town = make(tmp_path / "home", "sqlite", "2026-01-05")
    told = {
        "norms": rows_of(files.norms(tmp_path)),
        "clients": [files.client("1001"), files.client("1002")],
        "opening": [OPENING, TOTAL],
        "payslips": [files.payslip(1002, "2026-01", 50_000)],
    }
    plain = files.payslips(tmp_path, *told["payslips"])
    for kind, rows in told.items():
        path = filled(kind, tmp_path, *rows)
        assert recognise(path.read_bytes()) == RECOGNISED[kind]
        by_csv = town("import", str(plain), "--preview", on="2026-02-05").data
        answer = town("import", str(path), on="2026-02-05").data
        assert (answer["verdict"], answer["counts"]["rejected"]) == ("accepted", 0)
        assert answer["counts"]["rows"] == len([row for row in rows if row is not TOTAL])
    assert answer["rows"] == by_csv["rows"]  # of the payslips
    assert town.query("SELECT COUNT(*) FROM client") == [(2,)]


def test_in_a_workspace_clients_are_offered_its_norm_categories(tmp_path: Path) -> None:
    town = make(tmp_path / "home", "sqlite", "2026-01-05")
    town.done("import", str(files.norms(tmp_path)))
    path = tmp_path / "clients.xlsx"
    town.done("template", "clients", "--out", str(path))
    offered = choices(openpyxl.load_workbook(path))
    assert set(offered["normcategorie"]) == {row["normcategorie"] for row in rows_of(
        tmp_path / "norms.csv")}  # fmt: skip
    assert offered["geslacht"] == ("M", "V", "X", "O")


def test_a_template_that_may_have_been_filled_in_is_not_written_over(tmp_path: Path) -> None:
    town = make(tmp_path / "home", "sqlite", "2026-01-05")
    path = tmp_path / "payslips.xlsx"
    town.done("template", "payslips", "--out", str(path))
    before = path.read_bytes()
    again = town("template", "payslips", "--out", str(path))
    assert (again.code, "there already" in again.err) == (2, True)
    assert path.read_bytes() == before


def choices(book: openpyxl.Workbook) -> dict[str, tuple[str, ...]]:
    """What the drop-downs of the sheet to fill in offer, by column."""
    offered = {}
    sheet = book[templates.SHEETS[0]]
    for choice in sheet.data_validations.dataValidation:
        name = sheet.cell(1, next(iter(choice.sqref.ranges)).min_col).value
        where, _, cells = choice.formula1.partition("!")
        offered[name] = tuple(row[0].value for row in book[where][cells.replace("$", "")])
    return offered


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_keeps_every_column_text_and_offers_the_codes(kind: str, tmp_path: Path) -> None:
    stream = io.BytesIO()
    templates.workbook(kind).save(stream)
    book = openpyxl.load_workbook(stream)
    sheet, told = book[templates.SHEETS[0]], templates.TEMPLATES[kind]
    assert [cell.value for cell in sheet[1]] == [*told.required, *told.optional]
    assert sheet.freeze_panes == "A2"
    assert {column.number_format for column in sheet.column_dimensions.values()} == {"@"}
    assert choices(book) == {name: tuple(values) for name, values in told.codes.items()}
    explained = [row[0].value for row in book[templates.SHEETS[1]].iter_rows(min_row=2)]
    assert explained[: len(sheet[1])] == [cell.value for cell in sheet[1]]


def test_the_refusal_of_a_wrong_encoding_names_the_menu_item_that_mends_it() -> None:
    item = "CSV UTF-8 (door lijstscheidingsteken gescheiden)"
    assert all(item in text for text in PROBLEMS["F01"].remedy.values())
