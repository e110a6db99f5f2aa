"""Rows as a delivery or payslip tells them, and the months they come to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from surplus.rules.arrays import day_numbers
from surplus.rules.income import Delivered, Monthly, Payslip, Policy, Told, monthly
from surplus.rules.parameters import Parameters
from surplus.rules.periods import Periods

from .tables import STATUTORY

DAYS = ("begin", "end", "paid_on", "relation_begin", "relation_end", "right_from", "right_to")
INCL, EXCL, TABLE = Policy(), Policy("EXCL"), Policy("INCL", "TABLE")
#: What a test does not speak of: a job that ran long before and goes on, with a right throughout.
ORDINARY = {
    "job": 1, "kind": "06", "method": "13/12", "relation_begin": "2010-01-01", "code": "15",
    "tax_credit": 1, "pension_from": "", "elsewhere": False, "withdrawn": False,
}  # fmt: skip


def march(**told: Any) -> dict[str, Any]:
    """A calendar month told, March 2026 unless `month` says another."""
    first = date.fromisoformat(told.pop("month", "2026-03") + "-01")
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    return {"begin": first.isoformat(), "end": last.isoformat(), **told}


def weeks(begin: str, count: int = 4, **told: Any) -> dict[str, Any]:
    """A period of so many weeks."""
    first = date.fromisoformat(begin)
    kind = {4: "05", 2: "20", 1: "04"}[count]
    last = first + timedelta(7 * count - 1)
    return {"kind": kind, "begin": begin, "end": last.isoformat(), **told}


def year_of_four_weeks(begin: str, wages: list[int], **told: Any) -> list[dict[str, Any]]:
    """Periods of four weeks after each other."""
    first = date.fromisoformat(begin)
    return [
        weeks((first + timedelta(28 * n)).isoformat(), net=wage, **told)
        for n, wage in enumerate(wages)
    ]


def periods(*rows: dict[str, Any]) -> Periods:
    """The pay periods of these rows."""
    told = [ORDINARY | row for row in rows]
    return Periods(
        job=np.array([row["job"] for row in told], dtype=np.int64),
        kind=np.array([row["kind"] for row in told], dtype="U2"),
        method=np.array([row["method"] for row in told], dtype="U13"),
        **{name: _days(told, name) for name in DAYS},
    )


def told(*rows: dict[str, Any], of: type[Delivered] | type[Payslip] = Delivered) -> Told:
    """Rows of one source; components in cents by their names."""
    all_told = [ORDINARY | row for row in rows]
    columns: Any = [
        np.array([row.get(name, 0) for row in all_told], dtype=_type(name)) for name in of._fields
    ]
    return Told(
        periods(*rows),
        np.array([row["code"] for row in all_told], dtype="U2"),
        np.array([row["tax_credit"] for row in all_told], dtype=np.int64),
        _days(all_told, "pension_from"),
        np.array([row["elsewhere"] for row in all_told], dtype=bool),
        np.array([row["withdrawn"] for row in all_told], dtype=bool),
        of(*columns),
    )


def months(
    *rows: dict[str, Any], policy: Policy = INCL, parameters: Parameters = STATUTORY
) -> Monthly:
    """What delivered rows come to."""
    return monthly([told(*rows)], policy, parameters)


def lines(found: Monthly) -> list[dict[str, Any]]:
    """Each month of a job as plain values by name."""
    columns = found._replace(derivation=None)._asdict()  # type: ignore[arg-type]
    del columns["derivation"]
    return [
        {name: column[n].item() if hasattr(column[n], "item") else column[n]
         for name, column in columns.items()}
        for n in range(len(found.job))
    ]  # fmt: skip


def by_month(found: Monthly, figure: str) -> dict[int, int]:
    """One figure by month, of all jobs together."""
    totals: dict[int, int] = {}
    for line in lines(found):
        totals[line["month"]] = totals.get(line["month"], 0) + line[figure]
    return totals


def _type(name: str) -> Any:
    return bool if name == "undivided" else np.int64


def _days(rows: list[dict[str, Any]], name: str) -> Any:
    return day_numbers(np.array([row.get(name, "") for row in rows], dtype="U10"))
