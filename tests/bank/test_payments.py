"""Payments that did not arrive: what is booked back, what is recorded, what a person is asked."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from surplus.bank import payments
from surplus.bank.payments import OWED, REASONS, Told
from surplus.ledger import invariants
from surplus.ledger.journal import Draft, Line, book
from surplus.store.engine import reading
from surplus.store.tables import obligation
from tests.bank.conftest import Bank
from tests.bank.paper import Entry

BATCH = "SUR20261120001"
ONE_ENGINE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def paying(town: Bank) -> Bank:
    """Three payments are on their way to the bank account."""
    town.send(BATCH, (1001, 133143), (1002, 133143), (1001, 19250))
    return town


def whole(bank: Bank) -> list[str]:
    """The invariants about payments that do not hold."""
    with reading(bank.engine) as conn:
        here = bank.settings.code
        return (
            invariants.quick(conn, here)
            + invariants._payments(conn, here)
            + invariants._paid_twice(conn, here)
        )


def state(bank: Bank, number: int) -> str:
    return str(bank.query("SELECT state FROM obligation WHERE obligation = :n", n=number)[0][0])


def test_a_refused_payment_goes_back_to_the_buffer_and_stays_owed(paying: Bank) -> None:
    with paying.work() as work:
        assert payments.refused(work, [Told(2, "AC01", "delivery:5")]) == [2]
    assert paying.entries()[-1] == {
        "kind": "payment-reversed", "client": 1002, "month": 202611, 1010: 133143, 2000: -133143,
    }  # fmt: skip
    assert state(paying, 2) == "REJECTED"
    assert paying.query("SELECT obligation, batch, state, reason FROM payment_event") == [
        (2, 1, "REJECTED", "AC01 delivery:5")
    ]
    assert paying.findings() == [("IBAN_BLOCKED", 1002, 202611, 133143)]
    assert whole(paying) == []


def test_what_was_refused_before_is_passed_over(paying: Bank) -> None:
    for _again in range(2):
        with paying.work() as work:
            payments.refused(work, [Told(2, "AC01", "delivery:5"), Told(2, "AC04", "delivery:5")])
    assert paying.query("SELECT reason FROM payment_event") == [("AC04 delivery:5",)]
    assert [entry["kind"] for entry in paying.entries()].count("payment-reversed") == 1


def test_a_returned_payment_comes_from_the_bank_and_goes_to_the_buffer(paying: Bank) -> None:
    paying.day(Entry(-285536, batch=BATCH), opening=0)
    with paying.work() as work:
        assert payments.refused(work, [Told(1, "AC01", "delivery:5")]) == []
        assert payments.returned(work, [Told(1, "MD07", "item:9")]) == [1]
        assert payments.returned(work, [Told(1, "MD07", "item:9")]) == []
    assert paying.entries()[-2:] == [
        {"kind": "payment-returned", "client": 1001, "month": 202611, 1000: 133143, 1010: -133143},
        {"kind": "payment-reversed", "client": 1001, "month": 202611, 1010: 133143, 2000: -133143},
    ]
    assert [state(paying, n) for n in (1, 2, 3)] == ["RETURNED", "BOOKED", "BOOKED"]
    assert paying.query("SELECT obligation, state, reason FROM payment_event ORDER BY event") == [
        (1, "BOOKED", "- item:1"), (2, "BOOKED", "- item:1"), (3, "BOOKED", "- item:1"),
        (1, "RETURNED", "MD07 item:9"),
    ]  # fmt: skip


def test_what_came_back_at_our_own_request_is_recalled(paying: Bank) -> None:
    paying.day(Entry(-285536, batch=BATCH), opening=0)
    with paying.work() as work:
        payments.returned(work, [Told(1, "FOCR", "item:9"), Told(2, "", "item:10")])
    assert [state(paying, n) for n in (1, 2)] == ["RECALLED", "RETURNED"]


def test_a_payment_stopped_before_its_debit_is_recalled_without_money_moving(paying: Bank) -> None:
    with paying.work() as work:
        assert payments.recalled(work, [Told(3, "CUST", "delivery:5")]) == [3]
    assert (state(paying, 3), paying.balance(1000)) == ("RECALLED", 0)
    assert whole(paying) == []


def test_a_payment_out_of_several_months_goes_back_to_each(town: Bank) -> None:
    """The holiday payment of June debits 2010 month by month."""
    town.send(BATCH, (1001, 30000), state="CANCELLED")
    with town.work() as work:
        work.conn.execute(text("UPDATE obligation SET state = 'SENT', kind = 'holiday'"))
        months = [Line(2010, 10000, 1001, month=202604), Line(2010, 20000, 1001, month=202605)]
        paid = [*months, Line(1010, -30000, 1001, item=1)]
        book(work, [Draft("holiday-payment", paid, 1001, 202611)])
        payments.refused(work, [Told(1, "AC06", "item:2")])
    assert town.query(
        "SELECT month, SUM(amount) FROM posting WHERE account = 2010 GROUP BY month ORDER BY month"
    ) == [(202604, 0), (202605, 0)]
    assert whole(town) == []


@ONE_ENGINE
@pytest.mark.parametrize("code", [*REASONS, "MS02", "MS03", "NARR", "RR04", "XX99", ""])
def test_every_reason_asks_something_of_a_person_and_sends_nothing_again(
    code: str, paying: Bank
) -> None:
    with paying.work() as work:
        payments.refused(work, [Told(n, code, "delivery:5") for n in (1, 2, 3)])
    asked = REASONS.get(code, "PAYMENT_FAILED")
    once = asked in ("OWN_DUPLICATE", "FILE_REFUSED")
    assert [found[0] for found in paying.findings()] == [asked] * (1 if once else 3)
    assert sum(found[3] for found in paying.findings()) == 285536
    assert [state(paying, n) for n in (1, 2, 3)] == ["REJECTED"] * 3
    assert paying.query("SELECT COUNT(*) FROM obligation") == [(3,)]


@ONE_ENGINE
@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("AC04", "IBAN_BLOCKED"), ("MD07", "PAYEE_DECEASED"), ("AM05", "OWN_DUPLICATE"),
        ("FOCR", "RECALL_ANSWERED"), ("BE22", "PAYEE_DATA"), ("TM01", "PAYMENT_TOO_LATE"),
        ("AM10", "FILE_REFUSED"), ("MS03", "PAYMENT_FAILED"),
    ],
)  # fmt: skip
def test_what_a_reason_of_the_bank_asks_of_a_person(code: str, asked: str, paying: Bank) -> None:
    with paying.work() as work:
        payments.refused(work, [Told(1, code, "delivery:5")])
    assert [found[0] for found in paying.findings()] == [asked]


@pytest.mark.parametrize("code", ["AC04", "AM10"])
def test_the_finding_closes_when_the_next_round_is_made(code: str, paying: Bank) -> None:
    with paying.work() as work:
        payments.refused(work, [Told(1, code, "item:2")])
        payments.tell(work)
    assert len(paying.findings()) == 1
    with paying.work() as work:
        names = [column.name for column in obligation.columns]
        other = {"obligation": "9", "round": "2", "state": "'HELD'"}
        into = ", ".join(f'"{name}"' for name in names)
        values = ", ".join(other.get(name, f'"{name}"') for name in names)
        from_round_1 = f"SELECT {values} FROM obligation WHERE obligation = 1"
        work.conn.execute(text(f"INSERT INTO obligation ({into}) {from_round_1}"))
        payments.tell(work)
    assert paying.findings() == []
    assert whole(paying) == []


def test_two_rounds_of_one_right_break_an_invariant(paying: Bank) -> None:
    with paying.work() as work:
        work.conn.execute(text("UPDATE obligation SET payee = 1, round = obligation"))
    assert any("two rounds of fixed" in broken for broken in whole(paying))


def test_every_state_of_a_payment_that_is_owed_is_left_out_of_what_is_out(paying: Bank) -> None:
    assert set(OWED) == {"REJECTED", "RETURNED", "RECALLED"}
    for number, was in enumerate(OWED, 1):
        with paying.work() as work:
            payments.refused(work, [Told(number, "AC04", "item:1")])
            work.conn.execute(
                text("UPDATE obligation SET state = :s WHERE obligation = :n"),
                {"s": was, "n": number},
            )
    assert whole(paying) == []
