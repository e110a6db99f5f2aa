"""What the approval of a payment books: from the account that owes it to payments in transit.

Cancelled before it was sent, it goes back where it came from: the ledger says where that was.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.ledger import journal
from surplus.ledger.accounts import BUFFER, ENTRY_KINDS, IN_TRANSIT, PAYMENT_KINDS, RESERVE
from surplus.payout import granted, holiday
from surplus.payout.rows import Columns
from surplus.runs import Work
from surplus.settlement.norms import only
from surplus.store import bulk

LINE = ("account", "client", "employment", "month", "item", "amount")
#: What was booked for the payments of a batch, undone or not, beside payments in transit.
_BOOKED = f"""
    SELECT t.item AS obligation, p.account, p.client, p.employment, p.month, p.item,
           SUM(p.amount) AS amount
    FROM obligation AS o
    JOIN entry AS e ON e.municipality = o.municipality AND e.client = o.client
      AND e.month = o.month AND e.kind <> 'settlement' AND e.kind IN {PAYMENT_KINDS}
      AND e.reference = 'obligation:' || CAST(o.obligation AS TEXT)
    JOIN posting AS t ON t.municipality = e.municipality AND t.entry = e.entry
      AND t.account = 1010 AND t.item = o.obligation
    JOIN posting AS p ON p.municipality = e.municipality AND p.entry = e.entry
      AND p.account <> 1010
    WHERE o.municipality = :municipality AND o.batch = :batch
    GROUP BY t.item, p.account, p.client, p.employment, p.month, p.item
    HAVING SUM(p.amount) <> 0
    ORDER BY t.item, p.account, p.month
"""


def book(work: Work, batch: int, rows: Columns) -> None:
    """Book the payments of a batch that is approved; one entry for each."""
    lines = _debits(work.conn, work.municipality, batch, rows)
    kinds = [ENTRY_KINDS[kind] for kind in rows["kind"].tolist()]
    _post(work, rows, kinds, lines)


def undo(work: Work, batch: int, rows: Columns) -> None:
    """Book the payments of an approved batch back, from in transit to where they came from."""
    told = {"municipality": work.municipality, "batch": batch}
    booked = bulk.read(work.conn, _BOOKED, told)
    order = np.argsort(rows["obligation"])
    place = order[np.searchsorted(rows["obligation"][order], booked.pop("obligation"))]
    lines = booked | {"amount": -booked["amount"], "entry": place}
    _post(work, rows, ["payment-cancelled"] * len(rows["client"]), lines)


def _debits(conn: Connection, municipality: str, batch: int, rows: Columns) -> Columns:
    """The lines that are debited: LINE, and the entry (index into `rows`) they belong to."""
    of_batch = (conn, municipality, batch)
    reserve = np.flatnonzero(rows["kind"] == "holiday")
    once = np.flatnonzero(np.isin(rows["kind"].astype("U"), ("premium", "refund")))
    buffer = np.setdiff1d(np.arange(len(rows["client"])), np.concatenate([reserve, once]))
    parts = [_lines(rows, buffer, account=BUFFER, month=rows["month"][buffer])]
    if len(reserve):
        taken = holiday.debits(*of_batch, only(rows, reserve))
        place, months, cents = (taken[n] for n in ("place", "month", "cents"))
        parts.append(_lines(rows, reserve[place], account=RESERVE, month=months, amount=cents))
    if len(once):
        stands = granted.debits(*of_batch, rows["obligation"][once])
        nobody = rows["client"][once] * (stands["item"] == 0)
        parts.append(_lines(rows, once, **stands, client=nobody))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _lines(rows: Columns, place: Any, **told: Any) -> Columns:
    """Lines of the payments at these places, of the whole amount where nothing else is told."""
    zeros = np.zeros(len(place), dtype=np.int64)
    usual = {"client": rows["client"][place], "amount": rows["amount_cents"][place]}
    return {"entry": place} | {name: zeros + (usual | told).get(name, 0) for name in LINE}


def _post(work: Work, rows: Columns, kinds: list[str], lines: Columns) -> None:
    """Post an entry for each payment: its lines, and their sum on payments in transit."""
    count = len(rows["client"])
    total = np.zeros(count, dtype=np.int64)
    np.add.at(total, lines["entry"], lines["amount"])
    transit = {
        "entry": np.arange(count), "account": np.full(count, IN_TRANSIT), "client": rows["client"],
        "employment": total * 0, "month": total * 0, "item": rows["obligation"], "amount": -total,
    }  # fmt: skip
    both = {name: np.concatenate([lines[name], transit[name]]) for name in transit}
    order = np.argsort(both["entry"], kind="stable")
    journal.post(
        work,
        {
            "kind": kinds,
            "client": rows["client"],
            "month": rows["month"],
            "reference": [f"obligation:{n}" for n in rows["obligation"].tolist()],
        },
        {name: column[order] for name, column in both.items()},
    )
