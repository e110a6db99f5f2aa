"""Taking in one file: same bytes never twice, recognised by content, read, recorded, told.

All of it happens in the transaction of the run (`Work`): a file is in the store as a whole, with
its verdict, or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sqlalchemy import select

from surplus.intake.again import look_again
from surplus.intake.notes import BadFile, Notes
from surplus.intake.outcome import Incoming, Outcome
from surplus.intake.recognise import recognise
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import delivery

#: Reads one kind of file and records what it tells; raises BadFile where it cannot.
Reader = Callable[[Work, Incoming], Outcome]


def take_in(work: Work, name: str, content: bytes, readers: Mapping[str, Reader]) -> Outcome:
    """Take in one file.

    Args:
        work: the run in whose transaction it happens.
        name: the file's name, as told to people.
        content: its bytes.
        readers: by kind (doorlevering, clients, norms, camt053); a kind without reader is refused.

    Returns:
        what came of it. The same bytes as an accepted delivery give `duplicate` (F06) and change
        nothing but the list of deliveries; a refused file may come again.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    number = bulk.next_id(work.conn, delivery, work.municipality)
    incoming = Incoming(name, content, sha256, "unknown", number)
    if earlier := _accepted_before(work, sha256):
        outcome = _duplicate(replace(incoming, kind=earlier))
    else:
        outcome = _read(work, incoming, readers)
    _record(work, incoming, outcome)
    if outcome.verdict == "accepted" and outcome.kind != "camt053":
        order = (outcome.sent_on, outcome.sender_id) if outcome.sent_on else None
        outcome = replace(outcome, again=look_again(work, order)._asdict())
    return outcome


def rehearse(
    work: Work, files: Iterable[tuple[str, bytes]], readers: Mapping[str, Reader]
) -> list[Outcome]:
    """What taking in these files, one after the other, would do. Writes nothing."""
    trial = work.conn.begin_nested()
    try:
        return [take_in(work, name, content, readers) for name, content in files]
    finally:
        trial.rollback()


def _read(work: Work, incoming: Incoming, readers: Mapping[str, Reader]) -> Outcome:
    try:
        kind = recognise(incoming.content, work.settings.intake.max_bytes)
        incoming = replace(incoming, kind=kind)
        return readers[kind](work, incoming)
    except BadFile as bad:
        return incoming.refused(bad)


def _accepted_before(work: Work, sha256: str) -> str:
    """The kind of the accepted delivery with these bytes; empty where there is none."""
    kind = work.conn.execute(
        select(delivery.c.kind).where(
            delivery.c.municipality == work.municipality,
            delivery.c.sha256 == sha256,
            delivery.c.verdict == "accepted",
        )
    ).scalar()
    return str(kind or "")


def _duplicate(incoming: Incoming) -> Outcome:
    notes = Notes.of_file([])
    notes.about_file("F06")
    counts = {"rows": 0, "recorded": 0, "held": 0, "rejected": 0}
    return Outcome(incoming.file, incoming.kind, incoming.delivery, "duplicate", notes, counts)


def _record(work: Work, incoming: Incoming, outcome: Outcome) -> None:
    bulk.append(
        work.conn,
        delivery,
        {
            "municipality": work.municipality,
            "delivery": incoming.delivery,
            "kind": outcome.kind,
            "file": incoming.file,
            "sha256": incoming.sha256,
            "bytes": len(incoming.content),
            "sender_id": outcome.sender_id,
            "sent_on": outcome.sent_on,
            "month": outcome.month,
            "scope": outcome.scope,
            "verdict": outcome.verdict,
            "codes": json.dumps(outcome.codes),
            "counts": json.dumps(dict(outcome.counts), sort_keys=True),
            "totals": json.dumps(dict(outcome.totals), sort_keys=True),
            "run": work.run,
            "recorded_on": work.on,
        },
    )
