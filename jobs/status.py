"""`surplus status`: what needs a person, at a glance. Loads nothing heavy."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from jobs.session import Session
from surplus.problems import Refusal

Query = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(context: typer.Context) -> int:
    """Show what came, ran and waits; exit 3 where something needs a person.

    Example: surplus --home voorbeeldstad status
    """
    from surplus.reports.overview import as_text, overview

    session: Session = context.obj
    told = _settings(session.home)
    with _reading(session.home, told["url"]) as query:
        data = overview(query, told["code"], session.on)
    session.show(data, as_text(data))
    return 3 if data["needs_a_person"] else 0


def _settings(home: Path) -> dict[str, str]:
    """The two settings needed here, without loading the whole of config.

    A wrong key elsewhere is told by every command that reads the settings in full.
    """
    path = home / "surplus.toml"
    try:
        keys = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{home} is no workspace: it has no surplus.toml",
                      "surplus init DIR makes one; --home DIR points at one") from None  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"{path} is not valid TOML: {error}", "mend that line") from None
    return {
        "code": str(keys.get("municipality", {}).get("code", "0999")),
        "url": str(keys.get("database", {}).get("url", "sqlite:///surplus.db")),
    }


@contextmanager
def _reading(home: Path, url: str) -> Iterator[Query]:
    if url.startswith("sqlite"):
        path = home / url.partition(":///")[2]
        if not path.exists():
            raise Refusal(
                f"{path} does not exist",
                "restore a backup; of a workspace that never had one, surplus init makes it",
            )
        failed: type[Exception] = sqlite3.Error
        connection: Any = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        place = ":{}".format
    else:
        import psycopg

        failed, place = psycopg.Error, "%({})s".format
        try:
            connection = psycopg.connect(url.replace("postgresql+psycopg", "postgresql"))
        except psycopg.OperationalError as error:
            raise Refusal(f"the database cannot be reached: {_first_line(error)}",
                          "see [database] url in surplus.toml, and whether the server runs",
                          1) from None  # fmt: skip
    try:
        yield lambda sql, values: list(
            connection.execute(_filled(sql, values, place), values).fetchall()
        )
    except failed as error:
        if _is_of_another_version(error):
            raise Refusal("the database does not hold the tables of this version of Surplus",
                          "surplus init DIR makes them; of an older version, any other command "
                          "brings them up to date") from None  # fmt: skip
        raise Refusal(
            f"the store cannot be read: {_first_line(error)}", "check its rights", 1
        ) from None
    finally:
        connection.close()


def _is_of_another_version(error: Exception) -> bool:
    """Whether a table or a column is not there, as SQLite and PostgreSQL say it."""
    told = str(error)
    return getattr(error, "sqlstate", "") in ("42P01", "42703") or told.startswith("no such ")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _filled(sql: str, values: dict[str, Any], place: Callable[[str], str]) -> str:
    for name in values:
        sql = sql.replace(f":{name}", place(name))
    return sql
