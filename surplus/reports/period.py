"""The period that a report tells of, and sums over it that several sheets share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, TextClause

from surplus.config import Settings
from surplus.settlement.history import History
from surplus.store import bulk

Columns = dict[str, Any]

_LEDGER = """
    SELECT account, kind,
           SUM(CASE WHEN booked_on < :first THEN amount ELSE 0 END) AS opening,
           SUM(CASE WHEN booked_on >= :first AND amount > 0 THEN amount ELSE 0 END) AS debit,
           SUM(CASE WHEN booked_on >= :first AND amount < 0 THEN -amount ELSE 0 END) AS credit,
           SUM(amount) AS closing
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_on <= :last
    GROUP BY account, kind ORDER BY account, kind
"""


@dataclass(frozen=True)
class Period:
    """What was booked and recorded from `first` to `last`, both included, as known on `last`."""

    conn: Connection
    settings: Settings
    first: str
    last: str

    @cached_property
    def before(self) -> str:
        """The day before the first."""
        return (date.fromisoformat(self.first) - timedelta(days=1)).isoformat()

    def read(self, query: str | TextClause, **told: Any) -> Columns:
        """The columns of a query that may name :municipality, :first and :last."""
        here = {"municipality": self.settings.code, "first": self.first, "last": self.last}
        return bulk.read(self.conn, query, here | told)

    @cached_property
    def now(self) -> History:
        """The latest versions of all months on the last day."""
        return History.read(self.conn, self.settings.code, known_on=self.last)

    @cached_property
    def then(self) -> History:
        """The latest versions of all months before the first day."""
        return History.read(self.conn, self.settings.code, known_on=self.before)

    @cached_property
    def ledger(self) -> Columns:
        """Per account and kind of entry: opening, debit, credit and closing in cents."""
        return self.read(_LEDGER)
