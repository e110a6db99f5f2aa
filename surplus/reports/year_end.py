"""What would cross the end of a year: shortfalls, and corrections that are not booked yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from surplus.config import Settings
from surplus.months import Month
from surplus.settlement import position
from surplus.store import bulk

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


def crossing(conn: Connection, settings: Settings, year: int) -> list[dict[str, Any]]:
    """Shortfalls, open months, and changes that wait, which the end of a year would find open.

    Returns:
        what (shortfall, change, or the code of a finding), client_no, month, amount_cents.
    """
    here = {"municipality": settings.code, "last": year * 100 + 12}
    stand = position.positions(conn, settings)
    found = [
        _row("shortfall", client, 0, cents)
        for client, cents in zip(stand["client"].tolist(), stand["position"].tolist(), strict=True)
        if cents < 0
    ]
    rows = bulk.read(conn, _FINDINGS, here)
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
