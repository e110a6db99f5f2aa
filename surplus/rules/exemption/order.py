"""Which exemption a person has in a month: the first of the law's order that nothing keeps.

Up to 2026-12-31 (Pw art. 31(2)): n while months are left and it is decided; else y; else z; else
aa; else r. From 2027-01-01 (Pw art. 34a): at the state pension age c; else b where medically
restricted; else a. `from_2027` says what becomes of a right that runs at the turn of the year.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.rules.arrays import Mask, Texts
from surplus.rules.exemption.from_2027 import PENSIONER, RESTRICTED, START, START_DAY, WORKER
from surplus.rules.exemption.medically_restricted import MEDICALLY_RESTRICTED
from surplus.rules.exemption.persons import ENDED, GIVES_WAY, Kind, Persons, Policy, Said
from surplus.rules.exemption.rights import NEW, N
from surplus.rules.exemption.single_parent import SINGLE_PARENT
from surplus.rules.exemption.six_months import SIX_MONTHS
from surplus.rules.exemption.wage_subsidy import FIRST_YEAR, LASTING

BEFORE_2027 = (SIX_MONTHS, MEDICALLY_RESTRICTED, FIRST_YEAR, LASTING, SINGLE_PARENT)
FROM_2027 = (PENSIONER, RESTRICTED, WORKER)
#: Kinds whose months count where they are used; those of r and 34a(1)a follow from the calendar.
COUNTED = (SIX_MONTHS, FIRST_YEAR)
#: A kind is told by its number: 0 is none, 1 the first that stands here.
KINDS = (*BEFORE_2027, *FROM_2027)
Numbers = npt.NDArray[np.int8]

_LETTERS = np.array(["", *(kind.letter for kind in KINDS)], dtype=object)
_RIGHTS = np.array([0, *(kind.right for kind in KINDS)])


def number(kind: Kind) -> int:
    """The number of a kind.

    >>> number(SIX_MONTHS), letters(np.array([0, 1, 5])).tolist()
    (1, ['', 'n', 'r'])
    """
    return KINDS.index(kind) + 1


def letters(numbers: Numbers) -> npt.NDArray[np.object_]:
    """The letters of the law of kinds; '' where there is none."""
    return np.asarray(_LETTERS[numbers])


def numbers(told: Texts) -> Numbers:
    """The numbers of kinds from their letters, as the store has them.

    >>> numbers(np.array(["", "r", "34a(1)a"], dtype=object)).tolist()
    [0, 5, 8]
    """
    found = np.zeros(told.shape, dtype=np.int8)
    for kind in KINDS:
        found[told == kind.letter] = number(kind)
    return found


class ByArticle(NamedTuple):
    """Numbers of kinds, shape (m,): of article 31(2), of article 34a, and the kind of article
    31(2) whose fate in 2027 the transition text must tell (art. 78ff), 0 where there is none.
    """

    old: Numbers
    new: Numbers
    undecided: Numbers


def in_force(who: Persons, policy: Policy) -> ByArticle:
    """The kinds that m persons have in a month; where both articles give one the better counts."""
    dated = who.month >= START
    old = _first_that_runs([k for k in BEFORE_2027 if who.decided(k.right).any()], who)
    new = _first_that_runs(FROM_2027 if dated.any() else (), who) * dated
    ended = dated & ~_runs_on(who, old, policy)
    # A right to y goes on as 34a(1)b, one to n at the state pension age as 34a(1)c.
    answered = (old == number(MEDICALLY_RESTRICTED)) | (new == number(PENSIONER))
    return ByArticle(old * ~ended, new, old * (ended & ~answered & ~who.begun(NEW)))


class Standing(NamedTuple):
    """How a kind that is decided for a person stands in a month: since which day, months used
    before this one and months there are (`ENDLESS` without an end), and why it gives nothing, None
    where it is in force.
    """

    person: int  # place among the persons asked about
    kind: Kind
    since: int
    used: int
    entitled: int
    reason: Said | None


def standings(who: Persons, policy: Policy) -> list[Standing]:
    """Every kind that is decided for m persons, with the first reason of the law against it."""
    force = in_force(who, policy)
    runs_on = _runs_on(who, _first_that_runs(BEFORE_2027, who), policy)
    told = []
    for person in range(len(who.month)):
        dated = who.month[person] >= START
        for kind in KINDS if dated else BEFORE_2027:
            own = int(who.since[kind.right][person])
            if not own and number(kind) != force.new[person]:
                continue
            since = own or int(who.since[N][person])  # a right to n is enough for 34a(1)c
            reason = next((why for why, mask in kind.obstacles(who).items() if mask[person]), None)
            if dated and kind in BEFORE_2027 and not runs_on[person]:
                reason = ENDED
            elif reason is None and number(kind) not in (force.old[person], force.new[person]):
                reason = GIVES_WAY
            count = kind.months(who)
            used, entitled = int(count.used[person]), int(count.entitled[person])
            told.append(Standing(person, kind, since, used, entitled, reason))
    return told


def _first_that_runs(kinds: Sequence[Kind], who: Persons) -> Numbers:
    chosen = np.zeros(len(who.month), dtype=np.int8)
    for kind in reversed(kinds):
        chosen[_runs(kind, who)] = number(kind)
    return chosen


def _runs(kind: Kind, who: Persons) -> Mask:
    """For whom nothing keeps a kind from running."""
    return np.asarray(~np.logical_or.reduce(list(kind.obstacles(who).values())))


def _runs_on(who: Persons, old: Numbers, policy: Policy) -> Mask:
    """Whose right of before 2027 the municipality lets run to its end."""
    if not policy.old_exemptions_run_on:
        return np.zeros(len(old), dtype=bool)
    since = who.since[_RIGHTS[old], np.arange(len(old))]
    return np.asarray((since < START_DAY) & (old != number(MEDICALLY_RESTRICTED)))
