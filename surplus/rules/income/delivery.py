"""From what a delivery tells to what the month counts (design.md §6, From file to figures).

W is all that the employer pays in cash, C what counts against the norm, and passed_on the part of
W that is the client's beside C. Per row, in cents; adding up per person and employment is the
caller's. Own benefit that comes back as income (code 43) has been dropped before.

Holiday pay accrued counts by payroll's own figure (holiday_claim_method PAYROLL); the statutory
claim table, the payslip, and a source without indicative net are other ways to the same figures.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from surplus.money import RATE_UNIT, Cents, share
from surplus.rules.arrays import Mask, Texts
from surplus.rules.source import Source

#: Kinds of income relation (cd_srt_ikv) that are earned by work; others get no exemption.
WAGE_CODES = ("11", "13", "15", "17")

SOURCES = {
    "wage": Source(
        "Surplus, design.md §6; Divosa 4.5",
        "W = indicatief netto + bijzonder netto + onbelaste reiskosten",
        "W = indicative net + net at the special rate + untaxed travel",
    ),
    "countable": Source(
        "Pw art. 31(2)f, 31(4), 32",
        "C = indicatief netto + netto opbouw vakantiegeld (+ bijzonder netto zonder vakantiegeld)",
        "C = indicative net + net holiday pay accrued (+ special-rate net that is no holiday pay)",
    ),
    "passed_on": Source(
        "Pw art. 31(2)f, 31(4)",
        "doorgegeven = onbelaste reiskosten + uitbetaald vakantiegeld",
        "passed on = untaxed travel + holiday pay paid out",
    ),
}
#: Under holiday_mode EXCL holiday pay stays out of both norm and income.
SOURCES_EXCL = {
    "countable": Source(
        "Pw art. 31(2)f, 32 (EXCL)",
        "C = indicatief netto (+ bijzonder netto zonder vakantiegeld)",
        "C = indicative net (+ special-rate net that is no holiday pay)",
    ),
}


class Components(NamedTuple):
    """What rows of a delivery tell, in cents; what was not told is 0."""

    net: Cents  # indicatief_netto
    net_special: Cents  # indicatief_netto_bijz
    travel: Cents  # reiskosten_onbelast
    holiday_paid: Cents  # vakantietoeslag
    holiday_accrued: Cents  # opgb_recht_vt
    extra_paid: Cents  # extra_prd_salaris


class Income(NamedTuple):
    """Figures per row. Where `year_end` is true the row cannot be counted as it stands."""

    wage: Cents
    countable: Cents
    passed_on: Cents
    year_end: Mask


def from_delivery(
    told: Components, withdrawn: Mask, holiday_mode: str, special_rate: int
) -> Income:
    """W, C and passed-on of delivered rows.

    The net paid at the special rate is holiday pay where only that was paid: cash, not C, as its
    accrual counted month by month. Where a year-end amount is in it, it belongs to the months in
    which it was built up (Divosa 3.3), and the row is held. With neither it counts in its month.

    Args:
        told: the components of n rows.
        withdrawn: rows taken back by the sender: told, and zero.
        holiday_mode: INCL counts the accrual of holiday pay, EXCL leaves it out.
        special_rate: tax on special income per 100,000, for the net of an accrual.

    >>> told = Components(*(np.array([cents]) for cents in (69510, 0, 4802, 0, 5600, 0)))
    >>> [c.item() for c in from_delivery(told, np.array([False]), "INCL", 0)]
    [74312, 75110, 4802, False]
    """
    told = Components(*(np.where(withdrawn, 0, cents) for cents in told))
    special = told.net_special != 0
    year_end = special & (told.extra_paid != 0)
    is_holiday_pay = special & (told.holiday_paid != 0) & ~year_end
    holiday_pay = np.where(is_holiday_pay, told.net_special, 0)
    accrued = net_accrual(told.holiday_accrued, special_rate)
    return Income(
        wage=told.net + told.net_special + told.travel,
        countable=told.net
        + (told.net_special - holiday_pay)
        + (accrued if holiday_mode == "INCL" else 0),
        passed_on=told.travel + holiday_pay,
        year_end=year_end,
    )


def net_accrual(accrued: Any, special_rate: int) -> Any:
    """Net holiday pay accrued under PAYROLL: gross accrual less tax, half up (domain.md §3.4).

    >>> int(net_accrual(5600, 36_550))
    3553
    """
    return share(accrued, RATE_UNIT - special_rate)


def earned(income_codes: Texts) -> Mask:
    """Which rows are earned by work; only such income has an exemption (Pw art. 31(2)n, r).

    >>> earned(np.array(["15", "33"], dtype=object)).tolist()
    [True, False]
    """
    return np.isin(income_codes.astype(str), WAGE_CODES)
