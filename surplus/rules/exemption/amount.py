"""The exempted amount: E = lowest of rate × earned income and the cap, per person [LAW].

Only who receives benefit has an exemption: with ΣC at or above the norm it is 0, as a benefit
that only the exemption brings about is none [MODEL, domain.md §9 no. 9]. E is never above what
counts. The cap holds per person and month over all employments together.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.money import Cents, share
from surplus.months import Months
from surplus.rules.arrays import Days, Mask, Texts, first_day
from surplus.rules.exemption import ages
from surplus.rules.exemption.from_2027 import START
from surplus.rules.exemption.order import BEFORE_2027, KINDS, ByArticle, Numbers, in_force, number
from surplus.rules.exemption.persons import Persons, Policy
from surplus.rules.exemption.rights import CODES, NEW, N, Rights, Y
from surplus.rules.exemption.six_months import SIX_MONTHS
from surplus.rules.exemption.six_months import months as months_of_n
from surplus.rules.norm import at_state_pension_age
from surplus.rules.parameters import Parameters

AS_BY_LAW = Policy()
#: Which persons lack something (mask or places), and what.
Lack = tuple[npt.NDArray[Any], str]


class Exemption(NamedTuple):
    """Per person, shape (n, 2): E in cents, the number of its kind (0 where E is 0, see `order`)
    and months of kind n used, this month included. `lacks`, shape (n,): what the client-month
    lacks, '' where it stands.
    """

    cents: Cents
    kind: Numbers
    months_used: npt.NDArray[np.int64]
    lacks: Texts


def exempt(
    rights: Rights, birth: Days, earned: Cents, countable: Cents, norm: Cents, months: Months,
    parameters: Parameters, policy: Policy = AS_BY_LAW,
) -> Exemption:  # fmt: skip
    """The exemption (vrijlating) of n client-months.

    Args:
        rights: as they stand before the month.
        birth: day numbers, shape (n, 2), 0 where not told.
        earned: the part of C that is earned by work, per person, shape (n, 2).
        countable: C per person, shape (n, 2); the exemption is never more.
        norm: what ΣC is measured against, shape (n,).
        months: yyyymm, shape (n,).
        parameters: the dated rates and caps.
        policy: what the municipality chose.
    """
    total = countable.sum(axis=1)
    may = (earned > 0) & (total < norm)[:, None]
    place, member = np.nonzero(may & rights.decided)
    born, month = birth[place, member], months[place]
    who, unsure = persons(rights, born, month, place, member, parameters, policy)
    force = in_force(who, policy)
    base, most = earned[place, member], np.minimum(countable[place, member], total[place])
    old, old_lacks = _amounts(force.old, base, month, parameters)
    new, new_lacks = _amounts(force.new, base, month, parameters)
    better = new >= old
    exempted = np.minimum(np.where(better, new, old), np.maximum(most, 0))

    cents, kind = np.zeros_like(earned), np.zeros(earned.shape, dtype=np.int8)
    cents[place, member] = exempted
    kind[place, member] = np.where(exempted > 0, np.where(better, force.new, force.old), 0)
    lacks = np.full(len(months), "", dtype=object)
    for those, text in reversed(_unclear(who, born, unsure, force) + old_lacks + new_lacks):
        lacks[place[those]] = text
    _hold_unknown(rights, may, months, lacks)
    used = rights.used[N] + (kind == number(SIX_MONTHS))
    return Exemption(cents, kind, used, lacks)


def persons(
    rights: Rights, born: Days, month: Months, place: Any, member: Any, parameters: Parameters,
    policy: Policy = AS_BY_LAW,
) -> tuple[Persons, Texts]:  # fmt: skip
    """Persons as the rules look at them, and of whom the state pension age is not laid down.

    Args:
        rights: of n clients.
        born: birth dates of the persons, shape (m,).
        month: yyyymm, shape (m,).
        place: which client each person is of, shape (m,).
        member: 0 the client, 1 the partner, shape (m,).
        parameters: for the state pension age.
        policy: what the municipality chose.
    """
    first = first_day(month)
    pension = at_state_pension_age(born, first, parameters)
    from_27 = ages.from_27(born, month, policy.tolerate_under27_2026)
    each, cell = (rights.since, rights.entitled, rights.used), 2 * place + member
    told = (column.reshape(len(column), -1).take(cell, axis=1) for column in each)
    return Persons(month, first, from_27, pension.reached, *told), pension.missing


def _amounts(
    kinds: Numbers, earned: Cents, months: Months, parameters: Parameters
) -> tuple[Cents, list[Lack]]:
    """Rate × income up to the cap by the kind of each person, and the parameters that lack."""
    cents, lacks = np.zeros_like(earned), list[Lack]()
    each, which = np.unique(months, return_inverse=True)
    for chosen, kind in enumerate(KINDS, 1):
        mine = np.flatnonzero(kinds == chosen)
        if not len(mine):
            continue
        in_month = which[mine]
        rate = parameters.monthly(kind.rate, each)
        cents[mine] = share(earned[mine], rate.amounts[in_month])
        found = [rate]
        if kind.cap:
            found.append(parameters.monthly(kind.cap, each))
            cents[mine] = np.minimum(cents[mine], found[1].amounts[in_month])
        for missing in (parameter.missing for parameter in found):
            lacks += [(mine[in_month == i], missing[i]) for i in np.flatnonzero(missing != "")]
    return cents, lacks


def _unclear(who: Persons, born: Days, unsure: Texts, force: ByArticle) -> list[Lack]:
    """Rights over which these rules cannot decide, what is said first standing first."""
    other_than_y = [right for right in range(len(CODES)) if right != Y]
    by_age = np.logical_or.reduce([who.begun(right) for right in other_than_y])
    dated = who.month >= START
    # Up to 2026 the state pension age matters once n would be used up, from 2027 for 34a(1)c.
    by_pension = who.begun(N) & (dated | months_of_n(who).over) | dated & who.begun(NEW)
    return [
        (by_age & (born == 0), "birth date"),
        *((by_pension & (unsure == text), text) for text in set(unsure[by_pension]) - {""}),
        (~dated & who.begun(NEW), f"{CODES[NEW]} before 2027-01-01"),
        *(
            (force.undecided == number(kind), f"{CODES[kind.right]} from 2027 (Pw art. 78ff)")
            for kind in BEFORE_2027
        ),
    ]


def _hold_unknown(rights: Rights, may: Mask, months: Months, lacks: Texts) -> None:
    """A begun right that no rule knows holds the month of a household that could have one."""
    place, code, since = rights.unknown
    held = (since <= first_day(months[place])) & may[place].any(axis=1)
    lacks[place[held]] = code[held]
