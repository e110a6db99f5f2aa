"""What one delivered row means for cash, for countable income and for what is passed on."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.income import (
    Delivered,
    delivery,
    earned,
    indicative_net,
    net_accrual,
    own_benefit,
)
from surplus.rules.income.holiday_accrual import paid_with_wage

from .tables import rows

CASES = rows(
    """
    row told                                | net   | special | travel | holiday paid | accrued | extra paid | undivided | W      | passed on | counts | accrual | year-end | unclear
    ordinary wage                           | 60000 | 0       | 0      | 0            | 0       | 0          | no        | 60000  | 0         | 60000  | 0       | 0        | no
    C5 and P5: untaxed travel is cash only  | 90000 | 0       | 6440   | 0            | 0       | 0          | no        | 96440  | 6440      | 90000  | 0       | 0        | no
    C12a holiday pay accrues                | 60000 | 0       | 0      | 0            | 3400    | 0          | no        | 60000  | 0         | 60000  | 3400    | 0        | no
    C12b and P5: holiday pay is paid out    | 60000 | 40800   | 0      | 45000        | 3400    | 0          | no        | 100800 | 40800     | 60000  | 3400    | 0        | no
    special rate for neither counts         | 60000 | 9000    | 0      | 0            | 0       | 0          | no        | 69000  | 0         | 69000  | 0       | 0        | no
    P1 year-end pay is to be spread         | 66184 | 39735   | 0      | 0            | 0       | 62616      | no        | 105919 | 0         | 66184  | 0       | 39735    | no
    year-end pay with each wage counts      | 60000 | 4000    | 0      | 0            | 0       | 5000       | no        | 64000  | 0         | 64000  | 0       | 0        | no
    more than an eighth is spread           | 70000 | 10001   | 0      | 0            | 0       | 20000      | no        | 80001  | 0         | 70000  | 0       | 10001    | no
    both in one amount cannot be divided    | 60000 | 9000    | 0      | 100          | 0       | 12000      | no        | 69000  | 0         | 69000  | 0       | 0        | yes
    year-end pay without a special-rate net | 60000 | 0       | 0      | 0            | 0       | 12000      | no        | 60000  | 0         | 60000  | 0       | 0        | no
    holiday pay taken back                  | 60000 | -4080   | 0      | -4500        | 0       | 0          | no        | 55920  | -4080     | 60000  | 0       | 0        | no
    a cent of holiday pay                   | 60000 | 1       | 0      | 1            | 3400    | 0          | no        | 60001  | 1         | 60000  | 3400    | 0        | no
    all-in, its holiday pay told apart      | 60000 | 4000    | 0      | 4800         | 0       | 0          | no        | 64000  | 4000      | 60000  | 4000    | 0        | no
    an eighth of the net is still all-in    | 70000 | 10000   | 0      | 20000        | 0       | 0          | no        | 80000  | 10000     | 70000  | 10000   | 0        | no
    more is a reserve paid out              | 70000 | 10001   | 0      | 20000        | 0       | 0          | no        | 80001  | 10001     | 70000  | 0       | 0        | no
    a reserve paid out after the job ended  | 0     | 40800   | 0      | 45000        | 0       | 0          | no        | 40800  | 40800     | 0      | 0       | 0        | no
    all-in wage has no accrual              | 60000 | 0       | 0      | 4400         | 0       | 0          | no        | 60000  | 0         | 60000  | 0       | 0        | no
    no indicative net, ordinary             | 60000 | 0       | 500    | 0            | 3400    | 0          | yes       | 60500  | 500       | 60000  | 3400    | 0        | no
    no indicative net, all-in               | 60000 | 0       | 0      | 4400         | 0       | 0          | yes       | 60000  | 0         | 60000  | 0       | 0        | no
    no indicative net, reserve paid out     | 98000 | 0       | 0      | 45000        | 3400    | 0          | yes       | 98000  | 0         | 98000  | 3400    | 0        | yes
    no indicative net, year-end pay in it   | 98000 | 0       | 0      | 0            | 0       | 62616      | yes       | 98000  | 0         | 98000  | 0       | 0        | yes
    """
)  # fmt: skip


def one(amounts: list[int], undivided: bool = False, rate: int = 0) -> Any:
    columns: Any = [np.array([amount]) for amount in (*amounts, 0, 0, undivided)]
    return delivery.counted(Delivered(*columns), rate)


@pytest.mark.parametrize("row", CASES, ids=[row["row told"] for row in CASES])
def test_a_row_becomes_cash_countable_income_and_pass_on(row: dict[str, str]) -> None:
    names = ("net", "special", "travel", "holiday paid", "accrued", "extra paid")
    told = one([int(row[name]) for name in names], row["undivided"] == "yes")
    figures = (told.wage, told.passed_on, told.ink, told.accrual, told.year_end)
    expected = [int(row[name]) for name in ("W", "passed on", "counts", "accrual", "year-end")]
    assert [figure.item() for figure in figures] == expected
    assert told.unclear.item() is (row["unclear"] == "yes")
    assert told.reserved.item() is (row["accrued"] != "0")


def test_an_accrual_is_net_of_the_special_rate_rounded_half_up() -> None:
    assert int(net_accrual(5218, 36_550)) == 3311  # P1 Dennis: 52.18 − 19.07
    assert one([0, 0, 0, 0, 5218, 0], rate=36_550).accrual.item() == 3311


def test_without_an_indicative_net_the_wage_less_tax_stands_for_it() -> None:
    net = indicative_net(
        np.array([0, 60000, 0]),
        np.array([False, True, True]),
        np.array([70400, 99, 99]),
        np.array([900, 0, 0]),
    )
    assert net.tolist() == [69500, 60000, 0]


def test_only_wages_are_earned_by_work_and_own_benefit_is_known() -> None:
    codes = np.array(["11", "13", "15", "17", "22", "31", "33", "43", ""], dtype=object)
    assert earned(codes).tolist() == [True] * 4 + [False] * 5
    assert earned(codes[:0]).tolist() == []
    assert codes[own_benefit(codes)].tolist() == ["43"]


told_amounts = st.lists(st.integers(-100_000, 100_000), min_size=6, max_size=6)


@given(told_amounts, st.booleans())
def test_all_cash_counts_or_is_spread_or_is_passed_on(amounts: list[int], undivided: bool) -> None:
    told = one(amounts, undivided)
    assert told.wage == told.ink + told.year_end + told.passed_on


@given(st.lists(told_amounts, min_size=1, max_size=5), st.integers(0, 100_000))
def test_many_rows_at_once_are_the_same_as_one_by_one(many: list[list[int]], rate: int) -> None:
    no = np.zeros(len(many), dtype=bool)
    together = delivery.counted(
        Delivered(*np.array(many).T, extra_accrued=0 * no, by_law=0 * no, undivided=no), rate
    )
    for place, amounts in enumerate(many):
        alone = one(amounts, rate=rate)
        assert all(a[place] == b.item() for a, b in zip(together, alone, strict=True))


def test_a_little_year_end_pay_of_an_employer_that_builds_it_up_is_spread() -> None:
    amounts = [60000, 4000, 0, 0, 0, 5000, 4500, 0, False]
    told = delivery.counted(Delivered(*(np.array([amount]) for amount in amounts)), 0)
    assert (told.ink.item(), told.year_end.item()) == (60000, 4000)


def test_what_the_law_counts_beyond_the_told_net_counts_and_is_no_cash() -> None:
    amounts = [60000, 0, 0, 0, 0, 0, 0, 1250, False]
    told = delivery.counted(Delivered(*(np.array([amount]) for amount in amounts)), 0)
    assert (told.ink.item(), told.wage.item()) == (61250, 60000)


def test_a_cent_paid_with_the_wage_is_paid_with_the_wage() -> None:
    paid = paid_with_wage(np.array([1, 0]), np.array([100, 100]), np.array([False, False]))
    assert paid.tolist() == [True, False]
