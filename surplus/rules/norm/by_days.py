"""The norm of a month: each of its days counts for what holds on it (norm naar dagen).

    N = Σ norm × days / days of the month, rounded half up once [MODEL: calendar days]

A norm changes on the day itself: when the household or a decision changes, and on the birthday of
18 or 21 or the day at the state pension age, where the rule cuts a stretch itself. Amounts are
those of the first day of the month. Days before the right begins or after it ends, and days under
18 (Pw art. 11, 13(1)), count for nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.money import Cents, round_half_up
from surplus.months import Months
from surplus.rules.arrays import Days, Texts, age, last_day
from surplus.rules.norm.adjustments import adjusted
from surplus.rules.norm.own_list import OwnNorms, absent, norm_by_category
from surplus.rules.norm.published import Norms, nothing
from surplus.rules.norm.state_pension_age import (
    NEVER,
    STATE_PENSION_AGE_AT_LEAST,
    state_pension_day,
)
from surplus.rules.norm.statutory import statutory
from surplus.rules.norm.stretches import Stretches, cut
from surplus.rules.parameters import Parameters
from surplus.rules.source import Source

BY_DAYS = "by days"
#: Years of age after which another norm holds, as the difference of two day numbers.
EIGHTEEN, TWENTY_ONE = 18_0000, 21_0000

SOURCES = {
    "norm": Source(
        "Pw art. 18, 20–24, 27, 28",
        "N = besluit; anders de eigen normenlijst; anders de wettelijke norm naar leefvorm, "
        "leeftijd en kostendelers; Σ norm × dagen / dagen van de maand",
        "N = decision; else the municipality's own norms; else the statutory norm by household, "
        "age and cost sharers; Σ norm × days / days of the month",
    ),
    "norm_decided": Source("Pw art. 18(1)", "norm bij besluit", "norm by decision"),
}


class Pieces(NamedTuple):
    """Of what N of a month is made up: stretches of days, by client and first day.

    `full` is the norm of a whole month in cents, `cents` the same lowered or raised by decision.
    `rule` says how it follows, as a key of SOURCES.
    """

    place: Cents
    first: Days
    last: Days
    full: Cents
    cents: Cents
    housemates: Cents
    rule: Texts
    origin: Texts
    lacks: Texts

    @property
    def days(self) -> Days:
        """How many days each has."""
        return self.last - self.first + 1

    def of(self, place: int) -> Pieces:
        """Those of one client, by day."""
        rows = np.flatnonzero(self.place == place)
        rows = rows[np.argsort(self.first[rows])]
        return Pieces(*(column[rows] for column in self))


def norms(
    stretches: Stretches, months: Months, parameters: Parameters, own: OwnNorms
) -> tuple[Norms, Pieces]:
    """N of n client-months, and of what it is made up.

    An individual decision goes first; else, once the municipality's own norms know a category,
    only their rows count; else the law (design.md §6, Norm).

    Args:
        stretches: the days with a right, of n clients; `place` is into `months`.
        months: yyyymm of each client, shape (n,).
        parameters: the dated table.
        own: the municipality's own norms.

    Returns:
        The norms of n client-months: 0 without a day of right, and without an amount where
        something is lacking on one of the days. And the pieces, in no particular order.
    """
    stretches, minor = _from_18(stretches)
    stretches = cut(stretches, _birthdays(stretches, parameters))
    at = stretches.place
    each, rule = _each(stretches, months[at], parameters, own)
    cents = adjusted(each.cents, stretches.reduction, stretches.increase)
    cents = np.where(stretches.decided > 0, stretches.decided, cents)
    pieces = Pieces(
        at, stretches.first, stretches.last, each.cents, cents, stretches.housemates, rule,
        each.origin, each.lacks,
    )  # fmt: skip
    total = nothing(len(months))
    np.add.at(total.cents, at, cents * pieces.days)
    total.lacks[minor] = "norm under 18"
    total.lacks[at] = ""
    _name(total, pieces)
    whole = round_half_up(total.cents, last_day(months) % 100)
    return total._replace(cents=np.where(total.lacks == "", whole, 0)), pieces


def _from_18(stretches: Stretches) -> tuple[Stretches, Days]:
    """The days from the client's 18th birthday on, and the places with days before it."""
    born = stretches.birth[:, 0]
    minor = (born > 0) & (stretches.first - born < EIGHTEEN)
    if not minor.any():
        return stretches, stretches.place[:0]
    first = np.where(minor, born + EIGHTEEN, stretches.first)
    entitled = first <= stretches.last
    return stretches._replace(first=first).at(entitled), stretches.place[minor]


def _birthdays(stretches: Stretches, parameters: Parameters) -> Days:
    """The days on which client or spouse reaches 18, 21 or the state pension age, shape (m, 6)."""
    born = stretches.birth
    told = born > 0
    old = age(born, stretches.last[:, None]) >= STATE_PENSION_AGE_AT_LEAST
    pension = np.full(born.shape, NEVER)
    pension[old] = state_pension_day(born[old], parameters)
    return np.concatenate(
        [np.where(told, born + years, NEVER) for years in (EIGHTEEN, TWENTY_ONE)] + [pension],
        axis=1,
    )


def _each(
    stretches: Stretches, months: Months, parameters: Parameters, own: OwnNorms
) -> tuple[Norms, Texts]:
    """The norm of a whole month as it is on each stretch, before it is lowered or raised; by what
    rule.
    """
    decided = stretches.decided > 0
    listed = norm_by_category(stretches.category, months, own)
    each = nothing(len(months))
    by_law = np.flatnonzero(~listed.known & ~decided)
    if len(by_law) == len(months):
        return statutory(stretches, months, parameters)
    rule = np.where(decided, "norm_decided", "norm_own_list").astype(object)
    norms_by_law, rule[by_law] = statutory(stretches.at(by_law), months[by_law], parameters)
    each.fill(by_law, norms_by_law)
    by_list = np.flatnonzero(listed.known & ~decided)
    each.origin[by_list] = "norms.csv"
    each.cents[by_list] = listed.cents[by_list]
    held = by_list[~listed.found[by_list]]
    each.lacks[held] = absent(stretches.category[held], months[held])
    each.origin[decided] = "decision"
    each.cents[decided] = stretches.decided[decided]
    return each, rule


def _name(total: Norms, pieces: Pieces) -> None:
    """Where N comes from, and what the first day that lacks something lacks."""
    total.origin[pieces.place] = pieces.origin
    other = pieces.origin != total.origin[pieces.place]
    total.origin[pieces.place[other]] = BY_DAYS
    rows = np.flatnonzero(pieces.lacks != "")
    rows = rows[np.argsort(-pieces.first[rows], kind="stable")]
    total.lacks[pieces.place[rows]] = pieces.lacks[rows]
