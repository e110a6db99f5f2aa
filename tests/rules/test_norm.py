"""The norm: published tables, the order decision – own norms – statute, and what is held."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.norm import (
    COUPLE,
    Households,
    Norms,
    OwnNorms,
    cost_sharer_norm,
    norm_by_category,
    norms,
    paid_part,
    statutory,
)
from surplus.rules.parameters import Key, Row

from .tables import STATUTORY, cents, rows

HOLIDAY = 5_000

#: domain.md P6: published municipal tables that equal the exact fraction; A counts all sharers.
COST_SHARERS = rows(
    """
    from       | couple  | A | norm
    2020-07-01 | 1512.90 | 2 | 756.45
    2020-07-01 | 1512.90 | 4 | 605.16
    2020-07-01 | 1512.90 | 5 | 574.90
    2021-07-01 | 1541.00 | 3 | 667.77
    2021-07-01 | 1541.00 | 4 | 616.40
    2021-07-01 | 1541.00 | 5 | 585.58
    2021-07-01 | 1541.00 | 6 | 565.03
    2023-07-01 | 1738.02 | 3 | 753.14
    2023-07-01 | 1738.02 | 4 | 695.21
    2023-07-01 | 1738.02 | 5 | 660.45
    2023-07-01 | 1738.02 | 6 | 637.27
    2024-01-01 | 1834.04 | 2 | 917.02
    2024-01-01 | 1834.04 | 3 | 794.75
    2024-01-01 | 1834.04 | 4 | 733.62
    2024-01-01 | 1834.04 | 5 | 696.94
    2024-01-01 | 1834.04 | 6 | 672.48
    2024-01-01 | 1834.04 | 7 | 655.01
    2024-01-01 | 1834.04 | 8 | 641.91
    2024-07-01 | 1869.21 | 3 | 809.99
    2024-07-01 | 1869.21 | 4 | 747.68
    2024-07-01 | 1869.21 | 5 | 710.30
    2024-07-01 | 1869.21 | 6 | 685.38
    2019-01-01 | 1465.07 | 3 | 634.86
    2019-01-01 | 1465.07 | 6 | 537.19
    2023-01-01 | 1708.08 | 3 | 740.17
    2023-01-01 | 1708.08 | 6 | 626.30
    """
)

#: domain.md P3: with and without holiday allowance, as published.
PAID_PARTS = rows(
    """
    norm    | paid
    1030.42 | 978.90
    1472.03 | 1398.43
    1059.03 | 1006.08
    1512.90 | 1437.26
    1078.70 | 1024.77
    1541.00 | 1463.95
    1195.66 | 1135.88
    1708.08 | 1622.68
    756.45  | 718.63
    605.16  | 574.90
    574.90  | 546.16
    1401.50 | 1331.43
    2002.13 | 1902.02
    """
)


def household(
    kind: str, *births: int, sharers: int = 1, category: str = "", decided: int = 0
) -> Households:
    """One household; a birth date per member."""
    return Households(
        category=np.array([category], dtype=object),
        household=np.array([kind], dtype=object),
        birth=np.array([[*births, 0][:2]]),
        cost_sharers=np.array([sharers]),
        decided=np.array([decided]),
    )


def one(norm: Norms) -> tuple[int, str, str]:
    """Cents, origin and what is lacking, of the only client-month."""
    return int(norm.cents[0]), norm.origin[0], norm.lacks[0]


@pytest.mark.parametrize("row", COST_SHARERS, ids=[f"{r['from']} A={r['A']}" for r in COST_SHARERS])
def test_the_cost_sharer_norm_is_the_exact_fraction_of_the_published_couple(
    row: dict[str, str],
) -> None:
    couple = STATUTORY.amount(COUPLE, row["from"])
    assert [couple] == cents(row["couple"])
    assert [int(cost_sharer_norm(couple, int(row["A"])))] == cents(row["norm"])


@pytest.mark.parametrize("row", PAID_PARTS, ids=[row["norm"] for row in PAID_PARTS])
def test_the_paid_part_of_a_published_norm_is_the_published_one(row: dict[str, str]) -> None:
    assert [int(paid_part(cents(row["norm"])[0], HOLIDAY))] == cents(row["paid"])


def test_every_published_norm_without_holiday_allowance_is_95_percent_of_its_norm() -> None:
    published = [row for row in STATUTORY.rows() if row.name == "norm_excl"]
    assert len(published) == 67
    for row in published:
        norm = STATUTORY.amount(Key("norm_incl", row.household, row.age_band), row.valid_from)
        assert int(paid_part(norm, HOLIDAY)) == row.amount, row


def test_every_published_cost_sharer_norm_lies_within_its_rounded_percentage() -> None:
    published = [row for row in STATUTORY.rows() if row.name == "norm_cost_sharer_incl"]
    for row in published:
        sharers = int(row.household.removeprefix("cost_sharers_"))
        exact = int(cost_sharer_norm(STATUTORY.amount(COUPLE, row.valid_from), sharers))
        assert abs(exact - row.amount) <= 7, row


@given(st.integers(1, 300_000), st.integers(2, 20))
def test_more_sharers_never_mean_more_and_spouses_get_what_two_persons_get(
    couple: int, sharers: int
) -> None:
    alone = int(cost_sharer_norm(couple, sharers))
    assert alone >= int(cost_sharer_norm(couple, sharers + 1))
    assert abs(int(cost_sharer_norm(couple, sharers, persons=2)) - 2 * alone) <= 1
    assert int(cost_sharer_norm(couple, 2, persons=2)) == couple


@pytest.mark.parametrize(
    ("household", "cents", "origin"),
    [
        (household("ALLEENSTAANDE", 19900101), 140150, "norm_incl/single/21-aow"),
        (household("ALLEENSTAANDE_OUDER", 19900101), 140150, "norm_incl/single/21-aow"),
        (household("ALLEENSTAANDE", 20050301), 140150, "norm_incl/single/21-aow"),
        (household("ALLEENSTAANDE", 19900101, sharers=2), 100107, "norm_incl/couple/21-aow"),
        (household("GEHUWD", 19900101, 20000101, sharers=2), 200213, "norm_incl/couple/21-aow"),
        (household("GEHUWD", 19900101, 20000101, sharers=4), 160170, "norm_incl/couple/21-aow"),
        (household("ALLEENSTAANDE", 20060101), 34599, "norm_incl/single/18-20"),
        (household("ALLEENSTAANDE", 20080301, sharers=3), 34599, "norm_incl/single/18-20"),
        (household("ALLEENSTAANDE", 19610401), 140150, "norm_incl/single/21-aow"),
    ],
)
def test_the_law_gives_a_norm_by_household_age_and_cost_sharers(
    household: Households, cents: int, origin: str
) -> None:
    assert one(statutory(household, np.array([202603]), STATUTORY)) == (cents, origin, "")


@pytest.mark.parametrize(
    ("household", "lacks"),
    [
        (household("ALLEENSTAANDE", 20050302), "norm changes within the month"),
        (household("ALLEENSTAANDE", 20080302), "norm under 18"),
        (household("ALLEENSTAANDE", 19610331), "state pension age"),
        (household("GEHUWD", 19900101, 19600101, sharers=2), "state pension age"),
        (household("ALLEENSTAANDE"), "birth date"),
        (household("GEHUWD", 19900101, sharers=2), "birth date"),
        (household("GEHUWD", 19900101, 19900101), "cost sharers"),
        (household("ALLEENSTAANDE", 19900101, sharers=0), "cost sharers"),
        (household("GEHUWD", 19900101, 20070101, sharers=2),
         "norm of a couple with a member under 21"),
        (household("GEHUWD", 20070101, 20070101, sharers=2),
         "norm of a couple with a member under 21"),
        (household("INRICHTING", 19900101), "household type"),
        (household("ALLEENSTAANDE_OUDER", 20070101),
         "norm_incl/single_parent/18-20 from 2026-01-01"),
    ],
)  # fmt: skip
def test_a_household_without_one_clear_norm_is_held_with_the_reason(
    household: Households, lacks: str
) -> None:
    amount, _, reason = one(statutory(household, np.array([202603]), STATUTORY))
    assert (amount, reason) == (0, lacks)


def test_a_half_year_without_norms_is_named_instead_of_using_the_last() -> None:
    lacking = one(statutory(household("ALLEENSTAANDE", 19900101), np.array([202607]), STATUTORY))
    assert lacking == (0, "norm_incl/single/21-aow", "norm_incl/single/21-aow from 2026-07-01")


def test_a_municipality_can_add_the_row_that_is_missing() -> None:
    row = Row.parse(
        "2026-01-01", "norm_incl", "single_parent", "18-20", "345.99", "month", "besluit",
        "decision", "B-2",
    )  # fmt: skip
    young = household("ALLEENSTAANDE_OUDER", 20070101)
    table = STATUTORY.with_own([row])
    assert one(statutory(young, np.array([202603]), table))[0] == 34599


# --- the municipality's own list ------------------------------------------------------------------

SINGLE_CODE = "PW_ALLEENSTAANDE_21_AOW"


def own(*listed: tuple[str, str, str, int]) -> OwnNorms:
    columns = list(zip(*listed, strict=True)) or [(), (), (), ()]
    *texts, totals = columns
    return OwnNorms(
        *(np.array(column, dtype=object) for column in texts), np.array(totals, dtype=np.int64)
    )


FIRST_HALF = (SINGLE_CODE, "2026-01-01", "2026-06-30", 140150)


def look_up(rows: OwnNorms, *wanted: tuple[str, int]) -> list[tuple[Any, ...]]:
    categories, months = zip(*wanted, strict=True)
    result = norm_by_category(np.array(categories, dtype=object), np.array(months), rows)
    return list(zip(*(column.tolist() for column in result), strict=True))


def test_a_category_counts_for_the_months_its_rows_cover_wholly() -> None:
    listed = own(FIRST_HALF, ("B", "2026-02-02", "2026-05-30", 90000))
    assert look_up(
        listed, (SINGLE_CODE, 202601), (SINGLE_CODE, 202606), (SINGLE_CODE, 202607),
        ("B", 202602), ("B", 202603), ("B", 202604), ("B", 202605), ("C", 202601),
    ) == [
        (140150, True, True), (140150, True, True), (0, True, False),
        (0, True, False), (90000, True, True), (90000, True, True), (0, True, False),
        (0, False, False),
    ]  # fmt: skip


def test_a_later_told_row_supersedes_and_an_amount_of_zero_gives_none() -> None:
    renewed = own(FIRST_HALF, (*FIRST_HALF[:3], 141000), (*FIRST_HALF[:3], 0))
    assert look_up(renewed, (SINGLE_CODE, 202603)) == [(141000, True, True)]
    to_be_filled_in = own((SINGLE_CODE, "2026-07-01", "2026-12-31", 0))
    assert look_up(to_be_filled_in, (SINGLE_CODE, 202607)) == [(0, True, False)]


@pytest.mark.parametrize(
    ("decided", "category", "month", "expected"),
    [
        (120000, SINGLE_CODE, 202603, (120000, "decision", "")),
        (120000, SINGLE_CODE, 202607, (120000, "decision", "")),
        (0, SINGLE_CODE, 202603, (140150, "norms.csv", "")),
        (0, SINGLE_CODE, 202607, (0, "norms.csv", f"norms.csv/{SINGLE_CODE} in 2026-07")),
        (0, SINGLE_CODE, 202512, (0, "norms.csv", f"norms.csv/{SINGLE_CODE} in 2025-12")),
        (0, "UNLISTED", 202512, (136906, "norm_incl/single/21-aow", "")),
    ],
)
def test_a_decision_goes_before_the_own_list_and_that_before_the_statute(
    decided: int, category: str, month: int, expected: tuple[int, str, str]
) -> None:
    single = household("ALLEENSTAANDE", 19900101, category=category, decided=decided)
    assert one(norms(single, np.array([month]), STATUTORY, own(FIRST_HALF))) == expected


def test_without_an_own_list_the_statute_counts() -> None:
    single = household("ALLEENSTAANDE", 19900101, category=SINGLE_CODE)
    assert one(norms(single, np.array([202603]), STATUTORY, own()))[0] == 140150


def test_many_households_at_once_are_the_same_as_one_by_one() -> None:
    single = [household("ALLEENSTAANDE", 19900101 + n, category=c) for n, c in enumerate("AB")]
    couple = household("GEHUWD", 19900101, 19850101, sharers=3)
    many = Households(*(np.concatenate(c) for c in zip(*single, couple, strict=True)))
    together = norms(many, np.full(3, 202603), STATUTORY, own(("B", *FIRST_HALF[1:])))
    assert together.origin.tolist() == [
        "norm_incl/single/21-aow", "norms.csv", "norm_incl/couple/21-aow",
    ]  # fmt: skip
    assert together.cents.tolist() == [140150, 140150, 173518]
