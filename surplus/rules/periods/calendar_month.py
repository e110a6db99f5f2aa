"""A calendar month (maand, periode_soort 06): the period belongs to its month, one to one.

Also a month cut short by the begin or end of the income relation. Other dates told as a month fit
no month: they wait, and the months they touch stay open.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.months import Months
from surplus.rules.arrays import Days, Mask, Texts, first_day, last_day
from surplus.rules.periods.period import MONTH, Periods


class Allocation(NamedTuple):
    """The month in which each period ends, and whether the whole period can be counted there."""

    month: Months
    allocatable: Mask


def allocate(
    kind: Texts, begin: Days, end: Days, relation_begin: Days, relation_end: Days
) -> Allocation:
    """The month of each period told as a calendar month.

    Args:
        kind: periode_soort of n rows; 06 is a calendar month.
        begin: first day of the period, yyyymmdd.
        end: its last day.
        relation_begin: first day of the income relation.
        relation_end: its last day, 0 while it runs.

    >>> cut, four_weeks = (20260316, 20260331), (20260202, 20260301)
    >>> begin, end = np.array([cut, four_weeks]).T
    >>> allocate(np.array(["06", "05"]), begin, end, begin, np.array([0, 0]))
    Allocation(month=array([202603, 202603]), allocatable=array([ True, False]))
    """
    month = end // 100
    starts = (begin == first_day(month)) | ((begin == relation_begin) & (begin // 100 == month))
    stops = (end == last_day(month)) | (end == relation_end)
    return Allocation(month, np.asarray(kind == MONTH) & starts & stops)


def fits(periods: Periods) -> Mask:
    """Which of n periods are a calendar month, whole or cut by the relation."""
    return allocate(
        periods.kind, periods.begin, periods.end, periods.relation_begin, periods.relation_end
    ).allocatable
