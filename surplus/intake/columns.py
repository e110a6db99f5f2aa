"""Text columns of a file into numbers, days and masks: the checks that more than one file needs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from surplus.intake.notes import Ints, Mask

Texts = npt.NDArray[np.object_]


def texts(column: pa.ChunkedArray) -> Texts:
    """The column as an array of str; equal ones are one object, as most columns repeat few."""
    encoded = column.combine_chunks().dictionary_encode()
    values: Texts = encoded.dictionary.to_numpy(zero_copy_only=False).astype(object)
    return np.asarray(values[encoded.indices.to_numpy()])


def matches(column: pa.ChunkedArray, pattern: str) -> Mask:
    """Where the whole text fits a regular expression."""
    return _mask(pc.match_substring_regex(column, f"^(?:{pattern})$"))


def told(column: pa.ChunkedArray) -> Mask:
    """Where the text is not empty."""
    return _mask(pc.not_equal(column, ""))


def one_of(column: pa.ChunkedArray, values: tuple[str, ...]) -> Mask:
    """Where the text is one of `values`."""
    return _mask(pc.is_in(column, pa.array(values, pa.string())))


def whole(column: pa.ChunkedArray, pattern: str = "[0-9]{1,18}") -> tuple[Ints, Mask]:
    """Whole numbers, 0 where the text does not fit `pattern`; and where it fits."""
    good = matches(column, pattern)
    digits = pc.if_else(pa.array(good), column, "0")
    return np.asarray(pc.cast(digits, pa.int64()).to_numpy(), dtype=np.int64), good


def eleven_test(column: pa.ChunkedArray) -> tuple[Ints, Mask, Mask]:
    """Nine digits with the eleven-test (elfproef) of BSN and RSIN.

    9·d1 + 8·d2 + … + 2·d8 − d9 is divisible by 11, and not all digits are zero.

    Returns:
        the numbers (0 where not nine digits), where there are nine digits, where they pass.
    """
    numbers, formed = whole(column, "[0-9]{9}")
    place = 10 ** np.arange(8, -1, -1, dtype=np.int64)
    digits = numbers[:, None] // place % 10
    passes = digits @ np.array([9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0
    return numbers, formed, formed & passes & (numbers > 0)


class Days(NamedTuple):
    """A column of calendar dates."""

    iso: Texts  # '2026-03-31'; '' where there is no valid day
    number: Ints  # days since 1970-01-01; 0 where there is no valid day
    month: Ints  # yyyymm; 0 where there is no valid day
    good: Mask
    told: Mask
    partial: Mask  # eight digits with an unknown part: 00 for day or month, 0000 for the year


def days(column: pa.ChunkedArray, *, dashes: bool = False) -> Days:
    """Dates written as yyyymmdd (or yyyy-mm-dd with `dashes`), checked against the calendar."""
    # A file tells few different days, however many rows it has.
    encoded = column.combine_chunks().dictionary_encode()
    found = _days(pa.chunked_array([encoded.dictionary]), dashes)
    place = encoded.indices.to_numpy()
    return Days(*(values[place] for values in found))


def _days(column: pa.ChunkedArray, dashes: bool) -> Days:
    shape = matches(column, "[0-9]{4}-[0-9]{2}-[0-9]{2}" if dashes else "[0-9]{8}")
    plain = pc.replace_substring(pc.if_else(pa.array(shape), column, "0"), "-", "")
    number = np.asarray(pc.cast(plain, pa.int64()).to_numpy(), dtype=np.int64)
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    partial = shape & ((year == 0) | (month == 0) | (day == 0))
    first = month_start(year * 100 + np.clip(month, 1, 12))
    length = month_start(year * 100 + np.clip(month, 1, 12), 1) - first
    good = shape & ~partial & (month <= 12) & (day <= length)
    return Days(
        np.where(good, iso_text(first + day - 1), ""),
        np.where(good, first + day - 1, 0),
        np.where(good, year * 100 + month, 0),
        good,
        told(column),
        partial,
    )


def month_start(months: Ints, later: int = 0) -> Ints:
    """Days since 1970-01-01 of the first day of `later` months after each of `months` (yyyymm)."""
    number = (months // 100 - 1970) * 12 + months % 100 - 1 + later
    return np.asarray(number.astype("datetime64[M]").astype("datetime64[D]"), dtype=np.int64)


def iso_text(day_numbers: Ints) -> Texts:
    """Days since 1970-01-01 as ISO text."""
    text = np.datetime_as_string(day_numbers.astype("datetime64[D]"))
    values: Texts = text.astype(object)
    return values


def day_number(iso: str) -> int:
    """Days since 1970-01-01 of ISO text."""
    return int(np.datetime64(iso, "D").astype(np.int64))


def _mask(column: Any) -> Mask:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=bool)
