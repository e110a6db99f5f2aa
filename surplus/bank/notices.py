"""camt.054, the bank's detail notice: the transactions behind what a statement tells as one sum.

It repeats what a statement tells and is never booked. What an entry of it holds is kept, and looked
at where a line of a statement of that day and amount, with the bank's reference of that entry or of
that batch, has no details of its own. Two notices that tell different things of a line tell
nothing, and neither does one that fits two lines.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from surplus.bank import iso20022
from surplus.bank.entries import Entries, Item
from surplus.bank.known import Known, compact
from surplus.bank.leaves import Leaves, Unreadable
from surplus.bank.matching import Match, matched
from surplus.intake.files.content import Content
from surplus.intake.notes import BadFile, Note, Notes, fatal
from surplus.intake.outcome import Incoming, Outcome
from surplus.problems import PROBLEMS
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import notice

VERSIONS = ("camt.054.001.02", "camt.054.001.08")


def read_notices(work: Work, incoming: Incoming, schemas: Path | None = None) -> Outcome:
    """Keep the details that a notice tells of entries of our account; nothing is booked.

    Args:
        work: the run in whose transaction it happens.
        incoming: the file.
        schemas: a folder that may hold the schemas of ISO 20022.

    Returns:
        What came of it: `entries` read, and `details` kept. Notes: B05 where the details are not
        the sum (nothing is kept of that entry), B10 another account.

    Raises:
        BadFile: the file as a whole cannot be read.
        Refusal: surplus.toml names no bank account.
    """
    identity, accounts = read(incoming.source, schemas)
    ours, notes, details = compact(work.settings.bank_iban()), Notes.of_file([]), 0
    for iban, entries in accounts:
        if iban != ours:
            notes.file.append(Note("B10", PROBLEMS["B10"].severity, field=iban[-4:]))
            continue
        for whole, items in entries:
            if sum(item.amount_cents for item in items) != whole.amount_cents:
                notes.file.append(Note("B05", "H", whole.line))
            else:
                details += len(items)
                _keep(work, incoming.delivery, whole, items)
    count = sum(len(entries) for _iban, entries in accounts)
    counts = {"entries": count, "details": details}
    return incoming.accepted(notes, sender_id=identity, counts=counts)


def read(
    content: bytes | Content, schemas: Path | None = None
) -> tuple[str, list[tuple[str, list[tuple[Item, list[Item]]]]]]:
    """Read a notice: its message id, and per account the booked entries that tell details, each as
    the line that the statement will show and the transactions behind it.

    Raises:
        BadFile: F01 to F04, F14, as for a statement.
    """
    content = Content.of(content)
    version = iso20022.version_of(content, VERSIONS)
    cut = len(iso20022.NAMESPACE) + len(version) + len("{}")
    identity, accounts, entries = "", [], Entries(cut)
    found: list[tuple[Item, list[Item]]] = []
    for name, node in iso20022.elements(content, version, ("GrpHdr", "Ntfctn", "Ntry"), schemas):
        try:
            match name:
                case "Ntry":
                    entries.add(node)
                    items = entries.take()
                    if len(items) > 1 or (items and items[0].detail and entries.batched(node)):
                        found.append((entries.whole(node), items))
                    iso20022.forget(node)
                case "Ntfctn":
                    told = Leaves.under(node, cut, "Ntry")
                    accounts.append((compact(told.first("Acct/Id/IBAN", "Acct/Id/Othr/Id")), found))
                    entries, found = Entries(cut), []
                    node.clear()
                case _:
                    identity = Leaves.under(node, cut).first("MsgId")
        except Unreadable as error:
            raise iso20022.unreadable(node, error) from None
    if not accounts:
        raise BadFile(fatal("F14"))
    return identity, accounts


def _keep(work: Work, delivery: int, whole: Item, items: list[Item]) -> None:
    # Sent once more, an entry may stand at another place in its file.
    told = [item._replace(line=0)._asdict() for item in items]
    bulk.append(
        work.conn,
        notice,
        {
            "municipality": work.municipality,
            "notice": bulk.next_id(work.conn, notice, work.municipality),
            "bank_reference": whole.bank_reference,
            "batch": whole.payment_info_id or whole.message_id,
            "amount_cents": whole.amount_cents,
            "details": json.dumps(told, ensure_ascii=False),
            "delivery": delivery,
            "run": work.run,
            "recorded_on": work.on,
        },
    )


def told_of(work: Work, items: Iterable[Item]) -> dict[int, list[Item]]:
    """The transactions behind those items that have no details of their own, by item."""
    alone = [item for item in items if not item.detail and item.amount_cents]
    if not alone:
        return {}
    rows = bulk.among(
        work.conn,
        select(*(notice.c[name] for name in ("bank_reference", "batch", "amount_cents", "details")))
        .where(notice.c.municipality == work.municipality)
        .order_by(notice.c.notice),
        notice.c.amount_cents,
        {item.amount_cents for item in alone},
    )
    kept: dict[tuple[int, str], list[tuple[str, str, str]]] = defaultdict(list)
    for reference, batch, cents, details in zip(*(rows[n].tolist() for n in rows), strict=True):
        kept[cents, json.loads(details)[0]["booked_on"]].append((reference, batch, details))
    lines: dict[str, list[int]] = defaultdict(list)  # by details, the items that they fit
    for item in alone:
        near = kept.get((item.amount_cents, item.booked_on), ())
        told = {details for reference, batch, details in near if _fits(item, reference, batch)}
        if len(told) == 1:
            lines[told.pop()].append(item.item)
    return {
        items[0]: [Item(**one) for one in json.loads(details)]
        for details, items in lines.items()
        if len(items) == 1
    }


def _fits(item: Item, reference: str, batch: str) -> bool:
    """Whether what a notice tells of that day and amount is of this line: by the bank's reference
    where both have one, else by the batch.
    """
    if reference and item.bank_reference:
        return reference == item.bank_reference
    return batch != "" and batch in (item.payment_info_id, item.message_id)


def by_details(details: Sequence[Item], known: Known) -> Match:
    """What an item is by the transactions behind it, where every one of them is known.

    They are all wages, or all payments of ours that left or came back; else nothing is said.
    """
    own = replace(known, payments=dict(known.payments), booked=dict(known.booked))
    matches = [matched(one, own) for one in details]
    ways = {match.how for match in matches}
    shares = [
        s for m, one in zip(matches, details, strict=True) for s in m.shares(one.amount_cents)
    ]
    if all(match.employment for match in matches):
        return Match("several", several=tuple(shares))
    if ways not in ({"payment"}, {"return"}):
        return Match()
    for mine, theirs in ((known.payments, own.payments), (known.booked, own.booked)):
        mine.clear()
        mine.update(theirs)
    told = [(p, one.return_reason) for m, one in zip(matches, details, strict=True)
            for p in m.payments]  # fmt: skip
    payments, reasons = zip(*told, strict=True)
    return Match(ways.pop(), payments=payments, reasons=reasons)
