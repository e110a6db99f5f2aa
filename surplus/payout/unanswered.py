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
from surplus.ledger.executed import EXECUTED, OWED, executed
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
#: Payments about which the bank contradicts itself, as long as nobody has looked at it.
_CONTRADICTED = """
    SELECT o.obligation FROM obligation AS o
    JOIN finding AS f ON f.municipality = o.municipality AND f.client = o.client
      AND f.subject LIKE '%obligation:' || o.obligation
    WHERE o.municipality = :municipality AND o.state IN ('REJECTED', 'RECALLED')
      AND f.code IN ('S03', 'STATUS_CONTRADICTS') AND f.state = 'open'
    ORDER BY o.obligation
"""
#: The earlier rounds of the payments of a batch.
_EARLIER = """
    SELECT now.end_to_end_id AS name, o.obligation
    FROM obligation AS now
    JOIN obligation AS o ON o.municipality = now.municipality AND o.client = now.client
      AND o.month = now.month AND o.kind = now.kind AND o.payee = now.payee
      AND o.round < now.round
    WHERE now.municipality = :municipality AND now.batch = :batch AND now.round > 1
"""


def doubted(conn: Connection, municipality: str) -> Any:
    """The refused or recalled payments that may have left all the same: none has a next round.

    Returns:
        Their obligations.
    """
    keys = {"municipality": municipality}
    told = [executed(conn, municipality), bulk.read(conn, _CONTRADICTED, keys)]
    return np.unique(np.concatenate([rows["obligation"] for rows in told]))


def left_before(conn: Connection, municipality: str, batch: int) -> list[str]:
    """The payments of a batch of which an earlier round may have left all the same.

    Returns:
        Their end-to-end ids.
    """
    rows = bulk.read(conn, _EARLIER, {"municipality": municipality, "batch": batch})
    if not len(rows["name"]):
        return []
    left = np.isin(rows["obligation"], doubted(conn, municipality))
    return sorted(set(rows["name"][left].tolist()))


def look(work: Work) -> None:
    """Raise and close the findings on payments that stay open too long (PAYMENT_UNANSWERED), and
    raise those on payments that are owed and were debited all the same (S03), or debited twice.
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
    findings.raise_all(work, _shown(work, "S03", OWED))
    findings.sync(work, ["DEBITED_TWICE"], _shown(work, "DEBITED_TWICE", EXECUTED))


def _shown(work: Work, code: str, states: tuple[str, ...]) -> list[Finding]:
    """A finding for each payment, or file, in these states that a debit in suspense names."""
    rows = executed(work.conn, work.municipality, states)
    names = ("client", "month", "subject", "cents")
    told = dict.fromkeys(zip(*(rows[name].tolist() for name in names), strict=True))
    return [Finding(code, *row) for row in told]


def _overdue(due_on: str, on: str) -> bool:
    return add_banking_days(date.fromisoformat(due_on), DAYS).isoformat() <= on
