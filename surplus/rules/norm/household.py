"""The norm by household type and age (Pw art. 20–22) of those without cost-sharing housemates.

| article | who |
|---|---|
| 20(1)a, 20(2)a | single or single parent of 18–20: the same amount |
| 20(1)b, 20(2)b | spouses who are both 18–20, without and with dependent children |
| 20(1)c, 20(2)c | spouses of whom one is 18–20 and the other 21 or older, in the same way |
| 20(3), 20(4) | + an addition for 18–20 without recourse to parents, up to the norm of art. 21 |
| 21 | single or single parent, and spouses, of 21 to the state pension age |
| 22 | the same at the state pension age, for spouses as soon as one of them has reached it |

Housemates never lower the norm of art. 20 of a single person or of spouses who are both under 21
(art. 22a(1) speaks of who is 21 or older).
"""

from __future__ import annotations

import numpy as np

from surplus.months import Months
from surplus.rules.arrays import Mask, first_told
from surplus.rules.norm.circumstances import ADULT, PENSIONER, YOUNG, Circumstances
from surplus.rules.norm.published import Norms, plus, published
from surplus.rules.parameters import Key, Parameters
from surplus.rules.source import Source

SINGLE_YOUNG = Key("norm_incl", "single", "18-20")
SINGLE = Key("norm_incl", "single", "21-aow")
SINGLE_PENSIONER = Key("norm_incl", "single", "aow")
BOTH_YOUNG = Key("norm_incl", "couple", "both 18-20")
BOTH_YOUNG_WITH_CHILDREN = Key("norm_incl", "couple_with_children", "both 18-20")
ONE_YOUNG = Key("norm_incl", "couple", "18-20 and 21+")
ONE_YOUNG_WITH_CHILDREN = Key("norm_incl", "couple_with_children", "18-20 and 21+")
COUPLE = Key("norm_incl", "couple", "21-aow")
COUPLE_PENSIONER = Key("norm_incl", "couple", "aow")
YOUTH_PARENT_ADDITION = Key("youth_parent_addition", "all", "18-20")

SOURCES = {
    "norm_household": Source(
        "Pw art. 20–22", "norm naar leefvorm en leeftijd", "norm by household type and age"
    )
}


def single(c: Circumstances, parameters: Parameters) -> Norms:
    """The norm of somebody on his own, single parents too (Pw art. 20(1)a, 20(2)a, 21a, 22a)."""
    band = c.band[:, 0]
    keys = [(band == YOUNG, SINGLE_YOUNG), (band == ADULT, SINGLE),
            (band == PENSIONER, SINGLE_PENSIONER)]  # fmt: skip
    norms = published(parameters, c.month, keys)
    return _raised(norms, c.no_recourse & (band == YOUNG), c.month, SINGLE, parameters)


def spouses(c: Circumstances, parameters: Parameters) -> Norms:
    """The norm of spouses who are both entitled (Pw art. 20(1)b–c, 20(2)b–c, 21b, 22b–c)."""
    young = (c.band == YOUNG).sum(axis=1)
    pensioner = (c.band == PENSIONER).any(axis=1)
    keys = [
        (pensioner, COUPLE_PENSIONER),
        (~pensioner, COUPLE),
        ((young == 1) & ~c.children, ONE_YOUNG),
        ((young == 1) & c.children, ONE_YOUNG_WITH_CHILDREN),
        ((young == 2) & ~c.children, BOTH_YOUNG),
        ((young == 2) & c.children, BOTH_YOUNG_WITH_CHILDREN),
    ]
    norms = published(parameters, c.month, keys)
    return _raised(norms, c.no_recourse & (young > 0), c.month, COUPLE, parameters)


def _raised(
    norms: Norms, mask: Mask, months: Months, ceiling: Key, parameters: Parameters
) -> Norms:
    """Pw art. 20(3): the norm and the addition, not above the norm of art. 21 (art. 20(4)).

    The addition is made once, also where both spouses are without recourse [MODEL].
    """
    rows = np.flatnonzero(mask)
    if not len(rows):
        return norms
    months = months[rows]
    own = Norms(*(column[rows] for column in norms))
    raised = plus(own, published(parameters, months, [(True, YOUTH_PARENT_ADDITION)]))
    highest = published(parameters, months, [(True, ceiling)])
    norms.fill(
        rows,
        Norms(
            np.minimum(raised.cents, highest.cents),
            raised.origin,
            first_told(raised.lacks, highest.lacks),
        ),
    )
    return norms
