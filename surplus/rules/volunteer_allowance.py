"""The volunteers' allowance (kostenvergoeding vrijwilligerswerk, Pw art. 31(2)k) [LAW].

- What: an allowance for voluntary work is no means, up to an amount a month and an amount a year.
  What is above either of them is income, and not from work: it counts in full, without exemption.
- How much: the amounts were found in no source, so there are no rows for them. A municipality adds
  its own (`surplus parameters add volunteer_allowance_cap person month --new …`, and `… year …`),
  with the number of its decision; until then the rule says what is missing and gives nothing.

Worked example (constructed; 100.00 and 1,000.00 only stand in for the amounts): 120.00 received in
a month, 930.00 left out before in the year: 70.00 is left out and 50.00 counts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.months import Months
from surplus.rules.arrays import Texts, first_told
from surplus.rules.parameters import Key, Parameters
from surplus.rules.source import Source

MONTH_CAP = Key("volunteer_allowance_cap", "person", "month")
YEAR_CAP = Key("volunteer_allowance_cap", "person", "year")

SOURCES = {
    "volunteer_allowance": Source(
        "Pw art. 31(2)k",
        "buiten beschouwing = laagste van vergoeding, maandmaximum en wat van het jaarmaximum over "
        "is; de rest is inkomen",
        "left out = lowest of the allowance, the cap of the month and what is left of the cap of "
        "the year; the rest is income",
    ),
}


class Volunteer(NamedTuple):
    """Of n allowances what is left out and what counts, in cents; both 0 where `lacks` says why."""

    left_out: Cents
    counts: Cents
    lacks: Texts


def volunteer_allowance(
    received: Cents, left_out_before: Cents, months: Months, parameters: Parameters
) -> Volunteer:
    """What of n persons' allowances of a month is no means.

    Args:
        received: in the month, in cents.
        left_out_before: in earlier months of the same calendar year.
        months: yyyymm.
        parameters: the dated table.

    >>> one = np.array([12000]), np.array([93000]), np.array([202603])
    >>> volunteer_allowance(*one, Parameters(())).lacks.tolist()
    ['volunteer_allowance_cap/person/month from 2026-01-01']
    """
    month, year = (parameters.monthly(key, months) for key in (MONTH_CAP, YEAR_CAP))
    lacks = first_told(month.missing, year.missing)
    left = np.maximum(0, year.amounts - left_out_before)
    free = np.minimum(received, np.minimum(month.amounts, left))
    known: Any = lacks == ""
    return Volunteer(np.where(known, free, 0), np.where(known, received - free, 0), lacks)
