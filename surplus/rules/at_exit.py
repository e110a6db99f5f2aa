"""The end of a participation: what is set off, claimed and paid (domain.md C20, C21, §2.4).

    offset  = what the holiday reserve fills of the shortfall, where policy says so
    claim   = the shortfall that is left
    payment = position − wages not yet received − holds, never below zero

A claim (vordering, Pw art. 58) and the offset are booked when the exit is decided; a credit is
paid as its wages come in. The reserve (vakantietoeslag) is payable only where the benefit ends
(Pw art. 45(1)): while it goes on, the reserve waits for June and fills nothing. A negative rest
of the reserve moves into the position before anything else. After a death nothing is set off or
claimed without a decision of its own; the balance is the estate's. A move to another municipality
ends the benefit here and is an exit like any other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.rules.shortfall import shortfall
from surplus.rules.source import Source
from surplus.rules.surplus import available

#: Why a participation ends.
BENEFIT_ENDS, BENEFIT_CONTINUES, DEATH = REASONS = ("benefit-ends", "benefit-continues", "death")

SOURCES = {
    "reserve_offset": Source(
        "Surplus, docs/rules.md (beleid offset_reserve_at_exit)",
        "verrekend met reservering = laagste van tekort en reservering; bij einde uitkering",
        "set off against the reserve = lowest of shortfall and reserve; where the benefit ends",
    ),
    "claim": Source(
        "Pw art. 58(1)",
        "vordering = tekort − verrekend met reservering",
        "claim = shortfall − set off against the reserve",
    ),
    "exit_payment": Source(
        "Surplus, docs/rules.md",
        "slotbetaling = stand − nog te ontvangen loon − aangehouden, nooit onder nul",
        "exit payment = position − wages not yet received − holds, never below zero",
    ),
}


class AtExit(NamedTuple):
    """What an exit does, in cents per client."""

    offset: Cents  # from the reserve to the buffer; negative where the reserve is
    claim: Cents
    credit: Cents  # what is the client's when all wages are in
    payment: Cents  # what of it can be paid now
    reserve: Cents  # what is left to be paid as holiday allowance


def at_exit(
    reason: str, position: Any, receivables: Any, holds: Any, reserve: Any, *, offset_reserve: bool
) -> AtExit:
    """What is set off, claimed and paid when a participation ends.

    Args:
        reason: one of REASONS.
        position: over all settled months, exit payments made before included.
        receivables: wages not yet received; 0 where policy does not wait for them.
        holds: money withheld (positive), or a lowering held out of set-off (negative).
        reserve: holiday allowance reserved and not yet paid.
        offset_reserve: whether policy sets a shortfall off against the reserve.

    Raises:
        ValueError: another reason.

    >>> c20 = np.array([-15040]), 0, 0, np.array([9612])
    >>> at_exit("benefit-ends", *c20, offset_reserve=True).claim.tolist()
    [5428]
    >>> at_exit("benefit-ends", *c20, offset_reserve=False).claim.tolist()
    [15040]
    """
    if reason not in REASONS:
        raise ValueError(f"a participation ends by {', '.join(REASONS)}, not by {reason!r}")
    position, reserve = np.asarray(position), np.asarray(reserve)
    ends, alive = reason == BENEFIT_ENDS, reason != DEATH
    negative = np.minimum(0, reserve) * ends
    owed = shortfall(position + negative, holds) * alive
    offset = negative + np.minimum(owed, np.maximum(0, reserve)) * (ends and offset_reserve)
    claim = owed - np.maximum(0, offset)
    after = position + offset  # above zero only where there is no claim
    return AtExit(
        offset=offset,
        claim=claim,
        credit=np.maximum(0, after - np.minimum(0, holds)),
        payment=available(after, receivables, holds),
        reserve=reserve - offset,
    )
