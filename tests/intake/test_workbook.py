"""Workbooks: what their cells become, and what is refused before a value is read."""

from __future__ import annotations

import datetime
import io
import random
import struct
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from surplus.intake.clients.rows import FORMS as CLIENT_FORMS
from surplus.intake.files.csvfile import Sheet
from surplus.intake.files.workbook import Forms, _rows, column_names, read_workbook
from surplus.intake.files.workbook_guard import Unpacked
from surplus.intake.norms import FORMS as NORM_FORMS
from surplus.intake.notes import BadFile
from surplus.intake.recognise import order, recognise
from tests.intake.books import as_book
from tests.intake.client_files import client, clients, couple, norm, norms
from tests.intake.conftest import Place
from tests.intake.payslip_files import SHEET, as_workbook, repacked, saved, slip

GOOD = as_workbook(slip())
NAMES = ["wie", "bedrag", "datum", "soort"]
FORMS = Forms(("bedrag",), ("soort",))


def read(content: bytes, required: tuple[str, ...] = ("wie",)) -> Sheet:
    return read_workbook(content, required=required, optional=NAMES, forms=FORMS)


def book(*rows: list[Any]) -> bytes:
    """A workbook with these rows under NAMES."""
    made = Workbook()
    for row in (NAMES, *rows):
        made.active.append(row)
    return saved(made)


def refusal(content: bytes) -> list[tuple[str, int]]:
    with pytest.raises(BadFile) as bad:
        read(content)
    return [(note.code, note.line) for note in bad.value.notes]


def sheet_of(inside: str, after: str = "", head: str = "") -> bytes:
    """A workbook with a first sheet of this XML."""
    names = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for letter, name in zip("ABCD", NAMES, strict=True)
    )
    xml = (
        f'{head}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<sheetData><row r="1">{names}</row>{inside}</sheetData>{after}</worksheet>'
    )
    return repacked(book(), {SHEET: xml.encode()})


# --- cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("wie", "0123", "0123"),
        ("wie", 123, "123.0"),
        ("wie", " x ", " x "),
        ("wie", datetime.date(2026, 3, 1), "2026-03-01"),
        ("bedrag", 905.62, "905,62"),
        ("bedrag", 912, "912,00"),
        ("bedrag", -15.2, "-15,20"),
        ("bedrag", 905.6199999999999, "905,62"),
        ("bedrag", 905.61999, "905,61999"),
        ("bedrag", 905.625, "905,625"),
        ("bedrag", 1e20, "100000000000000000000"),
        ("bedrag", "905.62", "905.62"),
        ("bedrag", True, "True"),
        ("datum", datetime.date(2026, 3, 1), "2026-03-01"),
        ("datum", datetime.datetime(2026, 3, 1, 12, 30), "2026-03-01T12:30:00"),
        ("datum", datetime.time(12, 30), "12:30:00"),
        ("datum", 46082, "46082.0"),
        ("soort", 6, "06"),
        ("soort", 20, "20"),
        ("soort", 6.5, "6.5"),
        ("soort", "06", "06"),
    ],
)
def test_a_cell_becomes_text_by_its_column(name: str, value: Any, text: str) -> None:
    content = book([value if column == name else "x" for column in NAMES])
    assert read(content).table[name].to_pylist() == [text]


def test_lines_are_the_rows_of_the_sheet_and_empty_ones_do_not_count() -> None:
    sheet = read(book(["a"], [None], ["b"], [None]))
    assert sheet.lines.tolist() == [2, 4]
    assert sheet.table["wie"].to_pylist() == ["a", "b"]
    assert sheet["bedrag"].to_pylist() == ["", ""]


def test_formulas_and_errors_are_told_with_their_line_and_column() -> None:
    made = Workbook()
    made.active.append(NAMES)
    made.active.append(["a", "=1+1", "=TODAY()"])
    made.active.append(["b", "#N/A"])
    made.active["B3"].data_type = "e"
    sheet = read(saved(made))
    assert [(n.code, n.severity, n.line, n.field) for n in sheet.cells] == [
        ("R05", "E", 3, "bedrag"), ("R35", "E", 2, "bedrag"), ("R35", "E", 2, "datum"),
    ]  # fmt: skip
    assert sheet.table["bedrag"].to_pylist() == ["", "#N/A"]


def test_only_the_first_sheet_is_read() -> None:
    made = Workbook()
    made.active.append(NAMES)
    made.active.append(["a"])
    other = made.create_sheet("andere")
    other.append(["x", "=1+1"])
    other.merge_cells("A5:B5")
    assert read(saved(made)).table["wie"].to_pylist() == ["a"]


def test_a_column_that_nobody_knows_is_warned_about() -> None:
    made = Workbook()
    made.active.append([*NAMES, "kleur"])
    made.active.append(["a", 1, None, None, "=1+1"])
    sheet = read(saved(made))
    assert [(n.code, n.severity, n.field) for n in sheet.notes] == [("F16", "W", "kleur")]


def test_the_kind_of_a_workbook_is_known_by_its_column_names() -> None:
    assert recognise(GOOD) == "payslip"
    assert column_names(GOOD)[0] == "bsn_of_klantnummer"
    with pytest.raises(BadFile, match="F16"):
        recognise(book(["a"]))
    people = as_book(clients(client()), CLIENT_FORMS)
    assert order(people) < order(GOOD) < order(b"zomaar")
    assert order(GOOD[:100]) == order(b"zomaar")


# --- what is refused ------------------------------------------------------------------------------


def test_a_first_row_without_names_or_with_formulas_is_no_head() -> None:
    assert refusal(saved(Workbook())) == [("F14", 0)]
    made = Workbook()
    made.active.append(["wie", '="bedrag"'])
    made.active.append(["a", 1])
    assert refusal(saved(made)) == [("F16", 1)]


def test_a_value_outside_the_named_columns_is_no_row_of_ours() -> None:
    assert refusal(book(["a", 1, None, None, "meer"])) == [("F18", 2)]


def test_a_row_of_a_hundred_thousand_characters_is_refused() -> None:
    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=30_000))
    cells = "".join(
        f'<c r="{letter}2" t="inlineStr"><is><t>{noise}</t></is></c>' for letter in "ABCD"
    )
    assert refusal(sheet_of(f'<row r="2">{cells}</row>')) == [("F18", 2)]


def test_a_control_character_is_refused_as_in_any_file() -> None:
    written = '<row r="2"><c r="A2" t="inlineStr"><is><t>a_x0001_b</t></is></c></row>'
    assert refusal(sheet_of(written)) == [("F01", 2)]


VALUE = "<c r='{0}' t='inlineStr'><is><t>x</t></is></c>"
HOSTILE = {
    "a cell ten million columns away": (
        sheet_of(f'<row r="2">{VALUE.format("XFD2")}</row>'), ("F16", 2)
    ),
    "a cell a million rows down": (
        sheet_of(f'<row r="1048576">{VALUE.format("A1048576")}</row>'), ("F17", 1048576)
    ),
    "a cell that is said to be elsewhere": (
        sheet_of(f'<row r="2">{VALUE.format("A3")}</row>'), ("F20", 2)
    ),
    "a cell without a place": (
        sheet_of('<row r="2"><c t="inlineStr"><is><t>x</t></is></c></row>'), ("F20", 2)
    ),
    "a cell with nonsense for a place": (
        sheet_of(f'<row r="2">{VALUE.format("€2")}</row>'), ("F20", 2)
    ),
    "a row with nonsense for a number": (sheet_of('<row r="-1"/>'), ("F20", 0)),
    "merged cells": (
        sheet_of("", '<mergeCells><mergeCell ref="B7:C7"/></mergeCells>'), ("F20", 7)
    ),
    "entities in the sheet": (
        sheet_of("", head='<!DOCTYPE a [<!ENTITY b "c">]>'), ("F02", 0)
    ),
    "entities in another encoding": (
        repacked(GOOD, {SHEET: '<!DOCTYPE a [<!ENTITY b "c">]><a><b/></a>'.encode("utf-16")}),
        ("F02", 0),
    ),
    "entities in the texts": (
        repacked(GOOD, {"xl/sharedStrings.xml": b"<!DOCTYPE a><sst/>"}), ("F02", 0)
    ),
    "XML that is none": (repacked(GOOD, {SHEET: b"<worksheet><row>"}), ("F02", 0)),
    "very deep XML": (
        repacked(GOOD, {SHEET: b"<a>" * 5_000 + b"</a>" * 5_000}), ("F02", 0)
    ),
    "very many elements": (repacked(GOOD, {SHEET: b"<a>" + bytes(random.Random(1).choices(
        b"<", k=3_000_001)) + b"</a>"}), ("F17", 0)),
    "no workbook inside": (repacked(GOOD, {"xl/workbook.xml": b"<workbook/>"}), ("F20", 0)),
    "a binary workbook": (repacked(GOOD, {"xl/workbook.bin": b"x"}), ("F20", 0)),
    "a sheet of macros": (
        repacked(GOOD, {"xl/macrosheets/sheet1.xml": b"<a/>"}), ("F20", 0)
    ),
    "a sheet that lies outside the archive": (
        repacked(GOOD, replace=(b"/xl/worksheets/sheet1.xml", b"../../../etc/passwd"),
                 part="xl/_rels/workbook.xml.rels"),
        ("F20", 0),
    ),
    "a first sheet that nobody sees": (
        repacked(GOOD, replace=(b'state="visible"', b'state="hidden"'), part="xl/workbook.xml"),
        ("F20", 0),
    ),
    "a first sheet that is not there": (
        repacked(GOOD, replace=(b'r:id="rId1"', b'r:id="rId99"'), part="xl/workbook.xml"),
        ("F20", 0),
    ),
    "half an archive": (GOOD[: len(GOOD) // 2], ("F20", 0)),
    "no archive": (b"PK\x03\x04 and nothing else", ("F20", 0)),
    "too many bytes": (GOOD + bytes(10_000_000), ("F17", 0)),
}  # fmt: skip


@pytest.mark.parametrize(("content", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_workbook_is_refused(content: bytes, code: tuple[str, int]) -> None:
    assert refusal(content) == [code]


def test_a_part_with_a_path_for_a_name_is_only_a_part(tmp_path: Any) -> None:
    content = repacked(GOOD, {"../../../../tmp/evil": b"x", "/etc/passwd": b"x"})
    assert recognise(content) == "payslip"


def test_a_part_with_a_password_is_refused() -> None:
    assert refusal(_patched(GOOD, b"PK\x01\x02", 8, struct.pack("<H", 1))) == [("F20", 0)]


def test_a_part_that_is_larger_than_it_says_is_refused() -> None:
    grown = repacked(GOOD, {SHEET: b"<worksheet>" + b" " * 200_000 + b"</worksheet>"})
    assert refusal(_patched(grown, SHEET.encode(), -46 + 24, struct.pack("<I", 100))) == [
        ("F20", 0)
    ]


def test_two_parts_of_one_name_are_refused() -> None:
    buffer = io.BytesIO(GOOD)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(SHEET, "<worksheet/>")
    assert refusal(buffer.getvalue()) == [("F20", 0)]


def test_more_parts_than_any_workbook_has_are_refused() -> None:
    assert refusal(repacked(GOOD, {f"xl/{n}.xml": b"" for n in range(1_001)})) == [("F20", 0)]


def _patched(content: bytes, marker: bytes, offset: int, value: bytes) -> bytes:
    """An archive with bytes changed in its directory, at an offset from the last marker."""
    at = content.rindex(marker) + offset
    return content[:at] + value + content[at + len(value) :]


def test_whatever_bytes_change_there_is_a_code_and_no_crash() -> None:
    """Single bytes of the archive, and of the XML inside it."""
    dice = random.Random(20260324)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    telling = [name for name in parts if name.startswith(("xl/", "["))]
    for _ in range(400):
        if dice.random() < 0.5:
            content = _spoiled(GOOD, dice)
        else:
            name = dice.choice(telling)
            content = repacked(GOOD, {name: _spoiled(parts[name], dice)})
        codes = codes_of(content)
        assert codes <= {"F01", "F02", "F14", "F16", "F17", "F18", "F20"}


def codes_of(content: bytes) -> set[str]:
    try:
        read(content, ())
    except BadFile as bad:
        return {note.code for note in bad.notes}
    return set()


def _spoiled(content: bytes, dice: random.Random) -> bytes:
    spoiled = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        spoiled[dice.randrange(len(spoiled))] = dice.randrange(256)
    return bytes(spoiled)


def test_clients_and_norms_in_a_workbook_are_read_as_their_csv_files(empty_place: Place) -> None:
    norm_file, client_file = norms(norm()), clients(client(buffer_max="250,00"), couple())
    empty_place.on = "2026-03-02"
    assert empty_place.take(as_book(norm_file, NORM_FORMS), "norms.xlsx").counts["recorded"] == 1
    told = empty_place.take(as_book(client_file, CLIENT_FORMS), "clients.xlsx")
    assert (told.kind, told.counts["recorded"], told.exit_code) == ("clients", 2, 0)
    # The same facts as CSV tell nothing new.
    assert empty_place.take(norm_file).counts["unchanged"] == 1
    assert empty_place.take(client_file).counts["unchanged"] == 2


def test_a_formula_in_a_list_of_clients_keeps_its_row_out(empty_place: Place) -> None:
    def spoiled(sheet: Any) -> None:
        sheet["G2"] = "=1+1"

    content = as_book(clients(client(), client(1002)), CLIENT_FORMS, edit=spoiled)
    told = empty_place.take(content, "clients.xlsx")
    assert told.counts["rejected"] == 1
    assert (2, "R35") in {(note.line, note.code) for note in told.listed()}


def test_a_reader_that_panics_refuses_its_file_and_stops_no_other() -> None:
    """What the guard looks for, given to the reader behind it."""
    made = Workbook()
    made.active.append([-1e308])
    made.active["A1"].number_format = "yyyy-mm-dd"
    content = saved(made)
    assert refusal(content) == [("F20", 1)]
    with pytest.raises(BadFile) as bad:
        _rows(Unpacked(content, False, frozenset(), {}, 0))
    assert [note.code for note in bad.value.notes] == ["F20"]
