"""What the pictures show: the journal and the settlements of a period, added up by month.

All of it is as booked up to the last day of the period and known then, so that every figure ties to
the trial balance, the settlements and the bank lines of the same period.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import bindparam, text

from surplus.bank.suspense import AGES
from surplus.ledger.accounts import BUFFER, IN_TRANSIT, RECEIVABLE
from surplus.months import Month
from surplus.reports import evidence
from surplus.reports.period import Period
from surplus.reports.reconciliation import APPROVALS
from surplus.reports.sample import TAKEN_BACK

Columns = dict[str, Any]

#: Clients out of a hundred that lie at or below each line of the spread.
RANKS = (10, 50, 90)
#: A wage is this many days older than the last day of its month, or more.
WAGE_AGES = (30, 60, 90)
#: What comes into the buffers and what leaves them, by month.
FLOWS = ("wages", "benefit", "fixed", "extra", "other")

_MOVES = """
    SELECT posting.client AS client,
           CASE WHEN booked_on < :first THEN 0
                ELSE CAST(REPLACE(SUBSTR(booked_on, 1, 7), '-', '') AS BIGINT) END AS month,
           -SUM(amount) AS cents
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND account = :buffer AND booked_on <= :last
    GROUP BY posting.client,
             CASE WHEN booked_on < :first THEN 0
                  ELSE CAST(REPLACE(SUBSTR(booked_on, 1, 7), '-', '') AS BIGINT) END
    ORDER BY client, month
"""

_FLOWS = """
    SELECT CAST(REPLACE(SUBSTR(booked_on, 1, 7), '-', '') AS BIGINT) AS month,
           CASE WHEN account = :receivable THEN 'wages' WHEN kind = 'settlement' THEN 'benefit'
                WHEN kind = 'fixed-payment' THEN 'fixed' WHEN kind = 'extra-payment' THEN 'extra'
                ELSE 'other' END AS flow,
           -SUM(amount) AS cents
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_on BETWEEN :first AND :last
      AND (account = :buffer OR account = :receivable AND kind = 'settlement')
    GROUP BY CAST(REPLACE(SUBSTR(booked_on, 1, 7), '-', '') AS BIGINT),
             CASE WHEN account = :receivable THEN 'wages' WHEN kind = 'settlement' THEN 'benefit'
                  WHEN kind = 'fixed-payment' THEN 'fixed' WHEN kind = 'extra-payment' THEN 'extra'
                  ELSE 'other' END
    ORDER BY month, flow
"""

_WAGES = """
    SELECT month, SUM(CASE WHEN cents > 0 THEN 1 ELSE 0 END) AS owed,
           SUM(CASE WHEN cents > 0 THEN cents ELSE 0 END) AS owed_cents,
           SUM(CASE WHEN cents < 0 THEN 1 ELSE 0 END) AS over,
           SUM(CASE WHEN cents < 0 THEN -cents ELSE 0 END) AS over_cents
    FROM (SELECT posting.month AS month, SUM(amount) AS cents
          FROM entry JOIN posting
            ON posting.municipality = entry.municipality AND posting.entry = entry.entry
          WHERE entry.municipality = :municipality AND account = :receivable
            AND booked_on <= :last
          GROUP BY posting.client, employment, posting.month) AS open
    WHERE cents <> 0 GROUP BY month ORDER BY month
"""

_BALANCE = """
    SELECT booked_on, -SUM(amount) AS cents
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND account = :buffer AND booked_on <= :last
      AND posting.client = :client
    GROUP BY booked_on ORDER BY booked_on
"""
_SETTLED = """
    SELECT s.month AS month, s.wage_cents AS wage, s.entitlement_cents AS due
    FROM settlement AS s
    JOIN (SELECT month, MAX(version) AS version FROM settlement
          WHERE municipality = :municipality AND client = :client AND recorded_on <= :last
          GROUP BY month) AS latest ON latest.month = s.month AND latest.version = s.version
    WHERE s.municipality = :municipality AND s.client = :client AND s.state = 'settled'
      AND s.month BETWEEN :from_month AND :to_month
    ORDER BY s.month
"""
#: What was approved for the client and not taken back, of the pay month.
_PAID = text(
    """
    SELECT o.month AS month, o.kind AS kind, -SUM(amount) AS cents
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    JOIN obligation AS o ON o.municipality = posting.municipality AND o.obligation = posting.item
    WHERE entry.municipality = :municipality AND account = :transit AND entry.kind IN :kinds
      AND booked_on <= :last AND o.client = :client AND o.kind IN ('fixed', 'extra')
      AND o.month BETWEEN :from_month AND :to_month
    GROUP BY o.month, o.kind ORDER BY o.month, o.kind
    """
).bindparams(bindparam("kinds", expanding=True))


def months_of(period: Period) -> list[Month]:
    """The months of a period, whole or in part."""
    return list(Month.of(period.first).through(Month.of(period.last)))


class Buffers(NamedTuple):
    """How all buffers stood before the first day and at the end of each month, shape (months + 1,).

    `days` are ISO, the last one the last of the period; `total` and the rows of `spread` (one for
    each of RANKS) are cents, positive where clients are in credit; `clients` had one by then.
    """

    days: list[str]
    total: Any
    spread: Any
    clients: Any


def buffers(period: Period) -> Buffers:
    """The buffers of all clients over the period."""
    months = months_of(period)
    moves = period.read(_MOVES, buffer=BUFFER)
    _clients, row = np.unique(moves["client"], return_inverse=True)
    slot = np.searchsorted([0, *map(int, months)], moves["month"])
    shape = (len(_clients), len(months) + 1)
    moved, seen = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    np.add.at(moved, (row, slot), moves["cents"])
    seen[row, slot] = True
    stood, there = moved.cumsum(axis=1), np.logical_or.accumulate(seen, axis=1)
    spread = np.zeros((len(RANKS), shape[1]), dtype=np.int64)
    for place in range(shape[1]):
        held = stood[there[:, place], place]
        if len(held):
            spread[:, place] = np.percentile(held, RANKS, method="inverted_cdf")
    ends = [min(month.last_day.isoformat(), period.last) for month in months]
    return Buffers([period.before, *ends], stood.sum(axis=0), spread, there.sum(axis=0))


class Ages(NamedTuple):
    """Open items by age: how many and how much, youngest first, one more than there are limits."""

    limits: tuple[int, ...]
    items: Any
    cents: Any


def suspense(period: Period) -> Ages:
    """What stood in suspense (1900) on the last day, by days since the bank booked it."""
    rows = evidence.unexplained(period)
    return _aged(AGES, rows["days"], np.ones_like(rows["days"]), rows["open_cents"])


class Wages(NamedTuple):
    """Wages still to come by age, and what employers paid too much (items and cents)."""

    owed: Ages
    over: int
    over_cents: int


def wages(period: Period) -> Wages:
    """The wages receivable (1300) on the last day, by days since the end of their month."""
    rows, last = period.read(_WAGES, receivable=RECEIVABLE), date.fromisoformat(period.last)
    days = [(last - Month(month).last_day).days for month in rows["month"].tolist()]
    owed = _aged(WAGE_AGES, np.array(days, np.int64), rows["owed"], rows["owed_cents"])
    return Wages(owed, int(rows["over"].sum()), int(rows["over_cents"].sum()))


def _aged(limits: tuple[int, ...], days: Any, items: Any, cents: Any) -> Ages:
    counted, added = (np.zeros(len(limits) + 1, dtype=np.int64) for _ in range(2))
    place = np.searchsorted(limits, days)
    np.add.at(counted, place, items)
    np.add.at(added, place, cents)
    return Ages(limits, counted, added)


def flows(period: Period) -> Columns:
    """What came into all buffers and left them, by month of booking.

    Returns:
        months, and for each of FLOWS cents of shape (months,): wages and benefit positive as they
        come in, fixed and extra negative as they leave; other is all the rest, of either sign:
        payments that came back, exits, decisions.
    """
    months = months_of(period)
    rows = period.read(_FLOWS, buffer=BUFFER, receivable=RECEIVABLE)
    told: Columns = {flow: np.zeros(len(months), dtype=np.int64) for flow in FLOWS}
    place: Any = np.searchsorted([*map(int, months)], rows["month"])
    for flow in FLOWS:
        mine = rows["flow"] == flow
        np.add.at(told[flow], place[mine], rows["cents"][mine])
    told["wages"] = -told["wages"]  # a wage to receive stands in debit on 1300
    told["benefit"] -= told["wages"]  # D = W + Bp
    return {"months": months} | told


class Course(NamedTuple):
    """A client's months: W and D where settled, what was paid; and the buffer day by day (cents).

    `settled` says of which months W and D are known; `stood` is the buffer after each of `days`,
    the last of them up to the day `until`.
    """

    months: list[Month]
    settled: Any
    wage: Any
    due: Any
    fixed: Any
    extra: Any
    days: list[str]
    stood: Any
    until: str


def course(period: Period, client: int) -> Course:
    """The course of one client through the period."""
    months = months_of(period)
    here = {"client": client, "from_month": int(months[0]), "to_month": int(months[-1])}
    numbers = np.array([*map(int, months)], dtype=np.int64)
    cells: Columns = {
        name: np.zeros(len(months), dtype=np.int64) for name in ("wage", "due", "fixed", "extra")
    }
    rows = period.read(_SETTLED, **here)
    paid = period.read(_PAID, **here, transit=IN_TRANSIT, kinds=[*APPROVALS, *TAKEN_BACK])
    place = np.searchsorted(numbers, rows["month"])
    settled = np.isin(numbers, rows["month"])
    for name in ("wage", "due"):
        cells[name][place] = rows[name]
    for kind in ("fixed", "extra"):
        mine = paid["kind"] == kind
        cells[kind][np.searchsorted(numbers, paid["month"][mine])] = paid["cents"][mine]
    moved = period.read(_BALANCE, client=client, buffer=BUFFER)
    stood, days = np.cumsum(moved["cents"], dtype=np.int64), moved["booked_on"].tolist()
    return Course(months, settled, days=days, stood=stood, until=period.last, **cells)
