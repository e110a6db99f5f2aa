"""The norm beside a spouse who has no right to assistance (niet-rechthebbende, Pw art. 24).

Half of the norm that would hold with an entitled spouse of the client's own age. Who is 21 or older
and has cost-sharing housemates has the cost-sharer norm instead, in which the spouse of 21 or older
counts (art. 22a(1)). The 70% and art. 24a of Participatiewet in balans are not in force.
"""

from __future__ import annotations

import numpy as np

from surplus.money import round_half_up
from surplus.rules.norm import cost_sharers, household
from surplus.rules.norm.circumstances import ADULT, Circumstances, by_case
from surplus.rules.norm.published import Norms
from surplus.rules.parameters import Parameters
from surplus.rules.source import Source

SOURCES = {
    "norm_spouse_without_right": Source(
        "Pw art. 24",
        "50% × norm met een rechthebbende echtgenoot van dezelfde leeftijd; met kostendelers de "
        "kostendelersnorm van één persoon",
        "50% × norm with an entitled spouse of the same age; with cost sharers the cost-sharer "
        "norm of one person",
    )
}


def beside_spouse_without_right(c: Circumstances, parameters: Parameters) -> Norms:
    """The norm of the spouse who is entitled, the client.

    The addition of art. 20(3) for 18–20 without recourse to parents is not made here: it belongs
    to the norms of art. 20 themselves [MODEL].
    """
    sharing = (c.band[:, 0] >= ADULT) & (c.housemates > 0)
    return by_case(c, parameters, [(sharing, _sharing), (~sharing, _half)])


def _half(c: Circumstances, parameters: Parameters) -> Norms:
    own = np.stack([c.band[:, 0]] * 2, axis=1)
    same_age = c._replace(band=own, no_recourse=np.zeros_like(c.couple))
    norms = household.spouses(same_age, parameters)
    return norms._replace(cents=round_half_up(norms.cents, 2))


def _sharing(c: Circumstances, parameters: Parameters) -> Norms:
    return cost_sharers.per_person(c, c.housemates + c.grown, parameters)
