"""From a delivery row (doorlevering, SuwiML) to figures (design.md §6, From file to figures).

W is all that the employer pays in cash: indicative net, net at the special rate, untaxed travel.
What the special rate was paid for decides what it is:

| told with it | it is | |
|---|---|---|
| vakantietoeslag only | holiday pay paid out | passed on: it counted month by month |
| either, paid with each wage | all-in | counts as paid (see `holiday_accrual`) |
| extra_prd_salaris only | year-end pay | spread over the months in which it was built up |
| neither | pay of the period | counts |
| both | not to be divided | held |

Where no indicative net is told (SuwiML), LoonLb − IngehoudenLb stands for it. Pay at the special
rate is then inside that net, so a year-end amount or a payment of reserved holiday pay cannot be
divided off and is held too [MODEL]; the holiday pay of an all-in wage counts as paid.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.money import Cents
from surplus.rules.arrays import Mask
from surplus.rules.income.figures import Counted
from surplus.rules.income.holiday_accrual import net_accrual, paid_with_wage
from surplus.rules.source import Source

SOURCES = {
    "wage": Source(
        "Divosa 4.5; Surplus, docs/rules.md",
        "W = indicatief netto + bijzonder netto + onbelaste reiskosten",
        "W = indicative net + net at the special rate + untaxed travel",
    ),
    "ink": Source(
        "Pw art. 31(2)f, 32",
        "netto zonder vakantiegeld = indicatief netto, anders loon − ingehouden loonheffing "
        "(+ bijzonder netto dat geen vakantiegeld is en niet over maanden wordt verdeeld)",
        "net without holiday pay = indicative net, else taxable wage − wage tax withheld "
        "(+ special-rate net that is no holiday pay and is not spread over months)",
    ),
    "passed_on": Source(
        "Pw art. 31(2)f, 31(4)",
        "doorgegeven = onbelaste reiskosten + uitbetaald vakantiegeld",
        "passed on = untaxed travel + holiday pay paid out",
    ),
}


class Delivered(NamedTuple):
    """What n periods are told by a delivery, in cents; what was not told is 0."""

    net: Cents  # indicatief_netto, or what stands for it: see `indicative_net`
    net_special: Cents  # indicatief_netto_bijz
    travel: Cents  # reiskosten_onbelast
    holiday_paid: Cents  # vakantietoeslag, gross
    holiday_accrued: Cents  # opgb_recht_vt, gross
    extra_paid: Cents  # extra_prd_salaris, gross
    extra_accrued: Cents  # opgb_recht_eps, gross
    by_law: Cents  # what C takes more than told net, see `net_income_2027`; 0 by default
    undivided: Mask  # `net` holds what was paid at the special rate too


def indicative_net(net: Cents, told: Mask, wage_tax_base: Cents, wage_tax: Cents) -> Cents:
    """The indicative net, or LoonLb − IngehoudenLb where none is told (SuwiML).

    >>> indicative_net(np.array([0]), np.array([False]), np.array([70_400]), np.array([900]))
    array([69500])
    """
    return np.where(told, net, wage_tax_base - wage_tax)


def counted(told: Delivered, special_rate: int) -> Counted:
    """The figures of n periods as a delivery tells them.

    Args:
        told: components; those of one job and period added up before.
        special_rate: tax on special income per 100,000, for the net of an accrual.

    >>> march = (60_000, 40_800, 500, 45_000, 3_400, 0, 0, 0, False)
    >>> told = Delivered(*(np.array([amount]) for amount in march))
    >>> [figure.item() for figure in counted(told, 0)]
    [101300, 41300, 60000, 3400, 0, True, False]
    """
    special, reserved = told.net_special != 0, told.holiday_accrued != 0
    holiday, extra = told.holiday_paid != 0, told.extra_paid != 0
    holiday_pay = np.where(special & holiday & ~extra, told.net_special, 0)
    year_end = np.where(special & extra & ~holiday, told.net_special, 0)
    net = told.net + told.net_special
    year_end = np.where(paid_with_wage(year_end, net, told.extra_accrued != 0), 0, year_end)
    mixed = special & holiday & extra
    accrued = net_accrual(told.holiday_accrued, special_rate)
    all_in = paid_with_wage(holiday_pay, net, reserved)
    return Counted(
        wage=told.net + told.net_special + told.travel,
        passed_on=told.travel + holiday_pay,
        ink=told.net + told.by_law + told.net_special - holiday_pay - year_end,
        accrual=np.where(all_in, holiday_pay, accrued),
        year_end=year_end,
        reserved=reserved,
        unclear=mixed | (told.undivided & (extra | (holiday & reserved))),
    )
