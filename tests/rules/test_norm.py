"""The norm of a household all month: published tables, law, own list, decision, what is held."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from surplus.money import plain
from surplus.rules.norm import cost_sharer_norm, holiday_share, norm_by_category, paid_part
from surplus.rules.norm.household import COUPLE
from surplus.rules.parameters import Key, Row

from .households import AGE, Norm, norm_of, norms_of, own, stretch, whole
from .tables import STATUTORY, cents, rows

HOLIDAY = 5_000

#: domain.md P3: with and without holiday allowance, as published.
PAID_PARTS = rows(
    """
    from       | household | A | norm    | paid
    2019-07-01 | single    | 1 | 1030.42 | 978.90
    2019-07-01 | couple    | 2 | 1472.03 | 1398.43
    2020-07-01 | single    | 1 | 1059.03 | 1006.08
    2020-07-01 | couple    | 2 | 1512.90 | 1437.26
    2021-07-01 | single    | 1 | 1078.70 | 1024.77
    2021-07-01 | couple    | 2 | 1541.00 | 1463.95
    2023-01-01 | single    | 1 | 1195.66 | 1135.88
    2023-01-01 | couple    | 2 | 1708.08 | 1622.68
    2020-07-01 | single    | 2 | 756.45  | 718.63
    2020-07-01 | single    | 4 | 605.16  | 574.90
    2020-07-01 | single    | 5 | 574.90  | 546.16
    2026-01-01 | single    | 1 | 1401.50 | 1331.43
    2026-01-01 | couple    | 2 | 2002.13 | 1902.02
    """
)

#: domain.md P3, P6: municipal tables that equal the exact fraction, and the exact fraction of those
#: that print a rounded percentage instead. A counts all sharers; per person.
COST_SHARERS = rows(
    """
    from       | couple  | A | norm   | printed
    2019-01-01 | 1465.07 | 3 | 634.86 | 634.81
    2019-01-01 | 1465.07 | 6 | 537.19 | 537.24
    2020-07-01 | 1512.90 | 2 | 756.45 | 756.45
    2020-07-01 | 1512.90 | 3 | 655.59 | 655.54
    2020-07-01 | 1512.90 | 4 | 605.16 | 605.16
    2020-07-01 | 1512.90 | 5 | 574.90 | 574.90
    2021-07-01 | 1541.00 | 3 | 667.77 | 667.77
    2021-07-01 | 1541.00 | 4 | 616.40 | 616.40
    2021-07-01 | 1541.00 | 5 | 585.58 | 585.58
    2021-07-01 | 1541.00 | 6 | 565.03 | 565.03
    2023-01-01 | 1708.08 | 3 | 740.17 | 740.11
    2023-01-01 | 1708.08 | 6 | 626.30 | 626.29
    2023-07-01 | 1738.02 | 3 | 753.14 | 753.14
    2023-07-01 | 1738.02 | 4 | 695.21 | 695.21
    2023-07-01 | 1738.02 | 5 | 660.45 | 660.45
    2023-07-01 | 1738.02 | 6 | 637.27 | 637.27
    2024-01-01 | 1834.04 | 2 | 917.02 | 917.02
    2024-01-01 | 1834.04 | 3 | 794.75 | 794.75
    2024-01-01 | 1834.04 | 4 | 733.62 | 733.62
    2024-01-01 | 1834.04 | 5 | 696.94 | 696.94
    2024-01-01 | 1834.04 | 6 | 672.48 | 672.48
    2024-01-01 | 1834.04 | 7 | 655.01 | 655.01
    2024-01-01 | 1834.04 | 8 | 641.91 | 641.91
    2024-07-01 | 1869.21 | 2 | 934.61 | 934.61
    2024-07-01 | 1869.21 | 3 | 809.99 | 809.99
    2024-07-01 | 1869.21 | 4 | 747.68 | 747.68
    2024-07-01 | 1869.21 | 5 | 710.30 | 710.30
    2024-07-01 | 1869.21 | 6 | 685.38 | 685.38
    """
)


def month_of(day: str) -> int:
    return int(day[:4] + day[5:7])


def ids(table: list[dict[str, str]]) -> list[str]:
    return [" ".join(row.values()) for row in table]


@pytest.mark.parametrize("row", PAID_PARTS, ids=ids(PAID_PARTS))
def test_a_published_norm_and_its_part_without_holiday_allowance(row: dict[str, str]) -> None:
    ages = AGE["21+"], AGE["21+"] if row["household"] == "couple" else 0
    days = whole(month_of(row["from"]))
    norm = norm_of(stretch(row["household"], *ages, sharers=int(row["A"]), **days))
    assert (norm.cents, norm.lacks) == (row["norm"], "")
    assert [int(paid_part(cents(norm.cents)[0], HOLIDAY))] == cents(row["paid"])


@pytest.mark.parametrize("row", COST_SHARERS, ids=ids(COST_SHARERS))
def test_the_cost_sharer_norm_is_the_exact_fraction_of_the_couples_norm(
    row: dict[str, str],
) -> None:
    assert [STATUTORY.amount(COUPLE, row["from"])] == cents(row["couple"])
    days = whole(month_of(row["from"]))
    norm = norm_of(stretch("single", AGE["21+"], sharers=int(row["A"]), **days))
    assert norm == Norm(row["norm"], "norm_incl/couple/21-aow", "")
    assert abs(cents(row["norm"])[0] - cents(row["printed"])[0]) <= 7


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


# --- every household type and age -----------------------------------------------------------------

#: Which amount of the parameter file is the norm of whom (Pw art. 20–22).
BY_LAW = rows(
    """
    household     | ages          | A | children | amount
    single        | 18-20         | 1 |          | norm_incl/single/18-20
    single        | 18-20         | 4 |          | norm_incl/single/18-20
    single parent | 18-20         | 1 | yes      | norm_incl/single/18-20
    single        | 21+           | 1 |          | norm_incl/single/21-aow
    single parent | 21+           | 1 | yes      | norm_incl/single/21-aow
    single        | aow           | 1 |          | norm_incl/single/aow
    single parent | aow           | 1 | yes      | norm_incl/single/aow
    couple        | 18-20 + 18-20 | 1 |          | norm_incl/couple/both 18-20
    couple        | 18-20 + 18-20 | 3 |          | norm_incl/couple/both 18-20
    couple        | 18-20 + 18-20 | 1 | yes      | norm_incl/couple_with_children/both 18-20
    couple        | 18-20 + 21+   | 1 |          | norm_incl/couple/18-20 and 21+
    couple        | 21+ + 18-20   | 1 | yes      | norm_incl/couple_with_children/18-20 and 21+
    couple        | aow + 18-20   | 1 |          | norm_incl/couple/18-20 and 21+
    couple        | 21+ + 21+     | 2 |          | norm_incl/couple/21-aow
    couple        | 21+ + 21+     | 2 | yes      | norm_incl/couple/21-aow
    couple        | 21+ + 21+     | 1 |          | norm_incl/couple/21-aow
    couple        | aow + 21+     | 2 |          | norm_incl/couple/aow
    couple        | 21+ + aow     | 2 |          | norm_incl/couple/aow
    couple        | aow + aow     | 2 |          | norm_incl/couple/aow
    """
)
#: Births of people who are of an age on every day with parameters from 2018 to June 2026.
ALL_YEARS = {"21+": 19900101, "aow": 19400101}


def births(ages: str, year: int = 2026) -> list[int]:
    """Of people of these ages all through a calendar year from 2018 to 2026."""
    young = (year - 20) * 10_000 + 101
    return [{**ALL_YEARS, "18-20": young}[age.strip()] for age in ages.split(" + ")]


@pytest.mark.parametrize("row", BY_LAW, ids=ids(BY_LAW))
def test_each_household_has_the_amount_of_its_type_and_age_on_every_date_that_has_one(
    row: dict[str, str],
) -> None:
    key = Key(*row["amount"].split("/"))
    # The pension age is laid down from 2018 on.
    dated = [r for r in STATUTORY.rows() if r.key == key and r.valid_from >= "2018"]
    assert len(dated) >= 12
    for parameter in dated:
        household = stretch(
            row["household"], *births(row["ages"], int(parameter.valid_from[:4])),
            sharers=int(row["A"]), children=row["children"] == "yes",
            **whole(month_of(parameter.valid_from)),
        )  # fmt: skip
        assert norm_of(household) == Norm(plain(parameter.amount), row["amount"], "")


#: In 2026 (norm letter and statute of 2026-01-01); A counts who counts by law.
IN_2026 = rows(
    """
    household     | ages          | A | children | norm    | why
    single        | 18-20         | 1 |          | 345.99  | 20(1)a
    single parent | 18-20         | 1 | yes      | 345.99  | 20(2)a
    couple        | 18-20 + 18-20 | 1 |          | 691.98  | 20(1)b
    couple        | 18-20 + 18-20 | 1 | yes      | 1092.41 | 20(2)b
    couple        | 18-20 + 21+   | 1 |          | 1347.06 | 20(1)c
    couple        | 18-20 + 21+   | 1 | yes      | 1747.49 | 20(2)c
    single        | 21+           | 1 |          | 1401.50 | 21a
    couple        | 21+ + 21+     | 2 |          | 2002.13 | 21b
    single        | aow           | 1 |          | 1564.69 | 22a
    couple        | aow + aow     | 2 |          | 2144.16 | 22b
    couple        | aow + 21+     | 2 |          | 2144.16 | 22c
    single        | 21+           | 2 |          | 1001.07 | 50% of 2002.13
    single        | aow           | 2 |          | 1072.08 | 50% of 2144.16
    single        | aow           | 3 |          | 929.14  | 43⅓% of 2144.16
    couple        | 21+ + 21+     | 3 |          | 1735.18 | 2 × 867.59
    couple        | 21+ + 21+     | 6 |          | 1468.22 | 2 × 734.11, each rounded
    couple        | aow + 21+     | 3 |          | 1858.28 | 2 × 929.14
    couple        | 21+ + 18-20   | 2 |          | 1347.06 | 345.99 + 1001.07: one housemate
    couple        | 21+ + 18-20   | 3 |          | 1213.58 | 345.99 + 867.59
    couple        | 18-20 + 21+   | 3 | yes      | 1614.01 | 746.42 + 867.59
    couple        | aow + 18-20   | 2 |          | 1418.07 | 345.99 + 1072.08
    """
)


@pytest.mark.parametrize("row", IN_2026, ids=ids(IN_2026))
def test_the_norms_of_2026(row: dict[str, str]) -> None:
    household = stretch(
        row["household"], *births(row["ages"]), sharers=int(row["A"]),
        children=row["children"] == "yes",
    )  # fmt: skip
    norm = norm_of(household)
    assert (norm.cents, norm.lacks) == (row["norm"], "")


def test_the_amount_for_a_young_spouse_with_a_housemate_is_that_of_the_law_without_one() -> None:
    """Art. 20(1)c and 20(2)c are art. 22a(3) with A = 2, on every date of which both are known."""
    compared = 0
    for row in STATUTORY.rows():
        if row.name.startswith("norm_22a3") and row.valid_from >= "2018":
            year, children = int(row.valid_from[:4]), row.name.endswith("with_children")
            alone, shared = (
                norm_of(
                    stretch("couple", *births("21+ + 18-20", year), sharers=a, children=children,
                            **whole(month_of(row.valid_from)))
                )
                for a in (1, 2)
            )  # fmt: skip
            assert abs(cents(alone.cents)[0] - cents(shared.cents)[0]) <= 1, row
            compared += 1
    assert compared == 14


@given(st.integers(1, 300_000), st.integers(1, 20))
def test_more_sharers_never_mean_more_per_person(couple: int, sharers: int) -> None:
    alone = int(cost_sharer_norm(couple, sharers))
    assert alone >= int(cost_sharer_norm(couple, sharers + 1))
    assert abs(2 * int(cost_sharer_norm(couple, 2)) - couple) <= 1


@given(
    st.sampled_from(["single", "single parent", "couple"]),
    st.sampled_from([20060701, 19900101, 19500101]),
    st.sampled_from([20060701, 19900101, 19500101]),
    st.integers(1, 19),
    st.booleans(),
)
def test_more_housemates_never_raise_a_norm(
    kind: str, born: int, spouse: int, sharers: int, children: bool
) -> None:
    """Save of a pensioner with a spouse under 21: art. 20 alone, 22 and 22a with a housemate."""
    assume({born, spouse} != {20060701, 19500101} or kind != "couple")
    people = (born, spouse) if kind == "couple" else (born,)
    fewer, more = (
        norm_of(stretch(kind, *people, sharers=a, children=children)).cents
        for a in (sharers, sharers + 1)
    )
    assert cents(fewer) >= cents(more)


def test_the_share_of_holiday_allowance_is_that_of_each_month() -> None:
    found = holiday_share(STATUTORY, np.array([202603, 201801]))
    assert (found.amounts.tolist(), found.missing.tolist()) == ([5_000, 5_000], ["", ""])


# --- what is held ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("household", "lacks"),
    [
        (stretch("INRICHTING", AGE["21+"]), "household type"),
        (stretch("single", AGE["?"]), "birth date"),
        (stretch("couple", AGE["21+"], AGE["?"], sharers=2), "birth date"),
        (stretch("single", AGE["17"]), "norm under 18"),
        (stretch("couple", AGE["21+"], AGE["17"]), "spouse under 18"),
        (stretch("single", 19650101, **whole(203212)),
         "state_pension_age/person/all from 2032-01-01"),
        (stretch("couple", 19900101, 19650101, sharers=2, **whole(203212)),
         "state_pension_age/person/all from 2032-01-01"),
        (stretch("couple", AGE["21+"], 20050101, sharers=3, **whole(202401)),
         "norm_22a3_without_children/couple/18-20 part from 2024-01-01"),
    ],
)  # fmt: skip
def test_a_household_without_one_clear_norm_is_held_with_the_reason(
    household: Any, lacks: str
) -> None:
    norm = norm_of(household)
    assert (norm.cents, norm.lacks) == ("0.00", lacks)


def test_a_pension_age_that_is_not_laid_down_holds_nobody_who_is_younger_than_65() -> None:
    younger = stretch("single", 19530101, **whole(201712))
    assert norm_of(younger) == Norm("986.52", "norm_incl/single/21-aow", "")


def test_a_half_year_without_norms_is_named_instead_of_using_the_last() -> None:
    lacking = norm_of(stretch("single", AGE["21+"], **whole(202607)))
    key = "norm_incl/single/21-aow"
    assert lacking == Norm("0.00", key, f"{key} from 2026-07-01")


def test_a_municipality_can_add_the_row_that_is_missing() -> None:
    row = Row.parse(
        "2026-07-01", "norm_incl", "single", "21-aow", "1430.00", "month", "besluit", "decision",
        "B-2",
    )  # fmt: skip
    table = STATUTORY.with_own([row])
    household = stretch("single", AGE["21+"], **whole(202607))
    assert norm_of(household, parameters=table).cents == "1430.00"


# --- the municipality's own list and decisions ----------------------------------------------------

SINGLE_CODE = "PW_ALLEENSTAANDE_21_AOW"
FIRST_HALF = (SINGLE_CODE, "2026-01-01", "2026-06-30", 140150)


def look_up(rows: Any, *wanted: tuple[str, int]) -> list[tuple[Any, ...]]:
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
        (120000, SINGLE_CODE, 202603, Norm("1200.00", "decision", "")),
        (120000, SINGLE_CODE, 202607, Norm("1200.00", "decision", "")),
        (1, SINGLE_CODE, 202603, Norm("0.01", "decision", "")),
        (0, SINGLE_CODE, 202603, Norm("1401.50", "norms.csv", "")),
        (0, SINGLE_CODE, 202607, Norm("0.00", "norms.csv", f"norms.csv/{SINGLE_CODE} in 2026-07")),
        (0, SINGLE_CODE, 202512, Norm("0.00", "norms.csv", f"norms.csv/{SINGLE_CODE} in 2025-12")),
        (0, "UNLISTED", 202512, Norm("1369.06", "norm_incl/single/21-aow", "")),
    ],
)
def test_a_decision_goes_before_the_own_list_and_that_before_the_statute(
    decided: int, category: str, month: int, expected: Norm
) -> None:
    single = stretch("single", AGE["21+"], category=category, decided=decided, **whole(month))
    assert norm_of(single, own=own(FIRST_HALF)) == expected


def test_a_norm_of_one_cent_is_a_norm() -> None:
    listed = own((SINGLE_CODE, *FIRST_HALF[1:3], 1))
    assert norm_of(stretch("single", AGE["21+"], category=SINGLE_CODE), own=listed).cents == "0.01"
    assert norm_by_category(np.array(["A"]), np.array([202603]), listed).cents.dtype == np.int64


def test_without_an_own_list_the_statute_counts() -> None:
    assert norm_of(stretch("single", AGE["21+"], category=SINGLE_CODE)).cents == "1401.50"


def test_many_households_at_once_are_the_same_as_one_by_one() -> None:
    people = [
        stretch("single", 19900101, category="A"),
        stretch("single", 19900102, category="B", place=1),
        stretch("couple", 19900101, 19850101, sharers=3, place=2),
        stretch("single", 20050315, place=3),
        stretch("single", AGE["?"], place=4),
    ]
    together, _ = norms_of(*people, own=own(("B", *FIRST_HALF[1:])))
    alone = [
        norm_of(one._replace(place=np.array([0])), own=own(("B", *FIRST_HALF[1:])))
        for one in people
    ]
    assert [plain(n) for n in together.cents.tolist()] == [norm.cents for norm in alone]
    assert together.origin.tolist() == [norm.origin for norm in alone] == [
        "norm_incl/single/21-aow", "norms.csv", "norm_incl/couple/21-aow", "by days", "",
    ]  # fmt: skip
    assert together.lacks.tolist() == ["", "", "", "", "birth date"]
