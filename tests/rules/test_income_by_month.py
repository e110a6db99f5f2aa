"""Told rows become the months of a job: worked examples whole, and what must hold whatever is told."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.income import SOURCES, SOURCES_EXCL, Payslip, monthly
from surplus.rules.parameters import Parameters

from .tables import STATUTORY, right, rows, settled
from .told_rows import (
    EXCL,
    INCL,
    TABLE,
    by_month,
    lines,
    march,
    months,
    told,
    weeks,
    year_of_four_weeks,
)

# --- worked examples ------------------------------------------------------------------------------

WORKED = rows(
    """
    example                            | told                                                             | W      | C     | passed on | D-F
    C5 and P5: travel is passed on     | net 90000, travel 6440                                           | 96440  | 90000 | 6440      | 10940
    C12a holiday pay accrues (P5)      | net 60000, holiday_accrued 3400                                  | 60000  | 63400 | 0         | -230
    C12b holiday pay is paid out (P5)  | net 60000, net_special 40800, holiday_paid 45000, holiday_accrued 3400 | 100800 | 63400 | 40800 | 40570
    C20 the last month before exit     | net 120000                                                       | 120000 | 120000 | 0        | 6000
    """
)  # fmt: skip


@pytest.mark.parametrize("row", WORKED, ids=[row["example"] for row in WORKED])
def test_a_month_told_by_a_delivery(row: dict[str, str]) -> None:
    parts = dict(part.split() for part in row["told"].split(", "))
    (line,) = lines(months(march(**{name: int(cents) for name, cents in parts.items()})))
    figures = [line[name] for name in ("wage", "countable", "passed_on")]
    assert figures == [int(row[name]) for name in ("W", "C", "passed on")]
    month = settled(wage=line["wage"], countable=(line["countable"], 0))
    assert month["difference"] == int(row["D-F"])


def test_c10_two_employers_under_one_cap() -> None:
    found = months(march(net=35_025), march(net=51_280, job=2))
    assert (found.job.tolist(), found.wage.tolist()) == ([1, 2], [35_025, 51_280])
    both = int(found.countable.sum())
    month = settled(
        wage=both, countable=(both, 0), rights=[right("VRIJLATING_25", 20260101, used=1)]
    )
    assert (month["exemption"], month["difference"]) == (21_576, 24_812)


def test_c11_a_year_of_four_weekly_wage() -> None:
    """Every month −23.34, +776.66 with two pay dates, +519.92 over the year but for the check."""
    found = months(*year_of_four_weeks("2025-12-29", [80_000] * 13, relation_begin="2025-12-29"))
    wage, counted = by_month(found, "wage"), by_month(found, "countable")
    year = [month for month in counted if month > 202512]
    assert [counted[month] for month in year] == [86_667] * 11 + [86_663]
    assert [wage[month] for month in year] == [80_000] * 10 + [160_000, 80_000]
    assert sum(counted.values()) == sum(wage.values()) == 13 * 80_000
    differences = {
        month: settled(month=202603, wage=wage[month], countable=(86_667, 0))["difference"]
        for month in year
    }
    assert differences == {month: 77_666 if month == 202611 else -2_334 for month in year}
    assert sum(differences.values()) == 51_992
    assert found.enough.all()


def test_the_check_waits_for_the_last_period_of_the_year() -> None:
    year = year_of_four_weeks("2026-01-01", [80_000] * 13)  # two end in December
    december = lines(months(*year[:-1]))[-1]
    assert (december["month"], december["check"], december["enough"]) == (202612, 0, False)
    assert lines(months(*year))[-1]["check"] == -4


def test_under_table_the_check_is_over_net_also_where_december_reserves_nothing() -> None:
    year = year_of_four_weeks("2025-12-29", [80_000] * 13, holiday_accrued=6_400)
    year[-1]["holiday_accrued"] = 0
    december = lines(months(*year, policy=TABLE))[-1]
    assert (december["claim"], december["claim_article"], december["check"]) == (0, 0, -4)
    assert lines(months(*year, policy=INCL))[-1]["check"] == -4 + 12 * 6_400 - 11 * 6_933


def test_c23_attachment_told_by_a_payslip() -> None:
    slip = told(march(paid=78_000, payable=78_000, attachment=12_000), of=Payslip)
    (line,) = lines(monthly([slip], INCL, STATUTORY))
    assert (line["wage"], line["countable"]) == (78_000, 90_000)
    month = settled(wage=line["wage"], countable=(line["countable"], 0))
    assert (month["entitlement"], month["difference"]) == (125_643, -7_500)


def test_c24_weekly_wage_over_a_month_boundary() -> None:
    found = months(weeks("2026-03-30", 1, net=17_500, travel=700))
    assert by_month(found, "countable") == {202603: 5_000, 202604: 12_500}
    assert by_month(found, "wage") == {202603: 0, 202604: 18_200}
    assert by_month(found, "passed_on") == {202603: 0, 202604: 700}
    assert found.enough.tolist() == [False, False]  # other weeks of both months are still to come


def test_what_counts_of_a_period_is_rounded_once_accrual_included() -> None:
    found = lines(months(weeks("2026-02-23", net=100, holiday_accrued=100)))[-1]
    assert (found["ink"], found["claim"], found["countable"]) == (108, 109, 217)  # 200 × 13/12


def test_rows_of_one_period_that_tell_other_days_count_by_the_last_payment_and_the_whole_job() -> (
    None
):
    """Year-end pay over the twelve months to December 2026, of a job that began in November."""
    rows = [
        march(month="2026-11", net_special=24_000, extra_paid=1, paid_on="2026-11-25",
              relation_begin="2026-11-15", relation_end="2026-11-30"),
        march(month="2026-11", net=1_000, paid_on="2026-12-04", relation_begin="2026-11-01"),
    ]  # fmt: skip
    for told_first in (1, -1):
        found = months(*rows[::told_first])
        assert by_month(found, "year_end") == {202611: 12_000, 202612: 12_000}
        assert found.derivation.periods.relation_end.tolist() == [0]
    unbounded = [row | {"relation_begin": ""} for row in rows]
    assert len(by_month(months(*unbounded), "year_end")) == 12


def test_only_four_weekly_pay_falls_apart_by_day_of_payment() -> None:
    """Right until 2 June 2023: 147.36 × 2 / 30 is rounded once, not row by row."""
    by_payment = {"method": "payment-month", "right_to": "2023-06-02"}
    rows = [
        march(month="2023-06", net=7_239, paid_on="2023-06-23", **by_payment),
        march(month="2023-06", net=7_497, paid_on="2023-06-30", **by_payment),
    ]
    assert by_month(months(*rows, policy=EXCL), "countable") == {202306: 982}
    apart = [weeks("2023-06-01", net=50, method="payment-month", paid_on=day)
             for day in ("2023-06-23", "2023-07-03")]  # fmt: skip
    assert by_month(months(*apart), "wage") == {202306: 50, 202307: 50}


# --- who pays, to whom, and what is dropped -------------------------------------------------------


def test_income_paid_to_the_client_counts_without_cash() -> None:
    (line,) = lines(months(march(net=60_000, travel=500, elsewhere=True)))
    assert (line["wage"], line["passed_on"], line["countable"]) == (0, 0, 60_000)


def test_another_benefit_counts_fully_and_is_not_earned() -> None:
    found = lines(months(march(net=40_000, code="33"), march(net=60_000)))
    assert [(line["earned"], line["countable"]) for line in found] == [
        (False, 40_000),
        (True, 60_000),
    ]


def test_the_own_benefit_that_comes_back_is_dropped() -> None:
    found = months(march(net=100_000, code="43"), march(net=60_000))
    assert (found.month.tolist(), found.countable.tolist()) == ([202603], [60_000])
    assert [period.tolist() for period in found.derivation.period_of] == [[-1, 0]]
    assert len(months(march(net=100_000, code="43")).job) == 0


def test_a_withdrawn_row_is_zero_and_told() -> None:
    (line,) = lines(months(march(net=60_000, net_special=5, holiday_accrued=7, withdrawn=True)))
    assert (line["wage"], line["countable"], line["enough"]) == (0, 0, True)


def test_a_calendar_month_with_weeks_beside_it_waits_for_the_weeks() -> None:
    found = months(march(net=60_000), weeks("2026-03-30", 1, net=17_500))
    assert dict(zip(found.month.tolist(), found.enough.tolist(), strict=True))[202603] is False


# --- what is held ---------------------------------------------------------------------------------


def test_an_amount_that_cannot_be_divided_holds_every_month_it_touches() -> None:
    row = weeks("2026-03-30", 1, net=100, net_special=50, holiday_paid=1, extra_paid=1)
    found = months(row, march(job=2, net=100))
    assert found.unclear.tolist() == [True, True, False]


def test_a_period_that_fits_no_rule_leaves_its_months_open() -> None:
    found = months(
        march(net=60_000, begin="2026-03-01", end="2026-04-15", net_special=9, extra_paid=9),
        march(net=50_000, month="2026-04"),
        march(net=50_000, month="2026-05"),
    )
    assert found.month.tolist() == [202603, 202604, 202605]
    assert found.allocatable.tolist() == [False, False, True]
    assert found.wage.tolist() == [0, 50_000, 50_000]
    assert not found.year_end.any()


def test_a_table_that_is_not_whole_is_named() -> None:
    rest = tuple(row for row in STATUTORY.told if row.name != "holiday_claim_art11_deduct_1")
    reserved, all_in = march(net=600, holiday_accrued=5), march(net=600, job=2)
    found = months(reserved, all_in, policy=TABLE, parameters=Parameters(rest))
    assert found.lacks.tolist() == [
        "holiday_claim_art11_deduct_1/person/below aow from 2026-01-01", "",
    ]  # fmt: skip


# --- rows of one period ---------------------------------------------------------------------------


def test_by_payment_month_two_payments_of_one_period_each_have_their_month() -> None:
    about = {"method": "payment-month", "net": 80_000}
    april, may = (weeks("2026-02-23", paid_on=day, **about) for day in ("2026-04-02", "2026-05-04"))
    found = months(april, may)
    assert by_month(found, "countable") == {202602: 0, 202603: 0, 202604: 80_000, 202605: 80_000}
    assert by_month(found, "wage")[202605] == 80_000


def test_by_another_method_the_payments_of_a_period_are_one_income() -> None:
    april, may = (weeks("2026-02-23", paid_on=d, net=5) for d in ("2026-04-02", "2026-05-04"))
    assert by_month(months(april, may), "countable")[202603] == 11  # 10 × 13/12, not 5 + 5


def test_rows_of_one_period_that_tell_other_days_have_the_widest() -> None:
    """Paid on the last day told; the relation from the first day told until further notice."""
    about = {"month": "2026-11", "extra_paid": 9, "net_special": 600}
    early = march(relation_begin="2026-08-15", paid_on="2026-11-24", **about)
    late = march(
        relation_begin="2026-10-01", relation_end="2026-11-30", paid_on="2026-12-03", **about
    )
    unknown = march(relation_begin="", job=2, **about)
    for rows_of_one in ((early, late), (late, early)):
        found = months(*rows_of_one, unknown, {**unknown, "net": 5})
        first_job = found.month[found.job == 1]
        assert (first_job.min(), first_job.max()) == (202608, 202612)
        periods = found.derivation.periods
        assert periods.relation_begin.tolist() == [20260815, 0]
        assert {column.dtype for column in periods[3:]} == {np.dtype(np.int64)}  # days
        assert (periods.relation_end.tolist(), periods.paid_on.tolist()) == ([0, 0], [20261203, 0])


def test_every_figure_is_in_whole_cents() -> None:
    row = weeks("2026-02-23", net=5, net_special=5, extra_paid=1)
    found = months(row, march(holiday_accrued=9, net=7), march(code="33", net=7), policy=TABLE)
    wrong = march(begin="2026-03-02", job=2, net=7)
    for income in (found, months(row, wrong, policy=EXCL)):
        for name in (
            "wage",
            "passed_on",
            "ink",
            "claim",
            "year_end",
            "check",
            "countable",
            "month",
        ):
            assert getattr(income, name).dtype == np.int64
        for name in ("earned", "allocatable", "unclear", "enough"):
            assert getattr(income, name).dtype == bool
        assert income.derivation.counted.ink.dtype == np.int64
        assert income.derivation.parts.amounts.dtype == np.int64


# --- for explain ----------------------------------------------------------------------------------


def test_each_figure_leads_back_to_its_rows() -> None:
    slip = told(march(month="2026-04", paid=500, payable=500), of=Payslip)
    first, second = (
        weeks("2026-03-30", 1, net=7_000, net_special=1_200, extra_paid=9),
        march(net=60_000, job=2),
    )
    found = monthly([told(second, first), slip], INCL, STATUTORY)
    come_from = found.derivation
    assert [period.tolist() for period in come_from.period_of] == [[1, 0], [2]]
    here = lambda line: (found.job[line].item(), found.month[line].item())  # noqa: E731
    parts = {
        (period, *here(line)): ink
        for period, line, ink in zip(
            come_from.parts.period.tolist(),
            come_from.line,
            come_from.parts.amounts[0].tolist(),
            strict=True,
        )
    }
    assert parts == {
        (0, 1, 202603): 2_000,
        (0, 1, 202604): 5_000,
        (1, 2, 202603): 60_000,
        (2, 1, 202604): 500,
    }
    assert set(come_from.year_end.payment.tolist()) == {0}
    assert [here(line) for line in come_from.year_end_line][-1] == (1, 202604)
    assert come_from.periods.job.tolist() == [1, 2, 1]
    assert come_from.counted.year_end.tolist() == [1_200, 0, 0]


def test_every_figure_has_a_formula_in_both_languages_and_an_article() -> None:
    for source in [*SOURCES.values(), *SOURCES_EXCL.values()]:
        assert source.article
        assert source.nl != source.en


# --- whatever is told -----------------------------------------------------------------------------

COMPONENTS = ("net", "net_special", "travel", "holiday_paid", "holiday_accrued", "extra_paid")
POLICIES = st.sampled_from([INCL, EXCL, TABLE, INCL._replace(special_rate=36_550)])


BOUNDS = {"right_from": ["", "2026-02-10"], "right_to": ["", "2026-05-20"]}


@st.composite
def a_life(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of two jobs, of which method, payee and right are those of the job."""
    jobs = [
        {
            "job": job,
            "method": draw(st.sampled_from(["13/12", "by-days", "end-date", "payment-month"])),
            "elsewhere": draw(st.booleans()),
            **{name: draw(st.sampled_from(days)) for name, days in BOUNDS.items()},
        }
        for job in (1, 2)
    ]
    return [draw(a_row(draw(st.sampled_from(jobs)))) for _ in range(draw(st.integers(1, 6)))]


@st.composite
def a_row(draw: st.DrawFn, job: dict[str, Any]) -> dict[str, Any]:
    about = {
        **job,
        "code": draw(st.sampled_from(["15", "15", "33"])),
        "tax_credit": draw(st.sampled_from([0, 1, 2])),
        "withdrawn": draw(st.booleans()),
    }
    cents = {name: draw(st.sampled_from([0, 0, 1, 80_000, 123_457, -4_321])) for name in COMPONENTS}
    number = draw(st.integers(0, 5))
    count = draw(st.sampled_from([0, 1, 2, 4]))
    if not count:
        return march(month=f"2026-{number + 1:02d}", **about, **cents)
    begin = date(2025, 12, 29) + timedelta(7 * count * number)
    paid_on = draw(st.sampled_from(["", "2026-06-03"]))
    return weeks(begin.isoformat(), count, paid_on=paid_on, **about, **cents)


def test_a_wage_told_in_two_rows_behind_that_of_another_job_is_converted_once() -> None:
    """12 × 13/12 is 13; twice 6 × 13/12, each rounded, would be 14."""
    parts = (weeks("2026-02-02", job=job, net=net) for job, net in ((1, 600), (2, 6), (2, 6)))
    found = months(*parts)
    assert found.countable[found.month == 202603].tolist() == [650, 13]


@given(a_life(), POLICIES, st.data())
def test_telling_an_income_in_two_rows_changes_nothing(
    many: list[dict[str, Any]], policy: Any, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(many) - 1))
    row, others = many[place], many[:place] + many[place + 1 :]
    first = {name: data.draw(st.integers(-50_000, 50_000), label=name) for name in COMPONENTS}
    second = {name: row[name] - cents for name, cents in first.items()}
    split = months(*others, {**row, **first}, {**row, **second}, policy=policy)
    assert lines(months(*many, policy=policy)) == lines(split)


@given(a_life(), POLICIES, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_files_changes_nothing(
    many: list[dict[str, Any]], policy: Any, dice: Any
) -> None:
    each = list({(row["job"], row["begin"], row["end"]): row for row in many}.values())
    shuffled = dice.sample(each, len(each))
    cut = dice.randint(1, len(each))
    tables = [told(*part) for part in (shuffled[:cut], shuffled[cut:]) if part]
    assert lines(months(*each, policy=policy)) == lines(monthly(tables, policy, STATUTORY))


@given(a_life(), POLICIES)
def test_two_jobs_at_once_are_the_same_as_one_by_one(
    many: list[dict[str, Any]], policy: Any
) -> None:
    alone = [
        line
        for job in (1, 2)
        if (mine := [row for row in many if row["job"] == job])
        for line in lines(months(*mine, policy=policy))
    ]
    assert lines(months(*many, policy=policy)) == alone


@given(a_life(), POLICIES)
def test_all_cash_stands_in_some_month_once(many: list[dict[str, Any]], policy: Any) -> None:
    cash = sum(
        row["net"] + row["net_special"] + row["travel"]
        for row in many
        if not row["elsewhere"] and not row["withdrawn"]
    )
    assert int(months(*many, policy=policy).wage.sum()) == cash


@given(a_life(), POLICIES)
def test_c_is_the_sum_of_its_parts(many: list[dict[str, Any]], policy: Any) -> None:
    found = months(*many, policy=policy)
    parts = found.ink + found.claim + found.year_end + found.check
    assert np.array_equal(found.countable, parts)
    assert policy.holiday_mode == "INCL" or not found.claim.any()
