"""Persons with earned income in a month, as the rules of the exemption look at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.months import Months, ordinal
from surplus.rules.arrays import Days, Mask
from surplus.rules.parameters import Key
from surplus.rules.source import Source

#: More months than anybody lives: a right without an end.
ENDLESS = 9_999


class Said(NamedTuple):
    """A formula, or why a right gives nothing in a month, in both languages."""

    nl: str
    en: str

    def text(self, language: str) -> str:
        """In one of them.

        >>> USED_UP.text("en")
        'all its months are used'
        """
        return self.en if language == "en" else self.nl


#: The formula of a kind, with a cap and without.
LOWEST = Said(
    "E = laagste van tarief × inkomen uit arbeid en het maximum",
    "E = lowest of rate × earned income and the cap",
)
RATE_ONLY = Said("E = tarief × inkomen uit arbeid", "E = rate × earned income")

NOT_BEGUN = Said("nog niet begonnen", "it has not begun")
UNDER_27 = Said("jonger dan 27 jaar (art. 31(5))", "under 27 (art. 31(5))")
USED_UP = Said("alle maanden zijn gebruikt", "all its months are used")
CLOCK_OVER = Said("de aaneengesloten maanden zijn om", "its consecutive months are over")
AFTER_N = Said("komt na onderdeel n", "it comes after kind n")
AFTER_Z = Said("komt na onderdeel z", "it comes after kind z")
NOT_BESIDE_Y = Said("niet naast onderdeel y", "not beside kind y")
NOT_BESIDE_Y_Z_AA = Said("niet naast onderdeel y, z of aa", "not beside kind y, z or aa")
BELOW_PENSION_AGE = Said("nog geen AOW-leeftijd", "below the state pension age")
AT_PENSION_AGE = Said("AOW-leeftijd bereikt", "at the state pension age")
ENDED = Said("vervallen per 2027-01-01 (art. 34a)", "ended on 2027-01-01 (art. 34a)")
GIVES_WAY = Said("een ander onderdeel gaat voor", "another kind goes first")


class Policy(NamedTuple):
    """What a municipality may choose [POLICY], both off by default."""

    tolerate_under27_2026: bool = False
    old_exemptions_run_on: bool = False


class Persons(NamedTuple):
    """m persons in a month each. Ages are those on its first day: what changes within a month
    counts from the first of the next [MODEL]. Rights have shape (rights, m), see `rights`.
    """

    month: Months
    first: Days  # of the month
    from_27: Mask  # article 31(5) does not stand in the way
    pensioner: Mask  # at the state pension age (AOW-leeftijd)
    since: Days
    entitled: npt.NDArray[np.int64]
    used: npt.NDArray[np.int64]

    def decided(self, right: int) -> Mask:
        """Who has a right, begun or not."""
        return np.asarray(self.since[right] != 0)

    def begun(self, right: int) -> Mask:
        """Whose right runs from the first day of the month, or from before."""
        return np.asarray(self.decided(right) & (self.since[right] <= self.first))

    def months_given(self, right: int, by_law: int) -> npt.NDArray[np.int64]:
        """The months of a right: as decided, else by law."""
        told = self.entitled[right]
        return np.where(told > 0, told, by_law)

    def months_run(self, right: int) -> npt.NDArray[np.int64]:
        """Whole calendar months between the start of a right and the month, work or no work."""
        month, day = np.divmod(self.since[right], 100)
        return np.asarray(ordinal(self.month) - ordinal(month) - (day > 1))


class Count(NamedTuple):
    """Months used before the month, and months there are."""

    used: npt.NDArray[np.int64]
    entitled: npt.NDArray[np.int64]

    @property
    def over(self) -> Mask:
        """Who has no month left."""
        return np.asarray(self.used >= self.entitled)


#: What keeps a kind from running: each reason, in the order of the law, with those it keeps.
Obstacles = Mapping[Said, Mask]


class Kind(NamedTuple):
    """A kind of exemption: its letter in the law, the right it needs, its amounts and rules."""

    letter: str
    right: int  # place among the codes of the client file
    rate: Key
    cap: Key | None
    source: Source
    obstacles: Callable[[Persons], Obstacles]
    months: Callable[[Persons], Count]


def endless(who: Persons) -> Count:
    """The months of a kind without an end."""
    return Count(np.zeros_like(who.month), np.full_like(who.month, ENDLESS))
