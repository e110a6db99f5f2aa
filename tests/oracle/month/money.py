"""Euros in `Decimal`, and the one way of rounding (domain 3.7): half up, away from zero."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
HUNDRED = Decimal(100)


def cent(amount: Decimal) -> Decimal:
    """The amount in whole cents.

    >>> cent(Decimal("1331.425")), cent(Decimal("-0.005"))
    (Decimal('1331.43'), Decimal('-0.01'))
    """
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def percent(rate: Decimal, amount: Decimal) -> Decimal:
    """So many percent of an amount, in whole cents.

    >>> percent(Decimal("12.5"), Decimal("780.00"))
    Decimal('97.50')
    """
    return cent(amount * rate / HUNDRED)


def parts(amount: Decimal, weights: list[int]) -> list[Decimal]:
    """An amount over weights, each part rounded, the remainder in the last.

    >>> parts(Decimal("176.00"), [2, 5])
    [Decimal('50.29'), Decimal('125.71')]
    >>> sum(parts(Decimal("397.35"), [1] * 12)), parts(Decimal("397.35"), [1] * 12)[-1]
    (Decimal('397.35'), Decimal('33.14'))
    """
    whole = sum(weights)
    given = [cent(amount * weight / whole) for weight in weights[:-1]]
    return [*given, amount - sum(given, NOTHING)]
