"""The claim to holiday allowance (aanspraak op vakantietoeslag) by the table of the law.

Regeling Participatiewet, IOAW en IOAZ (Regeling) par. 6, art. 8–14, on the basis of Pw art. 31(4)
[LAW], holiday_claim_method TABLE. It counts over income on which holiday pay is reserved, not over
an all-in wage, and is a net amount that counts in the same month:

    claim = rate × ink − deduct, rounded half up, by the bracket  from ≤ ink < next from

| art. | who |
|---|---|
| 11 | wage from present work, tax credits applied |
| 12 | income from former work, tax credit applied |
| 13 | tax credit not applied (ind_lhk 2), such as at a second employer |
| 14(2) | state pension age reached |

The table is laid down per calendar year (art. 9): rows `holiday_claim_art11_from_1`, `_rate_1`,
`_deduct_1` … of that year. The jumps at the limits are as printed. In a year without rows payroll's
figure counts (domain.md §9 no. 8).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.money import RATE_UNIT, Cents, round_half_up
from surplus.months import Months
from surplus.rules.arrays import Mask, Texts, first_told
from surplus.rules.parameters import Found, Key, Parameters
from surplus.rules.source import Source

PRESENT_WORK, FORMER_WORK, NO_CREDIT, PENSION_AGE = 11, 12, 13, 14

Articles = npt.NDArray[np.int64]


def _source(article: str, nl: str, en: str) -> Source:
    return Source(
        f"Regeling Participatiewet art. {article}; Pw art. 31(4)",
        f"aanspraak = tarief × netto zonder vakantiegeld − aftrek, naar de tabel: {nl}",
        f"claim = rate × net without holiday pay − deduction, by the table: {en}",
    )


SOURCES = {
    "holiday_claim_11": _source("11", "loon uit tegenwoordige arbeid", "wage from present work"),
    "holiday_claim_12": _source("12", "uit vroegere arbeid", "income from former work"),
    "holiday_claim_13": _source("13", "zonder heffingskorting", "tax credit not applied"),
    "holiday_claim_14": _source("14(2)", "AOW-leeftijd bereikt", "state pension age reached"),
}


class Claim(NamedTuple):
    """The claims of n incomes."""

    cents: Cents
    article: Articles  # 0 where the year has no rows: payroll's figure counts instead
    lacks: Texts  # a row that the year's table should have had


def which_article(earned: Mask, credit_refused: Mask, pension_age: Mask) -> Articles:
    """The article of each income.

    Args:
        earned: from present work, see `codes.earned`.
        credit_refused: told that the wage tax credit is not applied; where nothing is told it is.
        pension_age: the state pension age is reached.

    >>> no, yes = np.array([False]), np.array([True])
    >>> which_article(yes, no, no), which_article(no, no, no), which_article(yes, yes, no)
    (array([11]), array([12]), array([13]))
    """
    by_work = np.where(earned, PRESENT_WORK, FORMER_WORK)
    return np.where(pension_age, PENSION_AGE, np.where(credit_refused, NO_CREDIT, by_work))


def claim(ink: Cents, article: Articles, months: Months, parameters: Parameters) -> Claim:
    """The claims over n incomes.

    Args:
        ink: net countable income of the month without the claim, in cents; nothing is claimed over
            an amount below zero.
        article: 11, 12, 13 or 14, see `which_article`.
        months: yyyymm.
        parameters: the dated rows.

    Returns:
        Cents, the article used, and what a table that is not whole lacks.
    """
    each, where = np.unique(months, return_inverse=True)
    found = Claim(np.zeros_like(ink), np.zeros_like(article), np.full(len(ink), "", dtype=object))
    for number in (PRESENT_WORK, FORMER_WORK, NO_CREDIT, PENSION_AGE):
        mine = np.flatnonzero(article == number)
        for line in _lines(number, each, parameters):
            told, reached = line.told[where[mine]], ink[mine] >= line.start[where[mine]]
            found.article[mine[told]] = number
            here = mine[told & reached]
            month = where[here]
            amount = ink[here] * line.rate.amounts[month] - line.deduct.amounts[month] * RATE_UNIT
            found.cents[here] = round_half_up(amount, RATE_UNIT)
            found.lacks[here] = first_told(line.rate.missing, line.deduct.missing)[month]
    return found


def without_claim(
    total: Cents, article: Articles, months: Months, parameters: Parameters, near: Cents
) -> tuple[Cents, Mask]:
    """The ink of n nets to which a source has added its claim (formats.md §1d).

    Of the amounts that give the total with their claim, the one nearest to what is expected: at the
    printed jumps of the table there may be two.

    Args:
        total: ink with the claim over it, in cents.
        article: of each, see `which_article`.
        months: yyyymm.
        parameters: the dated rows.
        near: ink as it is expected, such as wage less tax.

    Returns:
        ink, and where the year has a table; elsewhere ink is the total.
    """
    ink = total.copy()
    apart = np.abs(claim(total, article, months, parameters).cents)
    by_table = np.zeros(len(total), dtype=bool)
    each, where = np.unique(months, return_inverse=True)
    for number in (PRESENT_WORK, FORMER_WORK, NO_CREDIT, PENSION_AGE):
        mine = np.flatnonzero(article == number)
        for line in _lines(number, each, parameters):
            here = mine[line.told[where[mine]]]
            by_table[here] = True
            month = where[here]
            whole = (total[here] + line.deduct.amounts[month]) * RATE_UNIT
            middle = round_half_up(whole, RATE_UNIT + line.rate.amounts[month])
            for step in (-1, 0, 1):
                tried = middle + step
                claimed = claim(tried, article[here], months[here], parameters).cents
                off = np.abs(tried + claimed - total[here])
                nearer = np.abs(tried - near[here]) < np.abs(ink[here] - near[here])
                better = (off < apart[here]) | ((off == apart[here]) & nearer)
                ink[here[better]], apart[here[better]] = tried[better], off[better]
    return ink, by_table


class _Line(NamedTuple):
    """A line of the table in each of some months."""

    told: Mask  # the month's year has this line
    start: Cents  # from this income on
    rate: Found
    deduct: Found


def _lines(article: int, months: Months, parameters: Parameters) -> Iterator[_Line]:
    """The lines of an article's table, from the lowest income up."""
    if article == PENSION_AGE:
        rate = parameters.monthly(Key("holiday_claim_art14_rate", "other_income", "aow"), months)
        zero = np.zeros_like(months)
        yield _Line(rate.missing == "", zero, rate, Found(zero, rate.missing))
        return
    number = 1
    while ((start := _row(article, "from", number, months, parameters)).missing == "").any():
        rate, deduct = (
            _row(article, what, number, months, parameters) for what in ("rate", "deduct")
        )
        yield _Line(start.missing == "", start.amounts, rate, deduct)
        number += 1


def _row(article: int, what: str, number: int, months: Months, parameters: Parameters) -> Found:
    key = Key(f"holiday_claim_art{article}_{what}_{number}", "person", "below aow")
    return parameters.monthly(key, months)
