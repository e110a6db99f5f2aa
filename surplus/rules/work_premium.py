"""The work premium (premie arbeidsinschakeling, Pw art. 31(2)j, 31(5)) [LAW].

- Who: from 27 on, by decision that it helps towards paid work. Under 27 only who belongs to the
  group with wage-cost subsidy (31(5)), and in 2026 where the municipality tolerates it
  (`tolerate_under27_2026` [POLICY], off by default).
- How much: at most an indexed amount a person and calendar year (3,398.00 in 2026), one cap for all
  premiums together, an outflow premium and those of Flextensie included. The year and the row are
  those of the day of payment [MODEL].
- How often: once or twice a calendar year, never a third time.
- What it is not: income. It is in neither C nor W and changes no benefit; it is paid on top of the
  fixed payment, from its own account.
- What exceeds the cap is not paid, and is not carried over into the next year [MODEL].

Worked example (domain.md F3): 1,500.00 paid in 2026 already, 2,100.00 accrued: 1,898.00 is payable
and 202.00 is not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.rules.arrays import Days, Mask, age
from surplus.rules.exemption.ages import MAY_BE_TOLERATED, MINIMUM_AGE
from surplus.rules.parameters import Key
from surplus.rules.source import Source

CAP = Key("premium_j_cap", "person", "all")
PAYMENTS_A_YEAR = 2

SOURCES = {
    "work_premium": Source(
        "Pw art. 31(2)j, 31(5)",
        "premie = laagste van opgebouwd en wat van het jaarmaximum over is; niet na twee "
        "betalingen in het kalenderjaar",
        "premium = lowest of what is accrued and what is left of the year's cap; none after two "
        "payments in the calendar year",
    ),
}


def may_have(births: Days, days: Days, subsidised: Mask, tolerate_under27_2026: bool) -> Mask:
    """Whom a premium may be granted.

    Args:
        births: day numbers, 0 where not told.
        days: the day of payment, the same shape.
        subsidised: who belongs to the group with wage-cost subsidy, the same shape.
        tolerate_under27_2026: the choice of the municipality.

    >>> born, no = np.array([19990301, 19990302, 19990302]), np.array([False, False, True])
    >>> may_have(born, np.array([20260301] * 3), no, tolerate_under27_2026=False).tolist()
    [True, False, True]
    """
    first, last = MAY_BE_TOLERATED
    tolerated = (days // 100 >= first) & (days // 100 <= last) & (births != 0)
    old_enough = age(births, days) >= MINIMUM_AGE
    return np.asarray(old_enough | subsidised | (tolerated & tolerate_under27_2026))


def payable(accrued: Any, paid: Any, payments: Any, cap: Any) -> Any:
    """What may be paid now, in cents; 0 after two payments in the calendar year.

    Args:
        accrued: granted or built up, and not paid yet.
        paid: all premiums paid to the person in the calendar year of payment.
        payments: how many those were.
        cap: the parameter CAP on the day of payment.

    >>> payable(np.array([210000, 210000, 210000]), np.array([150000, 150000, 339800]),
    ...         np.array([1, 2, 1]), 339800).tolist()
    [189800, 0, 0]
    """
    left = np.maximum(0, cap - paid)
    return np.where(np.asarray(payments) < PAYMENTS_A_YEAR, np.minimum(accrued, left), 0)
