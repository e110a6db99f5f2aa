"""Money is int64 cents. Text becomes cents, cents become text, and rounding is done, only here.

>>> to_cents("1331,43"), to_cents("-15,20")
(133143, -1520)
>>> euros(133143), euros(-5), plain(133143)
('1.331,43', '-0,05', '1331.43')
>>> plain(-5), plain(-133143), plain(7), plain(0)
('-0.05', '-1331.43', '0.07', '0.00')
>>> int(round_half_up(133142500, 1000)), int(round_half_up(-5, 10))
(133143, -1)
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

Cents = npt.NDArray[np.int64]

#: How a file writes an amount (formats.md §1b): sign, at most nine digits, comma, two decimals.
AMOUNT = r"-?[0-9]{1,9},[0-9]{2}"
#: An amount with too many decimals: readable, but not to the cent.
TOO_PRECISE = r"-?[0-9]{1,9},[0-9]{3,}"
#: Rates are integers per 100,000: 25% is 25,000.
RATE_UNIT = 100_000


def to_cents(text: str) -> int:
    """Cents of an amount with a decimal comma.

    Raises:
        ValueError: the text is not an amount in the grammar of formats.md §1b.
    """
    if not re.fullmatch(AMOUNT, text):
        raise ValueError(f"{text!r} is not an amount such as 1331,43")
    return int(text.replace(",", ""))


def decimal_to_cents(text: str) -> int:
    """Cents of a number with a decimal point and at most two decimals, as XML writes it.

    Raises:
        ValueError: not a plain number, or smaller than a cent.
    """
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]+)?", text):
        raise ValueError(f"{text!r} is not an amount such as 1331.43")
    cents = Decimal(text) * 100
    if cents != cents.to_integral_value():
        raise ValueError(f"{text!r} is more precise than a cent")
    return int(cents)


def rate_of(percent: str) -> int:
    """A percentage as an integer per 100,000: '12.5' is 12,500.

    Raises:
        ValueError: finer than a thousandth of a percent.
    """
    rate = Decimal(percent) * 1000
    if rate != rate.to_integral_value():
        raise ValueError(f"{percent!r} percent is finer than 0.001")
    return int(rate)


def euros(cents: int) -> str:
    """Euros as a Dutch reader writes them, with a decimal comma and thousands points."""
    whole, rest = divmod(abs(int(cents)), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{whole:,}".replace(",", ".") + f",{rest:02d}"


def plain(cents: int) -> str:
    """Euros with a decimal point and two decimals, as XML asks."""
    digits = f"{cents:04d}" if cents < 0 else f"{cents:03d}"  # a workbook words each amount in it
    return f"{digits[:-2]}.{digits[-2:]}"


def round_half_up(numerator: Any, denominator: Any) -> Any:
    """The quotient in whole cents, half away from zero (domain.md §3.7). Arrays or single numbers.

    The only rounding of the program.
    """
    size = np.abs(np.asarray(numerator, dtype=np.int64))
    parts = np.asarray(denominator, dtype=np.int64)
    return np.sign(numerator) * ((2 * size + parts) // (2 * parts))


def share(cents: Any, rate: Any) -> Any:
    """`rate` (per 100,000) of `cents`, rounded half up.

    >>> int(share(140150, 95_000)), int(share(60_000, 25_000))
    (133143, 15000)
    """
    return round_half_up(np.asarray(cents, dtype=np.int64) * rate, RATE_UNIT)


def cents_column(column: pa.ChunkedArray) -> tuple[Cents, Any, Any, Any]:
    """A text column of a file as cents.

    Returns:
        cents (0 where unreadable or absent), and masks: told (not empty), malformed (R05),
        too precise (R06).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    filled = pc.fill_null(column, "")
    told = pc.not_equal(filled, "").to_numpy(zero_copy_only=False)
    good = pc.match_substring_regex(filled, f"^{AMOUNT}$")
    precise = pc.match_substring_regex(filled, f"^{TOO_PRECISE}$").to_numpy(zero_copy_only=False)
    digits = pc.replace_substring(pc.if_else(good, filled, "0,00"), ",", "")
    cents = pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False)
    malformed = told & ~good.to_numpy(zero_copy_only=False) & ~precise
    return cents, told, malformed, precise
