"""Year-end pay (eindejaarsuitkering, extra periode salaris): spread over the months that built it.

Divosa 3.3, Pw art. 32(2): it falls under the rule of receipt, and the best method attributes it,
when paid, to the months in which it was built up and benefit ran. Those are the twelve months up
to and including the month of payment, from the begin of the relation on [MODEL], in equal parts;
the last one is what remains. Of each part counts what falls on days of the right to benefit: a
month without benefit counts nothing. What is paid with each wage is spread over nothing: it counts
as paid (`holiday_accrual.paid_with_wage`).

Worked example (domain.md P1): 397.35 is eleven times 33.11 and once 33.14.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.money import Cents, round_half_up
from surplus.months import Months, ordinal, plus
from surplus.rules.arrays import Days, first_day, last_day
from surplus.rules.periods.benefit_days import within_right
from surplus.rules.runs import Places
from surplus.rules.source import Source

BUILT_UP_MONTHS = 12

SOURCES = {
    "year_end": Source(
        "Divosa, Werkwijzer 3.3; Pw art. 32(2)",
        "deel eindejaarsuitkering = netto eindejaarsuitkering / maanden van opbouw (ten hoogste "
        "twaalf, tot en met de maand van betaling); de laatste maand de rest",
        "part of year-end pay = net year-end pay / months that built it up (at most twelve, up to "
        "and including that of payment); the last month the rest",
    ),
}


class Spread(NamedTuple):
    """What counts of year-end pay by month, m parts in all; of months with a day of right."""

    payment: Places  # the place of the payment
    month: Months
    cents: Cents


def spread(
    cents: Cents, paid: Months, relation_begin: Days, right_from: Days, right_to: Days
) -> Spread:
    """The parts of n payments of year-end pay.

    Args:
        cents: net year-end pay.
        paid: the month of payment (betaaldatum), else that in which the period ends.
        relation_begin: first day of the income relation, 0 where not told.
        right_from: first day of the right to benefit, 0 where nothing bounds it.
        right_to: its last day, 0 where nothing bounds it.

    >>> one = [np.array([value]) for value in (39_735, 202612, 20200101, 20261101, 0)]
    >>> spread(*one).month.tolist(), spread(*one).cents.tolist()
    ([202611, 202612], [3311, 3314])
    """
    earliest = np.maximum(plus(paid, 1 - BUILT_UP_MONTHS), relation_begin // 100)
    months = np.maximum(1, ordinal(paid) - ordinal(earliest) + 1)
    equal = round_half_up(cents, months)
    payment = np.repeat(np.arange(len(cents)), months)
    still_to_come = (np.cumsum(months) - 1)[payment] - np.arange(len(payment))
    month = plus(paid[payment], -still_to_come)
    rest = cents - equal * (months - 1)
    part = np.where(still_to_come > 0, equal[payment], rest[payment])
    counted = within_right(
        part[None], first_day(month), last_day(month), right_from[payment], right_to[payment]
    )
    counts = (counted.of_days == 0) | (counted.days > 0)
    return Spread(payment[counts], month[counts], counted.amounts[0, counts])
