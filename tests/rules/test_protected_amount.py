"""Nothing is taken from a payment below the protected amount, and nothing where none is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.protected_amount import MISSING, lacking, room

from .tables import cents, rows

FLOORS = rows(
    """
    what                                 | payment | protected | room
    something lies above it              | 1331.43 | 1264.86   | 66.57
    all of it is needed to live          | 1331.43 | 1331.43   | 0.00
    the floor lies above the payment     | 1331.43 | 1400.00   | 0.00
    no floor is known: nothing is taken  | 1331.43 | 0.00      | 0.00
    one cent above                       | 1331.43 | 1331.42   | 0.01
    a floor of one cent is a floor       | 1331.43 | 0.01      | 1331.42
    """
)


@pytest.mark.parametrize("row", FLOORS, ids=[row["what"] for row in FLOORS])
def test_what_lies_above_the_protected_amount(row: dict[str, str]) -> None:
    payment, protected = (np.array(cents(row[name])) for name in ("payment", "protected"))
    assert room(payment, protected).tolist() == cents(row["room"])


@pytest.mark.parametrize(
    ("wanted", "protected", "named"),
    [
        (5000, 126486, ""),
        (5000, 0, MISSING),
        (1, 0, MISSING),
        (0, 0, ""),
        (0, 1, ""),
        (5000, 1, ""),
    ],
)
def test_a_missing_floor_is_named_where_something_should_be_taken(
    wanted: int, protected: int, named: str
) -> None:
    assert lacking(np.array([wanted]), np.array([protected])).tolist() == [named]


@given(st.integers(0, 300_000), st.integers(0, 300_000))
def test_what_is_left_is_never_less_than_the_protected_amount(payment: int, protected: int) -> None:
    taken = int(room(payment, protected))
    assert taken == 0 or payment - taken >= protected > 0
