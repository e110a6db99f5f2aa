"""A backup of a workspace while it works, checked before it counts, and the way back.

One file: the database as it stood at one moment, the settings, the payment files that went out and
the seal heads, with a manifest of hashes, row counts and the head of the seal. What is restored is
frozen until two people adopt it (see `workspace`).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from shutil import which
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, create_engine, func, inspect, select, text
from sqlalchemy.engine import URL

from surplus import __version__
from surplus.hashes import sha256_of
from surplus.problems import Refusal
from surplus.store.engine import reading
from surplus.store.migrate import current
from surplus.store.tables import metadata, seal

MANIFEST, DATABASE, DUMP = "manifest.json", "surplus.db", "surplus.dump"
#: What goes along with the database, where it is there.
_SETTINGS = ("surplus.toml", "columns.toml", "schedule.toml")
_FORMAT, _BLOCK = 1, 1 << 20

Manifest = dict[str, Any]


def make(
    engine: Engine, municipality: str, home: Path, path: Path, on: str, env: Mapping[str, str]
) -> Manifest:
    """Write a backup; it stands at `path` once it was read back and is right.

    Args:
        engine: the store; others may work on it meanwhile.
        municipality: the workspace's code.
        home: its folder.
        path: where to; made whole or not at all.
        on: business date, kept in it.
        env: the environment for pg_dump.

    Raises:
        Refusal: the copy is not sound (exit 5), or PostgreSQL without pg_dump (exit 2).
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Names that the next backup uses too: what a kill leaves here is written over.
    part, copy = (path.with_name(f".surplus-{municipality}.{end}") for end in ("part", "store"))
    try:
        if engine.dialect.name == "sqlite":
            name, told = DATABASE, _copy_sqlite(engine, municipality, copy)
        else:
            name, told = DUMP, _dump_postgresql(engine, municipality, copy, env)
        sources = {name: copy} | {str(p.relative_to(home)): p for p in _beside(home)}
        manifest = {
            "format": _FORMAT, "program": __version__, "municipality": municipality,
            "made_on": on, "engine": engine.dialect.name, "revision": current(engine), **told,
            "files": {member: _hashed(source) for member, source in sources.items()},
        }  # fmt: skip
        _write(part, manifest, sources)
        _reread(part)
        part.replace(path)
        _sync(path.parent)
    finally:
        for left in (part, copy, copy.with_name(f"{copy.name}-journal")):
            left.unlink(missing_ok=True)
    return manifest


def manifest_of(path: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        Refusal: it is none (exit 2).
    """
    with _opened(path) as members:
        name, file = next(members, ("", None))
        if name != MANIFEST or file is None:
            raise _damaged(path)
        manifest: Manifest = json.load(file)
    if manifest.get("format") != _FORMAT or not isinstance(manifest.get("files"), dict):
        raise _damaged(path)
    return manifest


def unpack(path: Path, manifest: Manifest, home: Path, store: Path) -> list[str]:
    """Put the files of a backup in place: the database at `store`, others where none stands yet.

    Returns:
        The other files that were put in place.

    Raises:
        Refusal: the backup is damaged (exit 5).
    """
    database = DATABASE if manifest["engine"] == "sqlite" else DUMP
    seen, placed = set(), []
    with _opened(path) as members:
        for name, file in members:
            if name == MANIFEST:
                continue
            inside = PurePosixPath(name)
            if name not in manifest["files"] or inside.is_absolute() or ".." in inside.parts:
                raise _damaged(path)
            target = store if name == database else home / inside
            fresh = not target.exists() or name == database
            part = target.with_name(f".{target.name}.part")
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sha256 = _stream(file, part)
            if sha256 != manifest["files"][name]["sha256"]:
                part.unlink()
                raise _damaged(path)
            seen.add(name)
            if fresh:
                part.replace(target)
                placed += [name] if name != database else []
            else:
                part.unlink()
    if seen != set(manifest["files"]):
        raise _damaged(path)
    return placed


def load_postgresql(url: URL, dump: Path, env: Mapping[str, str]) -> None:
    """Fill an empty PostgreSQL database from a dump, whole or not at all.

    Raises:
        Refusal: pg_restore is not there, or it failed.
    """
    _run([_tool("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error",
          "--single-transaction", f"--dbname={_without_password(url)}", str(dump)],
         url, env)  # fmt: skip


def differs(conn: Connection, municipality: str, manifest: Manifest) -> list[str]:
    """What a store holds otherwise than the manifest of its backup says."""
    here = _told(conn, municipality)
    found = [
        f"{table}: {here['rows'].get(table, 0)} rows, {count} in the backup"
        for table, count in manifest["rows"].items()
        if here["rows"].get(table, 0) != count
    ]
    if here["head"] != manifest["head"]:
        found.append(f"the seal's head is {here['head']}, {manifest['head']} in the backup")
    return found


def sound(path: Path) -> list[str]:
    """What SQLite itself finds wrong with a database file; empty where it is whole."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            told = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
    return [] if told == ["ok"] else told


def _copy_sqlite(engine: Engine, municipality: str, copy: Path) -> Manifest:
    """The database by SQLite's own online copy, and what it holds."""
    # A journal that a kill left would be played back into the new copy.
    for left in (copy.with_name(f"{copy.name}-journal"), copy):
        left.unlink(missing_ok=True)
    copy.touch(mode=0o600)
    # One step: the copy is of one moment, and writers wait at most for their turn.
    with engine.connect() as conn, closing(sqlite3.connect(copy)) as target:
        driver: Any = conn.connection.driver_connection
        driver.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    wrong = sound(copy)
    if wrong:
        raise Refusal(
            f"the database is damaged: {wrong[0]}", "restore an older backup beside it", exit_code=5
        )
    reader = create_engine(f"sqlite:///{copy}")
    try:
        with reading(reader) as conn:
            return _told(conn, municipality)
    finally:
        reader.dispose()


def _dump_postgresql(
    engine: Engine, municipality: str, copy: Path, env: Mapping[str, str]
) -> Manifest:
    """The database by pg_dump, at the very moment whose rows are counted."""
    tool = _tool("pg_dump")
    with reading(engine) as conn:
        _refuse_older(tool, conn)
        snapshot = conn.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        told = _told(conn, municipality)
        copy.touch(mode=0o600)
        _run([tool, "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={copy}",
              _without_password(engine.url)], engine.url, env)  # fmt: skip
    return told


def _told(conn: Connection, municipality: str) -> Manifest:
    """Row counts of all tables, and the seal's number and head."""
    there = set(inspect(conn).get_table_names())
    rows = {
        table.name: int(conn.execute(select(func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
        if table.name in there and table.name != "workspace"
    }
    last = conn.execute(
        select(seal.c.seal, seal.c.head)
        .where(seal.c.municipality == municipality)
        .order_by(seal.c.seal.desc())
        .limit(1)
    ).first()
    return {"rows": rows, "seal": last[0] if last else 0, "head": last[1] if last else ""}


def _beside(home: Path) -> list[Path]:
    """What goes along: settings, payment files wherever the outbox holds them, seal heads."""
    outbox = home / "outbox"
    paths = [home / name for name in _SETTINGS]
    paths += [*sorted(outbox.rglob("*SUR*.xml")), outbox / "heads.log"]
    return [path for path in paths if path.is_file()]


def _hashed(path: Path) -> dict[str, Any]:
    return {"sha256": sha256_of(path), "bytes": path.stat().st_size}


def _write(part: Path, manifest: Manifest, sources: Mapping[str, Path]) -> None:
    told = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False).encode()
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with (
            gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, filename="", mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            tar.addfile(_member(MANIFEST, len(told)), io.BytesIO(told))
            for name, source in sources.items():
                with source.open("rb") as file:
                    tar.addfile(_member(name, source.stat().st_size), file)
        out.flush()
        os.fsync(out.fileno())


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode, member.size = 0o600, size
    return member


def _reread(path: Path) -> None:
    """Hold a written backup against its own manifest."""
    manifest = manifest_of(path)
    with _opened(path) as members:
        found = {name: sha256_of(file) for name, file in members if name != MANIFEST}
    if found != {name: told["sha256"] for name, told in manifest["files"].items()}:
        raise _damaged(path)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[tuple[str, BinaryIO]]]:
    """The files of a backup, one after the other; nothing else may be in it."""

    def members(tar: tarfile.TarFile) -> Iterator[tuple[str, BinaryIO]]:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() else None
            if file is None:
                raise _damaged(path)
            yield member.name, file  # type: ignore[misc]

    try:
        with tarfile.open(path, "r|gz") as tar:
            yield members(tar)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, ValueError) as error:
        raise _damaged(path) from error


def _stream(file: BinaryIO, part: Path) -> str:
    """Write a member to disk; returns its hash."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        for block in iter(partial(file.read, _BLOCK), b""):
            digest.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _damaged(path: Path) -> Refusal:
    return Refusal(
        f"{path.name} is no backup of Surplus, or is damaged", "take another one", exit_code=5
    )


def _tool(name: str) -> str:
    found = which(name)
    if not found:
        raise Refusal(
            f"{name} is not on this machine, and the store is in PostgreSQL",
            "install the client tools of your server's version (postgresql-client), or let the "
            "database's own backup do it",
        )
    return found


def _refuse_older(tool: str, conn: Connection) -> None:
    """A tool reads servers of its own version and older ones.

    Raises:
        Refusal: it is older than the server.
    """
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False).stdout
    told = re.search(r"([0-9]+)[.0-9a-z]*( \(.*\))?$", said.strip())
    server = int(conn.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
    if told and int(told[1]) < server:
        raise Refusal(
            f"{Path(tool).name} is of version {told[1]}, the server of {server}",
            f"install postgresql-client-{server} or newer, first on PATH, or let the "
            "database's own backup do it",
        )


def _without_password(url: URL) -> str:
    """As libpq takes it; the password goes by the environment, which others cannot read."""
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _run(words: list[str], url: URL, env: Mapping[str, str]) -> None:
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(words, env={**env, **secret}, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Refusal(f"{Path(words[0]).name} failed: {said}", "nothing was kept", exit_code=1)
