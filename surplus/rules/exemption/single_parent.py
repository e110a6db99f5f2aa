"""Exemption r: single parents (alleenstaande ouder, Pw art. 31(2)r, 31(5)) [LAW].

- Who: a single parent from 27 on with the full care of a child under 12, by decision; the six
  months of n are used. Under 27 in the same months as n (`ages`). That the child turns 12 is not
  in our data: the municipality ends the right.
- How much: 12.5%, at most an indexed amount a month (177.66 in the first half of 2026).
- How long: thirty consecutive calendar months; the clock runs without work too. Where the right
  begins within a month, its first month is the next [MODEL].
- Beside: not where y, z or aa applies; it does again once z is over without aa [MODEL].
- Until 2026-12-31; article 34a takes its place (`from_2027`).

Where a right tells r and not n, the six months of n are taken as used: the decision says so.
"""

from __future__ import annotations

from surplus.rules.exemption import six_months, wage_subsidy
from surplus.rules.exemption.persons import (
    AFTER_N,
    CLOCK_OVER,
    LOWEST,
    NOT_BEGUN,
    NOT_BESIDE_Y_Z_AA,
    UNDER_27,
    Count,
    Kind,
    Obstacles,
    Persons,
)
from surplus.rules.exemption.rights import R, Y
from surplus.rules.parameters import Key
from surplus.rules.source import Source

MONTHS = 30


def obstacles(who: Persons) -> Obstacles:
    """What keeps r from running."""
    return {
        NOT_BEGUN: ~who.begun(R),
        UNDER_27: ~who.from_27,
        AFTER_N: six_months.comes_first(who),
        NOT_BESIDE_Y_Z_AA: who.begun(Y) | wage_subsidy.applies(who),
        CLOCK_OVER: months(who).over,
    }


def months(who: Persons) -> Count:
    """Calendar months since the right began, of thirty."""
    return Count(who.months_run(R), who.months_given(R, MONTHS))


SINGLE_PARENT = Kind(
    letter="r",
    right=R,
    rate=Key("exemption_r_rate", "person", "all"),
    cap=Key("exemption_r_cap", "single_parent", "27+"),
    source=Source(
        "Pw art. 31(2)r, 31(5)",
        f"{LOWEST.nl}; dertig aaneengesloten maanden na onderdeel n",
        f"{LOWEST.en}; thirty consecutive months after kind n",
    ),
    obstacles=obstacles,
    months=months,
)
