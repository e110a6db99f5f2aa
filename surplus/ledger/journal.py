"""Booking: entries whose lines add up to zero, appended once and never changed.

Whatever is booked goes through `post`, so that numbering, digests and balances exist in one place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, text

from surplus.ledger.accounts import NAMES, YEAR_CLOSE
from surplus.months import Month
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import entry, posting

Columns = dict[str, Any]

DIGEST_BYTES = 8
#: The whole numbers of a posting that its entry's digest covers, in this order.
POSTING_FIELDS = ("line", "account", "client", "employment", "month", "item", "amount")


class Line(NamedTuple):
    """One line of an entry: signed cents on an account with its dimensions, debit positive."""

    account: int
    amount: int
    client: int = 0
    employment: int = 0
    month: int = 0
    item: int = 0


class Draft(NamedTuple):
    """An entry to be booked: what kind, about which client and month, where it comes from."""

    kind: str
    lines: Sequence[Line]
    client: int = 0
    month: int = 0
    reference: str = ""


def book(work: Work, drafts: Sequence[Draft]) -> int:
    """Append entries in the given order; returns the number of the first.

    Raises:
        ValueError: an entry that does not add up to zero, or an unknown account.
    """
    lines = [(index, line) for index, draft in enumerate(drafts) for line in draft.lines]
    postings: Columns = {"entry": np.array([index for index, _ in lines], dtype=np.int64)}
    for position, name in enumerate(Line._fields):
        postings[name] = np.array([line[position] for _, line in lines], dtype=np.int64)
    entries = {
        "kind": [draft.kind for draft in drafts],
        "client": np.array([draft.client for draft in drafts], dtype=np.int64),
        "month": np.array([draft.month for draft in drafts], dtype=np.int64),
        "reference": [draft.reference for draft in drafts],
    }
    return post(work, entries, postings)


def post(work: Work, entries: Mapping[str, Any], postings: Mapping[str, Any]) -> int:
    """Append entries and their postings, given as columns, and add them to the balances.

    Args:
        work: the run that books; `work.on` is the date of booking.
        entries: kind, client, month, reference; one row per entry, in the order of booking.
        postings: entry (index into `entries`, ascending), account, client, employment, month,
            item, amount (cents). Lines of zero cents are left out.

    Returns:
        The number of the first entry; the others follow.

    Raises:
        ValueError: an entry that does not add up to zero, or an unknown account.
        Refusal: the year of the date of booking is closed.
    """
    count = len(entries["client"])
    first = next_entry(work)
    if not count:
        return first
    _refuse_closed(work)
    kept = _kept(postings, count)
    numbers = np.arange(first, first + count, dtype=np.int64)
    rows: Columns = {
        "municipality": work.municipality,
        "entry": numbers,
        "booked_month": int(Month.of(work.on)),
        "booked_on": work.on,
        "kind": list(entries["kind"]),
        "client": np.asarray(entries["client"], dtype=np.int64),
        "month": np.asarray(entries["month"], dtype=np.int64),
        "reference": list(entries["reference"]),
        "run": work.run,
    }
    bounds = np.searchsorted(kept["entry"], np.arange(count + 1))
    kept["line"] = np.arange(len(kept["entry"])) - bounds[kept["entry"]] + 1
    rows["digest"] = digests(rows, kept, bounds)
    bulk.append(work.conn, entry, rows)
    bulk.append(
        work.conn,
        posting,
        {"municipality": work.municipality, **kept, "entry": kept["entry"] + first},
    )
    _add_to_balances(work.conn, work.municipality, first)
    return first


def _kept(postings: Mapping[str, Any], count: int) -> Columns:
    """The lines that are not zero, checked: known accounts, in order, every entry zero-sum."""
    amount = np.asarray(postings["amount"], dtype=np.int64)
    index = np.asarray(postings["entry"], dtype=np.int64)
    if np.any(np.diff(index) < 0):
        raise ValueError("postings must follow the order of their entries")
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, index, amount)
    if np.any(sums):
        raise ValueError(f"entry {int(np.flatnonzero(sums)[0])} does not add up to zero")
    unknown = set(np.unique(postings["account"]).tolist()) - set(NAMES)
    if unknown:
        raise ValueError(f"no such account: {sorted(unknown)}")
    fields = ("entry", "account", "client", "employment", "month", "item", "amount")
    return {name: np.asarray(postings[name], dtype=np.int64)[amount != 0] for name in fields}


def closed_through(conn: Connection, municipality: str, before: int = 999912) -> int:
    """The last month (yyyymm) of the last book year closed, of those before a month; else 0."""
    found = conn.execute(
        text(
            """
            SELECT MAX(month) FROM entry
            WHERE municipality = :municipality AND kind <> 'settlement' AND kind = :kind
              AND month < :before
            """
        ),
        {"municipality": municipality, "kind": YEAR_CLOSE, "before": before},
    )
    return found.scalar() or 0


def _refuse_closed(work: Work) -> None:
    closed = closed_through(work.conn, work.municipality)
    if Month.of(work.on) <= closed:
        raise Refusal(
            f"{closed // 100} is closed: nothing is booked on {work.on}",
            "give a day in the open year; a correction of a closed one is booked there",
        )


def next_entry(work: Work) -> int:
    """The number that the next entry will get."""
    return bulk.next_id(work.conn, entry, work.municipality)


def digests(entries: Mapping[str, Any], postings: Mapping[str, Any], bounds: Any) -> list[bytes]:
    """The digest of each entry over its own fields and its postings.

    Canonical bytes: little-endian int64 for whole numbers, text as length-prefixed UTF-8, so that
    both engines give the same digest. The business date is inside, the clock is not.

    Args:
        entries: entry, client, month, kind, reference, booked_on, run (arrays or single values).
        postings: the columns POSTING_FIELDS, in order of entry and line.
        bounds: where the postings of each entry begin; one more than there are entries.
    """
    count = len(entries["entry"])
    whole = np.column_stack(
        [np.broadcast_to(entries[name], count) for name in ("entry", "client", "month", "run")]
    ).astype("<i8")
    lines = np.column_stack([postings[name] for name in POSTING_FIELDS]).astype("<i8")
    heads, body = whole.tobytes(), lines.tobytes()
    head, row = whole.shape[1] * 8, lines.shape[1] * 8
    starts = (np.asarray(bounds) * row).tolist()
    dates = entries["booked_on"]
    booked = [dates] * count if isinstance(dates, str) else dates
    words = zip(entries["kind"], booked, entries["reference"], strict=True)
    return [
        hashlib.blake2b(
            heads[i * head : (i + 1) * head] + _text(*texts) + body[starts[i] : starts[i + 1]],
            digest_size=DIGEST_BYTES,
        ).digest()
        for i, texts in enumerate(words)
    ]


def _text(*words: str) -> bytes:
    encoded = [word.encode() for word in words]
    return b"".join(len(word).to_bytes(4, "little") + word for word in encoded)


def _add_to_balances(conn: Connection, municipality: str, first: int) -> None:
    conn.execute(
        text(
            """
            INSERT INTO balance (municipality, account, month, client, employment, item, amount)
            SELECT municipality, account, month, client, employment, item, SUM(amount)
            FROM posting
            WHERE municipality = :municipality AND entry >= :first
            GROUP BY municipality, account, month, client, employment, item
            ON CONFLICT (municipality, account, month, client, employment, item)
            DO UPDATE SET amount = balance.amount + excluded.amount
            """
        ),
        {"municipality": municipality, "first": first},
    )
