"""Quarantine: rows that wait, kept as they were read, and looked at again.

After each import what was held may fit, and a full delivery that came before an older one still
says what is gone. Rows are judged by what the sender told before them, so every order of arrival
ends in the same effective facts. Rows *told again* are kept for the same reason: once something
older arrives between, what they told may be new after all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from sqlalchemy import Select, and_, or_, select

from surplus.intake import (
    absent,
    corrected,
    facts,
    known,
    payslip_facts,
    payslip_judge,
    payslip_rows,
    worklist,
)
from surplus.intake.columns import Texts
from surplus.intake.csvfile import OddRow
from surplus.intake.judge import FORMATS, Sender, judge
from surplus.intake.notes import Ints, Mask, Notes
from surplus.intake.waiting import (
    EVERY_ROW,
    KEPT,
    Chosen,
    close,
    count_rows,
    fields_of,
    notes_of,
    raw_of,
)
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import delivery, rejected_row


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
        gone = sum(
            absent.withdraw(work, sender, month, *_quarantined(work, sender))
            for sender, month in absent.full_deliveries(work, since)
        )
        back = 0
        for sender, is_later in _waiting(work, since):
            if count := _retry(work, sender, ("held", "unchanged") if is_later else ("held",)):
                back += count
                since = min(since or sender.order, sender.order)
        back += sum(_retry_payslips(work, number) for number in _with_held_payslips(work))
        if not gone and not back:
            corrected.told_later(work)
            worklist.refresh(work)
            return brought
        brought = Again(brought.released + back, brought.withdrawn + gone)


def retry(work: Work, chosen: Chosen = EVERY_ROW) -> int:
    """Look at the held rows again, by hand; returns how many are facts now.

    Args:
        work: the run.
        chosen: of these only; what they bring may make others fit too.
    """
    if chosen.anything:
        return look_again(work).released
    said = notes_of(work.conn, work.municipality, chosen, ("held",))
    back = 0
    for sender in [Sender(*row) for row in work.conn.execute(_senders(work, said["delivery"]))]:
        lines = said["line"][said["delivery"] == sender.delivery]
        if sender.kind == worklist.PAYSLIP:
            back += _retry_payslips(work, sender.delivery, lines)
        else:
            back += _retry(work, sender, ("held",), lines)
    return back + look_again(work).released if back else 0


def drop(work: Work, chosen: Chosen) -> dict[int, list[int]]:
    """Give up rows of the quarantine, by hand.

    Returns:
        The lines of each delivery that wait no more.

    Raises:
        Refusal: nothing was chosen, or no row waits there.
    """
    if chosen.anything:
        raise Refusal("say which rows", "give DELIVERY [LINE], --code, --client or --lines")
    said = notes_of(work.conn, work.municipality, chosen)
    if not count_rows(said):
        raise Refusal("no such row waits", "surplus rejected list shows the rows that wait")
    close(work, said["rejected"], "dropped")
    worklist.refresh(work)
    return {
        number: np.unique(said["line"][said["delivery"] == number]).tolist()
        for number in np.unique(said["delivery"]).tolist()
    }


# --- rows as they are kept ------------------------------------------------------------------------


def keep(
    work: Work, delivery: int, notes: Notes, table: pa.Table, only: Mask | None = None
) -> None:
    """Record every note on the rows of a delivery.

    Args:
        work: the run.
        delivery: the delivery's number.
        notes: one row per row of `table`.
        table: the rows as read; text columns.
        only: of these rows; None for all.
    """
    said = notes.table()
    if only is not None:
        said = {name: column[only[said["row"]]] for name, column in said.items()}
    states = notes.states()
    raw = raw_of(table, np.isin(states, KEPT))
    row = said.pop("row")
    first = bulk.next_id(work.conn, rejected_row, work.municipality)
    bulk.append(
        work.conn,
        rejected_row,
        {
            "municipality": work.municipality,
            "rejected": np.arange(first, first + len(row)),
            "delivery": delivery,
            **said,
            "state": states[row],
            "client": notes.clients[row],
            "person": notes.persons[row],
            "month": [month or None for month in notes.months[row].tolist()],
            "raw": raw[row],
            "run": work.run,
            "recorded_on": work.on,
        },
    )


def keep_odd(work: Work, delivery: int, odd: Sequence[OddRow], notes: Notes) -> None:
    """Reject the rows with more or fewer fields than there are columns (F18)."""
    for row in odd:
        notes.about_file("F18", line=row.line, severity="E")
    notes.odd = len(odd)
    first = bulk.next_id(work.conn, rejected_row, work.municipality)
    bulk.append(
        work.conn,
        rejected_row,
        {
            "municipality": work.municipality,
            "rejected": np.arange(first, first + len(odd)),
            "delivery": delivery,
            "line": [row.line for row in odd],
            "field": "", "code": "F18", "severity": "E", "state": "rejected", "client": 0,
            "person": 0,
            "raw": [json.dumps(row.fields, ensure_ascii=False) for row in odd],
            "run": work.run,
            "recorded_on": work.on,
        },
    )  # fmt: skip


def said_before(work: Work, number: int) -> Notes:
    """The notes on the rows of a delivery, as they were when it was taken in."""
    names = ("line", "field", "code", "severity", "state")
    query = select(*(rejected_row.c[name] for name in names)).where(
        rejected_row.c.municipality == work.municipality, rejected_row.c.delivery == number
    )
    said = bulk.read(work.conn, query.order_by(rejected_row.c.rejected))
    notes = Notes(np.unique(said["line"]))
    about = known.groups(said["field"], said["code"], said["severity"])
    for number in range(about.max(initial=-1) + 1):
        same = np.flatnonzero(about == number)
        told = (said[name][same[0]] for name in names[1:4])
        notes.add(np.isin(notes.lines, said["line"][same]), *told)
    notes.record(np.isin(notes.lines, said["line"][said["state"] == "recorded"]))
    return notes


# --- rows that wait ------------------------------------------------------------------------------


def _waiting(work: Work, since: tuple[str, str] | None) -> list[tuple[Sender, bool]]:
    """Deliveries with rows to look at, in the sender's order; and whether they come after `since`.

    Held rows are looked at always, rows told again only where something older came between.
    """
    held = rejected_row.c.state == "held"
    later = worklist.after(since)
    rows = work.conn.execute(
        Sender.query()
        .join(
            rejected_row,
            (rejected_row.c.municipality == delivery.c.municipality)
            & (rejected_row.c.delivery == delivery.c.delivery),
        )
        .where(
            *worklist.income_deliveries(work),
            or_(held, and_(rejected_row.c.state == "unchanged", later)),
        )
        .distinct()
    )
    senders = [Sender(*row) for row in rows]
    return [(sender, since is not None and sender.order > since) for sender in senders]


def _senders(work: Work, numbers: Ints) -> Select[Any]:
    """These deliveries, as the income rows of any kind know them."""
    return Sender.query().where(
        delivery.c.municipality == work.municipality,
        delivery.c.delivery.in_(np.unique(numbers).tolist()),
        delivery.c.kind.in_((*worklist.DELIVERED, worklist.PAYSLIP)),
    )


def _retry(work: Work, sender: Sender, states: tuple[str, ...], only: Ints | None = None) -> int:
    """Judge the waiting rows of one delivery; returns how many became facts."""
    said = _said(work, sender.delivery, states, only)
    if not len(said["line"]):
        return 0
    lines, first = np.unique(said["line"], return_index=True)
    table = fields_of(said["raw"][first], FORMATS[sender.kind].columns)
    judged = judge(work, sender, table, lines)
    changed = _say_anew(work, sender.delivery, judged.notes, judged.rows.table, said)
    return facts.record(work, judged) if changed else 0


def _retry_payslips(work: Work, number: int, only: Ints | None = None) -> int:
    """Judge the held payslips of one file; returns how many became facts."""
    said = _said(work, number, ("held",), only)
    lines, first = np.unique(said["line"], return_index=True)
    table = fields_of(said["raw"][first], payslip_rows.COLUMNS)
    judged = payslip_judge.judge(work, number, table, lines)
    changed = _say_anew(work, number, judged.notes, table, said)
    return payslip_facts.record(work, judged) if changed else 0


def _say_anew(work: Work, number: int, notes: Notes, table: pa.Table, said: known.Columns) -> bool:
    """Replace what was said of rows by what is said now; returns whether that is something else."""
    _, first = np.unique(said["line"], return_index=True)
    changed = _differs(notes, said, first)
    if changed.any():
        close(work, said["rejected"][np.isin(said["line"], notes.lines[changed])], "released")
        keep(work, number, notes, table, only=changed)
    return bool(changed.any())


def _with_held_payslips(work: Work) -> list[int]:
    """Files of payslips with rows that are held, by their latest betaaldatum."""
    rows = work.conn.execute(
        select(delivery.c.delivery, delivery.c.sent_on, delivery.c.sender_id)
        .join(
            rejected_row,
            (rejected_row.c.municipality == delivery.c.municipality)
            & (rejected_row.c.delivery == delivery.c.delivery),
        )
        .where(
            delivery.c.municipality == work.municipality,
            delivery.c.kind == worklist.PAYSLIP,
            delivery.c.verdict == "accepted",
            rejected_row.c.state == "held",
        )
        .distinct()
        .order_by(delivery.c.sent_on, delivery.c.sender_id)
    )
    return [int(row[0]) for row in rows]


def _said(
    work: Work, number: int, states: tuple[str, ...], only: Ints | None = None
) -> known.Columns:
    """What was said of the rows of a delivery in these states; only of these lines."""
    names = ("rejected", "line", "code", "state", "raw")
    query = (
        select(*(rejected_row.c[name] for name in names))
        .where(
            rejected_row.c.municipality == work.municipality,
            rejected_row.c.delivery == number,
            rejected_row.c.state.in_(states),
        )
        .order_by(rejected_row.c.line, rejected_row.c.rejected)
    )
    said = bulk.read(work.conn, query)
    # The second of two equal rows in one file (R16) has its twin to speak for it.
    twins = said["line"][(said["code"] == "R16") & (said["state"] == "unchanged")]
    kept = ~np.isin(said["line"], twins)
    if only is not None:
        kept &= np.isin(said["line"], only)
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


def _quarantined(work: Work, sender: Sender) -> tuple[pa.Table, Ints]:
    """The rows of a delivery that are or were in quarantine, as read, and their lines."""
    kept = bulk.read(
        work.conn,
        select(rejected_row.c.line, rejected_row.c.raw)
        .where(
            rejected_row.c.municipality == work.municipality,
            rejected_row.c.delivery == sender.delivery,
            rejected_row.c.raw != "",
        )
        .distinct(),
    )
    return fields_of(kept["raw"], FORMATS[sender.kind].columns), kept["line"]
