"""Cents to text and back, and the one way of rounding."""

from decimal import ROUND_HALF_UP, Decimal


def half_up(cents: Decimal) -> int:
    """Whole cents, halves away from zero.

    >>> half_up(Decimal("133142.5")), half_up(Decimal("-0.5"))
    (133143, -1)
    """
    return int(cents.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def percent(rate: str, cents: int) -> int:
    """A percentage of an amount, in whole cents.

    >>> percent("25", 75110)
    18778
    """
    return half_up(Decimal(rate) * cents / 100)


def cents(text: str) -> int:
    """An amount as the files write it.

    >>> cents("1401,50"), cents("-0,07"), cents("")
    (140150, -7, 0)
    """
    return int(Decimal(text.replace(",", ".")) * 100) if text else 0


def euro(amount: int, point: str = ",") -> str:
    """Cents as euro text with two decimals.

    >>> euro(140150), euro(-7), euro(74312, ".")
    ('1401,50', '-0,07', '743.12')
    """
    whole, rest = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{whole}{point}{rest:02d}"
