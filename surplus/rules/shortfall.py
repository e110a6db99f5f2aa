"""A shortfall (tekort): what of it is a debt, and how it is set off while the participation runs.

    shortfall  = −position where that is below zero, less what may not be set off yet
    instalment = what was agreed a month, never more than lies above the protected amount,
                 never more than is open                       (Pw art. 58(4); domain.md §2.4, §3.6)

Later surpluses fill a shortfall by themselves, for both stand in one position: that is no set-off.
An instalment is: it makes the fixed payment of a month lower, so that what leaves is F less the
instalment and the position rises by it once the month is settled. It needs a policy that allows
it, a decision and a valid protected amount. A claim (vordering) arises at the exit only: see
`at_exit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.months import plus
from surplus.rules.arrays import Mask, Texts
from surplus.rules.protected_amount import lacking, room
from surplus.rules.source import Source

#: Art. 58(4) lets means of the six months before be set off without a decision of its own.
OLD_AFTER_MONTHS = 6

SOURCES = {
    "shortfall": Source(
        "Surplus, docs/rules.md",
        "tekort = wat de stand onder nul is, zonder wat nog niet verrekend mag worden",
        "shortfall = what the position is below zero, without what may not be set off yet",
    ),
    "instalment": Source(
        "Pw art. 58(4), 60; Rv art. 475b",
        "inhouding = laagste van termijn, ruimte boven de beslagvrije voet en open tekort",
        "instalment = lowest of the agreed amount, the room above the protected amount and what "
        "is open",
    ),
    "held_out": Source(
        "Pw art. 58(4)",
        "een verlaging ouder dan zes maanden wordt niet verrekend zonder besluit",
        "a lowering older than six months is not set off without a decision",
    ),
}


class Instalment(NamedTuple):
    """What is taken from the fixed payments of n clients in cents, and what is lacking ('')."""

    cents: Cents
    lacks: Texts


def shortfall(position: Any, holds: Any) -> Any:
    """What a client owes by its position and may be set off or claimed, in cents.

    Args:
        position: as `surplus.available` takes it.
        holds: a lowering held out of set-off is negative and is not owed yet; money withheld
            (positive) makes no debt.

    >>> shortfall(np.array([-57000, 3000, -10000]), np.array([0, 0, -4000])).tolist()
    [57000, 0, 6000]
    """
    return np.maximum(0, np.minimum(0, holds) - position)


def in_order(room: Any, debts: Sequence[Any]) -> list[Any]:
    """Debts that share one room: each takes what those before it left.

    Args:
        room: what may be taken of all together, in cents.
        debts: what each would take, the one that goes first in front.

    Returns:
        What each takes, in the same order; together never more than the room.

    >>> [part.tolist() for part in in_order(np.array([10000, 2000]), [5000, 7000])]
    [[5000, 2000], [5000, 0]]
    """
    parts = []
    for debt in debts:
        part = np.minimum(np.maximum(0, debt), room)
        parts.append(part)
        room = room - part
    return parts


def instalment(policy: str, fixed: Any, protected: Any, agreed: Any, owed: Any) -> Instalment:
    """What is taken from the fixed payment of a month to pay off a shortfall.

    Args:
        policy: `from-surplus` takes nothing, `instalments` what was agreed.
        fixed: F as agreement and norm say, less what goes before this debt.
        protected: the protected amount in force, 0 where none is.
        agreed: the instalment by decision, 0 where there is none.
        owed: the shortfall, less what earlier months took that are not settled yet.

    Raises:
        ValueError: another policy.

    >>> of = [np.array([value]) for value in (133143, 126486, 10000, 57000)]
    >>> instalment("instalments", *of).cents.tolist()
    [6657]
    >>> instalment("from-surplus", *of).cents.tolist()
    [0]
    """
    if policy not in ("from-surplus", "instalments"):
        raise ValueError(f"shortfall policy {policy!r} is neither from-surplus nor instalments")
    due = np.minimum(agreed, np.maximum(0, owed))
    wanted = due * (policy == "instalments")
    return Instalment(np.minimum(wanted, room(fixed, protected)), lacking(wanted, protected))


def is_old(months: Any, now: int) -> Mask:
    """Whether a lowering of a month is too old to be set off without a decision.

    Args:
        months: the months of the income, yyyymm.
        now: the month in which it became known.

    >>> is_old(np.array([202602, 202603]), 202609).tolist()
    [True, False]
    """
    return np.asarray(months < plus(now, -OLD_AFTER_MONTHS))


def taken_from_agreed(lowering: Any, entitlement: Any, fixed: Any) -> Any:
    """The part of a lowering that lies below F agreed: money that the client has had.

    Args:
        lowering: by how much D of a client-month fell, in cents.
        entitlement: D as it is now.
        fixed: F agreed of the month.

    >>> int(taken_from_agreed(1100, 132500, 133143)), int(taken_from_agreed(1100, 135543, 133143))
    (643, 0)
    """
    return np.minimum(lowering, np.maximum(0, fixed - entitlement))


def held_out(below: Any, above: Any, paid_beside: Any) -> Any:
    """What old lowerings keep out of set-off until somebody decides, as a hold (never positive).

    Only money the client has had can be set off: the part below F agreed, and of the part above
    it no more than was paid beside the fixed payments. A surplus never paid simply is not due.

    Args:
        below: the parts of the lowerings below F agreed, per client.
        above: the other parts.
        paid_beside: extras and other payments out of the buffer beside the fixed ones.

    >>> int(held_out(643, 457, 300))
    -943
    """
    return -below - np.minimum(above, paid_beside)
