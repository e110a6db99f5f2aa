"""W as the data tell it, and the months in which a wage was settled.

Of a client who came from an older administration the wages that were still to be paid are told by
the opening balance; what the data say of the months before it was settled there.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.intake.clients_view import openings
from surplus.ledger.accounts import CLIENT_OPENING, RECEIVABLE
from surplus.rules.arrays import day_numbers
from surplus.settlement.incomes import cash
from surplus.store import bulk

Columns = dict[str, Any]

_SETTLED = """
    SELECT DISTINCT client, employment, month FROM settlement_wage
    WHERE municipality = :municipality {of_clients}
"""
_OPENED = f"""
    SELECT client, employment, month, amount AS wage FROM (
        SELECT posting.client AS client, employment, posting.month AS month, SUM(amount) AS amount
        FROM entry JOIN posting ON posting.municipality = entry.municipality
            AND posting.entry = entry.entry
        WHERE entry.municipality = :municipality AND entry.kind = '{CLIENT_OPENING}'
          AND entry.kind <> 'settlement' AND account = {RECEIVABLE}
        GROUP BY posting.client, employment, posting.month) AS told
    WHERE amount <> 0 {{of_clients}} ORDER BY employment, month
"""


def told_wages(conn: Connection, settings: Settings, clients: Collection[int]) -> Columns:
    """The wage told for each employment-month of these clients, see `settlement.incomes.cash`."""
    told = cash(conn, settings.code, settings.policy()["income"], clients=clients)
    opens = openings(conn, settings.code, told["client"]).astype("U10")
    ours = day_numbers(opens) // 100 <= told["month"]
    return _behind({name: column[ours] for name, column in told.items()},
                   _opened(conn, settings.code, clients))  # fmt: skip


def settled_wages(conn: Connection, municipality: str, clients: Collection[int]) -> Columns:
    """The employment-months of these clients that ever settled: client, employment, month."""
    settled = bulk.of_clients(conn, _SETTLED, {"municipality": municipality}, clients)
    return _behind(settled, _opened(conn, municipality, clients))


def _opened(conn: Connection, municipality: str, clients: Collection[int]) -> Columns:
    return bulk.of_clients(conn, _OPENED, {"municipality": municipality}, clients)


def _behind(one: Columns, other: Columns) -> Columns:
    return {name: np.concatenate([column, other[name]]) for name, column in one.items()}
