"""Findings that follow from where every client stands, looked at each night (design.md §9)."""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus import findings
from surplus.findings import Finding
from surplus.intake.clients.view import clients_as_of
from surplus.months import Month, plus
from surplus.rules.exemption import Policy, months_left, numbers, persons
from surplus.runs import Work
from surplus.settlement import instalments
from surplus.settlement.exemptions import rights_of
from surplus.settlement.history import History
from surplus.settlement.leaving import undecided_exits
from surplus.settlement.norms import births, only
from surplus.settlement.participation import participates
from surplus.settlement.position import positions, summed
from surplus.store.rates import parameters_now

Columns = dict[str, Any]

CODES = ("SHORTFALL_GROWS", "NO_PROTECTED_AMOUNT", "CLIFF_AHEAD", "EXEMPTION_ENDING", "EXIT_DUE")
#: A shortfall larger than this part of F, and C nearer to N than this part, is worth a talk.
SHORTFALL_PERCENT = 10
CLIFF_PERCENT = 15
#: That talk is had once: it lasts for so many months after, while C stays this near.
CLIFF_MONTHS, CLIFF_LEAVE_PERCENT = 3, 30


def look(work: Work) -> None:
    """Raise what is the case now and close what is not any more."""
    history = History.read(work.conn, work.municipality)
    last = _last_settled(history)
    view = clients_as_of(work.conn, work.municipality, int(Month.of(work.on)))
    here = _taking_part(work, view, last)
    found = [
        *_shortfalls(work, last),
        *_cliffs(history, here),
        *_exemptions(work, history, view, here),
        *undecided_exits(work),
    ]
    findings.sync(work, CODES, found)


def _last_settled(history: History) -> Columns:
    """The last settled month of every client, ascending by client."""
    rows = only(history.figures, history.settled)
    clients, place = np.unique(rows["client"][::-1], return_index=True)
    index = len(rows["client"]) - 1 - place
    return {name: column[index] for name, column in rows.items()} | {"client": clients}


def _taking_part(work: Work, view: Columns, last: Columns) -> Columns:
    """Of these rows those of clients with whom something to come can still be talked over."""
    staying = participates(view, Month.of(work.on)) & (view["status"] != "OVERLEDEN")
    return only(last, np.isin(last["client"], view["client"][staying]))


def _shortfalls(work: Work, last: Columns) -> list[Finding]:
    """Shortfalls that grow, and instalments that are not taken for want of a protected amount."""
    stand = positions(work.conn, work.settings)
    position = summed(last["client"], stand["client"], stand["position"])
    low = position * 100 < -SHORTFALL_PERCENT * last["fixed_cents"]
    lacking = instalments.lacking(work.conn, work.settings, Month.of(work.on), stand)
    return [
        Finding("SHORTFALL_GROWS", int(last["client"][i]), 0, "", int(position[i]))
        for i in np.flatnonzero(low)
    ] + [Finding("NO_PROTECTED_AMOUNT", client) for client in lacking.tolist()]


def _cliffs(history: History, last: Columns) -> list[Finding]:
    """Income just under the norm, now or some months ago: a little more and the benefit is gone.

    One finding for as long as it lasts, not one for every month that comes near again.
    """
    rows = only(
        history.figures, history.settled & np.isin(history.figures["client"], last["client"])
    )
    near = _under(rows, CLIFF_PERCENT)
    lately = rows["month"] >= plus(
        last["month"][np.searchsorted(last["client"], rows["client"])], -CLIFF_MONTHS
    )
    told = np.isin(last["client"], rows["client"][near & lately])
    told &= _under(last, CLIFF_LEAVE_PERCENT)
    return [
        Finding("CLIFF_AHEAD", int(last["client"][i]), 0, "", int(last["countable_cents"][i]))
        for i in np.flatnonzero(told)
    ]


def _under(rows: Columns, percent: int) -> Any:
    """Where income is at most so many percent under the norm, and not above it."""
    income, norm = rows["countable_cents"], rows["norm_cents"]
    return (income < norm) & (income * 100 >= (100 - percent) * norm)


def _exemptions(work: Work, history: History, view: Columns, last: Columns) -> list[Finding]:
    """An exemption whose last month was settled, or that has one month to go.

    Told of the month in which it ends, so that it is one finding in both.
    """
    conn, here, now = work.conn, work.municipality, Month.of(work.on)
    clients, after = last["client"], plus(last["month"], 1)
    kinds = np.stack([numbers(last[f"exemption_kind_{person}"]) for person in (1, 2)], axis=1)
    place, member = np.nonzero(kinds)
    rights = rights_of(conn, here, clients, now, history.used_months(clients, after))
    born = births(only(view, np.isin(view["client"], clients)))[place, member]
    policy = Policy(**work.settings.policy()["exemption"])
    who, _ = persons(
        rights, born, after[place], place, member, parameters_now(conn, here), policy
    )  # fmt: skip
    left = months_left(kinds[place, member], who, policy)
    ending = left <= 1
    ends = plus(last["month"][place], np.clip(left, 0, 1))
    return [
        Finding("EXEMPTION_ENDING", client, month, f"person:{person + 1}")
        for client, month, person in zip(
            clients[place][ending].tolist(), ends[ending].tolist(), member[ending].tolist(),
            strict=True,
        )
    ]  # fmt: skip
