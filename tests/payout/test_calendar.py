"""Pay dates against the published TARGET closing days and the vectors of formats.md §4."""

from datetime import date, timedelta

import pytest

from surplus.config import Settings
from surplus.months import Month
from surplus.payout import calendar


@pytest.mark.parametrize(
    ("day", "paid"),
    [
        ("2026-10-10", "2026-10-09"),
        ("2026-12-25", "2026-12-24"),
        ("2028-05-01", "2028-04-28"),
        ("2027-03-29", "2027-03-25"),
        ("2027-01-01", "2026-12-31"),
    ],
)
def test_a_closed_day_moves_to_the_banking_day_before(day, paid):
    assert calendar.banking_day(date.fromisoformat(day), "preceding") == date.fromisoformat(paid)


def test_a_closed_day_moves_to_the_banking_day_after_where_policy_says_so():
    assert calendar.banking_day(date(2027, 3, 26), "following") == date(2027, 3, 30)


def test_weekday_closings_are_exactly_those_of_target():
    days = [date(2026, 1, 2) + timedelta(days=n) for n in range(365 * 3 - 1)]
    closed = [d for d in days if d.weekday() < 5 and not calendar.is_banking_day(d)]
    assert [d.isoformat() for d in closed] == [
        "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25",
        "2027-01-01", "2027-03-26", "2027-03-29",
        "2028-04-14", "2028-04-17", "2028-05-01", "2028-12-25", "2028-12-26",
    ]  # fmt: skip


@pytest.mark.parametrize("day", ["2026-04-27", "2026-05-05", "2026-05-14", "2026-05-25"])
def test_dutch_holidays_on_which_banks_settle_are_pay_days(day):
    assert calendar.is_banking_day(date.fromisoformat(day))


def test_the_last_banking_day_of_a_month(settings: Settings):
    assert calendar.pay_date(Month(202602), settings) == date(2026, 2, 27)
    assert calendar.pay_date(Month(202611), settings) == date(2026, 11, 30)
    assert calendar.prepare_day(Month(202611), settings) == date(2026, 11, 25)


def test_a_fixed_day_of_the_month_is_shifted_across_the_year_and_keeps_its_pay_month(settings):
    first = settings.model_copy(update={"payday": settings.payday.model_copy(update={"rule": 1})})
    assert calendar.pay_date(Month(202701), first) == date(2026, 12, 31)
    assert calendar.prepare_day(Month(202701), first) == date(2026, 12, 28)
    assert calendar.pay_month("2026-12-28", first) == 202701
    assert calendar.pay_month("2026-12-27", first) == 202612


def test_a_missed_prepare_day_keeps_its_month_current_until_the_next_one(settings):
    assert calendar.pay_month("2026-11-24", settings) == 202610
    assert calendar.pay_month("2026-11-25", settings) == 202611
    assert calendar.pay_month("2026-12-27", settings) == 202611


def test_no_banking_days_added_is_the_day_itself():
    assert calendar.add_banking_days(date(2026, 11, 29), 0) == date(2026, 11, 29)
    assert calendar.add_banking_days(date(2026, 11, 28), 1) == date(2026, 11, 30)
