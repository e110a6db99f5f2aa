"""What the bank transaction codes mean: a table, and never a guess from the sign alone."""

from __future__ import annotations

import re

from surplus.bank.entries import Item

RECEIVED, ISSUED, RETURNED = "received", "issued", "returned"
#: Codes that are known, by what they mean. Direct debits are never expected.
FAMILIES = {
    **dict.fromkeys(
        ("PMNT-RCDT-ESCT", "PMNT-RRCT-ESCT", "PMNT-RCDT-DMCT", "PMNT-RCDT-BOOK", "PMNT-RCDT-SALA",
         "PMNT-RCDT-XBCT"), RECEIVED,
    ),
    **dict.fromkeys(
        ("PMNT-ICDT-ESCT", "PMNT-IRCT-ESCT", "PMNT-ICDT-DMCT", "PMNT-ICDT-BOOK", "PMNT-ICDT-SALA",
         "PMNT-ICDT-XBCT"), ISSUED,
    ),
    **dict.fromkeys(
        ("PMNT-ICDT-RRTN", "PMNT-IRCT-RRTN", "PMNT-RCDT-RRTN", "PMNT-RRCT-RRTN"), RETURNED,
    ),
}  # fmt: skip
#: Last part of a code: charges, commissions, fees, interest.
_COSTS = ("CHRG", "COMM", "FEES", "INTR")

#: An end-to-end id of ours: `SUR`, date, batch of the day, payment.
_OURS = re.compile("SUR[0-9]{11}-[0-9]{6}")


def is_cost(family: str) -> bool:
    """Whether a bank transaction code means what the bank itself charges or gives."""
    return family.startswith("ACMT-") or family.rpartition("-")[2] in _COSTS


def names_ours(item: Item) -> bool:
    """Whether a line names one payment of ours, by its end-to-end id."""
    return bool(_OURS.fullmatch(item.end_to_end_id))


def undoes(item: Item) -> bool:
    """Whether a line takes back an earlier one: a payment that came back, or a receipt.

    Banks tell it by their code, by a reason, or only by our own end-to-end id on a credit.
    """
    meaning = FAMILIES.get(item.family)
    ours = item.amount_cents > 0 and names_ours(item)
    return meaning == RETURNED or bool(meaning and (item.return_reason or item.reversal or ours))
