"""W as the data tell it, and the months in which a wage was settled."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection

from surplus.config import Settings
from surplus.settlement.incomes import cash
from surplus.store import bulk

Columns = dict[str, Any]

_SETTLED = """
    SELECT DISTINCT client, employment, month FROM settlement_wage
    WHERE municipality = :municipality {of_clients}
"""


def told_wages(conn: Connection, settings: Settings, clients: Collection[int]) -> Columns:
    """The wage told for each employment-month of these clients, see `settlement.incomes.cash`."""
    return cash(conn, settings.code, settings.policy()["income"], clients=clients)


def settled_wages(conn: Connection, municipality: str, clients: Collection[int]) -> Columns:
    """The employment-months of these clients that ever settled: client, employment, month."""
    return bulk.of_clients(conn, _SETTLED, {"municipality": municipality}, clients)
