"""The flat CSV `doorlevering`: header, trailer and the file as a whole (formats.md §1b).

A file is taken in when its control totals hold over all rows as read; then row by row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from sqlalchemy import select

from surplus.intake import corrected, facts, quarantine
from surplus.intake.columns import days, one_of, whole
from surplus.intake.csvfile import OddRow, Sheet, read_sheet
from surplus.intake.income_rows import COLUMNS, KIND, OPTIONAL, REQUIRED, SUMMED, IncomeRows, parse
from surplus.intake.judge import Sender, against_store
from surplus.intake.notes import BadFile, Notes, fatal
from surplus.intake.outcome import Incoming, Outcome
from surplus.intake.worklist import gaps, income_deliveries
from surplus.money import AMOUNT, to_cents
from surplus.months import Month
from surplus.runs import Work
from surplus.store.tables import delivery

VERSION = "1"
SCOPES = ("VOLLEDIG", "MUTATIES")
ENVIRONMENTS = ("TEST", "PRODUCTIE")
SENDER_ID = re.compile(r"[A-Za-z0-9._/-]{1,35}")


class Header(NamedTuple):
    """Line 1 of the file."""

    sent_id: str  # leveringsnummer
    month: Month | None  # maand; None where unreadable
    sent_on: str  # leverdatum, ISO; '' where unreadable
    scope: str  # soort


def read_doorlevering(work: Work, incoming: Incoming) -> Outcome:
    """Take in one file, in the transaction of the run.

    Raises:
        BadFile: the file cannot be read as a `doorlevering` at all.
    """
    sheet = read_sheet(
        incoming.content,
        required=REQUIRED,
        optional=OPTIONAL,
        preamble=1,
        max_bytes=work.settings.intake.max_bytes,
    )
    notes = Notes(sheet.lines)
    notes.file.extend(sheet.notes)
    header = _read_header(work, sheet.preamble[0], notes)
    table = pa.table({name: sheet[name] for name in COLUMNS})
    rows = parse(table, header.sent_on, notes)
    totals = {name: int(rows.cents[name][~rows.withdrawn].sum()) for name in SUMMED}
    _check_numbering(rows, header, notes, complete=len(sheet.odd) <= 1)
    _check_trailer(sheet, totals, notes)
    told = {
        "sender_id": header.sent_id,
        "sent_on": header.sent_on or None,
        "sent_id": header.sent_id,
        "month": header.month,
        "scope": header.scope,
    }
    if notes.refused:
        return incoming.refused(notes, **told)
    _check_order(work, header, notes)
    sender = Sender(incoming.delivery, header.sent_id, header.sent_on, KIND, header.scope)
    judged = against_store(work, sender, rows, notes)
    facts.record(work, judged)
    quarantine.keep(work, incoming.delivery, notes, table)
    corrected.answered(work, KIND, sheet, notes)
    return incoming.accepted(notes, totals=totals, **told)


def _read_header(work: Work, fields: list[str], notes: Notes) -> Header:
    """The header, with everything that is wrong with it said in `notes`."""
    if fields[0] != "H":
        raise BadFile(fatal("F16", 1))
    if len(fields) != 8:
        raise BadFile(fatal("F05", 1))
    _, version, sent_id, municipality, maand, leverdatum, scope, environment = fields
    day = days(pa.chunked_array([[leverdatum]]))
    sent_on = str(day.iso[0])
    month = _month(maand)
    wrong = {
        ("F04", "version"): version != VERSION,
        ("F05", "leveringsnummer"): not SENDER_ID.fullmatch(sent_id),
        ("F05", "maand"): month is None,
        ("F05", "leverdatum"): not sent_on,
        ("F05", "soort"): scope not in SCOPES,
        ("F05", "omgeving"): environment not in ENVIRONMENTS,
        ("F07", "leveringsnummer"): sent_id in _taken_in(work),
        ("F12", "gemeentecode"): municipality != work.municipality,
        ("F13", "omgeving"): environment in ENVIRONMENTS
        and environment != work.settings.municipality.environment,
        ("F15", "leverdatum"): sent_on > work.on
        or (month is not None and "" < sent_on < month.first_day.isoformat()),
    }
    for (code, field), found in wrong.items():
        if found:
            notes.about_file(code, field=field, line=1)
    return Header(sent_id, month, sent_on, scope)


def _check_numbering(rows: IncomeRows, header: Header, notes: Notes, *, complete: bool) -> None:
    """One delivery number and date on all rows (F05); volgnummer 1 to n, if all are read (F10)."""
    numbers, _ = whole(rows.column("volgnummer"), "[0-9]{1,9}")
    for field, code, wrong in (
        ("leveringsnummer", "F05", ~one_of(rows.column("leveringsnummer"), (header.sent_id,))),
        ("leverdatum", "F05", days(rows.column("leverdatum")).iso != header.sent_on),
        ("volgnummer", "F10", complete & (numbers != np.arange(1, len(rows) + 1))),
    ):
        if wrong.any():
            notes.about_file(code, field=field, line=int(notes.lines[np.argmax(wrong)]))


def _check_trailer(sheet: Sheet, totals: Mapping[str, int], notes: Notes) -> None:
    """The last line counts the rows (F10) and adds up their amounts (F11); none follows (F14)."""
    trailer, others = _trailer(sheet)
    for row in others:
        notes.about_file("F14" if row.fields[:1] == ["T"] else "F18", line=row.line)
    if trailer is None:
        notes.about_file("F14", line=sheet.last_line)
        return
    if len(trailer.fields) != 2 + len(SUMMED):
        notes.about_file("F18", line=trailer.line)
        return
    if others:
        return  # without all rows there is nothing to compare
    _, count, *sums = trailer.fields
    if count != str(len(sheet.lines)):
        notes.about_file("F10", field="count", line=trailer.line)
    for name, said in zip(SUMMED, sums, strict=True):
        unread = notes.having("E", "R05", name) | notes.having("E", "R06", name)
        differs = not re.fullmatch(AMOUNT, said) or to_cents(said) != totals[name]
        if unread.any() or differs:
            notes.about_file("F11", field=name, line=trailer.line)


def _trailer(sheet: Sheet) -> tuple[OddRow | None, list[OddRow]]:
    """The trailer, None where the file has none, and the other rows without the right shape."""
    if not sheet.odd or sheet.odd[-1].line != sheet.last_line:
        return None, sheet.odd
    last = sheet.odd[-1]
    if last.fields[:1] == ["T"]:
        return last, sheet.odd[:-1]
    # Cut off within its last row: that it has no trailer says it all.
    return None, sheet.odd[:-1]


def _check_order(work: Work, header: Header, notes: Notes) -> None:
    """F09: older than what was taken in. F08: a number before it in its series is missing."""
    taken_in = _taken_in(work)
    newest = max(((on, sent_id) for sent_id, on in taken_in.items()), default=("", ""))
    if (header.sent_on, header.sent_id) < newest:
        notes.about_file("F09", field="leveringsnummer", line=1)
    if gaps([*taken_in, header.sent_id], before=header.sent_id):
        notes.about_file("F08", field="leveringsnummer", line=1)


def _taken_in(work: Work) -> dict[str, str]:
    """The accepted deliveries: leveringsnummer and leverdatum."""
    rows = work.conn.execute(
        select(delivery.c.sender_id, delivery.c.sent_on).where(*income_deliveries(work, KIND))
    )
    return {row[0]: row[1] for row in rows}


def _month(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except ValueError:
        return None
