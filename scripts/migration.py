"""Draft a migration from what changed in surplus/store/tables.py.

    .venv/bin/python scripts/migration.py "what changes"

Read and correct the draft: Alembic cannot see that a column was renamed, for example. Until the
first release the initial migration is drafted anew: delete it, then run this.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import renderers
from alembic.operations.ops import CreateTableOp, MigrateOperation
from sqlalchemy import BigInteger, create_engine

from surplus.store.engine import writing
from surplus.store.migrate import configuration, head
from surplus.store.tables import APPEND_ONLY


class Protect(MigrateOperation):
    """The line `protect("table")` in a draft."""

    def __init__(self, table: str) -> None:
        self.table = table


@renderers.dispatch_for(Protect)
def render_protection(context: Any, operation: Protect) -> str:
    """As Python, with its import."""
    context.imports.add("from surplus.store.migrations.protection import protect")
    return f'protect("{operation.table}")'


def protect_new_tables(_context: Any, _revision: Any, scripts: list[Any]) -> None:
    """Protect every append-only table that a draft creates."""
    for script in scripts:
        script.upgrade_ops.ops += [
            Protect(operation.table_name)
            for operation in script.upgrade_ops.ops
            if isinstance(operation, CreateTableOp) and operation.table_name in APPEND_ONLY
        ]


def name_whole_numbers(kind: str, item: Any, _context: Any) -> str | bool:
    """Write the type of whole numbers by the name that the template defines."""
    return "WHOLE" if kind == "type" and isinstance(item, BigInteger) else False


def draft(message: str) -> Path:
    """Write the next numbered migration; returns its path."""
    config = configuration()
    config.attributes["render_item"] = name_whole_numbers
    with writing(create_engine("sqlite://")) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        script: Any = command.revision(
            config,
            message,
            autogenerate=True,
            rev_id=f"{int(head() or 0) + 1:04d}",
            process_revision_directives=protect_new_tables,
        )
    return Path(script.path)


def tidy(path: Path) -> None:
    """Take out Alembic's remarks and write it as the linter wants it."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if "# ###" not in x), encoding="utf-8")
    for step in (["check", "--fix-only"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, "--quiet", path], check=True)


if __name__ == "__main__":
    drafted = draft(sys.argv[1])
    tidy(drafted)
    print(f"drafted {drafted}")
