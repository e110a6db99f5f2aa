"""The InkomensLevering of SuwiML answers, broken in each of the ways of formats.md §1a."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from surplus.intake.deliveries import take_in
from surplus.intake.files.content import Content
from surplus.intake.files.limits import Limits
from surplus.intake.notes import BadFile
from surplus.intake.outcome import Outcome
from surplus.intake.suwi import envelope
from surplus.intake.suwi.delivery import read_inkomenslevering
from surplus.intake.suwi.schemas import ANSWER_SCHEMA, Schemas
from tests.intake.conftest import BSNS, DATA, READERS, Place
from tests.intake.suwi_files import (
    ANSWER,
    amount,
    april,
    delivery,
    fault,
    header,
    message,
    nothing,
    relation,
    said,
    statement,
    stretch,
    wage,
)
from tests.schemas import SCHEMAS, needs_schemas

#: What is wrong with a file is found before the store is asked.
ONE_ENGINE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
pytestmark = needs_schemas

VALID = delivery(wage(), april(bsn=BSNS[1002]))


class Broken(NamedTuple):
    """A file, and what must come of it."""

    number: str  # of the table in formats.md, or a word
    content: bytes
    codes: set[tuple[str, str]]
    states: tuple[str, ...] = ()  # of the messages; () where the file is refused


def refused(number: str, content: bytes, *codes: str) -> Broken:
    return Broken(number, content, {(code, "F") for code in codes})


def changed(old: str, new: str, content: bytes = VALID, times: int = -1) -> bytes:
    assert old.encode() in content, old
    return content.replace(old.encode(), new.encode(), times)


def rows(number: str, *told: str, of: tuple[str, ...]) -> Broken:
    """Messages taken in: their states, then the codes said."""
    codes = {(one.split()[0], one.split()[1]) for one in told if one[0].isupper()}
    return Broken(number, delivery(*of), codes, tuple(one for one in told if one[0].islower()))


def one(number: str, state: str, *codes: str, told: str) -> Broken:
    """A relation (as `relation` makes it) of the first of two people."""
    return rows(number, state, "recorded", *codes, of=(message(told), wage(bsn=BSNS[1002])))


def iko(number: str, state: str, *codes: str, told: str) -> Broken:
    """The same of a single statement."""
    return one(number, state, *codes, told=relation(told))


CUT = VALID[: VALID.index(b"<Inkomstenopgave>") + 40]
TRAILER = VALID[VALID.index(b"  <il:Staart>") : VALID.index(b"</il:InkomensLevering>")]
WITHOUT_TRAILER = VALID.replace(TRAILER, b"")
BOMB = (
    "?>\n<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
    "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>"
)
OUTSIDE = "?>\n<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"
VARIANTS = [
    refused("1 empty", b"", "F14"),
    refused("1 white space", b" \n\t\r\n", "F14"),
    refused("2 cut in a message", CUT, "F02"),
    refused("2 cut after the trailer", VALID[:-30], "F02"),
    refused("2 an element that is not closed", changed("</ClientSuwi>", "", times=1), "F02"),
    refused("3 no trailer", WITHOUT_TRAILER, "F14"),
    refused("4 billion laughs", changed("?>", BOMB, times=1), "F02"),
    refused(
        "4 external entity",
        changed("Helder BV", "&a;", changed("?>", OUTSIDE, times=1)),
        "F02",
    ),
    refused("4 unknown entity", changed("Helder BV", "&x;"), "F02"),
    refused("5 ISO-8859-1", changed("Helder", "H\u00e9lder").replace(b"\xc3\xa9", b"\xe9"), "F01"),
    refused("5 ISO-8859-1 said", changed("UTF-8", "ISO-8859-1"), "F01"),
    refused("5 beyond the first block", b"%s<!--%s\xe9-->" % (VALID, b"x" * 100_000), "F01"),
    refused("6 UTF-16", changed("UTF-8", "UTF-16").decode().encode("utf-16"), "F01"),
    refused("6 UTF-16 without mark", VALID.decode().encode("utf-16-le"), "F01"),
    refused("control character", changed("Helder", "H\x01lder"), "F01"),
    refused("7 answers of v0300", changed("GSD/v0200", "GSD/v0300"), "F04"),
    refused("7 an envelope of v2", changed("levering:v1", "levering:v2"), "F04"),
    refused("8 default namespace", changed("xmlns:il", "xmlns", changed("il:", "")), "F03"),
    refused(
        "8 children in the envelope's namespace", changed("ClientSuwi>", "il:ClientSuwi>"), "F03"
    ),
    refused("9 a minus in the value", changed("<WaardeBedr>", "<WaardeBedr>-", times=1), "F03"),
    *(
        refused(f"10 {form}", changed("70000", form, times=1), "F03")
        for form in ("912,00", "912.00", "", "9E2", "1234567890123456789")
    ),
    refused("11 sign N", changed("Negatief>+<", "Negatief>N<", times=1), "F03"),
    refused("12", delivery(wage(), TotaalBrutoloonSvCenten="70001"), "F11"),
    refused("12 base", delivery(wage(), TotaalLoonLbCenten="69999"), "F11"),
    refused("12 tax", delivery(wage(), TotaalIngehoudenLbCenten="1"), "F11"),
    refused("13", delivery(wage(), AantalBerichten="2"), "F10"),
    refused("13 statements", delivery(wage(), AantalInkomstenopgaven="0"), "F10"),
    refused("13 numbers", changed('nr="2"', 'nr="3"'), "F10"),
    rows(
        "14", "rejected", "recorded", "R24 E",
        of=(message(relation(statement()), body_bsn=BSNS[1003]), wage(bsn=BSNS[1002])),
    ),
    rows("15", "rejected", "R02 E", of=(wage(bsn=999990018),)),
    rows("15 nothing known of it", "rejected", "R02 E", of=(nothing(999990018),)),
    rows("16", "held", "R03 H", of=(wage(bsn=999990123),)),
    rows("16 nothing known of it", "held", "R03 H", of=(nothing(999990123),)),
    rows("16 a fault about it", "held", "R03 H", "R25 H", of=(fault(999990123),)),
    iko("17", "held", "R26 H", told=statement(end="")),
    iko("18", "rejected", "R11 E", told=statement("20260300")),
    iko("18 the end", "rejected", "R11 E", told=statement(end="20260300")),
    iko("18 an end that is unknown", "rejected", "R11 E", told=statement(end="00000000")),
    iko("19", "rejected", "R10 E", told=statement(end="20260231")),
    iko("20", "rejected", "R12 E", told=statement("20260331", "20260301")),
    iko("21", "held", "R13 H", told=statement(end="20260320")),
    iko("22", "held", "R21 H", told=statement(per="05")),
    iko(
        "22 weeks as a month", "held", "R21 H", told=statement("20260302", "20260329")
    ),
    iko("22 an amount per hour", "held", "R21 H", told=statement(per="02")),
    iko(
        "22 two kinds", "held", "R21 H",
        told=statement(BedrVakantietoeslag=amount(0, CdPeriodeEenheidGeldigheidBedr="05")),
    ),
    rows("23", "rejected", "rejected", "R16 E", of=(wage(), wage(71_000))),
    one("23 in one relation", "rejected", "R16 E",
        told=relation(statement(), statement(gross=71_000))),
    Broken(
        "24", delivery(wage(), wage()), {("R16", "W"), ("unchanged", "I")},
        ("recorded", "unchanged"),
    ),
    one("25", "held", "R17 H",
        told=relation(statement(), statement("20260330", "20260426", per="05"))),
    one("25 stretches", "held", "R17 H", told=relation(
        statement(), stretches=[stretch(DatEIkp="20260301"), stretch("20260301")])),
    iko(
        "26", "rejected", "R09 E",
        told=statement(BedrBrutoloonSv=amount(70_000, CdMunteenheid="USD")),
    ),
    iko(
        "27", "held", "R07 H", told=statement(BedrVakantietoeslag=amount(1_000_000_000))
    ),
    iko(
        "27 as large as can be", "held", "R07 H",
        told=statement(BedrVakantietoeslag=amount(10**18 - 1)),
    ),
    rows("28", "held", "R25 H", of=(fault(),)),
    rows("28 a warning instead of an answer", "held", "R25 H", of=(fault(kind="Waarschuwing"),)),
    rows(
        "28 a fault beside data", "held", "recorded", "R25 H",
        of=(message(relation(statement()), fwi=said()), wage(bsn=BSNS[1002])),
    ),
    rows(
        "28 a warning beside data", "recorded", "R25 W",
        of=(message(relation(statement()), fwi=said("Waarschuwing")),),
    ),
    one("29", "dropped", "R22 I", told=relation(statement(), stretches=[stretch(CdSrtIkv="43")])),
    refused("33", delivery(wage(), head=header(Omgeving="PRODUCTIE")), "F13"),
    refused("34", delivery(wage(), head=header(Gemeentecode="0998")), "F12"),
    refused("35", delivery(wage(), head=header(sent="2026-11-25")), "F15"),
    refused("35 before the month", delivery(head=header(sent="2026-02-28")), "F15"),
    refused("36", delivery(wage(700), wage(800, bsn=BSNS[1002])), "F19"),
    refused("36 a factor too many", delivery(wage(7_000_000)), "F19"),
    refused("header: number", delivery(wage(), head=header(LeveringId="ib 1")), "F03"),
    refused("header: scope", delivery(wage(), head=header(SoortLevering="DEEL")), "F03"),
    refused("header: month", delivery(wage(), head=header(Maand="2026-13")), "F03"),
    refused("header: no year", delivery(head=header(Maand="0000-03")), "F05"),
    refused("header: zone", delivery(wage(), head=header(sent="2026-04-20Z")), "F05"),
    refused(
        "header: a number without end", delivery(wage(), head=header(Volgnummer="9" * 30)), "F05"
    ),
    *(
        refused(f"{name} of 5,000 digits", changed(old, old + "0" * 5_000), "F03")
        for name, old in (
            ("header: a number", "<il:Volgnummer>"), ("a message's number", 'nr="'),
            ("trailer: a count", "<il:AantalBerichten>"),
            ("trailer: a total", "<il:TotaalLoonLbCenten>"),
        )
    ),
    refused("form of the BSN", delivery(wage(bsn="99999001")).replace(b">099", b">99"), "F03"),
    refused("form of the hours", delivery(message(relation(statement(hours="47,5")))), "F03"),
    refused("text between messages", changed("</il:Bericht>", "</il:Bericht>x"), "F03"),
    refused("an element between messages", changed("</il:Bericht>", "</il:Bericht><x/>"), "F03"),
    refused("a message after the trailer", changed(
        "</il:Staart>", '</il:Staart><il:Bericht nr="3"/>'), "F03"),
    refused("a prefix that is not declared", changed(f'xmlns:smls="{ANSWER}"', "", times=1), "F02"),
    refused("a prefix declared as nothing", changed(f'"{ANSWER}"', '""', times=1), "F02"),
    refused("two headers", changed("</il:Kop>", "</il:Kop><il:Kop/>"), "F03"),
    refused("an attribute", changed("levering:v1\"", "levering:v1\" x=\"y\""), "F03"),
    refused("deep", changed("BV<", f"BV{'<a>' * 300}{'</a>' * 300}<", times=1), "F02"),
    refused("a message without end", delivery(message(relation(*[statement()] * 4000))), "F17"),
    iko("R08 no sign", "recorded", "R08 W", told=statement(
        BedrVakantietoeslag=amount(0, CdPositiefNegatief=""))),
    rows("R24 digits of another script", "rejected", "R24 E",
         of=(message(relation(statement()), body_bsn="٩٩٩٩٩٠٠١٩"),)),
    one("R04", "rejected", "R04 E", told=relation(statement(), employer="999990020X01")),
    one("R04 no employer", "rejected", "R04 E", told=relation(statement(), employer="")),
    one("R26 no relation number", "rejected", "R26 E", told=relation(statement(), VolgnrIkv="")),
    one("R26 no begin", "recorded", "R26 W", told=relation(statement(), DatBIkv="")),
    one("R11 begin of the relation", "recorded", "R11 W",
        told=relation(statement(), DatBIkv="20260000")),
    one("R11 begin of the stretch", "recorded", "R11 W",
        told=relation(statement(), stretches=[stretch("20260100")])),
    one("R10 begin of the stretch", "rejected", "R10 E",
        told=relation(statement(), stretches=[stretch("20260231")])),
    one("R12 relation", "rejected", "R12 E", "R23 E",
        told=relation(statement(), DatEIkv="20251231")),
    one("R23 the relation ends before", "rejected", "R23 E",
        told=relation(statement(), DatEIkv="20260330")),
    *(
        iko(f"R26 {name}", "held", "R26 H", told=statement(**{name: ""}))
        for name in ("BedrBrutoloonSv", "BedrLoonLbPremieVolksverz",
                     "BedrIngehoudenLbPremieVolksverz")
    ),
    iko("R26 an amount without value", "held", "R26 H", told=statement(
        BedrLoonLbPremieVolksverz=amount(0, WaardeBedr=""))),
    one("R22 no code", "held", "R22 H", "R26 W",
        told=relation(statement(), stretches=[stretch(CdSrtIkv="")])),
    one("R22 no stretch on that day", "held", "R22 H", "R26 W",
        told=relation(statement(), stretches=[stretch("20260401")])),
    one("R22 a benefit", "held", "R22 H",
        told=relation(statement(), stretches=[stretch(CdSrtIkv="33")])),
    one("R22 credit", "recorded", "R22 W",
        told=relation(statement(), stretches=[stretch(IndLoonheffingskortingToegepast="7")])),
    one("R26 credit", "recorded", "R26 W",
        told=relation(statement(), stretches=[stretch(IndLoonheffingskortingToegepast="")])),
    *(
        one(f"R22 {name}", "held", "R22 H",
            told=relation(statement(), stretches=[stretch(**{name: "1"})]))
        for name in ("IndLoonIsMedeAowAlleenstaande", "IndLoonInclusiefWajongUitkering",
                     "IndVakantiebonnenToegepast")
    ),
    one("R22 lower for a reason unknown", "recorded", "R22 W",
        told=relation(statement(), stretches=[stretch(CdIncidInkomstenvermindering="X")])),
    iko("R22 maintenance", "held", "R22 H",
        told=statement(BedrRechtstreeksBetAlimentatie=amount(10_000))),
    iko("R26 no hours", "recorded", "R26 W", told=statement(hours="")),
    iko("R28", "recorded", "R28 W", told=statement(hours="401", gross=700_000)),
    iko("R28 negative", "recorded", "R28 W", told=statement(hours="-1")),
    iko("R27", "recorded", "R27 W", told=statement(gross=-15_200)),
    iko("R27 tax withheld", "held", "R27 H", "R27 W", told=statement(
        gross=-15_200, BedrIngehoudenLbPremieVolksverz=amount(100))),
    iko("R14", "rejected", "R14 E", told=statement("20260501", "20260531")),
    iko("R15 before participation", "held", "R15 H", told=statement("20260201", "20260228")),
    rows("R15 not the whole month searched", "recorded", "R15 W",
         of=(message(relation(statement()), searched=("20260301", "20260315")),)),
    rows("R15 nothing found in half a month", "held", "R15 H", "NO_RELATIONS I",
         of=(message(searched=("20260301", "20260315")),)),
    rows("R26 nothing said of what was searched", "recorded", "R26 W",
         of=(message(relation(statement()), searched=None),)),
    rows("no relation at all", "recorded", "NO_RELATIONS I", of=(message(),)),
]  # fmt: skip


@ONE_ENGINE
@pytest.mark.parametrize("broken", VARIANTS, ids=lambda broken: broken.number)
def test_a_broken_file_gives_its_codes(broken: Broken, place: Place) -> None:
    outcome = place.take(broken.content)
    assert _said(outcome) == broken.codes
    if not broken.states:
        assert (outcome.verdict, outcome.exit_code) == ("refused", 3)
        assert place.rows("income") == place.rows("rejected_row") == 0
        return
    assert outcome.verdict == "accepted"
    assert tuple(row["state"] for row in outcome.rows()) == broken.states
    waits = {"held", "rejected"} & set(broken.states)
    assert outcome.exit_code == (3 if waits else 0)


def _said(outcome: Outcome) -> set[tuple[str, str]]:
    return {(note.code, note.severity) for note in outcome.notes.listed()}


# --- what is stored ------------------------------------------------------------------------------


def test_a_statement_is_recorded_without_a_net_of_its_own(place: Place) -> None:
    told = statement(
        BedrVakantietoeslag=amount(8_000),
        BedrOpgbRechtVakantietoeslag=amount(5_600),
        BedrExtraPrdSalaris=amount(1_000),
        BedrOpgbRechtExtraPrdSalaris=amount(900),
        BedrVergoedingReiskostenOnbelast=amount(4_802),
        BedrIngehoudenLbPremieVolksverz=amount(1_200),
    )
    place.take(delivery(message(relation(told, DatEIkv="20260331"))))
    assert place.query(
        "SELECT month, client, person, relation, period_begin, period_end, period_kind, source, "
        "state, sent_on, sent_id, income_code, tag, relation_begin, relation_end, tax_credit, line "
        "FROM income"
    ) == [
        (202603, 1001, 1, "1", "2026-03-01", "2026-03-31", "06", "delivery", "recorded",
         "2026-04-20", "000000001", "15", "", "2026-01-01", "2026-03-31", 1, 1)
    ]  # fmt: skip
    assert place.query(
        "SELECT gross_sv, wage_tax_base, wage_tax, holiday_paid, holiday_accrued, extra_paid, "
        "extra_accrued, travel, company_car, health_levy, net, net_special FROM income"
    ) == [(70000, 70000, 1200, 8000, 5600, 1000, 900, 4802, None, None, None, None)]
    assert place.query("SELECT employer, name FROM employment") == [
        ("999990020L01", "Schoonmaakbedrijf Helder BV")
    ]


def test_several_jobs_and_periods_of_weeks_of_one_person(place: Place) -> None:
    weeks = relation(
        statement("20260302", "20260329", 64_000, per="05"),
        statement("20260330", "20260426", 66_000, per="05"),
        employer="999990044L02",
    )
    second = relation(statement(gross=20_000, hours="15"), VolgnrIkv="0002")
    outcome = place.take(delivery(message(relation(statement()), second, weeks)))
    assert outcome.counts == {
        "berichten": 1, "inkomstenopgaven": 4, "recorded": 1, "held": 0, "rejected": 0,
    }  # fmt: skip
    assert place.query(
        "SELECT employer, relation, period_begin, period_kind, gross_sv FROM income "
        "JOIN employment USING (municipality, employment) ORDER BY line"
    ) == [
        ("999990020L01", "1", "2026-03-01", "06", 70000),
        ("999990020L01", "2", "2026-03-01", "06", 20000),
        ("999990044L02", "1", "2026-03-02", "05", 64000),
        ("999990044L02", "1", "2026-03-30", "05", 66000),
    ]


def test_the_stretch_that_holds_on_the_first_day_tells_the_code(place: Place) -> None:
    stretches = [stretch(DatEIkp="20260228", CdSrtIkv="33"), stretch("20260301", CdSrtIkv="11")]
    place.take(delivery(message(relation(statement(), stretches=stretches))))
    assert place.query("SELECT income_code FROM income") == [("11",)]


def test_what_amounts_are_per_may_be_left_out(place: Place) -> None:
    untold = {
        name: amount(70_000, CdPeriodeEenheidGeldigheidBedr="")
        for name in ("BedrBrutoloonSv", "BedrLoonLbPremieVolksverz")
    } | {"BedrIngehoudenLbPremieVolksverz": amount(0, CdPeriodeEenheidGeldigheidBedr="")}
    month, weeks = statement(**untold), statement("20260302", "20260329", **untold)
    place.take(delivery(message(relation(month), relation(weeks, VolgnrIkv="2"))))
    assert place.query("SELECT period_kind FROM income ORDER BY relation") == [("06",), ("05",)]


def test_a_minus_with_nothing_is_nothing_and_blanks_are_no_part_of_a_value(place: Place) -> None:
    content = delivery(
        message(relation(statement(BedrVakantietoeslag=amount(0, CdPositiefNegatief="-"))))
    ).replace(b"<WaardeBedr>70000<", b"<WaardeBedr> 0070000\n<")
    assert _said(place.take(content)) == set()
    assert place.query("SELECT gross_sv, holiday_paid FROM income") == [(70000, 0)]


def test_a_comment_inside_a_value_does_not_change_it(place: Place) -> None:
    content = changed("<WaardeBedr>70000<", "<WaardeBedr>7<!-- x -->0000<")
    assert place.take(content).verdict == "accepted"
    assert place.query("SELECT gross_sv FROM income ORDER BY income") == [(70000,), (74000,)]


def test_a_byte_order_mark_is_no_matter(place: Place) -> None:
    assert place.take(b"\xef\xbb\xbf" + VALID).verdict == "accepted"


def test_a_delivery_without_a_single_message_is_taken_in(place: Place) -> None:
    outcome = place.take(delivery())
    assert (outcome.verdict, outcome.counts["berichten"]) == ("accepted", 0)


# --- where things stand --------------------------------------------------------------------------


def test_each_thing_said_names_line_and_element(place: Place) -> None:
    second = relation(statement(), statement("20260401", "20260430", BedrLoonLbPremieVolksverz=""),
                      VolgnrIkv="2")  # fmt: skip
    outcome = place.take(delivery(wage(), message(relation(statement()), second, bsn=BSNS[1002])))
    (told,) = outcome.messages("nl")
    assert (told["line"], told["field"], told["code"]) == (
        5, "Bericht[2]/Inkomstenverhouding[2]/Inkomstenopgave[2]/BedrLoonLbPremieVolksverz", "R26",
    )  # fmt: skip
    assert place.query("SELECT line, field FROM rejected_row") == [(4, told["field"])]


def test_what_the_schema_refuses_is_listed_with_its_place(place: Place) -> None:
    content = changed("<WaardeBedr>70000<", "<WaardeBedr>700,00<")
    outcome = place.take(content.replace(b"<DatBIko>20260401<", b"<DatBIko>april<"))
    assert [(m["line"], m["field"], m["code"]) for m in outcome.messages("nl")] == [
        (4, f"Bericht[1]/{INSIDE}/BedrBrutoloonSv/WaardeBedr", "F03"),
        (4, f"Bericht[1]/{INSIDE}/BedrLoonLbPremieVolksverz/WaardeBedr", "F03"),
        (5, f"Bericht[2]/{INSIDE}/DatBIko", "F03"),
    ]


INSIDE = "UWVPersoonsIkvInfoResponse/ClientSuwi/Inkomstenverhouding/Inkomstenopgave"


def test_a_file_that_fits_nowhere_is_told_up_to_a_limit(place: Place) -> None:
    content = delivery(*[wage()] * 500).replace(b"<VolgnrIkv>1<", b"<VolgnrIkv>x<")
    assert len(place.take(content).notes.file) == 100


def test_lines_are_told_beyond_what_fits_sixteen_bits(place: Place) -> None:
    many = wage().replace("><", ">" + "\n" * 3_000 + "<", 30)
    outcome = place.take(delivery(many, wage(bsn=999990123)))
    (told,) = outcome.messages("nl")
    assert told["line"] == 90_000 + 5


# --- a file larger than one piece ----------------------------------------------------------------

MANY = delivery(*(wage(70_000 + number) for number in range(1, 41)))
#: The envelope's namespace as the default one, which the elements inside an answer must leave.
DEFAULT = changed("xmlns:il=", "xmlns=", changed("il:", "", MANY))
for inside in (b"<ClientSuwi", b"<PeriodeGegevensleveringIko"):
    DEFAULT = DEFAULT.replace(inside, inside + b' xmlns=""')


def in_pieces(content: bytes, message_bytes: int = 5_000) -> envelope.Envelope:
    """Read with so small a limit to a message that every piece holds one or two."""
    limits = Limits(message_bytes=message_bytes)
    return envelope.read(Content.of(content), Schemas(SCHEMAS), limits)


def refusal(content: bytes) -> set[tuple[str, int, str]]:
    with pytest.raises(BadFile) as said:
        in_pieces(content)
    return {(note.code, note.line, note.field) for note in said.value.notes}


@pytest.mark.parametrize(
    "content",
    [
        MANY,
        DEFAULT,
        changed("><", ">\r\n<", MANY),
        b"\xef\xbb\xbf" + changed("<il:Kop>", "<!-- </Bericht > --><il:Kop>", MANY),
        changed("xmlns:il=", "xmlns:x='urn:a&amp;b' xmlns:il=", MANY),
        changed("</il:Bericht>", "</il:Bericht\n>", MANY),
    ],
    ids=["plain", "default namespace", "line ends", "mark", "another namespace", "blank in a tag"],
)
def test_how_a_file_is_divided_changes_nothing(content: bytes) -> None:
    whole, parts = in_pieces(content, 2_000_000), in_pieces(content)
    assert whole.messages == 40
    assert parts.table.equals(whole.table)
    assert replace(parts, table=whole.table) == whole


def test_lines_and_numbers_go_on_from_piece_to_piece() -> None:
    lines = [str(3 + number) for number in range(1, 41)]
    told = in_pieces(MANY)
    assert told.table["Regel"].to_pylist() == lines
    assert (told.header_line, told.trailer_line, told.misnumbered) == (3, 44, 0)
    assert in_pieces(changed('nr="31"', 'nr="32"', MANY)).misnumbered == 34


@pytest.mark.parametrize("content", [MANY, DEFAULT], ids=["prefix", "default namespace"])
def test_what_is_wrong_in_a_later_piece_is_told_with_its_place(content: bytes) -> None:
    assert {(code, line) for code, line, _ in refusal(changed(">70031<", ">x<", content))} == {
        ("F03", 34)
    }
    answer = b"GSD/v0300".join(content.rsplit(b"GSD/v0200", 1))
    assert {(code, line) for code, line, _ in refusal(answer)} == {("F04", 43)}


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (MANY[:-40], "F02", 44),
        (changed('<il:Bericht nr="30">', '<il:Kop/><il:Bericht nr="30">', MANY), "F03", 33),
        (changed('  <il:Bericht nr="30">', 'x<il:Bericht nr="30">', MANY), "F03", 32),
        (changed('nr="30">', 'nr="30"><!-- ', MANY), "F02", 33),
        (changed('nr="30">', 'nr="30">\x00', MANY), "F01", 33),
        (changed('nr="30">', 'nr="30">\xe9', MANY).replace(b"\xc3", b""), "F01", 33),
        (changed('nr="30">', 'nr="30"></x>', MANY), "F02", 33),
        (changed("</il:Staart>", f"</il:Staart><!--{'x' * 9_000}-->", MANY), "F17", 43),
        (MANY + MANY, "F02", 46),
        (MANY[: MANY.index(b"  <il:Staart")] + b"</il:InkomensLevering>" + MANY, "F02", 44),
    ],
    ids=[
        "cut off", "a second header", "text between", "a comment without end", "a control",
        "no UTF-8", "an end too many", "no message any more", "a second file", "a second root",
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_found_in_any_piece(
    content: bytes, code: str, line: int
) -> None:
    assert {told[:2] for told in refusal(content)} == {(code, line)}


def test_without_its_schemas_a_delivery_is_refused_in_words(place: Place, tmp_path: Path) -> None:
    reading = READERS | {"suwi": partial(read_inkomenslevering, schemas=tmp_path / "schemas")}
    with place.work() as work:
        outcome = take_in(work, "levering.xml", VALID, reading)
    (told,) = outcome.messages("nl")
    assert (outcome.verdict, told["code"]) == ("refused", "SUWI_SCHEMAS")
    assert told["field"] == str(tmp_path / "schemas" / ANSWER_SCHEMA)
    assert "intake.schemas" in told["remedy"]


def test_broken_schemas_are_refused_too(place: Place, tmp_path: Path) -> None:
    schema = tmp_path / "a b" / ANSWER_SCHEMA
    schema.parent.mkdir(parents=True)
    schema.write_text("<schema/>")
    reading = READERS | {"suwi": partial(read_inkomenslevering, schemas=tmp_path)}
    with place.work() as work:
        assert _said(take_in(work, "levering.xml", VALID, reading)) == {("SUWI_SCHEMAS", "F")}


def test_schemas_are_found_at_any_depth_whatever_the_folder_is_called(
    place: Place, tmp_path: Path
) -> None:
    (tmp_path / "van de uitgever").symlink_to(SCHEMAS / "suwi")
    folder = tmp_path / "van de uitgever"
    reading = READERS | {"suwi": partial(read_inkomenslevering, schemas=folder)}
    with place.work() as work:
        assert take_in(work, "levering.xml", VALID, reading).verdict == "accepted"


def test_the_schema_of_the_envelope_is_the_published_one() -> None:
    from importlib.resources import files

    own = files("surplus.intake.suwi").joinpath("inkomenslevering-v1.xsd").read_bytes()
    assert own == (DATA / "income" / "inkomenslevering-v1.xsd").read_bytes()


def test_the_files_of_these_tests_fit_their_schemas_by_a_plain_check() -> None:
    envelope = etree.XMLSchema(etree.parse(DATA / "income" / "inkomenslevering-v1.xsd"))
    answer = etree.XMLSchema(etree.parse(SCHEMAS / "suwi" / ANSWER_SCHEMA))
    told = etree.fromstring(
        delivery(wage(), nothing(), fault(), message(relation(statement()), fwi=said()))
    )
    envelope.assertValid(told)
    for body in told.iterfind("{*}Bericht/{*}UWVPersoonsIkvInfoResponse"):
        answer.assertValid(etree.fromstring(etree.tostring(body)))
