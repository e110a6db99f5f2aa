"""Who gets the parts of a payment: partner, landlord, bailiff, administrator (design.md §7).

The parts add up to the payment, always. A bailiff (beslaglegger) takes no more than lies above the
protected amount; an administrator (bewindvoerder) and a landlord (verhuurder) get their fixed
amounts from what is left; the rest is the client's, or where one of two spouses asks for it half
each (Pw art. 45(4)), the odd cent to the last part. What is set off has left the payment before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.rules.arrays import Texts
from surplus.rules.protected_amount import lacking, room
from surplus.rules.shortfall import in_order
from surplus.rules.source import Source

#: The other half of a couple.
PARTNER = "partner"
#: Who may get a fixed amount, in the order in which they are served [MODEL].
BAILIFF, ADMINISTRATOR, LANDLORD = OTHERS = ("bailiff", "administrator", "landlord")

SOURCES = {
    "payees": Source(
        "Pw art. 45(4); Rv art. 475b",
        "betaling = klant + partner (de helft) + beslaglegger + bewindvoerder + verhuurder",
        "payment = client + partner (half) + bailiff + administrator + landlord",
    ),
}


class Parts(NamedTuple):
    """The parts of n payments in cents; `others` as in OTHERS; `lacks` says what is missing."""

    client: Cents
    partner: Cents
    others: dict[str, Cents]
    lacks: Texts


def halves(payment: Any) -> tuple[Any, Any]:
    """The payment of a couple in two, the odd cent to the last.

    >>> halves(190202), halves(133143)
    ((95101, 95101), (66571, 66572))
    """
    return payment // 2, payment - payment // 2


def split(payment: Any, asked: Mapping[str, Any], protected: Any, by_halves: Any) -> Parts:
    """The parts of a payment.

    Args:
        payment: in cents, shape (n,).
        asked: who of OTHERS gets how much, cents of shape (n,); absent is nobody.
        protected: the protected amount in force, 0 where none is.
        by_halves: mask of the couples of whom one asked for half.

    Raises:
        ValueError: someone who cannot be a payee.

    >>> parts = split(np.array([133143]), {"landlord": 65000, "bailiff": 9000}, 126486, False)
    >>> parts.client.tolist(), parts.others["landlord"].tolist(), parts.others["bailiff"].tolist()
    ([61486], [65000], [6657])
    """
    strangers = sorted(set(asked) - set(OTHERS))
    if strangers:
        raise ValueError(f"{', '.join(strangers)} is no payee; known are {', '.join(OTHERS)}")
    wanted = {payee: np.broadcast_to(asked.get(payee, 0), payment.shape) for payee in OTHERS}
    attached = in_order(room(payment, protected), [wanted[BAILIFF]])[0]
    administered, rent = in_order(payment - attached, [wanted[ADMINISTRATOR], wanted[LANDLORD]])
    rest = payment - attached - administered - rent
    first, last = halves(rest)
    return Parts(
        client=np.where(by_halves, first, rest),
        partner=np.where(by_halves, last, 0),
        others={BAILIFF: attached, ADMINISTRATOR: administered, LANDLORD: rent},
        lacks=lacking(wanted[BAILIFF], protected),
    )
