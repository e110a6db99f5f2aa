"""Which months a wage that came in pays, when it is accepted, and the nightly second look."""

from __future__ import annotations

from random import Random

import pytest

from surplus import findings
from surplus.ledger.journal import Draft, Line, book
from tests.bank.conftest import Bank
from tests.bank.paper import Entry, wage


def told(bank: Bank, **wages: int | None) -> None:
    """The wages of employment 1: `told(bank, m202601=60000)`."""
    for month, cents in wages.items():
        bank.tell(1, 1001, int(month[1:]), cents)


def differs(bank: Bank) -> list[tuple[int, int]]:
    """Month and difference of the receipts that wait for a person."""
    return [
        (month, cents)
        for code, _client, month, cents in bank.findings()
        if code == "RECEIPT_DIFFERS"
    ]


def kinds(bank: Bank) -> list[str]:
    return [entry["kind"] for entry in bank.entries()]


def test_a_receipt_goes_to_the_oldest_open_month_of_its_own_employment(town: Bank) -> None:
    told(town, m202601=60000, m202602=60000)
    town.tell(2, 1002, 202512, 50000)
    town.day(wage(60000), wage(50000, 1002))
    assert (town.received(1), town.received(2)) == ({202601: 60000}, {202512: 50000})
    assert (differs(town), town.findings()) == ([], [])


def test_within_the_tolerance_the_whole_amount_is_accepted(town: Bank) -> None:
    told(town, m202601=60000, m202602=60000)
    town.day(wage(45000), wage(75000))
    assert town.received() == {202601: 45000, 202602: 75000}
    assert differs(town) == []


def test_a_smaller_receipt_stays_on_its_month_and_waits_for_a_person(town: Bank) -> None:
    told(town, m202601=60000)
    town.day(wage(44999))
    assert town.received() == {202601: 44999}
    assert differs(town) == [(202601, -15001)]


def test_a_difference_that_a_person_resolved_is_told_again_when_it_grows(town: Bank) -> None:
    told(town, m202601=60000)
    town.day(wage(30000))
    with town.work() as work:
        findings.resolve(work, 1, "deducted for an advance")
    town.match()
    assert differs(town) == []
    told(town, m202601=59000)
    town.match()
    assert differs(town) == []
    told(town, m202601=61000)
    town.match()
    assert differs(town) == [(202601, -31000)]


def test_a_second_part_makes_a_month_accepted_after_all(town: Bank) -> None:
    told(town, m202601=60000, m202602=60000)
    town.day(wage(30000))
    assert differs(town) == [(202601, -30000)]
    town.day(wage(27500))
    assert town.received() == {202601: 57500}
    assert differs(town) == []


def test_the_last_part_of_a_wage_by_the_week_stays_with_its_month_though_three_parts_would_do(
    town: Bank,
) -> None:
    for _part in range(3):
        town.day(wage(15000))
    town.day(wage(15000), on="2026-04-02")
    told(town, m202603=60000)
    town.match()
    assert town.received() == {202603: 60000}
    assert town.findings() == []


def test_the_last_part_of_a_wage_by_the_week_stays_with_its_month_though_told_a_little_wrong(
    town: Bank,
) -> None:
    for _part in range(3):
        town.day(wage(15000))
    town.day(wage(15003), on="2026-04-02")
    told(town, m202603=59800)
    town.match()
    assert town.received() == {202603: 60003}


def test_what_comes_beside_a_month_within_the_tolerance_is_not_taken_for_its_rest(
    town: Bank,
) -> None:
    told(town, m202603=60000)
    town.day(wage(57500))
    town.day(wage(57500), on="2026-04-24")
    assert town.received() == {202603: 57500, 202604: 57500}


def test_a_larger_receipt_fills_open_months_and_its_rest_stands_on_the_booking_month(
    town: Bank,
) -> None:
    told(town, m202601=60000, m202602=60000)
    town.day(wage(150000))
    assert town.received() == {202601: 60000, 202602: 60000, 202603: 30000}
    assert differs(town) == [(202603, 30000)]
    assert kinds(town) == ["opening", "receipt"]


def test_a_lump_for_several_months_within_the_tolerance_of_the_last_leaves_nothing_open(
    town: Bank,
) -> None:
    told(town, m202601=60000, m202602=60000, m202603=60000)
    town.day(wage(3 * 57500))
    assert town.received() == {202601: 60000, 202602: 60000, 202603: 52500}
    assert differs(town) == []


def test_a_receipt_before_any_data_stands_on_the_booking_month_until_a_month_opens(
    town: Bank,
) -> None:
    town.day(wage(57500), on="2026-03-05")
    assert (town.received(), differs(town)) == ({202603: 57500}, [])
    told(town, m202602=60000)
    assert town.match() == {"assigned": 0, "moved": 1, "unmatched": 0}
    assert (town.received(), differs(town)) == ({202602: 57500}, [])
    assert town.entries()[-1] == {
        "kind": "receipt-assigned", "client": 1001, "month": 202602, 1300: 0
    }  # fmt: skip
    assert town.match()["moved"] == 0


def test_a_receipt_on_a_month_that_is_told_later_is_accepted_where_it_stands(town: Bank) -> None:
    town.day(wage(57500))
    told(town, m202603=60000)
    assert town.match()["moved"] == 0
    assert (town.received(), differs(town)) == ({202603: 57500}, [])


def test_of_several_early_receipts_the_oldest_pays_the_oldest_month(town: Bank) -> None:
    town.day(wage(57000), on="2026-03-02")
    town.day(wage(58000), on="2026-03-31")
    told(town, m202602=60000, m202603=60000)
    town.match()
    assert town.received() == {202602: 57000, 202603: 58000}
    assert differs(town) == []


def test_a_lump_before_the_data_is_spread_when_its_months_open(town: Bank) -> None:
    town.day(wage(180000))
    told(town, m202601=60000)
    town.match()
    assert town.received() == {202601: 60000, 202603: 120000}
    assert differs(town) == [(202603, 120000)]
    told(town, m202602=60000, m202603=60000)
    town.match()
    assert town.received() == dict.fromkeys((202601, 202602, 202603), 60000)
    assert differs(town) == []


def test_a_lump_on_a_month_told_together_with_older_ones_moves_back_to_them(town: Bank) -> None:
    town.day(wage(180000))
    told(town, m202601=60000, m202602=60000, m202603=60000)
    town.match()
    assert town.received() == dict.fromkeys((202601, 202602, 202603), 60000)


def test_what_a_correction_leaves_over_never_moves_to_a_later_month(town: Bank) -> None:
    told(town, m202603=60000)
    town.day(wage(60000))
    town.settle(1, 1001, 202603)
    told(town, m202603=40000)
    told(town, m202604=60000)
    town.match()
    assert town.received() == {202603: 60000}
    assert differs(town) == [(202603, 20000)]


@pytest.mark.parametrize("settled", [True, False])
def test_a_settled_month_keeps_its_receipt_when_an_older_month_opens(
    town: Bank, settled: bool
) -> None:
    told(town, m202603=60000)
    town.day(wage(57500))
    if settled:
        town.settle(1, 1001, 202603)
    told(town, m202602=60000)
    town.match()
    assert town.received() == {202603 if settled else 202602: 57500}


def test_a_wage_told_and_then_withdrawn_frees_its_receipt_for_the_month_it_was_for(
    town: Bank,
) -> None:
    told(town, m202602=60000)
    town.day(wage(60000))
    told(town, m202602=None)
    town.match()
    assert (town.received(), differs(town)) == ({202602: 60000}, [(202602, 60000)])
    told(town, m202603=60000)
    town.match()
    assert (town.received(), differs(town)) == ({202603: 60000}, [])


def test_data_that_tell_nothing_expect_nothing(town: Bank) -> None:
    told(town, m202601=0)
    town.day(wage(10000))
    assert town.received() == {202603: 10000}


def test_a_four_weekly_wage_is_expected_in_the_month_in_which_its_period_ends(town: Bank) -> None:
    town.tell(1, 1001, 202602, 60000, kind="05")
    town.day(wage(57500))
    assert town.received() == {202602: 57500}


def test_a_period_that_fits_no_rule_opens_no_month_yet(town: Bank) -> None:
    town.tell(1, 1001, 202602, 60000, kind="08")
    town.day(wage(57500))
    assert town.received() == {202603: 57500}


def test_a_wage_paid_to_the_client_directly_counts_as_received(town: Bank) -> None:
    told(town, m202601=60000, m202602=60000)
    with town.work() as work:
        lines = [Line(2000, 60000, 1001, month=202601), Line(1300, -60000, 1001, 1, 202601)]
        book(work, [Draft("wage-paid-to-client", lines, 1001, 202601, "decision:1")])
    town.day(wage(57500))
    assert town.received() == {202601: 60000, 202602: 57500}


def test_credits_of_one_employment_never_help_another(town: Bank) -> None:
    town.employ(3, 1001, "Bakkerij De Korenaar BV", "999990111L01")
    told(town, m202601=60000)
    town.tell(3, 1001, 202601, 30000)
    town.day(wage(90000), wage(30000, name="Bakkerij De Korenaar BV"))
    assert town.received(1) == {202601: 60000, 202603: 30000}
    assert town.received(3) == {202601: 30000}


@pytest.mark.parametrize("seed", range(4))
def test_a_steady_deduction_leaves_every_month_received_whatever_comes_first(
    town: Bank, seed: int
) -> None:
    """Twelve wages of 575.00 against 600.00 told: every month holds exactly one of them."""
    dice = Random(seed)
    months = range(202601, 202613)
    credits = [(at + 0.8, "credit", month) for at, month in enumerate(months)]
    data = [(at + dice.choice((0.7, 1.5, 1.9, 3.5)), "data", m) for at, m in enumerate(months)]
    for _when, what, month in sorted(credits + data):
        if what == "credit":
            town.day(wage(57500), on=f"2026-{month % 100:02d}-25")
            continue
        town.tell(1, 1001, month, 60000)
        town.match()
        if dice.random() < 0.8:
            town.settle(1, 1001, month)
    town.match()
    assert town.received() == dict.fromkeys(months, 57500)
    assert (town.findings(), town.broken()) == ([], [])


# --- out of suspense -----------------------------------------------------------------------------


def test_a_wage_leaves_suspense_when_its_employment_has_become_known(bank: Bank) -> None:
    bank.enrol(1001)
    bank.day(wage(57500), Entry(100, text="iets"))
    assert [code for code, *_rest in bank.findings()] == ["UNMATCHED", "UNMATCHED"]
    assert bank.match() == {"assigned": 0, "moved": 0, "unmatched": 2}
    bank.employ(1, 1001)
    told(bank, m202602=60000)
    assert bank.match() == {"assigned": 1, "moved": 0, "unmatched": 1}
    assert bank.entries()[-1] == {
        "kind": "receipt-assigned", "client": 1001, "month": 202602, 1900: 57500, 1300: -57500
    }  # fmt: skip
    assert (bank.received(), bank.balance(1900)) == ({202602: 57500}, -100)
    assert bank.findings() == [("UNMATCHED", 0, 0, 100)]
    assert bank.findings("closed") == [("UNMATCHED", 1001, 0, 57500)]
    assert bank.match()["assigned"] == 0
    assert bank.broken() == []


def test_a_debit_of_a_batch_leaves_suspense_when_the_batch_proves_to_be_sent(town: Bank) -> None:
    town.day(Entry(-500, end_to_end="SUR20261120001-000001"))
    town.send("SUR20261120001", (1001, 500))
    assert town.match()["assigned"] == 1
    assert town.query("SELECT state FROM obligation") == [("BOOKED",)]
    assert (town.balance(1900), town.balance(1010), town.findings()) == (0, 0, [])
    assert town.broken() == []


def test_a_receipt_out_of_suspense_can_still_be_undone_by_the_bank(bank: Bank) -> None:
    bank.enrol(1001)
    bank.day(wage(57500))
    bank.employ(1, 1001)
    bank.match()
    bank.day(wage(-57500, reversal=True, family="PMNT-RCDT-ESCT"))
    assert (bank.received(), bank.balance(1900), bank.findings()) == ({}, 0, [])
    assert bank.broken() == []


def test_an_item_that_a_person_has_split_is_left_alone(bank: Bank) -> None:
    bank.enrol(1001)
    bank.day(wage(57500))
    with bank.work() as work:
        lines = [Line(1900, 7500, item=1), Line(3000, -7500)]
        book(work, [Draft("receipt-assigned", lines, reference="item:1")])
    bank.employ(1, 1001)
    assert bank.match() == {"assigned": 0, "moved": 0, "unmatched": 1}
    assert bank.balance(1900) == -50000


def test_matching_again_books_nothing_new(town: Bank) -> None:
    told(town, m202601=60000)
    town.day(wage(30000), Entry(5, text="?"), wage(500000))
    town.match()
    before = town.entries()
    town.match()
    assert town.entries() == before
