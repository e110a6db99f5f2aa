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
import pyarrow.compute as pc
from pyarrow import json as arrow_json
from sqlalchemy import and_, bindparam, or_, select, update

from surplus.intake import (
    absent,
    facts,
    known,
    payslip_facts,
    payslip_judge,
    payslip_rows,
    worklist,
)
from surplus.intake.columns import Texts
from surplus.intake.csvfile import ROW_BYTES_MAX, OddRow
from surplus.intake.judge import FORMATS, Sender, judge
from surplus.intake.notes import Ints, Mask, Notes
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import delivery, rejected_row

#: Rows in these states are kept as they were read.
KEPT = ("rejected", "held", "unchanged")


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
            worklist.refresh(work)
            return brought
        brought = Again(brought.released + back, brought.withdrawn + gone)


def retry(work: Work) -> int:
    """Look at the held rows again, by hand; returns how many are facts now."""
    return look_again(work).released


def drop(work: Work, delivery_number: int, line: int) -> None:
    """Give up a quarantined row, by hand.

    Raises:
        Refusal: no row waits there.
    """
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
    if not done.rowcount:
        raise Refusal(
            f"no row waits on line {line} of delivery {delivery_number}",
            "surplus rejected list shows the rows that wait",
        )
    worklist.refresh(work)


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
    raw = _raw(table, np.isin(states, KEPT))
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


def _raw(table: pa.Table, kept: Mask) -> Texts:
    """The kept rows as JSON of their fields; '' for the others."""
    raw = np.full(table.num_rows, "", dtype=object)
    if not kept.any():
        return raw
    lines = (
        table.filter(pa.array(kept))
        .to_pandas()
        .to_json(orient="records", lines=True, force_ascii=False)
    )
    raw[kept] = lines.rstrip("\n").split("\n")
    return raw


def fields_of(raw: Texts, names: Sequence[str]) -> pa.Table:
    """The rows back from what `keep` stored; '' where a field was empty."""
    schema = pa.schema([(name, pa.string()) for name in names])
    if not len(raw):
        return schema.empty_table()
    rows = arrow_json.read_json(
        pa.BufferReader("\n".join(raw).encode()),
        arrow_json.ReadOptions(block_size=16 * ROW_BYTES_MAX),  # room for what JSON escapes
        arrow_json.ParseOptions(schema, unexpected_field_behavior="ignore"),
    )
    return pa.table({name: pc.fill_null(rows[name], "") for name in names})


def said_before(work: Work, number: int) -> Notes:
    """The notes on the rows of a delivery, as they were when it was taken in."""
    names = ("line", "field", "code", "severity")
    query = select(*(rejected_row.c[name] for name in names)).where(
        rejected_row.c.municipality == work.municipality, rejected_row.c.delivery == number
    )
    said = bulk.read(work.conn, query.order_by(rejected_row.c.rejected))
    notes = Notes(np.unique(said["line"]))
    about = known.groups(said["field"], said["code"], said["severity"])
    for number in range(about.max(initial=-1) + 1):
        same = np.flatnonzero(about == number)
        told = (said[name][same[0]] for name in names[1:])
        notes.add(np.isin(notes.lines, said["line"][same]), *told)
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


def _retry(work: Work, sender: Sender, states: tuple[str, ...]) -> int:
    """Judge the waiting rows of one delivery; returns how many became facts."""
    said = _said(work, sender.delivery, states)
    if not len(said["line"]):
        return 0
    lines, first = np.unique(said["line"], return_index=True)
    table = fields_of(said["raw"][first], FORMATS[sender.kind].columns)
    judged = judge(work, sender, table, lines)
    changed = _say_anew(work, sender.delivery, judged.notes, judged.rows.table, said)
    return facts.record(work, judged) if changed else 0


def _retry_payslips(work: Work, number: int) -> int:
    """Judge the held payslips of one file; returns how many became facts."""
    said = _said(work, number, ("held",))
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
        _release(work, said["rejected"][np.isin(said["line"], notes.lines[changed])])
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


def _said(work: Work, number: int, states: tuple[str, ...]) -> known.Columns:
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
