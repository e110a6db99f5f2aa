"""Settling on the month (op de maand): the benefit waits until the payslip of the month is in.

    cash(m) = w(m) + Bp(m)                                     (domain.md §4; Divosa 4.3)

The income of the month itself is set off, so nothing is left to put right; but Bp is blocked
until the payslip (loonstrook) is in, and late by as many days as that is after the pay day.
"""

from __future__ import annotations

import numpy as np

from surplus.rules.ordinary.course import Cash, Course, cash, days_late
from surplus.rules.source import Source

SOURCES = {
    "on_the_month": Source(
        "Pw art. 58(4); Divosa 4.3",
        "ontvangen(m) = loon(m) + Bp(m), zodra de loonstrook van m er is",
        "received(m) = wage(m) + Bp(m), once the payslip of m is in",
    ),
}


def on_the_month(course: Course) -> Cash:
    """What reaches the client when income is settled on the month.

    Amounts stand in the month that they are for; a late payslip shows in `days_late`.
    """
    nothing = np.zeros_like(course.benefit)
    late = days_late(course.pay_days[None, :], course.known_on)
    return cash(course, course.benefit, nothing, nothing, np.where(course.benefit, late, 0))
