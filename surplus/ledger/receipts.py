"""What employers have paid: the receipts in the ledger, per employment-month and per bank item."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, text

from surplus.ledger.accounts import BANK, LOST_KINDS, RECEIPT_KINDS, RECEIVABLE
from surplus.store import bulk

Columns = dict[str, Any]

EVER = "9999-12-31"
#: How an entry refers to the bank item that it comes from.
ITEM = "item:"

#: Entries of bank items that a person may say to be a wage after all: the municipality pays wages
#: too, and a debit may take one back.
_OTHERS = ("funding", "debit-unmatched")
# That `kind` is no settlement follows from the list; said, it lets SQLite use the partial index.
# CROSS JOIN is where SQLite begins with the few entries instead of with all postings.
_POSTINGS = """
    FROM entry CROSS JOIN posting
    WHERE posting.municipality = entry.municipality AND posting.entry = entry.entry
      AND entry.municipality = :municipality AND entry.kind <> 'settlement'
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
        {"municipality": municipality, "known_on": known_on, "kinds": RECEIPT_KINDS}, clients,
    )  # fmt: skip


def lost(conn: Connection, municipality: str, clients: Collection[int] | None = None) -> Columns:
    """What was decided never to come of each employment-month: as `received` tells, positive."""
    return _summed(
        conn, "client employment month", f"posting.account = {RECEIVABLE}",
        {"municipality": municipality, "known_on": EVER, "kinds": LOST_KINDS}, clients,
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
        {"municipality": municipality, "known_on": EVER, "kinds": (*RECEIPT_KINDS, *_OTHERS)},
        clients,
    )  # fmt: skip
    references = columns.pop("reference").tolist()
    item = np.array([int(reference[len(ITEM) :]) for reference in references], dtype=np.int64)
    order = np.argsort(item, kind="stable")
    return {"item": item[order]} | {name: column[order] for name, column in columns.items()}


def _summed(
    conn: Connection, names: str, where: str, told: Columns, clients: Collection[int] | None
) -> Columns:
    keys = [f"{'entry' if name == 'reference' else 'posting'}.{name}" for name in names.split()]
    of_clients, mine = "", dict[str, Any]()
    if clients is not None:
        condition, mine = bulk.listed(conn, "clients", clients)
        of_clients = f"AND entry.client IN {condition}"
    query = f"""SELECT {", ".join(keys)}, -SUM(posting.amount) AS cents {_POSTINGS} AND {where}
        {of_clients}
        GROUP BY {", ".join(keys)} HAVING SUM(posting.amount) <> 0 ORDER BY {", ".join(keys)}"""
    statement = text(query).bindparams(bindparam("kinds", expanding=True))
    return bulk.read(conn, statement, {**told, **mine})
