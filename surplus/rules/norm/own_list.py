"""The municipality's own norms (norms.csv): once they know a category, only their rows count."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.months import Month, Months
from surplus.rules.arrays import Mask, Texts
from surplus.rules.source import Source

SOURCES = {
    "norm_own_list": Source(
        "normenlijst van de gemeente", "bedrag van de normcategorie", "amount of the category"
    )
}


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


def absent(categories: Texts, months: Months) -> Texts:
    """Names what the own list has no amount of: category and month."""
    each, place = np.unique(months, return_inverse=True)
    names = np.array([str(Month(month)) for month in each.tolist()])
    lacking: Texts = "norms.csv/" + categories.astype(object) + " in " + names[place]
    return lacking


def _whole_months(start: str, end: str) -> tuple[Month, Month]:
    """The first and last month that lie wholly within two days."""
    first, last = Month.of(start), Month.of(end)
    if start > first.first_day.isoformat():
        first = first.plus(1)
    if end < last.last_day.isoformat():
        last = last.plus(-1)
    return first, last
