"""pain.002, the bank's status report on a payment file: every level of every version as one form.

Read as a stream and never trusted (see `iso20022`). A report speaks of one file: of all of it
(group), of a debit in it (payment information) or of single payments (transaction); the lowest
level that says something counts (formats.md §3.3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from surplus.bank import iso20022
from surplus.bank.leaves import Leaves, Unreadable
from surplus.intake.notes import BadFile, fatal

#: 10 comes with pain.001.001.09, 03 with pain.001.001.03, 12 from banks that went further.
VERSIONS = ("pain.002.001.03", "pain.002.001.10", "pain.002.001.12")
_GROUP, _DEBIT, _PAYMENT = "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts"
_REASON = ("StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry")
_DAY = ("OrgnlTxRef/ReqdExctnDt/Dt", "OrgnlTxRef/ReqdExctnDt/DtTm", "OrgnlTxRef/ReqdExctnDt")


class Status(NamedTuple):
    """What a report says at one place."""

    level: str  # group | payment information | transaction
    identity: str  # our message id, PmtInfId or end-to-end id
    code: str  # such as ACCP; '' where it says nothing itself
    reason: str = ""  # of a refusal, such as AC04
    executed_on: str = ""  # where it names the day of execution


SAYS_NOTHING = Status("group", "", "")


@dataclass
class Report:
    """A file: what it is about and what it says, the highest level first."""

    identity: str = ""
    original: str = ""
    payments: int | None = None  # of the original, as the bank counts them
    sum_cents: int | None = None
    group: Status = SAYS_NOTHING
    debits: list[Status] = field(default_factory=list)
    transactions: list[Status] = field(default_factory=list)

    @property
    def statuses(self) -> list[Status]:
        """All that say something, the highest level first."""
        told = [self.group, *self.debits, *self.transactions]
        return [status for status in told if status.code]


def read(content: bytes, schemas: Path | None = None) -> Report:
    """Read a status report.

    Args:
        content: the bytes of the file.
        schemas: a folder that may hold the schemas of ISO 20022.

    Raises:
        BadFile: F01 not UTF-8, F02 not well-formed or with a DOCTYPE, F03 not by its schema, a
            number or day that cannot be read or no original named, F04 another message or version,
            F14 empty.
    """
    version = iso20022.version_of(content, VERSIONS)
    cut = len(iso20022.NAMESPACE) + len(version) + len("{}")
    names = ("GrpHdr", _GROUP, _DEBIT, _PAYMENT)
    report = Report()
    for name, node in iso20022.elements(content, version, names, schemas):
        try:
            _add(report, name, Leaves.under(node, cut, _PAYMENT))
        except Unreadable as error:
            raise iso20022.unreadable(node, error) from None
        if name == _PAYMENT:
            iso20022.forget(node)
    if not report.original:
        raise BadFile(fatal("F03", field="OrgnlMsgId"))
    return report


def _add(report: Report, name: str, told: Leaves) -> None:
    reason = told.first(*_REASON)
    if name == "GrpHdr":
        report.identity = told.first("MsgId")
    elif name == _GROUP:
        report.original = told.first("OrgnlMsgId")
        report.payments = told.number("OrgnlNbOfTxs")
        report.sum_cents = told.cents("OrgnlCtrlSum") if told.first("OrgnlCtrlSum") else None
        report.group = Status("group", report.original, told.first("GrpSts"), reason)
    elif name == _DEBIT:
        named, code = told.first("OrgnlPmtInfId"), told.first("PmtInfSts")
        report.debits.append(Status("payment information", named, code, reason))
    else:
        named = told.first("OrgnlEndToEndId", "OrgnlInstrId")
        code, day = told.first("TxSts"), told.day(*_DAY)
        report.transactions.append(Status("transaction", named, code, reason, day))
