"""What one person asks and a second one approves: changes told by a file, decisions by command.

A change waits until another operator than the one who asked approves or rejects it. Of one field
of one client at most one change waits: told anew it stays the same change, told differently the
earlier one is superseded. A decision (besluit) is a change too, kind `decision:<kind>`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from surplus import cases, trail
from surplus.findings import Finding, sync
from surplus.ledger.accounts import BUFFER, RECEIVABLE
from surplus.ledger.journal import Draft, Line, book
from surplus.money import euros
from surplus.months import Month
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import change, client, decision, employment, norm, obligation

#: The prefixes of a change's kind.
CLIENT, DECISION, NORM = "client:", "decision:", "norm"
#: Settling months again because of a parameter, policy or rule: approval posts the differences.
SETTLE = "settle:"
IBAN = f"{CLIENT}iban"
PAID_TO = f"{DECISION}paid_to"


class Change(NamedTuple):
    """What is asked.

    `payload` is what approval writes: `values` and `valid_from` of a client's fields, the columns
    of a decision, or those of a norm row. `old` and `new` are for the eyes of the second person.
    """

    kind: str
    client: int
    field: str
    old: str
    new: str
    payload: Mapping[str, Any]
    reason: str = ""
    delivery: int = 0
    line: int = 0

    @property
    def place(self) -> tuple[str, int, str]:
        """What it changes."""
        return (self.kind, self.client, self.field)


class Asked(NamedTuple):
    """A decision as a person asks for it; what a kind does not use stays empty."""

    client: int
    kind: str
    month: int | None = None
    amount_cents: int | None = None
    valid_from: str = ""
    valid_until: str = ""
    employer: str = ""  # loonheffingennummer
    payee: str = ""
    value: str = ""  # what is decided where that is no amount
    number: str = ""  # besluitnummer
    reason: str = ""


class Approved(NamedTuple):
    """A change that is in force."""

    kind: str
    payload: dict[str, Any]


#: What each kind of decision must tell.
KINDS = {
    "norm": ("amount_cents", "valid_from"),
    "norm-reduction": ("valid_from", "number"),
    "norm-increase": ("valid_from", "number"),
    "institution": ("value", "valid_from"),
    "spouse-without-right": ("valid_from",),
    "dependent-children": ("valid_from",),
    "no-recourse-to-parents": ("valid_from", "number"),
    "pay-periods": ("employer", "value"),
    "paid_to": ("employer", "payee"),
    "protected-amount": ("amount_cents", "valid_from"),
    "instalments": ("amount_cents", "valid_from", "number"),
    "fixed-payment": ("amount_cents", "valid_from", "valid_until", "number"),
    "hold-payment": ("valid_from",),
    "give-up-payment": ("month",),
    "wage-paid-to-client": ("month", "employer", "amount_cents"),
    "set-off-correction": ("month",),
}
#: Kinds that choose between a few things: the option that says which, and what it may be.
CHOICES = {
    "institution": ("value", ("self", "partner", "both")),
    "pay-periods": ("value", ("13/12", "by-days", "end-date", "payment-month")),
    "paid_to": ("payee", ("client", "buffer")),
}
#: Kinds that change the norm by an amount or by a percentage, one of the two.
ADJUSTMENTS = ("norm-reduction", "norm-increase")
#: Kinds whose amount holds for whole months.
MONTHLY = ("norm", "fixed-payment")
OPTIONS = {"amount_cents": "--amount", "valid_from": "--from", "valid_until": "--until"}


def propose(
    work: Work,
    changes: Sequence[Change],
    retold: Callable[[str, int, str], bool] = lambda _kind, _client, _field: False,
) -> list[int]:
    """Let changes wait for a second person.

    Args:
        work: who asks, in the transaction of the run.
        changes: what is asked.
        retold: of which kind, client and field `changes` tells all that is asked now: what waits
            there and is not asked again is superseded.

    Returns:
        The number of each change; of one that waited already, the number it has.
    """
    waiting = _waiting(work)
    standing = {(row.kind, row.client, row.field, row.new): row.change for row in waiting}
    asked = {(*one.place, one.new): one for one in changes}
    new = [one for key, one in asked.items() if key not in standing]
    placed = {one.place for one in changes if not one.kind.startswith(DECISION)}
    gone = [
        row.change
        for row in waiting
        if (row.kind, row.client, row.field, row.new) not in asked
        and ((place := (row.kind, row.client, row.field)) in placed or retold(*place))
    ]
    _close(work, gone, "superseded")
    first = bulk.next_id(work.conn, change, work.municipality)
    numbers = range(first, first + len(new))
    _insert(work, numbers, new)
    if new:
        trail.note(work, "changes propose", f"{first}" + (f" to {numbers[-1]}" if new[1:] else ""))
    _tell_ibans(work)
    standing |= {(*one.place, one.new): number for number, one in zip(numbers, new, strict=True)}
    return [standing[(*one.place, one.new)] for one in changes]


def decide(work: Work, asked: Asked) -> int:
    """Ask for a decision; returns the number of the change that waits.

    Raises:
        Refusal: an unknown kind or client, something missing, or what is asked cannot be.
    """
    _check(work, asked)
    told = {name: value for name, value in asked._asdict().items() if value not in (None, "")}
    del told["client"], told["kind"]
    one = Change(
        f"{DECISION}{asked.kind}", asked.client, asked.kind, "", _sentence(asked), told,
        asked.reason,
    )  # fmt: skip
    return propose(work, [one])[0]


def approve(work: Work, number: int) -> Approved:
    """Let a change take effect, as recorded on the business date of this run.

    Returns:
        What was approved: settling again (kind `settle:…`) is the caller's to post.

    Raises:
        Refusal: no such change, decided already, or asked by the same operator.
    """
    asked = _asked(work, number)
    if asked.asked_by == work.operator:
        raise Refusal(
            f"change {number} was asked by {work.operator}: another person must approve it",
            "let an operator with the right 'changes' who did not ask for it approve",
        )
    payload = json.loads(asked.payload)
    if asked.kind.startswith(CLIENT):
        cases.amend(
            work, asked.client, payload["values"], payload["valid_from"], asked.delivery,
            asked.line,
        )  # fmt: skip
    elif asked.kind.startswith(DECISION):
        _record_decision(work, asked, payload)
    elif asked.kind == NORM:
        _record_norm(work, asked, payload)
    _close(work, [number], "approved")
    trail.note(work, "changes approve", f"{number} {asked.kind}", asked.reason)
    _tell_ibans(work)
    return Approved(asked.kind, payload)


def reject(work: Work, number: int, reason: str) -> None:
    """Turn a change down, with the reason; everything stays as it was.

    Raises:
        Refusal: no such change, or decided already.
    """
    asked = _asked(work, number)
    _close(work, [number], "rejected", reason)
    trail.note(work, "changes reject", f"{number} {asked.kind}", reason)
    _tell_ibans(work)


def as_json(
    conn: Connection, municipality: str, *, everything: bool = False
) -> list[dict[str, Any]]:
    """The changes that wait (or all of them), for `changes list` (design.md §9)."""
    query = select(change).where(change.c.municipality == municipality).order_by(change.c.change)
    rows = conn.execute(query if everything else query.where(change.c.state == "waiting"))
    return [
        {
            "id": row.change,
            "kind": row.kind,
            "client_no": f"K{row.client:07d}" if row.client else None,
            "field": row.field,
            "old": row.old,
            "new": row.new,
            "asked_by": row.asked_by,
            "asked_on": row.asked_on,
            "state": row.state,
            "decided_by": row.decided_by,
            "decided_on": row.decided_on,
            "reason": row.reason,
        }
        for row in rows
    ]


def _insert(work: Work, numbers: range, changes: Sequence[Change]) -> None:
    columns = {name: [getattr(one, name) for one in changes] for name in Change._fields}
    columns["payload"] = [
        json.dumps(one.payload, sort_keys=True, ensure_ascii=False) for one in changes
    ]
    bulk.append(
        work.conn,
        change,
        {
            "municipality": work.municipality, "change": list(numbers), **columns,
            "state": "waiting", "asked_by": work.operator, "asked_on": work.on,
            "decided_by": "", "decided_on": "", "run": work.run,
        },
    )  # fmt: skip


def _waiting(work: Work) -> Sequence[Any]:
    return work.conn.execute(
        select(change.c.change, change.c.kind, change.c.client, change.c.field, change.c.new)
        .where(change.c.municipality == work.municipality, change.c.state == "waiting")
    ).all()  # fmt: skip


def _asked(work: Work, number: int) -> Any:
    row = work.conn.execute(
        select(change).where(change.c.municipality == work.municipality, change.c.change == number)
    ).one_or_none()
    if row is None or row.state != "waiting":
        said = "does not exist" if row is None else f"is {row.state} already"
        raise Refusal(f"change {number} {said}", "surplus changes list shows what waits")
    return row


def _close(work: Work, numbers: Sequence[int], state: str, reason: str = "") -> None:
    told = {"state": state, "decided_by": work.operator, "decided_on": work.on}
    told |= {"reason": reason} if reason else {}
    for start in range(0, len(numbers), 500):
        work.conn.execute(
            update(change)
            .where(change.c.municipality == work.municipality)
            .where(change.c.change.in_(numbers[start : start + 500]))
            .values(told)
        )


def _tell_ibans(work: Work) -> None:
    """An open finding for every changed IBAN that waits, and for no other."""
    rows = [row for row in _waiting(work) if row.kind == IBAN]
    sync(
        work,
        ["IBAN_CHANGE"],
        [Finding("IBAN_CHANGE", row.client, subject=f"change {row.change}") for row in rows],
    )


def _check(work: Work, asked: Asked) -> None:
    if asked.kind not in KINDS:
        raise Refusal(f"there is no decision of kind {asked.kind}", f"known are {', '.join(KINDS)}")
    missing = [
        OPTIONS.get(name, f"--{name}")
        for name in (*KINDS[asked.kind], "reason")
        if getattr(asked, name) is None or not str(getattr(asked, name)).strip()
    ]
    if missing:
        raise Refusal(f"{asked.kind} needs {', '.join(missing)}", "give the command again with it")
    known = work.conn.execute(
        select(client.c.version).where(
            client.c.municipality == work.municipality, client.c.client == asked.client
        )
    ).first()
    if known is None:
        raise Refusal(f"there is no client K{asked.client:07d}", "check the number")
    if asked.amount_cents is not None and asked.amount_cents <= 0:
        raise Refusal("--amount must be more than 0,00", "a payment is stopped by hold-payment")
    _check_dates(asked)
    _check_value(asked)
    if asked.kind in ("wage-paid-to-client", "pay-periods"):
        _employment(work, asked.client, asked.employer)
    if asked.kind == "give-up-payment" and asked.month:
        _refuse_paid(work, asked.client, asked.month)


def _check_dates(asked: Asked) -> None:
    for option, day in (("--from", asked.valid_from), ("--until", asked.valid_until)):
        try:
            told = date.fromisoformat(day).isoformat() if day else ""
        except ValueError:
            told = ""
        if told != day:
            raise Refusal(f"{option} {day} is no date", "write it as 2026-03-01")
    if asked.valid_until and asked.valid_until < asked.valid_from:
        raise Refusal("--until lies before --from", "turn them round")
    if asked.kind not in MONTHLY:
        return
    last = asked.valid_until and Month.of(asked.valid_until).last_day.isoformat()
    if not asked.valid_from.endswith("-01") or asked.valid_until != last:
        raise Refusal(
            f"{asked.kind} holds for whole months",
            "give the first day of a month with --from, and the last day of one with --until",
        )


def _check_value(asked: Asked) -> None:
    """What is chosen must be one of the known things; a percentage must be one."""
    if asked.kind in CHOICES:
        name, known = CHOICES[asked.kind]
        if getattr(asked, name) not in known:
            raise Refusal(
                f"--{name} {getattr(asked, name)} is nothing that {asked.kind} knows",
                f"choose one of {', '.join(known)}",
            )
    elif asked.kind in ADJUSTMENTS:
        percent = re.fullmatch(r"(100|[0-9]{1,2})([,.][0-9]{1,3})?%", asked.value)
        if (asked.amount_cents is None) == (not percent) or (asked.value and not percent):
            raise Refusal(
                f"{asked.kind} needs either --amount 140,15 or --value 10%", "give one of the two"
            )
    elif asked.value:
        raise Refusal(f"--value means nothing to {asked.kind}", "leave it out")


def _employment(work: Work, number: int, employer: str) -> int:
    """The client's employment at an employer.

    Raises:
        Refusal: there is none, or both members of the household work there.
    """
    found = work.conn.execute(
        select(employment.c.employment).where(
            employment.c.municipality == work.municipality,
            employment.c.client == number,
            employment.c.employer == employer,
        )
    ).all()
    if len(found) != 1:
        said = "is not known to employ" if not found else "employs two persons of"
        raise Refusal(f"{employer} {said} K{number:07d}", "surplus explain shows the employments")
    return int(found[0].employment)


def _refuse_paid(work: Work, number: int, month: int) -> None:
    """Giving up money that has left would make it a surplus, and pay it a second time."""
    paid = work.conn.execute(
        select(obligation.c.obligation).where(
            obligation.c.municipality == work.municipality,
            obligation.c.client == number,
            obligation.c.month == month,
            obligation.c.kind == "fixed",
            obligation.c.state.in_(("APPROVED", "SENT", "ACCEPTED", "BOOKED")),
        )
    ).first()
    if paid:
        raise Refusal(
            f"the payment of K{number:07d} for {Month(month)} has been approved; it stays",
            "cancel its batch first, where the file has not gone out yet",
        )


def _sentence(asked: Asked) -> str:
    """The decision in one line, for who approves it."""
    said = {
        "month": asked.month and str(Month(asked.month)),
        "amount": asked.amount_cents and euros(asked.amount_cents),
        "from": asked.valid_from, "until": asked.valid_until, "employer": asked.employer,
        "payee": asked.payee, "value": asked.value, "number": asked.number,
    }  # fmt: skip
    return ", ".join(f"{name} {value}" for name, value in said.items() if value)


def _record_decision(work: Work, asked: Any, told: Mapping[str, Any]) -> None:
    kind = asked.kind.removeprefix(DECISION)
    if kind == "give-up-payment":
        _refuse_paid(work, asked.client, told["month"])
    number = bulk.next_id(work.conn, decision, work.municipality)
    optional = ("month", "amount_cents", "valid_from", "valid_until")
    bulk.append(
        work.conn,
        decision,
        {
            "municipality": work.municipality, "decision": number, "client": asked.client,
            "kind": kind, **{name: told.get(name) for name in optional},
            **{name: told.get(name, "")
               for name in ("employer", "payee", "value", "number", "reason")},
            "asked_by": asked.asked_by, "approved_by": work.operator, "change": asked.change,
            "run": work.run, "recorded_on": work.on,
        },
    )  # fmt: skip
    if kind == "wage-paid-to-client":
        job = _employment(work, asked.client, told["employer"])
        month, amount = told["month"], told["amount_cents"]
        lines = [
            Line(BUFFER, amount, asked.client, month=month),
            Line(RECEIVABLE, -amount, asked.client, job, month),
        ]
        book(work, [Draft(kind, lines, asked.client, month, f"decision:{number}")])


def _record_norm(work: Work, asked: Any, row: Mapping[str, Any]) -> None:
    number = bulk.next_id(work.conn, norm, work.municipality)
    bulk.append(
        work.conn,
        norm,
        {
            "municipality": work.municipality, "norm": number, **row, "state": "recorded",
            "run": work.run, "recorded_on": work.on, "delivery": asked.delivery,
            "line": asked.line,
        },
    )  # fmt: skip
