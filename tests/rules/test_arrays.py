"""Dates as numbers."""

from __future__ import annotations

import calendar
from datetime import date

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from surplus.rules.arrays import age, day_numbers, first_day, last_day, months_after


@given(st.lists(st.dates(date(1900, 1, 1), date(2100, 12, 31)), max_size=5))
def test_a_date_of_the_store_becomes_its_digits(days: list[date]) -> None:
    texts = np.array([day.isoformat() for day in days], dtype=object)
    assert day_numbers(texts).tolist() == [int(f"{day:%Y%m%d}") for day in days]


def test_a_birth_date_that_was_not_told_has_no_age() -> None:
    births = day_numbers(np.array([["1999-03-01", ""]], dtype=object))
    assert age(births, np.array([[20260301]])).tolist() == [[27, -1]]


def test_an_age_is_reached_on_the_birthday() -> None:
    days = np.array([20260228, 20260301, 20260302])
    assert age(np.full(3, 19990301), days).tolist() == [26, 27, 27]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (20260115, 1, 20260215),
        (20260115, 12, 20270115),
        (20260131, 2, 20260331),
        (19500831, 783, 20151201),
        (20080229, 216, 20260301),
        (20261231, 2, 20270301),
    ],
)
def test_some_months_later_is_the_same_day_or_the_one_after_the_month_that_lacks_it(
    day: int, months: int, then: int
) -> None:
    assert months_after(np.array([day, 20260101]), months)[0] == then


def test_dates_become_whole_numbers_and_one_that_was_not_told_is_0() -> None:
    days = day_numbers(np.array(["2026-03-31", "", "1960-01-02"], dtype=object))
    assert (days.tolist(), days.dtype) == ([20260331, 0, 19600102], np.int64)


def test_a_day_that_is_not_in_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="2027-02-29"):
        day_numbers(np.array(["2027-02-29"], dtype=object))


@given(st.integers(1900, 2100), st.integers(1, 12))
@example(1900, 2)
@example(1960, 2)
@example(2000, 2)
def test_a_month_runs_from_its_first_to_its_last_day(year: int, number: int) -> None:
    month = np.array([year * 100 + number])
    length = calendar.monthrange(year, number)[1]
    assert (last_day(month) - first_day(month)).item() == length - 1
