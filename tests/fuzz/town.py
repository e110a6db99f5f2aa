"""A municipality at work, and for each reader a valid file that comes next."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from surplus.intake import norms, opening
from surplus.intake.clients import rows as client_rows
from surplus.intake.income_rows import SUMMED
from surplus.money import plain
from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make
from tests.fuzz.mutations import NASTY, spoiled, spoiled_inside
from tests.intake import suwi_files
from tests.intake.books import as_book
from tests.intake.payslip_files import as_csv, as_workbook, slip
from tests.intake.test_layouts import written as written_in_docs
from tests.payout.paper import written
from tests.schemas import SCHEMAS

ON = "2026-02-27"
SENT = "20260226"
CLIENTS = (1001, 1002, 1003)
#: Balances of an older administration about two of them, whose January was told here already.
OPENING = """\
klantnummer;peildatum;bron;buffer;reservering_vakantietoeslag;vordering;te_ontvangen_loon;\
loonheffingennummer;naam_werkgever;loonmaand;persoon;vrijlating_maanden_gebruikt
K0001001;2026-01-01;Oud;812,50;142,71;;620,00;999990020L01;Schoonmaakbedrijf Helder BV;2025-12;1;
K0001001;2026-01-01;Oud;;;;600,00;999990020L01;Schoonmaakbedrijf Helder BV;2025-11;1;
K0001002;2026-01-01;Oud;-100,00;30,00;250,00;;;;;;
TOTAAL;;;712,50;172,71;250,00;1220,00;;;;;
"""
#: What a field can hold without quotes.
PLAIN = [text for text in NASTY if not set(text) & set(';"\n\r\x00\x1f')]
#: What the schema lets pass, and is wrong or odd all the same, by the beginning of an element.
LIKELY = {
    "Dat": (
        "20260101", "20260131", "20260202", "20260228", "20260301", "20260231", "20260200",
        "20260000", "00000000", "99991231", "00010101", "20251231", "20250229",
    ),
    "CdMunt": ("EUR", "USD", "XXX"),
    "CdPeriode": ("01", "02", "04", "05", "06", "10", "20"),
    "CdSrtIkv": ("00", "11", "15", "17", "22", "33", "43", "99"),
    "Ind": ("0", "1", "2", "9"),
    "Aant": ("0", "-1", "400", "401", "99999"),
    "VolgnrIkv": ("0", "1", "0001", "9999"),
    "Naam": ("=1+1", "A" * 200, "\u202e", "&lt;b&gt;", "-", "\u0663"),
    "Loonheffingennr": ("999990020L01", "999990021L01", "999990032L02", "000000000L00"),
    "il:Bsn": ("999990019", "999990018", "000000000", "123456782"),
    "Burgerservicenr": ("999990019", "999990018", "000000000", "123456782"),
}  # fmt: skip
_LEAF = re.compile(rf"<({'|'.join(LIKELY)})(\w*)>([^<>]+)</")


def town(folder: Path) -> tuple[Workspace, dict[str, bytes]]:
    """Three people whose January is settled, and by reader the file that comes next."""
    there = make(folder / "town", "sqlite", ON)
    there.change_settings(('schemas = "../schemas"', f'schemas = "{SCHEMAS}"'))
    (there.home / "columns.toml").write_text(written_in_docs("columns.toml"), encoding="utf-8")
    bank = files.Bank(folder)
    first = [
        files.norms(folder),
        files.clients(folder, *(files.client(str(no)) for no in CLIENTS)),
        files.delivery(
            folder, "2026-01", "20260210",
            *(files.wage(no, "2026-01", 50_000 + no) for no in CLIENTS),
        ),
        bank.wage(1001, 51_001).statement("2026-02-20"),
    ]  # fmt: skip
    told = {"norms": first[0].read_bytes(), "clients": first[1].read_bytes()}
    for path in first:
        assert there("import", str(path)).code == 0
    there.done("settle", "--through", "2026-01")
    sent = there.pay("2026-02", ON)
    said = {1: "RJCT AC04", 2: "ACSC", 3: "RVNM"}
    told["pain002"] = written(
        group="PART", payments=said, original=sent["message_id"], total=plain(sent["total_cents"])
    )
    rows = [files.wage(no, "2026-02", 60_000 + no) for no in CLIENTS]
    told["doorlevering"] = files.delivery(folder, "2026-02", SENT, *rows).read_bytes()
    told["suwi"] = answers(*CLIENTS)
    slips = [payslip(no, rows[place]) for place, no in enumerate(CLIENTS)]
    told["payslip"], told["payslip_workbook"] = as_csv(*slips), as_workbook(*slips)
    bank.wage(1001, 61_001).wage(1002, 51_002).batch("SUR20260127001", 40_000, 1)
    told["camt053"] = bank.statement("2026-02-26").read_bytes()
    told["camt054"] = notice(told["camt053"])
    told["opening"] = OPENING.encode()
    told["mapped"] = overview().encode()
    for kind, forms in {"clients": client_rows.FORMS, "norms": norms.FORMS,
                        "opening": opening.FORMS}.items():  # fmt: skip
        told[f"{kind}_workbook"] = as_book(told[kind], forms)
    told |= {name: (there.home / f"{name}.toml").read_bytes() for name in ("surplus", "columns")}
    return there, told


def notice(statement: bytes) -> bytes:
    """The detail notice of what a statement tells."""
    text = re.sub("<Bal>.*?</Bal>", "", statement.decode()).replace("camt.053", "camt.054")
    text = text.replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn").replace("CAMT", "NOTICE")
    return re.sub(r"(</?)Stmt>", r"\1Ntfctn>", text).encode()


def overview() -> str:
    """The example of a supplier's layout, about February and these people."""
    text = written_in_docs("overview.csv").replace("20-04-2026", "26-02-2026")
    for old, new in (("01-03-2026", "01-02-2026"), ("31-03-2026", "28-02-2026")):
        text = text.replace(old, new)
    for old, new in zip(("999990019", "999990056"), CLIENTS, strict=False):
        text = text.replace(old, files.bsn(new))
    return text


def answers(*clients: int) -> bytes:
    """An InkomensLevering about February."""
    head = suwi_files.header(1, "2026-02-26", Maand="2026-02")
    statement = suwi_files.statement("20260201", "20260228")
    searched = ("20260201", "20260228")
    told = [
        suwi_files.message(
            suwi_files.relation(statement), bsn=files.bsn(no), searched=searched
        )
        for no in clients
    ]  # fmt: skip
    more = [suwi_files.nothing(int(files.bsn(1004))), suwi_files.fault(int(files.bsn(1005)))]
    return suwi_files.delivery(*told, *more, head=head)


def payslip(no: int, told: dict[str, str]) -> dict[str, str]:
    """The payslip of a delivered row, with holiday pay and a part that was withheld."""
    row = slip(
        bsn_of_klantnummer=told["bsn"], betalingskenmerk=files.kenmerk(no),
        loonheffingennummer=told["loonheffingennummer"], naam_werkgever=told["naam_werkgever"],
        periode_begin="2026-02-01", periode_eind="2026-02-28", betaaldatum="2026-02-25",
        bruto_loon=told["bruto_loon_sv"], netto_loon_uitbetaald=told["indicatief_netto"],
        netto_verrekenbaar=told["indicatief_netto"], reiskosten_onbelast="0,00",
        inhoudingen_overig="0,00", vakantietoeslag_bruto="40,00", vakantietoeslag_netto="30,00",
        pensioen="0,00", beslag="0,00", inhouding_vrijwillig="0,00", opmerking="",
    )  # fmt: skip
    return {name: str(value) for name, value in row.items()}


def rows_adding_up(folder: Path, random: Random) -> bytes:
    """A delivery with spoiled fields whose trailer still adds up, so that its rows are judged."""
    rows = [files.wage(no, random.choice(("2026-01", "2026-02")), 60_000 + no) for no in CLIENTS]
    for _ in range(random.randint(1, 4)):
        row = random.choice(rows)
        row[random.choice([name for name in row if name not in SUMMED])] = random.choice(PLAIN)
    return files.delivery(folder, "2026-02", SENT, *rows).read_bytes()


def answers_adding_up(content: bytes, random: Random) -> bytes:
    """An InkomensLevering with other dates, codes and numbers, which may still fit its schema."""
    text = content.decode()
    for _ in range(random.randint(1, 4)):
        leaf = random.choice(list(_LEAF.finditer(text)))
        text = text[: leaf.start(3)] + random.choice(LIKELY[leaf[1]]) + text[leaf.end(3) :]
    return text.encode()


def spoil(kind: str, valid: bytes, folder: Path, random: Random) -> bytes:
    """An input for a reader; of those that check totals half keep them right."""
    whole: dict[str, Callable[[], bytes]] = {
        "doorlevering": lambda: rows_adding_up(folder, random),
        "suwi": lambda: answers_adding_up(valid, random),
    }
    whole |= {name: lambda: spoiled_inside(valid, random) for name in (kind,) if "workbook" in name}
    return whole[kind]() if kind in whole and random.random() < 0.5 else spoiled(valid, random)
