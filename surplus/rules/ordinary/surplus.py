"""Surplus as it really went: the fixed amount, and what earlier months left over.

    cash(m) = F(m) + what was paid beside it                   (design.md §6; domain.md §4)

Not a second computation: the amounts are the obligations of the books.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.money import Cents
from surplus.rules.ordinary.course import Cash, Course
from surplus.rules.source import Source

SOURCES = {
    "surplus": Source(
        "Surplus, docs/rules.md",
        "ontvangen(m) = vast bedrag F(m) + overschot van eerdere maanden",
        "received(m) = fixed payment F(m) + surplus of earlier months",
    ),
}


def surplus(course: Course, fixed: Cents, beside: Cents, direct: Cents, late: Any) -> Cash:
    """What reached the client, or is to, with Surplus.

    Args:
        course: of the cases.
        fixed: (n, m) F agreed of settled months.
        beside: (n, m) what was paid beside it in a pay month: extra, exit, third parties.
        direct: (n, m) wages that the employer paid to the client himself.
        late: (n, m) days between the pay day and the day on which F was due to leave.
    """
    due = course.wages_due + course.benefit.sum(axis=1)
    nothing = np.zeros_like(fixed)
    return Cash(
        wage=direct,
        benefit=fixed + beside,
        supplied=beside,
        taken_back=nothing,
        days_late=np.where(course.settled, late, 0),
        wages_to_come=np.zeros_like(due),
        rest=due - (fixed + beside + direct).sum(axis=1),
        reserve_rate=np.zeros_like(due),
    )
