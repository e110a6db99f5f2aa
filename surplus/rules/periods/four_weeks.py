"""Four-weekly wage (vierwekenloon, periode_soort 05): thirteen periods, twelve months.

Four methods [POLICY `four_weekly`, per municipality; a decision may say another per employment]:

- `13/12`, what most municipalities do (Divosa 2.5): the period that ends in a month counts there
  as wage × 13/12, and of two that end in one month the second is free. Once a year the cents and
  the varying hours are put right: see `yearly_check`.
- `by-days`: see `by_days`.
- `end-date`: whole in the month in which the period ends. Once a year two fall in one month. It is
  the pairing of periods and months of RSD de Liemers 2023, up to the names of the months.
- `payment-month`: whole in the month in which it was paid (betaaldatum), or in which it ends where
  that was not told.
"""

from __future__ import annotations

import numpy as np

from surplus.money import Cents, round_half_up
from surplus.months import Months
from surplus.rules.arrays import Mask, first_day, last_day
from surplus.rules.periods.period import Parts, Periods, part
from surplus.rules.runs import Places, runs
from surplus.rules.source import Source

THIRTEEN_TWELFTHS, BY_DAYS = "13/12", "by-days"
END_DATE, PAYMENT_MONTH = "end-date", "payment-month"
METHODS = (THIRTEEN_TWELFTHS, BY_DAYS, END_DATE, PAYMENT_MONTH)


def payment_months(periods: Periods, places: Places) -> Months:
    """The month in which each was paid; where not told, that in which it ends.

    >>> one = Periods(*(np.array([v]) for v in (1, "05", "", 20260202, 20260301, *[0] * 5)))
    >>> payment_months(one, np.array([0])).tolist()
    [202603]
    """
    paid_on = periods.paid_on[places]
    return np.where(paid_on > 0, paid_on, periods.end[places]) // 100


def thirteen_twelfths(periods: Periods, amounts: Cents, places: Places) -> Parts:
    """The periods at `places` as amounts of the month in which each ends.

    Args:
        periods: n periods.
        amounts: their components in cents, shape (k, n).
        places: which of them.

    Returns:
        One part for each, standing for its whole calendar month; zero where it is free.

    >>> one = Periods(*(np.array([v]) for v in (1, "05", "13/12", 20260202, 20260301, *[0] * 5)))
    >>> thirteen_twelfths(one, np.array([[80_000]]), np.array([0])).amounts.tolist()
    [[86667]]
    """
    months = periods.end[places] // 100
    free = _second_of_the_month(periods.at(places), months)
    converted = np.where(free, 0, round_half_up(amounts[:, places] * 13, 12))
    return part(places, months, first_day(months), last_day(months), converted, free=free)


def _second_of_the_month(periods: Periods, months: Months) -> Mask:
    """Which periods begin after another of the same job that ended in the same month."""
    order = np.lexsort((periods.begin, periods.end, periods.job))
    job_months = runs(periods.job[order], months[order])
    first_end = periods.end[order][job_months.first]
    second = np.zeros(len(order), dtype=bool)
    second[order] = periods.begin[order] > first_end[job_months.number]
    return second


SOURCES = {
    THIRTEEN_TWELFTHS: Source(
        "Divosa, Werkwijzer 2.5 (beleid)",
        "C = loon van het tijdvak dat in de maand eindigt × 13/12; een tweede tijdvak is vrij",
        "C = wage of the period that ends in the month × 13/12; a second period is free",
    ),
    BY_DAYS: Source(
        "Pw art. 32(1)b (beleid)",
        "C = loon × dagen van het tijdvak in de maand / al zijn dagen; laatste deel de rest",
        "C = wage × days of the period in the month / all its days; the last part the rest",
    ),
    END_DATE: Source(
        "Surplus, docs/rules.md (beleid)",
        "C = loon van de tijdvakken die in de maand eindigen",
        "C = wage of the periods that end in the month",
    ),
    PAYMENT_MONTH: Source(
        "Surplus, docs/rules.md (beleid)",
        "C = loon van de tijdvakken die in de maand zijn betaald",
        "C = wage of the periods that were paid in the month",
    ),
}
