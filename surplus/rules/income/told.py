"""What was told of the income of many people, row by row, and each period of a job once.

The rows that one employer tells of one person and one period are added up before anything is
converted, rounded or classified, so that it makes no difference over how many rows it was told.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.rules.arrays import Days, Mask, Texts
from surplus.rules.income import delivery, payslip
from surplus.rules.income.codes import earned, own_benefit
from surplus.rules.income.delivery import Delivered
from surplus.rules.income.figures import Counted
from surplus.rules.income.payslip import Payslip
from surplus.rules.periods import Periods, Places, fits
from surplus.rules.periods.days import NEVER, until
from surplus.rules.periods.four_weeks import PAYMENT_MONTH
from surplus.rules.periods.period import FOUR_WEEKS
from surplus.rules.runs import runs

_DAY_BITS = 27  # yyyymmdd


class Told(NamedTuple):
    """n rows of one source: deliveries, or payslips. See `precedence` for which of them count."""

    periods: Periods
    income_code: Texts  # cd_srt_ikv
    tax_credit: npt.NDArray[np.int64]  # ind_lhk: 1 applied, 2 not applied, 0 not told
    pension_from: Days  # the day on which the person reaches the state pension age, 0 unknown
    paid_elsewhere: Mask  # not to the buffer account (decision paid_to client): counts, without W
    withdrawn: Mask  # taken back by the sender: told, and zero
    amounts: Delivered | Payslip


class Once(NamedTuple):
    """n periods, each of a job and kind of income once."""

    periods: Periods
    earned: Mask  # by work; other income of the same job stands apart
    credit_refused: Mask  # the wage tax credit is not applied
    pension_from: Days
    good: Mask  # fits its kind, see `periods.fits`
    counted: Counted


def once(told: Told, special_rate: int) -> tuple[Once, Places]:
    """Each period once, with its figures.

    Args:
        told: n rows of a source.
        special_rate: tax on special income per 100,000.

    Returns:
        The periods, and for each row the place of its period; −1 for the municipality's own
        benefit (code 43), which is dropped.
    """
    own = own_benefit(told.income_code)
    period = np.full(len(own), -1)
    kept = np.flatnonzero(~own)
    mine = told.periods.at(kept)
    work = earned(told.income_code)[kept]
    first, group = _same(mine, work)
    period[kept] = group
    stands = ~told.withdrawn[kept]
    amounts = [_added(column[kept] * stands, group, len(first)) for column in told.amounts]
    counted = _counted(type(told.amounts)(*amounts), special_rate)
    good = ~_any(~fits(mine), group, len(first))
    refused = _any(told.tax_credit[kept] == 2, group, len(first))
    outside = told.paid_elsewhere[kept][first]
    counted = counted._replace(
        wage=np.where(outside, 0, counted.wage), passed_on=np.where(outside, 0, counted.passed_on)
    )
    of_person = told.pension_from[kept][first]
    return Once(_agreed(mine, first, group), work[first], refused, of_person, good, counted), period


def _same(periods: Periods, work: Mask) -> tuple[Places, Places]:
    """Of each distinct period its first row, and for each row which of them it tells of."""
    ends = ((periods.job * 2 + work) << _DAY_BITS) + periods.end
    if (ends[1:] > ends[:-1]).all():
        each = np.arange(len(ends))
        return each, each
    by_payment = (periods.method == PAYMENT_MONTH) & (periods.kind == FOUR_WEEKS)
    paid = np.where(by_payment, periods.paid_on, 0)
    keys = (paid, periods.kind, periods.begin, ends)
    order = np.lexsort(keys)
    same = runs(*(key[order] for key in keys))
    group = np.empty_like(order)
    group[order] = same.number
    return order[same.first], group


def _agreed(periods: Periods, first: Places, group: Places) -> Periods:
    """Each distinct period; where its rows tell other days, the order of rows decides nothing.

    It counts as paid on the last day told, and its relation as running from the first day told to
    the last [MODEL].
    """
    once = periods.at(first)
    if len(first) == len(group):
        return once
    paid, ends = np.zeros((2, len(first)), dtype=np.int64)
    begins = np.full(len(first), NEVER)
    np.maximum.at(paid, group, periods.paid_on)
    np.minimum.at(begins, group, until(periods.relation_begin))
    np.maximum.at(ends, group, until(periods.relation_end))
    return once._replace(paid_on=paid, relation_begin=_told(begins), relation_end=_told(ends))


def _told(days: Days) -> Days:
    return np.where(days == NEVER, 0, days)


def _added(column: Any, group: Places, groups: int) -> Any:
    if column.dtype == bool:
        return _any(column, group, groups)
    total = np.zeros(groups, dtype=np.int64)
    np.add.at(total, group, column)
    return total


def _any(mask: Mask, group: Places, groups: int) -> Mask:
    found = np.zeros(groups, dtype=bool)
    found[group[mask]] = True
    return found


def _counted(amounts: Any, special_rate: int) -> Counted:
    rule = payslip.counted if isinstance(amounts, Payslip) else delivery.counted
    return rule(amounts, special_rate)
