"""norms.csv: which rows count, which are held, which wait for a second person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surplus import decisions
from surplus.intake.outcome import Outcome
from surplus.rules.norm import norm_by_category
from surplus.store import bulk
from surplus.store.engine import reading
from surplus.store.rates import own_norms
from surplus.store.tables import settlement
from tests.intake.client_files import CATEGORY, Row, amounts, norm, norms, second_half
from tests.intake.conftest import Place

INDEXED = amounts("1350,00", "71,05", "1421,05")


@pytest.fixture
def january(empty_place: Place) -> Place:
    """A workspace on 2 January 2026 with a norm for the first half of the year."""
    empty_place.on = "2026-01-02"
    assert take(empty_place, norm()).exit_code == 0
    return empty_place


def take(place: Place, *rows: Row, on: str = "") -> Outcome:
    place.on, place.run = on or place.on, place.run + 1
    return place.take(norms(*rows))


def said(outcome: Outcome) -> list[tuple[int, str, str]]:
    return [(note.line, note.code, note.severity) for note in outcome.listed()]


def states(outcome: Outcome) -> list[str]:
    return outcome.notes.states().tolist()


def amount(place: Place, month: int, category: str = CATEGORY) -> int:
    """The norm of a month by the municipality's own list; 0 where there is none."""
    with reading(place.engine) as conn:
        rows = own_norms(conn, place.settings.code)
    found = norm_by_category(np.array([category], dtype=object), np.array([month]), rows)
    return int(found.cents[0])


def findings(place: Place) -> list[tuple[Any, ...]]:
    return place.query("SELECT code, subject FROM finding WHERE state = 'open' ORDER BY 1, 2")


def settle(place: Place, month: int) -> None:
    """A client of the category with a settled month."""
    place.enrol({1001: 999990019}, norm_category=CATEGORY)
    row: dict[str, Any] = {
        column.name: 0 if column.type.python_type is int else "" for column in settlement.columns
    }
    row |= {"municipality": "0999", "month": month, "client": 1001, "version": 1,
            "state": "settled"}  # fmt: skip
    with place.work() as work:
        bulk.append(work.conn, settlement, row)


def test_a_row_that_is_right_counts_for_its_months(january: Place) -> None:
    assert [amount(january, month) for month in (202512, 202601, 202606, 202607)] == [
        0, 140150, 140150, 0,
    ]  # fmt: skip


def test_the_same_row_again_is_not_recorded_again(january: Place) -> None:
    outcome = take(january, norm(), second_half())
    assert states(outcome) == ["unchanged", "recorded"]
    assert january.rows("norm") == 2


def test_a_later_row_for_the_same_first_day_supersedes(january: Place) -> None:
    assert states(take(january, norm(**INDEXED))) == ["recorded"]
    assert amount(january, 202603) == 142105


@pytest.mark.parametrize(
    "rows",
    [
        [norm(geldig_vanaf="2026-06-01", geldig_tot="2026-12-31")],  # overlaps what is known
        [second_half(geldig_vanaf="2026-08-01")],  # leaves July without a row
        [second_half(geldig_vanaf="2026-07-01", geldig_tot="2026-06-30")],
        [second_half(geldig_vanaf="")],
        [second_half(geldig_tot="2026-12-32")],
        [second_half(normcategorie="")],
        [second_half(), second_half(besluitnr="X")],
    ],
)
def test_n01_the_rows_of_a_category_follow_each_other_day_by_day(
    january: Place, rows: list[Row]
) -> None:
    outcome = take(january, *rows)
    assert {(code, severity) for _, code, severity in said(outcome)} == {("N01", "E")}
    assert (set(states(outcome)), outcome.exit_code) == ({"rejected"}, 3)
    assert january.rows("norm") == 1


def test_n01_a_row_may_be_shortened_together_with_its_successor(january: Place) -> None:
    shorter = norm(geldig_tot="2026-03-31")
    rest = norm(geldig_vanaf="2026-04-01", **INDEXED)
    assert states(take(january, shorter, rest)) == ["recorded", "recorded"]
    assert [amount(january, month) for month in (202603, 202604)] == [140150, 142105]


def test_n01_says_nothing_about_another_category(january: Place) -> None:
    assert states(take(january, norm("PW_GEHUWD_21_AOW", geldig_vanaf="2026-03-01"))) == [
        "recorded"
    ]


@pytest.mark.parametrize(
    "told", [amounts("1331,43", "70,07", "1401,51"), amounts("1500,00", "-98,50", "1401,50")]
)
def test_n02_net_and_holiday_allowance_add_up_to_the_total(january: Place, told: Row) -> None:
    assert said(take(january, second_half(**told))) == [(2, "N02", "E")]


@pytest.mark.parametrize(("text", "code"), [("1401.50", "R05"), ("", "R05"), ("1401,505", "R06")])
def test_an_amount_that_cannot_be_read_is_told_as_such(
    january: Place, text: str, code: str
) -> None:
    assert said(take(january, second_half(totaal_maand=text))) == [(2, code, "E")]


@pytest.mark.parametrize(
    "told",
    [
        {"goedgekeurd_door": "beleid-1"},
        {"goedgekeurd_door": ""},
        {"vastgesteld_door": ""},
        {"goedgekeurd_op": ""},
        {"besluitnr": ""},
    ],
)
def test_n03_a_norm_without_a_second_person_is_held(january: Place, told: Row) -> None:
    outcome = take(january, second_half(**told))
    assert said(outcome) == [(2, "N03", "H")]
    assert (states(outcome), outcome.exit_code) == (["held"], 3)
    assert amount(january, 202607) == 0
    assert findings(january) == [("N03", f"{CATEGORY} 2026-07-01")]


def test_n06_a_norm_of_zero_is_held_until_it_is_filled_in(january: Place) -> None:
    outcome = take(january, second_half(**amounts("0,00", "0,00", "0,00")))
    assert said(outcome) == [(2, "N06", "H")]
    assert findings(january) == [("N06", f"{CATEGORY} 2026-07-01")]
    assert states(take(january, second_half(**INDEXED))) == ["recorded"]
    assert (amount(january, 202607), findings(january)) == (142105, [])


def test_n06_makes_a_category_known_so_that_the_law_no_longer_fills_in(
    empty_place: Place,
) -> None:
    take(empty_place, norm(**amounts("0,00", "0,00", "0,00")))
    with reading(empty_place.engine) as conn:
        rows = own_norms(conn, "0999")
    found = norm_by_category(np.array([CATEGORY], dtype=object), np.array([202603]), rows)
    assert (found.known.tolist(), found.found.tolist()) == ([True], [False])


def test_n04_a_row_in_a_settled_month_waits_for_a_second_person(january: Place) -> None:
    settle(january, 202603)
    outcome = take(january, norm(**INDEXED), second_half(), on="2026-05-04")
    assert said(outcome) == [(2, "N04", "H")]
    assert states(outcome) == ["held", "recorded"]
    assert amount(january, 202603) == 140150
    approve(january)
    assert amount(january, 202603) == 142105


def test_n04_only_months_settled_for_the_category_count(january: Place) -> None:
    settle(january, 202603)
    other = norm("PW_GEHUWD_21_AOW", **amounts("1902,02", "100,11", "2002,13"))
    assert states(take(january, other, on="2026-05-04")) == ["recorded"]


@pytest.mark.parametrize(
    ("total", "waits"), [("1541,65", False), ("1541,66", True), ("1261,34", True)]
)
def test_n05_a_jump_of_more_than_ten_percent_is_confirmed_first(
    january: Place, total: str, waits: bool
) -> None:
    outcome = take(january, second_half(**amounts(total, "0,00", total)))
    assert said(outcome) == ([(2, "N05", "H")] if waits else [])
    assert (amount(january, 202607) == 0) == waits


def test_n05_a_row_that_waits_is_superseded_by_a_better_one(january: Place) -> None:
    take(january, second_half(**amounts("9350,00", "71,05", "9421,05")))
    take(january, second_half(**amounts("8350,00", "71,05", "8421,05")))
    assert january.query("SELECT state FROM change ORDER BY change") == [
        ("superseded",), ("waiting",),
    ]  # fmt: skip
    assert states(take(january, second_half(**INDEXED))) == ["recorded"]
    assert january.query("SELECT COUNT(*) FROM change WHERE state = 'waiting'") == [(0,)]
    assert amount(january, 202607) == 142105


def test_a_norm_file_without_a_column_is_refused(empty_place: Place) -> None:
    content = norms(norm()).replace(b"goedgekeurd_op", b"goedgekeurd")
    outcome = empty_place.take(content)
    assert (outcome.verdict, outcome.codes) == ("refused", [("F16", "F")])


def approve(place: Place) -> None:
    place.operator = "treasury-1"
    place.run += 1
    with place.work() as work:
        decisions.approve(work, 1)
