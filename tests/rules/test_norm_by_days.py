"""The norm of a month in which something changes: every day counts for what holds on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.money import plain, round_half_up
from surplus.rules.norm import Layer, Stretches, laid_over

from .households import AGE, Norm, norm_of, norms_of, own, stretch
from .tables import rows

#: In 2026: 18–20 345.99, single 1401.50, at the state pension age 1564.69; couple 2002.13, 2144.16.
CHANGES = rows(
    """
    household | births              | days      | norm    | why
    single    | 20050315            | 0301–0331 | 924.82  | 21 on 15 March: 14 × 345.99
    single    | 20050301            | 0301–0331 | 1401.50 | 21 on the first day
    single    | 20050331            | 0301–0331 | 380.04  | 21 on the last: 30 × 345.99 + 1401.50
    single    | 20050401            | 0301–0331 | 345.99  | 21 the day after
    single    | 20080315            | 0301–0331 | 189.74  | 18 on 15 March: 17 × 345.99
    single    | 20080301            | 0301–0331 | 345.99  | 18 on the first day
    single    | 20080331            | 0301–0331 | 11.16   | 18 on the last day: 345.99 / 31
    single    | 19590311            | 0301–0331 | 1512.05 | 67 on 11 March: 10 × 1401.50
    single    | 19590301            | 0301–0331 | 1564.69 | 67 on the first day
    single    | 19590401            | 0301–0331 | 1401.50 | 67 the day after
    couple    | 19900101 + 20050311 | 0301–0331 | 1790.82 | spouse 21: 10 × 1347.06 + 21 × 2002.13
    couple    | 20050311 + 20050311 | 0301–0331 | 1579.50 | both 21: 10 × 691.98 + 21 × 2002.13
    couple    | 20050311 + 20050321 | 0301–0331 | 1368.19 | then the other: 10, 10 × 1347.06, 11
    couple    | 19900101 + 19590311 | 0301–0331 | 2098.34 | spouse 67: 10 × 2002.13 + 21 × 2144.16
    single    | 19900101            | 0301–0314 | 632.94  | ends on 14 March: 14 × 1401.50 / 31
    single    | 19900101            | 0301–0301 | 45.21   | ends on the first day
    single    | 19900101            | 0315–0331 | 768.56  | begins on 15 March: 17 × 1401.50 / 31
    single    | 19900101            | 0201–0214 | 700.75  | 14 × 1401.50 / 28
    single    | 20050228            | 0201–0228 | 383.69  | 21 on 28 February: 27 × 345.99 + 1401.50
    """
)


def days_of(text: str) -> dict[str, int]:
    first, last = text.split("–")
    return {"first": int(f"2026{first}"), "last": int(f"2026{last}")}


@pytest.mark.parametrize("row", CHANGES, ids=[row["why"] for row in CHANGES])
def test_a_norm_that_changes_within_the_month_is_counted_by_days(row: dict[str, str]) -> None:
    births = [int(born) for born in row["births"].split(" + ")]
    norm = norm_of(stretch(row["household"], *births, sharers=1, **days_of(row["days"])))
    assert (norm.cents, norm.lacks) == (row["norm"], "")


@pytest.mark.parametrize(
    ("births", "days"), [((20050301, 0), [31]), ((20050311, 20050311), [10, 21])]
)
def test_no_piece_of_a_month_is_without_days(births: tuple[int, int], days: list[int]) -> None:
    pieces = norms_of(stretch("couple" if births[1] else "single", *births))[1]
    assert sorted(pieces.days.tolist()) == days


def test_days_that_lack_something_hold_the_month_in_whatever_order_days_are_told() -> None:
    early = stretch("INRICHTING", AGE["21+"], last=20260310)
    late = stretch("single", AGE["21+"], first=20260311)
    for told in ((early, late), (late, early)):
        assert norm_of(*told) == Norm("0.00", "by days", "household type")


def test_a_norm_by_decision_and_one_of_the_own_list_are_told_as_such() -> None:
    listed = own(("A", "2026-01-01", "2026-06-30", 140000))
    pieces = norms_of(
        stretch("single", AGE["21+"], category="A", last=20260310),
        stretch("single", AGE["21+"], category="A", decided=100000, first=20260311),
        own=listed,
    )[1]
    assert pieces.rule.tolist() == ["norm_own_list", "norm_decided"]


def test_who_reaches_the_state_pension_age_at_65_has_another_norm_from_that_day_on() -> None:
    """65 years and 9 months on 10 December 2017: 9 × 986.52 + 22 × 1108.48."""
    norm = norm_of(stretch("single", 19520310, first=20171201, last=20171231))
    assert norm == Norm("1073.07", "by days", "")


def test_a_decision_of_one_cent_is_a_decision_that_nothing_raises() -> None:
    told = {"decided": 1, "increase": [10000, 0]}
    assert norm_of(stretch("single", AGE["21+"], **told)).cents == "0.01"


def test_somebody_born_on_29_february_is_21_on_1_march() -> None:
    born = stretch("single", 20080229, first=20290201, last=20290228, decided=10000)
    assert norms_of(born)[1].first.tolist() == [20290201]


def test_a_spouse_who_turns_21_is_counted_among_the_cost_sharers_from_that_day() -> None:
    """10 days of 345.99 + 1001.07 (A = 2), 21 days of 2 × 867.59 (A = 3)."""
    norm = norm_of(stretch("couple", AGE["21+"], 20050311, sharers=2))
    assert norm == Norm("1609.98", "by days", "")


def test_what_a_month_is_made_up_of_can_be_told_day_by_day() -> None:
    _, pieces = norms_of(
        stretch("single", 19900101),
        stretch("single", 20050315, place=1, reduction=[0, 10_000]),
    )
    mine = pieces.of(1)
    assert mine.first.tolist() == [20260301, 20260315]
    assert mine.last.tolist() == [20260314, 20260331]
    assert mine.days.tolist() == [14, 17]
    assert mine.full.tolist() == [34599, 140150]
    assert mine.cents.tolist() == [31139, 126135]
    assert mine.origin.tolist() == ["norm_incl/single/18-20", "norm_incl/single/21-aow"]


def test_one_day_that_lacks_something_holds_the_month_and_the_first_one_is_named() -> None:
    first = stretch("single", AGE["21+"], last=20260310)
    second = stretch("INRICHTING", AGE["21+"], first=20260311, last=20260320)
    third = stretch("single", AGE["?"], first=20260321)
    assert norm_of(third, first, second) == Norm("0.00", "by days", "household type")


def test_a_month_without_a_day_of_right_has_no_norm_and_lacks_nothing() -> None:
    other = stretch("single", AGE["21+"], place=1)
    found, _ = norms_of(other)
    assert (found.cents.tolist(), found.lacks.tolist()) == ([0, 140150], ["", ""])


def test_the_own_list_and_a_decision_count_by_days_too() -> None:
    listed = own(("X", "2026-01-01", "2026-06-30", 90000))
    household = (
        stretch("single", AGE["21+"], category="X", last=20260310),
        stretch("single", AGE["21+"], category="X", first=20260311, decided=120000),
    )
    assert norm_of(*household, own=listed) == Norm("1103.23", "by days", "")


# --- what is told of some days only ---------------------------------------------------------------


def layer(*told: tuple[int, int, int], **columns: Any) -> Layer:
    """Rows of place, first and last day, and columns with a value for each."""
    place, first, last = (np.array(column) for column in zip(*told, strict=True))
    return Layer(place, first, last, {name: np.array(c) for name, c in columns.items()})


def test_what_is_told_of_some_days_is_laid_over_them() -> None:
    clients = laid_over(
        _joined(stretch("single", AGE["21+"], place=n) for n in range(3)),
        [
            layer((1, 20260110, 20260320), (2, 20260311, 99991231), decided=[100000, 50000]),
            layer((1, 20260101, 20260105), reduction=[[0, 10_000]]),
        ],
    )
    found, pieces = norms_of(clients)
    assert [plain(n) for n in found.cents.tolist()] == ["1401.50", "1142.47", "790.81"]
    assert pieces.of(1).first.tolist() == [20260301, 20260321]
    assert pieces.of(2).last.tolist() == [20260310, 20260331]
    assert pieces.of(0).days.tolist() == [31]


def test_where_nothing_was_decided_amounts_are_whole_cents_too() -> None:
    nobody = stretch("single", AGE["21+"])
    amounts = (nobody.reduction, nobody.increase, nobody.decided)
    assert {column.dtype for column in amounts} == {np.dtype(np.int64)}


def test_of_what_is_told_twice_of_a_day_the_later_told_counts() -> None:
    """10 days of 1000.00 and 21 of 500.00; another client has 10 of 800.00 and 21 of the law's."""
    told = layer(
        (0, 20260101, 99991231), (1, 20260101, 20260310), (0, 20260311, 99991231),
        decided=[100000, 80000, 50000],
    )  # fmt: skip
    found, _ = norms_of(
        laid_over(_joined(stretch("single", AGE["21+"], place=n) for n in range(2)), [told])
    )
    assert found.cents.tolist() == [66129, 120747]


def test_of_what_is_told_many_times_of_a_day_the_last_told_counts() -> None:
    whole_month = [(n % 3, 20260301, 20260331) for n in range(300)]
    told = layer(*whole_month, decided=[1000 + n for n in range(300)])
    clients = _joined(stretch("single", AGE["21+"], place=n) for n in range(3))
    assert norms_of(laid_over(clients, [told]))[0].cents.tolist() == [1297, 1298, 1299]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 31), st.integers(0, 30)), max_size=40))
def test_on_every_day_what_was_told_last_of_it_counts(told: list[tuple[int, int, int]]) -> None:
    """Held against a count day by day; each row decides 1.00 more than the one before it."""
    days = np.full((3, 32), 140150)
    rows = [(place, 20260300 + day, 20260300 + day + long) for place, day, long in told]
    for number, (place, day, long) in enumerate(told, 1):
        days[place, day : day + long + 1] = number * 100
    layers = [layer(*rows, decided=[100 * n for n in range(1, len(rows) + 1)])] if rows else []
    nothing = layer((0, 1, 1), decided=[1])._replace(place=np.array([], dtype=np.int64))
    clients = _joined(stretch("single", AGE["21+"], place=n) for n in range(3))
    found, _ = norms_of(laid_over(clients, [nothing, *layers]))
    assert found.cents.tolist() == round_half_up(days[:, 1:].sum(axis=1), 31).tolist()


def _joined(some: Any) -> Stretches:
    return Stretches(*(np.concatenate(column) for column in zip(*some, strict=True)))


# --- what holds for every month -------------------------------------------------------------------

births = st.sampled_from([20050315, 20080310, 19590311, 19900101, 20060101, 19500101, 20050320])
households = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["single", "single parent", "couple"]),
        "births": st.tuples(births, st.sampled_from([20050309, 20060101, 19920101, 19590327])),
        "told": st.fixed_dictionaries(
            {
                "children": st.booleans(),
                "inside": st.sampled_from([[False, False], [False, False], [True, False]]),
                "without_right": st.booleans(),
                "no_recourse": st.booleans(),
                "reduction": st.sampled_from([[0, 0], [10_000, 0], [0, 20_000]]),
                "increase": st.sampled_from([[0, 0], [0, 10_000]]),
                "decided": st.sampled_from([0, 0, 0, 123_457]),
            }
        ),
        "sharers": st.integers(1, 4),
    }
)


def of(household: dict[str, Any], first: int = 20260301, last: int = 20260331) -> Stretches:
    kind = household["kind"]
    people = household["births"][: 2 if kind == "couple" else 1]
    whole = stretch(kind, *people, sharers=household["sharers"], **household["told"])
    return whole._replace(first=np.array([first]), last=np.array([last]))


@given(households)
def test_the_pieces_of_a_month_make_its_norm_with_one_rounding(household: dict[str, Any]) -> None:
    found, pieces = norms_of(of(household))
    if found.lacks[0]:
        assert found.cents[0] == 0
        return
    total = int((pieces.cents * pieces.days).sum())
    assert found.cents[0] == round_half_up(total, 31)
    assert min(pieces.cents) * pieces.days.sum() // 31 <= found.cents[0] <= max(pieces.cents)


@given(households, st.integers(2, 31), st.integers(2, 31))
def test_cutting_a_stretch_anywhere_changes_nothing(
    household: dict[str, Any], one: int, other: int
) -> None:
    early, late = sorted((one, other))
    parts = [(1, early - 1), (early, late - 1), (late, 31)]
    cut = [of(household, 20260300 + first, 20260300 + last) for first, last in parts
           if first <= last]  # fmt: skip
    assert norm_of(*cut) == norm_of(of(household))


@given(households, st.integers(1, 30))
def test_the_days_before_and_after_an_end_make_the_whole_month(
    household: dict[str, Any], end: int
) -> None:
    before, after, month = (
        norms_of(of(household, 20260300 + first, 20260300 + last))[0].cents[0]
        for first, last in ((1, end), (end + 1, 31), (1, 31))
    )
    if not norm_of(of(household)).lacks:
        assert abs(int(before) + int(after) - int(month)) <= 1
