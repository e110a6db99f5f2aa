"""What is owed on a fixed date: to whom, how much, and what keeps a payment back.

The fixed amount F is agreed beforehand and leaves whatever has arrived; an extra is what earlier
settled months left over (design.md §6, §7). Nothing here is written: see `batches`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.intake.checkdigits import iban_valid
from surplus.intake.clients_view import clients_as_of
from surplus.months import Month, month_name
from surplus.payout.pain001 import bank_names
from surplus.rules.arrays import first_told
from surplus.rules.benefit import fixed_payment
from surplus.rules.norm import holiday_share
from surplus.settlement import instalments
from surplus.settlement.basis import today
from surplus.settlement.history import History
from surplus.settlement.norms import decided, norms_of, only
from surplus.settlement.participation import participates
from surplus.settlement.position import positions, summed
from surplus.settlement.target import override
from surplus.store import bulk

Columns = dict[str, Any]

#: In this order they stand in a batch.
KINDS = ("fixed", "extra", "exit")
#: What the client reads on the statement; the fixed amount is the same line every month.
REMITTANCE = {
    "fixed": "Bijstand {month}",
    "extra": "Bijstand {month}, extra uit Surplus",
    "exit": "Slotbetaling Surplus {month}",
}

#: Of the decisions to hold that have begun, the latest told for a client and month counts, so that
#: an open one is ended by telling it again with an end.
_HELD_BY_DECISION = """
    SELECT d.client AS client, COALESCE(d.month, 0) AS month FROM decision AS d
    JOIN (SELECT MAX(decision) AS decision FROM decision
          WHERE municipality = :municipality AND kind = 'hold-payment'
            AND COALESCE(valid_from, '') <= :day
          GROUP BY client, COALESCE(month, 0)) AS latest ON latest.decision = d.decision
    WHERE d.municipality = :municipality
      AND (COALESCE(d.valid_until, '') = '' OR d.valid_until >= :day)
"""

_GIVEN_UP = """
    SELECT DISTINCT client FROM decision
    WHERE municipality = :municipality AND kind = 'give-up-payment' AND month = :month
    ORDER BY client
"""

#: Fixed payments of a month stand in a batch of that month or a later one, or wait in none.
_STANDING = """
    SELECT client FROM obligation
    WHERE municipality = :municipality AND month = :month AND kind = 'fixed' AND payee = 1
      AND state <> 'CANCELLED'
      AND (batch = 0 OR batch IN (SELECT batch FROM payment_batch
                                  WHERE municipality = :municipality AND month >= :month))
    ORDER BY client
"""

_HELD = """
    SELECT obligation, client, month, kind, payee, amount_cents, set_off_cents FROM obligation
    WHERE municipality = :municipality AND batch = 0 AND state = 'HELD' AND month <= :month
    ORDER BY obligation
"""


#: What the latest exit decided for each client lets be paid and is not on its way yet; who has an
#: exit payment of this pay month already waits for the next.
_EXITS = """
    SELECT * FROM (
        SELECT d.client AS client, d.amount_cents - COALESCE((
            SELECT SUM(o.amount_cents) FROM obligation AS o
            WHERE o.municipality = d.municipality AND o.client = d.client AND o.kind = 'exit'
              AND o.round = 1 AND o.state <> 'CANCELLED' AND o.run > d.run), 0) AS amount_cents
        FROM decision AS d
        JOIN (SELECT MAX(decision) AS decision FROM decision
              WHERE municipality = :municipality AND kind IN ('exit', 'transfer')
              GROUP BY client) AS latest ON latest.decision = d.decision
        WHERE d.municipality = :municipality AND NOT EXISTS (
            SELECT 1 FROM obligation AS o
            WHERE o.municipality = d.municipality AND o.client = d.client AND o.kind = 'exit'
              AND o.month = :month AND o.state <> 'CANCELLED')) AS told
    WHERE amount_cents > 0 ORDER BY client
"""


def agreed(conn: Connection, settings: Settings, month: Month, view: Columns) -> Columns:
    """F of everyone who participates in a month, as decisions, agreement and norm say now.

    Args:
        conn: the store.
        settings: the basis of F, and the policy for a shortfall.
        month: the month.
        view: the clients as they hold in it.

    Returns:
        client (ascending), fixed_cents, set_off_cents (what an instalment takes, no part of F any
        more), unprotected: what keeps an instalment from being taken (''), and missing: what the
        norm lacks ('' where F stands).
    """
    here = settings.code
    view = only(view, participates(view, month))
    clients, basis = view["client"], today(conn, settings)
    norm = norms_of(conn, here, view, month, basis)
    rate = holiday_share(basis.parameters, np.full(len(clients), int(month)))
    by_decision = decided(conn, here, "fixed-payment", month, clients)
    fixed = fixed_payment(
        norm.cents,
        np.where(by_decision > 0, by_decision, override(view, month)),
        _expected_exemption(conn, settings, month, clients),
        rate.amounts,
    )
    taken = instalments.due(conn, settings, month, clients, fixed)
    return {
        "client": clients,
        "fixed_cents": fixed - taken.cents,
        "set_off_cents": taken.cents,
        "unprotected": taken.lacks,
        "missing": first_told(norm.lacks, rate.missing),
    }


def _expected_exemption(conn: Connection, settings: Settings, month: Month, clients: Any) -> Any:
    """E of the last settled month, where F counts on it."""
    if settings.fixed_payment.basis == "norm":
        return np.zeros(len(clients), dtype=np.int64)
    before = np.full(len(clients), int(month))
    return History.read(conn, settings.code).last_figures(clients, before)[1]


def fixed(
    conn: Connection, settings: Settings, month: Month, view: Columns
) -> tuple[Columns, Columns]:
    """Fixed payments of a month that do not exist yet, and who gets none for want of a norm.

    Returns:
        client, amount_cents, set_off_cents and unprotected of those to make; client and missing of
        those without a norm.
    """
    keys = {"municipality": settings.code, "month": int(month)}
    there = bulk.read(conn, _STANDING, keys)["client"]
    given_up = bulk.read(conn, _GIVEN_UP, keys)["client"]
    due = agreed(conn, settings, month, view)
    due = only(due, ~np.isin(due["client"], there) & ~np.isin(due["client"], given_up))
    stands = due["missing"] == ""
    made, lacking = only(due, stands), only(due, ~stands)
    return (
        {"amount_cents": made["fixed_cents"]}
        | {name: made[name] for name in ("client", "set_off_cents", "unprotected")},
        {"client": lacking["client"], "missing": lacking["missing"]},
    )


def extras(conn: Connection, settings: Settings, clients: Any) -> Columns:
    """What leaves on top of the fixed payments of these clients.

    Returns:
        client and amount_cents of those who have something to come.
    """
    told = positions(conn, settings)
    due = (told["extra"] > 0) & np.isin(told["client"], clients)
    return {"client": told["client"][due], "amount_cents": told["extra"][due]}


def exits(conn: Connection, settings: Settings, month: Month, view: Columns) -> Columns:
    """What leaves of the credits of participations that have ended: what is received and not paid.

    Never more than the exit was decided on: what comes up later waits for a decision of its own.
    Who takes part again has it as a surplus.

    Args:
        conn: the store.
        settings: whether a surplus waits for receipts.
        month: the pay month.
        view: the clients as they hold in it.

    Returns:
        client and amount_cents of those who have something to come.
    """
    credits = bulk.read(conn, _EXITS, {"municipality": settings.code, "month": int(month)})
    again = view["client"][participates(view, month)]
    credits = only(credits, ~np.isin(credits["client"], again))
    if not len(credits["client"]):
        return credits
    stand = positions(conn, settings)
    free = summed(credits["client"], stand["client"], stand["available"])
    amount = np.minimum(credits["amount_cents"], free)
    return only(credits | {"amount_cents": amount}, amount > 0)


def to_pay(
    conn: Connection, settings: Settings, month: Month, on: str, due_on: str, *, with_extras: bool
) -> tuple[Columns, Columns]:
    """All that a pay month has to pay and that does not exist yet.

    Args:
        conn: the store.
        settings: basis of F, policy for a surplus.
        month: the pay month.
        on: business date; what is known of a client by then counts, also for an older month.
        due_on: the day of payment, on which a decision may hold it back.
        with_extras: whether earlier surpluses leave too.

    Returns:
        Payments: obligation (0 for a new one; else one that was held and can leave now), client,
        month, kind, payee, amount_cents, set_off_cents, iban, name as the bank gets it, cut (the
        name was too long), hold_reason ('' where it can leave; a new one is made even where it
        cannot) and unprotected (what keeps an instalment from being taken).
        And client and missing of those who have no norm.
    """
    keys = {"municipality": settings.code, "month": int(month)}
    view = clients_as_of(conn, settings.code, month)
    latest = view if month >= Month.of(on) else clients_as_of(conn, settings.code, Month.of(on))
    decided = bulk.read(conn, _HELD_BY_DECISION, {**keys, "day": due_on})
    payees = _Payees(latest, set(zip(*(decided[n].tolist() for n in decided), strict=True)))
    held = payees.address(bulk.read(conn, _HELD, keys))
    held["unprotected"] = np.full(len(held["client"]), "", dtype=object)
    new, lacking = fixed(conn, settings, month, view)
    rows = joined(payees.address(_rows(new, month, "fixed")), only(held, held["hold_reason"] == ""))
    if with_extras:
        leaving = (rows["hold_reason"] == "") & (rows["month"] == int(month))
        extra = extras(conn, settings, rows["client"][leaving])
        rows = joined(rows, payees.address(_rows(extra, month, "extra")))
    ending = exits(conn, settings, month, view)
    return joined(rows, payees.address(_rows(ending, month, "exit"))), lacking


def remittances(kinds: Any, months: Any) -> list[str]:
    """What the client reads on the statement beside each payment."""
    texts = {
        (kind, month): REMITTANCE[kind].format(month=month_name(Month(month)))
        for kind in KINDS
        for month in np.unique(months).tolist()
    }
    return [texts[pair] for pair in zip(kinds, months.tolist(), strict=True)]


def _rows(amounts: Columns, month: Month, kind: str) -> Columns:
    """New obligations to the client."""
    count = len(amounts["client"])
    nothing = {
        "set_off_cents": np.zeros(count, dtype=np.int64),
        "unprotected": np.full(count, "", dtype=object),
    }
    return nothing | {
        "obligation": np.zeros(count, dtype=np.int64),
        "client": amounts["client"],
        "month": np.full(count, int(month)),
        "kind": np.full(count, kind, dtype=object),
        "payee": np.ones(count, dtype=np.int64),
        **amounts,
    }


class _Payees:
    """Where money for each client goes, and what keeps it back."""

    def __init__(self, view: Columns, held: set[tuple[int, int]]) -> None:
        """Take a view of the clients, and client and month (0: any) of the decisions to hold."""
        names = bank_names(view["account_name"])
        good = iban_valid(pa.chunked_array([pa.array(view["iban"], pa.string())]))
        status = np.asarray(view["status"], dtype="U10")
        ended = (status == "BEEINDIGD") & (view["ends_on"] == "")
        stopped = np.isin(status, ("AANGEMELD", "GEPAUZEERD", "OVERLEDEN")) | ended
        hold = np.select([stopped, ~good, names.refused], [status, "P06", "P05"], "")
        self._clients, self._held = view["client"], held
        self._told = {
            "iban": view["iban"],
            "name": names.text,
            "cut": names.cut,
            "hold_reason": hold.astype(object),
        }

    def address(self, rows: Columns) -> Columns:
        """The rows with iban, name, cut and hold_reason: a status, P05 (name), P06 (IBAN),
        hold-payment, or ''.
        """
        places = np.searchsorted(self._clients, rows["client"])
        told = {name: column[places] for name, column in self._told.items()}
        for i in np.flatnonzero(np.isin(rows["client"], [client for client, _ in self._held])):
            client, month = int(rows["client"][i]), int(rows["month"][i])
            if told["hold_reason"][i] == "" and {(client, 0), (client, month)} & self._held:
                told["hold_reason"][i] = "hold-payment"
        return rows | told


def joined(one: Columns, other: Columns) -> Columns:
    """The rows of two tables with the same columns."""
    return {name: np.concatenate([one[name], other[name]]) for name in one}
