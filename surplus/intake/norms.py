"""The municipality's own norms (`norms.csv`, formats.md §2).

A row that is right counts at once. One without a second person (N03) or without an amount (N06)
is stored as held: its category is known and gives no amount. One in a settled month (N04) or with
a jump (N05) waits in `changes`; until then the rows before it count.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, and_, func, select

from surplus import cases
from surplus.decisions import NORM, Change, propose
from surplus.findings import Finding, sync
from surplus.intake.columns import day_number, days, texts, told
from surplus.intake.files.csvfile import Sheet
from surplus.intake.files.limits import Limits
from surplus.intake.files.workbook import Forms, read_table, say_of_cells
from surplus.intake.held import quarantine
from surplus.intake.notes import Mask, Notes
from surplus.intake.outcome import Incoming, Outcome
from surplus.money import cents_column, euros
from surplus.months import Month
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import client, norm, settlement

COLUMNS = (
    "besluitnr", "normcategorie", "geldig_vanaf", "geldig_tot", "netto_norm_maand",
    "vakantietoeslag_maand", "totaal_maand", "bron", "vastgesteld_door", "vastgesteld_op",
    "goedgekeurd_door", "goedgekeurd_op",
)  # fmt: skip
FORMS = Forms(COLUMNS[4:7])
#: A jump above this against the row before asks for a second confirmation (N05).
JUMP_PERCENT = 10


class Row(NamedTuple):
    """A norm row; the fields are the columns of the store."""

    category: str
    valid_from: str
    valid_until: str
    net_cents: int
    holiday_cents: int
    total_cents: int
    number: str
    source: str
    author: str
    authored_on: str
    approver: str
    approved_on: str

    @property
    def place(self) -> str:
        """What a later row supersedes: category and first day."""
        return f"{self.category} {self.valid_from}"


def read_norms(work: Work, incoming: Incoming) -> Outcome:
    """Take in one file, in the transaction of the run.

    Raises:
        BadFile: the file cannot be read as norms at all.
    """
    sheet = read_table(
        incoming.content,
        required=COLUMNS,
        forms=FORMS,
        limits=Limits.of(work.settings.intake),
    )
    notes = quarantine.begun(work, incoming.delivery, sheet)
    rows = _parse(sheet, notes)
    say_of_cells(sheet, notes)
    stored = _stored(work)
    known = {row.place: row for row, _ in stored}
    fresh = np.array([known.get(row.place) != row for row in rows], bool)
    _check_chain(rows, known, notes)
    _check_settled(work, rows, fresh, notes)
    quarantine.keep(work, incoming.delivery, notes, sheet.table, only=notes.having("E"))
    notes.unchanged(~fresh & ~notes.having("E"))
    _record(work, incoming, rows, fresh, notes)
    return incoming.accepted(notes, row_label="category", row_labels=[row.category for row in rows])


def categories(conn: Connection, municipality: str) -> list[str]:
    """The norm categories that were ever told, by name."""
    found = select(norm.c.category).where(norm.c.municipality == municipality)
    return sorted(set(conn.execute(found).scalars()))


def _parse(sheet: Sheet, notes: Notes) -> list[Row]:
    """The rows as read, with what is wrong in each of them said in `notes`."""
    for name in ("normcategorie", "besluitnr"):
        notes.add(~told(sheet[name]), name, "N01" if name == "normcategorie" else "N03")
    begin, end = (days(sheet[name], dashes=True) for name in ("geldig_vanaf", "geldig_tot"))
    notes.add(~begin.good, "geldig_vanaf", "N01")
    notes.add(~end.good | (begin.good & (end.number < begin.number)), "geldig_tot", "N01")
    amounts = [_amount(sheet, name, notes) for name in COLUMNS[4:7]]
    net, holiday, total = amounts
    wrong = (net + holiday != total) | (net < 0) | (holiday < 0)
    notes.add(wrong & ~notes.having("E", "R05") & ~notes.having("E", "R06"), "totaal_maand", "N02")
    notes.add((total == 0) & ~notes.having("E"), "totaal_maand", "N06")
    author, approver = (texts(sheet[name]) for name in ("vastgesteld_door", "goedgekeurd_door"))
    authored, approved = (
        days(sheet[name], dashes=True) for name in ("vastgesteld_op", "goedgekeurd_op")
    )
    lonely = (author == "") | (approver == "") | (author == approver)
    notes.add(lonely | ~authored.good | ~approved.good, "goedgekeurd_door", "N03")
    return [
        Row(*fields)
        for fields in zip(
            texts(sheet["normcategorie"]), begin.iso, end.iso, *(a.tolist() for a in amounts),
            texts(sheet["besluitnr"]), texts(sheet["bron"]), author, authored.iso, approver,
            approved.iso, strict=True,
        )
    ]  # fmt: skip


def _amount(sheet: Sheet, name: str, notes: Notes) -> Any:
    cents, filled, malformed, precise = cents_column(sheet[name])
    notes.add(malformed | ~filled, name, "R05")
    notes.add(precise, name, "R06")
    return cents


def _stored(work: Work) -> list[tuple[Row, str]]:
    """The rows told so far with their state; a later one for the same place supersedes."""
    columns = [norm.c[name] for name in Row._fields]
    found = work.conn.execute(
        select(*columns, norm.c.state)
        .where(norm.c.municipality == work.municipality)
        .order_by(norm.c.norm)
    )
    rows = [(Row(*fields), state) for *fields, state in found]
    return list({row.place: (row, state) for row, state in rows}.values())


def _check_chain(rows: Sequence[Row], known: dict[str, Row], notes: Notes) -> None:
    """N01: within a category the rows follow each other day by day. N05: without a jump."""
    good = [i for i in range(len(rows)) if not notes.having("E")[i]]
    told_at: dict[str, list[int]] = {}
    for i in good:
        told_at.setdefault(rows[i].place, []).append(i)
    apart = {i for same in told_at.values() if len(same) > 1 for i in same}
    chain = known | {rows[i].place: rows[i] for i in good}
    order = sorted(chain.values())
    jumps = set()
    for row, after in pairwise(order):
        if row.category != after.category:
            continue
        blamed = told_at.get(after.place) or told_at.get(row.place, [])
        if day_number(after.valid_from) != day_number(row.valid_until) + 1:
            apart.update(blamed)
        elif _jumps(row.total_cents, after.total_cents) and known.get(after.place) != after:
            jumps.update(blamed)
    notes.add(_mask(rows, apart), "geldig_vanaf", "N01")
    notes.add(_mask(rows, jumps), "totaal_maand", "N05")


def _jumps(before: int, after: int) -> bool:
    return before > 0 and after > 0 and abs(after - before) * 100 > before * JUMP_PERCENT


def _check_settled(work: Work, rows: Sequence[Row], fresh: Mask, notes: Notes) -> None:
    """N04: a row whose first day lies in a month already settled for its category."""
    mine = cases.effective(work.municipality)
    last = dict(
        work.conn.execute(
            select(client.c.norm_category, func.max(settlement.c.month))
            .join(mine, and_(mine.c.client == client.c.client, mine.c.version == client.c.version))
            .join(
                settlement,
                and_(
                    settlement.c.municipality == client.c.municipality,
                    settlement.c.client == client.c.client,
                ),
            )
            .where(client.c.municipality == work.municipality, settlement.c.state == "settled")
            .group_by(client.c.norm_category)
        ).all()
    )
    settled = {
        i
        for i in np.flatnonzero(fresh & ~notes.having("E")).tolist()
        if Month.of(rows[i].valid_from) <= last.get(rows[i].category, 0)
    }
    notes.add(_mask(rows, settled), "geldig_vanaf", "N04")


def _mask(rows: Sequence[Row], chosen: set[int]) -> Mask:
    return np.isin(np.arange(len(rows)), list(chosen))


def _record(work: Work, incoming: Incoming, rows: Sequence[Row], fresh: Mask, notes: Notes) -> None:
    good = ~notes.having("E")
    held = notes.having("H", "N03") | notes.having("H", "N06")
    waits = good & fresh & ~held & (notes.having("H", "N04") | notes.having("H", "N05"))
    known = {row.place: row for row, _ in _stored(work)}
    told_places = {rows[i].place for i in np.flatnonzero(good).tolist()}
    propose(
        work,
        [
            _change(rows[i], known.get(rows[i].place), incoming.delivery, int(notes.lines[i]))
            for i in np.flatnonzero(waits).tolist()
        ],
        lambda kind, _client, field: kind == NORM and field in told_places,
    )
    chosen = np.flatnonzero(good & fresh & ~waits)
    first = bulk.next_id(work.conn, norm, work.municipality)
    bulk.append(
        work.conn,
        norm,
        {
            "municipality": work.municipality,
            "norm": list(range(first, first + len(chosen))),
            **{name: [getattr(rows[i], name) for i in chosen.tolist()] for name in Row._fields},
            "state": np.where(held[chosen], "held", "recorded"),
            "run": work.run, "recorded_on": work.on, "delivery": incoming.delivery,
            "line": notes.lines[chosen],
        },
    )  # fmt: skip
    _tell_held(work)


def _change(row: Row, before: Row | None, delivery: int, line: int) -> Change:
    old, new = (_sentence(one) if one else "" for one in (before, row))
    return Change(NORM, 0, row.place, old, new, row._asdict(), delivery=delivery, line=line)


def _sentence(row: Row) -> str:
    parts = f"{euros(row.net_cents)} + {euros(row.holiday_cents)} = {euros(row.total_cents)}"
    return f"{row.valid_from}–{row.valid_until}: {parts} ({row.number})"


def _tell_held(work: Work) -> None:
    """An open finding for every held row, closed when a later file mends it."""
    held = [row for row, state in _stored(work) if state == "held"]
    sync(
        work,
        ["N03", "N06"],
        [Finding("N06" if row.total_cents == 0 else "N03", subject=row.place) for row in held],
    )
