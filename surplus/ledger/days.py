"""Two days of an entry: the one it is about, and the one on which it was booked.

"As it stood on D, as known on K" counts what was booked by K and is about a day up to D: of a
settlement the last day of its month, of a payment the day it is due, of a statement line the day
on which the bank booked it, of anything else the day of booking.
"""

from __future__ import annotations

from typing import Any

from surplus.months import Month

EVER = "9999-12-31"

#: Condition on `entry`, with the values of `up_to`.
UP_TO = """
    entry.booked_on <= :known_on AND CASE
        WHEN :as_of = '9999-12-31' THEN 1 = 1
        WHEN entry.kind = 'settlement' THEN entry.month <= :last_month
        WHEN entry.reference LIKE 'obligation:%' THEN EXISTS (
            SELECT 1 FROM obligation AS about WHERE about.municipality = entry.municipality
              AND about.obligation = CAST(SUBSTR(entry.reference, 12) AS BIGINT)
              AND about.due_on <= :as_of)
        WHEN entry.reference LIKE 'item:%' THEN EXISTS (
            SELECT 1 FROM bank_item AS about WHERE about.municipality = entry.municipality
              AND about.item = CAST(SUBSTR(entry.reference, 6) AS BIGINT)
              AND about.booked_on <= :as_of)
        ELSE entry.booked_on <= :as_of END
"""


def up_to(known_on: str = EVER, as_of: str = EVER) -> dict[str, Any]:
    """What `UP_TO` is bound to: known_on, as_of and the last month that had ended by then.

    >>> up_to("2026-03-05", "2026-03-01")
    {'known_on': '2026-03-05', 'as_of': '2026-03-01', 'last_month': 202602}
    >>> up_to(as_of="2026-03-31")["last_month"]
    202603
    """
    month = Month.of(as_of)
    ended = month if as_of == month.last_day.isoformat() else month.plus(-1)
    return {"known_on": known_on, "as_of": as_of, "last_month": int(ended)}
