"""How long an exemption goes on, so that its end can be told a month ahead (domain.md C13)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surplus.months import ordinal
from surplus.rules.exemption.from_2027 import START
from surplus.rules.exemption.medically_restricted import MEDICALLY_RESTRICTED
from surplus.rules.exemption.order import BEFORE_2027, KINDS, Numbers, number
from surplus.rules.exemption.persons import ENDLESS, Persons, Policy

ENDING_WITH_2026 = [kind for kind in BEFORE_2027 if kind != MEDICALLY_RESTRICTED]


def months_left(kinds: Numbers, who: Persons, policy: Policy) -> npt.NDArray[np.int64]:
    """Months from this one on in which persons can still have the kind that they had before it.

    Kinds of article 31(2) end with 2026, unless the municipality lets them run on; y goes on as
    34a(1)b, and n at the state pension age as 34a(1)c.

    Args:
        kinds: numbers of the kinds of m persons in the month before.
        who: the persons, with the months used before this one.
        policy: what the municipality chose.

    Returns:
        Months, at least `ENDLESS` less a lifetime where there is no end.
    """
    left = np.full(len(kinds), ENDLESS)
    until_2027 = ordinal(START) - ordinal(who.month)
    for kind in KINDS:
        count = kind.months(who)
        here = count.entitled - count.used
        if kind in ENDING_WITH_2026 and not policy.old_exemptions_run_on:
            here = np.where(who.pensioner, here, np.minimum(here, until_2027))
        left = np.where(kinds == number(kind), here, left)
    return left
