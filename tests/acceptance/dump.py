"""The canonical dump of a workspace: everything but clocks, leases and attempts."""

from __future__ import annotations

import hashlib
from typing import Any

from surplus.store.tables import CLOCK_COLUMNS, CLOCK_TABLES, metadata
from tests.acceptance.workspace import Workspace


def canonical(workspace: Workspace) -> dict[str, Any]:
    """Rows of every table in key order, and every file that users see, by its hash."""
    rows = {
        table.name: workspace.query(_select(table))
        for table in metadata.sorted_tables
        if table.name not in CLOCK_TABLES
    }
    files = {
        str(path.relative_to(workspace.home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("inbox", "archive", "refused", "outbox")
        for path in sorted((workspace.home / folder).rglob("*"))
        if path.is_file()
    }
    return {"rows": rows, "files": files}


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What differs between two dumps, in words short enough to read."""
    told = []
    for name, rows in one["rows"].items():
        others = other["rows"][name]
        told += [f"{name}, only undisturbed: {row}" for row in _without(rows, others)[:3]]
        told += [f"{name}, only after the kill: {row}" for row in _without(others, rows)[:3]]
    names = sorted(one["files"].items() ^ other["files"].items())
    return told + [f"file {name}" for name, _ in names[:5]]


def _without(rows: list[Any], others: list[Any]) -> list[Any]:
    known = set(map(repr, others))
    return [row for row in rows if repr(row) not in known]


def _select(table: Any) -> str:
    columns = [column.name for column in table.columns if column.name not in CLOCK_COLUMNS]
    names = ", ".join(f'"{name}"' for name in columns)
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    return f'SELECT {names} FROM "{table.name}" ORDER BY {keys}'
