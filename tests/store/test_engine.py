"""What a transaction promises, the same on both engines."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from surplus.payout import recount
from surplus.problems import Refusal
from surplus.store import bulk
from surplus.store.engine import learn, open_store, reading, writing
from surplus.store.migrate import upgrade
from surplus.store.tables import entry, obligation, outbox, posting

ROW = {
    "municipality": "0999",
    "message": 1,
    "kind": "test",
    "text": "first",
    "sent_on": "",
    "run": 1,
    "recorded_on": "2026-03-31",
}


def messages(engine: Engine) -> list[str]:
    """What stands in the outbox, in order."""
    with reading(engine) as connection:
        return list(connection.execute(select(outbox.c.text).order_by(outbox.c.message)).scalars())


def add(engine: Engine, text: str, holding: threading.Event | None = None) -> None:
    """Write a message under the next number, as jobs do; keep the transaction open for a while."""
    with writing(engine) as connection:
        number = bulk.next_id(connection, outbox, "0999")
        if holding:
            holding.set()
            threading.Event().wait(0.5)
        bulk.append(connection, outbox, {**ROW, "message": number, "text": text})


def test_a_transaction_that_breaks_off_leaves_nothing(engine: Engine) -> None:
    def breaks_off() -> None:
        with writing(engine) as connection:
            connection.execute(outbox.insert().values(ROW))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaks_off()
    assert messages(engine) == []


def test_what_only_the_bulk_route_wrote_is_committed(engine: Engine) -> None:
    with writing(engine) as connection:
        bulk.append(connection, outbox, ROW)
    assert messages(engine) == ["first"]


def test_what_only_the_bulk_route_wrote_is_rolled_back(engine: Engine) -> None:
    def breaks_off() -> None:
        with writing(engine) as connection:
            bulk.append(connection, outbox, ROW)
            raise ValueError("breaks off")

    with pytest.raises(ValueError, match="breaks off"):
        breaks_off()
    assert messages(engine) == []


def test_of_two_writers_the_second_waits_or_one_fails_without_a_trace(engine: Engine) -> None:
    holding = threading.Event()
    with ThreadPoolExecutor() as threads:
        jobs = {"first": threads.submit(add, engine, "first", holding)}
        holding.wait()
        jobs["second"] = threads.submit(add, engine, "second")
    failed = {name for name, job in jobs.items() if job.exception()}
    assert len(failed) <= (0 if engine.dialect.name == "sqlite" else 1)
    assert set(messages(engine)) == set(jobs) - failed
    add(engine, "later")
    assert messages(engine)[-1] == "later"


def test_a_reader_sees_one_state_while_another_writes(engine: Engine) -> None:
    add(engine, "before")
    with reading(engine) as connection:
        query = select(outbox.c.text)
        assert list(connection.execute(query).scalars()) == ["before"]
        add(engine, "meanwhile")
        assert list(connection.execute(query).scalars()) == ["before"]
    assert messages(engine) == ["before", "meanwhile"]


def test_a_reader_cannot_write_anything_that_stays(engine: Engine) -> None:
    with suppress(DBAPIError), reading(engine) as connection:
        connection.execute(outbox.insert().values(ROW))
    assert messages(engine) == []


def test_sqlite_is_opened_to_survive_a_power_cut(tmp_path: Path) -> None:
    with reading(open_store(f"sqlite:///{tmp_path / 'surplus.db'}")) as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_sqlite_finds_the_entries_of_a_client_without_reading_every_posting(tmp_path: Path) -> None:
    """Of the second count of a batch: it took seconds for each batch after half a year."""
    engine = open_store(f"sqlite:///{tmp_path / 'surplus.db'}")
    upgrade(engine)
    clients, months = 300, 10
    numbers = list(range(1, clients * months + 1))
    dated = {"municipality": "0999", "run": 1}
    whose = [1 + number % clients for number in numbers]
    with writing(engine) as connection:
        bulk.append(connection, entry, {
            **dated, "entry": numbers, "booked_month": 202601, "booked_on": "2026-01-30",
            "kind": "fixed-payment", "client": whose, "month": 202601, "reference": "",
            "digest": b"",
        })  # fmt: skip
        bulk.append(connection, posting, {
            "municipality": "0999", "entry": numbers, "line": 1, "account": 1010, "client": whose,
            "employment": 0, "month": 202601, "item": numbers, "amount": 1,
        })  # fmt: skip
        bulk.append(connection, obligation, {
            **dated, "obligation": numbers, "client": whose, "month": 202601, "kind": "fixed",
            "payee": 1, "round": numbers, "amount_cents": 1, "set_off_cents": 0, "due_on": "",
            "iban": "", "name": "", "remittance": "", "state": "BOOKED", "hold_reason": "",
            "batch": [1 + number // clients for number in numbers], "end_to_end_id": "",
            "released_by": "", "release_reason": "", "recorded_on": "",
        })  # fmt: skip
        learn(connection)
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {recount._PAID_ALREADY}", {"municipality": "0999", "batch": 3}
        )
        steps = " · ".join(step for *_numbers, step in plan)
    assert "ix_entry_kind (municipality=? AND kind=? AND client=?)" in steps
    assert "p USING PRIMARY KEY (municipality=? AND entry=?)" in steps


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match="mysql"):
        open_store("mysql://localhost/surplus")


def test_an_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(Refusal, match=r"older than 3\.37"):
        open_store("sqlite://")


def test_a_new_database_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'new.db'}")
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600
