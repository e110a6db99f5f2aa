"""Client-months through the whole chain: norm, then income by month, then figures.

A `Life` is what is known of one client in one month; many of them go through as one set of arrays,
as settling does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from surplus.rules.benefit import Case, Figures, figures
from surplus.rules.exemption import Rights, decided_rights, letters
from surplus.rules.income import Delivered, Monthly, Payslip, Policy, monthly
from surplus.rules.norm import Norms, Stretches, norms

from .households import NO_LIST, stretch, whole
from .tables import STATUTORY, decided
from .told_rows import INCL, told

#: More jobs than any client here has: a job's number tells whose it is.
JOBS = 10


class Life(NamedTuple):
    """A client in a month.

    Each row of `pay` is one of `told_rows`, with `job` (below JOBS), `person` (1 or 2, 1 where not
    told) and `slip` where a payslip tells it. `rights` are those of client and partner, in the
    words of `tables.decided`.
    """

    month: int = 202603
    household: str = "single"
    born: tuple[int, int] = (19900101, 0)
    sharers: int = 1
    rights: tuple[str, str] = ("", "")
    pay: tuple[dict[str, Any], ...] = ()


def settled(lives: Sequence[Life], policy: Policy = INCL) -> Figures:
    """The figures of these client-months, in their order."""
    place, person, income = _income(lives, policy)
    each, earned = np.zeros((2, len(lives), 2), dtype=np.int64)
    cash, passed_on = np.zeros((2, len(lives)), dtype=np.int64)
    here = income.month == np.array([life.month for life in lives])[place]
    at = (place[here], person[here] - 1)
    np.add.at(each, at, income.countable[here])
    np.add.at(earned, at, np.where(income.earned, income.countable, 0)[here])
    np.add.at(cash, place[here], income.wage[here])
    np.add.at(passed_on, place[here], income.passed_on[here])
    none = np.zeros(len(lives), dtype=np.int64)
    case = Case(
        month=np.array([life.month for life in lives]),
        norm=_norms(lives),
        wage=cash,
        passed_on=passed_on,
        countable=each,
        earned=earned,
        birth=np.array([life.born for life in lives]),
        rights=_rights(lives),
        override=none,
        expected_exemption=none,
    )
    return figures(case, STATUTORY, policy.holiday_mode)


def lines(found: Figures) -> list[dict[str, Any]]:
    """The figures of each client-month as plain values by name."""
    columns = found._replace(exemption_kind=letters(found.exemption_kind))._asdict()
    return [
        {name: column[place].tolist() if np.ndim(column[place]) else column[place]
         for name, column in columns.items()}
        for place in range(len(found.norm))
    ]  # fmt: skip


def one(life: Life, policy: Policy = INCL) -> dict[str, Any]:
    """The figures of one client-month."""
    (line,) = lines(settled([life], policy))
    return line


def _income(lives: Sequence[Life], policy: Policy) -> tuple[Any, Any, Monthly]:
    """Of each line of income the client's place and the person."""
    rows = [
        {"person": 1, "slip": False, **row, "job": place * JOBS + row["job"]}
        for place, life in enumerate(lives)
        for row in life.pay
    ]
    slips = [row for row in rows if row["slip"]]
    delivered = [row for row in rows if not row["slip"]]
    income = monthly([told(*delivered, of=Delivered), told(*slips, of=Payslip)], policy, STATUTORY)
    persons = {row["job"]: row["person"] for row in rows}
    person = np.array([persons[job] for job in income.job.tolist()], dtype=np.int64)
    return income.job // JOBS, person, income


def _rights(lives: Sequence[Life]) -> Rights:
    """Every right decided, with the place of its client."""
    told = [
        (place, *one)
        for place, life in enumerate(lives)
        for person, text in enumerate(life.rights, start=1)
        for one in decided(text, person)
    ]
    place, person, code, *numbers = list(zip(*told, strict=True)) or [()] * 6
    whose = (np.array(column, dtype=np.int64) for column in (place, person))
    since, entitled, used = (np.array(column, dtype=np.int64) for column in numbers)
    return decided_rights(len(lives), *whose, np.array(code, dtype=object), since, entitled, used)


def _norms(lives: Sequence[Life]) -> Norms:
    each = [
        stretch(life.household, *life.born, place=place, sharers=life.sharers, **whole(life.month))
        for place, life in enumerate(lives)
    ]
    together = Stretches(*(np.concatenate(columns) for columns in zip(*each, strict=True)))
    return norms(together, np.array([life.month for life in lives]), STATUTORY, NO_LIST)[0]
