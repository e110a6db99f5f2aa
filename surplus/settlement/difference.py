"""From target to booking: a new version where a figure changed, an entry where money did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from surplus.findings import Finding
from surplus.ledger import journal
from surplus.ledger.accounts import BENEFIT, BUFFER, RECEIVABLE, RESERVE
from surplus.months import Month
from surplus.rules.exemption import letters
from surplus.rules.shortfall import is_old
from surplus.runs import Work
from surplus.settlement.history import History
from surplus.settlement.norms import only
from surplus.settlement.target import Target
from surplus.store import bulk
from surplus.store.tables import settlement, settlement_wage

Columns = dict[str, Any]

#: Larger than any employment number, so that place and employment make one key.
JOBS = 1 << 40


@dataclass(frozen=True)
class Written:
    """What one month's comparison led to."""

    new: int
    changed: int
    entries: int
    corrections: list[Finding]


def write(
    work: Work,
    month: Month,
    target: Target,
    history: History,
    basis: int,
    cause: Any,
    rules_hash: str,
) -> Written:
    """Write versions and entries for what differs from what stands.

    Args:
        work: the run.
        month: the month that is settled.
        target: what should stand, for n clients.
        history: what stands.
        basis: number of the basis on which the target was made.
        cause: why a changed month changed, n texts.
        rules_hash: of the rules that made the target.
    """
    before = history.at(month, target.clients)
    stood = before["found"] & (np.asarray(before["state"], dtype="U7") == "settled")
    after = _figures(target)
    wages = _wage_differences(history, month, target)
    moved = np.zeros(len(target.clients), dtype=bool)
    moved[wages["place"]] = True
    differs = moved | (stood != target.settled)
    for name, column in after.items():
        differs |= before[name] != column
    chosen = np.flatnonzero(differs & (target.settled | stood))
    version = before["version"][chosen] + 1
    _write_versions(work, month, target, chosen, version, after, basis, cause, rules_hash)
    entries = _post(work, month, target, chosen, version, before, after, wages)
    return Written(
        new=int((~before["found"][chosen]).sum()),
        changed=int(before["found"][chosen].sum()),
        entries=entries,
        corrections=_old_corrections(work, month, target, chosen, version, before, after, stood),
    )


def _figures(target: Target) -> Columns:
    """The figures of a target by their column in the store; zero where the month is open."""
    f = target.figures
    numbers = {
        "norm_cents": f.norm,
        "wage_cents": f.wage,
        "countable_cents": f.countable,
        "exemption_cents": f.exemption,
        "benefit_cents": f.benefit,
        "holiday_allowance_cents": f.holiday_allowance,
        "passed_on_cents": f.passed_on,
        "entitlement_cents": f.entitlement,
        "fixed_cents": f.fixed,
        "countable_1": f.countable_each[:, 0],
        "exemption_1": f.exemption_each[:, 0],
        "months_used_1": f.months_used[:, 0],
        "countable_2": f.countable_each[:, 1],
        "exemption_2": f.exemption_each[:, 1],
        "months_used_2": f.months_used[:, 1],
    }
    figures: Columns = {n: np.where(target.settled, c, 0) for n, c in numbers.items()}
    for person in (1, 2):
        kinds = np.where(target.settled, f.exemption_kind[:, person - 1], 0)
        figures[f"exemption_kind_{person}"] = letters(kinds)
    return figures


def _wage_differences(history: History, month: Month, target: Target) -> Columns:
    """What changes on 1300 per employment: place (into the clients), employment, cents."""
    old = only(
        history.wages,
        (history.wages["month"] == int(month)) & np.isin(history.wages["client"], target.clients),
    )
    new = only(target.wages, target.settled[target.wages["place"]])
    places = np.concatenate([np.searchsorted(target.clients, old["client"]), new["place"]])
    jobs = np.concatenate([old["employment"], new["employment"]])
    cents = np.concatenate([-old["wage_cents"], new["wage"]])
    keys, index = np.unique(places * JOBS + jobs, return_inverse=True)
    sums = np.zeros(len(keys), dtype=np.int64)
    np.add.at(sums, index, cents)
    moved = sums != 0
    return {
        "place": keys[moved] // JOBS,
        "employment": keys[moved] % JOBS,
        "cents": sums[moved],
    }


def _write_versions(
    work: Work,
    month: Month,
    target: Target,
    chosen: Any,
    version: Any,
    after: Columns,
    basis: int,
    cause: Any,
    rules_hash: str,
) -> None:
    states = np.where(target.settled, "settled", "open").astype(object)
    bulk.append(
        work.conn,
        settlement,
        {
            "municipality": work.municipality,
            "month": int(month),
            "client": target.clients[chosen],
            "version": version,
            "state": states[chosen],
            "cause": cause[chosen],
            **{name: column[chosen] for name, column in after.items()},
            "basis": basis,
            "rules_hash": rules_hash,
            "run": work.run,
            "recorded_on": work.on,
        },
    )
    versions = np.zeros(len(target.clients), dtype=np.int64)
    versions[chosen] = version
    wages = only(
        target.wages,
        (versions[target.wages["place"]] > 0) & target.settled[target.wages["place"]],
    )
    bulk.append(
        work.conn,
        settlement_wage,
        {
            "municipality": work.municipality,
            "month": int(month),
            "client": target.clients[wages["place"]],
            "version": versions[wages["place"]],
            "employment": wages["employment"],
            "wage_cents": wages["wage"],
            "wage_source": wages["source"],
        },
    )


def _post(
    work: Work,
    month: Month,
    target: Target,
    chosen: Any,
    version: Any,
    before: Columns,
    after: Columns,
    wages: Columns,
) -> int:
    """One settlement entry per client with the difference: 1300 W; 4000 B; 2000 D; 2010 R."""

    def difference(name: str) -> Any:
        return (after[name] - before[name])[chosen]

    paid, reserved = difference("benefit_cents"), difference("holiday_allowance_cents")
    parts: list[tuple[Any, int, Any, Any]] = [
        (np.searchsorted(chosen, wages["place"]), RECEIVABLE, wages["employment"], wages["cents"]),
        (np.arange(len(chosen)), BENEFIT, 0, paid + reserved),
        (np.arange(len(chosen)), BUFFER, 0, -difference("entitlement_cents")),
        (np.arange(len(chosen)), RESERVE, 0, -reserved),
    ]
    places = np.concatenate([place for place, *_ in parts])
    amounts = np.concatenate([amount for *_, amount in parts])
    accounts = np.concatenate([np.full(len(place), account) for place, account, *_ in parts])
    jobs = np.concatenate([np.broadcast_to(job, len(place)) for place, _, job, _ in parts])
    told = np.unique(places[amounts != 0])
    keep = np.isin(places, told)
    order = np.lexsort([jobs[keep], accounts[keep], places[keep]])
    entry = np.searchsorted(told, places[keep])[order]
    clients = target.clients[chosen]
    journal.post(
        work,
        {
            "kind": ["settlement"] * len(told),
            "client": clients[told],
            "month": np.full(len(told), int(month)),
            "reference": [f"settlement:{v}" for v in version[told].tolist()],
        },
        {
            "entry": entry,
            "account": accounts[keep][order],
            "client": clients[told][entry],
            "employment": jobs[keep][order],
            "month": np.full(len(entry), int(month)),
            "item": np.zeros(len(entry), dtype=np.int64),
            "amount": amounts[keep][order],
        },
    )
    return len(told)


def _old_corrections(
    work: Work,
    month: Month,
    target: Target,
    chosen: Any,
    version: Any,
    before: Columns,
    after: Columns,
    stood: Any,
) -> list[Finding]:
    """Lowerings from income older than six months: posted, but held out of set-off."""
    if not is_old(int(month), Month.of(work.on)):
        return []
    lowered = (after["entitlement_cents"] - before["entitlement_cents"])[chosen]
    still = (stood & target.settled)[chosen] & (lowered < 0)
    return [
        Finding(
            "OLD_CORRECTION", int(target.clients[chosen][i]), int(month),
            f"version:{version[i]}", int(lowered[i]),
        )
        for i in np.flatnonzero(still)
    ]  # fmt: skip
