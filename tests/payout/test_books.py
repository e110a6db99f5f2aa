"""What `surplus check` says when a payment is no longer what was approved."""

from __future__ import annotations

import pytest

from surplus.ledger import invariants
from surplus.store.engine import reading
from surplus.store.tables import obligation
from tests.payout.town import F, Town


def broken(town: Town) -> list[str]:
    with reading(town.engine) as conn:
        return invariants.full(conn, "0999")


@pytest.mark.parametrize("told", [{"amount_cents": F + 100}, {"state": "CANCELLED"}])
def test_a_payment_changed_after_its_approval_is_named(town: Town, told):
    town.enrol(1001)
    town.pay("2026-01", "2026-01-27")
    assert broken(town) == []
    town.tamper(obligation, 1, **told)
    assert any(
        said.startswith("obligation 1 is ") and said.endswith("what was booked for it")
        for said in broken(town)
    )


def test_a_batch_cancelled_after_approval_leaves_the_books_whole(town: Town):
    town.enrol(1001)
    town.pay("2026-01", "2026-01-27")
    town.cancel(1, "2026-01-27")
    town.prepare("2026-01", "2026-01-27")
    assert broken(town) == []
