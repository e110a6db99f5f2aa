"""Yearly totals for SiSa (single information, single audit), tied to the results of the ledger.

The list of indicators changes each year and is a setting (`[sisa.indicators]`). Results that no
indicator takes are told apart, so that all rows together are what the year comes to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.ledger import year_close
from surplus.ledger.accounts import IN_TRANSIT, RECEIVABLE
from surplus.store import bulk

#: What the bank paid out, less the wages that came in, by when the result is: its own months or
#: earlier ones. A receipt that was put in its place later counts when that was done.
_CASH = """
    SELECT SUM(CASE WHEN posting.month = 0 OR posting.month >= :first THEN amount ELSE 0 END)
               AS of_year,
           SUM(CASE WHEN posting.month <> 0 AND posting.month < :first THEN amount ELSE 0 END)
               AS earlier
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_month BETWEEN :first AND :last
      AND (account = :transit AND kind IN ('payment-booked', 'payment-returned')
           OR account = :receivable
          AND kind IN ('receipt', 'receipt-assigned', 'receipt-reversed'))
    HAVING COUNT(*) > 0
"""


def totals(conn: Connection, settings: Settings, year: int) -> list[dict[str, Any]]:
    """The indicators of a year, by code, then the results that are in none.

    Returns:
        indicator ('' for an account that is in none), name, basis, and in cents of_year_cents
        (about its own months), earlier_years_cents (about earlier years) and total_cents, spending
        positive. The rows on accrual basis and those without an indicator add up to the results.
    """
    told = year_close.totals(conn, settings.code, year)
    rows, placed = [], set()
    for code, indicator in sorted(settings.sisa.indicators.items()):
        if indicator.basis == "cash":
            of_year, earlier = _cash(conn, settings.code, year)
        else:
            mine = np.isin(told["account"], indicator.accounts)
            of_year, earlier = (int(told[name][mine].sum()) for name in ("of_year", "earlier"))
            placed.update(indicator.accounts)
        rows.append(_row(code, indicator.name, indicator.basis, of_year, earlier))
    columns = (told[name].tolist() for name in ("account", "of_year", "earlier"))
    return rows + [
        _row("", str(account), "accrual", of_year, earlier)
        for account, of_year, earlier in zip(*columns, strict=True)
        if account not in placed
    ]


def _cash(conn: Connection, municipality: str, year: int) -> tuple[int, int]:
    rows = bulk.read(
        conn, _CASH,
        {"municipality": municipality, "first": year * 100 + 1, "last": year * 100 + 12,
         "transit": IN_TRANSIT, "receivable": RECEIVABLE},
    )  # fmt: skip
    of_year, earlier = (int(rows[name].sum()) for name in ("of_year", "earlier"))
    return of_year, earlier


def _row(code: str, name: str, basis: str, of_year: int, earlier: int) -> dict[str, Any]:
    return {
        "indicator": code, "name": name, "basis": basis, "of_year_cents": of_year,
        "earlier_years_cents": earlier, "total_cents": of_year + earlier,
    }  # fmt: skip
