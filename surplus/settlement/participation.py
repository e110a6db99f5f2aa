"""Who participates in a month (deelname)."""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.months import Month

Columns = dict[str, Any]

#: Statuses in which someone has a buffer account; who is only announced has none yet.
PARTICIPATING = ("ACTIEF", "GEPAUZEERD", "BEEINDIGD", "OVERLEDEN")


def participates(view: Columns, month: Month) -> Any:
    """Mask over a client view: participation begun and not ended, consent given and in force.

    What an older administration settled, before the opening balance, is no month of ours.
    Consent that is withdrawn (intrekking) stops the months after the one of the withdrawal
    (formats.md §2; domain.md §2.4).
    """
    first = month.first_day.isoformat()
    starts, ends, withdrawn, opens = (
        np.asarray(view[name], dtype="U10")
        for name in ("starts_on", "ends_on", "withdrawn_on", "opens_on")
    )
    return (
        np.isin(np.asarray(view["status"], dtype="U10"), PARTICIPATING)
        & (np.asarray(view["consent_on"], dtype="U10") != "")
        & (starts <= first)
        & (opens <= first)
        & ((ends == "") | (ends >= first))
        & ((withdrawn == "") | (withdrawn >= first))
    )
