"""One engine per workspace: SQLite by default, PostgreSQL by URL, with the same promises.

A write transaction takes the write lock at its start (`BEGIN IMMEDIATE`), so that what a job
decided is committed as a whole or not at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from surplus.problems import Refusal

#: STRICT tables and UPDATE … FROM.
OLDEST_SQLITE = (3, 37, 0)
BUSY_MILLISECONDS = 10_000
#: Of each index, to learn how it is filled: some milliseconds for all of a store, however large.
ROWS_LOOKED_AT = 1_000


def open_store(url: str) -> Engine:
    """The engine for a database URL.

    Raises:
        Refusal: the URL is none or names another database than SQLite or PostgreSQL, or SQLite is
            too old.
    """
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:
        backend = "no database"
    if backend == "postgresql":
        return create_engine(url, pool_pre_ping=True)
    if backend != "sqlite":
        raise Refusal(
            f"database.url names {backend}; Surplus stores in SQLite or PostgreSQL",
            "write sqlite:///surplus.db or postgresql+psycopg://user@host/name in surplus.toml",
        )
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise Refusal(
            f"SQLite {sqlite3.sqlite_version} is older than 3.37",
            "use a Python that carries a newer SQLite",
        )
    _make_private(make_url(url).database)
    engine = create_engine(url, connect_args={"timeout": BUSY_MILLISECONDS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def reach(engine: Engine) -> None:
    """See that a server answers; a file of SQLite needs no asking.

    Raises:
        Refusal: it does not, or lets nobody in (exit 1: it may answer later).
    """
    if engine.dialect.name == "sqlite":
        return
    try:
        engine.connect().close()
    except OperationalError as error:
        raise Refusal(
            f"the database cannot be reached: {str(error.orig).strip().splitlines()[0]}",
            "see database.url in surplus.toml, whether the server runs and lets this account in",
            exit_code=1,
        ) from None


def _make_private(file: str | None) -> None:
    """Make a new database file for its owner alone; SQLite would follow the umask."""
    path = Path(file or ":memory:")
    if path.name != ":memory:" and path.parent.exists() and not path.exists():
        path.touch(mode=0o600)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own implicit BEGIN is switched off: transactions are begun by hand below.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "cache_size=-65536",
        f"analysis_limit={ROWS_LOOKED_AT}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction: all of it is committed at the end, nothing where an error leaves it."""
    # `begin`, so that SQLAlchemy knows of the transaction also where only driver calls follow.
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def learn(connection: Connection) -> None:
    """Let SQLite know how its tables are filled; PostgreSQL learns by itself.

    Without, it takes a municipality for ten rows, and reads a table whole where an index leads to
    the few rows that are asked for.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("ANALYZE")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the store and changes nothing."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        try:
            yield connection
        finally:
            connection.rollback()
