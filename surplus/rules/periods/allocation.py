"""Which rule puts a period into months, and all periods at once.

| kind | rule |
|---|---|
| 06 calendar month | `calendar_month`: its month |
| 05 four weeks | `four_weeks`: the method of the municipality or of the employment |
| 20 two weeks, 04 week | `by_days` |

What fits no rule is not guessed: it waits for a person, and the months it touches stay open.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.months import Months, ordinal, plus
from surplus.rules.arrays import Mask, Texts
from surplus.rules.periods import calendar_month, weeks
from surplus.rules.periods.benefit_days import within_right
from surplus.rules.periods.by_days import by_days
from surplus.rules.periods.four_weeks import (
    BY_DAYS,
    END_DATE,
    METHODS,
    PAYMENT_MONTH,
    THIRTEEN_TWELFTHS,
    payment_months,
    thirteen_twelfths,
)
from surplus.rules.periods.period import (
    FOUR_WEEKS,
    MONTH,
    Parts,
    Periods,
    in_one_month,
    together,
)
from surplus.rules.periods.yearly_check import Check, yearly_check
from surplus.rules.runs import Places


class InMonths(NamedTuple):
    """The amounts of n periods by month."""

    parts: Parts  # what counts
    check: Check  # what the year's check of 13/12 adds


def fits(periods: Periods) -> Mask:
    """Which of n periods are what their kind says, and have a method that is known.

    >>> one = Periods(*(np.array([v]) for v in (1, "05", "13/12", 20260202, 20260301, *[0] * 5)))
    >>> fits(one).tolist(), fits(one._replace(method=np.array(["13/13"]))).tolist()
    ([True], [False])
    """
    monthly = calendar_month.fits(periods)
    other = np.flatnonzero(periods.kind != MONTH)
    if len(other):
        rest = periods.at(other)
        known = (rest.kind != FOUR_WEEKS) | np.isin(rest.method, METHODS)
        monthly[other] = known & weeks.fits(rest)
    return monthly


def rules(periods: Periods) -> Texts:
    """The rule of each of n periods that fit: `month`, or one of the methods of `four_weeks`."""
    by_kind = np.where(periods.kind == MONTH, "month", BY_DAYS)
    return np.where(periods.kind == FOUR_WEEKS, periods.method, by_kind)


def touched_months(periods: Periods, places: Places) -> tuple[Places, Months]:
    """Every month that the periods at `places` touch, with the place of the period.

    >>> one = Periods(*(np.array([v]) for v in (1, "08", "", 20260115, 20260331, *[0] * 5)))
    >>> touched_months(one, np.array([0]))
    (array([0, 0, 0]), array([202601, 202602, 202603]))
    """
    first = periods.begin[places] // 100
    months = np.maximum(1, ordinal(periods.end[places] // 100) - ordinal(first) + 1)
    place = np.repeat(np.arange(len(places)), months)
    nth = np.arange(len(place)) - (np.cumsum(months) - months)[place]
    return places[place], plus(first[place], nth)


def in_months(periods: Periods, amounts: Cents, good: Mask) -> InMonths:
    """Every part of the periods that fit.

    Args:
        periods: n periods, each of a job once.
        amounts: their components in cents, shape (k, n); each is converted and rounded by itself.
        good: those that fit, shape (n,).
    """
    monthly = np.flatnonzero(good & (periods.kind == MONTH))
    weekly = np.flatnonzero(good & (periods.kind != MONTH))
    rule = rules(periods.at(weekly))
    by_day, ending, paid, times = (
        weekly[rule == method] for method in (BY_DAYS, END_DATE, PAYMENT_MONTH, THIRTEEN_TWELFTHS)
    )
    converted = _counting(periods, thirteen_twelfths(periods, amounts, times))
    parts = [
        in_one_month(periods, amounts, monthly, periods.end[monthly] // 100),
        by_days(periods, amounts, by_day),
        in_one_month(periods, amounts, ending, periods.end[ending] // 100),
        in_one_month(periods, amounts, paid, payment_months(periods, paid)),
    ]
    return InMonths(
        together([*(_counting(periods, part) for part in parts), converted]),
        yearly_check(periods, amounts, converted.amounts, times),
    )


def _counting(periods: Periods, parts: Parts) -> Parts:
    """What counts of the parts: that over days of the right."""
    counted = within_right(
        parts.amounts, parts.first, parts.last,
        periods.right_from[parts.period], periods.right_to[parts.period],
    )  # fmt: skip
    return parts._replace(**counted._asdict())
