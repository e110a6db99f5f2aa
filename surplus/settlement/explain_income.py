"""Why the income of a month is what it is: per employment, to the file and line of each part."""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.months import Month
from surplus.rules import income, periods
from surplus.rules.source import Source
from surplus.settlement.facts import AMOUNTS
from surplus.settlement.incomes import Incomes

Line = tuple[str, int, dict[str, Any], Source]


def income_lines(
    brought: Incomes, month: Month, employers: dict[int, str], total: Source, language: str
) -> list[Line]:
    """One line per employment and kind of income.

    Args:
        brought: what the facts of one client bring.
        month: the month.
        employers: loonheffingennummer by employment number.
        total: formula and article of C.
        language: nl or en.

    Returns:
        name, cents (C), inputs and source. Inputs are the employer, the parts of C, and `parts`:
        of each period its rule with formula and article, and what of it counts in the month.
    """
    monthly = brought.monthly
    lines: list[Line] = []
    for at in brought.lines(month).tolist():
        article = int(monthly.claim_article[at])
        inputs: dict[str, Any] = {
            "employer": employers[int(monthly.job[at])],
            "ink": int(monthly.ink[at]),
            "holiday_pay": int(monthly.claim[at]),
            "year_end": int(monthly.year_end[at]),
            "yearly_check": int(monthly.check[at]),
        }
        if article:
            claimed = income.SOURCES[f"holiday_claim_{article}"]
            inputs["holiday_pay_by"] = f"{claimed.formula(language)} [{claimed.article}]"
        if not monthly.earned[at]:
            inputs["kind"] = "not earned by work: no exemption"
        inputs["parts"] = [*_parts(brought, at, language), *_year_end(brought, at, language)]
        lines.append(("income", int(monthly.countable[at]), inputs, total))
    return lines


def facts(brought: Incomes, month: Month, files: dict[int, str]) -> list[dict[str, Any]]:
    """The rows of files that say something of a month, and those that another one supersedes.

    Args:
        brought: what the facts of one client bring.
        month: the month.
        files: name by delivery.
    """
    used = np.unique(np.concatenate([[-1], *(_rows(brought, p) for p in _periods(brought, month))]))
    superseded = np.flatnonzero(np.isin(brought.effective.by, used[used >= 0]))
    rows = brought.facts
    return [
        {
            "delivery": int(rows["delivery"][i]),
            "file": files.get(int(rows["delivery"][i]), ""),
            "line": int(rows["line"][i]),
            "source": str(rows["source"][i]),
            "period": f"{rows['period_begin'][i]}–{rows['period_end'][i]}",
            "state": "superseded" if i in superseded else str(rows["state"][i]),
            "told": {name: int(rows[name][i]) for name in AMOUNTS},
        }
        for i in sorted({*used[used >= 0].tolist(), *superseded.tolist()})
    ]


def _periods(brought: Incomes, month: Month) -> Any:
    """The places of the periods that have a part in a month."""
    here, derived = brought.lines(month), brought.monthly.derivation
    parts = derived.parts.period[np.isin(derived.line, here)]
    paid = derived.year_end.payment[np.isin(derived.year_end_line, here)]
    return np.unique(np.concatenate([parts, paid]))


def _rows(brought: Incomes, period: int) -> Any:
    """The places of the facts that told a period."""
    told = zip(brought.told, brought.monthly.derivation.period_of, strict=True)
    return np.concatenate([places[np.flatnonzero(of == period)] for places, of in told])


def _parts(brought: Incomes, at: int, language: str) -> list[dict[str, Any]]:
    derived = brought.monthly.derivation
    here = np.flatnonzero(derived.line == at)
    places = derived.parts.period[here]
    rules = periods.rules(derived.periods.at(places))
    told = []
    for part, place, rule in zip(here.tolist(), places.tolist(), rules.tolist(), strict=True):
        one = _of_period(brought, place, language) | {"ink": int(derived.parts.amounts[0, part])}
        if rule in periods.SOURCES:
            source = periods.SOURCES[rule]
            one["rule"] = f"{source.formula(language)} [{source.article}]"
        if derived.parts.free[part]:
            one["rule"] = f"{one['rule']}: 13"
        if derived.parts.of_days[part]:
            one |= {"days_of_right": int(derived.parts.days[part]),
                    "days": int(derived.parts.of_days[part])}  # fmt: skip
        told.append(one)
    return told


def _year_end(brought: Incomes, at: int, language: str) -> list[dict[str, Any]]:
    derived = brought.monthly.derivation
    source = income.SOURCES["year_end"]
    return [
        _of_period(brought, int(derived.year_end.payment[part]), language)
        | {
            "year_end": int(derived.year_end.cents[part]),
            "rule": f"{source.formula(language)} [{source.article}]",
        }
        for part in np.flatnonzero(derived.year_end_line == at)
    ]


def _of_period(brought: Incomes, place: int, language: str) -> dict[str, Any]:
    """The period as told: its days, its figures as a whole, and the lines of files that told it."""
    derived, rows = brought.monthly.derivation, _rows(brought, place)
    counted, slip = derived.counted, bool((derived.period_of[1] == place).any())
    by_law = bool(brought.facts["lawful"][rows].any())
    ink = income.SOURCES["ink_payslip" if slip else "net_income_2027" if by_law else "ink"]
    return {
        "period": " + ".join(
            dict.fromkeys(
                f"{brought.facts['period_begin'][i]}–{brought.facts['period_end'][i]}" for i in rows
            )
        ),
        "W": int(counted.wage[place]),
        "passed_on": int(counted.passed_on[place]),
        "net_of_the_period": int(counted.ink[place]),
        "net_by": f"{ink.formula(language)} [{ink.article}]",
        "lines": ", ".join(
            f"{brought.facts['delivery'][i]}:{brought.facts['line'][i]}" for i in rows
        ),
    }
