"""What a job brings in month by month: pay periods, days of right, year-end pay, holiday pay."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from tests.oracle.dates import first_day, last_day, month_of, months
from tests.oracle.dates import months_later as later
from tests.oracle.month.ages import has_pension
from tests.oracle.month.case import Job, Life, Row
from tests.oracle.month.money import NOTHING, cent, parts, percent
from tests.oracle.month.parameters import LackingError, amount, claim_table
from tests.oracle.month.pay import Pay, pay_of_period

DAY = timedelta(1)


class Income(NamedTuple):
    """What one job brings in one month."""

    countable: Decimal
    cash: Decimal
    passed_on: Decimal


class Portion(NamedTuple):
    """The part of a pay period that belongs to a month, and the days it stands for."""

    month: int
    amount: Decimal
    first: date
    last: date


def income_of_job(job: Job, life: Life) -> dict[int, Income | str]:
    """By month of the life; a text where the pay of a month cannot be told apart."""
    pays = [pay_of_period(rows, life.policy) for rows in periods(job)]
    counted = dict.fromkeys(life.months, NOTHING)
    for month, part in (*wage_by_month(job, pays, life), *year_end_by_month(job, pays, life)):
        if month in counted:
            counted[month] += part
    found: dict[int, Income | str] = {
        month: Income(counted[month], *received(job, pays, month)) for month in life.months
    }
    for pay in pays:
        if pay.unclear:
            found |= {
                portion.month: "holiday pay and year-end pay in one amount"
                for portion in portions(job, pay, pays, pay.regular)
            }
    return found


def periods(job: Job) -> list[list[Row]]:
    """The rows of each pay period, in the order in which the periods end.

    What is paid for one period on several days stands apart only where the day of payment decides.
    """
    together: dict[tuple[date, date, date, str], list[Row]] = defaultdict(list)
    for row in effective(job.rows):
        paid_on = row.paid_on if by_payment(job) else date.max
        together[row.end, row.start, paid_on, row.source].append(row)
    return [together[key] for key in sorted(together)]


def by_payment(job: Job) -> bool:
    return job.pay == "four-week" and job.method == "payment-month"


def effective(rows: tuple[Row, ...]) -> list[Row]:
    """A payslip supersedes what is delivered about days that payslips tell of altogether.

    Of the same period it keeps the gross accrual, for a payslip that tells no net one. What was
    withdrawn is told, and nothing; a withdrawn payslip supersedes nothing. A payslip that tells
    part of what is delivered gives way to it.
    """
    rows = tuple(
        Row(*row[:4], net=NOTHING, withdrawn=True) if row.withdrawn else row for row in rows
    )
    kept = [row for row in rows if row.source == "payslip"]
    told = {day for row in kept if not row.withdrawn for day in days(row.start, row.end)}
    if not told:
        return list(rows)
    replaced: set[date] = set()
    stay: set[date] = set()
    for row in rows:
        if row.source == "delivery":
            its_days = days(row.start, row.end)
            whole = all(day in told for day in its_days)
            if whole or not row.withdrawn:
                (replaced if whole else stay).update(its_days)
    kept = [
        row
        for row in kept
        if row.withdrawn
        or not stay.intersection(days(row.start, row.end))
        or replaced.intersection(days(row.start, row.end))
    ]
    for row in rows:
        if row.source != "delivery":
            continue
        if not all(day in told for day in days(row.start, row.end)):
            kept.append(row)
            continue
        for at, slip in enumerate(kept):
            if (slip.start, slip.end) == (row.start, row.end) and not slip.withdrawn:
                kept[at] = slip._replace(delivered=slip.delivered + row.accrued)
                break
    return kept


def days(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range((last - first).days + 1)]


# --- wages ----------------------------------------------------------------------------------------


def wage_by_month(job: Job, pays: list[Pay], life: Life) -> Iterator[tuple[int, Decimal]]:
    """What counts of the wage, the holiday pay accrued with it, and the check over the year."""
    inks: dict[int, Decimal] = defaultdict(Decimal)
    reserved = set()
    for pay in pays:
        for bare in portions(job, pay, pays, pay.regular):
            whole = countable(pay, life, bare.month)
            portion = next(p for p in portions(job, pay, pays, whole) if p.month == bare.month)
            inks[bare.month] += over_days_of_right(portion, life)
            if pay.reserves:
                reserved.add(bare.month)
    yield from inks.items()
    for month in reserved:
        if month in life.months and by_table(life, month):
            yield month, claim(job, life, month, inks[month])
    if job.pay == "four-week" and job.method == "13/12":
        yield from year_check(job, pays, inks, life)


def countable(pay: Pay, life: Life, month: int) -> Decimal:
    """With the payroll's accrual, unless holiday pay stays out or the table says what it is."""
    with_accrual = life.policy.mode == "INCL" and not by_table(life, month)
    return pay.regular + pay.accrued if with_accrual else pay.regular


def portions(job: Job, pay: Pay, pays: list[Pay], whole: Decimal) -> Iterator[Portion]:
    """Which months a pay period counts in (domain 3.4, Periods)."""
    ends = month_of(pay.end)
    if job.pay == "month":
        yield Portion(ends, whole, pay.start, pay.end)
    elif job.pay == "four-week" and job.method != "by-days":
        month = month_of(pay.paid_on) if job.method == "payment-month" else ends
        if job.method == "13/12":
            whole = NOTHING if second_of_month(pay, pays) else thirteen_twelfths(whole)
            yield Portion(month, whole, first_day(month), last_day(month))
        else:
            yield Portion(month, whole, pay.start, pay.end)
    else:
        stretches = [
            (month, max(pay.start, first_day(month)), min(pay.end, last_day(month)))
            for month in months(month_of(pay.start), ends)
        ]
        split = parts(whole, [(last - first).days + 1 for _, first, last in stretches])
        for (month, first, last), part in zip(stretches, split, strict=True):
            yield Portion(month, part, first, last)


def thirteen_twelfths(wage: Decimal) -> Decimal:
    """
    >>> thirteen_twelfths(Decimal("800.00"))
    Decimal('866.67')
    """
    return cent(wage * 13 / 12)


def second_of_month(pay: Pay, pays: list[Pay]) -> bool:
    """The second of two periods that end in one month is the free thirteenth."""
    return any(month_of(p.end) == month_of(pay.end) and p.end < pay.end for p in pays)


def over_days_of_right(portion: Portion, life: Life) -> Decimal:
    """Only income over the days with a right counts (art. 32 lid 1 b)."""
    ended = life.until or date.max
    if life.since <= portion.first and portion.last <= ended:
        return portion.amount
    covered = days(portion.first, portion.last)
    inside = [day for day in covered if life.since <= day <= ended]
    return cent(portion.amount * len(inside) / len(covered))


def year_check(
    job: Job, pays: list[Pay], counted: dict[int, Decimal], life: Life
) -> Iterator[tuple[int, Decimal]]:
    """What was really earned in the periods that ended in a year, less what counted x 13/12.

    In December, or the last month of the right or of the employment where that comes earlier.
    """
    for year in sorted({pay.end.year for pay in pays}):
        mine = [pay for pay in pays if pay.end.year == year]
        month = min(year * 100 + 12, month_of(life.until or date.max))
        if job.ended:
            month = min(month, month_of(max(job.ended, mine[-1].end)))
        if month not in life.months:
            continue
        earned = [
            over_days_of_right(Portion(0, countable(pay, life, month), pay.start, pay.end), life)
            for pay in mine
            if month_of(pay.end) <= month
        ]
        of_year = [amount for m, amount in counted.items() if m // 100 == year and m <= month]
        yield month, sum(earned, NOTHING) - sum(of_year, NOTHING)


# --- holiday pay ----------------------------------------------------------------------------------


def by_table(life: Life, month: int) -> bool:
    """Whether the statutory table is used: chosen, and laid down for that year."""
    if life.policy.claim != "TABLE":
        return False
    try:
        return bool(claim_table("art11", month))
    except LackingError:
        return False


def claim(job: Job, life: Life, month: int, ink: Decimal) -> Decimal:
    """The claim to holiday allowance over the income of a month, Regeling art. 11-14.

    Art. 14 lid 2 from the state pension age, 13 where the tax credit is not applied, 12 for income
    from former work, 11 for wages.
    """
    if life.policy.mode == "EXCL" or ink <= 0:
        return NOTHING
    if has_pension(life.born[job.person], first_day(month)):
        return percent(amount("holiday_claim_art14_rate", "other_income", "aow", month), ink)
    article = "art13" if not job.credit else "art11" if job.source == "work" else "art12"
    return by_brackets(claim_table(article, month), ink)


def by_brackets(brackets: list[tuple[Decimal, Decimal, Decimal]], ink: Decimal) -> Decimal:
    """The last bracket that starts at or below the income."""
    reached = [bracket for bracket in brackets if bracket[0] <= ink]
    if not reached:
        return NOTHING
    _, rate, deduct = reached[-1]
    return cent(rate * ink / 100 - deduct)


# --- year-end pay, and cash -----------------------------------------------------------------------


def year_end_by_month(job: Job, pays: list[Pay], life: Life) -> Iterator[tuple[int, Decimal]]:
    """Over the twelve months up to the payment, not before the job began (domain P1)."""
    for pay in pays:
        if not pay.year_end:
            continue
        paid = month_of(pay.paid_on)
        built = months(min(paid, max(later(paid, -11), month_of(job.began))), paid)
        for month, part in zip(built, parts(pay.year_end, [1] * len(built)), strict=True):
            yield (
                month,
                over_days_of_right(Portion(month, part, first_day(month), last_day(month)), life),
            )


def received(job: Job, pays: list[Pay], month: int) -> tuple[Decimal, Decimal]:
    """What reaches the buffer in a month, and how much of it is passed on."""
    if job.paid_to == "client":
        return NOTHING, NOTHING
    mine = [pay for pay in pays if month_of(pay.paid_on if by_payment(job) else pay.end) == month]
    return (
        sum((pay.cash for pay in mine), NOTHING),
        sum((pay.passed_on for pay in mine), NOTHING),
    )
