"""Files made to do harm, put into the inbox of a municipality at work, by the real command.

Whatever it is: the command ends in words and soon, the inbox is empty, nothing but the verdict is
written, and nothing outside the workspace is read or touched.
"""

from __future__ import annotations

import io
import itertools
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make
from tests.fuzz.town import CLIENTS, ON, SENT, answers, payslip
from tests.intake.payslip_files import SHEET, as_csv, as_workbook, repacked
from tests.schemas import SCHEMAS, needs_schemas

#: No file of these may take longer; most take a tenth of a second.
SECONDS_MAX = 20
SECRET = "known to nobody outside"
NAMES = itertools.count(1)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A municipality with three clients."""
    folder = tmp_path_factory.mktemp("hostile")
    made = make(folder / "town", "sqlite", ON)
    made.change_settings(('schemas = "../schemas"', f'schemas = "{SCHEMAS}"'))
    people = [files.client(str(no)) for no in CLIENTS]
    for path in (files.norms(folder), files.clients(folder, *people)):
        assert made("import", str(path)).code == 0
    return made


@pytest.fixture
def told(there: Workspace) -> Any:
    """Puts a file into the inbox and tells its outcome, once nothing else proves changed."""

    def take_in(content: bytes, name: str = "file.csv") -> dict[str, Any]:
        name = f"{next(NAMES)}-{name}"
        (there.home / "inbox" / name).write_bytes(content)
        return outcome_of(there)

    return take_in


def outcome_of(there: Workspace) -> dict[str, Any]:
    before, began = rows(there), time.monotonic()
    answer = there("import")
    assert time.monotonic() - began < SECONDS_MAX
    assert answer.code in (0, 3), answer.err
    assert "Traceback" not in answer.out + answer.err
    assert list((there.home / "inbox").iterdir()) == []
    (outcome,) = answer.data
    if outcome["verdict"] == "refused":
        assert rows(there) == before
        assert outcome["messages"][0]["remedy"]
    assert there("check").code == 0
    return dict(outcome)


def rows(there: Workspace) -> list[tuple[Any, ...]]:
    tables = ("income", "payslip", "client", "rejected_row", "posting", "bank_item", "norm")
    known = {name for (name,) in there.query("SELECT name FROM sqlite_schema")}
    return [there.query(f"SELECT COUNT(*) FROM {name}")[0] for name in tables if name in known]


def refused(outcome: dict[str, Any], *codes: str) -> bool:
    """Whether a file is refused as a whole, with one of these codes."""
    return outcome["verdict"] == "refused" and outcome["codes"][0][0] in codes


def delivery(tmp_path: Path, *more: dict[str, str]) -> bytes:
    told = [files.wage(1001, "2026-02", 60_000), *more]
    return files.delivery(tmp_path, "2026-02", SENT, *told).read_bytes()


def statement(tmp_path: Path) -> bytes:
    return files.Bank(tmp_path).wage(1001, 61_001).statement("2026-02-26").read_bytes()


def with_doctype(content: bytes, inside: str, name: bytes) -> bytes:
    """XML with a DOCTYPE, and `&a;` for the first text in an element of this name."""
    head, rest = content.split(b"?>", 1)
    place = rest.index(b"<" + name + b">") + len(name) + 2
    return (
        head + b"?><!DOCTYPE x [" + inside.encode() + b"]>" + rest[:place] + b"&a;" + rest[place:]
    )


BOMB = "<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
) + "<!ENTITY a '&a11;'>"  # fmt: skip


def payslips() -> tuple[bytes, bytes]:
    """Two payslips, as CSV and as workbook."""
    slips = [payslip(no, files.wage(no, "2026-02", 60_000)) for no in CLIENTS[:2]]
    return as_csv(*slips), as_workbook(*slips)


# --- XML -----------------------------------------------------------------------------------------


@needs_schemas
def test_an_entity_bomb_in_a_delivery_is_refused_and_never_unfolded(told: Any) -> None:
    assert refused(told(with_doctype(answers(1001), BOMB, b"VolgnrIkv")), "F02")


def test_an_entity_bomb_in_a_statement_is_refused_and_never_unfolded(
    told: Any, tmp_path: Path
) -> None:
    assert refused(told(with_doctype(statement(tmp_path), BOMB, b"Nm")), "F02")


def test_an_entity_bomb_in_a_workbook_is_refused_and_never_unfolded(told: Any) -> None:
    _, book = payslips()
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheet = archive.read(SHEET)
    head = b'<?xml version="1.0"?>' if not sheet.startswith(b"<?xml") else b""
    bomb = with_doctype(head + sheet, BOMB, b"sheetData")
    assert refused(told(repacked(book, {SHEET: bomb})), "F02")


@needs_schemas
@pytest.mark.parametrize("kind", ["suwi", "camt053"])
def test_an_external_entity_is_refused_and_what_it_names_is_never_read(
    kind: str, told: Any, there: Workspace, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    valid, name = (answers(1001), b"VolgnrIkv") if kind == "suwi" else (statement(tmp_path), b"Nm")
    outcome = told(with_doctype(valid, f"<!ENTITY a SYSTEM '{secret.as_uri()}'>", name))
    assert refused(outcome, "F02")
    written = [p.read_bytes() for p in (there.home / "refused").iterdir() if p.suffix != ".csv"]
    assert not any(SECRET.encode() in content for content in written)


@needs_schemas
@pytest.mark.parametrize("deep", [60, 300, 100_000])
def test_elements_deep_within_each_other_are_refused(deep: int, told: Any) -> None:
    inside = b"<a>" * deep + b"</a>" * deep
    content = answers(1001).replace(b"<il:Staart>", inside + b"<il:Staart>")
    assert refused(told(content), "F02", "F03")


def test_the_depth_that_is_allowed_is_a_setting(
    told: Any, there: Workspace, tmp_path: Path
) -> None:
    there.change_settings(("max_depth = 64", "max_depth = 5"))
    try:
        assert refused(told(statement(tmp_path)), "F02")
    finally:
        there.change_settings(("max_depth = 5", "max_depth = 64"))


@needs_schemas
def test_a_message_without_end_is_refused_before_it_fills_memory(told: Any) -> None:
    long = b"<VolgnrIkv>" + b"1" * 30_000_000
    assert refused(told(answers(1001).replace(b"<VolgnrIkv>", long)), "F17", "F02")


# --- archives ------------------------------------------------------------------------------------


def test_a_zip_bomb_is_refused_unopened(told: Any) -> None:
    _, book = payslips()
    assert refused(told(repacked(book, {"xl/media/a.xml": b"0" * 40_000_000})), "F17")


def test_a_bomb_within_a_bomb_is_only_a_part_and_stays_packed(told: Any, there: Workspace) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"0" * 50_000_000)
    _, book = payslips()
    assert told(repacked(book, {"docProps/inner.zip": inner.getvalue()}))["verdict"] == "accepted"


@pytest.mark.parametrize("name", ["../../outside.xml", "/tmp/outside.xml", "..\\outside.xml"])
def test_a_path_for_a_name_in_an_archive_writes_nothing_outside(
    name: str, told: Any, there: Workspace
) -> None:
    around = set(there.home.parent.rglob("*outside*"))
    _, book = payslips()
    outcome = told(repacked(book, {name: name.encode()}))
    assert outcome["verdict"] in ("accepted", "refused")
    assert set(there.home.parent.rglob("*outside*")) == around
    assert not Path("/tmp/outside.xml").exists()


# --- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [200_000, 30_000_000])
def test_a_line_without_end_is_refused_with_its_number(
    size: int, told: Any, tmp_path: Path
) -> None:
    lines = delivery(tmp_path).split(b"\n")
    lines[2] = lines[2].replace(b"Schoonmaakbedrijf", b"S" * size)
    outcome = told(b"\n".join(lines))
    assert refused(outcome, "F18")
    assert outcome["messages"][0]["line"] == 3


def test_a_field_longer_than_any_is_refused_with_its_name(told: Any, tmp_path: Path) -> None:
    outcome = told(delivery(tmp_path).replace(b"Schoonmaakbedrijf", b"S" * 40_000))
    assert refused(outcome, "F17")
    assert [(m["line"], m["field"]) for m in outcome["messages"]] == [(3, "naam_werkgever")]


@pytest.mark.parametrize("place", [0, 300, 100_000])
def test_a_nul_is_refused_wherever_it_stands(place: int, told: Any, tmp_path: Path) -> None:
    many = [files.wage(1001, "2026-02", 60_000)] * 500
    content = delivery(tmp_path, *many)
    outcome = told(content[:place] + b"\x00" + content[place:])
    assert refused(outcome, "F01")
    assert outcome["messages"][0]["line"] == content.count(b"\n", 0, place) + 1


def test_ten_million_columns_are_refused_unread(told: Any, tmp_path: Path) -> None:
    lines = delivery(tmp_path).split(b"\n")
    lines[1] += b";x" * 10_000_000
    assert refused(told(b"\n".join(lines)), "F16", "F18")


def test_more_columns_than_a_file_may_have_are_refused(told: Any, tmp_path: Path) -> None:
    lines = delivery(tmp_path).split(b"\n")
    lines[1] += b"".join(b";x%d" % number for number in range(300))
    assert refused(told(b"\n".join(lines)), "F16")


def test_the_rows_and_bytes_that_are_allowed_are_settings(
    told: Any, there: Workspace, tmp_path: Path
) -> None:
    content = delivery(tmp_path, *[files.wage(no, "2026-02", 60_000) for no in CLIENTS[1:]])
    for name, value, small in (("max_rows", 5_000_000, 2), ("max_bytes", 1_073_741_824, 500)):
        there.change_settings((f"{name} = {value}", f"{name} = {small}"))
        try:
            assert refused(told(content), "F17")
        finally:
            there.change_settings((f"{name} = {small}", f"{name} = {value}"))


def test_a_formula_for_a_name_is_text_here_and_in_what_we_write(
    told: Any, there: Workspace, tmp_path: Path
) -> None:
    formula = '=HYPERLINK("http://x","y")'
    wrong = files.wage(1002, "2026-02", 60_000, cd_srt_ikv="@SUM(A1)")
    quoted = '"' + formula.replace('"', '""') + '"'
    row = files.wage(1003, "2026-02", 60_000, naam_werkgever=quoted)
    outcome = told(delivery(tmp_path, wrong, row))
    assert outcome["verdict"] == "accepted"
    assert (formula,) in there.query("SELECT name FROM employment")
    out = tmp_path / "out"
    for table in ("rejected", "settlements"):
        there.done("export", table, "--format", "csv", "--out", str(out))
    for path in out.iterdir() if out.is_dir() else [out]:
        fields = path.read_text(encoding="utf-8").replace("\n", ";").split(";")
        assert not any(field.strip('"')[:1] in ("=", "@", "+") for field in fields), path


def test_a_formula_in_a_workbook_is_no_amount(told: Any) -> None:
    def edit(sheet: Any) -> None:
        sheet.cell(2, 8).value = '=WEBSERVICE("http://x")'

    slips = [payslip(1001, files.wage(1001, "2026-02", 60_000))]
    outcome = told(as_workbook(*slips, edit=edit), "loonstrook.xlsx")
    assert ["R35", "E"] in outcome["rows"][0]["codes"]


# --- names, links and files that move ------------------------------------------------------------


def test_a_name_proves_nothing(told: Any, tmp_path: Path) -> None:
    as_text, book = payslips()
    for content, name, kind in (
        (book, "a.csv", "payslip"),
        (as_text, "b.xlsx", "payslip"),
        (delivery(tmp_path), "c.exe", "doorlevering"),
        (statement(tmp_path), "d.csv", "camt053"),
    ):
        assert told(content, name)["kind"] == kind


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ\x90\x00" + bytes(range(256)) * 10, "F01"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "F01"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "F01"),
        (b"PK\x03\x04" + b"\xff" * 1000, "F20"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1000, "F20"),
        (b"<html><body>Log in</body></html>", "F04"),
        (b"#!/bin/sh\nrm -rf /\n", "F16"),
    ],
    ids=["program", "pdf", "picture", "broken archive", "old workbook", "web page", "script"],
)
def test_a_file_of_another_kind_is_refused_whatever_it_is_called(
    content: bytes, code: str, told: Any
) -> None:
    assert refused(told(content, "doorlevering.csv"), code)


def test_a_link_in_the_inbox_is_refused_and_its_target_neither_read_nor_moved(
    there: Workspace, tmp_path: Path
) -> None:
    target = tmp_path / "target.csv"
    target.write_bytes(delivery(tmp_path))
    (there.home / "inbox" / "link.csv").symlink_to(target)
    outcome = outcome_of(there)
    assert refused(outcome, "UNREADABLE")
    assert target.read_bytes() == delivery(tmp_path)
    kept = [one for one in (there.home / "refused").iterdir() if not one.is_symlink()]
    assert not any(b"recordtype" in one.read_bytes() for one in kept if "link" in one.name)


def test_a_link_to_a_folder_or_to_itself_stops_nothing(there: Workspace, tmp_path: Path) -> None:
    (there.home / "inbox" / "loop.csv").symlink_to(there.home / "inbox" / "loop.csv")
    assert refused(outcome_of(there), "UNREADABLE")
    (there.home / "inbox" / "folder.csv").symlink_to(tmp_path)
    assert refused(outcome_of(there), "UNREADABLE")


@contextmanager
def growing(path: Path) -> Iterator[None]:
    """Somebody writes on and on."""
    stop, begun = threading.Event(), threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"x")
                begun.set()
                time.sleep(0.0005)

    writer = threading.Thread(target=grow)
    writer.start()
    begun.wait()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def test_a_file_that_grows_while_it_is_read_is_refused_and_can_come_again(
    there: Workspace, tmp_path: Path
) -> None:
    many = [files.wage(1001, "2026-02", 60_000)] * 20_000
    path = tmp_path / "growing.csv"
    path.write_bytes(delivery(tmp_path, *many))
    before = rows(there)
    with growing(path):
        answer = there("import", str(path))
    assert answer.code == 3, answer.err
    assert refused(answer.data, "FILE_CHANGED")
    assert rows(there) == before
    reports = [one.name for one in (there.home / "refused").iterdir() if "growing" in one.name]
    assert sorted(reports) == ["growing.csv.json", "growing.csv.txt"]


def test_a_file_that_is_being_written_is_left_for_the_next_run(there: Workspace) -> None:
    path = there.home / "inbox" / "growing.csv"
    with growing(path):
        answer = there("import")
    assert (answer.code, answer.data) == (0, [])
    assert path.exists()
    path.unlink()
