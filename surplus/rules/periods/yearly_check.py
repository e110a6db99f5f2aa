"""The check over the year of four-weekly wage counted × 13/12 (domain.md §3.4, §9 no. 22).

Over a calendar year Σ C must be what the periods that ended in it bring. The difference goes into
December, or into the last month of the employment or of the right where that comes earlier
[POLICY, Divosa 2.5].

Worked example (domain.md C11): 12 × 866.67 against 13 × 800.00: December counts 0.04 less.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.months import Months
from surplus.rules.periods.benefit_days import within_right
from surplus.rules.periods.days import NEVER, until
from surplus.rules.periods.period import Periods
from surplus.rules.runs import Places, runs
from surplus.rules.source import Source

SOURCES = {
    "yearly_check": Source(
        "Divosa, Werkwijzer 2.5 (beleid)",
        "jaarcontrole = loon van de tijdvakken die in het jaar eindigden − Σ C van het jaar",
        "yearly check = wage of the periods that ended in the year − Σ C of the year",
    ),
}


class Check(NamedTuple):
    """What each job's check of a year adds to C of one month; (k, m) components of m checks."""

    period: Places  # the place of the last period of the year
    month: Months
    amounts: Cents


def yearly_check(periods: Periods, whole: Cents, counted: Cents, places: Places) -> Check:
    """The checks of the jobs and years of the periods at `places`.

    Hand in every period of the year: what was not told is not checked.

    Args:
        periods: n periods.
        whole: their components as told, in cents, shape (k, n).
        counted: what counts of those at `places` after × 13/12, shape (k, m), in that order.
        places: which of them were counted × 13/12, shape (m,).

    Returns:
        One check for each job, right and year told up to the month of the check. Where not all of
        that month was told yet it is not final (see `told_enough`).
    """
    mine = periods.at(places)
    brought = within_right(whole[:, places], mine.begin, mine.end, mine.right_from, mine.right_to)
    order = np.lexsort((mine.end, mine.right_from, mine.job))
    mine, places = mine.at(order), places[order]
    years = runs(mine.job, mine.right_from, mine.end // 10_000)
    month = _last_month(mine.at(years.last))
    within = mine.end // 100 <= month[years.number]
    missing = (brought.amounts[:, order] - counted[:, order]) * within
    checks = np.add.reduceat(missing, years.first, axis=1)
    told = mine.end[years.last] // 100 >= month
    return Check(places[years.last][told], month[told], checks[:, told])


def _last_month(last: Periods) -> Months:
    """December, or an earlier last month of the employment or of the right.

    A wage period may end after the employment did.
    """
    december = last.end // 10_000 * 100 + 12
    ended = np.where(last.relation_end > 0, np.maximum(last.relation_end, last.end), NEVER)
    earliest: Months = np.minimum(december, np.minimum(ended, until(last.right_to)) // 100)
    return earliest
