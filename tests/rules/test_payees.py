"""Parts of a payment for others: they add up, and the bailiff leaves enough to live."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.rules.payees import OTHERS, halves, split
from surplus.rules.protected_amount import MISSING

from .tables import cents, rows

PARTS = rows(
    """
    example                                   | payment | protected | halves | bailiff | administrator | landlord | client  | partner | to bailiff | to administrator | to landlord
    all to one account                        | 1331.43 | 0.00      | no     | 0.00    | 0.00          | 0.00     | 1331.43 | 0.00    | 0.00       | 0.00             | 0.00
    C14 half each                             | 1902.02 | 0.00      | yes    | 0.00    | 0.00          | 0.00     | 951.01  | 951.01  | 0.00       | 0.00             | 0.00
    the odd cent goes to the last part        | 1331.43 | 0.00      | yes    | 0.00    | 0.00          | 0.00     | 665.71  | 665.72  | 0.00       | 0.00             | 0.00
    rent goes to the landlord                 | 1331.43 | 0.00      | no     | 0.00    | 0.00          | 650.00   | 681.43  | 0.00    | 0.00       | 0.00             | 650.00
    a bailiff leaves the protected amount     | 1331.43 | 1264.86   | no     | 90.00   | 0.00          | 0.00     | 1264.86 | 0.00    | 66.57      | 0.00             | 0.00
    a bailiff who asks for less               | 1331.43 | 1264.86   | no     | 40.00   | 0.00          | 0.00     | 1291.43 | 0.00    | 40.00      | 0.00             | 0.00
    no floor is known: the bailiff waits      | 1331.43 | 0.00      | no     | 90.00   | 0.00          | 650.00   | 681.43  | 0.00    | 0.00       | 0.00             | 650.00
    rent is paid from the protected amount    | 1331.43 | 1264.86   | no     | 90.00   | 0.00          | 650.00   | 614.86  | 0.00    | 66.57      | 0.00             | 650.00
    an administrator goes before the landlord | 1331.43 | 0.00      | no     | 0.00    | 1000.00       | 650.00   | 0.00    | 0.00    | 0.00       | 1000.00          | 331.43
    the rest of a couple is halved            | 1902.02 | 0.00      | yes    | 0.00    | 0.00          | 650.00   | 626.01  | 626.01  | 0.00       | 0.00             | 650.00
    """  # noqa: E501
)


@pytest.mark.parametrize("row", PARTS, ids=[row["example"] for row in PARTS])
def test_who_gets_what(row: dict[str, str]) -> None:
    payment, protected = (np.array(cents(row[name])) for name in ("payment", "protected"))
    asked = {payee: np.array(cents(row[payee])) for payee in OTHERS}
    parts = split(payment, asked, protected, row["halves"] == "yes")
    assert parts.client.tolist() == cents(row["client"])
    assert parts.partner.tolist() == cents(row["partner"])
    for payee in OTHERS:
        assert parts.others[payee].tolist() == cents(row[f"to {payee}"])


def test_a_bailiff_without_a_protected_amount_is_named() -> None:
    asked = {"bailiff": np.array([9000, 9000, 0])}
    parts = split(np.array([133143] * 3), asked, np.array([126486, 0, 0]), False)
    assert parts.lacks.tolist() == ["", MISSING, ""]


def test_who_asked_for_nothing_gets_nothing() -> None:
    parts = split(np.array([133143]), {}, 0, False)
    assert (parts.client.tolist(), parts.lacks.tolist()) == ([133143], [""])
    assert all(cents_.tolist() == [0] for cents_ in parts.others.values())


def test_a_stranger_is_no_payee() -> None:
    said = "^aunt, neighbour is no payee; known are bailiff, administrator, landlord$"
    with pytest.raises(ValueError, match=said):
        split(np.array([100]), {"neighbour": 1, "aunt": 1}, 0, False)


amounts = st.integers(0, 250_000)


@given(amounts, amounts, st.tuples(amounts, amounts, amounts), st.booleans())
def test_parts_add_up_to_the_payment_and_none_is_negative(
    payment: int, protected: int, asked: tuple[int, int, int], half: bool
) -> None:
    parts = split(
        np.array([payment]), dict(zip(OTHERS, asked, strict=True)), np.array([protected]), half
    )
    others = {payee: int(cents_[0]) for payee, cents_ in parts.others.items()}
    all_parts = [int(parts.client[0]), int(parts.partner[0]), *others.values()]
    assert sum(all_parts) == payment
    assert min(all_parts) >= 0
    assert all(others[payee] <= asked[place] for place, payee in enumerate(OTHERS))
    assert others["bailiff"] == 0 or payment - others["bailiff"] >= protected > 0


@given(amounts)
def test_halves_differ_by_a_cent_at_most_and_the_last_is_the_larger(payment: int) -> None:
    first, last = halves(payment)
    assert first + last == payment
    assert last - first in (0, 1)
