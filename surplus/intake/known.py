"""What the store knows about the people and relations of a delivery, looked up as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Select, exists, func, or_, select

from surplus.intake.clients.view import openings
from surplus.intake.columns import Texts
from surplus.intake.income_rows import AMOUNTS
from surplus.intake.notes import Ints, Mask
from surplus.months import Month, plus
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import (
    agreement,
    client,
    decision,
    delivery,
    employment,
    income,
    person,
    rejected_row,
    set_aside,
    settlement,
)

Columns = dict[str, Any]

EVER = "9999-12-31"
#: SQL: the fact in `income` counts, as known on a day; see `recorded`.
COUNTS = """NOT EXISTS (SELECT 1 FROM set_aside AS gone
    WHERE gone.municipality = income.municipality AND gone.month = income.month
      AND gone.income = income.income AND gone.recorded_on <= :known_on)"""
#: What tells a fact from others, and which of its tellings it is.
_KEY = (
    "month", "income", "employment", "relation", "period_begin", "period_end", "period_kind",
    "state", "income_code", "relation_begin", "relation_end", "sent_on", "sent_id",
)  # fmt: skip

#: Up to so many different values a query names them; above, it reads all and looks up here.
FEW = 500
#: Statuses in which someone has a buffer account; who is only announced has none yet.
PARTICIPATING = ("ACTIEF", "GEPAUZEERD", "BEEINDIGD", "OVERLEDEN")


def distinct(values: Any) -> Any:
    """The different values, sorted. What np.unique does for whole numbers, in a thirtieth of the
    time.
    """
    return np.sort(pd.unique(np.asarray(values)))


def groups(*columns: Any) -> Ints:
    """One number per distinct combination of values, from 0."""
    numbers = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        codes, values = pd.factorize(np.asarray(column))
        numbers = pd.factorize(numbers * max(len(values), 1) + codes)[0].astype(np.int64)
    return numbers


def find(known: Sequence[Any], wanted: Sequence[Any]) -> Ints:
    """For each wanted row of values the last place in `known` with the same values; -1 for none."""
    size = len(known[0])
    number = groups(*(np.concatenate([k, w]) for k, w in zip(known, wanted, strict=True)))
    last = np.full(number.max(initial=-1) + 1, -1, np.int64)
    last[number[:size]] = np.arange(size)
    return np.asarray(last[number[size:]])


def added(keys: Sequence[Any], cents: Ints, wanted: Sequence[Any]) -> tuple[Ints, Mask]:
    """For each wanted row of values the sum of the amounts with the same values, and if any."""
    total = np.zeros(len(cents) + 1, np.int64)
    np.add.at(total, find(keys, keys), cents)
    place = find(keys, wanted)
    return total[place], place >= 0


def people(
    work: Work, bsns: Ints, months: Ints, numbers: Ints | None = None
) -> tuple[Ints, Ints, Mask]:
    """Whose income this is.

    Args:
        work: the run.
        bsns: per row; 0 where unreadable, or where the row names a client number.
        months: per row, the month in which the period ends; 0 where unreadable.
        numbers: per row, of the client that it names, who is then the first person; 0 for none.

    Returns:
        client and person (0 where nobody in the store has this BSN), and whether the client takes
        part in that month. Of several cases with one BSN the one that takes part goes before, then
        the BSN as it is known now before one of an older version.
    """
    who = np.zeros((3, len(bsns)), np.int64)
    named = np.zeros_like(bsns) if numbers is None else numbers
    known = _versions(work, distinct(bsns), distinct(named))
    for month in distinct(months).tolist():
        rows = np.flatnonzero((months == month) & ((bsns > 0) | (named > 0)))
        found = _members(known, month)
        place = find((found["bsn"],), (bsns[rows],))
        if named[rows].any():
            first = np.where(found["person"] == 1, found["client"], 0)
            place = np.where(named[rows] > 0, find((first,), (named[rows],)), place)
        for number, name in enumerate(("client", "person", "takes_part")):
            who[number, rows] = np.append(found[name], 0)[place]
    return who[0], who[1], who[2] > 0


def _versions(work: Work, bsns: Ints, numbers: Ints) -> Columns:
    """All versions of the cases of these people, by client and version.

    Three plain reads laid side by side: every version of a case is told whole in each table.
    """
    of_these: list[Any] = []
    if len(bsns) + len(numbers) <= FEW:
        named = select(person.c.client).where(
            person.c.municipality == work.municipality,
            or_(
                person.c.bsn.in_([f"{bsn:09d}" for bsn in bsns.tolist()]),
                person.c.client.in_(numbers.tolist()),
            ),
        )
        of_these = [named]

    def read(table: Any, *names: str) -> Columns:
        query = select(table.c.client, table.c.version, *(table.c[name] for name in names))
        query = query.where(table.c.municipality == work.municipality)
        found = bulk.read(work.conn, query.where(*(table.c.client.in_(one) for one in of_these)))
        order = np.lexsort([found["version"], found["client"]])
        return {name: column[order] for name, column in found.items()}

    known = read(client, "status", "valid_from")
    known |= read(agreement, "starts_on", "ends_on", "withdrawn_on", "consent_on")
    known["opens_on"] = openings(work.conn, work.municipality, known["client"])
    members = read(person, "person", "bsn")
    place = find((known["client"], known["version"]), (members["client"], members["version"]))
    for name, number in (("bsn", 1), ("partner_bsn", 2)):
        known[name] = np.zeros(len(known["client"]), np.int64)
        told = (members["person"] == number) & (members["bsn"] != "")
        known[name][place[told]] = members["bsn"][told].astype("U9").astype(np.int64)
    return known


def _members(known: Columns, month: int) -> Columns:
    """Everybody of every case with who takes part in a month; of one BSN the last row counts."""
    last_day = Month(month).last_day.isoformat() if month else EVER
    newest = _last_of_each(known["client"])
    first = np.append(True, known["client"][1:] != known["client"][:-1])[: len(newest)]
    holds = (known["valid_from"] <= last_day) | first
    in_month = np.flatnonzero(holds)[_last_of_each(known["client"][holds])]
    taking_part = np.zeros(len(newest), bool)
    taking_part[in_month] = _takes_part(known, month)[in_month]
    takes_part = np.isin(known["client"], known["client"][taking_part])
    rows = distinct(np.concatenate([np.flatnonzero(newest), in_month]))
    members = {
        "client": np.tile(known["client"][rows], 2),
        "person": np.repeat([1, 2], len(rows)),
        "bsn": np.concatenate([known["bsn"][rows], known["partner_bsn"][rows]]),
        "takes_part": np.tile(takes_part[rows], 2),
    }
    order = np.lexsort([np.tile(newest[rows], 2), members["takes_part"]])
    return {name: column[order] for name, column in members.items()}


def _last_of_each(sorted_values: Any) -> Mask:
    return np.append(sorted_values[1:] != sorted_values[:-1], True)[: len(sorted_values)]


def _takes_part(known: Columns, month: int) -> Mask:
    """Participation begun, not ended before the month, consented to and not withdrawn before it;
    and not a month of an older administration.
    """
    if not month:
        return np.zeros(len(known["client"]), bool)
    first = Month(month).first_day.isoformat()
    open_ended = (known["ends_on"] == "") | (known["ends_on"] >= first)
    stands = (known["withdrawn_on"] == "") | (known["withdrawn_on"] >= first)
    agreed = np.isin(known["status"], PARTICIPATING) & (known["consent_on"] != "")
    begun = (known["starts_on"] <= first) & (known["opens_on"] <= first)
    return np.asarray(agreed & begun & open_ended & stands)


def employments(work: Work, clients: Ints, persons: Ints, employers: Texts) -> Ints:
    """The employment of each row; 0 where the store has none yet."""
    query = select(
        employment.c.client, employment.c.person, employment.c.employer, employment.c.employment
    ).where(employment.c.municipality == work.municipality)
    known = bulk.read(work.conn, _of(query, employment.c.client, clients))
    row = find((known["client"], known["person"], known["employer"]), (clients, persons, employers))
    return np.where(row >= 0, np.append(known["employment"], 0)[row], 0)


def facts(work: Work, clients: Ints, months: Ints, begins: Texts, ends: Texts) -> Columns:
    """All versions of delivered facts of these clients around these periods, in order of telling.

    Args:
        work: the run.
        clients: per period.
        months: the month in which each period ends.
        begins: its first day, ISO.
        ends: its last day.
    """
    amounts = ("tax_credit", *AMOUNTS.values())
    # Nothing of month 0, but the columns with their types.
    found = [bulk.read(work.conn, _facts(work, 0, *amounts))]
    for month in distinct(months).tolist():
        mine = months == month
        query = _facts(work, month, *amounts).where(
            income.c.period_end >= min(begins[mine]), income.c.period_begin <= max(ends[mine])
        )
        found.append(bulk.read(work.conn, _of(query, income.c.client, clients[mine])))
    return _in_order({n: np.concatenate([part[n] for part in found]) for n in found[0]})


def facts_around(work: Work, month: int) -> Columns:
    """All versions of delivered facts of every client of which one may end in this month."""
    return _in_order(bulk.read(work.conn, _facts(work, month, "client", "person")))


def around(month: int) -> tuple[int, int]:
    """The month before and after: another version may tell another end of its period."""
    return int(plus(month, -1)), int(plus(month, 1))


def _facts(work: Work, month: int, *names: str) -> Select[Any]:
    return select(*(income.c[name] for name in (*_KEY, *names))).where(
        income.c.municipality == work.municipality,
        income.c.month.between(*around(month)),
        income.c.source == "delivery",
        counts_now(),
    )


def counts_now() -> Any:
    """The condition that a fact was not set aside."""
    return ~exists().where(
        set_aside.c.municipality == income.c.municipality,
        set_aside.c.month == income.c.month,
        set_aside.c.income == income.c.income,
    )


def _in_order(told: Columns) -> Columns:
    _, once = np.unique(told["income"], return_index=True)
    order = np.lexsort([told[name][once] for name in ("income", "sent_id", "sent_on")])
    return {name: column[once][order] for name, column in told.items()}


def last_told(known: Columns) -> Columns:
    """Of facts in order of telling, the last of every key."""
    number = groups(known["employment"], known["relation"], known["period_begin"])
    last = np.zeros(number.max(initial=-1) + 1, np.int64)
    last[number] = np.arange(len(number))
    return {name: column[last] for name, column in known.items()}


def before(known: Columns, sent_on: str, sent_id: str) -> Mask:
    """Which facts the sender told before this delivery."""
    earlier_day = known["sent_on"] < sent_on
    return np.asarray(earlier_day | ((known["sent_on"] == sent_on) & (known["sent_id"] < sent_id)))


def set_aside_now(work: Work) -> Columns:
    """The facts that this run has set aside."""
    names = ("client", "month", "employment", "relation", "period_begin")
    query = (
        select(*(income.c[name] for name in names))
        .join(
            set_aside,
            (set_aside.c.municipality == income.c.municipality)
            & (set_aside.c.month == income.c.month)
            & (set_aside.c.income == income.c.income),
        )
        .where(set_aside.c.municipality == work.municipality, set_aside.c.run == work.run)
    )
    return bulk.read(work.conn, query)


def told_after(work: Work, months: Ints, sent_on: str, sent_id: str) -> tuple[Ints, Ints, Ints]:
    """Client, person and month of every answer of these months after a delivery: what it made
    known, what it told again, and what waits for a person.
    """

    def told(row: Any, order: Any, *conditions: Any) -> Select[Any]:
        day, number = order.c.sent_on, order.c.sent_id
        return select(row.c.client, row.c.person, row.c.month).where(
            row.c.municipality == work.municipality,
            row.c.month.in_(distinct(months).tolist()),
            or_(day > sent_on, (day == sent_on) & (number > sent_id)),
            *conditions,
        )

    # What a full delivery leaves out has no line, and is no answer.
    new = told(income, income, income.c.source == "delivery", income.c.line > 0)
    fault = rejected_row.alias()
    is_fault = exists().where(
        fault.c.municipality == rejected_row.c.municipality,
        fault.c.delivery == rejected_row.c.delivery,
        fault.c.line == rejected_row.c.line,
        fault.c.code == "R25",
        fault.c.severity != "W",
    )
    told_of = rejected_row.c.state.in_(("unchanged", "held", "corrected"))
    kept = told(rejected_row, delivery, told_of, delivery.c.kind != "payslip", ~is_fault).join_from(
        rejected_row,
        delivery,
        (delivery.c.municipality == rejected_row.c.municipality)
        & (delivery.c.delivery == rejected_row.c.delivery),
    )
    found = bulk.read(work.conn, new.union(kept))
    return found["client"], found["person"], found["month"]


def standing(work: Work, months: Ints, sent_on: str, sent_id: str) -> tuple[Ints, Ints, Ints]:
    """Client, person and month of every income that was told before a delivery and stands."""
    parts = [np.empty((3, 0), np.int64)]
    for month in distinct(months).tolist():
        told = facts_around(work, month)
        mine = before(told, sent_on, sent_id)
        last = last_told({name: column[mine] for name, column in told.items()})
        stands = (last["state"] == "recorded") & (last["relation"] != "")
        stands &= last["month"] == month
        parts.append(np.stack([last[n][stands] for n in ("client", "person", "month")]))
    client, person, in_month = np.concatenate(parts, axis=1)
    return client, person, in_month


def free_number(work: Work, delivery: int, months: Ints, per_delivery: int) -> int:
    """The highest number that no fact of a delivery has in these months, counted down from the top:
    for facts that no line tells, or that one tells again.
    """
    own = income.c.delivery * per_delivery + income.c.line
    query = select(func.min(income.c.income)).where(
        income.c.municipality == work.municipality,
        income.c.month.in_(distinct(months).tolist()),
        income.c.delivery == delivery,
        income.c.income != own,
    )
    lowest = work.conn.execute(query).scalar()
    return int(lowest or (delivery + 1) * per_delivery) - 1


def settled(work: Work, clients: Ints, months: Ints) -> Mask:
    """For which of these client-months a settlement was made before."""
    query = (
        select(settlement.c.client, settlement.c.month)
        .where(
            settlement.c.municipality == work.municipality,
            settlement.c.month.between(int(months.min()), int(months.max())),
        )
        .distinct()
    )
    known = bulk.read(work.conn, _of(query, settlement.c.client, clients))
    return find((known["client"], known["month"]), (clients, months)) >= 0


def paid_to_decided(work: Work, clients: Ints, employers: Texts) -> Mask:
    """For which of these incomes it was decided to whom they are paid (`decide … paid_to`)."""
    query = select(decision.c.client, decision.c.employer).where(
        decision.c.municipality == work.municipality, decision.c.kind == "paid_to"
    )
    known = bulk.read(work.conn, query)
    return find((known["client"], known["employer"]), (clients, employers)) >= 0


def _of(query: Select[Any], column: Any, clients: Ints) -> Select[Any]:
    """The query for these clients only, where they are few."""
    wanted = distinct(clients)
    return query.where(column.in_(wanted.tolist())) if len(wanted) <= FEW else query
