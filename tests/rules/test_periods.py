"""To which month a period belongs, how its wage is divided, and which periods wait."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.arrays import day_numbers
from surplus.rules.periods import SOURCES, Parts, fits, in_months, rules, touched_months
from surplus.rules.periods.benefit_days import within_right
from surplus.rules.periods.days import ordinal

from .tables import rows
from .told_rows import march, periods, weeks

KINDS = rows(
    """
    period                              | kind | from       | to         | relation from | until      | method        | fits
    a calendar month                    | 06   | 2026-03-01 | 2026-03-31 | 2025-01-01    |            |               | yes
    February of a leap year             | 06   | 2028-02-01 | 2028-02-29 | 2025-01-01    |            |               | yes
    cut by the start of the relation    | 06   | 2026-03-16 | 2026-03-31 | 2026-03-16    |            |               | yes
    cut by its end                      | 06   | 2026-03-01 | 2026-03-13 | 2025-01-01    | 2026-03-13 |               | yes
    cut by both                         | 06   | 2026-03-09 | 2026-03-13 | 2026-03-09    | 2026-03-13 |               | yes
    cut by nothing we know of           | 06   | 2026-03-02 | 2026-03-31 | 2025-01-01    |            |               | no
    ends before the month does          | 06   | 2026-03-01 | 2026-03-30 | 2025-01-01    | 2026-03-31 |               | no
    two months at once                  | 06   | 2026-02-01 | 2026-03-31 | 2026-02-01    |            |               | no
    four weeks                          | 05   | 2026-02-23 | 2026-03-22 | 2025-01-01    |            | 13/12         | yes
    four weeks that look like February  | 05   | 2026-02-01 | 2026-02-28 | 2025-01-01    |            | end-date      | yes
    four weeks by days                  | 05   | 2026-02-23 | 2026-03-22 | 2025-01-01    |            | by-days       | yes
    four weeks by payment               | 05   | 2026-02-23 | 2026-03-22 | 2025-01-01    |            | payment-month | yes
    a method nobody knows               | 05   | 2026-02-23 | 2026-03-22 | 2025-01-01    |            | per workday   | no
    27 days                             | 05   | 2026-02-23 | 2026-03-21 | 2025-01-01    |            | 13/12         | no
    27 days cut by the start            | 05   | 2026-02-24 | 2026-03-22 | 2026-02-24    |            | 13/12         | yes
    27 days cut by the end              | 05   | 2026-02-23 | 2026-03-21 | 2025-01-01    | 2026-03-21 | 13/12         | yes
    29 days                             | 05   | 2026-02-23 | 2026-03-23 | 2026-02-23    |            | 13/12         | no
    two weeks                           | 20   | 2026-03-30 | 2026-04-12 | 2025-01-01    |            |               | yes
    a week                              | 04   | 2026-03-30 | 2026-04-05 | 2025-01-01    |            |               | yes
    six days                            | 04   | 2026-03-30 | 2026-04-04 | 2025-01-01    |            |               | no
    one day of a week, begun that day   | 04   | 2026-04-05 | 2026-04-05 | 2026-04-05    |            |               | yes
    a week that ends before it begins   | 04   | 2026-03-30 | 2026-03-29 | 2026-03-30    |            |               | no
    a quarter                           | 08   | 2026-01-01 | 2026-03-31 | 2026-01-01    |            |               | no
    a kind that was not told            |      | 2026-03-01 | 2026-03-31 | 2025-01-01    |            |               | no
    """
)


@pytest.mark.parametrize("row", KINDS, ids=[row["period"] for row in KINDS])
def test_a_period_is_what_its_kind_says_or_waits(row: dict[str, str]) -> None:
    told = periods(
        {
            "kind": row["kind"], "begin": row["from"], "end": row["to"], "method": row["method"],
            "relation_begin": row["relation from"], "relation_end": row["until"],
        }
    )  # fmt: skip
    assert fits(told).item() is (row["fits"] == "yes")


DIVIDED = rows(
    """
    wage                                  | kind | from       | method        | paid on    | cents  | by month                       | cash in
    P4 the period that ends in the month  | 05   | 2026-02-23 | 13/12         |            | 80000  | 202603 86667                   | 202603
    taken back                            | 05   | 2026-02-23 | 13/12         |            | -80000 | 202603 -86667                  | 202603
    RSD de Liemers: end date              | 05   | 2026-02-23 | end-date      | 2026-04-02 | 80000  | 202603 80000                   | 202603
    the month of payment                  | 05   | 2026-02-23 | payment-month | 2026-04-02 | 80000  | 202604 80000                   | 202604
    payment not told                      | 05   | 2026-02-23 | payment-month |            | 80000  | 202603 80000                   | 202603
    by days, Sep and Oct                  | 05   | 2026-09-07 | by-days       |            | 70400  | 202609 60343, 202610 10057     | 202610
    by days, Oct and Nov                  | 05   | 2026-10-05 | by-days       |            | 76300  | 202610 73575, 202611 2725      | 202611
    by days in one month                  | 05   | 2026-03-02 | by-days       |            | 76300  | 202603 76300                   | 202603
    C24 a week                            | 04   | 2026-03-30 |               |            | 17500  | 202603 5000, 202604 12500      | 202604
    C24 that does not divide              | 04   | 2026-03-30 |               |            | 17600  | 202603 5029, 202604 12571      | 202604
    C24 taken back                        | 04   | 2026-03-30 |               |            | -17600 | 202603 -5029, 202604 -12571    | 202604
    a week is always by days              | 04   | 2026-03-30 | 13/12         |            | 17500  | 202603 5000, 202604 12500      | 202604
    two weeks                             | 20   | 2026-03-30 |               |            | 35000  | 202603 5000, 202604 30000      | 202604
    two weeks over a new year             | 20   | 2026-12-28 |               |            | 14000  | 202612 4000, 202701 10000      | 202701
    """
)  # fmt: skip


def parts_of(row: dict[str, Any], cents: int) -> Parts:
    told = periods(row)
    return in_months(told, np.array([[cents]]), fits(told)).parts


def divide(row: dict[str, Any], cents: int) -> dict[int, int]:
    parts = parts_of(row, cents)
    return dict(zip(parts.month.tolist(), parts.amounts[0].tolist(), strict=True))


@pytest.mark.parametrize("row", DIVIDED, ids=[row["wage"] for row in DIVIDED])
def test_a_wage_falls_into_months(row: dict[str, str]) -> None:
    count = {"05": 4, "20": 2, "04": 1}[row["kind"]]
    told = weeks(row["from"], count, method=row["method"], paid_on=row["paid on"])
    expected = dict(part.split() for part in row["by month"].split(", "))
    assert divide(told, int(row["cents"])) == {int(m): int(c) for m, c in expected.items()}
    parts = parts_of(told, int(row["cents"]))
    assert parts.month[parts.final].tolist() == [int(row["cash in"])]


def test_each_period_has_the_rule_of_its_kind() -> None:
    told = periods(march(), weeks("2026-03-02", 4), weeks("2026-03-02", 2), weeks("2026-03-02", 1))
    assert rules(told).tolist() == ["month", "13/12", "by-days", "by-days"]
    assert set(rules(told)) <= set(SOURCES)


def test_of_two_that_end_in_one_month_the_second_is_free() -> None:
    told = periods(
        *(weeks(begin, job=job) for begin in ("2026-10-05", "2026-11-02", "2026-11-30") for job in (1, 2))
    )  # fmt: skip
    parts = in_months(told, np.full((1, 6), 80_000), fits(told)).parts
    assert parts.month.tolist() == [202611, 202611, 202611, 202611, 202612, 202612]
    assert parts.amounts[0].tolist() == [86667, 86667, 0, 0, 86667, 86667]
    assert parts.free.tolist() == [False, False, True, True, False, False]


def test_the_period_of_another_job_is_not_a_thirteenth() -> None:
    told = periods(*(weeks(begin, job=n) for n, begin in enumerate(["2026-02-02", "2026-03-02"])))
    parts = in_months(told, np.full((1, 2), 80_000), fits(told)).parts
    assert parts.amounts[0].tolist() == [86667, 86667]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (weeks("2026-02-23"), weeks("2026-03-02")),
        (weeks("2026-02-02", relation_begin="2026-01-05"),
         weeks("2026-03-01", relation_begin="2026-01-05")),
    ],
    ids=["three weeks in common", "a day in common"],
)  # fmt: skip
def test_periods_side_by_side_are_not_a_thirteenth(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    told = periods(one, other)
    parts = in_months(told, np.array([[80_000, 40_000]]), fits(told)).parts
    assert parts.amounts[0].tolist() == [86667, 43333]
    assert {parts.amounts.dtype, parts.days.dtype, parts.of_days.dtype} == {np.dtype(np.int64)}


def test_periods_that_wait_touch_months_and_count_in_none() -> None:
    quarter = {"kind": "08", "begin": "2025-11-15", "end": "2026-02-03"}
    told = periods(march(), quarter)
    good = fits(told)
    assert in_months(told, np.array([[1, 2]]), good).parts.period.tolist() == [0]
    places, months = touched_months(told, np.flatnonzero(~good))
    assert (places.tolist(), months.tolist()) == ([1] * 4, [202511, 202512, 202601, 202602])
    part = {"kind": "06", "begin": "2026-03-02", "end": "2026-03-30"}
    two_months = {"kind": "07", "begin": "2026-04-01", "end": "2026-05-31"}
    places, months = touched_months(periods(part, two_months, quarter), np.array([1, 0, 2]))
    assert places.tolist() == [1, 1, 0, 2, 2, 2, 2]
    assert months.tolist() == [202604, 202605, 202603, 202511, 202512, 202601, 202602]
    assert months.dtype == np.int64


begins = st.dates(date(2023, 1, 1), date(2028, 12, 31))


@given(begins, st.sampled_from([1, 2, 4]), st.integers(-10_000_000, 10_000_000),
       st.sampled_from(["by-days", "end-date", "payment-month"]))  # fmt: skip
def test_the_parts_of_a_wage_are_the_wage(begin: date, count: int, cents: int, method: str) -> None:
    parts = divide(weeks(begin.isoformat(), count, method=method), cents)
    assert sum(parts.values()) == cents
    assert all(part * cents >= 0 for part in parts.values())


# --- days of right to benefit ---------------------------------------------------------------------

RIGHTS = rows(
    """
    right                                 | period                | kind | method   | from       | to         | by month
    as long as the month                  | 2026-03-01            | 06   |          | 2026-03-01 | 2026-03-31 | 202603 62000
    from the 16th                         | 2026-03-01            | 06   |          | 2026-03-16 |            | 202603 32000
    until the 15th                        | 2026-03-01            | 06   |          |            | 2026-03-15 | 202603 30000
    a week within                         | 2026-03-01            | 06   |          | 2026-03-08 | 2026-03-14 | 202603 14000
    ended before                          | 2026-03-01            | 06   |          |            | 2026-02-28 | 202603 0
    13/12 stands for the month            | 2026-02-23            | 05   | 13/12    | 2026-03-16 |            | 202603 34667
    by days, each part by itself          | 2026-03-16            | 05   | by-days  |            | 2026-04-06 | 202603 35429, 202604 13286
    end date stands for the period        | 2026-02-23            | 05   | end-date | 2026-03-16 |            | 202603 15500
    """
)  # fmt: skip


@pytest.mark.parametrize("row", RIGHTS, ids=[row["right"] for row in RIGHTS])
def test_only_income_over_days_of_the_right_counts(row: dict[str, str]) -> None:
    bounds = {"right_from": row["from"], "right_to": row["to"], "method": row["method"]}
    told = march(**bounds) if row["kind"] == "06" else weeks(row["period"], **bounds)
    expected = dict(part.split() for part in row["by month"].split(", "))
    assert divide(told, 62_000) == {int(m): int(c) for m, c in expected.items()}


@given(st.integers(-10_000_000, 10_000_000), st.integers(1, 30))
def test_what_counts_before_and_after_a_day_is_the_whole_to_the_cent(cents: int, day: int) -> None:
    first, last = np.array([20260301]), np.array([20260331])
    before = within_right(
        np.array([[cents]]), first, last, np.array([0]), np.array([20260300 + day])
    )
    after = within_right(
        np.array([[cents]]), first, last, np.array([20260301 + day]), np.array([0])
    )
    assert abs((before.amounts + after.amounts).item() - cents) <= 1
    assert (before.days.item(), after.days.item(), before.of_days.item()) == (day, 31 - day, 31)


def test_days_are_told_only_where_an_amount_was_cut() -> None:
    all_of_it = march(right_from="2026-03-01", right_to="2026-03-31")
    told = periods(march(), march(right_from="2026-03-16"), all_of_it)
    parts = in_months(told, np.full((1, 3), 31), fits(told)).parts
    assert (parts.days.tolist(), parts.of_days.tolist()) == ([0, 16, 0], [0, 31, 0])
    assert {parts.days.dtype, parts.of_days.dtype} == {np.dtype(np.int64)}


# --- the check over the year ----------------------------------------------------------------------


def year(begin: str, wages: list[int], **told: Any) -> tuple[dict[int, int], dict[int, int]]:
    """C by month before the check, and the checks by month."""
    first = date.fromisoformat(begin)
    mine = periods(
        *(weeks((first + timedelta(28 * n)).isoformat(), **told) for n in range(len(wages)))
    )
    found = in_months(mine, np.array([wages]), fits(mine))
    counted: dict[int, int] = {}
    for month, cents in zip(
        found.parts.month.tolist(), found.parts.amounts[0].tolist(), strict=True
    ):
        counted[month] = counted.get(month, 0) + cents
    checks = zip(found.check.month.tolist(), found.check.amounts[0].tolist(), strict=True)
    return counted, dict(checks)


def test_c11_thirteen_periods_are_twelve_months() -> None:
    counted, check = year("2025-12-29", [80_000] * 13)
    assert list(counted.values()) == [86_667] * 12
    assert check == {202612: -4}
    assert counted[202612] + check[202612] == 86_663


CHECKS = rows(
    """
    employment or right                            | first period | wages | relation until | right from | right to   | check
    a starter counts what ended × 13/12            | 2026-09-07   | 4     |                |            |            | 202612 59999
    a leaver: in the last month of the employment  | 2025-12-29   | 4     | 2026-04-19     |            |            | 202604 -26668
    the wage period ends after the employment      | 2025-12-29   | 4     | 2026-03-31     |            |            | 202604 -26668
    employment ends later than told so far         | 2025-12-29   | 4     | 2026-06-30     |            |            |
    right from March: 22 of 28 days of a period    | 2025-12-29   | 13    |                | 2026-03-01 |            | 202612 -3813
    right until April: what ended in it            | 2025-12-29   | 13    |                |            | 2026-04-30 | 202604 -26668
    the next year is not told to its end           | 2026-09-07   | 8     |                |            |            | 202612 59999
    """
)  # fmt: skip


@pytest.mark.parametrize("row", CHECKS, ids=[row["employment or right"] for row in CHECKS])
def test_the_check_falls_in_december_or_in_the_last_month(row: dict[str, str]) -> None:
    bounds = {
        "relation_end": row["relation until"],
        "right_from": row["right from"],
        "right_to": row["right to"],
    }
    _, check = year(row["first period"], [80_000] * int(row["wages"]), **bounds)
    expected = dict(part.split() for part in row["check"].split(", ") if part)
    assert check == {int(m): int(c) for m, c in expected.items()}


def test_each_right_within_a_year_has_a_check_of_its_own() -> None:
    until_april = (weeks(f"2026-{day}", right_to="2026-04-30") for day in ("03-02", "03-30"))
    again = (weeks(f"2026-{day}", right_from="2026-09-01") for day in ("11-02", "11-30"))
    told = periods(*until_april, *again)
    check = in_months(told, np.full((1, 4), 60_000), fits(told)).check
    assert check.month.tolist() == [202604, 202612]


@given(
    st.dates(date(2026, 1, 1), date(2026, 1, 28)),
    st.lists(st.integers(-500_000, 500_000), min_size=13, max_size=13),
)
def test_over_the_year_c_is_the_wage_of_the_periods_that_ended_in_it(
    end: date, wages: list[int]
) -> None:
    begin = end - timedelta(27)
    counted, check = year(begin.isoformat(), wages)
    ended = sum(w for n, w in enumerate(wages) if (end + timedelta(28 * n)).year == 2026)
    assert sum(c for m, c in counted.items() if m < 202700) + check[202612] == ended


def test_many_jobs_are_checked_like_one() -> None:
    told = [
        weeks(begin, job=job)
        for begin in ("2026-10-05", "2026-11-02", "2026-11-30")
        for job in (1, 2)
    ]
    mine = periods(*told)
    found = in_months(mine, np.array([[80_000] * 6]), fits(mine)).check
    assert (found.month.tolist(), found.amounts.tolist()) == ([202612, 202612], [[66_666, 66_666]])


def test_days_are_numbered_from_the_first_of_1970() -> None:
    days = np.array([19700101, 19700102, 19691231, 20260301])
    assert ordinal(days).tolist() == [0, 1, -1, (date(2026, 3, 1) - date(1970, 1, 1)).days]


def test_days_before_1970_and_leap_days_are_counted() -> None:
    stretch = day_numbers(np.array(["1960-02-01", "1960-03-31"]))
    found = within_right(
        np.array([[6_000]]), stretch[:1], stretch[1:], np.array([19600301]), np.array([0])
    )
    assert (found.days.item(), found.of_days.item()) == (31, 60)
