"""camt.053, the bank's statement (afschrift): versions 001.02 and 001.08 into one plain form.

The file is read as a stream and never trusted (see `iso20022`). Where the workspace holds no schema
the checks here suffice (formats.md §3.1): every amount to the cent, every total, every balance.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from surplus.bank import iso20022
from surplus.bank.leaves import Leaves, Unreadable
from surplus.intake.notes import BadFile, Note, fatal
from surplus.problems import PROBLEMS

_VERSIONS = ("camt.053.001.02", "camt.053.001.08")


class Item(NamedTuple):
    """A booked entry of a statement, or one transaction of an entry that tells its details."""

    line: int  # number of the entry in its statement
    detail: int  # number of the transaction in the entry; 0 for the entry itself
    bank_reference: str
    booked_on: str  # '' where the bank tells no date at all
    value_on: str
    amount_cents: int  # credit positive
    reversal: int  # 1: undoes an earlier entry; the sign is already right
    family: str  # bank transaction code, such as PMNT-RCDT-ESCT
    end_to_end_id: str
    payment_info_id: str
    message_id: str
    reference: str  # structured; several are joined by a comma
    reference_issuer: str
    remittance: str
    party_name: str  # the other side
    party_iban: str
    return_reason: str
    item: int = 0  # its number once it is stored


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
    items: list[Item]
    entries: int  # pending ones and information included
    notes: list[Note]

    @property
    def net_cents(self) -> int:
        """What the booked entries add to the balance."""
        return sum(item.amount_cents for item in self.items)

    @property
    def refused(self) -> bool:
        """Whether its own figures refuse it."""
        return any(note.severity == "F" for note in self.notes)

    @property
    def content_hash(self) -> str:
        """The same for the same statement, whatever file or version it comes in."""
        told = (self.identity, self.iban, self.sequence, self.from_on, self.to_on,
                self.opening_cents, self.closing_cents, self.items)  # fmt: skip
        return hashlib.sha256(repr(told).encode()).hexdigest()


@dataclass
class Message:
    """A file: its message id, whether it is one page of several, its statements."""

    identity: str = ""
    page_of_more: bool = False
    statements: list[Statement] = field(default_factory=list)


def read(content: bytes, schemas: Path | None = None) -> Message:
    """Read a statement file.

    Args:
        content: the bytes of the file.
        schemas: a folder that may hold the schemas of ISO 20022.

    Returns:
        Every statement in it, each with notes on its own figures: B01 balance, B05 totals, B06 no
        date, B11 not in euro, B13 zero. The line of a note is the number of the entry.

    Raises:
        BadFile: F01 not UTF-8, F02 not well-formed or with a DOCTYPE, F03 not by its schema, or an
            amount, sign, number or date that cannot be read, F04 another message or version,
            F14 empty or without a statement.
    """
    version = iso20022.version_of(content, _VERSIONS)
    cut = len(iso20022.NAMESPACE) + len(version) + len("{}")
    message, entries = Message(), _Entries(cut)
    for name, node in iso20022.elements(content, version, ("GrpHdr", "Stmt", "Ntry"), schemas):
        try:
            match name:
                case "Ntry":
                    entries.add(node)
                    iso20022.forget(node)
                case "Stmt":
                    message.statements.append(_statement(node, entries))
                    entries = _Entries(cut)
                    node.clear()
                case _:
                    _header(message, Leaves.under(node, cut))
        except Unreadable as error:
            raise iso20022.unreadable(node, error) from None
    if not message.statements:
        raise BadFile(fatal("F14"))
    return message


def _header(message: Message, told: Leaves) -> None:
    message.identity = told.first("MsgId")
    last = told.get("MsgPgntn/LastPgInd", "true") in ("true", "1")
    message.page_of_more = not last or told.get("MsgPgntn/PgNb", "1") != "1"


class _Entries:
    """The entries of the statement that is being read, and their totals, pending ones included."""

    def __init__(self, cut: int) -> None:
        self.cut = cut
        self.items: list[Item] = []
        self.notes: list[Note] = []
        self.currencies: set[str] = set()
        self.count: Counter[int] = Counter()  # by sign
        self.cents: Counter[int] = Counter()
        self.booked = 0  # cents, pending ones not included

    @property
    def lines(self) -> int:
        """How many there are."""
        return self.count.total()

    def add(self, node: Any) -> None:
        """Read one entry (boeking) and its details."""
        told = Leaves.under(node, self.cut, "NtryDtls")
        sign, cents = told.sign(), told.cents("Amt")
        self.count[sign] += 1
        self.cents[sign] += cents
        self.currencies.add(told.get("Amt@Ccy", ""))
        if told.first("Sts/Cd", "Sts/Prtry", "Sts") != "BOOK":
            return
        self.booked += sign * cents
        groups = _children(node, self.cut, "NtryDtls")
        items = self._details(groups, told, sign * cents)
        if not items:
            batches = [batch for group in groups for batch in _children(group, self.cut, "Btch")]
            batch = Leaves.under(batches[0], self.cut) if batches else Leaves()
            items = [_item(self.lines, 0, sign * cents, told, Leaves(), batch)]
        self.items += items
        if sum(item.amount_cents for item in items) != sign * cents:
            self._note("B05")
        if not items[0].booked_on:
            self._note("B06")
        if not cents:
            self._note("B13")

    def _note(self, code: str) -> None:
        self.notes.append(Note(code, PROBLEMS[code].severity, self.lines))

    def _details(self, groups: list[Any], entry: Leaves, signed: int) -> list[Item]:
        told = [(group, _children(group, self.cut, "TxDtls")) for group in groups]
        alone = sum(len(details) for _group, details in told) == 1
        items: list[Item] = []
        for group, details in told:
            batches = _children(group, self.cut, "Btch")
            batch = Leaves.under(batches[0], self.cut) if batches else Leaves()
            if details and batch.number("NbOfTxs") not in (None, len(details)):
                self._note("B05")
            for detail in details:
                own = Leaves.under(detail, self.cut)
                cents = _detail_cents(own, entry, abs(signed) if alone else 0)
                sign = own.sign() if "CdtDbtInd" in own else entry.sign()
                items.append(_item(self.lines, len(items) + 1, sign * cents, entry, own, batch))
        return items


def _children(node: Any, cut: int, name: str) -> list[Any]:
    return [child for child in node if child.tag[cut:] == name]


def _statement(node: Any, entries: _Entries) -> Statement:
    told = Leaves.under(node, entries.cut, "Bal", "Ntry")
    balances = [
        _balance(Leaves.under(child, entries.cut)) for child in _children(node, entries.cut, "Bal")
    ]
    stated = {balance.code: balance for balance in reversed(balances)}
    opening, closing = stated.get("OPBD") or stated.get("PRCD"), stated.get("CLBD")
    statement = Statement(
        identity=told.first("Id"),
        iban=told.first("Acct/Id/IBAN", "Acct/Id/Othr/Id"),
        currency=told.first("Acct/Ccy") or (opening.currency if opening else ""),
        sequence=told.number("ElctrncSeqNb", "LglSeqNb"),
        from_on=told.day("FrToDt/FrDtTm") or (opening.on if opening else ""),
        to_on=told.day("FrToDt/ToDtTm") or (closing.on if closing else ""),
        opening_cents=opening.cents if opening else 0,
        closing_cents=closing.cents if closing else 0,
        balances=balances,
        items=entries.items,
        entries=entries.lines,
        notes=entries.notes,
    )
    if not (opening and closing) or opening.cents + entries.booked != closing.cents:
        statement.notes.append(fatal("B01"))
    if not _summary_holds(told, entries):
        statement.notes.append(fatal("B05"))
    if {statement.currency, *entries.currencies, *(b.currency for b in balances)} != {"EUR"}:
        statement.notes.append(fatal("B11"))
    statement.notes = [note._replace(field=statement.identity) for note in statement.notes]
    return statement


def _balance(told: Leaves) -> Balance:
    return Balance(
        told.first("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry"),
        told.sign() * told.cents("Amt"),
        told.first("Amt@Ccy"),
        told.day("Dt/Dt", "Dt/DtTm"),
    )


def _summary_holds(told: Leaves, entries: _Entries) -> bool:
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


def _item(line: int, number: int, cents: int, entry: Leaves, own: Leaves, batch: Leaves) -> Item:
    """One row for the ledger: what the transaction tells, else what its entry or batch does."""
    reversal = int(entry.first("RvslInd") in ("true", "1"))
    family = _family(own) or _family(entry)
    reason = own.first("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")
    party = _other_side(own, cents > 0, bool(reversal or reason or family.endswith("-RRTN")))
    value_on = entry.day("ValDt/Dt", "ValDt/DtTm")
    return Item(
        line=line,
        detail=number,
        bank_reference=own.first("Refs/AcctSvcrRef") or entry.first("AcctSvcrRef", "NtryRef"),
        booked_on=entry.day("BookgDt/Dt", "BookgDt/DtTm") or value_on,
        value_on=value_on,
        amount_cents=cents,
        reversal=reversal,
        family=family,
        end_to_end_id=own.first("Refs/EndToEndId"),
        payment_info_id=own.first("Refs/PmtInfId") or batch.first("PmtInfId"),
        message_id=own.first("Refs/MsgId") or batch.first("MsgId"),
        reference=own.first("RmtInf/Strd/CdtrRefInf/Ref"),
        reference_issuer=own.first("RmtInf/Strd/CdtrRefInf/Tp/Issr"),
        remittance=own.first("RmtInf/Ustrd"),
        party_name=_name(own, party),
        party_iban=own.first(f"RltdPties/{party}Acct/Id/IBAN"),
        return_reason=reason,
    )


def _other_side(told: Leaves, credit: bool, undone: bool) -> str:
    """Who is not us: the debtor of a credit, the creditor of a debit, as first ordered."""
    likely, other = ("Dbtr", "Cdtr") if credit != undone else ("Cdtr", "Dbtr")
    known = _name(told, likely) or told.first(f"RltdPties/{likely}Acct/Id/IBAN")
    return likely if known else other


def _name(told: Leaves, party: str) -> str:
    """The name of a side as version 02 or 08 writes it; else of the ultimate party behind it."""
    sides = (f"RltdPties/{party}/", f"RltdPties/Ultmt{party}/")
    forms = ("Pty/Nm", "Nm", "Agt/FinInstnId/Nm")
    return told.first(*(side + form for side in sides for form in forms))


def _family(told: Leaves) -> str:
    """The bank transaction code as one word; the bank's own code where ISO's is absent."""
    parts = ("Domn/Cd", "Domn/Fmly/Cd", "Domn/Fmly/SubFmlyCd")
    code = "-".join(told[f"BkTxCd/{part}"] for part in parts if f"BkTxCd/{part}" in told)
    own = told.first("BkTxCd/Prtry/Cd")
    return code or (own and f"PRTRY-{own}")


def _detail_cents(own: Leaves, entry: Leaves, alone: int) -> int:
    """The amount of a transaction in the currency of the account, never the instructed one.

    Version 02 leaves it out where there is only one: then it is that of the entry, `alone`.
    """
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        if path in own and own[f"{path}@Ccy"] == entry["Amt@Ccy"]:
            return own.cents(path)
    return alone
