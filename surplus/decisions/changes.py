"""What one person asks and a second one approves: changes told by a file, decisions by command.

A change waits until another operator than the one who asked approves or rejects it. Of one field
of one client at most one change waits: told anew it stays the same change, told differently the
earlier one is superseded. A decision (besluit) is a change too, kind `decision:<kind>`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, select, update

from surplus import cases, trail
from surplus.decisions import operators
from surplus.decisions.kinds import PAYSLIP, Asked, refuse_paid, sentence
from surplus.decisions.operators import OPERATORS
from surplus.findings import Finding, sync
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import change, decision, norm, parameter

#: The prefixes of a change's kind.
CLIENT, DECISION, NORM, PARAMETER = "client:", "decision:", "norm", "parameter"
#: Balances from an older administration: approval posts a whole file of them.
OPENING = "opening"
#: Settling months again because of a parameter, policy or rule: approval posts the differences.
SETTLE = "settle:"
#: The end of a book year: approval moves its results and shuts it.
YEAR_CLOSE = "year-close"
IBAN = f"{CLIENT}iban"
#: Decisions by which rows that are held may fit.
ABOUT_ROWS = (f"{DECISION}paid_to", f"{DECISION}{PAYSLIP}")


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


class Approved(NamedTuple):
    """A change that is in force; `decision` is the number of a decision, else 0."""

    kind: str
    payload: dict[str, Any]
    client: int = 0
    decision: int = 0


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


def look_at_operators(work: Work, told: operators.Section) -> None:
    """Ask for the operators of surplus.toml where they are others than those in force.

    The first that can confirm one another are laid down as they are; a section that is again as it
    was takes back what was asked.
    """
    standing = operators.in_force(work.conn, work.municipality)
    if standing is None:
        operators.record(work, told)
        return
    said = operators.differences(standing, told)
    change_of_rights = Change(OPERATORS, 0, "operators", "", said, {"operators": dict(told)})
    propose(
        work,
        [change_of_rights] if said else [],
        lambda kind, _client, _field: kind == OPERATORS,
    )


def waiting(conn: Connection, municipality: str, kind: str) -> list[str]:
    """What waits of a kind, as who approves it sees it."""
    query = select(change.c.new).where(
        change.c.municipality == municipality, change.c.kind == kind, change.c.state == "waiting"
    )
    return list(conn.scalars(query))


def change_for(asked: Asked, outcome: str = "") -> Change:
    """A decision as a change that can wait.

    Args:
        asked: the decision, checked.
        outcome: what approval will come to, in words, where the program works that out.
    """
    told = {name: value for name, value in asked._asdict().items() if value not in (None, "")}
    del told["client"], told["kind"]
    told |= {"outcome": outcome} if outcome else {}
    kind, said = f"{DECISION}{asked.kind}", sentence(asked, outcome)
    return Change(kind, asked.client, asked.kind, "", said, told, asked.reason)


def approve(work: Work, number: int) -> Approved:
    """Let a change take effect, as recorded on the business date of this run.

    Returns:
        What was approved: settling again (kind `settle:…`), opening balances and what a decision
        books are the caller's to post.

    Raises:
        Refusal: no such change, decided already, or asked by the same operator.
    """
    asked = _asked(work, number)
    if asked.asked_by == work.operator:
        raise Refusal(
            f"change {number} was asked by {work.operator}: another person must approve it",
            "let an operator with the right 'changes' who did not ask for it approve",
        )
    payload, number_of = json.loads(asked.payload), 0
    if asked.kind.startswith(CLIENT):
        cases.amend(
            work, asked.client, payload["values"], payload["valid_from"], asked.delivery,
            asked.line,
        )  # fmt: skip
    elif asked.kind.startswith(DECISION):
        number_of = _record_decision(work, asked, payload)
    elif asked.kind == OPERATORS:
        operators.confirm(work, payload["operators"])
    elif asked.kind == NORM:
        _record_norm(work, asked, payload)
    elif asked.kind == PARAMETER:
        _record_parameter(work, payload)
    _close(work, [number], "approved")
    trail.note(work, "changes approve", f"{number} {asked.kind}", asked.reason)
    _tell_ibans(work)
    return Approved(asked.kind, payload, asked.client, number_of)


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


def _record_decision(work: Work, asked: Any, told: Mapping[str, Any]) -> int:
    kind = asked.kind.removeprefix(DECISION)
    if kind == "give-up-payment":
        refuse_paid(work, asked.client, told["month"])
    number = bulk.next_id(work.conn, decision, work.municipality)
    optional = ("month", "amount_cents", "valid_from", "valid_until", "payee_iban", "payee_name",
                "payee_reference", "item")  # fmt: skip
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
    return number


def record_for_all(
    work: Work, kind: str, clients: Any, told: Mapping[str, Any], *, asked_by: str, change: int
) -> None:
    """Record one decision for each of n clients, approved by who does this.

    Args:
        work: the run of the second person.
        kind: of the decision.
        clients: shape (n,).
        told: columns, or one value for all; the others are empty.
        asked_by: the first person.
        change: the number of the change that was approved.
    """
    first = bulk.next_id(work.conn, decision, work.municipality)
    nothing = [None] * len(clients)
    empty = {column.name: nothing if column.nullable else "" for column in decision.columns}
    bulk.append(
        work.conn,
        decision,
        empty | {
            "municipality": work.municipality, "decision": np.arange(first, first + len(clients)),
            "client": clients, "kind": kind, "asked_by": asked_by, "approved_by": work.operator,
            "change": change, "run": work.run, "recorded_on": work.on, **told,
        },
    )  # fmt: skip


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


def _record_parameter(work: Work, row: Mapping[str, Any]) -> None:
    number = bulk.next_id(work.conn, parameter, work.municipality)
    bulk.append(
        work.conn,
        parameter,
        {
            "municipality": work.municipality, "parameter": number, **row,
            "run": work.run, "recorded_on": work.on,
        },
    )  # fmt: skip
