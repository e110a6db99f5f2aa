"""Exemption y: medically restricted hours (medisch urenbeperkt, Pw art. 31(2)y) [LAW].

- Who: whose hours are medically restricted, by decision, at any age.
- How much: 15%, at most an indexed amount a month (180.19 in the first half of 2026).
- How long: no end.
- Beside: not in months with n, which goes first.
- Until 2026-12-31; from then on 34a(1)b, the same rate without a cap (`from_2027`).
"""

from __future__ import annotations

from surplus.rules.exemption.persons import LOWEST, NOT_BEGUN, Kind, Obstacles, Persons, endless
from surplus.rules.exemption.rights import Y
from surplus.rules.parameters import Key
from surplus.rules.source import Source


def obstacles(who: Persons) -> Obstacles:
    """What keeps y from running; months with n are those of the kind before it."""
    return {NOT_BEGUN: ~who.begun(Y)}


MEDICALLY_RESTRICTED = Kind(
    letter="y",
    right=Y,
    rate=Key("exemption_y_rate", "person", "all"),
    cap=Key("exemption_y_cap", "person", "all"),
    source=Source(
        "Pw art. 31(2)y",
        f"{LOWEST.nl}; medisch urenbeperkt, zonder einde, niet in maanden met onderdeel n",
        f"{LOWEST.en}; medically restricted hours, without an end, not in months with kind n",
    ),
    obstacles=obstacles,
    months=endless,
)
