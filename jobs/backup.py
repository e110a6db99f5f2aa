"""`surplus backup` and `surplus restore`: a checked copy while others work, and the way back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.session import Session, sealed, utc_now
from surplus.problems import Refusal

if TYPE_CHECKING:
    from sqlalchemy import Engine


BUSY = 4


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to; on another machine.")],
) -> None:
    """Write a checked backup in one file: database, settings, payment files, seal heads.

    Others may work meanwhile. What inbox/ and archive/ hold is not in it: copy those folders too.

    Example: surplus --home voorbeeldstad backup --out /mnt/backup
    """
    from surplus import backup as rules
    from surplus import trail

    session: Session = context.obj
    code = session.settings.code
    path = out / f"surplus-{code}-{utc_now():%Y%m%dT%H%M%SZ}.tar.gz"
    session.progress(f"writing {path.name} …")
    manifest = rules.make(session.engine, code, session.home, path, session.on, os.environ)
    noted = True
    try:
        with session.run("backup") as run, sealed(run) as work:
            run.counts = {"file": path.name, "head": manifest["head"]}
            trail.note(work, "backup", f"{path.name} {manifest['head']}")
    except Refusal as refusal:
        if refusal.exit_code != BUSY:
            raise
        noted = False
    told = {"file": str(path), "bytes": path.stat().st_size, "noted": noted} | {
        name: manifest[name] for name in ("made_on", "engine", "seal", "head", "rows")
    }
    rows = sum(manifest["rows"].values())
    session.show(
        told,
        f"{path}\n{rows} rows, {len(manifest['files'])} files, read back and right; seal "
        f"{manifest['seal']} {manifest['head']}"
        + ("" if noted else "\nanother run is at work, so this backup is not in the audit trail"),
    )


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    into: Annotated[
        Path,
        typer.Option(metavar="DIR", help="New folder, or the workspace whose database is lost."),
    ],
    verify: Annotated[
        bool, typer.Option("--verify", help="Also recompute all invariants and the seal.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Set the database that stands there aside.")
    ] = False,
    database: Annotated[
        str, typer.Option(metavar="URL", help="An empty PostgreSQL database to restore into.")
    ] = "",
) -> int:
    """Restore a workspace; it pays nobody until two people adopt it.

    In the folder of the lost workspace its own settings and payment files stay, and files in
    archive/ that the backup does not know yet go back to inbox/. Exit 3: adopting is left to do.

    Example: surplus restore /mnt/backup/surplus-0999-20261124T043012Z.tar.gz --into voorbeeldstad
    --verify
    """
    from jobs.check import faults
    from surplus import backup as rules
    from surplus import workspace
    from surplus.store.engine import reading, writing

    session: Session = context.obj
    manifest = rules.manifest_of(file)
    code = manifest["municipality"]
    note = f"it was restored from {file.name}, of {manifest['made_on']}"
    made = Session(into, session.on, quiet=session.quiet)
    _make_folders(into)
    store = into / ".restored"
    placed = rules.unpack(file, manifest, into, store)
    try:
        engine = _loaded(made, manifest, store, replace=replace, database=database)
        with reading(engine) as conn:
            wrong = rules.differs(conn, code, manifest)
            wrong += faults(conn, code) if verify else []
        if wrong:
            raise Refusal(
                f"what was restored is not right: {'; '.join(wrong[:5])}", "take another backup", 5
            )
        with writing(engine) as conn:
            workspace.settle(conn, code, into, made.place, note)
        engine.dispose()
        if manifest["engine"] == "sqlite":
            _put_in_place(store, made)
    finally:
        for path in into.glob(".restored*"):
            path.unlink()
    again = _back_to_inbox(made)
    told = {"home": str(into), "made_on": manifest["made_on"], "head": manifest["head"],
            "verified": verify, "files": placed, "back_in_inbox": again}  # fmt: skip
    session.show(
        told,
        f"{into} stands as it was on {manifest['made_on']}, seal {manifest['head']}"
        + (", all invariants hold" if verify else "")
        + f"\n{len(placed)} files put back; {len(again)} files that it does not know yet are in "
        "inbox/ again\nIt pays nobody yet. Put payment files that went out since into outbox/, "
        "then: surplus adopt --reason …",
    )
    return 3


def _make_folders(into: Path) -> None:
    from jobs.init import FOLDERS

    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in FOLDERS:
        (into / name).mkdir(mode=0o700, exist_ok=True)


def _loaded(
    made: Session, manifest: dict[str, Any], store: Path, *, replace: bool, database: str
) -> Engine:
    """The store of a backup, at the newest migration."""
    from sqlalchemy import inspect

    from surplus import backup as rules
    from surplus.store.engine import open_store, reading
    from surplus.store.migrate import upgrade

    if manifest["engine"] == "sqlite":
        place = _sqlite_file(made)
        if place.exists() and not replace:
            raise Refusal(
                f"{place} exists", "--replace sets it aside; or restore into another folder"
            )
        wrong = rules.sound(store)
        if wrong:
            raise Refusal(f"the database in the backup is damaged: {wrong[0]}", exit_code=5)
        engine = open_store(f"sqlite:///{store}")
    else:
        if database:
            _point_at(made, database)
        engine = open_store(made.settings.database.url)
        with reading(engine) as conn:
            if inspect(conn).get_table_names():
                raise Refusal(
                    f"{engine.url.database} is not empty",
                    "make an empty database and name it with --database",
                )
        rules.load_postgresql(engine.url, store, os.environ)
    upgrade(engine)
    return engine


def _sqlite_file(made: Session) -> Path:
    from sqlalchemy.engine import make_url

    from surplus import config

    url = make_url(config.database_url(made.home, made.settings.database.url))
    if url.get_backend_name() != "sqlite" or not url.database:
        raise Refusal(
            "the backup is of SQLite, surplus.toml names another database",
            "restore into a new folder",
        )
    return Path(url.database)


def _point_at(made: Session, database: str) -> None:
    """Let the restored settings name the database that was restored into."""
    from surplus import config

    path = made.home / config.FILE
    told = path.read_text(encoding="utf-8")
    old = made.settings.database.url
    path.write_text(told.replace(f'"{old}"', f'"{database}"'), encoding="utf-8")
    del made.settings


def _put_in_place(store: Path, made: Session) -> None:
    """The restored database in the place of the old one, which is kept beside it."""
    place = _sqlite_file(made)
    for suffix in ("-wal", "-shm", ""):
        old = place.with_name(place.name + suffix)
        if old.exists():
            old.replace(place.with_name(f"{place.name}.set-aside{suffix}"))
    store.replace(place)


def _back_to_inbox(made: Session) -> list[str]:
    """Files that were put away after the backup are still to be taken in."""
    from sqlalchemy import select

    from surplus.hashes import sha256_of
    from surplus.payout import recognised
    from surplus.store.tables import delivery

    with made.reading() as conn:
        known = set(conn.scalars(select(delivery.c.sha256)))
    again = []
    for path in sorted({*made.home.glob("archive/*/*")} - {*recognised.sent_files(made.home)}):
        target = made.home / "inbox" / path.name
        if sha256_of(path) not in known and not target.exists():
            path.rename(target)
            again.append(path.name)
    made.engine.dispose()
    return again
