"""Wages that employers still owe, and what they paid too much: since when, and who is told.

A wage is expected on the day that a payslip names, else by the deadline of its month.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from surplus.bank.banking_days import add_banking_days
from surplus.config import Settings
from surplus.findings import Finding, sync
from surplus.ledger.accounts import RECEIVABLE
from surplus.months import Month
from surplus.runs import Work
from surplus.settlement.target import deadline
from surplus.store import bulk

#: So many banking days after its expected date a wage is overdue.
DAYS = 10
OVERDUE, OVERPAID = "RECEIVABLE_OVERDUE", "OVERPAID_BY_EMPLOYER"
CODES = (OVERDUE, OVERPAID)

_OPEN = """
    SELECT client, employment, month, amount FROM balance
    WHERE municipality = :municipality AND account = :receivable AND amount <> 0
    ORDER BY month, client, employment
"""
_PAID_ON = text(
    """
    SELECT employment, month, MAX(paid_on) AS paid_on FROM income
    WHERE municipality = :municipality AND source = 'payslip' AND state = 'recorded'
      AND employment IN :employments AND paid_on IS NOT NULL
    GROUP BY employment, month
    """
).bindparams(bindparam("employments", expanding=True))
_AT_ONCE = 5_000


class Owed(NamedTuple):
    """A wage of an employment-month that is not received, or received too much (negative)."""

    client: int
    employment: int
    month: int
    cents: int


def due(conn: Connection, settings: Settings, on: str) -> list[Owed]:
    """The wages that should have been here by a day and are not, or that were too high.

    Args:
        conn: the store.
        settings: for the deadline of a month.
        on: the day.

    Returns:
        By month, client and employment; cents positive where the employer owes.
    """
    told = {"municipality": settings.code, "receivable": RECEIVABLE}
    rows = bulk.read(conn, _OPEN, told)
    found = [Owed(*row) for row in zip(*(rows[name].tolist() for name in rows), strict=True)]
    pay_days = _pay_days(conn, settings.code, {owed.employment for owed in found})

    @cache
    def last_day(month: int, paid_on: str) -> str:
        if not paid_on:
            return deadline(Month(month), settings)
        return add_banking_days(date.fromisoformat(paid_on), DAYS).isoformat()

    return [o for o in found if on > last_day(o.month, pay_days.get((o.employment, o.month), ""))]


def tell(work: Work) -> None:
    """A finding for every wage that is overdue or was too high, and for no other."""
    found = [
        Finding(
            OVERDUE if owed.cents > 0 else OVERPAID, owed.client, owed.month,
            f"employment:{owed.employment}", abs(owed.cents),
        )
        for owed in due(work.conn, work.settings, work.on)
    ]  # fmt: skip
    sync(work, CODES, found)


def _pay_days(
    conn: Connection, municipality: str, employments: Iterable[int]
) -> dict[tuple[int, int], str]:
    """The day of pay that payslips tell, by employment and month."""
    wanted, found = sorted(employments), {}
    for start in range(0, len(wanted), _AT_ONCE):
        told = {"municipality": municipality, "employments": wanted[start : start + _AT_ONCE]}
        rows = bulk.read(conn, _PAID_ON, told)
        for job, month, day in zip(*(rows[name].tolist() for name in rows), strict=True):
            found[job, month] = day
    return found
