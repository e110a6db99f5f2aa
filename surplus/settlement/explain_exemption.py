"""Why the exemption of a month is what it is: kind, rate, cap and months, or why there is none."""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.rules.benefit import Case, Figures, measured_against
from surplus.rules.exemption import (
    CODES,
    ENDLESS,
    KINDS,
    Policy,
    Standing,
    exempt,
    persons,
    standings,
)
from surplus.rules.norm import holiday_share
from surplus.rules.source import Source
from surplus.settlement.basis import Basis

Line = tuple[str, int, dict[str, Any], Source]

NO_RIGHT = Source("", "geen vrijlating besloten", "no exemption is decided")
NOTHING_EARNED = Source("", "geen inkomen uit arbeid", "no earned income")
NO_BENEFIT = Source("", "C is ten minste N: geen bijstand", "C is at least N: no benefit")
NONE_RUNS = Source("", "geen van de rechten geeft iets", "none of the rights gives anything")


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
        name, cents, inputs and source. Inputs are C, what of it is earned, and either kind, rate
        and cap (each with the source of its row) and months with this one, or `none_because` and,
        where C reaches the norm, the exemption that it ends; then every right with the months used
        before this one, and why it gives nothing where that is so.
    """
    each = {f"E{person + 1}": int(f.exemption_each[0, person]) for person in (0, 1)}
    lines: list[Line] = [("exemption", int(f.exemption[0]), each, total)]
    rights = _standings(case, basis)
    for person in (0, 1):
        if not (rights[person] or case.countable[0, person]):
            continue
        inputs: dict[str, Any] = {
            "C": int(case.countable[0, person]), "earned": int(case.earned[0, person]),
        }  # fmt: skip
        number, source = int(f.exemption_kind[0, person]), total
        if number:
            source = KINDS[number - 1].source
            granted = next(right for right in rights[person] if right.kind == KINDS[number - 1])
            inputs |= _amounts(granted, basis, int(case.month[0]))
        else:
            why = _why_none(case, f, basis, person)
            inputs |= {"none_because": why.formula(language)}
            if why is NO_BENEFIT:
                inputs |= {"below_the_norm": _below_the_norm(case, f, basis, person)}
        inputs |= {"rights": [_told(right, language) for right in rights[person]]}
        lines.append((f"exemption_{person + 1}", int(f.exemption_each[0, person]), inputs, source))
    return lines


def _standings(case: Case, basis: Basis) -> tuple[list[Standing], list[Standing]]:
    """How the rights of the client and of the partner stand in the month."""
    place, member = np.zeros(2, dtype=np.int64), np.array([0, 1])
    policy = Policy(**basis.policy.get("exemption", {}))
    who, _ = persons(
        case.rights, case.birth[0], case.month[place], place, member, basis.parameters, policy
    )  # fmt: skip
    told: tuple[list[Standing], list[Standing]] = ([], [])
    for standing in standings(who, policy):
        told[standing.person].append(standing)
    return told


def _amounts(granted: Standing, basis: Basis, month: int) -> dict[str, Any]:
    """The kind in force with rate and cap, each with the source of its row, and its months."""
    day, kind = f"{month // 100}-{month % 100:02d}-01", granted.kind
    rate = basis.parameters.row(kind.rate, day)
    told: dict[str, Any] = {
        "kind": kind.letter, "rate_per_100000": rate.amount, "rate_source": rate.source,
    }  # fmt: skip
    if kind.cap:
        cap = basis.parameters.row(kind.cap, day)
        told |= {"cap_cents": cap.amount, "cap_source": cap.source}
    if granted.entitled < ENDLESS:
        told |= {"months_used": granted.used + 1, "months_entitled": granted.entitled}
    return told


def _told(right: Standing, language: str) -> dict[str, Any]:
    day = str(right.since)
    told: dict[str, Any] = {
        "kind": right.kind.letter,
        "right": CODES[right.kind.right],
        "since": f"{day[:4]}-{day[4:6]}-{day[6:]}" if right.since else "",
        "why_not": right.reason.text(language) if right.reason else "",
    }
    if right.entitled < ENDLESS:
        told |= {"months_before": right.used, "months_entitled": right.entitled}
    return told


def _below_the_norm(case: Case, f: Figures, basis: Basis, person: int) -> int:
    """The exemption that a person would have, were the norm a cent more than C (domain.md §3.5)."""
    policy = Policy(**basis.policy.get("exemption", {}))
    below = exempt(
        case.rights, case.birth, case.earned, case.countable, f.countable + 1, case.month,
        basis.parameters, policy,
    )  # fmt: skip
    return int(below.cents[0, person])


def _why_none(case: Case, f: Figures, basis: Basis, person: int) -> Source:
    """The first reason, in the order in which the rule looks, why a person has no exemption."""
    rate = holiday_share(basis.parameters, case.month)
    mode = basis.policy["income"]["holiday_mode"]
    if f.lacks[0]:
        return Source("", f.lacks[0], f.lacks[0])
    if not case.rights.decided[0, person]:
        return NO_RIGHT
    if case.earned[0, person] <= 0:
        return NOTHING_EARNED
    if f.countable[0] >= measured_against(case.norm.cents, rate.amounts, mode)[0]:
        return NO_BENEFIT
    return NONE_RUNS
