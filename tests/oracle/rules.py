"""One client-month: from norm, wages and exemption to what is due (domain, section 3)."""

from collections.abc import Sequence
from typing import NamedTuple

from tests.oracle.money import percent

NORMS = {
    "PW_ALLEENSTAANDE_21_AOW": 140150,
    "PW_ALLEENSTAANDE_OUDER_21_AOW": 140150,
    "PW_GEHUWD_21_AOW": 200213,
}
"""Total norm of a month, 2026-01-01 up to and including 2026-06-30."""


class Exemption(NamedTuple):
    """A right to keep part of the wage (vrijlating): kind, first month, months, months used."""

    kind: str
    since: int
    months: int
    used: int


class Relief(NamedTuple):
    """What an exemption gives in one month: percentage and cap in cents."""

    kind: str
    rate: str
    cap: int


N = Relief("VRIJLATING_25", "25", 28500)
R = Relief("ALLEENSTAANDE_OUDER", "12.5", 17766)
NOTHING = Relief("GEEN", "0", 0)


class Figures(NamedTuple):
    """The figures of a client-month, in cents, in the order of the settlements export."""

    norm: int
    wage: int
    countable: int
    exemption: int
    benefit: int
    holiday_allowance: int
    passed_on: int
    entitlement: int
    fixed_payment: int
    difference: int


def paid_part(amount: int) -> int:
    """The part of benefit or norm that is paid each month; the rest is holiday allowance."""
    return percent("95", amount)


def exempted(relief: Relief, countable: int) -> int:
    """The exempted part of one person's earned income.

    >>> exempted(N, 120000), exempted(R, 78000)
    (28500, 9750)
    """
    return min(percent(relief.rate, max(0, countable)), relief.cap)


def exemptions(norm: int, countable: Sequence[int], reliefs: Sequence[Relief]) -> list[int]:
    """The exemption per person: none for anybody when the income reaches the norm."""
    if sum(countable) >= norm:
        return [0 for _ in countable]
    return [exempted(relief, c) for relief, c in zip(reliefs, countable, strict=True)]


def client_month(
    norm: int, fixed: int, wage: int, passed_on: int, countable: int, exemption: int
) -> Figures:
    """B = max(0, N - (C - E)), Bp = 95% of B, R the rest, D = W + Bp, difference D - F."""
    benefit = max(0, norm - (max(0, countable) - exemption))
    paid = paid_part(benefit)
    due = wage + paid
    return Figures(
        norm, wage, countable, exemption, paid, benefit - paid, passed_on, due, fixed, due - fixed
    )
