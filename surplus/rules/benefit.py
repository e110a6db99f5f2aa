"""The figures of a client-month: benefit, what is due, and what the fixed payment differs from it.

    C  = Σ persons;  E = 0 where C ≥ N                        (Pw art. 19, 31; domain.md §3.6)
    B  = max(0, N − (C − E)),  Bp = 0.95·B,  R = B − Bp
    D  = W + Bp,  difference = D − F

Under holiday_mode EXCL norm and income both leave holiday allowance out: V = 0.95·N takes the
place of N, Bp = max(0, V − (C − E)) and R = Bp × 5/95, so that B = Bp + R again.

The same function gives the figures of one client for the screen and of 400,000 at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.money import RATE_UNIT, Cents, round_half_up
from surplus.months import Months
from surplus.rules.arrays import Days, Texts, first_told
from surplus.rules.exemption import AS_BY_LAW, Policy, Rights, exempt
from surplus.rules.norm import Norms, holiday_share, paid_part
from surplus.rules.parameters import Parameters
from surplus.rules.source import Source

SOURCES = {
    "supplementary_benefit": Source(
        "Pw art. 19(2)",
        "B = N − (C − E), nooit onder nul",
        "B = N − (C − E), never below zero",
    ),
    "benefit": Source("Pw art. 19(3)", "Bp = 95% × B", "Bp = 95% × B"),
    "holiday_allowance": Source("Pw art. 19(3), 45(1)", "R = B − Bp", "R = B − Bp"),
    "entitlement": Source("Surplus, docs/rules.md", "D = W + Bp", "D = W + Bp"),
    "fixed": Source(
        "Surplus, docs/rules.md",
        "F = vast bedrag bij besluit; anders 95% × N (+ 95% × verwachte vrijlating)",
        "F = fixed amount by decision; else 95% × N (+ 95% × expected exemption)",
    ),
    "difference": Source("Surplus, docs/rules.md", "verschil = D − F", "difference = D − F"),
}
SOURCES_EXCL = {
    "supplementary_benefit": Source("Pw art. 19(2) (EXCL)", "B = Bp + R", "B = Bp + R"),
    "benefit": Source(
        "Pw art. 19(2) (EXCL)",
        "Bp = 95% × N − (C − E), nooit onder nul",
        "Bp = 95% × N − (C − E), never below zero",
    ),
    "holiday_allowance": Source("Pw art. 19(3), 45(1) (EXCL)", "R = Bp × 5/95", "R = Bp × 5/95"),
}


class Case(NamedTuple):
    """What is known of n client-months. Money in cents; second axis 2: client and partner."""

    month: Months  # (n,)
    norm: Norms  # (n,)
    wage: Cents  # (n,) W
    passed_on: Cents  # (n,)
    countable: Cents  # (n, 2) C per person
    earned: Cents  # (n, 2) the part of C that is earned by work
    birth: Days  # (n, 2)
    rights: Rights  # as they stand before the month
    override: Cents  # (n,) F by decision, 0 where there is none
    expected_exemption: Cents  # (n,) E counted in F, 0 under basis norm


class Figures(NamedTuple):
    """The figures of n client-months in cents, named as in the store's `settlement`.

    Where `lacks` says something the month has no figures: it names what is missing.
    """

    norm: Cents  # N
    wage: Cents  # W
    passed_on: Cents
    countable: Cents  # C, below zero too
    exemption: Cents  # E
    supplementary_benefit: Cents  # B
    benefit: Cents  # Bp
    holiday_allowance: Cents  # R
    entitlement: Cents  # D
    fixed: Cents  # F
    difference: Cents  # D − F
    countable_each: Cents  # (n, 2)
    exemption_each: Cents  # (n, 2)
    exemption_kind: npt.NDArray[np.int8]  # (n, 2), see exemption.letters
    months_used: npt.NDArray[np.int64]  # (n, 2) of kind n, this month included
    lacks: Texts


def figures(
    case: Case, parameters: Parameters, holiday_mode: str = "INCL",
    exemption_policy: Policy = AS_BY_LAW,
) -> Figures:  # fmt: skip
    """Every figure of n client-months.

    Args:
        case: facts and decisions.
        parameters: the dated table; looked up by the month itself, also for a correction.
        holiday_mode: INCL or EXCL.
        exemption_policy: what the municipality chose about the exemption.

    Returns:
        Arrays of shape (n,) or (n, 2); a row with `lacks` is not to be used.
    """
    rate = holiday_share(parameters, case.month)
    total = case.countable.sum(axis=1)
    reach = measured_against(case.norm.cents, rate.amounts, holiday_mode)
    exemption = exempt(
        case.rights, case.birth, case.earned, case.countable, reach, case.month, parameters,
        exemption_policy,
    )  # fmt: skip
    exempted = exemption.cents.sum(axis=1)
    gap = np.maximum(0, reach - (np.maximum(0, total) - exempted))
    if holiday_mode == "INCL":
        paid = paid_part(gap, rate.amounts)
        reserved = gap - paid
    else:
        paid = gap
        reserved = np.minimum(_on_top(gap, rate.amounts), case.norm.cents - reach)
    due = case.wage + paid
    fixed = fixed_payment(case.norm.cents, case.override, case.expected_exemption, rate.amounts)
    return Figures(
        norm=case.norm.cents,
        wage=case.wage,
        passed_on=case.passed_on,
        countable=total,
        exemption=exempted,
        supplementary_benefit=paid + reserved,
        benefit=paid,
        holiday_allowance=reserved,
        entitlement=due,
        fixed=fixed,
        difference=due - fixed,
        countable_each=case.countable,
        exemption_each=exemption.cents,
        exemption_kind=exemption.kind,
        months_used=exemption.months_used,
        lacks=first_told(case.norm.lacks, rate.missing, exemption.lacks),
    )


def measured_against(norm: Cents, holiday_rate: Cents, holiday_mode: str) -> Any:
    """What C is measured against: N, or the part of it without holiday allowance under EXCL.

    >>> measured_against(np.array([140150]), np.array([5_000]), "EXCL").tolist()
    [133143]
    """
    return norm if holiday_mode == "INCL" else paid_part(norm, holiday_rate)


def fixed_payment(norm: Any, override: Any, expected_exemption: Any, holiday_rate: Any) -> Any:
    """F, the fixed payment (vast bedrag), as agreement and norm say (domain.md §3.6).

    Args:
        norm: N in cents.
        override: F by decision, 0 where there is none.
        expected_exemption: E that the amount counts on, 0 under basis norm.
        holiday_rate: part of the benefit that is holiday allowance, per 100,000.

    >>> int(fixed_payment(140150, 0, 0, 5_000)), int(fixed_payment(140150, 0, 15000, 5_000))
    (133143, 147393)
    """
    by_norm = paid_part(norm, holiday_rate) + paid_part(expected_exemption, holiday_rate)
    return np.where(np.asarray(override) > 0, override, by_norm)


def _on_top(paid: Cents, holiday_rate: Cents) -> Any:
    """Holiday allowance that comes with a benefit stated without it: 5/95."""
    return round_half_up(paid * holiday_rate, RATE_UNIT - holiday_rate)
