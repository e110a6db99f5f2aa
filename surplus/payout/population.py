"""Who is paid in a pay month and was not before, and the other way round.

A doubled population or a missing part of it changes little of a total that other changes hide; by
name it cannot be overlooked.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection

from surplus.store import bulk

_NEW = """
    SELECT DISTINCT o.client FROM obligation AS o
    WHERE o.municipality = :municipality AND o.batch = :batch AND o.kind = 'fixed'
      AND NOT EXISTS (
        SELECT 1 FROM obligation AS e WHERE e.municipality = o.municipality
          AND e.client = o.client AND e.kind = 'fixed' AND e.state <> 'CANCELLED'
          AND e.batch > 0 AND e.batch < o.batch)
    ORDER BY client
"""
#: Held payments count as told: they are on the page as held.
_GONE = """
    SELECT DISTINCT o.client FROM obligation AS o
    WHERE o.municipality = :municipality AND o.kind = 'fixed' AND o.state <> 'CANCELLED'
      AND o.batch > 0 AND o.month = (
        SELECT MAX(month) FROM payment_batch
        WHERE municipality = :municipality AND month < :month AND state <> 'CANCELLED')
      AND NOT EXISTS (
        SELECT 1 FROM obligation AS n WHERE n.municipality = o.municipality
          AND n.client = o.client AND n.kind = 'fixed' AND n.month = :month
          AND n.state <> 'CANCELLED')
    ORDER BY client
"""


class Population(NamedTuple):
    """Clients by number, `K0001001`."""

    new: list[str]  # paid a fixed amount for the first time
    gone: list[str]  # paid one last month, and none for this month, not even held


def population(conn: Connection, municipality: str, batch: dict[str, Any]) -> Population:
    """Who came and who went with a batch, held against all batches before it."""
    keys = {"municipality": municipality, "batch": batch["batch"], "month": batch["month"]}
    told = (bulk.read(conn, query, keys)["client"].tolist() for query in (_NEW, _GONE))
    return Population(*([f"K{client:07d}" for client in clients] for clients in told))
