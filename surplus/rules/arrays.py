"""The arrays that rules speak in, and dates among them.

A date inside a rule is one number, `20260331`, so that a column of dates is an int64 array too;
0 stands for a date that was not told. In files and in the store it is ISO text.

>>> day_numbers(np.array(["2026-03-31", ""], dtype=object)).tolist()
[20260331, 0]
>>> age(np.array([20080229, 20080228]), np.array([20260228, 20260228])).tolist()
[17, 18]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surplus.months import Months, ordinal, plus

Mask = npt.NDArray[np.bool_]
Texts = npt.NDArray[Any]
Days = npt.NDArray[np.int64]

EPOCH = ordinal(197001)


def day_numbers(texts: Any) -> Days:
    """Dates as numbers yyyymmdd.

    Args:
        texts: ISO dates of any shape; '' where none was told.

    Returns:
        int64 of the same shape, 0 where none was told.

    Raises:
        ValueError: a text that is not a day of the calendar.
    """
    days = np.asarray(texts, dtype="datetime64[D]")
    months = days.astype("datetime64[M]")
    number = months.astype(np.int64) + EPOCH
    day = (days - months).astype(np.int64) + 1
    return np.where(np.isnat(days), 0, (number // 12 * 100 + number % 12 + 1) * 100 + day)


def first_day(months: Months) -> Days:
    """The first day of each month."""
    return months * 100 + 1


def last_day(months: Months) -> Days:
    """The last day of each month.

    >>> last_day(np.array([202602, 202402])).tolist()
    [20260228, 20240229]
    """
    first = (ordinal(months) - EPOCH).astype("datetime64[M]")
    days: Days = (first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")
    return months * 100 + days.astype(np.int64)


def age(births: Days, days: Days) -> npt.NDArray[np.int64]:
    """Age in whole years, reached on the birthday itself (design.md §6, Norm).

    Someone born on 29 February is a year older on 1 March where there is no such day.

    Returns:
        Years; -1 where the birth date was not told.
    """
    return np.where(births > 0, (days - births) // 10_000, -1)


def months_after(days: Days, months: Any) -> Days:
    """The day with the same number so many months later; where there is none, the day after.

    >>> months_after(np.array([19500831, 20080229]), np.array([783, 216])).tolist()
    [20151201, 20260301]
    """
    later = plus(days // 100, months)
    same = later * 100 + days % 100
    return np.where(same <= last_day(later), same, first_day(plus(later, 1)))


def first_told(*texts: Texts) -> Texts:
    """Of several columns of text, row by row, the first that says something.

    >>> first_told(np.array(["", "b"]), np.array(["a", "c"])).tolist()
    ['a', 'b']
    """
    chosen, *others = texts
    for other in others:
        chosen = np.where(chosen == "", other, chosen)
    return chosen.astype(object)
