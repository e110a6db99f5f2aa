"""`surplus doctor`: whether the place a workspace stands in is fit for it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from jobs.session import Session, utc_now
from surplus.problems import Refusal

if TYPE_CHECKING:
    from surplus.config import Settings

#: File systems of other machines, on which SQLite cannot lock.
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "9p",
           "fuse.sshfs", "fuse.glusterfs", "lustre", "beegfs"}  # fmt: skip
#: Bytes that a night should find free beside twice the database.
ROOM = 1 << 30
BACKUP_DAYS, NIGHT_DAYS = 2, 4
PACKAGES = ("sqlalchemy", "numpy", "pandas", "pyarrow", "lxml", "pydantic", "holidays")

RESTORE = "restore a backup: docs/operations/backup.md"

OK, WARN, BAD = "ok", "look", "BAD"


class Check(NamedTuple):
    """One thing looked at."""

    what: str
    state: str  # ok | look | BAD
    found: str
    remedy: str = ""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(context: typer.Context) -> int:
    """Look at settings, folders, disk, database, clock, schemas, calendar, backups and versions.

    Exit 3 where something is not as it should be; nothing is changed.

    Example: surplus --home voorbeeldstad doctor
    """
    session: Session = context.obj
    rows = [check._asdict() for check in checks(session)]
    session.table(rows, Check._fields, title="Doctor", empty="")
    return 3 if any(row["state"] != OK for row in rows) else 0


def checks(session: Session) -> Iterator[Check]:
    """Everything that is looked at, one by one; a fault of one does not hide the others."""
    try:
        settings = session.settings
    except Refusal as refusal:
        yield Check("settings", BAD, refusal.message, refusal.remedy)
        return
    yield Check("settings", OK, f"{len(settings.operators)} operators")
    if settings.bank.iban in ("", "NL…"):
        yield Check("bank account", BAD, "bank.iban is not filled in", "write it in surplus.toml")
    yield from _folders(session.home)
    place = _sqlite(session.home, settings)
    yield _disk(place or session.home)
    if place is not None:
        yield network_share(place, _mounts())
    if place is not None and not place.exists():  # opening it would make a new one
        yield Check("database", BAD, f"{place.name} is not there", RESTORE)
        yield _schemas(session.home, settings)
        yield _versions()
        return
    looks: tuple[Callable[[Session], Iterator[Check]], ...] = (
        _database, _frozen, _clock, _nights, _backups, _calendar, _messages,
    )  # fmt: skip
    for look in looks:
        try:
            yield from look(session)
        except Refusal as refusal:
            yield Check(look.__name__.strip("_"), BAD, refusal.message, refusal.remedy)
        except Exception as error:  # a database that cannot be reached is what is looked for
            cause = str(getattr(error, "orig", None) or error).splitlines()[0]
            yield Check("database", BAD, f"{type(error).__name__}: {cause}", "see the log")
            break
    yield _schemas(session.home, settings)
    yield _versions()


def network_share(place: Path, mounts: list[tuple[str, str]]) -> Check:
    """Whether a SQLite database stands on the disk of another machine.

    Args:
        place: the database.
        mounts: mount point and type of each file system.
    """
    inside = [(m, kind) for m, kind in mounts if place.is_relative_to(m)]
    kind = max(inside, key=lambda one: len(one[0]), default=("", "unknown"))[1]
    if kind in NETWORK or str(place).startswith("\\\\"):
        return Check("file system", BAD, f"SQLite on a network share ({kind})",
                     "keep the workspace on a local disk, or the store in PostgreSQL")  # fmt: skip
    return Check("file system", OK, kind)


def _folders(home: Path) -> Iterator[Check]:
    from jobs.init import FOLDERS

    missing = [name for name in FOLDERS if not (home / name).is_dir()]
    if missing:
        yield Check("folders", BAD, f"missing: {', '.join(missing)}", "surplus init DIR adds them")
    if os.name != "posix":
        return
    private = [home / "surplus.toml", *(home / n for n in FOLDERS), *home.glob("surplus.db*")]
    wide = [p.name for p in private if p.exists() and p.stat().st_mode & 0o077]
    closed = home.stat().st_mode & 0o077 == 0
    if wide and not closed:
        yield Check("rights", WARN, f"others may enter: {', '.join(wide)}",
                    f"chmod -R go-rwx {home}")  # fmt: skip
    elif not missing:
        yield Check("folders", OK, "all there, closed to others")
    written = [home, *(home / name for name in FOLDERS), home / "logs" / "surplus.jsonl",
               *home.glob("surplus.db*")]  # fmt: skip
    unwritable = [p.name for p in written if p.exists() and not os.access(p, os.W_OK)]
    if unwritable:
        yield Check("rights", BAD, f"cannot be written: {', '.join(unwritable)}", "check the owner")


def _disk(place: Path) -> Check:
    size = place.stat().st_size if place.is_file() else 0
    free, wanted = shutil.disk_usage(place.parent).free, ROOM + 2 * size
    told = f"{free / 1e9:.1f} GB free, {wanted / 1e9:.1f} GB wanted"
    return Check("disk", OK if free > wanted else BAD, told, "" if free > wanted else "make room")


def _sqlite(home: Path, settings: Settings) -> Path | None:
    from sqlalchemy.engine import make_url

    from surplus import config

    url = make_url(config.database_url(home.resolve(), settings.database.url))
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _mounts() -> list[tuple[str, str]]:
    """Mount points and types, where the system tells them."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [(words[1], words[2]) for line in lines if len(words := line.split()) > 2]


def _database(session: Session) -> Iterator[Check]:
    from surplus import backup
    from surplus.store import migrate

    engine = session.engine
    told = f"{engine.dialect.name}, revision {migrate.current(engine)}"
    if engine.dialect.name == "sqlite":
        wrong = backup.sound(Path(str(engine.url.database)))
        told += f", SQLite {sqlite3.sqlite_version}"
        if wrong:
            yield Check("database", BAD, wrong[0], RESTORE)
            return
    else:
        with session.reading() as conn:
            told += f", server {conn.exec_driver_sql('SHOW server_version').scalar()}"
    yield Check("database", OK, told)


def _frozen(session: Session) -> Iterator[Check]:
    why = session.frozen()
    yield Check("workspace", BAD if why else OK, why or "its own", "surplus adopt" if why else "")


def _clock(session: Session) -> Iterator[Check]:
    """A clock that was set back would date tonight before last night."""
    last = str(_value(session, "SELECT MAX(started_at) FROM run WHERE municipality = :code") or "")
    now = utc_now()
    if last and datetime.fromisoformat(last) > now + timedelta(minutes=5):
        yield Check("clock", BAD, f"it says {now:%Y-%m-%d %H:%M} UTC, the last run began {last}",
                    "set the clock by NTP before the next run")  # fmt: skip
    else:
        yield Check("clock", OK, f"{now:%Y-%m-%d %H:%M} UTC")


def _nights(session: Session) -> Iterator[Check]:
    yield _age(session, "last night", "nightly", NIGHT_DAYS,
               "see docs/operations: crontab, systemd timer")  # fmt: skip


def _backups(session: Session) -> Iterator[Check]:
    yield _age(session, "backup", "backup", BACKUP_DAYS, "surplus backup --out DIR, each day")


def _age(session: Session, what: str, job: str, most: int, remedy: str) -> Check:
    last = _value(
        session,
        "SELECT MAX(business_date) FROM run WHERE municipality = :code AND job = :job "
        "AND state IN ('done', 'attention')",
        job=job,
    )
    if not last:
        return Check(what, WARN, "never yet", remedy)
    days = (date.fromisoformat(session.on) - date.fromisoformat(str(last))).days
    late = days > most
    return Check(what, WARN if late else OK, f"{last}, {days} days ago", remedy if late else "")


def _calendar(session: Session) -> Iterator[Check]:
    """The days of this year, and from November of the next, are promised."""
    on = date.fromisoformat(session.on)
    for year in [on.year, *([on.year + 1] if on.month >= 11 else [])]:
        count = _value(
            session,
            "SELECT COUNT(DISTINCT month) FROM pay_day WHERE municipality = :code "
            "AND month BETWEEN :first AND :last",
            first=year * 100 + 1, last=year * 100 + 12,
        )  # fmt: skip
        full = count == 12
        yield Check(f"calendar {year}", OK if full else WARN, f"{count} of 12 months approved",
                    "" if full else f"surplus calendar {year} --approve")  # fmt: skip


def _messages(session: Session) -> Iterator[Check]:
    told = session.settings.notify
    if not (told.mail_to or told.webhook or told.ping):
        yield Check("notifications", WARN, "nobody is told", "fill in [notify] of surplus.toml")
        return
    left = _value(
        session, "SELECT COUNT(*) FROM outbox WHERE municipality = :code AND sent_on = ''"
    )
    yield Check("notifications", WARN if left else OK, f"{left} wait to be sent",
                "see logs/ for why" if left else "")  # fmt: skip


def _schemas(home: Path, settings: Settings) -> Check:
    found = sorted(p.name for p in (home / settings.intake.schemas).glob("*.xsd"))
    if not found:
        return Check("schemas", WARN, "none: SuwiML is refused, bank files are read without",
                     "put the XSD files in schemas/")  # fmt: skip
    return Check("schemas", OK, f"{len(found)}: {', '.join(found[:6])}")


def _versions() -> Check:
    from importlib.metadata import version

    from surplus import __version__

    told = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    python = ".".join(map(str, sys.version_info[:3]))
    return Check("versions", OK, f"surplus {__version__}, Python {python}, {told}")


def _value(session: Session, sql: str, **values: Any) -> Any:
    from sqlalchemy import text

    with session.reading() as conn:
        return conn.execute(text(sql), {"code": session.settings.code, **values}).scalar()
