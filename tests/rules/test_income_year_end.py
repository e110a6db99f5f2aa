"""Year-end pay, spread over the months in which it was built up (domain.md P1)."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.arrays import day_numbers
from surplus.rules.income.year_end_pay import spread

from .tables import rows, settled
from .told_rows import EXCL, by_month, march, months, weeks


def parts(
    cents: int, paid: int, begun: str = "2020-01-01", right: tuple[str, str] = ("", "")
) -> dict[int, int]:
    days = [day_numbers(np.array([day])) for day in (begun, *right)]
    found = spread(np.array([cents]), np.array([paid]), *days)
    assert found.month.dtype == np.int64
    return dict(zip(found.month.tolist(), found.cents.tolist(), strict=True))


SPREADS = rows(
    """
    payment                        | cents  | paid   | relation from | right from | right to   | months          | first | last
    P1 the whole year              | 39735  | 202612 | 2020-01-01    |            |            | 202601 – 202612 | 3311  | 3314
    paid back                      | -39735 | 202612 | 2020-01-01    |            |            | 202601 – 202612 | -3311 | -3314
    paid in May                    | 39735  | 202605 | 2020-01-01    |            |            | 202506 – 202605 | 3311  | 3314
    the job began in September     | 40000  | 202612 | 2026-09-14    |            |            | 202609 – 202612 | 10000 | 10000
    the job began in the month     | 40000  | 202612 | 2026-12-01    |            |            | 202612 – 202612 | 40000 | 40000
    paid before the job began      | 40000  | 202612 | 2027-01-01    |            |            | 202612 – 202612 | 40000 | 40000
    benefit from October on        | 39735  | 202612 | 2020-01-01    | 2026-10-01 |            | 202610 – 202612 | 3311  | 3314
    benefit until March            | 39735  | 202612 | 2020-01-01    |            | 2026-03-31 | 202601 – 202603 | 3311  | 3311
    from the last day of October   | 39735  | 202612 | 2020-01-01    | 2026-10-31 |            | 202610 – 202612 | 107   | 3314
    half of November and on        | 39735  | 202612 | 2020-01-01    | 2026-11-16 |            | 202611 – 202612 | 1656  | 3314
    """
)  # fmt: skip


@pytest.mark.parametrize("row", SPREADS, ids=[row["payment"] for row in SPREADS])
def test_year_end_pay_belongs_to_the_months_that_built_it(row: dict[str, str]) -> None:
    found = parts(
        int(row["cents"]),
        int(row["paid"]),
        row["relation from"],
        (row["right from"], row["right to"]),
    )
    assert f"{min(found)} – {max(found)}" == row["months"]
    assert (found[min(found)], found[max(found)]) == (int(row["first"]), int(row["last"]))


@given(st.integers(-10_000_000, 10_000_000), st.integers(1, 12))
def test_the_parts_are_the_whole(cents: int, begun: int) -> None:
    found = parts(cents, 202612, f"2026-{begun:02d}-01")
    assert sum(found.values()) == cents
    assert len(found) == 13 - begun


def test_p1_paid_in_december_lowers_the_benefit_of_each_month() -> None:
    """247.56 a month by the amount paid (397.35), where a reserve of 32.93 gives 247.74."""
    year = [march(month=f"2018-{n:02d}", net=66_184) for n in range(1, 12)]
    december = march(month="2018-12", net=66_184, net_special=39_735, extra_paid=62_616)
    found = months(*year, december, policy=EXCL)
    counted, wage = by_month(found, "countable"), by_month(found, "wage")
    assert wage[201812] == 66_184 + 39_735 == 105_919
    assert (counted[201811], counted[201812]) == (66_184 + 3_311, 66_184 + 3_314)
    norm = 99_212  # 95% of it is 942.51
    assert settled("EXCL", norm=norm, countable=(counted[201811], 0))["benefit"] == 24_756
    assert settled("EXCL", norm=norm, countable=(66_184 + 3_293, 0))["benefit"] == 24_774
    without = settled("EXCL", norm=norm, countable=(66_184, 0))["benefit"]
    assert 11 * (without - 24_756) == 36_421  # what eleven months already paid come to


def test_the_cash_of_year_end_pay_counts_where_it_was_paid() -> None:
    told = march(month="2026-12", net=60_000, net_special=12_000, extra_paid=20_000)
    found = months(told)
    assert by_month(found, "wage") == {**dict.fromkeys(range(202601, 202612), 0), 202612: 72_000}
    assert sum(by_month(found, "year_end").values()) == 12_000
    assert by_month(found, "passed_on")[202612] == 0
    assert not found.unclear.any()


def test_months_with_only_a_part_of_it_are_not_told_by_that() -> None:
    found = months(march(month="2026-12", net=60_000, net_special=12_000, extra_paid=20_000))
    assert found.enough.tolist() == [False] * 11 + [True]


def test_four_weekly_year_end_pay_is_not_taken_13_over_12() -> None:
    told = weeks("2026-02-23", net=80_000, net_special=12_000, extra_paid=20_000)
    found = months(told)
    assert by_month(found, "countable")[202603] == 86_667 + 1_000
    assert by_month(found, "year_end")[202504] == 1_000


def test_the_twelve_months_end_with_the_month_of_payment() -> None:
    told = march(month="2026-10", paid_on="2026-11-24", net_special=12_000, extra_paid=20_000)
    found = months(told)
    assert (min(by_month(found, "year_end")), max(by_month(found, "year_end"))) == (202512, 202611)
    assert by_month(found, "wage")[202610] == 12_000
