"""The second count before money leaves: from postings, agreements and decisions.

Independent of what prepared the batch: other queries (see `agreements` and `second_position`), and
none of the batch's own figures. An amount changed in between, a wage reversed, a client who died,
an account number that is no longer the client's: here it comes to light, before the bank has it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.money import euros
from surplus.months import Month
from surplus.payout.agreements import Agreements, texts
from surplus.payout.limits import Problem, Totals
from surplus.payout.second_position import Standing, decided
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
    agreed = np.maximum(0, whole - rows["set_off_cents"])
    fixed = rows["kind"] == "fixed"
    ceiling = np.where(fixed, 0, stand.available(rows["client"]))
    amount, names = rows["amount_cents"], rows["end_to_end_id"]
    problems = [
        Problem(names[i], "P03", f"agreed is {euros(agreed[i])}, the payment says "
                f"{euros(amount[i])}", releasable=False)
        for i in np.flatnonzero(fixed & (agreed != amount))
    ]  # fmt: skip
    problems += [
        Problem(names[i], "P04", f"available is {euros(ceiling[i])} now, the "
                f"{'extra' if rows['kind'][i] == 'extra' else 'exit payment'} {euros(amount[i])}")
        for i in np.flatnonzero(~fixed & (amount > ceiling))
    ]  # fmt: skip
    problems += _set_offs(conn, settings, stand, batch, rows, whole)
    problems += _payees(agreements, batch, rows, on) + _paid_already(conn, settings, number)
    stored = Totals(len(amount), int(amount.sum()))
    if stored != (batch["payments"], batch["total_cents"]):
        said = f"{batch['payments']} payments of {euros(batch['total_cents'])}"
        text = f"the batch says {said}, there are {stored.payments} of {euros(stored.cents)}"
        problems.append(Problem("batch", "P03", text, releasable=False))
    counted = np.where(fixed, agreed, np.minimum(amount, ceiling))
    return Recount(Totals(int(np.count_nonzero(counted)), int(counted.sum())), problems)


def _whole(agreements: Agreements, batch: dict[str, Any], rows: Columns) -> Any:
    """F of every fixed payment before an instalment is taken, 0 for the others.

    A payment made by an earlier run was frozen then, so it is held against what was known then.
    """
    agreed = np.zeros(len(rows["client"]), dtype=np.int64)
    known_on = np.where(rows["run"] == batch["run"], EVER, texts(rows["recorded_on"]))
    fixed = rows["kind"] == "fixed"
    for month in np.unique(rows["month"][fixed]).tolist():
        for day in np.unique(known_on[fixed & (rows["month"] == month)]).tolist():
            mine = fixed & (rows["month"] == month) & (known_on == day)
            agreed[mine] = agreements.fixed(Month(month), day, rows["client"][mine])
    return agreed


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


def _payees(agreements: Agreements, batch: dict[str, Any], rows: Columns, on: str) -> list[Problem]:
    """Payments whose client may not be paid now, or is paid on another account now."""
    month = max(Month(batch["month"]), Month.of(on))
    status, iban = agreements.payee(month, rows["client"])
    held = agreements.held(batch["due_on"], rows["client"], rows["month"])
    stopped = ~np.isin(status, ("ACTIEF", "BEEINDIGD"))
    found = [
        (stopped, "P07", "the client may not be paid now"),
        (held, "P07", "a decision holds the payment"),
        (iban != texts(rows["iban"]), "P06", "the client has another account number now"),
    ]
    return [
        Problem(rows["end_to_end_id"][i], code, text, releasable=False)
        for mask, code, text in found
        for i in np.flatnonzero(mask)
    ]


_PAID_ALREADY = """
    SELECT now.end_to_end_id AS name, SUM(p.amount) AS cents
    FROM obligation AS now
    JOIN entry AS e ON e.municipality = now.municipality AND e.client = now.client
      AND e.month = now.month AND e.kind IN (now.kind || '-payment', 'payment-cancelled',
                                             'payment-reversed')
    JOIN obligation AS o ON o.municipality = e.municipality AND o.kind = now.kind
      AND o.payee = now.payee AND o.obligation = CAST(SUBSTR(e.reference, 12) AS BIGINT)
    JOIN posting AS p ON p.municipality = e.municipality AND p.entry = e.entry AND p.account = 2000
    WHERE now.municipality = :municipality AND now.batch = :batch
      AND e.reference LIKE 'obligation:%'
    GROUP BY now.end_to_end_id HAVING SUM(p.amount) > 0
    ORDER BY now.end_to_end_id
"""


def _paid_already(conn: Connection, settings: Settings, number: int) -> list[Problem]:
    """Payments that the ledger shows as paid before: same client, month, kind and payee."""
    keys = {"municipality": settings.code, "batch": number}
    paid = bulk.read(conn, _PAID_ALREADY, keys)
    return [
        Problem(name, "P01", f"{euros(cents)} has been paid already", releasable=False)
        for name, cents in zip(paid["name"], paid["cents"].tolist(), strict=True)
    ]
