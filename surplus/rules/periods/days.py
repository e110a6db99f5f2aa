"""Counting calendar days [MODEL: calendar days, never working days] (domain.md §9 no. 21)."""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.money import Cents, round_half_up
from surplus.months import ordinal as month_number
from surplus.rules.arrays import EPOCH, Days

#: Before the first and after the last day that is ever told.
ALWAYS, NEVER = 0, 99991231


def ordinal(days: Days) -> Any:
    """Days counted on from 1970-01-01, so that they can be subtracted.

    >>> ordinal(np.array([19700102, 20260301])).tolist()
    [1, 20513]
    """
    first = (month_number(days // 100) - EPOCH).astype("datetime64[M]").astype("datetime64[D]")
    return first.astype(np.int64) + days % 100 - 1


def count(first: Days, last: Days) -> Any:
    """How many days a stretch has, both ends included; 0 where it ends before it begins.

    >>> count(np.array([20260301, 20260301]), np.array([20260331, 20260228])).tolist()
    [31, 0]
    """
    return np.maximum(0, ordinal(last) - ordinal(first) + 1)


def until(last: Days) -> Days:
    """A last day that was not told lies beyond every other.

    >>> until(np.array([20260301, 0])).tolist()
    [20260301, 99991231]
    """
    return np.where(last == 0, NEVER, last)


def portion(amounts: Cents, days: Any, of_days: Any) -> Any:
    """The part of amounts that falls on `days` of the `of_days` they stand for, half up.

    What is left is the other part, so that both together are the whole, negatives too.

    >>> portion(np.array([17_600, -17_600]), 2, 7).tolist()
    [5029, -5029]
    """
    return round_half_up(amounts * days, of_days)
