"""Dates as numbers."""

from __future__ import annotations

import calendar
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.arrays import age, day_numbers, first_day, last_day


@given(st.lists(st.dates(date(1900, 1, 1), date(2100, 12, 31)), max_size=5))
def test_a_date_of_the_store_becomes_its_digits(days: list[date]) -> None:
    texts = np.array([day.isoformat() for day in days], dtype=object)
    assert day_numbers(texts).tolist() == [int(f"{day:%Y%m%d}") for day in days]


def test_a_birth_date_that_was_not_told_has_no_age() -> None:
    births = day_numbers(np.array([["1999-03-01", ""]], dtype=object))
    assert age(births, np.array([[20260301]])).tolist() == [[27, -1]]


def test_dates_become_whole_numbers_and_one_that_was_not_told_is_0() -> None:
    days = day_numbers(np.array(["2026-03-31", "", "1960-01-02"], dtype=object))
    assert (days.tolist(), days.dtype) == ([20260331, 0, 19600102], np.int64)


def test_a_day_that_is_not_in_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="2027-02-29"):
        day_numbers(np.array(["2027-02-29"], dtype=object))


@given(st.integers(1900, 2100), st.integers(1, 12))
def test_a_month_runs_from_its_first_to_its_last_day(year: int, number: int) -> None:
    month = np.array([year * 100 + number])
    length = calendar.monthrange(year, number)[1]
    assert (last_day(month) - first_day(month)).item() == length - 1
