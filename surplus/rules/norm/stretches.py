"""Stretches of days within a month on which nothing changes that a norm depends on.

Almost every client-month is one stretch over the whole month. What is told of some days only is
laid over the stretches, which are cut where it begins and ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.money import Cents
from surplus.rules.arrays import Days, Mask, Texts
from surplus.rules.norm.state_pension_age import NEVER


class Stretches(NamedTuple):
    """m unbroken stretches of days, each of one client within one month.

    A second axis of 2 is client and spouse, or of `reduction` and `increase` cents and rate (per
    100,000). `decided` is the norm of an individual decision in cents, 0 where there is none.
    """

    place: npt.NDArray[np.int64]  # which client, from 0
    first: Days
    last: Days
    category: Texts  # of the municipality's own norms (normcategorie)
    household: Texts  # ALLEENSTAANDE | ALLEENSTAANDE_OUDER | GEHUWD
    birth: Days  # (m, 2) 0 where not told
    housemates: npt.NDArray[np.int64]  # cost-sharing ones (kostendelende medebewoners)
    children: Mask  # dependent (ten laste komend)
    inside: Mask  # (m, 2) stays in an institution
    without_right: Mask  # the spouse has no right to assistance
    no_recourse: Mask  # of 18–20, without recourse to parents
    reduction: npt.NDArray[np.int64]  # (m, 2) by decision
    increase: npt.NDArray[np.int64]  # (m, 2) by decision
    decided: Cents

    def at(self, rows: Any) -> Stretches:
        """Some of the stretches."""
        return Stretches(*(column[rows] for column in self))


class Layer(NamedTuple):
    """Something told of days of some clients: k times first day, last day, and new values.

    `told` has columns of `Stretches` by name, each of k rows.
    """

    place: Any
    first: Days
    last: Days
    told: Mapping[str, Any]


def undecided(
    place: Any, first: Any, last: Any, category: Any, household: Any, birth: Any, housemates: Any
) -> Stretches:
    """Stretches of clients about whom nothing was decided."""
    count = len(place)
    none = np.zeros(count, dtype=bool)
    amount = np.zeros((count, 2), dtype=np.int64)
    return Stretches(
        place, first, last, category, household, birth, housemates, none,
        np.zeros((count, 2), dtype=bool), none, none, amount, amount, amount[:, 0],
    )  # fmt: skip


def joined(parts: Sequence[Stretches]) -> Stretches:
    """Several sets of stretches as one."""
    return Stretches(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def cut(all_of_them: Stretches, boundaries: Days) -> Stretches:
    """The same days in stretches that do not go across a boundary.

    Args:
        all_of_them: m stretches.
        boundaries: (m, k) days on which something new begins; a day outside the stretch cuts
            nothing.

    >>> whole = undecided(*(np.array([n]) for n in (0, 20260301, 20260331, "", "", [[0, 0]], 0)))
    >>> parts = cut(whole, np.array([[20260315, 20260401]]))
    >>> parts.first.tolist(), parts.last.tolist()
    ([20260301, 20260315], [20260314, 20260331])
    """
    first, last = all_of_them.first[:, None], all_of_them.last[:, None]
    within = (boundaries > first) & (boundaries <= last)
    rows = within.any(axis=1)
    if not rows.any():
        return all_of_them
    broken = all_of_them.at(rows)
    begins = np.sort(np.where(within[rows], boundaries[rows], NEVER), axis=1)
    ends = np.append(begins[:, 1:], np.full((len(begins), 1), NEVER), axis=1) - 1
    shortened = all_of_them.last.copy()
    shortened[rows] = begins[:, 0] - 1
    row, column = np.nonzero((begins < NEVER) & (begins <= ends))
    last = np.minimum(ends[row, column], broken.last[row])
    rest = broken.at(row)._replace(first=begins[row, column], last=last)
    return joined([all_of_them._replace(last=shortened), rest])


def laid_over(all_of_them: Stretches, layers: Sequence[Layer]) -> Stretches:
    """The same days with what was told of some of them; what is told later counts.

    Args:
        all_of_them: m stretches.
        layers: in the order in which they count; a client may come back within one.
    """
    touched = np.isin(all_of_them.place, np.concatenate([layer.place for layer in layers]))
    part = all_of_them.at(touched)
    for layer in layers:
        for rows in _once_each(layer.place):
            part = _with(part, layer, rows)
    return joined([all_of_them.at(~touched), part])


def _once_each(place: Any) -> list[Any]:
    """Rows in which no client comes twice: those told first of each, those told second, …"""
    order = np.argsort(place, kind="stable")
    turn = np.arange(len(place)) - np.searchsorted(place[order], place[order])
    return [order[turn == n] for n in np.unique(turn)]


def _with(part: Stretches, layer: Layer, rows: Any) -> Stretches:
    """Stretches with what `rows` of a layer tell, in the order of their clients."""
    mine, told = _row_of_each(part, layer, rows)
    days = np.stack([layer.first[mine], layer.last[mine] + 1], axis=1)
    part = cut(part, np.where(told[:, None], days, NEVER))
    mine, told = _row_of_each(part, layer, rows)
    told &= (part.first >= layer.first[mine]) & (part.last <= layer.last[mine])
    changed = {}
    for name, values in layer.told.items():
        old = getattr(part, name)
        changed[name] = old.copy()
        changed[name][told] = values[mine[told]]
    return part._replace(**changed)


def _row_of_each(part: Stretches, layer: Layer, rows: Any) -> tuple[Any, Mask]:
    """For each stretch the row of a layer that tells of its client, and whether one does."""
    clients = layer.place[rows]
    places = np.minimum(np.searchsorted(clients, part.place), len(rows) - 1)
    return rows[places], clients[places] == part.place
