"""What the bank transaction codes mean: a table, and never a guess from the sign alone."""

from __future__ import annotations

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


def is_cost(family: str) -> bool:
    """Whether a bank transaction code means what the bank itself charges or gives."""
    return family.startswith("ACMT-") or family.rpartition("-")[2] in _COSTS


def undoes(item: Item) -> bool:
    """Whether a line takes back an earlier one: a payment that came back, or a receipt."""
    meaning = FAMILIES.get(item.family)
    return meaning == RETURNED or bool(meaning and (item.return_reason or item.reversal))
