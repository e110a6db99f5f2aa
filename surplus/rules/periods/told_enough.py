"""Whether a job has told all of a month: whether every period of weeks that matters to it is in.

A month waits for a period that is still to come. Counted by days, the periods told must cover each
day of the month on which the employment ran and there was a right; by another method it is enough
that no further period can end in the month [MODEL]. A calendar month tells its month by itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.months import Months
from surplus.rules.arrays import Mask, first_day, last_day
from surplus.rules.periods.days import count, ordinal, until
from surplus.rules.periods.four_weeks import BY_DAYS
from surplus.rules.periods.period import FOUR_WEEKS, Periods
from surplus.rules.periods.weeks import length
from surplus.rules.runs import Places, Runs, runs


class Touched(NamedTuple):
    """The months that periods of weeks touch: m rows, one or two for each period."""

    period: Places
    month: Months
    enough: Mask  # of the month, by everything its job told


def told_enough(periods: Periods, places: Places) -> Touched:
    """Which months the periods at `places` touch, and whether their job told all of each.

    Args:
        periods: n periods, `job` the same number for all that one employer tells of one person.
        places: those of weeks that fit their kind; every one that touches a month to be settled.

    >>> four_weeks = Periods(*(np.array([v]) for v in
    ...     (1, "05", "13/12", 20260302, 20260329, 0, 20260302, 0, 0, 0)))
    >>> told_enough(four_weeks, np.array([0])).enough.tolist()
    [True]
    >>> told_enough(four_weeks._replace(method=np.array(["by-days"])), np.array([0])).enough
    array([False])
    """
    early, late = periods.begin[places] // 100, periods.end[places] // 100
    over = early < late
    place, month = np.concatenate([places[over], places]), np.concatenate([early[over], late])
    order = _in_order(periods.at(place), month)
    place, month = place[order], month[order]
    told = periods.at(place)
    job_months = runs(told.job, month)
    return Touched(place, month, _enough(told, month, job_months)[job_months.number])


def _in_order(told: Periods, month: Months) -> Places:
    """By job, month and end; of those that end on one day the order of rows decides nothing."""
    apart = (until(told.relation_end), told.relation_begin, told.begin, _by_days(told))
    return np.lexsort((*apart, told.end, month, told.job))


def _by_days(told: Periods) -> Mask:
    mask: Mask = (told.kind != FOUR_WEEKS) | (told.method == BY_DAYS)
    return mask


def _enough(told: Periods, months: Months, job_months: Runs) -> Mask:
    """Per job and month, from its first and its last period and all between."""
    first, last = told.at(job_months.first), told.at(job_months.last)
    month = months[job_months.first]
    opens = np.maximum(first_day(month), np.maximum(first.relation_begin, first.right_from))
    ends = np.minimum(last_day(month), until(last.relation_end))
    closes = np.minimum(ends, until(last.right_to))
    none_to_come = ordinal(last.end) + length(last) > ordinal(last_day(month))
    leaves = last.relation_end // 100 == month
    reached = (last.end >= closes) | (~_by_days(last) & ~leaves & none_to_come)
    covered = np.minimum(closes, last.end)
    each = count(
        np.maximum(told.begin, opens[job_months.number]),
        np.minimum(told.end, covered[job_months.number]),
    )
    whole: Mask = reached & (np.add.reduceat(each, job_months.first) >= count(opens, covered))
    return whole
