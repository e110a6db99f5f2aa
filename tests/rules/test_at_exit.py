"""What is set off, claimed and paid when a participation ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.at_exit import REASONS, at_exit

from .tables import cents, rows

EXITS = rows(
    """
    example                                | reason            | policy | position | open wages | holds  | reserve | offset | claim  | pay    | left
    C20 reserve set off                    | benefit-ends      | offset | -150.40  | 0.00       | 0.00   | 96.12   | 96.12  | 54.28  | 0.00   | 0.00
    C20 reserve paid out                   | benefit-ends      | pay    | -150.40  | 0.00       | 0.00   | 96.12   | 0.00   | 150.40 | 0.00   | 96.12
    C21 the wage of August to come         | benefit-continues | offset | 312.18   | 600.00     | 0.00   | 80.00   | 0.00   | 0.00   | 0.00   | 80.00
    C21 received on 4 September            | benefit-continues | offset | 312.18   | 0.00       | 0.00   | 80.00   | 0.00   | 0.00   | 312.18 | 80.00
    reserve larger than the shortfall      | benefit-ends      | offset | -50.00   | 0.00       | 0.00   | 96.12   | 50.00  | 0.00   | 0.00   | 46.12
    the reserve waits for June             | benefit-continues | offset | -150.40  | 0.00       | 0.00   | 96.12   | 0.00   | 150.40 | 0.00   | 96.12
    a negative reserve is owed first       | benefit-ends      | offset | 20.00    | 0.00       | 0.00   | -12.50  | -12.50 | 0.00   | 7.50   | 0.00
    and may end in a claim                 | benefit-ends      | pay    | 5.00     | 0.00       | 0.00   | -12.50  | -12.50 | 7.50   | 0.00   | 0.00
    but not while the benefit goes on      | benefit-continues | offset | 20.00    | 0.00       | 0.00   | -12.50  | 0.00   | 0.00   | 20.00  | -12.50
    death: no set-off and no claim         | death             | offset | -150.40  | 0.00       | 0.00   | 96.12   | 0.00   | 0.00   | 0.00   | 96.12
    death: the credit is the estate's      | death             | offset | 312.18   | 0.00       | 0.00   | 96.12   | 0.00   | 0.00   | 312.18 | 96.12
    an old lowering waits for its decision | benefit-ends      | offset | -150.40  | 0.00       | -40.40 | 96.12   | 96.12  | 13.88  | 0.00   | 0.00
    and leaves the reserve alone           | benefit-ends      | offset | -40.40   | 0.00       | -40.40 | 96.12   | 0.00   | 0.00   | 0.00   | 96.12
    money withheld stays withheld          | benefit-ends      | offset | 312.18   | 0.00       | 100.00 | 0.00    | 0.00   | 0.00   | 212.18 | 0.00
    nothing is open                        | benefit-ends      | offset | 0.00     | 0.00       | 0.00   | 0.00    | 0.00   | 0.00   | 0.00   | 0.00
    """  # noqa: E501
)


@pytest.mark.parametrize("row", EXITS, ids=[row["example"] for row in EXITS])
def test_what_an_exit_does(row: dict[str, str]) -> None:
    told = [np.array(cents(row[name])) for name in ("position", "open wages", "holds", "reserve")]
    done = at_exit(row["reason"], *told, offset_reserve=row["policy"] == "offset")
    wanted = [cents(row[name]) for name in ("offset", "claim", "pay", "left")]
    assert [c.tolist() for c in (done.offset, done.claim, done.payment, done.reserve)] == wanted


@pytest.mark.parametrize(
    ("position", "holds", "credit"), [(31218, 0, 31218), (31218, 10000, 31218), (-100, -300, 200)]
)
def test_a_credit_is_the_clients_before_its_wages_are_in(
    position: int, holds: int, credit: int
) -> None:
    done = at_exit("benefit-continues", position, 60000, holds, 0, offset_reserve=True)
    assert (int(done.credit), int(done.payment)) == (credit, 0)


def test_another_reason_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ends by benefit-ends, .*, not by 'moved'"):
        at_exit("moved", 0, 0, 0, 0, offset_reserve=True)


cents_ = st.integers(-100_000, 100_000)


@given(st.sampled_from(REASONS), cents_, st.integers(0, 90_000), cents_, st.booleans())
def test_an_exit_closes_the_books_and_makes_no_money(
    reason: str, position: int, owed_wages: int, reserve: int, policy: bool
) -> None:
    done = at_exit(reason, position, owed_wages, 0, reserve, offset_reserve=policy)
    offset, claim, credit, payment, left = (int(column) for column in done)
    assert position + offset + claim == (credit or (min(0, position) if reason == "death" else 0))
    assert offset + left == reserve
    assert 0 <= payment <= credit
    assert claim >= 0
    assert not (claim and credit)
    if policy and reason == "benefit-ends":
        assert not (claim and left)
