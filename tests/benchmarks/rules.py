"""The rules alone: arrays of facts in, arrays of figures out, nothing read or written.

    python -m tests.benchmarks.rules [CLIENT-MONTHS]

Norm, income, exemption and figures of one month of so many clients of 20 to 70 years; one in twenty
paid per four weeks, one in ten with a partner, half of them with an exemption. Each step is the
median of five: by the clock, and of computing alone, which a busy machine does not lengthen.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from surplus.rules import income
from surplus.rules.benefit import Case, Figures, figures
from surplus.rules.exemption import decided_rights
from surplus.rules.income import Delivered, Monthly, Policy, Told
from surplus.rules.norm import Norms, OwnNorms, norms, undecided
from surplus.rules.periods import Periods
from surplus.store.rates import statutory

MONTH, FIRST, LAST = 202603, 20260301, 20260331
PARAMETERS = statutory()
NO_OWN = OwnNorms(*(np.array([], dtype=object) for _ in range(3)), np.array([], dtype=np.int64))


class Seconds(NamedTuple):
    """How long a step took."""

    clock: float
    computing: float


def main(count: int) -> None:
    """Measure and print."""
    dice = np.random.default_rng(1)
    net = dice.integers(0, 150_000, count)
    couple = dice.random(count) < 0.1
    births = np.stack([_days(dice, count), np.where(couple, _days(dice, count), 0)], axis=1)
    steps: dict[str, Callable[[], Any]] = {
        "norm": lambda: _norm(couple, births),
        "income": lambda: _income(net, dice.random(count) < 0.05),
    }
    took = {name: _median(step) for name, step in steps.items()}
    norm, monthly = (step() for step in steps.values())
    took["exemption and figures"] = _median(lambda: _figures(norm, monthly, births))
    took[f"{count} client-months"] = Seconds(*map(sum, zip(*took.values(), strict=True)))
    print(f"{'':22}  clock  computing")
    for name, seconds in took.items():
        print(f"{name:22} {seconds.clock:6.3f}  {seconds.computing:6.3f} s")


def _days(dice: np.random.Generator, count: int) -> Any:
    """Birthdays all over 1956 to 2005."""
    year, month, day = (dice.integers(*ends, count) for ends in ((1956, 2006), (1, 13), (1, 29)))
    return year * 10000 + month * 100 + day


def _norm(couple: Any, births: Any) -> Norms:
    count = len(couple)
    days = undecided(
        np.arange(count), np.full(count, FIRST), np.full(count, LAST), np.full(count, ""),
        np.where(couple, "GEHUWD", "ALLEENSTAANDE"), births, np.zeros(count, dtype=np.int64),
    )  # fmt: skip
    return norms(days, np.full(count, MONTH), PARAMETERS, NO_OWN)[0]


def _income(net: Any, weekly: Any) -> Monthly:
    count = len(net)
    none, no = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool)
    periods = Periods(
        np.arange(count), np.where(weekly, "05", "06"), np.full(count, "13/12"),
        np.where(weekly, 20260302, FIRST), np.where(weekly, 20260329, LAST), none,
        np.full(count, 20200101), none, none, none,
    )  # fmt: skip
    told = Delivered(net, none, none + 2_500, none, net * 8 // 100, none, none, none, no)
    rows = Told(periods, np.full(count, "15"), none, none, no, no, told)
    return income.monthly([rows], Policy(), PARAMETERS)


def _figures(norm: Norms, monthly: Monthly, births: Any) -> Figures:
    count = len(births)
    month = np.full(count, MONTH)
    here = monthly.month == MONTH
    each = np.zeros((count, 2), dtype=np.int64)
    each[monthly.job[here], 0] = monthly.countable[here]
    half = np.arange(0, count, 2)
    rights = decided_rights(
        count, half, np.ones(len(half), dtype=np.int64), np.full(len(half), "VRIJLATING_25"),
        np.full(len(half), 20260101), np.full(len(half), 6), half % 7,
    )  # fmt: skip
    none = np.zeros(count, dtype=np.int64)
    case = Case(month, norm, each[:, 0], none, each, each, births, rights, none, none)
    return figures(case, PARAMETERS)


def _median(step: Callable[[], Any]) -> Seconds:
    def once() -> Seconds:
        clock, computing = time.perf_counter(), time.process_time()
        step()
        return Seconds(time.perf_counter() - clock, time.process_time() - computing)

    return Seconds(*map(median, zip(*(once() for _ in range(5)), strict=True)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400_000)
