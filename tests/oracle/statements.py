"""Bank statements as camt.053, in the newer form (08) and, for variety, the older one (02)."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from xml.sax.saxutils import escape

from tests.oracle.ledger import Batch, Payment
from tests.oracle.model import Movement
from tests.oracle.money import euro

BANK_IBAN = "NL98BNGH0285000013"
OWNER = "Gemeente Voorbeeldstad"
ISSUED = ("PMNT", "ICDT", "ESCT")
RECEIVED = ("PMNT", "RCDT", "ESCT")
CHARGES = ("ACMT", "MDOP", "CHRG")


class Statement(NamedTuple):
    """A day on the account: entries are groups of movements booked as one line."""

    number: int
    booked: date
    opening: int
    entries: tuple[tuple[Movement, ...], ...]
    older: bool = False

    @property
    def name(self) -> str:
        return f"camt053_2026_{self.number:03d}.xml"

    @property
    def ident(self) -> str:
        return f"VBS2026{self.number:05d}"

    @property
    def movements(self) -> list[Movement]:
        return [m for entry in self.entries for m in entry if m.kind != "opening"]

    @property
    def closing(self) -> int:
        return self.opening + sum(m.amount * sign(m) for m in self.movements)


def sign(movement: Movement) -> int:
    return -1 if movement.kind in ("batch", "charge") else 1


def amount(cents: int) -> str:
    return f'<Amt Ccy="EUR">{euro(abs(cents), ".")}</Amt>'


def side(cents: int) -> str:
    return f"<CdtDbtInd>{'CRDT' if cents >= 0 else 'DBIT'}</CdtDbtInd>"


def statement_file(statement: Statement, batches: Sequence[Batch]) -> str:
    """The whole document of one statement."""
    s, version = statement, "02" if statement.older else "08"
    bic = "BIC" if s.older else "BICFI"
    made = f"{s.booked}T23:30:00"
    entries = "".join(entry(s, n, moves, batches) for n, moves in enumerate(s.entries, start=1))
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>CAMT-{s.ident}</MsgId><CreDtTm>{made}</CreDtTm>\
<MsgPgntn><PgNb>1</PgNb><LastPgInd>true</LastPgInd></MsgPgntn></GrpHdr>
    <Stmt>
      <Id>{s.ident}</Id>
      <ElctrncSeqNb>{s.number}</ElctrncSeqNb>
      <LglSeqNb>{s.number}</LglSeqNb>
      <CreDtTm>{made}</CreDtTm>
      <FrToDt><FrDtTm>{s.booked}T00:00:00</FrDtTm><ToDtTm>{s.booked}T23:59:59</ToDtTm></FrToDt>
      <Acct><Id><IBAN>{BANK_IBAN}</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>{OWNER}</Nm></Ownr>\
<Svcr><FinInstnId><{bic}>BNGHNL2G</{bic}></FinInstnId></Svcr></Acct>
      {balance("OPBD", s.opening, s.booked)}
      {balance("CLBD", s.closing, s.booked)}
      {summary(s)}
{entries}    </Stmt>
  </BkToCstmrStmt>
</Document>
"""


def balance(kind: str, cents: int, on: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{amount(cents)}{side(cents)}"
        f"<Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def summary(s: Statement) -> str:
    """Number and sums of all entries, of credits and of debits."""
    sums = [sum(m.amount * sign(m) for m in entry) for entry in s.entries]
    credits, debits = [c for c in sums if c > 0], [-c for c in sums if c < 0]
    net = sum(sums)
    total = euro(abs(net), ".")
    net_tag = (
        f"<TtlNetNtryAmt>{total}</TtlNetNtryAmt>{side(net)}"
        if s.older
        else f"<TtlNetNtry><Amt>{total}</Amt>{side(net)}</TtlNetNtry>"
    )
    return (
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(sums)}</NbOfNtries>"
        f"<Sum>{euro(sum(credits) + sum(debits), '.')}</Sum>{net_tag}</TtlNtries>"
        f"<TtlCdtNtries>{count(credits)}</TtlCdtNtries>"
        f"<TtlDbtNtries>{count(debits)}</TtlDbtNtries></TxsSummry>"
    )


def count(sums: Sequence[int]) -> str:
    return f"<NbOfNtries>{len(sums)}</NbOfNtries><Sum>{euro(sum(sums), '.')}</Sum>"


def entry(s: Statement, n: int, moves: Sequence[Movement], batches: Sequence[Batch]) -> str:
    total = sum(m.amount * sign(m) for m in moves)
    domain, family, sub = code(moves[0])
    status = "BOOK" if s.older else "<Cd>BOOK</Cd>"
    reference = f"{s.ident}-{n:04d}"
    return f"""\
      <Ntry>
        <NtryRef>{n}</NtryRef>
        {amount(total)}{side(total)}<Sts>{status}</Sts>
        <BookgDt><Dt>{s.booked}</Dt></BookgDt><ValDt><Dt>{s.booked}</Dt></ValDt>
        <AcctSvcrRef>{reference}</AcctSvcrRef>
        <BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly>\
</Domn></BkTxCd>
        <NtryDtls>
{details(s, reference, moves, batches)}        </NtryDtls>
      </Ntry>
"""


def code(movement: Movement) -> tuple[str, str, str]:
    return {"batch": ISSUED, "charge": CHARGES}.get(movement.kind, RECEIVED)


def details(
    s: Statement, reference: str, moves: Sequence[Movement], batches: Sequence[Batch]
) -> str:
    """Each transaction on its own; of our own batch only the total, unless details are asked."""
    if moves[0].kind == "batch":
        batch = next(b for b in batches if b.message_id == moves[0].batch)
        shown = batch.sent if moves[0].details else []
        lines = [paid(reference, n, batch, p) for n, p in enumerate(shown, start=1)]
        return together(
            batch.message_id, f"{batch.message_id}-P1", len(batch.sent), -batch.total
        ) + "".join(lines)
    lines = [transaction(s, f"{reference}-{n}", m) for n, m in enumerate(moves, start=1)]
    if len(moves) == 1:
        return lines[0]
    label = f"LOON-{moves[0].iban[-6:]}-{s.booked:%Y%m%d}"
    return together(label, f"{label}-1", len(moves), sum(m.amount for m in moves)) + "".join(lines)


def together(message: str, batch: str, number: int, total: int) -> str:
    return (
        f"          <Btch><MsgId>{message}</MsgId><PmtInfId>{batch}</PmtInfId>"
        f'<NbOfTxs>{number}</NbOfTxs><TtlAmt Ccy="EUR">{euro(abs(total), ".")}</TtlAmt>'
        f"{side(total)}</Btch>\n"
    )


def paid(reference: str, n: int, batch: Batch, payment: Payment) -> str:
    ident = payment.end_to_end_id
    return (
        f"          <TxDtls><Refs><MsgId>{batch.message_id}</MsgId>"
        f"<AcctSvcrRef>{reference}-{n}</AcctSvcrRef>"
        f"<PmtInfId>{batch.message_id}-P1</PmtInfId><InstrId>{ident}</InstrId>"
        f"<EndToEndId>{ident}</EndToEndId></Refs>{amount(payment.amount)}{side(-1)}"
        f"<AmtDtls><TxAmt>{amount(payment.amount)}</TxAmt></AmtDtls><RltdPties><CdtrAcct><Id>"
        f"<IBAN>{payment.iban}</IBAN></Id></CdtrAcct></RltdPties></TxDtls>\n"
    )


def transaction(s: Statement, reference: str, m: Movement) -> str:
    own_amount = "" if s.older else amount(m.amount) + side(m.amount * sign(m))
    name = f"<Nm>{escape(m.name)}</Nm>" if s.older else f"<Pty><Nm>{escape(m.name)}</Nm></Pty>"
    party = (
        (
            f"<RltdPties><Dbtr>{name}</Dbtr><DbtrAcct><Id><IBAN>{m.iban}</IBAN></Id></DbtrAcct>"
            "</RltdPties>"
        )
        if m.name
        else ""
    )
    return (
        f"          <TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<EndToEndId>NOTPROVIDED</EndToEndId></Refs>{own_amount}"
        f"<AmtDtls><TxAmt>{amount(m.amount)}</TxAmt></AmtDtls>{party}"
        f"<RmtInf>{m.text}</RmtInf></TxDtls>\n"
    )


def structured(kenmerk: str) -> str:
    """Remittance with the betalingskenmerk in its own field."""
    return (
        "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>CUR</Issr></Tp>"
        f"<Ref>{kenmerk}</Ref></CdtrRefInf></Strd>"
    )


def free(text: str) -> str:
    return f"<Ustrd>{escape(text)}</Ustrd>"


def spaced(kenmerk: str) -> str:
    return " ".join(kenmerk[n : n + 4] for n in range(0, 16, 4))
