"""From which day somebody is of the state pension age (AOW-leeftijd)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.arrays import day_numbers
from surplus.rules.norm import at_state_pension_age, state_pension_day
from surplus.rules.norm.state_pension_age import NEVER

from .tables import STATUTORY, rows

REACHED = rows(
    """
    born       | reached    | why
    1940-05-05 | 2017-01-01 | long ago: from the first day that is laid down
    1951-12-31 | 2017-10-01 | 65 and nine months in 2017, in a month without a day 31
    1952-01-01 | 2017-10-01 | 65 and nine months in 2017
    1952-03-31 | 2017-12-31 | the last of them
    1952-04-01 | 2018-04-01 | 66 in 2018
    1952-12-31 | 2018-12-31 | 66 in 2018
    1953-01-01 | 2019-05-01 | 66 and 4 months in 2019
    1954-08-31 | 2020-12-31 | 66 and 4 months in 2020
    1955-08-31 | 2021-12-31 | 66 and 4 months in 2021
    1955-09-01 | 2022-04-01 | in 2021 too young by a day, so 66 and 7 months
    1956-05-31 | 2022-12-31 | 66 and 7 months
    1956-06-01 | 2023-04-01 | 66 and 10 months
    1957-02-28 | 2023-12-28 | 66 and 10 months
    1957-03-01 | 2024-03-01 | 67
    1959-06-15 | 2026-06-15 | 67
    1960-02-29 | 2027-03-01 | 67, in a year without 29 February
    1960-12-31 | 2027-12-31 | 67
    1961-01-01 | 2028-04-01 | 67 and 3 months
    1964-09-30 | 2031-12-30 | 67 and 3 months
    1964-10-01 | never      | the age of 2032 is not laid down
    1961-11-30 | 2029-03-01 | February has no 30th
    """
)


@pytest.mark.parametrize("row", REACHED, ids=[row["born"] for row in REACHED])
def test_the_state_pension_age_is_reached_on_the_first_day_that_is_late_enough(
    row: dict[str, str],
) -> None:
    born = day_numbers(np.array([row["born"]], dtype=object))
    (day,) = state_pension_day(born, STATUTORY).tolist()
    assert day == (NEVER if row["reached"] == "never" else int(row["reached"].replace("-", "")))


def test_who_told_no_birth_date_never_reaches_it() -> None:
    births = np.array([[0, 19590615]])
    assert state_pension_day(births, STATUTORY).tolist() == [[NEVER, 20260615]]


def test_a_year_that_is_not_laid_down_matters_only_to_who_is_65_and_has_not_reached_it() -> None:
    births = np.array([19590101, 19670101, 19671231, 19900101, 0])
    found = at_state_pension_age(births, np.full(5, 20320101), STATUTORY)
    missing = "state_pension_age/person/all from 2032-01-01"
    assert found.reached.tolist() == [True, False, False, False, False]
    assert found.missing.tolist() == ["", missing, "", "", ""]


@given(st.integers(19400101, 19641231), st.integers(0, 400))
def test_who_is_born_later_never_reaches_it_earlier(born: int, later: int) -> None:
    births = day_numbers(
        np.datetime64(f"{born // 10000}-{min(born // 100 % 100, 12) or 1:02d}-01")
        + np.array([0, later])
    )
    first, second = state_pension_day(births, STATUTORY).tolist()
    assert first <= second
