"""When a receipt counts as the wage that was told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.receipts import accepted

CENTS = st.integers(-(10**9), 10**9)


@pytest.mark.parametrize(
    ("told", "received", "is_accepted"),
    [
        (76298, 74312, True),  # the example statement: 2.6% less
        (76298, 50000, False),  # 34% less
        (60000, 45000, True),  # exactly a quarter less
        (60000, 44999, False),
        (60000, 75000, True),
        (60000, 75001, False),
        (60000, 0, False),  # nothing received is nothing accepted
        (0, 0, False),
        (0, 1, False),
    ],
)
def test_a_quarter_apart_is_accepted_and_a_cent_more_is_not(
    told: int, received: int, is_accepted: bool
) -> None:
    assert bool(accepted(told, received, 25)) is is_accepted


@given(CENTS.filter(bool), st.integers(0, 100))
def test_exactly_what_was_told_is_always_accepted(cents: int, percent: int) -> None:
    assert accepted(cents, cents, percent)


@given(st.lists(st.tuples(CENTS, CENTS), max_size=20), st.integers(0, 100))
def test_arrays_say_what_single_amounts_say(pairs: list[tuple[int, int]], percent: int) -> None:
    told = np.array([pair[0] for pair in pairs], dtype=np.int64)
    received = np.array([pair[1] for pair in pairs], dtype=np.int64)
    assert accepted(told, received, percent).tolist() == [
        bool(accepted(*pair, percent)) for pair in pairs
    ]
