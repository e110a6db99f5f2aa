"""Payslips (loonstroken) from employers, as CSV or as workbook: formats.md §1c.

Taken in row by row: what is wrong with one payslip keeps no other out.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from surplus.intake.files.csvfile import Sheet
from surplus.intake.files.limits import Limits
from surplus.intake.files.workbook import Forms, read_table, say_of_cells
from surplus.intake.held import corrected, quarantine
from surplus.intake.notes import BadFile, Ints, Notes, fatal
from surplus.intake.outcome import Incoming, Outcome
from surplus.intake.payslips import facts as payslip_facts
from surplus.intake.payslips.judge import against_store
from surplus.intake.payslips.rows import AMOUNTS, NEEDED, OCCURRENCE, OPTIONAL, REQUIRED, parse
from surplus.runs import Work

#: Amounts whose totals are told of a file.
TOTALLED = ("bruto_loon", "loonheffing", "netto_loon_uitbetaald", "netto_verrekenbaar")


def read_payslips(work: Work, incoming: Incoming) -> Outcome:
    """Take in one file, in the transaction of the run.

    Raises:
        BadFile: the file cannot be read as payslips at all.
    """
    limits = Limits.of(work.settings.intake)
    # Employers make these by hand, whichever of the two they write.
    limits = limits._replace(bytes=min(limits.bytes, limits.workbook_bytes))
    sheet = read_table(
        incoming.content,
        required=REQUIRED,
        optional=OPTIONAL,
        forms=Forms((*AMOUNTS, "uren"), ("periode_soort",)),
        limits=limits,
    )
    table, lines = _filled(sheet, limits)
    notes = Notes(lines)
    notes.file.extend(sheet.notes)
    rows = parse(table, work.on, notes)
    say_of_cells(sheet, notes)
    judged = against_store(work, incoming.delivery, rows, notes)
    quarantine.keep_odd(work, incoming.delivery, sheet.odd, notes)
    payslip_facts.record(work, judged)
    counted = pa.array(judged.occurrence.astype(str).astype(object), pa.string())
    table = table.set_column(table.schema.get_field_index(OCCURRENCE), OCCURRENCE, counted)
    quarantine.keep(work, incoming.delivery, notes, table)
    corrected.answered(work, incoming.kind, sheet, notes)
    return incoming.accepted(
        notes,
        totals={name: int(rows.cents[name].sum()) for name in TOTALLED},
        # The file has no number and no day of its own.
        sender_id=f"LS-{incoming.sha256[:12]}",
        sent_on=max(rows.paid_on.iso, default="") or None,
    )


def _filled(sheet: Sheet, limits: Limits) -> tuple[pa.Table, Ints]:
    """The rows in which something stands, as all our columns, and their lines.

    Raises:
        BadFile: F14 none, F16 the column names a second time, F17 too many.
    """
    table = pa.table({name: sheet[name] for name in (*REQUIRED, *OPTIONAL)})
    something = np.zeros(len(sheet.lines), bool)
    again = np.ones(len(sheet.lines), bool)
    for name in table.column_names:
        something |= pc.not_equal(table[name], "").to_numpy(zero_copy_only=False)
        if name in NEEDED:
            again &= pc.equal(table[name], name).to_numpy(zero_copy_only=False)
    if again.any():
        raise BadFile(fatal("F16", int(sheet.lines[np.argmax(again)])))
    if not something.any() and not sheet.odd:
        raise BadFile(fatal("F14"))
    if something.sum() > limits.workbook_rows:
        raise BadFile(fatal("F17", int(sheet.lines[something][limits.workbook_rows])))
    table = table.filter(pa.array(something))
    not_counted = pa.array([""] * table.num_rows, pa.string())
    return table.append_column(OCCURRENCE, not_counted), sheet.lines[something]
