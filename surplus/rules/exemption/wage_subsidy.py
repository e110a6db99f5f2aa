"""Exemptions z and aa: wage-cost subsidy (loonkostensubsidie, Pw art. 31(2)z and aa) [LAW].

- Who: who works with a wage-cost subsidy, at any age; aa where more hours are not possible.
- How much: 15%, at most an indexed amount a month (180.19 in the first half of 2026).
- How long: z twelve months after the six of n, a month counting where the exemption is above 0.
  Under 27, where n cannot run, z does not wait for it and counts from the first month of work
  [MODEL]. aa follows z and has no end.
- Beside: not beside y.
- Until 2026-12-31; article 34a takes their place (`from_2027`).

Where a right tells only z or only aa, what goes before it is taken as used: the decision says so.
"""

from __future__ import annotations

from surplus.rules.arrays import Mask
from surplus.rules.exemption import six_months
from surplus.rules.exemption.persons import (
    AFTER_N,
    AFTER_Z,
    LOWEST,
    NOT_BEGUN,
    NOT_BESIDE_Y,
    USED_UP,
    Count,
    Kind,
    Obstacles,
    Persons,
    endless,
)
from surplus.rules.exemption.rights import AA, Y, Z
from surplus.rules.parameters import Key
from surplus.rules.source import Source

MONTHS = 12


def first_obstacles(who: Persons) -> Obstacles:
    """What keeps z from running."""
    return {
        NOT_BEGUN: ~who.begun(Z),
        AFTER_N: _waits_for_n(who),
        NOT_BESIDE_Y: who.begun(Y),
        USED_UP: first_months(who).over,
    }


def first_months(who: Persons) -> Count:
    """Months of z used before this one, of twelve."""
    return Count(who.used[Z], who.months_given(Z, MONTHS))


def lasting_obstacles(who: Persons) -> Obstacles:
    """What keeps aa from running."""
    return {
        NOT_BEGUN: ~who.begun(AA),
        AFTER_N: _waits_for_n(who),
        NOT_BESIDE_Y: who.begun(Y),
        AFTER_Z: who.decided(Z) & ~first_months(who).over,
    }


def applies(who: Persons) -> Mask:
    """Who has z or aa, now or once the months of n are used."""
    return who.begun(AA) | (who.begun(Z) & ~first_months(who).over)


def _waits_for_n(who: Persons) -> Mask:
    return who.from_27 & six_months.comes_first(who)


FIRST_YEAR = Kind(
    letter="z",
    right=Z,
    rate=Key("exemption_z_rate", "person", "all"),
    cap=Key("exemption_z_cap", "person", "all"),
    source=Source(
        "Pw art. 31(2)z",
        f"{LOWEST.nl}; loonkostensubsidie, twaalf maanden na onderdeel n",
        f"{LOWEST.en}; wage-cost subsidy, twelve months after kind n",
    ),
    obstacles=first_obstacles,
    months=first_months,
)
LASTING = Kind(
    letter="aa",
    right=AA,
    rate=Key("exemption_aa_rate", "person", "all"),
    cap=Key("exemption_aa_cap", "person", "all"),
    source=Source(
        "Pw art. 31(2)aa",
        f"{LOWEST.nl}; loonkostensubsidie, na onderdeel z, zonder einde",
        f"{LOWEST.en}; wage-cost subsidy, after kind z, without an end",
    ),
    obstacles=lasting_obstacles,
    months=endless,
)
