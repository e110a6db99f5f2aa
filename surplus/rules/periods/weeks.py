"""Periods of weeks: four weeks (05), two weeks (20) and a week (04), by their length in days.

A period that the begin or end of the income relation cuts short is one too [MODEL]. Every other
length fits no kind: such a period waits, and the months it touches stay open.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.rules.arrays import Mask
from surplus.rules.periods.days import count
from surplus.rules.periods.period import LENGTH, Periods


def length(periods: Periods) -> Any:
    """Days of a whole period of each kind; 0 for a kind that is not counted in weeks."""
    days = np.zeros(len(periods.kind), dtype=np.int64)
    for kind, whole in LENGTH.items():
        days[periods.kind == kind] = whole
    return days


def fits(periods: Periods) -> Mask:
    """Which of n periods are as long as their kind, or cut short by the relation.

    >>> week = Periods(*(np.array([v]) for v in (1, "04", "", 20260330, 20260405, *[0] * 5)))
    >>> fits(week).tolist(), fits(week._replace(end=np.array([20260404]))).tolist()
    ([True], [False])
    """
    days, whole = count(periods.begin, periods.end), length(periods)
    cut = (periods.begin == periods.relation_begin) | (periods.end == periods.relation_end)
    mask: Mask = (days > 0) & ((days == whole) | ((days < whole) & cut))
    return mask
