"""What should stand in the ledger for a month: all clients at once, from the facts known now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.findings import Finding
from surplus.ledger.receipts import received
from surplus.months import Month
from surplus.rules import income as income_rule
from surplus.rules.arrays import day_numbers
from surplus.rules.benefit import Case, Figures, figures
from surplus.rules.exemption import Policy
from surplus.rules.periods import allocate
from surplus.rules.receipts import accepted
from surplus.settlement import facts as income_facts
from surplus.settlement.basis import Basis
from surplus.settlement.exemptions import UsedMonths, rights_of
from surplus.settlement.norms import births, decided, norms_of, only

Columns = dict[str, Any]

EVER = "9999-12-31"


@dataclass(frozen=True)
class Told:
    """What is known of the months to settle, read once for all of them."""

    facts: Columns
    relations: Columns
    receipts: Columns

    @classmethod
    def read(
        cls, conn: Connection, municipality: str, first: Month, last: Month,
        *, client: int = 0, known_on: str = EVER,
    ) -> Told:  # fmt: skip
        """The facts of the months `first` to `last` and one after, as known on a day.

        A four-week period may end a month later than the one it touches.
        """
        return cls(
            income_facts.effective(
                conn, municipality, first, last.plus(1), client=client, known_on=known_on
            ),
            income_facts.relations(conn, municipality, client=client, known_on=known_on),
            received(conn, municipality, known_on=known_on),
        )


@dataclass(frozen=True)
class Target:
    """The target of n clients in a month, in the order of `clients`.

    `settled` is false where the month stays open; `wages` has place (into clients), employment,
    wage (W in cents) and source, one row per employment told; `findings` say what is wrong.
    """

    clients: Any
    settled: Any
    case: Case
    figures: Figures
    wages: Columns
    norm_origin: Any
    findings: list[Finding]


def target(
    conn: Connection,
    settings: Settings,
    view: Columns,
    month: Month,
    basis: Basis,
    told: Told,
    used: UsedMonths,
    expected_exemption: Any,
    on: str,
    known_on: str = EVER,
) -> Target:
    """The figures of a month for the clients of a view.

    Args:
        conn: the store.
        settings: for the municipality and the deadline, which move no figure.
        view: the clients, ascending, as they are in that month.
        month: the month.
        basis: policy, parameters and norm rows.
        told: facts, relations and receipts.
        used: months of exemption used in earlier months.
        expected_exemption: E counted in F, shape (n,).
        on: business date, against which the deadline is held.
        known_on: decisions and clients as known on this day.
    """
    municipality, clients = settings.code, view["client"]
    touching = _touching(told.facts, month, clients)
    rows = only(touching, touching["allocatable"] & (touching["month"] == int(month)))
    policy = basis.policy["income"]
    counted = income_rule.from_delivery(
        income_rule.Components(
            rows["net"], rows["net_special"], rows["travel"], rows["holiday_paid"],
            rows["holiday_accrued"], rows["extra_paid"],
        ),
        np.asarray(rows["state"], dtype="U9") == "withdrawn",
        policy["holiday_mode"],
        int(policy["special_rate"]),
    )  # fmt: skip
    wages = _wages(rows, counted.wage, told.receipts, month, policy)
    norm = norms_of(conn, municipality, view, month, basis, known_on)
    decided_fixed = decided(conn, municipality, "fixed-payment", month, clients, known_on)
    work = income_rule.earned(rows["income_code"])
    places = (rows["place"], rows["person"] - 1)
    case = Case(
        month=np.full(len(clients), int(month)),
        norm=norm,
        wage=_added(len(clients), wages["place"], wages["wage"]),
        passed_on=_added(len(clients), rows["place"], counted.passed_on),
        countable=_added((len(clients), 2), places, counted.countable),
        earned=_added((len(clients), 2), places, np.where(work, counted.countable, 0)),
        birth=births(view),
        rights=rights_of(conn, municipality, clients, month, used, known_on),
        override=np.where(decided_fixed > 0, decided_fixed, override(view, month)),
        expected_exemption=expected_exemption,
    )
    chosen = Policy(**basis.policy.get("exemption", {}))
    result = figures(case, basis.parameters, policy["holiday_mode"], chosen)
    state = _openness(told, touching, rows, counted.year_end, clients, month, settings, on)
    lacking = result.lacks != ""
    findings = state.findings + [
        Finding("C07" if norm.lacks[i] else "C11", int(clients[i]), int(month), result.lacks[i])
        for i in np.flatnonzero(lacking)
    ]
    settled = state.settled & ~lacking
    negative = settled & (result.countable < 0)
    findings += [
        Finding("NEGATIVE_INCOME", int(clients[i]), int(month), "", int(result.countable[i]))
        for i in np.flatnonzero(negative)
    ]
    return Target(clients, settled, case, result, wages, norm.origin, findings)


def override(view: Columns, month: Month) -> Any:
    """F by override (vast_bedrag_override) where one is in force in the month, else 0."""
    until = np.asarray(view["override_until"], dtype="U10")
    holds = (view["override_cents"] > 0) & ((until == "") | (until >= month.first_day.isoformat()))
    return np.where(holds, view["override_cents"], 0)


def _touching(facts: Columns, month: Month, clients: Any) -> Columns:
    """The facts of these clients whose period touches the month, with the place of each client."""
    begin, end = np.asarray(facts["period_begin"], "U10"), np.asarray(facts["period_end"], "U10")
    inside = (begin <= month.last_day.isoformat()) & (end >= month.first_day.isoformat())
    rows = only(facts, inside & np.isin(facts["client"], clients))
    periods = allocate(
        np.asarray(rows["period_kind"], dtype="U2"),
        *(day_numbers(np.asarray(rows[name], dtype="U10"))
          for name in ("period_begin", "period_end", "relation_begin", "relation_end")),
    )  # fmt: skip
    rows["allocatable"] = periods.allocatable
    rows["place"] = np.searchsorted(clients, rows["client"])
    return rows


def _wages(
    rows: Columns, wage: Any, receipts: Columns, month: Month, policy: dict[str, Any]
) -> Columns:
    """W per employment: what was told, or what was received where that is accepted."""
    jobs, index = np.unique(rows["employment"], return_inverse=True)
    told = _added(len(jobs), index, wage)
    place = np.zeros(len(jobs), dtype=np.int64)
    place[index] = rows["place"]
    mine = only(receipts, (receipts["month"] == int(month)) & np.isin(receipts["employment"], jobs))
    cash = _added(len(jobs), np.searchsorted(jobs, mine["employment"]), mine["cents"])
    follows = policy["cash_follows"] == "receipt"
    taken = accepted(told, cash, int(policy["tolerance_percent"])) & follows
    order = np.lexsort([jobs, place])
    return {
        "place": place[order],
        "employment": jobs[order],
        "wage": np.where(taken, cash, told)[order],
        "source": np.where(taken, "receipt", "delivery").astype(object)[order],
    }


@dataclass(frozen=True)
class _State:
    settled: Any
    findings: list[Finding]


def _openness(
    told: Told,
    touching: Columns,
    rows: Columns,
    year_end: Any,
    clients: Any,
    month: Month,
    settings: Settings,
    on: str,
) -> _State:
    """Settled when every running employment has told; without one, after the deadline only."""
    running = income_facts.running(told.relations, month)
    mine = np.isin(running["client"], clients)
    jobs = running["employment"][mine]
    owners = np.searchsorted(clients, running["client"][mine])
    silent = ~np.isin(jobs, rows["employment"])
    waits = _marked(len(clients), owners[silent])
    works = _marked(len(clients), owners) | _marked(len(clients), rows["place"])
    other = ~touching["allocatable"]
    held = _marked(len(clients), touching["place"][other])
    spread = _marked(len(clients), rows["place"][year_end])
    late = on > deadline(month, settings)
    settled = np.where(works, ~waits, late) & ~held & ~spread
    findings = [
        *_jobs("R13", clients, touching["place"][other], touching["employment"][other], month),
        *_jobs("YEAR_END_PAY", clients, rows["place"][year_end], rows["employment"][year_end],
               month),
    ]  # fmt: skip
    if late:
        untold = silent & ~held[owners]
        findings += _jobs("MISSING_INCOME", clients, owners[untold], jobs[untold], month)
    return _State(settled, findings)


def deadline(month: Month, settings: Settings) -> str:
    """The last day on which data of a month are on time."""
    due = month.plus(settings.income.deadline_month)
    return f"{due}-{settings.income.deadline_day:02d}"


def _jobs(code: str, clients: Any, places: Any, jobs: Any, month: Month) -> list[Finding]:
    return [
        Finding(code, int(clients[place]), int(month), f"employment:{job}")
        for place, job in zip(places.tolist(), jobs.tolist(), strict=True)
    ]


def _marked(count: int, places: Any) -> Any:
    mask = np.zeros(count, dtype=bool)
    mask[places] = True
    return mask


def _added(shape: Any, places: Any, amounts: Any) -> Any:
    totals = np.zeros(shape, dtype=np.int64)
    np.add.at(totals, places, amounts)
    return totals
