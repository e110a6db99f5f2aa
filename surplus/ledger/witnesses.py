"""What stands in two places: who changes one of them by hand leaves the other as a witness.

Entries and audit lines are sealed; what is not (facts, statements, batches, changes) is held here
against them, against the bank's own sums, or against the figures that follow from it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, text

from surplus.ledger.accounts import BANK, ENTRY_KINDS, RECEIPT_KINDS, RECEIVABLE
from surplus.ledger.invariants import CHAIN
from surplus.ledger.seal import GENESIS


def disagreeing(conn: Connection, municipality: str) -> list[str]:
    """Where two places that must say the same do not: a sentence each."""
    return (
        _figures(conn, municipality)
        + _statements(conn, municipality)
        + _statement_lines(conn, municipality)
        + _receipts(conn, municipality)
        + _obligations(conn, municipality)
        + _batches(conn, municipality)
        + _approvals(conn, municipality)
        + _changes(conn, municipality)
        + _months(conn, municipality)
        + _seals(conn, municipality)
    )


def _told(conn: Connection, query: str, municipality: str, **more: Any) -> list[Any]:
    return list(conn.execute(text(query), {"municipality": municipality, **more}))


def _figures(conn: Connection, municipality: str) -> list[str]:
    """D = W + Bp, C and E are those of both persons, and (INCL) Bp + R = max(0, N − (C − E))."""
    rows = _told(
        conn,
        """SELECT s.client, s.month, s.version FROM settlement AS s
           LEFT JOIN basis AS b ON b.municipality = s.municipality AND b.basis = s.basis
             AND REPLACE(b.policy, ' ', '') LIKE '%"holiday_mode":"INCL"%'
           WHERE s.municipality = :municipality AND s.state = 'settled'
             AND (s.entitlement_cents <> s.wage_cents + s.benefit_cents
                  OR s.countable_cents <> s.countable_1 + s.countable_2
                  OR s.exemption_cents <> s.exemption_1 + s.exemption_2
                  OR b.basis IS NOT NULL
                     AND s.benefit_cents + s.holiday_allowance_cents <> CASE
                         WHEN s.norm_cents + s.exemption_cents > CASE
                             WHEN s.countable_cents > 0 THEN s.countable_cents ELSE 0 END
                         THEN s.norm_cents + s.exemption_cents - CASE
                             WHEN s.countable_cents > 0 THEN s.countable_cents ELSE 0 END
                         ELSE 0 END)
           ORDER BY s.month, s.client, s.version""",
        municipality,
    )
    return [
        f"client {client}, month {month}, version {version}: the figures do not follow from each "
        "other"
        for client, month, version in rows
    ]


def _statements(conn: Connection, municipality: str) -> list[str]:
    """A booked statement closes at its opening and its lines, where the next one opens."""
    rows = _told(
        conn,
        f"""SELECT statement, opening_cents + lines - closing_cents, opening_cents - before FROM (
               SELECT s.statement AS statement, s.opening_cents AS opening_cents,
                      s.closing_cents AS closing_cents, COALESCE(i.cents, 0) AS lines,
                      LAG(s.closing_cents) OVER (PARTITION BY s.iban
                          ORDER BY {CHAIN}) AS before
               FROM statement AS s
               LEFT JOIN (SELECT statement, SUM(amount_cents) AS cents FROM bank_item
                          WHERE municipality = :municipality GROUP BY statement) AS i
                 ON i.statement = s.statement
               WHERE s.municipality = :municipality AND s.state = 'booked') AS chain
           WHERE opening_cents + lines <> closing_cents OR opening_cents <> before
           ORDER BY statement""",
        municipality,
    )
    return [
        f"statement {number}: its lines are {lines} cents off its balances"
        if lines
        else f"statement {number} opens {opening} cents off where the one before closed"
        for number, lines, opening in rows
    ]


def _statement_lines(conn: Connection, municipality: str) -> list[str]:
    """Every line of a booked statement moved 1000 by its amount, once.

    What undoes a receipt is booked under the line of that receipt.
    """
    rows = _told(
        conn,
        """SELECT i.item, i.amount_cents - COALESCE(booked.cents, 0) FROM bank_item AS i
           JOIN statement AS s ON s.municipality = i.municipality AND s.statement = i.statement
             AND s.state = 'booked'
           LEFT JOIN (SELECT entry.reference AS reference, SUM(posting.amount) AS cents
                      FROM entry JOIN posting ON posting.municipality = entry.municipality
                          AND posting.entry = entry.entry
                      WHERE entry.municipality = :municipality AND posting.account = :bank
                        AND entry.kind NOT IN ('settlement', 'opening', 'receipt-reversed')
                      GROUP BY entry.reference) AS booked
             ON booked.reference = 'item:' || CAST(i.item AS TEXT)
           WHERE i.municipality = :municipality AND i.match NOT LIKE 'reversal of %'
             AND i.amount_cents <> COALESCE(booked.cents, 0)
           ORDER BY i.item""",
        municipality,
        bank=BANK,
    )
    return [f"bank item {item} is {cents} cents off what was booked for it" for item, cents in rows]


def _receipts(conn: Connection, municipality: str) -> list[str]:
    """An entry about what an employer paid is about one client, by which receipts are read."""
    query = text(
        """SELECT DISTINCT entry.entry FROM entry JOIN posting
             ON posting.municipality = entry.municipality AND posting.entry = entry.entry
           WHERE entry.municipality = :municipality AND entry.kind <> 'settlement'
             AND entry.kind IN :kinds AND posting.account = :receivable
             AND posting.client <> entry.client
           ORDER BY entry.entry"""
    ).bindparams(bindparam("kinds", expanding=True))
    told = {"municipality": municipality, "kinds": RECEIPT_KINDS, "receivable": RECEIVABLE}
    return [
        f"entry {number} is about a receipt of another client"
        for (number,) in conn.execute(query, told)
    ]


def _obligations(conn: Connection, municipality: str) -> list[str]:
    """A payment that was approved is of the client, month and kind that were booked for it."""
    entry_kind = " ".join(f"WHEN '{kind}' THEN '{booked}'" for kind, booked in ENTRY_KINDS.items())
    rows = _told(
        conn,
        f"""SELECT o.obligation FROM entry AS e JOIN obligation AS o
             ON o.municipality = e.municipality
            AND o.obligation = CASE WHEN e.reference LIKE 'obligation:%'
                                    THEN CAST(SUBSTR(e.reference, 12) AS BIGINT) END
           WHERE e.municipality = :municipality AND e.kind IN {tuple(ENTRY_KINDS.values())}
             AND (o.client <> e.client OR o.month <> e.month
                  OR e.kind <> CASE o.kind {entry_kind} ELSE '' END)
           ORDER BY o.obligation""",
        municipality,
    )
    return [f"obligation {row[0]} is another payment than was booked for it" for row in rows]


def _batches(conn: Connection, municipality: str) -> list[str]:
    """A batch that was approved is as many payments, and as much, as it holds."""
    rows = _told(
        conn,
        """SELECT b.batch, b.payments, b.total_cents, COUNT(o.obligation),
                  COALESCE(SUM(o.amount_cents), 0)
           FROM payment_batch AS b LEFT JOIN obligation AS o
             ON o.municipality = b.municipality AND o.batch = b.batch
           WHERE b.municipality = :municipality AND b.state NOT IN ('DRAFT', 'CANCELLED')
           GROUP BY b.batch, b.payments, b.total_cents
           HAVING COUNT(o.obligation) <> b.payments
               OR COALESCE(SUM(o.amount_cents), 0) <> b.total_cents
           ORDER BY b.batch""",
        municipality,
    )
    return [
        f"batch {number} says {count} payments of {cents} cents, it holds {held} of {total}"
        for number, count, cents, held, total in rows
    ]


def _approvals(conn: Connection, municipality: str) -> list[str]:
    """Who approved which file is what the sealed audit trail says."""
    rows = _told(
        conn,
        """SELECT b.batch FROM payment_batch AS b
           WHERE b.municipality = :municipality AND b.approved_by <> ''
             AND b.state NOT IN ('DRAFT', 'CANCELLED') AND NOT EXISTS (
               SELECT 1 FROM audit AS a WHERE a.municipality = b.municipality
                 AND a.action = 'pay approve' AND a.who = b.approved_by
                 AND a.recorded_on = b.approved_on
                 AND a.subject = 'batch ' || CAST(b.batch AS TEXT) || ' ' || b.message_id || ' '
                                 || b.sha256)
           ORDER BY b.batch""",
        municipality,
    )
    return [f"batch {row[0]}: the audit trail knows no such approval of this file" for row in rows]


def _changes(conn: Connection, municipality: str) -> list[str]:
    """What was decided about a change is what the sealed audit trail says."""
    rows = _told(
        conn,
        """SELECT c.change FROM change AS c
           WHERE c.municipality = :municipality AND c.state IN ('approved', 'rejected')
             AND c.decided_by <> '' AND NOT EXISTS (
               SELECT 1 FROM audit AS a WHERE a.municipality = c.municipality
                 AND a.action = CASE c.state WHEN 'approved' THEN 'changes approve'
                                             ELSE 'changes reject' END
                 AND a.who = c.decided_by AND a.recorded_on = c.decided_on
                 AND a.subject = CAST(c.change AS TEXT) || ' ' || c.kind)
           ORDER BY c.change""",
        municipality,
    )
    return [f"change {row[0]}: the audit trail knows no such decision" for row in rows]


def _months(conn: Connection, municipality: str) -> list[str]:
    """The month in which an entry was booked is that of its day."""
    rows = _told(
        conn,
        """SELECT entry FROM entry WHERE municipality = :municipality
             AND booked_month <> CAST(SUBSTR(booked_on, 1, 4) || SUBSTR(booked_on, 6, 2) AS BIGINT)
           ORDER BY entry""",
        municipality,
    )
    return [f"entry {row[0]} stands in another month than that of its day" for row in rows]


def _seals(conn: Connection, municipality: str) -> list[str]:
    """Each seal names the head before it, and the entries that follow those of the one before."""
    rows = _told(
        conn,
        """SELECT seal FROM (
               SELECT seal, previous, first_entry, last_entry, entries,
                      LAG(head) OVER (ORDER BY seal) AS head_before,
                      LAG(last_entry) OVER (ORDER BY seal) AS entry_before
               FROM seal WHERE municipality = :municipality) AS chain
           WHERE previous <> COALESCE(head_before, :genesis)
              OR first_entry <> COALESCE(entry_before, 0) + 1
              OR last_entry <> first_entry + entries - 1
           ORDER BY seal""",
        municipality,
        genesis=GENESIS,
    )
    return [f"seal {row[0]} does not follow the one before it" for row in rows]
