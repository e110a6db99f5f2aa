"""Limits of a batch: what lies outside stops it until a person releases it with a reason.

The limits are those of `surplus.toml` when the batch is looked at. They stand between a wrong
factor and the bank: cents read as euros, a comma for a point, everybody paid twice.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, select, text, update

from surplus import trail
from surplus.config import Settings
from surplus.money import euros
from surplus.payout import records
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import obligation, payment_batch

#: Batches and months of fewer payments are not compared with the month before.
FEW_PAYMENTS = 20


#: The fixed payments of a batch to the clients themselves, and of the batches before it; the newest
#: of a client last. Where others are paid, two people have decided.
_ACCOUNTS = """
    SELECT client, end_to_end_id, iban FROM obligation
    WHERE municipality = :municipality AND kind = 'fixed' AND payee = 1 AND state <> 'CANCELLED'
      AND batch {which} :batch AND batch > 0
    ORDER BY client, obligation
"""
_APPROVED_IBANS = """
    SELECT client, new, MAX(decided_by) AS decided_by FROM change
    WHERE municipality = :municipality AND kind = 'client:iban' AND state = 'approved'
    GROUP BY client, new
"""


_LARGE = """
    SELECT end_to_end_id, amount_cents FROM obligation
    WHERE municipality = :municipality AND batch = :batch AND amount_cents > :limit
    ORDER BY end_to_end_id
"""
_SHARED = """
    SELECT end_to_end_id FROM obligation
    WHERE municipality = :municipality AND batch = :batch AND payee = 1 AND iban IN (
        SELECT iban FROM obligation
        WHERE municipality = :municipality AND batch = :batch AND payee = 1
        GROUP BY iban HAVING MIN(client) <> MAX(client))
    ORDER BY end_to_end_id
"""


_BATCHES = """
    SELECT month, SUM(payments) AS payments, SUM(total_cents) AS cents
    FROM payment_batch
    WHERE municipality = :municipality AND month <= :month AND state <> 'CANCELLED'
    GROUP BY month ORDER BY month DESC LIMIT 2
"""
#: Without what June alone has, and without next rounds: those were counted before.
_COMPARABLE = """
    SELECT b.month AS month, COUNT(*) AS payments, SUM(o.amount_cents) AS cents
    FROM payment_batch AS b
    JOIN obligation AS o ON o.municipality = b.municipality AND o.batch = b.batch
    WHERE b.municipality = :municipality AND b.state <> 'CANCELLED' AND o.state <> 'CANCELLED'
      AND o.round = 1 AND o.kind <> 'holiday'
      AND b.month IN (SELECT DISTINCT month FROM payment_batch
                      WHERE municipality = :municipality AND month <= :month
                        AND state <> 'CANCELLED'
                      ORDER BY month DESC LIMIT 2)
    GROUP BY b.month
"""
_WITHOUT = ", without holiday allowance and next rounds"
#: A batch of nothing else changes no month.
_ADDS = """
    SELECT 1 FROM obligation
    WHERE municipality = :municipality AND batch = :batch AND round = 1 AND kind <> 'holiday'
    LIMIT 1
"""


class Problem(NamedTuple):
    """What stops a batch: subject (end-to-end id, `total`, `count`, `batch`), code of the
    catalogue, the figures in words, and whether a person may release it.
    """

    subject: str
    code: str
    text: str
    releasable: bool = True

    @property
    def figures(self) -> str:
        """What a release is for: other figures are another problem."""
        return f"{self.code}: {self.text}"


class Totals(NamedTuple):
    """Payments and cents together."""

    payments: int
    cents: int


def outside(conn: Connection, settings: Settings, number: int) -> list[Problem]:
    """What of a batch lies outside the limits and has not been released."""
    batch = records.batch(conn, settings.code, number)
    found = _payments(conn, settings, number) + _change(conn, settings, batch)
    if settings.four_eyes.iban_change:
        found += [
            Problem(row["end_to_end_id"], "IBAN_CHANGE", "nobody approved the other account")
            for row in changed_ibans(conn, settings.code, number)
            if not row["approved_by"]
        ]
    return unreleased(batch, found)


def changed_ibans(conn: Connection, municipality: str, number: int) -> list[dict[str, str]]:
    """Fixed payments that go to another account than the client's payment before.

    Returns:
        client_no, end_to_end_id, old and new IBAN, and who approved the change ('' for nobody).
    """
    told = {"municipality": municipality, "batch": number}
    now = bulk.read(conn, _ACCOUNTS.format(which="="), told)
    earlier = bulk.read(conn, _ACCOUNTS.format(which="<"), told)
    before: Any = np.searchsorted(earlier["client"], now["client"], side="right") - 1
    known = before >= 0
    known[known] = earlier["client"][before[known]] == now["client"][known]
    known[known] = earlier["iban"][before[known]] != now["iban"][known]
    changed = np.flatnonzero(known)
    if not len(changed):
        return []
    approvals = bulk.read(conn, _APPROVED_IBANS, {"municipality": municipality})
    who = dict(
        zip(zip(approvals["client"].tolist(), approvals["new"], strict=True),
            approvals["decided_by"], strict=True)
    )  # fmt: skip
    rows = [
        {
            "client_no": f"K{now['client'][i]:07d}",
            "end_to_end_id": now["end_to_end_id"][i],
            "old": earlier["iban"][before[i]],
            "new": now["iban"][i],
            "approved_by": who.get((int(now["client"][i]), now["iban"][i]), ""),
        }
        for i in changed
    ]
    return sorted(rows, key=lambda row: str(row["end_to_end_id"]))


def unreleased(batch: dict[str, Any], problems: list[Problem]) -> list[Problem]:
    """Those problems of a batch that nobody has released with the figures they have now."""
    released = batch["limits"]
    return [p for p in problems if p.figures not in released.get(p.subject, {}).get("seen", [])]


def release(work: Work, number: int, subject: str, problems: list[Problem], reason: str) -> None:
    """Let a payment, the total or the count of a batch pass, with the reason.

    Args:
        work: who releases, and when.
        number: the batch.
        subject: an end-to-end id, `total` or `count`.
        problems: what stops the batch now.
        reason: why it may go out all the same.

    Raises:
        Refusal: no reason, or nothing under this name waits for a release.
    """
    seen = [p.figures for p in problems if p.subject == subject and p.releasable]
    if not reason.strip():
        raise Refusal("a release needs a reason", "give it with --reason")
    if not seen:
        raise Refusal(
            f"nothing of batch {number} waits for a release under {subject}",
            f"surplus pay show {number} tells what does",
        )
    batch = records.batch(work.conn, work.municipality, number)
    _refuse_own_batch(work, batch, subject)
    before = batch["limits"].get(subject, {}).get("seen", [])
    told = {"seen": before + seen, "by": work.operator, "on": work.on, "reason": reason}
    limits = json.dumps(batch["limits"] | {subject: told}, sort_keys=True, ensure_ascii=False)
    work.conn.execute(
        update(payment_batch)
        .where(payment_batch.c.municipality == work.municipality, payment_batch.c.batch == number)
        .values(limits=limits)
    )
    work.conn.execute(
        update(obligation)
        .where(obligation.c.municipality == work.municipality, obligation.c.batch == number)
        .where(obligation.c.end_to_end_id == subject)
        .values(released_by=work.operator, release_reason=reason)
    )
    trail.note(work, "pay release", f"batch {number} {subject}", reason)


def _refuse_own_batch(work: Work, batch: dict[str, Any], subject: str) -> None:
    """Above a limit who prepared a batch releases no payment of it."""
    if not work.settings.four_eyes.batch or batch["prepared_by"] != work.operator:
        return
    cents = work.conn.scalar(
        select(obligation.c.amount_cents).where(
            obligation.c.municipality == work.municipality,
            obligation.c.batch == batch["batch"],
            obligation.c.end_to_end_id == subject,
        )
    )
    limit = work.settings.four_eyes.release_cents
    if (cents or 0) > limit:
        raise Refusal(
            f"P08: {euros(cents or 0)} is above {euros(limit)}: {work.operator} prepared batch "
            f"{batch['batch']} and releases nothing so large of it",
            "let another operator with the right 'release' look at it",
        )


def this_and_last_month(conn: Connection, municipality: str, month: int) -> tuple[Totals, Totals]:
    """The batches of a pay month together, and those of the latest pay month before it."""
    return _two_months(conn, _BATCHES, municipality, month)


def _two_months(
    conn: Connection, query: str, municipality: str, month: int
) -> tuple[Totals, Totals]:
    rows = conn.execute(text(query), {"municipality": municipality, "month": month}).all()
    totals = {row.month: Totals(int(row.payments), int(row.cents)) for row in rows}
    now = totals.pop(month, Totals(0, 0))
    return now, max(totals.items(), default=(0, Totals(0, 0)))[1]


def _payments(conn: Connection, settings: Settings, number: int) -> list[Problem]:
    limit = settings.limits.payment_cents
    keys = {"municipality": settings.code, "batch": number, "limit": limit}
    return [
        Problem(row.end_to_end_id, "P04", f"{euros(row.amount_cents)} is above {euros(limit)}")
        for row in conn.execute(text(_LARGE), keys)
    ] + [
        Problem(row.end_to_end_id, "P12", "another client is paid on the same account")
        for row in conn.execute(text(_SHARED), keys)
    ]


def _change(conn: Connection, settings: Settings, batch: dict[str, Any]) -> list[Problem]:
    keys = {"municipality": settings.code, "batch": batch["batch"]}
    if not conn.execute(text(_ADDS), keys).first():
        return []
    now, before = _two_months(conn, _COMPARABLE, settings.code, batch["month"])
    if not before.payments or max(now.payments, before.payments) <= FEW_PAYMENTS:
        return []
    found = []
    if _beyond(now.cents, before.cents, settings.limits.batch_change_percent):
        cents = f"{euros(now.cents)} this month, {euros(before.cents)} the month before{_WITHOUT}"
        found.append(Problem("total", "P10", cents))
    if _beyond(now.payments, before.payments, settings.limits.count_change_percent):
        count = f"{now.payments} payments this month, {before.payments} the month before{_WITHOUT}"
        found.append(Problem("count", "P10", count))
    return found


def _beyond(now: int, before: int, percent: int) -> bool:
    return abs(now - before) * 100 > percent * before
