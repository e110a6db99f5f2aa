"""Paying off a shortfall by instalments (inhouding in termijnen): decided, taken, and frozen.

The instalment of a month is worked out when its fixed payment is first made, and frozen with it:
F agreed is what leaves, so the position rises by the instalment once the month is settled.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from surplus.config import Settings
from surplus.ledger.days import EVER
from surplus.months import Month
from surplus.rules.benefit import Figures
from surplus.rules.shortfall import Instalment, instalment
from surplus.settlement.position import positions, summed
from surplus.store import bulk

Columns = dict[str, Any]

#: Of the decisions of a kind that have begun, the latest told counts, so that an open one is ended
#: by telling it again with an end.
_IN_FORCE = """
    SELECT d.client AS client, d.amount_cents AS amount FROM decision AS d
    JOIN (SELECT MAX(decision) AS decision FROM decision
          WHERE municipality = :municipality AND kind = :kind AND valid_from <= :day
          GROUP BY client) AS latest ON latest.decision = d.decision
    WHERE d.municipality = :municipality
      AND (COALESCE(d.valid_until, '') = '' OR d.valid_until >= :day)
    ORDER BY d.client
"""

_TAKEN = """
    SELECT client, month, SUM(set_off_cents) AS cents FROM obligation
    WHERE municipality = :municipality AND set_off_cents <> 0 AND round = 1
      AND state <> 'CANCELLED' AND recorded_on <= :known_on
      AND (:client = 0 OR client = :client)
    GROUP BY client, month ORDER BY month, client
"""


def due(conn: Connection, settings: Settings, month: Month, clients: Any, fixed: Any) -> Instalment:
    """What is taken from the fixed payments of a month that are to be made now.

    Args:
        conn: the store.
        settings: the policy for a shortfall.
        month: the month.
        clients: ascending.
        fixed: F of each as agreement and norm say, in cents.
    """
    agreed = in_force(conn, settings.code, "instalments", month, clients)
    stand = positions(conn, settings) if agreed.any() else {"client": clients, "owed": agreed}
    owed = summed(clients, stand["client"], stand["owed"])
    protected = in_force(conn, settings.code, "protected-amount", month, clients)
    return instalment(settings.shortfall.offset, fixed, protected, agreed, owed)


def lacking(conn: Connection, settings: Settings, month: Month, stand: Columns) -> Any:
    """The clients who agreed to instalments that are not taken for want of a protected amount.

    Args:
        conn: the store.
        settings: the policy for a shortfall.
        month: the month.
        stand: the clients with what they owe, as `positions` tells.
    """
    clients = stand["client"]
    agreed, protected = (
        in_force(conn, settings.code, kind, month, clients)
        for kind in ("instalments", "protected-amount")
    )
    rule = instalment(settings.shortfall.offset, agreed, protected, agreed, stand["owed"])
    return clients[rule.lacks != ""]


def in_force(conn: Connection, municipality: str, kind: str, month: Month, clients: Any) -> Any:
    """The amount decided for each client on the first day of a month, 0 where none is."""
    day = month.first_day.isoformat()
    told = bulk.read(conn, _IN_FORCE, {"municipality": municipality, "kind": kind, "day": day})
    return summed(clients, told["client"], told["amount"])


def taken(conn: Connection, municipality: str, *, client: int = 0, known_on: str = EVER) -> Columns:
    """What was taken from fixed payments that stand: client, month and cents."""
    told = {"municipality": municipality, "client": client, "known_on": known_on}
    return bulk.read(conn, _TAKEN, told)


def lowered(figures: Figures, taken: Columns, month: Month, clients: Any) -> Figures:
    """The figures of a month with F as it left: without what was taken from it."""
    mine = taken["month"] == int(month)
    cents = summed(clients, taken["client"][mine], taken["cents"][mine])
    return figures._replace(fixed=figures.fixed - cents, difference=figures.difference + cents)
