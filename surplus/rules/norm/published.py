"""Published amounts, looked up by key, and sums of them that remember where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.months import Months
from surplus.rules.arrays import Mask, Texts, first_told
from surplus.rules.parameters import Key, Parameters

#: Joins the parameters of which a norm is the sum.
AND = " + "


class Norms(NamedTuple):
    """N per client-month in cents, where it comes from, and what it lacks ('' where N stands).

    `origin` is `decision`, `norms.csv`, `by days`, or the keys of the statutory parameters.
    """

    cents: Cents
    origin: Texts
    lacks: Texts

    def fill(self, rows: Any, norms: Norms) -> None:
        """Put other norms in the places `rows`."""
        for column, values in zip(self, norms, strict=True):
            column[rows] = values


def nothing(count: int) -> Norms:
    """Norms to be filled in."""
    return Norms(
        np.zeros(count, dtype=np.int64),
        np.full(count, "", dtype=object),
        np.full(count, "", dtype=object),
    )


def published(
    parameters: Parameters, months: Months, keys: Sequence[tuple[Mask | bool, Key]]
) -> Norms:
    """The amount of one key or another.

    Args:
        parameters: the dated table.
        months: yyyymm, shape (n,).
        keys: for which of the n rows each key counts; the last one that does.
    """
    found = nothing(len(months))
    for mask, key in keys:
        rows = np.flatnonzero(np.broadcast_to(mask, len(months)))
        if len(rows):
            amounts, missing = parameters.monthly(key, months[rows])
            found.fill(rows, Norms(amounts, np.full(len(rows), str(key), dtype=object), missing))
    return found


def plus(one: Norms, other: Norms) -> Norms:
    """The sum of two norms.

    >>> half = Norms(np.array([100]), np.array(["a"], object), np.array([""], object))
    >>> plus(half, half._replace(lacks=np.array(["b from 2026-07-01"], object)))[:2]
    (array([200]), array(['a + a'], dtype=object))
    """
    return Norms(
        one.cents + other.cents,
        one.origin + AND + other.origin,
        first_told(one.lacks, other.lacks),
    )
