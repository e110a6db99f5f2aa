"""From what a delivery or payslip tells to what a month counts (domain.md §3.4)."""

from surplus.rules.income.delivery import (
    SOURCES,
    SOURCES_EXCL,
    Components,
    Income,
    earned,
    from_delivery,
    net_accrual,
)  # fmt: skip

__all__ = [
    "SOURCES", "SOURCES_EXCL", "Components", "Income", "earned", "from_delivery", "net_accrual",
]  # fmt: skip
