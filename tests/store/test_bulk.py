"""Columns written are the columns read back, on both engines, in the caller's transaction."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from surplus.store import bulk
from surplus.store.engine import reading, writing
from surplus.store.tables import decision, entry, finding, norm, posting

SMALLEST, LARGEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
#: SQLite tells a value of the wrong type through SQLAlchemy, PostgreSQL's COPY through its driver.
REFUSED = (DBAPIError, psycopg.Error)

NASTY = [
    "",
    " ",
    "\\N",
    "\\.",
    "\\",
    "a\\tb",
    "tab\there",
    "line\nbreak",
    "carriage\r\nreturn",
    'it\'s "quoted"',
    "; DROP TABLE entry; --",
    "%s %(a)s :a ?",
    "=1+1",
    "Thönissen-Öztürk",
    "ﷺ 李 😀 \u200b",
    "\x01\x7f",
    "x" * 100_000,
]


def postings(**columns: Any) -> dict[str, Any]:
    """Columns of `posting`, with one account and no dimensions unless told."""
    return {
        "municipality": "0999",
        "entry": 1,
        "line": 1,
        "account": 2000,
        "client": 0,
        "employment": 0,
        "month": 0,
        "item": 0,
        "amount": 0,
        **columns,
    }


def findings(**columns: Any) -> dict[str, Any]:
    """Columns of `finding`, without an amount unless told."""
    return {
        "municipality": "0999",
        "finding": 1,
        "code": "UNMATCHED",
        "client": 0,
        "month": 0,
        "subject": "",
        "amount_cents": None,
        "raised_on": "2026-03-31",
        "state": "open",
        "closed_on": "",
        "resolved_by": "",
        "reason": "",
        "run": 1,
        **columns,
    }


def test_every_int64_comes_back_as_it_was(engine: Engine) -> None:
    amounts = np.array([SMALLEST, -1, 0, 1, 2**53 + 1, LARGEST])
    lines = np.arange(1, len(amounts) + 1)
    with writing(engine) as connection:
        assert bulk.append(connection, posting, postings(line=lines, amount=amounts)) == 6
    with reading(engine) as connection:
        read = bulk.read(
            connection, select(posting.c.line, posting.c.amount).order_by(posting.c.line)
        )
    assert read["amount"].dtype == np.int64
    np.testing.assert_array_equal(read["amount"], amounts)
    np.testing.assert_array_equal(read["line"], lines)


def test_every_text_comes_back_as_it_was(engine: Engine) -> None:
    numbers = list(range(1, len(NASTY) + 1))
    with writing(engine) as connection:
        bulk.append(connection, finding, findings(finding=numbers, client=numbers, subject=NASTY))
    with reading(engine) as connection:
        read = bulk.read(connection, select(finding.c.subject).order_by(finding.c.finding))
    assert read["subject"].tolist() == NASTY


def test_arrays_of_text_are_written_like_lists(engine: Engine) -> None:
    array = np.array(NASTY, dtype=object)
    numbers = np.arange(len(NASTY))
    with writing(engine) as connection:
        bulk.append(connection, finding, findings(finding=numbers, client=numbers, subject=array))
    with reading(engine) as connection:
        read = bulk.read(connection, "SELECT subject FROM finding ORDER BY finding")
    assert read["subject"].tolist() == NASTY


def test_absent_is_stored_as_absent_and_read_as_zero_or_empty(engine: Engine) -> None:
    with writing(engine) as connection:
        bulk.append(
            connection, finding, findings(finding=[1, 2], client=[1, 2], amount_cents=[None, 0])
        )
    with reading(engine) as connection:
        absent = connection.execute(
            select(finding.c.finding).where(finding.c.amount_cents.is_(None))
        ).scalars()
        assert list(absent) == [1]
        read = bulk.read(connection, select(finding.c.amount_cents).order_by(finding.c.finding))
        assert read["amount_cents"].tolist() == [0, 0]
        read = bulk.read(connection, select(decision.c.valid_until))
    assert read["valid_until"].dtype == object


def test_bytes_come_back_as_they_were(engine: Engine) -> None:
    digests = [bytes(range(8)), b"\\x00'\"\n\xff", bytes(8)]
    with writing(engine) as connection:
        bulk.append(
            connection,
            entry,
            {
                "municipality": "0999",
                "entry": [1, 2, 3],
                "booked_month": 202603,
                "booked_on": "2026-03-31",
                "kind": "settlement",
                "client": [1, 2, 3],
                "month": 202603,
                "reference": "",
                "run": 1,
                "digest": digests,
            },
        )
    with reading(engine) as connection:
        read = bulk.read(connection, select(entry.c.digest).order_by(entry.c.entry))
    assert [bytes(digest) for digest in read["digest"]] == digests


def test_more_rows_than_a_slice_are_all_written(engine: Engine) -> None:
    lines = np.arange(2 * bulk.SLICE + 1)
    with writing(engine) as connection:
        assert bulk.append(connection, posting, postings(line=lines, amount=7)) == len(lines)
    with reading(engine) as connection:
        told = bulk.read(connection, "SELECT count(*) AS n, sum(amount) AS total FROM posting")
    assert (told["n"].tolist(), told["total"].tolist()) == ([20_001], [140_007])


def test_empty_columns_write_no_rows_and_an_empty_table_reads_as_empty_columns(
    engine: Engine,
) -> None:
    with writing(engine) as connection:
        assert bulk.append(connection, norm, {"municipality": "0999", "norm": []}) == 0
    with reading(engine) as connection:
        read = bulk.read(connection, select(norm.c.norm, norm.c.category))
    assert (read["norm"].dtype, read["category"].dtype) == (np.int64, object)
    assert len(read["norm"]) == 0


def test_columns_of_different_length_are_refused_before_anything_is_written(engine: Engine) -> None:
    with pytest.raises(ValueError, match="posting differ in length"), writing(engine) as connection:
        bulk.append(connection, posting, postings(line=[1, 2], amount=[1, 2, 3]))
    with reading(engine) as connection:
        assert len(bulk.read(connection, select(posting.c.line))["line"]) == 0


@pytest.mark.parametrize("amount", ["12,50", "", 12.5, None])
def test_what_is_no_whole_number_of_cents_is_refused(engine: Engine, amount: Any) -> None:
    with pytest.raises(REFUSED), writing(engine) as connection:
        bulk.append(connection, posting, postings(amount=amount))
    with reading(engine) as connection:
        assert len(bulk.read(connection, select(posting.c.line))["line"]) == 0


def test_the_next_number_follows_the_highest_of_the_municipality(engine: Engine) -> None:
    with writing(engine) as connection:
        assert bulk.next_id(connection, finding, "0999") == 1
        bulk.append(connection, finding, findings(finding=[1, 7], client=[1, 2]))
        bulk.append(connection, finding, findings(municipality="0998", finding=41))
        assert bulk.next_id(connection, finding, "0999") == 8
