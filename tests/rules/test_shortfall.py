"""What of a shortfall is a debt, and what is taken from a fixed payment for it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.shortfall import (
    held_out,
    in_order,
    instalment,
    is_old,
    shortfall,
    taken_from_agreed,
)

from .tables import cents, rows

OWED = rows(
    """
    example                                     | position | holds  | owed
    C22 the employer paid the client            | -570.00  | 0.00   | 570.00
    C4 a fixed amount set too high              | -97.57   | 0.00   | 97.57
    C8 a surplus                                | 35.00    | 0.00   | 0.00
    an old lowering is not owed yet             | -100.00  | -30.00 | 70.00
    and alone is no debt at all                 | -30.00   | -30.00 | 0.00
    nor where a surplus covers it               | 10.00    | -30.00 | 0.00
    money withheld is the client's, not a debt  | 100.00   | 150.00 | 0.00
    nor does it add to a debt                   | -100.00  | 150.00 | 100.00
    """
)


@pytest.mark.parametrize("row", OWED, ids=[row["example"] for row in OWED])
def test_what_a_client_owes(row: dict[str, str]) -> None:
    position, holds = (np.array(cents(row[name])) for name in ("position", "holds"))
    assert shortfall(position, holds).tolist() == cents(row["owed"])


TAKEN = rows(
    """
    what                                     | policy       | F       | protected | agreed | owed   | taken  | lacks
    C22 repaid by 50.00 a month              | instalments  | 1331.43 | 1264.86   | 50.00  | 570.00 | 50.00  |
    never below the protected amount         | instalments  | 1331.43 | 1264.86   | 100.00 | 570.00 | 66.57  |
    never more than is open                  | instalments  | 1331.43 | 1264.86   | 50.00  | 20.00  | 20.00  |
    nothing once it is paid                  | instalments  | 1331.43 | 1264.86   | 50.00  | 0.00   | 0.00   |
    nothing of a surplus                     | instalments  | 1331.43 | 1264.86   | 50.00  | -35.00 | 0.00   |
    never without a valid protected amount   | instalments  | 1331.43 | 0.00      | 50.00  | 570.00 | 0.00   | protected amount
    a paid debt lacks nothing                | instalments  | 1331.43 | 0.00      | 50.00  | 0.00   | 0.00   |
    nothing without a decision               | instalments  | 1331.43 | 1264.86   | 0.00   | 570.00 | 0.00   |
    nothing but later surpluses, by policy   | from-surplus | 1331.43 | 1264.86   | 50.00  | 570.00 | 0.00   |
    and then no floor is needed              | from-surplus | 1331.43 | 0.00      | 50.00  | 570.00 | 0.00   |
    """  # noqa: E501
)


@pytest.mark.parametrize("row", TAKEN, ids=[row["what"] for row in TAKEN])
def test_what_an_instalment_takes_from_the_fixed_payment(row: dict[str, str]) -> None:
    told = [np.array(cents(row[name])) for name in ("F", "protected", "agreed", "owed")]
    taken = instalment(row["policy"], *told)
    assert taken.cents.tolist() == cents(row["taken"])
    assert taken.lacks.tolist() == [row["lacks"]]


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="'monthly' is neither from-surplus nor instalments"):
        instalment("monthly", 0, 0, 0, 0)


amounts = st.integers(0, 200_000)


@given(amounts, amounts, amounts, st.integers(-200_000, 200_000))
def test_an_instalment_stays_within_all_its_bounds(
    fixed: int, protected: int, agreed: int, owed: int
) -> None:
    taken = int(instalment("instalments", fixed, protected, agreed, owed).cents)
    assert 0 <= taken <= min(agreed, max(0, owed))
    assert taken == 0 or fixed - taken >= protected > 0


@given(amounts, st.lists(st.integers(-1000, 100_000), min_size=1, max_size=4))
def test_debts_that_share_a_room_take_it_in_their_order(room: int, debts: list[int]) -> None:
    parts = [int(part) for part in in_order(room, debts)]
    assert sum(parts) == min(room, sum(max(0, debt) for debt in debts))
    for place, part in enumerate(parts):
        assert part == max(0, min(debts[place], room - sum(parts[:place])))


OLD = rows(
    """
    income  | known   | old
    202602  | 202609  | yes
    202603  | 202609  | no
    202603  | 202610  | yes
    202512  | 202606  | no
    202511  | 202606  | yes
    202608  | 202609  | no
    """
)


@pytest.mark.parametrize("row", OLD, ids=[f"{row['income']} in {row['known']}" for row in OLD])
def test_a_lowering_older_than_six_months_waits_for_a_decision(row: dict[str, str]) -> None:
    assert is_old(np.array([int(row["income"])]), int(row["known"])).tolist() == [
        row["old"] == "yes"
    ]


#: C9 found out nine months later: D of the month goes from 1366.43 to 1355.43.
HELD = rows(
    """
    what                                          | lowering | D       | F       | paid beside | below | held
    all of it was paid as an extra                | 11.00    | 1355.43 | 1331.43 | 35.00       | 0.00  | -11.00
    half of it was paid as an extra               | 11.00    | 1355.43 | 1331.43 | 5.50        | 0.00  | -5.50
    a surplus that was never paid is not due      | 11.00    | 1355.43 | 1331.43 | 0.00        | 0.00  | 0.00
    all of it was paid with the fixed payment     | 11.00    | 1315.43 | 1331.43 | 0.00        | 11.00 | -11.00
    some with the fixed payment, some as an extra | 11.00    | 1325.00 | 1331.43 | 2.00        | 6.43  | -8.43
    """  # noqa: E501
)


@pytest.mark.parametrize("row", HELD, ids=[row["what"] for row in HELD])
def test_only_money_the_client_has_had_is_held_out_of_set_off(row: dict[str, str]) -> None:
    lowering, due, fixed, beside = (
        np.array(cents(row[name])) for name in ("lowering", "D", "F", "paid beside")
    )
    below = taken_from_agreed(lowering, due, fixed)
    assert below.tolist() == cents(row["below"])
    assert held_out(below, lowering - below, beside).tolist() == cents(row["held"])
