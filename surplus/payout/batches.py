"""Batches: the payments of a fixed date, prepared once and never twice.

A second prepare of a month adds only what does not exist yet; the database itself refuses a second
obligation of one kind for a client and month. What is prepared waits for a second person: see
`approval`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from surplus import findings, trail
from surplus.bank import payments
from surplus.config import Settings
from surplus.findings import Finding
from surplus.months import Month
from surplus.payout import calendar, limits, obligations, questions, records, unanswered
from surplus.payout.profile import Profile
from surplus.payout.rows import KINDS
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.settlement.norms import only
from surplus.store import bulk
from surplus.store.tables import finding, obligation, payment_batch

Columns = dict[str, Any]


#: What waits or came back and was given up, or ended: then with the day of the end. One of which a
#: next round is in a batch stays until that batch is cancelled.
_GIVEN_UP = """
    SELECT o.obligation, o.month, CASE WHEN o.kind = 'fixed' THEN '' ELSE d.valid_until END AS until
    FROM obligation AS o
    JOIN decision AS d ON d.municipality = o.municipality AND d.client = o.client
    LEFT JOIN decision AS made ON made.municipality = o.municipality
      AND made.decision = o.decision
    WHERE o.municipality = :municipality
      AND o.state IN ('HELD', 'REJECTED', 'RETURNED', 'RECALLED')
      AND (o.kind = 'fixed' AND d.kind = 'give-up-payment' AND d.month = o.month
           OR o.kind = 'third-party' AND d.kind = 'third-party' AND d.payee = made.payee
             AND COALESCE(d.valid_until, '') <> '' AND d.decision = (
                 SELECT MAX(l.decision) FROM decision AS l WHERE l.municipality = d.municipality
                   AND l.client = d.client AND l.kind = d.kind AND l.payee = d.payee))
      AND NOT EXISTS (
          SELECT 1 FROM obligation AS n WHERE n.municipality = o.municipality
            AND n.client = o.client AND n.month = o.month AND n.kind = o.kind
            AND n.payee = o.payee AND n.round > o.round AND n.state <> 'CANCELLED'
            AND n.state NOT IN ('HELD', 'REJECTED', 'RETURNED', 'RECALLED'))
    GROUP BY o.obligation, o.month, o.kind, d.valid_until
    ORDER BY o.obligation
"""


@dataclass(frozen=True)
class Prepared:
    """What preparing came to; `batch` is 0 where there was nothing to prepare."""

    month: str
    due_on: str
    batch: int
    message_id: str
    batches: list[int]  # more than one where a file cannot hold them all
    payments: int
    total_cents: int
    held: int  # newly
    without_norm: int
    outside_limits: int

    @property
    def needs_a_person(self) -> bool:
        """Whether someone must look, beside the approval that always follows."""
        return bool(self.held or self.without_norm or self.outside_limits)

    def as_json(self) -> dict[str, Any]:
        """The counts, for the run registry and --json."""
        return asdict(self)


def prepare(work: Work, month: Month) -> Prepared:
    """Make the obligations of a pay month that do not exist yet, and a batch of what can be paid.

    Everyone who participates gets a fixed payment, which freezes F agreed: in state HELD where a
    status, decision, name or IBAN is in the way. Held payments whose cause is gone join the batch.
    Only the first batch of the current pay month carries extras.

    Raises:
        Refusal: a batch of an earlier month still waits for approval, payments are out that this
            store does not know, or the workspace is frozen (exit 3); the month lies far ahead.
    """
    records.may_pay(work)
    if month > Month.of(work.on).plus(1):
        raise Refusal(f"{month} lies more than a month ahead of {work.on}", "check the month")
    _refuse_while_earlier_waits(work, month)
    apply_give_ups(work)
    first = not stands(work.conn, work.municipality, month)
    dates = calendar.PayCalendar.read(work.conn, work.settings)
    current = month >= dates.pay_month(work.on)
    fixed_date = dates.pay_date(month).isoformat()
    due_on = _due_on(work, fixed_date)
    rows, lacking = obligations.to_pay(
        work.conn, work.settings, month, work.on, due_on, with_extras=first and current
    )
    batches = _into_batches(work, month, due_on, rows, first)
    store(work, rows, due_on)
    _tell(work, month, rows, lacking)
    payments.tell(work)
    leaving = only(rows, rows["hold_reason"] == "")
    expected = (leaving["kind"] == "fixed") & (leaving["round"] == 1)
    if batches and due_on > fixed_date and expected.any():  # a next round is late by nature
        findings.raise_all(work, [Finding("LATE_PAYMENT", 0, month, batches[0][1])])
    if len(rows["client"]):
        trail.note(work, "pay prepare", " ".join([str(month), *(name for _, name in batches)]))
    numbers = [number for number, _ in batches]
    number, message_id = batches[0] if batches else (0, "")
    return Prepared(
        month=str(month),
        due_on=due_on,
        batch=number,
        message_id=message_id,
        batches=numbers,
        payments=len(leaving["client"]),
        total_cents=int(leaving["amount_cents"].sum()),
        held=int(((rows["obligation"] == 0) & (rows["hold_reason"] != "")).sum()),
        without_norm=len(lacking["client"]),
        outside_limits=sum(len(limits.outside(work.conn, work.settings, n)) for n in numbers),
    )


def apply_give_ups(work: Work) -> int:
    """Cancel the fixed payments that were given up by decision, and those to third parties that
    were ended by decision before they left; returns how many.

    One that already waits in a batch stops that batch instead: once it is cancelled, the next
    prepare leaves the payment out. One that may have left all the same stays what it is.
    """
    told = bulk.read(work.conn, _GIVEN_UP, {"municipality": work.municipality})
    told = only(
        told, ~np.isin(told["obligation"], unanswered.doubted(work.conn, work.municipality))
    )
    ended = [
        until == "" or until < Month(month).first_day.isoformat()
        for until, month in zip(told["until"], told["month"].tolist(), strict=True)
    ]
    given_up = told["obligation"][np.array(ended, dtype=bool)].tolist()
    if given_up:
        payments.move(work, given_up, "CANCELLED", "given up by decision")
        records.sync_held(work)
    return len(given_up)


def due(conn: Connection, settings: Settings, on: str) -> list[Month]:
    """The pay months whose prepare day has come by a date while no batch of them stands.

    The current one, and before it those that were missed since the first that has a batch.
    """
    current = calendar.PayCalendar.read(conn, settings).pay_month(on)
    query = select(payment_batch.c.month).where(
        payment_batch.c.municipality == settings.code, payment_batch.c.state != "CANCELLED"
    )
    standing = set(conn.scalars(query.distinct()))
    first = Month(min(standing, default=current))
    return [month for month in first.through(current) if month not in standing]


def approved(conn: Connection, municipality: str) -> list[int]:
    """The batches that are approved and not yet exported."""
    query = select(payment_batch.c.batch).where(
        payment_batch.c.municipality == municipality, payment_batch.c.state == "APPROVED"
    )
    return list(conn.scalars(query.order_by(payment_batch.c.batch)))


def _refuse_while_earlier_waits(work: Work, month: Month) -> None:
    query = select(payment_batch.c.batch, payment_batch.c.month).where(
        payment_batch.c.municipality == work.municipality,
        payment_batch.c.state == "DRAFT",
        payment_batch.c.month < int(month),
    )
    waits = work.conn.execute(query.order_by(payment_batch.c.batch)).first()
    if waits:
        raise Refusal(
            f"batch {waits[0]} of {Month(waits[1])} still waits for approval",
            f"approve or cancel it first: surplus pay show {waits[0]}",
            exit_code=3,
        )


def stands(conn: Connection, municipality: str, month: Month) -> bool:
    """Whether a pay month has a batch. Where all were cancelled, the next is the first again."""
    query = select(payment_batch.c.batch).where(
        payment_batch.c.municipality == municipality,
        payment_batch.c.month == int(month),
        payment_batch.c.state != "CANCELLED",
    )
    return conn.execute(query).first() is not None


def _due_on(work: Work, fixed_date: str) -> str:
    """The fixed date, or the next banking day where that is past."""
    if fixed_date >= work.on:
        return fixed_date
    return calendar.add_banking_days(date.fromisoformat(work.on), 1).isoformat()


def _into_batches(
    work: Work, month: Month, due_on: str, rows: Columns, first: bool
) -> list[tuple[int, str]]:
    """Number the payments that can leave, in batches that fit a file; sets batch and end_to_end_id.

    Returns:
        Number and message id of each batch.
    """
    count = len(rows["client"])
    rows["batch"] = np.zeros(count, dtype=np.int64)
    rows["end_to_end_id"] = np.full(count, "", dtype=object)
    leaving = np.flatnonzero(rows["hold_reason"] == "")
    if not len(leaving):
        return []
    rank = sum(n * (rows["kind"][leaving] == kind) for n, kind in enumerate(KINDS))
    keys = (rows["month"][leaving], rows["payee"][leaving], rank, rows["client"][leaving])
    ordered = leaving[np.lexsort(keys)]
    batches = []
    most = work.settings.bank.profile.max_per_file
    for part in _that_fit(ordered, rows["client"][ordered], most):
        message_id = records.message_id(work)
        told = {"message_id": message_id, "month": int(month), "due_on": due_on, "first": first}
        number = open_batch(work, rows["amount_cents"][part], told)
        rows["batch"][part] = number
        rows["end_to_end_id"][part] = [f"{message_id}-{n:06d}" for n in range(1, len(part) + 1)]
        batches.append((number, message_id))
    return batches


def _that_fit(ordered: Any, clients: Any, most: int) -> list[Any]:
    """Payments in parts that fit a file, of about equal size; a client's are never parted, so that
    the parts of a fixed amount stand or fall together.
    """
    starts = np.flatnonzero(np.append(True, clients[1:] != clients[:-1]))
    files = -(-len(ordered) // most)
    while True:
        cuts = [len(part) for part in np.array_split(ordered, files)]
        wanted = np.cumsum(cuts)[:-1]
        parts = np.split(ordered, starts[np.searchsorted(starts, wanted, side="right") - 1])
        if files >= len(starts) or max(map(len, parts)) <= most:
            return [part for part in parts if len(part)]
        files += 1


def open_batch(work: Work, amounts: Any, told: dict[str, Any]) -> int:
    """Make a draft; returns its number.

    Args:
        work: who makes it, and when.
        amounts: of its payments.
        told: message_id, month, due_on and first, and what differs from the usual.
    """
    number = bulk.next_id(work.conn, payment_batch, work.municipality)
    row = {
        "municipality": work.municipality, "batch": number, "state": "DRAFT",
        "payments": len(amounts), "total_cents": int(amounts.sum()),
        "debtor_iban": work.settings.bank_iban(), "limits": "{}",
        "profile": Profile.of(work.settings).stored(),
        "prepared_by": work.operator, "prepared_on": work.on, "approved_by": "",
        "approved_on": "", "exported_on": "", "file": "", "sha256": "", "run": work.run,
    }  # fmt: skip
    bulk.append(work.conn, payment_batch, row | told | {"first": int(told["first"])})
    payments.event(work, number, [0], "DRAFT")
    return number


def store(work: Work, rows: Columns, due_on: str) -> None:
    """Write new obligations, put those that were held into their batch, or keep why they wait now.

    Args:
        work: the run.
        rows: as `obligations.to_pay` tells them, with batch and end_to_end_id.
        due_on: the day of payment.
    """
    new, held = only(rows, rows["obligation"] == 0), only(rows, rows["obligation"] > 0)
    first = bulk.next_id(work.conn, obligation, work.municipality)
    columns = ("client", "month", "kind", "payee", "round", "amount_cents", "set_off_cents",
               "decision", "iban", "name", "remittance", "hold_reason", "batch",
               "end_to_end_id")  # fmt: skip
    bulk.append(
        work.conn,
        obligation,
        {
            "municipality": work.municipality,
            "obligation": np.arange(first, first + len(new["client"])),
            **{name: new[name] for name in columns},
            "due_on": due_on,
            "state": np.where(new["hold_reason"] == "", "DRAFT", "HELD").astype(object),
            "released_by": "",
            "release_reason": "",
            "run": work.run,
            "recorded_on": work.on,
        },
    )
    stay, leave = only(held, held["hold_reason"] != ""), only(held, held["hold_reason"] == "")
    here = {"municipality": work.municipality}
    why = {name: stay[name] for name in ("obligation", "hold_reason")}
    bulk.change(work.conn, obligation, here | why)
    payments.event(work, 0, stay["obligation"].tolist(), "HELD", stay["hold_reason"].tolist())
    names = ("obligation", "amount_cents", "iban", "name", "hold_reason", "batch", "end_to_end_id")
    told = here | {name: leave[name] for name in names} | {"state": "DRAFT", "due_on": due_on}
    bulk.change(work.conn, obligation, told)


def _tell(work: Work, month: Month, rows: Columns, lacking: Columns) -> None:
    """Findings of a pay month: names cut (C03), norms missing (C07), payments held, instalments
    not taken for want of a protected amount.
    """
    unprotected = rows["client"][rows["unprotected"] != ""].tolist()
    findings.raise_all(work, [Finding("NO_PROTECTED_AMOUNT", client) for client in unprotected])
    cut = np.unique(rows["client"][rows["cut"]]).tolist()
    findings.raise_all(work, [Finding("C03", n, int(month), "name cut for the bank") for n in cut])
    missing = [
        Finding("C07", client, int(month), what)
        for client, what in zip(lacking["client"].tolist(), lacking["missing"], strict=True)
    ]
    of_other_months = work.conn.execute(
        select(finding.c.code, finding.c.client, finding.c.month, finding.c.subject)
        .where(finding.c.municipality == work.municipality, finding.c.code == "C07")
        .where(finding.c.state == "open", finding.c.month != int(month))
    )
    findings.sync(work, ["C07"], [*(Finding(*row) for row in of_other_months), *missing])
    records.sync_held(work)
    questions.tell(work)
