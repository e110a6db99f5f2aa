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
from surplus.rules.arrays import day_numbers
from surplus.rules.benefit import Case, Figures, figures
from surplus.rules.exemption import Policy
from surplus.rules.income.net_income_2027 import UNIFORM_RATE
from surplus.rules.norm import state_pension_day
from surplus.rules.receipts import accepted
from surplus.settlement import facts as income_facts
from surplus.settlement import instalments
from surplus.settlement.basis import Basis
from surplus.settlement.employments import decided as jobs_decided
from surplus.settlement.exemptions import UsedMonths, rights_of
from surplus.settlement.incomes import Incomes, Rights, incomes, reaching, statutory
from surplus.settlement.norms import births, decided, norms_of, only

Columns = dict[str, Any]

EVER = "9999-12-31"


@dataclass(frozen=True)
class Told:
    """What is known of the months to settle, read once for all of them."""

    facts: Columns
    relations: Columns
    receipts: Columns
    taken: Columns  # by instalments from fixed payments

    @classmethod
    def read(
        cls, conn: Connection, municipality: str, first: Month, last: Month,
        *, client: int = 0, known_on: str = EVER,
    ) -> Told:  # fmt: skip
        """What says something of the months `first` to `last`, as known on a day.

        A four-week period may end a month later than the one it touches.
        """
        return cls(
            income_facts.effective(
                conn,
                municipality,
                first,
                last.plus(1),
                clients=[client] if client else None,
                known_on=known_on,
            ),
            income_facts.relations(conn, municipality, client=client, known_on=known_on),
            received(conn, municipality, known_on=known_on),
            instalments.taken(conn, municipality, client=client, known_on=known_on),
        )


@dataclass(frozen=True)
class Target:
    """The target of n clients in a month, in the order of `clients`.

    `settled` is false where the month stays open; `wages` has place (into clients), employment,
    wage (W in cents) and source, one row per employment told; `silent` has client and employment
    of who has not told all of the month; `findings` say what is wrong.
    """

    clients: Any
    settled: Any
    case: Case
    figures: Figures
    wages: Columns
    incomes: Incomes
    silent: Columns
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
    policy = basis.policy["income"]
    brought = _brought(conn, municipality, view, month, basis, told.facts, known_on)
    rows = _lines(brought, month, clients)
    if statutory(policy, np.array([int(month)]))[0]:
        rate = basis.parameters.monthly(UNIFORM_RATE, np.array([int(month)]))
        untaxed = rows["earned"] & ~rows["by_payslip"] & (rows["lacks"] == "")
        rows["lacks"] = np.where(untaxed, rate.missing[0], rows["lacks"])
    wages = _wages(rows, told.receipts, month, policy)
    norm = norms_of(conn, municipality, view, month, basis, known_on)
    decided_fixed = decided(conn, municipality, "fixed-payment", month, clients, known_on)
    places = (rows["place"], rows["person"] - 1)
    case = Case(
        month=np.full(len(clients), int(month)),
        norm=norm,
        wage=_added(len(clients), wages["place"], wages["wage"]),
        passed_on=_added(len(clients), rows["place"], rows["passed_on"]),
        countable=_added((len(clients), 2), places, rows["countable"]),
        earned=_added((len(clients), 2), places, np.where(rows["earned"], rows["countable"], 0)),
        birth=births(view),
        rights=rights_of(conn, municipality, clients, month, used, known_on),
        override=np.where(decided_fixed > 0, decided_fixed, override(view, month)),
        expected_exemption=expected_exemption,
    )
    chosen = Policy(**basis.policy.get("exemption", {}))
    result = figures(case, basis.parameters, policy["holiday_mode"], chosen)
    result = instalments.lowered(result, told.taken, month, clients)
    state = _openness(told, brought, rows, clients, month, settings, on)
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
    return Target(clients, settled, case, result, wages, brought, state.silent, findings)


def override(view: Columns, month: Month) -> Any:
    """F by override (vast_bedrag_override) where one is in force in the month, else 0."""
    until = np.asarray(view["override_until"], dtype="U10")
    holds = (view["override_cents"] > 0) & ((until == "") | (until >= month.first_day.isoformat()))
    return np.where(holds, view["override_cents"], 0)


def _brought(
    conn: Connection, municipality: str, view: Columns, month: Month, basis: Basis,
    facts: Columns, known_on: str,
) -> Incomes:  # fmt: skip
    """What the facts that reach a month bring, of the clients of a view."""
    clients, parameters = view["client"], basis.parameters
    mine: Columns = only(facts, reaching(facts, month) & np.isin(facts["client"], clients))
    place: Any = np.searchsorted(clients, mine["client"])
    begins, ends = (
        day_numbers(np.asarray(view[name], dtype="U10"))[place] for name in ("starts_on", "ends_on")
    )
    policy = basis.policy["income"]
    pension = np.zeros(len(place), dtype=np.int64)
    if policy["holiday_claim_method"] == "TABLE":
        born = births(view)[place, mine["person"] - 1]
        pension = state_pension_day(born, parameters)
    jobs = jobs_decided(conn, municipality, month, known_on)
    return incomes(mine, Rights(begins, ends, pension), policy, parameters, jobs)


def _lines(brought: Incomes, month: Month, clients: Any) -> Columns:
    """The lines of a month with the place of their client and the person whose income it is."""
    at, monthly = brought.lines(month), brought.monthly
    names = ("job", "earned", "wage", "passed_on", "countable", "allocatable", "unclear", "enough",
             "lacks")  # fmt: skip
    lines = {name: getattr(monthly, name)[at] for name in names}
    lines["by_payslip"] = brought.by_payslip()[at]
    jobs, first = np.unique(brought.facts["employment"], return_index=True)
    of_job = first[np.searchsorted(jobs, lines["job"])]
    place = np.searchsorted(clients, brought.facts["client"][of_job])
    return lines | {"place": place, "person": brought.facts["person"][of_job]}


def _wages(rows: Columns, receipts: Columns, month: Month, policy: dict[str, Any]) -> Columns:
    """W per employment: by payslip, else what was received where that is accepted, else as told."""
    jobs, index = np.unique(rows["job"], return_inverse=True)
    told = _added(len(jobs), index, rows["wage"])
    place = np.zeros(len(jobs), dtype=np.int64)
    place[index] = rows["place"]
    mine = only(receipts, (receipts["month"] == int(month)) & np.isin(receipts["employment"], jobs))
    cash = _added(len(jobs), np.searchsorted(jobs, mine["employment"]), mine["cents"])
    by_payslip = np.isin(jobs, rows["job"][rows["by_payslip"]])
    follows = (policy["cash_follows"] == "receipt") & ~by_payslip
    taken = accepted(told, cash, int(policy["tolerance_percent"])) & follows
    source = np.where(by_payslip, "payslip", "delivery")
    order = np.lexsort([jobs, place])
    return {
        "place": place[order],
        "employment": jobs[order],
        "wage": np.where(taken, cash, told)[order],
        "source": np.where(taken, "receipt", source)[order].astype(object),
    }


@dataclass(frozen=True)
class _State:
    settled: Any
    silent: Columns
    findings: list[Finding]


def _openness(
    told: Told,
    brought: Incomes,
    rows: Columns,
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
    silent = ~np.isin(jobs, rows["job"][rows["enough"]])
    waits = _marked(len(clients), owners[silent])
    works = _marked(len(clients), owners) | _marked(len(clients), rows["place"][rows["enough"]])
    stray, lacking = ~rows["allocatable"], rows["lacks"] != ""
    held = _marked(len(clients), rows["place"][stray | rows["unclear"] | lacking])
    late = on > deadline(month, settings)
    facts, here = brought.facts, brought.facts["month"] == int(month)
    between, twice = brought.effective.partial & here, brought.effective.both & here
    # Days that a delivery and a payslip both tell count for nothing until one goes before.
    held |= _marked(len(clients), np.searchsorted(clients, facts["client"][twice]))
    settled = np.where(works, ~waits, late) & ~held
    found = [
        ("R13", rows["place"][stray], rows["job"][stray]),
        ("YEAR_END_PAY", rows["place"][rows["unclear"]], rows["job"][rows["unclear"]]),
        (
            "PARTIAL_PAYSLIP",
            np.searchsorted(clients, facts["client"][between]),
            facts["employment"][between],
        ),
    ]
    if late:
        untold = silent & ~_marked(len(clients), rows["place"][stray])[owners]
        found.append(("MISSING_INCOME", owners[untold], jobs[untold]))
    return _State(
        settled,
        only(running, mine & np.isin(running["employment"], jobs[silent])),
        [one for code, places, of in found for one in _jobs(code, clients, places, of, month)]
        + [
            Finding("C11", int(clients[place]), int(month), lacks)
            for place, lacks in zip(
                rows["place"][lacking].tolist(), rows["lacks"][lacking], strict=True
            )
        ],
    )


def deadline(month: Month, settings: Settings) -> str:
    """The last day on which data of a month are on time."""
    due = month.plus(settings.income.deadline_month)
    return f"{due}-{settings.income.deadline_day:02d}"


def _jobs(code: str, clients: Any, places: Any, jobs: Any, month: Month) -> list[Finding]:
    told = dict.fromkeys(zip(places.tolist(), jobs.tolist(), strict=True))
    return [
        Finding(code, int(clients[place]), int(month), f"employment:{job}") for place, job in told
    ]


def _marked(count: int, places: Any) -> Any:
    mask = np.zeros(count, dtype=bool)
    mask[places] = True
    return mask


def _added(shape: Any, places: Any, amounts: Any) -> Any:
    totals = np.zeros(shape, dtype=np.int64)
    np.add.at(totals, places, amounts)
    return totals
