"""The end of a book year (jaarafsluiting): results go to the municipality, the year is shut.

The entry stands on the last day of the year. From then on nothing is booked on a day of the year
(`journal.post`); a correction of one of its months is booked in the open year, and bears that
month and its reference like any other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus import trail
from surplus.ledger.accounts import BENEFIT, MUNICIPALITY, YEAR_CLOSE
from surplus.ledger.journal import Draft, Line, book, closed_through
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk

Columns = dict[str, Any]

_RESULTS = """
    SELECT account,
           SUM(CASE WHEN posting.month BETWEEN :first AND :last OR posting.month = 0
                    THEN amount ELSE 0 END) AS of_year,
           SUM(CASE WHEN posting.month <> 0 AND posting.month < :first
                    THEN amount ELSE 0 END) AS earlier,
           SUM(amount) AS total
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND account >= :results
      AND booked_month BETWEEN :since AND :last
      AND NOT (kind = :year_close AND entry.month = :last)
    GROUP BY account ORDER BY account
"""


def totals(conn: Connection, municipality: str, year: int) -> Columns:
    """The results of a year as SiSa and the annual account ask for them.

    Returns:
        account, and in cents, debit (expense) positive: of_year (about its own months, or about
        none), earlier (about months of earlier years), total. What was booked since the last year
        that was closed; of a closed year, what its closing moved.
    """
    last = _last_month(year)
    closed = closed_through(conn, municipality, before=last)
    return bulk.read(
        conn, _RESULTS,
        {"municipality": municipality, "first": year * 100 + 1, "last": last,
         "since": closed + 1, "results": BENEFIT, "year_close": YEAR_CLOSE},
    )  # fmt: skip


def check(conn: Connection, municipality: str, year: int, on: str) -> None:
    """See that a year can be closed.

    Raises:
        Refusal: it has not ended, or it or a later one is closed.
    """
    if on <= f"{year}-12-31":
        raise Refusal(f"{year} has not ended on {on}", "--preview shows how it stands")
    if (closed := closed_through(conn, municipality)) >= _last_month(year):
        raise Refusal(f"{closed // 100} is closed", "--preview shows its totals")


def close(work: Work, year: int, expected: list[list[int]]) -> int:
    """Move the results of a year to the municipality's account, and shut it.

    Args:
        work: the run of the second person.
        year: that has ended.
        expected: account and total of each result, as they were when it was asked.

    Returns:
        The number of the entry.

    Raises:
        Refusal: it cannot be closed, or its results are others by now (exit 3).
    """
    check(work.conn, work.municipality, year, work.on)
    results = results_of(totals(work.conn, work.municipality, year))
    if results != expected:
        raise Refusal(
            f"the results of {year} are others by now than when it was asked",
            "reject the change and ask again with surplus year-close",
            exit_code=3,
        )
    month = _last_month(year)
    lines = [Line(account, -cents, month=month) for account, cents in results]
    lines.append(Line(MUNICIPALITY, sum(cents for _account, cents in results), month=month))
    number = book(
        replace(work, on=f"{year}-12-31"),
        [Draft(YEAR_CLOSE, lines, month=month, reference=f"year:{year}")],
    )
    trail.note(work, "year-close", f"{year}, entry {number}")
    return number


def results_of(told: Columns) -> list[list[int]]:
    """Account and total of each result, as JSON holds them."""
    return np.column_stack([told["account"], told["total"]]).tolist() if len(told["total"]) else []


def _last_month(year: int) -> int:
    return year * 100 + 12
