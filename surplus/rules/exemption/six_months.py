"""Exemption n: a quarter of earned income for six months (Pw art. 31(2)n, 31(5)) [LAW].

- Who: from 27 on (31(5)), where the municipality decided that the work helps towards paid work.
  Under 27 too from 2020-11-01 to 2021-06-30 [municipal page], and in 2026 where the municipality
  tolerates it (`tolerate_under27_2026` [POLICY], off by default): see `ages`.
- How much: 25%, at most an indexed amount a month (285.00 in the first half of 2026).
- How long: six months in all, that need not follow each other; a month counts where the exemption
  is above 0. From the state pension age on there is no limit. A second time only by decision: a
  right from a later day counts anew.
- Beside: no other kind in its months.
- Until 2026-12-31; article 34a takes its place (`from_2027`).
"""

from __future__ import annotations

import numpy as np

from surplus.rules.arrays import Mask
from surplus.rules.exemption.persons import (
    ENDLESS,
    LOWEST,
    NOT_BEGUN,
    UNDER_27,
    USED_UP,
    Count,
    Kind,
    Obstacles,
    Persons,
)
from surplus.rules.exemption.rights import N
from surplus.rules.parameters import Key
from surplus.rules.source import Source

MONTHS = 6


def obstacles(who: Persons) -> Obstacles:
    """What keeps n from running."""
    return {NOT_BEGUN: ~who.begun(N), UNDER_27: ~who.from_27, USED_UP: months(who).over}


def months(who: Persons) -> Count:
    """Months used before this one, of six in all; no limit from the state pension age on."""
    given = who.months_given(N, MONTHS)
    return Count(who.used[N], np.where(who.pensioner, ENDLESS, given))


def comes_first(who: Persons) -> Mask:
    """Who has months of n left, begun or not, so that what follows n has to wait."""
    return who.decided(N) & ~months(who).over


SIX_MONTHS = Kind(
    letter="n",
    right=N,
    rate=Key("exemption_n_rate", "person", "all"),
    cap=Key("exemption_n_cap", "person", "27+"),
    source=Source(
        "Pw art. 31(2)n, 31(5)",
        f"{LOWEST.nl}; ten hoogste zes maanden, vanaf 27 jaar",
        f"{LOWEST.en}; at most six months, from age 27",
    ),
    obstacles=obstacles,
    months=months,
)
