"""Looking again, after each import: what was held may now fit, and a full delivery that came
before an older one still says what is gone.

Rows are judged by what the sender told before them, so every order of arrival ends in the same
effective facts. Rows *told again* are kept for the same reason: once something older arrives
between, what they told may be new after all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import and_, bindparam, or_, select, update

from surplus.intake import facts, known, quarantine, worklist
from surplus.intake.columns import Texts
from surplus.intake.income_rows import OPTIONAL, REQUIRED, parse
from surplus.intake.judge import Sender, against_store, judge
from surplus.intake.notes import Mask, Notes
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import delivery, income, rejected_row

COLUMNS = (*REQUIRED, *OPTIONAL)


class Again(NamedTuple):
    """What looking again brought."""

    released: int = 0  # rows that counted for nothing and are facts now
    withdrawn: int = 0  # facts that a full delivery no longer tells


def look_again(work: Work, since: tuple[str, str] | None = None) -> Again:
    """Judge waiting rows again and apply full deliveries, until nothing more comes of it.

    Call it after everything that can make a held row fit: an import of income or clients, a
    decision about whom an income is paid to.

    Args:
        work: the run.
        since: the sender's order key of the oldest delivery that told something new just now;
            None where nothing did.
    """
    brought = Again()
    while True:
        gone = sum(_withdraw_absent(work, *full) for full in _full_deliveries(work, since))
        back = 0
        for sender, is_later in _waiting(work, since):
            if count := _retry(work, sender, ("held", "unchanged") if is_later else ("held",)):
                back += count
                since = min(since or sender.order, sender.order)
        if not gone and not back:
            worklist.refresh(work)
            return brought
        brought = Again(brought.released + back, brought.withdrawn + gone)


def drop(work: Work, delivery_number: int, line: int) -> bool:
    """Give up a quarantined row, by hand; whether there was one to give up."""
    done = work.conn.execute(
        update(rejected_row)
        .where(
            rejected_row.c.municipality == work.municipality,
            rejected_row.c.delivery == delivery_number,
            rejected_row.c.line == line,
            rejected_row.c.state.in_(("held", "rejected")),
        )
        .values(state="dropped")
    )
    worklist.refresh(work)
    return bool(done.rowcount)


# --- rows that wait ------------------------------------------------------------------------------


def _waiting(work: Work, since: tuple[str, str] | None) -> list[tuple[Sender, bool]]:
    """Deliveries with rows to look at, in the sender's order; and whether they come after `since`.

    Held rows are looked at always, rows told again only where something older came between.
    """
    held = rejected_row.c.state == "held"
    later = _after(since)
    rows = work.conn.execute(
        select(delivery.c.delivery, delivery.c.sender_id, delivery.c.sent_on)
        .join(
            rejected_row,
            (rejected_row.c.municipality == delivery.c.municipality)
            & (rejected_row.c.delivery == delivery.c.delivery),
        )
        .where(
            *_income_deliveries(work),
            or_(held, and_(rejected_row.c.state == "unchanged", later)),
        )
        .distinct()
        .order_by(delivery.c.sent_on, delivery.c.sender_id)
    )
    senders = [Sender(*row) for row in rows]
    return [(sender, since is not None and sender.order > since) for sender in senders]


def _income_deliveries(work: Work) -> tuple[Any, ...]:
    return (
        delivery.c.municipality == work.municipality,
        delivery.c.kind == worklist.KIND,
        delivery.c.verdict == "accepted",
    )


def _after(since: tuple[str, str] | None) -> Any:
    """The condition that a delivery comes after `since` in the sender's order."""
    if since is None:
        return delivery.c.sent_on.is_(None)
    same_day = (delivery.c.sent_on == since[0]) & (delivery.c.sender_id > since[1])
    return or_(delivery.c.sent_on > since[0], same_day)


def _retry(work: Work, sender: Sender, states: tuple[str, ...]) -> int:
    """Judge the waiting rows of one delivery; returns how many became facts."""
    said = _said(work, sender, states)
    if not len(said["line"]):
        return 0
    lines, first = np.unique(said["line"], return_index=True)
    judged = judge(work, sender, quarantine.fields_of(said["raw"][first], COLUMNS), lines)
    changed = _differs(judged.notes, said, first)
    if not changed.any():
        return 0
    _release(work, said["rejected"][np.isin(said["line"], lines[changed])])
    quarantine.keep(work, sender.delivery, judged.notes, judged.rows.table, only=changed)
    return facts.record(work, judged)


def _said(work: Work, sender: Sender, states: tuple[str, ...]) -> known.Columns:
    names = ("rejected", "line", "code", "state", "raw")
    query = (
        select(*(rejected_row.c[name] for name in names))
        .where(
            rejected_row.c.municipality == work.municipality,
            rejected_row.c.delivery == sender.delivery,
            rejected_row.c.state.in_(states),
        )
        .order_by(rejected_row.c.line, rejected_row.c.rejected)
    )
    said = bulk.read(work.conn, query)
    # The second of two equal rows in one file (R16) has its twin to speak for it.
    twins = said["line"][(said["code"] == "R16") & (said["state"] == "unchanged")]
    kept = ~np.isin(said["line"], twins)
    return {name: column[kept] for name, column in said.items()}


def _differs(notes: Notes, said: known.Columns, first: Any) -> Mask:
    """The rows whose state or codes are others than when they were last looked at."""
    before, now = _codes(said["line"], said["code"]), _codes(**notes.codes())
    fresh = np.array([before[line] != now.get(line, set()) for line in notes.lines.tolist()], bool)
    return np.asarray(fresh | (notes.states() != said["state"][first]), dtype=bool)


def _codes(line: Any, code: Texts) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for one, what in zip(line.tolist(), code, strict=True):
        found.setdefault(one, set()).add(what)
    return found


def _release(work: Work, numbers: Any) -> None:
    work.conn.execute(
        update(rejected_row)
        .where(
            rejected_row.c.municipality == work.municipality,
            rejected_row.c.rejected == bindparam("number"),
        )
        .values(state="released"),
        [{"number": number} for number in numbers.tolist()],
    )


# --- what a full delivery no longer tells --------------------------------------------------------


def _full_deliveries(work: Work, since: tuple[str, str] | None) -> Iterator[tuple[Sender, int]]:
    """Full deliveries (VOLLEDIG) from `since` on, in the sender's order, with their month."""
    if since is None:
        return
    itself = (delivery.c.sent_on == since[0]) & (delivery.c.sender_id == since[1])
    rows = work.conn.execute(
        select(delivery.c.delivery, delivery.c.sender_id, delivery.c.sent_on, delivery.c.month)
        .where(
            *_income_deliveries(work),
            delivery.c.scope == "VOLLEDIG",
            or_(itself, _after(since)),
        )
        .order_by(delivery.c.sent_on, delivery.c.sender_id)
    ).all()
    for row in rows:
        yield Sender(*row[:3]), row[3]


def _withdraw_absent(work: Work, sender: Sender, month: int) -> int:
    """Withdraw the facts of a month that the sender told before and leaves out of a full delivery.

    A row that was rejected or held is not left out. Where the key of a rejected row cannot be
    read, nothing is: it may be the very one.
    """
    told = _told_by(work, sender, month)
    if told is None:
        return 0
    history = known.facts_around(work, month)
    earlier = known.before(history, sender.sent_on, sender.sent_id)
    standing = known.last_told({name: column[earlier] for name, column in history.items()})
    key = tuple(standing[name] for name in ("employment", "relation", "period_begin"))
    absent = (standing["month"] == month) & (standing["state"] == "recorded")
    absent &= known.find(told, key) < 0
    return facts.withdraw(work, sender, {n: column[absent] for n, column in standing.items()})


def _told_by(work: Work, sender: Sender, month: int) -> tuple[Any, Any, Any] | None:
    """Employment, relation and begin of all rows of a delivery; None where one is unclear."""
    recorded = bulk.read(
        work.conn,
        select(income.c.employment, income.c.relation, income.c.period_begin).where(
            income.c.municipality == work.municipality,
            income.c.month.between(*known.around(month)),
            income.c.delivery == sender.delivery,
        ),
    )
    raw = bulk.read(
        work.conn,
        select(rejected_row.c.line, rejected_row.c.raw)
        .where(
            rejected_row.c.municipality == work.municipality,
            rejected_row.c.delivery == sender.delivery,
            rejected_row.c.raw != "",
        )
        .distinct(),
    )
    notes = Notes(raw["line"])
    rows = parse(quarantine.fields_of(raw["raw"], COLUMNS), sender.sent_on, notes)
    if not (rows.has_key & (rows.bsn > 0)).all():
        return None
    kept = against_store(work, sender, rows, notes)
    return (
        np.concatenate([recorded["employment"], kept.employment]),
        np.concatenate([recorded["relation"], rows.relation]),
        np.concatenate([recorded["period_begin"], rows.begin.iso]),
    )
