"""The words of the auditors' workbook: (English, Dutch) by key.

Codes are worded here only; exports keep them as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

#: Titles of the sheets, at most 24 characters so that ` (2)` still fits behind them.
SHEETS = {
    "cover": ("Read me", "Lees mij"),
    "reconciliation": ("Reconciliation", "Aansluiting"),
    "settlements": ("Settlements", "Vaststellingen"),
    "buffers": ("Buffer per client", "Buffer per klant"),
    "journal": ("Journal", "Journaal"),
    "trial": ("Trial balance", "Proefbalans"),
    "payments": ("Payments", "Betalingen"),
    "rejected": ("Quarantine", "Quarantaine"),
    "findings": ("Findings", "Bevindingen"),
    "imports": ("Imports", "Importen"),
    "runs": ("Runs", "Verwerkingen"),
}

#: Headers of columns, by the name of the column.
HEADERS = {
    "account": ("Account", "Rekening"),
    "account_name": ("Account name", "Naam rekening"),
    "amount_cents": ("Amount", "Bedrag"),
    "approved_by": ("Approved by", "Goedgekeurd door"),
    "approved_on": ("Approved on", "Goedgekeurd op"),
    "available_cents": ("Available", "Beschikbaar"),
    "batch": ("Batch", "Betaalbatch"),
    "benefit_cents": ("Benefit paid out Bp", "Uitkering Bp"),
    "booked_on": ("Booked on", "Geboekt op"),
    "business_date": ("Business date", "Verwerkingsdatum"),
    "bytes": ("Bytes", "Bytes"),
    "claim_cents": ("Claim", "Vordering"),
    "cause": ("Cause", "Oorzaak"),
    "change_cents": ("Change of D", "Mutatie D"),
    "check": ("What is compared", "Wat wordt vergeleken"),
    "check_cents": ("Difference", "Verschil"),
    "client_no": ("Client", "Klantnummer"),
    "closing_cents": ("Closing", "Eindsaldo"),
    "code": ("Code", "Code"),
    "codes": ("Codes", "Codes"),
    "countable_cents": ("Countable income C", "Verrekenbaar C"),
    "credit_cents": ("Credit", "Credit"),
    "debit_cents": ("Debit", "Debet"),
    "delivery": ("Delivery", "Levering"),
    "difference_cents": ("Difference D − F", "Verschil D − F"),
    "due_on": ("Due on", "Betaaldatum"),
    "end_to_end_id": ("End-to-end id", "End-to-end-id"),
    "entitlement_cents": ("Entitlement D", "Toegekend D"),
    "entries": ("Entries", "Boekingen"),
    "entry": ("Entry", "Boeking"),
    "exemption_cents": ("Exemption E", "Vrijlating E"),
    "exported_on": ("Exported on", "Bestand gemaakt op"),
    "field": ("Field", "Veld"),
    "file": ("File", "Bestand"),
    "first_entry": ("First entry", "Eerste boeking"),
    "fixed_payment_cents": ("Fixed payment F", "Vast bedrag F"),
    "group": ("Part", "Onderdeel"),
    "head": ("Head of the seal", "Kop van het zegel"),
    "held": ("Rows held", "Aangehouden"),
    "holiday_reserve_cents": ("Holiday allowance reserved", "Gereserveerd"),
    "holiday_allowance_cents": ("Reserved R", "Gereserveerd R"),
    "iban": ("IBAN", "IBAN"),
    "id": ("Number", "Nummer"),
    "job": ("Job", "Taak"),
    "kind": ("Kind", "Soort"),
    "known_on": ("Known on", "Bekend op"),
    "last_entry": ("Last entry", "Laatste boeking"),
    "left": ("Side A: source", "Kant A: bron"),
    "left_cents": ("Side A", "Kant A"),
    "line": ("Line", "Regel"),
    "month": ("Month", "Maand"),
    "norm_cents": ("Norm N", "Norm N"),
    "number": ("No.", "Nr."),
    "opening_cents": ("Opening", "Beginsaldo"),
    "operator": ("By", "Door"),
    "passed_on_cents": ("Passed on", "Doorbetaald"),
    "payee": ("Payee", "Begunstigde"),
    "posting": ("Line", "Regel"),
    "prepared_by": ("Prepared by", "Klaargezet door"),
    "raised_on": ("Raised on", "Ontstaan op"),
    "reason": ("Reason", "Reden"),
    "receivable_cents": ("Wages receivable", "Te ontvangen loon"),
    "recorded": ("Rows recorded", "Vastgelegd"),
    "recorded_on": ("Taken in on", "Ingelezen op"),
    "reference": ("Reference", "Verwijzing"),
    "rejected": ("Rows rejected", "Afgekeurd"),
    "remedy": ("What to do", "Wat te doen"),
    "resolved_by": ("Resolved by", "Afgedaan door"),
    "right": ("Side B: source", "Kant B: bron"),
    "right_cents": ("Side B", "Kant B"),
    "round": ("Round", "Ronde"),
    "rows": ("Rows", "Regels"),
    "run": ("Run", "Verwerking"),
    "sender_id": ("Sender's number", "Leveringsnummer"),
    "sent_on": ("Sent on", "Leverdatum"),
    "severity": ("Severity", "Ernst"),
    "sha256": ("SHA-256", "SHA-256"),
    "state": ("State", "Stand"),
    "status": ("Status", "Status"),
    "subject": ("Subject", "Onderwerp"),
    "text": ("What is the matter", "Wat er is"),
    "verdict": ("Verdict", "Oordeel"),
    "version": ("Version", "Versie"),
    "wage_cents": ("Wage W", "Loon W"),
}

#: Codes of the store as people read them; a code that is not here stays itself.
CODES = {
    "pain002": ("status report (pain.002)", "statusmelding (pain.002)"),
    "camt053": ("statement (camt.053)", "afschrift (camt.053)"),
    "doorlevering": ("income (doorlevering)", "inkomsten (doorlevering)"),
    "payslip": ("payslips", "loonstroken"),
    "import": ("import", "inlezen"),
    "match": ("match", "koppelen"),
    "pay-approve": ("approve payments", "betalingen goedkeuren"),
    "pay-cancel": ("cancel payments", "betalingen intrekken"),
    "settle": ("settle", "vaststellen"),
    "settled": ("settled", "vastgesteld"),
    "accepted": ("accepted", "ingelezen"),
    "adjustment": ("adjustment", "correctieboeking"),
    "bank-cost": ("bank cost", "bankkosten"),
    "buffer-budget": ("buffer budget", "bufferbudget"),
    "claim": ("claim", "vordering"),
    "claim-cancelled": ("claim cancelled", "vordering ingetrokken"),
    "client-deposit": ("deposit by client", "storting door cliënt"),
    "client-opening": ("opening balance of client", "beginstand cliënt"),
    "clients": ("clients", "cliënten"),
    "closed": ("closed", "vervallen"),
    "code": ("program", "programma"),
    "data": ("data", "gegevens"),
    "debit-unmatched": ("debit, unmatched", "afschrijving, onbekend"),
    "decision": ("decision", "besluit"),
    "dropped": ("dropped", "niet van ons"),
    "duplicate": ("duplicate", "dubbel"),
    "exit": ("exit payment", "slotbetaling"),
    "exit-payment": ("exit payment", "slotbetaling"),
    "extra": ("extra payment", "extra betaling"),
    "extra-payment": ("extra payment", "extra betaling"),
    "fixed": ("fixed payment", "vast bedrag"),
    "fixed-payment": ("fixed payment", "vast bedrag"),
    "funding": ("funding", "aanvulling gemeente"),
    "held": ("held", "aangehouden"),
    "holiday": ("holiday payment", "vakantietoeslag"),
    "holiday-payment": ("holiday payment", "vakantietoeslag"),
    "norms": ("norms", "normen"),
    "open": ("open", "open"),
    "opening": ("opening balance", "beginsaldo"),
    "parameter": ("parameter", "parameter"),
    "payment-booked": ("payment executed", "betaling uitgevoerd"),
    "payment-cancelled": ("payment cancelled", "betaling ingetrokken"),
    "payment-returned": ("payment returned", "betaling teruggekomen"),
    "payment-reversed": ("payment reversed", "betaling teruggeboekt"),
    "policy": ("policy", "beleid"),
    "premium": ("premium", "premie"),
    "premium-payment": ("premium", "premie"),
    "receipt": ("receipt", "ontvangst"),
    "receipt-assigned": ("receipt assigned", "ontvangst toegewezen"),
    "receipt-reversed": ("receipt reversed", "ontvangst teruggeboekt"),
    "refund": ("refund", "terugbetaling"),
    "refused": ("refused", "geweigerd"),
    "rejected": ("rejected", "afgekeurd"),
    "released": ("released", "vrijgegeven"),
    "reserve-offset": ("reserve set off", "reservering verrekend"),
    "resolved": ("resolved", "afgedaan"),
    "settlement": ("settlement", "vaststelling"),
    "third-party": ("paid to a third party", "betaling aan derde"),
    "wage-lost": ("wage lost", "loon verloren"),
    "wage-paid-to-client": ("wage paid to client", "loon rechtstreeks betaald"),
    "write-off": ("write-off", "afboeking"),
    "year-close": ("year close", "jaarafsluiting"),
    "APPROVED": ("approved", "goedgekeurd"),
    "SENT": ("sent", "verzonden"),
    "ACCEPTED": ("accepted by the bank", "aanvaard door de bank"),
    "UNKNOWN": ("no answer from the bank", "geen antwoord van de bank"),
    "BOOKED": ("executed", "uitgevoerd"),
    "CANCELLED": ("cancelled", "ingetrokken"),
    "DRAFT": ("prepared", "klaargezet"),
    "HELD": ("held", "aangehouden"),
    "REJECTED": ("rejected by the bank", "afgewezen door de bank"),
    "RETURNED": ("returned", "teruggekomen"),
    "RECALLED": ("recalled", "teruggeroepen"),
}

#: The lines of the reconciliation: part, what is compared, source of side A, source of side B.
RECONCILIATION = {
    "bank_opening": (
        ("Bank", "Bank balance at the start", "Ledger, account 1000",
         "Closing balance of the last statement before"),
        ("Bank", "Banksaldo aan het begin", "Grootboek, rekening 1000",
         "Eindsaldo van het laatste afschrift ervoor"),
    ),
    "bank_in": (
        ("Bank", "Credited in the period", "Ledger, debit side of 1000",
         "Statement lines, credits"),
        ("Bank", "Bijgeschreven in de periode", "Grootboek, debet op 1000",
         "Regels van de afschriften, bij"),
    ),
    "bank_out": (
        ("Bank", "Debited in the period", "Ledger, credit side of 1000",
         "Statement lines, debits"),
        ("Bank", "Afgeschreven in de periode", "Grootboek, credit op 1000",
         "Regels van de afschriften, af"),
    ),
    "bank_closing": (
        ("Bank", "Bank balance at the end", "Ledger, account 1000",
         "Closing balance of the last statement"),
        ("Bank", "Banksaldo aan het einde", "Grootboek, rekening 1000",
         "Eindsaldo van het laatste afschrift"),
    ),
    "unmatched": (
        ("Bank", "Receipts not yet explained", "Ledger, account 1900",
         "Open findings UNMATCHED"),
        ("Bank", "Nog te duiden ontvangsten", "Grootboek, rekening 1900",
         "Openstaande bevindingen UNMATCHED"),
    ),
    "approved": (
        ("Payments", "Payments approved", "Ledger, credit side of 1010",
         "Totals of the approved batches"),
        ("Betalingen", "Goedgekeurde betalingen", "Grootboek, credit op 1010",
         "Totalen van de goedgekeurde batches"),
    ),
    "sent": (
        ("Payments", "Payment files written (pain.001)", "Payments in those files",
         "Totals of the exported batches"),
        ("Betalingen", "Betaalbestanden gemaakt (pain.001)", "Betalingen in die bestanden",
         "Totalen van de verzonden batches"),
    ),
    "executed": (
        ("Payments", "Payments executed by the bank", "Ledger, debit side of 1010",
         "Payments with status executed"),
        ("Betalingen", "Door de bank uitgevoerde betalingen", "Grootboek, debet op 1010",
         "Betalingen met status uitgevoerd"),
    ),
    "in_transit": (
        ("Payments", "Payments on their way at the end", "Ledger, account 1010",
         "Payments approved and not yet executed"),
        ("Betalingen", "Betalingen onderweg aan het einde", "Grootboek, rekening 1010",
         "Betalingen goedgekeurd, nog niet uitgevoerd"),
    ),
    "told": (
        ("Income", "Wages as employers told them", "Settled wages (W) by employment",
         "Income facts known at the end"),
        ("Inkomen", "Loon zoals opgegeven", "Vastgesteld loon (W) per dienstverband",
         "Opgaven, bekend aan het einde"),
    ),
    "received": (
        ("Income", "Wages as received and accepted", "Settled wages (W) by employment",
         "Receipts on 1300, booked when settled"),
        ("Inkomen", "Loon zoals ontvangen en aanvaard", "Vastgesteld loon (W) per dienstverband",
         "Ontvangsten op 1300 bij de vaststelling"),
    ),
    "wages": (
        ("Income", "Wages to receive (W)", "Ledger, account 1300, settlements",
         "Settlements, change of W in the period"),
        ("Inkomen", "Te ontvangen loon (W)", "Grootboek, rekening 1300, vaststellingen",
         "Vaststellingen, verandering van W in de periode"),
    ),
    "benefit": (
        ("Benefit", "Supplementary benefit (Bp + R)", "Ledger, account 4000, settlements",
         "Settlements, change of Bp + R in the period"),
        ("Uitkering", "Aanvullende uitkering (Bp + R)", "Grootboek, rekening 4000, vaststellingen",
         "Vaststellingen, verandering van Bp + R"),
    ),
    "reserved": (
        ("Benefit", "Holiday allowance reserved", "Ledger, account 2010, settlements",
         "Settlements, change of R in the period"),
        ("Uitkering", "Vakantietoeslag gereserveerd", "Grootboek, rekening 2010, vaststellingen",
         "Vaststellingen, verandering van R"),
    ),
    "entitled": (
        ("Clients", "Credited to clients (D)", "Ledger, account 2000, settlements",
         "Settlements, change of D in the period"),
        ("Cliënten", "Toegekend aan cliënten (D)", "Grootboek, rekening 2000, vaststellingen",
         "Vaststellingen, verandering van D"),
    ),
    "buffer": (
        ("Clients", "Buffers of all clients at the end", "Ledger, account 2000",
         "D of all settlements − payments + other entries"),
        ("Cliënten", "Buffers van alle cliënten aan het einde", "Grootboek, rekening 2000",
         "D van alle vaststellingen − betalingen + overige"),
    ),
    "balanced": (
        ("Ledger", "Debit and credit in the period", "All postings, debit",
         "All postings, credit"),
        ("Grootboek", "Debet en credit in de periode", "Alle boekingsregels, debet",
         "Alle boekingsregels, credit"),
    ),
}  # fmt: skip

#: Everything else that is said on the cover.
TEXTS = {
    "title": (
        "Surplus: buffer account, auditors' workbook",
        "Surplus: bufferrekening, controledossier",
    ),
    "scope": ("Scope", "Reikwijdte"),
    "municipality": ("Municipality", "Gemeente"),
    "environment": ("Environment", "Omgeving"),
    "period": ("Booked and recorded from", "Geboekt en vastgelegd van"),
    "until": ("up to and including", "tot en met"),
    "made_on": ("Business date", "Verwerkingsdatum"),
    "program": ("Program", "Programma"),
    "runs": ("Runs that booked in the period", "Verwerkingen met boekingen in de periode"),
    "entries": ("Journal entries in the period", "Journaalboekingen in de periode"),
    "head": ("Head of the seal after the last entry", "Kop van het zegel na de laatste boeking"),
    "hash": (
        "SHA-256 of the cells of all other sheets",
        "SHA-256 van de cellen van alle andere bladen",
    ),
    "result": ("Result", "Uitkomst"),
    "sum": ("Sum of all differences, without sign", "Som van alle verschillen, zonder teken"),
    "verdict": ("Reconciliation", "Aansluiting"),
    "fits": ("reconciles", "sluit aan"),
    "differs": ("DOES NOT RECONCILE", "SLUIT NIET AAN"),
    "sheets": ("Sheets and control totals", "Bladen en controletotalen"),
    "rows": ("Rows", "Regels"),
    "rows_counted": ("Rows, counted", "Regels, geteld"),
    "column": ("Control column", "Controlekolom"),
    "total": ("Total, from the store", "Totaal, uit de opslag"),
    "summed": ("Total, by formula", "Totaal, met formule"),
    "difference": ("Difference", "Verschil"),
    "totals": ("Total", "Totaal"),
    "figures": ("In figures", "In cijfers"),
    "reading": ("How to read this", "Toelichting"),
}

#: What a reader should know, a line each.
READING = {
    "en": (
        "Amounts are in euro, made once from whole cents. In the journal debit is positive; all "
        "other sheets use natural signs: a buffer is positive when the client is in credit.",
        "All rows of the period are here, not a selection: booked, recorded or raised in it. The "
        "status of payments and findings is that of the last day of the period.",
        "D = W + Bp; D − F is the surplus or shortfall of a month. A settlement with a higher "
        "version replaces the one before it; the journal holds the difference.",
        "A buffer that closes near minus one fixed payment is as it should be: the amount of the "
        "running month has been paid, its wages and benefit are settled later.",
        "Clients are named by number only. Account numbers stand on the sheet of payments alone; "
        "no sheet holds a BSN. Text that a spreadsheet could take for a formula begins with '.",
        "The head of the seal can be checked with `surplus check --heads FILE`; the SHA-256 of "
        "this file stands in the text file beside it.",
    ),
    "nl": (
        "Bedragen zijn in euro, eenmaal omgerekend uit hele centen. In het journaal is debet "
        "positief; elders staat het natuurlijke teken: een tegoed van de cliënt is positief.",
        "Alle regels van de periode staan hier, geen selectie: daarin geboekt, vastgelegd of "
        "ontstaan. De status van betalingen en bevindingen is die van de laatste dag.",
        "D = W + Bp; D − F is het overschot of tekort van een maand. Een vaststelling met een "
        "hogere versie vervangt de vorige; het journaal bevat het verschil.",
        "Een buffer die rond min één vast bedrag sluit, is zoals het hoort: het bedrag van de "
        "lopende maand is betaald, loon en uitkering ervan worden later vastgesteld.",
        "Cliënten staan er alleen met hun nummer. Rekeningnummers staan alleen op het blad "
        "Betalingen; geen blad bevat een BSN. Tekst die een formule zou kunnen zijn begint met '.",
        "De kop van het zegel is te controleren met `surplus check --heads FILE`; de SHA-256 van "
        "dit bestand staat in het tekstbestand ernaast.",
    ),
}

Words = Callable[[Mapping[str, tuple[Any, Any]], str], Any]


def speaker(language: str) -> Words:
    """How to say the key of a table of words in a language; a key without words is itself.

    >>> speaker("nl")(CODES, "fixed"), speaker("en")(CODES, "unheard-of")
    ('vast bedrag', 'unheard-of')
    """
    place = 1 if language == "nl" else 0
    return lambda table, key: table[key][place] if key in table else key
