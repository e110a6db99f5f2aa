"""The words of an explanation: figures, their inputs and what these say, as people read them."""

from __future__ import annotations

from typing import Any

from surplus.money import euros
from surplus.reports.words import CODES, speaker

#: Symbol of design.md §1 and name of each figure: (English, Dutch).
NAMES = {
    "norm": ("N", "norm", "norm"),
    "wage": ("W", "wage and passed-on items received", "loon en vergoedingen ontvangen"),
    "passed_on": ("", "passed on to the client", "doorgegeven aan de klant"),
    "income": ("", "income of an employment", "inkomen uit een dienstverband"),
    "countable": ("C", "countable income", "verrekenbaar inkomen"),
    "exemption": ("E", "earnings exemption", "inkomstenvrijlating"),
    "exemption_1": ("E1", "exemption of the client", "vrijlating van de klant"),
    "exemption_2": ("E2", "exemption of the partner", "vrijlating van de partner"),
    "supplementary_benefit": ("B", "supplementary benefit", "aanvullende uitkering"),
    "benefit": ("Bp", "benefit paid now", "uitkering, nu betaald"),
    "holiday_allowance": ("R", "holiday allowance reserved", "gereserveerde vakantietoeslag"),
    "entitlement": ("D", "due to the client", "komt de klant toe"),
    "instalment": ("", "taken from it for a shortfall", "ingehouden voor een tekort"),
    "fixed_payment": ("F", "fixed payment agreed", "vast bedrag, afgesproken"),
    "difference": ("D − F", "surplus, or shortfall below zero", "overschot, of tekort onder nul"),
}
#: Inputs of figures and amounts of facts by their key: (English, Dutch).
LABELS = {
    "allowance": ("other untaxed allowance", "overige onbelaste vergoeding"),
    "amount": ("amount", "bedrag"),
    "attachment": ("attachment", "beslag"),
    "below_the_norm": ("below the norm it would be", "onder de norm zou zij zijn"),
    "because": ("because", "want"),
    "before": ("before it was changed", "voor de wijziging"),
    "by_decision": ("by decision", "bij besluit"),
    "cap_cents": ("cap", "maximum"),
    "cap_source": ("cap by", "maximum volgens"),
    "cents": ("", ""),
    "company_car": ("value of a company car", "waarde auto"),
    "days": ("of days", "van de dagen"),
    "days_counted": ("days", "dagen"),
    "days_of_right": ("days of right", "dagen met recht"),
    "earned": ("of which earned by work", "waarvan uit arbeid"),
    "employer": ("employer", "werkgever"),
    "expected_exemption": ("expected exemption", "verwachte vrijlating"),
    "extra_accrued": ("extra period salary accrued", "opgebouwd extra periode salaris"),
    "extra_paid": ("extra period salary", "extra periode salaris"),
    "extra_paid_net": ("year-end pay, net", "eindejaarsuitkering, netto"),
    "from": ("from", "uit"),
    "health_levy": ("Zvw contribution withheld", "inhouding Zvw"),
    "holiday_accrued": ("holiday pay accrued", "opgebouwd vakantiegeld"),
    "holiday_accrued_net": ("holiday pay accrued, net", "opgebouwd vakantiegeld, netto"),
    "holiday_paid": ("holiday pay paid", "betaald vakantiegeld"),
    "holiday_paid_net": ("holiday pay paid, net", "betaald vakantiegeld, netto"),
    "holiday_pay": ("holiday pay accrued or claimed", "opbouw of aanspraak vakantiegeld"),
    "holiday_pay_by": ("holiday pay by", "vakantiegeld volgens"),
    "housemates_count": ("housemates who share costs", "kostendelende medebewoners"),
    "ink": ("net without holiday pay", "netto zonder vakantiegeld"),
    "kind": ("kind", "onderdeel"),
    "lacks": ("held:", "wacht op"),
    "lines": ("from", "uit"),
    "months_before": ("months used before", "maanden eerder gebruikt"),
    "months_entitled": ("months given", "maanden recht"),
    "months_used": ("months used with this one", "maanden gebruikt met deze"),
    "net": ("indicative net", "indicatief netto"),
    "net_by": ("which is", "dat is"),
    "net_of_the_period": ("net of the period", "netto van het tijdvak"),
    "net_paid": ("net paid", "netto uitbetaald"),
    "net_payable": ("net to be settled", "netto verrekenbaar"),
    "net_special": ("net at the special rate", "netto bijzonder tarief"),
    "none_because": ("none, because", "geen, want"),
    "norm": ("norm", "norm"),
    "number": ("decision", "besluit"),
    "origin": ("from", "uit"),
    "parameter": ("", ""),
    "parts": ("period", "tijdvak"),
    "passed_on": ("passed on", "doorgegeven"),
    "period": ("", ""),
    "rate_per_100000": ("rate", "tarief"),
    "rate_source": ("rate by", "tarief volgens"),
    "reliability": ("which is", "betrouwbaarheid"),
    "right": ("code", "code"),
    "rights": ("right", "recht"),
    "rows": ("parameter", "parameter"),
    "rule": ("by the rule", "volgens de regel"),
    "since": ("since", "sinds"),
    "source": ("source", "bron"),
    "travel": ("untaxed travel", "onbelaste reiskosten"),
    "valid_from": ("valid from", "geldig vanaf"),
    "voluntary": ("voluntary deductions", "vrijwillige inhoudingen"),
    "wage_tax": ("wage tax withheld", "ingehouden loonheffing"),
    "wage_tax_base": ("taxable wage", "loon loonheffing"),
    "why_not": ("no effect:", "geen werking:"),
    "year_end": ("part of year-end pay", "deel eindejaarsuitkering"),
    "yearly_check": ("yearly check", "jaarcontrole"),
}
#: Where a wage is told, and how sure a parameter is: (English, Dutch).
VALUES = {
    "delivery": ("delivery", "levering"),
    "inferred": ("inferred", "afgeleid"),
    "payslip": ("payslip", "loonstrook"),
    "secondary": ("from one source", "uit één bron"),
    "verified": ("verified", "nagegaan"),
}


def _shown(key: str, value: Any, language: str) -> str:
    """A number that is money in euros, a rate in percent, anything else as it is."""
    if isinstance(value, dict):
        return inputs_told(value, language)
    if key == "lines":
        return _lines(value, language)
    if key == "rate_per_100000":
        return f"{value / 1000:g}%"
    if isinstance(value, str):
        return value_told(value, language) if key in ("from", "reliability") else value
    counts = key.startswith(("months", "days", "housemates", "version", "line"))
    return str(value) if counts else euros(value)


def _lines(places: str, language: str) -> str:
    """Where a figure was told, `8:2, 8:3`, as people read it.

    >>> _lines("8:2, 9:1", "nl"), _lines("8:2", "en")
    ('levering 8 regel 2, levering 9 regel 1', 'delivery 8 line 2')
    """
    delivery, line = ("levering", "regel") if language == "nl" else ("delivery", "line")
    told = (place.split(":") for place in places.split(", ") if place)
    return ", ".join(f"{delivery} {number} {line} {row}" for number, row in told)


def value_told(code: str, language: str) -> str:
    """A code of the store as people read it."""
    return str(speaker(language)(CODES | VALUES, code))


def inputs_told(inputs: dict[str, Any], language: str) -> str:
    """What a figure rests on, in a line; what is nothing is left out."""
    return ", ".join(
        input_told(key, value, language) for key, value in inputs.items() if value not in ("", 0)
    )


def input_told(key: str, value: Any, language: str) -> str:
    """An input by its name for people; what has none (a symbol, an employer) stands as it is."""
    label = LABELS[key][language == "nl"] if key in LABELS else key
    return f"{label} {_shown(key, value, language)}".strip()
