"""Only income over days of the right to benefit counts (Pw art. 32(1)b).

Where the right begins or ends inside the stretch that an amount stands for, the calendar days of
that stretch within the right decide [MODEL]. What does not count is the rest of the amount.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.rules.arrays import Days
from surplus.rules.periods.days import count, portion, until
from surplus.rules.source import Source

SOURCES = {
    "benefit_days": Source(
        "Pw art. 32(1)b",
        "telt mee = bedrag × dagen met recht / dagen waarover het bedrag gaat",
        "counts = amount × days of right / days that the amount stands for",
    ),
}


class Counted(NamedTuple):
    """What counts of n amounts (k, n), and for how many of its days each; 0 of 0 where whole."""

    amounts: Cents
    days: Cents
    of_days: Cents


def within_right(
    amounts: Cents, first: Days, last: Days, right_from: Days, right_to: Days
) -> Counted:
    """The part of amounts that counts.

    Args:
        amounts: in cents, shape (k, n).
        first: first day of the stretch each stands for, shape (n,).
        last: its last day.
        right_from: first day of the right to benefit, 0 where nothing bounds it.
        right_to: its last day, 0 where nothing bounds it.

    >>> march = np.array([[62_000]]), np.array([20260301]), np.array([20260331])
    >>> within_right(*march, np.array([20260316]), np.array([0]))
    Counted(amounts=array([[32000]]), days=array([16]), of_days=array([31]))
    """
    amounts = amounts.copy()
    days, of_days = np.zeros((2, len(first)), dtype=np.int64)
    cut = np.flatnonzero((first < right_from) | (last > until(right_to)))
    begins, ends = np.maximum(first, right_from)[cut], np.minimum(last, until(right_to))[cut]
    days[cut], of_days[cut] = count(begins, ends), count(first[cut], last[cut])
    amounts[:, cut] = portion(amounts[:, cut], days[cut], of_days[cut])
    return Counted(amounts, days, of_days)
