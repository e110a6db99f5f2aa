"""A payment file that the bank refused as a whole goes once more by one command of two people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Answer, Workspace, make
from tests.bank.paper import Entry, Statement, document
from tests.payout.paper import written

F = 133143
SENT = "SUR20260127001"
BALANCE = 10_000_000


def told(town: Workspace, tmp_path: Path, **report: object) -> None:
    path = tmp_path / "report.xml"
    path.write_bytes(written(original=SENT, count=3, total="3994.29", **report))  # type: ignore[arg-type]
    town.done("import", str(path), on="2026-01-28")


def test_what_a_bank_refused_as_one_is_asked_and_approved_as_one_and_paid_once(
    tmp_path: Path,
) -> None:
    town = make(tmp_path / "home", "sqlite", "2026-01-05")
    people = files.clients(tmp_path, *(files.client(f"{no}") for no in (1001, 1002, 1003)))
    town.done("import", str(files.norms(tmp_path)), str(people))
    town.pay("2026-01", "2026-01-27")
    told(town, tmp_path, group="RJCT FF01", payments={3: "RJCT AC04"})
    on = "2026-01-28"

    assert town.done("pay", "prepare", "--month", "2026-01", on=on)["payments"] == 0
    asked = town("pay", "again", "1", "--reason", "wrong profile, mended", on=on,
                 operator="income-1")  # fmt: skip
    assert asked.code == 3
    change = str(asked.data["change"])
    (waits,) = town.done("changes", "list", on=on)
    assert (waits["field"], waits["new"]) == ("batch:1", "2 payments, 2.662,86 euro")
    assert town("changes", "approve", change, on=on, operator="income-1").code == 2
    town.done("changes", "approve", change, on=on, operator="treasury-1")

    prepared = town.done("pay", "prepare", "--month", "2026-01", on=on)
    assert (prepared["payments"], prepared["total_cents"]) == (2, 2 * F)  # 1003's account is closed
    rows = town.done("export", "payments", on=on)
    assert [(row["client_no"], row["status"]) for row in rows if row["round"] == 2] == [
        ("K0001001", "DRAFT"), ("K0001002", "DRAFT"),
    ]  # fmt: skip
    again = town("pay", "again", "1", "--reason", "once more", on=on, operator="income-1")
    assert again.code == 2
    assert "waits for a person's word" in again.err
    assert town.done("pay", "prepare", "--month", "2026-01", on=on)["payments"] == 0


@pytest.fixture
def lost(tmp_path: Path) -> Workspace:
    """Three payments left on 27 January and the bank never had them; the statements go on."""
    town = make(tmp_path / "home", "sqlite", "2026-01-05")
    people = files.clients(tmp_path, *(files.client(f"{no}") for no in (1001, 1002, 1003)))
    town.done("import", str(files.norms(tmp_path)), str(people))
    town.pay("2026-01", "2026-01-27")
    tell(town, 1, "2026-01-30")
    return town


def tell(town: Workspace, number: int, on: str, *entries: Entry, opening: int = BALANCE) -> None:
    path = town.home.parent / f"camt053_{number}.xml"
    path.write_bytes(document(Statement(number, opening, entries, on=on)))
    town.done("import", str(path), on=on)


def say(town: Workspace, on: str) -> Answer:
    words = ("pay", "refused", "1", "--reason", "never received, says the bank")
    return town(*words, on=on, operator="income-1")


def test_what_the_bank_never_executed_and_never_answered_is_owed_by_the_word_of_two_people(
    lost: Workspace,
) -> None:
    early = say(lost, "2026-02-03")
    assert (early.code, "statements through 2026-02-03 are not booked" in early.err) == (2, True)
    tell(lost, 2, "2026-02-03")
    on = "2026-02-04"
    lost.done("nightly", on=on)
    assert {row["status"] for row in lost.done("export", "payments")} == {"UNKNOWN"}
    asked = say(lost, on)
    assert asked.code == 3
    change = str(asked.data["change"])
    assert lost("changes", "approve", change, on=on, operator="income-1").code == 2
    lost.done("changes", "approve", change, on=on, operator="treasury-1")
    assert {row["status"] for row in lost.done("export", "payments")} == {"REJECTED"}
    assert lost.done("pay", "prepare", "--month", "2026-01", on=on)["payments"] == 0
    again = lost.done("pay", "again", "1", "--reason", "never had", on=on, operator="income-1")
    lost.done("changes", "approve", str(again["change"]), on=on, operator="treasury-1")
    lost.pay("2026-01", on)
    tell(lost, 3, "2026-02-05", Entry(-3 * F, batch="SUR20260204001"))
    rows = lost.done("export", "payments")
    assert [row["status"] for row in rows if row["round"] == 2] == ["BOOKED"] * 3
    assert (lost("check", on=on).code, lost("reconcile", on="2026-02-05").code) == (0, 0)
    assert say(lost, on).code == 2


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_debit_that_names_the_file_goes_before_the_word_of_people(
    lost: Workspace, asked_before: bool
) -> None:
    tell(lost, 2, "2026-02-03")
    change = str(say(lost, "2026-02-04").data["change"]) if asked_before else ""
    tell(lost, 3, "2026-02-04", Entry(-2 * F, batch=SENT))
    told = (
        lost("changes", "approve", change, on="2026-02-04", operator="treasury-1")
        if asked_before
        else say(lost, "2026-02-04")
    )
    assert (told.code, "a debit in suspense names batch 1" in told.err) == (2, True)


def test_a_debit_that_names_nothing_goes_before_the_word_of_people(lost: Workspace) -> None:
    tell(lost, 2, "2026-02-03", Entry(-3 * F, text="?"))
    told = say(lost, "2026-02-04")
    assert (told.code, "is not explained yet" in told.err) == (2, True)


def test_a_debit_that_comes_after_the_word_stops_the_next_round(lost: Workspace) -> None:
    tell(lost, 2, "2026-02-03")
    on = "2026-02-04"
    for asked in (say(lost, on), None):
        asked = asked or lost("pay", "again", "1", "--reason", "x", on=on, operator="income-1")
        lost.done("changes", "approve", str(asked.data["change"]), on=on, operator="treasury-1")
    tell(lost, 3, on, Entry(-3 * F, batch=SENT))
    lost.done("nightly", on=on)
    assert "S03" in {row["code"] for row in lost("findings", "list").data}
    assert lost.done("pay", "prepare", "--month", "2026-01", on=on)["batch"] == 0
    assert lost("check", on=on).code == 0
