"""By calendar days (naar rato): each month gets the days of the period that fall in it.

Weekly and two-weekly wages [POLICY `weekly = "by-days"`], and four-weekly ones where the
municipality or a decision says so. The last part is what is left, so that the parts are the whole.

Worked example (domain.md C24): Monday 30 March to Sunday 5 April, 175.00 is 50.00 and 125.00.
"""

from __future__ import annotations

import numpy as np

from surplus.money import Cents
from surplus.rules.arrays import first_day, last_day
from surplus.rules.periods.days import count, portion
from surplus.rules.periods.period import Parts, Periods, part, together
from surplus.rules.runs import Places


def by_days(periods: Periods, amounts: Cents, places: Places) -> Parts:
    """The periods at `places`, of at most four weeks, in the one or two months they touch.

    Args:
        periods: n periods.
        amounts: their components in cents, shape (k, n).
        places: which of them.

    >>> week = Periods(*(np.array([v]) for v in (1, "04", "", 20260330, 20260405, *[0] * 5)))
    >>> by_days(week, np.array([[17_500]]), np.array([0])).amounts.tolist()
    [[5000, 12500]]
    """
    begin, end = periods.begin[places], periods.end[places]
    early, late = begin // 100, end // 100
    over = early < late
    until, whole = last_day(early[over]), amounts[:, places]
    before = portion(whole[:, over], count(begin[over], until), count(begin, end)[over])
    rest = whole.copy()
    rest[:, over] -= before
    first = part(places[over], early[over], begin[over], until, before, final=False)
    last = part(places, late, np.maximum(begin, first_day(late)), end, rest)
    return together([first, last])
