"""The chart of accounts (design.md §5). Postings carry signed cents, debit positive."""

from __future__ import annotations

BANK = 1000
IN_TRANSIT = 1010
RECEIVABLE = 1300
INVOICES = 1350
CLAIMS = 1400
UNMATCHED = 1900
BUFFER = 2000
RESERVE = 2010
PREMIUM = 2020
VAT = 2090
MUNICIPALITY = 3000
BENEFIT = 4000
BUFFER_BUDGET = 4010
PREMIUMS = 4100
PROVIDER = 4200
BANK_COSTS = 4800
WRITE_OFFS = 4900
TARIFF = 8000

#: account -> (English, Dutch)
NAMES = {
    BANK: ("bank", "bank"),
    IN_TRANSIT: ("payments in transit", "betalingen onderweg"),
    RECEIVABLE: ("wages receivable", "te ontvangen loon"),
    INVOICES: ("invoices Flextensie", "facturen Flextensie"),
    CLAIMS: ("claims on clients", "vorderingen op cliënten"),
    UNMATCHED: ("unmatched", "nog te duiden ontvangsten"),
    BUFFER: ("buffer", "tussenrekening"),
    RESERVE: ("holiday allowance reserve", "reservering vakantietoeslag"),
    PREMIUM: ("premium liability", "te betalen premies"),
    VAT: ("VAT", "omzetbelasting"),
    MUNICIPALITY: ("current account with the municipality", "rekening-courant gemeente"),
    BENEFIT: ("benefit expense", "uitkeringslasten"),
    BUFFER_BUDGET: ("buffer budget art. 34b", "bufferbudget art. 34b"),
    PREMIUMS: ("premiums", "premies"),
    PROVIDER: ("provider and software costs", "uitvoeringskosten"),
    BANK_COSTS: ("bank costs", "bankkosten"),
    WRITE_OFFS: ("write-offs", "afboekingen"),
    TARIFF: ("tariff revenue", "tariefopbrengst"),
}

#: What approval books for each kind of payment.
ENTRY_KINDS = {
    "fixed": "fixed-payment",
    "extra": "extra-payment",
    "exit": "exit-payment",
    "holiday": "holiday-payment",
    "premium": "premium-payment",
    "third-party": "third-party",
    "refund": "refund",
}
#: The accounts that owe each kind of payment.
DEBITED = {
    "fixed": (BUFFER,),
    "extra": (BUFFER,),
    "exit": (BUFFER,),
    "third-party": (BUFFER,),
    "holiday": (RESERVE,),
    "premium": (PREMIUM,),
    "refund": (RECEIVABLE, UNMATCHED),
}
#: Kinds that pay, and their undoing: on the buffer no "other buffer entries" (design.md §6).
PAYMENT_KINDS = (*ENTRY_KINDS.values(), "payment-cancelled", "payment-reversed")
#: Kinds that say what an employer has paid for an employment-month; a refund lessens it.
RECEIPT_KINDS = (
    "receipt",
    "receipt-assigned",
    "receipt-reversed",
    "wage-paid-to-client",
    "refund",
    "payment-cancelled",
    "payment-reversed",
)
#: Kinds that say that a wage of an employment-month will never come.
LOST_KINDS = ("wage-lost", "write-off")
#: What shuts a book year.
YEAR_CLOSE = "year-close"
#: The balances of a client who comes from an older administration.
CLIENT_OPENING = "client-opening"
