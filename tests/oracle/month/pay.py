"""What the rows of one pay period come to: counted, passed on, received (domain 3.4, design 6)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tests.oracle.month.case import Policy, Row
from tests.oracle.month.money import NOTHING, cent

AMOUNTS = slice(Row._fields.index("net"), Row._fields.index("withdrawn"))


class Pay(NamedTuple):
    """One period of one job: `regular` counts without holiday pay, `accrued` is that holiday pay.

    `year_end` counts too, but in the months in which it was built up. `reserves`: the employer
    keeps holiday pay for later. `unclear`: holiday pay and year-end pay in one amount.
    """

    start: date
    end: date
    paid_on: date
    regular: Decimal
    accrued: Decimal
    year_end: Decimal
    cash: Decimal
    passed_on: Decimal
    reserves: bool
    unclear: bool


def pay_of_period(rows: Sequence[Row], policy: Policy) -> Pay:
    """All that one source told of one period, added up before anything is rounded or judged."""
    amounts = zip(*(row[AMOUNTS] for row in rows), strict=True)
    paid_on = max(row.paid_on for row in rows)
    row = Row._make([*rows[0][:3], paid_on, *(sum(told, NOTHING) for told in amounts), False])
    return (pay_of_delivery if row.source == "delivery" else pay_of_payslip)(row, policy)


def pay_of_delivery(row: Row, policy: Policy) -> Pay:
    """Special pay is holiday pay, year-end pay, or when it is said to be neither plain income."""
    holiday, year_end = bool(row.holiday_paid), bool(row.year_end)
    holiday_pay = row.special if holiday and not year_end else NOTHING
    bonus = row.special if year_end and not holiday else NOTHING
    bonus -= with_wage(bonus, row.net + row.special, False)
    return Pay(
        row.start,
        row.end,
        row.paid_on,
        regular=row.net + row.special - holiday_pay - bonus,
        accrued=with_wage(holiday_pay, row.net + row.special, bool(row.accrued))
        or net_of(row.accrued, policy),
        year_end=bonus,
        cash=row.net + row.special + row.travel,
        passed_on=row.travel + holiday_pay,
        reserves=bool(row.accrued),
        unclear=holiday and year_end and bool(row.special),
    )


def pay_of_payslip(row: Row, policy: Policy) -> Pay:
    """What the client chose to have deducted, and what a creditor took, is income all the same.

    Where the payslip says nothing of holiday pay accrued, the delivery that it supersedes does.
    """
    untaxed = row.travel + row.other
    bonus = row.year_end - with_wage(row.year_end, row.net, False)
    return Pay(
        row.start,
        row.end,
        row.paid_on,
        regular=row.net - row.holiday_paid - bonus + row.voluntary + row.attachment,
        accrued=with_wage(row.holiday_paid, row.net, bool(row.accrued or row.delivered))
        or row.accrued
        or net_of(row.delivered, policy),
        year_end=bonus,
        cash=row.net + untaxed,
        passed_on=untaxed + row.holiday_paid,
        reserves=bool(row.accrued or row.delivered),
        unclear=False,
    )


def with_wage(extra: Decimal, net: Decimal, reserves: bool) -> Decimal:
    """Holiday or year-end pay of an all-in wage: small, and nothing is kept for later."""
    small = NOTHING < extra <= net / 8
    return extra if small and not reserves else NOTHING


def net_of(gross: Decimal, policy: Policy) -> Decimal:
    """The estimate of the net accrual: gross, less the tax on special income."""
    return cent(gross * (1 - policy.special_rate))
