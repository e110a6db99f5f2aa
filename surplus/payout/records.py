"""Batches and payments as they are stored: reading them, changing their state, recording who did.

States of a batch: DRAFT, APPROVED, SENT, CANCELLED. A payment has those and HELD, and later what
the bank says of it (design.md §7).
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select, update

from surplus import findings
from surplus.bank.payments import event
from surplus.findings import Finding
from surplus.months import Month
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import finding, obligation, payment_batch

Columns = dict[str, Any]

BATCHES_PER_DAY = 999


def may_pay(work: Work) -> None:
    """What prepares, approves or exports payments asks this first.

    Raises:
        Refusal: the workspace is frozen, or payments are out that its store does not know (exit 3).
    """
    work.may_pay()
    query = select(finding.c.subject).where(
        finding.c.municipality == work.municipality,
        finding.c.code == "UNKNOWN_PAYMENTS",
        finding.c.state == "open",
    )
    names = work.conn.scalars(query).all()
    if names:
        raise Refusal(
            f"{', '.join(names)}: payments that this store does not know; made again, they would "
            "be paid twice",
            "take in what the store lacks and give surplus nightly; payments that are none of "
            "ours: surplus adopt",
            exit_code=3,
        )


def listed(conn: Connection, municipality: str) -> list[dict[str, Any]]:
    """All batches, the newest last, with their columns as stored and the month as text."""
    query = select(payment_batch).where(payment_batch.c.municipality == municipality)
    rows = conn.execute(query.order_by(payment_batch.c.batch)).mappings()
    return [dict(row) | {"month": str(Month(row["month"]))} for row in rows]


def batch(conn: Connection, municipality: str, number: int) -> dict[str, Any]:
    """A batch as it is stored; `limits` read from its JSON.

    Raises:
        Refusal: there is none with this number.
    """
    query = select(payment_batch).where(
        payment_batch.c.municipality == municipality, payment_batch.c.batch == number
    )
    row = conn.execute(query).mappings().first()
    if row is None:
        raise Refusal(f"there is no batch {number}", "surplus pay list shows them")
    return dict(row) | {"limits": json.loads(row["limits"])}


#: What is read of a payment.
PAYMENT = ("obligation", "client", "month", "kind", "payee", "round", "amount_cents",
           "set_off_cents", "iban", "name", "remittance", "decision",
           "end_to_end_id", "run", "recorded_on")  # fmt: skip


def payments(conn: Connection, municipality: str, number: int) -> Columns:
    """The payments of a batch in the order of its file: the columns PAYMENT."""
    return bulk.read(
        conn,
        select(*(obligation.c[name] for name in PAYMENT))
        .where(obligation.c.municipality == municipality, obligation.c.batch == number)
        .order_by(obligation.c.end_to_end_id),
    )


def change_batch(work: Work, number: int, state: str, reason: str = "", **values: Any) -> None:
    """Bring a batch and its payments into a state, and record who did."""
    work.conn.execute(
        update(payment_batch)
        .where(payment_batch.c.municipality == work.municipality)
        .where(payment_batch.c.batch == number)
        .values(state=state, **values)
    )
    work.conn.execute(
        update(obligation)
        .where(obligation.c.municipality == work.municipality)
        .where(obligation.c.batch == number)
        .values(state=state)
    )
    event(work, number, [0], state, reason)


def move(work: Work, number: int, due_on: str) -> None:
    """Give a batch and its payments another day of payment."""
    for table in (payment_batch, obligation):
        work.conn.execute(
            update(table)
            .where(table.c.municipality == work.municipality, table.c.batch == number)
            .values(due_on=due_on)
        )


def message_id(work: Work) -> str:
    """`SUR`, the date, and the number of the batch on that date, cancelled ones counted.

    Raises:
        Refusal: the numbers of the date are used up.
    """
    stem = "SUR" + work.on.replace("-", "")
    query = select(payment_batch.c.batch).where(
        payment_batch.c.municipality == work.municipality,
        payment_batch.c.message_id.startswith(stem),
    )
    sequence = len(work.conn.execute(query).all()) + 1
    if sequence > BATCHES_PER_DAY:
        raise Refusal(f"{BATCHES_PER_DAY} batches were made on {work.on}", "go on tomorrow")
    return f"{stem}{sequence:03d}"


def sync_held(work: Work) -> None:
    """Make the findings about held payments exactly those that are held now."""
    held = work.conn.execute(
        select(obligation)
        .where(obligation.c.municipality == work.municipality)
        .where(obligation.c.batch == 0, obligation.c.state == "HELD")
    ).mappings()
    told = [
        Finding("HELD_PAYMENT", row["client"], row["month"],
                f"{row['kind']}: {row['hold_reason']}", row["amount_cents"])
        for row in held
    ]  # fmt: skip
    findings.sync(work, ["HELD_PAYMENT"], told)
