"""What a full delivery (VOLLEDIG) takes back by no longer telling it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import or_, select

from surplus.intake import facts, known
from surplus.intake.income_rows import FAULT
from surplus.intake.judge import FORMATS, FULL, Sender, against_store
from surplus.intake.notes import Ints, Notes
from surplus.intake.worklist import after, income_deliveries
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import delivery, income


def full_deliveries(work: Work, since: tuple[str, str] | None) -> Iterator[tuple[Sender, int]]:
    """Full deliveries (VOLLEDIG) from `since` on, in the sender's order, with their month."""
    if since is None:
        return
    itself = (delivery.c.sent_on == since[0]) & (delivery.c.sent_id == since[1])
    query = Sender.query(delivery.c.month).where(
        *income_deliveries(work), delivery.c.scope == FULL, or_(itself, after(since))
    )
    for *sender, month in work.conn.execute(query).all():
        yield Sender(*sender), month


def withdraw(work: Work, sender: Sender, month: int, quarantined: pa.Table, lines: Ints) -> int:
    """Withdraw the facts of a month that the sender told before and leaves out of a full delivery.

    A row that was rejected or held is not left out, nor is anything of somebody of whom the source
    could not tell (a fault). Where the key of such a row cannot be read, nothing is withdrawn: it
    may be the very one.

    Args:
        work: the run.
        sender: the full delivery.
        month: the month it is full for, yyyymm.
        quarantined: the rows of the delivery that are in quarantine, as read.
        lines: their lines.

    Returns:
        how many facts were withdrawn.
    """
    known_of = _told_by(work, sender, month, quarantined, lines)
    if known_of is None:
        return 0
    told, untellable = known_of
    history = known.facts_around(work, month)
    earlier = known.before(history, sender.sent_on, sender.sent_id)
    standing = known.last_told({name: column[earlier] for name, column in history.items()})
    key = tuple(standing[name] for name in ("employment", "relation", "period_begin"))
    absent = (standing["month"] == month) & (standing["state"] == "recorded")
    absent &= known.find(told, key) < 0
    absent &= known.find(untellable, (standing["client"], standing["person"])) < 0
    return facts.withdraw(work, sender, {n: column[absent] for n, column in standing.items()})


def _told_by(
    work: Work, sender: Sender, month: int, quarantined: pa.Table, lines: Ints
) -> tuple[tuple[Any, Any, Any], tuple[Any, Any]] | None:
    """Employment, relation and begin of all rows of a delivery, and client and person of faults.

    None where a row is unclear.
    """
    recorded = bulk.read(
        work.conn,
        select(income.c.employment, income.c.relation, income.c.period_begin).where(
            income.c.municipality == work.municipality,
            income.c.month.between(*known.around(month)),
            income.c.delivery == sender.delivery,
        ),
    )
    notes = Notes(lines)
    rows = FORMATS[sender.kind].parse(quarantined, sender.sent_on, notes)
    fault = rows.answer == FAULT
    if not ((rows.has_key | (rows.answer != "")) & (rows.bsn > 0)).all():
        return None
    kept = against_store(work, sender, rows, notes)
    told = (
        np.concatenate([recorded["employment"], kept.employment]),
        np.concatenate([recorded["relation"], rows.relation]),
        np.concatenate([recorded["period_begin"], rows.begin.iso]),
    )
    return told, (kept.client[fault], kept.person[fault])
