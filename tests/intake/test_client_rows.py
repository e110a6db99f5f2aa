"""Each field of clients.csv, one test or more per code of formats.md §2, without a store."""

from __future__ import annotations

import numpy as np
import pytest

from surplus.intake.clients.rows import OPTIONAL, REQUIRED, parse, rights
from surplus.intake.files.csvfile import read_sheet
from surplus.intake.notes import BadFile, Notes
from tests.intake.client_files import Row, client, clients, couple, exempt, iban

ON = "2026-03-05"
NOTHING: set[tuple[str, str]] = set()


def codes(row: Row, on: str = ON) -> set[tuple[str, str]]:
    """Code and severity of everything said about one row."""
    sheet = read_sheet(clients(row), required=REQUIRED, optional=OPTIONAL)
    notes = Notes(sheet.lines)
    parse(sheet, on, notes)
    table = notes.table()
    return set(zip(table["code"].tolist(), table["severity"].tolist(), strict=True))


def read(row: Row) -> dict[str, object]:
    """The columns of a case that one row gives."""
    sheet = read_sheet(clients(row), required=REQUIRED, optional=OPTIONAL)
    told = parse(sheet, ON, Notes(sheet.lines))
    return {name: column[0] for name, column in told.items()}


@pytest.mark.parametrize("row", [client(), couple(), client(1002, geboortedatum="2004-02-29")])
def test_a_good_row_says_nothing(row: Row) -> None:
    assert codes(row) == NOTHING


@pytest.mark.parametrize("text", ["1001", "K1001", "k0001001", "K00010011", "K0000000", ""])
def test_c01_a_client_number_is_a_k_and_seven_digits(text: str) -> None:
    assert codes(client(klantnummer=text)) == {("C01", "E")}


@pytest.mark.parametrize("text", ["999990018", "99999001", "9999900191", "000000000", "9,9E+08"])
def test_c02_a_bsn_has_nine_digits_that_pass_the_eleven_test(text: str) -> None:
    assert codes(client(bsn=text)) == {("C02", "E")}


def test_c02_a_bsn_keeps_its_leading_zero() -> None:
    row = client(bsn="010000008")
    assert codes(row) == NOTHING
    assert read(row)["bsn"] == "010000008"
    assert codes(client(bsn="10000008")) == {("C02", "E")}


@pytest.mark.parametrize(
    "told",
    [
        {"achternaam": ""},
        {"voorletters": ""},
        {"contactpersoon": " "},
        {"achternaam": "x" * 71},
        {"voorvoegsel": "x" * 11},
        {"voorletters": "x" * 21},
    ],
)
def test_c03_names_are_there_and_of_a_decent_length(told: Row) -> None:
    assert ("C03", "E") in codes(client(**told))


def test_c03_a_name_of_seventy_is_taken_and_will_be_cut_at_the_bank() -> None:
    assert codes(client(achternaam="x" * 70)) == {("C03", "W")}
    assert codes(client(achternaam="x" * 60, voorvoegsel="van", voorletters="A.B.")) == NOTHING


def test_c03_a_letter_that_no_bank_can_write_is_told_beforehand() -> None:
    assert codes(client(tenaamstelling="S. Бакker")) == {("C03", "W")}
    assert codes(client(email="nobody")) == {("C03", "W")}


def test_a_name_with_apostrophe_and_diacritics_is_kept_as_it_is() -> None:
    row = client(
        voorvoegsel="van 't", achternaam="Thönissen-Öztürk", tenaamstelling="R. van 't Hof"
    )
    assert codes(row) == NOTHING
    assert read(row)["prefix"] == "van 't"
    assert read(row)["surname"] == "Thönissen-Öztürk"
    assert read(client(achternaam="Zoe\u0308")) == read(client(achternaam="Zoë"))


@pytest.mark.parametrize("text", ["", "1992-13-01", "05-12-1992", "2026-02-30", "2027-01-01"])
def test_c04_a_birth_date_is_a_day_in_the_past(text: str) -> None:
    assert codes(client(geboortedatum=text)) == {("C04", "E")}


def test_c04_a_client_is_eighteen_when_participation_begins() -> None:
    assert codes(client(geboortedatum="2008-03-01")) == NOTHING
    assert codes(client(geboortedatum="2008-03-02")) == {("C04", "E")}


def test_c04_someone_born_on_a_leap_day_is_eighteen_on_the_first_of_march() -> None:
    leap = {"geboortedatum": "2008-02-29", "toestemming_datum": "2026-01-15"}
    assert codes(client(**leap)) == NOTHING
    assert codes(client(**leap, deelname_vanaf="2026-02-01")) == {("C04", "E")}
    assert codes(client(geboortedatum="2007-02-29")) == {("C04", "E")}


@pytest.mark.parametrize(
    "row",
    [
        client(leefvorm="SAMEN"),
        client(leefvorm=""),
        couple(bsn_partner=""),
        couple(bsn_partner="999990018"),
        couple(bsn_partner=client(1003)["bsn"]),
        client(bsn_partner="999990123"),
        client(aantal_kostendelers="0"),
        client(aantal_kostendelers="21"),
        client(aantal_kostendelers="een"),
    ],
)
def test_c05_household_partner_and_cost_sharers_fit_together(row: Row) -> None:
    assert codes(row) == {("C05", "E")}


def test_c05_a_couple_counted_as_one_is_worth_a_warning() -> None:
    assert codes(couple(aantal_kostendelers="1")) == {("C05", "W")}
    young = "2006-06-01"  # a spouse under 21 is no cost sharer, so that one is right
    assert codes(couple(aantal_kostendelers="1", partner_geboortedatum=young)) == NOTHING
    unknown = couple(aantal_kostendelers="1", partner_geboortedatum="")
    assert ("C05", "W") in codes(unknown)


@pytest.mark.parametrize(
    "told",
    [
        {"iban": "NL92INGB0000001001"},
        {"iban": ""},
        {"iban": "US64SVBKUS6S3300958879"},
        {"tenaamstelling": ""},
        {"tenaamstelling": "x" * 71},
    ],
)
def test_c06_the_account_is_an_iban_in_sepa_with_a_name(told: Row) -> None:
    assert codes(client(**told)) == {("C06", "E")}


def test_c06_a_bank_that_the_list_does_not_know_is_worth_a_warning() -> None:
    assert codes(client(iban=iban(1001, "QQQQ"))) == {("C06", "W")}


def test_an_iban_may_be_written_with_spaces() -> None:
    assert read(client(iban="NL91 INGB 0000 0010 01"))["iban"] == "NL91INGB0000001001"


def test_c07_a_norm_category_is_needed() -> None:
    assert codes(client(normcategorie="")) == {("C07", "E")}


@pytest.mark.parametrize(
    "told",
    [
        {"deelname_vanaf": ""},
        {"deelname_vanaf": "2026-03-02"},
        {"deelname_vanaf": "2026-3-1"},
        {"deelname_tot": "2026-02-28"},
        {"deelname_tot": "31-12-2026"},
    ],
)
def test_c08_participation_begins_on_the_first_of_a_month_and_ends_no_earlier(told: Row) -> None:
    assert codes(client(**told)) == {("C08", "E")}


@pytest.mark.parametrize(
    "told",
    [
        {"toestemming_datum": ""},
        {"toestemming_datum": "2026-03-02"},
        {"toestemming_versie": ""},
        {"intrekking_datum": "2026-02-11"},
        {"intrekking_datum": "morgen"},
    ],
)
def test_c09_consent_is_given_before_participation_and_withdrawn_after(told: Row) -> None:
    assert codes(client(**told)) == {("C09", "E")}


@pytest.mark.parametrize(
    "text", ["", "1042600000001002", "104260000000100", "12234534622567", "1,0426E+15"]
)
def test_c10_a_payment_reference_has_sixteen_digits_and_its_check_digit(text: str) -> None:
    assert codes(client(betalingskenmerk=text)) == {("C10", "E")}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (("GEEN", "", "", ""), ""),
        (("VRIJLATING_25", "2026-03-01", "6", "0"), "VRIJLATING_25 2026-03-01 0/6"),
        (("VRIJLATING_25", "2026-03-01", "", "2"), "VRIJLATING_25 2026-03-01 2/-"),
        (("MEDISCH_URENBEPERKT", "2026-03-01", "", ""), "MEDISCH_URENBEPERKT 2026-03-01 0/-"),
        (
            ("VRIJLATING_25+ALLEENSTAANDE_OUDER", "2025-06-01+2026-03-01", "6+30", "6+0"),
            "ALLEENSTAANDE_OUDER 2026-03-01 0/30+VRIJLATING_25 2025-06-01 6/6",
        ),
    ],
)
def test_exemptions_are_read_in_the_order_of_their_kinds(
    fields: tuple[str, str, str, str], text: str
) -> None:
    assert rights(*fields) == text
    assert codes(client(**exempt(*fields))) == NOTHING


@pytest.mark.parametrize(
    "fields",
    [
        ("", "", "", ""),
        ("GEEN", "2026-03-01", "6", "0"),
        ("VRIJLATING_30", "2026-03-01", "6", "0"),
        ("VRIJLATING_25", "", "6", "0"),
        ("VRIJLATING_25", "2026-02-30", "6", "0"),
        ("VRIJLATING_25", "2026-03-01", "6", "7"),
        ("VRIJLATING_25", "2026-03-01", "6", "-1"),
        ("VRIJLATING_25", "2026-03-01", "6", ""),
        ("VRIJLATING_25", "2026-03-01", "zes", "0"),
        ("VRIJLATING_25+ALLEENSTAANDE_OUDER", "2026-03-01", "6+30", "0+0"),
        ("VRIJLATING_25+VRIJLATING_25", "2026-03-01+2026-04-01", "6+6", "0+0"),
        ("VRIJLATING_25+GEEN", "2026-03-01+2026-03-01", "6+0", "0+0"),
    ],
)
def test_c11_an_exemption_has_a_kind_a_start_and_no_more_months_used_than_given(
    fields: tuple[str, str, str, str],
) -> None:
    assert codes(client(**exempt(*fields))) == {("C11", "E")}


def test_c11_only_a_partner_has_the_exemption_of_a_partner() -> None:
    told = exempt("VRIJLATING_25", "2026-03-01", "6", "0", "partner_")
    assert codes(client(**told)) == {("C11", "E")}
    assert codes(couple(**told)) == NOTHING
    assert read(couple(**told))["partner_exemptions"] == "VRIJLATING_25 2026-03-01 0/6"


def test_c15_a_change_may_tell_the_day_from_which_it_holds() -> None:
    assert read(client(wijziging_per="2026-03-11"))["changed_from"] == "2026-03-11"
    assert read(client())["changed_from"] == ""
    assert codes(client(wijziging_per="2026-02-30")) == {("C15", "E")}


@pytest.mark.parametrize("text", ["-1,00", "100", "100.00", "1.000,00", "100,000"])
def test_c12_a_buffer_cap_is_an_amount_of_zero_or_more(text: str) -> None:
    assert codes(client(buffer_max=text)) == {("C12", "E")}


def test_a_buffer_cap_of_zero_is_not_the_same_as_none() -> None:
    assert read(client(buffer_max="0,00"))["buffer_cap"] == 0
    assert read(client())["buffer_cap"] == -1


OVERRIDE = {"vast_bedrag_override": "1450,00", "override_besluitnr": "B-7",
            "override_tot": "2026-12-31"}  # fmt: skip


@pytest.mark.parametrize(
    "told",
    [
        {"override_besluitnr": ""},
        {"override_tot": ""},
        {"override_tot": "2026-02-30"},
        {"override_tot": "2027-03-06"},
        {"vast_bedrag_override": "0,00"},
        {"vast_bedrag_override": "1450"},
    ],
)
def test_c13_an_override_has_a_decision_and_ends_within_twelve_months(told: Row) -> None:
    assert codes(client(**(OVERRIDE | told))) == {("C13", "E")}


def test_an_override_of_a_year_is_taken() -> None:
    assert codes(client(**(OVERRIDE | {"override_tot": "2027-03-05"}))) == NOTHING
    assert read(client(**OVERRIDE))["override_cents"] == 145_000


@pytest.mark.parametrize("text", ["", "actief", "GESTOPT"])
def test_c14_a_status_is_one_of_five(text: str) -> None:
    assert codes(client(status=text)) == {("C14", "E")}


def test_all_errors_of_a_row_are_told_in_one_pass() -> None:
    row = client(bsn="1", iban="x", status="", deelname_vanaf="", toestemming_versie="")
    assert {code for code, _ in codes(row)} == {"C02", "C06", "C08", "C09", "C14"}


@pytest.mark.parametrize("column", REQUIRED)
def test_a_file_without_a_column_of_the_format_is_refused(column: str) -> None:
    columns = [name for name in REQUIRED if name != column]
    with pytest.raises(BadFile) as refused:
        read_sheet(clients(client(), columns=columns), required=REQUIRED, optional=OPTIONAL)
    assert [(note.code, note.field) for note in refused.value.notes] == [("F16", column)]


def test_the_optional_columns_may_be_absent() -> None:
    content = clients(client(), columns=REQUIRED)
    sheet = read_sheet(content, required=REQUIRED, optional=OPTIONAL)
    told = parse(sheet, ON, Notes(sheet.lines))
    assert {name: column[0] for name, column in told.items()} == read(client())
    assert np.array_equal(told["partner_birth_date"], [""])
