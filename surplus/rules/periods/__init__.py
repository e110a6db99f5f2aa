"""From pay periods (aangiftetijdvakken) to calendar months (domain.md §3.4, formats.md §1a).

`allocation` says which rule a period has: `calendar_month`, `four_weeks` (13/12 with its
`yearly_check`, by end date or by payment month) or `by_days`. `benefit_days` leaves out what falls
outside the right to benefit, `told_enough` says whether a month waits for a period still to come.

Whatever the rule, the parts of a period add up to the whole, negatives too, and what was paid in
cash (W) stands whole in one month.
"""

from __future__ import annotations

from surplus.rules.periods import benefit_days, calendar_month, four_weeks, yearly_check
from surplus.rules.periods.allocation import (
    InMonths,
    fits,
    in_months,
    rules,
    touched_months,
)
from surplus.rules.periods.period import Parts, Periods
from surplus.rules.periods.told_enough import Touched, told_enough
from surplus.rules.runs import Places

__all__ = [
    "SOURCES",
    "InMonths",
    "Parts",
    "Periods",
    "Places",
    "Touched",
    "fits",
    "in_months",
    "rules",
    "told_enough",
    "touched_months",
]

#: By the names that `rules` gives, and of what is done to an amount besides.
SOURCES = calendar_month.SOURCES | four_weeks.SOURCES | yearly_check.SOURCES | benefit_days.SOURCES
