"""Pay periods (aangiftetijdvakken) as told, and the parts of them that belong to a month."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.money import Cents
from surplus.months import Months
from surplus.rules.arrays import Days, Mask, Texts

#: Kinds of period (periode_soort), and the days of those that do not follow the calendar.
MONTH, FOUR_WEEKS, TWO_WEEKS, WEEK = "06", "05", "20", "04"
LENGTH = {FOUR_WEEKS: 28, TWO_WEEKS: 14, WEEK: 7}

Places = npt.NDArray[np.int64]


class Periods(NamedTuple):
    """What is told of n pay periods; days are yyyymmdd, 0 where not told."""

    job: npt.NDArray[np.int64]  # (n,) which person at which employer, in numbers of the caller
    kind: Texts  # periode_soort: 06, 05, 20 or 04
    method: Texts  # how four-weekly periods fall into months, see four_weeks.METHODS
    begin: Days  # first day
    end: Days  # last day
    paid_on: Days  # betaaldatum
    relation_begin: Days  # first day of the income relation (inkomstenverhouding)
    relation_end: Days  # its last day, 0 while it runs
    right_from: Days  # first day of the right to benefit, 0 where nothing bounds it
    right_to: Days  # its last day, 0 where nothing bounds it


class Parts(NamedTuple):
    """Amounts of periods by month: one column per part, m in all.

    The parts of a period follow each other in time; its last part carries the cash.
    """

    period: Places  # (m,) place of its period
    month: Months
    first: Days  # first day of the stretch that the amount stands for
    last: Days
    amounts: Cents  # (k, m) k components of each part
    free: Mask  # a thirteenth period, that counts in no month
    final: Mask  # the last part of its period


def taken(columns: Periods, places: Places | Mask) -> Periods:
    """The periods at `places`.

    >>> one = Periods(*(np.array([value]) for value in (1, "06", "", *[0] * 7)))
    >>> taken(one, np.array([0, 0])).kind.tolist()
    ['06', '06']
    """
    return Periods(*(column[places] for column in columns))
