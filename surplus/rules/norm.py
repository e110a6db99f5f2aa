"""The norm (bijstandsnorm), holiday allowance included (Pw art. 20–22a; domain.md §3.2).

An individual decision goes first; else, once the municipality's own norms know a category, only
their rows count; else the statutory amount by household, age and cost sharers (kostendelers).
Where no norm follows, the client-month has no figure but the name of what it lacks. That is so
too for what is not decided here yet: an institution, a change of norm within the month, the
state pension age, and the household types under 21 that depend on children.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.money import RATE_UNIT, Cents, round_half_up, share
from surplus.months import Month, Months
from surplus.rules.arrays import Days, Mask, Texts, age, first_day, last_day
from surplus.rules.parameters import Found, Key, Parameters
from surplus.rules.source import Source

SINGLE = Key("norm_incl", "single", "21-aow")
COUPLE = Key("norm_incl", "couple", "21-aow")
SINGLE_18_20 = Key("norm_incl", "single", "18-20")
#: No published row: a municipality that grants it adds a row of its own.
SINGLE_PARENT_18_20 = Key("norm_incl", "single_parent", "18-20")
HOLIDAY_SHARE = Key("holiday_allowance_share", "all", "all")

#: The state pension age (AOW-leeftijd) was never lower; from here on its own table must decide.
STATE_PENSION_AGE_AT_LEAST = 65

SOURCES = {
    "norm": Source(
        "Pw art. 18, 20–22a",
        "N = besluit; anders de eigen normenlijst; anders de wettelijke norm naar leefvorm, "
        "leeftijd en kostendelers: (40% + A × 30%) / A × gehuwdennorm per persoon",
        "N = decision; else the municipality's own norms; else the statutory norm by household, "
        "age and cost sharers: (40% + A × 30%) / A × couple's norm per person",
    ),
}


class Households(NamedTuple):
    """What the norm depends on, of n clients in a month.

    `birth` has shape (n, 2): client and partner, as day numbers, 0 where not told.
    `decided` is the norm of an individual decision in cents, 0 where there is none.
    """

    category: Texts
    household: Texts  # ALLEENSTAANDE | ALLEENSTAANDE_OUDER | GEHUWD
    birth: Days
    cost_sharers: npt.NDArray[np.int64]  # A: sharing housemates, self and spouse
    decided: Cents


class OwnNorms(NamedTuple):
    """The municipality's own norm rows (norms.csv), the latest told last; dates as ISO text.

    A row that is held has total 0: it makes its category known and gives no amount.
    """

    category: Texts
    valid_from: Texts
    valid_until: Texts
    total: Cents


class ByCategory(NamedTuple):
    """Norms of the municipality's own list: cents (0 unless found), and two masks."""

    cents: Cents
    known: Mask
    found: Mask


class Norms(NamedTuple):
    """N per client-month in cents, where it comes from, and what it lacks ('' where N stands).

    `origin` is `decision`, `norms.csv`, or the key of the statutory parameter.
    """

    cents: Cents
    origin: Texts
    lacks: Texts


def norms(households: Households, months: Months, parameters: Parameters, own: OwnNorms) -> Norms:
    """N of n client-months (design.md §6, Norm).

    Args:
        households: of the same n clients.
        months: yyyymm, shape (n,).
        parameters: the dated table.
        own: the municipality's own norms.
    """
    listed = norm_by_category(households.category, months, own)
    law = statutory(households, months, parameters)
    decided = households.decided > 0
    absent = _absent(households.category, months, ~listed.found)
    ranks = [decided, listed.known]
    return Norms(
        np.select(ranks, [households.decided, listed.cents], law.cents),
        np.select(ranks, ["decision", "norms.csv"], law.origin).astype(object),
        np.select(ranks, ["", absent], law.lacks).astype(object),
    )


def norm_by_category(categories: Texts, months: Months, rows: OwnNorms) -> ByCategory:
    """Norms by the municipality's own list: a row counts for the months that it covers wholly.

    Args:
        categories: normcategorie per client-month.
        months: yyyymm, the same shape.
        rows: the list; of two rows that cover a month the later told counts.
    """
    cents = np.zeros(len(months), dtype=np.int64)
    mine = {category: categories == category for category in dict.fromkeys(rows.category)}
    for category, start, end, total in zip(*rows, strict=True):
        first, last = _whole_months(start, end)
        covered = mine[category] & (months >= first) & (months <= last)
        cents = np.where(covered & (total > 0), total, cents)
    known = np.logical_or.reduce([np.zeros(len(months), dtype=bool), *mine.values()])
    return ByCategory(cents, known, cents > 0)


def statutory(households: Households, months: Months, parameters: Parameters) -> Norms:
    r"""The norm by law for households that are the same all month.

    >>> from surplus.rules.parameters import read_parameters
    >>> table = read_parameters(
    ...     "valid_from,name,household,age_band,amount,unit,source,reliability\n"
    ...     "2020-07-01,norm_incl,couple,21-aow,1512.90,month,published,verified\n"
    ... )
    >>> shared = Households(
    ...     np.array([""]), np.array(["ALLEENSTAANDE"]), np.array([[19900101, 0]]), np.array([2]),
    ...     np.array([0]),
    ... )
    >>> statutory(shared, np.array([202007]), table).cents.tolist()
    [75645]
    """
    kind, sharers = households.household, households.cost_sharers
    couple = kind == "GEHUWD"
    alone = (kind == "ALLEENSTAANDE") | (kind == "ALLEENSTAANDE_OUDER")
    youngest, oldest = _ages(households.birth, couple, months)
    adult = (youngest >= 21) & (oldest < STATE_PENSION_AGE_AT_LEAST)
    young = (youngest >= 18) & (oldest < 21)
    parent = kind == "ALLEENSTAANDE_OUDER"

    by_rule: list[tuple[Mask, Key, int]] = [
        (alone & adult & (sharers == 1), SINGLE, 0),
        (alone & adult & (sharers > 1), COUPLE, 1),
        (couple & adult & (sharers > 1), COUPLE, 2),
        (alone & young & ~parent, SINGLE_18_20, 0),
        (alone & young & parent, SINGLE_PARENT_18_20, 0),
    ]
    cents = np.zeros(len(months), dtype=np.int64)
    origin = np.full(len(months), "", dtype=object)
    lacks = _unclear(youngest, oldest, couple, alone, sharers)
    for mask, key, persons in by_rule:
        found = parameters.monthly(key, months)
        amounts = cost_sharer_norm(found.amounts, sharers, persons) if persons else found.amounts
        cents = np.where(mask, amounts, cents)
        origin = np.where(mask, str(key), origin)
        lacks = np.where(mask, found.missing, lacks)
    return Norms(cents, origin, lacks)


def cost_sharer_norm(couple_norm: Any, sharers: Any, persons: int = 1) -> Any:
    """The cost-sharer norm (kostendelersnorm, Pw art. 19a, 22a): (40% + A × 30%) / A × couple.

    By the exact fraction, rounded once, half up: for spouses over the sum of both, so that two
    spouses without others to share with have the couple's norm itself.

    Args:
        couple_norm: the couple's norm in cents.
        sharers: A, the sharing housemates with self and spouse.
        persons: 1, or 2 for spouses.

    >>> int(cost_sharer_norm(151290, 2)), int(cost_sharer_norm(200213, 2, persons=2))
    (75645, 200213)
    """
    parts = np.maximum(sharers, 1)
    return round_half_up(couple_norm * persons * (40 + 30 * parts), 100 * parts)


def holiday_share(parameters: Parameters, months: Months) -> Found:
    """The part of the benefit that is holiday allowance, per 100,000 (Pw art. 19(3))."""
    return parameters.monthly(HOLIDAY_SHARE, months)


def paid_part(cents: Any, holiday_rate: Any) -> Any:
    """The part of norm or benefit paid now, without holiday allowance (domain.md §3.3).

    >>> int(paid_part(140150, 5_000)), int(paid_part(103042, 5_000))
    (133143, 97890)
    """
    return share(cents, RATE_UNIT - holiday_rate)


def _ages(birth: Days, couple: Mask, months: Months) -> tuple[Any, Any]:
    """Age of the youngest on the first and of the oldest on the last day; -1 where not told."""
    members = np.stack([np.ones(len(months), dtype=bool), couple], axis=1)
    at_first = age(birth, first_day(months)[:, None])
    at_last = age(birth, last_day(months)[:, None])
    youngest = np.where(members, at_first, 999).min(axis=1)
    return youngest, np.where(members, at_last, -1).max(axis=1)


def _unclear(youngest: Any, oldest: Any, couple: Mask, alone: Mask, sharers: Any) -> Texts:
    """Why the law gives no single amount for a household, where no rule applies to it."""
    reasons = [
        (~(couple | alone), "household type"),
        (youngest < 0, "birth date"),
        (youngest < 18, "norm under 18"),
        (oldest >= STATE_PENSION_AGE_AT_LEAST, "state pension age"),
        (sharers < np.where(couple, 2, 1), "cost sharers"),
        (couple, "norm of a couple with a member under 21"),
    ]
    masks, texts = zip(*reasons, strict=True)
    unclear: Texts = np.select(masks, texts, "norm changes within the month")
    return unclear.astype(object)


def _absent(categories: Texts, months: Months, missing: Mask) -> Texts:
    """Where the own list gives no amount: the category and the month that has no row."""
    absent = np.full(len(months), "", dtype=object)
    each, place = np.unique(months[missing], return_inverse=True)
    names = np.array([str(Month(month)) for month in each.tolist()], dtype=object)
    absent[missing] = "norms.csv/" + categories[missing].astype(object) + " in " + names[place]
    return absent


def _whole_months(start: str, end: str) -> tuple[Month, Month]:
    """The first and last month that lie wholly within two days."""
    first, last = Month.of(start), Month.of(end)
    if start > first.first_day.isoformat():
        first = first.plus(1)
    if end < last.last_day.isoformat():
        last = last.plus(-1)
    return first, last
