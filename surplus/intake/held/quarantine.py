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
from sqlalchemy import Select, select

from surplus.intake import absent, facts, known, recorded
from surplus.intake.columns import Texts
from surplus.intake.files.csvfile import OddRow, Sheet
from surplus.intake.held import corrected, worklist
from surplus.intake.held.waiting import (
    ASKED,
    EVERY_ROW,
    KEPT,
    Chosen,
    close,
    count_rows,
    fields_of,
    notes_of,
    raw_of,
)
from surplus.intake.judge import FORMATS, Sender, judge
from surplus.intake.notes import BadFile, Ints, Mask, Notes, fatal
from surplus.intake.payslips import facts as payslip_facts
from surplus.intake.payslips import judge as payslip_judge
from surplus.intake.payslips import rows as payslip_rows
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import delivery, rejected_row


class Again(NamedTuple):
    """What looking again brought."""

    released: int = 0  # rows that counted for nothing and are facts now
    withdrawn: int = 0  # facts that a full delivery no longer tells
    set_aside: int = 0  # facts that do not agree with something older that arrived after them


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
        delivered, since = _in_order(work, since)
        slips = sum(_retry_payslips(work, number) for number in _with_held_payslips(work))
        if not any(delivered) and not slips:
            corrected.told_later(work)
            corrected.told_no_more(work)
            worklist.refresh(work)
            return brought
        released, withdrawn, aside = (x + y for x, y in zip(brought, delivered, strict=True))
        brought = Again(released + slips, withdrawn, aside)


def _in_order(work: Work, since: tuple[str, str] | None) -> tuple[Again, tuple[str, str] | None]:
    """Go once through the deliveries of income in the order of their senders.

    Returns:
        what it brought, and the order key of the oldest that told something new by now.
    """
    brought = np.zeros(3, np.int64)
    months = dict(absent.full_deliveries(work))
    waiting = _with_held_rows(work)
    senders = [Sender(*row) for row in work.conn.execute(_income_senders(work))]
    nobody: tuple[set[int], int, int] = (set(), 0, 0)
    # Most deliveries arrive in order: nothing comes after them.
    behind = since is not None and any(sender.order > since for sender in senders)
    about = recorded.touched(work) if behind else nobody
    for sender in senders:
        later = since is not None and sender.order > since
        if not (later or sender.delivery in waiting or sender.order == since):
            continue
        found = np.zeros(3, np.int64)
        if later or sender.delivery in waiting:
            found[0], found[2] = _judge_again(work, sender, about if later else nobody)
        if sender.delivery in months and since is not None and sender.order >= since:
            kept = _quarantined(work, sender)
            found[1] = absent.withdraw(work, sender, months[sender.delivery], *kept)
        if found.any():
            since = min(since or sender.order, sender.order)
        brought += found
    return Again(*brought.tolist()), since


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
            back += _judge_again(work, sender, (set(), 0, 0), lines)[0]
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
    states[notes.asks & (states == "held")] = ASKED
    # A fault that was answered before it arrived still keeps a full delivery from taking back.
    raw = raw_of(table, np.isin(states, KEPT) | notes.having("I", "R25"))
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


def begun(work: Work, delivery: int, sheet: Sheet) -> Notes:
    """The notes of a list as it was read, the rows of another shape among them.

    Raises:
        BadFile: F14, it has no rows.
    """
    notes = Notes(sheet.lines)
    notes.file.extend(sheet.notes)
    if not len(notes) and not sheet.odd:
        raise BadFile(fatal("F14"))
    keep_odd(work, delivery, sheet.odd, notes)
    return notes


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
    notes.ask(np.isin(notes.lines, said["line"][said["state"] == ASKED]))
    return notes


# --- rows that wait ------------------------------------------------------------------------------


def _with_held_rows(work: Work) -> set[int]:
    """Deliveries of income with rows that are held."""
    rows = work.conn.execute(
        select(rejected_row.c.delivery)
        .where(
            rejected_row.c.municipality == work.municipality,
            rejected_row.c.state == "held",
        )
        .distinct()
    )
    return set(rows.scalars())


def _income_senders(work: Work) -> Select[Any]:
    """All deliveries of income, in the order of their senders."""
    return Sender.query().where(*worklist.income_deliveries(work))


def _senders(work: Work, numbers: Ints) -> Select[Any]:
    """These deliveries, as the income rows of any kind know them."""
    return Sender.query().where(
        delivery.c.municipality == work.municipality,
        delivery.c.delivery.in_(np.unique(numbers).tolist()),
        delivery.c.kind.in_((*worklist.DELIVERED, worklist.PAYSLIP)),
    )


#: Rows that are judged beside those that are held: each may tell something new after all.
_AGAIN = ("held", "unchanged", "corrected")


def _judge_again(
    work: Work, sender: Sender, about: tuple[set[int], int, int], only: Ints | None = None
) -> tuple[int, int]:
    """Judge rows of one delivery as if it arrived now: of everybody of whom a row is held, or of
    whom something was told just now, all rows together, facts too.

    Args:
        work: the run.
        sender: the delivery.
        about: of whom and about which months something older was told just now.
        only: rows that wait in these lines only.

    Returns:
        how many rows became facts, and how many facts were set aside.
    """
    said = _said(work, sender.delivery, about[0])
    lines, first = np.unique(said["line"], return_index=True)
    stand = _beside(work, sender, said, about)
    waiting = fields_of(said["raw"][first], FORMATS[sender.kind].columns)
    table = pa.concat_tables([waiting, recorded.as_read(work, sender, stand)])
    if not table.num_rows:
        return 0, 0
    judged = judge(work, sender, table, np.concatenate([lines, stand["line"]]))
    notes, waits = judged.notes, np.arange(table.num_rows) < len(lines)
    amiss = ~waits & np.logical_or.reduce([notes.having("H", code) for code in ("R17", "R18")])
    amiss &= ~notes.having("E")
    wanted = amiss.copy()
    wanted[: len(lines)] = _differs(notes, said, first)
    if only is not None:
        wanted[: len(lines)] &= np.isin(lines, only)
    _say_anew(work, sender.delivery, notes, judged.rows.table, said, wanted)
    gone = amiss[len(lines) :]
    recorded.put_aside(work, stand["month"][gone], stand["income"][gone])
    return facts.record(work, judged, wanted & waits), int(gone.sum())


def _beside(
    work: Work, sender: Sender, said: known.Columns, about: tuple[set[int], int, int]
) -> known.Columns:
    """The facts of a delivery to judge with its rows that wait: of the same people, and of whom
    something was told just now.
    """
    clients, first, last = about
    waiting = set(said["client"].tolist()) - {0}
    months = said["month"][said["month"] > 0]
    if waiting and len(months):
        near = [*known.around(int(months.min())), *known.around(int(months.max()))]
        first, last = min(first or near[0], near[0]), max(last, near[-1])
    return recorded.of_delivery(work, sender.delivery, clients | waiting, first, last)


def _retry_payslips(work: Work, number: int, only: Ints | None = None) -> int:
    """Judge the held payslips of one file; returns how many became facts."""
    said = _of_rows(work, number, ("held",))
    lines, first = np.unique(said["line"], return_index=True)
    table = fields_of(said["raw"][first], payslip_rows.COLUMNS)
    judged = payslip_judge.judge(work, number, table, lines)
    wanted = _differs(judged.notes, said, first)
    if only is not None:
        wanted &= np.isin(lines, only)
    _say_anew(work, number, judged.notes, table, said, wanted)
    return payslip_facts.record(work, judged, wanted)


def _say_anew(
    work: Work, number: int, notes: Notes, table: pa.Table, said: known.Columns, wanted: Mask
) -> None:
    """Replace what was said of these rows by what is said now."""
    if wanted.any():
        close(work, said["rejected"][np.isin(said["line"], notes.lines[wanted])], "released")
        keep(work, number, notes, table, only=wanted)


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


def _said(work: Work, number: int, about: set[int]) -> known.Columns:
    """What was said of the rows of a delivery of everybody of whom one is held, and of the others
    that it is about, as far as they wait or may tell something after all.
    """
    held = select(rejected_row.c.client).where(
        rejected_row.c.municipality == work.municipality,
        rejected_row.c.delivery == number,
        rejected_row.c.state == "held",
    )
    clients = about | set(work.conn.execute(held.distinct()).scalars())
    named = [rejected_row.c.client.in_(sorted(clients))] if len(clients) <= known.FEW else []
    said = _of_rows(work, number, _AGAIN, *named)
    mine = np.isin(said["client"], sorted(clients))
    # The second of two equal rows in one file (R16) has its twin to speak for it; what was
    # rejected, and put right since, was wrong in itself.
    twins = (said["code"] == "R16") & (said["state"] == "unchanged")
    mine &= ~np.isin(said["line"], said["line"][twins | (said["severity"] == "E")])
    return {name: column[mine] for name, column in said.items()}


def _of_rows(work: Work, number: int, states: Sequence[str], *conditions: Any) -> known.Columns:
    names = ("rejected", "line", "code", "severity", "state", "client", "month", "raw")
    query = (
        select(*(rejected_row.c[name] for name in names))
        .where(
            rejected_row.c.municipality == work.municipality,
            rejected_row.c.delivery == number,
            rejected_row.c.state.in_(states),
            *conditions,
        )
        .order_by(rejected_row.c.line, rejected_row.c.rejected)
    )
    return bulk.read(work.conn, query)


def _differs(notes: Notes, said: known.Columns, first: Any) -> Mask:
    """The rows whose state or codes are others than when they were last looked at."""
    before, now = _codes(said["line"], said["code"]), _codes(**notes.codes())
    lines = notes.lines[: len(first)].tolist()
    fresh = np.array([before[line] != now.get(line, set()) for line in lines], bool)
    was = np.where(said["state"][first] == "corrected", "held", said["state"][first])
    return np.asarray(fresh | (notes.states()[: len(first)] != was), dtype=bool)


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
