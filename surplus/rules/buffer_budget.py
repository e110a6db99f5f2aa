"""The buffer budget (bufferbudget, Pw art. 34b, from 2027-01-01): the municipality's own money.

At most 1,000.00 per case and calendar year, granted ex officio to clear benefit overpaid because
of income, where otherwise less than the norm would be left in one or more months (domain.md §3.5b,
§9 no. 14). Not the buffer account: that one carries dips while the participation runs, and this
one clears what is left of them at the exit, booked apart [MODEL].
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.rules.arrays import Mask
from surplus.rules.parameters import Key
from surplus.rules.source import Source

CAP = Key("buffer_budget_cap", "case", "all")

SOURCES = {
    "buffer_budget": Source(
        "Pw art. 34b(1)",
        "bufferbudget = laagste van gevraagd, nog open en wat van het jaarmaximum over is",
        "buffer budget = lowest of what is asked, what is open and what is left of the year's cap",
    ),
}


def left_of_cap(cap: Any, used: Any) -> Any:
    """What may still be granted to a case in a calendar year, in cents.

    Args:
        cap: the parameter CAP on the day of granting; where it has no row, nothing is granted.
        used: what was granted to the case in the same calendar year.

    >>> left_of_cap(100000, np.array([0, 62500, 100000])).tolist()
    [100000, 37500, 0]
    """
    return np.maximum(0, cap - used)


def below_norm(entitlement: Any, norm_paid: Any) -> Mask:
    """Whether a month left the client less than the norm, as the condition of art. 34b asks.

    Args:
        entitlement: D of the month in cents: wage and benefit, without what the buffer adds.
        norm_paid: the norm without holiday allowance.

    >>> below_norm(np.array([130809, 136143]), 133143).tolist()
    [True, False]
    """
    return np.asarray(entitlement < norm_paid)


def granted(asked: Any, open_debt: Any, left: Any, dips: Any) -> Any:
    """What is granted, in cents.

    Args:
        asked: what is asked for.
        open_debt: claim and shortfall that the buffer account has left open at the exit.
        left: what is left of the year's cap.
        dips: whether one or more months were `below_norm`.

    >>> granted(np.array([8000, 8000, 8000]), 5428, np.array([100000, 3000, 100000]),
    ...         np.array([True, True, False])).tolist()
    [5428, 3000, 0]
    """
    return np.where(dips, np.minimum(asked, np.minimum(open_debt, left)), 0)
