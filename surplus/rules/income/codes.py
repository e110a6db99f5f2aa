"""Kinds of income relation (soort inkomstenverhouding, cd_srt_ikv) and what they mean here.

Wages are earned by work and may have an exemption (Pw art. 31(2)n, r, y, z, aa); any other income
(unemployment, sickness or disability benefit, pension) is income from former work and counts
fully. Assistance itself (code 43) comes back in what is told of somebody and is no income.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surplus.rules.arrays import Mask, Texts

#: 11 civil servants, 13 insured directors, 15 other employees, 17 directors not insured.
WAGES = ("11", "13", "15", "17")
OWN_BENEFIT = "43"


def earned(income_codes: Texts) -> Mask:
    """Which rows are earned by work; only such income has an exemption.

    >>> earned(np.array(["15", "33"], dtype=object)).tolist()
    [True, False]
    """
    return np.isin(_short(income_codes), WAGES)


def own_benefit(income_codes: Texts) -> Mask:
    """Which rows are the municipality's own assistance; they are dropped.

    >>> own_benefit(np.array(["15", "43"])).tolist()
    [False, True]
    """
    mask: Mask = _short(income_codes) == OWN_BENEFIT
    return mask


def _short(income_codes: Texts) -> Any:
    return np.asarray(income_codes, dtype="U2")
