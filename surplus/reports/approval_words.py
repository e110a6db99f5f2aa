"""What stops a payment batch, in the language of who approves it.

A stop is told in English, and released by these very words: what a person saw counts for those
figures only. On the page it stands in the municipality's language.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_WITHOUT = ", without holiday allowance and next rounds"
_ZONDER = ", zonder vakantietoeslag en volgende ronden"
#: English, Dutch; each {} is a figure that differs.
_STOPS = {
    "{} is above {}": "{} is meer dan {}",
    "another client is paid on the same account":
        "op dezelfde rekening wordt nog een klant betaald",
    "{} payments this month, {} the month before" + _WITHOUT:
        "{} betalingen deze maand, {} de maand ervoor" + _ZONDER,
    "{} this month, {} the month before" + _WITHOUT: "{} deze maand, {} de maand ervoor" + _ZONDER,
    "nobody approved the other account": "niemand keurde de andere rekening goed",
    "agreed is {}, the payment says {}": "afgesproken is {}, de betaling zegt {}",
    "available is {} now, the {} {}": "beschikbaar is nu {0}, de betaling is {2}",
    "the round before was {}, the payment says {}": "de vorige ronde was {}, de betaling zegt {}",
    "to whom a benefit from elsewhere is paid is open":
        "open staat aan wie een uitkering van elders wordt betaald",
    "the batch says {} payments of {}, there are {} of {}":
        "de batch zegt {} betalingen van samen {}, het zijn er {} van samen {}",
    "{} is taken for a shortfall, {} may be taken":
        "{} wordt ingehouden voor een tekort, {} mag worden ingehouden",
    "{} is taken for a shortfall, {} is open now":
        "{} wordt ingehouden voor een tekort, {} staat nu open",
    "the client may not be paid now": "de klant mag nu niet worden betaald",
    "a decision holds the payment": "een besluit houdt de betaling aan",
    "the bank says that the payee has died": "volgens de bank is de ontvanger overleden",
    "the client has another account number now": "de klant heeft nu een ander rekeningnummer",
    "another account was decided on": "er is tot een andere rekening besloten",
    "the bank could not pay on this account": "de bank kon niet op deze rekening betalen",
    "the bank may have executed the round before (S03)":
        "de bank heeft de vorige ronde misschien uitgevoerd (S03)",
    "{} has been paid already": "{} is al betaald",
    "{} is no banking day, or more than a year ahead":
        "{} is geen bankdag, of ligt meer dan een jaar vooruit",
    "the amount is zero, negative or too high for a bank":
        "het bedrag is nul, negatief of te hoog voor een bank",
    "the bank cannot write the name or the description, or it is too long":
        "de bank kan de naam of de omschrijving niet schrijven, of die is te lang",
    "the IBAN is wrong": "het IBAN klopt niet",
}  # fmt: skip
_SUBJECTS = {"total": "totaal", "count": "aantal", "batch": "de batch als geheel"}


class _Stop(NamedTuple):
    pattern: re.Pattern[str]
    dutch: str


_PATTERNS = [
    _Stop(re.compile(re.escape(english).replace(r"\{\}", "(.+?)")), dutch)
    for english, dutch in _STOPS.items()
]


def stop(text: str, language: str) -> str:
    """What stops a payment, in a language; with or without its code before it.

    >>> stop("P10: 60 payments this month, 96 the month before"
    ...      ", without holiday allowance and next rounds", "nl")
    'P10: 60 betalingen deze maand, 96 de maand ervoor, zonder vakantietoeslag en volgende ronden'
    """
    code, colon, rest = text.rpartition(": ")
    if language == "nl":
        for each in _PATTERNS:
            if told := each.pattern.fullmatch(rest):
                return code + colon + each.dutch.format(*told.groups())
    return text


def subject(name: str, language: str) -> str:
    """What is stopped: as `pay release` takes it, with a word for it.

    >>> subject("count", "nl"), subject("SUR20260127001-000001", "nl")
    ('count (aantal)', 'SUR20260127001-000001')
    """
    return f"{name} ({_SUBJECTS[name]})" if language == "nl" and name in _SUBJECTS else name
