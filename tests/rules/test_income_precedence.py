"""Which of several sources of the same fact counts."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.income import Effective, effective

from .tables import rows

ORDER = ("payslip", "manual", "delivery", "estimate")

CASES = rows(
    """
    case                                      | facts                                                                                        | counts    | in part
    a delivery alone                          | delivery 03-01..03-31                                                                        | yes       | no
    the payslip of the same month             | delivery 03-01..03-31; payslip 03-01..03-31                                                  | no yes    | no no
    payslips of four weeks cover the month    | delivery 03-01..03-31; payslip 02-23..03-22; payslip 03-23..04-19                            | no yes yes | no no no
    with a day between them they do not       | delivery 03-01..03-31; payslip 02-23..03-21; payslip 03-23..04-19                            | yes no no   | yes no no
    a week of four delivered                  | delivery 03-02..03-29; payslip 03-09..03-15                                                  | yes no    | yes no
    the payslip ends a day early              | delivery 03-01..03-31; payslip 03-01..03-30                                                  | yes no    | yes no
    the payslip begins inside                 | delivery 03-01..03-31; payslip 03-31..04-30                                                  | yes no    | yes no
    the last payslip ended on its first day   | delivery 03-01..03-31; payslip 02-01..03-01                                                  | yes no    | yes no
    part of two, all of one                   | delivery 03-01..03-31; delivery 04-01..04-30; payslip 02-23..03-22; payslip 03-23..04-19     | no yes yes yes | no yes no no
    another month                             | delivery 03-01..03-31; payslip 04-01..04-30                                                  | yes yes   | no no
    one delivered of two                      | delivery 03-01..03-31; delivery 04-01..04-30; payslip 04-01..04-30                           | yes no yes | no no no
    two deliveries of one employer are no rivals | delivery 03-01..03-31; delivery 03-01..03-31                                              | yes yes   | no no
    an estimate gives way to a delivery       | estimate 03-01..03-31; delivery 03-01..03-31                                                 | no yes    | no no
    a person's entry goes before a delivery   | manual 03-01..03-31; delivery 03-01..03-31; estimate 03-01..03-31                            | yes no no | no no no
    stretches of all that go before together  | estimate 03-01..03-31; delivery 03-01..03-15; payslip 03-16..03-31                           | no yes yes | no no no
    """
)  # fmt: skip


def weigh(
    facts: str,
    jobs: list[int] | None = None,
    order: tuple[str, ...] = ORDER,
    withdrawn: list[bool] | None = None,
) -> Effective:
    told = [fact.split() for fact in facts.split("; ")]
    days = [
        [int(f"2026{day.replace('-', '')}") for day in stretch.split("..")] for _, stretch in told
    ]
    begin, end = np.array(days).T
    return effective(
        np.array(jobs or [1] * len(told)), np.array([source for source, _ in told]), begin, end,
        np.array(withdrawn or [False] * len(told)), order,
    )  # fmt: skip


@pytest.mark.parametrize("row", CASES, ids=[row["case"] for row in CASES])
def test_what_supersedes_what(row: dict[str, str]) -> None:
    found = weigh(row["facts"])
    assert ["yes" if one else "no" for one in found.counts] == row["counts"].split()
    partial = row["in part"].split()
    assert found.partial.tolist() == [
        (partial * len(found.counts))[n] == "yes" for n in range(len(found.counts))
    ]


def test_a_later_stretch_of_payslips_is_one_too() -> None:
    found = weigh(
        "delivery 03-01..03-31; payslip 01-01..01-31; payslip 02-23..03-22; payslip 03-23..04-19"
    )
    assert found.counts.tolist() == [False, True, True, True]
    assert found.counts.dtype == found.partial.dtype == bool


def test_another_employer_supersedes_nothing() -> None:
    both = "delivery 03-01..03-31; payslip 03-01..03-31"
    assert weigh(both, [1, 2]).counts.tolist() == [True, True]
    assert weigh(both, [2, 1]).counts.tolist() == [True, True]
    assert not weigh(both, [2, 1]).partial.any()


def test_the_order_is_policy() -> None:
    both = "delivery 03-01..03-31; payslip 03-01..03-31"
    assert weigh(both, order=("delivery", "payslip")).counts.tolist() == [True, False]


def test_a_payslip_taken_back_supersedes_nothing() -> None:
    both = "delivery 03-01..03-31; payslip 03-01..03-31"
    found = weigh(both, withdrawn=[False, True])
    assert (found.counts.tolist(), found.by.tolist()) == ([True, True], [-1, -1])


def test_a_payslip_that_counts_beside_what_it_overlaps_in_part_is_told() -> None:
    found = weigh(
        "delivery 03-01..03-31; delivery 04-01..04-30; payslip 02-23..03-22; payslip 03-23..04-19"
    )
    assert found.both.tolist() == [False, True, False, False]
    assert not weigh("delivery 03-01..03-31; payslip 03-01..03-30").both.any()


def test_part_of_a_delivery_that_was_taken_back_is_told_by_the_payslip() -> None:
    found = weigh("delivery 03-01..03-31; payslip 03-01..03-15", withdrawn=[True, False])
    assert (found.counts.tolist(), found.both.tolist()) == ([True, True], [False, False])


def test_a_payslip_that_gives_way_tells_to_what() -> None:
    found = weigh("delivery 02-01..02-28; delivery 03-01..03-31; payslip 03-09..03-15")
    assert found.by.tolist() == [-1, -1, 1]


def test_what_superseded_a_fact_is_told() -> None:
    found = weigh("delivery 03-01..03-31; payslip 03-01..03-15; payslip 03-16..03-31")
    assert found.by.tolist() == [2, -1, -1]
    found = weigh("delivery 03-01..03-31; payslip 03-01..03-30; payslip 03-31..04-30")
    assert found.by.tolist() == [2, -1, -1]


def test_a_source_that_the_order_does_not_know_is_refused() -> None:
    with pytest.raises(
        ValueError, match="source 'guess' is none of payslip, manual, delivery, estimate"
    ):
        weigh("payslip 03-01..03-31; guess 03-01..03-31")


stretch = st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 40), st.integers(1, 2))


@given(st.lists(stretch, min_size=1, max_size=8))
def test_a_fact_gives_way_when_each_of_its_days_is_told_by_one_that_goes_before(
    facts: list[tuple[int, int, int, int]],
) -> None:
    days = [
        (date(2026, 1, 1) + timedelta(a), date(2026, 1, 1) + timedelta(a + n))
        for _, a, n, _ in facts
    ]
    begin, end = np.array([[int(f"{d:%Y%m%d}") for d in pair] for pair in days]).T
    jobs = np.array([job for *_, job in facts])
    found = effective(
        jobs,
        np.array([ORDER[r] for r, *_ in facts]),
        begin,
        end,
        np.zeros(len(facts), dtype=bool),
        ORDER,
    )
    everything = set(range(len(facts)))

    def mine(n: int) -> set[int]:
        return set(range(facts[n][1], facts[n][1] + facts[n][2] + 1))

    def told(n: int, ranks: Iterable[int], among: set[int] = everything) -> set[int]:
        same_job = (m for m in among if facts[m][0] in ranks and facts[m][3] == facts[n][3])
        return {day for m in same_job for day in mine(m)}

    slips, delivered = (
        {n for n in everything if ORDER[facts[n][0]] == source}
        for source in ("payslip", "delivery")
    )
    superseded = {n for n in everything if mine(n) <= told(n, range(facts[n][0]))}
    beside = {n for n in delivered - superseded if mine(n) & told(n, (0, 1))}
    helps = {n for n in slips if mine(n) & told(n, (2,), superseded)}
    idle = {n for n in slips - helps if mine(n) & told(n, (2,), beside)}
    for n, (rank, *_) in enumerate(facts):
        before = told(
            n, range(rank), everything - idle if ORDER[rank] == "estimate" else everything
        )
        assert found.counts[n] == (n not in idle and not mine(n) <= before)
        assert found.partial[n] == bool(mine(n) & before and not mine(n) <= before)
        assert found.both[n] == (n in beside and bool(mine(n) & told(n, (0,), slips - idle)))
        assert (found.by[n] == -1) == found.counts[n]
