"""What the store knows about payslips: those told before, what people decided, who may be paid."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from surplus.decisions import PAYSLIP
from surplus.intake import known
from surplus.intake.clients.view import openings
from surplus.intake.columns import Texts
from surplus.intake.known import FEW, Columns, find
from surplus.intake.notes import Ints, Mask
from surplus.intake.payslips.rows import AMOUNTS
from surplus.rules.arrays import day_numbers
from surplus.rules.income import tellings
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import agreement, client, decision, employment, income

SOURCE = "payslip"
#: What tells a payslip from others.
KEY = ("employment", "period_begin", "occurrence")


def told_before(work: Work, employments: Ints) -> Columns:
    """All that payslips tell of these employments, in the order in which they were paid."""
    wanted = np.unique(employments[employments > 0])
    return told(work, [income.c.employment.in_(wanted.tolist())] if len(wanted) <= FEW else [])


def told(work: Work, conditions: list[Any]) -> Columns:
    """All that payslips tell under these conditions, in the order in which they were paid."""
    names = (
        "income", "client", "month", *KEY, "period_end", "period_kind", "sent_on", "paid_on",
        "sender_iban", "delivery", "run", *AMOUNTS.values(),
    )  # fmt: skip
    query = select(*(income.c[name] for name in names)).where(
        income.c.municipality == work.municipality, income.c.source == SOURCE, *conditions
    )
    return in_order(bulk.read(work.conn, query))


def in_order(slips: Columns) -> Columns:
    """Payslips in the order in which they were paid; of one day in an order of their own."""
    order = np.lexsort([slips[name] for name in ("income", "sender_iban", "paid_on")])
    return {name: column[order] for name, column in slips.items()}


def choose(conn: Connection, municipality: str, slips: Columns, known_on: str) -> Columns:
    """Which payslips count, and what people said of them.

    Args:
        conn: the store.
        municipality: its code.
        slips: all payslips of some employments about a stretch of months, `in_order`.
        known_on: decisions as known on this day.

    Returns:
        Per payslip `counts`, `otherwise` and `overlaps`, see `rules.income.tellings`, and the
        decision that accepts it, `accepted`; 0 for none.
    """
    decided, decided_in = _accepted(conn, municipality, slips, known_on)
    content = known.groups(
        *(slips[name] for name in AMOUNTS.values()), slips["period_end"], slips["period_kind"]
    )
    begin, end = (slips[name].astype("datetime64[D]") for name in ("period_begin", "period_end"))
    chosen = tellings.choose(
        tellings.Slips(
            slips["employment"],
            begin.astype(np.int64),
            end.astype(np.int64),
            day_numbers(slips["paid_on"]),
            content,
            slips["occurrence"],
            slips["run"],
            decided,
            decided_in,
        )
    )
    return chosen._asdict() | {"accepted": decided}


def _accepted(
    conn: Connection, municipality: str, slips: Columns, known_on: str
) -> tuple[Ints, Ints]:
    """Per payslip the decision that accepts it, and the run in which it was taken."""
    decisions = _decisions(conn, municipality, known_on)
    if not len(decisions["decision"]):
        none = np.zeros(len(slips["employment"]), np.int64)
        return none, none
    jobs = bulk.read(
        conn,
        select(employment.c.employment, employment.c.employer).where(
            employment.c.municipality == municipality,
            employment.c.client.in_(np.unique(decisions["client"]).tolist()),
        ),
    )
    by = np.append(jobs["employer"], "")[find((jobs["employment"],), (slips["employment"],))]
    place = _accepting(decisions, slips["client"], by, slips["month"], slips["net_paid"])
    return np.append(decisions["decision"], 0)[place], np.append(decisions["run"], 0)[place]


def _decisions(conn: Connection, municipality: str, known_on: str) -> Columns:
    names = ("client", "employer", "month", "amount_cents", "decision", "run")
    query = select(*(decision.c[name] for name in names)).where(
        decision.c.municipality == municipality,
        decision.c.kind == PAYSLIP,
        decision.c.recorded_on <= known_on,
    )
    return bulk.read(conn, query.order_by(decision.c.decision))


def _accepting(
    decisions: Columns, clients: Ints, employers: Texts, months: Ints, paid: Ints
) -> Ints:
    names = ("client", "employer", "month", "amount_cents")
    return find([decisions[name] for name in names], (clients, employers, months, paid))


def accepted(work: Work, clients: Ints, employers: Texts, months: Ints, paid: Ints) -> Ints:
    """The decision that accepts each payslip by client, employer, month and net paid; 0 for none.

    Args:
        work: the run.
        clients: per payslip.
        employers: loonheffingennummer.
        months: in which the period ends.
        paid: netto_loon_uitbetaald, in cents.
    """
    decisions = _decisions(work.conn, work.municipality, known.EVER)
    place = _accepting(decisions, clients, employers, months, paid)
    return np.append(decisions["decision"], 0)[place]


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
