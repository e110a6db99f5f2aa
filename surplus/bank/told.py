"""W as the data tell it, and the months in which a wage was settled."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, text

from surplus.rules.arrays import day_numbers
from surplus.rules.periods import allocate
from surplus.store import bulk

Columns = dict[str, Any]

#: More clients than this are all read, and sifted afterwards.
_NAMED_CLIENTS = 500

# The effective version of a fact, as in surplus/settlement/facts.py, of all months.
_EFFECTIVE = """
    SELECT client, employment, state, period_kind, period_begin, period_end, relation_begin,
           relation_end,
           COALESCE(net, 0) + COALESCE(net_special, 0) + COALESCE(travel, 0) AS wage
    FROM (
        SELECT income.*, ROW_NUMBER() OVER (
            PARTITION BY client, person, employment, relation, period_begin
            ORDER BY sent_on DESC, sent_id DESC, income DESC) AS place
        FROM income WHERE municipality = :municipality {of_clients}
    ) AS told
    WHERE place = 1
"""
_SETTLED = """
    SELECT DISTINCT client, employment, month FROM settlement_wage
    WHERE municipality = :municipality {of_clients}
"""
_DATES = ("period_begin", "period_end", "relation_begin", "relation_end")


def told_wages(conn: Connection, municipality: str, clients: Collection[int]) -> Columns:
    """The wage told for each employment-month of these clients.

    Args:
        conn: the store.
        municipality: its code.
        clients: whose.

    Returns:
        client, employment, month and wage (cents; 0 where what was told is withdrawn). A month of
        which only periods are told that cannot be counted in it is not told.
    """
    facts = _of(conn, _EFFECTIVE, municipality, clients)
    days = (day_numbers(np.asarray(facts[name], dtype="U10")) for name in _DATES)
    periods = allocate(np.asarray(facts["period_kind"], dtype="U2"), *days)
    counts = periods.allocatable
    whose = np.column_stack([facts["client"], facts["employment"], periods.month])[counts]
    keys, places = np.unique(whose, axis=0, return_inverse=True)
    withdrawn = np.asarray(facts["state"], dtype="U9")[counts] == "withdrawn"
    wage = np.zeros(len(keys), dtype=np.int64)
    np.add.at(wage, places.reshape(-1), np.where(withdrawn, 0, facts["wage"][counts]))
    return {"client": keys[:, 0], "employment": keys[:, 1], "month": keys[:, 2], "wage": wage}


def settled_wages(conn: Connection, municipality: str, clients: Collection[int]) -> Columns:
    """The employment-months of these clients that ever settled: client, employment, month."""
    return _of(conn, _SETTLED, municipality, clients)


def _of(conn: Connection, query: str, municipality: str, clients: Collection[int]) -> Columns:
    """The rows of these clients: named in the query, or sifted afterwards when they are many."""
    told: dict[str, Any] = {"municipality": municipality}
    if len(clients) <= _NAMED_CLIENTS:
        named = text(query.format(of_clients="AND client IN :clients"))
        named = named.bindparams(bindparam("clients", expanding=True))
        return bulk.read(conn, named, {**told, "clients": sorted(clients)})
    rows = bulk.read(conn, query.format(of_clients=""), told)
    mine = np.isin(rows["client"], np.fromiter(clients, dtype=np.int64))
    return {name: column[mine] for name, column in rows.items()}
