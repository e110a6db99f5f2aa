"""What the law looks at when it sets a norm: household, ages, housemates, and where one lives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.months import Months
from surplus.rules.arrays import Mask, Texts, age
from surplus.rules.norm.published import Norms, nothing
from surplus.rules.norm.state_pension_age import at_state_pension_age
from surplus.rules.norm.stretches import Stretches
from surplus.rules.parameters import Parameters

#: Ages as the law tells them apart, rising.
UNTOLD, MINOR, YOUNG, ADULT, PENSIONER = range(5)


#: Gives norms to circumstances.
Rule = Callable[["Circumstances", Parameters], Norms]


class Circumstances(NamedTuple):
    """Of k stretches of days; a second axis of 2 is client and spouse.

    `alone` and `couple` are the household types known; `band` is one of UNTOLD to PENSIONER;
    `children` are dependent (ten laste komend); `inside` says who stays in an institution.
    """

    month: Months
    alone: Mask
    couple: Mask
    band: npt.NDArray[np.int64]  # (k, 2)
    housemates: npt.NDArray[np.int64]  # cost-sharing (kostendelende medebewoners)
    children: Mask
    inside: Mask  # (k, 2)
    without_right: Mask  # the spouse has no right to assistance
    no_recourse: Mask  # 18–20 without recourse to parents
    pension_missing: Texts  # the parameter without which an age cannot be told

    def at(self, rows: Any) -> Circumstances:
        """The same for some of the stretches."""
        return Circumstances(*(column[rows] for column in self))

    def distinct(self) -> tuple[Any, Any]:
        """One stretch of each kind, and of every stretch which kind it is of.

        A million client-months know some hundreds of different circumstances.
        """
        key = (self.pension_missing != "").astype(np.int64)
        for told in self[:-1]:
            for column in told.T if told.ndim > 1 else [told]:
                key = key * (int(column.max(initial=0)) + 1) + column
        _, each, same = np.unique(key, return_index=True, return_inverse=True)
        return each, same

    @property
    def grown(self) -> npt.NDArray[np.int64]:
        """How many of client and spouse are 21 or older."""
        old_enough = self.band >= ADULT
        return old_enough[:, 0].astype(np.int64) + (old_enough[:, 1] & self.couple)


def circumstances(stretches: Stretches, months: Months, parameters: Parameters) -> Circumstances:
    """The circumstances on the first day of each stretch, which hold on all of its days."""
    couple = stretches.household == "GEHUWD"
    bands, missing = zip(
        *(_bands(stretches.birth[:, i], stretches.first, parameters) for i in (0, 1)), strict=True
    )
    return Circumstances(
        month=months,
        alone=np.isin(stretches.household, ["ALLEENSTAANDE", "ALLEENSTAANDE_OUDER"]),
        couple=couple,
        band=np.stack(bands, axis=1),
        housemates=stretches.housemates,
        children=stretches.children,
        inside=stretches.inside & np.stack([np.ones_like(couple), couple], axis=1),
        without_right=stretches.without_right & couple,
        no_recourse=stretches.no_recourse,
        pension_missing=np.where(missing[0] != "", missing[0], np.where(couple, missing[1], "")),
    )


def by_case(c: Circumstances, parameters: Parameters, cases: Sequence[tuple[Mask, Rule]]) -> Norms:
    """The norm of each stretch by the first case that is its own."""
    norms = nothing(len(c.month))
    left = np.ones(len(c.month), dtype=bool)
    for mask, rule in cases:
        rows = np.flatnonzero(mask & left)
        if len(rows):
            norms.fill(rows, rule(c.at(rows), parameters))
        left &= ~mask
    return norms


def _bands(births: Any, days: Any, parameters: Parameters) -> tuple[Any, Texts]:
    years = age(births, days)
    pension = at_state_pension_age(births, days, parameters)
    band = np.searchsorted([0, 18, 21], years, side="right")
    return np.where(pension.reached, PENSIONER, band), pension.missing
