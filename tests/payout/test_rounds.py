"""What came back or was refused goes once more when its cause is cured, and never twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from surplus import cases, findings
from surplus.bank import booking, payments
from surplus.bank.payments import Told
from surplus.findings import Finding
from surplus.payout.rounds import BLOCKING
from surplus.problems import Refusal
from surplus.store import bulk
from surplus.store.engine import writing
from surplus.store.tables import change, finding, obligation
from tests.payout.test_kinds import LANDLORD, balance, decide, made, stand, whole, year
from tests.payout.town import F, Town, iban

JANUARY, ON = "2026-01", "2026-01-27"
FEBRUARY, LATER = "2026-02", "2026-02-24"
NAME = "SUR20260127001-000001"


@pytest.fixture
def sent(town: Town, tmp_path: Path) -> Town:
    """The fixed payment of January has gone to the bank."""
    town.enrol(1001, 1002)
    town.pay(JANUARY, ON)
    town.export(1, ON, tmp_path)
    return town


def refuse(town: Town, code: str, number: int = 1, on: str = "2026-01-29") -> None:
    with town.work(on, "system", "bank") as work:
        assert payments.refused(work, [Told(number, code, "delivery:5")]) == [number]


def come_back(town: Town, code: str, number: int = 1, on: str = "2026-02-03") -> None:
    """The bank debits a payment, and brings it back days later."""
    with town.work("2026-01-30", "system", "bank") as work:
        town.debit(work, number)
    with town.work(on, "system", "bank") as work:
        town.statement(
            work,
            int(
                town.query("SELECT amount_cents FROM obligation WHERE obligation = :n", n=number)[
                    0
                ][0]
            ),
        )
        assert payments.returned(work, [Told(number, code, "item:9")]) == [number]
        booking.tell_suspense(work)


def new_account(town: Town, client: int, on: str, account: str) -> None:
    """Another account of a client, told and approved by a second person."""
    with town.work(on, "treasury-1", "changes") as work:
        cases.amend(work, client, {"iban": account}, on, 0, 0)
        told = {c.name: "" if c.type.python_type is str else 0 for c in change.columns}
        number = bulk.next_id(work.conn, change, work.municipality)
        work.conn.execute(change.insert().values(told | {
            "municipality": work.municipality, "change": number, "kind": "client:iban",
            "client": client, "new": account, "state": "approved", "decided_by": "treasury-1",
            "decided_on": on, "run": work.run,
        }))  # fmt: skip


def rounds(town: Town, client: int = 1001) -> list[tuple[Any, ...]]:
    return town.query(
        "SELECT month, kind, round, amount_cents, iban, state FROM obligation "
        "WHERE client = :c ORDER BY obligation", c=client,
    )  # fmt: skip


def test_a_returned_payment_is_no_surplus_and_is_paid_once_on_the_new_account(sent: Town):
    come_back(sent, "AC04")
    sent.earn(1001, JANUARY, 60000, "2026-02-20")
    assert stand(sent)["position"] == 3000
    new_account(sent, 1001, "2026-02-20", iban(1009))
    assert sent.pay(FEBRUARY, LATER).payments == 4
    assert rounds(sent) == [
        (202601, "fixed", 1, F, iban(1001), "RETURNED"),
        (202602, "fixed", 1, F, iban(1009), "APPROVED"),
        (202601, "fixed", 2, F, iban(1009), "APPROVED"),
        (202602, "extra", 1, 3000, iban(1009), "APPROVED"),
    ]
    assert stand(sent)["position"] == 0
    for month, on in ((JANUARY, LATER), (FEBRUARY, LATER), ("2026-03", "2026-03-26")):
        sent.prepare(month, on)
    assert [row[2] for row in rounds(sent) if row[0] == 202601] == [1, 2]
    whole(sent)


def test_a_refused_payment_is_no_surplus_and_is_paid_once_within_the_month(sent: Town):
    refuse(sent, "AC01")
    assert stand(sent)["position"] == 0
    new_account(sent, 1001, "2026-01-29", iban(1009))
    again = sent.pay(JANUARY, "2026-01-29")
    assert (again.payments, again.total_cents, again.due_on) == (1, F, "2026-01-30")
    assert sent.prepare(JANUARY, "2026-01-29").batch == 0
    sent.earn(1001, JANUARY, 60000, "2026-02-20")
    assert stand(sent)["position"] == 3000
    whole(sent)


@pytest.mark.parametrize("code", ["S03", "STATUS_CONTRADICTS"])
def test_a_refused_payment_that_may_have_left_all_the_same_waits_for_a_person(
    sent: Town, code: str
):
    refuse(sent, "AC01")
    new_account(sent, 1001, "2026-01-29", iban(1009))
    with sent.work("2026-01-29") as work:
        findings.raise_all(work, [Finding(code, 1001, 202601, "ACCP obligation:1", F)])
        number = work.conn.scalar(select(finding.c.finding).where(finding.c.code == code))
    assert sent.prepare(JANUARY, "2026-01-29").batch == 0
    with sent.work("2026-01-29") as work:
        findings.resolve(work, number, "the bank did not pay it")
    assert sent.prepare(JANUARY, "2026-01-29").payments == 1


@pytest.mark.parametrize("code", BLOCKING)
def test_an_account_the_bank_cannot_pay_on_is_blocked_until_another_is_told(sent: Town, code: str):
    refuse(sent, code)
    prepared = sent.prepare(FEBRUARY, LATER)
    assert (prepared.payments, prepared.held) == (1, 1)
    assert sent.findings("HELD_PAYMENT") == [("HELD_PAYMENT", 1001, 202602, f"fixed: {code}")]
    with sent.work(LATER, "system", "bank") as work:  # the bank says something of it once more
        payments.record(work, [Told(1, "RCVC", "delivery:9")], "REJECTED")
    sent.approve(2, LATER)
    assert sent.prepare(FEBRUARY, LATER).batch == 0
    new_account(sent, 1001, "2026-02-25", iban(1009))
    assert sent.pay(FEBRUARY, "2026-02-25").total_cents == 2 * F
    assert sent.findings("HELD_PAYMENT") == []
    whole(sent)


def test_an_acceptance_after_the_refusal_does_not_hide_that_the_account_is_blocked(sent: Town):
    refuse(sent, "AC04")
    with sent.work("2026-01-30", "system", "bank") as work:
        payments.record(work, [Told(1, "ACCP", "delivery:9")], "REJECTED")
    assert sent.prepare(FEBRUARY, LATER).held == 1
    assert sent.findings("HELD_PAYMENT") == [("HELD_PAYMENT", 1001, 202602, "fixed: AC04")]


def test_of_a_payment_that_came_back_twice_the_last_reason_counts(sent: Town):
    """Refused for a wrong date, executed all the same, then returned: the account is closed."""
    refuse(sent, "MS03")
    with sent.work("2026-01-30", "system", "bank") as work:
        payments.reinstated(work, [Told(1, source="item:7")])
    come_back(sent, "AC04")
    assert sent.prepare(FEBRUARY, LATER).held == 1
    assert sent.findings("HELD_PAYMENT") == [("HELD_PAYMENT", 1001, 202602, "fixed: AC04")]
    new_account(sent, 1001, "2026-02-25", iban(1009))
    sent.cancel(2, "2026-02-25")
    assert sent.pay(FEBRUARY, "2026-02-25").total_cents == 3 * F
    whole(sent)


def test_an_account_told_again_after_another_one_is_confirmed(sent: Town):
    refuse(sent, "AC06")
    new_account(sent, 1001, "2026-01-30", iban(1009))
    new_account(sent, 1001, "2026-02-02", iban(1001))
    assert sent.pay(JANUARY, "2026-02-03").total_cents == F
    assert rounds(sent)[-1][4:] == (iban(1001), "APPROVED")


def test_after_a_death_nothing_leaves_until_a_person_has_looked(sent: Town):
    come_back(sent, "MD07")
    prepared = sent.prepare(FEBRUARY, LATER)
    assert (prepared.payments, prepared.held) == (1, 1)
    sent.approve(2, LATER)
    assert sent.findings("HELD_PAYMENT") == [("HELD_PAYMENT", 1001, 202602, "fixed: MD07")]
    decide(sent, 1001, "pay-again", "2026-02-25", value=NAME, reason="alive: seen at the desk")
    assert sent.pay(FEBRUARY, "2026-02-25").total_cents == 2 * F
    assert rounds(sent)[-1][2:] == (2, F, iban(1001), "APPROVED")
    whole(sent)


@pytest.mark.parametrize("code", ["MS03", "TM01", "ED05", "AM05", "FOCR", "BE04", ""])
def test_any_other_reason_waits_for_a_release_and_is_sent_once_more_only(sent: Town, code: str):
    come_back(sent, code)
    assert sent.prepare(JANUARY, "2026-02-04").batch == 0
    decide(sent, 1001, "pay-again", "2026-02-04", value=NAME)
    assert sent.pay(JANUARY, "2026-02-04").total_cents == F
    with sent.work("2026-02-05", "system", "bank") as work:
        assert payments.refused(work, [Told(3, code, "delivery:6")]) == [3]
    assert sent.prepare(JANUARY, "2026-02-05").batch == 0
    whole(sent)


def test_only_what_came_back_or_was_refused_can_be_released(sent: Town):
    with pytest.raises(Refusal, match="is SENT: only what came back"):
        decide(sent, 1001, "pay-again", LATER, value=NAME)
    with pytest.raises(Refusal, match="is no payment of K0001002"):
        decide(sent, 1002, "pay-again", LATER, value=NAME)
    refuse(sent, "AC01")
    with pytest.raises(Refusal, match=r"changed in clients\.csv"):
        decide(sent, 1001, "pay-again", LATER, value=NAME, **LANDLORD)


def test_the_database_refuses_a_second_payment_of_one_round(sent: Town):
    refuse(sent, "AC01")
    new_account(sent, 1001, "2026-01-29", iban(1009))
    sent.pay(JANUARY, "2026-01-29")
    with writing(sent.engine) as conn:
        row = dict(
            conn.execute(obligation.select().where(obligation.c.round == 2)).mappings().one()
        )
    with pytest.raises(DBAPIError), writing(sent.engine) as conn:
        conn.execute(obligation.insert().values(**(row | {"obligation": 99, "end_to_end_id": "x"})))


def test_a_batch_of_next_rounds_changes_no_month(town: Town, tmp_path: Path):
    town.enrol(*range(2000, 2030))
    town.pay(JANUARY, ON)
    town.enrol(*range(2030, 2040), starts_on="2026-02-01", valid_from="2026-02-01")
    town.prepare(FEBRUARY, LATER)
    assert {p.subject for p in town.page(2).outside} == {"total", "count"}
    for subject in ("total", "count"):
        town.release(2, subject, LATER)
    town.approve(2, LATER)
    town.export(2, LATER, tmp_path)
    refuse(town, "AC01", number=31, on="2026-02-26")
    new_account(town, 2000, "2026-02-26", iban(1009))
    assert town.prepare(FEBRUARY, "2026-02-26").outside_limits == 0
    town.approve(3, "2026-02-26")


def test_a_next_round_that_is_cancelled_is_prepared_again_and_paid_once(sent: Town):
    refuse(sent, "AC01")
    new_account(sent, 1001, "2026-01-29", iban(1009))
    sent.cancel(sent.pay(JANUARY, "2026-01-29").batch, "2026-01-29")
    sent.pay(JANUARY, "2026-01-29")
    assert [(row[2], row[5]) for row in rounds(sent)] == [
        (1, "REJECTED"), (2, "CANCELLED"), (2, "APPROVED")
    ]  # fmt: skip
    whole(sent)


def test_a_payment_given_up_is_no_next_round(sent: Town):
    refuse(sent, "AC01")
    new_account(sent, 1001, "2026-01-29", iban(1009))
    sent.prepare(JANUARY, "2026-01-29")
    sent.decide(1001, "give-up-payment", "2026-01-29", month=202601)
    assert sent.prepare(JANUARY, "2026-01-29").batch == 0
    with pytest.raises(Refusal, match="P03: agreed is 0,00"):
        sent.approve(2, "2026-01-29")
    sent.cancel(2, "2026-01-29")
    assert sent.prepare(JANUARY, "2026-01-29").batch == 0
    assert [row[5] for row in rounds(sent)] == ["CANCELLED", "CANCELLED"]
    sent.earn(1001, JANUARY, 60000, "2026-02-20")
    whole(sent)


def test_a_next_round_of_another_amount_than_came_back_is_stopped(sent: Town):
    refuse(sent, "AC01")
    new_account(sent, 1001, "2026-01-29", iban(1009))
    sent.prepare(JANUARY, "2026-01-29")
    sent.tamper(obligation, 3, amount_cents=F + 1)
    with pytest.raises(Refusal, match=r"agreed is 1\.331,43, the payment says 1\.331,44"):
        sent.approve(2, "2026-01-29")


def test_a_payment_the_ledger_shows_as_paid_is_never_a_next_round(sent: Town):
    """Behind the program's back the state says refused, but nothing was booked back."""
    sent.check = False
    with writing(sent.engine) as conn:
        conn.execute(
            update(obligation).where(obligation.c.obligation == 1).values(state="REJECTED")
        )
        conn.exec_driver_sql(
            "INSERT INTO payment_event (municipality, event, batch, obligation, state, who, reason,"
            " run, recorded_on) VALUES ('0999', 99, 1, 1, 'REJECTED', 'x', 'AC01', 1, '2026-01-28')"
        )
    new_account(sent, 1001, "2026-01-29", iban(1009))
    sent.prepare(JANUARY, "2026-01-29")
    with pytest.raises(Refusal, match=r"P01: 1\.331,43 has been paid already"):
        sent.approve(2, "2026-01-29")


def test_a_return_between_prepare_and_approve_stops_what_goes_to_that_account(sent: Town):
    with sent.work("2026-01-30", "system", "bank") as work:
        sent.debit(work, 1)
    sent.prepare(FEBRUARY, LATER)
    with sent.work(LATER, "system", "bank") as work:
        sent.statement(work, F)
        payments.returned(work, [Told(1, "AC04", "item:9")])
    with pytest.raises(Refusal, match="P06: the bank could not pay on this account"):
        sent.approve(2, LATER)


def test_a_landlord_s_part_that_came_back_goes_to_the_account_told_since(town: Town, tmp_path):
    told = {"payee": "landlord", "amount_cents": 65000, "valid_from": "2026-01-01"}
    town.enrol(1001)
    decide(town, 1001, "split", "2026-01-05", **told, **LANDLORD)
    town.pay(JANUARY, ON)
    town.export(1, ON, tmp_path)
    refuse(town, "AC04", number=2)
    assert town.prepare(JANUARY, "2026-01-29").batch == 0
    decide(town, 1001, "split", "2026-01-29", **told, **(LANDLORD | {"payee_iban": iban(1004)}))
    assert town.pay(JANUARY, "2026-01-29").total_cents == 65000
    assert rounds(town)[-1][2:] == (2, 65000, iban(1004), "APPROVED")
    whole(town)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_landlord_s_part_that_is_released_goes_where_it_was_decided_and_to_nobody_else(
    town: Town, tmp_path: Path
):
    """A release without an account, then one with an account, then another account decided."""
    told = {"amount_cents": 30000, "valid_from": "2026-01-01"}
    town.enrol(1001)
    decide(town, 1001, "split", "2026-01-05", payee="landlord", **told, **LANDLORD)
    other = {"payee_iban": iban(1005), "payee_name": "Deurwaarders Noord"}
    decide(town, 1001, "split", "2026-01-05", payee="bailiff", **told, **other)
    town.pay(JANUARY, ON)
    town.export(1, ON, tmp_path)
    came = [LANDLORD["payee_iban"]]
    for number, day in enumerate(("2026-01-28", "2026-01-29", "2026-01-30"), 1):
        name, last = town.query(
            "SELECT end_to_end_id, obligation FROM obligation WHERE payee = 5 AND round = :n",
            n=number,
        )[0]  # fmt: skip
        refuse(town, "MS03", number=last, on=day)
        told_now = {"payee_iban": iban(1006), "payee_name": "Makelaar"} if number == 2 else {}
        decide(town, 1001, "pay-again", day, value=name, **told_now)
        if number == 3:
            changed = LANDLORD | {"payee_iban": iban(1007)}
            decide(town, 1001, "split", day, payee="landlord", **told, **changed)
        batch = town.pay(JANUARY, day).batch
        town.export(batch, day, tmp_path)
        came.append(town.query("SELECT iban FROM obligation ORDER BY obligation DESC")[0][0])
    assert came == [LANDLORD["payee_iban"], LANDLORD["payee_iban"], iban(1006), iban(1007)]
    whole(town)


def test_a_returned_refund_goes_to_the_account_of_its_release(town: Town, tmp_path: Path):
    with town.work("2026-01-20", "system", "bank") as work:
        town.suspend(work, 12, 5000)
    decide(town, 0, "refund", "2026-01-21", item=12, amount_cents=5000, **LANDLORD)
    town.pay(JANUARY, ON)
    town.export(1, ON, tmp_path)
    come_back(town, "AC04")
    assert town.prepare(JANUARY, "2026-02-04").batch == 0
    other = {"payee_iban": iban(1004), "payee_name": "Helder BV"}
    decide(town, 0, "pay-again", "2026-02-04", value=NAME, **other)
    town.pay(JANUARY, "2026-02-04")
    assert made(town, "SELECT round, iban, name, state", "refund") == [
        (1, LANDLORD["payee_iban"], LANDLORD["payee_name"], "RETURNED"),
        (2, iban(1004), "Helder BV", "APPROVED"),
    ]
    assert town.query("SELECT SUM(amount) FROM balance WHERE account = 1900") == [(0,)]
    whole(town)


def test_a_returned_holiday_allowance_is_reserved_and_owed_and_paid_once(town: Town, tmp_path):
    year(town)
    town.pay("2026-06", "2026-06-26")
    town.export(1, "2026-06-26", tmp_path)
    refuse(town, "AC04", number=2, on="2026-06-29")
    assert balance(town, 2010) == -46044
    town.norm("2026-07")
    assert town.prepare("2026-07", "2026-07-28").held == 1
    new_account(town, 1001, "2026-07-29", iban(1009))
    town.pay("2026-07", "2026-07-29")
    assert [row[3:] for row in town.obligations(kind="holiday")] == [
        (46044, "REJECTED"), (46044, "APPROVED")
    ]  # fmt: skip
    assert balance(town, 2010) == 0
    whole(town)
