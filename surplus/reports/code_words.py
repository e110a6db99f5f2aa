"""Codes that the store and the bank use, as people read them; the code stays beside the words.

A code that nobody here knows, such as a municipality's own norm category, stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from surplus.bank.families import FAMILIES, ISSUED, RECEIVED, RETURNED, is_cost
from surplus.reports.words import CODES, Words

Pairs = Mapping[str, tuple[str, str]]

#: What an entry, a finding or a reason refers to, before its number.
_REFERENCES: Pairs = {
    "batch": ("batch", "betaalbatch"),
    "change": ("change", "wijziging"),
    "decision": ("decision", "besluit"),
    "delivery": ("delivery", "levering"),
    "employment": ("employment", "dienstverband"),
    "entry": ("entry", "boeking"),
    "item": ("bank line", "bankregel"),
    "obligation": ("payment", "betaling"),
    "person": ("person", "persoon"),
    "settlement": ("settlement, version", "vaststelling, versie"),
    "statement": ("statement", "afschrift"),
    "year": ("year", "jaar"),
}
#: With the bank's code before it where a status report told it.
_REFERENCE = re.compile(f"(?:([A-Z]{{2}}[A-Z0-9]{{2}}) )?({'|'.join(_REFERENCES)}):([0-9]+)")
#: Of a status report (pain.002), as far as a payment goes on with it.
_STATUSES: Pairs = {
    "RCVD": ("received", "ontvangen"),
    "ACTC": ("checked", "gecontroleerd"),
    "ACCP": ("accepted", "geaccepteerd"),
    "ACSP": ("accepted, under way", "geaccepteerd, in uitvoering"),
    "ACSC": ("executed", "uitgevoerd"),
    "ACCC": ("credited to the payee", "bijgeschreven bij de ontvanger"),
    "ACWC": ("accepted with a change", "geaccepteerd met een wijziging"),
    "ACFC": ("accepted, funds checked", "geaccepteerd, saldo gecontroleerd"),
    "PART": ("accepted in part", "deels geaccepteerd"),
    "PDNG": ("pending", "in behandeling"),
}
#: A change by its number and kind, as the audit trail names it.
_CHANGE = re.compile("([0-9]+) ([a-z_-]+)(?::([a-z_-]+))?")
_PROVED: Pairs = {
    "0": ("stated", "opgegeven"),
    "1": ("proved by account", "bewezen met account"),
}
_YES: Pairs = {"0": ("no", "nee"), "1": ("yes", "ja")}
_MEANINGS: Pairs = {
    RECEIVED: ("credit received", "bijschrijving"),
    ISSUED: ("payment issued", "afschrijving"),
    RETURNED: ("payment returned", "teruggekomen betaling"),
    "cost": ("bank cost or interest", "bankkosten of rente"),
    "other": ("other", "overig"),
}
_HOUSEHOLDS: Pairs = {
    "ALLEENSTAANDE_OUDER": ("single parent", "alleenstaande ouder"),
    "ALLEENSTAANDE": ("single", "alleenstaande"),
    "GEHUWD": ("couple", "gehuwden"),
}
_AGES: Pairs = {
    "18_21": ("18 to 20", "18 t/m 20 jaar"),
    "21_AOW": ("from 21 to state pension age", "21 jaar tot AOW-leeftijd"),
    "AOW": ("state pension age", "AOW-leeftijd"),
}
_CATEGORY = re.compile(f"PW_({'|'.join(_HOUSEHOLDS)})_({'|'.join(_AGES)})")
_RIGHTS: Pairs = {
    "import": ("take in files", "inlezen"),
    "settle": ("settle", "vaststellen"),
    "prepare": ("prepare payments", "betalingen klaarzetten"),
    "release": ("release limits", "grenzen vrijgeven"),
    "cancel": ("cancel payments", "betalingen intrekken"),
    "decide": ("decide", "besluiten vastleggen"),
    "assign": ("assign bank lines", "bankregels toewijzen"),
    "findings": ("resolve findings", "bevindingen afdoen"),
    "rerun": ("run again", "opnieuw verwerken"),
    "audit": ("auditors' files", "controlebestanden"),
    "approve": ("approve payments", "betalingen goedkeuren"),
    "changes": ("approve changes", "wijzigingen goedkeuren"),
    "export": ("write payment files", "betaalbestanden maken"),
}
#: Kinds of exemption by their letter in Pw art. 31(2), or article.
_EXEMPTIONS: Pairs = {
    "n": ("25% (n)", "25% (n)"),
    "r": ("single parent (r)", "alleenstaande ouder (r)"),
    "y": ("medically restricted (y)", "medisch urenbeperkt (y)"),
    "z": ("wage-cost subsidy (z)", "loonkostensubsidie (z)"),
    "aa": ("wage-cost subsidy, lasting (aa)", "loonkostensubsidie, blijvend (aa)"),
    "34a": ("article 34a", "artikel 34a"),
}
_PARAMETERS: Pairs = {
    "asset_limit": ("limit of assets", "vermogensgrens"),
    "benefit_gross_up_rate": ("rate to gross up benefit", "brutering uitkering"),
    "benefit_tax_credit": ("tax credit in benefit", "heffingskorting uitkering"),
    "benefit_taxable_estimate": ("taxable benefit, estimate", "belastbare uitkering, raming"),
    "benefit_wage_tax_rate": ("wage tax on benefit", "loonheffing over uitkering"),
    "buffer_budget_cap": ("cap of the buffer budget", "maximum bufferbudget"),
    "exemption_34a_cap": ("cap of exemption, art. 34a", "maximum vrijlating art. 34a"),
    "exemption_34a_rate": ("rate of exemption, art. 34a", "percentage vrijlating art. 34a"),
    "gift_exemption": ("gifts left out", "giften vrijgelaten"),
    "holiday_allowance_share": ("holiday allowance", "vakantietoeslag"),
    "institution_addition": ("addition in an institution", "verhoging in inrichting"),
    "minimum_wage": ("minimum wage", "minimumloon"),
    "minimum_wage_reference": ("minimum wage, reference", "referentieminimumloon"),
    "norm_22a3_with_children": ("norm art. 22a(3), children", "norm art. 22a lid 3, kinderen"),
    "norm_22a3_without_children": (
        "norm art. 22a(3), no children", "norm art. 22a lid 3, geen kinderen",
    ),
    "norm_cost_sharer_excl": (
        "norm of a cost sharer, without holiday allowance",
        "kostendelersnorm, exclusief vakantietoeslag",
    ),
    "norm_cost_sharer_incl": (
        "norm of a cost sharer, with holiday allowance",
        "kostendelersnorm, inclusief vakantietoeslag",
    ),
    "norm_excl": ("norm without holiday allowance", "norm exclusief vakantietoeslag"),
    "norm_incl": ("norm with holiday allowance", "norm inclusief vakantietoeslag"),
    "norm_institution": ("norm in an institution", "norm in inrichting"),
    "premium_j_cap": ("cap of the premium (j)", "maximum premie (j)"),
    "state_pension_age": ("state pension age", "AOW-leeftijd"),
    "youth_parent_addition": ("addition, young parents", "toeslag jonge ouders"),
    "zorgtoeslag_asset_limit": ("care allowance: assets", "zorgtoeslag: vermogensgrens"),
    "zorgtoeslag_income_limit": ("care allowance: income limit", "zorgtoeslag: inkomensgrens"),
    "zorgtoeslag_norm_rate": ("care allowance: norm rate", "zorgtoeslag: normpercentage"),
    "zorgtoeslag_phase_out_rate": ("care allowance: phasing out", "zorgtoeslag: afbouw"),
    "zorgtoeslag_standard_premium": (
        "care allowance: standard premium", "zorgtoeslag: standaardpremie",
    ),
    "zorgtoeslag_threshold_income": (
        "care allowance: threshold income", "zorgtoeslag: drempelinkomen",
    ),
}  # fmt: skip
#: Names of parameters that are one of many: what they are, by their parts.
_EXEMPTION = re.compile(r"exemption_([a-z]+)_(cap|rate)")
_CLAIM = re.compile(r"holiday_claim_art([0-9]+)_(deduct|from|rate)_?([0-9]*)")
_PARTS: Pairs = {
    "cap": ("cap of exemption", "maximum vrijlating"),
    "rate": ("rate", "percentage"),
    "deduct": ("deduction", "aftrek"),
    "from": ("from", "vanaf"),
    "exemption rate": ("rate of exemption", "percentage vrijlating"),
    "claim": ("holiday claim art.", "aanspraak vakantiebijslag art."),
    "row": ("row", "rij"),
}
HOUSEHOLDS: Pairs = {
    "all": ("all", "alle"),
    "case": ("case", "dossier"),
    "household": ("household", "huishouden"),
    "other_income": ("other income", "ander inkomen"),
    "couple_with_children": ("couple with children", "gehuwden met kinderen"),
    "couple_each_partner": ("couple, each partner", "gehuwden, ieder"),
    **{f"cost_sharers_{n}": (f"{n} cost sharers", f"{n} kostendelers") for n in range(2, 12)},
}
AGE_BANDS: Pairs = {
    "all": ("all", "alle"),
    "21-aow": ("21 to state pension age", "21 tot AOW-leeftijd"),
    "aow": ("state pension age", "AOW-leeftijd"),
    "below aow": ("below state pension age", "onder AOW-leeftijd"),
    "both aow": ("both of state pension age", "beiden AOW-leeftijd"),
    "both 18-20": ("both 18–20", "beiden 18–20"),
    "18-20 and 21+": ("one 18–20, one 21 or older", "een 18–20, een 21 of ouder"),
    "18-20 part": ("18–20, their part", "18–20, hun deel"),
}


def reference(say: Words, text: str) -> str:
    """What something refers to: `item:4` is bank line 4, `12 decision:exit` a change.

    >>> from surplus.reports.words import speaker
    >>> reference(speaker("nl"), "item:4"), reference(speaker("en"), "- obligation:7")
    ('bankregel 4', 'payment 7')
    >>> reference(speaker("nl"), "PART delivery:4"), reference(speaker("nl"), "IB-0999-001:54")
    ('deels geaccepteerd (PART), levering 4', 'IB-0999-001:54')
    >>> reference(speaker("nl"), "12 decision:write-off"), reference(speaker("en"), "3 norm")
    ('12, afboeking', '3, norm row')
    """
    if change := _CHANGE.fullmatch(text):
        return f"{change[1]}, {say(CODES, change[3] or change[2])}"
    told = _REFERENCE.fullmatch(text.removeprefix("- "))
    if not told:
        return str(say(CODES, text))
    code, kind, number = told.groups()
    status = f"{say(_STATUSES, code)} ({code}), " if code in _STATUSES else f"{code}, "
    return f"{status if code else ''}{say(_REFERENCES, kind)} {number}"


def proved(say: Words, flag: int) -> str:
    """Whether the operating system says who somebody is, or they do."""
    return str(say(_PROVED, str(flag)))


def yes(say: Words, flag: int) -> str:
    """Whether something is so."""
    return str(say(_YES, str(flag)))


def category(say: Words, code: str) -> str:
    """A norm category.

    >>> from surplus.reports.words import speaker
    >>> category(speaker("nl"), "PW_GEHUWD_21_AOW"), category(speaker("nl"), "EIGEN_7")
    ('gehuwden, 21 jaar tot AOW-leeftijd (PW_GEHUWD_21_AOW)', 'EIGEN_7')
    """
    told = _CATEGORY.fullmatch(code)
    return f"{say(_HOUSEHOLDS, told[1])}, {say(_AGES, told[2])} ({code})" if told else code


def family(say: Words, code: str) -> str:
    """A bank transaction code.

    >>> from surplus.reports.words import speaker
    >>> family(speaker("nl"), "PMNT-RCDT-ESCT"), family(speaker("en"), "")
    ('bijschrijving (PMNT-RCDT-ESCT)', '')
    """
    meaning = FAMILIES.get(code, "cost" if is_cost(code) else "other")
    return f"{say(_MEANINGS, meaning)} ({code})" if code else code


def rights(say: Words, codes: str) -> str:
    """Rights of an operator, of which the codes stand after each other."""
    return ", ".join(say(_RIGHTS, code) for code in codes.split())


def exemption(say: Words, kind: str) -> str:
    """A kind of exemption."""
    return str(say(_EXEMPTIONS, kind))


def parameter(say: Words, name: str) -> str:
    """A parameter or norm category by its name.

    >>> from surplus.reports.words import speaker
    >>> say = speaker("nl")
    >>> parameter(say, "norm_incl")
    'norm inclusief vakantietoeslag (norm_incl)'
    >>> parameter(say, "exemption_n_cap")
    'maximum vrijlating, 25% (n) (exemption_n_cap)'
    >>> parameter(say, "holiday_claim_art11_from_2")
    'aanspraak vakantiebijslag art. 11, vanaf, rij 2 (holiday_claim_art11_from_2)'
    """
    if name in _PARAMETERS:
        return f"{say(_PARAMETERS, name)} ({name})"
    if told := _EXEMPTION.fullmatch(name):
        part = say(_PARTS, "cap" if told[2] == "cap" else "exemption rate")
        return f"{part}, {exemption(say, told[1])} ({name})"
    if told := _CLAIM.fullmatch(name):
        row = f", {say(_PARTS, 'row')} {told[3]}" if told[3] else ""
        return f"{say(_PARTS, 'claim')} {told[1]}, {say(_PARTS, told[2])}{row} ({name})"
    return category(say, name)


def household(say: Words, code: str) -> str:
    """A household of a parameter or of a case."""
    return str(say(HOUSEHOLDS, code) if code in HOUSEHOLDS else say(CODES, code))


def age_band(say: Words, code: str) -> str:
    """Ages for which a parameter holds."""
    return str(say(AGE_BANDS, code))


#: Column -> how its codes are told.
COLUMNS: dict[str, Callable[[Words, Any], Any]] = {
    "reference": reference,
    "subject": reference,
    "household": household,
    "age_band": age_band,
    "norm_category": category,
    "family": family,
    "rights": rights,
    "proved": proved,
    "signed": yes,
}
