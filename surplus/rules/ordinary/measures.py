"""How even and how punctual money comes: the measures beside which the variants are laid.

    deviation      population standard deviation of what is received in the settled months:
                   √(Σ (x − mean)² / k), in whole cents, half up
    largest_drop   the largest fall from a settled month to the next; 0 where it never fell
    lowest         the lowest month, and as a part of V (= 0.95 × N of that month) per thousand
    below_90       months in which less than 90% of V is received; below_norm: less than V
    days_late      days between due and paid, over all months
    corrections    times that an earlier month is put right: supplied, set off, paid or claimed at
                   the end; taken_back: those of them that take money back
    claim          what was paid too much when the benefit has ended, holiday allowance included

Money counts in the month it is for or, a wage, in which it was received. Months that are not
settled count in no measure but the total.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from surplus.money import RATE_UNIT, Cents, round_half_up
from surplus.rules.arrays import Mask
from surplus.rules.ordinary.course import Cash, Course, before

#: A month below this part of V is a month short of money, in percent (issue 3, point 8).
SHORT_PERCENT = 90


class Measures(NamedTuple):
    """The measures of n clients under one variant: counts, days and cents, each of shape (n,)."""

    months: Any
    total: Cents  # with what moves in an open month between settled ones
    deviation: Cents
    largest_drop: Cents
    lowest: Cents
    lowest_permille: Any
    below_90: Any
    below_norm: Any
    days_late: Any
    corrections: Any
    taken_back: Any
    taken_back_cents: Cents
    claims: Any
    claim: Cents
    claim_reserve: Cents  # the part of the claim that is holiday allowance
    rest: Cents  # still to come from the municipality; below zero: still to be set off
    wages_to_come: Cents


def measured(course: Course, cash: Cash) -> Measures:
    """The measures of a variant.

    Args:
        course: of n cases, each with at least one settled month.
        cash: what reaches them under the variant.
    """
    settled, norm = course.settled, course.paid_norm
    received = cash.received
    count = settled.sum(axis=1)
    part = round_half_up(1000 * received, np.maximum(norm, 1))
    past, there = before(settled, received)
    over = np.where(course.ended, np.maximum(0, -cash.rest), 0)
    on_top = round_half_up(over * cash.reserve_rate, RATE_UNIT - cash.reserve_rate)
    at_end = course.ended & (cash.rest != 0)
    back = cash.taken_back > 0
    claimed = over > 0
    return Measures(
        months=count,
        total=received.sum(axis=1),
        deviation=deviation(received, settled),
        largest_drop=np.where(there & settled, past - received, 0).max(axis=1, initial=0),
        lowest=_lowest(received, settled),
        lowest_permille=_lowest(part, settled),
        below_90=(settled & (100 * received < SHORT_PERCENT * norm)).sum(axis=1),
        below_norm=(settled & (received < norm)).sum(axis=1),
        days_late=cash.days_late.sum(axis=1),
        corrections=((cash.supplied > 0).sum(axis=1) + back.sum(axis=1) + at_end),
        taken_back=back.sum(axis=1) + claimed,
        taken_back_cents=cash.taken_back.sum(axis=1),
        claims=claimed.astype(np.int64),
        claim=over + on_top,
        claim_reserve=on_top,
        rest=np.where(course.ended & claimed, 0, cash.rest),
        wages_to_come=cash.wages_to_come,
    )


def deviation(amounts: Cents, settled: Mask) -> Cents:
    """The population standard deviation over the settled months of each client, in whole cents.

    Exact: √(k·Σx² − (Σx)²) / k by integer square root, rounded half up once.

    Args:
        amounts: (n, m).
        settled: (n, m), at least one month per client.

    >>> deviation(np.array([[136143, 136143, 133143]]), np.array([[True, True, True]])).tolist()
    [1414]
    """
    count = settled.sum(axis=1)
    told = np.where(settled, amounts, 0).astype(object)  # squares of cents may leave 64 bits
    spread = count * (told * told).sum(axis=1) - told.sum(axis=1) ** 2
    root = np.frompyfunc(math.isqrt, 1, 1)(4 * spread).astype(np.int64)
    return np.asarray(round_half_up(root, 2 * count))


def _lowest(amounts: Any, settled: Mask) -> Any:
    """The lowest of the settled months of each client."""
    return np.where(settled, amounts, np.iinfo(np.int64).max).min(axis=1)


class Distribution(NamedTuple):
    """How a measure lies over many clients, as values that occur (nearest rank)."""

    lowest: int
    tenth: int  # one in ten has this or less
    median: int
    ninetieth: int
    highest: int


def distribution(values: Any) -> Distribution:
    """How a measure lies over n clients, n at least 1.

    >>> distribution(np.array([50, 10, 40, 20, 30]))
    Distribution(lowest=10, tenth=10, median=30, ninetieth=50, highest=50)
    """
    ranked = np.sort(values)
    ranks = [-(-len(ranked) * percent // 100) for percent in (0, 10, 50, 90, 100)]
    return Distribution(*(int(ranked[max(0, rank - 1)]) for rank in ranks))
