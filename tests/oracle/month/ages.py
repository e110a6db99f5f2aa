"""From which day somebody is 18, 21, 27, or of the state pension age (AOW)."""

from datetime import date, timedelta
from functools import cache

from tests.oracle.dates import last_day, month_of, months_later
from tests.oracle.month.parameters import LackingError, pension_ages


@cache
def birthday(born: date, years: int) -> date:
    """
    >>> birthday(date(2000, 2, 29), 21)
    datetime.date(2021, 3, 1)
    """
    return after_months(born, years * 12)


def after_months(born: date, count: int) -> date:
    """The day with the same number so many months on; where the month lacks it, the day after."""
    month = months_later(month_of(born), count)
    last = last_day(month)
    return last.replace(day=born.day) if born.day <= last.day else last + timedelta(1)


def is_of_age(born: date, years: int, day: date) -> bool:
    return birthday(born, years) <= day


def has_pension(born: date, day: date) -> bool:
    """Whether the state pension age is reached; nobody reaches it before 65.

    >>> has_pension(date(1959, 6, 15), date(2026, 6, 14)), has_pension(
    ...     date(1959, 6, 15), date(2026, 6, 15)
    ... )
    (False, True)
    """
    if not is_of_age(born, 65, day):
        return False
    if pension_day(born) <= day:
        return True
    if day.year not in dict(pension_ages()):
        raise LackingError(f"state_pension_age {day.year}")
    return False


@cache
def pension_day(born: date) -> date:
    """The first day at the age that is laid down for the year in which somebody reaches it.

    >>> pension_day(date(1952, 12, 31))  # 66 years in 2018
    datetime.date(2018, 12, 31)
    >>> pension_day(date(1953, 1, 1))  # 66 years and 4 months in 2019
    datetime.date(2019, 5, 1)
    """
    for year, age in pension_ages():
        reached = after_months(born, age)
        if reached.year <= year:
            return max(reached, date(year, 1, 1))
    return date.max
