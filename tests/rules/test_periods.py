"""To which month a period belongs, and which periods wait."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

import numpy as np
import pytest

from surplus.rules.arrays import day_numbers
from surplus.rules.periods import allocate

from .tables import rows

PERIODS = rows(
    """
    period                              | kind | from       | to         | relation from | until      | month  | counts
    a calendar month                    | 06   | 2026-03-01 | 2026-03-31 | 2025-01-01    |            | 202603 | yes
    February of a leap year             | 06   | 2028-02-01 | 2028-02-29 | 2025-01-01    |            | 202802 | yes
    cut by the start of the relation    | 06   | 2026-03-16 | 2026-03-31 | 2026-03-16    |            | 202603 | yes
    cut by its end                      | 06   | 2026-03-01 | 2026-03-13 | 2025-01-01    | 2026-03-13 | 202603 | yes
    cut by both                         | 06   | 2026-03-09 | 2026-03-13 | 2026-03-09    | 2026-03-13 | 202603 | yes
    cut by nothing we know of           | 06   | 2026-03-02 | 2026-03-31 | 2025-01-01    |            | 202603 | no
    ends before the month does          | 06   | 2026-03-01 | 2026-03-30 | 2025-01-01    | 2026-03-31 | 202603 | no
    two months at once                  | 06   | 2026-02-01 | 2026-03-31 | 2026-02-01    |            | 202603 | no
    four weeks                          | 05   | 2026-02-23 | 2026-03-22 | 2025-01-01    |            | 202603 | no
    four weeks that look like February  | 05   | 2026-02-01 | 2026-02-28 | 2025-01-01    |            | 202602 | no
    a kind that was not told            |      | 2026-03-01 | 2026-03-31 | 2025-01-01    |            | 202603 | no
    """
)


@pytest.mark.parametrize("row", PERIODS, ids=[row["period"] for row in PERIODS])
def test_a_period_counts_in_its_month_or_waits(row: dict[str, str]) -> None:
    dates = [
        day_numbers(np.array([row[name]], dtype=object))
        for name in ("from", "to", "relation from", "until")
    ]
    month, allocatable = allocate(np.array([row["kind"]], dtype=object), *dates)
    assert (month.item(), allocatable.item()) == (int(row["month"]), row["counts"] == "yes")
