"""What `surplus check` says when a payment is no longer what was approved."""

from __future__ import annotations

import pytest

from surplus.ledger import invariants
from surplus.ledger.journal import Draft, Line, book
from surplus.store.engine import reading, writing
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


def test_a_next_round_of_what_has_not_come_back_is_named(town: Town):
    town.enrol(1001)
    town.pay("2026-01", "2026-01-27")
    with writing(town.engine) as conn:
        row = dict(conn.execute(obligation.select()).mappings().one())
        again = row | {"obligation": 2, "round": 2, "state": "HELD", "batch": 0}
        conn.execute(obligation.insert().values(**again))
    assert "obligation 2 pays again what has not come back" in broken(town)


def test_a_payment_out_of_an_account_that_does_not_owe_it_is_named(town: Town):
    town.enrol(1001)
    with town.work("2026-01-27") as work:
        lines = [Line(2000, 100, 1001, month=202601), Line(3000, -100)]
        number = book(work, [Draft("holiday-payment", lines, 1001, 202601)])
    assert f"entry {number}: a holiday-payment came out of 2000" in broken(town)


def test_a_batch_cancelled_after_approval_leaves_the_books_whole(town: Town):
    town.enrol(1001)
    town.pay("2026-01", "2026-01-27")
    town.cancel(1, "2026-01-27")
    town.prepare("2026-01", "2026-01-27")
    assert broken(town) == []
