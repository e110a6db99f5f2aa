"""The file that goes to the bank: only what was approved, always the same bytes, whole or not."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest
from lxml import etree

from surplus.payout import export, pain001
from surplus.problems import Refusal
from surplus.store.tables import obligation
from tests.payout.town import F, Town, iban

JANUARY, ON = "2026-01", "2026-01-27"
N = {"p": pain001.NAMESPACE + "pain.001.001.09"}


@pytest.fixture
def approved(town: Town) -> Town:
    """A batch of two payments, approved."""
    town.enrol(1001, 1002, account_name="Zoë van 't Hof & Søn")
    town.pay(JANUARY, ON)
    return town


def test_the_file_holds_exactly_what_was_approved(approved: Town, tmp_path: Path):
    written = approved.export(1, "2026-01-28", tmp_path / "out")
    path = Path(written.file)
    content = path.read_bytes()
    assert path.name == "TEST-SUR20260127001.xml"
    assert written.as_json() == {
        "batch": 1, "file": str(path), "payments": 2, "total_cents": 2 * F,
        "sha256": hashlib.sha256(content).hexdigest(), "sha1": hashlib.sha1(content).hexdigest(),
        "exported_before": "",
    }  # fmt: skip
    document = etree.fromstring(content)
    told = [
        tuple(payment.findtext(f"p:{tag}", namespaces=N) for tag in
              ("PmtId/p:EndToEndId", "Amt/p:InstdAmt", "Cdtr/p:Nm", "CdtrAcct/p:Id/p:IBAN"))
        for payment in document.iterfind(".//p:CdtTrfTxInf", N)
    ]  # fmt: skip
    assert told == [
        (f"SUR20260127001-00000{n}", "1331.43", "Zoe van 't Hof + Son", iban(1000 + n))
        for n in (1, 2)
    ]
    assert document.findtext(".//p:GrpHdr/p:CreDtTm", namespaces=N) == "2026-01-27T02:15:00"
    assert document.findtext(".//p:ReqdExctnDt/p:Dt", namespaces=N) == "2026-01-30"
    assert approved.query("SELECT state, exported_on, file, sha256 FROM payment_batch") == [
        ("SENT", "2026-01-28", path.name, written.sha256)
    ]
    assert {row[4] for row in approved.obligations()} == {"SENT"}
    assert approved.page(1).sha1 == written.sha1


def test_exporting_again_gives_the_same_bytes_and_pays_nobody_twice(approved: Town, tmp_path: Path):
    first = approved.export(1, "2026-01-28", tmp_path)
    entries = approved.query("SELECT COUNT(*) FROM entry")
    Path(first.file).unlink()
    again = approved.export(1, "2026-03-02", tmp_path / "elsewhere")
    assert (again.sha256, again.exported_before) == (first.sha256, "2026-01-28")
    assert hashlib.sha256(Path(again.file).read_bytes()).hexdigest() == first.sha256
    assert approved.query("SELECT COUNT(*) FROM entry") == entries
    assert approved.query("SELECT exported_on FROM payment_batch") == [("2026-01-28",)]


def test_before_approval_there_is_no_file(town: Town, tmp_path: Path):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    with pytest.raises(Refusal, match="only an approved batch") as refused:
        town.export(1, ON, tmp_path)
    assert refused.value.exit_code == 2
    assert list(tmp_path.glob("*.xml")) == []


def test_after_export_a_batch_cannot_be_cancelled(approved: Town, tmp_path: Path):
    approved.export(1, ON, tmp_path)
    with pytest.raises(Refusal, match="before export only") as refused:
        approved.cancel(1, ON)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("values", [{"amount_cents": F * 100}, {"iban": iban(1009)}, {"name": "X"}])
def test_what_was_changed_after_approval_does_not_reach_the_bank(approved, tmp_path, values):
    approved.tamper(obligation, 1, **values)
    with pytest.raises(Refusal, match="P09") as refused:
        approved.export(1, ON, tmp_path)
    assert refused.value.exit_code == 5
    assert list(tmp_path.glob("*.xml")) == []


def test_a_file_that_was_never_written_in_time_is_prepared_again(approved: Town, tmp_path: Path):
    with pytest.raises(Refusal, match="P02") as refused:
        approved.export(1, "2026-01-31", tmp_path)
    assert refused.value.exit_code == 3
    approved.cancel(1, "2026-01-31")
    approved.pay(JANUARY, "2026-01-31")
    written = approved.export(2, "2026-01-31", tmp_path)
    assert b"<Dt>2026-02-02</Dt>" in Path(written.file).read_bytes()


def test_on_the_date_itself_a_batch_is_approved_and_written_for_that_day(
    town: Town, tmp_path: Path
):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    assert town.approve(1, "2026-01-30").due_on == "2026-01-30"
    written = town.export(1, "2026-01-30", tmp_path)
    assert b"<Dt>2026-01-30</Dt>" in Path(written.file).read_bytes()
    assert town.findings("LATE_PAYMENT") == []


def test_a_batch_approved_after_its_date_is_due_on_the_next_banking_day(town: Town, tmp_path: Path):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    page = town.approve(1, "2026-01-31")
    assert page.due_on == "2026-02-02"
    assert town.query("SELECT due_on FROM obligation") == [("2026-02-02",)]
    assert town.findings("LATE_PAYMENT") == [("LATE_PAYMENT", 0, 202601, "SUR20260127001")]
    assert town.export(1, "2026-01-31", tmp_path).sha256 == page.sha256


def test_in_production_a_file_bears_no_mark(approved: Town, tmp_path: Path):
    in_test = Path(approved.export(1, ON, tmp_path).file).read_bytes()
    assert b"<InitgPty><Nm>TEST Gemeente Voorbeeldstad</Nm>" in in_test
    production(approved)
    approved.enrol(1003, on="2026-01-28")
    approved.pay(JANUARY, "2026-01-28")
    path = Path(approved.export(2, "2026-01-28", tmp_path).file)
    assert path.name == "SUR20260128001.xml"
    assert b"<InitgPty><Nm>Gemeente Voorbeeldstad</Nm>" in path.read_bytes()


def test_what_was_prepared_as_a_test_is_not_approved_in_production(town: Town):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    production(town)
    with pytest.raises(Refusal, match="prepared in another environment") as refused:
        town.approve(1, ON)
    assert refused.value.exit_code == 2
    town.cancel(1, ON)
    assert town.pay(JANUARY, ON).total_cents == F


def test_a_test_copy_of_a_production_store_makes_no_file_for_its_account(
    town: Town, tmp_path: Path
):
    in_test = town.settings
    production(town)
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.export(1, ON, tmp_path)
    town.settings = in_test
    town.enrol(1002, on="2026-01-28")
    town.pay(JANUARY, "2026-01-28")
    with pytest.raises(Refusal, match="no file for a real account"):
        town.export(2, "2026-01-28", tmp_path)


def production(town: Town) -> None:
    keys = town.settings.municipality.model_copy(update={"environment": "PRODUCTIE"})
    town.settings = town.settings.model_copy(update={"municipality": keys})


def test_a_file_is_put_in_place_whole_and_for_its_owner_only(tmp_path: Path):
    path = tmp_path / "new" / "x.xml"
    export.put(path, [b"con", b"tent"], lambda _written: None)
    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [p.name for p in path.parent.iterdir()] == ["x.xml"]


def test_a_leftover_of_a_dead_run_is_not_in_the_way(tmp_path: Path):
    (tmp_path / ".x.xml.part").write_bytes(b"half of another fi")
    export.put(tmp_path / "x.xml", [b"whole"], lambda _written: None)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("x.xml", b"whole")]


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_and_the_batch_as_it_was(
    approved: Town, tmp_path: Path
):
    (tmp_path / "TEST-SUR20260127001.xml").mkdir()
    with pytest.raises(OSError, match="directory"):
        approved.export(1, ON, tmp_path)
    assert list(tmp_path.glob(".*.part")) == []
    assert approved.query("SELECT state FROM payment_batch") == [("APPROVED",)]
