"""The course of n cases over m months (verloop), and how money comes later than its month.

Arrays have shape (n, m): a row per client, a column per calendar month, amounts in cents. A month
that is not settled (not participating, or still open) has zeros there: nothing is known of it.
Every client has at least one settled month.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.months import Months, ordinal
from surplus.rules.arrays import EPOCH, Days, Mask
from surplus.rules.norm import paid_part


class Course(NamedTuple):
    """What was settled for n cases in m months, and when the money behind it was known."""

    months: Months  # (m,) consecutive calendar months
    pay_days: Days  # (m,) the day on which benefit is paid, whichever the variant
    settled: Mask  # (n, m)
    norm: Cents  # (n, m) N; under EXCL without holiday allowance
    holiday_rate: Cents  # (n, m) the part of it kept back, per 100,000; 0 under EXCL
    counted: Cents  # (n, m) C − E, never below zero
    benefit: Cents  # (n, m) Bp
    wage: Cents  # (n, m) w: wages by the pay month in which they were received
    wages_due: Cents  # (n,) Σ W of the settled months
    known_on: Days  # (n, m) the day on which all income of the month was told; 0: none awaited
    ended: Mask  # (n,) the benefit has ended and its last month is settled

    @property
    def paid_norm(self) -> Cents:
        """V = 0.95 × N, the norm as it is paid monthly; shape (n, m)."""
        return np.asarray(paid_part(self.norm, self.holiday_rate))

    @property
    def last(self) -> Any:
        """The column of the last settled month of each client; shape (n,)."""
        return np.where(self.settled, np.arange(len(self.months)), 0).max(axis=1)


class Cash(NamedTuple):
    """What reaches the client in each month under one variant, in cents."""

    wage: Cents  # (n, m) from employers
    benefit: Cents  # (n, m) from the municipality: after setting off, supplements included
    supplied: Cents  # (n, m) of it, what makes an earlier month good
    taken_back: Cents  # (n, m) what was set off against it for an earlier month
    days_late: Any  # (n, m) days between due and paid
    wages_to_come: Cents  # (n,) wages not received within the settled months
    rest: Cents  # (n,) what the municipality still owes; below zero: what it paid too much
    reserve_rate: Cents  # (n,) holiday allowance that goes with a claim, per 100,000

    @property
    def received(self) -> Cents:
        """All that reaches the client in each month, shape (n, m)."""
        return self.wage + self.benefit


def cash(course: Course, payable: Cents, owed: Cents, supplied: Cents, days_late: Any) -> Cash:
    """The cash of an ordinary variant: wages straight from the employer, the rest as benefit.

    Args:
        course: of the cases.
        payable: (n, m) what would be paid if nothing were owed, supplements included.
        owed: (n, m) what came to light in a month as paid too much before.
        supplied: (n, m) the part of `payable` that makes an earlier month good.
        days_late: (n, m) days between due and paid.
    """
    taken_back = set_off(payable, owed)
    benefit = payable - taken_back
    at_end = np.take_along_axis(course.holiday_rate, course.last[:, None], axis=1)
    return Cash(
        wage=course.wage,
        benefit=benefit,
        supplied=supplied,
        taken_back=taken_back,
        days_late=days_late,
        wages_to_come=course.wages_due - course.wage.sum(axis=1),
        rest=course.benefit.sum(axis=1) - benefit.sum(axis=1),
        reserve_rate=at_end[:, 0],
    )


def set_off(payable: Cents, owed: Cents) -> Cents:
    """What is set off (verrekend) in each month: all that is owed by then, never below nothing.

    Args:
        payable: (n, m) what would be paid.
        owed: (n, m) what comes to light as owed; what cannot be set off waits for the next month.

    >>> set_off(np.array([[500, 500, 500]]), np.array([[0, 700, 0]])).tolist()
    [[0, 500, 200]]
    """
    taken = np.zeros_like(payable)
    debt = np.zeros(len(payable), dtype=np.int64)
    for month in range(payable.shape[1]):
        debt = debt + owed[:, month]
        taken[:, month] = np.minimum(debt, payable[:, month])
        debt = debt - taken[:, month]
    return taken


def later(course: Course, amounts: Cents) -> Cents:
    """Amounts of each month in the month in which they can be put right.

    That is the first one after it whose pay day is not before the day on which the income was
    known. What falls behind the client's last settled month is in none of these months.

    Args:
        course: of the cases.
        amounts: (n, m).
    """
    count = len(course.months)
    by_then = np.searchsorted(course.pay_days, course.known_on)
    column = np.maximum(by_then, np.arange(1, count + 1))
    inside = column <= course.last[:, None]
    rows, _ = np.nonzero(inside)
    moved = np.zeros_like(amounts)
    np.add.at(moved, (rows, column[inside]), amounts[inside])
    return moved


def before(settled: Mask, amounts: Any) -> tuple[Any, Mask]:
    """The amounts of each client's settled month before, and whether there is one.

    Args:
        settled: (n, m).
        amounts: (n, m).

    >>> settled = np.array([[True, False, True, True]])
    >>> before(settled, np.array([[10, 0, 30, 40]]))[0].tolist()
    [[0, 10, 10, 30]]
    """
    columns = np.arange(settled.shape[1])
    latest = np.maximum.accumulate(np.where(settled, columns, -1), axis=1)
    past = np.concatenate([np.full((len(settled), 1), -1), latest[:, :-1]], axis=1)
    there = past >= 0
    return np.where(there, np.take_along_axis(amounts, np.maximum(past, 0), axis=1), 0), there


def days_late(due: Days, paid: Days) -> Any:
    """Days from `due` to `paid`; 0 where it was paid on the day, before it, or no day is told.

    >>> days_late(np.array([20260227, 20260227, 20260227]), np.array([20260311, 20260220, 0]))
    array([12,  0,  0])
    """
    return np.maximum(0, _day_counts(paid) - _day_counts(due))


def pay_months(received: Days, own: Months, months: Months, pay_days: Days) -> Months:
    """The pay month in which a wage counts as received [MODEL].

    Wages of a month arrive from about the 25th to the 15th of the next (domain.md §2.2), around
    the day on which the benefit is paid: a wage belongs to the pay day nearest to the day on which
    it was received, and never to a month before its own.

    Args:
        received: days on which wages came in, shape (k,); 0 where none is told: its own month.
        own: the months that the wages are of.
        months: consecutive months, so far that one lies behind every month that matters.
        pay_days: their pay days.

    >>> pay_months(
    ...     np.array([20260205, 20260225, 0]), np.array([202601, 202601, 202601]),
    ...     np.array([202601, 202602]), np.array([20260130, 20260227]),
    ... ).tolist()
    [202601, 202602, 202601]
    """
    after = np.minimum(np.searchsorted(pay_days, received), len(pay_days) - 1)
    earlier = np.maximum(after - 1, 0)
    day, ahead, behind = (_day_counts(d) for d in (received, pay_days[after], pay_days[earlier]))
    nearest = months[np.where(ahead - day < day - behind, after, earlier)]
    return np.maximum(nearest, own)


def _day_counts(days: Days) -> Any:
    """Day numbers yyyymmdd counted from 1970, so that they can be subtracted; 0 is long ago."""
    first = (ordinal(days // 100) - EPOCH).astype("datetime64[M]").astype("datetime64[D]")
    return first.astype(np.int64) + days % 100
