"""The days on which banks move money: those on which TARGET is open."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any


@cache
def _closed() -> Any:
    import holidays  # 80 ms, and the command line asks for a date only when money moves

    return holidays.financial_holidays("ECB")


def is_banking_day(day: date) -> bool:
    """Whether TARGET is open (source: `holidays`, financial calendar ECB)."""
    return day.weekday() < 5 and day not in _closed()


def banking_day(day: date, shift: str) -> date:
    """The day itself where banks are open, else the nearest one before or after it.

    Args:
        day: any day.
        shift: `preceding` or `following`.
    """
    step = timedelta(days=1 if shift == "following" else -1)
    while not is_banking_day(day):
        day += step
    return day


def add_banking_days(day: date, count: int) -> date:
    """The banking day `count` banking days after a day; before it where negative."""
    shift, step = ("following", 1) if count > 0 else ("preceding", -1)
    for _ in range(abs(count)):
        day = banking_day(day + timedelta(days=step), shift)
    return day
