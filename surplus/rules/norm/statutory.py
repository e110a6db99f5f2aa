"""The norm by law (Pw art. 20–24), read from top to bottom: the first case that applies counts."""

from __future__ import annotations

import numpy as np

from surplus.months import Months
from surplus.rules.arrays import Mask, Texts
from surplus.rules.norm.at_home import at_home, sharing
from surplus.rules.norm.circumstances import (
    MINOR,
    UNTOLD,
    YOUNG,
    Circumstances,
    Rule,
    by_case,
    circumstances,
)
from surplus.rules.norm.institution import everyone_inside, one_inside
from surplus.rules.norm.published import Norms, nothing
from surplus.rules.norm.spouse_without_right import beside_spouse_without_right
from surplus.rules.norm.stretches import Stretches
from surplus.rules.parameters import Parameters


def statutory(stretches: Stretches, months: Months, parameters: Parameters) -> tuple[Norms, Texts]:
    """The norm by law of a whole month in the circumstances of each stretch.

    Args:
        stretches: m of them, within which nobody reaches 18, 21 or the state pension age.
        months: yyyymm of each stretch, shape (m,).
        parameters: the dated table.

    Returns:
        Norms of the m stretches, and by which rule (a key of SOURCES); where the law gives none,
        `lacks` says why.
    """
    c = circumstances(stretches, months, parameters)
    each, same = c.distinct()
    norms, rules = _by_law(c.at(each), parameters)
    return Norms(*(column[same] for column in norms)), rules[same]


def _by_law(c: Circumstances, parameters: Parameters) -> tuple[Norms, Texts]:
    young_inside = ((c.band == YOUNG) & c.inside).any(axis=1)
    count = c.inside.sum(axis=1)
    untold = (c.band[:, 0] == UNTOLD) | c.couple & (c.band[:, 1] == UNTOLD)
    cases: list[tuple[Mask, Rule, str]] = [
        (~c.alone & ~c.couple, _held("household type"), ""),
        (untold, _held("birth date"), ""),
        (c.couple & ~c.without_right & (c.band[:, 1] == MINOR), _held("spouse under 18"), ""),
        (c.pension_missing != "", _lacking_pension_age, ""),
        # Pw art. 13(2)a: no right to general assistance.
        (young_inside, _held("18–20 in an institution"), ""),
        (c.without_right & (count > 0), _held("institution and spouse without right"), ""),
        (count == np.where(c.couple, 2, 1), everyone_inside, "norm_institution"),
        (count == 1, one_inside, "norm_institution"),
        (c.without_right, beside_spouse_without_right, "norm_spouse_without_right"),
        (sharing(c), at_home, "norm_cost_sharers"),
        (c.alone | c.couple, at_home, "norm_household"),
    ]
    masks, _, names = zip(*cases, strict=True)
    norms = by_case(c, parameters, [(mask, rule) for mask, rule, _ in cases])
    return norms, np.select(masks, names, default="").astype(object)


def _held(reason: str) -> Rule:
    """No norm follows from what is known: a person decides."""

    def norms(c: Circumstances, _parameters: Parameters) -> Norms:
        return nothing(len(c.month))._replace(lacks=np.full(len(c.month), reason, dtype=object))

    return norms


def _lacking_pension_age(c: Circumstances, _parameters: Parameters) -> Norms:
    return nothing(len(c.month))._replace(lacks=c.pension_missing)
