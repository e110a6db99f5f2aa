"""The age of 27 for n and r (Pw art. 31(5)), looked at on the first day of the month: who turns 27
within a month is 27 from the first of the next [MODEL].
"""

from __future__ import annotations

import numpy as np

from surplus.months import Months
from surplus.rules.arrays import Days, Mask, age, first_day

MINIMUM_AGE = 27
#: Months in which n and r were there for the young too (temporary, [municipal page 2021]).
UNDER_27_TOO = (202011, 202106)
#: Months for which a municipality may tolerate it (`tolerate_under27_2026`, domain.md §9 no. 25).
MAY_BE_TOLERATED = (202601, 202612)


def from_27(births: Days, months: Months, tolerate_under27_2026: bool) -> Mask:
    """For whom article 31(5) does not stand in the way of n and r.

    Args:
        births: day numbers, 0 where not told; the same shape as `months`.
        months: yyyymm.
        tolerate_under27_2026: the choice of the municipality.

    >>> born = np.array([19990301, 19990302, 20020101])
    >>> from_27(born, np.array([202603] * 3), tolerate_under27_2026=False).tolist()
    [True, False, False]
    >>> from_27(born, np.array([202603, 202603, 202106]), tolerate_under27_2026=True).tolist()
    [True, True, True]
    """
    old_enough = age(births, first_day(months)) >= MINIMUM_AGE
    excepted = _within(months, UNDER_27_TOO)
    if tolerate_under27_2026:
        excepted |= _within(months, MAY_BE_TOLERATED)
    return np.asarray(old_enough | (excepted & (births != 0)))


def _within(months: Months, stretch: tuple[int, int]) -> Mask:
    first, last = stretch
    return np.asarray((months >= first) & (months <= last))
