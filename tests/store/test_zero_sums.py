"""Double entry is held by the database, not only by the program."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from surplus.store import bulk
from surplus.store.engine import reading, writing
from surplus.store.tables import entry, posting, seal

ENTRY = {
    "municipality": "0999", "entry": 1, "booked_month": 202603, "booked_on": "2026-03-31",
    "kind": "adjustment", "client": 0, "month": 0, "reference": "", "run": 1, "digest": b"12345678",
}  # fmt: skip
SEAL = {
    "municipality": "0999", "seal": 1, "run": 1, "first_entry": 1, "last_entry": 1, "entries": 1,
    "audits": 0, "digest": "d", "previous": "p", "head": "h",
}  # fmt: skip


def postings(*amounts: int) -> dict[str, object]:
    return {
        "municipality": "0999", "entry": 1, "line": list(range(1, len(amounts) + 1)),
        "account": 1000, "client": 0, "employment": 0, "month": 0, "item": 0,
        "amount": list(amounts),
    }  # fmt: skip


@pytest.mark.parametrize("amounts", [(100, -99), (1,), (-5, -5, 11)])
def test_an_entry_that_does_not_add_up_cannot_be_sealed(
    engine: Engine, amounts: tuple[int, ...]
) -> None:
    refused = pytest.raises(DatabaseError, match="does not add up to zero")
    with refused, writing(engine) as conn:
        bulk.append(conn, entry, ENTRY)
        bulk.append(conn, posting, postings(*amounts))
        conn.execute(seal.insert().values(SEAL))
    with reading(engine) as conn:
        assert not conn.execute(entry.select()).all()


def test_an_entry_that_adds_up_is_sealed(engine: Engine) -> None:
    with writing(engine) as conn:
        bulk.append(conn, entry, ENTRY)
        bulk.append(conn, posting, postings(100, -60, -40))
        bulk.append(conn, seal, SEAL)
    with reading(engine) as conn:
        assert len(conn.execute(seal.select()).all()) == 1
