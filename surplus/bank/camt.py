"""camt.053, the bank's statement (afschrift): versions 001.02 and 001.08 into one plain form.

The file is read as a stream and never trusted (see `iso20022`). Where the workspace holds no schema
the checks here suffice (formats.md §3.1): every amount to the cent, every total, every balance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from surplus.bank import iso20022
from surplus.bank.entries import Entries, Item, children
from surplus.bank.leaves import Leaves, Unreadable
from surplus.intake.files.content import Content
from surplus.intake.notes import BadFile, Note, fatal

#: So many items of a statement at once; what is expected of employers is read for each slice.
SLICE = 10_000
_VERSIONS = ("camt.053.001.02", "camt.053.001.08")


class Balance(NamedTuple):
    """A balance as the bank states it."""

    code: str  # OPBD opening, PRCD closing before, CLBD closing; others are never used
    cents: int
    currency: str
    on: str


@dataclass
class Statement:
    """One statement of one account, with what its own figures say is wrong in it."""

    identity: str
    iban: str
    currency: str
    sequence: int | None
    from_on: str
    to_on: str
    opening_cents: int
    closing_cents: int
    balances: list[Balance]
    items: list[Item]  # those that were not put away while they were read
    items_hash: str  # over all
    net_cents: int  # what the booked entries add to the balance
    entries: int  # pending ones and information included
    notes: list[Note]

    @property
    def refused(self) -> bool:
        """Whether its own figures refuse it."""
        return any(note.severity == "F" for note in self.notes)

    @property
    def content_hash(self) -> str:
        """The same for the same statement, whatever file or version it comes in."""
        told = (self.identity, self.iban, self.sequence, self.from_on, self.to_on,
                self.opening_cents, self.closing_cents, self.items_hash)  # fmt: skip
        return hashlib.sha256(repr(told).encode()).hexdigest()


@dataclass
class Message:
    """A file: its message id, which page of a message it is, and what it tells of each account."""

    identity: str = ""
    page: int = 1
    last: bool = True
    parts: list[_Part] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether it is a message by itself, not one page of several."""
        return self.page == 1 and self.last

    @property
    def names(self) -> list[str]:
        """The ids of the statements in it."""
        return [part.identity for part in self.parts]

    @property
    def statements(self) -> list[Statement]:
        """Every statement in it, with what its own figures say is wrong."""
        return [part.statement() for part in self.parts]

    @classmethod
    def of_pages(cls, pages: Iterable[Message]) -> Message:
        """One message out of its pages, in their order: a statement may go on over several."""
        parts: dict[tuple[str, str], _Part] = {}
        identity = ""
        for page in pages:
            identity = identity or page.identity
            for part in page.parts:
                before = parts.get(part.key)
                parts[part.key] = before.with_more(part) if before else part
        return cls(identity, parts=list(parts.values()))


def read(
    content: bytes | Content,
    schemas: Path | None = None,
    put_away: Callable[[int, list[Item]], None] | None = None,
) -> Message:
    """Read a statement file.

    Args:
        content: the file.
        schemas: a folder that may hold the schemas of ISO 20022.
        put_away: takes the items of a long statement (its place in the file) in slices while they
            are read, so that they are never in memory together.

    Returns:
        Every statement in it, each with notes on its own figures: B01 balance, B05 totals, B06 no
        date, B11 not in euro, B13 zero. The line of a note is the number of the entry.

    Raises:
        BadFile: F01 not UTF-8, F02 not well-formed or with a DOCTYPE, F03 not by its schema, or an
            amount, sign, number or date that cannot be read, F04 another message or version,
            NO_STATEMENT a camt.052 or camt.054,
            F14 empty or without a statement, FILE_CHANGED while it was read.
    """
    content = Content.of(content)
    version = iso20022.version_of(content, _VERSIONS)
    cut = len(iso20022.NAMESPACE) + len(version) + len("{}")
    message, entries = Message(), Entries(cut)
    for name, node in iso20022.elements(content, version, ("GrpHdr", "Stmt", "Ntry"), schemas):
        try:
            match name:
                case "Ntry":
                    entries.add(node)
                    iso20022.forget(node)
                    if put_away and len(entries.items) >= SLICE:
                        put_away(len(message.parts), entries.take())
                case "Stmt":
                    message.parts.append(part := _Part.under(node, entries))
                    part.statement()  # what cannot be read in it shows here
                    entries = Entries(cut)
                    node.clear()
                case _:
                    _header(message, Leaves.under(node, cut))
        except Unreadable as error:
            raise iso20022.unreadable(node, error) from None
    if not message.parts:
        raise BadFile(fatal("F14"))
    return message


def _header(message: Message, told: Leaves) -> None:
    message.identity = told.first("MsgId")
    message.last = told.get("MsgPgntn/LastPgInd", "true") in ("true", "1")
    message.page = told.number("MsgPgntn/PgNb") or 1


class _Part(NamedTuple):
    """What one page tells of a statement: its head, its balances, its entries."""

    told: Leaves
    balances: list[Balance]
    entries: Entries

    @classmethod
    def under(cls, node: Any, entries: Entries) -> _Part:
        """The statement that ends here, of which the entries were read already."""
        stated = [Leaves.under(one, entries.cut) for one in children(node, entries.cut, "Bal")]
        told = Leaves.under(node, entries.cut, "Bal", "Ntry")
        return cls(told, [_balance(one) for one in stated], entries)

    @property
    def identity(self) -> str:
        """The id that the bank gives the statement."""
        return self.told.first("Id")

    @property
    def iban(self) -> str:
        """The account that it is of."""
        return self.told.first("Acct/Id/IBAN", "Acct/Id/Othr/Id")

    @property
    def key(self) -> tuple[str, str]:
        """What pages of one statement have in common."""
        return (self.iban, self.identity)

    def with_more(self, page: _Part) -> _Part:
        """This and what a later page tells of the same statement."""
        told = Leaves(page.told | self.told)
        return _Part(told, self.balances + page.balances, self.entries.with_more(page.entries))

    def _stated(self, *codes: str) -> Balance | None:
        """The first balance of the first of these kinds that is stated."""
        return next((b for code in codes for b in self.balances if b.code == code), None)

    def _contradicts(self) -> bool:
        """Whether an opening or closing balance is stated twice, and differently."""
        stated = [{b.cents for b in self.balances if b.code == c} for c in ("OPBD", "CLBD")]
        return any(len(amounts) > 1 for amounts in stated)

    def statement(self) -> Statement:
        """The statement, with all that its own figures say is wrong."""
        told, entries = self.told, self.entries
        opening, closing = self._stated("OPBD", "PRCD"), self._stated("CLBD")
        statement = Statement(
            identity=self.identity,
            iban=self.iban,
            currency=told.first("Acct/Ccy") or (opening.currency if opening else ""),
            sequence=told.number("ElctrncSeqNb", "LglSeqNb"),
            from_on=told.day("FrToDt/FrDtTm") or (opening.on if opening else ""),
            to_on=told.day("FrToDt/ToDtTm") or (closing.on if closing else ""),
            opening_cents=opening.cents if opening else 0,
            closing_cents=closing.cents if closing else 0,
            balances=self.balances,
            items=entries.items,
            items_hash=entries.hash.hexdigest(),
            net_cents=entries.booked,
            entries=entries.lines,
            notes=list(entries.notes),
        )
        adds_up = opening and closing and opening.cents + entries.booked == closing.cents
        if not adds_up or self._contradicts():
            statement.notes.append(fatal("B01"))
        if not _summary_holds(told, entries):
            statement.notes.append(fatal("B05"))
        currencies = {statement.currency, *(balance.currency for balance in self.balances)}
        if currencies | entries.currencies != {"EUR"}:
            statement.notes.append(fatal("B11"))
        statement.notes = [note._replace(field=self.identity) for note in statement.notes]
        return statement


def _balance(told: Leaves) -> Balance:
    return Balance(
        told.first("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry"),
        told.sign() * told.cents("Amt"),
        told.first("Amt@Ccy"),
        told.day("Dt/Dt", "Dt/DtTm"),
    )


def _summary_holds(told: Leaves, entries: Entries) -> bool:
    """Whether counts and sums of the summary, where told, are those of the entries as read."""
    count, cents = entries.count, entries.cents
    every, credits, debits = (f"TxsSummry/Ttl{which}Ntries/" for which in ("", "Cdt", "Dbt"))
    sums = {every: cents.total(), credits: cents[1], debits: cents[-1]}
    counts = {every: entries.lines, credits: count[1], debits: count[-1]}
    net = (f"{every}TtlNetNtry/Amt", f"{every}TtlNetNtryAmt")
    sign = (f"{every}TtlNetNtry/CdtDbtInd", f"{every}CdtDbtInd")
    return (
        all(told.cents(f"{p}Sum") == value for p, value in sums.items() if f"{p}Sum" in told)
        and all(told.number(f"{p}NbOfNtries") in (None, value) for p, value in counts.items())
        and (not told.first(*net) or told.sign(*sign) * told.cents(*net) == cents[1] - cents[-1])
    )
