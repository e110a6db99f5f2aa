"""Worked examples of domain.md §5 and of the delivered example files, to the cent."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.benefit import Case, figures
from surplus.rules.exemption import Policy
from surplus.rules.norm import Norms
from surplus.rules.parameters import Parameters

from .tables import KIND, STATUTORY, case, cents, joined_rights, right, rows, settled
from .told_rows import lines, march, months

WORKED = rows(
    """
    example                        | N       | C                | W       | F by decision | ages    | right   | E      | B       | Bp      | R     | D       | F       | D-F
    C1 surplus through exemption   | 1401.50 | 600.00           | 600.00  |               | 30      | n       | 150.00 | 951.50  | 903.93  | 47.57 | 1503.93 | 1331.43 | 172.50
    C2 exemption hits the cap      | 1401.50 | 1200.00          | 1200.00 |               | 30      | n       | 285.00 | 486.50  | 462.18  | 24.32 | 1662.18 | 1331.43 | 330.75
    C3 income above the norm       | 1401.50 | 1650.00          | 1650.00 |               | 30      | n       | 0.00   | 0.00    | 0.00    | 0.00  | 1650.00 | 1331.43 | 318.57
    C4 fixed amount set too high   | 1401.50 | 420.00           | 420.00  | 1450.00       | 30      |         | 0.00   | 981.50  | 932.43  | 49.07 | 1352.43 | 1450.00 | -97.57
    C5 travel is passed on         | 1401.50 | 900.00           | 964.40  |               | 30      |         | 0.00   | 501.50  | 476.43  | 25.07 | 1440.83 | 1331.43 | 109.40
    C6 late wage, n used up        | 1401.50 | 600.00           | 600.00  |               | 30      |         | 0.00   | 801.50  | 761.43  | 40.07 | 1361.43 | 1331.43 | 30.00
    C7 nothing earned after all    | 1401.50 | 0.00             | 0.00    |               | 30      |         | 0.00   | 1401.50 | 1331.43 | 70.07 | 1331.43 | 1331.43 | 0.00
    C8 corrected upwards           | 1401.50 | 700.00           | 700.00  |               | 30      |         | 0.00   | 701.50  | 666.43  | 35.07 | 1366.43 | 1331.43 | 35.00
    C9 corrected downwards         | 1401.50 | 480.00           | 480.00  |               | 30      |         | 0.00   | 921.50  | 875.43  | 46.07 | 1355.43 | 1331.43 | 24.00
    C10 two employers, one cap     | 1401.50 | 863.05           | 863.05  |               | 30      | n       | 215.76 | 754.21  | 716.50  | 37.71 | 1579.55 | 1331.43 | 248.12
    C12a holiday pay accrues       | 1401.50 | 634.00           | 600.00  |               | 30      |         | 0.00   | 767.50  | 729.13  | 38.37 | 1329.13 | 1331.43 | -2.30
    C12b holiday pay is paid       | 1401.50 | 634.00           | 1008.00 |               | 30      |         | 0.00   | 767.50  | 729.13  | 38.37 | 1737.13 | 1331.43 | 405.70
    C14 couple, both earn          | 2002.13 | 520.00 + 1180.00 | 1700.00 |               | 35 + 33 | n + n   | 415.00 | 717.13  | 681.27  | 35.86 | 2381.27 | 1902.02 | 479.25
    C15 couple, one is 24          | 2002.13 | 520.00 + 1180.00 | 1700.00 |               | 24 + 33 | n + n   | 285.00 | 587.13  | 557.77  | 29.36 | 2257.77 | 1902.02 | 355.75
    C16 single parent              | 1401.50 | 780.00           | 780.00  |               | 32      | r       | 97.50  | 719.00  | 683.05  | 35.95 | 1463.05 | 1331.43 | 131.62
    C17 medical restriction, 24    | 1401.50 | 640.00           | 640.00  |               | 24      | y       | 96.00  | 857.50  | 814.63  | 42.87 | 1454.63 | 1331.43 | 123.20
    C19 cost sharer                | 756.45  | 300.00           | 300.00  |               | 30      |         | 0.00   | 456.45  | 433.63  | 22.82 | 733.63  | 718.63  | 15.00
    C20 last month before exit     | 1401.50 | 1200.00          | 1200.00 |               | 30      |         | 0.00   | 201.50  | 191.43  | 10.07 | 1391.43 | 1331.43 | 60.00
    C23 attachment by the employer | 1401.50 | 900.00           | 780.00  |               | 30      |         | 0.00   | 501.50  | 476.43  | 25.07 | 1256.43 | 1331.43 | -75.00
    C23 without the attachment     | 1401.50 | 900.00           | 900.00  |               | 30      |         | 0.00   | 501.50  | 476.43  | 25.07 | 1376.43 | 1331.43 | 45.00
    design: wage with travel       | 1401.50 | 600.00           | 620.00  |               | 30      | n       | 150.00 | 951.50  | 903.93  | 47.57 | 1523.93 | 1331.43 | 192.50
    """
)


def told(row: dict[str, str]) -> dict[str, Any]:
    """What a row of the table says about the client-month."""
    countable, ages = cents(row["C"]), [int(age) for age in row["ages"].split("+")]
    letters = [letter.strip() for letter in row["right"].split("+") if letter.strip()]
    return {
        "norm": cents(row["N"])[0],
        "countable": [*countable, 0][:2],
        "wage": cents(row["W"])[0],
        "override": cents(row["F by decision"])[0] if row["F by decision"] else 0,
        "birth": [*((2026 - age) * 10000 + 101 for age in ages), 0][:2],
        "rights": [
            right(KIND[letter], 20260101, person=person)
            for person, letter in enumerate(letters, start=1)
        ],
    }


@pytest.mark.parametrize("row", WORKED, ids=[row["example"] for row in WORKED])
def test_a_worked_example_comes_out_to_the_cent(row: dict[str, str]) -> None:
    month = settled(**told(row))
    symbols = {"exemption": "E", "supplementary_benefit": "B", "benefit": "Bp",
               "holiday_allowance": "R", "entitlement": "D", "fixed": "F",
               "difference": "D-F"}  # fmt: skip
    assert {name: month[name] for name in symbols} == {
        name: cents(row[symbol])[0] for name, symbol in symbols.items()
    }


def test_a_correction_posts_the_differences_of_c8_and_c9() -> None:
    versions = [settled(countable=(c, 0), wage=c) for c in (60000, 70000, 48000)]
    names = ("wage", "benefit", "holiday_allowance", "entitlement")
    changes = [
        [after[name] - before[name] for name in names] for before, after in pairwise(versions)
    ]
    assert changes == [[10000, -9500, -500, 500], [-22000, 20900, 1100, -1100]]


def test_p1_dennis_in_excl_mode_gets_the_published_benefit() -> None:
    """Divosa 3.3: norm 942.51 without holiday allowance, wage 661.84, bonus 32.93 (or 33.11)."""
    dennis = {"holiday_mode": "EXCL", "month": 201811, "norm": 99212, "wage": 66184}
    assert settled(**dennis, countable=(66184 + 3293, 0))["benefit"] == 24774
    assert settled(**dennis, countable=(66184 + 3311, 0))["benefit"] == 24756
    assert settled(**dennis, countable=(66184 + 3293, 0))["holiday_allowance"] == 1304


def test_in_excl_mode_benefit_and_reserve_of_a_month_without_income_are_the_norm() -> None:
    month = settled("EXCL")
    assert (month["benefit"], month["holiday_allowance"]) == (133143, 7007)


def test_in_excl_mode_the_exemption_ends_at_the_norm_without_holiday_allowance() -> None:
    just_below = {"countable": (133142, 0), "rights": [right(KIND["n"], 20260101)]}
    assert settled("EXCL", **just_below)["exemption"] == 28500
    assert settled("EXCL", **just_below | {"countable": (133143, 0)})["exemption"] == 0


def test_the_exemption_ends_where_income_reaches_the_norm_and_the_month_drops_by_it() -> None:
    of_n = [right(KIND["n"], 20260101)]
    below = settled(countable=(140149, 0), wage=140149, rights=of_n)
    reached = settled(countable=(140150, 0), wage=140150, rights=of_n)
    assert (below["exemption"], below["entitlement"]) == (28500, 167225)
    assert (reached["exemption"], reached["entitlement"]) == (0, 140150)


def test_a_fixed_amount_that_counts_on_the_exemption_is_that_of_c13() -> None:
    month = settled(countable=(60000, 0), wage=60000, expected=15000)
    assert (month["fixed"], month["difference"]) == (147393, -11250)


def test_income_below_zero_counts_as_nothing_and_is_shown_as_it_is() -> None:
    month = settled(countable=(-15200, 0), wage=-15200)
    assert (month["countable"], month["supplementary_benefit"]) == (-15200, 140150)


def test_a_month_whose_parameters_are_missing_says_which() -> None:
    before_any_cap = settled(
        month=202107, countable=(50000, 0), rights=[right(KIND["n"], 20210701)], norm=107870
    )
    assert before_any_cap["lacks"] == ""
    without = Parameters(tuple(row for row in STATUTORY.rows() if row.name != "exemption_n_cap"))
    lacking = figures(
        case(countable=(50000, 0), rights=[right(KIND["n"], 20260101)]), without
    ).lacks
    assert lacking.tolist() == ["exemption_n_cap/person/27+ from 2026-01-01"]


def test_a_month_without_the_share_of_holiday_allowance_says_so() -> None:
    share = "holiday_allowance_share"
    without = Parameters(tuple(row for row in STATUTORY.rows() if row.name != share))
    assert figures(case(), without).lacks.tolist() == [f"{share}/all/all from 2026-01-01"]


def test_what_the_municipality_chose_about_the_exemption_is_followed() -> None:
    of_24 = {
        "countable": (50000, 0),
        "birth": (20020101, 0),
        "rights": [right(KIND["n"], 20260101)],
    }
    assert settled(**of_24)["exemption"] == 0
    assert settled(policy=Policy(tolerate_under27_2026=True), **of_24)["exemption"] == 12500


def test_holiday_allowance_is_included_where_nothing_else_was_chosen() -> None:
    told = case(countable=(60000, 0), wage=60000)
    assert figures(told, STATUTORY).benefit.tolist() == [76143]


def test_a_fixed_amount_by_decision_counts_from_one_cent_on() -> None:
    assert settled(override=1)["fixed"] == 1


def test_without_a_norm_the_month_has_no_figures_but_the_reason() -> None:
    unknown = case()._replace(
        norm=Norms(np.array([0]), np.array([""]), np.array(["norms.csv/X in 2026-07"]))
    )
    assert figures(unknown, STATUTORY).lacks.tolist() == ["norms.csv/X in 2026-07"]


# --- the example deliveries of March and April 2026 ------------------------------------------------

DELIVERED = rows(
    """
    client   | month  | N       | ages    | right | net     | travel | accrued | W       | passed on | C       | E      | Bp      | R     | D       | F       | D-F
    K0001001 | 202603 | 1401.50 | 37      | n     | 695.10  | 48.02  | 56.00   | 743.12  | 48.02     | 751.10  | 187.78 | 796.27  | 41.91 | 1539.39 | 1331.43 | 207.96
    K0001002 | 202603 | 1401.50 | 40      | n6+r  | 496.50  | 13.50  | 0.00    | 510.00  | 13.50     | 496.50  | 62.06  | 918.71  | 48.35 | 1428.71 | 1331.43 | 97.28
    K0001003 | 202603 | 2002.13 | 47 + 44 |       | 893.70  | 0.00   | 72.00   | 893.70  | 0.00      | 965.70  | 0.00   | 984.61  | 51.82 | 1878.31 | 1902.02 | -23.71
    K0001004 | 202603 | 1401.50 | 33      |       | 0.00    | 0.00   | 0.00    | 0.00    | 0.00      | 0.00    | 0.00   | 1331.43 | 70.07 | 1331.43 | 1331.43 | 0.00
    K0001005 | 202603 | 1401.50 | 36      |       | 297.90  | 10.00  | 24.00   | 307.90  | 10.00     | 321.90  | 0.00   | 1025.62 | 53.98 | 1333.52 | 1331.43 | 2.09
    K0001001 | 202603 | 1401.50 | 37      | n     | 714.96  | 48.02  | 57.60   | 762.98  | 48.02     | 772.56  | 193.14 | 780.98  | 41.10 | 1543.96 | 1331.43 | 212.53
    K0001001 | 202604 | 1401.50 | 37      | n     | 734.82  | 48.02  | 59.20   | 782.84  | 48.02     | 794.02  | 198.51 | 765.69  | 40.30 | 1548.53 | 1331.43 | 217.10
    K0001002 | 202604 | 1401.50 | 40      | n6+r  | 516.36  | 13.50  | 0.00    | 529.86  | 13.50     | 516.36  | 64.55  | 902.21  | 47.48 | 1432.07 | 1331.43 | 100.64
    K0001003 | 202604 | 2002.13 | 47 + 44 |       | 873.84  | 0.00   | 70.40   | 873.84  | 0.00      | 944.24  | 0.00   | 1005.00 | 52.89 | 1878.84 | 1902.02 | -23.18
    K0001005 | 202603 | 1401.50 | 36      |       | 0.00    | 0.00   | 0.00    | 0.00    | 0.00      | 0.00    | 0.00   | 1331.43 | 70.07 | 1331.43 | 1331.43 | 0.00
    K0001004 | 202604 | 1401.50 | 33      |       | 1568.10 | 0.00   | 136.00  | 1568.10 | 0.00      | 1704.10 | 0.00   | 0.00    | 0.00  | 1568.10 | 1331.43 | 236.67
    """
)
DECIDED = {
    "": [],
    "n": [right("VRIJLATING_25", 20260301, 6, 0)],
    "n6+r": [
        right("VRIJLATING_25", 20250601, 6, 6),
        right("ALLEENSTAANDE_OUDER", 20260301, 30, 0),
    ],
}


@pytest.mark.parametrize(
    "row", DELIVERED, ids=[f"{row['client']} {row['month']} {row['W']}" for row in DELIVERED]
)
def test_a_delivered_row_becomes_the_figures_of_its_manifest(row: dict[str, str]) -> None:
    net, travel, accrued = (cents(row[name])[0] for name in ("net", "travel", "accrued"))
    (income,) = lines(months(march(net=net, travel=travel, holiday_accrued=accrued)))
    month = settled(
        month=int(row["month"]),
        norm=cents(row["N"])[0],
        wage=income["wage"],
        countable=(income["countable"], 0),
        birth=[(2026 - int(age)) * 10000 + 101 for age in (row["ages"] + " + 0").split("+")[:2]],
        rights=DECIDED[row["right"]],
    )
    assert income["passed_on"] == cents(row["passed on"])[0]
    symbols = {"wage": "W", "countable": "C", "exemption": "E", "benefit": "Bp",
               "holiday_allowance": "R", "entitlement": "D", "fixed": "F",
               "difference": "D-F"}  # fmt: skip
    assert {name: month[name] for name in symbols} == {
        name: cents(row[symbol])[0] for name, symbol in symbols.items()
    }


# --- what holds for every client-month -------------------------------------------------------------

amounts = st.integers(0, 250_000)
anyones = st.fixed_dictionaries(
    {
        "month": st.sampled_from([202507, 202601, 202606]),
        "norm": st.sampled_from([34599, 75645, 140150, 200213]),
        "wage": st.integers(-5_000, 250_000),
        "countable": st.tuples(st.integers(-20_000, 250_000), amounts),
        "birth": st.tuples(
            st.sampled_from([19900101, 19991231, 19620303]), st.sampled_from([19790101, 20050601])
        ),
        "rights": st.lists(
            st.builds(
                right,
                st.sampled_from(list(KIND.values())),
                st.sampled_from([20250101, 20260101, 20260115]),
                st.sampled_from([0, 6]),
                st.integers(0, 6),
                st.sampled_from([1, 2]),
            ),
            max_size=4,
            unique_by=lambda told: told[:2],
        ),
        "override": st.sampled_from([0, 120000]),
    }
)
modes = st.sampled_from(["INCL", "EXCL"])


@given(anyones, modes)
def test_parts_add_up_and_nothing_leaves_its_bounds(anyone: dict[str, Any], mode: str) -> None:
    m = settled(mode, **anyone)
    assert m["benefit"] + m["holiday_allowance"] == m["supplementary_benefit"]
    assert m["wage"] + m["benefit"] == m["entitlement"] == m["fixed"] + m["difference"]
    assert sum(m["exemption_each"]) == m["exemption"]
    assert min(m["benefit"], m["holiday_allowance"]) >= 0
    assert 0 <= m["supplementary_benefit"] <= m["norm"]
    assert 0 <= m["exemption"] <= max(0, m["countable"])
    for each, countable in zip(m["exemption_each"], m["countable_each"], strict=True):
        assert 0 <= each <= min(28500, max(0, countable))


@given(anyones)
def test_who_has_no_benefit_has_no_exemption(anyone: dict[str, Any]) -> None:
    month = settled(**anyone)
    if month["countable"] >= month["norm"]:
        assert (month["exemption"], month["supplementary_benefit"]) == (0, 0)


@given(anyones)
def test_wage_and_benefit_together_are_the_norm_with_the_exemption(anyone: dict[str, Any]) -> None:
    countable = tuple(max(0, cents) for cents in anyone["countable"])
    month = settled(**anyone | {"countable": countable, "wage": sum(countable)})
    kept = max(month["countable"], month["norm"] + month["exemption"])
    assert month["entitlement"] + month["holiday_allowance"] == kept


@given(amounts, st.sampled_from([(), *((right(KIND[kind], 20260101),) for kind in "nyr")]))
def test_below_the_norm_a_cent_more_wage_never_lowers_what_is_due(cents: int, decided: Any) -> None:
    wage = min(cents, 140150 - 2)
    less = settled(wage=wage, countable=(wage, 0), rights=decided)
    more = settled(wage=wage + 1, countable=(wage + 1, 0), rights=decided)
    assert more["entitlement"] >= less["entitlement"]


@given(st.lists(anyones, min_size=1, max_size=6), modes)
def test_many_clients_at_once_are_the_same_as_one_by_one(many: list[Any], mode: str) -> None:
    cases = [case(**anyone) for anyone in many]
    together = figures(joined(cases), STATUTORY, mode)
    for place, alone in enumerate(cases):
        one = figures(alone, STATUTORY, mode)
        for name in one._fields:
            np.testing.assert_array_equal(getattr(together, name)[place], getattr(one, name)[0])


def joined(cases: list[Case]) -> Case:
    """Several cases as one of more clients."""
    columns = {
        name: np.concatenate([getattr(one, name) for one in cases])
        for name in Case._fields
        if name not in ("norm", "rights")
    }
    return Case(
        **columns,
        norm=Norms(*(np.concatenate(c) for c in zip(*(one.norm for one in cases), strict=True))),
        rights=joined_rights([one.rights for one in cases]),
    )


def test_no_clients_is_no_figures() -> None:
    nobody = joined([case()])
    empty = Case(
        **{
            name: getattr(nobody, name)[:0]
            for name in Case._fields
            if name not in ("norm", "rights")
        },
        norm=Norms(*(column[:0] for column in nobody.norm)),
        rights=joined_rights([]),
    )
    assert figures(empty, STATUTORY).entitlement.shape == (0,)
