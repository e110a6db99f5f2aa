"""Holiday pay accrued (opbouw vakantiegeld) by payroll's figure (holiday_claim_method PAYROLL).

Under holiday_mode INCL what is accrued counts month by month (Pw art. 31(4)), net: payroll's own
net figure, else the gross accrual (opgb_recht_vt) less tax at the special rate [MODEL]. Under EXCL
nothing is added.

An employer that pays holiday pay with each wage (all-in) accrues nothing: what it pays counts as
paid. Where that is part of the net nothing tells it apart. Where it is told apart, no accrual is
told, and it is no more than an eighth of the net, it is that of the period itself and not the
payment of a reserve, which is passed on [MODEL: a period builds up 8%, two of them 16%]. Year-end
pay that is paid with each wage is told apart in the same way: it is no pay of twelve months.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.money import RATE_UNIT, share
from surplus.rules.arrays import Mask
from surplus.rules.source import Source

#: What the period itself builds up is no more than this part of the net: an eighth.
PERIODS_OWN_PART = 8

SOURCES = {
    "holiday_accrual": Source(
        "Pw art. 31(4)",
        "opbouw vakantiegeld = netto opbouw van de loonstrook, anders opgb_recht_vt × "
        "(1 − bijzonder tarief); bij betaling met elk loon wat is betaald",
        "holiday pay accrued = net accrual of the payslip, else opgb_recht_vt × (1 − special "
        "rate); where it is paid with each wage what is paid",
    ),
}


def net_accrual(accrued: Any, special_rate: int) -> Any:
    """Net of a gross accrual, half up.

    Args:
        accrued: gross, in cents.
        special_rate: tax on special income per 100,000.

    >>> int(net_accrual(5600, 36_550))
    3553
    """
    return share(accrued, RATE_UNIT - special_rate)


def payroll_accrual(told_net: Any, accrued: Any, special_rate: int) -> Any:
    """Payroll's own net figure where it tells one, else the net of the gross accrual.

    >>> payroll_accrual(np.array([3400, 0]), np.array([5600, 5600]), 36_550).tolist()
    [3400, 3553]
    """
    return np.where(told_net != 0, told_net, net_accrual(accrued, special_rate))


def paid_with_wage(extra: Any, net: Any, reserved: Mask) -> Mask:
    """Whether holiday or year-end pay is that of the period itself, paid with its wage (all-in).

    Args:
        extra: net holiday pay, or year-end pay, paid and told apart.
        net: the net that contains it.
        reserved: an accrual was told of the same period.

    >>> paid_with_wage(np.array([4000, 40800, 4000]), np.array([64000, 100800, 64000]),
    ...                np.array([False, False, True])).tolist()
    [True, False, False]
    """
    return np.asarray(~reserved & (extra > 0) & (extra * PERIODS_OWN_PART <= net))
