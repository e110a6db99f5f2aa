"""What of a client's position can be paid, and what is paid on top of the fixed payment.

    available = max(0, position − Σ positive open receivables − holds)     (design.md §6)
    extra     = pay-next: available;  keep-to-cap: what lies above what is kept
    kept      = what the client agreed in writing to keep at most (buffer_max); without consent 0

Whether the wages behind it were received decides what is available, never what is due. What is
kept stays the client's; pay-next pays it out whatever was agreed (domain.md §9 no. 4).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.rules.source import Source

SOURCES = {
    "position": Source(
        "Surplus, docs/rules.md",
        "stand = Σ (D − F) van verrekende maanden − betaalde extra's + overige bufferposten",
        "position = Σ (D − F) of settled months − extras paid + other buffer entries",
    ),
    "available": Source(
        "Surplus, docs/rules.md",
        "beschikbaar = stand − nog te ontvangen loon − aangehouden, nooit onder nul",
        "available = position − wages not yet received − holds, never below zero",
    ),
    "extra": Source(
        "Surplus, docs/rules.md",
        "extra = beschikbaar; bij bewaren alleen wat boven het maximum ligt",
        "extra = available; when kept, only what lies above the cap",
    ),
    "kept": Source(
        "Surplus, docs/rules.md",
        "bewaard tot wat de klant schriftelijk afsprak (buffer_max), zonder toestemming niets",
        "kept up to what the client agreed in writing (buffer_max), without consent nothing",
    ),
}


def available(position: Any, receivables: Any, holds: Any) -> Any:
    """What can be paid now, in cents.

    Args:
        position: surplus (or shortfall, negative) over settled months.
        receivables: the sum of the positive open receivables per employment; a credit of one
            employment never offsets another. 0 where policy does not wait for receipts.
        holds: money withheld (positive) or a lowering held out of set-off (negative).

    >>> available(np.array([31218, 31218, -500]), np.array([60000, 0, 0]), 0).tolist()
    [0, 31218, 0]
    """
    return np.maximum(0, position - receivables - holds)


def kept(consent: Any, cap: int) -> Any:
    """What is kept of a surplus at most under keep-to-cap, in cents.

    Args:
        consent: what the client agreed to keep at most, below zero where there is no consent.
        cap: what the municipality keeps at most, 0 where it sets no maximum of its own.

    >>> kept(np.array([28500, 28500, 0, -1]), 20000).tolist(), int(kept(28500, 0))
    ([20000, 20000, 0, 0], 28500)
    """
    agreed = np.maximum(0, consent)
    return np.minimum(agreed, cap) if cap else agreed


def extra(policy: str, position: Any, available: Any, cap: Any) -> Any:
    """What leaves with the next fixed payment, in cents.

    Args:
        policy: `pay-next`, or `keep-to-cap`.
        position: as for `available`.
        available: what can be paid now.
        cap: what is kept at most, see `kept`.

    Raises:
        ValueError: another policy.

    >>> extra("keep-to-cap", np.array([50000]), np.array([45000]), 28500).tolist()
    [21500]
    """
    if policy == "pay-next":
        return available
    if policy == "keep-to-cap":
        return np.maximum(0, np.minimum(available, position - cap))
    raise ValueError(f"surplus policy {policy!r} is neither pay-next nor keep-to-cap")
