"""What has been settled so far: the latest version of every client-month, and what has news."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, func, select, text

from surplus.ledger.accounts import RECEIPT_KINDS, RECEIVABLE
from surplus.months import Month, plus
from surplus.settlement.exemptions import UsedMonths
from surplus.store import bulk
from surplus.store.tables import run

Columns = dict[str, Any]

EVER = "9999-12-31"
#: Larger than any client number, so that month and client make one sortable key.
CLIENTS = 10_000_000

_LATEST = """
    SELECT s.* FROM settlement AS s
    JOIN (SELECT month, client, MAX(version) AS version FROM settlement
          WHERE municipality = :municipality AND (:client = 0 OR client = :client)
            AND recorded_on <= :known_on
          GROUP BY month, client) AS latest
      ON latest.month = s.month AND latest.client = s.client AND latest.version = s.version
    WHERE s.municipality = :municipality
    ORDER BY s.month, s.client
"""

_WAGES = """
    SELECT w.month, w.client, w.employment, w.wage_cents, w.wage_source FROM settlement_wage AS w
    JOIN (SELECT month, client, MAX(version) AS version FROM settlement
          WHERE municipality = :municipality AND (:client = 0 OR client = :client)
            AND recorded_on <= :known_on
          GROUP BY month, client) AS latest
      ON latest.month = w.month AND latest.client = w.client AND latest.version = w.version
    WHERE w.municipality = :municipality
    ORDER BY w.month, w.client, w.employment
"""

_NEWS = text(
    """
    SELECT client, MIN(month) AS month, MIN(decided) AS decided FROM (
        SELECT client, CASE
            -- Year-end pay belongs to the twelve months in which it was built up.
            WHEN employment IN (SELECT employment FROM income
                                WHERE municipality = :municipality AND extra_paid <> 0)
            THEN month - CASE WHEN month % 100 = 12 THEN 11 ELSE 99 END
            WHEN source <> 'payslip' THEN begun
            -- A payslip may share a day with one that began a month before, and counts no more.
            ELSE begun - CASE WHEN begun % 100 = 1 THEN 89 ELSE 1 END END AS month, 0 AS decided
        FROM (SELECT client, employment, month, source,
                     CAST(REPLACE(SUBSTR(period_begin, 1, 7), '-', '') AS INTEGER) AS begun
              FROM income WHERE municipality = :municipality AND (run > :since OR EXISTS (
                  SELECT 1 FROM set_aside AS gone
                  WHERE gone.municipality = income.municipality AND gone.month = income.month
                    AND gone.income = income.income AND gone.run > :since))) AS told
        UNION ALL
        SELECT posting.client, posting.month, 0 FROM entry JOIN posting
          ON posting.municipality = entry.municipality AND posting.entry = entry.entry
        WHERE entry.municipality = :municipality AND entry.run > :since
          AND entry.kind IN :kinds AND posting.account = :receivable
        UNION ALL
        SELECT client, CAST(REPLACE(SUBSTR(valid_from, 1, 7), '-', '') AS INTEGER), 1 FROM client
        WHERE municipality = :municipality AND run > :since AND version > 1
        UNION ALL
        -- A payslip that is accepted may make two others count no more that began before it.
        SELECT client, COALESCE(
            month - CASE WHEN kind <> 'payslip' THEN 0 WHEN month % 100 <= 2 THEN 90 ELSE 2 END,
            CAST(REPLACE(SUBSTR(COALESCE(valid_from,
            -- Who is paid and how periods fall holds from the first one, unless told otherwise.
            CASE WHEN kind IN ('paid_to', 'pay-periods') THEN (
                SELECT MIN(period_begin) FROM income
                WHERE income.municipality = :municipality AND income.client = decision.client)
            END, recorded_on), 1, 7), '-', '') AS INTEGER)), 1
        FROM decision WHERE municipality = :municipality AND run > :since
    ) AS news
    WHERE (:client = 0 OR client = :client)
    GROUP BY client ORDER BY client
    """
).bindparams(bindparam("kinds", expanding=True))


@dataclass(frozen=True)
class History:
    """Latest versions, ordered by month and client, with their wages per employment."""

    figures: Columns
    wages: Columns

    @classmethod
    def read(
        cls, conn: Connection, municipality: str, client: int = 0, known_on: str = EVER
    ) -> History:
        """The latest version of every client-month, of one client or of all, as known on a day."""
        told = {"municipality": municipality, "client": client, "known_on": known_on}
        return cls(bulk.read(conn, _LATEST, told), bulk.read(conn, _WAGES, told))

    @property
    def settled(self) -> Any:
        """Mask of the client-months that stand as settled."""
        return np.asarray(self.figures["state"], dtype="U7") == "settled"

    def at(self, month: Month, clients: Any) -> Columns:
        """The versions of `clients` in a month: every column, 0 where there is none yet."""
        return aligned(self.figures, month, clients)

    def used_months(self, clients: Any, before: Any) -> UsedMonths:
        """Months of exemption used in settled months, earlier than `before` of each client.

        Args:
            clients: n numbers, ascending.
            before: n months.
        """
        return UsedMonths.of(self._earlier(clients, before))

    def last_figures(self, clients: Any, before: Any) -> tuple[Any, Any]:
        """Whether C reached N in the month just before, and E of the last settled month."""
        reached = np.zeros(len(clients), dtype=bool)
        exemption = np.zeros(len(clients), dtype=np.int64)
        rows = self._earlier(clients, before)
        places = np.searchsorted(clients, rows["client"])
        exemption[places] = rows["exemption_cents"]  # rows go by month: the last one stays
        just = rows["month"] == plus(before[places], -1)
        reached[places] = just & (rows["countable_cents"] >= rows["norm_cents"])
        return reached, exemption

    def newest(self) -> str:
        """The latest business date on which something was settled; '' where nothing was."""
        return str(max(self.figures["recorded_on"], default=""))

    def first_months(self) -> dict[int, int]:
        """Client -> its first month with a version."""
        clients, first = np.unique(self.figures["client"], return_index=True)
        return dict(zip(clients.tolist(), self.figures["month"][first].tolist(), strict=True))

    def latest_months(self) -> dict[int, int]:
        """Client -> its last month with a version."""
        return dict(
            zip(self.figures["client"].tolist(), self.figures["month"].tolist(), strict=True)
        )

    def last_month(self, clients: Any) -> int:
        """The last month with a version of any of these clients; 0 where there is none."""
        return int(self.figures["month"][np.isin(self.figures["client"], clients)].max(initial=0))

    def _earlier(self, clients: Any, before: Any) -> Columns:
        """The settled versions of these clients before each one's month, by month."""
        mine = self.settled & np.isin(self.figures["client"], clients)
        rows = {name: column[mine] for name, column in self.figures.items()}
        past = rows["month"] < before[np.searchsorted(clients, rows["client"])]
        return {name: column[past] for name, column in rows.items()}


def aligned(table: Columns, month: Month, clients: Any) -> Columns:
    """The rows of `table` (ordered by month and client) for `clients` in a month.

    Rows that are absent have 0 in number columns and '' in text columns.
    """
    keys = table["month"] * CLIENTS + table["client"]
    wanted = int(month) * CLIENTS + clients
    places = np.searchsorted(keys, wanted)
    found = places < len(keys)
    found[found] = keys[places[found]] == wanted[found]
    rows: Columns = {}
    for name, column in table.items():
        empty = "" if column.dtype == object else 0
        rows[name] = np.full(len(clients), empty, dtype=column.dtype)
        rows[name][found] = column[places[found]]
    rows["client"], rows["found"] = clients, found
    return rows


def last_full_run(conn: Connection, municipality: str) -> int:
    """The last run that settled all clients: what was told up to then has been looked at."""
    query = select(func.coalesce(func.max(run.c.run), 0)).where(
        run.c.municipality == municipality,
        run.c.job == "settle",
        run.c.state.in_(("done", "attention")),
    )
    return int(conn.execute(query).scalar_one())


def news(conn: Connection, municipality: str, since: int, client: int = 0) -> Columns:
    """Clients of whom something was told since a run: facts, receipts, changes, decisions.

    Returns:
        client, the earliest month it is about, and decided (1 where nothing but decisions and
        changes were told).
    """
    return bulk.read(
        conn,
        _NEWS,
        {
            "municipality": municipality, "since": since, "client": client,
            "kinds": RECEIPT_KINDS, "receivable": RECEIVABLE,
        },
    )  # fmt: skip
