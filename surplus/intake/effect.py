"""What taking in a file changed, or in a preview would change: facts, and what waits because of it.

Effective is the last telling in the sender's order; a file that comes late may change nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import select

from surplus.intake.known import groups
from surplus.intake.outcome import client_number
from surplus.months import Month
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import change

#: So many client-months are told one by one, the largest difference first.
MOST = 20

#: Every telling of what a delivery tells, in the sender's order; without those that count for
#: nothing: set aside, or until a person says so.
_TOLD = """
    SELECT i.client, i.month, i.employment, i.relation, i.period_begin, i.source,
           COALESCE(i.occurrence, 0) AS occurrence, i.delivery, i.state,
           COALESCE(i.net_paid, i.net, i.wage_tax_base - i.wage_tax, 0) AS cents
    FROM income AS i
    JOIN (SELECT DISTINCT employment, relation, period_begin FROM income
          WHERE municipality = :municipality AND run = :run AND delivery = :delivery) AS told
      ON told.employment = i.employment AND told.relation = i.relation
     AND told.period_begin = i.period_begin
    WHERE i.municipality = :municipality
      AND NOT EXISTS (SELECT 1 FROM set_aside AS gone
                      WHERE gone.municipality = i.municipality AND gone.month = i.month
                        AND gone.income = i.income)
      AND NOT EXISTS (SELECT 1 FROM rejected_row AS asked
                      WHERE asked.municipality = i.municipality AND asked.delivery = i.delivery
                        AND asked.line = i.line AND asked.state = 'asked')
    ORDER BY i.sent_on, i.sent_id, i.income
"""
_KEY = ("employment", "relation", "period_begin", "source", "occurrence")


def effect(work: Work, number: int) -> dict[str, Any]:
    """The effect of a delivery that this run has taken in.

    Returns:
        `new`, `changed` and `withdrawn` facts, and `older` ones that a later telling goes before;
        `net`, per client-month the net told before and after, in cents (the largest differences);
        `waits`, how many changes wait for a second person, and `changes`, the first of them.
    """
    told = {"municipality": work.municipality, "run": work.run, "delivery": number}
    rows = bulk.read(work.conn, _TOLD, told)
    key = groups(*(rows[name] for name in _KEY))
    count = int(key.max(initial=-1)) + 1
    after, before = _last(key, count), _last(key, count, rows["delivery"] != number)
    stands = rows["state"] == "recorded"
    ours = rows["delivery"][after] == number
    stood = (before >= 0) & stands[before]
    found = {
        "new": ours & ~stood & stands[after],
        "changed": ours & stood & stands[after],
        "withdrawn": ours & stood & ~stands[after],
        "older": ~ours,
    }
    cents = np.where(stands, rows["cents"], 0)
    nets = np.stack([np.where(before >= 0, cents[before], 0), cents[after]])
    waits, changes = _waits(work, number)
    return {
        **{name: int(mask.sum()) for name, mask in found.items()},
        "net": _by_month(rows["client"][after], rows["month"][after], nets),
        "waits": waits,
        "changes": changes,
    }


def _last(key: Any, count: int, among: Any = True) -> Any:
    """Of each key the place of its last row, of those `among`; -1 where there is none."""
    place = np.full(count, -1, dtype=np.int64)
    rows = np.flatnonzero(np.broadcast_to(among, len(key)))
    place[key[rows]] = rows
    return place


def _by_month(client: Any, month: Any, nets: Any) -> list[dict[str, Any]]:
    place = groups(client, month)
    sums = np.zeros((2, int(place.max(initial=-1)) + 1), dtype=np.int64)
    for side in (0, 1):
        np.add.at(sums[side], place, nets[side])
    first = np.unique(place, return_index=True)[1]
    apart = np.abs(sums[1] - sums[0])
    order = np.lexsort([client[first], month[first], -apart])[:MOST]
    return [
        {
            "client_no": client_number(int(client[first[i]])),
            "month": str(Month(int(month[first[i]]))),
            "before_cents": int(sums[0, i]),
            "after_cents": int(sums[1, i]),
        }
        for i in order.tolist()
        if apart[i]
    ]


def _waits(work: Work, number: int) -> tuple[int, list[dict[str, str]]]:
    """How many changes wait because of this file, and the first of them: from what to what."""
    query = (
        select(change.c.client, change.c.field, change.c.old, change.c.new)
        .where(
            change.c.municipality == work.municipality,
            change.c.run == work.run,
            change.c.delivery == number,
            change.c.state == "waiting",
        )
        .order_by(change.c.change)
    )
    rows = work.conn.execute(query).all()
    return len(rows), [
        {"client_no": client_number(row.client) or "", "field": row.field, "old": row.old,
         "new": row.new}
        for row in rows[:MOST]
    ]  # fmt: skip
