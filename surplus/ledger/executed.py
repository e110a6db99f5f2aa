"""Payments that the bank executed although it had said that it would not.

Until a person has said what the debit is, such a payment is neither sent again nor given up: both
would pay it twice.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from surplus.store import bulk

#: Debits in suspense, beside the payment that they name, or as one sum the file of payments, of
#: which the bank said that it would not execute it.
_EXECUTED = """
    WITH debit AS (
        SELECT i.end_to_end_id, i.message_id, i.payment_info_id, -i.amount_cents AS cents
        FROM bank_item AS i
        JOIN balance AS b ON b.municipality = i.municipality AND b.account = 1900
          AND b.item = i.item AND b.amount <> 0
        WHERE i.municipality = :municipality AND i.amount_cents < 0),
    refused AS (
        SELECT o.obligation, o.client, o.month, o.batch, o.end_to_end_id FROM obligation AS o
        WHERE o.municipality = :municipality AND o.state IN ('REJECTED', 'RECALLED'))
    SELECT o.obligation, 'obligation:' || o.obligation AS subject, o.client, o.month, d.cents
    FROM refused AS o
    JOIN debit AS d ON d.end_to_end_id = o.end_to_end_id
    WHERE d.end_to_end_id <> ''
    UNION
    SELECT o.obligation, 'batch:' || p.batch AS subject, 0 AS client, p.month, d.cents
    FROM refused AS o
    JOIN payment_batch AS p ON p.municipality = :municipality AND p.batch = o.batch
    JOIN debit AS d ON d.end_to_end_id = ''
      AND (d.message_id = p.message_id OR d.payment_info_id LIKE p.message_id || '-P%')
    ORDER BY subject
"""


def executed(conn: Connection, municipality: str) -> dict[str, Any]:
    """The refused or recalled payments that a debit in suspense names, on its own or as one sum.

    Returns:
        obligation, client, month, subject (`obligation:N`, or `batch:N` with client 0) and the
        cents of the debit; a payment once for each debit.
    """
    return bulk.read(conn, _EXECUTED, {"municipality": municipality})
