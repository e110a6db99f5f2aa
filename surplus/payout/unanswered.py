"""Payments of which the statement tells nothing, or something else than the bank said before.

Many banks report refusals only, and a refused batch never shows on a statement: no news is no
proof. So a payment that the statement does not show two banking days after its date is an alarm;
where the bank never answered at all its state is unknown, and it is never sent again: the
statement decides.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

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
#: Debits in suspense that name a payment, or as one sum the file of payments, of which the bank
#: said that it would not execute it.
_EXECUTED = """
    SELECT 'obligation:' || o.obligation AS subject, o.client, o.month, -i.amount_cents AS cents
    FROM bank_item AS i
    JOIN balance AS b ON b.municipality = i.municipality AND b.account = 1900
      AND b.item = i.item AND b.amount <> 0
    JOIN obligation AS o ON o.municipality = i.municipality
      AND o.end_to_end_id = i.end_to_end_id AND o.state IN ('REJECTED', 'RECALLED')
    WHERE i.municipality = :municipality AND i.amount_cents < 0 AND i.end_to_end_id <> ''
    UNION
    SELECT 'batch:' || p.batch AS subject, 0 AS client, p.month, -i.amount_cents AS cents
    FROM bank_item AS i
    JOIN balance AS b ON b.municipality = i.municipality AND b.account = 1900
      AND b.item = i.item AND b.amount <> 0
    JOIN payment_batch AS p ON p.municipality = i.municipality
      AND (p.message_id = i.message_id OR i.payment_info_id LIKE p.message_id || '-P%')
    WHERE i.municipality = :municipality AND i.amount_cents < 0 AND i.end_to_end_id = ''
      AND EXISTS (SELECT 1 FROM obligation AS o WHERE o.municipality = p.municipality
                    AND o.batch = p.batch AND o.state IN ('REJECTED', 'RECALLED'))
    ORDER BY subject
"""


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
    shown = zip(*(executed[name].tolist() for name in names), strict=True)
    findings.raise_all(work, [Finding("S03", *row) for row in shown])


def _overdue(due_on: str, on: str) -> bool:
    return add_banking_days(date.fromisoformat(due_on), DAYS).isoformat() <= on
