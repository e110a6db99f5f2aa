"""Payments as columns on their way into a batch: what every source of them fills in."""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.months import Month, month_name

Columns = dict[str, Any]

#: Kinds of payment (design.md §7), in the order in which they stand in a batch.
KINDS = ("fixed", "third-party", "extra", "holiday", "premium", "exit", "refund")
#: What the payee reads on the statement; the fixed amount is the same line every month.
REMITTANCE = {
    "fixed": "Bijstand {month}",
    "exit": "Slotbetaling Surplus {month}",
}
#: Of every column: what stands there where a source tells nothing.
_USUAL = {
    "obligation": 0,  # that exists already
    "payee": 1,  # the client
    "round": 1,
    "set_off_cents": 0,
    "decision": 0,  # that says what or whom to pay
    "account_of": 0,  # the decision that tells the account
    "remittance": "",
    "unprotected": "",  # what keeps an instalment or an attachment from being taken
    "hold_reason": "",
}


def made(kind: str, month: Month, told: Columns) -> Columns:
    """Payments of one kind and pay month.

    Args:
        kind: one of KINDS.
        month: the pay month.
        told: client and amount_cents, and what differs from the usual.
    """
    count = len(told["client"])
    usual = {"month": int(month), "kind": kind} | _USUAL
    filled = {
        name: np.full(count, value, dtype=object if isinstance(value, str) else np.int64)
        for name, value in usual.items()
    }
    if kind in REMITTANCE and count:
        filled["remittance"][:] = REMITTANCE[kind].format(month=month_name(month))
    return filled | told


def joined(*tables: Columns) -> Columns:
    """The rows of tables with the same columns."""
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def through(first: int, last: int) -> str:
    """Months as a payee reads them.

    >>> through(202506, 202605), through(202605, 202605)
    ('juni 2025 t/m mei 2026', 'mei 2026')
    """
    names = [month_name(Month(each)) for each in dict.fromkeys((first, last))]
    return " t/m ".join(names)
