"""Settling afterwards (achteraf): the income of a month is taken off the benefit of the next.

    cash(m) = w(m) + V(m) − (V − Bp)(m−1);  first month: w + V     (domain.md §4; Divosa 4.3)

V − Bp is 0.95 × (C − E) but for the cent of rounding, and never more than what was paid. When the
benefit ends, that of the last month cannot be set off any more: a claim (vordering), with the
holiday allowance that was reserved too much (domain.md §4.1).
"""

from __future__ import annotations

import numpy as np

from surplus.rules.ordinary.course import Cash, Course, cash, later
from surplus.rules.source import Source

SOURCES = {
    "afterwards": Source(
        "Pw art. 58(4); Divosa 4.3",
        "ontvangen(m) = loon(m) + V − 95% × (C − E) van de maand ervoor",
        "received(m) = wage(m) + V − 95% × (C − E) of the month before",
    ),
}


def afterwards(course: Course) -> Cash:
    """What reaches the client when income is settled afterwards.

    Income told later than the next pay day is set off in the first month that can.
    """
    advanced = course.paid_norm
    nothing = np.zeros_like(advanced)
    return cash(course, advanced, later(course, advanced - course.benefit), nothing, nothing)
