"""What employers have paid: the receipts in the ledger, per employment-month and per bank item."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, text

from surplus.ledger.accounts import BANK, RECEIPT_KINDS, RECEIVABLE
from surplus.store import bulk

Columns = dict[str, Any]

EVER = "9999-12-31"
#: More clients than this are all read, and sifted afterwards.
_NAMED_CLIENTS = 500
#: How an entry refers to the bank item that it comes from.
ITEM = "item:"

# That `kind` is no settlement follows from the list; said, it lets SQLite use the partial index.
_POSTINGS = """
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND entry.kind <> 'settlement'
      AND entry.kind IN :kinds AND entry.booked_on <= :known_on
"""


def received(
    conn: Connection,
    municipality: str,
    clients: Collection[int] | None = None,
    known_on: str = EVER,
) -> Columns:
    """What was received for each employment-month, wages paid to the client directly included.

    Args:
        conn: the store.
        municipality: its code.
        clients: only these; None for all.
        known_on: as known on this day.

    Returns:
        client, employment, month (ascending) and cents, positive where money came in, never 0.
    """
    return _summed(
        conn, "client employment month", f"posting.account = {RECEIVABLE}",
        {"municipality": municipality, "known_on": known_on}, clients,
    )  # fmt: skip


def placed(conn: Connection, municipality: str, clients: Collection[int] | None = None) -> Columns:
    """Where the money of each bank item stands now.

    Args:
        conn: the store.
        municipality: its code.
        clients: only receipts linked to these (0: to none yet); None for all.

    Returns:
        item (the bank item), account, client, employment, month and cents, never 0; ascending.
    """
    columns = _summed(
        conn, "reference account client employment month",
        # What goes back to the bank's item by a payment of ours is told by that payment.
        f"posting.account <> {BANK} AND entry.reference LIKE '{ITEM}%' "
        "AND entry.kind NOT LIKE 'payment-%'",
        {"municipality": municipality, "known_on": EVER}, clients,
    )  # fmt: skip
    references = columns.pop("reference").tolist()
    item = np.array([int(reference[len(ITEM) :]) for reference in references], dtype=np.int64)
    order = np.argsort(item, kind="stable")
    return {"item": item[order]} | {name: column[order] for name, column in columns.items()}


def _summed(
    conn: Connection, names: str, where: str, told: Columns, clients: Collection[int] | None
) -> Columns:
    keys = [f"{'entry' if name == 'reference' else 'posting'}.{name}" for name in names.split()]
    by_name = clients is not None and len(clients) <= _NAMED_CLIENTS
    query = f"""SELECT {", ".join(keys)}, -SUM(posting.amount) AS cents {_POSTINGS} AND {where}
        {"AND entry.client IN :clients" if by_name else ""}
        GROUP BY {", ".join(keys)} HAVING SUM(posting.amount) <> 0 ORDER BY {", ".join(keys)}"""
    statement = text(query).bindparams(bindparam("kinds", expanding=True))
    told = {**told, "kinds": RECEIPT_KINDS}
    if by_name:
        statement = statement.bindparams(bindparam("clients", expanding=True))
        told["clients"] = sorted(clients or ())
    columns = bulk.read(conn, statement, told)
    if clients is None or by_name:
        return columns
    kept = np.isin(columns["client"], np.fromiter(clients, dtype=np.int64))
    return {name: column[kept] for name, column in columns.items()}
