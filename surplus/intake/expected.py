"""Deliveries that should be here by now and are not: each a finding, closed when it comes.

By when each source delivers stands in `[intake.expected]` of surplus.toml; 0 expects nothing. Told
per month: income is late from the day after the one named, in the month after the income month;
a client list in its own month. A source is expected from the first month in which somebody takes
part and clients are known here. A bank sends no statement of an account on which nothing moves:
statements are late where a payment that left should be on one by now, so many banking days later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from surplus.findings import Finding, sync
from surplus.intake.held.worklist import DELIVERED
from surplus.months import Month
from surplus.runs import Work
from surplus.store.tables import agreement, delivery, finding, income, obligation, statement

CODE = "LATE_DELIVERY"
#: States of a payment that has gone to the bank and is on no statement yet.
LEFT = ("SENT", "ACCEPTED", "UNKNOWN")
#: How far back a month that never came is still asked for.
MONTHS_BACK = 12


def look(work: Work, statements_until: str) -> None:
    """Raise what is late now and close what has come.

    Args:
        work: the run.
        statements_until: payments due by this day are on a statement; '' where none are expected.
    """
    sync(work, [CODE], late(work, statements_until))


def close(work: Work, statements_until: str) -> None:
    """Close what has come; raise nothing."""
    standing = {
        (row.subject, row.month)
        for row in work.conn.execute(
            select(finding.c.subject, finding.c.month).where(
                finding.c.municipality == work.municipality,
                finding.c.code == CODE,
                finding.c.state == "open",
            )
        )
    }
    if standing:
        found = late(work, statements_until)
        sync(work, [CODE], [one for one in found if (one.subject, one.month) in standing])


def late(work: Work, statements_until: str) -> list[Finding]:
    """What should be here on the business date: the source as subject, with its month."""
    keys = work.settings.intake.expected
    here, on = work.municipality, Month.of(work.on)
    began, loaded = work.conn.execute(
        select(func.min(agreement.c.starts_on), func.min(agreement.c.recorded_on)).where(
            agreement.c.municipality == here, agreement.c.consent_on != ""
        )
    ).one()
    found = []
    sources: dict[str, tuple[int, int, Callable[[Work], set[int]]]] = {
        "doorlevering": (keys.doorlevering, -1, _delivered),
        "payslip": (keys.payslip, -1, _payslips),
        "clients": (keys.clients, 0, _lists),
    }
    for source, (day, shift, told) in sources.items():
        if not day or not began:
            continue
        last = on.plus(shift if int(work.on[8:]) > day else shift - 1)
        first = max(Month.of(began), Month.of(loaded), last.plus(1 - MONTHS_BACK))
        came = told(work)
        found += [
            Finding(CODE, month=int(month), subject=source)
            for month in first.through(last)
            if int(month) not in came
        ]
    return found + _statements(work, statements_until)


def _delivered(work: Work) -> set[int]:
    """Months of which a delivery of income was taken in, flat or by SuwiML."""
    return _months(work, delivery.c.month, delivery.c.kind.in_(DELIVERED))


def _payslips(work: Work) -> set[int]:
    """Months in which a period of a payslip ends."""
    query = select(income.c.month).where(
        income.c.municipality == work.municipality, income.c.source == "payslip"
    )
    return set(work.conn.execute(query.distinct()).scalars())


def _lists(work: Work) -> set[int]:
    """Months in which a client list was taken in."""
    days = _months(work, delivery.c.recorded_on, delivery.c.kind == "clients")
    return {int(Month.of(str(day))) for day in days}


def _months(work: Work, column: Any, kind: Any) -> set[Any]:
    query = select(column).where(
        delivery.c.municipality == work.municipality, delivery.c.verdict == "accepted", kind
    )
    return set(work.conn.execute(query.distinct()).scalars()) - {None}


def _statements(work: Work, until: str) -> list[Finding]:
    """The month of the oldest payment that should be on a statement, where none reaches its day."""
    if not until:
        return []
    last = work.conn.execute(
        select(func.max(statement.c.to_on)).where(
            statement.c.municipality == work.municipality,
            statement.c.iban == work.settings.bank.iban,
        )
    ).scalar()
    left = work.conn.execute(
        select(func.min(obligation.c.due_on)).where(
            obligation.c.municipality == work.municipality,
            obligation.c.state.in_(LEFT),
            obligation.c.due_on > (last or ""),
            obligation.c.due_on <= until,
        )
    ).scalar()
    return [Finding(CODE, month=int(Month.of(left)), subject="camt053")] if left else []
