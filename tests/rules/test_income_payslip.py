"""What one payslip means for cash, for countable income and for what is passed on."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.income import Payslip, payslip

from .tables import rows

CASES = rows(
    """
    payslip                               | told                                                                | W      | passed on | counts | accrual | year-end | unclear
    all-in wage                           | paid 60000, payable 60000                                           | 60000  | 0         | 60000  | 0       | 0        | no
    C5 travel                             | paid 96440, payable 90000, travel 6440                              | 96440  | 6440      | 90000  | 0       | 0        | no
    tools beside travel                   | paid 90700, payable 90000, travel 500, allowance 200                | 90700  | 700       | 90000  | 0       | 0        | no
    the file of the examples              | paid 90562, payable 85962, travel 4600                              | 90562  | 4600      | 85962  | 0       | 0        | no
    C23 attachment                        | paid 78000, payable 78000, attachment 12000                         | 78000  | 0         | 90000  | 0       | 0        | no
    union fee and savings                 | paid 87500, payable 87500, voluntary 2500                           | 87500  | 0         | 90000  | 0       | 0        | no
    C12a net accrual of payroll           | paid 60000, payable 60000, accrual_net 3400                         | 60000  | 0         | 60000  | 3400    | 0        | no
    accrual only with the delivery        | paid 60000, payable 60000, holiday_accrued 3400                     | 60000  | 0         | 60000  | 3400    | 0        | no
    C12b holiday pay                      | paid 100800, payable 100800, holiday_gross 45000, holiday_net 40800, accrual_net 3400 | 100800 | 40800 | 60000 | 3400 | 0 | no
    all-in, its holiday pay told apart    | paid 64000, payable 64000, holiday_gross 4800, holiday_net 4000     | 64000  | 4000      | 60000  | 4000    | 0        | no
    an eighth of the net is still all-in  | paid 80000, payable 80000, holiday_gross 20000, holiday_net 10000   | 80000  | 10000     | 70000  | 10000   | 0        | no
    more is a reserve paid out            | paid 80001, payable 80001, holiday_gross 20000, holiday_net 10001   | 80001  | 10001     | 70000  | 0       | 0        | no
    as little, but a reserve is built up  | paid 64000, payable 64000, holiday_gross 4800, holiday_net 4000, holiday_accrued 5000 | 64000 | 4000 | 60000 | 5000 | 0 | no
    year-end pay with each wage           | paid 64000, payable 64000, year_end_gross 5000, year_end_net 4000   | 64000  | 0         | 64000  | 0       | 0        | no
    P1 year-end pay                       | paid 105919, payable 105919, year_end_gross 62616, year_end_net 39735 | 105919 | 0       | 66184  | 0       | 39735    | no
    both, each with its net               | paid 140800, payable 140800, holiday_gross 45000, holiday_net 40800, year_end_gross 62616, year_end_net 40000 | 140800 | 40800 | 60000 | 0 | 40000 | no
    gross holiday pay without its net     | paid 100800, payable 100800, holiday_gross 45000                    | 100800 | 0         | 100800 | 0       | 0        | yes
    gross year-end pay without its net    | paid 105919, payable 105919, year_end_gross 62616                   | 105919 | 0         | 105919 | 0       | 0        | yes
    """
)  # fmt: skip


def one(**told: int) -> Any:
    return payslip.counted(Payslip(*(np.array([told.get(n, 0)]) for n in Payslip._fields)), 0)


@pytest.mark.parametrize("row", CASES, ids=[row["payslip"] for row in CASES])
def test_a_payslip_becomes_cash_countable_income_and_pass_on(row: dict[str, str]) -> None:
    told = one(**{name: int(c) for name, c in (p.split() for p in row["told"].split(", "))})
    figures = (told.wage, told.passed_on, told.ink, told.accrual, told.year_end)
    expected = [int(row[name]) for name in ("W", "passed on", "counts", "accrual", "year-end")]
    assert [figure.item() for figure in figures] == expected
    assert told.unclear.item() is (row["unclear"] == "yes")
    assert told.reserved.item() is ("accru" in row["told"])


amounts = st.integers(-100_000, 100_000)


@given(amounts, amounts, amounts, amounts, amounts)
def test_what_is_withheld_by_choice_or_by_a_bailiff_counts_without_cash(
    wage: int, travel: int, voluntary: int, attachment: int, holiday_net: int
) -> None:
    payable = wage + holiday_net - voluntary - attachment
    told = one(
        paid=payable + travel, payable=payable, travel=travel, voluntary=voluntary,
        attachment=attachment, holiday_net=holiday_net,
    )  # fmt: skip
    assert told.ink == wage
    assert told.wage == told.ink + told.year_end + told.passed_on - voluntary - attachment
