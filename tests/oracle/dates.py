"""Months as yyyymm, TARGET banking days, pay dates and the deadline of a month."""

from calendar import monthrange
from datetime import date, timedelta

CLOSED = {date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1)}
"""TARGET closing days of the first half of 2026 that are no Saturday or Sunday."""


def is_banking_day(day: date) -> bool:
    return day.weekday() < 5 and day not in CLOSED


def next_banking_day(day: date) -> date:
    """The first banking day after `day`: a statement arrives on it."""
    day += timedelta(1)
    while not is_banking_day(day):
        day += timedelta(1)
    return day


def banking_days_before(day: date, count: int) -> date:
    while count:
        day -= timedelta(1)
        count -= is_banking_day(day)
    return day


def first_day(month: int) -> date:
    return date(month // 100, month % 100, 1)


def last_day(month: int) -> date:
    return date(month // 100, month % 100, monthrange(month // 100, month % 100)[1])


def month_of(day: date) -> int:
    return day.year * 100 + day.month


def months_later(month: int, count: int) -> int:
    """
    >>> months_later(202611, 2), months_later(202601, -1)
    (202701, 202512)
    """
    year, index = divmod(month // 100 * 12 + month % 100 - 1 + count, 12)
    return year * 100 + index + 1


def months(first: int, last: int) -> list[int]:
    """All months from the first to and including the last; none when the last comes earlier."""
    span = (last // 100 - first // 100) * 12 + last % 100 - first % 100
    return [months_later(first, n) for n in range(span + 1)]


def month_text(month: int) -> str:
    return f"{month // 100}-{month % 100:02d}"


def compact(day: date | None) -> str:
    """CCYYMMDD, empty when there is no day."""
    return day.strftime("%Y%m%d") if day else ""


def pay_date(month: int) -> date:
    """The last banking day of the month."""
    day = last_day(month)
    return day if is_banking_day(day) else banking_days_before(day, 1)


def prepare_date(month: int) -> date:
    """Three banking days before the pay date."""
    return banking_days_before(pay_date(month), 3)


def deadline(month: int) -> date:
    """The tenth of the second month after; a month without any job settles strictly later."""
    return first_day(months_later(month, 2)).replace(day=10)
