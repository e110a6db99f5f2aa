"""What a person says a bank item is, and what that may be."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from surplus import decisions
from surplus.bank import assigning, suspense
from surplus.bank.assigning import Target
from surplus.ledger.journal import Draft, Line, book
from surplus.problems import Refusal
from surplus.settlement import by_decision
from surplus.store.engine import reading
from surplus.store.tables import payment_batch
from tests.bank.conftest import Bank
from tests.bank.paper import Entry, wage

BATCH = "SUR20261120001"
ONE_ENGINE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def assign(bank: Bank, item: int, *targets: Target) -> int:
    with bank.work() as work:
        return assigning.assign(work, item, targets, "the employer said so")


def match_of(bank: Bank, item: int) -> str:
    return str(bank.query("SELECT match FROM bank_item WHERE item = :n", n=item)[0][0])


def trail(bank: Bank) -> list[tuple[str, ...]]:
    return bank.query("SELECT action, subject, reason FROM audit ORDER BY audit")


@pytest.fixture
def open_item(town: Bank) -> Bank:
    """Item 1 of 600.00 stands in suspense; February and March are told for employment 1."""
    town.tell(1, 1001, 202602, 60000)
    town.tell(1, 1001, 202603, 60000)
    town.day(Entry(60000, "Boekhouder", text="loon"))
    return town


def test_a_wage_goes_to_the_oldest_open_month_of_the_employment(open_item: Bank) -> None:
    assert assign(open_item, 1, Target("wage", client=1001)) == 0
    assert open_item.entries()[-1] == {
        "kind": "receipt-assigned", "client": 1001, "month": 202602, 1900: 60000, 1300: -60000
    }  # fmt: skip
    assert (open_item.received(1), open_item.findings()) == ({202602: 60000}, [])
    assert match_of(open_item, 1) == "assigned"
    assert trail(open_item) == [
        ("bank assign", "item:1: wage K0001001 600,00", "the employer said so")
    ]
    assert open_item.broken() == []


def test_a_wage_on_a_month_that_a_person_names_stays_there(open_item: Bank) -> None:
    assign(open_item, 1, Target("wage", client=1001, employer="999990020L01", month=202604))
    assert open_item.match()["moved"] == 0
    assert (open_item.received(1), match_of(open_item, 1)) == ({202604: 60000}, "fixed")


def test_a_wage_without_an_open_month_moves_when_one_opens(town: Bank) -> None:
    town.day(Entry(60000, "Boekhouder"))
    assign(town, 1, Target("wage", client=1001))
    assert town.received(1) == {202603: 60000}
    town.tell(1, 1001, 202602, 60000)
    town.match()
    assert town.received(1) == {202602: 60000}


def test_an_item_is_split_over_several_and_the_rest_stays_open(open_item: Bank) -> None:
    open_item.tell(2, 1002, 202603, 20000)
    assign(
        open_item, 1, Target("wage", 30000, 1001, month=202603), Target("wage", 20000, 1002),
        Target("municipality", 4000),
    )  # fmt: skip
    assert (open_item.received(1), open_item.received(2)) == ({202603: 30000}, {202603: 20000})
    assert (open_item.balance(1900), open_item.balance(3000)) == (-6000, -100_000_00 - 4000)
    assert [code for code, *_rest in open_item.findings()].count("UNMATCHED") == 1
    assert open_item.match()["assigned"] == 0
    assert open_item.broken() == []


def test_a_deposit_pays_the_open_claim_first_and_the_rest_into_the_buffer(open_item: Bank) -> None:
    with open_item.work() as work:
        lines = [Line(1400, 25000, 1001), Line(2000, -25000, 1001, month=202602)]
        book(work, [Draft("claim", lines, 1001, 202602)])
    assign(open_item, 1, Target("deposit", client=1001))
    assert (open_item.balance(1400), open_item.balance(1900)) == (0, 0)
    assert open_item.balance(2000) == -25000 - 35000
    assert open_item.broken() == []


def test_a_wage_given_to_the_wrong_client_is_moved_whole(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    town.tell(2, 1002, 202603, 60000)
    town.day(wage(60000))
    assign(town, 1, Target("wage", client=1002))
    assert (town.received(1), town.received(2)) == ({}, {202603: 60000})
    assert [entry["kind"] for entry in town.entries()[-2:]] == ["receipt-assigned"] * 2
    assert town.balance(1900) == 0
    assert town.broken() == []


@pytest.mark.parametrize("month", [0, 202603])
def test_a_wage_told_twice_is_moved_once(month: int, open_item: Bank) -> None:
    target = Target("wage", client=1001, month=month)
    assign(open_item, 1, target)
    before = open_item.entries()
    with pytest.raises(Refusal, match="stands there already"):
        assign(open_item, 1, target)
    assert (open_item.entries(), open_item.received(1)) == (before, {month or 202602: 60000})


def test_a_wage_is_moved_from_the_month_where_it_stands_to_the_one_a_person_names(
    open_item: Bank,
) -> None:
    assign(open_item, 1, Target("wage", client=1001))
    assign(open_item, 1, Target("wage", client=1001, month=202603))
    assert open_item.received(1) == {202603: 60000}
    assert open_item.broken() == []


def test_a_debit_that_no_rule_knew_becomes_our_payment(town: Bank) -> None:
    town.send(BATCH, (1001, 500))
    town.day(Entry(-500, "Iemand", text="SUR-onleesbaar"))
    assign(town, 1, Target("payment", payment=f"{BATCH}-000001"))
    assert town.query("SELECT state FROM obligation") == [("BOOKED",)]
    assert (town.balance(1010), town.balance(1900), town.findings()) == (0, 0, [])
    assert town.broken() == []


def test_a_return_that_no_rule_knew_becomes_a_returned_payment(town: Bank) -> None:
    town.send(BATCH, (1001, 500))
    town.day(Entry(-500, end_to_end=f"{BATCH}-000001"), Entry(500, "De bank", text="terug"))
    assign(town, 2, Target("payment", payment=f"{BATCH}-000001"))
    assert town.query("SELECT state FROM obligation") == [("RETURNED",)]
    assert (town.balance(1900), town.balance(2000)) == (0, 0)
    assert [found[0] for found in town.findings()] == ["PAYMENT_FAILED"]
    assert town.broken() == []


@ONE_ENGINE
def test_a_return_that_a_person_recognises_keeps_the_bank_s_reason(town: Bank) -> None:
    town.send(BATCH, (1001, 500))
    why = {"extra": "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>", "family": "PMNT-ICDT-RRTN"}
    town.day(Entry(-500, end_to_end=f"{BATCH}-000001"), Entry(500, "De bank", **why))
    assign(town, 2, Target("payment", payment=f"{BATCH}-000001"))
    assert town.query("SELECT reason FROM payment_event WHERE state = 'RETURNED'") == [
        ("AC04 item:2",)
    ]
    assert [found[0] for found in town.findings()] == ["IBAN_BLOCKED"]


def test_a_debit_of_an_employer_is_taken_from_the_month_that_a_person_names(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    town.day(wage(60000), Entry(-10000, "Schoonmaakbedrijf Helder BV", text="teveel"))
    assign(town, 2, Target("wage", client=1001, month=202603))
    assert (town.received(1), town.balance(1900)) == ({202603: 50000}, 0)
    assert town.broken() == []


@ONE_ENGINE
@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ([Target("wage", 60001, 1001)], "600,00 open"),
        ([Target("wage", 50000, 1001), Target("municipality", 10001)], "600,00 open"),
        ([Target("wage", -100, 1001)], "600,00 open"),
        ([Target("wage", client=9999)], "no client K0009999"),
        ([Target("deposit", client=9999)], "no client K0009999"),
        ([Target("wage", client=1001, employer="999990099L01")], "not known to employ"),
        ([Target("payment", payment="SUR-1")], "is not known"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_booked(
    targets: list[Target], said: str, open_item: Bank
) -> None:
    before = open_item.entries()
    with pytest.raises(Refusal, match=said):
        assign(open_item, 1, *targets)
    assert open_item.entries() == before


def test_a_client_with_two_employments_needs_the_employer(open_item: Bank) -> None:
    open_item.employ(9, 1001, "Bakkerij De Korenaar BV", "999990111L01")
    with pytest.raises(Refusal, match="2 employments"):
        assign(open_item, 1, Target("wage", client=1001))


def test_an_item_that_does_not_exist_or_is_a_payment_is_not_assigned(town: Bank) -> None:
    town.send(BATCH, (1001, 500))
    town.day(Entry(-500, end_to_end=f"{BATCH}-000001"))
    with pytest.raises(Refusal, match="no bank item 9"):
        assign(town, 9, Target("municipality"))
    with pytest.raises(Refusal, match="nothing is open on item 1"):
        assign(town, 1, Target("municipality"))


def test_above_the_limit_a_second_person_books_what_the_first_one_asked(open_item: Bank) -> None:
    limits = open_item.settings.limits.model_copy(update={"assign_cents": 59999})
    open_item.settings = open_item.settings.model_copy(update={"limits": limits})
    number = assign(open_item, 1, Target("wage", client=1001))
    assert number > 0
    assert open_item.received(1) == {}
    assert assign(open_item, 1, Target("wage", client=1001)) == number
    with open_item.work() as work:
        (row,) = decisions.as_json(work.conn, work.municipality)
        assert (row["kind"], row["client_no"], row["new"]) == (
            "bank:assign", "K0001001", "wage K0001001 600,00"
        )  # fmt: skip
        with pytest.raises(Refusal, match="another person"):
            decisions.approve(work, number)
    with open_item.work() as work:
        second = type(work)(work.conn, work.municipality, 1, work.on, "treasury-1", work.settings)
        assigning.approved(second, decisions.approve(second, number).payload)
    assert open_item.received(1) == {202602: 60000}
    with open_item.work() as work, pytest.raises(Refusal):
        decisions.approve(work, number)


def test_what_stands_open_is_listed_with_its_age_and_is_one_finding_however_old(bank: Bank) -> None:
    days = {"2026-11-24": 0, "2026-11-19": 5, "2026-10-25": 30, "2026-03-25": 244}
    for at, on in enumerate(sorted(days)):
        bank.day(Entry(100 + at, text="?"), on=on)
    bank.on = "2026-11-24"
    with reading(bank.engine) as conn:
        rows = suspense.listed(conn, bank.settings.code, bank.on)
        assert suspense.aged(conn, bank.settings.code, bank.on) == {5: 3, 30: 2, 60: 1}
    assert [(row["open_cents"], row["days"], row["age"]) for row in rows] == [
        (100, 244, 60), (101, 30, 30), (102, 5, 5), (103, 0, 0)
    ]  # fmt: skip
    assert bank.query("SELECT subject FROM finding ORDER BY finding") == [
        (f"item:{item}",) for item in range(1, 5)
    ]


def refund(bank: Bank, item: int, cents: int = 0, payee: tuple[str, str] = ("", "")) -> int:
    with bank.work() as work:
        return suspense.refund(work, item, cents, payee, 0, "not meant for us")


def agree(bank: Bank, number: int) -> None:
    with bank.work() as work:
        second = type(work)(work.conn, work.municipality, 2, work.on, "treasury-1", work.settings)
        by_decision.approve(second, number)


def test_a_refund_waits_for_a_second_person_and_keeps_the_item_from_being_matched(
    town: Bank,
) -> None:
    town.day(Entry(74312, "Boekhouder", "NL16ABNA0400000045"))
    number = refund(town, 1)
    assert town.query("SELECT kind, new FROM change WHERE change = :n", n=number) == [
        ("decision:refund", "amount 743,12, iban NL16ABNA0400000045, name Boekhouder, item 1")
    ]
    agree(town, number)
    town.payslip(1, 1001, 202603, 74312, iban="NL16ABNA0400000045")
    assert town.match()["assigned"] == 0
    with pytest.raises(Refusal, match="is being refunded"):
        assign(town, 1, Target("wage", client=1001))
    with pytest.raises(Refusal, match="nothing is open on item 1"):
        refund(town, 1)


def test_a_part_is_refunded_and_only_the_rest_can_be_assigned(open_item: Bank) -> None:
    agree(open_item, refund(open_item, 1, 20000, ("NL16ABNA0400000045", "Boekhouder")))
    with pytest.raises(Refusal, match="400,00 open"):
        assign(open_item, 1, Target("wage", 40001, 1001))
    assign(open_item, 1, Target("wage", client=1001))
    assert (open_item.received(1), open_item.balance(1900)) == ({202602: 40000}, -20000)


@pytest.mark.parametrize(
    ("item", "cents", "payee"),
    [(9, 0, ("", "")), (1, 60001, ("", "")), (1, 0, ("NL00BANK0", "X")), (2, 0, ("", ""))],
)
def test_a_refund_of_more_than_is_open_or_to_nobody_is_refused(
    item: int, cents: int, payee: tuple[str, str], open_item: Bank
) -> None:
    open_item.day(Entry(100, "", "", text="kas"), on="2026-03-26")
    with pytest.raises(Refusal):
        refund(open_item, item, cents, payee)


@pytest.mark.parametrize("funded", [False, True])
def test_what_was_taken_for_the_municipality_s_money_can_be_said_to_be_a_wage(
    open_item: Bank, funded: bool
) -> None:
    if funded:  # told by its account: the municipality may be the employer
        sender = open_item.settings.bank.funding_ibans[0]
        open_item.day(Entry(60000, "Gemeente Voorbeeldstad", sender))
    else:
        assign(open_item, 1, Target("municipality"))
    item, before = (2 if funded else 1), open_item.balance(3000)
    with pytest.raises(Refusal, match="stands there already"):
        assign(open_item, item, Target("municipality"))
    assign(open_item, item, Target("wage", client=1001))
    assert (open_item.balance(3000), open_item.received(1)) == (before + 60000, {202602: 60000})
    assert match_of(open_item, item) == "assigned"
    assert open_item.broken() == []


@ONE_ENGINE
def test_one_debit_of_a_file_is_its_payments_and_no_other(town: Bank) -> None:
    """The bank books by PmtInf and names none of them."""
    town.send(BATCH, (1001, 500), (1002, 700), (1003, 400), (1004, 800))
    with town.work() as work:
        work.conn.execute(update(payment_batch).values(profile=json.dumps({"per_group": 2})))
    town.day(Entry(-1200, "Verzamelopdracht"), Entry(-1200, "Verzamelopdracht"))
    with pytest.raises(Refusal, match="is not known"):
        assign(town, 1, Target("payment", payment=f"{BATCH}-P3"))
    assign(town, 1, Target("payment", payment=f"{BATCH}-P2"))
    assert town.query("SELECT state FROM obligation ORDER BY obligation") == [
        ("SENT",), ("SENT",), ("BOOKED",), ("BOOKED",)
    ]  # fmt: skip
    with pytest.raises(Refusal, match="0 open payments"):
        assign(town, 2, Target("payment", payment=f"{BATCH}-P2"))
    assign(town, 2, Target("payment", payment=f"{BATCH}-P1"))
    assert (town.balance(1010), town.balance(1900), town.broken()) == (0, 0, [])


@ONE_ENGINE
def test_a_debit_that_was_taken_for_the_municipality_s_money_can_be_said_to_be_another(
    open_item: Bank,
) -> None:
    assign(open_item, 1, Target("wage", client=1001))
    open_item.day(Entry(-20000, "Helder", family="PMNT-RDDT-ESDD"))
    assign(open_item, 2, Target("municipality"))
    assign(open_item, 2, Target("wage", client=1001, month=202602))
    assert (open_item.received(1), open_item.balance(3000)) == ({202602: 40000}, -100_000_00)
    assign(open_item, 2, Target("municipality"))
    assert (open_item.received(1), open_item.balance(1900)) == ({202602: 60000}, 0)
    assert open_item.broken() == []


@ONE_ENGINE
def test_a_line_that_names_one_payment_is_not_the_debit_of_another(town: Bank) -> None:
    town.send(BATCH, (1001, 500), (1002, 500))
    town.day(*2 * (Entry(-500, end_to_end=f"{BATCH}-000001"),))
    assert town.balance(1900) == 500
    for target in (f"{BATCH}-000002", BATCH):
        with pytest.raises(Refusal, match="names the payment SUR20261120001-000001 itself"):
            assign(town, 2, Target("payment", payment=target))
