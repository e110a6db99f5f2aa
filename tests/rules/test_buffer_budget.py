"""The municipality's own money of art. 34b: whom it is for, and how much a year."""

from __future__ import annotations

import numpy as np
import pytest

from surplus.rules.buffer_budget import CAP, below_norm, granted, left_of_cap
from surplus.rules.parameters import MissingParameter

from .tables import STATUTORY, cents, rows

GRANTS = rows(
    """
    what                                         | asked   | open    | used   | D of the month | V       | granted
    C20 the claim of an exit                     | 54.28   | 54.28   | 0.00   | 1308.09        | 1331.43 | 54.28
    never more than is open                      | 100.00  | 54.28   | 0.00   | 1308.09        | 1331.43 | 54.28
    C20 without set-off, most of the year used   | 150.40  | 150.40  | 900.00 | 1308.09        | 1331.43 | 100.00
    the cap of the year                          | 1500.00 | 1500.00 | 0.00   | 1308.09        | 1331.43 | 1000.00
    the year is used up                          | 54.28   | 54.28   | 1000.00 | 1308.09       | 1331.43 | 0.00
    no month below the norm: not meant for this  | 54.28   | 54.28   | 0.00   | 1361.43        | 1331.43 | 0.00
    exactly the norm is not below it             | 54.28   | 54.28   | 0.00   | 1331.43        | 1331.43 | 0.00
    """  # noqa: E501
)


@pytest.mark.parametrize("row", GRANTS, ids=[row["what"] for row in GRANTS])
def test_what_is_granted(row: dict[str, str]) -> None:
    asked, owed, used, due, norm = (
        np.array(cents(row[name])) for name in ("asked", "open", "used", "D of the month", "V")
    )
    left = left_of_cap(STATUTORY.amount(CAP, "2027-03-01"), used)
    assert granted(asked, owed, left, below_norm(due, norm)).tolist() == cents(row["granted"])


def test_the_cap_is_a_thousand_a_year_from_2027_on() -> None:
    assert STATUTORY.amount(CAP, "2027-01-01") == 100_000
    with pytest.raises(MissingParameter, match="buffer_budget_cap"):
        STATUTORY.amount(CAP, "2026-12-31")


def test_who_had_more_than_the_cap_gets_nothing_more() -> None:
    assert int(left_of_cap(100_000, 120_000)) == 0
