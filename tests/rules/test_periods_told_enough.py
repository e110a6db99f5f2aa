"""Which months wait for a period of weeks that is still to come."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.periods import Periods, told_enough

from .tables import rows
from .told_rows import periods, weeks

CASES = rows(
    """
    what was told                                    | first periods          | weeks | method   | relation from | until      | right from | right to   | enough
    nothing ends after it in March                   | 2026-02-23             | 4     | 13/12    | 2020-01-01    |            |            |            | 202603
    the period before as well                        | 2026-01-26 2026-02-23  | 4     | 13/12    | 2020-01-01    |            |            |            | 202602 202603
    a second one can end on the last day of March    | 2026-02-04             | 4     | 13/12    | 2020-01-01    |            |            |            |
    a second one ends in November                    | 2026-10-05             | 4     | 13/12    | 2020-01-01    |            |            |            |
    both that end in November                        | 2026-10-05 2026-11-02  | 4     | 13/12    | 2020-01-01    |            |            |            | 202611
    by end date the same                             | 2026-10-05 2026-11-02  | 4     | end-date | 2020-01-01    |            |            |            | 202611
    by days the last day of November is not told     | 2026-10-05 2026-11-02  | 4     | by-days  | 2020-01-01    |            |            |            |
    by days it is                                    | 2026-10-05 2026-11-02 2026-11-30 | 4 | by-days | 2020-01-01 |          |            |            | 202611
    by days October from its 5th                     | 2026-10-05 2026-11-02 2026-11-30 | 4 | by-days | 2026-10-05 |          |            |            | 202610 202611
    the first period ends after the month it began in | 2026-03-16            | 4     | 13/12    | 2026-03-16    |            |            |            | 202603 202604
    it began before the first period told            | 2026-03-16             | 4     | 13/12    | 2026-03-02    |            |            |            | 202604
    the employment ends with the period              | 2026-10-05             | 4     | 13/12    | 2020-01-01    | 2026-11-01 |            |            | 202611
    the employment ends after the period             | 2026-02-23             | 4     | 13/12    | 2020-01-01    | 2026-03-27 |            |            |
    the employment ended before the period did       | 2026-02-23             | 4     | 13/12    | 2020-01-01    | 2026-02-20 |            |            | 202603
    only days of right matter: from the 5th of October | 2026-10-05           | 4     | by-days  | 2020-01-01    |            | 2026-10-05 |            | 202610
    until the first of November                      | 2026-10-05             | 4     | by-days  | 2020-01-01    |            |            | 2026-11-01 | 202611
    weeks of March                                   | 2026-02-23 2026-03-02 2026-03-09 2026-03-16 2026-03-23 2026-03-30 | 1 | | 2020-01-01 | | | | 202603
    a week of March is not told                      | 2026-02-23 2026-03-02 2026-03-16 2026-03-23 2026-03-30 | 1 |   | 2020-01-01 |            |            |            |
    two weeks                                        | 2026-03-02 2026-03-16 2026-03-30 | 2 |         | 2026-03-02    |            |            |            | 202603
    """
)  # fmt: skip


def enough(told: Periods) -> dict[tuple[int, int], bool]:
    found = told_enough(told, np.arange(len(told.job)))
    keys = zip(told.job[found.period].tolist(), found.month.tolist(), strict=True)
    return dict(zip(keys, found.enough.tolist(), strict=True))


@pytest.mark.parametrize("row", CASES, ids=[row["what was told"] for row in CASES])
def test_a_month_waits_or_not(row: dict[str, str]) -> None:
    about = {
        "method": row["method"], "relation_begin": row["relation from"],
        "relation_end": row["until"], "right_from": row["right from"], "right_to": row["right to"],
    }  # fmt: skip
    told = periods(
        *(weeks(first, int(row["weeks"]), **about) for first in row["first periods"].split())
    )
    months = [str(month) for (_, month), told_all in enough(told).items() if told_all]
    assert sorted(months) == row["enough"].split()


def test_one_employer_does_not_tell_for_another() -> None:
    found = enough(periods(weeks("2026-10-05", job=1), weeks("2026-11-02", job=2)))
    assert not found[1, 202611]
    assert not found[2, 202611]


@pytest.mark.parametrize("other", [
    weeks("2026-01-19", 1), weeks("2025-12-29", method="by-days"),
    weeks("2025-12-29", relation_end="2026-01-29"),
    weeks("2025-12-29", relation_begin="2026-01-01"),
], ids=["a week", "by days", "an end", "a begin"])  # fmt: skip
def test_periods_that_end_on_one_day_decide_the_same_in_any_order(other: dict[str, Any]) -> None:
    """Whatever else an employer tells of these days."""
    four = weeks("2025-12-29")
    assert enough(periods(four, other)) == enough(periods(other, four))


def year(begin: date, left_out: int | None, **told: Any) -> Periods:
    firsts = [begin + timedelta(28 * n) for n in range(14) if n != left_out]
    return periods(*(weeks(first.isoformat(), **told) for first in firsts))


@given(
    st.dates(date(2025, 12, 5), date(2026, 1, 1)), st.integers(0, 13),
    st.sampled_from(["13/12", "by-days", "end-date"]),
)  # fmt: skip
def test_months_with_a_gap_are_those_that_the_missing_period_touches(
    begin: date, gap: int, method: str
) -> None:
    """A period left out leaves its months waiting, save where it only ends in the next one."""
    first = begin + timedelta(28 * gap)
    last = first + timedelta(27)
    whole, holed = enough(year(begin, None, method=method)), enough(year(begin, gap, method=method))
    lost = {month for (_, month), told in whole.items() if told} - {
        month for (_, month), told in holed.items() if told
    }
    touched = {int(f"{day:%Y%m}") for day in (first, last)}
    needed = touched if method == "by-days" else {int(f"{last:%Y%m}")}
    inside = {month for month in needed if whole.get((1, month))}
    assert lost == inside
