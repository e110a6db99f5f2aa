"""Which telling of a payslip counts, whatever the order in which files arrived.

An employer's file bears no number. Of one period `betaaldatum` tells which payslip is the later
one, and a later one that tells other amounts waits for two people: until then the first counts
(formats.md §1c no. 21). Where the first two were paid on one day nothing tells them apart, and
none counts [MODEL]. Nor does any of two payslips of an employment that share a day, nor one of
which the net lies too far from what was delivered about the period (design.md §6), until it is
accepted.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.money import Cents
from surplus.rules.arrays import Days, Mask
from surplus.rules.runs import runs, shares_a_day

Ints = npt.NDArray[np.int64]

#: Beside the tolerance of the policy the two nets may differ by this part of what was delivered.
TOLERANCE_PERCENT = 1


class Slips(NamedTuple):
    """Payslips as told, n rows; of those paid on one day the last stands last."""

    job: Ints  # which person at which employer
    begin: Ints  # day of the period, counted on
    end: Ints
    paid_on: Days  # yyyymmdd
    content: Ints  # one number for all that tell the same amounts about the same days
    occurrence: Ints  # the how manieth of equal ones, from 1
    run: Ints  # in which it was taken in
    accepted: Ints  # number of the decision that accepts it; 0 for none
    accepted_in: Ints  # the run in which that was taken


class Chosen(NamedTuple):
    """What becomes of n payslips."""

    counts: Mask
    otherwise: Mask  # tells something else than what counts, and nobody has said what holds
    overlaps: Mask  # would count, did it not share a day with another one


def choose(slips: Slips) -> Chosen:
    """Which payslips count: of every period one telling, with each of its equal ones.

    A decision chooses the telling it accepts, the last one goes before; a telling that was known
    by then waits no more. Without a decision it is the telling that was paid first.
    """
    period, telling = _numbers(slips.job, slips.begin, slips.content)
    best, tied = _best(slips, period, telling)
    mine = (telling == best[period]) & ~tied[period]
    latest, decided_in = np.zeros((2, len(best)), dtype=np.int64)
    np.maximum.at(latest, period[mine], slips.paid_on[mine])
    np.maximum.at(decided_in, period[mine], slips.accepted_in[mine])
    otherwise = ~mine & (slips.paid_on >= latest[period]) & (slips.run > decided_in[period])
    places = np.flatnonzero(mine)
    places = places[np.argsort(slips.paid_on[places], kind="stable")]
    of_each = _numbers(period[places], slips.occurrence[places])[0]
    last = np.zeros(of_each.max(initial=-1) + 1, dtype=np.int64)
    last[of_each] = places
    counts = np.zeros(len(period), dtype=bool)
    counts[last] = True
    overlaps = _overlaps(slips, counts, period)
    return Chosen(counts & ~overlaps, otherwise, overlaps)


def differing(
    job: Ints, begin: Days, end: Days, net: Cents, slip: Mask, delivered: Mask, accepted: Mask,
    tolerance_cents: int,
) -> tuple[Mask, Cents]:  # fmt: skip
    """The payslips whose net lies too far from what was delivered about the very same period.

    Args:
        job: which person at which employer, of n facts.
        begin: first day of the period.
        end: its last day.
        net: of a payslip what counts, of a delivery the net it tells.
        slip: the payslips among them that count as far as payslips go.
        delivered: the deliveries among them that stand.
        accepted: the payslips that a decision accepts; one is enough for its period.
        tolerance_cents: so much is no difference.

    Returns:
        Mask over the facts, and per fact how much more payslips tell of its period.
    """
    period = _numbers(job, begin, end)[-1]
    sums = np.zeros((2, period.max(initial=-1) + 1), dtype=np.int64)
    told = np.zeros(sums.shape, dtype=bool)
    for side, mask in enumerate((slip, delivered)):
        np.add.at(sums[side], period[mask], net[mask])
        told[side, period[mask]] = True
    held = np.zeros(sums.shape[1], dtype=bool)
    held[period[slip & accepted]] = True
    apart = told.all(axis=0) & ~held & outside(sums[0], sums[1], tolerance_cents)
    return slip & apart[period], (sums[0] - sums[1])[period]


def outside(ours: Cents, theirs: Cents, tolerance_cents: int) -> Mask:
    """Where two nets differ by more than the tolerance, and by more than one percent [MODEL].

    >>> outside(np.array([85_962, 90_400]), np.array([90_562, 90_562]), 100).tolist()
    [True, False]
    """
    apart = np.abs(ours - theirs)
    percent = apart * 100 > TOLERANCE_PERCENT * np.abs(theirs)
    return np.asarray((apart > tolerance_cents) & percent)


def net_of_payslip(net_payable: Cents, voluntary: Cents, attachment: Cents) -> Cents:
    """The net of a payslip that counts, holiday pay and year-end pay included (design.md §6)."""
    return net_payable + voluntary + attachment


def net_of_delivery(net: Cents, net_special: Cents, wage_tax_base: Cents, wage_tax: Cents) -> Cents:
    """The net of a delivered fact; where none was told, wage less wage tax."""
    told = net + net_special
    return np.asarray(np.where(told != 0, told, wage_tax_base - wage_tax))


def _numbers(*columns: Any) -> list[Ints]:
    """One number per distinct combination of the first two columns, of the first three, and on."""
    found = []
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes = np.unique(column, return_inverse=True)[1]
        number = np.unique(number * (len(codes) + 1) + codes, return_inverse=True)[1]
        found.append(number)
    return found[1:]


def _best(slips: Slips, period: Ints, telling: Ints) -> tuple[Ints, Mask]:
    """Of every period the telling that goes before, and whether another has the same right to."""
    count = telling.max(initial=-1) + 1
    of, accepted, last = np.zeros((3, count), dtype=np.int64)
    first = np.full(count, np.iinfo(np.int64).max)
    of[telling] = period
    np.maximum.at(accepted, telling, slips.accepted)
    np.maximum.at(last, telling, slips.paid_on)
    np.minimum.at(first, telling, slips.paid_on)
    right = np.where(accepted > 0, -last, first)
    order = np.lexsort([right, -accepted, of])
    by_period = runs(of[order])
    best, second = order[by_period.first], order[np.minimum(by_period.first + 1, by_period.last)]
    tied = (second != best) & (right[best] == right[second]) & (accepted[best] == accepted[second])
    return best, tied


def _overlaps(slips: Slips, counts: Mask, period: Ints) -> Mask:
    """Of the payslips that count, those of a period that shares a day with one of another period;
    what a decision accepts stays.
    """
    places = np.flatnonzero(counts)
    places = places[np.unique(period[places], return_index=True)[1]]
    shared = shares_a_day(slips.job[places], slips.begin[places], slips.end[places])
    mask = np.isin(period, period[places[shared]]) & counts
    return np.asarray(mask & (slips.accepted == 0))
