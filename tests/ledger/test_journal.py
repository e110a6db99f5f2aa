"""Booking refuses what is no double entry; seal and invariants tell what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine

from surplus.ledger import invariants, seal
from surplus.ledger.accounts import BANK, MUNICIPALITY
from surplus.ledger.journal import Draft, Line, book, post
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.engine import reading, writing
from surplus.store.tables import seal as seals

FUNDING = Draft("funding", [Line(BANK, 500), Line(MUNICIPALITY, -500)])


@contextmanager
def at_work(engine: Engine, run: int = 1) -> Iterator[Work]:
    with writing(engine) as conn:
        nobody: Any = None
        yield Work(conn, "0999", run, "2026-03-31", "system", nobody)


def broken(engine: Engine) -> list[str]:
    with reading(engine) as conn:
        return invariants.full(conn, "0999")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([Line(BANK, 500), Line(MUNICIPALITY, -499)], "does not add up to zero"),
        ([Line(BANK, 500), Line(1234, -500)], "no such account"),
    ],
)
def test_what_is_no_double_entry_is_not_booked(engine: Engine, lines: list[Line], why: str) -> None:
    with at_work(engine) as work:
        with pytest.raises(ValueError, match=why):
            book(work, [Draft("funding", lines)])
    assert broken(engine) == []


def test_postings_out_of_the_order_of_their_entries_are_not_booked(engine: Engine) -> None:
    zeros = np.zeros(2, dtype=np.int64)
    names = ("account", "client", "employment", "month", "item", "amount")
    postings = {"entry": np.array([1, 0])} | dict.fromkeys(names, zeros)
    entries = {"kind": ["a", "b"], "client": zeros, "month": zeros, "reference": ["", ""]}
    with at_work(engine) as work, pytest.raises(ValueError, match="order of their entries"):
        post(work, entries, postings)


def test_a_bank_balance_that_no_statement_tells_is_named(engine: Engine) -> None:
    with at_work(engine) as work:
        book(work, [FUNDING])
        seal.close(work)
    assert broken(engine) == ["account 1000 stands at 500 cents, the last booked statement at 0"]


def test_entries_that_nobody_sealed_are_named(engine: Engine) -> None:
    with at_work(engine) as work:
        book(work, [FUNDING])
    assert "1 entries and 0 audit lines have no seal" in broken(engine)


def test_a_seal_that_does_not_fit_its_entries_is_named(engine: Engine) -> None:
    with at_work(engine) as work:
        book(work, [FUNDING])
        told = {"seal": 1, "run": 1, "first_entry": 1, "last_entry": 1, "entries": 1, "audits": 0}
        words = {"digest": "other", "previous": seal.GENESIS, "head": "other"}
        bulk.append(work.conn, seals, {"municipality": "0999", **told, **words})
    assert any("seal 1 of run 1 does not fit entries 1–1" in fault for fault in broken(engine))


def test_a_run_that_adds_nothing_leaves_the_head_as_it_is(engine: Engine) -> None:
    with at_work(engine) as work:
        book(work, [FUNDING])
        head = seal.close(work)
    with at_work(engine, run=2) as work:
        assert seal.close(work) == head
