"""Statements in their chain: taken in, booked when they join the last one, waiting behind a gap.

A statement that is the next of its account (number one more, opening balance the last closing
balance) is booked at once; one behind a gap waits unbooked until the gap closes (formats.md §3.1,
design.md §8). So account 1000 always stands at the closing balance of the last booked statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy import delete, select, tuple_, update

from surplus import findings
from surplus.bank import camt, pages
from surplus.bank.booking import book_items, tell_receipts, tell_suspense
from surplus.bank.entries import Item
from surplus.bank.families import undoes
from surplus.bank.known import compact
from surplus.bank.matching import Match, names_nobody
from surplus.findings import Finding
from surplus.intake.notes import BadFile, Note, Notes
from surplus.intake.outcome import Incoming, Outcome
from surplus.ledger.accounts import BANK, MUNICIPALITY
from surplus.ledger.journal import Draft, Line, book
from surplus.problems import PROBLEMS
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import bank_item, statement

BOOKED, WAITING = "booked", "waiting"
#: Which field of a bank item a code is about.
_FIELDS = {"B07": "reference", "B08": "reference", "B09": "party_name", "B12": "family"}


#: How far a statement's date may lie ahead of the business date: a night run before midnight, a
#: weekend; not a wrong year.
DAYS_AHEAD = 7


class Link(NamedTuple):
    """A statement as far as the chain goes; its order is that of the fields."""

    iban: str
    year: int  # numbers may begin again each year
    sequence: int  # 0 where the bank gives none
    to_on: str
    number: int  # in the store; 0 while not stored
    identity: str
    opening_cents: int
    closing_cents: int
    content_hash: str
    state: str

    @property
    def place(self) -> tuple[int, int, str]:
        """Its place in the chain of its account."""
        return (self.year, self.sequence, "" if self.sequence else self.to_on)

    def follows(self, last: Link) -> bool:
        """Whether it is the next after `last`, as far as the bank gives numbers."""
        if not (self.sequence and last.sequence):
            return self.place > last.place or self.of_same_day(last)
        return self.sequence == last.sequence + 1 or (self.year > last.year and self.sequence == 1)

    def of_same_day(self, last: Link) -> bool:
        """Whether it is a later one of the same day, where a bank gives several and no numbers."""
        if self.sequence or self.place != last.place or 0 < self.number < last.number:
            return False
        amounts = (self.opening_cents, self.closing_cents)  # told again, they are the same
        starts = self.opening_cents == last.closing_cents
        return starts and amounts != (last.opening_cents, last.closing_cents)

    def joins(self, last: Link | None) -> bool:
        """Whether it can be booked after `last`; the first of an account always can."""
        return last is None or (self.follows(last) and self.opening_cents == last.closing_cents)


def read_statements(work: Work, incoming: Incoming, schemas: Path | None = None) -> Outcome:
    """Take in a statement file (camt.053): store its statements, book what joins the chain.

    Args:
        work: the run in whose transaction it happens.
        incoming: the file.
        schemas: a folder that may hold the schemas of ISO 20022.

    Returns:
        What came of it, with a row for each booked line of the statements that were taken in; its
        notes carry the codes B01 to B14 and REPEATED_ENTRY. Refused where no statement was taken in
        and one was refused. One page of several waits for the others (B03).

    Raises:
        BadFile: the file as a whole cannot be read.
        Refusal: surplus.toml names no bank account.
    """
    shelf = _Shelf(work)
    try:
        message = camt.read(incoming.source, schemas, shelf.put)
    except BadFile:
        shelf.clear()
        raise
    if not message.whole:
        page = message
        shelf.clear()
        if (whole := pages.joined(work, page, incoming.source, schemas)) is None:
            _tell_waiting(work)
            notes = Notes.of_file([Note("B03", "H", field=f"page {page.page}")])
            return incoming.accepted(notes, sender_id=page.identity)
        message = whole
    said: list[Note] = []
    taken: dict[str, int] = {}  # by id the number in the store
    told = enumerate(message.statements)
    for place, each in sorted(told, key=lambda pair: _link_of(pair[1]).place):
        said += _take_in(work, each, incoming.delivery, taken, partial(shelf.move, place))
    shelf.clear()
    refused = any(note.severity == "F" for note in said)
    pages.forget(work, list(taken) if refused else message.names)
    notes = _notes(work, taken.values(), book_waiting(work) if taken else {})
    notes.file += said
    if not taken and notes.refused:
        return incoming.refused(notes, sender_id=message.identity)
    waits = [(link, code) for link, code in _waiting(work) if link.identity in taken]
    for link, code in waits:
        notes.about_file(code, field=link.identity)
    return incoming.accepted(
        notes,
        sender_id=message.identity,
        counts={
            "entries": sum(each.entries for each in message.statements),
            "waiting": len(waits),
        },
        totals={
            "net_cents": sum(each.net_cents for each in message.statements
                             if each.identity in taken)
        },
    )  # fmt: skip


class _Shelf:
    """Where items of long statements stand while it is not known yet what their statement is."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def put(self, place: int, items: list[Item]) -> None:
        """Store items of the statement at this place in the file."""
        _store_items(self._work, -1 - place, items)

    def move(self, place: int, number: int) -> None:
        """Give the items of a place to a statement."""
        self._work.conn.execute(
            update(bank_item)
            .where(bank_item.c.municipality == self._work.municipality)
            .where(bank_item.c.statement == -1 - place)
            .values(statement=number)
        )

    def clear(self) -> None:
        """Let go of what no statement took."""
        self._work.conn.execute(
            delete(bank_item)
            .where(bank_item.c.municipality == self._work.municipality)
            .where(bank_item.c.statement < 0)
        )


def book_waiting(work: Work) -> dict[int, str]:
    """Book every statement that joins the chain of its account, one after the other.

    Returns:
        The codes of items of them, by number. What still waits has a finding (B02 where only the
        balance does not join, else B03).
    """
    said: dict[int, str] = {}
    for chain in _chains(work).values():
        while (link := _next(chain)) is not None:
            clients: set[int] = set()
            for matches in _book(work, link, _last(chain)):
                said |= {item: m.code for item, m in matches.items() if m.code}
                clients |= {m.client for m in matches.values()}
                clients |= {share.client for m in matches.values() for share in m.several}
            chain[chain.index(link)] = link._replace(state=BOOKED)
            tell_receipts(work, clients)
            tell_suspense(work)
    _tell_waiting(work)
    return said


def _tell_waiting(work: Work) -> None:
    """A finding for every statement and every page that waits, and for no other."""
    waits = [
        Finding(code, subject=f"statement:{link.number}", amount_cents=link.closing_cents)
        for link, code in _waiting(work)
    ]
    findings.sync(work, ["B02", "B03"], waits + pages.waiting(work))


def _take_in(
    work: Work, told: camt.Statement, delivery: int, taken: dict[str, int],
    fetch: Callable[[int], None],
) -> list[Note]:  # fmt: skip
    """Store a statement, unless something speaks against it; returns what is said of it.

    What is stored is added to `taken`, by the statement's id; `fetch` brings it those of its items
    that were stored while the file was read.
    """

    def say(code: str, severity: str = "") -> Note:
        return Note(code, severity or PROBLEMS[code].severity, field=told.identity)

    chains = _chains(work)
    # After a change of bank, payments are still debited and come back on the account of before.
    if told.iban not in {compact(work.settings.bank_iban()), *chains}:
        foreign = told.iban in {compact(iban) for iban in work.settings.bank.funding_ibans}
        return [say("B10", "I" if foreign else "H"), *told.notes]
    if told.refused:
        return told.notes
    if told.to_on > _furthest(work.on):
        return [say("F15")]
    link, chain = _link_of(told), chains.get(told.iban, [])
    last = _last(chain)
    twin = next((other for other in chain if _same(link, other)), None)
    if twin and twin.content_hash == link.content_hash:
        return [say("F06")]
    if twin and twin.state == WAITING and link.joins(last):
        _forget(work, twin)
    elif twin or (last and link.place <= last.place and not link.of_same_day(last)):
        return [say("B04")]
    number = taken[told.identity] = _store(work, told, delivery)
    fetch(number)
    _store_items(work, number, told.items)
    return told.notes


def _same(one: Link, other: Link) -> bool:
    """Whether two statements claim to be the same one."""
    numbered = one.sequence and (one.year, one.sequence) == (other.year, other.sequence)
    return bool(one.identity == other.identity or numbered)


def _forget(work: Work, link: Link) -> None:
    """Make place for a statement that joins: the one of its number never did, so never counted."""
    for table in (bank_item, statement):
        work.conn.execute(
            delete(table)
            .where(table.c.municipality == work.municipality)
            .where(table.c.statement == link.number)
        )


def _store(work: Work, told: camt.Statement, delivery: int) -> int:
    number = bulk.next_id(work.conn, statement, work.municipality)
    here = {"municipality": work.municipality, "run": work.run, "recorded_on": work.on}
    bulk.append(
        work.conn,
        statement,
        {
            **here,
            "statement": number,
            "iban": told.iban,
            "statement_id": told.identity,
            "sequence": [told.sequence],
            "from_on": told.from_on,
            "to_on": told.to_on,
            "opening_cents": told.opening_cents,
            "closing_cents": told.closing_cents,
            "content_hash": told.content_hash,
            "state": WAITING,
            "delivery": delivery,
        },
    )
    return number


def _store_items(work: Work, number: int, items: list[Item]) -> None:
    if not items:
        return
    first = bulk.next_id(work.conn, bank_item, work.municipality)
    columns = dict(zip(Item._fields, map(list, zip(*items, strict=True)), strict=True))
    here = {"municipality": work.municipality, "run": work.run, "recorded_on": work.on}
    said = {"statement": number, "match": "", "client": 0}
    numbers = np.arange(first, first + len(items))
    bulk.append(work.conn, bank_item, {**here, **said, **columns, "item": numbers})


def _book(work: Work, link: Link, last: Link | None) -> Iterator[dict[int, Match]]:
    """Book a statement; the first of an account begins with its opening balance.

    A long one is booked in slices; what undoes a line, and credits that name nobody, come last.
    """
    if last is None and link.opening_cents:
        lines = [Line(BANK, link.opening_cents), Line(MUNICIPALITY, -link.opening_cents)]
        book(work, [Draft("opening", lines, reference=f"statement:{link.number}")])
    work.conn.execute(
        update(statement)
        .where(statement.c.municipality == work.municipality, statement.c.statement == link.number)
        .values(state=BOOKED)
    )
    later: list[Item] = []
    for items, more in _slices(work, link.number):
        waits = [more and (undoes(item) or names_nobody(item)) for item in items]
        later += [item for item, wait in zip(items, waits, strict=True) if wait]
        now = [item for item, wait in zip(items, waits, strict=True) if not wait]
        yield book_items(work, now if more else [*later, *now])


def _slices(work: Work, number: int) -> Iterator[tuple[list[Item], bool]]:
    """The items of a statement in their order, some at once, and whether more come."""
    query = (
        select(*(bank_item.c[name] for name in Item._fields))
        .where(bank_item.c.municipality == work.municipality)
        .where(bank_item.c.statement == number)
        .order_by(bank_item.c.line, bank_item.c.detail)
        .limit(camt.SLICE)
    )
    done = (0, -1)
    while True:
        place = tuple_(bank_item.c.line, bank_item.c.detail)
        rows = bulk.read(work.conn, query.where(place > done))
        items = [Item(*row) for row in zip(*(rows[n].tolist() for n in Item._fields), strict=True)]
        yield items, len(items) == camt.SLICE
        if len(items) < camt.SLICE:
            return
        done = (items[-1].line, items[-1].detail)


def _chains(work: Work) -> dict[str, list[Link]]:
    """All statements by account, in their order."""
    rows = work.conn.execute(
        select(
            statement.c.iban, statement.c.sequence, statement.c.to_on, statement.c.statement,
            statement.c.statement_id, statement.c.opening_cents, statement.c.closing_cents,
            statement.c.content_hash, statement.c.state,
        ).where(statement.c.municipality == work.municipality)
    )  # fmt: skip
    chains: dict[str, list[Link]] = {}
    for iban, sequence, to_on, *rest in rows:
        chains.setdefault(iban, []).append(Link(iban, _year(to_on), sequence or 0, to_on, *rest))
    return {iban: sorted(chain) for iban, chain in sorted(chains.items())}


def _furthest(on: str) -> str:
    """The last day that a statement may be of: one of a later year would bar all before it."""
    return (date.fromisoformat(on) + timedelta(days=DAYS_AHEAD)).isoformat()


def _link_of(told: camt.Statement) -> Link:
    return Link(
        told.iban, _year(told.to_on), told.sequence or 0, told.to_on, 0, told.identity,
        told.opening_cents, told.closing_cents, told.content_hash, WAITING,
    )  # fmt: skip


def _year(day: str) -> int:
    return int(day[:4] or 0)


def _last(chain: list[Link]) -> Link | None:
    """The last booked statement of a chain."""
    return max((link for link in chain if link.state == BOOKED), default=None)


def _next(chain: list[Link]) -> Link | None:
    """The first waiting statement that joins the last booked one."""
    last = _last(chain)
    return next((link for link in chain if link.state == WAITING and link.joins(last)), None)


def _waiting(work: Work) -> list[tuple[Link, str]]:
    """What waits, and why: B02 the balance does not join, B03 something is missing before it."""
    return [
        (link, "B02" if (last := _last(chain)) and link.follows(last) else "B03")
        for chain in _chains(work).values()
        for link in chain
        if link.state == WAITING
    ]


def _notes(work: Work, statements: Iterable[int], said: dict[int, str]) -> Notes:
    """The codes of the lines of these statements, as notes on rows."""
    query = (
        select(bank_item.c.item, bank_item.c.line, bank_item.c.client)
        .where(bank_item.c.municipality == work.municipality)
        .where(bank_item.c.statement.in_(sorted(statements)))
        .order_by(bank_item.c.statement, bank_item.c.line, bank_item.c.detail)
    )
    rows = bulk.read(work.conn, query)
    notes = Notes(rows["line"])
    notes.clients = rows["client"]
    for code in sorted(set(said.values())):
        told = [item for item, about in said.items() if about == code]
        notes.add(np.isin(rows["item"], told), _FIELDS.get(code, ""), code)
    return notes
