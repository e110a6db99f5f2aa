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
from surplus.ledger.invariants import CHAIN, IN_TRANSIT_STATES
from surplus.reports import tables
from surplus.reports.period import Period
from surplus.settlement import incomes
from surplus.settlement.history import CLIENTS, History

Columns = dict[str, Any]

#: Entries that approve a payment; `payment-cancelled` and the like undo one.
APPROVALS = (
    "fixed-payment", "extra-payment", "exit-payment", "holiday-payment", "premium-payment",
    "third-party", "refund",
)  # fmt: skip
#: The bank executed a payment, or gave it back, of which the line stood in suspense at first.
FROM_SUSPENSE = "receipt-assigned"
#: Kinds of payment that leave the buffer, and states in which they have left it.
FROM_BUFFER = ("fixed", "extra", "exit", "third-party")
LEFT = (*IN_TRANSIT_STATES, "BOOKED")

_STATEMENTS = f"""
    SELECT s.statement AS statement, s.iban AS iban, s.closing_cents AS closing_cents,
           s.recorded_on AS recorded_on,
           COALESCE(i.first, 0) AS first, COALESCE(i.credited, 0) AS credited,
           COALESCE(i.debited, 0) AS debited
    FROM statement AS s
    LEFT JOIN (SELECT statement,
                      MIN(CASE WHEN amount_cents <> 0 THEN item END) AS first,
                      SUM(CASE WHEN amount_cents > 0 THEN amount_cents ELSE 0 END) AS credited,
                      SUM(CASE WHEN amount_cents < 0 THEN -amount_cents ELSE 0 END) AS debited
               FROM bank_item WHERE municipality = :municipality GROUP BY statement) AS i
      ON i.statement = s.statement
    WHERE s.municipality = :municipality AND s.state = 'booked'
    ORDER BY {CHAIN}
"""

#: When the first line of each statement was booked.
_BOOKED = """
    SELECT reference, MIN(booked_on) AS booked_on FROM entry
    WHERE municipality = :municipality AND kind <> 'settlement' AND reference IN (
        SELECT 'item:' || CAST(MIN(item) AS TEXT) FROM bank_item
        WHERE municipality = :municipality AND amount_cents <> 0 GROUP BY statement)
    GROUP BY reference
"""

#: What the findings on lines that stood open say. A finding bears the amount of now, so that what
#: was taken off its line after the last day is added to it.
_STOOD_OPEN = """
    SELECT SUM(COALESCE(now.amount_cents, 0) + COALESCE(since.cents, 0)) AS cents
    FROM finding AS stood
    LEFT JOIN finding AS now
      ON now.municipality = stood.municipality AND now.code = stood.code
     AND now.subject = stood.subject AND now.state = 'open'
    LEFT JOIN (SELECT 'item:' || CAST(item AS TEXT) AS subject, SUM(amount) AS cents
               FROM entry JOIN posting
                 ON posting.municipality = entry.municipality AND posting.entry = entry.entry
               WHERE entry.municipality = :municipality AND account = :unmatched
                 AND booked_on > :last
               GROUP BY item) AS since ON since.subject = stood.subject
    WHERE stood.municipality = :municipality AND stood.code = 'UNMATCHED'
      AND stood.raised_on <= :last AND (stood.closed_on = '' OR stood.closed_on > :last)
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

#: Receipts on wages by the run that booked them.
_RECEIPTS = text(
    """
    SELECT posting.month, posting.employment, entry.run, -SUM(amount) AS cents
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND kind <> 'settlement' AND kind IN :kinds
      AND account = :receivable AND booked_on <= :last
    GROUP BY posting.month, posting.employment, entry.run
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
    statements = _statements(period)
    before, until = (statements["booked_on"] <= day for day in (period.before, period.last))
    inside = until & ~before

    def closing(booked: Any) -> int:
        told = zip(statements["iban"][booked], statements["closing_cents"][booked], strict=True)
        return sum(map(int, dict(told).values()))  # of each account the last

    return [
        Line("bank_opening", _sum(period, "opening", BANK), closing(before)),
        Line(
            "bank_in",
            _sum(period, "debit", BANK, but=("opening",)),
            int(statements["credited"][inside].sum()),
        ),
        Line("bank_out", _sum(period, "credit", BANK), int(statements["debited"][inside].sum())),
        Line("bank_closing", _sum(period, "closing", BANK), closing(until)),
        Line(
            "unmatched",
            -_sum(period, "closing", UNMATCHED),
            _cents(period.read(_STOOD_OPEN, unmatched=UNMATCHED), "cents"),
        ),
    ]


def _statements(period: Period) -> Columns:
    """The booked statements in their order, with the day on which each was booked.

    One that waited behind a gap was booked later than it was recorded.
    """
    statements, booked = period.read(_STATEMENTS), period.read(_BOOKED)
    days = dict(zip(booked["reference"], booked["booked_on"], strict=True))
    told = zip(statements["first"], statements["recorded_on"], strict=True)
    dates = [days.get(f"item:{first}", recorded_on) for first, recorded_on in told]
    return statements | {"booked_on": np.array(dates, dtype="U10")}


def _payments(period: Period) -> list[Line]:
    batches = period.read(_BATCHES)
    now, before = (_by_status(period, day) for day in (period.last, period.before))
    booked = _sum(period, "debit", IN_TRANSIT, only=("payment-booked", FROM_SUSPENSE))
    returned = _sum(period, "credit", IN_TRANSIT, only=("payment-returned", FROM_SUSPENSE))
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
    wages, benefit, reserved, entitled = _change(period)
    settlement = ("settlement",)

    def net(account: int) -> int:
        debit, credit = (
            _sum(period, side, account, only=settlement) for side in ("debit", "credit")
        )
        return debit - credit

    return [
        _told(period),
        _received(period),
        Line("wages", net(RECEIVABLE), wages),
        Line("benefit", net(BENEFIT), benefit + reserved),
        Line("reserved", -net(RESERVE), reserved),
        Line("entitled", -net(BUFFER), entitled),
    ]


def _told(period: Period) -> Line:
    """Wages that were settled as told, beside the income facts known on the last day."""
    wages = _wages(period, "delivery", "payslip")
    if not len(wages["month"]):
        return Line("told", 0, 0)
    first, last = int(wages["month"].min()), int(wages["month"].max())
    settings = period.settings
    told = incomes.cash(
        period.conn, settings.code, settings.policy()["income"],
        first=first, last=last, known_on=period.last,
    )  # fmt: skip
    counts = np.isin(_job(told), _job(wages))
    return Line("told", int(wages["wage_cents"].sum()), int(told["wage"][counts].sum()))


def _received(period: Period) -> Line:
    """Wages that were settled as received, beside the receipts booked by then."""
    wages = _wages(period, "receipt")
    receipts = period.read(_RECEIPTS, kinds=RECEIPT_KINDS, receivable=RECEIVABLE)
    order = np.argsort(_job(wages))
    jobs, runs = _job(wages)[order], wages["run"][order]
    place = np.searchsorted(jobs, _job(receipts))
    known = np.isin(_job(receipts), jobs)
    known[known] = receipts["run"][known] <= runs[place[known]]
    return Line("received", int(wages["wage_cents"].sum()), int(receipts["cents"][known].sum()))


def _wages(period: Period, *sources: str) -> Columns:
    """month, employment, wage_cents and run of the settled wages that come from these sources."""
    wages, figures = period.now.wages, period.now.figures
    chosen = np.isin(wages["wage_source"].astype(str), sources)
    rows = {name: wages[name][chosen] for name in ("month", "client", "employment", "wage_cents")}
    keys, wanted = (each["month"] * CLIENTS + each["client"] for each in (figures, rows))
    return rows | {"run": figures["run"][np.searchsorted(keys, wanted)]}


def _job(rows: Columns) -> Any:
    """Month and employment as one number."""
    return rows["month"] * 1_000_000_000 + rows["employment"]


def _change(period: Period) -> tuple[int, ...]:
    """How much W, Bp, R and D of all settlements rose in the period."""
    now, then = _totals(period.now), _totals(period.then)
    return tuple(after - before for after, before in zip(now, then, strict=True))


def _totals(history: History) -> tuple[int, ...]:
    names = ("wage_cents", "benefit_cents", "holiday_allowance_cents", "entitlement_cents")
    return tuple(int(history.figures[name].sum()) for name in names)


def _buffers(period: Period) -> list[Line]:
    paid = _by_status(period, period.last, FROM_BUFFER)
    other = _sum(period, "closing", BUFFER, but=("settlement", *PAYMENT_KINDS))
    entitled = _totals(period.now)[3]
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
