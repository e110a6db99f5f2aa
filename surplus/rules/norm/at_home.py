"""The norm of who lives at home: with cost-sharing housemates by art. 22a, else by art. 20–22."""

from __future__ import annotations

from surplus.rules.arrays import Mask
from surplus.rules.norm import cost_sharers, household
from surplus.rules.norm.circumstances import Circumstances, by_case
from surplus.rules.norm.published import Norms
from surplus.rules.parameters import Parameters


def at_home(c: Circumstances, parameters: Parameters) -> Norms:
    """The norm of single persons and of spouses who are both entitled and live at home."""
    shared = sharing(c)
    return by_case(
        c,
        parameters,
        [
            (shared & c.couple, cost_sharers.spouses),
            (shared & ~c.couple, cost_sharers.single),
            (c.couple, household.spouses),
            (~c.couple, household.single),
        ],
    )


def sharing(c: Circumstances) -> Mask:
    """Who has housemates and is not, or not both, under 21 (Pw art. 22a(1), 22a(3))."""
    return (c.housemates > 0) & (c.grown > 0)
