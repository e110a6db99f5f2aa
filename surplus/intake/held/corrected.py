"""What was sent again, put right, leaves the quarantine by itself.

A row is corrected once the same person, employer, relation and period are told later and taken in.
Where one of these was what was wrong, a row says itself which one it puts right: the file that goes
back to its sender bears the number of every row in its remark (`returned`). Such a row must agree
with the one it answers in two of person, employer and begin of the period.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import select

from surplus.intake import income_rows, known
from surplus.intake.columns import Texts, texts
from surplus.intake.files.csvfile import REMARK, Sheet
from surplus.intake.held.waiting import WAITING, close, fields_of
from surplus.intake.held.worklist import DELIVERED, PAYSLIP
from surplus.intake.judge import FORMATS, Sender
from surplus.intake.notes import Ints, Mask, Notes
from surplus.intake.payslips import known as payslip_known
from surplus.intake.payslips import rows as payslip_rows
from surplus.months import Month
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import delivery, rejected_row

#: Who, by whom and when, by kind of file.
_IDENTITY = {
    income_rows.KIND: ("bsn", "loonheffingennummer", "dat_b_iko"),
    PAYSLIP: ("bsn_of_klantnummer", "loonheffingennummer", "periode_begin"),
}
#: How a remark begins: delivery and line of the row that is put right, and of those before it
#: where it was wrong more than once.
ANSWERS = re.compile(r"(?:[0-9]{1,9}:[0-9]{1,9} )+")
_TAKEN_IN = ("recorded", "unchanged")
_KEY = ("employment", "relation", "period_begin")


def told_later(work: Work) -> None:
    """Close the rows of income that wait and of which something later was taken in."""
    query = Sender.query().where(
        delivery.c.municipality == work.municipality,
        delivery.c.verdict == "accepted",
        delivery.c.kind.in_((*DELIVERED, PAYSLIP)),
        delivery.c.delivery.in_(
            select(rejected_row.c.delivery).where(
                rejected_row.c.municipality == work.municipality, rejected_row.c.state.in_(WAITING)
            )
        ),
    )
    for sender in [Sender(*row) for row in work.conn.execute(query)]:
        said = _waiting(work, sender.delivery)
        lines, first = np.unique(said["line"], return_index=True)
        later = _payslips if sender.kind == PAYSLIP else _deliveries
        done = later(work, sender, said["raw"][first], lines)
        close(work, said["rejected"][np.isin(said["line"], lines[done])], "corrected")


def told_no_more(work: Work) -> None:
    """Let rows of income wait again whose correction this run has set aside."""
    gone = known.set_aside_now(work)
    clients = np.unique(gone["client"]).tolist()
    if not clients:
        return
    closed = rejected_row.c.state == "corrected"
    query = Sender.query().where(
        delivery.c.municipality == work.municipality,
        delivery.c.kind.in_(DELIVERED),
        delivery.c.delivery.in_(
            select(rejected_row.c.delivery).where(
                rejected_row.c.municipality == work.municipality, closed,
                rejected_row.c.client.in_(clients),
            )
        ),
    )  # fmt: skip
    for sender in [Sender(*row) for row in work.conn.execute(query)]:
        said = _rows(work, sender.delivery, closed, rejected_row.c.client.in_(clients))
        lines, first = np.unique(said["line"], return_index=True)
        raw = said["raw"][first]
        key = _keys(work, sender, raw, lines)[1]
        again = known.find([gone[name] for name in _KEY], key) >= 0
        again &= ~_deliveries(work, sender, raw, lines)
        close(work, said["rejected"][np.isin(said["line"], lines[again])], "held")


def _waiting(work: Work, number: int) -> known.Columns:
    """The rows of a delivery that wait and have the shape of its columns."""
    return _rows(work, number, rejected_row.c.state.in_(WAITING))


def _rows(work: Work, number: int, *conditions: Any) -> known.Columns:
    row = rejected_row.c
    query = select(row.rejected, row.line, row.raw).where(
        row.municipality == work.municipality,
        row.delivery == number,
        row.raw.like("{%"),
        *conditions,
    )
    return bulk.read(work.conn, query)


def _deliveries(work: Work, sender: Sender, raw: Texts, lines: Ints) -> Mask:
    """Rows of which the sender told something later, in the sender's own order."""
    client, key = _keys(work, sender, raw, lines)
    keyed = key[0] > 0
    day = key[2][keyed]
    month = np.array([int(Month.of(one)) for one in day.tolist()], np.int64)
    told = known.facts(work, client[keyed], month, day, day)
    later = ~known.before(told, sender.sent_on, sender.sent_id)
    later &= (told["sent_on"] != sender.sent_on) | (told["sent_id"] != sender.sent_id)
    return known.find([told[name][later] for name in _KEY], key) >= 0


def _keys(work: Work, sender: Sender, raw: Texts, lines: Ints) -> tuple[Ints, tuple[Any, ...]]:
    """Client, and employment (-1 where it cannot be told), relation and begin of rows."""
    form = FORMATS[sender.kind]
    rows = form.parse(fields_of(raw, form.columns), sender.sent_on, Notes(lines))
    client, person, _ = known.people(work, rows.bsn, rows.begin.month)
    job = known.employments(work, client, person, rows.employer)
    keyed = rows.has_key & (job > 0)
    return client, (np.where(keyed, job, -1), rows.relation, rows.begin.iso)


def _payslips(work: Work, sender: Sender, raw: Texts, lines: Ints) -> Mask:
    """Payslips of whose period a later file told one that was taken in: they bear no number."""
    rows = payslip_rows.parse(fields_of(raw, payslip_rows.COLUMNS), work.on, Notes(lines))
    client, person, _ = known.people(work, rows.bsn, rows.begin.month, rows.number)
    job = known.employments(work, client, person, rows.employer)
    told = payslip_known.told_before(work, job)
    later = told["delivery"] > sender.delivery
    names = ("employment", "period_begin")
    key = (np.where(rows.has_key & (job > 0), job, -1), rows.begin.iso)
    return known.find([told[name][later] for name in names], key) >= 0


def answered(work: Work, kind: str, sheet: Sheet, notes: Notes) -> None:
    """Close the rows that rows of this file say they put right, where they were taken in.

    Args:
        work: the run.
        kind: of the file.
        sheet: the file, of which a column may bear remarks.
        notes: what was said of its rows.
    """
    if REMARK not in sheet.names:
        return
    taken = set(notes.lines[np.isin(notes.states(), _TAKEN_IN)].tolist())
    answers: dict[tuple[int, int], int] = {}
    for place, (line, remark) in enumerate(
        zip(sheet.lines.tolist(), texts(sheet[REMARK]), strict=True)
    ):
        if line in taken and (found := ANSWERS.match(remark)):
            for answer in found[0].split():
                number, _, its_line = answer.partition(":")
                answers[int(number), int(its_line)] = place
    if answers:
        close(work, _agreeing(work, kind, sheet, answers), "corrected")


def _agreeing(
    work: Work, kind: str, sheet: Sheet, answers: Mapping[tuple[int, int], int]
) -> list[int]:
    """The notes on the rows that are answered, of those with which their answer agrees."""
    row = rejected_row.c
    files = select(delivery.c.delivery).where(
        delivery.c.municipality == work.municipality, delivery.c.kind == kind
    )
    query = select(row.rejected, row.delivery, row.line, row.raw).where(
        row.municipality == work.municipality, row.state.in_(WAITING), row.delivery.in_(files)
    )
    columns: list[pa.ChunkedArray] = [sheet[name] for name in _IDENTITY[kind]]
    found = []
    for number, its_delivery, line, raw in work.conn.execute(query):
        place = answers.get((its_delivery, line))
        if place is None or not raw:
            continue
        kept = json.loads(raw)
        values = set(kept.values() if isinstance(kept, dict) else kept) - {""}
        if sum(column[place].as_py() in values for column in columns) >= 2:
            found.append(number)
    return found
