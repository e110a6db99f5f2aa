"""The cost-sharer norm (kostendelersnorm, Pw art. 19a, 22a) of those of 21 and older.

Per person (40% + A × 30%) / A of the couple's norm, by the exact fraction, rounded half up [MODEL].
A counts the cost-sharing housemates, the person, and a spouse of 21 or older; one of 18–20 is not
counted. Which housemates share is decided before: from 27 on since 2023, from 21 on before; no
student, no commercial tenant (art. 19a).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.money import round_half_up
from surplus.rules.arrays import Days, age
from surplus.rules.norm.circumstances import PENSIONER, Circumstances
from surplus.rules.norm.household import COUPLE, COUPLE_PENSIONER
from surplus.rules.norm.published import Norms, plus, published
from surplus.rules.parameters import Key, Parameters
from surplus.rules.source import Source

#: What art. 22a(3) counts for a spouse of 18, 19 or 20 beside one of 21 or older.
YOUNG_SPOUSE = Key("norm_22a3_without_children", "couple", "18-20 part")
YOUNG_SPOUSE_WITH_CHILDREN = Key("norm_22a3_with_children", "couple", "18-20 part")

SOURCES = {
    "norm_cost_sharers": Source(
        "Pw art. 19a, 22a",
        "(40% + A × 30%) / A × gehuwdennorm per persoon; A = kostendelers met zichzelf en de "
        "echtgenoot van 21 of ouder",
        "(40% + A × 30%) / A × couple's norm per person; A = cost sharers with self and a spouse "
        "of 21 or older",
    )
}


def cost_sharer_norm(couple_norm: Any, sharers: Any) -> Any:
    """The norm of one person (Pw art. 22a(1)), by the exact fraction, half up.

    Args:
        couple_norm: the couple's norm in cents.
        sharers: A, at least 1.

    >>> [int(cost_sharer_norm(151290, sharers)) for sharers in (2, 4, 5)]
    [75645, 60516, 57490]
    """
    return round_half_up(couple_norm * (40 + 30 * sharers), 100 * sharers)


def housemates(cost_sharers: Any, births: Days, days: Days) -> Any:
    """The cost-sharing housemates of a household that tells A (aantal_kostendelers).

    A leaves out who is not counted by law (formats.md §2), so a spouse of 18–20 is not in it.

    Args:
        cost_sharers: A as told, shape (n,).
        births: of client and spouse, day numbers, 0 where there is none, shape (n, 2).
        days: the day of which A is told, shape (n,).

    >>> births = np.array([[19900101, 0], [19900101, 19920101], [19900101, 20070101]])
    >>> housemates(np.array([2, 2, 2]), births, np.full(3, 20260301)).tolist()
    [1, 0, 1]
    """
    grown = (age(births, days[:, None]) >= 21).sum(axis=1)
    return np.maximum(0, cost_sharers - np.maximum(1, grown))


def per_person(c: Circumstances, sharers: Any, parameters: Parameters) -> Norms:
    """The cost-sharer norm of one person of each household (Pw art. 22a(1)).

    The couple's norm is that of art. 22 as soon as one of the spouses has reached the state
    pension age.

    Args:
        c: n circumstances.
        sharers: A of each.
        parameters: the dated table.
    """
    pensioner = (c.band == PENSIONER).any(axis=1)
    keys = [(~pensioner, COUPLE), (pensioner, COUPLE_PENSIONER)]
    couples = published(parameters, c.month, keys)
    return couples._replace(cents=cost_sharer_norm(couples.cents, sharers))


def single(c: Circumstances, parameters: Parameters) -> Norms:
    """The norm of a single person or single parent of 21 or older with housemates."""
    return per_person(c, c.housemates + 1, parameters)


def spouses(c: Circumstances, parameters: Parameters) -> Norms:
    """The norm of spouses with housemates, at least one of them 21 or older.

    The sum of what each gets, each rounded (Pw art. 22a(2)). For a spouse of 18–20 that is the
    amount of art. 22a(3), beside the cost-sharer norm of the other.
    """
    each = per_person(c, c.housemates + c.grown, parameters)
    norms = each._replace(cents=each.cents * c.grown)
    young = np.flatnonzero(c.grown == 1)
    own = Norms(*(column[young] for column in norms))
    children = c.children[young]
    keys = [(~children, YOUNG_SPOUSE), (children, YOUNG_SPOUSE_WITH_CHILDREN)]
    norms.fill(young, plus(own, published(parameters, c.month[young], keys)))
    return norms
