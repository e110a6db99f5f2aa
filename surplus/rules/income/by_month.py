"""What every job brings in every month: from told rows to C, W and what is passed on.

    C = ink + holiday pay + year-end part + yearly check       (domain.md §3.4)

`ink` is the net countable income put into the month by its period rule, holiday pay is the accrual
or the claim by the table, the year-end part is the month's share of year-end pay, and the yearly
check puts thirteen periods × 13/12 right. Adding up per client and person is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.money import Cents
from surplus.months import Months, ordinal, plus
from surplus.rules.arrays import Mask, Texts, first_day
from surplus.rules.income.figures import Counted
from surplus.rules.income.holiday_claim import Claim, claim, which_article
from surplus.rules.income.told import Once, Told, once
from surplus.rules.income.year_end_pay import Spread, spread
from surplus.rules.parameters import Parameters
from surplus.rules.periods import (
    Parts,
    Periods,
    Places,
    Touched,
    in_months,
    told_enough,
    touched_months,
)
from surplus.rules.periods.days import until
from surplus.rules.periods.four_weeks import payment_months
from surplus.rules.periods.period import MONTH
from surplus.rules.periods.yearly_check import Check
from surplus.rules.runs import runs
from surplus.rules.source import Source

SOURCES = {
    "countable": Source(
        "Pw art. 31, 32",
        "C = netto zonder vakantiegeld + opbouw of aanspraak vakantiegeld "
        "+ deel eindejaarsuitkering + jaarcontrole",
        "C = net without holiday pay + holiday pay accrued or claimed + part of year-end pay "
        "+ yearly check",
    ),
}
#: Under holiday_mode EXCL holiday pay stays out of both norm and income.
SOURCES_EXCL = {
    "countable": Source(
        "Pw art. 31, 32 (EXCL)",
        "C = netto zonder vakantiegeld + deel eindejaarsuitkering + jaarcontrole",
        "C = net without holiday pay + part of year-end pay + yearly check",
    ),
}

_MONTH_BITS = 17


class Policy(NamedTuple):
    """What the municipality chose (`[income]` of surplus.toml)."""

    holiday_mode: str = "INCL"  # INCL | EXCL
    holiday_claim_method: str = "PAYROLL"  # PAYROLL | TABLE
    special_rate: int = 0  # tax on special income, per 100,000


class Derivation(NamedTuple):
    """Where the amounts of n months of jobs come from, for `explain`."""

    periods: Periods  # each period once
    counted: Counted  # its figures
    parts: Parts  # amounts (2, m): of each part ink, and ink with accrual
    line: Places  # (m,) the month of a job to which each part belongs
    year_end: Spread  # parts of year-end pay; `payment` is the place of its period
    year_end_line: Places
    period_of: tuple[Places, ...]  # per told table, the period of each row; −1 where dropped


class Monthly(NamedTuple):
    """n months of jobs, by job and month; income by work and other income of a job apart.

    A month may be settled where `allocatable`, not `unclear`, `lacks` says nothing, and `enough`.
    """

    job: npt.NDArray[np.int64]
    month: Months
    earned: Mask  # by work
    wage: Cents  # W
    passed_on: Cents
    ink: Cents
    claim: Cents  # holiday pay: accrued, or claimed by the table
    claim_article: npt.NDArray[np.int64]  # 11–14 where by the table, 0 where by payroll's figure
    year_end: Cents
    check: Cents
    countable: Cents  # C
    allocatable: Mask  # every period that touches the month fits a rule
    unclear: Mask  # an amount in it cannot be divided
    enough: Mask  # everything that the month waits for was told
    lacks: Texts  # the parameter that is missing
    derivation: Derivation


def monthly(told: Sequence[Told], policy: Policy, parameters: Parameters) -> Monthly:
    """Every month of every job of the rows told.

    Hand in whole calendar years of what is four-weekly (for the yearly check), and twelve months
    after the months to be settled (year-end pay is spread backwards). Rows that `precedence` sets
    aside stay out. A job is one person at one employer, numbered from 0 to 2³⁴ by the caller.

    Args:
        told: the rows, a table per source; at least one.
        policy: the municipality's.
        parameters: dated rows, for the claim table.
    """
    tables = [once(rows, policy.special_rate) for rows in told]
    known = _behind([table for table, _ in tables])
    placed = _placed(known)
    lines = _lines(known, placed)
    ink, accrual = _apart(lines, lines.of_part, placed.parts.amounts)
    final = placed.parts.final
    cash, of_cash = placed.parts.period[final], lines.of_part[final]
    enough = _enough(known, placed, lines)
    claims, by_table = _holiday_pay(known, placed, lines, ink, accrual, policy, parameters)
    year_end = _total(lines, lines.of_year_end, placed.year_end.cents)
    check = _check(placed, lines, enough, ~by_table & (policy.holiday_mode == "INCL"))
    stray = np.ones(len(lines.job), dtype=bool)
    stray[lines.of_stray] = False
    return Monthly(
        job=lines.job,
        month=lines.month,
        earned=lines.earned,
        wage=_total(lines, of_cash, known.counted.wage[cash]),
        passed_on=_total(lines, of_cash, known.counted.passed_on[cash]),
        ink=ink,
        claim=claims.cents,
        claim_article=claims.article,
        year_end=year_end,
        check=check,
        countable=ink + claims.cents + year_end + check,
        allocatable=stray,
        unclear=_any(placed, lines, known.counted.unclear),
        enough=enough,
        lacks=claims.lacks,
        derivation=Derivation(
            known.periods, known.counted, placed.parts, lines.of_part, placed.year_end,
            lines.of_year_end, _periods_of(tables),
        ),
    )  # fmt: skip


class _Placed(NamedTuple):
    """Everything that belongs to a month, of periods at some place."""

    parts: Parts
    check: Check
    year_end: Spread
    touched: Touched
    stray: Places  # periods that fit no rule
    stray_month: Months  # and each month that they touch


class _Lines(NamedTuple):
    """The months of jobs that there are, and to which of them everything placed belongs."""

    job: npt.NDArray[np.int64]
    month: Months
    earned: Mask
    of_part: Places
    of_year_end: Places
    of_check: Places
    of_touched: Places
    of_stray: Places


def _behind(tables: list[Once]) -> Once:
    """The periods of several tables behind each other."""
    if len(tables) == 1:
        return tables[0]
    periods, *columns, counted = zip(*tables, strict=True)
    joined: Any = (
        Periods(*_concatenated(periods)), *_concatenated(zip(*columns, strict=True)),
        Counted(*_concatenated(counted)),
    )  # fmt: skip
    return Once(*joined)


def _concatenated(tables: Iterable[Any]) -> list[Any]:
    """Each column of several tables behind each other."""
    return [np.concatenate(columns) for columns in zip(*tables, strict=True)]


def _periods_of(tables: list[tuple[Once, Places]]) -> tuple[Places, ...]:
    before = np.cumsum([0, *(len(table.good) for table, _ in tables)])
    return tuple(
        np.where(period >= 0, period + start, -1)
        for (_, period), start in zip(tables, before.tolist(), strict=False)
    )


def _placed(known: Once) -> _Placed:
    periods, good = known.periods, known.good
    ink, accrual = known.counted.ink, known.counted.accrual
    stream = periods._replace(job=_stream(known))
    parts, check = in_months(stream, np.stack([ink, ink + accrual]), good)
    paid = np.flatnonzero(good & (known.counted.year_end != 0))
    year_end = spread(
        known.counted.year_end[paid],
        payment_months(periods, paid),
        periods.relation_begin[paid],
        periods.right_from[paid],
        periods.right_to[paid],
    )
    touched = told_enough(periods, np.flatnonzero(good & (periods.kind != MONTH)))
    stray = touched_months(periods, np.flatnonzero(~good))
    return _Placed(parts, check, year_end._replace(payment=paid[year_end.payment]), touched, *stray)


def _stream(known: Once) -> npt.NDArray[np.int64]:
    """Income by work and other income of one job are converted and checked apart."""
    return known.periods.job * 2 + known.earned


def _lines(known: Once, placed: _Placed) -> _Lines:
    stream = _stream(known)
    found = [
        (placed.parts.period, placed.parts.month),
        (placed.year_end.payment, placed.year_end.month),
        (placed.check.period, placed.check.month),
        (placed.touched.period, placed.touched.month),
        (placed.stray, placed.stray_month),
    ]
    keys = [
        ((stream[period] >> 1 << _MONTH_BITS) + ordinal(month) << 1) + (stream[period] & 1)
        for period, month in found
    ]
    # The keys of most jobs stand in order already, which a stable sort makes use of.
    every = np.sort(np.concatenate(keys), kind="stable")
    lines = every[runs(every).first]
    job_month = lines >> 1
    return _Lines(
        job_month >> _MONTH_BITS,
        plus(1, (job_month & (1 << _MONTH_BITS) - 1)),
        (lines & 1).astype(bool),
        *(np.searchsorted(lines, key) for key in keys),
    )


def _total(lines: _Lines, at: Places, amounts: Cents) -> Cents:
    total = np.zeros(len(lines.job), dtype=np.int64)
    np.add.at(total, at, amounts)
    return total


def _apart(lines: _Lines, at: Places, amounts: Cents) -> tuple[Cents, Cents]:
    """Ink and accrual of amounts without and with the accrual.

    What counts of a period is converted as one amount, so that it is rounded once.
    """
    ink, together = (_total(lines, at, each) for each in amounts)
    return ink, together - ink


def _any(placed: _Placed, lines: _Lines, of_period: Mask) -> Mask:
    """Which lines have a part of a period that is so."""
    found = np.zeros(len(lines.job), dtype=bool)
    found[lines.of_part[of_period[placed.parts.period]]] = True
    return found


def _enough(known: Once, placed: _Placed, lines: _Lines) -> Mask:
    """A calendar month tells its month; where there are periods of weeks those decide."""
    enough = _any(placed, lines, known.periods.kind == MONTH)
    enough[lines.of_touched] = True
    enough[lines.of_touched[~placed.touched.enough]] = False
    return enough


def _holiday_pay(
    known: Once, placed: _Placed, lines: _Lines, ink: Cents, accrual: Cents, policy: Policy,
    parameters: Parameters,
) -> tuple[Claim, Mask]:  # fmt: skip
    """Holiday pay that counts in each line, and where it is the table's: laid down for its year.

    None, payroll's figure, or the claim by the table over what is reserved.
    """
    none, no = np.zeros_like(ink), np.zeros(len(ink), dtype=bool)
    nothing = Claim(none, none, np.full(len(ink), "", dtype=object))
    if policy.holiday_mode == "EXCL":
        return nothing, no
    if policy.holiday_claim_method == "PAYROLL":
        return nothing._replace(cents=accrual), no
    of_age = no.copy()
    pension_from = until(known.pension_from)[placed.parts.period]
    reached = pension_from <= first_day(placed.parts.month)
    of_age[lines.of_part[reached]] = True
    article = which_article(lines.earned, _any(placed, lines, known.credit_refused), of_age)
    found = claim(ink, article, lines.month, parameters)
    by_table, over = found.article > 0, _any(placed, lines, known.counted.reserved)
    claimed = Claim(*(np.where(over, *each) for each in zip(found, nothing, strict=True)))
    return claimed._replace(cents=np.where(by_table, claimed.cents, accrual)), by_table


def _check(placed: _Placed, lines: _Lines, enough: Mask, with_accrual: Mask) -> Cents:
    """The yearly checks of lines that told enough; of the accrual only where that counts itself."""
    ink, accrual = _apart(lines, lines.of_check, placed.check.amounts)
    return np.where(enough, ink + np.where(with_accrual, accrual, 0), 0)
