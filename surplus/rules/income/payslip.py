"""From a payslip of the employer (loonstrook) to figures (design.md §6, formats.md §1c).

    W   = netto_loon_uitbetaald
    ink = netto_verrekenbaar − net holiday pay − net year-end pay
          + voluntary deductions + attachment

What the employer keeps back by choice of the client (union, savings, an advance repaid) or by order
of a bailiff counts all the same: it is no mandatory deduction in the sense of Pw art. 31(3)
[voluntary MODEL, attachment inferred]. Deductions that are not split off count as mandatory.

Worked example (domain.md C23): net 900.00, a bailiff takes 120.00: W 780.00, C 900.00.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.rules.income.figures import Counted
from surplus.rules.income.holiday_accrual import paid_with_wage, payroll_accrual
from surplus.rules.source import Source

SOURCES = {
    "wage_payslip": Source(
        "Surplus, docs/rules.md", "W = uitbetaald netto loon", "W = net wage paid"
    ),
    "ink_payslip": Source(
        "Pw art. 31(2)f, 31(3), 32",
        "netto zonder vakantiegeld = netto verrekenbaar − netto vakantiegeld − te verdelen "
        "netto eindejaarsuitkering + vrijwillige inhoudingen + beslag",
        "net without holiday pay = net to be settled − net holiday pay − net year-end pay "
        "to be spread + voluntary deductions + attachment",
    ),
    "passed_on_payslip": Source(
        "Pw art. 31(2)f, g, 31(4)",
        "doorgegeven = onbelaste reiskosten + overige onbelaste vergoeding + netto vakantiegeld",
        "passed on = untaxed travel + other untaxed allowance + net holiday pay",
    ),
}


class Payslip(NamedTuple):
    """What n periods are told by payslips, in cents; what was not told is 0."""

    paid: Cents  # netto_loon_uitbetaald
    payable: Cents  # netto_verrekenbaar
    travel: Cents  # reiskosten_onbelast
    allowance: Cents  # overige_vergoeding_onbelast
    voluntary: Cents  # inhouding_vrijwillig
    attachment: Cents  # beslag
    holiday_gross: Cents  # vakantietoeslag_bruto
    holiday_net: Cents  # vakantietoeslag_netto
    year_end_gross: Cents  # eindejaarsuitkering_bruto
    year_end_net: Cents  # eindejaarsuitkering_netto
    accrual_net: Cents  # opbouw_vt_netto
    holiday_accrued: Cents  # opgb_recht_vt, gross, of the delivery that the payslip supersedes


def counted(told: Payslip, special_rate: int) -> Counted:
    """The figures of n periods as payslips tell them.

    Args:
        told: components; those of one job and period added up before.
        special_rate: tax on special income per 100,000, where only the gross accrual is known.

    >>> told = Payslip(*(np.array([c]) for c in (78_000, 78_000, 0, 0, 0, 12_000, *[0] * 6)))
    >>> [figure.item() for figure in counted(told, 0)]
    [78000, 0, 90000, 0, 0, False, False]
    """
    not_told = np.zeros(told.payable.shape, dtype=bool)  # an accrual of year-end pay
    at_once = paid_with_wage(told.year_end_net, told.payable, not_told)
    year_end = np.where(at_once, 0, told.year_end_net)
    net = told.payable - told.holiday_net - year_end
    reserved = (told.accrual_net != 0) | (told.holiday_accrued != 0)
    accrued = payroll_accrual(told.accrual_net, told.holiday_accrued, special_rate)
    all_in = paid_with_wage(told.holiday_net, told.payable, reserved)
    holiday_unknown = (told.holiday_gross != 0) & (told.holiday_net == 0)
    year_end_unknown = (told.year_end_gross != 0) & (told.year_end_net == 0)
    return Counted(
        wage=told.paid,
        passed_on=told.travel + told.allowance + told.holiday_net,
        ink=net + told.voluntary + told.attachment,
        accrual=np.where(all_in, told.holiday_net, accrued),
        year_end=year_end,
        reserved=reserved,
        unclear=holiday_unknown | year_end_unknown,
    )
