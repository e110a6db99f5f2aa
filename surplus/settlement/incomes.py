"""What every employment brings: from facts as told to W, C and what is passed on (design.md §6)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection

from surplus.intake.known import find
from surplus.months import Month, plus
from surplus.rules import income
from surplus.rules.income import Delivered, Effective, Monthly, Payslip, Policy, Told
from surplus.rules.income.net_income_2027 import Declared, in_force, net_income
from surplus.rules.parameters import Parameters
from surplus.rules.periods import Periods
from surplus.rules.periods.days import NEVER, until
from surplus.settlement.employments import Decided, decided
from surplus.settlement.facts import effective

Columns = dict[str, Any]

#: Year-end pay reaches back over so many months before the one in which it was paid.
REACH = 11
NO_PARAMETERS = Parameters(())


class Rights(NamedTuple):
    """Per fact: first and last day of the right to benefit, and the day of the pension age."""

    first: Any
    last: Any
    pension: Any

    @classmethod
    def unbounded(cls, count: int) -> Rights:
        """Where only cash is asked for, which no right bounds."""
        none = np.zeros(count, dtype=np.int64)
        return cls(none, none, none)


class Incomes(NamedTuple):
    """The facts looked at, which of them count, and what they bring per employment and month."""

    facts: Columns
    effective: Effective
    told: list[Any]  # places of the facts, per table of `monthly.derivation.period_of`
    monthly: Monthly

    def lines(self, month: Month) -> Any:
        """The places of a month's lines, by employment."""
        return np.flatnonzero(self.monthly.month == int(month))

    def by_payslip(self) -> Any:
        """Mask over the lines: cash in them was told by a payslip."""
        derived = self.monthly.derivation
        told = np.zeros(len(self.monthly.job), dtype=bool)
        slips = np.isin(derived.parts.period, derived.period_of[1]) & derived.parts.final
        told[derived.line[slips]] = True
        return told


def reaching(facts: Columns, month: Month) -> Any:
    """Mask over the facts that say something of a month.

    Those whose period touches it; of weekly and four-weekly pay all of the same year, for the
    yearly check; and year-end pay that was built up in it.
    """
    touches = (facts["begin"] // 100 <= month) & (facts["end"] // 100 >= month)
    same_year = (facts["period_kind"] != "06") & (facts["end"] // 10_000 == month.year)
    when = np.maximum(facts["month"], facts["paid"] // 100)
    paid = (facts["extra_paid"] != 0) & (when >= month)
    return touches | same_year | (paid & (when <= plus(int(month), REACH)))


def incomes(
    facts: Columns,
    rights: Rights,
    policy: dict[str, Any],
    parameters: Parameters,
    jobs: Decided,
) -> Incomes:
    """What facts bring, month by month.

    Args:
        facts: as `settlement.facts.effective` gives them.
        rights: one per fact.
        policy: the keys of [income] that a basis holds.
        parameters: for the claim table.
        jobs: what was decided about employments.
    """
    counts = _effective(facts, policy)
    facts = facts | _by_law(facts, policy, parameters)
    slips = facts["source"] == "payslip"
    if slips.any():
        facts = facts | _relations(facts, slips)
    delivered, paid = (np.flatnonzero(counts.counts & mine) for mine in (~slips, slips))
    chosen = Policy(
        policy["holiday_mode"], policy["holiday_claim_method"], int(policy["special_rate"])
    )
    tables = [
        _table(facts, rights, policy, jobs, delivered, _delivered(_at(facts, delivered))),
        _table(facts, rights, policy, jobs, paid, _payslips(facts, paid, counts)),
    ]
    monthly = income.monthly(tables, chosen, parameters)
    return Incomes(facts, counts, [delivered, paid], monthly)


def _effective(facts: Columns, policy: dict[str, Any]) -> Effective:
    """Which facts count: the sources in their order, without the payslips that lie too far from
    what was delivered and that nobody has accepted.
    """
    withdrawn, slips = facts["state"] == "withdrawn", facts["source"] == "payslip"
    delivered = (facts["source"] == "delivery") & ~withdrawn
    unsure = np.zeros(len(slips), dtype=bool)
    if slips.any():
        theirs = income.net_of_delivery(
            facts["net"], facts["net_special"], facts["wage_tax_base"], facts["wage_tax"]
        )
        ours = income.net_of_payslip(facts["net_payable"], facts["voluntary"], facts["attachment"])
        unsure, _ = income.differing(
            facts["employment"], facts["begin"], facts["end"], np.where(slips, ours, theirs),
            slips, delivered, facts["accepted"] > 0, int(policy["tolerance_cents"]),
        )  # fmt: skip
    counts = income.effective(
        facts["employment"], facts["source"], facts["begin"], facts["end"], withdrawn | unsure,
        policy["precedence"],
    )  # fmt: skip
    # A payslip that waits is told beside the delivery that counts in its place.
    period = [facts[name] for name in ("employment", "begin", "end")]
    instead = np.flatnonzero(delivered)
    place = find([column[instead] for column in period], [column[unsure] for column in period])
    counts.counts[unsure], counts.by[unsure] = False, np.append(instead, -1)[place]
    return counts


def cash(conn: Connection, municipality: str, policy: dict[str, Any], **asked: Any) -> Columns:
    """W as the data tell it, per employment and month in which it was paid.

    Args:
        conn: the store.
        municipality: its code.
        policy: the keys of [income] that a basis holds.
        asked: `first`, `last`, `clients` and `known_on`, as for `settlement.facts.effective`.

    Returns:
        client, employment, month and wage (cents; 0 where what was told is withdrawn), by
        employment and month. A month of which only periods are told that fit no rule is not told.
    """
    facts = effective(conn, municipality, **asked)
    jobs = decided(conn, municipality, known_on=asked.get("known_on", ""))
    found = incomes(facts, Rights.unbounded(len(facts["begin"])), policy, NO_PARAMETERS, jobs)
    parts, monthly = found.monthly.derivation.parts, found.monthly
    lines = np.unique(found.monthly.derivation.line[parts.final])
    keys = np.stack([monthly.job[lines], monthly.month[lines]])
    (job, month), place = np.unique(keys, axis=1, return_inverse=True)
    wage = np.zeros(len(job), dtype=np.int64)
    np.add.at(wage, place.reshape(-1), monthly.wage[lines])
    owners = np.unique(facts["employment"], return_index=True)
    whose = facts["client"][owners[1]][np.searchsorted(owners[0], job)]
    return {"client": whose, "employment": job, "month": month, "wage": wage}


def _table(
    facts: Columns, rights: Rights, policy: dict[str, Any], jobs: Decided, places: Any,
    amounts: Delivered | Payslip,
) -> Told:  # fmt: skip
    """The facts at `places` as a table of rows told."""
    rows = _at(facts, places)
    first, last, pension = (column[places] for column in rights)
    return Told(
        Periods(
            rows["employment"], rows["period_kind"],
            jobs.methods(rows["employment"], policy["four_weekly"]),
            rows["begin"], rows["end"], rows["paid"], rows["relation_from"], rows["relation_to"],
            first, last,
        ),
        rows["income_code"],
        rows["tax_credit"],
        pension,
        np.isin(rows["employment"], jobs.paid_to_client),
        rows["state"] == "withdrawn",
        amounts,
    )  # fmt: skip


def _relations(facts: Columns, slips: Any) -> Columns:
    """First and last day of the income relations; to payslips, which tell neither, those apply
    that were told of their employment otherwise.
    """
    jobs, at = np.unique(facts["employment"], return_inverse=True)
    told = np.flatnonzero(~slips & (facts["relation_from"] > 0))
    begins, ends = np.full(len(jobs), NEVER), np.zeros(len(jobs), dtype=np.int64)
    np.minimum.at(begins, at[told], facts["relation_from"][told])
    np.maximum.at(ends, at[told], until(facts["relation_to"][told]))
    untold = slips & (begins[at] < NEVER)
    cut_to = np.where(ends == NEVER, 0, ends)[at]
    return {
        "relation_from": np.where(untold, begins[at], facts["relation_from"]),
        "relation_to": np.where(untold, cut_to, facts["relation_to"]),
    }


def _delivered(rows: Columns) -> Delivered:
    return Delivered(
        _indicative(rows), rows["net_special"], rows["travel"], rows["holiday_paid"],
        rows["holiday_accrued"], rows["extra_paid"], rows["extra_accrued"], rows["by_law"],
        rows["net_told"] == 0,
    )  # fmt: skip


def _indicative(rows: Columns) -> Any:
    told = rows["net_told"] == 1
    return income.indicative_net(rows["net"], told, rows["wage_tax_base"], rows["wage_tax"])


def _by_law(facts: Columns, policy: dict[str, Any], parameters: Parameters) -> Columns:
    """What is declared has its own net, where that is chosen: `lawful` tells which facts, `by_law`
    what it is more than the told net.
    """
    lawful = (facts["source"] != "payslip") & statutory(policy, facts["month"])
    declared = Declared(
        facts["wage_tax_base"], facts["wage_tax"], facts["health_levy"], facts["company_car"],
        np.zeros_like(facts["wage_tax"]),
    )  # fmt: skip
    work = income.earned(facts["income_code"])
    law = net_income(declared, work, facts["month"], parameters)
    lawful &= law.lacks == ""
    more = law.cents - _indicative(facts) - facts["net_special"]
    return {"lawful": lawful, "by_law": np.where(lawful, more, 0)}


def statutory(policy: dict[str, Any], months: Any) -> Any:
    """In which months C follows the net of the law; a policy of before the choice has none."""
    return in_force(months) & (policy.get("net") == "STATUTORY")


def _payslips(facts: Columns, places: Any, counts: Effective) -> Payslip:
    """Payslips tell no gross accrual of holiday pay: that of the delivery they supersede counts."""
    accrued = np.zeros(len(facts["begin"]), dtype=np.int64)
    gone = counts.by >= 0
    np.add.at(accrued, counts.by[gone], facts["holiday_accrued"][gone])
    rows = _at(facts, places)
    return Payslip(
        rows["net_paid"], rows["net_payable"], rows["travel"], rows["allowance"],
        rows["voluntary"], rows["attachment"], rows["holiday_paid"], rows["holiday_paid_net"],
        rows["extra_paid"], rows["extra_paid_net"], rows["holiday_accrued_net"], accrued[places],
    )  # fmt: skip


def _at(columns: Columns, places: Any) -> Columns:
    return {name: column[places] for name, column in columns.items()}
