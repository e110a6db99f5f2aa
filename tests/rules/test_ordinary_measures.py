"""How even and how punctual money comes, against plain arithmetic."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.ordinary.course import Cash, Course
from surplus.rules.ordinary.measures import deviation, distribution, measured

from .tables import cents, rows

V = 133143

SPREAD = rows(
    """
    received                | deviation | largest drop | lowest  | per mille | below 90% | below V
    1331.43 1331.43 1331.43 | 0.00      | 0.00         | 1331.43 | 1000      | 0         | 0
    1361.43 761.43 1901.43  | 465.62    | 600.00       | 761.43  | 572       | 1         | 1
    1331.43 1361.43 1198.29 | 70.90     | 163.14       | 1198.29 | 900       | 0         | 1
    1331.43 1361.43 1198.28 | 70.90     | 163.15       | 1198.28 | 900       | 1         | 1
    0.00 2662.86            | 1331.43   | 0.00         | 0.00    | 0         | 1         | 1
    1400.00                 | 0.00      | 0.00         | 1400.00 | 1052      | 0         | 0
    1361.43 - 1331.43       | 15.00     | 30.00        | 1331.43 | 1000      | 0         | 0
    """
)


def paid(received: list[int], settled: Any = True, **told: Any) -> tuple[Course, Cash]:
    """A case that receives these amounts under some variant."""
    one = np.array([received])
    nothing, none = one * 0, np.array([0])
    case = Course(
        months=np.arange(202601, 202601 + len(received)),
        pay_days=np.arange(20260128, 20260128 + 100 * len(received), 100),
        settled=np.broadcast_to(settled, one.shape),
        norm=nothing + 140150,
        holiday_rate=nothing + 5_000,
        counted=nothing,
        benefit=nothing + V,
        wage=nothing,
        wages_due=none,
        known_on=nothing,
        ended=np.array([told.pop("ended", False)]),
    )
    cash = Cash(
        wage=nothing, benefit=one, supplied=nothing, taken_back=nothing, days_late=nothing,
        wages_to_come=none, rest=none, reserve_rate=none + 5_000,
    )  # fmt: skip
    return case, cash._replace(**{name: np.array(value) for name, value in told.items()})


@pytest.mark.parametrize("row", SPREAD, ids=[row["received"] for row in SPREAD])
def test_the_spread_of_what_is_received(row: dict[str, str]) -> None:
    words = row["received"].split()
    received = [0 if word == "-" else cents(word)[0] for word in words]
    told = measured(*paid(received, [[word != "-" for word in words]]))
    assert {
        "deviation": told.deviation.item(),
        "largest drop": told.largest_drop.item(),
        "lowest": told.lowest.item(),
    } == {name: cents(row[name])[0] for name in ("deviation", "largest drop", "lowest")}
    assert [told.lowest_permille.item(), told.below_90.item(), told.below_norm.item()] == [
        int(row[name]) for name in ("per mille", "below 90%", "below V")
    ]


@pytest.mark.parametrize(
    ("rest", "ended", "claim", "corrections", "taken_back", "left"),
    [
        (-57000, True, 60000, 4, 3, 0),  # paid too much at the end: a claim, with its reserve
        (-57000, False, 0, 3, 2, -57000),  # to be set off next month
        (3000, True, 0, 4, 2, 3000),  # the last supplement
        (0, True, 0, 3, 2, 0),
        (-1, True, 1, 4, 3, 0),
    ],
)
def test_what_is_put_right_and_what_is_claimed(
    rest: int, ended: bool, claim: int, corrections: int, taken_back: int, left: int
) -> None:
    told = measured(
        *paid(
            [V, V, V], ended=ended, rest=[rest], days_late=[[0, 12, 3]],
            supplied=[[0, 1, 0]], taken_back=[[1, 0, 299]],
        )
    )  # fmt: skip
    assert told.claim.item() == claim
    assert told.claims.item() == (claim > 0)
    assert (told.corrections.item(), told.taken_back.item()) == (corrections, taken_back)
    assert (told.rest.item(), told.taken_back_cents.item()) == (left, 300)
    assert (told.months.item(), told.total.item(), told.days_late.item()) == (3, 3 * V, 15)


def test_exactly_90_percent_of_the_norm_paid_is_not_short() -> None:
    case, cash = paid([119700, 119699])
    case = case._replace(norm=np.full((1, 2), 140000))
    assert measured(case, cash).below_90.tolist() == [1]


@pytest.mark.parametrize(
    ("count", "ranks"),
    [(1, (1, 1, 1, 1, 1)), (7, (1, 1, 4, 7, 7)), (20, (1, 2, 10, 18, 20)),
     (101, (1, 11, 51, 91, 101))],
)  # fmt: skip
def test_a_measure_is_ranked_over_the_clients(count: int, ranks: tuple[int, ...]) -> None:
    assert distribution(np.arange(count, 0, -1)) == ranks


@given(st.lists(st.one_of(st.integers(0, 500_000), st.integers(0, 10**11)), min_size=1))
def test_the_deviation_is_exact_for_amounts_of_any_size(amounts: list[int]) -> None:
    mean = Decimal(sum(amounts)) / len(amounts)
    wanted = (sum((x - mean) ** 2 for x in amounts) / len(amounts)).sqrt()
    found = deviation(np.array([amounts]), np.ones((1, len(amounts)), dtype=bool)).item()
    assert found == int(wanted.quantize(Decimal(1), ROUND_HALF_UP))
