"""The work premium of art. 31(2)j: whom, how much a year and how often; it is no income."""

from __future__ import annotations

import numpy as np
import pytest

from surplus.rules.parameters import MissingParameter
from surplus.rules.work_premium import CAP, may_have, payable

from .tables import STATUTORY, cents, rows

PREMIUMS = rows(
    """
    what                                        | paid on    | accrued | paid before | payments | payable
    F3 an outflow premium was paid already      | 2026-11-30 | 2100.00 | 1500.00     | 1        | 1898.00
    nothing was paid yet                        | 2026-06-30 | 2100.00 | 0.00        | 0        | 2100.00
    one cent more than the cap                  | 2026-06-30 | 3398.01 | 0.00        | 0        | 3398.00
    the cap is used up                          | 2026-11-30 | 100.00  | 3398.00     | 1        | 0.00
    more than the cap was paid, under a row gone | 2026-11-30 | 100.00 | 3400.00     | 1        | 0.00
    never a third payment, whatever is left     | 2026-11-30 | 100.00  | 200.00      | 2        | 0.00
    nothing accrued                             | 2026-11-30 | 0.00    | 200.00      | 1        | 0.00
    the second half of 2025 has its own cap     | 2025-07-01 | 9999.00 | 0.00        | 0        | 3326.00
    the first half of it the one before         | 2025-06-30 | 9999.00 | 0.00        | 0        | 3263.00
    """  # noqa: E501
)


@pytest.mark.parametrize("row", PREMIUMS, ids=[row["what"] for row in PREMIUMS])
def test_what_is_payable(row: dict[str, str]) -> None:
    accrued, paid = (np.array(cents(row[name])) for name in ("accrued", "paid before"))
    cap = STATUTORY.amount(CAP, row["paid on"])
    found = payable(accrued, paid, np.array([int(row["payments"])]), cap)
    assert found.tolist() == cents(row["payable"])


def test_a_year_without_a_cap_is_named_and_pays_nothing() -> None:
    with pytest.raises(MissingParameter, match="premium_j_cap/person/all has no row for 2027"):
        STATUTORY.amount(CAP, "2027-01-01")


WHOM = rows(
    """
    what                                    | born     | paid on  | subsidised | tolerated | may
    turns 27 that day                       | 19990301 | 20260301 |            |           | yes
    turns 27 the day after                  | 19990302 | 20260301 |            |           |
    under 27 with wage-cost subsidy         | 20050101 | 20260301 | yes        |           | yes
    under 27 in 2026, tolerated             | 20050101 | 20261231 |            | yes       | yes
    tolerated from the first day of it      | 20050101 | 20260101 |            | yes       | yes
    tolerated holds for 2026 only           | 20050101 | 20270101 |            | yes       |
    nor before it                           | 20050101 | 20251231 |            | yes       |
    nor for whose birth is unknown          | 0        | 20260301 |            | yes       |
    the exception of 2021 was for n and r   | 19990302 | 20210301 |            | yes       |
    """
)


@pytest.mark.parametrize("row", WHOM, ids=[row["what"] for row in WHOM])
def test_whom_it_may_be_granted(row: dict[str, str]) -> None:
    born, on = np.array([int(row["born"])]), np.array([int(row["paid on"])])
    subsidised = np.array([row["subsidised"] == "yes"])
    found = may_have(born, on, subsidised, tolerate_under27_2026=row["tolerated"] == "yes")
    assert found.tolist() == [row["may"] == "yes"]
