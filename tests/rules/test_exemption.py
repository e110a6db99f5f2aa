"""The exemption: who has it, which kind, and how its months run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.months import plus
from surplus.rules.benefit import figures
from surplus.rules.exemption import KINDS
from surplus.rules.parameters import Key

from .tables import KIND, STATUTORY, case, right, rows, settled

N, R = KIND["n"], KIND["r"]


def walk(first: int, wages: list[int], **told: Any) -> list[dict[str, Any]]:
    """Months after each other of one client, with the months of n used carried forward."""
    used, months = np.zeros((1, 2), dtype=np.int64), []
    for place, wage in enumerate(wages):
        one = case(month=int(plus(first, place)), countable=(wage, 0), wage=wage, **told)
        if place:
            one = one._replace(rights=one.rights._replace(used=used))
        month = figures(one, STATUTORY)
        used = month.months_used
        months.append({
            "E": int(month.exemption[0]), "kind": month.exemption_kind[0, 0],
            "used": int(used[0, 0]), "difference": int(month.difference[0]),
        })  # fmt: skip
    return months


def test_p2_a_quarter_of_500_under_the_cap_of_224_is_125() -> None:
    month = settled(month=202201, norm=109171, countable=(50000, 0), rights=[right(N, 20220101)])
    assert (month["exemption"], month["exemption_kind"]) == (12500, ["n", ""])


def test_c13_after_six_months_the_exemption_ends() -> None:
    months = walk(202507, [60000] * 7, rights=[right(N, 20250701, 6)], norm=140150)
    assert [(m["E"], m["used"]) for m in months] == [
        (15000, 1), (15000, 2), (15000, 3), (15000, 4), (15000, 5), (15000, 6), (0, 6),
    ]  # fmt: skip
    assert [m["difference"] for m in months[5:]] == [17250, 3000]


def test_c13_a_month_corrected_to_zero_frees_one_and_later_months_shift() -> None:
    wages = [60000, 0, 60000, 60000, 60000, 60000, 60000, 60000]
    months = walk(202507, wages, rights=[right(N, 20250701, 6)])
    assert [m["used"] for m in months] == [1, 1, 2, 3, 4, 5, 6, 6]
    assert [m["kind"] for m in months] == ["n", "", "n", "n", "n", "n", "n", ""]


def test_a_month_in_which_income_reaches_the_norm_uses_nothing() -> None:
    months = walk(202601, [140150, 140149], rights=[right(N, 20260101, 6)])
    assert [(m["E"], m["used"]) for m in months] == [(0, 0), (28500, 1)]


def test_single_parents_pass_to_kind_r_once_n_is_used_up() -> None:
    decided = [right(N, 20250601, 6, 4), right(R, 20260301, 30)]
    months = walk(202603, [80000] * 4, rights=decided)
    assert [(m["kind"], m["E"]) for m in months] == [
        ("n", 20000), ("n", 20000), ("r", 10000), ("r", 10000),
    ]  # fmt: skip


CLOCK = rows(
    """
    right from | months | month  | E
    20260301   | 0      | 202602 | 0
    20260301   | 0      | 202603 | 9750
    20260302   | 0      | 202603 | 0
    20260302   | 0      | 202604 | 9750
    20240101   | 30     | 202606 | 9750
    20230901   | 30     | 202602 | 9750
    20230901   | 30     | 202603 | 0
    20230902   | 30     | 202603 | 9750
    20260101   | 2      | 202602 | 9750
    20260101   | 2      | 202603 | 0
    """
)


@pytest.mark.parametrize("row", CLOCK, ids=[f"{r['right from']} {r['month']}" for r in CLOCK])
def test_the_thirty_months_of_r_run_by_the_calendar_also_without_work(row: dict[str, str]) -> None:
    decided = [right(R, int(row["right from"]), int(row["months"]))]
    month = settled(month=int(row["month"]), countable=(78000, 0), rights=decided)
    assert month["exemption"] == int(row["E"])


@pytest.mark.parametrize(
    ("wage", "kind", "exemption"),
    [
        (114000, N, 28500),
        (114002, N, 28500),
        (113998, N, 28500),  # 284.995 rounds half up to the cap
        (113996, N, 28499),
        (1, N, 0),
        (2, N, 1),
        (139999, R, 17500),
        (142128, R, 17766),
        (150000, R, 17766),
    ],
)
def test_the_exemption_is_a_share_of_the_wage_up_to_its_cap(
    wage: int, kind: str, exemption: int
) -> None:
    couples_norm = 200213
    month = settled(norm=couples_norm, countable=(wage, 0), rights=[right(kind, 20260101)])
    assert month["exemption"] == exemption


def test_a_share_that_rounds_to_nothing_uses_no_month() -> None:
    month = settled(countable=(1, 0), rights=[right(N, 20260101)])
    assert (month["exemption_kind"], month["months_used"]) == (["", ""], [0, 0])


@pytest.mark.parametrize(
    ("born", "exemption"), [(19990301, 15000), (19990302, 0), (19981231, 15000)]
)
def test_no_exemption_in_a_month_that_begins_under_27(born: int, exemption: int) -> None:
    month = settled(birth=(born, 0), countable=(60000, 0), rights=[right(N, 20260101)])
    assert month["exemption"] == exemption


@pytest.mark.parametrize(("since", "exemption"), [(20260301, 15000), (20260302, 0)])
def test_a_right_counts_from_the_first_month_that_begins_within_it(
    since: int, exemption: int
) -> None:
    month = settled(countable=(60000, 0), rights=[right(N, since)])
    assert month["exemption"] == exemption


def test_while_months_of_n_are_left_r_waits_even_if_n_has_not_begun() -> None:
    decided = [right(N, 20260401, 6), right(R, 20260101, 30)]
    assert settled(countable=(60000, 0), rights=decided)["exemption"] == 0


def test_income_that_is_not_earned_has_no_exemption() -> None:
    month = settled(countable=(60000, 0), earned=(20000, 0), rights=[right(N, 20260101)])
    assert month["exemption"] == 5000


def test_each_member_of_a_household_has_an_own_cap_and_own_months() -> None:
    month = settled(
        norm=200213,
        birth=(19900101, 19920101),
        countable=(52000, 118000),
        rights=[right(N, 20260101, 6, 2), right(N, 20260101, 6, 5, person=2)],
    )
    assert month["exemption_each"] == [13000, 28500]
    assert month["months_used"] == [3, 6]


def test_a_partners_income_below_zero_bounds_the_exemption_by_what_counts() -> None:
    couple = {"norm": 200213, "birth": (19900101, 19920101), "rights": [right(N, 20260101)]}
    assert settled(**couple, countable=(40000, -38000))["exemption_each"] == [2000, 0]
    nothing_left = settled(**couple, countable=(40000, -45000))
    assert nothing_left["exemption_kind"] == ["", ""]
    assert nothing_left["months_used"] == [0, 0]


# --- what is held instead of guessed --------------------------------------------------------------


@pytest.mark.parametrize(
    ("decided", "told", "lacks"),
    [
        ([right("MEDISCH_URENBEPERKT", 20260101)], {}, "MEDISCH_URENBEPERKT"),
        ([right("NIEUW_34A", 20260101, person=2)], {"countable": (0, 50000)}, "NIEUW_34A"),
        ([right("MEDISCH_URENBEPERKT", 20260401)], {}, ""),
        ([right("MEDISCH_URENBEPERKT", 20260101)], {"countable": (0, 0)}, ""),
        ([right("MEDISCH_URENBEPERKT", 20260101)], {"countable": (150000, 0)}, ""),
        ([right(N, 20260101), right("LOONKOSTENSUBSIDIE", 20260101)], {}, ""),
        ([right(N, 20260101, 6, 6), right("LOONKOSTENSUBSIDIE", 20260101)], {},
         "LOONKOSTENSUBSIDIE"),
        ([right("GEEN", 0)], {}, ""),
        ([right(N, 20260101)], {"birth": (0, 0)}, "birth date"),
        ([right(R, 20260401)], {"birth": (0, 0)}, ""),
        ([], {"birth": (0, 0)}, ""),
        ([right(N, 20260101, 6, 6)], {"birth": (19610301, 0)}, "state pension age"),
        ([right(N, 20260101, 6, 5)], {"birth": (19610301, 0)}, ""),
        ([right(R, 20220101)], {"month": 202203},
         "exemption_r_cap/single_parent/27+ from 2022-01-01"),
        ([right(N, 20200101)], {"month": 202008}, "exemption_n_rate/person/all from 2020-07-01"),
    ],
)  # fmt: skip
def test_a_right_that_cannot_be_decided_holds_the_month_only_where_it_matters(
    decided: Any, told: dict[str, Any], lacks: str
) -> None:
    assert settled(**{"countable": (60000, 0), "rights": decided} | told)["lacks"] == lacks


def test_every_kind_has_its_parameters_in_the_statutory_table() -> None:
    for kind in KINDS:
        for key in (kind.rate, kind.cap):
            assert isinstance(key, Key)
            assert STATUTORY.amount(key, "2026-03-01") > 0


@given(st.integers(0, 300_000), st.sampled_from([N, R]))
def test_the_exemption_never_exceeds_income_or_cap_and_never_falls_with_income(
    wage: int, kind: str
) -> None:
    cap = {N: 28500, R: 17766}[kind]
    less, more = (
        settled(norm=400_000, countable=(cents, 0), rights=[right(kind, 20260101)])["exemption"]
        for cents in (wage, wage + 1)
    )
    assert 0 <= less <= min(wage, cap)
    assert less <= more
