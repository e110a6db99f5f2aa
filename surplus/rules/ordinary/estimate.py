"""Settling by estimate (schatten): paid on an expected income, put right when it is known.

    cash(m) = w(m) + 0.95 × max(0, N − (Ĉ − Ê)) + what m−1 was paid too little
              − what was paid too much before                  (domain.md §4; Divosa 4.3)

The estimate Ĉ − Ê is the income of the settled month before; in the first month the income
itself, as told at the start [MODEL]. Too little is paid within a week once the payslip is in, too
much is set off in the next months.
"""

from __future__ import annotations

import numpy as np

from surplus.money import Cents
from surplus.rules.norm import paid_part
from surplus.rules.ordinary.course import Cash, Course, before, cash, days_late, later
from surplus.rules.source import Source

#: Too little is paid within a week: its last day counts.
WEEK = 7

SOURCES = {
    "estimate": Source(
        "Pw art. 58(4); Divosa 4.3",
        "ontvangen(m) = loon(m) + 95% × (N − inkomen van de maand ervoor) ± correctie daarvan",
        "received(m) = wage(m) + 95% × (N − income of the month before) ± its correction",
    ),
}


def estimate(course: Course) -> Cash:
    """What reaches the client when the benefit is paid on last month's income and corrected."""
    guess = estimated_benefit(course)
    short = np.maximum(0, course.benefit - guess)
    over = np.maximum(0, guess - course.benefit)
    supplied = later(course, short)
    late = days_late(course.pay_days[None, :], course.known_on) + WEEK
    return cash(course, guess + supplied, later(course, over), supplied, np.where(short, late, 0))


def estimated_benefit(course: Course) -> Cents:
    """The benefit as it is paid on the estimate, before any correction; shape (n, m)."""
    told, there = before(course.settled, course.counted)
    expected = np.where(there, told, course.counted)
    gap = np.maximum(0, course.norm - expected)
    return np.asarray(paid_part(gap, course.holiday_rate))
