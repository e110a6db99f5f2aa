"""Payments of which the statement tells nothing, or something else than the bank said before.

Many banks report refusals only, and a refused batch never shows on a statement: no news is no
proof. So a payment that the statement does not show two banking days after its date is an alarm;
where the bank never answered at all its state is unknown, and it is never sent again: the
statement decides.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus import findings
from surplus.bank import payments
from surplus.bank.payments import Told
from surplus.findings import Finding
from surplus.payout.calendar import add_banking_days
from surplus.runs import Work
from surplus.store import bulk

#: So many banking days after its date a payment stands on a statement, whatever happened.
DAYS = 2

_OPEN = """
    SELECT obligation, batch, month, amount_cents, state, due_on FROM obligation
    WHERE municipality = :municipality AND state IN ('SENT', 'ACCEPTED', 'UNKNOWN')
    ORDER BY obligation
"""
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
#: Payments about which the bank contradicts itself, as long as nobody has looked at it.
_CONTRADICTED = """
    SELECT o.obligation FROM obligation AS o
    JOIN finding AS f ON f.municipality = o.municipality AND f.client = o.client
      AND f.subject LIKE '%obligation:' || o.obligation
    WHERE o.municipality = :municipality AND o.state IN ('REJECTED', 'RECALLED')
      AND f.code IN ('S03', 'STATUS_CONTRADICTS') AND f.state = 'open'
    ORDER BY o.obligation
"""


def doubted(conn: Connection, municipality: str) -> Any:
    """The refused or recalled payments that may have left all the same: none has a next round.

    Returns:
        Their obligations.
    """
    keys = {"municipality": municipality}
    told = [bulk.read(conn, query, keys)["obligation"] for query in (_EXECUTED, _CONTRADICTED)]
    return np.unique(np.concatenate(told))


def look(work: Work) -> None:
    """Raise and close the findings on payments that stay open too long (PAYMENT_UNANSWERED), and
    raise those on refused payments that the bank executed all the same (S03).
    """
    keys = {"municipality": work.municipality}
    rows = bulk.read(work.conn, _OPEN, keys)
    late: dict[tuple[int, int], int] = defaultdict(int)
    silent: list[Told] = []
    columns = ("obligation", "batch", "month", "amount_cents", "state", "due_on")
    overdue = {day: _overdue(day, work.on) for day in set(rows["due_on"].tolist())}
    for number, batch, month, cents, state, due_on in zip(
        *(rows[name].tolist() for name in columns), strict=True
    ):
        if overdue[due_on]:
            late[month, batch] += cents
            if state == "SENT":
                silent.append(Told(number, source=f"due:{due_on}"))
    payments.record(work, silent, "UNKNOWN")
    told = [
        Finding("PAYMENT_UNANSWERED", 0, month, f"batch:{batch}", cents)
        for (month, batch), cents in late.items()
    ]
    findings.sync(work, ["PAYMENT_UNANSWERED"], told)
    executed = bulk.read(work.conn, _EXECUTED, keys)
    names = ("client", "month", "subject", "cents")
    shown = dict.fromkeys(zip(*(executed[name].tolist() for name in names), strict=True))
    findings.raise_all(work, [Finding("S03", *row) for row in shown])


def _overdue(due_on: str, on: str) -> bool:
    return add_banking_days(date.fromisoformat(due_on), DAYS).isoformat() <= on
