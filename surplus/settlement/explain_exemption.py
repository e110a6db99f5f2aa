"""Why the exemption of a month is what it is: kind, rate, cap and months, or why there is none."""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.months import Month
from surplus.rules.benefit import Case, Figures, measured_against
from surplus.rules.exemption import CODES, ENDLESS, KINDS, Kind, Policy, persons, standings
from surplus.rules.norm import holiday_share
from surplus.rules.source import Source
from surplus.settlement.basis import Basis

Line = tuple[str, int, dict[str, Any], Source]

NO_RIGHT = Source("", "geen vrijlating besloten", "no exemption is decided")
NOTHING_EARNED = Source("", "geen inkomen uit arbeid", "no earned income")
NO_BENEFIT = Source("", "C is ten minste N: geen bijstand", "C is at least N: no benefit")
NONE_RUNS = Source("", "geen van de rechten geldt", "none of the rights is in force")


def exemption_lines(
    case: Case, f: Figures, basis: Basis, total: Source, language: str
) -> list[Line]:
    """E in total, then per person with a right or with income.

    Args:
        case: what the figures were made from, of one client.
        f: the figures.
        basis: policy and parameters.
        total: formula and article of E.
        language: nl or en.

    Returns:
        name, cents, inputs and source. Inputs are C, what of it is earned, every right with how it
        stands, and either kind, rate, cap (with the source of their rows) and months, or
        `none_because`.
    """
    each = {f"E{person + 1}": int(f.exemption_each[0, person]) for person in (0, 1)}
    lines: list[Line] = [("exemption", int(f.exemption[0]), each, total)]
    rights = _rights(case, basis, language)
    for person in (0, 1):
        if not (rights[person] or case.countable[0, person]):
            continue
        inputs: dict[str, Any] = {
            "C": int(case.countable[0, person]),
            "earned": int(case.earned[0, person]),
        }
        number, source = int(f.exemption_kind[0, person]), total
        if number:
            kind = KINDS[number - 1]
            source = kind.source
            inputs |= {"kind": kind.letter, **_amounts(kind, basis, Month(int(case.month[0])))}
        else:
            why = _why_none(case, f, basis, person, bool(rights[person]))
            inputs["none_because"] = why.formula(language)
        inputs["rights"] = rights[person]
        lines.append((f"exemption_{person + 1}", int(f.exemption_each[0, person]), inputs, source))
    return lines


def _rights(case: Case, basis: Basis, language: str) -> tuple[list[dict[str, Any]], ...]:
    """Per person every kind that is decided, with the months used, this one not included."""
    place, member = np.zeros(2, dtype=np.int64), np.array([0, 1])
    policy = Policy(**basis.policy.get("exemption", {}))
    who, _ = persons(
        case.rights, case.birth[0], case.month[place], place, member, basis.parameters, policy
    )  # fmt: skip
    told: tuple[list[dict[str, Any]], ...] = ([], [])
    for standing in standings(who, policy):
        right: dict[str, Any] = {
            "kind": standing.kind.letter,
            "right": CODES[standing.kind.right],
            "since": str(standing.since),
            "why_not": standing.reason.text(language) if standing.reason else "",
        }
        if standing.entitled < ENDLESS:
            right |= {"months_used": standing.used, "months_entitled": standing.entitled}
        told[standing.person].append(right)
    return told


def _amounts(kind: Kind, basis: Basis, month: Month) -> dict[str, Any]:
    """Rate and cap of a kind, each with the source of its row."""
    day = month.first_day.isoformat()
    rate = basis.parameters.row(kind.rate, day)
    told: dict[str, Any] = {"rate_per_100000": rate.amount, "rate_source": rate.source}
    if kind.cap:
        cap = basis.parameters.row(kind.cap, day)
        told |= {"cap_cents": cap.amount, "cap_source": cap.source}
    return told


def _why_none(case: Case, f: Figures, basis: Basis, person: int, has_right: bool) -> Source:
    """The first reason, in the order in which the rule looks, why a person has no exemption."""
    rate = holiday_share(basis.parameters, case.month)
    mode = basis.policy["income"]["holiday_mode"]
    if f.lacks[0]:
        return Source("", f.lacks[0], f.lacks[0])
    if not has_right:
        return NO_RIGHT
    if case.earned[0, person] <= 0:
        return NOTHING_EARNED
    if f.countable[0] >= measured_against(case.norm.cents, rate.amounts, mode)[0]:
        return NO_BENEFIT
    return NONE_RUNS
