"""Holiday pay accrued (opbouw vakantiegeld) by payroll's figure (holiday_claim_method PAYROLL).

Under holiday_mode INCL what is accrued counts month by month (Pw art. 31(4)), net: payroll's own
net figure, else the gross accrual (opgb_recht_vt) less tax at the special rate [MODEL]. An all-in
wage, paid out with its holiday pay, accrues nothing. Under EXCL nothing is added.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.money import RATE_UNIT, share
from surplus.rules.source import Source

SOURCES = {
    "holiday_accrual": Source(
        "Pw art. 31(4)",
        "opbouw vakantiegeld = netto opbouw van de loonstrook, anders opgb_recht_vt × "
        "(1 − bijzonder tarief)",
        "holiday pay accrued = net accrual of the payslip, else opgb_recht_vt × (1 − special rate)",
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
