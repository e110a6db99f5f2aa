"""Columns of text: BSNs against python-stdnum, dates against the calendar of Python."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from stdnum.nl import bsn

from surplus.intake.columns import days, eleven_test, iso_text, matches, one_of, whole


def column(*values: str) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def test_the_eleven_test_agrees_with_python_stdnum_on_ten_thousand_numbers() -> None:
    numbers = [f"{number:09d}" for number in range(999_990_000, 1_000_000_000)]
    numbers += [f"{number:09d}" for number in range(0, 20_000, 7)]
    read, formed, passes = eleven_test(column(*numbers))
    assert formed.all()
    assert read.tolist() == [int(number) for number in numbers]
    assert passes.tolist() == [bsn.is_valid(number) for number in numbers]


def test_only_nine_digits_are_a_bsn() -> None:
    odd = ["", "99999001", "9999900190", " 999990019", "999990019 ", "99999001x", "٩٩٩٩٩٠٠١٩"]
    _, formed, passes = eleven_test(column(*odd))
    assert not formed.any()
    assert not passes.any()


@given(st.lists(st.dates(date(1900, 1, 1), date(2199, 12, 31)), min_size=1, max_size=30))
def test_every_day_of_the_calendar_is_read(told: list[date]) -> None:
    found = days(column(*(day.strftime("%Y%m%d") for day in told)))
    assert found.good.all()
    assert found.iso.tolist() == [day.isoformat() for day in told]
    assert found.number.tolist() == [(day - date(1970, 1, 1)).days for day in told]
    assert found.month.tolist() == [day.year * 100 + day.month for day in told]
    dashed = days(column(*(day.isoformat() for day in told)), dashes=True)
    assert dashed.iso.tolist() == found.iso.tolist()


@given(st.lists(st.integers(0, 99_999_999).map(lambda n: f"{n:08d}"), min_size=1, max_size=50))
def test_no_day_outside_the_calendar_is_read(told: list[str]) -> None:
    found = days(column(*told))
    for text, good, partial in zip(told, found.good, found.partial, strict=True):
        unknown = text[:4] == "0000" or text[4:6] == "00" or text[6:] == "00"
        assert partial == unknown
        assert good == (not unknown and _exists(text))


def _exists(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d")
    except ValueError:
        return False
    return True


def test_text_that_is_no_date_is_told_and_not_good() -> None:
    found = days(column("", "2026-03-31", "2026033", "202603311", "2026 331", "x"))
    assert found.told.tolist() == [False, True, True, True, True, True]
    assert not found.good.any()
    assert set(found.iso.tolist()) == {""}


def test_day_numbers_become_iso_text() -> None:
    assert iso_text(np.array([0, 20_543, -1])).tolist() == [
        "1970-01-01",
        "2026-03-31",
        "1969-12-31",
    ]


def test_patterns_fit_the_whole_text() -> None:
    assert matches(column("a", "ab", "a\n", ""), "a|b").tolist() == [True, False, False, False]
    assert one_of(column("a", "b", ""), ("a", "")).tolist() == [True, False, True]
    assert [part.tolist() for part in whole(column("12", "1x", "-3", ""))] == [
        [12, 0, 0, 0],
        [True, False, False, False],
    ]
