"""The norm of who stays in an institution (inrichting, Pw art. 23), and of his spouse at home."""

from __future__ import annotations

import numpy as np

from surplus.rules.norm.at_home import at_home
from surplus.rules.norm.circumstances import UNTOLD, Circumstances
from surplus.rules.norm.published import Norms, plus, published
from surplus.rules.parameters import Key, Parameters
from surplus.rules.source import Source

NORM_SINGLE = Key("norm_institution", "single", "all")
NORM_SPOUSES = Key("norm_institution", "couple", "all")
ADDITION_SINGLE = Key("institution_addition", "single", "all")
ADDITION_SPOUSES = Key("institution_addition", "couple", "all")

SOURCES = {
    "norm_institution": Source(
        "Pw art. 23",
        "norm in een inrichting + verhoging; verblijft daar één van de echtgenoten: de som van de "
        "normen als alleenstaanden",
        "norm in an institution + addition; with one of the spouses there: the sum of the norms "
        "as singles",
    )
}


def everyone_inside(c: Circumstances, parameters: Parameters) -> Norms:
    """A single person, or both spouses (Pw art. 23(1), 23(2))."""
    norm, addition = (
        published(parameters, c.month, [(~c.couple, alone), (c.couple, together)])
        for alone, together in ((NORM_SINGLE, NORM_SPOUSES), (ADDITION_SINGLE, ADDITION_SPOUSES))
    )
    return plus(norm, addition)


def one_inside(c: Circumstances, parameters: Parameters) -> Norms:
    """One of the spouses: the sum of the norms that each would have as a single (Pw art. 23(3)).

    At home the cost-sharer norm counts with housemates, without the spouse in A.
    """
    stays = np.where(c.inside[:, 0], c.band[:, 1], c.band[:, 0])
    band = np.stack([stays, np.full_like(stays, UNTOLD)], axis=1)
    as_single = c._replace(couple=np.zeros_like(c.couple), band=band)
    return plus(everyone_inside(as_single, parameters), at_home(as_single, parameters))
