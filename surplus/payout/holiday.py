"""The holiday allowance (vakantietoeslag, Pw art. 45(1)): paid in June, or when the benefit ends.

June pays all that stands reserved (2010) for months up to May, older ones and negatives included,
where that is more than nothing; what settles later goes with the next June. A June payment that
was missed goes with the next batch. Who left while the benefit ended gets all that is left; after
a death nothing leaves by itself. One payment for a client and June, ever (design.md §6).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from surplus.config import Settings
from surplus.ledger.accounts import RESERVE
from surplus.months import Month
from surplus.payout.rows import joined, made, through
from surplus.rules.at_exit import BENEFIT_ENDS, DEATH
from surplus.settlement.norms import only
from surplus.settlement.participation import participates
from surplus.settlement.position import summed
from surplus.store import bulk

Columns = dict[str, Any]

JUNE = 6
EVER = 999_912
MONTHS = 1_000_000

#: What stands reserved up to a month, and over which months.
_RESERVED = """
    SELECT client, -SUM(amount) AS cents, MIN(month) AS first, MAX(month) AS last FROM balance
    WHERE municipality = :municipality AND account = :reserve AND month <= :until AND amount <> 0
    GROUP BY client ORDER BY client
"""
#: Holiday payments that are owed and that the reserve still holds, by their last round.
_OWED = """
    SELECT o.client AS client, o.obligation AS obligation, o.amount_cents AS cents
    FROM obligation AS o
    WHERE o.municipality = :municipality AND o.kind = 'holiday'
      AND o.state IN ('HELD', 'DRAFT', 'REJECTED', 'RETURNED', 'RECALLED')
      AND NOT EXISTS (SELECT 1 FROM obligation AS n WHERE n.municipality = o.municipality
          AND n.kind = 'holiday' AND n.client = o.client AND n.month = o.month
          AND n.payee = o.payee AND n.round > o.round AND n.state <> 'CANCELLED')
"""
_STANDING = """
    SELECT client FROM obligation
    WHERE municipality = :municipality AND kind = 'holiday' AND month = :month
      AND state <> 'CANCELLED'
    ORDER BY client
"""
#: Why each client left, told last.
_LEFT = """
    SELECT d.client AS client, d.value AS reason FROM decision AS d
    JOIN (SELECT MAX(decision) AS decision FROM decision
          WHERE municipality = :municipality AND kind IN ('exit', 'transfer')
          GROUP BY client) AS latest ON latest.decision = d.decision
    WHERE d.municipality = :municipality ORDER BY d.client
"""
_MONTHS = """
    SELECT client, month, -amount AS cents FROM balance
    WHERE municipality = :municipality AND account = :reserve AND amount <> 0
      AND client IN (SELECT client FROM obligation WHERE municipality = :municipality
                     AND batch = :batch AND kind = 'holiday')
    ORDER BY client, month
"""


def last_june(month: Month) -> Month:
    """The latest pay month June up to a pay month.

    >>> last_june(Month(202605)), last_june(Month(202606)), last_june(Month(202701))
    (2025-06, 2026-06, 2026-06)
    """
    return Month((month.year - (month.number < JUNE)) * 100 + JUNE)


def until(month: int) -> int:
    """The last month whose reserve a payment of a pay month takes: May in June, else any."""
    return month - 1 if month % 100 == JUNE else EVER


def due(conn: Connection, settings: Settings, month: Month, view: Columns) -> Columns:
    """The holiday payments that a pay month has to make and that do not exist yet.

    Args:
        conn: the store.
        settings: for the municipality.
        month: the pay month.
        view: the clients as they hold in it.
    """
    left = bulk.read(conn, _LEFT, {"municipality": settings.code})
    left = only(left, ~np.isin(left["client"], view["client"][participates(view, month)]))
    ended = left["client"][np.isin(left["reason"], ("", BENEFIT_ENDS))]
    dead = left["client"][left["reason"] == DEATH]
    june = last_june(month)
    yearly = _payable(conn, settings, june)
    yearly = only(yearly, ~np.isin(yearly["client"], np.concatenate([ended, dead])))
    last = _payable(conn, settings, month, EVER)
    last = only(last, np.isin(last["client"], ended))
    return joined(made("holiday", june, yearly), made("holiday", month, last))


def amounts(conn: Connection, settings: Settings, held: Columns) -> Any:
    """What held holiday payments come to now: all that stands reserved and is not owed otherwise.

    Args:
        conn: the store.
        settings: for the municipality.
        held: client, month and obligation of holiday payments.

    Returns:
        Cents, not more than 0 where nothing is left.
    """
    cents = np.zeros(len(held["client"]), dtype=np.int64)
    for month in np.unique(held["month"]).tolist():
        mine = held["month"] == month
        free = _free(conn, settings, until(month), without=held["obligation"][mine])
        cents[mine] = summed(held["client"][mine], free["client"], free["amount_cents"])
    return cents


def debits(conn: Connection, municipality: str, batch: int, rows: Columns) -> Columns:
    """What holiday payments of a batch take from the reserve, month by month.

    Args:
        conn: the store.
        municipality: its code.
        batch: the batch.
        rows: its payments of this kind: client, month and amount_cents.

    Returns:
        place (index into `rows`), month and cents; of each payment they add up to it.
        The newest month takes what a payment is more or less than what stands.
    """
    told = {"municipality": municipality, "reserve": RESERVE, "batch": batch}
    stand = bulk.read(conn, _MONTHS, told)
    # Of a client's payments the one that reaches least far takes what it reaches.
    reach = rows["client"] * MONTHS + [until(month) for month in rows["month"].tolist()]
    order = np.argsort(reach, kind="stable")
    found = np.searchsorted(reach[order], stand["client"] * MONTHS + stand["month"])
    within = found < len(order)
    place = order[found[within]]
    mine = rows["client"][place] == stand["client"][within]
    place, month, cents = place[mine], *(stand[n][within][mine] for n in ("month", "cents"))
    rest = np.array(rows["amount_cents"])
    np.subtract.at(rest, place, cents)
    newest = np.array(rows["month"])
    newest[place] = month  # ascending: the last one stays
    left = np.flatnonzero(rest)
    return {
        "place": np.concatenate([place, left]),
        "month": np.concatenate([month, newest[left]]),
        "cents": np.concatenate([cents, rest[left]]),
    }


def _payable(conn: Connection, settings: Settings, month: Month, last: int = 0) -> Columns:
    """Client, amount_cents and remittance of those who have something to come for a pay month."""
    free = _free(conn, settings, last or until(month))
    told = {"municipality": settings.code, "month": int(month)}
    standing = bulk.read(conn, _STANDING, told)["client"]
    free = only(free, (free["amount_cents"] > 0) & ~np.isin(free["client"], standing))
    months = zip(free.pop("first").tolist(), free.pop("last").tolist(), strict=True)
    said = [f"Vakantietoeslag {through(first, last)}" for first, last in months]
    return free | {"remittance": np.array(said, dtype=object)}


def _free(conn: Connection, settings: Settings, last: int, without: Any = ()) -> Columns:
    """client, amount_cents, first and last of all reserves up to a month, less what is owed."""
    here = {"municipality": settings.code}
    told = {**here, "reserve": RESERVE, "until": last}
    reserved = bulk.read(conn, text(_RESERVED), told)
    owed = bulk.read(conn, _OWED, here)
    owed = only(owed, ~np.isin(owed["obligation"], np.asarray(without, dtype=np.int64)))
    cents = reserved.pop("cents") - summed(reserved["client"], owed["client"], owed["cents"])
    return {"client": reserved["client"], "amount_cents": cents} | reserved
