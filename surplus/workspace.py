"""Which folder may pay from a store: a copy or a restored backup pays nobody until it is adopted.

The store keeps the folder it belongs to; the folder keeps, in `workspace.json`, how far the chain
of seals had come. A copied folder is another place than the store tells; a store that was set back,
exchanged or made anew lacks the seal that the folder remembers. Either way two people must say
that this is the one from now on (`surplus adopt`).
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from surplus.store.tables import seal, workspace
from surplus.whole_file import replacing

FILE = "workspace.json"
#: The kind of the change by which a second person lets a workspace pay again.
ADOPT = "adopt"


class Place(NamedTuple):
    """Where a workspace stands."""

    host: str
    path: str
    folder: str  # its number in the file system


def why_frozen(conn: Connection, municipality: str, home: Path, place: Place) -> str:
    """Why a workspace may not pay, in words; '' where it may.

    Args:
        conn: its store.
        municipality: its code.
        home: its folder.
        place: where that stands.
    """
    row = _row(conn, municipality)
    kept = _kept(home)
    if row is None:
        return "its database is new, or of another workspace" if kept is not None else ""
    if row["note"]:
        return str(row["note"])
    if Place(row["host"], row["path"], row["folder"]) != place:
        return f"it is a copy of {row['path']} on {row['host']}, or was moved"
    if kept is None or kept.get("token") != row["token"]:
        return f"{FILE} is not that of its database"
    number, head = kept.get("seal", 0), kept.get("head", "")
    if number and _head(conn, municipality, number) != head:
        return f"its database was set back: it lacks seal {number} ({head})"
    return ""


def settle(conn: Connection, municipality: str, home: Path, place: Place, note: str = "") -> None:
    """Let a store belong to a folder from now on, which may pay unless a note says why not.

    The file comes first: a kill before the commit leaves a workspace that is frozen.
    """
    token = secrets.token_hex(8)
    _write(home, token, conn, municipality)
    conn.execute(delete(workspace).where(workspace.c.municipality == municipality))
    conn.execute(
        insert(workspace).values(
            municipality=municipality, token=token, note=note, **place._asdict()
        )
    )


def is_new(conn: Connection, municipality: str, home: Path) -> bool:
    """Whether neither store nor folder knows of another yet."""
    return _row(conn, municipality) is None and _kept(home) is None


def remember(conn: Connection, municipality: str, home: Path) -> None:
    """Keep beside the store how far its chain of seals has come."""
    row, kept = _row(conn, municipality), _kept(home)
    if row and kept and row["token"] == kept.get("token"):
        _write(home, row["token"], conn, municipality)


def _row(conn: Connection, municipality: str) -> dict[str, Any] | None:
    query = select(workspace).where(workspace.c.municipality == municipality)
    row = conn.execute(query).mappings().first()
    return dict(row) if row else None


def _head(conn: Connection, municipality: str, number: int) -> str | None:
    query = select(seal.c.head).where(seal.c.municipality == municipality, seal.c.seal == number)
    return conn.execute(query).scalar()


def _kept(home: Path) -> dict[str, Any] | None:
    """What stands in the file; None where there is none, nothing where it cannot be read."""
    try:
        told = json.loads((home / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _write(home: Path, token: str, conn: Connection, municipality: str) -> None:
    query = select(seal.c.seal, seal.c.head).where(seal.c.municipality == municipality)
    number, head = conn.execute(query.order_by(seal.c.seal.desc()).limit(1)).first() or (0, "")
    told = {"token": token, "seal": number, "head": head}
    if told == _kept(home):
        return
    with replacing(home / FILE) as file:
        file.write(json.dumps(told).encode())
