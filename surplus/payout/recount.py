"""The second count before money leaves: from postings, agreements and decisions.

Independent of what prepared the batch: other queries, and none of the batch's own figures. An
amount changed in between, a wage reversed, a client who died, an account number that is no longer
the client's: here it comes to light, before the bank has it.
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
from surplus.store import bulk

Columns = dict[str, Any]

EVER = "9999-12-31"
CLIENTS = 10_000_000


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
    agreed = _agreed(agreements, batch, rows)
    ceiling = _ceilings(conn, settings, agreements, batch, rows)
    fixed, extra = rows["kind"] == "fixed", rows["kind"] == "extra"
    amount, names = rows["amount_cents"], rows["end_to_end_id"]
    problems = [
        Problem(names[i], "P03", f"agreed is {euros(agreed[i])}, the payment says "
                f"{euros(amount[i])}", releasable=False)
        for i in np.flatnonzero(fixed & (agreed != amount))
    ]  # fmt: skip
    problems += [
        Problem(names[i], "P04", f"available is {euros(ceiling[i])} now, the extra "
                f"{euros(amount[i])}")
        for i in np.flatnonzero(extra & (amount > ceiling))
    ]  # fmt: skip
    problems += _payees(agreements, batch, rows, on) + _paid_already(conn, settings, number)
    stored = Totals(len(amount), int(amount.sum()))
    if stored != (batch["payments"], batch["total_cents"]):
        said = f"{batch['payments']} payments of {euros(batch['total_cents'])}"
        text = f"the batch says {said}, there are {stored.payments} of {euros(stored.cents)}"
        problems.append(Problem("batch", "P03", text, releasable=False))
    counted = np.select([fixed, extra], [agreed, np.minimum(amount, ceiling)], 0)
    return Recount(Totals(int(np.count_nonzero(counted)), int(counted.sum())), problems)


def _agreed(agreements: Agreements, batch: dict[str, Any], rows: Columns) -> Any:
    """F agreed of every fixed payment, 0 for the others.

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


# --- available, from the ledger ------------------------------------------------------------------

_MINE = """
    IN (SELECT client FROM obligation
        WHERE municipality = :municipality AND batch = :batch AND kind = 'extra')
"""
#: The extra being checked, and its earlier rounds, are left out of what was paid.
_NOT_CHECKED = """
    NOT EXISTS (SELECT 1 FROM obligation AS mine
                WHERE mine.municipality = o.municipality AND mine.batch = :batch
                  AND mine.kind = 'extra' AND o.kind = 'extra' AND mine.client = o.client
                  AND mine.month = o.month AND mine.payee = o.payee)
"""
_BUFFER = """
    FROM entry AS e JOIN posting AS p
      ON p.municipality = e.municipality AND p.entry = e.entry AND p.account = 2000
"""
#: Payments approved and not cancelled; a return or refusal leaves them owed, so it counts not.
_PAID = f"""
    {_BUFFER}
    JOIN posting AS t ON t.municipality = e.municipality AND t.entry = e.entry AND t.account = 1010
    JOIN obligation AS o ON o.municipality = e.municipality AND o.obligation = t.item
    WHERE e.municipality = :municipality AND o.round = 1 AND e.client {_MINE}
      AND e.kind IN ('fixed-payment', 'extra-payment', 'exit-payment', 'third-party', 'refund',
                     'payment-cancelled')
"""

_DUE = f"""
    SELECT p.client, p.month, -SUM(p.amount) AS cents {_BUFFER}
    WHERE e.municipality = :municipality AND e.kind = 'settlement' AND e.client {_MINE}
    GROUP BY p.client, p.month
"""
_OTHER = f"""
    SELECT p.client, -SUM(p.amount) AS cents {_BUFFER}
    WHERE e.municipality = :municipality AND p.client {_MINE}
      AND e.kind NOT IN ('settlement', 'fixed-payment', 'extra-payment', 'exit-payment',
                         'third-party', 'refund', 'payment-cancelled', 'payment-reversed')
    GROUP BY p.client
"""
_FIXED = f"""
    SELECT p.client, p.month, SUM(p.amount) AS cents {_PAID} AND o.kind = 'fixed'
    GROUP BY p.client, p.month HAVING SUM(p.amount) <> 0
"""
_BESIDE = f"""
    SELECT client, SUM(cents) AS cents FROM (
        SELECT p.client, p.amount AS cents {_PAID} AND o.kind <> 'fixed' AND {_NOT_CHECKED}
        UNION ALL
        SELECT o.client, o.amount_cents FROM obligation AS o
        WHERE o.municipality = :municipality AND o.client {_MINE} AND o.round = 1
          AND o.kind IN ('extra', 'exit', 'refund', 'third-party')
          AND o.state IN ('HELD', 'DRAFT') AND {_NOT_CHECKED}) AS beside
    GROUP BY client
"""
_SETTLED = f"""
    SELECT client, month, fixed_cents AS cents FROM (
        SELECT client, month, fixed_cents, state,
               ROW_NUMBER() OVER (PARTITION BY month, client ORDER BY version DESC) AS place
        FROM settlement WHERE municipality = :municipality AND client {_MINE}) AS told
    WHERE place = 1 AND state = 'settled'
"""
_WAITING = f"""
    SELECT client, month, recorded_on FROM obligation
    WHERE municipality = :municipality AND client {_MINE} AND kind = 'fixed' AND round = 1
      AND state IN ('HELD', 'DRAFT')
"""
_RECEIVABLE = f"""
    SELECT client, SUM(cents) AS cents FROM (
        SELECT client, employment, SUM(amount) AS cents FROM posting
        WHERE municipality = :municipality AND account = 1300 AND client {_MINE}
        GROUP BY client, employment HAVING SUM(amount) > 0) AS open
    GROUP BY client
"""
_LOWERINGS = f"""
    SELECT client, month, -SUM(amount_cents) AS cents FROM finding
    WHERE municipality = :municipality AND code = 'OLD_CORRECTION' AND state = 'open'
      AND client {_MINE}
    GROUP BY client, month
"""


def _ceilings(
    conn: Connection,
    settings: Settings,
    agreements: Agreements,
    batch: dict[str, Any],
    rows: Columns,
) -> Any:
    """What each extra may be at most: `available` as it is without it; 0 for the others."""
    keys = {"municipality": settings.code, "batch": batch["batch"]}

    def told(query: str) -> Columns:
        return bulk.read(conn, query, keys)

    clients = np.unique(rows["client"][rows["kind"] == "extra"])
    months = told(_SETTLED)
    due = _at(months, told(_DUE), 0)
    agreed = _at(months, told(_FIXED), _waiting(agreements, batch, months, told(_WAITING)))
    agreed[agreements.given_up(months["client"], months["month"])] = 0
    beside = _per_client(clients, told(_BESIDE))
    position = (
        _per_client(clients, {"client": months["client"], "cents": due - agreed})
        - beside
        + _per_client(clients, told(_OTHER))
    )
    if settings.surplus.only_received:
        position -= _per_client(clients, told(_RECEIVABLE))
    position += _held_out(clients, months, agreed - due, beside, told(_LOWERINGS))
    ceiling = np.zeros(len(rows["client"]), dtype=np.int64)
    extra = rows["kind"] == "extra"
    places = np.searchsorted(clients, rows["client"][extra])
    ceiling[extra] = np.maximum(0, position)[places]
    return ceiling


def _waiting(
    agreements: Agreements, batch: dict[str, Any], months: Columns, waiting: Columns
) -> Any:
    """F of settled months that is not in the ledger: as agreed when it was made, where it waits;
    else as the month was settled.
    """
    agreed = np.array(months["cents"], dtype=np.int64)
    wanted = _keys(months)
    mine = np.isin(_keys(waiting), wanted)
    for i in np.flatnonzero(mine):
        client, month = waiting["client"][i : i + 1], Month(int(waiting["month"][i]))
        place = wanted == _keys(waiting)[i]
        agreed[place] = agreements.fixed(month, str(waiting["recorded_on"][i]), client)
    return agreed


def _held_out(
    clients: Any, months: Columns, shortfall: Any, beside: Any, lowerings: Columns
) -> Any:
    """What lowerings from old income took away and may not be set off before a decision: the part
    below F agreed, and of the part above it no more than was paid beside the fixed payments.
    """
    short = np.maximum(0, _at(lowerings, months | {"cents": shortfall}, 0))
    below = np.minimum(lowerings["cents"], short)
    above = _per_client(clients, lowerings | {"cents": lowerings["cents"] - below})
    return _per_client(clients, lowerings | {"cents": below}) + np.minimum(above, beside)


def _keys(rows: Columns) -> Any:
    return rows["month"] * CLIENTS + rows["client"]


def _at(wanted: Columns, told: Columns, otherwise: Any) -> Any:
    """The cents told for the client-months of `wanted`, or `otherwise`."""
    order = np.argsort(_keys(told))
    keys, cents = _keys(told)[order], told["cents"][order]
    found = np.isin(_keys(wanted), keys)
    result = np.broadcast_to(otherwise, len(found)).astype(np.int64)
    result[found] = cents[np.searchsorted(keys, _keys(wanted)[found])]
    return result


def _per_client(clients: Any, told: Columns) -> Any:
    """Cents added up per client, in the order of `clients`."""
    totals = np.zeros(len(clients), dtype=np.int64)
    mine = np.isin(told["client"], clients)
    np.add.at(totals, np.searchsorted(clients, told["client"][mine]), told["cents"][mine])
    return totals
