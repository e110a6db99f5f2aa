"""What a delivered row means for cash, for countable income and for what is passed on."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.income import Components, earned, from_delivery, net_accrual

from .tables import rows

CASES = rows(
    """
    row told                                | net   | special | travel | holiday paid | accrued | extra paid | mode | W     | C     | passed on | held
    ordinary wage                           | 60000 | 0       | 0      | 0            | 0       | 0          | INCL | 60000 | 60000 | 0         |
    C5 untaxed travel is cash only          | 90000 | 0       | 6440   | 0            | 0       | 0          | INCL | 96440 | 90000 | 6440      |
    C12a holiday pay accrues                | 60000 | 0       | 0      | 0            | 3400    | 0          | INCL | 60000 | 63400 | 0         |
    C12b holiday pay is paid                | 60000 | 40800   | 0      | 45000        | 3400    | 0          | INCL | 100800 | 63400 | 40800    |
    EXCL leaves the accrual out             | 60000 | 40800   | 500    | 45000        | 3400    | 0          | EXCL | 101300 | 60000 | 41300    |
    special rate for neither counts         | 60000 | 9000    | 0      | 0            | 0       | 0          | INCL | 69000 | 69000 | 0         |
    year-end pay waits to be spread         | 60000 | 9000    | 0      | 0            | 0       | 12000      | INCL | 69000 | 69000 | 0         | held
    both at once wait too                   | 60000 | 9000    | 0      | 100          | 0       | 12000      | INCL | 69000 | 69000 | 0         | held
    year-end pay without a special-rate net | 60000 | 0       | 0      | 0            | 0       | 12000      | INCL | 60000 | 60000 | 0         |
    holiday pay taken back                  | 60000 | -4080   | 0      | -4500        | 0       | 0          | INCL | 55920 | 60000 | -4080     |
    all-in wage has no accrual              | 60000 | 0       | 0      | 4400         | 0       | 0          | INCL | 60000 | 60000 | 0         |
    """
)  # fmt: skip


def one(amounts: list[int], mode: str = "INCL", withdrawn: bool = False, rate: int = 0) -> Any:
    told = Components(*(np.array([amount]) for amount in amounts))
    return [c.item() for c in from_delivery(told, np.array([withdrawn]), mode, rate)]


@pytest.mark.parametrize("row", CASES, ids=[row["row told"] for row in CASES])
def test_a_row_becomes_cash_countable_income_and_pass_on(row: dict[str, str]) -> None:
    names = ("net", "special", "travel", "holiday paid", "accrued", "extra paid")
    figures = one([int(row[name]) for name in names], row["mode"])
    assert figures == [*(int(row[name]) for name in ("W", "C", "passed on")), row["held"] == "held"]


def test_a_withdrawn_row_is_zero_and_told() -> None:
    assert one([60000, 9000, 500, 0, 3400, 12000], withdrawn=True) == [0, 0, 0, False]


def test_an_accrual_is_net_of_the_special_rate_rounded_half_up() -> None:
    assert int(net_accrual(5218, 36_550)) == 3311  # P1 Dennis: 52.18 − 19.07
    assert one([0, 0, 0, 0, 5218, 0], rate=36_550)[1] == 3311


def test_only_wages_are_earned_by_work() -> None:
    codes = np.array(["11", "13", "15", "17", "22", "31", "33", "43", ""], dtype=object)
    assert earned(codes).tolist() == [True] * 4 + [False] * 5
    assert earned(codes[:0]).tolist() == []


told_amounts = st.lists(st.integers(-100_000, 100_000), min_size=6, max_size=6)


@given(told_amounts, st.sampled_from(["INCL", "EXCL"]))
def test_all_cash_either_counts_or_is_passed_on(amounts: list[int], mode: str) -> None:
    without_accrual = [*amounts[:4], 0, amounts[5]]
    wage, countable, passed_on, _ = one(without_accrual, mode)
    assert wage == countable + passed_on


@given(st.lists(told_amounts, min_size=1, max_size=5), st.integers(0, 100_000))
def test_many_rows_at_once_are_the_same_as_one_by_one(many: list[list[int]], rate: int) -> None:
    told = Components(*np.array(many).T)
    together = from_delivery(told, np.zeros(len(many), dtype=bool), "INCL", rate)
    for place, amounts in enumerate(many):
        assert [column[place].item() for column in together] == one(amounts, rate=rate)
