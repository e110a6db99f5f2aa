"""What the rows of one pay period come to: counted, passed on, received (domain 3.4, design 6)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tests.oracle.month.case import Policy, Row
from tests.oracle.month.money import NOTHING, cent


class Pay(NamedTuple):
    """One period of one job: `regular` counts without holiday pay, `accrued` is that holiday pay.

    `year_end` counts too, but in the months in which it was built up.
    """

    start: date
    end: date
    paid_on: date
    regular: Decimal
    accrued: Decimal
    year_end: Decimal
    cash: Decimal
    passed_on: Decimal


def pay_of_period(rows: Sequence[Row], policy: Policy) -> Pay:
    """The rows of one period added up; the net accrual is estimated, and rounded, once."""
    gross = sum((row.accrued for row in rows if row.source == "delivery"), NOTHING)
    net = sum((row.accrued for row in rows if row.source == "payslip"), NOTHING)
    told = [pay_of_delivery(r) if r.source == "delivery" else pay_of_payslip(r) for r in rows]
    regular, year_end, cash, passed_on = (
        sum(column, NOTHING) for column in zip(*told, strict=True)
    )
    accrued = cent(gross * (1 - policy.special_rate)) + net
    first = rows[0]
    return Pay(first.start, first.end, first.paid_on, regular, accrued, year_end, cash, passed_on)


def pay_of_delivery(row: Row) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Special pay is holiday pay, year-end pay, or when it is said to be neither plain income."""
    regular, year_end, holiday = row.net, NOTHING, NOTHING
    if row.holiday_paid > 0:
        holiday = row.special
    elif row.year_end > 0:
        year_end = row.special
    else:
        regular += row.special
    return regular, year_end, row.net + row.special + row.travel, row.travel + holiday


def pay_of_payslip(row: Row) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """What the client chose to have deducted, and what a creditor took, is income all the same."""
    regular = row.net - row.holiday_paid - row.year_end + row.voluntary + row.attachment
    untaxed = row.travel + row.other
    return regular, row.year_end, row.net + untaxed, untaxed + row.holiday_paid
