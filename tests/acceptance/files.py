"""Files for tests that need a situation of their own: few rows, told in a line each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from surplus.months import Month
from tests.oracle.files import CLIENT_COLUMNS, ROW_COLUMNS, norms_file, table
from tests.oracle.identifiers import bsns, free_iban, kenmerk
from tests.oracle.money import euro

HELDER = ("Schoonmaakbedrijf Helder BV", "999990020L01", "NL59RABO0300000011")
BANK = "NL98BNGH0285000013"


def bsn(no: int) -> str:
    """A citizen number of the reserved range for a client number of three digits."""
    return next(islice(bsns(999990000), no % 1000, None))


def norms(folder: Path) -> Path:
    """The norms of the first half of 2026."""
    return _write(folder / "norms.csv", norms_file())


def clients(folder: Path, *told: dict[str, str], name: str = "clients.csv") -> Path:
    """A snapshot of clients; each row as `client` makes it."""
    columns = dict.fromkeys([*CLIENT_COLUMNS, *(key for row in told for key in row)])
    return _write(folder / name, table(columns, told))


def client(no: str, start: str = "2026-01-01", **more: str) -> dict[str, str]:
    """A single person of 1988 with nothing special, in the fields of clients.csv."""
    number = int(no)
    return {
        "klantnummer": f"K{number:07d}",
        "bsn": bsn(number),
        "achternaam": "Voorbeeld",
        "voorletters": "A.",
        "geboortedatum": "1988-04-17",
        "leefvorm": "ALLEENSTAANDE",
        "aantal_kostendelers": "1",
        "normcategorie": "PW_ALLEENSTAANDE_21_AOW",
        "iban": free_iban("INGB", 7 * number),
        "tenaamstelling": "A. Voorbeeld",
        "contactpersoon": "Team Werk 1",
        "deelname_vanaf": start,
        "toestemming_datum": "2025-12-09",
        "toestemming_versie": "T-1.0",
        "betalingskenmerk": kenmerk(number),
        "vrijlating_soort": "GEEN",
        "status": "ACTIEF",
    } | more


def wage(no: int, month: str, net: int, **more: str) -> dict[str, str]:
    """A row of a delivery: an all-in wage of `net` cents for a whole month, and what differs."""
    period, amount = Month.parse(month), euro(net)
    return {
        "tag": "NIEUW_IKO",
        "bsn": bsn(no),
        "loonheffingennummer": HELDER[1],
        "volgnr_ikv": "1",
        "naam_werkgever": HELDER[0],
        "cd_srt_ikv": "15",
        "dat_b_ikv": "20260101",
        "dat_b_iko": f"{period.first_day:%Y%m%d}",
        "dat_e_iko": f"{period.last_day:%Y%m%d}",
        "periode_soort": "06",
        "ind_lhk": "1",
        "cd_lbtabel": "012",
        "verloonde_uren": "40,00",
        "bruto_loon_sv": amount,
        "loon_lb": amount,
        "ingehouden_lb": "0,00",
        "opgb_recht_vt": "0,00",
        "reiskosten_onbelast": "0,00",
        "indicatief_netto": amount,
        "indicatief_netto_bijz": "0,00",
    } | more


def four_weeks(no: int, begin: str, net: int, **more: str) -> dict[str, str]:
    """A row of a delivery: an all-in wage of `net` cents for four weeks from a day on."""
    first = date.fromisoformat(begin)
    days = {"dat_b_iko": first, "dat_e_iko": first + timedelta(27)}
    period = {name: f"{day:%Y%m%d}" for name, day in days.items()} | {"periode_soort": "05"}
    return wage(no, begin[:7], net) | period | more


def payslip(no: int, month: str, net: int, **more: str) -> dict[str, str]:
    """A payslip by Helder of `net` cents for a whole month, paid on its last day."""
    last, amount = Month.parse(month).last_day.isoformat(), euro(net)
    return {
        "bsn_of_klantnummer": bsn(no),
        "loonheffingennummer": HELDER[1],
        "naam_werkgever": HELDER[0],
        "periode_begin": f"{month}-01",
        "periode_eind": last,
        "periode_soort": "06",
        "betaaldatum": last,
        "netto_loon_uitbetaald": amount,
        "bruto_loon": amount,
        "loonheffing": "0,00",
        "vakantietoeslag_bruto": "0,00",
        "eindejaarsuitkering_bruto": "0,00",
        "reiskosten_onbelast": "0,00",
        "overige_vergoeding_onbelast": "0,00",
        "inhoudingen_overig": "0,00",
        "netto_verrekenbaar": amount,
        "uren": "40,00",
        "betalingskenmerk": kenmerk(no),
        "iban_werkgever": HELDER[2],
    } | more


def payslips(folder: Path, *rows: dict[str, str], name: str = "payslips.csv") -> Path:
    """A file of payslips, with the columns that its rows tell."""
    return _write(folder / name, table(dict.fromkeys(key for row in rows for key in row), rows))


def delivery(folder: Path, month: str, sent: str, *rows: dict[str, str], number: int = 1) -> Path:
    """A delivery of these rows for a month, sent on a day (yyyymmdd)."""
    ident = f"IB-0999-{month}-{number:03d}"
    full = [
        {"recordtype": "D", "leveringsnummer": ident, "volgnummer": str(place),
         "leverdatum": sent} | row
        for place, row in enumerate(rows, 1)
    ]  # fmt: skip
    head = f"H;1;{ident};0999;{month};{sent};MUTATIES;TEST\n"
    sums = [
        euro(sum(int(row.get(name, "").replace(",", "") or 0) for row in full))
        for name in ("bruto_loon_sv", "loon_lb", "ingehouden_lb", "indicatief_netto")
    ]
    tail = ";".join(["T", str(len(rows)), *sums]) + "\n"
    return _write(folder / f"{ident}.csv", head + table(ROW_COLUMNS, full) + tail)


@dataclass
class Bank:
    """An account whose statements follow each other."""

    folder: Path
    balance: int = 10_000_000
    number: int = 0
    _lines: list[str] = field(default_factory=list)

    def wage(self, no: int, cents: int, *, reference: str = "") -> Bank:
        """A wage from Helder with the client's kenmerk."""
        ref = reference or kenmerk(no)
        self._lines.append(
            _entry(cents, "CRDT", "PMNT", "RCDT", "ESCT",
                   f"<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
                   f'<Amt Ccy="EUR">{euro(cents, ".")}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
                   f"<RltdPties><Dbtr><Pty><Nm>{HELDER[0]}</Nm></Pty></Dbtr><DbtrAcct><Id>"
                   f"<IBAN>{HELDER[2]}</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Strd>"
                   f"<CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>CUR</Issr></Tp>"
                   f"<Ref>{ref}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>")
        )  # fmt: skip
        self.balance += cents
        return self

    def batch(self, message_id: str, cents: int, payments: int) -> Bank:
        """Our own payment file, debited in one line."""
        self._lines.append(
            _entry(cents, "DBIT", "PMNT", "ICDT", "ESCT",
                   f"<Btch><MsgId>{message_id}</MsgId><PmtInfId>{message_id}-P1</PmtInfId>"
                   f"<NbOfTxs>{payments}</NbOfTxs></Btch>")
        )  # fmt: skip
        self.balance -= cents
        return self

    def returned(self, end_to_end_id: str, cents: int) -> Bank:
        """One of our payments that comes back."""
        self._lines.append(
            _entry(cents, "CRDT", "PMNT", "ICDT", "RRTN",
                   f"<TxDtls><Refs><EndToEndId>{end_to_end_id}</EndToEndId></Refs>"
                   f'<Amt Ccy="EUR">{euro(cents, ".")}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
                   "<RtrInf><Rsn><Cd>MS03</Cd></Rsn></RtrInf></TxDtls>")
        )  # fmt: skip
        self.balance += cents
        return self

    def statement(self, on: str) -> Path:
        """The statement of a day with the lines so far."""
        self.number += 1
        closing = self.balance
        moved = sum(_signed(line) for line in self._lines)
        lines = "".join(
            line.replace("@N", str(place)).replace("@S", f"ST{self.number:04d}").replace("@D", on)
            for place, line in enumerate(self._lines, 1)
        )
        self._lines = []
        return _write(
            self.folder / f"camt053_{self.number:03d}.xml",
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
            f"<GrpHdr><MsgId>CAMT{self.number:04d}</MsgId><CreDtTm>{on}T23:30:00</CreDtTm></GrpHdr>"
            f"<Stmt><Id>ST{self.number:04d}</Id><ElctrncSeqNb>{self.number}</ElctrncSeqNb>"
            f"<LglSeqNb>{self.number}</LglSeqNb><CreDtTm>{on}T23:30:00</CreDtTm>"
            f"<FrToDt><FrDtTm>{on}T00:00:00</FrDtTm><ToDtTm>{on}T23:59:59</ToDtTm></FrToDt>"
            f"<Acct><Id><IBAN>{BANK}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
            f"{_balance('OPBD', closing - moved, on)}{_balance('CLBD', closing, on)}"
            f"{lines}</Stmt></BkToCstmrStmt></Document>\n",
        )


def _entry(cents: int, side: str, domain: str, family: str, sub: str, details: str) -> str:
    return (
        f'<Ntry><NtryRef>@N</NtryRef><Amt Ccy="EUR">{euro(cents, ".")}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>@D</Dt></BookgDt>"
        f"<ValDt><Dt>@D</Dt></ValDt><AcctSvcrRef>@S-@N</AcctSvcrRef><BkTxCd><Domn><Cd>{domain}</Cd>"
        f"<Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _signed(line: str) -> int:
    cents = int(line.split('<Amt Ccy="EUR">')[1].split("<")[0].replace(".", ""))
    return cents if "<CdtDbtInd>CRDT" in line.split("<Sts>")[0] else -cents


def _balance(kind: str, cents: int, on: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{euro(abs(cents), ".")}</Amt>'
        f"<CdtDbtInd>{'CRDT' if cents >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
