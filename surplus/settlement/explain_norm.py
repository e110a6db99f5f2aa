"""Why the norm of a month is what it is: day by day, to the parameter row of each amount."""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.months import Month
from surplus.rules import norm
from surplus.rules.parameters import Key
from surplus.settlement.basis import Basis


def norm_inputs(pieces: norm.Pieces, basis: Basis, month: Month, language: str) -> dict[str, Any]:
    """What N of one client is made up of.

    Args:
        pieces: the stretches of days.
        basis: for the parameters.
        month: the month.
        language: nl or en.

    Returns:
        `parts`: of each stretch period, number of days, the norm of a whole month, how it follows,
        and from what; `rows`: each parameter with amount, first day, source and reliability.
    """
    by_day = pieces.of(0)
    keys = dict.fromkeys(
        key for origin in by_day.origin.tolist() for key in origin.split(norm.AND) if "/" in key
    )
    return {
        "parts": [_stretch(by_day, at, language) for at in range(len(by_day.place))],
        "rows": [row for key in keys for row in _row(key, basis, month)],
    }


def _stretch(pieces: norm.Pieces, at: int, language: str) -> dict[str, Any]:
    first, last = (_iso(int(days[at])) for days in (pieces.first, pieces.last))
    told: dict[str, Any] = {
        "period": f"{first}–{last}",
        "days_counted": int(pieces.days[at]),
        "norm": int(pieces.cents[at]),
        "origin": str(pieces.origin[at]),
    }
    rules = [str(pieces.rule[at])]
    if pieces.cents[at] != pieces.full[at]:
        told["before"] = int(pieces.full[at])
        rules.append("norm_adjustments")
    if pieces.rule[at] in ("norm_cost_sharers", "norm_spouse_without_right"):
        told["housemates_count"] = int(pieces.housemates[at])
    sources = [norm.SOURCES[rule] for rule in rules if rule]
    told["rule"] = "; ".join(f"{one.formula(language)} [{one.article}]" for one in sources)
    return told | ({"lacks": str(pieces.lacks[at])} if pieces.lacks[at] else {})


def _row(key: str, basis: Basis, month: Month) -> list[dict[str, Any]]:
    """The row in force of a parameter; none where it is missing."""
    wanted = Key(*key.split("/"))
    if basis.parameters.monthly(wanted, np.array([int(month)])).missing[0]:
        return []
    row = basis.parameters.row(wanted, month.first_day.isoformat())
    return [
        {
            "parameter": key, "amount": row.amount, "valid_from": row.valid_from,
            "source": row.source, "reliability": row.reliability, "number": row.number,
        }
    ]  # fmt: skip


def _iso(day: int) -> str:
    return f"{day // 10_000}-{day // 100 % 100:02d}-{day % 100:02d}"
