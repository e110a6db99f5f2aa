"""What one decision pays once: a premium to the client, a refund to who paid too much.

A decision makes one payment, in the first batch prepared after it; the database refuses a second
one. What it takes, it takes from where the money stands: the premiums granted (2020), what an
employer paid too much for a month (1300), or an item of the bank that nobody could place (1900).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.ledger.accounts import PREMIUM, RECEIVABLE, UNMATCHED
from surplus.months import Month, month_name
from surplus.payout.ceilings import stands
from surplus.payout.payees import to_others
from surplus.payout.rows import Columns, joined, made
from surplus.settlement.norms import only
from surplus.settlement.paying import year_of
from surplus.store import bulk

#: Refunds of a client are numbered in the order in which they were decided; 1 would be the client.
_OPEN = """
    SELECT * FROM (
        SELECT d.client, d.kind, d.decision, d.amount_cents, COALESCE(d.month, 0) AS of_month,
               COALESCE(d.payee_reference, '') AS reference, d.recorded_on,
               ROW_NUMBER() OVER (PARTITION BY d.client ORDER BY d.decision) AS number
        FROM decision AS d WHERE d.municipality = :municipality AND d.kind = :kind) AS granted
    WHERE NOT EXISTS (
        SELECT 1 FROM obligation AS o WHERE o.municipality = :municipality
          AND o.decision = granted.decision AND o.kind = :kind AND o.state <> 'CANCELLED')
    ORDER BY client, decision
"""
#: Who has a premium of this pay month already waits for the next.
_PREMIUMS = """
    SELECT client FROM obligation
    WHERE municipality = :municipality AND kind = 'premium' AND month = :month
      AND state <> 'CANCELLED'
"""
#: What premiums and refunds are taken from.
_GRANTED = """
    SELECT decision, COALESCE(item, 0) AS item, client, employer, COALESCE(month, 0) AS month,
           recorded_on AS day
    FROM decision WHERE municipality = :municipality AND kind IN ('premium', 'refund')
"""
#: Why one is held whose money is gone.
NOTHING_OPEN = "nothing open"
#: Where the money of refunds stands; of two persons at one employer, with the one overpaid.
_STANDS = """
    SELECT o.obligation AS obligation, COALESCE(d.item, 0) AS item, COALESCE(d.month, 0) AS month,
           d.recorded_on AS recorded_on,
           COALESCE((SELECT MIN(e.employment) FROM employment AS e
                     JOIN balance AS b ON b.municipality = e.municipality AND b.client = e.client
                       AND b.employment = e.employment AND b.account = :receivable
                       AND b.month = d.month AND b.amount < 0
                     WHERE e.municipality = d.municipality AND e.client = d.client
                       AND e.employer = d.employer), 0) AS employment
    FROM obligation AS o
    JOIN decision AS d ON d.municipality = o.municipality AND d.decision = o.decision
    WHERE o.municipality = :municipality AND o.batch = :batch AND o.kind IN ('premium', 'refund')
    ORDER BY o.obligation
"""


def due(conn: Connection, settings: Settings, month: Month) -> Columns:
    """Premiums and refunds that were decided and are not made yet."""
    here = {"municipality": settings.code}
    premiums, refunds = (bulk.read(conn, _OPEN, {**here, "kind": k}) for k in ("premium", "refund"))
    waiting = bulk.read(conn, _PREMIUMS, {**here, "month": int(month)})["client"]
    first = np.zeros(len(premiums["client"]), dtype=bool)
    first[np.unique(premiums["client"], return_index=True)[1]] = True
    premiums = only(premiums, first & ~np.isin(premiums["client"], waiting))
    return joined(
        made("premium", month, _told(premiums, premiums["number"] * 0 + 1, _premium)),
        made("refund", month, _told(refunds, refunds["number"] + 1, _refund)),
    )


def kept_back(conn: Connection, municipality: str, rows: Columns) -> Columns:
    """The payments, with what keeps one of these back: its money does not stand there (any more).

    The bank undid the credit, the wage turned out to be right, or what was granted was booked back.
    In a batch it would stop all.
    """
    few = np.flatnonzero(np.isin(rows["kind"].astype("U"), ("premium", "refund")))
    if not len(few):
        return rows
    told = bulk.read(conn, _GRANTED, {"municipality": municipality})
    columns = zip(*(told[name].tolist() for name in told), strict=True)
    where = dict(zip(told["decision"].tolist(), columns, strict=True))
    reasons = np.array(rows["hold_reason"])
    for i in few:
        one = dict(zip(told, where[int(rows["decision"][i])], strict=True))
        if rows["kind"][i] == "premium":
            what, one["month"] = "premium", year_of(one["day"])
        else:
            what = "item" if one["item"] else "wage"
        if stands(conn, municipality, what, one) < rows["amount_cents"][i]:
            reasons[i] = reasons[i] or NOTHING_OPEN
    return rows | {"hold_reason": reasons}


def debits(conn: Connection, municipality: str, batch: int, obligations: Any) -> Columns:
    """Where premiums and refunds of a batch are taken from.

    Args:
        conn: the store.
        municipality: its code.
        batch: the batch.
        obligations: the payments, ascending.

    Returns:
        account, employment, month and item of each.
    """
    told = {"municipality": municipality, "batch": batch, "receivable": RECEIVABLE}
    stands = bulk.read(conn, _STANDS, told)
    stands = only(stands, np.searchsorted(stands["obligation"], obligations))
    year = np.array([year_of(day) for day in stands["recorded_on"]], dtype=np.int64)
    item, month = stands["item"], stands["month"]
    account = np.select([item > 0, month > 0], [UNMATCHED, RECEIVABLE], PREMIUM)
    return {
        "account": account,
        "employment": np.where(account == RECEIVABLE, stands["employment"], 0),
        "month": np.select([item > 0, month > 0], [0, month], year),
        "item": item,
    }


def _told(granted: Columns, payee: Any, text: Any) -> Columns:
    names = ("of_month", "recorded_on", "reference")
    said = [text(*each) for each in zip(*(granted[n].tolist() for n in names), strict=True)]
    return {
        "client": granted["client"], "amount_cents": granted["amount_cents"], "payee": payee,
        "decision": granted["decision"], "account_of": granted["decision"],
        "remittance": np.array(said, dtype=object),
    }  # fmt: skip


def _premium(_month: int, day: str, _reference: str) -> str:
    return f"Premie arbeidsinschakeling {day[:4]}"


def _refund(month: int, _day: str, reference: str) -> str:
    what = f" te veel betaald loon {month_name(Month(month))}" if month else ""
    return to_others(f"Terugbetaling{what}", reference)
