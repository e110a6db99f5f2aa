"""Which source of the same fact counts (design.md §6; policy `precedence`).

Delivery, payslip, a person's own entry and an estimate tell the same income; they are never added
up. A payslip supersedes delivered facts of the same person and employer whose periods lie wholly
inside the stretch that its payslips tell. Where they overlap in part the delivery stays effective,
and a person is told; a payslip that only does that counts for nothing. The same goes for every
pair of sources, in the order of the policy, save that nothing else gives way to what it overlaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.rules.arrays import Days, Mask, Texts
from surplus.rules.periods.days import ordinal
from surplus.rules.runs import Places, runs

#: Days between two jobs on the line on which stretches are looked up.
_APART = 1 << 23


class Effective(NamedTuple):
    """What becomes of n facts."""

    counts: Mask  # not superseded
    partial: Mask  # overlaps in part with a fact that goes before it
    both: Mask  # so does a payslip that supersedes another delivery, hence counts beside it
    by: Places  # the fact that superseded it, the last of them to begin; −1 where it counts


def effective(
    job: npt.NDArray[np.int64], source: Texts, begin: Days, end: Days, withdrawn: Mask,
    order: Sequence[str],
) -> Effective:  # fmt: skip
    """Which of n facts count.

    Args:
        job: which person at which employer.
        source: payslip, manual, delivery or estimate.
        begin: first day of the period, yyyymmdd.
        end: its last day.
        withdrawn: taken back by the sender; such a fact goes before no other.
        order: the sources, the one that goes before all first.

    Raises:
        ValueError: a source that the order does not know.

    >>> march = [np.array([day, day]) for day in (20260301, 20260331)]
    >>> kept = effective(np.array([1, 1]), np.array(["delivery", "payslip"]), *march,
    ...     np.array([False, False]), ["payslip", "delivery"])
    >>> kept.counts.tolist(), kept.by.tolist()
    ([False, True], [1, -1])
    """
    rank = _rank(source, order)
    counts, partial = np.ones(len(job), dtype=bool), np.zeros(len(job), dtype=bool)
    both, by = np.zeros(len(job), dtype=bool), np.full(len(job), -1)
    days = (job, ordinal(begin), ordinal(end))
    slip = (source == "payslip") & ~withdrawn
    for lower in np.unique(rank)[1:].tolist():
        mine = np.flatnonzero(rank == lower)
        before = np.flatnonzero((rank < lower) & ~withdrawn & (counts | ~slip))
        inside, touches, last = _against(*days, mine, before)
        counts[mine], partial[mine] = ~inside, touches & ~inside
        by[mine] = np.where(inside, last, -1)
        if source[mine[0]] == "delivery":
            beside = mine[partial[mine] & ~withdrawn[mine]]
            slips = before[slip[before]]
            _, in_part, kept = _against(*days, slips, beside)
            helps = _against(*days, slips, mine[inside])[1]
            idle = in_part & ~helps
            counts[slips[idle]], by[slips[idle]] = False, kept[idle]
            both[beside] = _against(*days, beside, slips[in_part & helps])[1]
    return Effective(counts, partial, both, by)


def _rank(source: Texts, order: Sequence[str]) -> Any:
    rank = np.full(len(source), -1)
    for number, name in enumerate(order):
        rank[source == name] = number
    if (rank < 0).any():
        unknown = str(source[np.argmin(rank)])
        raise ValueError(f"source {unknown!r} is none of {', '.join(order)}")
    return rank


def _against(job: Any, begin: Any, end: Any, mine: Places, before: Places) -> Any:
    """Of the facts `mine`: inside a stretch of `before`, touching one, and the last of these to
    begin before a fact ends.
    """
    if not len(before):
        no = np.zeros(len(mine), dtype=bool)
        return no, no, np.full(len(mine), -1)
    before = before[np.lexsort((begin[before], job[before]))]
    starts = job[before] * _APART + begin[before]
    reach = np.maximum.accumulate(job[before] * _APART + end[before])
    apart = np.ones(len(before), dtype=bool)
    apart[1:] = starts[1:] > reach[:-1] + 1
    stretches = runs(np.cumsum(apart))
    opens, closes = starts[stretches.first], reach[stretches.last]
    first, last = job[mine] * _APART + begin[mine], job[mine] * _APART + end[mine]
    at = np.searchsorted(opens, first, side="right") - 1
    reached = np.where(at >= 0, closes[at], -1)
    following = np.append(opens, np.iinfo(np.int64).max)[at + 1]
    inside = reached >= last
    by = before[np.searchsorted(starts, last, side="right") - 1]
    return inside, (reached >= first) | (following <= last), by
