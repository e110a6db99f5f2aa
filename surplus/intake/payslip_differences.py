"""Payslips that stand beside a delivery with another net, whichever came first."""

from __future__ import annotations

import numpy as np
from sqlalchemy import select, union

from surplus.decisions import PAYSLIP
from surplus.findings import Finding
from surplus.intake import known, payslip_known
from surplus.intake.known import Columns
from surplus.intake.notes import Mask
from surplus.intake.payslip_judge import DIFFERS, countable, delivered_net, outside
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import decision, employment, income

PERIOD = ("employment", "period_begin", "period_end")


def touched_months(work: Work) -> list[int]:
    """The months about which this run has recorded income, or accepted a payslip."""
    facts = select(income.c.month).where(
        income.c.municipality == work.municipality, income.c.run == work.run
    )
    decisions = select(decision.c.month).where(
        decision.c.municipality == work.municipality,
        decision.c.run == work.run,
        decision.c.kind == PAYSLIP,
    )
    return sorted(int(row[0]) for row in work.conn.execute(union(facts, decisions)))


def differences(work: Work, months: list[int]) -> list[Finding]:
    """A finding for every employment-month in which the two nets lie apart and nobody has said
    that the payslip holds.
    """
    slips = payslip_known.standing(work, months)
    if not len(slips["client"]):
        return []
    delivered = _delivered(work, slips)
    period = tuple(delivered[name] for name in PERIOD)
    first, number = np.unique(
        known.groups(*(slips[name] for name in PERIOD)), return_index=True, return_inverse=True
    )[1:]
    ours = np.zeros(len(first), np.int64)
    np.add.at(ours, number, countable(slips))
    theirs, told = known.added(period, delivered_net(delivered), [slips[n][first] for n in PERIOD])
    apart = told & outside(ours, theirs, work.settings.income.tolerance_cents)
    held = np.zeros(len(first), bool)
    np.logical_or.at(held, number, _accepted(work, slips))
    places = np.flatnonzero(apart & ~held)
    # Of weekly pay several periods of one month may lie apart: they are one thing to look at.
    jobs, cents = (
        [slips[n][first[places]] for n in ("client", "month", "employment")],
        ours - theirs,
    )
    together, _ = known.added(jobs, cents[places], jobs)
    found = zip(*(column.tolist() for column in (*jobs, together)), strict=True)
    return [
        Finding(DIFFERS, client, month, f"employment:{job}", apart_by)
        for client, month, job, apart_by in dict.fromkeys(found)
    ]


def _delivered(work: Work, slips: Columns) -> Columns:
    names = ("client", "month", "period_begin", "period_end")
    last = known.last_told(known.facts(work, *(slips[name] for name in names)))
    return {name: column[last["state"] == "recorded"] for name, column in last.items()}


def _accepted(work: Work, slips: Columns) -> Mask:
    """Which payslips a decision accepts."""
    employer = select(employment.c.employment, employment.c.employer).where(
        employment.c.municipality == work.municipality,
        employment.c.employment.in_(np.unique(slips["employment"]).tolist()),
    )
    jobs = bulk.read(work.conn, employer)
    employers = jobs["employer"][known.find((jobs["employment"],), (slips["employment"],))]
    by = payslip_known.accepted(work, slips["client"], employers, slips["month"], slips["net_paid"])
    return np.asarray(by > 0)
