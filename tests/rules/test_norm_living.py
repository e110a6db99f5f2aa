"""Institution, a spouse without right, the young without recourse, and norms lowered or raised."""

from __future__ import annotations

import itertools
from random import Random
from typing import Any

import numpy as np
import pytest

from surplus.rules.norm import housemates
from surplus.rules.parameters import Parameters, Row

from .households import AGE, NO_LIST, Norm, norm_of, norms_of, own, stretch, whole
from .tables import STATUTORY, cents, rows

# --- institution (art. 23) ------------------------------------------------------------------------

#: domain.md P7, and every other date of which norm and addition are both published.
INSTITUTION = rows(
    """
    from   | household | norm   | addition | together
    201801 | single    | 314.13 | 34.00    | 348.13
    201801 | couple    | 488.61 | 81.00    | 569.61
    202107 | single    | 341.55 | 34.00    | 375.55
    202107 | couple    | 531.26 | 76.00    | 607.26
    202201 | single    | 345.68 | 34.00    | 379.68
    202201 | couple    | 537.69 | 79.00    | 616.69
    202301 | single    | 378.62 | 3.00     | 381.62
    202301 | couple    | 588.93 | 50.00    | 638.93
    202407 | single    | 414.31 | 42.00    | 456.31
    202407 | couple    | 644.45 | 95.00    | 739.45
    202507 | single    | 433.49 | 45.00    | 478.49
    202507 | couple    | 674.29 | 101.00   | 775.29
    202601 | single    | 443.76 | 47.00    | 490.76
    202601 | couple    | 690.27 | 106.00   | 796.27
    """
)
INSIDE = {"self": [True, False], "partner": [False, True], "both": [True, True]}
NORM_AND_ADDITION = "norm_institution/{0}/all + institution_addition/{0}/all"


@pytest.mark.parametrize("row", INSTITUTION, ids=[" ".join(row.values()) for row in INSTITUTION])
def test_in_an_institution_the_norm_is_the_pocket_money_and_its_addition(
    row: dict[str, str],
) -> None:
    kind, days = row["household"], whole(int(row["from"]))
    births = [AGE["21+"]] * (2 if kind == "couple" else 1)
    norm = norm_of(stretch(kind, *births, sharers=3, inside=INSIDE["both"], **days))
    assert norm == Norm(row["together"], NORM_AND_ADDITION.format(kind), "")
    assert sum(cents(f"{row['norm']}+{row['addition']}")) == cents(row["together"])[0]


#: The sum of the norms as singles (art. 23(3)): 443.76 + 47.00 and what the other has at home.
ONE_INSIDE = rows(
    """
    inside  | ages          | A | norm    | why
    partner | 21+ + 21+     | 2 | 1892.26 | 490.76 + 1401.50
    self    | 21+ + 21+     | 2 | 1892.26 | 490.76 + 1401.50
    self    | 21+ + aow     | 2 | 2055.45 | 490.76 + 1564.69
    partner | 21+ + aow     | 2 | 1892.26 | 490.76 + 1401.50
    self    | 21+ + 18-20   | 1 | 836.75  | 490.76 + 345.99
    partner | 21+ + 21+     | 3 | 1491.83 | 490.76 + 1001.07: A is 2 without the spouse
    """
)


@pytest.mark.parametrize("row", ONE_INSIDE, ids=[row["why"] for row in ONE_INSIDE])
def test_with_one_spouse_in_an_institution_each_has_the_norm_of_a_single(
    row: dict[str, str],
) -> None:
    ages = [AGE[age] for age in row["ages"].split(" + ")]
    norm = norm_of(stretch("couple", *ages, sharers=int(row["A"]), inside=INSIDE[row["inside"]]))
    assert (norm.cents, norm.lacks) == (row["norm"], "")


@pytest.mark.parametrize(
    ("household", "lacks"),
    [
        (stretch("single", AGE["18-20"], inside=INSIDE["self"]), "18–20 in an institution"),
        (stretch("couple", AGE["21+"], AGE["18-20"], inside=INSIDE["partner"]),
         "18–20 in an institution"),
        (stretch("couple", AGE["21+"], AGE["21+"], inside=INSIDE["self"], without_right=True),
         "institution and spouse without right"),
        (stretch("single", AGE["21+"], inside=INSIDE["self"], **whole(202401)),
         "institution_addition/single/all from 2024-01-01"),
        (stretch("couple", AGE["21+"], AGE["21+"], inside=INSIDE["partner"], **whole(201901)),
         "norm_institution/single/all from 2019-01-01"),
    ],
)  # fmt: skip
def test_an_institution_without_a_clear_norm_is_held(household: Any, lacks: str) -> None:
    norm = norm_of(household)
    assert (norm.cents, norm.lacks) == ("0.00", lacks)


def test_a_spouse_who_is_not_there_any_more_changes_nothing() -> None:
    told = {"inside": INSIDE["partner"], "without_right": True}
    assert norm_of(stretch("single", AGE["21+"], **told)).cents == "1401.50"


# --- cost sharers as told -------------------------------------------------------------------------


def test_of_the_cost_sharers_told_those_of_the_household_itself_are_no_housemates() -> None:
    """A spouse counts in A from the day of becoming 21; somebody alone counts always."""
    day = 20260315
    told = [
        (3, (19900101, 0), 2),
        (1, (19900101, 0), 0),
        (2, (20060101, 0), 1),
        (3, (19900101, 20050315), 1),
        (3, (19900101, 20050316), 2),
        (1, (19900101, 19910101), 0),
    ]
    shared, births, found = (np.array(column) for column in zip(*told, strict=True))
    assert housemates(shared, births, np.full(len(told), day)).tolist() == found.tolist()


# --- a spouse without right (art. 24) -------------------------------------------------------------

WITHOUT_RIGHT = rows(
    """
    ages          | A | children | norm    | why
    21+ + 21+     | 2 |          | 1001.07 | 50% of 2002.13
    21+ + aow     | 2 |          | 1001.07 | 50% of the norm with a spouse of one's own age
    aow + 21+     | 2 |          | 1072.08 | 50% of 2144.16
    18-20 + 18-20 | 1 |          | 345.99  | 50% of 691.98
    18-20 + 21+   | 1 |          | 345.99  | 50% of 691.98
    18-20 + 21+   | 3 | yes      | 546.21  | 50% of 1092.41, half up; no cost sharers under 21
    21+ + 18-20   | 1 |          | 1001.07 | 50% of 2002.13
    21+ + 17      | 1 |          | 1001.07 | 50% of 2002.13
    21+ + 21+     | 3 |          | 867.59  | cost sharer: A counts the spouse
    21+ + 18-20   | 3 |          | 867.59  | cost sharer: A does not count a young spouse
    21+ + aow     | 3 |          | 929.14  | cost sharer, with the couple's norm of art. 22c
    """
)


@pytest.mark.parametrize(
    "row", WITHOUT_RIGHT, ids=[" ".join(row.values()) for row in WITHOUT_RIGHT]
)
def test_beside_a_spouse_without_right_the_norm_is_half_of_the_couples(row: dict[str, str]) -> None:
    ages = [AGE[age] for age in row["ages"].split(" + ")]
    household = stretch(
        "couple", *ages, sharers=int(row["A"]), children=row["children"] == "yes",
        without_right=True,
    )  # fmt: skip
    norm = norm_of(household)
    assert (norm.cents, norm.lacks) == (row["norm"], "")


def test_beside_a_spouse_without_right_the_young_have_no_addition() -> None:
    household = stretch("couple", AGE["18-20"], AGE["21+"], without_right=True, no_recourse=True)
    assert norm_of(household).cents == "345.99"


# --- 18–20 without recourse to parents (art. 20(3), 20(4)) ----------------------------------------

NO_RECOURSE = rows(
    """
    household     | ages          | children | norm    | why
    single        | 18-20         |          | 1092.44 | 345.99 + 746.45
    single parent | 18-20         | yes      | 1092.44 | 345.99 + 746.45
    couple        | 18-20 + 18-20 |          | 1438.43 | 691.98 + 746.45
    couple        | 18-20 + 18-20 | yes      | 1838.86 | 1092.41 + 746.45
    couple        | 18-20 + 21+   |          | 2002.13 | 1347.06 + 746.45, not above the norm of 21+
    couple        | 21+ + 18-20   | yes      | 2002.13 | 1747.49 + 746.45, not above the norm of 21+
    single        | 21+           |          | 1401.50 | only for the young
    couple        | aow + 21+     |          | 2144.16 | only for the young
    """
)


@pytest.mark.parametrize("row", NO_RECOURSE, ids=[" ".join(row.values()) for row in NO_RECOURSE])
def test_the_young_without_recourse_to_parents_have_an_addition(row: dict[str, str]) -> None:
    ages = [AGE[age] for age in row["ages"].split(" + ")]
    household = stretch(
        row["household"], *ages, children=row["children"] == "yes", no_recourse=True
    )
    norm = norm_of(household)
    assert (norm.cents, norm.lacks) == (row["norm"], "")


def test_the_addition_for_the_young_is_never_above_the_norm_of_a_single_of_21() -> None:
    row = Row.parse(
        "2026-01-01", "youth_parent_addition", "all", "18-20", "1100.00", "month", "besluit",
        "decision", "B-1",
    )  # fmt: skip
    young = stretch("single", AGE["18-20"], no_recourse=True)
    both = "norm_incl/single/18-20 + youth_parent_addition/all/18-20"
    assert norm_of(young, parameters=STATUTORY.with_own([row])) == Norm("1401.50", both, "")


def test_the_addition_is_made_for_those_alone_who_are_without_recourse() -> None:
    here = [
        stretch("single", AGE["21+"], place=0, no_recourse=True),
        stretch("single", AGE["18-20"], place=1, no_recourse=True),
        stretch("single", AGE["18-20"], place=2, no_recourse=False),
    ]
    assert norms_of(*here)[0].cents.tolist() == [140150, 109244, 34599]


def test_without_the_norm_that_the_addition_stays_below_the_month_is_held() -> None:
    of_21 = "norm_incl/single/21-aow"
    without = Parameters(tuple(row for row in STATUTORY.rows() if str(row.key) != of_21))
    young = stretch("single", AGE["18-20"], no_recourse=True)
    assert norm_of(young, parameters=without).lacks == f"{of_21} from 2026-01-01"


def test_before_2026_the_addition_is_missing_and_said_so() -> None:
    young = stretch("single", 20060701, no_recourse=True, **whole(202512))
    assert norm_of(young).lacks == "youth_parent_addition/all/18-20 from 2025-07-01"


# --- lowered or raised by decision (art. 18, 27, 28) ----------------------------------------------

ADJUSTED = rows(
    """
    reduction | increase | norm
    10%       |          | 1261.35
    140.15    |          | 1261.35
    20%       |          | 1121.20
    0.5%      |          | 1394.49
              | 12.5%    | 1576.69
              | 50.00    | 1451.50
    10%       | 50.00    | 1311.35
    2000.00   |          | 0.00
    100%      |          | 0.00
    """
)


def told(text: str) -> list[int]:
    """Cents, and rate per 100,000, of a reduction or increase."""
    if text.endswith("%"):
        return [0, int(float(text[:-1]) * 1000)]
    return [cents(text)[0] if text else 0, 0]


@pytest.mark.parametrize("row", ADJUSTED, ids=[" ".join(row.values()) for row in ADJUSTED])
@pytest.mark.parametrize("listed", [NO_LIST, own(("X", "2026-01-01", "2026-06-30", 140150))])
def test_a_norm_is_lowered_and_raised_by_decision(row: dict[str, str], listed: Any) -> None:
    household = stretch(
        "single", AGE["21+"], category="X", reduction=told(row["reduction"]),
        increase=told(row["increase"]),
    )  # fmt: skip
    norm = norm_of(household, own=listed)
    assert (norm.cents, norm.lacks) == (row["norm"], "")


def test_a_norm_decided_for_somebody_is_neither_lowered_nor_raised_again() -> None:
    household = stretch("single", AGE["21+"], decided=120000, reduction=told("10%"))
    assert norm_of(household) == Norm("1200.00", "decision", "")


# --- which rule it was ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("household", "rule"),
    [
        (stretch("single", AGE["21+"]), "norm_household"),
        (stretch("couple", AGE["21+"], AGE["18-20"], sharers=1), "norm_household"),
        (stretch("single", AGE["21+"], sharers=2), "norm_cost_sharers"),
        (stretch("single", AGE["21+"], inside=INSIDE["self"]), "norm_institution"),
        (stretch("couple", AGE["21+"], AGE["21+"], inside=INSIDE["both"]), "norm_institution"),
        (stretch("couple", AGE["21+"], AGE["21+"], inside=INSIDE["self"]), "norm_institution"),
        (stretch("couple", AGE["21+"], AGE["21+"], without_right=True),
         "norm_spouse_without_right"),
        (stretch("single", 19650101, **whole(203212)), ""),
    ],
)  # fmt: skip
def test_the_rule_that_a_norm_follows_is_named(household: Any, rule: str) -> None:
    assert norms_of(household)[1].rule.tolist() == [rule]


# --- many at once ---------------------------------------------------------------------------------


WITHOUT_A_RULE = {
    "household type", "birth date", "spouse under 18", "18–20 in an institution",
    "institution and spouse without right", "norm under 18",
}  # fmt: skip


def test_households_of_every_kind_at_once_have_the_norm_of_each_alone() -> None:
    places = (*INSIDE.values(), [False, False])
    of_two = itertools.product(AGE.values(), AGE.values(), places, *[(False, True)] * 3)
    kinds = ("single", "couple", "INRICHTING")
    told = [
        (kind, ages, {"sharers": sharers, "inside": inside, "without_right": without_right,
                      "children": children, "no_recourse": no_recourse})
        for *ages, inside, without_right, children, no_recourse in of_two
        for kind in kinds
        for sharers in (1, 3)
    ]  # fmt: skip
    some = Random(1).sample(told, 300)
    together, pieces = norms_of(
        *(stretch(kind, *ages, place=n, **more) for n, (kind, ages, more) in enumerate(some))
    )
    assert together.cents.dtype == pieces.cents.dtype == np.int64
    for n, (kind, ages, more) in enumerate(some):
        alone, of_one = norms_of(stretch(kind, *ages, **more))
        found = [column[n] for column in together]
        assert found == [column[0] for column in alone]
        assert pieces.of(n).rule.tolist() == of_one.rule.tolist()
        assert (pieces.of(n).rule == "").all() == (found[2] in WITHOUT_A_RULE)


def test_who_lacks_a_state_pension_age_says_so_and_nobody_else_of_the_month() -> None:
    births = enumerate((19650101, 19900101))
    told = [stretch("single", born, place=n, **whole(203212)) for n, born in births]
    assert norms_of(*told)[0].lacks.tolist() == [
        "state_pension_age/person/all from 2032-01-01",
        "norm_incl/single/21-aow from 2032-07-01",
    ]
