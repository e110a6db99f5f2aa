"""The holiday allowance (vakantietoeslag) within norm and benefit (Pw art. 19(3); domain.md §3.3).

The law says 4.8% [LAW text]; it has been set at 5% since 2009, and every published norm without it
is 95% of the norm.
"""

from __future__ import annotations

from typing import Any

from surplus.money import RATE_UNIT, share
from surplus.months import Months
from surplus.rules.parameters import Found, Key, Parameters

HOLIDAY_SHARE = Key("holiday_allowance_share", "all", "all")


def holiday_share(parameters: Parameters, months: Months) -> Found:
    """The part of the benefit that is holiday allowance, per 100,000."""
    return parameters.monthly(HOLIDAY_SHARE, months)


def paid_part(cents: Any, holiday_rate: Any) -> Any:
    """The part of norm or benefit paid now, without holiday allowance.

    >>> int(paid_part(140150, 5_000)), int(paid_part(103042, 5_000))
    (133143, 97890)
    """
    return share(cents, RATE_UNIT - holiday_rate)
