"""The flat CSV `doorlevering`: header, trailer and the file as a whole (formats.md §1b).

A file is taken in when its control totals hold over all rows as read; then row by row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from sqlalchemy import select

from surplus.intake import facts
from surplus.intake.columns import days, one_of, whole
from surplus.intake.doorlevering import claim_in_net, layouts
from surplus.intake.files.csvfile import OddRow, Sheet, read_sheet
from surplus.intake.files.limits import Limits
from surplus.intake.held import corrected, quarantine
from surplus.intake.held.worklist import gaps, income_deliveries
from surplus.intake.income_rows import (
    CHANGED,
    CLAIM,
    COLUMNS,
    KIND,
    NEW,
    OPTIONAL,
    REQUIRED,
    SUMMED,
    IncomeRows,
    parse,
)
from surplus.intake.judge import Sender, against_store
from surplus.intake.notes import BadFile, Notes, fatal
from surplus.intake.outcome import Incoming, Outcome
from surplus.money import AMOUNT, to_cents
from surplus.months import Month
from surplus.runs import Work
from surplus.store.tables import delivery

VERSION = "1"
#: What is recorded of a layout beside its columns.
_SHOWN = {"version", "envelope", "separator", "constants", "delivery", "signals"}
#: Enough of a file to see its column names.
HEAD_BYTES = 65_536
#: What the signal service was asked to deliver, as configuration tells.
SETTINGS = ("new_periods", "corrected_periods", "claim_in_net")
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
    found = layouts.find(incoming.source.head(HEAD_BYTES), work.settings.layouts)
    told_by = _read(work, incoming, found)
    sheet = told_by.sheet
    notes = Notes(sheet.lines)
    notes.file.extend(sheet.notes)
    header = _read_header(work, told_by.head or sheet.preamble[0], notes)
    table = pa.table({name: sheet[name] for name in COLUMNS})
    if work.settings.intake.claim_in_net:
        table, no_table = claim_in_net.taken_out(work, table)
        if no_table.any():
            line = int(sheet.lines[np.argmax(no_table)])
            notes.about_file("CLAIM_TABLE", field=claim_in_net.NET, line=line)
    rows = parse(table, header.sent_on, notes)
    totals = _totals(rows)
    _check_numbering(rows, header, notes, complete=len(sheet.odd) <= 1)
    if told_by.head:
        notes.about_file("NO_TOTALS")
        for row in sheet.odd:
            notes.about_file("F18", line=row.line)
    else:
        _check_trailer(sheet, told_by.skipped, totals, notes)
    if told_by.skipped:
        notes.about_file("SIGNAL_SKIPPED")
    _check_settings(work, rows, notes)
    told: dict[str, Any] = {
        "read_as": _read_as(work, found),
        "counts": {"skipped": told_by.skipped} if told_by.skipped else {},
        "sender_id": header.sent_id,
        "sent_on": header.sent_on or None,
        "sent_id": header.sent_id,
        "month": header.month,
        "scope": header.scope,
    }
    if notes.refused:
        told["counts"] |= {"rows": len(notes)}
        return incoming.refused(notes, **told)
    _check_order(work, header, notes)
    sender = Sender(incoming.delivery, header.sent_id, header.sent_on, KIND, header.scope)
    judged = against_store(work, sender, rows, notes)
    facts.record(work, judged)
    quarantine.keep(work, incoming.delivery, notes, table)
    corrected.answered(work, KIND, sheet, notes)
    return incoming.accepted(notes, totals=totals, **told)


def _read(work: Work, incoming: Incoming, found: layouts.Found | None) -> layouts.Read:
    """The file in our own columns, by the layout of its supplier where it has one."""
    limits = Limits.of(work.settings.intake)
    if found:
        return layouts.read(incoming.content, incoming.sha256, found, limits)
    sheet = read_sheet(
        incoming.content, required=REQUIRED, optional=OPTIONAL, preamble=1, limits=limits
    )
    return layouts.Read(sheet, [], 0)


def _read_as(work: Work, found: layouts.Found | None) -> dict[str, Any]:
    """How the file was read: recorded with the delivery, shown in a preview."""
    intake = work.settings.intake
    settings = {name: getattr(intake, name) for name in SETTINGS}
    if not found:
        return settings
    columns = {name: field for name, field in found.layout.columns.items() if field}
    return settings | {
        "layout": found.name, "columns": columns,
        **found.layout.model_dump(include=_SHOWN),
        "unused": layouts.unused(found.layout),
    }  # fmt: skip


def _totals(rows: IncomeRows) -> dict[str, int]:
    """Of the amounts as they were told: a claim that was in the net is in its total."""
    standing = ~rows.withdrawn
    totals = {name: int(rows.cents[name][standing].sum()) for name in SUMMED}
    if CLAIM in rows.cents:
        totals[claim_in_net.NET] += int(rows.cents[CLAIM][standing].sum())
    return totals


def _check_settings(work: Work, rows: IncomeRows, notes: Notes) -> None:
    """W: rows of a kind that the signal service was not asked for, says the configuration."""
    intake = work.settings.intake
    for asked, tag in ((intake.new_periods, NEW[1]), (intake.corrected_periods, CHANGED)):
        if not asked and (rows.tag == tag).any():
            line = int(notes.lines[np.argmax(rows.tag == tag)])
            notes.about_file("SIGNAL_SETTINGS", field="tag", line=line)


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


def _check_trailer(sheet: Sheet, skipped: int, totals: Mapping[str, int], notes: Notes) -> None:
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
    if count != str(len(sheet.lines) + skipped):
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
