"""What the store knows about payslips: those told before, what people decided, who may be paid."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import func, select

from surplus.decisions import PAYSLIP
from surplus.intake.clients_view import openings
from surplus.intake.columns import Texts
from surplus.intake.known import FEW, Columns, find
from surplus.intake.notes import Ints, Mask
from surplus.intake.payslip_rows import AMOUNTS
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import agreement, client, decision, employment, income

SOURCE = "payslip"
#: What tells a payslip from others.
KEY = ("employment", "period_begin", "occurrence")


def told_before(work: Work, employments: Ints) -> Columns:
    """All versions of the payslips of these employments, in the order of their senders."""
    wanted = np.unique(employments[employments > 0])
    return _told(work, [income.c.employment.in_(wanted.tolist())] if len(wanted) <= FEW else [])


def standing(work: Work, months: list[int]) -> Columns:
    """The payslips of these months as they are now: of each the last version, if not withdrawn."""
    told = _told(work, [income.c.month.in_(months)])
    kept = last_of_each(told)
    kept = kept[told["state"][kept] == "recorded"]
    return {name: column[kept] for name, column in told.items()}


def last_of_each(told: Columns) -> Ints:
    """The places of the last versions, of payslips in the order of their senders."""
    key = tuple(told[name] for name in KEY)
    return np.unique(find(key, key))


def _told(work: Work, conditions: list[Any]) -> Columns:
    names = (
        "income", "client", "month", *KEY, "period_end", "period_kind", "state", "sent_on",
        "sent_id", "paid_on", "sender_iban", "delivery", *AMOUNTS.values(),
    )  # fmt: skip
    query = select(*(income.c[name] for name in names)).where(
        income.c.municipality == work.municipality, income.c.source == SOURCE, *conditions
    )
    found = bulk.read(work.conn, query)
    order = np.lexsort([found[name] for name in ("income", "sent_id", "sent_on")])
    return {name: column[order] for name, column in found.items()}


def accepted(work: Work, clients: Ints, employers: Texts, months: Ints, paid: Ints) -> Ints:
    """The decision that accepts each payslip by client, employer, month and net paid; 0 for none.

    Args:
        work: the run.
        clients: per payslip.
        employers: loonheffingennummer.
        months: in which the period ends.
        paid: netto_loon_uitbetaald, in cents.
    """
    query = select(
        decision.c.client, decision.c.employer, decision.c.month, decision.c.amount_cents,
        decision.c.decision,
    ).where(decision.c.municipality == work.municipality, decision.c.kind == PAYSLIP)  # fmt: skip
    known = bulk.read(work.conn, query.order_by(decision.c.decision))
    place = find(
        (known["client"], known["employer"], known["month"], known["amount_cents"]),
        (clients, employers, months, paid),
    )
    return np.append(known["decision"], 0)[place]


def linked_person(work: Work, clients: Ints, employers: Texts) -> Ints:
    """Who of a client's household is known to work for an employer; 0 for nobody, or for both."""
    count, who = func.count(), func.max(employment.c.person)
    query = (
        select(employment.c.client, employment.c.employer, count.label("count"), who.label("who"))
        .where(employment.c.municipality == work.municipality)
        .where(employment.c.employer.in_(np.unique(employers).tolist()))
        .group_by(employment.c.client, employment.c.employer)
    )
    known = bulk.read(work.conn, query)
    place = find((known["client"], known["employer"]), (clients, employers))
    return np.append(np.where(known["count"] == 1, known["who"], 0), 0)[place]


def employer_names(work: Work, employments: Ints) -> dict[int, str]:
    """The names of these employments, as first told."""
    rows = work.conn.execute(
        select(employment.c.employment, employment.c.name).where(
            employment.c.municipality == work.municipality,
            employment.c.employment.in_(np.unique(employments).tolist()),
        )
    )
    return {int(row[0]): row[1] for row in rows}


def has_reference(work: Work, clients: Ints, references: Texts) -> Mask:
    """Where a betalingskenmerk was ever given to this client."""
    query = select(client.c.client, client.c.reference).where(
        client.c.municipality == work.municipality,
        client.c.reference.in_(np.unique(references).tolist()),
    )
    known = bulk.read(work.conn, query)
    return find((known["client"], known["reference"]), (clients, references)) >= 0


def first_days(work: Work, clients: Ints) -> Texts:
    """The first day of any participation of these clients, or of their opening balance, ISO; ''
    where there is none.
    """
    begins = func.min(agreement.c.starts_on).label("begins")
    query = (
        select(agreement.c.client, begins)
        .where(agreement.c.municipality == work.municipality)
        .where(agreement.c.client.in_(np.unique(clients).tolist()))
        .group_by(agreement.c.client)
    )
    known = bulk.read(work.conn, query)
    texts: Any = np.append(known["begins"].astype(object), "")
    begun = texts[find((known["client"],), (clients,))]
    latest: Texts = np.maximum(begun, openings(work.conn, work.municipality, clients))
    return latest
