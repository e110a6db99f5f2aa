"""What a bank writes: statements (camt.053.001.08) and status reports (pain.002.001.12)."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Entry:
    """A line of a statement, with one transaction; credit positive."""

    cents: int
    name: str = ""
    iban: str = ""
    reference: str = ""  # structured
    text: str = ""
    family: str = ""  # received or issued where not told
    end_to_end: str = "NOTPROVIDED"
    reversal: bool = False
    status: str = "BOOK"
    booked_on: str = ""
    dated: bool = True
    batch: str = ""  # message id of our batch: a debit without details
    debit: int = 1  # its number in the file
    refs: str = ""  # more references of the transaction
    extra: str = ""  # more of the transaction

    @property
    def xml(self) -> str:
        """The entry (Ntry)."""
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
        """What stands in its NtryDtls."""
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
            f"<TxDtls><Refs>{self.refs}<EndToEndId>{self.end_to_end}</EndToEndId></Refs>"
            f"{signed(self.cents)}<RltdPties>{party}{account}</RltdPties>"
            f"<RmtInf>{remittance}</RmtInf>{self.extra}</TxDtls>"
        )


@dataclass(frozen=True)
class Statement:
    """A statement that adds up."""

    number: int
    opening: int
    entries: tuple[Entry, ...] = ()
    on: str = ""
    iban: str = ""
    currency: str = "EUR"
    identity: str = ""
    gap: int = 0  # what makes the closing balance wrong

    @property
    def closing(self) -> int:
        """The closing balance in cents."""
        booked = sum(entry.cents for entry in self.entries if entry.status == "BOOK")
        return self.opening + booked + self.gap

    @property
    def xml(self) -> str:
        """The statement (Stmt)."""
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


def report(
    original: str, count: int, total: str, *, group: str = "", debit: str = "",
    payments: dict[int, str] | None = None, number: int = 1, version: str = "001.12",
    extra: str = "", debit_id: str = "",
) -> bytes:  # fmt: skip
    """A status report (pain.002) about a payment file.

    Args:
        original: its message id.
        count: how many payments are in it.
        total: what they add up to, as it says itself.
        group: the status of the file; each status is a code, or a code and the reason behind it:
            `RJCT AC04`.
        debit: the status of its debit.
        payments: the status of payments, by their number in the file.
        number: of the report.
        version: of pain.002.
        extra: more of each payment.
        debit_id: the id of the debit, where it is not that of the first.
    """

    def told(tag: str, status: str) -> str:
        code, _, reason = status.partition(" ")
        why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
        return f"<{tag}>{code}</{tag}>{why}" if code else ""

    ids = {n: f"{original}-{n:06d}" for n in payments or {}}
    lines = "".join(
        f"<TxInfAndSts><OrgnlInstrId>{ids[n]}</OrgnlInstrId><OrgnlEndToEndId>{ids[n]}"
        f"</OrgnlEndToEndId>{told('TxSts', status)}{extra}</TxInfAndSts>"
        for n, status in (payments or {}).items()
    )
    below = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{debit_id or original + '-P1'}</OrgnlPmtInfId>"
        f"{told('PmtInfSts', debit)}{lines}</OrgnlPmtInfAndSts>"
        if debit or lines
        else ""
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.{version}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>STS-{number}</MsgId><CreDtTm>2026-11-24T09:{number % 60:02d}:00</CreDtTm>"
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{original}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><OrgnlNbOfTxs>{count}</OrgnlNbOfTxs>"
        f"<OrgnlCtrlSum>{total}</OrgnlCtrlSum>{told('GrpSts', group)}</OrgnlGrpInfAndSts>{below}"
        f"</CstmrPmtStsRpt></Document>"
    ).encode()


def balance(code: str, cents: int, on: str) -> str:
    """A balance (Bal): OPBD opening, CLBD closing."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{signed(cents)}"
        f"<Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def signed(cents: int) -> str:
    """An amount and whether it is a credit or a debit."""
    side = "CRDT" if cents >= 0 else "DBIT"
    return f'<Amt Ccy="EUR">{euros(cents)}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def euros(cents: int) -> str:
    """An amount without its sign, as XML has it: 1331.43."""
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"
