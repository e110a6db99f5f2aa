"""The ordinary settlements of domain.md §4, and its three cases in numbers (§4.1), to the cent."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.norm import paid_part
from surplus.rules.ordinary.afterwards import SOURCES as AFTERWARDS
from surplus.rules.ordinary.afterwards import afterwards
from surplus.rules.ordinary.course import Cash, Course, later, pay_months
from surplus.rules.ordinary.estimate import SOURCES as ESTIMATE
from surplus.rules.ordinary.estimate import estimate
from surplus.rules.ordinary.measures import measured
from surplus.rules.ordinary.on_the_month import SOURCES as ON_THE_MONTH
from surplus.rules.ordinary.on_the_month import on_the_month
from surplus.rules.ordinary.surplus import SOURCES as SURPLUS
from surplus.rules.ordinary.surplus import surplus

from .tables import cents, rows

N, V = 140150, 133143
#: January 2026 to January 2027, each paid on its 28th.
MONTHS = np.array([*range(202601, 202613), 202701])
PAY_DAYS = MONTHS * 100 + 28
ORDINARY = {"on the month": on_the_month, "afterwards": afterwards, "estimate": estimate}

# The payslip of a month is in on the 20th, before the pay day, unless the table tells another day.
CASES = rows(
    """
    case                         | wage   | payslip    | on the month | days late | afterwards | estimate | Surplus
    normal                       | 600.00 |            | 1361.43      | 0         | 1931.43    | 1361.43  | 1331.43
    normal                       | 600.00 |            | 1361.43      | 0         | 1361.43    | 1361.43  | 1361.43
    normal                       | 600.00 |            | 1361.43      | 0         | 1361.43    | 1361.43  | 1361.43
    payslip 12 days late         | 600.00 |            | 1361.43      | 0         | 1931.43    | 1361.43  | 1331.43
    payslip 12 days late         | 600.00 | 2026-03-12 | 1361.43      | 12        | 1361.43    | 1361.43  | 1361.43
    payslip 12 days late         | 600.00 |            | 1361.43      | 0         | 1361.43    | 1361.43  | 1361.43
    job stopped                  | 600.00 |            | 1361.43      | 0         | 1931.43    | 1361.43  | 1331.43
    job stopped                  | 600.00 |            | 1361.43      | 0         | 1361.43    | 1361.43  | 1361.43
    job stopped                  | 0.00   |            | 1331.43      | 0         | 761.43     | 761.43   | 1361.43
    job stopped                  | 0.00   |            | 1331.43      | 0         | 1331.43    | 1901.43  | 1331.43
    900.00 instead of 600.00     | 600.00 |            | 1361.43      | 0         | 1931.43    | 1361.43  | 1331.43
    900.00 instead of 600.00     | 900.00 |            | 1376.43      | 0         | 1661.43    | 1661.43  | 1361.43
    900.00 instead of 600.00     | 900.00 |            | 1376.43      | 0         | 1376.43    | 1091.43  | 1376.43
    income above the norm        | 1650.00|            | 1650.00      | 0         | 2981.43    | 1650.00  | 1331.43
    income above the norm        | 0.00   |            | 1331.43      | 0         | 0.00       | 0.00     | 1650.00
    income above the norm        | 0.00   |            | 1331.43      | 0         | 1331.43    | 2662.86  | 1331.43
    payslip two months late      | 600.00 | 2026-03-20 | 1361.43      | 51        | 1931.43    | 1361.43  | 1331.43
    payslip two months late      | 600.00 |            | 1361.43      | 0         | 1931.43    | 1361.43  | 1361.43
    payslip two months late      | 600.00 |            | 1361.43      | 0         | 791.43     | 1361.43  | 1361.43
    """
)
LIVES = [list(lines) for _, lines in groupby(CASES, key=lambda row: row["case"])]


def course(
    wages: Any, *, counted: Any = None, norm: Any = N, settled: Any = True, known_on: Any = 0,
    ended: Any = False,
) -> Course:  # fmt: skip
    """Cases whose income is their wage, all-in and without exemption, unless told otherwise."""
    wages = np.atleast_2d(np.array(wages, dtype=np.int64))
    shape = wages.shape
    settled = np.broadcast_to(settled, shape)
    norm = np.where(settled, norm, 0)
    wage = np.where(settled, wages, 0)
    counted = np.where(settled, wages if counted is None else counted, 0)
    rate = np.full(shape, 5_000)
    return Course(
        months=MONTHS[: shape[1]],
        pay_days=PAY_DAYS[: shape[1]],
        settled=settled,
        norm=norm,
        holiday_rate=rate,
        counted=counted,
        benefit=paid_part(np.maximum(0, norm - counted), rate),
        wage=wage,
        wages_due=wage.sum(axis=1),
        known_on=np.broadcast_to(known_on, shape),
        ended=np.broadcast_to(ended, shape[:1]),
    )


def of_case(life: list[dict[str, str]], *, ended: bool = False) -> Course:
    payslips = [row["payslip"].replace("-", "") for row in life]
    days = [int(day or MONTHS[place] * 100 + 20) for place, day in enumerate(payslips)]
    return course([cents(row["wage"])[0] for row in life], known_on=days, ended=ended)


def with_surplus(life: Course) -> Cash:
    """F = V, and what the month before left over, as paid when each wage was received in time."""
    left = life.wage + life.benefit - life.paid_norm
    extra = np.concatenate([left[:, :1] * 0, left[:, :-1]], axis=1)
    nothing = np.zeros_like(extra)
    return surplus(life, life.paid_norm, extra, nothing, nothing)


@pytest.mark.parametrize("life", LIVES, ids=[life[0]["case"] for life in LIVES])
def test_a_case_of_the_three_in_numbers_comes_out_to_the_cent(life: list[dict[str, str]]) -> None:
    case = of_case(life)
    variants = {name: settle(case) for name, settle in ORDINARY.items()}
    variants["Surplus"] = with_surplus(case)
    received = {name: cash.received[0].tolist() for name, cash in variants.items()}
    assert received == {name: [cents(row[name])[0] for row in life] for name in variants}
    assert variants["on the month"].days_late[0].tolist() == [int(r["days late"]) for r in life]


@pytest.mark.parametrize(
    ("name", "claim", "reserve"),
    [("on the month", 0, 0), ("afterwards", 60000, 3000), ("estimate", 0, 0), ("Surplus", 0, 0)],
)
def test_at_outflow_only_settling_afterwards_leaves_a_claim_of_the_last_wage(
    name: str, claim: int, reserve: int
) -> None:
    case = of_case(LIVES[0], ended=True)
    cash = with_surplus(case) if name == "Surplus" else ORDINARY[name](case)
    told = measured(case, cash)
    assert (told.claim.item(), told.claim_reserve.item()) == (claim, reserve)
    assert told.claims.item() == told.taken_back.item() - (cash.taken_back > 0).sum() == (claim > 0)


def test_at_outflow_surplus_pays_the_last_surplus() -> None:
    case = of_case(LIVES[0], ended=True)
    assert measured(case, with_surplus(case)).rest.tolist() == [3000]


def test_an_estimate_too_high_in_the_last_month_is_a_claim_with_its_reserve() -> None:
    case = course([60000, 90000], ended=True)
    told = measured(case, estimate(case))
    assert (told.claim.item(), told.claim_reserve.item(), told.rest.item()) == (30000, 1500, 0)


def test_what_runs_on_is_no_claim_but_still_to_be_set_off() -> None:
    told = measured(case := course([60000, 60000]), afterwards(case))
    assert (told.claim.item(), told.rest.item()) == (0, -57000)


def test_the_supplement_of_an_estimate_comes_within_a_week_of_the_payslip() -> None:
    case = course([90000, 60000, 60000], known_on=[20260120, 20260302, 20260320])
    assert estimate(case).days_late.tolist() == [[0, 2 + 7, 0]]
    assert estimate(case).supplied.tolist() == [[0, 0, 28500]]


def test_an_open_month_is_passed_over_and_the_next_follows_on_the_settled_one_before() -> None:
    case = course([60000, 12345, 60000], settled=[True, False, True])
    assert on_the_month(case).received.tolist() == [[136143, 0, 136143]]
    assert afterwards(case).received.tolist() == [[193143, 0, 136143]]
    assert estimate(case).received.tolist() == [[136143, 0, 136143]]


def test_without_holiday_allowance_in_norm_and_income_nothing_is_kept_back() -> None:
    case = course([60000, 60000], norm=V)._replace(holiday_rate=np.zeros((1, 2), dtype=np.int64))
    case = case._replace(benefit=case.norm - case.counted, ended=np.array([True]))
    assert afterwards(case).received.tolist() == [[193143, 133143]]
    assert measured(case, afterwards(case)).claim.tolist() == [60000]


def test_wages_paid_by_the_employer_to_the_client_are_received_beside_the_fixed_payment() -> None:
    case = course([60000])
    paid = surplus(case, case.paid_norm, case.norm * 0, case.wage, np.array([[3]]))
    assert (paid.received.item(), paid.rest.item(), paid.days_late.item()) == (193143, -57000, 3)


def test_only_settled_months_can_be_late() -> None:
    case = course([0, 0], settled=[True, False])
    nothing = np.zeros_like(case.norm)
    late = surplus(case, case.paid_norm, nothing, nothing, np.array([[3, 5]])).days_late
    assert late.tolist() == [[3, 0]]


def test_a_wage_that_was_not_received_in_the_settled_months_is_still_to_come() -> None:
    case = course([60000, 60000])
    case = case._replace(wage=np.array([[60000, 0]]))
    for settle in ORDINARY.values():
        assert settle(case).wages_to_come.tolist() == [60000]


def test_what_falls_behind_the_last_settled_month_is_in_none_of_them() -> None:
    case = course([0, 0, 0], settled=[True, False, False])
    assert later(case, np.array([[700, 0, 0]])).tolist() == [[0, 0, 0]]
    assert later(course([0, 0]), np.array([[700, 500]])).tolist() == [[0, 700]]


@pytest.mark.parametrize(
    ("received", "own", "counts"),
    [
        (20260125, 202601, 202601),  # just before the pay day
        (20260205, 202601, 202601),  # a week after it
        (20260212, 202601, 202601),
        (20260213, 202601, 202602),  # nearer to the next
        (20260314, 202602, 202602),  # as far from the one as from the other
        (20260405, 202602, 202603),  # weeks late
        (20260103, 202601, 202601),  # never before its own month
        (20270228, 202601, 202701),  # behind all pay days
        (0, 202603, 202603),  # not received yet
    ],
)
def test_a_wage_counts_at_the_pay_day_nearest_to_its_receipt(
    received: int, own: int, counts: int
) -> None:
    months = pay_months(np.array([received]), np.array([own]), MONTHS, PAY_DAYS)
    assert months.tolist() == [counts]


def test_every_variant_tells_its_formula_in_both_languages() -> None:
    told = ON_THE_MONTH | AFTERWARDS | ESTIMATE | SURPLUS
    assert list(told) == ["on_the_month", "afterwards", "estimate", "surplus"]
    assert all(source.formula("nl") != source.formula("en") for source in told.values())


#: Months without income behind a life, enough to set off all that is still owed.
CLOSING = 5


@st.composite
def lives(draw: st.DrawFn) -> Course:
    """Cases of some months, with exemptions, norms that change, open months and late payslips."""
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 8))

    def grid(elements: st.SearchStrategy[int]) -> Any:
        size = shape[0] * shape[1]
        told = draw(st.lists(elements, min_size=size, max_size=size))
        return np.array(told).reshape(shape)

    wages = grid(st.integers(0, 300_000))
    settled = grid(st.sampled_from([1, 1, 1, 0])).astype(bool)
    late = grid(st.integers(0, 62))
    rest = np.zeros((shape[0], CLOSING), dtype=np.int64)
    days = (MONTHS[: shape[1]] + late // 31) * 100 + 1 + late % 28
    return course(
        np.hstack([wages, rest]),
        counted=np.hstack([np.maximum(0, wages - grid(st.sampled_from([0, 15000, 28500]))), rest]),
        norm=np.hstack([grid(st.sampled_from([N, 143000, 70000])), rest + N]),
        settled=np.hstack([settled, rest == 0]),
        known_on=np.hstack([days, rest]),
    )


@given(lives())
def test_over_a_whole_life_every_variant_pays_the_same(case: Course) -> None:
    due = case.wage.sum(axis=1) + case.benefit.sum(axis=1)
    for name, settle in ORDINARY.items():
        cash = settle(case)
        assert cash.received.sum(axis=1).tolist() == due.tolist(), name
        assert not cash.rest.any(), name


@given(lives())
def test_what_is_set_off_is_never_more_than_the_benefit(case: Course) -> None:
    for settle in ORDINARY.values():
        cash = settle(case)
        assert (cash.benefit >= 0).all()
        assert (cash.taken_back >= 0).all()


@given(lives())
def test_many_cases_at_once_are_as_each_by_itself(case: Course) -> None:
    for settle in ORDINARY.values():
        together = settle(case)
        for place in range(len(case.norm)):
            alone = settle(course_of(case, slice(place, place + 1)))
            for name, each in together._asdict().items():
                assert np.array_equal(getattr(alone, name)[0], each[place]), name


def test_cases_at_once_have_the_cash_and_measures_of_each_alone() -> None:
    lives = [life for life in LIVES if len(life) == 3]
    each = [of_case(life, ended=place % 2 == 0) for place, life in enumerate(lives)]
    together = Course(
        **{
            name: column
            if name in SHARED
            else np.concatenate([one._asdict()[name] for one in each])
            for name, column in each[0]._asdict().items()
        }
    )
    for settle in (*ORDINARY.values(), with_surplus):
        cash = settle(together)
        told = cash._asdict() | measured(together, cash)._asdict()
        assert {column.dtype for column in told.values()} == {np.dtype(np.int64)}
        for place, alone in enumerate(each):
            own = settle(alone)
            of_one = own._asdict() | measured(alone, own)._asdict()
            for name, column in told.items():
                assert np.array_equal(column[place], of_one[name][0]), name


SHARED = ("months", "pay_days")


def course_of(case: Course, some: slice) -> Course:
    """Some of the cases."""
    return Course(**{n: c if n in SHARED else c[some] for n, c in case._asdict().items()})
