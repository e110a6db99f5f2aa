"""The migrations make exactly the program's tables, and protect what is append-only."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, LargeBinary, Table, Text, text
from sqlalchemy.exc import DBAPIError

from surplus.problems import Refusal
from surplus.store import bulk
from surplus.store.engine import open_store, reading, writing
from surplus.store.migrate import current, head, upgrade
from surplus.store.tables import APPEND_ONLY, CLUSTERED, metadata

PROJECT = Path(__file__).parents[2]

ON_SQLITE = """
    SELECT type, name, tbl_name, sql FROM sqlite_master
    WHERE type IN ('table', 'index') AND tbl_name NOT IN ('alembic_version', 'sqlite_sequence')
"""
ON_POSTGRESQL = """
    SELECT 'column', table_name::text, column_name::text,
           concat_ws(' ', ordinal_position, data_type, is_nullable, column_default)
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
"""
ROW_OF = {Text: "x", LargeBinary: b"12345678"}


def schema(engine: Engine) -> set[tuple[Any, ...]]:
    """All that the database itself says of its tables, keys and indexes."""
    query = ON_SQLITE if engine.dialect.name == "sqlite" else ON_POSTGRESQL
    with reading(engine) as connection:
        return {tuple(row) for row in connection.execute(text(query))}


def row(table: Table) -> dict[str, Any]:
    """Something in every column."""
    return {column.name: ROW_OF.get(type(column.type), 1) for column in table.columns}


@pytest.fixture
def blank(blank_url: str) -> Iterator[Engine]:
    opened = open_store(blank_url)
    yield opened
    opened.dispose()


def test_migrating_makes_exactly_the_tables_keys_and_indexes_of_the_program(blank: Engine) -> None:
    metadata.create_all(blank)
    wanted = schema(blank)
    metadata.drop_all(blank)
    assert not schema(blank)
    upgrade(blank)
    assert schema(blank) == wanted


def test_sqlite_tables_are_strict_and_the_big_ones_are_stored_in_key_order(
    migrated_file: Path,
) -> None:
    with reading(open_store(f"sqlite:///{migrated_file}")) as connection:
        listed = connection.exec_driver_sql("PRAGMA table_list").mappings().all()
    ours = {told["name"]: told for told in listed if told["name"] in metadata.tables}
    assert len(ours) == len(metadata.tables)
    assert {name for name, told in ours.items() if not told["strict"]} == set()
    assert {name for name, told in ours.items() if told["wr"]} == CLUSTERED


def test_what_is_recorded_is_never_changed_or_removed(engine: Engine) -> None:
    changes = ["UPDATE {} SET municipality = '9999'", "DELETE FROM {}"]
    if engine.dialect.name == "postgresql":
        changes.append("TRUNCATE {}")
    # The seal goes before the posting, whose single line adds up to nothing.
    for name in sorted(APPEND_ONLY, key=lambda name: (name != "seal", name)):
        table = metadata.tables[name]
        with writing(engine) as connection:
            bulk.append(connection, table, row(table))
        for change in changes:
            refused = pytest.raises(DBAPIError, match=f"{name} is append-only")
            with refused, writing(engine) as connection:
                connection.exec_driver_sql(change.format(name))
        with reading(engine) as connection:
            assert dict(connection.execute(table.select()).mappings().one()) == row(table)


def test_tables_of_states_can_be_updated(engine: Engine) -> None:
    for name in sorted(set(metadata.tables) - APPEND_ONLY):
        table = metadata.tables[name]
        with writing(engine) as connection:
            bulk.append(connection, table, row(table))
            connection.execute(table.update().values(municipality="9999"))
            connection.execute(table.delete())


def test_upgrading_a_store_that_is_up_to_date_changes_nothing(engine: Engine) -> None:
    before = schema(engine)
    upgrade(engine)
    assert current(engine) == head()
    assert schema(engine) == before


def test_an_upgrade_that_breaks_off_leaves_an_empty_database(
    blank: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_table: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("surplus.store.migrations.protection.protect", breaks)
    with pytest.raises(KeyboardInterrupt):
        upgrade(blank)
    assert current(blank) is None
    assert not schema(blank)


def test_a_store_of_a_newer_program_is_refused_untouched(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refusal, match="revision 9999"):
        upgrade(engine)
    assert current(engine) == "9999"


def test_several_processes_upgrade_one_database_at_once(blank_url: str) -> None:
    program = (
        "import sys; from surplus.store.engine import open_store; "
        "from surplus.store.migrate import upgrade; upgrade(open_store(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, blank_url]
    started = [subprocess.Popen(command, cwd=PROJECT) for _ in range(4)]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0, 0]
    assert current(open_store(blank_url)) == head()
