"""What would cross the end of a year: shortfalls, and corrections that are not booked yet.

From 1 November on it is one finding for the municipality, and a line of the page for the morning:
what is put right before the end of the year stays out of the next year's accounts and out of the
client's yearly statement.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.findings import Finding, sync
from surplus.months import Month
from surplus.runs import Work
from surplus.settlement import position
from surplus.store import bulk

CODE = "YEAR_END"
#: From this day of the year on it is told.
FROM = "11-01"
#: Findings that say of a month that figures are still to come, or wait for a decision.
_TO_COME = ("MISSING_INCOME", "OLD_CORRECTION", "RECEIPT_DIFFERS")

_FINDINGS = f"""
    SELECT client, month, code, amount_cents FROM finding
    WHERE municipality = :municipality AND state = 'open' AND code IN {_TO_COME}
      AND month <= :last
    ORDER BY client, month, code
"""
_CHANGES = """
    SELECT client, field, change FROM change
    WHERE municipality = :municipality AND state = 'waiting' AND client <> 0
    ORDER BY client, change
"""


def year_of(on: str) -> int:
    """The year whose end is near on a day, else 0.

    >>> year_of("2026-10-31"), year_of("2026-11-01"), year_of("2027-01-01")
    (0, 2026, 0)
    """
    return int(on[:4]) if on[5:] >= FROM else 0


def tell(work: Work) -> dict[str, int]:
    """One finding while something would cross the end of the year; returns what `summary` tells.

    Before November there is none, and with the new year it is closed: then the closing of the year
    (`year-close`) is what remains.
    """
    year = year_of(work.on)
    told = summary(work.conn, work.settings, year) if year else {}
    there = any(told[name] for name in ("shortfalls", "open_months", "changes")) if told else False
    cents = told.get("shortfall_cents")
    found = [Finding(CODE, subject=f"year:{year}", amount_cents=cents)] if there else []
    sync(work, [CODE], found)
    return told if there else {}


def summary(conn: Connection, settings: Settings, year: int) -> dict[str, int]:
    """How much would cross the end of a year.

    Returns:
        year, shortfalls and shortfall_cents (positive), open_months (to be settled, or to be
        decided about) and changes that wait for a second person.
    """
    stand = position.positions(conn, settings)["position"]
    return {
        "year": year,
        "shortfalls": int(np.count_nonzero(stand < 0)),
        "shortfall_cents": int(-stand[stand < 0].sum()),
        "open_months": len(_to_come(conn, settings, year)["client"]),
        "changes": len(bulk.read(conn, _CHANGES, {"municipality": settings.code})["client"]),
    }


def _to_come(conn: Connection, settings: Settings, year: int) -> dict[str, Any]:
    here = {"municipality": settings.code, "last": year * 100 + 12}
    return bulk.read(conn, _FINDINGS, here)


def crossing(conn: Connection, settings: Settings, year: int) -> list[dict[str, Any]]:
    """Shortfalls, open months, and changes that wait, which the end of a year would find open.

    Returns:
        what (shortfall, change, or the code of a finding), client_no, month, amount_cents.
    """
    stand = position.positions(conn, settings)
    found = [
        _row("shortfall", client, 0, cents)
        for client, cents in zip(stand["client"].tolist(), stand["position"].tolist(), strict=True)
        if cents < 0
    ]
    rows = _to_come(conn, settings, year)
    columns = (rows[name].tolist() for name in ("code", "client", "month", "amount_cents"))
    found += [_row(*row) for row in zip(*columns, strict=True)]
    changes = bulk.read(conn, _CHANGES, {"municipality": settings.code})
    told = zip(changes["client"].tolist(), changes["field"].tolist(), strict=True)
    return found + [_row(f"change {field}", client, 0, 0) for client, field in told]


def _row(what: str, client: int, month: int, cents: int) -> dict[str, Any]:
    return {
        "what": what,
        "client_no": f"K{client:07d}" if client else "",
        "month": str(Month(month)) if month else "",
        "amount_cents": cents,
    }
