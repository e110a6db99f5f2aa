"""What can be paid of a position, and what is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.surplus import available, extra, kept

from .tables import cents, rows

WORKED = rows(
    """
    example                                    | position | open wages | holds  | available
    C6 before the wage of March is received    | 30.00    | 600.00     | 0.00   | 0.00
    C6 after it                                | 30.00    | 0.00       | 0.00   | 30.00
    C21 the wage of August is still to come    | 312.18   | 600.00     | 0.00   | 0.00
    C21 received on 4 September                | 312.18   | 0.00       | 0.00   | 312.18
    C22 the employer paid the client           | -570.00  | 0.00       | 0.00   | 0.00
    money withheld by a decision               | 312.18   | 0.00       | 100.00 | 212.18
    a lowering that may not be set off yet     | -2.09    | 0.00       | -2.09  | 0.00
    such a lowering does not eat a surplus     | 47.91    | 0.00       | -2.09  | 50.00
    """
)


@pytest.mark.parametrize("row", WORKED, ids=[row["example"] for row in WORKED])
def test_what_is_available(row: dict[str, str]) -> None:
    told = [np.array(cents(row[name])) for name in ("position", "open wages", "holds")]
    assert available(*told).tolist() == cents(row["available"])


@pytest.mark.parametrize(
    ("policy", "position", "free", "cap", "paid"),
    [
        ("pay-next", 19250, 19250, 15000, 19250),
        ("pay-next", 19250, 0, 15000, 0),
        ("keep-to-cap", 19250, 19250, 15000, 4250),
        ("keep-to-cap", 15000, 15000, 15000, 0),
        ("keep-to-cap", 19250, 3000, 15000, 3000),
        ("keep-to-cap", 19250, 19250, 0, 19250),
        ("keep-to-cap", -5000, 0, 0, 0),
    ],
)
def test_what_leaves_with_the_next_fixed_payment(
    policy: str, position: int, free: int, cap: int, paid: int
) -> None:
    assert extra(policy, np.array([position]), np.array([free]), np.array([cap])).tolist() == [paid]


KEPT = rows(
    """
    what                                        | agreed | municipality | kept
    a month's exemption, as agreed              | 285.00 | 0.00         | 285.00
    the municipality keeps no more than this    | 285.00 | 200.00       | 200.00
    less was agreed                             | 100.00 | 200.00       | 100.00
    agreed to keep nothing                      | 0.00   | 200.00       | 0.00
    never asked: nothing is kept without consent | -0.01 | 200.00       | 0.00
    """
)


@pytest.mark.parametrize("row", KEPT, ids=[row["what"] for row in KEPT])
def test_a_surplus_is_kept_by_written_consent_only(row: dict[str, str]) -> None:
    consent, cap = np.array(cents(row["agreed"])), cents(row["municipality"])[0]
    assert kept(consent, cap).tolist() == cents(row["kept"])


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="'keep' is neither pay-next nor keep-to-cap"):
        extra("keep", np.array([0]), np.array([0]), 0)


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_extra_is_never_more_than_what_is_available(
    position: int, receivable: int, cap: int
) -> None:
    free = available(np.array([position]), np.array([receivable]), 0)
    for policy in ("pay-next", "keep-to-cap"):
        paid = extra(policy, np.array([position]), free, cap)
        assert 0 <= paid.item() <= free.item() <= max(0, position)
