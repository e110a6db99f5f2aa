"""The seal: what a run added to journal and audit trail, hashed and chained to the run before.

Neither the clock nor personal data is inside, so personal data can be destroyed and the same work
on SQLite and PostgreSQL gives the same head.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, func, select

from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import audit, entry, seal

#: The head before the first seal.
GENESIS = "0" * 32


def close(work: Work) -> str:
    """Seal what this run added since the last seal, in the run's own transaction.

    Returns:
        The head of the chain; the previous one where the run added nothing.
    """
    last = _last(work.conn, work.municipality)
    previous = last["head"] if last else GENESIS
    first_entry = int(last["last_entry"]) + 1 if last else 1
    sealed_audits = _sealed_audits(work.conn, work.municipality)
    entries = _entry_digests(work.conn, work.municipality, first_entry)
    audits = _audit_lines(work.conn, work.municipality, sealed_audits)
    if not len(entries["entry"]) and not len(audits["audit"]):
        return previous
    digest = _digest(entries["digest"], audits)
    head = chained(previous, digest)
    bulk.append(
        work.conn,
        seal,
        {
            "municipality": work.municipality,
            "seal": bulk.next_id(work.conn, seal, work.municipality),
            "run": work.run,
            "first_entry": first_entry,
            "last_entry": first_entry + len(entries["entry"]) - 1,
            "entries": len(entries["entry"]),
            "audits": len(audits["audit"]),
            "digest": digest,
            "previous": previous,
            "head": head,
        },
    )
    return head


def head(conn: Connection, municipality: str) -> str:
    """The head of the chain as it stands."""
    last = _last(conn, municipality)
    return str(last["head"]) if last else GENESIS


def broken(conn: Connection, municipality: str) -> list[str]:
    """What does not fit in the chain: every seal recomputed from entries and audit trail.

    Returns:
        One sentence for each break; empty where all of it holds.
    """
    seals = bulk.read(
        conn, select(seal).where(seal.c.municipality == municipality).order_by(seal.c.seal)
    )
    entries = _entry_digests(conn, municipality, 1)
    audits = _audit_lines(conn, municipality, 0)
    faults: list[str] = []
    previous, entry_at, audit_at = GENESIS, 0, 0
    for i in range(len(seals["seal"])):
        entry_to = entry_at + int(seals["entries"][i])
        audit_to = audit_at + int(seals["audits"][i])
        part = {name: column[audit_at:audit_to] for name, column in audits.items()}
        digest = _digest(entries["digest"][entry_at:entry_to], part)
        if digest != seals["digest"][i] or chained(previous, digest) != seals["head"][i]:
            faults.append(
                f"seal {seals['seal'][i]} of run {seals['run'][i]} does not fit entries "
                f"{seals['first_entry'][i]}–{seals['last_entry'][i]} and its audit lines"
            )
        previous, entry_at, audit_at = str(seals["head"][i]), entry_to, audit_to
    unsealed = len(entries["digest"]) - entry_at
    if unsealed or len(audits["audit"]) - audit_at:
        faults.append(
            f"{unsealed} entries and {len(audits['audit']) - audit_at} audit lines have no seal"
        )
    return faults


def chained(previous: str, digest: str) -> str:
    """The head after a digest."""
    return hashlib.blake2b(f"{previous}{digest}".encode(), digest_size=16).hexdigest()


def _digest(entry_digests: Any, audits: dict[str, Any]) -> str:
    total = hashlib.blake2b(digest_size=16)
    total.update(b"".join(entry_digests))
    for line in zip(*audits.values(), strict=True):
        total.update(("\x1f".join(str(value) for value in line) + "\x1e").encode())
    return total.hexdigest()


def _last(conn: Connection, municipality: str) -> Any:
    query = select(seal).where(seal.c.municipality == municipality)
    return conn.execute(query.order_by(seal.c.seal.desc()).limit(1)).mappings().first()


def _sealed_audits(conn: Connection, municipality: str) -> int:
    query = select(func.coalesce(func.sum(seal.c.audits), 0))
    return int(conn.execute(query.where(seal.c.municipality == municipality)).scalar_one())


def _entry_digests(conn: Connection, municipality: str, first: int) -> dict[str, Any]:
    return bulk.read(
        conn,
        select(entry.c.entry, entry.c.digest)
        .where(entry.c.municipality == municipality, entry.c.entry >= first)
        .order_by(entry.c.entry),
    )


def _audit_lines(conn: Connection, municipality: str, after: int) -> dict[str, Any]:
    columns = [audit.c[name] for name in ("audit", "who", "proved", "action", "subject", "reason",
                                          "recorded_on", "run")]  # fmt: skip
    return bulk.read(
        conn,
        select(*columns)
        .where(audit.c.municipality == municipality, audit.c.audit > after)
        .order_by(audit.c.audit),
    )


def heads(conn: Connection, municipality: str) -> list[str]:
    """All heads of the chain so far, oldest first, with the one before any seal."""
    query = select(seal.c.head).where(seal.c.municipality == municipality)
    return [GENESIS, *(str(row[0]) for row in conn.execute(query.order_by(seal.c.seal)))]
