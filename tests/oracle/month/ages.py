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


@cache
def has_pension(born: date, day: date) -> bool:
    """Whether the state pension age is reached: that of the year in which somebody reaches it.

    >>> has_pension(date(1959, 6, 15), date(2026, 6, 14)), has_pension(
    ...     date(1959, 6, 15), date(2026, 6, 15)
    ... )
    (False, True)
    >>> has_pension(date(1952, 12, 31), date(2019, 1, 1))  # 66 years in 2018
    True
    >>> has_pension(date(1953, 1, 1), date(2019, 4, 30))  # 66 years and 4 months in 2019
    False
    """
    if not is_of_age(born, 65, day):
        return False
    known = [(year, age) for year, age in pension_ages() if year <= day.year]
    for year, age in known:
        reached = after_months(born, age)
        if reached <= day and reached.year <= year:
            return True
    if not known or known[-1][0] < day.year:
        raise LackingError(f"state_pension_age {day.year}")
    return False
