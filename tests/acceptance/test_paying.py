"""Money out and the bank's answers, by the command line: from prepare to what nobody answers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make
from tests.bank.paper import Entry, Statement, document
from tests.payout.paper import written

ON, CLIENTS = "2026-01-27", range(1001, 1006)


@pytest.fixture
def sent(tmp_path: Path) -> Workspace:
    """Five clients, whose payments of January are at the bank."""
    there = make(tmp_path / "home", "sqlite", "2026-01-26")
    clients = files.clients(tmp_path, *(files.client(str(no)) for no in CLIENTS))
    for path in (files.norms(tmp_path), clients):
        assert there("import", str(path)).code == 0
    there.done("pay", "prepare", "--month", "2026-01", on=ON)
    page = there("pay", "show", "1", "--out", str(tmp_path / "page.xlsx"), on=ON)
    assert (page.code, page.data["payments"], page.data["recount"]["payments"]) == (0, 5, 5)
    assert page.data["new_clients"] == [f"K000{no}" for no in CLIENTS]
    shown = [c.value for row in load_workbook(tmp_path / "page.xlsx").active for c in row]
    approved = there.done("pay", "approve", "1", on=ON, operator="treasury-1")
    file = there.done("pay", "export", "1", "--out", str(tmp_path), on=ON, operator="treasury-1")
    digest = hashlib.sha256(Path(file["file"]).read_bytes()).hexdigest()
    assert page.data["sha256"] == approved["sha256"] == file["sha256"] == digest
    assert digest in shown
    return there


def test_a_file_that_was_exported_before_is_said_to_be_that_file(sent: Workspace, tmp_path: Path):
    words = ("pay", "export", "1", "--out", str(tmp_path / "again"))
    answer = sent(*words, on="2026-01-28", operator="treasury-1", as_json=False)
    assert answer.code == 0
    assert "batch 1 was exported on 2026-01-27 already" in answer.out


def test_an_export_that_is_not_kept_leaves_no_file_to_send(sent: Workspace, tmp_path: Path):
    """Else the batch can be cancelled and prepared again beside a file that somebody sends."""
    on, folder = "2026-02-24", tmp_path / "stick"
    batch = str(sent.done("pay", "prepare", "--month", "2026-02", on=on)["batch"])
    sent.done("pay", "approve", batch, on=on, operator="treasury-1")
    words = ("pay", "export", batch, "--out", str(folder))
    spoil = "UPDATE balance SET amount = amount {} 1 WHERE account = 2000 AND client = 1001"
    sent.change(spoil.format("+"))
    assert sent(*words, on=on, operator="treasury-1").code == 5
    assert [*folder.iterdir()] == []
    sent.change(spoil.format("-"))
    sent.done(*words, on=on, operator="treasury-1")
    assert len([*folder.iterdir()]) == 1


@pytest.mark.parametrize("how", ["refused", "cancelled"])
def test_a_refund_that_does_not_leave_stands_open_in_suspense_again(
    how: str, tmp_path: Path
) -> None:
    there = make(tmp_path / "home", "sqlite", ON)
    statement = tmp_path / "camt053.xml"
    statement.write_bytes(document(Statement(1, 0, (Entry(4321, text="?"),), on=ON)))
    there.done("import", str(statement))
    there.done("bank", "refund", "1", "--reason", "not ours", operator="income-1")
    there.done("changes", "approve", "1", operator="treasury-1")
    there.done("pay", "prepare", "--month", "2026-01")
    there.done("pay", "approve", "1", operator="treasury-1")
    there.done("bank", "match")
    assert there.done("bank", "list") == []
    if how == "cancelled":
        there.done("pay", "cancel", "1", "--reason", "no", operator="income-1")
    else:
        there.done("pay", "export", "1", "--out", str(tmp_path), operator="treasury-1")
        path = tmp_path / "report.xml"
        path.write_bytes(
            written(original="SUR20260127001", count=1, total="43.21", payments={1: "RJCT AC01"})
        )
        there.done("import", str(path))
    assert [row["item"] for row in there.done("bank", "list")] == [1]
    assert "UNMATCHED" in {row["code"] for row in there("findings", "list").data}
    assert there("check").code == 0


def test_a_return_less_the_bank_s_costs_is_recognised_once_these_are_booked(
    sent: Workspace, tmp_path: Path
) -> None:
    one, costs = "SUR20260127001-000001", 500
    back = Entry(133143 - costs, end_to_end=one, family="PMNT-ICDT-RRTN",
                 extra="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")  # fmt: skip
    statement = tmp_path / "camt053.xml"
    lines = (Entry(-5 * 133143, batch="SUR20260127001"), back)
    statement.write_bytes(document(Statement(1, 1_000_000, lines, on=ON)))
    sent.done("import", str(statement), on=ON)
    assign = ("bank", "assign", "2", "--to", f"payment:{one}", "--reason", "it came back")
    told = sent(*assign, on=ON, operator="income-1")
    assert (told.code, "--value 4800/1900" in told.err) == (2, True)
    asked = sent.done(
        "decide", "K0001001", "adjustment", "--value", "4800/1900", "--item", "2", "--amount",
        "5,00", "--number", "B-1", "--reason", "costs of the bank", on=ON, operator="income-1",
    )  # fmt: skip
    sent.done("changes", "approve", str(asked["id"]), on=ON, operator="treasury-1")
    change = sent.done(*assign, on=ON, operator="income-1")["change"]
    sent.done("changes", "approve", str(change), on=ON, operator="treasury-1")
    assert sorted(states(sent, ON)) == ["BOOKED"] * 4 + ["RETURNED"]
    assert "IBAN_BLOCKED" in {row["code"] for row in sent("findings", "list", on=ON).data}
    assert (sent("check", on=ON).code, sent("reconcile", on=ON).code) == (0, 0)


def test_an_adjustment_may_open_a_line_again_and_close_it(tmp_path: Path) -> None:
    there = make(tmp_path / "home", "sqlite", ON)
    there.done("import", str(files.norms(tmp_path)))
    there.done("import", str(files.clients(tmp_path, files.client("1001"))))
    statement = tmp_path / "camt053.xml"
    statement.write_bytes(document(Statement(1, 0, (Entry(500, text="?"),), on=ON)))
    there.done("import", str(statement))
    there.done("bank", "assign", "1", "--to", "municipality", "--reason", "x", operator="income-1")
    for value, standing in (("3000/1900", {"UNMATCHED"}), ("1900/4800", set())):
        asked = there.done(
            "decide", "K0001001", "adjustment", "--value", value, "--item", "1", "--amount", "5,00",
            "--number", "B-1", "--reason", "x", operator="income-1",
        )  # fmt: skip
        there.done("changes", "approve", str(asked["id"]), operator="treasury-1")
        codes = {row["code"] for row in there("findings", "list").data}
        assert codes & {"UNMATCHED"} == standing
    assert there("check").code == 0


def test_an_answer_to_a_file_of_which_the_export_was_killed_is_not_lost(
    sent: Workspace,
) -> None:
    """The file stands in the outbox and was uploaded; the store does not know that it left."""
    sent.change("UPDATE payment_batch SET state = 'APPROVED', file = '', exported_on = ''")
    sent.change("UPDATE obligation SET state = 'APPROVED'")
    file = sent.home.parent / "TEST-SUR20260127001.xml"
    file.rename(sent.home / "outbox" / file.name)
    path = report(sent, payments={1: "RJCT AC04"}, number=1)
    sent.done("import", str(path), on="2026-01-28")
    assert states(sent, "2026-01-28") == ["REJECTED", "SENT", "SENT", "SENT", "SENT"]
    assert {row["code"] for row in sent("findings", "list").data} == {"IBAN_BLOCKED"}


def report(there: Workspace, **told: object) -> Path:
    """A report of the bank in the inbox."""
    name = f"report-{told['number']}.xml"
    path = there.home / "inbox" / name
    path.write_bytes(written(original="SUR20260127001", count=5, total="6657.15", **told))
    return path


def states(there: Workspace, on: str) -> list[str]:
    return [row["status"] for row in there.done("export", "payments", on=on)]


def test_what_the_bank_says_is_taken_in_at_night_and_what_it_does_not_say_is_an_alarm(
    sent: Workspace,
) -> None:
    report(sent, group="RCVD", number=1)
    assert sent("nightly", on="2026-01-28").code == 0
    assert states(sent, "2026-01-28") == ["SENT"] * 5
    report(sent, debit="ACSP", payments={2: "RJCT AC04"}, number=2)
    report(sent, group="PART", payments={3: "RJCT MD07"}, number=3)
    assert sent("nightly", on="2026-01-29").code == 3
    assert states(sent, "2026-01-29") == [
        "ACCEPTED", "REJECTED", "REJECTED", "ACCEPTED", "ACCEPTED"
    ]  # fmt: skip
    found = {(row["code"], row["client_no"]) for row in sent("findings", "list").data}
    assert found == {("IBAN_BLOCKED", "K0001002"), ("PAYEE_DECEASED", "K0001003")}
    assert sent("nightly", on="2026-02-03").code == 3
    found = {row["code"]: row["amount_cents"] for row in sent("findings", "list").data}
    assert found["PAYMENT_UNANSWERED"] == 3 * 133143
    assert sent("check", on="2026-02-03").code == 0
    assert list((sent.home / "inbox").iterdir()) == []
    log = "".join(path.read_text() for path in (sent.home / "logs").iterdir())
    assert log.count('"no-schema"') == 2  # once in each night that brought reports


def test_a_file_that_nobody_answered_has_an_unknown_state_and_is_never_sent_again(
    sent: Workspace,
) -> None:
    sent("nightly", on="2026-02-03")
    assert states(sent, "2026-02-03") == ["UNKNOWN"] * 5
    assert sent.done("pay", "prepare", "--month", "2026-01", on="2026-02-03")["batch"] == 0
    assert sent("check", on="2026-02-03").code == 0
