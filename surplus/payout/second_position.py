"""Where clients stand, counted a second time: from the ledger's postings, not from obligations.

What `settlement.position` says, by other queries, for the clients of one batch.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.months import Month
from surplus.payout.agreements import Agreements
from surplus.store import bulk

Columns = dict[str, Any]

CLIENTS = 10_000_000

_MINE = """
    IN (SELECT client FROM obligation WHERE municipality = :municipality AND batch = :batch
          AND (kind <> 'fixed' OR set_off_cents <> 0))
"""
#: The payments being checked, and their earlier rounds, are left out of what was paid.
_NOT_CHECKED = """
    NOT EXISTS (SELECT 1 FROM obligation AS mine
                WHERE mine.municipality = o.municipality AND mine.batch = :batch
                  AND mine.kind <> 'fixed' AND o.kind = mine.kind AND mine.client = o.client
                  AND mine.month = o.month AND mine.payee = o.payee
                  AND mine.state <> 'CANCELLED')
"""
_BUFFER = """
    FROM entry AS e JOIN posting AS p
      ON p.municipality = e.municipality AND p.entry = e.entry AND p.account = 2000
"""
#: Payments approved and not cancelled; a return or refusal leaves them owed, so it counts not.
_PAID = f"""
    {_BUFFER}
    JOIN posting AS t ON t.municipality = e.municipality AND t.entry = e.entry AND t.account = 1010
    JOIN obligation AS o ON o.municipality = e.municipality AND o.obligation = t.item
    WHERE e.municipality = :municipality AND o.round = 1 AND e.client {_MINE}
      AND e.kind IN ('fixed-payment', 'extra-payment', 'exit-payment', 'third-party',
                     'payment-cancelled')
"""

_CLIENTS = """
    SELECT DISTINCT client FROM obligation WHERE municipality = :municipality AND batch = :batch
      AND (kind <> 'fixed' OR set_off_cents <> 0) ORDER BY client
"""
_DUE = f"""
    SELECT p.client, p.month, -SUM(p.amount) AS cents {_BUFFER}
    WHERE e.municipality = :municipality AND e.kind = 'settlement' AND e.client {_MINE}
    GROUP BY p.client, p.month
"""
_OTHER = f"""
    SELECT p.client, -SUM(p.amount) AS cents {_BUFFER}
    WHERE e.municipality = :municipality AND p.client {_MINE}
      AND e.kind NOT IN ('settlement', 'fixed-payment', 'extra-payment', 'exit-payment',
                         'third-party', 'payment-cancelled', 'payment-reversed')
    GROUP BY p.client
"""
_FIXED = f"""
    SELECT p.client, p.month, SUM(p.amount) AS cents {_PAID} AND o.kind = 'fixed'
    GROUP BY p.client, p.month HAVING SUM(p.amount) <> 0
"""
_BESIDE = f"""
    SELECT client, SUM(cents) AS cents FROM (
        SELECT p.client, p.amount AS cents {_PAID} AND o.kind <> 'fixed' AND {_NOT_CHECKED}
        UNION ALL
        SELECT o.client, o.amount_cents FROM obligation AS o
        WHERE o.municipality = :municipality AND o.client {_MINE} AND o.round = 1
          AND o.kind IN ('extra', 'exit', 'third-party')
          AND o.state IN ('HELD', 'DRAFT') AND {_NOT_CHECKED}) AS beside
    GROUP BY client
"""
#: Third parties of the same client that wait for a surplus behind one that is being checked: they
#: are served after it and take nothing from it.
_BEHIND = f"""
    SELECT o.client, SUM(o.amount_cents) AS cents FROM obligation AS o
    WHERE o.municipality = :municipality AND o.client {_MINE} AND o.round = 1
      AND o.kind = 'third-party' AND o.state = 'HELD' AND {_NOT_CHECKED}
      AND EXISTS (SELECT 1 FROM obligation AS mine
                  WHERE mine.municipality = o.municipality AND mine.batch = :batch
                    AND mine.kind = o.kind AND mine.client = o.client
                    AND mine.obligation < o.obligation)
    GROUP BY o.client
"""
_SETTLED = f"""
    SELECT client, month, fixed_cents AS cents FROM (
        SELECT client, month, fixed_cents, state,
               ROW_NUMBER() OVER (PARTITION BY month, client ORDER BY version DESC) AS place
        FROM settlement WHERE municipality = :municipality AND client {_MINE}) AS told
    WHERE place = 1 AND state = 'settled'
"""
#: Fixed payments of which a part waits, and what was set off against the whole.
_WAITING = f"""
    SELECT client, month, MIN(recorded_on) AS recorded_on, SUM(set_off_cents) AS taken
    FROM obligation
    WHERE municipality = :municipality AND client {_MINE} AND kind = 'fixed' AND round = 1
      AND state <> 'CANCELLED'
    GROUP BY client, month
    HAVING SUM(CASE WHEN state IN ('HELD', 'DRAFT') THEN 1 ELSE 0 END) > 0
"""
_TAKEN = f"""
    SELECT client, month, set_off_cents AS cents,
           CASE WHEN batch = :batch THEN 1 ELSE 0 END AS checked
    FROM obligation
    WHERE municipality = :municipality AND client {_MINE} AND round = 1 AND set_off_cents <> 0
      AND state <> 'CANCELLED'
"""
_RECEIVABLE = f"""
    SELECT client, SUM(cents) AS cents FROM (
        SELECT client, employment, SUM(amount) AS cents FROM posting
        WHERE municipality = :municipality AND account = 1300 AND client {_MINE}
        GROUP BY client, employment HAVING SUM(amount) > 0) AS open
    GROUP BY client
"""
_LOWERINGS = f"""
    SELECT client, month, -SUM(amount_cents) AS cents FROM finding
    WHERE municipality = :municipality AND code = 'OLD_CORRECTION' AND state = 'open'
      AND client {_MINE}
    GROUP BY client, month
"""
#: What was decided about instalments and their floor, in the order of telling.
_DECIDED = f"""
    SELECT client, kind, amount_cents AS cents, valid_from,
           COALESCE(valid_until, '') AS valid_until
    FROM decision
    WHERE municipality = :municipality AND client {_MINE}
      AND kind IN ('instalments', 'protected-amount')
    ORDER BY decision
"""


def decided(
    conn: Connection, settings: Settings, batch: dict[str, Any], kind: str, clients: Any
) -> Any:
    """The amount of the decision of a kind told last, if it is in force in a batch's month."""
    day = Month(batch["month"]).first_day.isoformat()
    told = bulk.read(conn, _DECIDED, {"municipality": settings.code, "batch": batch["batch"]})
    latest: dict[int, int] = {}
    for client, of, cents, begin, end in zip(*(told[name] for name in told), strict=True):
        if of == kind and begin <= day:
            latest[int(client)] = 0 if "" < end < day else int(cents)
    return np.array([latest.get(client, 0) for client in clients.tolist()], dtype=np.int64)


class Standing(NamedTuple):
    """Where the clients of a batch stand who are paid more than F, or less, in cents.

    The payments of the batch itself that are no fixed ones are left out, and what it sets off.
    """

    clients: Any
    position: Any
    open_wages: Any  # that keep a surplus from being paid
    held_out: Any  # of set-off: positive
    taken: Any  # by earlier instalments that the position does not show yet
    behind: Any  # third parties that wait behind one being checked

    @classmethod
    def read(
        cls, conn: Connection, settings: Settings, agreements: Agreements, batch: int
    ) -> Standing:
        """Count it from the ledger."""
        keys = {"municipality": settings.code, "batch": batch}

        def told(query: str) -> Columns:
            return bulk.read(conn, query, keys)

        clients = told(_CLIENTS)["client"]
        months = told(_SETTLED)
        due = _at(months, told(_DUE), 0)
        paid = _at(months, told(_FIXED), months["cents"])
        agreed = _waiting(agreements, months, paid, told(_WAITING))
        agreed[agreements.given_up(months["client"], months["month"])] = 0
        beside = _per_client(clients, told(_BESIDE))
        wages = _per_client(clients, told(_RECEIVABLE))
        return cls(
            clients,
            position=_per_client(clients, {"client": months["client"], "cents": due - agreed})
            - beside
            + _per_client(clients, told(_OTHER)),
            open_wages=wages if settings.surplus.only_received else np.zeros_like(wages),
            held_out=_held_out(clients, months, agreed - due, beside, told(_LOWERINGS)),
            taken=_taken(clients, months, told(_TAKEN)),
            behind=_per_client(clients, told(_BEHIND)),
        )

    def available(self, clients: Any) -> Any:
        """What may be paid beside F at most; 0 for who is not here."""
        return self._of(clients, np.maximum(0, self._room()))

    def available_to_others(self, clients: Any) -> Any:
        """What third parties may be paid at most, before those that wait behind them."""
        return self._of(clients, np.maximum(0, self._room() + self.behind))

    def owed(self, clients: Any) -> Any:
        """What may be set off at most; 0 for who is not here."""
        return self._of(clients, np.maximum(0, -self.position - self.held_out) - self.taken)

    def _room(self) -> Any:
        return self.position - self.open_wages + self.held_out

    def _of(self, clients: Any, cents: Any) -> Any:
        return _at_clients(clients, self.clients, cents)


def _waiting(agreements: Agreements, months: Columns, paid: Any, waiting: Columns) -> Any:
    """F of settled months: as paid, or as the month was settled; where it waits, or a part of it,
    as agreed when it was made.
    """
    agreed = np.array(paid, dtype=np.int64)
    wanted = _keys(months)
    mine = np.isin(_keys(waiting), wanted)
    for i in np.flatnonzero(mine):
        client, month = waiting["client"][i : i + 1], Month(int(waiting["month"][i]))
        place = wanted == _keys(waiting)[i]
        whole = agreements.fixed(month, str(waiting["recorded_on"][i]), client)
        agreed[place] = whole - waiting["taken"][i]
    return agreed


def _taken(clients: Any, months: Columns, taken: Columns) -> Any:
    """Instalments that the position does not show yet, less those being checked that it shows."""
    shown, checked = np.isin(_keys(taken), _keys(months)), taken["checked"] == 1
    counts = np.select([shown & checked, shown | checked], [-1, 0], 1)
    return _per_client(clients, taken | {"cents": taken["cents"] * counts})


def _held_out(
    clients: Any, months: Columns, shortfall: Any, beside: Any, lowerings: Columns
) -> Any:
    """What lowerings from old income took away and may not be set off before a decision: the part
    below F agreed, and of the part above it no more than was paid beside the fixed payments.
    """
    short = np.maximum(0, _at(lowerings, months | {"cents": shortfall}, 0))
    below = np.minimum(lowerings["cents"], short)
    above = _per_client(clients, lowerings | {"cents": lowerings["cents"] - below})
    return _per_client(clients, lowerings | {"cents": below}) + np.minimum(above, beside)


def _keys(rows: Columns) -> Any:
    return rows["month"] * CLIENTS + rows["client"]


def _at(wanted: Columns, told: Columns, otherwise: Any) -> Any:
    """The cents told for the client-months of `wanted`, or `otherwise`."""
    order = np.argsort(_keys(told))
    keys, cents = _keys(told)[order], told["cents"][order]
    found = np.isin(_keys(wanted), keys)
    result = np.broadcast_to(otherwise, len(found)).astype(np.int64)
    result[found] = cents[np.searchsorted(keys, _keys(wanted)[found])]
    return result


def _per_client(clients: Any, told: Columns) -> Any:
    """Cents added up per client, in the order of `clients`."""
    totals = np.zeros(len(clients), dtype=np.int64)
    mine = np.isin(told["client"], clients)
    np.add.at(totals, np.searchsorted(clients, told["client"][mine]), told["cents"][mine])
    return totals


def _at_clients(wanted: Any, clients: Any, cents: Any) -> Any:
    """The cents of `wanted` among `clients` (ascending), 0 for who is not there."""
    found = np.isin(wanted, clients)
    result = np.zeros(len(wanted), dtype=np.int64)
    result[found] = cents[np.searchsorted(clients, wanted[found])]
    return result
