"""Payments that the bank executed although it had said that it would not, or more than once.

Until a person has said what the debit is, a payment that is owed is neither sent again nor given
up: both would pay it twice.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, text

from surplus.store import bulk

#: Debits in suspense, beside the payment that they name, or as one sum the file of payments.
_EXECUTED = """
    WITH debit AS (
        SELECT i.end_to_end_id, i.message_id, i.payment_info_id, -i.amount_cents AS cents
        FROM bank_item AS i
        JOIN balance AS b ON b.municipality = i.municipality AND b.account = 1900
          AND b.item = i.item AND b.amount <> 0
        WHERE i.municipality = :municipality AND i.amount_cents < 0),
    ours AS (
        SELECT o.obligation, o.client, o.month, o.batch, o.end_to_end_id FROM obligation AS o
        WHERE o.municipality = :municipality AND o.state IN :states)
    SELECT o.obligation, 'obligation:' || o.obligation AS subject, o.client, o.month, d.cents
    FROM ours AS o
    JOIN debit AS d ON d.end_to_end_id = o.end_to_end_id
    WHERE d.end_to_end_id <> ''
    UNION
    SELECT o.obligation, 'batch:' || p.batch AS subject, 0 AS client, p.month, d.cents
    FROM ours AS o
    JOIN payment_batch AS p ON p.municipality = :municipality AND p.batch = o.batch
    JOIN debit AS d ON d.end_to_end_id = ''
      AND (d.message_id = p.message_id OR d.payment_info_id LIKE p.message_id || '-P%')
    ORDER BY subject
"""


#: States of a payment that left and did not arrive: it is owed still. Or executed once already.
OWED, EXECUTED = ("REJECTED", "RETURNED", "RECALLED"), ("BOOKED",)


def executed(conn: Connection, municipality: str, states: tuple[str, ...] = OWED) -> dict[str, Any]:
    """The payments in some states that a debit in suspense names, on its own or as one sum.

    Returns:
        obligation, client, month, subject (`obligation:N`, or `batch:N` with client 0) and the
        cents of the debit; a payment once for each debit.
    """
    query = text(_EXECUTED).bindparams(bindparam("states", expanding=True))
    return bulk.read(conn, query, {"municipality": municipality, "states": states})
