"""A calendar month as one number, `202603`, and arithmetic on single months and on arrays of them.

>>> march = Month.parse("2026-03")
>>> str(march), int(march), str(march.plus(10)), march.last_day.isoformat()
('2026-03', 202603, '2027-01', '2026-03-31')
>>> [str(m) for m in Month.parse("2025-11").through(Month(202602))]
['2025-11', '2025-12', '2026-01', '2026-02']
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Months = npt.NDArray[np.int64]


class Month(int):
    """A month (kalendermaand) as the integer yyyymm."""

    @classmethod
    def parse(cls, text: str) -> Month:
        """Raises ValueError where the text is not `yyyy-mm`."""
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
            raise ValueError(f"{text!r} is not a month such as 2026-03")
        return cls(int(text.replace("-", "")))

    @classmethod
    def of(cls, day: date | str) -> Month:
        """The month in which a day falls (a date, or ISO text)."""
        text = day if isinstance(day, str) else day.isoformat()
        return cls(int(text[:4]) * 100 + int(text[5:7]))

    def __str__(self) -> str:
        return f"{self // 100:04d}-{self % 100:02d}"

    __repr__ = __str__

    @property
    def year(self) -> int:
        """The calendar year."""
        return int(self) // 100

    @property
    def number(self) -> int:
        """1 for January to 12 for December."""
        return int(self) % 100

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    def plus(self, months: int) -> Month:
        """The month so many months later (earlier where negative)."""
        return Month(int(plus(int(self), months)))

    def through(self, last: Month) -> Iterator[Month]:
        """Every month from this one to `last`, both included."""
        month = self
        while month <= last:
            yield month
            month = month.plus(1)


def ordinal(months: Any) -> Any:
    """Months counted from year 0, so that they can be subtracted."""
    numbers = np.asarray(months, dtype=np.int64)
    return numbers // 100 * 12 + numbers % 100 - 1


def plus(months: Any, count: Any) -> Any:
    """`count` months after each of `months` (arrays of yyyymm)."""
    number = ordinal(months) + count
    return number // 12 * 100 + number % 12 + 1


def month_name(month: Month, language: str = "nl") -> str:
    """`maart 2026`, or `March 2026` in English.

    >>> month_name(Month(202603)), month_name(Month(202603), "en")
    ('maart 2026', 'March 2026')
    """
    names = {
        "nl": "januari februari maart april mei juni juli augustus september oktober november "
        "december",
        "en": "January February March April May June July August September October November "
        "December",
    }
    return f"{names[language].split()[month.number - 1]} {month.year}"
