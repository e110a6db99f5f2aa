"""What may leave at most beside the fixed payments, counted a second time, kind by kind.

Extra, exit and third party out of what is available of the buffer, in the order of the batch; the
holiday allowance out of the reserve; premiums and refunds out of what they were decided on, as far
as it stands. From postings and decisions, not from what prepared the batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.payout.second_position import Standing
from surplus.rules.work_premium import CAP, payable
from surplus.store import bulk
from surplus.store.rates import parameters_now

Columns = dict[str, Any]

BUFFER_KINDS = ("third-party", "extra", "exit")
#: What a person may let pass: money of the client's own that a correction lowered meanwhile.
RELEASABLE = ("third-party", "extra", "exit", "holiday")

_HOLIDAY = """
    IN (SELECT client FROM obligation
        WHERE municipality = :municipality AND batch = :batch AND kind = 'holiday')
"""
#: A payment that is being checked, or an earlier round of it.
_CHECKED = """
    EXISTS (SELECT 1 FROM obligation AS mine
            WHERE mine.municipality = o.municipality AND mine.batch = :batch
              AND mine.kind = 'holiday' AND mine.client = o.client AND mine.month = o.month
              AND mine.state <> 'CANCELLED')
"""
#: What was reserved per month, whatever was paid of it.
_RESERVED = f"""
    SELECT p.client AS client, p.month AS month, -SUM(p.amount) AS cents
    FROM entry AS e JOIN posting AS p
      ON p.municipality = e.municipality AND p.entry = e.entry AND p.account = 2010
    WHERE e.municipality = :municipality AND e.client {_HOLIDAY}
      AND e.kind NOT IN ('holiday-payment', 'payment-cancelled', 'payment-reversed')
    GROUP BY p.client, p.month
"""
#: Holiday payments approved and not cancelled, or waiting; one that came back is owed still.
_PAID = f"""
    SELECT client, SUM(cents) AS cents FROM (
        SELECT p.client AS client, p.amount AS cents
        FROM entry AS e
        JOIN posting AS p
          ON p.municipality = e.municipality AND p.entry = e.entry AND p.account = 2010
        JOIN posting AS t
          ON t.municipality = e.municipality AND t.entry = e.entry AND t.account = 1010
        JOIN obligation AS o ON o.municipality = e.municipality AND o.obligation = t.item
        WHERE e.municipality = :municipality AND o.round = 1 AND e.client {_HOLIDAY}
          AND e.kind IN ('holiday-payment', 'payment-cancelled') AND NOT {_CHECKED}
        UNION ALL
        SELECT o.client, o.amount_cents FROM obligation AS o
        WHERE o.municipality = :municipality AND o.client {_HOLIDAY} AND o.round = 1
          AND o.kind = 'holiday' AND o.state IN ('HELD', 'DRAFT') AND NOT {_CHECKED}) AS paid
    GROUP BY client
"""
#: What was decided for a payment of a batch, and whether it was told otherwise since.
_DECIDED = """
    SELECT o.end_to_end_id AS name, o.kind AS kind, d.amount_cents AS cents,
           COALESCE(d.item, 0) AS item, d.client AS client, d.employer AS employer,
           COALESCE(d.month, 0) AS month, SUBSTR(d.recorded_on, 1, 4) AS year,
           CASE WHEN d.kind = 'third-party' AND EXISTS (
               SELECT 1 FROM decision AS n WHERE n.municipality = d.municipality
                 AND n.client = d.client AND n.kind = d.kind AND n.payee = d.payee
                 AND n.decision > d.decision AND n.run > o.run) THEN 1 ELSE 0 END AS changed,
           d.decision AS decision
    FROM obligation AS o
    JOIN decision AS d ON d.municipality = o.municipality AND d.decision = o.decision
    WHERE o.municipality = :municipality AND o.batch = :batch
      AND o.kind IN ('third-party', 'premium', 'refund')
"""
_STANDS = {
    "item": """SELECT -COALESCE(SUM(amount), 0) AS cents FROM balance
               WHERE municipality = :municipality AND account = 1900 AND item = :item""",
    "wage": """SELECT -COALESCE(MIN(cents), 0) AS cents FROM (
                   SELECT SUM(CASE WHEN b.month = :month THEN b.amount ELSE 0 END) AS cents
                   FROM balance AS b JOIN employment AS e
                     ON e.municipality = b.municipality AND e.employment = b.employment
                   WHERE b.municipality = :municipality AND b.account = 1300
                     AND b.client = :client AND e.employer = :employer
                   GROUP BY b.employment HAVING SUM(b.amount) < 0) AS jobs""",
    "premium": """SELECT -COALESCE(SUM(amount), 0) AS cents FROM balance
                  WHERE municipality = :municipality AND account = 2020 AND client = :client
                    AND month = :month""",
}
#: Other premiums of a client that are paid in a calendar year.
_OF_YEAR = """
    SELECT COUNT(*) AS payments, COALESCE(SUM(amount_cents), 0) AS cents FROM obligation
    WHERE municipality = :municipality AND kind = 'premium' AND round = 1 AND client = :client
      AND state <> 'CANCELLED' AND SUBSTR(due_on, 1, 4) = :year AND decision <> :decision
"""


def ceilings(
    conn: Connection, settings: Settings, stand: Standing, batch: dict[str, Any], rows: Columns
) -> Any:
    """The most that each payment may be, in cents; 0 for the fixed ones.

    Args:
        conn: the store.
        settings: for the municipality.
        stand: where the clients of the batch stand.
        batch: as stored.
        rows: its payments in the order of the file: by client, third parties first.
    """
    told = {"municipality": settings.code, "batch": batch["batch"]}
    kind = rows["kind"].astype("U")
    most = np.zeros(len(kind), dtype=np.int64)
    buffer = np.isin(kind, BUFFER_KINDS)
    if buffer.any():
        clients, amounts = rows["client"][buffer], rows["amount_cents"][buffer]
        to_others = kind[buffer] == "third-party"
        room = np.where(to_others, stand.available_to_others(clients), stand.available(clients))
        most[buffer] = room - _earlier(clients, amounts)
    holiday = kind == "holiday"
    if holiday.any():
        most[holiday] = _reserved(conn, told, {n: rows[n][holiday] for n in rows})
    for name, cents in _granted(conn, settings, told, batch["due_on"]):
        place = rows["end_to_end_id"] == name
        most[place] = cents if not buffer[place].any() else np.minimum(most[place], cents)
    return np.maximum(0, most)


def stands(conn: Connection, municipality: str, what: str, where: dict[str, Any]) -> int:
    """Cents that stand where a decision is paid from.

    Args:
        conn: the store.
        municipality: its code.
        what: item (of the bank, in suspense), wage (that an employer paid too much) or premium.
        where: item; or client, employer and month; or client and month.
    """
    return int(bulk.read(conn, _STANDS[what], {"municipality": municipality, **where})["cents"][0])


def _earlier(clients: Any, amounts: Any) -> Any:
    """What stands before each payment of the same client."""
    order = np.argsort(clients, kind="stable")
    before = np.cumsum(amounts[order]) - amounts[order]
    first = np.searchsorted(clients[order], clients[order])
    result = np.empty_like(amounts)
    result[order] = before - before[first]
    return result


def _reserved(conn: Connection, told: dict[str, Any], rows: Columns) -> Any:
    """What is left of the reserve for each holiday payment: in June up to May, else all of it."""
    reserved, paid = bulk.read(conn, _RESERVED, told), bulk.read(conn, _PAID, told)
    most = np.zeros(len(rows["client"]), dtype=np.int64)
    for month in np.unique(rows["month"]).tolist():
        last = month - 1 if month % 100 == 6 else 999_912
        mine, within = rows["month"] == month, reserved["month"] <= last
        cents = np.zeros(int(max(rows["client"])) + 1, dtype=np.int64)
        np.add.at(cents, reserved["client"][within], reserved["cents"][within])
        np.subtract.at(cents, paid["client"], paid["cents"])
        most[mine] = cents[rows["client"][mine]]
    return most - _earlier(rows["client"], rows["amount_cents"])


def _granted(
    conn: Connection, settings: Settings, told: dict[str, Any], due_on: str
) -> list[tuple[str, int]]:
    """End-to-end id, and what was decided as far as it stands where it is to be taken from."""
    rows = bulk.read(conn, _DECIDED, told)
    found = []
    for name, kind, cents, item, client, employer, month, year, changed, decision in zip(
        *(column.tolist() for column in rows.values()), strict=True
    ):
        what = "item" if item else "wage" if kind == "refund" else "premium"
        most = 0 if changed else cents
        if kind != "third-party":
            where = {"item": item, "client": client, "employer": employer,
                     "month": month if kind == "refund" else int(f"{year}01")}  # fmt: skip
            most = min(most, stands(conn, told["municipality"], what, where))
        if kind == "premium":
            others = {"client": client, "year": due_on[:4], "decision": decision}
            paid = bulk.read(conn, _OF_YEAR, {**told, **others})
            cap = parameters_now(conn, settings.code).amount(CAP, due_on)
            most = int(payable(most, paid["cents"], paid["payments"], cap)[0])
        found.append((name, most))
    return found
