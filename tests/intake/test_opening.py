"""Opening balances from an older administration: right as a whole, or refused as a whole."""

from __future__ import annotations

import pytest

from surplus.intake.opening import FORMS, OPTIONAL, REQUIRED
from surplus.intake.outcome import Outcome
from tests.intake.books import as_book
from tests.intake.conftest import Place
from tests.intake.test_layouts import written

EMPLOYER = "999990020L01"
COLUMNS = (*REQUIRED, "loonheffingennummer", "naam_werkgever", "loonmaand",
           "vrijlating_maanden_gebruikt")  # fmt: skip
HELDER = f"{EMPLOYER};Schoonmaakbedrijf Helder BV"
FIRST = (
    f"K0001001;2026-04-01;Oud;812,50;142,71;;620,00;{HELDER};2026-03;3",
    f"K0001001;2026-04-01;Oud;;;;600,00;{HELDER};2026-02;",
)
SECOND = "K0001002;2026-04-01;Oud;-100,00;30,00;250,00;;;;;"
TOTAL = "TOTAAL;;;712,50;172,71;250,00;1220,00;;;;3"


@pytest.fixture
def town(empty_place: Place) -> Place:
    """Two participants since March 2026; the first has one exemption, of six months."""
    empty_place.on = "2026-04-02"
    empty_place.enrol({1001: 999990019}, exemptions="VRIJLATING_25 2025-06-01 0/6")
    empty_place.enrol({1002: 999990056})
    return empty_place


def bring(town: Place, *rows: str) -> Outcome:
    return town.take("\n".join([";".join(COLUMNS), *rows, ""]).encode(), "opening.csv")


def codes(outcome: Outcome) -> list[str]:
    return [message["code"] for message in outcome.messages("nl")]


def test_a_workbook_is_read_as_the_csv_file(town: Place) -> None:
    content = "\n".join([";".join(COLUMNS), *FIRST, SECOND, TOTAL, ""]).encode()
    told = town.take(as_book(content, FORMS), "opening.xlsx")
    again = bring(town, *FIRST, SECOND, TOTAL)
    assert (told.verdict, told.totals) == ("accepted", again.totals)
    asked = town.query("SELECT payload, new FROM change ORDER BY change")
    (rows, said), (from_csv, also) = asked
    assert said.removesuffix("(opening.xlsx)") == also.removesuffix("(opening.csv)")
    assert rows.split('"rows"')[1] == from_csv.split('"rows"')[1]


def test_the_example_of_the_document_is_right(town: Place) -> None:
    told = town.take(written("opening.csv").encode(), "opening.csv")
    assert (told.verdict, codes(told)) == ("accepted", ["OPENING_WAITS"] * 3)


def test_every_optional_column_is_known(town: Place) -> None:
    names = ";".join((*REQUIRED, *OPTIONAL))
    told = town.take(f"{names}\nTOTAAL;;;0,00\n".encode(), "opening.csv")
    assert "F16" not in codes(told)


def test_of_several_exemptions_each_is_named(empty_place: Place) -> None:
    empty_place.on = "2026-04-02"
    empty_place.enrol({1002: 999990056}, exemptions=(
        "ALLEENSTAANDE_OUDER 2026-03-01 0/30+VRIJLATING_25 2025-06-01 0/6"
    ))  # fmt: skip
    row, total = SECOND + "{}", "TOTAAL;;;-100,00;30,00;250,00;;;;;{}"
    assert codes(bring(empty_place, row.format("3"), total.format("3"))) == ["O06"]
    named = row.format("VRIJLATING_25=6+ALLEENSTAANDE_OUDER=2")
    assert codes(bring(empty_place, named, total.format("8"))) == ["OPENING_WAITS"]
    [(payload,)] = empty_place.query("SELECT payload FROM change")
    assert "ALLEENSTAANDE_OUDER 2026-03-01 2/30+VRIJLATING_25 2025-06-01 6/6" in payload


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([*FIRST, SECOND], "F14"),  # no totals
        ([TOTAL, *FIRST, SECOND], "F14"),  # not at the end
        ([*FIRST, SECOND, TOTAL, TOTAL], "F14"),
        ([*FIRST, SECOND, TOTAL.replace("712,50", "712,51")], "F11"),
        ([*FIRST, SECOND, TOTAL.replace("1220", "12.20")], "F11"),
        ([*FIRST, SECOND, TOTAL.replace(";3", ";4")], "F11"),
        ([*FIRST, SECOND.replace("K0001002", "K0001003"), TOTAL], "O01"),
        ([*FIRST, SECOND.replace("K0001002", "1002"), TOTAL], "O01"),
        ([*FIRST, SECOND.replace("2026-04-01", "2026-04-02"), TOTAL], "O02"),
        ([*FIRST, SECOND.replace("2026-04-01", "2026-05-01"), TOTAL], "O02"),  # to come
        ([*FIRST, SECOND.replace("2026-04-01", "2025-05-01"), TOTAL], "O02"),  # no participant yet
        ([*FIRST, SECOND.replace("Oud", ""), TOTAL], "R26"),
        ([*FIRST, SECOND.replace("-100,00", "-100.00"), TOTAL], "R05"),
        ([*FIRST, SECOND.replace("250,00", "-250,00"), TOTAL.replace("250,00", "-250,00")], "R27"),
        ([FIRST[0], FIRST[1].replace("2026-02", "2026-04"), SECOND, TOTAL], "O02"),
        ([FIRST[0], FIRST[1].replace("2026-02", "2026-03"), SECOND, TOTAL], "O05"),
        ([FIRST[0], FIRST[1].replace("Oud;", "Oud;0,00"), SECOND, TOTAL], "O05"),
        ([FIRST[0], FIRST[1].replace("2026-04-01", "2026-03-01"), SECOND, TOTAL], "O05"),
        ([FIRST[0], FIRST[1].replace(EMPLOYER, "12"), SECOND, TOTAL], "R04"),
        ([FIRST[0][:-1] + "7", FIRST[1], SECOND, TOTAL[:-1] + "7"], "O06"),
        ([*FIRST, SECOND + "1", TOTAL[:-1] + "4"], "O06"),
    ],
)
def test_a_file_that_is_not_right_is_refused_whole(town: Place, rows: list[str], code: str) -> None:
    told = bring(town, *rows)
    assert (told.verdict, told.exit_code) == ("refused", 3)
    assert code in codes(told)
    assert town.rows("change") == 0
