"""The comparison as tables, workbook and picture."""

from __future__ import annotations

import tomllib
from io import BytesIO
from typing import Any

import numpy as np
import openpyxl
import pytest
from lxml import etree

from surplus import config
from surplus.config import Settings
from surplus.reports import compare_book, compare_plot
from surplus.reports.compare import VARIANTS, Comparison, client_rows, month_rows, summary
from surplus.reports.compare_words import HEADERS, MEASURES, TEXTS
from surplus.reports.compare_words import VARIANTS as NAMES
from surplus.rules.norm import paid_part
from surplus.rules.ordinary.afterwards import afterwards
from surplus.rules.ordinary.course import Course
from surplus.rules.ordinary.estimate import estimate
from surplus.rules.ordinary.measures import Measures, measured
from surplus.rules.ordinary.on_the_month import on_the_month
from surplus.rules.ordinary.surplus import surplus

ON = "2026-06-12"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Two clients, January to April: one with a wage that jumps, one with an open February."""
    wage = np.array([[60000, 90000, 60000, 0], [50000, 0, 50000, 50000]])
    settled = np.array([[True, True, True, True], [True, False, True, True]])
    norm, rate = np.where(settled, 140150, 0), np.full(wage.shape, 5_000)
    nothing = np.zeros_like(wage)
    course = Course(
        months=np.array([202601, 202602, 202603, 202604]),
        pay_days=np.array([20260130, 20260227, 20260331, 20260430]),
        settled=settled,
        norm=norm,
        holiday_rate=rate,
        counted=wage,
        benefit=paid_part(norm - wage, rate) * settled,
        wage=wage,
        wages_due=wage.sum(axis=1),
        known_on=np.where(settled, [20260220, 20260320, 20260420, 20260520], 0),
        ended=np.array([False, True]),
    )
    extra = np.array([[0, 3000, 4500, 3000], [0, 2500, 0, 2500]])
    paid = {
        "on_the_month": on_the_month(course),
        "afterwards": afterwards(course),
        "estimate": estimate(course),
        "surplus": surplus(course, course.paid_norm, extra, nothing, nothing),
    }
    measures = {name: measured(course, cash) for name, cash in paid.items()}
    wage_on = np.where(wage > 0, 20260205, 0)
    return Comparison(np.array([1001, 1002]), course, wage_on, paid, measures)


def spoken(language: str) -> Settings:
    keys = tomllib.loads(config.template())
    keys["municipality"]["language"] = language
    keys["bank"]["iban"] = "NL61BNGH0285000000"
    return Settings.model_validate(keys)


@pytest.fixture(scope="module")
def book(comparison: Comparison) -> Any:
    content = compare_book.workbook(comparison, spoken("nl"), ON)
    return openpyxl.load_workbook(BytesIO(content))


def rows(sheet: Any) -> list[dict[str, Any]]:
    head, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_a_month_tells_what_is_received_and_when_under_each_variant(
    comparison: Comparison,
) -> None:
    told = month_rows(comparison)
    march = {name: column[2] for name, column in told.items()}
    assert march["month"] == "2026-03"
    assert {name: march[f"{name}_cents"] for name in VARIANTS} == {
        "on_the_month": 136143,
        "afterwards": 107643,
        "estimate": 60000 + 47643 - 28500,
        "surplus": 137643,
    }
    assert march["pay_on"] == march["afterwards_on"] == "2026-03-31"
    assert march["on_the_month_on"] == "2026-04-20"
    assert march["estimate_on"] == "2026-04-27"


def test_an_open_month_is_told_as_open_where_money_moves_in_it(comparison: Comparison) -> None:
    told = month_rows(comparison)
    states = zip(told["client_no"], told["month"], told["state"], strict=True)
    assert [state for state in states if state[2] == "open"] == [("K0001002", "2026-02", "open")]
    assert len(told["month"]) == 8


def test_the_overview_adds_up_and_ranks_the_clients(comparison: Comparison) -> None:
    told = {each.variant: each for each in summary(comparison)}
    rows_of = client_rows(comparison)
    for variant in VARIANTS:
        mine = rows_of["variant"] == variant
        assert told[variant].totals["total"] == rows_of["total_cents"][mine].sum()
        spread = told[variant].spread["deviation"]
        assert [spread.lowest, spread.highest] == sorted(rows_of["deviation_cents"][mine])
    assert told["afterwards"].totals["claims"] == 1
    assert told["afterwards"].totals["claim"] == 50000
    assert told["estimate"].clients_below_90 == 1
    assert told["surplus"].clients_below_90 == 0


def test_the_months_of_the_workbook_add_up_to_its_overview(book: Any) -> None:
    assert book.sheetnames == ["Overzicht", "Per klant", "Maanden"]
    *months, _totals = rows(book["Maanden"])
    overview = list(book["Overzicht"].iter_rows(values_only=True))
    names = next(line for line in overview if line[0] == TEXTS["totals"][1])[2:]
    received = next(line for line in overview if line[0] == MEASURES["total"][1][0])[2:]
    for name, total in zip(names, received, strict=True):
        assert round(sum(month[name] for month in months), 2) == total
        mine = [row for row in rows(book["Per klant"]) if row["Verrekening"] == name]
        assert round(sum(row["Ontvangen"] for row in mine), 2) == total


def test_every_measure_is_in_the_workbook_and_is_explained(book: Any) -> None:
    heads = [cell.value for cell in book["Per klant"][1]]
    assert heads[2:] == [MEASURES[name][1][0] for name in Measures._fields]
    texts = [cell for line in book["Overzicht"].iter_rows(values_only=True) for cell in line]
    assert {meaning for _title, meaning in (MEASURES[n][1] for n in MEASURES)} <= set(texts)


def test_the_workbook_of_one_client_tells_its_measures_alone(comparison: Comparison) -> None:
    alone = of_client(comparison, 0)
    content = compare_book.workbook(alone, spoken("en"), ON)
    overview = openpyxl.load_workbook(BytesIO(content))["Overview"]
    lines = [line for line in overview.iter_rows(values_only=True) if line[2] is not None]
    told = {line[0]: line[2:] for line in lines}
    assert TEXTS["spread"][0] not in told
    assert told["How even, how punctual"] == ("On the month", "Afterwards", "Estimate", "Surplus")
    assert told["Lowest month"] == (1331.43, 761.43, 791.43, 1331.43)
    assert told["Lowest month as part of V"] == (1, 0.572, 0.594, 1)


def of_client(comparison: Comparison, place: int) -> Comparison:
    """One client of a comparison."""
    one = slice(place, place + 1)
    course = comparison.course
    shared = ("months", "pay_days")
    return Comparison(
        comparison.clients[one],
        Course(**{n: c if n in shared else c[one] for n, c in course._asdict().items()}),
        comparison.wage_on[one],
        {name: type(cash)(*(each[one] for each in cash))
         for name, cash in comparison.paid.items()},
        {name: Measures(*(each[one] for each in told))
         for name, told in comparison.measures.items()},
    )  # fmt: skip


def test_the_same_comparison_gives_the_same_bytes(comparison: Comparison) -> None:
    told = (comparison, 0, spoken("nl"))
    for form in ("svg", "png"):
        first, second = (compare_plot.picture(*told, form, "book.xlsx") for _ in range(2))
        assert first == second
    books = [compare_book.workbook(comparison, spoken("nl"), ON) for _ in range(2)]
    assert books[0] == books[1]


@pytest.mark.parametrize(("language", "place"), [("nl", 1), ("en", 0)])
def test_the_picture_tells_itself_in_words(
    comparison: Comparison, language: str, place: int
) -> None:
    content = compare_plot.picture(comparison, 0, spoken(language), "svg", "book.xlsx")
    picture = etree.fromstring(content)
    title, described = picture[0], picture[1]
    assert (title.tag, described.tag) == (f"{SVG}title", f"{SVG}desc")
    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby").split() == [title.get("id"), described.get("id")]
    assert "K0001001" in title.text
    names = [NAMES[variant][place] for variant in VARIANTS]
    assert all(f"{name}: " in described.text for name in names)
    assert "791,43" in described.text
    assert "book.xlsx" in described.text
    texts = {text.text for text in picture.iter(f"{SVG}text")}
    assert {*names, "2026-01", "2026-04"} <= texts


def test_nothing_in_the_picture_is_meant_by_colour_alone(comparison: Comparison) -> None:
    content = compare_plot.picture(comparison, 0, spoken("nl"), "svg", "book.xlsx")
    picture = etree.fromstring(content)
    assert len(list(picture.iter(f"{SVG}pattern"))) == 2  # wages, surpluses of earlier months
    dashes = {
        part.partition("stroke-dasharray:")[2].strip()
        for line in picture.iter(f"{SVG}path")
        for part in line.get("style", "").split(";")
        if "stroke-dasharray" in part
    }
    assert len(dashes) == 2  # V, and what is set off
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert texts.count("V") == len(VARIANTS)
    assert sum(compare_plot.SHORT in text for text in texts) == 4  # two afterwards, two by estimate
    assert {TEXTS[key][1] for key in ("wage", "paid", "extra", "taken_back", "norm", "short")} <= {
        *texts
    }


def test_an_open_month_is_named_in_the_picture(comparison: Comparison) -> None:
    content = compare_plot.picture(comparison, 1, spoken("nl"), "svg", "book.xlsx")
    texts = {text.text for text in etree.fromstring(content).iter(f"{SVG}text")}
    assert {"2026-02", "open"} <= texts


def test_a_png_carries_the_words_too(comparison: Comparison) -> None:
    content = compare_plot.picture(comparison, 0, spoken("nl"), "png", "book.xlsx")
    assert content.startswith(b"\x89PNG")
    assert b"Alle bedragen staan in book.xlsx" in content


def test_all_words_stand_in_both_languages() -> None:
    for table in (HEADERS, MEASURES, NAMES, TEXTS):
        assert all(english and dutch for english, dutch in table.values())
    assert set(MEASURES) == set(Measures._fields)
