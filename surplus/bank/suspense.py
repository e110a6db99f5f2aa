"""What stands in suspense (1900), and since when."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select, text

from surplus import trail
from surplus.bank.known import compact
from surplus.decisions import Asked
from surplus.ledger.accounts import UNMATCHED
from surplus.ledger.receipts import ITEM
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.settlement import by_decision
from surplus.store.tables import balance, bank_item

#: After so many days an open item is looked at again (formats.md §3.1).
AGES = (5, 30, 60)
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


def aged(conn: Connection, municipality: str, on: str) -> dict[int, int]:
    """How many lines have stood open for at least so many days: AGES -> count."""
    days = [row["days"] for row in listed(conn, municipality, on)]
    return {age: sum(each >= age for each in days) for age in AGES}


def promised(conn: Connection, municipality: str, item: int) -> int:
    """Cents of an item that were decided to be refunded and that no payment has taken yet."""
    query = """SELECT COALESCE(SUM(d.amount_cents), 0) FROM decision AS d
        WHERE d.municipality = :municipality AND d.kind = 'refund' AND d.item = :item
          AND NOT EXISTS (SELECT 1 FROM obligation AS o WHERE o.municipality = d.municipality
              AND o.decision = d.decision AND o.kind = d.kind
              AND o.state NOT IN ('HELD', 'DRAFT', 'REJECTED', 'RETURNED', 'RECALLED',
                                  'CANCELLED'))"""
    return int(conn.execute(text(query), {"municipality": municipality, "item": item}).scalar_one())


def age_of(days: int) -> int:
    """The largest of AGES that is past; 0 where none is.

    >>> [age_of(days) for days in (0, 4, 5, 29, 30, 400)]
    [0, 0, 5, 5, 30, 60]
    """
    return max((age for age in AGES if days >= age), default=0)


def refund(
    work: Work, number: int, cents: int, payee: tuple[str, str], client: int, reason: str
) -> int:
    """Ask that money of an item goes back to who sent it, by a normal payment of the next batch.

    Args:
        work: the run in whose transaction it happens.
        number: the item.
        cents: how much; 0 for all that is open and not promised.
        payee: IBAN and name; empty for those of the sender.
        client: whom it is about; 0 for whom the item is about, if anyone.
        reason: why.

    Returns:
        The number of the change that waits for a second person.

    Raises:
        Refusal: no such item, one that is a debit, nothing or less open, or nobody to pay it to.
    """
    row = work.conn.execute(
        select(bank_item).where(
            bank_item.c.municipality == work.municipality, bank_item.c.item == number
        )
    ).one_or_none()
    if row is None:
        raise Refusal(f"there is no bank item {number}", "surplus bank list shows them")
    if row.amount_cents < 0:
        raise Refusal(
            f"item {number} is money that left: nothing of it goes back",
            "surplus bank assign says what it was",
        )
    suspended = work.conn.execute(
        select(func.coalesce(func.sum(balance.c.amount), 0)).where(
            balance.c.municipality == work.municipality,
            balance.c.account == UNMATCHED, balance.c.item == number,
        )
    ).scalar_one()  # fmt: skip
    left = -int(suspended) - promised(work.conn, work.municipality, number)
    if left <= 0:
        raise Refusal(f"nothing is open on item {number}", "surplus bank list shows what is open")
    asked = Asked(
        client or row.client, "refund", item=number, reason=reason, amount_cents=cents or left,
        payee_iban=payee[0] or compact(row.party_iban), payee_name=payee[1] or row.party_name,
    )  # fmt: skip
    trail.note(work, "bank refund", f"{ITEM}{number}", reason)
    return by_decision.decide(work, asked)
