"""The payment file is uploaded twice: the bank executes the first and refuses the second by the
message id of both.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Answer, Workspace, make
from tests.bank.paper import Entry, Statement, document
from tests.payout.paper import written

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
F = 133143
ON, NEXT, LATER = "2026-01-29", "2026-01-30", "2026-02-03"
MESSAGE = "SUR20260127001"
#: What is left in the books: the account as it opened, and three payments that nothing covers yet.
LEFT = {1000: 10_000_000 - 3 * F, 2000: 3 * F, 3000: -10_000_000}
SHAPES = {
    "one sum": [Entry(-3 * F, batch=MESSAGE)],
    "per payment": [Entry(-F, end_to_end=f"{MESSAGE}-{n:06d}") for n in (1, 2, 3)],
}


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Workspace:
    """Three fixed payments of January are sent, and refused as a duplicate."""
    made = make(tmp_path / "home", store_url, "2026-01-05")
    made.done("import", str(files.norms(tmp_path)))
    people = [files.client(no) for no in ("1001", "1002", "1003")]
    made.done("import", str(files.clients(tmp_path, *people)))
    made.pay("2026-01", "2026-01-27")
    return made


def bring(town: Workspace, name: str, content: bytes, on: str) -> None:
    path = town.home.parent / name
    path.write_bytes(content)
    town.done("import", str(path), on=on)


def refuse(town: Workspace, **told: object) -> None:
    said = {"group": "RJCT AM05"} | told
    bring(
        town, f"pain002_{said.get('number', 1)}.xml",
        written(original=MESSAGE, total="3994.29", **said), ON,  # type: ignore[arg-type]
    )  # fmt: skip


def debit(town: Workspace, *entries: Entry) -> None:
    told = Statement(1, 10_000_000, tuple(entries), on=NEXT)
    bring(town, "camt053.xml", document(told), NEXT)
    town.done("nightly", on=NEXT)


def states(town: Workspace) -> list[str]:
    return [row["status"] for row in town.done("export", "payments")]


def codes(town: Workspace) -> set[str]:
    return {row["code"] for row in town("findings", "list").data}


def ask(town: Workspace, target: str, item: int = 1) -> Answer:
    return town(
        "bank", "assign", str(item), "--to", f"payment:{target}", "--reason", "uploaded twice",
        on=LATER, operator="income-1",
    )  # fmt: skip


def put_right(town: Workspace, target: str, item: int = 1) -> None:
    asked = ask(town, target, item)
    assert (asked.code, asked.data["state"]) == (3, "waiting"), asked.err
    change = str(asked.data["change"])
    assert town("changes", "approve", change, on=LATER, operator="income-1").code == 2
    agreed = town("changes", "approve", change, on=LATER, operator="treasury-1")
    assert agreed.code == 0, agreed.err


def whole(town: Workspace) -> None:
    """Books and bank agree, nothing is in transit or suspense, nothing is paid again."""
    assert town("check", on=LATER).code == 0
    assert town("reconcile", on=LATER).code == 0
    rows = town.query("SELECT account, SUM(amount) FROM balance GROUP BY account")
    assert {account: cents for account, cents in rows if cents} == LEFT
    town.done("nightly", on=LATER)
    assert town.done("pay", "prepare", "--month", "2026-01", on=LATER)["batch"] == 0
    assert not codes(town) & {"S03", "OWN_DUPLICATE", "UNMATCHED", "DEBITED_TWICE"}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_the_bank_refused_as_a_duplicate_and_executed_is_put_right_by_one_command(
    town: Workspace, shape: str
) -> None:
    refuse(town)
    assert states(town) == ["REJECTED"] * 3
    debit(town, *SHAPES[shape])
    assert {"S03", "OWN_DUPLICATE", "UNMATCHED"} <= codes(town)
    assert town.done("pay", "prepare", "--month", "2026-01", on=LATER)["batch"] == 0
    put_right(town, MESSAGE)
    assert states(town) == ["BOOKED"] * 3
    whole(town)


def test_one_payment_of_a_refused_file_is_put_right_by_its_own_name(town: Workspace) -> None:
    refuse(town)
    debit(town, SHAPES["per payment"][1])
    put_right(town, f"{MESSAGE}-000002")
    assert states(town) == ["REJECTED", "BOOKED", "REJECTED"]
    assert town("check", on=LATER).code == town("reconcile", on=LATER).code == 0
    assert "OWN_DUPLICATE" in codes(town)
    assert not codes(town) & {"S03", "UNMATCHED"}


def test_what_was_refused_for_a_reason_of_its_own_stays_so_beside_the_duplicate(
    town: Workspace,
) -> None:
    refuse(town, group="PART", payments={3: "RJCT AC04"}, number=1)
    refuse(town, number=2)
    debit(town, Entry(-2 * F, batch=MESSAGE))
    put_right(town, MESSAGE)
    assert states(town) == ["BOOKED", "BOOKED", "REJECTED"]
    assert town("check", on=LATER).code == town("reconcile", on=LATER).code == 0
    assert "IBAN_BLOCKED" in codes(town)


def test_a_file_is_not_said_to_be_executed_by_a_line_of_another_sum(town: Workspace) -> None:
    refuse(town)
    debit(town, Entry(-F, batch=MESSAGE))
    told = ask(town, MESSAGE)
    assert (told.code, states(town)) == (2, ["REJECTED"] * 3)
    assert "has 3 open payments, 3.994,29" in told.err


def test_a_payment_that_was_executed_all_the_same_can_come_back_and_is_owed_once(
    town: Workspace, tmp_path: Path
) -> None:
    refuse(town)
    debit(town, *SHAPES["one sum"])
    put_right(town, MESSAGE)
    back = Entry(F, end_to_end=f"{MESSAGE}-000002", family="PMNT-ICDT-RRTN",
                 extra="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")  # fmt: skip
    told = Statement(2, 10_000_000 - 3 * F, (back,), on=LATER)
    bring(town, "camt053_2.xml", document(told), LATER)
    assert states(town) == ["BOOKED", "RETURNED", "BOOKED"]
    assert town("check", on=LATER).code == town("reconcile", on=LATER).code == 0


def test_what_changed_between_asking_and_agreeing_stops_it(town: Workspace) -> None:
    refuse(town)
    debit(town, *SHAPES["one sum"])
    asked = ask(town, MESSAGE)
    town.change("UPDATE obligation SET state = 'CANCELLED' WHERE obligation = 2")
    told = town("changes", "approve", str(asked.data["change"]), on=LATER, operator="treasury-1")
    assert told.code == 2
    assert states(town) == ["REJECTED", "CANCELLED", "REJECTED"]


def give_up(town: Workspace) -> Answer:
    return town(
        "decide", "K0001001", "give-up-payment", "--month", "2026-01", "--number", "B-1",
        "--reason", "asked to", on=LATER, operator="income-1",
    )  # fmt: skip


def test_what_may_have_left_is_not_given_up_and_so_paid_once_more_as_a_surplus(
    town: Workspace,
) -> None:
    refuse(town)
    waiting = str(give_up(town).data["id"])
    debit(town, *SHAPES["one sum"])
    told = give_up(town)
    assert (told.code, "assign ITEM --to payment:" in told.err) == (2, True)
    assert town("changes", "approve", waiting, on=LATER, operator="treasury-1").code == 2
    put_right(town, MESSAGE)
    assert states(town) == ["BOOKED"] * 3


def test_what_was_given_up_before_the_bank_debited_it_becomes_a_claim(town: Workspace) -> None:
    refuse(town)
    given = str(give_up(town).data["id"])
    town.done("changes", "approve", given, on=LATER, operator="treasury-1")
    debit(town, *SHAPES["per payment"])
    told = ask(town, f"{MESSAGE}-000001")
    assert (told.code, "given up by decision" in told.err) == (2, True)
    claim = town.done(
        "decide", "K0001001", "adjustment", "--value", "1400/1900", "--item", "1", "--amount",
        "1331,43", "--number", "B-2", "--reason", "paid and not owed", on=LATER,
        operator="income-1",
    )  # fmt: skip
    town.done("changes", "approve", str(claim["id"]), on=LATER, operator="treasury-1")
    town.done("nightly", on=LATER)
    assert town("check", on=LATER).code == 0
    assert {row["item"] for row in town("bank", "list").data} == {2, 3}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_that_the_bank_executes_twice_is_an_alarm_and_its_return_is_not_paid_again(
    town: Workspace, shape: str
) -> None:
    debit(town, *SHAPES[shape], *SHAPES[shape])
    assert (states(town), "DEBITED_TWICE" in codes(town)) == (["BOOKED"] * 3, True)
    why = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    back = [
        replace(one, cents=-one.cents, family="PMNT-ICDT-RRTN", extra=why) for one in SHAPES[shape]
    ]
    told = Statement(2, 10_000_000 - 6 * F, tuple(back), on=LATER)
    bring(town, "camt053_2.xml", document(told), LATER)
    town.done("nightly", on=LATER)
    assert (states(town), "S03" in codes(town)) == (["RETURNED"] * 3, True)
    assert town.done("pay", "prepare", "--month", "2026-01", on=LATER)["batch"] == 0
    put_right(town, MESSAGE, 2 if shape == "one sum" else 4)
    assert states(town) == ["BOOKED"] * 3
    whole(town)


def test_a_debit_is_not_refunded_and_its_file_is_found_with_a_blank_behind_its_name(
    town: Workspace,
) -> None:
    refuse(town)
    debit(town, *SHAPES["one sum"])
    told = town("bank", "refund", "1", "--reason", "x", on=LATER, operator="income-1")
    assert (told.code, "bank assign" in told.err) == (2, True)
    put_right(town, f"{MESSAGE} ")


def test_a_payment_named_twice_in_one_line_is_refused(town: Workspace) -> None:
    refuse(town)
    debit(town, Entry(-2 * F, batch=MESSAGE))
    part = f"payment:{MESSAGE}-000001=-1331,43"
    told = town(
        "bank", "split", "1", "--part", part, "--part", part, "--reason", "x", on=LATER,
        operator="income-1",
    )  # fmt: skip
    assert (told.code, "named twice" in told.err) == (2, True)
    assert town("changes", "list").data == []


@pytest.mark.parametrize("approved", [False, True])
def test_a_next_round_that_waits_is_stopped_when_the_statement_shows_the_first(
    town: Workspace, approved: bool
) -> None:
    refuse(town)
    again = town.done(
        "decide", "K0001001", "pay-again", "--value", f"{MESSAGE}-000001", "--number", "B-1",
        "--reason", "the bank refused it", on=ON, operator="income-1",
    )  # fmt: skip
    town.done("changes", "approve", str(again["id"]), on=ON, operator="treasury-1")
    assert town.done("pay", "prepare", "--month", "2026-01", on=ON)["payments"] == 1
    words = ["pay", "approve", "2"]
    if approved:
        assert town(*words, on=ON, operator="treasury-1").code == 0
        words = ["pay", "export", "2", "--out", str(town.home / "outbox")]
    debit(town, *SHAPES["one sum"])
    told = town(*words, on=NEXT, operator="treasury-1")
    assert (told.code, "P01" in told.err) == (3, True), told.err
    assert not list(town.home.glob("outbox/*SUR20260129001*"))
    town.done("pay", "cancel", "2", "--reason", "paid already", on=NEXT, operator="income-1")
    put_right(town, MESSAGE)
    assert [state for state in states(town) if state != "CANCELLED"] == ["BOOKED"] * 3
    whole(town)
