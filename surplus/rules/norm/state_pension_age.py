"""The state pension age (AOW-leeftijd, AOW art. 7a): laid down in years and months per year.

Somebody reaches it on the first day on which he is at least as old as the age of that day's
calendar year asks. A year whose age is not laid down is named where it matters, which is for
people of 65 and older only: the age was never lower.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.rules.arrays import Days, Mask, Texts, age, months_after
from surplus.rules.parameters import EVER, Key, Parameters
from surplus.rules.source import Source

STATE_PENSION_AGE = Key("state_pension_age", "person", "all")
#: The age was never lower; who is younger has it on no account.
STATE_PENSION_AGE_AT_LEAST = 65
NEVER = int(EVER.replace("-", ""))

SOURCES = {
    "state_pension_age": Source(
        "AOW art. 7a",
        "eerste dag waarop de leeftijd ten minste die van het kalenderjaar is",
        "first day on which the age is at least that of the calendar year",
    )
}


class Pension(NamedTuple):
    """Of n persons on a day: who has reached the state pension age, and what is missing to tell.

    `missing` names the parameter, '' where nothing is.
    """

    reached: Mask
    missing: Texts


def state_pension_day(births: Days, parameters: Parameters) -> Days:
    r"""The first day at the state pension age.

    Where the month in which the age is reached lacks the day of birth, it is the day after
    (31 August and three months: 1 December).

    Args:
        births: day numbers of any shape, 0 where not told.
        parameters: with a row per calendar year.

    Returns:
        Day numbers; `NEVER` where no birth was told or no year with a row is late enough.

    >>> from surplus.rules.parameters import read_parameters
    >>> table = read_parameters(
    ...     "valid_from,name,household,age_band,amount,unit,source,reliability\n"
    ...     "2023-01-01,state_pension_age,person,all,802,months,AOW art. 7a,secondary\n"
    ...     "2024-01-01,state_pension_age,person,all,804,months,AOW art. 7a,secondary\n"
    ... )
    >>> state_pension_day(np.array([19570228, 19570301, 19570831, 19900101]), table).tolist()
    [20231228, 20240301, 20240831, 99991231]
    """
    days = np.full(births.shape, NEVER)
    ages = parameters.by_year(STATE_PENSION_AGE)
    after = {months: months_after(births, months) for months in set(ages.values())}
    for year, months in reversed(ages.items()):
        in_time = after[months] // 10_000 <= year
        days = np.where(in_time, np.maximum(after[months], year * 10_000 + 101), days)
    return np.where(births > 0, days, NEVER)


def at_state_pension_age(births: Days, days: Days, parameters: Parameters) -> Pension:
    """Who is at the state pension age on a day.

    Args:
        births: day numbers of n persons, 0 where not told.
        days: the day to look at, shape (n,).
        parameters: the dated table.
    """
    reached = np.zeros(len(births), dtype=bool)
    missing = np.full(len(births), "", dtype=object)
    old = np.flatnonzero(age(births, days) >= STATE_PENSION_AGE_AT_LEAST)
    reached[old] = state_pension_day(births[old], parameters) <= days[old]
    unsure = old[~reached[old]]
    missing[unsure] = parameters.monthly(STATE_PENSION_AGE, days[unsure] // 100).missing
    return Pension(reached, missing)
