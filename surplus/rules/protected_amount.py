"""The protected amount (beslagvrije voet): the floor under every set-off and attachment.

    room = payment − protected amount, never below zero          (Rv art. 475b; domain.md §2.4)

Attachment and set-off take no more of a payment than what lies above it. It is told by decision,
from whoever worked it out; where none is valid nothing is taken, for a missing floor is not a
floor of zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.rules.arrays import Texts
from surplus.rules.source import Source

#: What a client-month lacks where something should be taken and no floor is valid.
MISSING = "protected amount"

SOURCES = {
    "protected_amount": Source(
        "Rv art. 475b",
        "ruimte = betaling − beslagvrije voet, nooit onder nul; zonder beslagvrije voet geen",
        "room = payment − protected amount, never below zero; without a protected amount none",
    ),
}


def room(payment: Any, protected: Any) -> Any:
    """What may be taken from a payment at most.

    Args:
        payment: in cents.
        protected: the protected amount in force, 0 where none is.

    Returns:
        Cents; 0 where no protected amount is in force.

    >>> room(np.array([133143, 133143, 133143]), np.array([126486, 140000, 0])).tolist()
    [6657, 0, 0]
    """
    return np.where(np.asarray(protected) > 0, np.maximum(0, payment - np.asarray(protected)), 0)


def lacking(wanted: Any, protected: Any) -> Texts:
    """What is missing where something is to be taken: '' where the floor is known.

    >>> lacking(np.array([5000, 5000, 0]), np.array([126486, 0, 0])).tolist()
    ['', 'protected amount', '']
    """
    unknown = (np.asarray(wanted) > 0) & (np.asarray(protected) <= 0)
    return np.where(unknown, MISSING, "").astype(object)
