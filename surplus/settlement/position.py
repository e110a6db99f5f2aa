"""Position, available and extra of every client (design.md §6), on any day and as known on any day.

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
from surplus.ledger.days import EVER, UP_TO, up_to
from surplus.rules import shortfall
from surplus.rules import surplus as rule
from surplus.store import bulk

Columns = dict[str, Any]

#: Kinds of obligation that take money out of the buffer beside the fixed payment; a holiday
#: allowance, a premium and a refund leave other accounts.
BESIDE_FIXED = ("extra", "exit", "third-party")

#: An obligation made by a day and not cancelled by then.
_ALIVE = """
    o.municipality = :municipality AND o.recorded_on <= :known_on AND (o.state <> 'CANCELLED'
        OR EXISTS (SELECT 1 FROM payment_event AS x
                   WHERE x.municipality = o.municipality AND x.state = 'CANCELLED'
                     AND x.recorded_on > :known_on
                     AND (x.obligation = o.obligation OR x.obligation = 0 AND x.batch = o.batch)))
    AND (:client = 0 OR o.client = :client)
"""

#: F agreed: the frozen obligation, all payees together (a later round is the same obligation);
#: 0 where the payment was given up; else what agreement and norm said when the month was settled.
_DIFFERENCES = f"""
    SELECT s.client AS client, s.month AS month, s.entitlement_cents AS entitlement,
           CASE WHEN given_up.client IS NOT NULL THEN 0
                ELSE COALESCE(frozen.amount, s.fixed_cents) END AS fixed
    FROM settlement AS s
    JOIN (SELECT month, client, MAX(version) AS version FROM settlement
          WHERE municipality = :municipality AND recorded_on <= :known_on
            AND (:client = 0 OR client = :client) AND month <= :last_month
          GROUP BY month, client) AS latest
      ON latest.month = s.month AND latest.client = s.client AND latest.version = s.version
    LEFT JOIN (SELECT o.client, o.month, SUM(o.amount_cents) AS amount FROM obligation AS o
               WHERE o.kind = 'fixed' AND o.round = 1 AND {_ALIVE}
               GROUP BY o.client, o.month) AS frozen
      ON frozen.client = s.client AND frozen.month = s.month
    LEFT JOIN (SELECT DISTINCT client, month FROM decision
               WHERE municipality = :municipality AND kind = 'give-up-payment'
                 AND recorded_on <= :known_on) AS given_up
      ON given_up.client = s.client AND given_up.month = s.month
    WHERE s.municipality = :municipality AND s.state = 'settled'
    ORDER BY s.month, s.client
"""

_BESIDE = text(
    f"""
    SELECT o.client AS client, SUM(o.amount_cents) AS amount FROM obligation AS o
    WHERE o.kind IN :kinds AND o.round = 1 AND o.due_on <= :as_of AND {_ALIVE}
      AND o.obligation NOT IN :without
    GROUP BY o.client
    """
).bindparams(bindparam("kinds", expanding=True), bindparam("without", expanding=True))

#: Instalments taken from fixed payments of months that are not settled: no part of position yet.
_TAKEN = f"""
    SELECT o.client AS client, o.month AS month, o.set_off_cents AS amount FROM obligation AS o
    WHERE o.set_off_cents <> 0 AND o.round = 1 AND o.due_on <= :as_of AND {_ALIVE}
"""

_OTHER = text(
    f"""
    SELECT posting.client AS client, -SUM(posting.amount) AS amount
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND entry.kind <> 'settlement'
      AND entry.kind NOT IN :kinds AND posting.account = :buffer
      AND (:client = 0 OR posting.client = :client) AND {UP_TO}
    GROUP BY posting.client
    """
).bindparams(bindparam("kinds", expanding=True))

_RECEIVABLES = """
    SELECT client, employment, SUM(amount) AS amount FROM balance
    WHERE municipality = :municipality AND account = :receivable
      AND (:client = 0 OR client = :client)
    GROUP BY client, employment HAVING SUM(amount) > 0
"""
_PAST_RECEIVABLES = f"""
    SELECT posting.client AS client, employment, SUM(amount) AS amount
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND account = :receivable
      AND (:client = 0 OR posting.client = :client) AND {UP_TO}
    GROUP BY posting.client, employment HAVING SUM(amount) > 0
"""

_CORRECTIONS = """
    SELECT client, month, SUM(amount_cents) AS amount FROM finding
    WHERE municipality = :municipality AND code = 'OLD_CORRECTION' AND raised_on <= :known_on
      AND (closed_on = '' OR closed_on > :known_on) AND (:client = 0 OR client = :client)
    GROUP BY client, month ORDER BY month, client
"""

_CONSENTS = """
    SELECT a.client AS client, COALESCE(a.buffer_cap, -1) AS consent FROM agreement AS a
    JOIN (SELECT client, MAX(version) AS version FROM agreement
          WHERE municipality = :municipality AND recorded_on <= :known_on
            AND (:client = 0 OR client = :client)
          GROUP BY client) AS latest
      ON latest.client = a.client AND latest.version = a.version
    WHERE a.municipality = :municipality ORDER BY a.client
"""


def differences(
    conn: Connection,
    municipality: str,
    known_on: str = EVER,
    *,
    as_of: str = EVER,
    client: int = 0,
) -> Columns:
    """D and F agreed of every settled client-month.

    Args:
        conn: the store.
        municipality: its code.
        known_on: as known on this day.
        as_of: months that had ended by this day.
        client: only this one; 0 for all.

    Returns:
        client, month, entitlement (D) and fixed (F agreed) in cents, ordered by month and client.
    """
    told = {"municipality": municipality, "client": client, **up_to(known_on, as_of)}
    return bulk.read(conn, _DIFFERENCES, told)


def positions(
    conn: Connection,
    settings: Settings,
    *,
    without: Collection[int] = (),
    client: int = 0,
    known_on: str = EVER,
    as_of: str = EVER,
) -> Columns:
    """Where every client stands that has an agreement, or money here.

    Args:
        conn: the store.
        settings: the policy for a surplus, as it is today.
        without: obligations left out, as when one of them is being checked.
        client: only this one; 0 for all.
        known_on: as known on this day.
        as_of: as it stood on this day: months that had ended, payments due and lines the bank had
            booked by then.

    Returns:
        client (ascending) and in cents: position, receivable, holds, available, extra, and owed:
        the shortfall less what was taken from fixed payments of months that are not settled yet.
    """
    here = {"municipality": settings.code, "client": client, **up_to(known_on, as_of)}
    consents = bulk.read(conn, _CONSENTS, here)
    months = differences(conn, settings.code, known_on, as_of=as_of, client=client)
    beside = bulk.read(
        conn, _BESIDE, {**here, "kinds": BESIDE_FIXED, "without": list(without) or [0]}
    )
    other = bulk.read(conn, _OTHER, {**here, "kinds": PAYMENT_KINDS, "buffer": BUFFER})
    past = (known_on, as_of) != (EVER, EVER)
    wages = bulk.read(
        conn, _PAST_RECEIVABLES if past else _RECEIVABLES, {**here, "receivable": RECEIVABLE}
    )
    clients = _everyone(consents, months, beside, other, wages)
    paid_beside = summed(clients, beside["client"], beside["amount"])
    position = (
        summed(clients, months["client"], months["entitlement"] - months["fixed"])
        - paid_beside
        + summed(clients, other["client"], other["amount"])
    )
    receivable = summed(clients, wages["client"], wages["amount"])
    holds = _holds(clients, bulk.read(conn, _CORRECTIONS, here), months, paid_beside)
    open_wages = receivable if settings.surplus.only_received else np.zeros_like(receivable)
    available = rule.available(position, open_wages, holds)
    consent = np.full(len(clients), -1, dtype=np.int64)
    consent[np.searchsorted(clients, consents["client"])] = consents["consent"]
    kept = rule.kept(consent, settings.surplus.cap_cents)
    return {
        "client": clients,
        "position": position,
        "receivable": receivable,
        "holds": holds,
        "available": available,
        "extra": rule.extra(settings.surplus.policy, position, available, kept),
        "owed": shortfall.shortfall(position, holds)
        - _taken(clients, bulk.read(conn, _TAKEN, here), months),
    }


def summed(clients: Any, owners: Any, amounts: Any) -> Any:
    """Amounts added up per client, in the order of `clients` (ascending, each once)."""
    totals = np.zeros(len(clients), dtype=np.int64)
    if len(clients):
        places = np.minimum(np.searchsorted(clients, owners), len(clients) - 1)
        known = clients[places] == owners
        np.add.at(totals, places[known], np.asarray(amounts, dtype=np.int64)[known])
    return totals


def _everyone(*tables: Columns) -> Any:
    """Every client of these tables, ascending."""
    largest = max((int(table["client"].max(initial=0)) for table in tables), default=0)
    seen = np.zeros(largest + 1, dtype=bool)
    for table in tables:
        seen[table["client"]] = True
    return np.flatnonzero(seen)


def _keys(rows: Columns) -> Any:
    """Client-months as one number each, in their order."""
    return rows["month"] * 10_000_000 + rows["client"]


def _taken(clients: Any, taken: Columns, months: Columns) -> Any:
    """Instalments that the position does not show yet, per client."""
    waiting = ~np.isin(_keys(taken), _keys(months))
    return summed(clients, taken["client"][waiting], taken["amount"][waiting])


def _holds(clients: Any, corrections: Columns, months: Columns, paid_beside: Any) -> Any:
    """What lowerings from old income may not be set off yet, as a negative hold."""
    keys, wanted = _keys(months), _keys(corrections)
    if not len(wanted) or not len(keys):
        return np.zeros(len(clients), dtype=np.int64)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    lowering = np.where(keys[places] == wanted, -corrections["amount"], 0)
    below = shortfall.taken_from_agreed(
        lowering, months["entitlement"][places], months["fixed"][places]
    )
    return shortfall.held_out(
        summed(clients, corrections["client"], below),
        summed(clients, corrections["client"], lowering - below),
        paid_beside,
    )
