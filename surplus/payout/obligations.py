"""What is owed on a fixed date: to whom, how much, and what keeps a payment back.

The fixed amount F is agreed beforehand and leaves whatever has arrived; an extra is what earlier
settled months left over (design.md §6, §7). Beside them stand the holiday allowance (`holiday`),
what decisions grant (`granted`, `payees`) and what came back and goes once more (`rounds`). Nothing
here is written: see `batches`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.intake.clients.view import clients_as_of
from surplus.months import Month, month_name
from surplus.payout import granted, holiday, payees, questions, rounds
from surplus.payout.payees import Payees
from surplus.payout.rounds import CameBack
from surplus.payout.rows import joined, made
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
    WHERE municipality = :municipality AND month = :month AND kind = 'fixed'
      AND state <> 'CANCELLED'
      AND (batch = 0 OR batch IN (SELECT batch FROM payment_batch
                                  WHERE municipality = :municipality AND month >= :month))
    ORDER BY client
"""

_HELD = """
    SELECT obligation, client, month, kind, payee, round, amount_cents, set_off_cents, remittance,
           COALESCE(decision, 0) AS decision, hold_reason AS was
    FROM obligation
    WHERE municipality = :municipality AND batch = 0 AND state = 'HELD' AND month <= :month
    ORDER BY obligation
"""

#: The last settled month of each client.
_LAST_SETTLED = """
    SELECT s.client AS client, MAX(s.month) AS month FROM settlement AS s
    WHERE s.municipality = :municipality AND s.state = 'settled' AND NOT EXISTS (
        SELECT 1 FROM settlement AS later WHERE later.municipality = s.municipality
          AND later.month = s.month AND later.client = s.client AND later.version > s.version)
    GROUP BY s.client ORDER BY s.client
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


def extras(conn: Connection, settings: Settings, month: Month, clients: Any) -> Columns:
    """What leaves on top of the fixed payments of these clients.

    Returns:
        client, amount_cents and remittance of those who have something to come.
    """
    told = positions(conn, settings)
    due = (told["extra"] > 0) & np.isin(told["client"], clients)
    mine = {"client": told["client"][due], "amount_cents": told["extra"][due]}
    if not due.any():
        return mine
    settled = bulk.read(conn, _LAST_SETTLED, {"municipality": settings.code})
    last = summed(mine["client"], settled["client"], settled["month"]).tolist()
    said = {n: f", over maanden t/m {month_name(Month(n))}" if n else "" for n in set(last)}
    texts = [f"Bijstand {month_name(month)}, extra uit Surplus{said[n]}" for n in last]
    return mine | {"remittance": np.array(texts, dtype=object)}


def exits(conn: Connection, settings: Settings, month: Month, view: Columns, now: Month) -> Columns:
    """What leaves of the credits of participations that have ended: what is received and not paid.

    Never more than the exit was decided on: what comes up later waits for a decision of its own.
    Who takes part again has it as a surplus.

    Args:
        conn: the store.
        settings: whether a surplus waits for receipts.
        month: the pay month.
        view: the clients as they hold in the month `now`.
        now: in which somebody may take part again; not before the pay month.

    Returns:
        client and amount_cents of those who have something to come.
    """
    credits = bulk.read(conn, _EXITS, {"municipality": settings.code, "month": int(month)})
    again = view["client"][participates(view, now)]
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
        Payments: obligation (0 for a new one; else one that was held, and can leave now or waits
        for another reason than before), client,
        month, kind, payee, round, amount_cents, set_off_cents, remittance, decision, iban, name as
        the bank gets it, cut (the name was too long), hold_reason ('' where it can leave; a new one
        is made even where it cannot) and unprotected (what keeps an instalment or attachment from
        being taken).
        And client and missing of those who have no norm.
    """
    here = settings.code
    keys = {"municipality": here, "month": int(month)}
    view = clients_as_of(conn, here, month)
    latest = view if month >= Month.of(on) else clients_as_of(conn, here, Month.of(on))
    decided = bulk.read(conn, _HELD_BY_DECISION, {**keys, "day": due_on})
    back = CameBack(conn, here)
    to = Payees(
        conn, settings, latest, set(zip(*(decided[n].tolist() for n in decided), strict=True)), back
    )
    held = _held(conn, settings, keys)
    was = dict(zip(held["obligation"].tolist(), held.pop("was"), strict=True))

    def address(rows: Columns) -> Columns:
        return to.address(granted.kept_back(conn, here, rows))

    held = address(held)
    new, lacking = fixed(conn, settings, month, view)
    mine = to.address(payees.divided(conn, settings, month, new, latest))
    again = rounds.next_rounds(back, month, address)
    others, held = _third_parties(conn, settings, month, view, latest, to, held)
    pairs = zip(held["obligation"].tolist(), held["hold_reason"], strict=True)
    news = np.array([reason != was[number] for number, reason in pairs], dtype=bool)
    rows = joined(mine, others, again, only(held, news))
    if with_extras:
        now = (rows["kind"] == "fixed") & (rows["month"] == int(month))
        leaving = now & (rows["hold_reason"] == "")
        extra = extras(conn, settings, month, rows["client"][leaving])
        extra["amount_cents"] = extra["amount_cents"] - summed(
            extra["client"], others["client"], others["amount_cents"]
        )
        extra = to.address(made("extra", month, only(extra, extra["amount_cents"] > 0)))
        rows = joined(rows, only(extra, extra["hold_reason"] == ""))
    ending = made("exit", month, exits(conn, settings, month, latest, max(month, Month.of(on))))
    # Not made while a question is open: its amount would be frozen before the answer.
    ending = only(ending, ~questions.waits(ending, to.asked))
    once = joined(ending, holiday.due(conn, settings, month, view))
    return joined(rows, address(joined(once, granted.due(conn, settings, month)))), lacking


def _held(conn: Connection, settings: Settings, keys: Columns) -> Columns:
    """The payments that were held, as they may leave now: holiday allowance at what stands."""
    held = bulk.read(conn, _HELD, keys)
    count = len(held["client"])
    held |= {
        "account_of": held["decision"],
        "unprotected": np.full(count, "", dtype=object),
        "hold_reason": np.full(count, "", dtype=object),
    }
    reserve = (held["kind"] == "holiday") & (held["round"] == 1)
    if reserve.any():
        held["amount_cents"] = np.array(held["amount_cents"])
        held["amount_cents"][reserve] = holiday.amounts(conn, settings, only(held, reserve))
        held["hold_reason"][held["amount_cents"] <= 0] = "nothing reserved"
    return held


def _third_parties(
    conn: Connection,
    settings: Settings,
    month: Month,
    view: Columns,
    latest: Columns,
    to: Payees,
    held: Columns,
) -> tuple[Columns, Columns]:
    """New payments to third parties, and all held ones: they leave where a surplus covers them."""
    taking_part = view["client"][participates(view, month)]
    new = to.address(payees.third_parties(conn, settings, month, latest, taking_part))
    waiting = held["kind"] == "third-party"
    if not len(new["client"]) and not waiting.any():
        return new, held
    numbers = held["obligation"][waiting].tolist()
    stand = positions(conn, settings, without=numbers)
    both = joined(only(held, waiting), new)
    clients, places = np.unique(both["client"], return_inverse=True)
    free = summed(clients, stand["client"], stand["available"])
    both = payees.covered(both, free[places])
    fresh = both["obligation"] == 0
    return only(both, fresh), joined(only(held, ~waiting), only(both, ~fresh))
