"""Pay dates: on which day the fixed amount leaves, by the days on which banks settle euros.

TARGET days are the days the European payment system is open (formats.md §4). King's Day and
Ascension Day are among them, Good Friday and 1 May are not.

>>> from datetime import date
>>> banking_day(date(2026, 12, 25), "preceding").isoformat()
'2026-12-24'
>>> add_banking_days(date(2026, 11, 30), -3).isoformat()
'2026-11-25'
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

from surplus.config import Settings
from surplus.months import Month


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


def pay_date(month: Month, settings: Settings) -> date:
    """The fixed date (vaste betaaldatum) of a pay month.

    A shift may cross the end of a month or year; the pay month does not move with it.
    """
    rule = settings.payday.rule
    if rule == "last-banking-day":
        return banking_day(month.last_day, "preceding")
    return banking_day(date(month.year, month.number, rule), settings.payday.shift)


def prepare_day(month: Month, settings: Settings) -> date:
    """The day from which the batch of a pay month is due to be prepared."""
    return add_banking_days(pay_date(month, settings), -settings.payday.prepare_days_before)


def pay_month(on: str, settings: Settings) -> Month:
    """The current pay month: the latest whose prepare day has come by a business date."""
    month = Month.of(on).plus(1)
    while prepare_day(month, settings).isoformat() > on:
        month = month.plus(-1)
    return month
