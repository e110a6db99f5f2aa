"""W as the data tell it, and the months in which a wage was settled.

Of a client who came from an older administration the wages that were still to be paid are told by
the opening balance; what the data say of the months before it was settled there.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.intake.clients.view import openings
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
        FROM entry CROSS JOIN posting
        WHERE posting.municipality = entry.municipality AND posting.entry = entry.entry
          AND entry.municipality = :municipality AND entry.kind = '{CLIENT_OPENING}'
          AND entry.kind <> 'settlement' AND account = {RECEIVABLE}
        GROUP BY posting.client, employment, posting.month) AS told
    WHERE amount <> 0 {{of_clients}} ORDER BY employment, month
"""


class Wages(NamedTuple):
    """Employment-months: client, employment, month, of those that are told also wage (cents)."""

    told: Columns
    settled: Columns  # those that ever were


def wages(conn: Connection, settings: Settings, clients: Collection[int]) -> Wages:
    """The wages of these clients as the data tell them (see `settlement.incomes.cash`), and which
    of them ever settled.
    """
    here = settings.code
    told = cash(conn, here, settings.policy()["income"], clients=clients)
    opens = openings(conn, here, told["client"]).astype("U10")
    ours = day_numbers(opens) // 100 <= told["month"]
    settled = bulk.of_clients(conn, _SETTLED, {"municipality": here}, clients)
    opened = bulk.of_clients(conn, _OPENED, {"municipality": here}, clients)
    return Wages(
        _behind({name: column[ours] for name, column in told.items()}, opened),
        _behind(settled, opened),
    )


def _behind(one: Columns, other: Columns) -> Columns:
    return {name: np.concatenate([column, other[name]]) for name, column in one.items()}
