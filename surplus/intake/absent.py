"""What a full delivery (VOLLEDIG) takes back by no longer telling it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import select

from surplus.intake import facts, known
from surplus.intake.held.worklist import income_deliveries
from surplus.intake.income_rows import FAULT
from surplus.intake.judge import FORMATS, FULL, Sender, against_store
from surplus.intake.notes import Ints, Notes
from surplus.intake.recorded import put_aside
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import delivery, income

_KEY = ("employment", "relation", "period_begin")


def full_deliveries(work: Work) -> Iterator[tuple[int, int]]:
    """The full deliveries (VOLLEDIG), with their month."""
    query = select(delivery.c.delivery, delivery.c.month)
    query = query.where(*income_deliveries(work), delivery.c.scope == FULL)
    yield from ((row[0], row[1]) for row in work.conn.execute(query))


def withdraw(work: Work, sender: Sender, month: int, quarantined: pa.Table, lines: Ints) -> int:
    """Withdraw the facts of a month that the sender told before and leaves out of a full delivery;
    a withdrawal of what it turns out not to have told before is set aside.

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
        how many facts were withdrawn, or are no more.
    """
    known_of = _told_by(work, sender, month, quarantined, lines)
    if known_of is None:
        return 0
    told, untellable = known_of
    history = known.facts_around(work, month)
    earlier = known.before(history, sender.sent_on, sender.sent_id)
    standing = known.last_told({name: column[earlier] for name, column in history.items()})
    key = tuple(standing[name] for name in _KEY)
    absent = (standing["month"] == month) & (standing["state"] == "recorded")
    absent &= known.find(told, key) < 0
    absent &= known.find(untellable, (standing["client"], standing["person"])) < 0
    gone = _withdrawn(work, sender, month)
    before = tuple(gone[name] for name in _KEY)
    stale = known.find([column[absent] for column in key], before) < 0
    put_aside(work, gone["month"][stale], gone["income"][stale])
    absent &= known.find(before, key) < 0
    new = {name: column[absent] for name, column in standing.items()}
    return facts.withdraw(work, sender, new) + int(stale.sum())


def _withdrawn(work: Work, sender: Sender, month: int) -> known.Columns:
    """What a full delivery has withdrawn by leaving it out."""
    query = select(*(income.c[name] for name in ("month", "income", *_KEY))).where(
        income.c.municipality == work.municipality,
        income.c.month == month,
        income.c.delivery == sender.delivery,
        income.c.line == 0,
        known.counts_now(),
    )
    return bulk.read(work.conn, query)


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
            income.c.line > 0,
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
