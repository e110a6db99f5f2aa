"""Two people before money leaves: the page to decide on, release, approval, cancellation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, select, update

from surplus import findings, trail
from surplus.bank import booking, payments
from surplus.config import Settings
from surplus.findings import Finding
from surplus.ledger import seal
from surplus.months import Month
from surplus.payout import calendar, entries, export, limits, pain001, records
from surplus.payout.limits import Problem, Totals
from surplus.payout.population import population
from surplus.payout.recount import recount
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import obligation

Columns = dict[str, Any]

LARGEST = 10

#: Parts of a fixed amount that are held, while the other parts stand in a batch.
_HELD_BESIDE = """
    SELECT held.obligation FROM obligation AS held
    WHERE held.municipality = :municipality AND held.batch = 0 AND held.state = 'HELD'
      AND held.kind = 'fixed' AND held.round = 1 AND EXISTS (
          SELECT 1 FROM obligation AS o WHERE o.municipality = held.municipality
            AND o.batch = :batch AND o.kind = 'fixed' AND o.round = 1 AND o.client = held.client
            AND o.month = held.month AND o.run = held.run AND o.payee <> held.payee
            AND o.state <> 'CANCELLED')
    ORDER BY held.obligation
"""


@dataclass(frozen=True)
class Page:
    """What an approver looks at, all on one page (design.md §7)."""

    batch: int
    message_id: str
    month: str
    due_on: str
    state: str
    prepared_by: str
    approved_by: str
    payments: int
    total_cents: int
    recount: Totals | None  # from the ledger, while the batch is a draft
    this_month: Totals  # all batches of the pay month
    last_month: Totals
    held: int
    kinds: list[dict[str, Any]]
    largest: list[dict[str, Any]]
    new_clients: list[str]
    gone_clients: list[str]
    changed_ibans: list[dict[str, Any]]
    outside: list[Problem]
    released: dict[str, dict[str, Any]]
    sha256: str
    sha1: str
    seal_head: str

    @property
    def blocking(self) -> bool:
        """Whether something stops the batch."""
        return bool(self.outside)

    def as_json(self) -> dict[str, Any]:
        """All of it, for --json."""
        told = asdict(self)
        for name in ("recount", "this_month", "last_month"):
            totals = getattr(self, name)
            told[name] = totals and totals._asdict()
        told["outside"] = [problem._asdict() for problem in self.outside]
        return told


def page(conn: Connection, settings: Settings, number: int, on: str = "") -> Page:
    """The page of a batch, counted again as it stands now.

    Args:
        conn: the store.
        settings: limits and policy.
        number: the batch.
        on: business date; the day of preparing where not told.

    Raises:
        Refusal: no such batch.
    """
    here = settings.code
    batch = records.batch(conn, here, number)
    rows = records.payments(conn, here, number)
    counted: Totals | None = None
    problems: list[Problem] = []
    if batch["state"] == "DRAFT":
        counted, problems = _checked(conn, settings, batch, rows, on or batch["prepared_on"])
    kinds, places = np.unique(rows["kind"], return_inverse=True)
    this_month, last_month = limits.this_and_last_month(conn, here, batch["month"])
    people = population(conn, here, batch)
    largest = np.argsort(-rows["amount_cents"], kind="stable")[:LARGEST]
    held = conn.scalars(
        select(obligation.c.obligation).where(
            obligation.c.municipality == here, obligation.c.batch == 0,
            obligation.c.state == "HELD", obligation.c.month == batch["month"],
        )
    ).all()  # fmt: skip
    return Page(
        batch=number,
        month=str(Month(batch["month"])),
        **{name: batch[name] for name in ("message_id", "due_on", "state", "prepared_by",
                                          "approved_by", "payments", "total_cents")},
        recount=counted,
        this_month=this_month,
        last_month=last_month,
        held=len(held),
        kinds=[
            {"kind": kind, "payments": int((places == place).sum()),
             "total_cents": int(rows["amount_cents"][places == place].sum())}
            for place, kind in enumerate(kinds)
        ],
        largest=[
            {"end_to_end_id": rows["end_to_end_id"][i], "client_no": f"K{rows['client'][i]:07d}",
             "kind": rows["kind"][i], "amount_cents": int(rows["amount_cents"][i])}
            for i in largest
        ],
        new_clients=people.new,
        gone_clients=people.gone,
        changed_ibans=limits.changed_ibans(conn, here, number),
        outside=problems,
        released=batch["limits"],
        **export.digests(batch, rows)._asdict(),
        seal_head=seal.head(conn, here),
    )  # fmt: skip


def release(work: Work, number: int, subject: str, reason: str) -> None:
    """Let a payment (by end-to-end id), the `total` or the `count` of a batch pass, with reason.

    Raises:
        Refusal: the batch is not a draft, no reason, or nothing by this name waits for a release.
    """
    batch = _in_state(work, number, "DRAFT")
    rows = records.payments(work.conn, work.municipality, number)
    problems = _checked(work.conn, work.settings, batch, rows, work.on)[1]
    limits.release(work, number, subject, problems, reason)


def approve(
    work: Work, number: int, signature_of: Callable[[str], str] = lambda _sha256: ""
) -> Page:
    """Approve a batch and book it: the money leaves the buffer and is in transit.

    Args:
        work: who approves, and when.
        number: the batch.
        signature_of: the approver's verified signature over the SHA-256 of the payment file; ''
            where none is asked for.

    Raises:
        Refusal: not a draft any more, prepared by the same operator, or something of it released
            by the same operator, or prepared in another environment (exit 2); something lies
            outside the limits or the second count disagrees (exit 3, with all of it named).
    """
    records.may_pay(work)
    batch = _in_state(work, number, "DRAFT")
    if work.settings.four_eyes.batch and batch["prepared_by"] == work.operator:
        raise Refusal(
            f"P08: batch {number} was prepared by {work.operator}; another person approves it",
            "let an operator with the right 'approve' look at surplus pay show",
        )
    mine = [subject for subject, told in batch["limits"].items() if told["by"] == work.operator]
    if work.settings.four_eyes.batch and mine:
        raise Refusal(
            f"P08: {work.operator} released {mine[0]} of batch {number}; another approves it",
            "let an operator with the right 'approve' who released nothing look at it",
        )
    export.refuse_other_environment(work, batch)
    _move_past_date(work, batch)
    seen = page(work.conn, work.settings, number, work.on)
    if seen.blocking:
        listed = "; ".join(f"{p.subject} {p.code}: {p.text}" for p in seen.outside[:20])
        more = f"; and {len(seen.outside) - 20} more" if len(seen.outside) > 20 else ""
        raise Refusal(
            f"batch {number} is stopped: {listed}{more}",
            "release each with surplus pay release, or cancel the batch and prepare again",
            exit_code=3,
        )
    entries.book(work, number, records.payments(work.conn, work.municipality, number))
    booking.tell_suspense(work)  # a refund takes what stood open
    records.change_batch(
        work, number, "APPROVED", approved_by=work.operator, approved_on=work.on,
        sha256=seen.sha256, signature=signature_of(seen.sha256),
    )  # fmt: skip
    trail.note(work, "pay approve", f"batch {number} {batch['message_id']} {seen.sha256}")
    return replace(seen, state="APPROVED", approved_by=work.operator)


def cancel(work: Work, number: int, reason: str) -> None:
    """Cancel a batch that has not been exported; its new obligations can be prepared afresh.

    A payment that was held before it came into this batch waits again, at its frozen amount.

    Raises:
        Refusal: no reason, or the file has gone out already.
    """
    batch = records.batch(work.conn, work.municipality, number)
    if batch["state"] not in ("DRAFT", "APPROVED"):
        raise Refusal(
            f"batch {number} is {batch['state']}: it can be cancelled before export only",
            "ask the bank to recall it",
        )
    if not reason.strip():
        raise Refusal("a cancellation needs a reason", "give it with --reason")
    if batch["state"] == "APPROVED":
        entries.undo(work, number, records.payments(work.conn, work.municipality, number))
    _put_back(work, batch)
    records.change_batch(work, number, "CANCELLED", reason)
    records.sync_held(work)
    booking.tell_suspense(work)  # what a refund took stands open again
    trail.note(work, "pay cancel", f"batch {number} {batch['message_id']}", reason)


def _checked(
    conn: Connection, settings: Settings, batch: dict[str, Any], rows: Columns, on: str
) -> tuple[Totals, list[Problem]]:
    """The second count, and all that stops a batch and has not been released."""
    counted = recount(conn, settings, batch, rows, on)
    differs = limits.unreleased(batch, counted.problems)
    outside = limits.outside(conn, settings, batch["batch"])
    return counted.totals, _unfit(batch, rows, on) + differs + outside


#: What no bank takes, by code: no release makes it go out.
_UNFIT = {
    "P02": "is no banking day, or more than a year ahead",
    "P04": "the amount is zero, negative or too high for a bank",
    "P05": "the bank cannot write the name or the description, or it is too long",
    "P06": "the IBAN is wrong",
}


def _unfit(batch: dict[str, Any], rows: Columns, on: str) -> list[Problem]:
    """What the bank would refuse of a batch as it is stored."""
    due = date.fromisoformat(batch["due_on"])
    found = [(name, code, _UNFIT[code]) for name, code in pain001.unfit(rows)]
    if not calendar.is_banking_day(due) or due > date.fromisoformat(on) + timedelta(days=365):
        found.insert(0, ("batch", "P02", f"{batch['due_on']} {_UNFIT['P02']}"))
    return [Problem(*told, releasable=False) for told in found]


def _in_state(work: Work, number: int, state: str) -> dict[str, Any]:
    batch = records.batch(work.conn, work.municipality, number)
    if batch["state"] != state:
        raise Refusal(
            f"batch {number} is {batch['state']}, not {state}", "surplus pay list shows all batches"
        )
    return batch


def _move_past_date(work: Work, batch: dict[str, Any]) -> None:
    """Let a batch that is approved after its date be due on the next banking day."""
    if batch["due_on"] >= work.on:
        return
    due_on = calendar.add_banking_days(date.fromisoformat(work.on), 1).isoformat()
    records.move(work, batch["batch"], due_on)
    findings.raise_all(work, [Finding("LATE_PAYMENT", 0, batch["month"], batch["message_id"])])


def _put_back(work: Work, batch: dict[str, Any]) -> None:
    """Take payments that an earlier run had made out of a batch; they wait again.

    What was held beside the other part of its fixed amount is cancelled with that part, so that
    the amount is divided anew as a whole.
    """
    mine = (
        (obligation.c.municipality == work.municipality)
        & (obligation.c.batch == batch["batch"])
        & (obligation.c.run != batch["run"])
    )
    waiting = work.conn.scalars(select(obligation.c.obligation).where(mine)).all()
    if waiting:
        work.conn.execute(
            update(obligation)
            .where(mine)
            .values(state="HELD", hold_reason="batch cancelled", batch=0, end_to_end_id="")
        )
        payments.event(work, batch["batch"], list(waiting), "HELD", "batch cancelled")
    beside = bulk.read(
        work.conn, _HELD_BESIDE, {"municipality": work.municipality, "batch": batch["batch"]}
    )["obligation"].tolist()
    payments.move(work, beside, "CANCELLED", "the other parts were cancelled")
