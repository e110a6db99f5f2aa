"""From what a delivery or payslip tells to what a month counts (Pw art. 31–33; domain.md §3.4).

What counts (C), what is cash through the buffer (W), and what is passed on to the client beside C:

| component | C | W | by |
|---|---|---|---|
| net wage, overtime, sick pay, leave paid out, taxed allowance | yes | yes | Pw art. 31(1), 32 |
| untaxed travel, expense and tool allowance | no | passed on | art. 31(2)f, g |
| holiday pay accrued | yes, net, each month | no | art. 31(4) |
| holiday pay paid out that was reserved | no | passed on | art. 31(4) |
| holiday pay in an all-in wage | yes, as paid | yes | art. 31(1) |
| year-end pay | spread over the months that built it up | yes | art. 32(2), Divosa 3.3 |
| mandatory deductions, pension premium of the employee | left out | left out | art. 31(3) |
| voluntary deductions (union, savings, fine, advance) | added back | no | art. 31(3) [MODEL] |
| attachment | added back | no | art. 31(3) [inferred] |
| income paid elsewhere than to the buffer | yes | no | art. 31(1) |
| another benefit, pension | yes, never exempt | yes | art. 31(1) |
| wage in kind, tax refund, tax credit not used | by a person's entry | no | art. 31(1), 33(1) |
| own benefit that comes back (code 43) | no, dropped | no | |

`tellings` says which of several payslips count, `precedence` which source does; `told` reads rows
of `delivery` and `payslip`, `by_month` puts them into months. Holiday pay counts by
`holiday_accrual` or by the table of `holiday_claim`; `year_end_pay` is spread. `net_income_2027`
is the net of the new regulation.
"""

from __future__ import annotations

from surplus.rules.income import (
    by_month,
    delivery,
    holiday_accrual,
    holiday_claim,
    net_income_2027,
    payslip,
    year_end_pay,
)
from surplus.rules.income.by_month import SOURCES_EXCL, Derivation, Monthly, Policy, monthly
from surplus.rules.income.codes import earned, own_benefit
from surplus.rules.income.delivery import Delivered, indicative_net
from surplus.rules.income.figures import Counted
from surplus.rules.income.holiday_accrual import net_accrual
from surplus.rules.income.payslip import Payslip
from surplus.rules.income.precedence import Effective, effective
from surplus.rules.income.tellings import differing, net_of_delivery, net_of_payslip
from surplus.rules.income.told import Told

__all__ = [
    "SOURCES",
    "SOURCES_EXCL",
    "Counted",
    "Delivered",
    "Derivation",
    "Effective",
    "Monthly",
    "Payslip",
    "Policy",
    "Told",
    "differing",
    "earned",
    "effective",
    "indicative_net",
    "monthly",
    "net_accrual",
    "net_of_delivery",
    "net_of_payslip",
    "own_benefit",
]

SOURCES = (
    delivery.SOURCES
    | payslip.SOURCES
    | holiday_accrual.SOURCES
    | holiday_claim.SOURCES
    | year_end_pay.SOURCES
    | net_income_2027.SOURCES
    | by_month.SOURCES
)
