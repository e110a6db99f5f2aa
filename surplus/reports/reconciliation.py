"""Does it all add up: every sum of a period from two sources that know nothing of each other.

Side A comes from the journal's postings (or the payments, or the settlements), side B from
statements, batches, settlements and income facts. All differences must be zero.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import bindparam, text

from surplus.ledger.accounts import (
    BANK,
    BENEFIT,
    BUFFER,
    IN_TRANSIT,
    PAYMENT_KINDS,
    RECEIPT_KINDS,
    RECEIVABLE,
    RESERVE,
    UNMATCHED,
)
from surplus.ledger.invariants import IN_TRANSIT_STATES
from surplus.reports import tables
from surplus.reports.period import Period
from surplus.settlement.history import History

Columns = dict[str, Any]

#: Entries that approve a payment; `payment-cancelled` and the like undo one.
APPROVALS = (
    "fixed-payment", "extra-payment", "exit-payment", "holiday-payment", "premium-payment",
    "third-party", "refund",
)  # fmt: skip
#: Kinds of payment that leave the buffer, and states in which they have left it.
FROM_BUFFER = ("fixed", "extra", "exit", "third-party")
LEFT = (*IN_TRANSIT_STATES, "BOOKED")

#: Booked statements with the day on which they were booked: one that waited behind a gap is booked
#: later than it was recorded.
_BOOKED = """
    SELECT s.statement, s.to_on, s.sequence, s.closing_cents,
           COALESCE(MIN(e.booked_on), s.recorded_on) AS counts_from
    FROM statement AS s
    LEFT JOIN bank_item AS i ON i.municipality = s.municipality AND i.statement = s.statement
    LEFT JOIN entry AS e ON e.municipality = i.municipality AND e.kind <> 'settlement'
      AND e.reference = 'item:' || CAST(i.item AS TEXT)
    WHERE s.municipality = :municipality AND s.state = 'booked'
    GROUP BY s.statement, s.to_on, s.sequence, s.closing_cents, s.recorded_on
"""

_CLOSING = f"""
    SELECT closing_cents FROM ({_BOOKED}) AS booked WHERE counts_from <= :day
    ORDER BY to_on DESC, sequence DESC, statement DESC LIMIT 1
"""

_LINES = f"""
    SELECT SUM(CASE WHEN amount_cents > 0 THEN amount_cents ELSE 0 END) AS credited,
           SUM(CASE WHEN amount_cents < 0 THEN -amount_cents ELSE 0 END) AS debited
    FROM ({_BOOKED}) AS booked
    JOIN bank_item ON bank_item.municipality = :municipality
      AND bank_item.statement = booked.statement
    WHERE counts_from BETWEEN :first AND :last
"""

_BATCHES = """
    SELECT SUM(CASE WHEN approved_on BETWEEN :first AND :last THEN total_cents ELSE 0 END)
               AS approved,
           SUM(CASE WHEN exported_on BETWEEN :first AND :last THEN total_cents ELSE 0 END) AS sent
    FROM payment_batch WHERE municipality = :municipality
"""

_IN_FILES = """
    SELECT SUM(obligation.amount_cents) AS cents
    FROM payment_batch JOIN obligation
      ON obligation.municipality = payment_batch.municipality
     AND obligation.batch = payment_batch.batch
    WHERE payment_batch.municipality = :municipality AND exported_on BETWEEN :first AND :last
"""

#: The wages of settled months by employment, with the run that settled them.
_WAGES = """
    SELECT w.month, w.client, w.employment, w.wage_cents, w.wage_source, s.run
    FROM settlement AS s
    JOIN (SELECT month, client, MAX(version) AS version FROM settlement
          WHERE municipality = :municipality AND recorded_on <= :last
          GROUP BY month, client) AS latest
      ON latest.month = s.month AND latest.client = s.client AND latest.version = s.version
    JOIN settlement_wage AS w ON w.municipality = s.municipality AND w.month = s.month
      AND w.client = s.client AND w.version = s.version
    WHERE s.municipality = :municipality AND s.state = 'settled'
"""

_BY_SOURCE = f"""
    SELECT wage_source AS source, SUM(wage_cents) AS cents
    FROM ({_WAGES}) AS settled GROUP BY wage_source ORDER BY wage_source
"""

#: Facts as they counted in the run that settled the month.
_TOLD = f"""
    SELECT SUM(COALESCE(net, 0) + COALESCE(net_special, 0) + COALESCE(travel, 0)) AS cents
    FROM (SELECT income.*, ROW_NUMBER() OVER (
              PARTITION BY income.client, person, income.employment, relation, period_begin
              ORDER BY sent_on DESC, sent_id DESC, income DESC) AS place
          FROM ({_WAGES}) AS settled
          JOIN income ON income.municipality = :municipality AND income.month = settled.month
            AND income.client = settled.client AND income.employment = settled.employment
            AND income.run <= settled.run
          WHERE settled.wage_source = 'delivery') AS known
    WHERE place = 1 AND state = 'recorded'
"""

#: Receipts as they stood in the journal when the month was settled.
_RECEIVED = text(
    f"""
    SELECT -SUM(posting.amount) AS cents
    FROM ({_WAGES}) AS settled
    JOIN posting ON posting.municipality = :municipality AND posting.account = :receivable
      AND posting.client = settled.client AND posting.employment = settled.employment
      AND posting.month = settled.month
    JOIN entry ON entry.municipality = posting.municipality AND entry.entry = posting.entry
      AND entry.run <= settled.run AND entry.kind <> 'settlement' AND entry.kind IN :kinds
    WHERE settled.wage_source = 'receipt'
    """
).bindparams(bindparam("kinds", expanding=True))


class Line(NamedTuple):
    """A sum from two sources, in cents; `key` says which (see `words.RECONCILIATION`)."""

    key: str
    left: int
    right: int


def lines(period: Period) -> list[Line]:
    """Every line of the reconciliation, in the order of the sheet."""
    return [*_bank(period), *_payments(period), *_settled(period), *_buffers(period)]


def _bank(period: Period) -> list[Line]:
    items = period.read(_LINES)
    return [
        Line("bank_opening", _sum(period, "opening", BANK), _closing(period, period.before)),
        Line("bank_in", _sum(period, "debit", BANK, but=("opening",)), _cents(items, "credited")),
        Line("bank_out", _sum(period, "credit", BANK), _cents(items, "debited")),
        Line("bank_closing", _sum(period, "closing", BANK), _closing(period, period.last)),
        Line("unmatched", -_sum(period, "closing", UNMATCHED), _open_items(period)),
    ]


def _closing(period: Period, day: str) -> int:
    return _cents(period.read(_CLOSING, day=day), "closing_cents")


def _open_items(period: Period) -> int:
    found = tables.findings(period.conn, period.settings, known_on=period.last)
    standing = (found["code"] == "UNMATCHED") & (found["state"] == "open")
    return sum(int(cents or 0) for cents in found["amount_cents"][standing])


def _payments(period: Period) -> list[Line]:
    batches = period.read(_BATCHES)
    now, before = (_by_status(period, day) for day in (period.last, period.before))
    booked = _sum(period, "debit", IN_TRANSIT, only=("payment-booked",))
    returned = _sum(period, "credit", IN_TRANSIT, only=("payment-returned",))
    return [
        Line(
            "approved",
            _sum(period, "credit", IN_TRANSIT, only=APPROVALS),
            _cents(batches, "approved"),
        ),
        Line("sent", _cents(period.read(_IN_FILES), "cents"), _cents(batches, "sent")),
        Line("executed", booked - returned, now.get("BOOKED", 0) - before.get("BOOKED", 0)),
        Line(
            "in_transit",
            -_sum(period, "closing", IN_TRANSIT),
            sum(now.get(state, 0) for state in IN_TRANSIT_STATES),
        ),
    ]


def _by_status(period: Period, day: str, kinds: tuple[str, ...] = ()) -> dict[str, int]:
    """Status -> cents of the payments that had it on a day, of these kinds or all."""
    rows = tables.payments(period.conn, period.settings, known_on=day)
    totals: dict[str, int] = {}
    for kind, status, cents in zip(rows["kind"], rows["status"], rows["amount_cents"], strict=True):
        if not kinds or kind in kinds:
            totals[status] = totals.get(status, 0) + int(cents)
    return totals


def _settled(period: Period) -> list[Line]:
    by_source = period.read(_BY_SOURCE)
    settled = dict(zip(by_source["source"], by_source["cents"].tolist(), strict=True))
    received = period.read(_RECEIVED, receivable=RECEIVABLE, kinds=RECEIPT_KINDS)
    wages, benefit, reserved, entitled = _change(period)
    settlement = ("settlement",)

    def net(account: int) -> int:
        debit, credit = (
            _sum(period, side, account, only=settlement) for side in ("debit", "credit")
        )
        return debit - credit

    return [
        Line("told", settled.get("delivery", 0), _cents(period.read(_TOLD), "cents")),
        Line("received", settled.get("receipt", 0), _cents(received, "cents")),
        Line("wages", net(RECEIVABLE), wages),
        Line("benefit", net(BENEFIT), benefit + reserved),
        Line("reserved", -net(RESERVE), reserved),
        Line("entitled", -net(BUFFER), entitled),
    ]


def _change(period: Period) -> tuple[int, ...]:
    """How much W, Bp, R and D of all settlements rose in the period."""
    now, before = (_totals(period, day) for day in (period.last, period.before))
    return tuple(after - then for after, then in zip(now, before, strict=True))


def _totals(period: Period, day: str) -> tuple[int, ...]:
    figures = History.read(period.conn, period.settings.code, known_on=day).figures
    names = ("wage_cents", "benefit_cents", "holiday_allowance_cents", "entitlement_cents")
    return tuple(int(figures[name].sum()) for name in names)


def _buffers(period: Period) -> list[Line]:
    paid = _by_status(period, period.last, FROM_BUFFER)
    other = _sum(period, "closing", BUFFER, but=("settlement", *PAYMENT_KINDS))
    entitled = _totals(period, period.last)[3]
    debit, credit = (int(period.ledger[side].sum()) for side in ("debit", "credit"))
    return [
        Line(
            "buffer",
            -_sum(period, "closing", BUFFER),
            entitled - sum(paid.get(state, 0) for state in LEFT) - other,
        ),
        Line("balanced", debit, credit),
    ]


def _sum(
    period: Period,
    side: str,
    account: int,
    *,
    only: tuple[str, ...] = (),
    but: tuple[str, ...] = (),
) -> int:
    """One side of an account in the journal, over these kinds of entry."""
    ledger = period.ledger
    kinds = ledger["kind"].astype(str)
    chosen = (ledger["account"] == account) & ~np.isin(kinds, but)
    if only:
        chosen &= np.isin(kinds, only)
    return int(ledger[side][chosen].sum())


def _cents(row: Columns, name: str) -> int:
    """The one value of a query; 0 where there is none."""
    return int(row[name][0]) if len(row[name]) else 0
