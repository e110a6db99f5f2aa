"""What must always hold of the books (design.md §5), recomputed from the postings themselves.

`quick` is cheap and runs after every job that posts; `full` recomputes all of it for
`surplus check`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, select, text

from surplus.ledger import seal
from surplus.ledger.accounts import (
    BANK,
    BENEFIT,
    BUFFER,
    DEBITED,
    ENTRY_KINDS,
    IN_TRANSIT,
    PAYMENT_KINDS,
    RECEIVABLE,
    RESERVE,
    UNMATCHED,
)
from surplus.ledger.journal import POSTING_FIELDS, digests
from surplus.store import bulk
from surplus.store.tables import entry, posting

#: States in which a payment has left the buffer and not yet the bank account.
IN_TRANSIT_STATES = ("APPROVED", "SENT", "ACCEPTED", "UNKNOWN")
#: The order of the statements (s) of an account: by their numbers in a year, else by day.
CHAIN = "SUBSTR(s.to_on, 1, 4), COALESCE(s.sequence, 0), s.to_on, s.statement"


def quick(conn: Connection, municipality: str) -> list[str]:
    """Breaks of the invariants that follow from balances alone: one sentence each."""
    return (
        _trial_balance(conn, municipality)
        + _bank(conn, municipality)
        + _in_transit(conn, municipality)
        + _unmatched(conn, municipality)
        + _next_rounds(conn, municipality)
    )


def full(conn: Connection, municipality: str) -> list[str]:
    """Breaks of all invariants, recomputed from postings, settlements, digests and the chain.

    Returns:
        One sentence for each break, naming the entry, client or account.
    """
    return (
        _zero_sums(conn, municipality)
        + _changed_entries(conn, municipality)
        + seal.broken(conn, municipality)
        + _balances(conn, municipality)
        + quick(conn, municipality)
        + _settlements(conn, municipality)
        + _wages(conn, municipality)
        + _paid_twice(conn, municipality)
        + _payments(conn, municipality)
        + _debited(conn, municipality)
    )


def _rows(conn: Connection, query: str, municipality: str, **more: Any) -> list[Any]:
    return list(conn.execute(text(query), {"municipality": municipality, **more}))


def _zero_sums(conn: Connection, municipality: str) -> list[str]:
    rows = _rows(
        conn,
        """SELECT entry, SUM(amount) FROM posting WHERE municipality = :municipality
           GROUP BY entry HAVING SUM(amount) <> 0 ORDER BY entry""",
        municipality,
    )
    return [f"entry {number} adds up to {cents} cents, not to zero" for number, cents in rows]


def _changed_entries(conn: Connection, municipality: str) -> list[str]:
    """Entries whose stored digest is not that of what stands there now."""
    entries = bulk.read(
        conn, select(entry).where(entry.c.municipality == municipality).order_by(entry.c.entry)
    )
    postings = bulk.read(
        conn,
        select(posting)
        .where(posting.c.municipality == municipality)
        .order_by(posting.c.entry, posting.c.line),
    )
    stray = ~np.isin(postings["entry"], entries["entry"])
    faults = [f"postings of entry {n} have no entry" for n in np.unique(postings["entry"][stray])]
    postings = {name: column[~stray] for name, column in postings.items()}
    bounds = np.append(np.searchsorted(postings["entry"], entries["entry"]), len(postings["entry"]))
    computed = digests(entries, {n: postings[n] for n in POSTING_FIELDS}, bounds)
    for number, told, now in zip(entries["entry"], entries["digest"], computed, strict=True):
        if bytes(told) != now:
            faults.append(f"entry {number} is not what was booked: its digest does not fit")
    return faults


def _balances(conn: Connection, municipality: str) -> list[str]:
    rows = _rows(
        conn,
        """SELECT account, client, month, SUM(amount) FROM (
               SELECT account, month, client, employment, item, amount FROM posting
               WHERE municipality = :municipality
               UNION ALL
               SELECT account, month, client, employment, item, -amount FROM balance
               WHERE municipality = :municipality) AS sides
           GROUP BY account, month, client, employment, item HAVING SUM(amount) <> 0
           ORDER BY account, client, month""",
        municipality,
    )
    return [
        f"account {account}, client {client}, month {month}: postings and stored balance differ "
        f"by {cents} cents"
        for account, client, month, cents in rows
    ]


def _trial_balance(conn: Connection, municipality: str) -> list[str]:
    cents = _rows(
        conn,
        "SELECT COALESCE(SUM(amount), 0) FROM balance WHERE municipality = :municipality",
        municipality,
    )[0][0]
    return [f"the trial balance adds up to {cents} cents, not to zero"] if cents else []


def _bank(conn: Connection, municipality: str) -> list[str]:
    """1000 is the closing balance of the last booked statement, of each account that there was."""
    closing, ledger = _rows(
        conn,
        f"""SELECT (SELECT SUM(closing_cents) FROM (
                        SELECT s.closing_cents AS closing_cents, LEAD(s.statement)
                               OVER (PARTITION BY s.iban ORDER BY {CHAIN}) AS later
                        FROM statement AS s
                        WHERE s.municipality = :municipality AND s.state = 'booked') AS chain
                    WHERE later IS NULL),
                  (SELECT COALESCE(SUM(amount), 0) FROM balance
                   WHERE municipality = :municipality AND account = :bank)""",
        municipality,
        bank=BANK,
    )[0]
    if ledger == (closing or 0):
        return []
    return [f"account 1000 stands at {ledger} cents, the last booked statement at {closing or 0}"]


def _in_transit(conn: Connection, municipality: str) -> list[str]:
    """1010 holds, per obligation, the payments that left the buffer and not yet the bank."""
    query = text(
        """SELECT obligation, SUM(cents) FROM (
               SELECT item AS obligation, -amount AS cents FROM balance
               WHERE municipality = :municipality AND account = :in_transit
               UNION ALL
               SELECT obligation, -amount_cents FROM obligation
               WHERE municipality = :municipality AND state IN :states) AS sides
           GROUP BY obligation HAVING SUM(cents) <> 0 ORDER BY obligation"""
    ).bindparams(bindparam("states", expanding=True))
    rows = conn.execute(
        query,
        {"municipality": municipality, "in_transit": IN_TRANSIT, "states": IN_TRANSIT_STATES},
    )
    return [f"obligation {number}: account 1010 is {cents} cents off" for number, cents in rows]


def _unmatched(conn: Connection, municipality: str) -> list[str]:
    """1900 holds what is open, and every open item has a finding."""
    rows = _rows(
        conn,
        """SELECT item, amount FROM balance WHERE municipality = :municipality
             AND account = :unmatched AND amount <> 0
             AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.municipality = :municipality
                 AND code = 'UNMATCHED' AND state = 'open'
                 AND subject = 'item:' || CAST(item AS TEXT))
           ORDER BY item""",
        municipality,
        unmatched=UNMATCHED,
    )
    return [f"bank item {item} stands open on 1900 without a finding" for item, _ in rows]


_LATEST = """
    SELECT s.month, s.client, s.version, s.wage_cents, s.benefit_cents, s.holiday_allowance_cents,
           s.entitlement_cents
    FROM settlement AS s
    JOIN (SELECT month, client, MAX(version) AS version FROM settlement
          WHERE municipality = :municipality GROUP BY month, client) AS latest
      ON latest.month = s.month AND latest.client = s.client AND latest.version = s.version
    WHERE s.municipality = :municipality
"""


def _settlements(conn: Connection, municipality: str) -> list[str]:
    """Each settlement is what its settlement entries hold on 1300, 4000, 2000 and 2010."""
    rows = _rows(
        conn,
        f"""SELECT client, month, account, SUM(cents) FROM (
               SELECT posting.client AS client, posting.month AS month, account, amount AS cents
               FROM entry JOIN posting ON posting.municipality = entry.municipality
                   AND posting.entry = entry.entry
               WHERE entry.municipality = :municipality AND entry.kind = 'settlement'
               UNION ALL SELECT client, month, :receivable, -wage_cents FROM ({_LATEST}) AS a
               UNION ALL SELECT client, month, :benefit,
                   -(benefit_cents + holiday_allowance_cents) FROM ({_LATEST}) AS b
               UNION ALL SELECT client, month, :buffer, entitlement_cents FROM ({_LATEST}) AS c
               UNION ALL SELECT client, month, :reserve, holiday_allowance_cents
                   FROM ({_LATEST}) AS d) AS sides
           GROUP BY client, month, account HAVING SUM(cents) <> 0 ORDER BY month, client""",
        municipality,
        receivable=RECEIVABLE,
        benefit=BENEFIT,
        buffer=BUFFER,
        reserve=RESERVE,
    )
    return [
        f"client {client}, month {month}: account {account} is {cents} cents off its settlement"
        for client, month, account, cents in rows
    ]


def _wages(conn: Connection, municipality: str) -> list[str]:
    """Per employment the settlement entries on 1300 are the wages of the latest versions."""
    rows = _rows(
        conn,
        f"""SELECT client, month, employment, SUM(cents) FROM (
               SELECT posting.client AS client, posting.month AS month, employment, amount AS cents
               FROM entry JOIN posting ON posting.municipality = entry.municipality
                   AND posting.entry = entry.entry
               WHERE entry.municipality = :municipality AND entry.kind = 'settlement'
                 AND account = :receivable
               UNION ALL
               SELECT w.client, w.month, w.employment, -w.wage_cents FROM settlement_wage AS w
               JOIN ({_LATEST}) AS l ON l.client = w.client AND l.month = w.month
                   AND l.version = w.version
               WHERE w.municipality = :municipality) AS sides
           GROUP BY client, month, employment HAVING SUM(cents) <> 0 ORDER BY month, client""",
        municipality,
        receivable=RECEIVABLE,
    )
    return [
        f"client {client}, month {month}, employment {job}: wage is {cents} cents off"
        for client, month, job, cents in rows
    ]


def _paid_twice(conn: Connection, municipality: str) -> list[str]:
    """No obligation left the bank account twice, and of no right two rounds are out."""
    rows = _rows(
        conn,
        """SELECT posting.item FROM entry JOIN posting
             ON posting.municipality = entry.municipality AND posting.entry = entry.entry
           WHERE entry.municipality = :municipality AND posting.account = :in_transit
             AND entry.kind IN ('payment-booked', 'payment-returned', 'receipt-assigned')
           GROUP BY posting.item
           HAVING SUM(CASE WHEN posting.amount > 0 THEN 1 ELSE -1 END) > 1
           ORDER BY posting.item""",
        municipality,
        in_transit=IN_TRANSIT,
    )
    twice = [f"obligation {row[0]} left the bank account twice" for row in rows]
    rows = _rows(
        conn,
        """SELECT client, month, kind, payee FROM obligation
           WHERE municipality = :municipality
             AND state NOT IN ('CANCELLED', 'REJECTED', 'RETURNED', 'RECALLED')
           GROUP BY client, month, kind, payee HAVING COUNT(*) > 1
           ORDER BY client, month, kind, payee""",
        municipality,
    )
    return twice + [
        f"client {client}, month {month}: two rounds of {kind} to payee {payee} are out"
        for client, month, kind, payee in rows
    ]


def _next_rounds(conn: Connection, municipality: str) -> list[str]:
    """A payment goes once more only where the round before came back or was refused."""
    rows = _rows(
        conn,
        """SELECT o.obligation FROM obligation AS o
           WHERE o.municipality = :municipality AND o.round > 1 AND o.state <> 'CANCELLED'
             AND NOT EXISTS (
               SELECT 1 FROM obligation AS b WHERE b.municipality = o.municipality
                 AND b.client = o.client AND b.month = o.month AND b.kind = o.kind
                 AND b.payee = o.payee AND b.round = o.round - 1
                 AND b.state <> 'CANCELLED' AND b.state IN ('REJECTED', 'RETURNED', 'RECALLED'))
           ORDER BY o.obligation""",
        municipality,
    )
    return [f"obligation {row[0]} pays again what has not come back" for row in rows]


def _debited(conn: Connection, municipality: str) -> list[str]:
    """Every kind of payment comes out of the accounts that owe it, and no other."""
    fits = " OR ".join(
        f"e.kind = '{ENTRY_KINDS[kind]}' AND p.account IN ({', '.join(map(str, accounts))})"
        for kind, accounts in DEBITED.items()
    )
    rows = _rows(
        conn,
        f"""SELECT e.entry, e.kind, p.account FROM entry AS e
            JOIN posting AS p ON p.municipality = e.municipality AND p.entry = e.entry
            WHERE e.municipality = :municipality AND e.kind <> 'settlement'
              AND e.kind IN {tuple(ENTRY_KINDS.values())} AND p.account <> {IN_TRANSIT}
              AND NOT ({fits})
            ORDER BY e.entry""",
        municipality,
    )
    return [f"entry {number}: a {kind} came out of {account}" for number, kind, account in rows]


def _payments(conn: Connection, municipality: str) -> list[str]:
    """What was booked for a payment is the obligation as it stands: nothing, where it is owed."""
    query = text(
        """SELECT obligation, SUM(cents) FROM (
               SELECT posting.item AS obligation, -posting.amount AS cents
               FROM entry JOIN posting ON posting.municipality = entry.municipality
                   AND posting.entry = entry.entry
               WHERE entry.municipality = :municipality AND posting.account = :in_transit
                 AND entry.kind IN :kinds
               UNION ALL
               SELECT obligation, -amount_cents FROM obligation
               WHERE municipality = :municipality
                 AND state NOT IN ('DRAFT', 'HELD', 'CANCELLED', 'REJECTED', 'RETURNED',
                                   'RECALLED')) AS sides
           GROUP BY obligation HAVING SUM(cents) <> 0 ORDER BY obligation"""
    ).bindparams(bindparam("kinds", expanding=True))
    told = {"municipality": municipality, "in_transit": IN_TRANSIT, "kinds": PAYMENT_KINDS}
    return [
        f"obligation {number} is {cents} cents off what was booked for it"
        for number, cents in conn.execute(query, told)
    ]
