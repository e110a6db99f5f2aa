"""Taking in an InkomensLevering: header, trailer and the file as a whole (formats.md §1a).

The sender numbers its deliveries (Volgnummer); Leverdatum and then that number decide which of two
tellings is the later one, whatever arrived when.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from sqlalchemy import select

from surplus.intake import facts
from surplus.intake.columns import days
from surplus.intake.columns import told as is_told
from surplus.intake.files.limits import Limits
from surplus.intake.held import quarantine
from surplus.intake.held.worklist import income_deliveries
from surplus.intake.judge import Sender, against_store
from surplus.intake.notes import Notes
from surplus.intake.outcome import Incoming, Outcome
from surplus.intake.suwi import envelope
from surplus.intake.suwi.envelope import Envelope
from surplus.intake.suwi.rows import KIND, NEEDED, parse, unit_suspect
from surplus.intake.suwi.schemas import Schemas
from surplus.months import Month
from surplus.runs import Work
from surplus.store.tables import delivery

#: The trailer's totals, for the amounts of NEEDED.
TOTALS = ("TotaalBrutoloonSvCenten", "TotaalLoonLbCenten", "TotaalIngehoudenLbCenten")
#: A higher number would not sort among others.
NUMBER_MAX = 10**9 - 1


class Header(NamedTuple):
    """The header (Kop)."""

    sender_id: str  # LeveringId
    number: int  # Volgnummer
    sent_on: str  # Leverdatum, ISO; '' where it is no plain date
    month: Month  # Maand
    scope: str  # SoortLevering

    @property
    def sent_id(self) -> str:
        """The number as text that sorts as numbers do."""
        return f"{self.number:09d}"


class Earlier(NamedTuple):
    """A delivery that was taken in, in the sender's order."""

    sent_on: str
    sent_id: str
    sender_id: str


def read_inkomenslevering(work: Work, incoming: Incoming, schemas: Path) -> Outcome:
    """Take in one file, in the transaction of the run.

    Args:
        work: the run.
        incoming: the file.
        schemas: the folder with the schemas of SuwiML.

    Raises:
        BadFile: the file does not fit its schemas, or these are not there.
    """
    told = envelope.read(incoming.source, Schemas(schemas), Limits.of(work.settings.intake))
    notes = Notes(np.arange(1, told.table.num_rows + 1))
    earlier = _taken_in(work)
    header = _read_header(work, told, earlier, notes)
    rows = parse(told.table, header.sent_on, notes)
    totals = {
        total: sum(rows.cents[name].tolist()) for total, name in zip(TOTALS, NEEDED, strict=True)
    }
    counted = {
        "berichten": told.messages,
        "inkomstenopgaven": int(is_told(told.table["Inkomstenopgave"]).sum()),
    }
    _check_trailer(told, counted, totals, notes)
    if unit_suspect(rows):
        notes.about_file("F19", field="BedrBrutoloonSv")
    about = {
        "sender_id": header.sender_id,
        "sent_on": header.sent_on or None,
        "sent_id": header.sent_id,
        "month": header.month,
        "scope": header.scope,
        "totals": totals,
    }
    if notes.refused:
        return incoming.refused(notes, counts=counted, **about)
    _check_order(told, header, earlier, notes)
    sender = Sender(incoming.delivery, header.sent_id, header.sent_on, KIND, header.scope)
    judged = against_store(work, sender, rows, notes)
    facts.record(work, judged)
    quarantine.keep(work, incoming.delivery, notes, told.table)
    messages = [f"Bericht {number}" for number in told.table["Bericht"].to_pylist()]
    waits = np.flatnonzero(notes.having("E") | notes.having("H"))
    raw = dict(zip(waits.tolist(), told.table.take(waits).to_pylist(), strict=True))
    return incoming.accepted(notes, counts=counted, told_as=messages, raw=raw, **about)


def _read_header(work: Work, told: Envelope, earlier: list[Earlier], notes: Notes) -> Header:
    """The header, with everything that is wrong with it said in `notes`."""
    fields = told.header
    sent_on = str(days(pa.chunked_array([[fields["Leverdatum"]]]), dashes=True).iso[0])
    unknown = fields["Maand"].startswith("0000")  # a year that the schema lets pass
    month = Month.parse("0001-01" if unknown else fields["Maand"])
    number = min(int(fields["Volgnummer"]), NUMBER_MAX + 1)
    header = Header(fields["LeveringId"], number, sent_on, month, fields["SoortLevering"])
    wrong = {
        ("F05", "Volgnummer"): number > NUMBER_MAX,
        ("F05", "Leverdatum"): not sent_on,
        ("F05", "Maand"): unknown,
        ("F07", "LeveringId"): header.sender_id in {one.sender_id for one in earlier},
        ("F07", "Volgnummer"): header.sent_id in {one.sent_id for one in earlier},
        ("F12", "Gemeentecode"): fields["Gemeentecode"] != work.municipality,
        ("F13", "Omgeving"): fields["Omgeving"] != work.settings.municipality.environment,
        ("F15", "Leverdatum"): sent_on > work.on or "" < sent_on < month.first_day.isoformat(),
    }
    for (code, field), found in wrong.items():
        if found:
            notes.about_file(code, field=f"Kop/{field}", line=told.header_line)
    return header


def _check_trailer(
    told: Envelope, counted: Mapping[str, int], totals: Mapping[str, int], notes: Notes
) -> None:
    """Numbers from 1 without gaps and the right counts (F10), and totals to the cent (F11)."""
    if told.misnumbered:
        notes.about_file("F10", field="Bericht/@nr", line=told.misnumbered)
    expected = {
        "AantalBerichten": ("F10", counted["berichten"]),
        "AantalInkomstenopgaven": ("F10", counted["inkomstenopgaven"]),
        **{name: ("F11", cents) for name, cents in totals.items()},
    }
    for name, (code, found) in expected.items():
        if int(told.trailer[name]) != found:
            notes.about_file(code, field=f"Staart/{name}", line=told.trailer_line)


def _check_order(told: Envelope, header: Header, earlier: list[Earlier], notes: Notes) -> None:
    """F09: older than what was taken in. F08: the delivery before it is missing, or another."""
    newest = max(earlier, default=Earlier("", "", ""))
    if (header.sent_on, header.sent_id) < newest[:2]:
        notes.about_file("F09", field="Kop/Volgnummer", line=told.header_line)
    lower = {one.sent_id: one for one in earlier if one.sent_id < header.sent_id}
    before = lower[max(lower)] if lower else None
    if before is None:
        return
    if int(before.sent_id) != header.number - 1:
        notes.about_file("F08", field="Kop/Volgnummer", line=told.header_line)
    elif told.header.get("VorigeLeveringId", before.sender_id) != before.sender_id:
        notes.about_file("F08", field="Kop/VorigeLeveringId", line=told.header_line)


def _taken_in(work: Work) -> list[Earlier]:
    """The accepted deliveries."""
    columns = (delivery.c[name] for name in Earlier._fields)
    rows = work.conn.execute(select(*columns).where(*income_deliveries(work, KIND)))
    return [Earlier(*row) for row in rows]
