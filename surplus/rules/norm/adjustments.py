"""The norm lowered or raised by decision, as an amount or as a percentage of the norm.

For the housing situation (Pw art. 27), somebody who recently left school (art. 28), or individually
(art. 18(1)). An individually decided norm takes the place of all this.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.money import Cents, share
from surplus.rules.source import Source

SOURCES = {
    "norm_adjustments": Source(
        "Pw art. 18(1), 27, 28",
        "norm − verlaging + verhoging, elk een bedrag of een percentage van de norm",
        "norm − reduction + increase, each an amount or a percentage of the norm",
    )
}


def adjusted(norm: Cents, reduction: Any, increase: Any) -> Cents:
    """The norm after what was decided, never below zero; both are taken of the norm itself [MODEL].

    Args:
        norm: cents, shape (n,).
        reduction: cents, and rate per 100,000, shape (n, 2); 0 where nothing was decided.
        increase: the same.

    >>> norm = np.array([140150, 140150, 10000])
    >>> nothing, tenth, much = [0, 0], [0, 10_000], [14_015, 0]
    >>> less, more = np.array([tenth, nothing, much]), np.array([nothing, tenth, nothing])
    >>> adjusted(norm, less, more).tolist()
    [126135, 154165, 0]
    """
    less, more = (told[:, 0] + share(norm, told[:, 1]) for told in (reduction, increase))
    after: Cents = np.maximum(0, norm - less + more)
    return after
