"""What one told period brings, whoever told it: the figures that every source comes down to."""

from __future__ import annotations

from typing import NamedTuple

from surplus.money import Cents
from surplus.rules.arrays import Mask


class Counted(NamedTuple):
    """The figures of n periods, in cents, before they are put into months.

    `wage = ink + year_end + passed_on`, unless something was withheld from the wage that counts all
    the same, or the law has its own net.
    """

    wage: Cents  # W: what is paid in cash
    passed_on: Cents  # the part of W that is the client's beside C
    ink: Cents  # net countable income without holiday pay accrued and without year-end pay
    accrual: Cents  # net holiday pay accrued, by payroll's figure
    year_end: Cents  # net year-end pay contained in W, to be spread
    reserved: Mask  # the employer reserves holiday pay; an all-in wage has none
    unclear: Mask  # cannot be divided into the above: the months it touches are held
