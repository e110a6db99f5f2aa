"""The rules of the scheme: pure functions over arrays of int64 cents, one file per rule.

`norm` → `periods` and `income` → `exemption` → `benefit.figures` → `surplus` or `shortfall` (with
its `protected_amount`) → `payees`; at the end `at_exit` and `buffer_budget`; beside it what is no
income by decision, `work_premium` and `volunteer_allowance`; all with the dated amounts of
`parameters`. Nothing here reads or writes; the one exception is the program's own text,
for the hash that tells by which rules a figure was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from surplus.rules import (
    at_exit,
    benefit,
    buffer_budget,
    exemption,
    income,
    norm,
    payees,
    periods,
    protected_amount,
    shortfall,
    surplus,
    volunteer_allowance,
    work_premium,
)
from surplus.rules.source import Source


def sources(holiday_mode: str = "INCL") -> dict[str, Source]:
    """Formula and article of every figure, by its name.

    >>> sources()["entitlement"].formula("nl")
    'D = W + Bp'
    """
    told = norm.SOURCES | periods.SOURCES | income.SOURCES | exemption.SOURCES
    told |= benefit.SOURCES | surplus.SOURCES | shortfall.SOURCES | protected_amount.SOURCES
    told |= payees.SOURCES | at_exit.SOURCES | buffer_budget.SOURCES
    told |= work_premium.SOURCES | volunteer_allowance.SOURCES
    return told if holiday_mode == "INCL" else told | income.SOURCES_EXCL | benefit.SOURCES_EXCL


@cache
def rules_hash() -> str:
    """A short hash of the text of the rules, and of the arithmetic under them."""
    package = files("surplus")
    texts = sorted(_texts(package / "rules"))
    texts += [(name, (package / name).read_text("utf-8")) for name in ("money.py", "months.py")]
    return hashlib.sha256(repr(texts).encode()).hexdigest()[:16]


def _texts(folder: Traversable) -> Iterator[tuple[str, str]]:
    """Name and text of every module in a folder and in the folders below it.

    How others would have paid (`ordinary`) settles nothing.
    """
    items = [item for item in folder.iterdir() if item.name != "ordinary"]
    for below in (item for item in items if item.is_dir()):
        yield from ((f"{below.name}/{name}", text) for name, text in _texts(below))
    for module in (item for item in items if item.name.endswith(".py")):
        yield module.name, module.read_text(encoding="utf-8")
