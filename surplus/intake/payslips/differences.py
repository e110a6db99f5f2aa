"""What payslips say against each other or against a delivery: questions for a person.

They follow from all that is told of an employment, never from what arrived first, and close once a
decision or something told later answers them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from sqlalchemy import select, union_all

from surplus.decisions import PAYSLIP
from surplus.findings import Finding
from surplus.intake import known
from surplus.intake.known import Columns
from surplus.intake.notes import Ints
from surplus.intake.payslips import known as payslip_known
from surplus.intake.payslips.judge import CHANGED, DIFFERS, OVERLAPS, countable, delivered_net
from surplus.months import plus
from surplus.rules.arrays import day_numbers
from surplus.rules.income import tellings
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import decision, finding, income

CODES = (CHANGED, DIFFERS, OVERLAPS)
_PERIOD = ("employment", "period_begin", "period_end")


def touched(work: Work) -> set[tuple[int, int]]:
    """Client and month of all that this run has told or decided; a payslip may share a day with one
    of the month beside its own.
    """
    of_payslips = select(income.c.client).where(
        income.c.municipality == work.municipality, income.c.source == payslip_known.SOURCE
    )
    told = select(income.c.client, income.c.month, income.c.source).where(
        income.c.municipality == work.municipality,
        income.c.run == work.run,
        income.c.client.in_(of_payslips),
    )
    decided = select(decision.c.client, decision.c.month, decision.c.kind).where(
        decision.c.municipality == work.municipality,
        decision.c.run == work.run,
        decision.c.kind == PAYSLIP,
    )
    rows = work.conn.execute(union_all(told, decided)).all()
    slips = [row for row in rows if row[2] == payslip_known.SOURCE]
    beside = {(row[0], int(plus(row[1], by))) for row in slips for by in (-1, 1)}
    return beside | {(row[0], row[1]) for row in rows}


def differences(work: Work, about: set[tuple[int, int]]) -> list[Finding]:
    """A finding for every employment-month of these clients and months with a question.

    What a person has closed with a reason stays closed while the amount is the same.
    """
    if not about:
        return []
    slips = _slips(work, about)
    if not len(slips["client"]):
        return []
    chosen = payslip_known.choose(work.conn, work.municipality, slips, known.EVER)
    apart, cents = _apart(work, slips, chosen)
    stands = dict(
        zip(_periods(slips, chosen["counts"]), slips["net_paid"][chosen["counts"]], strict=True)
    )
    instead = np.array([int(stands.get(one, 0)) for one in _periods(slips)], np.int64)
    found = [
        *_of_jobs(CHANGED, slips, chosen["otherwise"], slips["net_paid"] - instead),
        *_of_jobs(OVERLAPS, slips, chosen["overlaps"], slips["net_paid"]),
        *_of_jobs(DIFFERS, slips, apart, cents),
    ]
    closed = _closed_by_hand(work, {one.client for one in found})
    return [one for one in found if (one.client, one.month) in about and one not in closed]


def _slips(work: Work, about: set[tuple[int, int]]) -> Columns:
    """All payslips that have a say in these months, of their clients."""
    months = [month for _, month in about]
    clients = sorted({client for client, _ in about})
    wanted = [
        income.c.month.between(int(plus(min(months), -2)), int(plus(max(months), 2))),
        *([income.c.client.in_(clients)] if len(clients) <= known.FEW else []),
    ]
    slips = payslip_known.told(work, wanted)
    mine = np.isin(slips["client"], clients)
    return {name: column[mine] for name, column in slips.items()}


def _apart(work: Work, slips: Columns, chosen: Columns) -> tuple[Any, Ints]:
    """The payslips that lie too far from what was delivered, and by how much their period does; of
    weekly pay several periods of a month may, which are one thing to look at.
    """
    names = ("client", "month", "period_begin", "period_end")
    last = known.last_told(known.facts(work, *(slips[name] for name in names)))
    delivered = {name: column[last["state"] == "recorded"] for name, column in last.items()}
    size = len(slips["client"])
    both = {name: np.concatenate([slips[name], delivered[name]]) for name in _PERIOD}
    is_slip = np.arange(len(both["employment"])) < size
    counts, accepted = np.zeros((2, len(is_slip)), bool)
    counts[:size], accepted[:size] = chosen["counts"], chosen["accepted"] > 0
    apart, cents = tellings.differing(
        both["employment"], day_numbers(both["period_begin"]), day_numbers(both["period_end"]),
        np.concatenate([countable(slips), delivered_net(delivered)]),
        counts, ~is_slip, accepted, work.settings.income.tolerance_cents,
    )  # fmt: skip
    first = np.zeros(size, bool)
    places = np.flatnonzero(apart[:size])
    key = known.groups(*(slips[name][places] for name in _PERIOD))
    first[places[np.unique(key, return_index=True)[1]]] = True
    return first, cents[:size]


def _periods(slips: Columns, mask: Any = slice(None)) -> Iterable[tuple[int, str]]:
    names = ("employment", "period_begin")
    return list(zip(*(slips[name][mask].tolist() for name in names), strict=True))


def _of_jobs(code: str, slips: Columns, mask: Any, cents: Ints) -> list[Finding]:
    """One finding per client, month and employment of the payslips in the mask."""
    jobs = [slips[name][mask] for name in ("client", "month", "employment")]
    together, _ = known.added(jobs, cents[mask], jobs)
    found = zip(*(column.tolist() for column in (*jobs, together)), strict=True)
    return [
        Finding(code, client, month, f"employment:{job}", amount)
        for client, month, job, amount in dict.fromkeys(found)
    ]


def _closed_by_hand(work: Work, clients: set[int]) -> set[Finding]:
    names = ("code", "client", "month", "subject", "amount_cents")
    rows = bulk.read(
        work.conn,
        select(*(finding.c[name] for name in names)).where(
            finding.c.municipality == work.municipality,
            finding.c.state == "resolved",
            finding.c.code.in_(CODES),
        ),
    )
    told = zip(*(rows[name].tolist() for name in names), strict=True)
    return {Finding(*one) for one in told if one[1] in clients}
