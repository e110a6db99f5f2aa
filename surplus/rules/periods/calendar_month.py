"""A calendar month (maand, periode_soort 06): the period belongs to its month, one to one.

Also a month cut short by the begin or end of the income relation. Other dates told as a month fit
no month: they wait, and the months they touch stay open.
"""

from __future__ import annotations

import numpy as np

from surplus.rules.arrays import Mask, first_day, last_day
from surplus.rules.periods.period import MONTH, Periods
from surplus.rules.source import Source

SOURCES = {
    "month": Source(
        "Pw art. 32",
        "C = loon van de maand",
        "C = wage of the month",
    ),
}


def fits(periods: Periods) -> Mask:
    """Which of n periods are a calendar month, whole or cut by the relation.

    >>> told = Periods(*(np.array([v]) for v in (1, "06", "", 20260316, 20260331, *[0] * 5)))
    >>> fits(told).item(), fits(told._replace(relation_begin=np.array([20260316]))).item()
    (False, True)
    """
    begin, end, month = periods.begin, periods.end, periods.end // 100
    cut = (begin == periods.relation_begin) & (begin // 100 == month)
    starts = (begin == first_day(month)) | cut
    stops = (end == last_day(month)) | (end == periods.relation_end)
    mask: Mask = np.asarray(periods.kind == MONTH) & starts & stops
    return mask
