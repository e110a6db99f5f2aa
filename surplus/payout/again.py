"""A whole file once more: what a bank refused as one is asked and approved as one.

A bank that refuses a file refuses every payment in it for the same reason. Whom it names an account
or a death for is left out: those wait for another account, or for a decision about that person.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import select

from surplus.decisions import Change, propose, record_for_all
from surplus.money import euros
from surplus.payout import records
from surplus.payout.rounds import BLOCKING, DECEASED, CameBack
from surplus.payout.rows import Columns
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.settlement.norms import only
from surplus.store import bulk
from surplus.store.tables import obligation

#: The kind of a change that waits for a second person, and of the decisions it becomes.
KIND, DECISION = "pay:again", "pay-again"


def ask(work: Work, batch: int, reason: str) -> int:
    """Ask that the payments of a batch that came back or were refused go once more.

    Args:
        work: who asks, in the transaction of the run.
        batch: the batch.
        reason: why; kept with each payment.

    Returns:
        The number of the change that waits for a second person.

    Raises:
        Refusal: there is no such batch, or none of its payments waits for that.
    """
    records.batch(work.conn, work.municipality, batch)
    rows = _waiting(work, batch)
    if not len(rows["client"]):
        raise Refusal(
            f"no payment of batch {batch} came back or was refused and waits for a person's word",
            f"surplus pay show {batch} shows it; a blocked account is changed in clients.csv",
        )
    payload = {"batch": batch, "payments": rows["end_to_end_id"].tolist(), "by": work.operator,
               "reason": reason}  # fmt: skip
    return ask_about(work, KIND, rows["amount_cents"], payload, reason)


def approved(work: Work, payload: dict[str, Any], change: int) -> None:
    """Let them go with the next prepare.

    Raises:
        Refusal: they are not the same payments any more (exit 3).
    """
    rows = _waiting(work, payload["batch"])
    refuse_others(rows["end_to_end_id"], payload, change, "wait")
    told = {"value": rows["end_to_end_id"], "reason": payload["reason"]}
    record_for_all(work, DECISION, rows["client"], told, asked_by=payload["by"], change=change)


def ask_about(work: Work, kind: str, cents: Any, payload: dict[str, Any], reason: str) -> int:
    """Ask a second person about payments of a batch; returns the change's number."""
    told = f"{len(cents)} payments, {euros(int(cents.sum()))} euro"
    asked = Change(kind, 0, f"batch:{payload['batch']}", "", told, payload, reason)
    return propose(work, [asked])[0]


def refuse_others(payments: Any, payload: dict[str, Any], change: int, what: str) -> None:
    """Refuse (exit 3) where these are not the payments about which it was asked."""
    if payments.tolist() != payload["payments"]:
        raise Refusal(
            f"other payments of batch {payload['batch']} {what} by now than when it was asked",
            f"reject change {change} and ask for it again",
            exit_code=3,
        )


def _waiting(work: Work, batch: int) -> Columns:
    """client, end_to_end_id and amount_cents of the payments of a batch that a word can free."""
    owed = CameBack(work.conn, work.municipality).owed
    mine = bulk.read(
        work.conn,
        select(obligation.c.obligation)
        .where(obligation.c.municipality == work.municipality)
        .where(obligation.c.batch == batch),
    )
    free = ~owed["released"] & ~np.isin(owed["code"].astype("U"), (*BLOCKING, DECEASED))
    found = only(owed, free & np.isin(owed["obligation"], mine["obligation"]))
    return {name: found[name] for name in ("client", "end_to_end_id", "amount_cents")}
