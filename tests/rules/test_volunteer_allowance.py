"""The volunteers' allowance of art. 31(2)k: left out up to two caps, and never without them."""

from __future__ import annotations

import numpy as np
import pytest

from surplus.rules.parameters import Parameters, Row
from surplus.rules.volunteer_allowance import MONTH_CAP, YEAR_CAP, volunteer_allowance

from .tables import STATUTORY, cents, rows


def own_caps(month: str, year: str) -> Parameters:
    """Caps of the municipality itself; the amounts only stand in for those of the law."""
    told = (("month", MONTH_CAP, month), ("year", YEAR_CAP, year))
    return Parameters(
        tuple(
            Row.parse("2026-01-01", *key, amount, unit, "constructed", "decision", "B-1")
            for unit, key, amount in told
        )
    )


ALLOWANCES = rows(
    """
    what                                  | received | before  | left out | counts
    below both caps                       | 60.00    | 0.00    | 60.00    | 0.00
    exactly the cap of the month          | 100.00   | 0.00    | 100.00   | 0.00
    a cent above the cap of the month     | 100.01   | 0.00    | 100.00   | 0.01
    the cap of the year is nearly used    | 120.00   | 930.00  | 70.00    | 50.00
    the cap of the year is used           | 60.00    | 1000.00 | 0.00     | 60.00
    more was left out than the cap is now | 60.00    | 1200.00 | 0.00     | 60.00
    """
)


@pytest.mark.parametrize("row", ALLOWANCES, ids=[row["what"] for row in ALLOWANCES])
def test_what_is_left_out_and_what_counts(row: dict[str, str]) -> None:
    received, before = (np.array(cents(row[name])) for name in ("received", "before"))
    found = volunteer_allowance(received, before, np.array([202603]), own_caps("100.00", "1000.00"))
    assert (found.left_out.tolist(), found.counts.tolist()) == (
        cents(row["left out"]), cents(row["counts"]),
    )  # fmt: skip
    assert found.lacks.tolist() == [""]


@pytest.mark.parametrize(
    ("told", "lacks"),
    [
        (STATUTORY, "volunteer_allowance_cap/person/month from 2026-01-01"),
        (
            Parameters(own_caps("100.00", "1000.00").told[:1]),
            "volunteer_allowance_cap/person/year from 2026-01-01",
        ),
    ],
)
def test_without_its_amounts_nothing_is_given_and_the_missing_one_is_named(
    told: Parameters, lacks: str
) -> None:
    found = volunteer_allowance(np.array([6000]), np.array([0]), np.array([202603]), told)
    assert found.lacks.tolist() == [lacks]
    assert (found.left_out.tolist(), found.counts.tolist()) == ([0], [0])
