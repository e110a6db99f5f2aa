"""How much money the buffer account needs before the next fixed date.

What is certain counts: the balance, what is approved and not yet debited, and what the next pay
month has to pay. Wages that employers owe are told beside it and never counted on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from surplus.config import Settings
from surplus.ledger.accounts import BANK, IN_TRANSIT, RECEIVABLE
from surplus.months import Month
from surplus.payout import batches, calendar, obligations
from surplus.store import bulk

Columns = dict[str, Any]

#: The balance of each account, and what of it is open in favour of the municipality.
_BALANCES = """
    SELECT account, SUM(amount) AS cents, SUM(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS owed
    FROM balance WHERE municipality = :municipality GROUP BY account
"""
#: What is prepared or held and not approved yet.
_DRAFTS = """
    SELECT o.kind AS kind, COUNT(*) AS payments, SUM(o.amount_cents) AS cents
    FROM obligation AS o
    WHERE o.municipality = :municipality AND o.state IN ('DRAFT', 'HELD')
    GROUP BY o.kind ORDER BY o.kind
"""


@dataclass(frozen=True)
class Funding:
    """The need of the next fixed date, in cents; `short_cents` is what must be transferred."""

    month: str
    pays_on: str
    balance_cents: int
    in_transit_cents: int
    payments: list[dict[str, Any]]  # kind, payments, cents; drafted and held ones included
    need_cents: int
    short_cents: int
    wages_owed_cents: int
    held_payments: int
    without_norm: int

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def funding(conn: Connection, settings: Settings, on: str) -> Funding:
    """What the account needs before the next fixed date that has not been prepared or paid yet.

    Args:
        conn: the store.
        settings: basis of F and policy.
        on: business date.
    """
    dates = calendar.PayCalendar.read(conn, settings)
    month = Month.of(on)
    while dates.days(month).pays_on < on:
        month = month.plus(1)
    pays_on = dates.days(month).pays_on
    rows, lacking = obligations.to_pay(
        conn, settings, month, on, pays_on,
        with_extras=not batches.stands(conn, settings.code, month),
    )  # fmt: skip
    payments = _payments(conn, settings, rows)
    balances = bulk.read(conn, _BALANCES, {"municipality": settings.code})
    of = {
        account: (cents, owed)
        for account, cents, owed in zip(*(balances[n].tolist() for n in balances), strict=True)
    }
    balance, transit = of.get(BANK, (0, 0))[0], -of.get(IN_TRANSIT, (0, 0))[0]
    need = transit + sum(each["cents"] for each in payments)
    return Funding(
        month=str(month),
        pays_on=pays_on,
        balance_cents=int(balance),
        in_transit_cents=int(transit),
        payments=payments,
        need_cents=int(need),
        short_cents=max(0, int(need - balance)),
        wages_owed_cents=int(of.get(RECEIVABLE, (0, 0))[1]),
        held_payments=int((rows["hold_reason"] != "").sum()),
        without_norm=len(lacking["client"]),
    )


def _payments(conn: Connection, settings: Settings, rows: Columns) -> list[dict[str, Any]]:
    """Number and sum by kind of what is to be made and of what waits already."""
    drafts = bulk.read(conn, _DRAFTS, {"municipality": settings.code})
    waits = {
        kind: (payments, int(cents))
        for kind, payments, cents in zip(*(drafts[n].tolist() for n in drafts), strict=True)
    }
    new = rows["obligation"] == 0  # those that are held wait already
    told = []
    for kind in sorted({*waits, *rows["kind"][new].tolist()}):
        mine = new & (rows["kind"] == kind)
        count, cents = waits.get(kind, (0, 0))
        cents += int(rows["amount_cents"][mine].sum())
        told.append({"kind": kind, "payments": int(mine.sum()) + count, "cents": cents})
    return told
