"""What the bank says of a payment file that we sent, and what that changes (formats.md §3.3).

Only a refusal and a recall book anything; that a payment arrived is told by the statement alone, so
no news is no proof. Nothing is sent again by itself, and what contradicts the statement or an
earlier report is an alarm, never a correction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import select

from surplus import findings
from surplus.bank import booking, payments
from surplus.bank.known import group_id
from surplus.bank.payments import Told
from surplus.findings import Finding
from surplus.intake.notes import Notes, Places
from surplus.intake.outcome import Incoming, Outcome
from surplus.ledger.executed import OWED
from surplus.payout import pain002
from surplus.payout.pain002 import SAYS_NOTHING, Report, Status
from surplus.payout.profile import Profile
from surplus.problems import PROBLEMS
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import obligation, payment_batch, payment_event

Columns = dict[str, Any]

#: What a status means for a payment of ours.
ACCEPTED, REFUSED, RECALLED = "accepted", "refused", "recalled"
RECEIVED, VERIFIED, MISMATCH, PARTLY = "received", "verified", "mismatch", "partly"
MEANINGS = {
    **dict.fromkeys(("ACCP", "ACSP", "ACWC", "PDNG", "ACFC", "ACSC", "ACCC"), ACCEPTED),
    **dict.fromkeys(("RCVD", "ACTC"), RECEIVED),
    **dict.fromkeys(("RCVC", "RVNC", "RVNA"), VERIFIED),  # payee: right, not done, not possible
    **dict.fromkeys(("RVCM", "RVMC", "RVNM"), MISMATCH),
    "PART": PARTLY,
    "RJCT": REFUSED,
    "CANC": RECALLED,
}
#: What the verification of a payee (naam-nummercontrole) came to, by code of a payment.
VERIFICATION = {
    "RCVC": "match", "RVMC": "close match", "RVNM": "no match", "RVNA": "not possible",
    "RVNC": "not done",
}  # fmt: skip
#: By what a payment is now. A payment that was returned had been booked before.
_UNDER_WAY, _BOOKED = ("SENT", "ACCEPTED", "UNKNOWN"), ("BOOKED", "RETURNED")


class _Payment(NamedTuple):
    """A payment of the file, with the status that counts for it and what was told before."""

    obligation: int
    name: str  # end-to-end id
    client: int
    month: int
    cents: int
    state: str
    status: Status
    told: list[str]  # codes of earlier reports

    @property
    def key(self) -> str:
        """What an event keeps of the status: the reason of a refusal, else the code."""
        return (self.status.reason or "-") if self.status.code == "RJCT" else self.status.code

    @property
    def names_payee(self) -> bool:
        """Whether an earlier report named the account or a death as the reason."""
        return bool({*self.told} & {*payments.OF_PAYEE})

    @property
    def again(self) -> bool:
        """Whether the last report said the same."""
        return self.told[-1:] == [self.key]


@dataclass
class _Verdict:
    """What comes of a report: payments to move, events to keep, what to say."""

    source: str
    of_file: list[str] = field(default_factory=list)  # what is new of the file as a whole
    moved: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    raised: list[Finding] = field(default_factory=list)
    explained: list[Told] = field(default_factory=list)  # refused before, of which we know why now
    said: dict[str, str] = field(default_factory=dict)  # end-to-end id -> code of what is wrong

    def keep(self, one: _Payment) -> None:
        """Remember that the bank said so, without changing the payment."""
        self.kept[one.state].append(Told(one.obligation, one.key, self.source))

    def alarm(self, one: _Payment, code: str) -> None:
        """A person must look at this payment."""
        subject = f"{one.key} obligation:{one.obligation}"
        self.raised.append(Finding(code, one.client, one.month, subject, one.cents))
        self.said[one.name] = code
        self.keep(one)


def read_reports(work: Work, incoming: Incoming, schemas: Path | None = None) -> Outcome:
    """Take in a status report (pain.002).

    Args:
        work: the run in whose transaction it happens.
        incoming: the file.
        schemas: a folder that may hold the schemas of ISO 20022.

    Returns:
        What came of it, with a row for each payment of the file that it says something of: held
        where a person must look (S02 booked already, S03 refused after it was booked, the finding
        that follows from the reason of a refusal), unchanged where nothing new is told. About the
        file: S01 none of ours, S04 a payment that was never sent.

    Raises:
        BadFile: the file as a whole cannot be read.
    """
    report = pain002.read(incoming.content, schemas)
    batch = _batch(work, report.original)
    if not batch or batch["state"] != "SENT":
        return _strange(work, incoming, report, "S04" if batch else "S01")
    earlier = _told_before(work, batch["batch"])
    ours = _payments(work, batch, report, earlier)
    verdict = _Verdict(f"delivery:{incoming.delivery}")
    for one in ours:
        _judge(verdict, one)
    notes = _about_file(report, batch, ours, earlier[0], verdict)
    _store(work, batch["batch"], verdict)
    return _outcome(incoming, report, ours, verdict, notes)


def _judge(verdict: _Verdict, one: _Payment) -> None:
    """What a status does to one payment."""
    meaning = MEANINGS.get(one.status.code)
    if meaning in (REFUSED, RECALLED):
        _refused(verdict, one, str(meaning))
    elif meaning == ACCEPTED:
        _accepted(verdict, one)
    elif meaning == MISMATCH and one.status.level == "transaction":
        if one.key not in one.told:
            verdict.alarm(one, "PAYEE_CHECK")
    elif meaning == VERIFIED and one.status.level == "transaction" and one.key not in one.told:
        verdict.keep(one)


def _refused(verdict: _Verdict, one: _Payment, meaning: str) -> None:
    if one.state in _UNDER_WAY:
        code = one.status.reason if meaning == REFUSED else one.status.code
        verdict.moved[meaning].append(Told(one.obligation, code, verdict.source))
        if meaning == REFUSED:
            verdict.said[one.name] = payments.REASONS.get(one.status.reason, "PAYMENT_FAILED")
    elif one.state in _BOOKED and not one.again:
        verdict.alarm(one, "S03")
    elif one.state in OWED and one.key in payments.OF_PAYEE and not one.names_payee:
        verdict.explained.append(Told(one.obligation, one.key, verdict.source))
        verdict.said[one.name] = payments.REASONS[one.key]
        verdict.keep(one)


def _accepted(verdict: _Verdict, one: _Payment) -> None:
    if one.again:
        return
    if one.state in _BOOKED:
        verdict.alarm(one, "S02")
    elif one.state in _UNDER_WAY:
        if one.state == "ACCEPTED":
            verdict.keep(one)
        else:
            verdict.moved[ACCEPTED].append(Told(one.obligation, one.key, verdict.source))
    else:
        verdict.alarm(one, "STATUS_CONTRADICTS")


def _batch(work: Work, message_id: str) -> dict[str, Any] | None:
    row = work.conn.execute(
        select(payment_batch).where(
            payment_batch.c.municipality == work.municipality,
            payment_batch.c.message_id == message_id,
        )
    ).mappings()
    found = row.first()
    return dict(found) if found else None


def _payments(
    work: Work, batch: dict[str, Any], report: Report, earlier: dict[int, list[str]]
) -> list[_Payment]:
    """The payments of a batch in the order of the file, each with the lowest status given."""
    columns = ("obligation", "end_to_end_id", "client", "month", "amount_cents", "state")
    rows = bulk.read(
        work.conn,
        select(*(obligation.c[name] for name in columns))
        .where(obligation.c.municipality == work.municipality)
        .where(obligation.c.batch == batch["batch"])
        .order_by(obligation.c.end_to_end_id),
    )
    debits = {status.identity: status for status in report.debits if _says(status)}
    transactions = {status.identity: status for status in report.transactions if status.code}
    whole = report.group if _says(report.group) else SAYS_NOTHING
    groups = _groups(batch, len(rows["obligation"]))
    return [
        _Payment(
            key, name, client, month, cents, state,
            transactions.get(name, debits.get(group, whole)), earlier.get(key, []),
        )
        for group, key, name, client, month, cents, state in zip(
            groups, *(rows[column].tolist() for column in columns), strict=True
        )
    ]  # fmt: skip


def _groups(batch: dict[str, Any], count: int) -> list[str]:
    """The PmtInfId of each payment of a batch."""
    size = Profile.read(batch["profile"]).per_group
    return [group_id(batch["message_id"], number, size) for number in range(1, count + 1)]


def _says(status: Status) -> bool:
    """Whether a status above payments counts for those that have none of their own.

    PART says only that some were refused: it accepts nothing.
    """
    return bool(status.code) and MEANINGS.get(status.code) != PARTLY


def _told_before(work: Work, number: int) -> dict[int, list[str]]:
    """By payment (0: the file as a whole), what earlier reports said, oldest first."""
    rows = work.conn.execute(
        select(payment_event.c.obligation, payment_event.c.reason)
        .where(payment_event.c.municipality == work.municipality)
        .where(payment_event.c.batch == number, payment_event.c.reason.contains(" delivery:"))
        .order_by(payment_event.c.event)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for key, reason in rows:
        found[key].append(reason.partition(" ")[0])
    return found


def _strange(work: Work, incoming: Incoming, report: Report, code: str) -> Outcome:
    """A report on a file that is none of ours (S01), or that never left (S04): nothing changes."""
    findings.raise_all(work, [Finding(code, subject=report.original[:35])])
    notes = Notes.of_file([])
    notes.about_file(code, field=report.original[:35])
    return incoming.accepted(
        notes, sender_id=report.identity, extra={"statuses": _statuses(report.statuses)}
    )


def _about_file(
    report: Report,
    batch: dict[str, Any],
    ours: list[_Payment],
    earlier: list[str],
    verdict: _Verdict,
) -> Notes:
    """What there is to say beside single payments."""
    notes, group = Notes(np.arange(1, len(ours) + 1)), report.group
    where = f"batch:{batch['batch']}"

    def alarm(code: str, subject: str) -> None:
        verdict.raised.append(Finding(code, subject=subject))
        notes.about_file(code, field=subject)

    if group.code and group.code not in earlier:
        verdict.of_file.append(group.code)
        if MEANINGS.get(group.code) == MISMATCH and not report.transactions:
            alarm("PAYEE_CHECK", f"{group.code} {where}")
    names = {
        "group": {batch["message_id"]},
        "payment information": set(_groups(batch, len(ours))),
        "transaction": {one.name for one in ours},
    }
    for status in report.statuses:
        if status.code not in MEANINGS:
            alarm("STATUS_UNKNOWN", f"{status.code[:35]} {where}")
        if status.identity not in names[status.level]:
            alarm("S04", f"{status.identity[:35]} {where}")
        if status.code == "ACWC" and status.executed_on not in ("", batch["due_on"]):
            alarm("EXECUTION_MOVED", f"{status.executed_on} {where}")
    counted = zip((report.payments, report.sum_cents), (batch["payments"], batch["total_cents"]),
                  strict=True)  # fmt: skip
    if any(theirs not in (None, mine) for theirs, mine in counted):
        alarm("STATUS_TOTALS", where)
    notes.file = list(dict.fromkeys(notes.file))
    return notes


def _store(work: Work, number: int, verdict: _Verdict) -> None:
    for code in verdict.of_file:
        payments.event(work, number, [0], "SENT", f"{code} {verdict.source}")
    payments.refused(work, verdict.moved[REFUSED])
    payments.recalled(work, verdict.moved[RECALLED])
    payments.record(work, verdict.moved[ACCEPTED], "ACCEPTED")
    for state, told in verdict.kept.items():
        payments.record(work, told, state)
    payments.explained(work, verdict.explained)
    booking.tell_suspense(work)  # what a refund took stands open again
    findings.raise_all(work, verdict.raised)


def _outcome(
    incoming: Incoming, report: Report, ours: list[_Payment], verdict: _Verdict, notes: Notes
) -> Outcome:
    """Rows for the payments that changed or need a person; the others are told as unchanged."""
    moved = {each.obligation for told in verdict.moved.values() for each in told}
    held = np.array([one.name in verdict.said for one in ours], bool)
    for code in sorted(set(verdict.said.values())):
        notes.add(
            np.array([verdict.said.get(one.name) == code for one in ours]), "status", code,
            PROBLEMS[code].severity,
        )  # fmt: skip
    notes.unchanged(~held & ~np.array([one.obligation in moved for one in ours], bool))
    names = np.array([one.name for one in ours], dtype=object)
    notes.places = Places(notes.lines, names, {})
    notes.clients = np.array([one.client for one in ours], np.int64)
    cents = {one.obligation: one.cents for one in ours}
    return incoming.accepted(
        notes,
        sender_id=report.identity,
        counts={f"payments_{what}": len(told) for what, told in verdict.moved.items() if told},
        totals={
            f"{what}_cents": sum(cents[each.obligation] for each in told)
            for what, told in verdict.moved.items()
            if told
        },
        row_label="end_to_end_id",
        row_labels=names.tolist(),
        extra={"statuses": _statuses(report.statuses)},
    )


def _statuses(told: Iterable[Status]) -> list[dict[str, str]]:
    """The statuses as read, for --json."""
    rows = []
    for status in told:
        row = {"level": status.level, "code": status.code}
        if status.level == "transaction":
            row["id"] = status.identity
            if status.code in VERIFICATION:
                row["result"] = VERIFICATION[status.code]
        if status.reason:
            row["reason"] = status.reason
        rows.append(row)
    return rows
