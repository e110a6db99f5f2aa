"""Credits without one client's reference: what announced payslips and several references tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stdnum import iso11649

from tests.bank.conftest import Bank, codes
from tests.bank.paper import HELDER, KENMERK, Entry, wage

OTHER = "NL16ABNA0400000045"
pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def three(town: Bank) -> Bank:
    """Three clients at Helder: employments 1, 2 and 5."""
    town.enrol(1005)
    town.employ(5, 1005)
    return town


def how(bank: Bank) -> list[str]:
    return [row[0] for row in bank.query("SELECT match FROM bank_item ORDER BY item")]


def rf(client: int) -> str:
    body = KENMERK[client]
    return next(f"RF{n:02d}{body}" for n in range(2, 99) if iso11649.is_valid(f"RF{n:02d}{body}"))


@pytest.mark.parametrize("written", [rf(1001), f"{rf(1001)[:4]} {rf(1001)[4:12]} {rf(1001)[12:]}"])
def test_a_reference_inside_a_right_rf_reference_is_the_clients(written: str, town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    assert codes(town.day(Entry(60000, reference=written))) == []
    assert (town.received(1), how(town)) == ({202603: 60000}, ["rf"])


def test_a_reference_inside_a_wrong_rf_reference_is_nobodys(town: Bank) -> None:
    wrong = rf(1001)[:2] + f"{(int(rf(1001)[2:4]) + 1) % 100:02d}" + rf(1001)[4:]
    assert codes(town.day(Entry(60000, reference=wrong))) == ["B08"]
    assert town.balance(1900) == -60000


def test_one_announced_payslip_of_this_sender_and_amount_takes_one_credit(three: Bank) -> None:
    three.payslip(1, 1001, 202603, 74312)
    three.tell(2, 1002, 202603, 51000)
    three.day(Entry(74312, text="salaris A de Vries"), Entry(74312))
    assert how(three) == ["payslip", ""]
    assert (three.received(1), three.balance(1900)) == ({202603: 74312}, -74312)
    assert three.findings() == [("UNMATCHED", 0, 0, 74312)]
    assert three.broken() == []


@pytest.mark.parametrize(
    "entry", [Entry(74311), Entry(74312, iban=OTHER), Entry(74312, reference="2042600000001001")]
)
def test_another_amount_sender_or_a_wrong_reference_stays_in_suspense(
    entry: Entry, town: Bank
) -> None:
    town.payslip(1, 1001, 202603, 74312)
    town.day(entry)
    assert (town.received(1), town.balance(1900)) == ({}, -entry.cents)


def test_of_two_clients_with_the_same_announced_net_none_is_chosen(three: Bank) -> None:
    three.payslip(1, 1001, 202603, 74312)
    three.payslip(2, 1002, 202603, 74312)
    three.day(Entry(74312))
    assert (how(three), three.balance(1900)) == ([""], -74312)


def test_a_wage_with_a_reference_uses_its_announcement_whatever_the_order(three: Bank) -> None:
    three.payslip(1, 1001, 202603, 74312)
    three.day(Entry(74312), wage(74312))
    assert (how(three), three.received(1)) == (["", "reference"], {202603: 74312})


def test_a_wage_announced_and_received_is_no_announcement_any_more(three: Bank) -> None:
    three.payslip(1, 1001, 202603, 74312)
    three.day(wage(74312))
    three.day(Entry(74312), on="2026-03-26")
    assert how(three) == ["reference", ""]


def test_two_months_of_one_client_with_the_same_net_are_paid_in_their_order(town: Bank) -> None:
    town.payslip(1, 1001, 202602, 74312)
    town.payslip(1, 1001, 202603, 74312)
    town.day(Entry(74312), Entry(74312))
    assert town.received(1) == {202602: 74312, 202603: 74312}


def test_one_transfer_for_all_announced_of_a_month_is_split(three: Bank) -> None:
    three.payslip(1, 1001, 202603, 74312)
    three.payslip(2, 1002, 202603, 51000)
    three.payslip(5, 1005, 202604, 40000)
    three.day(Entry(125312, text="loon maart"))
    assert how(three) == ["several"]
    assert [three.received(n) for n in (1, 2, 5)] == [{202603: 74312}, {202603: 51000}, {}]
    assert [(e["client"], e[1000]) for e in three.entries()[1:]] == [(1001, 74312), (1002, 51000)]
    assert three.broken() == []


def test_where_two_months_add_up_to_the_same_none_is_chosen(three: Bank) -> None:
    for month in (202602, 202603):
        three.payslip(1, 1001, month, 74312)
        three.payslip(2, 1002, month, 51000)
    three.day(Entry(125312))
    assert (how(three), three.balance(1900)) == ([""], -125312)


def test_one_transfer_that_names_several_clients_is_split_where_it_adds_up(three: Bank) -> None:
    three.tell(1, 1001, 202602, 60000)
    three.tell(1, 1001, 202603, 60000)
    three.tell(2, 1002, 202603, 51000)
    named = Entry(111000, text=f"{KENMERK[1001]} en {KENMERK[1002]}")
    three.day(named, replace(named, cents=111001))
    assert how(three) == ["several", ""]
    assert [three.received(n) for n in (1, 2)] == [{202602: 60000}, {202603: 51000}]
    assert three.balance(1900) == -111001


def test_several_named_of_whom_one_works_elsewhere_are_never_split(three: Bank) -> None:
    three.enrol(1003)
    three.employ(3, 1003, "Bakkerij De Korenaar BV", "999990111L01")
    three.tell(1, 1001, 202603, 60000)
    three.tell(3, 1003, 202603, 51000)
    three.day(Entry(111000, text=f"{KENMERK[1001]} {KENMERK[1003]}"))
    assert how(three) == [""]


def test_a_split_transfer_that_the_bank_undoes_is_taken_back_from_everyone(three: Bank) -> None:
    three.payslip(1, 1001, 202603, 74312)
    three.payslip(2, 1002, 202603, 51000)
    lump = Entry(125312, text="loon maart")
    three.day(lump)
    three.day(replace(lump, cents=-125312, reversal=True, family="PMNT-RCDT-ESCT"))
    assert (three.received(1), three.received(2), three.balance(1900)) == ({}, {}, 0)
    three.day(wage(74312), on="2026-03-26")
    assert three.received(1) == {202603: 74312}
    assert three.broken() == []


def test_a_sender_whose_iban_a_payslip_told_is_linked_under_any_name(town: Bank) -> None:
    town.payslip(1, 1001, 202603, 74312)
    assert codes(town.day(wage(74312, name="HELDER SALARISSEN"))) == []
    assert town.received(1) == {202603: 74312}


def test_two_employments_of_one_name_are_told_apart_by_the_iban(town: Bank) -> None:
    town.employ(9, 1001, HELDER[0], "999990020L02")
    town.payslip(9, 1001, 202603, 74312)
    town.day(wage(74312))
    assert (town.received(1), town.received(9)) == ({}, {202603: 74312})


def test_name_and_iban_of_two_employments_are_never_chosen_between(town: Bank) -> None:
    town.employ(9, 1001, "Bakkerij De Korenaar BV", "999990111L01")
    town.payslip(9, 1001, 202603, 74312)
    town.day(wage(74312))
    assert (how(town), town.balance(1900)) == ([""], -74312)


def test_a_payslip_that_comes_after_its_money_takes_it_out_of_suspense(town: Bank) -> None:
    town.day(Entry(74312))
    town.payslip(1, 1001, 202603, 74312)
    assert town.match()["assigned"] == 1
    assert (town.received(1), town.balance(1900)) == ({202603: 74312}, 0)
    assert town.broken() == []
