"""The norm (bijstandsnorm), holiday allowance included (Pw art. 18–28; domain.md §3.2).

One file per subject, in the order in which a norm comes about:

- `stretches`: days of a month on which nothing changes that a norm depends on; `circumstances`:
  what the law looks at on such days; `state_pension_age`: who has reached it
- `household` (art. 20–22), `cost_sharers` (19a, 22a), which together make `at_home`
- `institution` (23), `spouse_without_right` (24), and `statutory`, which reads them all from top
  to bottom
- `own_list`: the municipality's own norms go before the law; `adjustments`: lowered or raised by
  decision (18, 27, 28)
- `by_days`: N of the month, of which all the days together make one amount
- `holiday`: which part of it is paid now (19(3))
"""

from __future__ import annotations

from surplus.rules.norm import (
    adjustments,
    by_days,
    cost_sharers,
    household,
    institution,
    own_list,
    spouse_without_right,
    state_pension_age,
)
from surplus.rules.norm.by_days import BY_DAYS, Pieces, norms
from surplus.rules.norm.cost_sharers import cost_sharer_norm, housemates
from surplus.rules.norm.holiday import holiday_share, paid_part
from surplus.rules.norm.own_list import OwnNorms, norm_by_category
from surplus.rules.norm.published import AND, Norms
from surplus.rules.norm.state_pension_age import (
    STATE_PENSION_AGE_AT_LEAST,
    at_state_pension_age,
    state_pension_day,
)
from surplus.rules.norm.stretches import Layer, Stretches, laid_over, undecided

__all__ = [
    "AND", "BY_DAYS", "SOURCES", "STATE_PENSION_AGE_AT_LEAST", "Layer", "Norms", "OwnNorms",
    "Pieces", "Stretches", "at_state_pension_age", "cost_sharer_norm", "holiday_share",
    "housemates", "laid_over", "norm_by_category", "norms", "paid_part", "state_pension_day",
    "undecided",
]  # fmt: skip

SOURCES = (
    by_days.SOURCES | household.SOURCES | cost_sharers.SOURCES | institution.SOURCES
    | spouse_without_right.SOURCES | own_list.SOURCES | adjustments.SOURCES
    | state_pension_age.SOURCES
)  # fmt: skip
