"""What stands in suspense (1900), and since when."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from surplus.findings import Finding, sync
from surplus.ledger.accounts import UNMATCHED
from surplus.ledger.receipts import ITEM
from surplus.runs import Work
from surplus.store.tables import balance, bank_item

#: After so many days an open item is looked at again (formats.md §3.1).
AGES = (5, 30, 60)
CODE = "SUSPENSE_AGED"
_SHOWN = ("item", "booked_on", "amount_cents", "family", "match", "client", "party_name",
          "remittance")  # fmt: skip


def listed(
    conn: Connection, municipality: str, on: str, *, everything: bool = False
) -> list[dict[str, Any]]:
    """The lines that stand in suspense, oldest first, or all lines.

    Args:
        conn: the store.
        municipality: its code.
        on: the day on which their age is measured.
        everything: those that are matched too.

    Returns:
        item, booked_on, days, age (the largest of AGES that is past, else 0), amount_cents,
        open_cents (credit positive), family, match, client_no, party_name and text.
    """
    open_items = (
        (balance.c.municipality == bank_item.c.municipality)
        & (balance.c.item == bank_item.c.item)
        & (balance.c.account == UNMATCHED)
        & (balance.c.amount != 0)
    )
    query = (
        select(*(bank_item.c[name] for name in _SHOWN), balance.c.amount)
        .join(balance, open_items, isouter=everything)
        .where(bank_item.c.municipality == municipality)
        .order_by(bank_item.c.booked_on, bank_item.c.item)
    )
    rows = []
    for row in conn.execute(query):
        days = (date.fromisoformat(on) - date.fromisoformat(row.booked_on or on)).days
        rows.append(
            {
                "item": row.item, "booked_on": row.booked_on, "days": days, "age": age_of(days),
                "amount_cents": row.amount_cents, "open_cents": -(row.amount or 0),
                "family": row.family, "match": row.match,
                "client_no": f"K{row.client:07d}" if row.client else "",
                "party_name": row.party_name, "text": row.remittance,
            }
        )  # fmt: skip
    return rows


def age_of(days: int) -> int:
    """The largest of AGES that is past; 0 where none is.

    >>> [age_of(days) for days in (0, 4, 5, 29, 30, 400)]
    [0, 0, 5, 5, 30, 60]
    """
    return max((age for age in AGES if days >= age), default=0)


def tell(work: Work) -> None:
    """A finding for every item that has stood open for 5, 30 or 60 days, and for no other."""
    old = [row for row in listed(work.conn, work.municipality, work.on) if row["age"]]
    found = [
        Finding(
            CODE, int(row["client_no"][1:] or 0), 0, f"{ITEM}{row['item']} {row['age']} days",
            row["open_cents"],
        )
        for row in old
    ]  # fmt: skip
    sync(work, [CODE], found)
