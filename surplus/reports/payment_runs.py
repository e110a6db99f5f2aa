"""Each payment file from approval to the bank: what was sent is booked, refused or under way.

Side A comes from the states of the payments, side B from the postings on 1010; what came back after
it was booked is a later movement and told apart (formats.md §3.3).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.ledger.accounts import IN_TRANSIT
from surplus.ledger.invariants import IN_TRANSIT_STATES
from surplus.reports import tables
from surplus.reports.period import Period

#: What a payment came to, by its state; one that came back had been booked before.
OUTCOMES = {
    "booked": ("BOOKED",),
    "returned": ("RETURNED",),
    "refused": ("REJECTED", "RECALLED"),
    "under_way": IN_TRANSIT_STATES,
}

_BATCHES = """
    SELECT batch, message_id, month, due_on, payments, total_cents FROM payment_batch
    WHERE municipality = :municipality AND approved_on <> '' AND approved_on <= :last
      AND state <> 'CANCELLED'
    ORDER BY batch
"""
#: What stands on 1010 for the payments of each batch.
_IN_TRANSIT = """
    SELECT o.batch AS batch, -SUM(p.amount) AS cents
    FROM entry AS e
    JOIN posting AS p ON p.municipality = e.municipality AND p.entry = e.entry
    JOIN obligation AS o ON o.municipality = p.municipality AND o.obligation = p.item
    WHERE e.municipality = :municipality AND e.kind <> 'settlement' AND p.account = :account
      AND e.booked_on <= :last
    GROUP BY o.batch
"""


def payment_runs(period: Period) -> list[dict[str, Any]]:
    """Every approved batch as it stood on the last day of the period.

    Returns:
        batch, message_id, month, due_on, payments, total_cents, booked_cents, returned_cents,
        refused_cents, under_way_cents, ledger_cents (under way by the ledger) and
        difference_cents: what of the total is none of these, and under way beside the ledger.
    """
    batches = period.read(_BATCHES)
    # One that was given up after it came back did come back: that is what became of the file.
    rows = tables.payments(period.conn, period.settings, known_on=period.last, but="CANCELLED")
    transit = period.read(_IN_TRANSIT, account=IN_TRANSIT)
    by_ledger = dict(zip(transit["batch"].tolist(), transit["cents"].tolist(), strict=True))
    told = []
    for place, number in enumerate(batches["batch"].tolist()):
        mine = rows["batch"] == number
        row = {name: column[place].item() if hasattr(column[place], "item") else column[place]
               for name, column in batches.items()}  # fmt: skip
        row["month"] = f"{row['month'] // 100}-{row['month'] % 100:02d}"
        for name, states in OUTCOMES.items():
            chosen = mine & np.isin(rows["status"].astype("U"), states)
            row[f"{name}_cents"] = int(rows["amount_cents"][chosen].sum())
        row["ledger_cents"] = int(by_ledger.get(number, 0))
        rest = row["total_cents"] - sum(row[f"{name}_cents"] for name in OUTCOMES)
        row["difference_cents"] = abs(rest) + abs(row["under_way_cents"] - row["ledger_cents"])
        told.append(row)
    return told
