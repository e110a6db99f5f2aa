"""Many rows at once, as columns: the only way rows are written and arrays are read.

Writing takes the fastest honest route of each engine inside the caller's transaction
(docs/decisions): driver-level `executemany` in slices on SQLite, `COPY` on PostgreSQL.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice, repeat
from typing import Any

import numpy as np
from sqlalchemy import (
    Column,
    Connection,
    Executable,
    LargeBinary,
    Select,
    Table,
    Text,
    func,
    select,
    text,
)

Columns = dict[str, Any]

SLICE = 10_000
#: Any number of values as one parameter, by what the column holds; both engines look them up.
_LISTED = {
    ("sqlite", int): "(SELECT value FROM json_each(:{name}))",
    ("sqlite", str): "(SELECT value FROM json_each(:{name}))",
    ("postgresql", int): "(SELECT unnest(CAST(:{name} AS bigint[])))",
    ("postgresql", str): "(SELECT unnest(CAST(:{name} AS text[])))",
}


def append(conn: Connection, table: Table, columns: Mapping[str, Any]) -> int:
    """Insert rows given as columns.

    Args:
        conn: inside a write transaction.
        table: where to.
        columns: name -> array or list of one length, or a single value for all rows.

    Returns:
        The number of rows written.

    Raises:
        ValueError: columns of different length.
    """
    lengths = {len(column) for column in columns.values() if _is_column(column)}
    if len(lengths) > 1:
        raise ValueError(f"columns of {table.name} differ in length: {sorted(lengths)}")
    count = lengths.pop() if lengths else 1
    if count:
        rows = zip(*(_values(column, count) for column in columns.values()), strict=True)
        names = list(columns)
        with _uncollected():
            if conn.dialect.name == "postgresql":
                _copy(conn, table.name, names, rows)
            else:
                _insert(conn, table.name, names, rows)
    return count


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows are numbers and text without cycles: looking for some among them takes a sixth of the
    time of a large delivery.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _is_column(value: Any) -> bool:
    return isinstance(value, (list, tuple, np.ndarray))


def _values(column: Any, count: int) -> Any:
    if isinstance(column, np.ndarray):
        return column.tolist()
    return column if _is_column(column) else repeat(column, count)


def _insert(conn: Connection, table: str, names: list[str], rows: Iterator[Any]) -> None:
    places = ", ".join("?" * len(names))
    statement = f'INSERT INTO "{table}" ({_quoted(names)}) VALUES ({places})'
    while batch := list(islice(rows, SLICE)):
        conn.exec_driver_sql(statement, batch)


def _copy(conn: Connection, table: str, names: list[str], rows: Iterator[Any]) -> None:
    driver: Any = conn.connection.driver_connection
    with driver.cursor() as cursor:
        with cursor.copy(f'COPY "{table}" ({_quoted(names)}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def read(
    conn: Connection, statement: Executable | str, parameters: Mapping[str, Any] | None = None
) -> Columns:
    """The result of a query as columns.

    Returns:
        name -> int64 array for whole numbers (absent is 0), object array of text (absent is '').
        An empty result keeps the types where the statement tells them, else int64.
    """
    result = conn.execute(text(statement) if isinstance(statement, str) else statement, parameters)
    names = list(result.keys())
    kinds = _text_columns(statement)
    # The driver's own tuples: numbers and text need nothing done to them.
    cursor: Any = result.cursor
    with _uncollected():
        rows = cursor.fetchall()
        result.close()
        if not rows:
            return {n: np.empty(0, dtype=object if n in kinds else np.int64) for n in names}
        return {
            name: _array(values, name in kinds)
            for name, values in zip(names, zip(*rows, strict=True), strict=True)
        }


def of_clients(
    conn: Connection, query: str, told: Mapping[str, Any], clients: Collection[int] | None
) -> Columns:
    """The rows of some clients, however many they are.

    Args:
        conn: the store.
        query: SQL with `{of_clients}` where a condition on `client` may stand.
        told: its parameters.
        clients: whose rows; None for everybody's.
    """
    if clients is None:
        return read(conn, query.format(of_clients=""), told)
    condition, mine = listed(conn, "clients", clients)
    return read(conn, query.format(of_clients=f"AND client IN {condition}"), {**told, **mine})


def among(
    conn: Connection, query: Select[Any], column: Column[Any], values: Iterable[Any]
) -> Columns:
    """The rows of a query whose column has one of the values, however many they are."""
    condition, told = listed(conn, "wanted", values, column.type.python_type)
    return read(conn, query.where(text(f"{column} IN {condition}")), told)


def listed(
    conn: Connection, name: str, values: Iterable[Any], kind: type = int
) -> tuple[str, dict[str, Any]]:
    """What stands behind IN for any number of values, and the parameter that it needs."""
    engine, wanted = conn.dialect.name, sorted(values)
    told = json.dumps(wanted) if engine == "sqlite" else wanted
    return _LISTED[engine, kind].format(name=name), {name: told}


def change(conn: Connection, table: Table, columns: Mapping[str, Any]) -> None:
    """Change rows of a table that is not append-only, each to values of its own.

    Args:
        conn: inside a write transaction.
        table: where.
        columns: as for `append`; the key of every row, and what it shall hold.
    """
    keys = [column.name for column in table.primary_key]
    mark = "?" if conn.dialect.name == "sqlite" else "%s"
    told = sorted(columns, key=lambda name: (name in keys, name))
    sets, where = ([f'"{n}" = {mark}' for n in told if (n in keys) == key] for key in (False, True))
    count = next(len(column) for column in columns.values() if _is_column(column))
    rows = list(zip(*(_values(columns[name], count) for name in told), strict=True))
    if rows:
        conn.exec_driver_sql(
            f'UPDATE "{table.name}" SET {", ".join(sets)} WHERE {" AND ".join(where)}', rows
        )


def _text_columns(statement: Any) -> set[str]:
    chosen = getattr(statement, "selected_columns", ())
    return {c.name for c in chosen if isinstance(c.type, (Text, LargeBinary))}


def _array(values: tuple[Any, ...], is_text: bool) -> Any:
    told = next((value for value in values if value is not None), None)
    if is_text or isinstance(told, (str, bytes)):
        array = np.empty(len(values), dtype=object)
        array[:] = ["" if v is None else v for v in values] if None in values else values
        return array
    if None in values:
        values = tuple(0 if value is None else value for value in values)
    return np.array(values, dtype=np.int64)


def next_id(conn: Connection, table: Table, municipality: str) -> int:
    """One more than the highest number given so far in the last key column of `table`.

    Numbers are given out inside a write transaction by the one run that holds the lease.
    """
    key = list(table.primary_key.columns)[-1]
    highest = conn.execute(
        select(func.max(key)).where(table.c.municipality == municipality)
    ).scalar()
    return int(highest or 0) + 1
