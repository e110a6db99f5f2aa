"""Net income from declared data (Regeling Participatiewet, IOAW en IOAZ art. 7a and 7b).

    net = L − T − V − Z − A − X
    L   income taxable for wage tax and national insurance (loon_lb)
    T   wage tax and national insurance on it (ingehouden_lb)
    V   uniform deduction for the WGA premium = p × L, rounded half up, of employment only
    Z   Zvw contribution withheld (inhouding_zvw)
    A   net benefit of private use of a car
    X   net benefit of the exemption of Pw art. 31(2)(c) or (p): young-disabled tax credit, Anw

[LAW] from 2027-01-01 [inferred]; a municipality chooses it with `income.net = "STATUTORY"`
[POLICY]. Then what is declared counts by it, while the cash stays what was told, and a payslip
still goes before it. p is one percentage for everybody, laid down each year:
`whk_uniform_rate/all/all`. No value is known of any year, so what is employment has no net income
by this rule until a row is added: it says so and is never taken without V.

Worked example (domain.md §3.4a; 0.50% only stands in for p): L 1,000.00, T 62.40: V 5.00, 932.60.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surplus.money import Cents, share
from surplus.months import Months
from surplus.rules.arrays import Mask, Texts
from surplus.rules.parameters import Key, Parameters
from surplus.rules.source import Source

START = 202701
UNIFORM_RATE = Key("whk_uniform_rate", "all", "all")

SOURCES = {
    "net_income_2027": Source(
        "Regeling Participatiewet art. 7a, 7b; Pw art. 32(5)",
        "netto = loon_lb − ingehouden_lb − p × loon_lb − Zvw − netto voordeel van auto, van "
        "jonggehandicaptenkorting of van Anw-tegemoetkoming",
        "net = loon_lb − ingehouden_lb − p × loon_lb − Zvw − net benefit of a car, of the "
        "young-disabled tax credit or of the Anw allowance",
    ),
}


class Declared(NamedTuple):
    """What n income statements declare, in cents; 0 where it does not apply."""

    taxable: Cents  # L
    tax: Cents  # T
    health_levy: Cents  # Z
    car_benefit: Cents  # A, net
    exempt_benefit: Cents  # X, net


class NetIncome(NamedTuple):
    """Net income in cents, 0 where `lacks` names the parameter that is missing."""

    cents: Cents
    lacks: Texts


def in_force(months: Months) -> Mask:
    """In which months the rule is law.

    >>> in_force(np.array([202612, 202701])).tolist()
    [False, True]
    """
    return months >= START


def net_income(
    declared: Declared, employment: Mask, months: Months, parameters: Parameters
) -> NetIncome:
    """Net income of n income statements.

    Args:
        declared: per statement.
        employment: which are of present employment, so that V is due.
        months: yyyymm, for the percentage of the year.
        parameters: the dated rows.

    >>> told = Declared(*(np.array([cents]) for cents in (100_000, 6_240, 0, 0, 0)))
    >>> net_income(told, np.array([False]), np.array([202701]), Parameters(())).cents.tolist()
    [93760]
    >>> net_income(told, np.array([True]), np.array([202701]), Parameters(())).lacks.tolist()
    ['whk_uniform_rate/all/all from 2027-01-01']
    """
    rate = parameters.monthly(UNIFORM_RATE, months)
    deduction = np.where(employment, share(declared.taxable, rate.amounts), 0)
    net = (
        declared.taxable
        - declared.tax
        - deduction
        - declared.health_levy
        - declared.car_benefit
        - declared.exempt_benefit
    )
    lacks = np.where(employment, rate.missing, "")
    return NetIncome(np.where(lacks == "", net, 0), lacks)
