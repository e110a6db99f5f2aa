"""Taking in one file: same bytes never twice, recognised by content, read, recorded, told.

All of it happens in the transaction of the run (`Work`): a file is in the store as a whole, with
its verdict, or not at all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import select

from surplus.intake.effect import effect
from surplus.intake.files.content import Content
from surplus.intake.files.limits import Limits
from surplus.intake.held.quarantine import look_again, said_before
from surplus.intake.notes import BadFile, Note, Notes, fatal
from surplus.intake.outcome import Incoming, Outcome
from surplus.intake.recognise import recognise
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import delivery

#: Kinds that tell nothing a held row of income could wait for.
FROM_BANK = ("pain002", "camt053", "camt054")
#: Reads one kind of file and records what it tells; raises BadFile where it cannot.
Reader = Callable[[Work, Incoming], Outcome]


def take_in(
    work: Work, name: str, content: bytes | Content, readers: Mapping[str, Reader]
) -> Outcome:
    """Take in one file.

    Args:
        work: the run in whose transaction it happens.
        name: the file's name, as told to people.
        content: its bytes.
        readers: by kind (doorlevering, suwi, payslip, clients, norms, pain002,
            camt053); a kind without
            reader is refused.

    Returns:
        what came of it. The same bytes as an accepted delivery give `duplicate` (F06) and change
        nothing but the list of deliveries; a refused file may come again.
    """
    number = bulk.next_id(work.conn, delivery, work.municipality)
    incoming = Incoming(name, Content.of(content), "unknown", number)
    if earlier := _accepted_before(work, incoming.sha256):
        outcome = _duplicate(replace(incoming, kind=earlier))
    else:
        outcome = _read(work, incoming, readers)
    _record(work, incoming, outcome)
    if outcome.verdict == "accepted" and outcome.kind not in FROM_BANK:
        sent = outcome.sent_on if outcome.kind != "payslip" else None
        order = (sent, outcome.sent_id) if sent else None
        outcome = replace(outcome, again=look_again(work, order)._asdict())
    return outcome


def refuse(work: Work, name: str, code: str) -> Outcome:
    """Refuse a file whose content could not be had."""
    number = bulk.next_id(work.conn, delivery, work.municipality)
    incoming = Incoming(name, Content.of(b""), "unknown", number)
    outcome = incoming.refused(BadFile(fatal(code)))
    _record(work, incoming, outcome)
    return outcome


def rehearse(
    work: Work, files: Iterable[tuple[str, bytes | Content]], readers: Mapping[str, Reader]
) -> list[Outcome]:
    """What taking in these files, one after the other, would do. Writes nothing.

    `extra` of an accepted file has its `effect`, as `would_change`.
    """
    outcomes = []
    with _nothing_kept(work):
        for name, content in files:
            outcome = take_in(work, name, content, readers)
            if outcome.verdict == "accepted":
                would = {"would_change": effect(work, outcome.delivery)}
                outcome = replace(outcome, extra={**outcome.extra, **would})
            outcomes.append(outcome)
    return outcomes


def told(work: Work, name: str, content: Content) -> list[int]:
    """The deliveries of this file, under this name, so far."""
    query = select(delivery.c.delivery).where(
        delivery.c.municipality == work.municipality,
        delivery.c.sha256 == content.sha256,
        delivery.c.file == name,
    )
    return [int(row[0]) for row in work.conn.execute(query.order_by(delivery.c.delivery))]


def retold(
    work: Work, number: int, content: Content, readers: Mapping[str, Reader]
) -> Outcome | None:
    """The outcome of a delivery as it was told when the file was taken in. Writes nothing.

    None where the file was refused then and would not be now.
    """
    row = work.conn.execute(
        select(delivery).where(
            delivery.c.municipality == work.municipality, delivery.c.delivery == number
        )
    ).one()
    incoming = Incoming(row.file, content, row.kind, number)
    if row.verdict == "refused":
        with _nothing_kept(work):
            again = _read(work, incoming, readers)
        return again if again.verdict == "refused" else None
    if row.verdict == "duplicate":
        return _duplicate(incoming)
    notes = said_before(work, number)
    notes.file.extend(Note(code, severity) for code, severity in json.loads(row.codes))
    return Outcome(
        row.file, row.kind, number, row.verdict, notes, json.loads(row.counts),
        json.loads(row.totals), row.sender_id, row.sent_on, row.sent_id, row.month, row.scope,
        json.loads(row.read_as),
    )  # fmt: skip


def counts_of(work: Work) -> dict[str, int]:
    """What came of all files of this run: files by verdict, rows by state, and how many files
    need a person.
    """
    rows = work.conn.execute(
        select(delivery.c.verdict, delivery.c.counts, delivery.c.codes).where(
            delivery.c.municipality == work.municipality, delivery.c.run == work.run
        )
    )
    total: Counter[str] = Counter({"files": 0, "needs_a_person": 0})
    for verdict, counts, codes in rows:
        found = Counter(json.loads(counts))
        total += found
        total["files"] += 1
        total[verdict] += 1
        said = any(severity in "FEH" for _code, severity in json.loads(codes))
        waits = verdict == "accepted" and (found["held"] or found["rejected"])
        total["needs_a_person"] += bool(said or waits)
    return dict(sorted(total.items()))


@contextmanager
def _nothing_kept(work: Work) -> Iterator[None]:
    trial = work.conn.begin_nested()
    try:
        yield
    finally:
        trial.rollback()


def _read(work: Work, incoming: Incoming, readers: Mapping[str, Reader]) -> Outcome:
    try:
        kind = recognise(incoming.source, Limits.of(work.settings.intake), work.settings.layouts)
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
            "bytes": incoming.source.size,
            "sender_id": outcome.sender_id,
            "sent_on": outcome.sent_on,
            "sent_id": outcome.sent_id,
            "month": outcome.month,
            "scope": outcome.scope,
            "verdict": outcome.verdict,
            "codes": json.dumps(outcome.codes),
            "counts": json.dumps(dict(outcome.counts)),
            "totals": json.dumps(dict(outcome.totals)),
            "read_as": json.dumps(dict(outcome.read_as), ensure_ascii=False),
            "run": work.run,
            "recorded_on": work.on,
        },
    )
