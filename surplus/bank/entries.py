"""The entries of a statement (boekingen), each with its details, as rows for the ledger."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any, NamedTuple

from surplus.bank.leaves import Leaves
from surplus.intake.notes import Note
from surplus.problems import PROBLEMS

#: Where the name of a side may stand, its own before that of the ultimate party.
_NAMES = {
    party: tuple(
        f"RltdPties/{which}{party}/{form}"
        for which in ("", "Ultmt")
        for form in ("Pty/Nm", "Nm", "Agt/FinInstnId/Nm")
    )
    for party in ("Dbtr", "Cdtr")
}
_FAMILY = tuple(f"BkTxCd/Domn/{part}" for part in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd"))


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


class Entries:
    """The entries of the statement that is being read, and their totals, pending ones included."""

    def __init__(self, cut: int) -> None:
        self.cut = cut
        self.items: list[Item] = []
        self.notes: list[Note] = []
        self.currencies: set[str] = set()
        self.count: Counter[int] = Counter()  # by sign
        self.cents: Counter[int] = Counter()
        self.booked = 0  # cents, pending ones not included
        self.hash = hashlib.sha256()  # over all booked items

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
        groups = children(node, self.cut, "NtryDtls")
        items = self._details(groups, told, sign * cents)
        if not items:
            items = [_item(self.lines, 0, sign * cents, told, Leaves(), self._batch(node))]
        self._keep(items)
        if sum(item.amount_cents for item in items) != sign * cents:
            self._note("B05")
        if not items[0].booked_on:
            self._note("B06")
        if not cents:
            self._note("B13")

    def whole(self, node: Any) -> Item:
        """An entry as the one line that a statement without details shows."""
        told = Leaves.under(node, self.cut, "NtryDtls")
        return _item(
            self.lines, 0, told.sign() * told.cents("Amt"), told, Leaves(), self._batch(node)
        )

    def batched(self, node: Any) -> bool:
        """Whether the bank says of an entry that it is the sum of a batch."""
        return bool(self._batch(node))

    def _batch(self, node: Any) -> Leaves:
        groups = children(node, self.cut, "NtryDtls")
        batches = [batch for group in groups for batch in children(group, self.cut, "Btch")]
        return Leaves.under(batches[0], self.cut) if batches else Leaves()

    def with_more(self, page: Entries) -> Entries:
        """These and those of a later page, which are numbered on."""
        both = Entries(self.cut)
        lines = self.lines
        both._keep(self.items + [i._replace(line=i.line + lines) for i in page.items])
        both.notes = self.notes + [n._replace(line=n.line + lines) for n in page.notes]
        both.currencies = self.currencies | page.currencies
        both.count, both.cents = self.count.copy(), self.cents.copy()
        both.count.update(page.count)
        both.cents.update(page.cents)
        both.booked = self.booked + page.booked
        return both

    def take(self) -> list[Item]:
        """The items read so far, which are not kept here any more."""
        taken, self.items = self.items, []
        return taken

    def _keep(self, items: list[Item]) -> None:
        self.items += items
        for item in items:
            self.hash.update(repr(item).encode())

    def _note(self, code: str) -> None:
        self.notes.append(Note(code, PROBLEMS[code].severity, self.lines))

    def _details(self, groups: list[Any], entry: Leaves, signed: int) -> list[Item]:
        told = [(group, children(group, self.cut, "TxDtls")) for group in groups]
        alone = sum(len(details) for _group, details in told) == 1
        items: list[Item] = []
        for group, details in told:
            batches = children(group, self.cut, "Btch")
            batch = Leaves.under(batches[0], self.cut) if batches else Leaves()
            if details and batch.number("NbOfTxs") not in (None, len(details)):
                self._note("B05")
            for detail in details:
                own = Leaves.under(detail, self.cut)
                cents = _detail_cents(own, entry, abs(signed) if alone else 0)
                sign = own.sign() if "CdtDbtInd" in own else entry.sign()
                items.append(_item(self.lines, len(items) + 1, sign * cents, entry, own, batch))
        return items


def children(node: Any, cut: int, name: str) -> list[Any]:
    """The elements of one name right under another."""
    return [child for child in node if child.tag[cut:] == name]


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
        bank_reference=own.first("Refs/AcctSvcrRef") or entry.first("AcctSvcrRef"),
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
    return told.first(*_NAMES[party])


def _family(told: Leaves) -> str:
    """The bank transaction code as one word; the bank's own code where ISO's is absent."""
    code = "-".join(told[part] for part in _FAMILY if part in told)
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
