"""Payslips, broken in each of the ways of formats.md §1c, one at a time, as CSV or workbook."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from surplus.intake.outcome import Outcome
from surplus.payment_reference import reference_of
from tests.intake.conftest import Place
from tests.intake.files import delivery, wage
from tests.intake.payslip_files import (
    COLUMNS,
    SHEET,
    as_csv,
    as_workbook,
    cell,
    repacked,
    setting,
    slip,
)

#: What is wrong with a file is found before the store is asked.
ONE_ENGINE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
GOOD = as_workbook(slip())


class Variant(NamedTuple):
    """A file, and what must come of its first row, or of the file."""

    number: str  # of the table in formats.md, or a code
    content: bytes
    codes: set[tuple[str, str]]
    state: str  # refused, or the state of the first row


def refused(number: str, content: bytes, code: str) -> Variant:
    return Variant(number, content, {(code, "F")}, "refused")


def row(number: str, state: str, codes: str, content: bytes | None = None, **told: Any) -> Variant:
    pairs = {(code[:-1], code[-1]) for code in codes.split()}
    return Variant(number, content or as_csv(slip(**told)), pairs, state)


def sheet(number: str, state: str, codes: str, name: str, value: Any) -> Variant:
    return row(number, state, codes, as_workbook(slip(), edit=setting(name, value)))


def error_cell(page: Any) -> None:
    page.cell(*cell("netto_loon_uitbetaald")).value = "#REF!"
    page.cell(*cell("netto_loon_uitbetaald")).data_type = "e"


def day_of_no_calendar(page: Any) -> None:
    page.cell(*cell("betaaldatum")).value = -1e308
    page.cell(*cell("betaaldatum")).number_format = "yyyy-mm-dd"


def hidden_row(page: Any) -> None:
    page.row_dimensions[2].hidden = True


def empty_rows(page: Any) -> None:
    for number in range(3, 1_003):
        page.cell(number, 1).number_format = "0.00"


def serial_number(page: Any) -> None:
    page.cell(*cell("periode_begin")).value = 46296
    page.cell(*cell("periode_begin")).number_format = "General"


def names_again(page: Any) -> None:
    page.append(list(COLUMNS))


def title_above(page: Any) -> None:
    page.insert_rows(1)
    page.cell(1, 1).value = "Loonstroken maart"


BOMB = b"<worksheet>" + b" " * 60_000_000 + b"</worksheet>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000)
MACRO = {
    "[Content_Types].xml": b"<Types><Override PartName='/xl/workbook.xml' ContentType="
    b"'application/vnd.ms-excel.sheet.macroEnabled.main+xml'/></Types>"
}
NEGATIVE = {
    "inhoudingen_overig": "1112,00", "netto_loon_uitbetaald": "-154,00",
    "netto_verrekenbaar": "-200,00",
}  # fmt: skip

VARIANTS = [
    refused("1 xls", OLE, "F20"),
    refused("2 xlsm", repacked(GOOD, {"xl/vbaProject.bin": b"x"}), "F20"),
    refused("2 xlsm by its kind", repacked(GOOD, MACRO), "F20"),
    refused("3 zip bomb", repacked(GOOD, {SHEET: BOMB}), "F17"),
    refused("3 zip bomb beside the sheet", repacked(GOOD, {"xl/media/a.png": BOMB}), "F17"),
    refused("4 encrypted", OLE, "F20"),
    sheet("5 formula", "rejected", "R35E R26H", "netto_loon_uitbetaald", "=905.62"),
    sheet("5 formula in a text", "rejected", "R35E", "opmerking", '=HYPERLINK("http://x")'),
    row("6 #REF!", "rejected", "R05E", as_workbook(slip(), edit=error_cell)),
    sheet("7 number as text", "recorded", "", "netto_loon_uitbetaald", "905,62"),
    sheet("8 number as text with a point", "rejected", "R05E", "netto_loon_uitbetaald", "905.62"),
    row("8 in CSV", "rejected", "R05E", netto_loon_uitbetaald="905.62"),
    sheet("9 dust", "recorded", "", "netto_loon_uitbetaald", 905.6199999999999),
    sheet("9 no dust", "rejected", "R06E", "netto_loon_uitbetaald", 905.6234),
    row("10 serial number", "rejected", "R10E", as_workbook(slip(), edit=serial_number)),
    row("11 from 1904", "recorded", "F20W", as_workbook(slip(), from_1904=True)),
    sheet("12 kenmerk as number", "rejected", "R31E", "betalingskenmerk", 1.0426e15),
    sheet("12 its own digits as number", "rejected", "R31E", "betalingskenmerk", 1042600000001001),
    sheet("12 BSN as number", "rejected", "R01E", "bsn_of_klantnummer", 999990019),
    row("13 one digit", "rejected", "R31E", betalingskenmerk="1042600000001002"),
    row("14 of another", "held", "R31H", betalingskenmerk=reference_of(1002, 2026)),
    row("15 off by 1,00", "held", "R32H", loonheffing="1,00"),
    row("15 five cents are rounding", "recorded", "", loonheffing="0,05"),
    row("15 six are not", "held", "R32H", loonheffing="0,06"),
    row("16 payable above paid", "held", "R32H", netto_verrekenbaar="905,63"),
    row("17 future", "rejected", "R14E", periode_begin="2026-12-01", periode_eind="2026-12-31",
        betaaldatum="2026-12-20"),
    row("18 paid before", "rejected", "R33E", betaaldatum="2026-02-28"),
    row("18 paid long after", "rejected", "R33E", betaaldatum="2026-06-02"),
    row("18 paid 62 days after", "recorded", "", betaaldatum="2026-06-01"),
    row("22 before participation", "held", "R15H", periode_begin="2026-02-01",
        periode_eind="2026-02-28", betaaldatum="2026-02-20"),
    row("24 negative net", "held", "R27H", **NEGATIVE),
    row("26 hidden row", "recorded", "F20W", as_workbook(slip(), edit=hidden_row)),
    refused("27 title above", as_workbook(slip(), edit=title_above), "F16"),
    refused("27 names twice", as_csv(slip(), edit=lambda x: [x[0], *x]), "F16"),
    refused("27 names twice in a workbook", as_workbook(slip(), edit=names_again), "F16"),
    row("28 empty rows", "recorded", "", as_workbook(slip(), edit=empty_rows)),
    row("28 in CSV", "recorded", "", as_csv(slip(), *[{}] * 1_000)),
    row("29 employer not linked", "held", "R04H", loonheffingennummer="999990032L01"),
    refused("merged cells", as_workbook(slip(), edit=lambda s: s.merge_cells("A5:B5")), "F20"),
    refused("a day of no calendar", as_workbook(slip(), edit=day_of_no_calendar), "F20"),
    row("R01", "rejected", "R01E", bsn_of_klantnummer="99999001"),
    row("R01 client number", "rejected", "R01E", bsn_of_klantnummer="K0000000"),
    row("R02", "rejected", "R02E", bsn_of_klantnummer="999990018"),
    row("R03", "held", "R03H", bsn_of_klantnummer="999990123"),
    row("R03 client number", "held", "R03H", bsn_of_klantnummer="K0007777"),
    row("client number", "recorded", "", bsn_of_klantnummer="K0001001"),
    row("R04 form", "rejected", "R04E", loonheffingennummer="999990020"),
    row("R06", "rejected", "R06E", loonheffing="0,000"),
    row("R07", "held", "R07H R32H", bruto_loon="10000000,00"),
    row("R10", "rejected", "R10E", periode_eind="20260331"),
    row("R10 no day", "rejected", "R10E", betaaldatum="2026-02-29"),
    row("R11", "rejected", "R11E", periode_eind="2026-03-00"),
    row("R12", "rejected", "R12E", periode_begin="2026-03-31", periode_eind="2026-03-01",
        betaaldatum="2026-03-31"),
    row("R13 no kind", "held", "R13H", periode_eind="2026-04-10"),
    row("R13 cut month", "held", "R13H", periode_eind="2026-03-20"),
    row("R20", "held", "R20W R32H", loonheffing="912,01"),
    row("R21 month as weeks", "held", "R21H", periode_soort="05"),
    row("R21 unknown kind", "held", "R21H", periode_soort="6"),
    sheet("kind as number", "recorded", "", "periode_soort", 6),
    row("a week", "recorded", "", periode_soort="04", periode_begin="2026-03-02",
        periode_eind="2026-03-08"),
    row("two weeks", "recorded", "", periode_soort="20", periode_begin="2026-03-02",
        periode_eind="2026-03-15"),
    row("four weeks", "recorded", "", periode_soort="05", periode_begin="2026-03-02",
        periode_eind="2026-03-29"),
    row("R26 amount", "held", "R26H", netto_verrekenbaar=""),
    row("R26 name", "held", "R26H", naam_werkgever=""),
    row("R26 begin", "rejected", "R26E", periode_begin=""),
    row("R26 gross holiday pay without net", "held", "R26H", vakantietoeslag_bruto="68,00"),
    row("its net", "recorded", "", vakantietoeslag_bruto="68,00", vakantietoeslag_netto="50,00"),
    row("R26 attachment without amount", "held", "R26H", opmerking="loonbeslag deurwaarder X"),
    row("R26 attachment not flagged", "held", "R26H", beslag="52,38"),
    row("attachment in both", "recorded", "", beslag="52,38", opmerking="Beslag sinds maart"),
    row("no attachment", "recorded", "", beslag="0,00", opmerking="geen beslag meer"),
    row("R26 kenmerk", "held", "R26H", betalingskenmerk=""),
    row("R27 part", "recorded", "R27W", pensioen="-1,00"),
    row("R28", "recorded", "R28W", uren="400,01"),
    row("R32 parts above their whole", "held", "R32H", pensioen="40,00",
        inhouding_vrijwillig="12,39"),
    row("R32 net above gross", "held", "R32H", vakantietoeslag_bruto="10,00",
        vakantietoeslag_netto="10,01"),
    row("R32 holiday pay above wage", "held", "R32H", vakantietoeslag_bruto="912,01",
        vakantietoeslag_netto="500,00"),
    row("R34", "rejected", "R34E", iban_werkgever="NL58RABO0300000011"),
    row("another name", "recorded", "EMPLOYER_NAMEW", naam_werkgever="Bakkerij De Korenaar"),
    row("nearly the name", "recorded", "", naam_werkgever="Schoonmaakbedr. Helder B.V."),
    refused("F01", as_csv(slip(naam_werkgever="Ren\u00e9")).decode().encode("latin-1"), "F01"),
    refused("F14 no rows", as_csv(), "F14"),
    refused("F14 no rows in a workbook", as_workbook(), "F14"),
    refused("F16 column missing", as_csv(slip(), columns=COLUMNS[1:]), "F16"),
    refused("F17 rows", as_csv(*[slip()] * 10_001), "F17"),
    refused("F17 rows in a workbook", as_workbook(slip(), edit=setting("uren", 1, 10_002)), "F17"),
]  # fmt: skip


@pytest.fixture
def linked(place: Place) -> Place:
    """The first client is known to work at the employer, since January."""
    place.take(delivery(wage(dat_b_iko="20260401", dat_e_iko="20260430")), "april.csv")
    return place


@ONE_ENGINE
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.number)
def test_a_broken_payslip_gives_its_codes(variant: Variant, linked: Place) -> None:
    outcome = linked.take(variant.content)
    assert said(outcome) == variant.codes
    if variant.state == "refused":
        assert (outcome.verdict, outcome.exit_code) == ("refused", 3)
        assert slips(linked) == 0
        return
    assert outcome.verdict == "accepted"
    assert outcome.rows()[0]["state"] == variant.state
    assert slips(linked) == (1 if variant.state == "recorded" else 0)
    assert outcome.exit_code == (3 if variant.state in ("held", "rejected") else 0)


def said(outcome: Outcome) -> set[tuple[str, str]]:
    return {(note.code, note.severity) for note in outcome.notes.listed()}


def slips(place: Place) -> int:
    return len(place.query("SELECT income FROM income WHERE source = 'payslip'"))
