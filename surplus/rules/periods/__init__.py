"""From pay periods to calendar months (domain.md §3.4, formats.md §1a)."""

from surplus.rules.periods.calendar_month import Allocation, allocate

__all__ = ["Allocation", "allocate"]
