"""The second count before money leaves: from postings, agreements and decisions.

Independent of what prepared the batch: other queries (see `agreements` and `second_position`), and
none of the batch's own figures. An amount changed in between, a wage reversed, a client who died,
an account number that is no longer the client's: here it comes to light, before the bank has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.ledger.accounts import PAYMENT_KINDS
from surplus.money import euros
from surplus.months import Month
from surplus.payout import questions
from surplus.payout.agreements import Agreements, texts
from surplus.payout.ceilings import RELEASABLE, ceilings
from surplus.payout.limits import Problem, Totals
from surplus.payout.rounds import CameBack
from surplus.payout.second_position import Standing, decided
from surplus.payout.unanswered import left_before
from surplus.store import bulk

Columns = dict[str, Any]

EVER = "9999-12-31"


class Recount(NamedTuple):
    """Payments and cents by the second count, and what does not agree with the batch."""

    totals: Totals
    problems: list[Problem]


def recount(
    conn: Connection, settings: Settings, batch: dict[str, Any], rows: Columns, on: str
) -> Recount:
    """Count a batch again.

    Args:
        conn: the store.
        settings: for the municipality, the basis of F and whether a surplus waits for receipts.
        batch: as stored.
        rows: its payments.
        on: business date.
    """
    number = batch["batch"]
    agreements = Agreements(conn, settings, number)
    stand = Standing.read(conn, settings, agreements, number)
    whole = _whole(agreements, batch, rows)
    agreed = _parts(conn, settings, agreements, batch, rows, whole)
    fixed = rows["kind"] == "fixed"
    ceiling = ceilings(conn, settings, stand, batch, rows)
    amount, names, kinds = rows["amount_cents"], rows["end_to_end_id"], rows["kind"]
    again = rows["round"] > 1
    before = _rounds_before(conn, settings, number, names)
    given_up = agreements.given_up(rows["client"], rows["month"])
    agreed[again & fixed] = np.where(given_up, 0, before)[again & fixed]
    problems = [
        Problem(names[i], "P03", f"agreed is {euros(agreed[i])}, the payment says "
                f"{euros(amount[i])}", releasable=False)
        for i in np.flatnonzero(fixed & (agreed != amount))
    ]  # fmt: skip
    problems += [
        Problem(names[i], "P04", f"available is {euros(ceiling[i])} now, the "
                f"{'exit payment' if kinds[i] == 'exit' else kinds[i]} {euros(amount[i])}",
                releasable=kinds[i] in RELEASABLE)
        for i in np.flatnonzero(~fixed & (amount > ceiling))
    ]  # fmt: skip
    problems += [
        Problem(names[i], "P03", f"the round before was {euros(before[i])}, the payment says "
                f"{euros(amount[i])}", releasable=False)
        for i in np.flatnonzero(again & ~fixed & (before != amount))
    ]  # fmt: skip
    problems += _set_offs(conn, settings, stand, batch, rows, whole)
    problems += _payees(conn, agreements, batch, rows, on)
    problems += [
        Problem(names[i], questions.REASON, "to whom a benefit from elsewhere is paid is open")
        for i in np.flatnonzero(questions.waits(rows, questions.asked(conn, settings.code)))
    ]
    problems += _paid_already(conn, settings, number)
    stored = Totals(len(amount), int(amount.sum()))
    if stored != (batch["payments"], batch["total_cents"]):
        said = f"{batch['payments']} payments of {euros(batch['total_cents'])}"
        text = f"the batch says {said}, there are {stored.payments} of {euros(stored.cents)}"
        problems.append(Problem("batch", "P03", text, releasable=False))
    counted = np.where(fixed, agreed, np.minimum(amount, ceiling))
    return Recount(Totals(int(np.count_nonzero(counted)), int(counted.sum())), problems)


def _by_day_known(batch: dict[str, Any], rows: Columns) -> Iterator[tuple[Month, str, Any]]:
    """Month, day and mask of the fixed payments to be held against what was known on that day.

    A payment made by an earlier run was frozen then, so it is held against what was known then.
    """
    known_on = np.where(rows["run"] == batch["run"], EVER, texts(rows["recorded_on"]))
    fixed = rows["kind"] == "fixed"
    for month in np.unique(rows["month"][fixed]).tolist():
        for day in np.unique(known_on[fixed & (rows["month"] == month)]).tolist():
            yield Month(month), day, fixed & (rows["month"] == month) & (known_on == day)


def _whole(agreements: Agreements, batch: dict[str, Any], rows: Columns) -> Any:
    """F of every fixed payment before an instalment is taken, 0 for the others."""
    agreed = np.zeros(len(rows["client"]), dtype=np.int64)
    for month, day, mine in _by_day_known(batch, rows):
        agreed[mine] = agreements.fixed(month, day, rows["client"][mine])
    return agreed


def _parts(
    conn: Connection,
    settings: Settings,
    agreements: Agreements,
    batch: dict[str, Any],
    rows: Columns,
    whole: Any,
) -> Any:
    """Of every fixed payment the part of F that its payee gets, 0 for the others."""
    told = bulk.read(conn, _TAKEN, {"municipality": settings.code, "batch": batch["batch"]})
    taken = dict(zip(zip(told["client"].tolist(), told["month"].tolist(), strict=True),
                     told["cents"].tolist(), strict=True))  # fmt: skip
    part = np.zeros(len(whole), dtype=np.int64)
    for month, day, mine in _by_day_known(batch, rows):
        clients, first, place = np.unique(
            rows["client"][mine], return_index=True, return_inverse=True
        )
        off = np.array([taken.get((client, int(month)), 0) for client in clients.tolist()])
        payment = np.maximum(0, whole[mine][first] - off)
        parts = agreements.parts(month, day, clients, payment)
        number = np.minimum(rows["payee"][mine], len(parts))
        part[mine] = parts[number - 1, place]
    return part


def _rounds_before(conn: Connection, settings: Settings, number: int, names: Any) -> Any:
    """What the first round of each payment of a batch was when it was approved; 0 of a first."""
    told = bulk.read(conn, _ROUNDS_BEFORE, {"municipality": settings.code, "batch": number})
    cents = dict(zip(told["name"], told["cents"].tolist(), strict=True))
    return np.array([cents.get(name, 0) for name in names], dtype=np.int64)


def _set_offs(
    conn: Connection,
    settings: Settings,
    stand: Standing,
    batch: dict[str, Any],
    rows: Columns,
    whole: Any,
) -> list[Problem]:
    """Fixed payments of which more is taken than was decided, protected, or is open now."""
    chosen = np.flatnonzero((rows["set_off_cents"] != 0) & (rows["run"] == batch["run"]))
    clients, taken = rows["client"][chosen], rows["set_off_cents"][chosen]
    agreed, protected = (
        decided(conn, settings, batch, kind, clients)
        for kind in ("instalments", "protected-amount")
    )
    room = np.where(protected > 0, np.maximum(0, whole[chosen] - protected), 0)
    allowed, owed = np.minimum(agreed, room), stand.owed(clients)
    found = [
        ((taken > allowed) | (taken < 0), "may be taken", allowed, False),
        (taken > owed, "is open now", owed, True),
    ]
    return [
        Problem(rows["end_to_end_id"][chosen[i]], "P04", f"{euros(taken[i])} is taken for a "
                f"shortfall, {euros(most[i])} {said}", releasable=releasable)
        for mask, said, most, releasable in found
        for i in np.flatnonzero(mask)
    ]  # fmt: skip


def _payees(
    conn: Connection, agreements: Agreements, batch: dict[str, Any], rows: Columns, on: str
) -> list[Problem]:
    """Payments whose client may not be paid now, or whose payee has another account now, or one
    that the bank could not pay on.
    """
    month = max(Month(batch["month"]), Month.of(on))
    status, iban = agreements.payee(month, rows["client"])
    about_client = texts(rows["kind"]) != "refund"
    others = (rows["payee"] > 1) | ~about_client
    iban = np.where(others, _told_accounts(conn, batch, rows["end_to_end_id"]), iban)
    held = agreements.held(batch["due_on"], rows["client"], rows["month"])
    stopped = ~np.isin(status, ("ACTIEF", "BEEINDIGD"))
    back = CameBack(conn, batch["municipality"])
    blocked = np.array([pair in back.blocked for pair in zip(rows["client"].tolist(), rows["iban"],
                                                             strict=True)], dtype=bool)  # fmt: skip
    died = np.isin(rows["client"], list(back.deceased))
    found = [
        (stopped & about_client, "P07", "the client may not be paid now"),
        (held & about_client, "P07", "a decision holds the payment"),
        (died & about_client, "P07", "the bank says that the payee has died"),
        (
            ~others & (iban != texts(rows["iban"])),
            "P06",
            "the client has another account number now",
        ),
        (others & (iban != texts(rows["iban"])), "P06", "another account was decided on"),
        (blocked, "P06", "the bank could not pay on this account"),
    ]
    return [
        Problem(rows["end_to_end_id"][i], code, text, releasable=False)
        for mask, code, text in found
        for i in np.flatnonzero(mask)
    ]


def _told_accounts(conn: Connection, batch: dict[str, Any], names: Any) -> Any:
    """The account that decisions tell now for each payment to another than the client; else ''."""
    keys = {"municipality": batch["municipality"], "batch": batch["batch"]}
    told = bulk.read(conn, _TOLD_ACCOUNTS, keys)
    accounts = dict(zip(told["name"], told["iban"], strict=True))  # the latest stays
    return np.array([accounts.get(name, "") for name in names], dtype=str)


#: Accounts told for the payee of a payment, the latest last: by the decision itself, by a later one
#: about the same payee, or by the one that lets it be paid again.
_TOLD_ACCOUNTS = """
    SELECT o.end_to_end_id AS name, n.payee_iban AS iban
    FROM obligation AS o
    JOIN decision AS d ON d.municipality = o.municipality AND d.decision = o.decision
    JOIN decision AS n ON n.municipality = d.municipality AND n.client = d.client
      AND COALESCE(n.payee_iban, '') <> ''
      AND (n.decision = d.decision
           OR d.kind IN ('split', 'third-party') AND n.kind = d.kind AND n.payee = d.payee
           OR n.kind = 'pay-again' AND EXISTS (
               SELECT 1 FROM obligation AS b WHERE b.municipality = o.municipality
                 AND b.end_to_end_id = n.value AND b.client = o.client AND b.month = o.month
                 AND b.kind = o.kind AND b.payee = o.payee AND b.round < o.round))
    WHERE o.municipality = :municipality AND o.batch = :batch
    ORDER BY o.end_to_end_id, n.decision
"""
#: What was set off against the fixed payments of a batch, whichever part of them it stands on.
_TAKEN = """
    SELECT o.client, o.month, SUM(o.set_off_cents) AS cents FROM obligation AS o
    WHERE o.municipality = :municipality AND o.kind = 'fixed' AND o.round = 1
      AND o.set_off_cents <> 0 AND o.state <> 'CANCELLED' AND EXISTS (
          SELECT 1 FROM obligation AS mine WHERE mine.municipality = o.municipality
            AND mine.batch = :batch AND mine.kind = 'fixed' AND mine.client = o.client
            AND mine.month = o.month AND mine.state <> 'CANCELLED')
    GROUP BY o.client, o.month
"""
#: What was booked for a payment of a batch and its other rounds: client, month, kind and payee are
#: theirs.
_ROUNDS = f"""
    FROM obligation AS now
    JOIN obligation AS o ON o.municipality = now.municipality AND o.client = now.client
      AND o.month = now.month AND o.kind = now.kind AND o.payee = now.payee
    JOIN entry AS e ON e.municipality = o.municipality AND e.client = o.client
      AND e.month = o.month AND e.kind <> 'settlement' AND e.kind IN {PAYMENT_KINDS}
    JOIN posting AS p ON p.municipality = e.municipality AND p.entry = e.entry
      AND p.account = 1010 AND p.item = o.obligation
    WHERE now.municipality = :municipality AND now.batch = :batch
"""
_PAID_ALREADY = f"""
    SELECT now.end_to_end_id AS name, -SUM(p.amount) AS cents {_ROUNDS}
    GROUP BY now.end_to_end_id HAVING SUM(p.amount) < 0
    ORDER BY now.end_to_end_id
"""
_ROUNDS_BEFORE = f"""
    SELECT now.end_to_end_id AS name, -SUM(p.amount) AS cents {_ROUNDS}
      AND now.round > 1 AND o.round = 1 AND e.kind <> 'payment-reversed'
    GROUP BY now.end_to_end_id
"""


def _paid_already(conn: Connection, settings: Settings, number: int) -> list[Problem]:
    """Payments that the ledger, or a debit that waits in suspense, shows as paid before: same
    client, month, kind and payee.
    """
    keys = {"municipality": settings.code, "batch": number}
    paid = bulk.read(conn, _PAID_ALREADY, keys)
    doubt = "the bank may have executed the round before (S03)"
    told = dict.fromkeys(left_before(conn, settings.code, number), doubt)
    told |= {
        name: f"{euros(cents)} has been paid already"
        for name, cents in zip(paid["name"], paid["cents"].tolist(), strict=True)
    }
    return [Problem(name, "P01", said, releasable=False) for name, said in told.items()]
