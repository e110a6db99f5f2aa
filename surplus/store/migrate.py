"""Bring a store's tables to the form this version of the program knows, forwards only.

The steps stand in `migrations/versions` (Alembic). A store never goes back: restore a backup.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from surplus.problems import Refusal
from surplus.store.engine import reading, writing

#: PostgreSQL's advisory lock that lets one upgrade through at a time ("SURPLUS" in ASCII).
UPGRADE_LOCK = int.from_bytes(b"SURPLUS")


def upgrade(engine: Engine) -> None:
    """Create or upgrade all tables, in one transaction; a store that is up to date is left alone.

    Safe to call from several processes at once: the first one works, the others wait and find it
    done. On PostgreSQL that includes the workspaces of other municipalities in one database.

    Raises:
        Refusal: the store was made by a newer version of the program.
    """
    if current(engine) == head():
        return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        _refuse_newer(_revision(connection))
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(engine: Engine) -> str | None:
    """The revision at which a store stands; None for an empty database."""
    with reading(engine) as connection:
        return _revision(connection)


@cache
def head() -> str:
    """The newest revision that this version of the program knows."""
    return _scripts().get_current_head() or ""


def configuration() -> Config:
    """Alembic's configuration, without a file: only where the steps stand."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration())


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_newer(revision: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise Refusal(
            f"the database stands at revision {revision}, which this version does not know",
            "install the version of Surplus that last used this database, or a newer one",
        )
