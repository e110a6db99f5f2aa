"""Position, available and extra of every client (design.md §6).

    position  = Σ settled months (D − F agreed) − Σ obligations out of 2000 beside the fixed ones
                + other buffer entries
    available = max(0, position − Σ positive open receivables per employment − holds)

Measured on settled months and on obligations, never on whether the bank has executed something.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, text

from surplus.config import Settings
from surplus.ledger.accounts import BUFFER, PAYMENT_KINDS, RECEIVABLE
from surplus.rules import surplus as rule
from surplus.store import bulk

Columns = dict[str, Any]

#: Kinds of obligation that take money out of the buffer beside the fixed payment.
BESIDE_FIXED = ("extra", "exit", "refund", "third-party")

#: F agreed: the frozen obligation, all payees together (a later round is the same obligation);
#: 0 where the payment was given up; else what agreement and norm said when the month was settled.
_DIFFERENCES = """
    SELECT s.client AS client, s.month AS month, s.entitlement_cents AS entitlement,
           CASE WHEN given_up.client IS NOT NULL THEN 0
                ELSE COALESCE(frozen.amount, s.fixed_cents) END AS fixed
    FROM settlement AS s
    JOIN (SELECT month, client, MAX(version) AS version FROM settlement
          WHERE municipality = :municipality AND recorded_on <= :known_on
          GROUP BY month, client) AS latest
      ON latest.month = s.month AND latest.client = s.client AND latest.version = s.version
    LEFT JOIN (SELECT client, month, SUM(amount_cents) AS amount FROM obligation
               WHERE municipality = :municipality AND kind = 'fixed' AND round = 1
                 AND state <> 'CANCELLED' AND recorded_on <= :known_on
               GROUP BY client, month) AS frozen
      ON frozen.client = s.client AND frozen.month = s.month
    LEFT JOIN (SELECT DISTINCT client, month FROM decision
               WHERE municipality = :municipality AND kind = 'give-up-payment'
                 AND recorded_on <= :known_on) AS given_up
      ON given_up.client = s.client AND given_up.month = s.month
    WHERE s.municipality = :municipality AND s.state = 'settled'
    ORDER BY s.month, s.client
"""

_BESIDE = text(
    """
    SELECT client, SUM(amount_cents) AS amount FROM obligation
    WHERE municipality = :municipality AND kind IN :kinds AND round = 1
      AND state <> 'CANCELLED' AND obligation NOT IN :without
    GROUP BY client
    """
).bindparams(bindparam("kinds", expanding=True), bindparam("without", expanding=True))

_OTHER = text(
    """
    SELECT posting.client AS client, -SUM(posting.amount) AS amount
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND entry.kind <> 'settlement'
      AND entry.kind NOT IN :kinds AND posting.account = :buffer
    GROUP BY posting.client
    """
).bindparams(bindparam("kinds", expanding=True))

_RECEIVABLES = """
    SELECT client, employment, SUM(amount) AS amount FROM balance
    WHERE municipality = :municipality AND account = :receivable
    GROUP BY client, employment HAVING SUM(amount) > 0
"""

_CORRECTIONS = """
    SELECT client, month, SUM(amount_cents) AS amount FROM finding
    WHERE municipality = :municipality AND code = 'OLD_CORRECTION' AND state = 'open'
    GROUP BY client, month ORDER BY month, client
"""

_CAPS = """
    SELECT a.client AS client, COALESCE(a.buffer_cap, -1) AS cap FROM agreement AS a
    JOIN (SELECT client, MAX(version) AS version FROM agreement
          WHERE municipality = :municipality GROUP BY client) AS latest
      ON latest.client = a.client AND latest.version = a.version
    WHERE a.municipality = :municipality ORDER BY a.client
"""


def differences(conn: Connection, municipality: str, known_on: str = "9999-12-31") -> Columns:
    """D and F agreed of every settled client-month.

    Returns:
        client, month, entitlement (D) and fixed (F agreed) in cents, ordered by month and client.
    """
    return bulk.read(conn, _DIFFERENCES, {"municipality": municipality, "known_on": known_on})


def positions(conn: Connection, settings: Settings, *, without: Collection[int] = ()) -> Columns:
    """Position, receivable, holds, available and extra of every client with an agreement.

    Args:
        conn: the store.
        settings: the policy for a surplus.
        without: obligations left out, as when one of them is being checked.

    Returns:
        client (ascending) and the five amounts in cents.
    """
    municipality = settings.code
    here = {"municipality": municipality}
    caps = bulk.read(conn, _CAPS, here)
    clients = caps["client"]
    months = differences(conn, municipality)
    beside = bulk.read(
        conn, _BESIDE, {**here, "kinds": BESIDE_FIXED, "without": list(without) or [0]}
    )
    other = bulk.read(conn, _OTHER, {**here, "kinds": PAYMENT_KINDS, "buffer": BUFFER})
    owed = bulk.read(conn, _RECEIVABLES, {**here, "receivable": RECEIVABLE})
    paid_beside = summed(clients, beside["client"], beside["amount"])
    position = (
        summed(clients, months["client"], months["entitlement"] - months["fixed"])
        - paid_beside
        + summed(clients, other["client"], other["amount"])
    )
    receivable = summed(clients, owed["client"], owed["amount"])
    holds = _holds(clients, bulk.read(conn, _CORRECTIONS, here), months, paid_beside)
    open_wages = receivable if settings.surplus.only_received else np.zeros_like(receivable)
    available = rule.available(position, open_wages, holds)
    cap = np.where(caps["cap"] < 0, settings.surplus.cap_cents, caps["cap"])
    return {
        "client": clients,
        "position": position,
        "receivable": receivable,
        "holds": holds,
        "available": available,
        "extra": rule.extra(settings.surplus.policy, position, available, cap),
    }


def summed(clients: Any, owners: Any, amounts: Any) -> Any:
    """Amounts added up per client, in the order of `clients` (ascending, each once)."""
    totals = np.zeros(len(clients), dtype=np.int64)
    if len(clients):
        places = np.minimum(np.searchsorted(clients, owners), len(clients) - 1)
        known = clients[places] == owners
        np.add.at(totals, places[known], np.asarray(amounts, dtype=np.int64)[known])
    return totals


def _holds(clients: Any, corrections: Columns, months: Columns, paid_beside: Any) -> Any:
    """What lowerings from old income may not be set off yet, as a negative hold.

    Only money the client already has can be set off: the part of a lowering below F agreed, and of
    the part above it no more than what was paid beside the fixed payments. A surplus that was never
    paid simply is not due.
    """
    keys = months["month"] * 10_000_000 + months["client"]
    wanted = corrections["month"] * 10_000_000 + corrections["client"]
    if not len(wanted) or not len(keys):
        return np.zeros(len(clients), dtype=np.int64)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    settled = keys[places] == wanted
    lowering = np.where(settled, -corrections["amount"], 0)
    shortfall = np.maximum(0, months["fixed"][places] - months["entitlement"][places])
    below = np.minimum(lowering, shortfall)
    above = summed(clients, corrections["client"], lowering - below)
    return -summed(clients, corrections["client"], below) - np.minimum(above, paid_beside)
