"""Pay periods (aangiftetijdvakken) as told, and the parts of them that belong to a month."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.money import Cents
from surplus.months import Months
from surplus.rules.arrays import Days, Mask, Texts
from surplus.rules.runs import Places

#: Kinds of period (periode_soort), and the days of those that do not follow the calendar.
MONTH, FOUR_WEEKS, TWO_WEEKS, WEEK = "06", "05", "20", "04"
LENGTH = {FOUR_WEEKS: 28, TWO_WEEKS: 14, WEEK: 7}


class Periods(NamedTuple):
    """What is told of n pay periods; days are yyyymmdd, 0 where not told."""

    job: npt.NDArray[np.int64]  # which person at which employer, in numbers of the caller
    kind: Texts  # periode_soort: 06, 05, 20 or 04
    method: Texts  # how four-weekly periods fall into months, see four_weeks.METHODS
    begin: Days  # first day
    end: Days  # last day
    paid_on: Days  # betaaldatum
    relation_begin: Days  # first day of the income relation (inkomstenverhouding)
    relation_end: Days  # its last day, 0 while it runs
    right_from: Days  # first day of the right to benefit, 0 where nothing bounds it
    right_to: Days  # its last day, 0 where nothing bounds it

    def at(self, places: Places | Mask) -> Periods:
        """The periods at these places."""
        return Periods(*(column[places] for column in self))


class Parts(NamedTuple):
    """The amounts of periods by month: one column per part, m in all.

    The parts of a period follow each other in time; the final one carries what was paid in cash.
    """

    period: Places  # (m,) the place of its period
    month: Months
    first: Days  # first day of the stretch that the amount stands for
    last: Days
    amounts: Cents  # (k, m) k components of each part
    free: Mask  # a thirteenth period: in no month does it count
    final: Mask
    days: Cents  # (m,) days of right that it was cut down to; 0 where all of it counts
    of_days: Cents  # (m,) of so many days


def part(
    place: Places, month: Months, first: Days, last: Days, amounts: Cents,
    *, free: Mask | None = None, final: bool = True,
) -> Parts:  # fmt: skip
    """Parts that count altogether."""
    none, no = np.zeros(len(place), dtype=np.int64), np.zeros(len(place), dtype=bool)
    return Parts(
        place, month, first, last, amounts, no if free is None else free, no | final, none, none
    )


def in_one_month(periods: Periods, amounts: Cents, places: Places, months: Months) -> Parts:
    """The periods at `places` as they are, each whole in the month that stands beside it."""
    return part(places, months, periods.begin[places], periods.end[places], amounts[:, places])


def together(parts: list[Parts]) -> Parts:
    """Parts behind each other, in the order given."""
    told = [one for one in parts if len(one.period)]
    if len(told) < 2:
        return (told or parts)[0]
    return Parts(*(np.concatenate(columns, axis=-1) for columns in zip(*told, strict=True)))
