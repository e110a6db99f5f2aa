"""The office beside the banks: who must act before which day, and what can no longer be in time.

Banks settle on days on which the office is closed (`[staff] closed_days`, weekends). A batch is
approved by people: on the last day that the office is open before the bank's cut-off it is said
aloud, and so it is ahead where nobody will be there between preparing and that cut-off.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, select

from surplus import findings
from surplus.config import Settings
from surplus.findings import Finding
from surplus.months import Month
from surplus.payout.calendar import PayCalendar, add_banking_days, is_banking_day
from surplus.runs import Work
from surplus.store.tables import payment_batch

#: So many days ahead a month in which nobody would be there is told.
AHEAD = 21
#: So many days before a year begins its pay calendar should stand approved: from 1 December.
BEFORE_YEAR = 31
CODES = ("APPROVE_SOON", "OFFICE_CLOSED", "CALENDAR_NOT_APPROVED")


def is_open(day: date, settings: Settings) -> bool:
    """Whether people work on a day: a banking day on which the office is not closed."""
    return is_banking_day(day) and day.isoformat() not in settings.staff.closed_days


def due_on(raised_on: str, days: int) -> str:
    """The day by which somebody must have acted: so many banking days after it was raised."""
    return add_banking_days(date.fromisoformat(raised_on), days).isoformat()


def look(work: Work) -> None:
    """Raise and close the findings on batches that must be approved now, on closed days, and on a
    pay calendar that nobody approved.
    """
    dates = PayCalendar.read(work.conn, work.settings)
    rows = work.conn.execute(
        select(payment_batch.c.message_id, payment_batch.c.month, payment_batch.c.total_cents)
        .where(payment_batch.c.municipality == work.municipality)
        .where(payment_batch.c.state.in_(("DRAFT", "APPROVED")))
        .order_by(payment_batch.c.batch)
    ).all()  # fmt: skip
    told = []
    for message_id, month, cents in rows:
        until = dates.days(Month(month)).approve_on
        if _last_chance(work.on, until, work.settings):
            subject = f"{message_id} before {until} {work.settings.payday.cut_off}"
            told.append(Finding("APPROVE_SOON", 0, month, subject, cents))
    findings.sync(work, CODES, told + _closed(work, dates) + _unapproved(work, dates))


def coming(conn: Connection, settings: Settings, on: str, days: int = 7) -> list[dict[str, str]]:
    """What is due in the days from a date on.

    Returns:
        `on`, `what` (delivery, prepare, approve, pay) and `month`, in order of day.
    """
    dates = PayCalendar.read(conn, settings)
    last = (date.fromisoformat(on) + timedelta(days=days)).isoformat()
    told = []
    for month in Month.of(on).plus(-1).through(Month.of(on).plus(2)):
        due = dates.days(month)
        steps = zip(("delivery", "prepare", "approve", "pay"), due, strict=True)
        told += [{"on": d, "what": w, "month": str(month)} for w, d in steps if on <= d <= last]
    return sorted(told, key=lambda row: (row["on"], row["month"]))


def _last_chance(on: str, until: str, settings: Settings) -> bool:
    """Whether no other day on which the office is open comes before the cut-off."""
    day, last = date.fromisoformat(on) + timedelta(days=1), date.fromisoformat(until)
    while day <= last:
        if is_open(day, settings):
            return False
        day += timedelta(days=1)
    return True


def _closed(work: Work, dates: PayCalendar) -> list[Finding]:
    """Months whose batch nobody could approve in time."""
    found = []
    horizon = (date.fromisoformat(work.on) + timedelta(days=AHEAD)).isoformat()
    for month in Month.of(work.on).through(Month.of(work.on).plus(1)):
        due = dates.days(month)
        if not work.on <= due.prepare_on <= horizon:
            continue
        first, last = date.fromisoformat(due.prepare_on), date.fromisoformat(due.approve_on)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        if not any(is_open(day, work.settings) for day in days):
            subject = f"{due.prepare_on} to {due.approve_on}"
            found.append(Finding("OFFICE_CLOSED", 0, int(month), subject))
    return found


def _unapproved(work: Work, dates: PayCalendar) -> list[Finding]:
    """The calendar of the year that begins within a month; of a year that has begun only where
    calendars are approved at all.
    """
    year = (date.fromisoformat(work.on) + timedelta(days=BEFORE_YEAR)).year
    begins = year > Month.of(work.on).year
    whole = all(year * 100 + month in dates.approved for month in range(1, 13))
    if whole or not (begins or dates.approved):
        return []
    return [Finding("CALENDAR_NOT_APPROVED", 0, year * 100 + 1, str(year))]
