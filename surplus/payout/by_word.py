"""A file that the bank never executed and never answered: by its word, told by two people, its
payments are owed again.

A bank that refuses a file at the upload, or never had it, sends no report; and no statement can
show what did not happen. Once the statements of the days on which it would have stood there are
booked and name it nowhere, people may record what the bank says. Nothing is sent by it: what is
owed then goes once more as everything that was refused does (`again`), and a debit that comes all
the same stops that (`unanswered`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import func, select

from surplus.bank import booking, payments, suspense
from surplus.bank.known import compact
from surplus.bank.payments import Told
from surplus.ledger.executed import executed
from surplus.payout import again, records, unanswered
from surplus.payout.calendar import add_banking_days
from surplus.payout.rows import Columns
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import obligation, statement

#: The kind of a change that waits for a second person.
KIND = "pay:refused"
#: States of a payment that left and of which the statement tells nothing.
_OPEN = ("SENT", "ACCEPTED", "UNKNOWN")


def ask(work: Work, batch: int, reason: str) -> int:
    """Ask that the payments of a batch that no statement shows are owed again.

    Args:
        work: who asks, in the transaction of the run.
        batch: the batch.
        reason: what the bank said, and who; kept with the change.

    Returns:
        The number of the change that waits for a second person.

    Raises:
        Refusal: no such batch, none of its payments is open, a debit names it or is not explained,
            or the statements of the days after its date are not there yet.
    """
    rows = _open(work, batch)
    payload = {"batch": batch, "payments": rows["obligation"].tolist()}
    return again.ask_about(work, KIND, rows["amount_cents"], payload, reason)


def approved(work: Work, payload: dict[str, Any], change: int) -> None:
    """Let them be owed again.

    Raises:
        Refusal: they are not the same payments any more (exit 3).
    """
    rows = _open(work, payload["batch"])
    again.refuse_others(rows["obligation"], payload, change, "are open")
    source = f"change:{change}"
    payments.refused(work, [Told(number, source=source) for number in payload["payments"]])
    booking.tell_suspense(work)


def _open(work: Work, number: int) -> Columns:
    """The payments of a batch of which nothing is known: obligation and amount_cents."""
    batch = records.batch(work.conn, work.municipality, number)
    rows = bulk.read(
        work.conn,
        select(obligation.c.obligation, obligation.c.amount_cents)
        .where(obligation.c.municipality == work.municipality)
        .where(obligation.c.batch == number, obligation.c.state.in_(_OPEN))
        .order_by(obligation.c.obligation),
    )
    if not len(rows["obligation"]):
        raise Refusal(
            f"no payment of batch {number} left and waits for the bank",
            f"surplus pay show {number} shows it",
        )
    named = executed(work.conn, work.municipality, _OPEN)["obligation"]
    if np.isin(rows["obligation"], named).any():
        raise Refusal(
            f"a debit in suspense names batch {number}: the bank executed something of it",
            "surplus bank list shows the debit, surplus bank assign says what it is",
        )
    # Nor one that names nothing: it may be the file after all.
    since = batch["exported_on"]
    unsaid = [
        row["item"]
        for row in suspense.listed(work.conn, work.municipality, work.on)
        if row["open_cents"] < 0 and row["booked_on"] >= since
    ]
    if unsaid:
        raise Refusal(
            f"a debit in suspense is not explained yet: item {unsaid[0]}",
            "surplus bank assign says what it is",
        )
    until = add_banking_days(date.fromisoformat(batch["due_on"]), unanswered.DAYS).isoformat()
    last = work.conn.scalar(
        select(func.max(statement.c.to_on)).where(
            statement.c.municipality == work.municipality, statement.c.state == "booked",
            statement.c.iban == compact(batch["debtor_iban"]),
        )
    )  # fmt: skip
    if (last or "") < until:
        raise Refusal(
            f"the statements through {until} are not booked yet: they may show batch {number}",
            "import them first",
        )
    return rows
