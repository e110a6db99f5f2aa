"""The earnings exemption (inkomstenvrijlating, Pw art. 31(2), 31(5); domain.md §3.5).

Per person with earned income: the first kind of the law's order that is decided and still runs.
Only who receives benefit has an exemption: with ΣC at or above the norm it is 0. A month of
kind n is used when its exemption is above 0; the clock of kind r runs whether one works or not.
A condition that changes within a month counts from the first of the next.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.money import Cents, share
from surplus.months import Months, ordinal
from surplus.rules.arrays import Days, Texts, age, first_day, first_told
from surplus.rules.norm import STATE_PENSION_AGE_AT_LEAST
from surplus.rules.parameters import Key, Parameters
from surplus.rules.source import Source

MINIMUM_AGE = 27  # Pw art. 31(5)


class Kind(NamedTuple):
    """A kind of exemption: its code in the client file, its letter in the law, its parameters."""

    code: str
    letter: str
    rate: Key
    cap: Key
    months: int  # by law, where the decision tells no number
    source: Source


def _source(article: str, nl: str, en: str) -> Source:
    return Source(
        article,
        f"E = laagste van tarief × inkomen uit arbeid en het maximum; {nl}",
        f"E = lowest of rate × earned income and the cap; {en}",
    )


#: In the order in which they go before each other. Between n and r the law places y (medically
#: restricted), z and aa (wage-cost subsidy); article 34a takes the place of all from 2027 on. A
#: right to a kind that does not stand here holds the client-month instead of giving nothing.
KINDS = (
    Kind(
        "VRIJLATING_25",
        "n",
        Key("exemption_n_rate", "person", "all"),
        Key("exemption_n_cap", "person", "27+"),
        6,
        _source(
            "Pw art. 31(2)n, 31(5)",
            "ten hoogste zes maanden, vanaf 27 jaar",
            "at most six months, from age 27",
        ),
    ),
    Kind(
        "ALLEENSTAANDE_OUDER",
        "r",
        Key("exemption_r_rate", "person", "all"),
        Key("exemption_r_cap", "single_parent", "27+"),
        30,
        _source(
            "Pw art. 31(2)r, 31(5)",
            "dertig aaneengesloten maanden na onderdeel n",
            "thirty consecutive months after kind n",
        ),
    ),
)
N, R = range(len(KINDS))
NONE = ("", "GEEN")

SOURCES = {
    "exemption": Source(
        "Pw art. 31(2)n, r",
        "E = som van de vrijlating per persoon; 0 als C ten minste N is",
        "E = sum of the exemptions per person; 0 where C is at least N",
    ),
}


class Rights(NamedTuple):
    """The decided rights of n clients and their partners (second axis 0 and 1).

    `since` and `entitled` have shape (kinds, n, 2): the day from which the right runs (0 where
    there is none) and the months it was given for (0 where not told: the law's). `used` has shape
    (n, 2): the months of kind n used before this month. `unknown` has shape (n, 2): a decided
    kind that `KINDS` does not hold, and `unknown_since` its day.
    """

    since: Days
    entitled: npt.NDArray[np.int64]
    used: npt.NDArray[np.int64]
    unknown: Texts
    unknown_since: Days


class Exemption(NamedTuple):
    """Per person, shape (n, 2): cents, the kind's letter ('' where 0) and months of n used, this
    month included. `lacks`, shape (n,): what the client-month lacks, '' where it stands.
    """

    cents: Cents
    kind: Texts
    months_used: npt.NDArray[np.int64]
    lacks: Texts


def decided_rights(
    clients: int, place: Any, person: Any, code: Texts, since: Days, entitled: Any, used: Any
) -> Rights:
    """The rights of n clients, from columns with one row per decided right.

    Args:
        clients: n.
        place: which client, 0 … n−1.
        person: 1 the client, 2 the partner.
        code: the kind's code in the client file.
        since: the day from which it runs, yyyymmdd.
        entitled: months it was given for, 0 where not told.
        used: months used before the month to be settled; only that of kind n is looked at, as the
            clock of kind r follows from the calendar.

    >>> one = [np.array([value]) for value in (0, 1, "VRIJLATING_25", 20260301, 6, 2)]
    >>> given = decided_rights(1, *one)
    >>> given.since[N].tolist(), given.used.tolist()
    ([[20260301, 0]], [[2, 0]])
    """
    given = Rights(
        np.zeros((len(KINDS), clients, 2), dtype=np.int64),
        np.zeros((len(KINDS), clients, 2), dtype=np.int64),
        np.zeros((clients, 2), dtype=np.int64),
        np.full((clients, 2), "", dtype=object),
        np.zeros((clients, 2), dtype=np.int64),
    )
    member = person - 1
    known = np.isin(code.astype(str), NONE)
    for number, kind in enumerate(KINDS):
        mine = code == kind.code
        known |= mine
        given.since[number, place[mine], member[mine]] = since[mine]
        given.entitled[number, place[mine], member[mine]] = entitled[mine]
        if number == N:
            given.used[place[mine], member[mine]] = used[mine]
    given.unknown[place[~known], member[~known]] = code[~known]
    given.unknown_since[place[~known], member[~known]] = since[~known]
    return given


def exempt(
    rights: Rights, birth: Days, earned: Cents, countable: Cents, norm: Cents, months: Months,
    parameters: Parameters,
) -> Exemption:  # fmt: skip
    """The exemption of n client-months.

    Args:
        rights: as they stand before the month.
        birth: day numbers, shape (n, 2), 0 where not told.
        earned: net countable earned income per person, shape (n, 2).
        countable: ΣC of the household, shape (n,); the exemption is never more.
        norm: what C is measured against, shape (n,).
        months: yyyymm, shape (n,).
        parameters: the dated rates and caps.
    """
    first = first_day(months)[:, None]
    years = age(birth, first)
    may = (earned > 0) & (countable < norm)[:, None]
    old_enough = years >= MINIMUM_AGE
    n_left = (rights.since[N] > 0) & (rights.used < _entitled(rights, N))
    runs = {
        N: old_enough & n_left & (rights.since[N] <= first),
        R: old_enough & ~n_left & _clock_runs(rights, R, months),
    }
    cents = np.zeros_like(earned)
    letters = np.full(earned.shape, "", dtype="U3")
    lacks = _unclear(rights, years, may & ~runs[N], first)
    for number, kind in enumerate(KINDS):
        mine = may & runs[number] & (letters == "")
        rate, cap = parameters.monthly(kind.rate, months), parameters.monthly(kind.cap, months)
        by_rate = share(earned, rate.amounts[:, None])
        cents = np.where(mine, np.minimum(by_rate, cap.amounts[:, None]), cents)
        letters = np.where(mine, kind.letter, letters)
        absent = first_told(rate.missing, cap.missing)
        lacks = first_told(lacks, np.where(mine.any(axis=1), absent, ""))
    cents = _within(cents, np.maximum(countable, 0))
    letters = np.where(cents > 0, letters, "")
    return Exemption(cents, letters, rights.used + (letters == KINDS[N].letter), lacks)


def _within(cents: Cents, most: Cents) -> Cents:
    """Exemptions that together are no more than C, where a partner's C is below zero."""
    first = np.minimum(cents[:, 0], most)
    return np.stack([first, np.minimum(cents[:, 1], most - first)], axis=1)


def _entitled(rights: Rights, place: int) -> Any:
    told = rights.entitled[place]
    return np.where(told > 0, told, KINDS[place].months)


def _clock_runs(rights: Rights, place: int, months: Months) -> Any:
    """Whether a month is among the consecutive ones that began with the right."""
    since = rights.since[place]
    start = ordinal(since // 100) + (since % 100 > 1)
    elapsed = ordinal(months)[:, None] - start
    return (since > 0) & (elapsed >= 0) & (elapsed < _entitled(rights, place))


def _unclear(rights: Rights, years: Any, may: Any, first: Any) -> Texts:
    """Per client-month without a running n: a right over which these rules cannot decide."""
    decided = may & ((rights.since > 0) & (rights.since <= first)).any(axis=0)
    other_kind = may & (rights.unknown != "") & (rights.unknown_since <= first)
    # From the state pension age on kind n has no limit of months (Pw art. 31(2)n).
    used_up = (rights.since[N] > 0) & (rights.used >= _entitled(rights, N))
    no_limit = may & used_up & (years >= STATE_PENSION_AGE_AT_LEAST)
    other = np.where(other_kind, rights.unknown, "")
    return first_told(
        other[:, 0],
        other[:, 1],
        np.where((decided & (years < 0)).any(axis=1), "birth date", ""),
        np.where(no_limit.any(axis=1), "state pension age", ""),
    )
