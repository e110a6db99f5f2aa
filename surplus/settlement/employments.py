"""What was decided about an employment: who is paid, and how its periods fall into months."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection

from surplus.months import Month
from surplus.store import bulk

EVER = "9999-12-31"

#: Of each kind and employment the latest decision in force in a month, both members of a household.
_DECIDED = """
    SELECT employment.employment, decision.kind, decision.payee, decision.value
    FROM decision JOIN employment
      ON employment.municipality = decision.municipality
     AND employment.client = decision.client AND employment.employer = decision.employer
    WHERE decision.municipality = :municipality AND decision.kind IN ('paid_to', 'pay-periods')
      AND decision.recorded_on <= :known_on
      AND COALESCE(decision.valid_from, '') <= :last
      AND (COALESCE(decision.valid_until, '') = '' OR decision.valid_until >= :first)
    ORDER BY decision.decision
"""


class Decided(NamedTuple):
    """Employment numbers whose income goes to the client; employment -> method of its periods."""

    paid_to_client: Any
    method: dict[int, str]

    def methods(self, employments: Any, four_weekly: str) -> Any:
        """How the four-weekly periods of each row fall into months.

        Args:
            employments: of n rows.
            four_weekly: what the municipality does where nothing was decided.
        """
        told = np.full(len(employments), four_weekly, dtype="U13")
        for job, method in self.method.items():
            told[employments == job] = method
        return told


def decided(
    conn: Connection, municipality: str, month: Month | None = None, known_on: str = EVER
) -> Decided:
    """What was decided about employments (`paid_to`, `pay-periods`), as in force in a month.

    Without a month, what was decided last, whenever it holds.
    """
    first, last = (month.first_day, month.last_day) if month else ("", EVER)
    rows = bulk.read(
        conn,
        _DECIDED,
        {
            "municipality": municipality, "known_on": known_on or EVER,
            "first": str(first), "last": str(last),
        },
    )  # fmt: skip
    payee: dict[int, str] = {}
    method: dict[int, str] = {}
    for job, kind, to, value in zip(*(rows[name].tolist() for name in rows), strict=True):
        if kind == "paid_to":
            payee[job] = to
        else:
            method[job] = value
    outside = [job for job, to in payee.items() if to == "client"]
    return Decided(np.array(sorted(outside), dtype=np.int64), method)
