"""Recording income: facts as they were told, and the employments that they reveal."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from surplus.intake import known
from surplus.intake.columns import Texts
from surplus.intake.income_rows import AMOUNTS, CLAIM
from surplus.intake.judge import Judged, Sender
from surplus.intake.notes import Ints, Mask
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import employment, income

STORED = AMOUNTS | {CLAIM: "claim"}
#: A fact's number tells its delivery and line; a withdrawal by absence has no line, and a row that
#: fits again after its fact was set aside has a second one: these count down from the top.
PER_DELIVERY = 10_000_000


def record(work: Work, judged: Judged, only_these: Mask | None = None) -> int:
    """Record the rows that nothing holds back, among these; returns how many."""
    rows = judged.rows
    new = judged.notes.states() == "recorded"
    if only_these is not None:
        new &= only_these
    if not new.any():
        return 0
    lines = judged.notes.lines[new]
    jobs = Jobs(judged.client, judged.person, rows.employer, rows.name, judged.employment)
    employments = employments_of(work, jobs, new)
    amounts = {
        stored: only(rows.cents[name][new], rows.told[name][new])
        for name, stored in STORED.items()
        if name in rows.cents
    }
    return append(
        work,
        judged.sender,
        _numbers(work, judged.sender.delivery, rows.end.month[new], lines, only_these is not None),
        {
            "month": rows.end.month[new],
            "client": judged.client[new],
            "person": judged.person[new],
            "employment": employments,
            "relation": rows.relation[new],
            "period_begin": rows.begin.iso[new],
            "period_end": rows.end.iso[new],
            "period_kind": rows.kind[new],
            "state": np.where(rows.withdrawn[new], "withdrawn", "recorded").astype(object),
            "income_code": rows.code[new],
            "tag": rows.tag[new],
            "relation_begin": rows.relation_begin.iso[new],
            "relation_end": only(rows.relation_end.iso[new], rows.relation_end.good[new]),
            "tax_credit": only(rows.tax_credit[new], rows.tax_credit[new] > 0),
            "paid_on": None,
            "claim": None,
            **amounts,
            "line": lines,
        },
    )


def _numbers(work: Work, delivery: int, months: Ints, lines: Ints, again: bool) -> Ints:
    """The numbers of facts: that of their line, unless a fact that was set aside has it."""
    numbers = delivery * PER_DELIVERY + lines
    if again:
        told = select(income.c.month, income.c.income).where(
            income.c.municipality == work.municipality,
            income.c.month.in_(known.distinct(months).tolist()),
            income.c.delivery == delivery,
        )
        before = bulk.read(work.conn, told)
        taken = known.find((before["month"], before["income"]), (months, numbers)) >= 0
        free = known.free_number(work, delivery, months, PER_DELIVERY)
        numbers[taken] = free - np.arange(taken.sum())
    return np.asarray(numbers)


def withdraw(work: Work, sender: Sender, absent: known.Columns) -> int:
    """Record that a full delivery no longer tells these facts; returns how many."""
    count = len(absent["month"])
    free = known.free_number(work, sender.delivery, absent["month"], PER_DELIVERY)
    told = {name: absent[name] for name in _TOLD}
    told["relation_end"] = only(absent["relation_end"], absent["relation_end"] != "")
    return append(
        work,
        sender,
        free - np.arange(count),
        {
            **told,
            **dict.fromkeys(("tax_credit", "paid_on", *STORED.values()), [None] * count),
            "state": "withdrawn",
            "tag": "",
            "line": 0,
        },
    )


_TOLD = (
    "month", "client", "person", "employment", "relation", "period_begin", "period_end",
    "period_kind", "income_code", "relation_begin",
)  # fmt: skip


def append(work: Work, sender: Sender, numbers: Ints, columns: dict[str, Any]) -> int:
    """Write facts of one delivery; `columns` may tell another source and order key."""
    if not len(numbers):
        return 0
    return bulk.append(
        work.conn,
        income,
        {
            "municipality": work.municipality,
            "income": numbers,
            "source": "delivery",
            "sent_on": sender.sent_on,
            "sent_id": sender.sent_id,
            **columns,
            "run": work.run,
            "recorded_on": work.on,
            "delivery": sender.delivery,
        },
    )


class Jobs(NamedTuple):
    """Who works for whom, per row; `employment` is 0 where the store has none yet."""

    client: Ints
    person: Ints
    employer: Texts
    name: Texts
    employment: Ints


def employments_of(work: Work, jobs: Jobs, new: Mask) -> Ints:
    """The employment of every new row; those the store has not met yet are recorded."""
    numbers = jobs.employment.copy()
    unmet = np.flatnonzero(new & (numbers == 0))
    group = known.groups(jobs.client[unmet], jobs.person[unmet], jobs.employer[unmet])
    first = unmet[np.unique(group, return_index=True)[1]]
    start = bulk.next_id(work.conn, employment, work.municipality)
    numbers[unmet] = start + group
    bulk.append(
        work.conn,
        employment,
        {
            "municipality": work.municipality,
            "employment": numbers[first],
            "client": jobs.client[first],
            "person": jobs.person[first],
            "employer": jobs.employer[first],
            "name": jobs.name[first],
            "run": work.run,
            "recorded_on": work.on,
        },
    )
    return np.asarray(numbers[new])


def only(values: Any, told: Any) -> npt.NDArray[np.object_]:
    """The values where they were told, None elsewhere: absent is not zero."""
    column = np.asarray(values, dtype=object)
    column[~told] = None
    return column
