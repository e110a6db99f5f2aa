"""A payslip against everything else that is known: whose, by whom, again, otherwise, delivered.

A payslip that tells something else than another one, or than what was delivered, is a fact all the
same, and a note says so: which of them counts follows from all facts together, whatever came first
(`rules.income.tellings`).

Two equal rows in one file are two payslips: each has its occurrence, and a file that tells them
again tells the same occurrences, hence nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import pyarrow as pa

from surplus.intake import known
from surplus.intake.columns import Texts
from surplus.intake.judge import pick
from surplus.intake.notes import Ints, Mask, Notes
from surplus.intake.payslips import known as payslip_known
from surplus.intake.payslips.rows import AMOUNTS, PayslipRows, parse
from surplus.rules.income import tellings
from surplus.rules.periods.period import MONTH
from surplus.rules.runs import shares_a_day
from surplus.runs import Work

#: What a decision to accept a payslip cannot lift: it says what holds, not what is untold.
BLOCKING = ("R03", "R15", "R21", "R26", "R30", "R31", "R32")
CHANGED, DIFFERS, OVERLAPS = "PAYSLIP_CHANGED", "PAYSLIP_DIFFERS", "R17"
#: What tellings of income say of each other: all are facts, and which of them counts is asked.
QUESTIONS = (CHANGED, DIFFERS, OVERLAPS)
OTHER_NAME = "EMPLOYER_NAME"
#: Names less alike than this are worth a look.
ALIKE = 0.6


@dataclass(frozen=True)
class Judged:
    """Payslips of one file with what is said about them."""

    delivery: int
    rows: PayslipRows
    notes: Notes
    client: Ints  # 0 where unknown
    person: Ints
    employment: Ints  # 0 where the store has none yet
    accepted: Ints  # the decision that accepts it; 0 for none
    occurrence: Ints

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells a payslip from others: a later one with the same key supersedes it."""
        return (np.where(self.employment > 0, self.employment, -1), self.rows.begin.iso,
                self.occurrence)  # fmt: skip


def judge(work: Work, delivery: int, table: pa.Table, lines: Ints) -> Judged:
    """Parse rows as read and check them in full."""
    notes = Notes(lines)
    return against_store(work, delivery, parse(table, work.on, notes), notes)


def against_store(work: Work, delivery: int, rows: PayslipRows, notes: Notes) -> Judged:
    """The checks on parsed payslips that need the store or the rest of the file."""
    client, person, inside = _whose(work, rows)
    paid, month = rows.cents["netto_loon_uitbetaald"], rows.end.month
    judged = Judged(
        delivery,
        rows,
        notes,
        client,
        person,
        known.employments(work, client, person, rows.employer),
        payslip_known.accepted(work, client, rows.employer, month, paid),
        _count_equal(rows, client, person, notes),
    )
    notes.clients, notes.persons, notes.months = client, person, month
    if not len(rows):
        return judged
    _check_participation(work, judged, inside)
    _check_employer(work, judged)
    _check_reference(work, judged)
    earlier = payslip_known.told_before(work, judged.employment)
    new = _against_earlier(judged, earlier)
    delivered = _delivered(work, judged)
    _check_cut(judged, delivered)
    _check_overlap(judged, earlier, new)
    _check_net(work, judged, earlier, delivered, new)
    blocked = np.logical_or.reduce([notes.having("H", code) for code in BLOCKING])
    questions = np.logical_or.reduce([notes.having("H", code) for code in QUESTIONS])
    other = notes.having("H", but=QUESTIONS)
    notes.record((judged.accepted > 0) & ~blocked)
    notes.ask((judged.accepted == 0) & questions & ~other & ~notes.having("E"))
    late = np.flatnonzero(notes.states() == "recorded")
    if len(late):
        settled = np.zeros(len(rows), bool)
        settled[late] = known.settled(work, client[late], month[late])
        notes.add(settled, "periode_eind", "R36")
    return judged


def _whose(work: Work, rows: PayslipRows) -> tuple[Ints, Ints, Mask]:
    """Client, person and whether they take part; a client number means who works there."""
    client, person, inside = known.people(work, rows.bsn, rows.end.month, rows.number)
    linked = payslip_known.linked_person(work, client, rows.employer)
    return client, np.where((rows.number > 0) & (linked > 0), linked, person), inside


def _count_equal(rows: PayslipRows, client: Ints, person: Ints, notes: Notes) -> Ints:
    """The how manieth of equal rows each one is; two contents for one period reject all (R16)."""
    unknown = -1 - known.groups(rows.bsn, rows.number)
    who = np.where(client > 0, client * 2 + person, unknown)
    alone = np.where(rows.has_key & ~notes.having("E"), -1, np.arange(len(rows)))
    key = known.groups(who, rows.employer, rows.begin.iso, alone)
    content = known.groups(key, *_content(rows))
    first = np.zeros(len(rows), bool)
    first[np.unique(content, return_index=True)[1]] = True
    differs = np.bincount(key[first])[key] > 1 if len(rows) else first
    order = np.argsort(content, kind="stable")
    begins = np.flatnonzero(first[order])
    place = np.arange(len(rows)) - np.repeat(begins, np.diff(np.append(begins, len(rows))))
    occurrence = np.empty(len(rows), np.int64)
    occurrence[order] = place + 1
    occurrence = np.where(rows.occurrence > 0, rows.occurrence, occurrence)
    notes.add(differs, "periode_begin", "R16")
    notes.add((occurrence > 1) & ~differs, "periode_begin", "R16", "W")
    return occurrence


def _content(rows: PayslipRows) -> list[Any]:
    """Everything a payslip tells that is kept; absent amounts count as zero."""
    amounts = [rows.cents[name] for name in AMOUNTS]
    return [*amounts, rows.end.iso, rows.kind, rows.paid_on.iso, rows.iban]


def _check_participation(work: Work, judged: Judged, inside: Mask) -> None:
    rows, notes, client = judged.rows, judged.notes, judged.client
    notes.add((client == 0) & rows.has_key, "bsn_of_klantnummer", "R03")
    outside = (client > 0) & rows.end.good & ~inside
    if not outside.any():
        return
    before = rows.end.iso.astype("U10") < payslip_known.first_days(work, client).astype("U10")
    notes.add(outside & before, "periode_eind", "R15")
    notes.add(outside & ~before, "periode_eind", "R30")


def _check_employer(work: Work, judged: Judged) -> None:
    """R04: not known to employ this client; a name unlike the one known is warned about."""
    rows, notes = judged.rows, judged.notes
    unknown = (judged.client > 0) & (judged.employment == 0) & (rows.employer != "")
    notes.add(unknown, "loonheffingennummer", "R04", "H")
    names = payslip_known.employer_names(work, judged.employment)
    pairs = list(zip(rows.name, judged.employment.tolist(), strict=True))
    unlike = {pair for pair in set(pairs) if not _alike(pair[0], names.get(pair[1], ""))}
    notes.add(np.array([pair in unlike for pair in pairs]), "naam_werkgever", OTHER_NAME)


def _alike(one: str, other: str) -> bool:
    one, other = (" ".join(name.casefold().split()) for name in (one, other))
    if one in other or other in one:  # also where one of them was not told
        return True
    return SequenceMatcher(None, one, other).ratio() >= ALIKE


def _check_reference(work: Work, judged: Judged) -> None:
    """A betalingskenmerk is the client's own; without one it was decided to whom is paid."""
    rows, notes, client = judged.rows, judged.notes, judged.client
    told = rows.reference != ""
    own = payslip_known.has_reference(work, client, rows.reference)
    notes.add((client > 0) & told & ~own, "betalingskenmerk", "R31", "H")
    absent = (client > 0) & ~told & ~notes.having("E", "R31")
    decided = known.paid_to_decided(work, client, rows.employer)
    notes.add(absent & ~decided, "betalingskenmerk", "R26")


def _against_earlier(judged: Judged, earlier: known.Columns) -> Mask:
    """Says where the period was told otherwise before; returns the rows that tell something new."""
    rows, notes = judged.rows, judged.notes
    told = tuple(earlier[name] for name in payslip_known.KEY)
    names = (*AMOUNTS.values(), "period_end", "period_kind", "paid_on", "sender_iban")
    again = known.find((*told, *(earlier[name] for name in names)), (*judged.key, *_content(rows)))
    good = rows.has_key & ~notes.having("E")
    notes.unchanged(good & (again >= 0))
    last = known.find(told[:2], judged.key[:2])
    values = zip(names[:-2], _content(rows)[:-2], strict=True)
    same = [pick(earlier[name], last) == value for name, value in values]
    older = rows.paid_on.iso.astype("U10") < pick(earlier["paid_on"], last).astype("U10")
    fresh = good & (again < 0)
    changed = fresh & ~older & (last >= 0) & ~np.logical_and.reduce(same)
    notes.add(changed, "netto_loon_uitbetaald", CHANGED)
    return np.asarray(fresh & ~older)


def _delivered(work: Work, judged: Judged) -> known.Columns:
    """The delivered facts of these clients around these periods, as last told."""
    rows = judged.rows
    placed = (judged.employment > 0) & rows.begin.good & rows.end.good
    history = known.facts(
        work,
        judged.client[placed],
        rows.end.month[placed],
        rows.begin.iso[placed],
        rows.end.iso[placed],
    )
    last = known.last_told(history)
    return {name: column[last["state"] == "recorded"] for name, column in last.items()}


def _check_cut(judged: Judged, delivered: known.Columns) -> None:
    """R13: a period shorter than its kind, and no income relation begins or ends there."""
    rows = judged.rows
    begins = (delivered["employment"], delivered["relation_begin"])
    ends = (delivered["employment"], delivered["relation_end"])
    at_begin = known.find(begins, (judged.employment, rows.begin.iso)) >= 0
    at_end = known.find(ends, (judged.employment, rows.end.iso)) >= 0
    week = rows.kind != MONTH
    unknown = (rows.cut_at_begin & ~at_begin & ~(week & at_end)) | (rows.cut_at_end & ~at_end)
    judged.notes.add(unknown, "periode_eind", "R13")


def _check_overlap(judged: Judged, earlier: known.Columns, new: Mask) -> None:
    """R17: shares a day with another payslip of the same employment."""
    rows = judged.rows
    places = np.flatnonzero(new & rows.end.good)
    own = known.groups(judged.client[places], judged.person[places], rows.employer[places])
    employment = judged.employment[places]
    employment = np.where(employment > 0, employment, -1 - own)
    keys, first, number = _distinct(employment, rows.begin.number[places])
    last = np.unique(known.find(*[(earlier["employment"], earlier["period_begin"])] * 2))
    begins = _days(earlier["period_begin"][last])
    kept = known.find(keys, (earlier["employment"][last], begins)) < 0
    last, begins = last[kept], begins[kept]
    overlaps = shares_a_day(
        known.groups(np.concatenate([earlier["employment"][last], keys[0]])),
        np.concatenate([begins, keys[1]]),
        np.concatenate([_days(earlier["period_end"][last]), rows.end.number[places][first]]),
    )
    mask = np.zeros(len(rows), bool)
    mask[places] = overlaps[len(last) :][number]
    judged.notes.add(mask, "periode_begin", OVERLAPS)


def _distinct(*columns: Ints) -> tuple[tuple[Ints, ...], Ints, Ints]:
    """The distinct rows, the first place of each, and of every row which of them it is."""
    _, first, number = np.unique(known.groups(*columns), return_index=True, return_inverse=True)
    return tuple(column[first] for column in columns), first, number


def _days(iso: Texts) -> Ints:
    return iso.astype("datetime64[D]").astype(np.int64)


def _check_net(
    work: Work, judged: Judged, earlier: known.Columns, delivered: known.Columns, new: Mask
) -> None:
    """Says where the countable net of a period differs from what was delivered about it."""
    rows, names = judged.rows, ("employment", "period_begin", "period_end")
    period = (judged.key[0], rows.begin.iso, rows.end.iso)
    told = [delivered[name] for name in names]
    theirs, known_net = known.added(told, delivered_net(delivered), period)
    here = np.flatnonzero(~judged.notes.having("E"))
    amounts = {stored: rows.cents[name][here] for name, stored in AMOUNTS.items()}
    ours, _ = known.added([column[here] for column in period], countable(amounts), period)
    # Equal payslips of the period that this file does not tell again stand beside those it tells.
    key = [earlier[name] for name in payslip_known.KEY]
    rest = np.unique(known.find(key, key))
    rest = rest[known.find(judged.key, [column[rest] for column in key]) < 0]
    others = [earlier[name][rest] for name in names]
    more, _ = known.added(others, countable(earlier)[rest], period)
    apart = tellings.outside(ours + more, theirs, work.settings.income.tolerance_cents)
    judged.notes.add(new & known_net & apart, "netto_verrekenbaar", DIFFERS)


def countable(told: known.Columns) -> Ints:
    """What counts of payslips when their net is held against what was delivered."""
    return tellings.net_of_payslip(told["net_payable"], told["voluntary"], told["attachment"])


def delivered_net(told: known.Columns) -> Ints:
    """The net that delivered facts tell."""
    names = ("net", "net_special", "wage_tax_base", "wage_tax")
    return tellings.net_of_delivery(*(told[name] for name in names))
