"""Statements as a bank would write them, for tests: camt.053.001.08 from a few words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

OURS = "NL98BNGH0285000013"
FUNDING = "NL65BNGH0285000025"
HELDER = ("Schoonmaakbedrijf Helder BV", "NL59RABO0300000011")
#: The references of K0001001 to K0001005.
KENMERK = {
    1001: "1042600000001001",
    1002: "8042600000001002",
    1003: "6042600000001003",
    1004: "4042600000001004",
    1005: "2042600000001005",
}


@dataclass(frozen=True)
class Entry:
    """A line of a statement, with one transaction; credit positive."""

    cents: int
    name: str = HELDER[0]
    iban: str = HELDER[1]
    reference: str = ""  # structured
    text: str = ""
    family: str = ""  # received or issued where not told
    end_to_end: str = "NOTPROVIDED"
    reversal: bool = False
    status: str = "BOOK"
    booked_on: str = "2026-03-25"
    dated: bool = True
    batch: str = ""  # message id of our batch: a debit without details
    debit: int = 1  # its number in the file
    refs: str = ""  # more references of the transaction
    extra: str = ""  # more of the transaction

    @property
    def xml(self) -> str:
        kind = self.family or ("PMNT-RCDT-ESCT" if self.cents > 0 else "PMNT-ICDT-ESCT")
        domain, family, sub = kind.split("-")
        date = f"<BookgDt><Dt>{self.booked_on}</Dt></BookgDt>" if self.dated else ""
        code = (
            f"<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd>"
            "</Fmly></Domn></BkTxCd>"
        )
        undone = "<RvslInd>true</RvslInd>" if self.reversal else ""
        return (
            f"<Ntry>{signed(self.cents)}{undone}<Sts><Cd>{self.status}</Cd></Sts>{date}{code}"
            f"<NtryDtls>{self.details}</NtryDtls></Ntry>"
        )

    @property
    def details(self) -> str:
        if self.batch:
            group = f"{self.batch}-P{self.debit}"
            return f"<Btch><MsgId>{self.batch}</MsgId><PmtInfId>{group}</PmtInfId></Btch>"
        side = "Dbtr" if (self.cents > 0) != self.reversal else "Cdtr"
        account = f"<{side}Acct><Id><IBAN>{self.iban}</IBAN></Id></{side}Acct>" if self.iban else ""
        party = f"<{side}><Pty><Nm>{escape(self.name)}</Nm></Pty></{side}>" if self.name else ""
        structured = (
            "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>CUR</Issr></Tp>"
            f"<Ref>{self.reference}</Ref></CdtrRefInf></Strd>"
        )
        remittance = f"<Ustrd>{escape(self.text)}</Ustrd>" if self.text else ""
        remittance += structured if self.reference else ""
        return (
            f"<TxDtls><Refs>{self.refs}<EndToEndId>{self.end_to_end}</EndToEndId></Refs>{signed(self.cents)}"
            f"<RltdPties>{party}{account}</RltdPties><RmtInf>{remittance}</RmtInf>{self.extra}"
            "</TxDtls>"
        )


def wage(cents: int, client: int = 1001, **told: Any) -> Entry:
    """A wage from the usual employer, with the client's reference in its own field."""
    return replace(Entry(cents, reference=KENMERK[client]), **told)


@dataclass(frozen=True)
class Statement:
    """A statement that adds up."""

    number: int
    opening: int
    entries: tuple[Entry, ...] = ()
    on: str = "2026-03-25"
    iban: str = OURS
    currency: str = "EUR"
    identity: str = ""
    gap: int = 0  # what makes the closing balance wrong

    @property
    def closing(self) -> int:
        booked = sum(entry.cents for entry in self.entries if entry.status == "BOOK")
        return self.opening + booked + self.gap

    @property
    def xml(self) -> str:
        entries = "".join(entry.xml for entry in self.entries)
        stated = (
            f"<Stmt><Id>{self.identity or f'S{self.on[:4]}-{self.number:05d}'}</Id>"
            f"<ElctrncSeqNb>{self.number}</ElctrncSeqNb>"
            f"<FrToDt><FrDtTm>{self.on}T00:00:00</FrDtTm><ToDtTm>{self.on}T23:59:59</ToDtTm>"
            f"</FrToDt><Acct><Id><IBAN>{self.iban}</IBAN></Id><Ccy>{self.currency}</Ccy></Acct>"
            f"{balance('OPBD', self.opening, self.on)}{balance('CLBD', self.closing, self.on)}"
            f"{entries}</Stmt>"
        )
        return stated.replace('Ccy="EUR"', f'Ccy="{self.currency}"')


def document(*statements: Statement, version: str = "camt.053.001.08", message: str = "M") -> bytes:
    """A file with statements."""
    body = "".join(statement.xml for statement in statements)
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:'
        f'{version}"><BkToCstmrStmt><GrpHdr><MsgId>{message}</MsgId>'
        "<CreDtTm>2026-11-24T23:30:00</CreDtTm></GrpHdr>"
        f"{body}</BkToCstmrStmt></Document>"
    )
    return text.encode()


def balance(code: str, cents: int, on: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{signed(cents)}"
        f"<Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def signed(cents: int) -> str:
    side = "CRDT" if cents >= 0 else "DBIT"
    return f'<Amt Ccy="EUR">{euros(cents)}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def euros(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"
