"""The words of the pictures: (English, Dutch) by key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from surplus.months import Month
from surplus.reports.words import speaker

#: Title of each picture.
TITLES = {
    "buffers": ("Buffers of all clients", "Buffers van alle klanten"),
    "ages": ("What stands open, by age", "Wat openstaat, naar ouderdom"),
    "flows": ("Into the buffers and out of them", "In en uit de buffers, per maand"),
    "client": ("Client {client}: income and fixed payment",
               "Klant {client}: inkomen en vast bedrag"),
}  # fmt: skip

#: What is to be seen, in sentences with figures.
CAPTIONS = {
    "buffers": (
        "On {day} the buffers of {clients} clients together stood at {total} euro; at the start it "
        "was {opening}. The client in the middle stood at {median}; at least one in ten "
        "stood at {low} or lower, at most one in ten above {high}. About minus one "
        "fixed payment is as it should be: the running month has been paid and is settled later.",
        "Op {day} stond er op de buffers van {clients} klanten samen {total} euro; aan het begin "
        "was dat {opening}. De middelste klant stond op {median}; ten minste één op de tien "
        "stond op {low} of lager, hoogstens één op de tien boven {high}. Rond min één "
        "vast bedrag is zoals het hoort: de lopende maand is betaald en wordt later vastgesteld.",
    ),
    "ages": (
        "On {day} {suspense} euro in {lines} bank lines was not explained (1900), of which {old} "
        "for more than {limit} days. Of wages {owed} euro in {wages} months was still to come "
        "(1300), of which {late} for more than {wage_limit} days after the month; employers had "
        "paid {over} euro too much.",
        "Op {day} was {suspense} euro in {lines} bankregels niet verklaard (1900), waarvan {old} "
        "langer dan {limit} dagen. Aan loon moest nog {owed} euro komen, van {wages} loonmaanden "
        "(1300), waarvan {late} langer dan {wage_limit} dagen na de maand; werkgevers hadden "
        "{over} euro te veel betaald.",
    ),
    "flows": (
        "From {first} to {last} {wages} euro of wages and {benefit} of benefit were booked into "
        "the buffers; {fixed} left as fixed payments and {extra} as surplus. All the rest "
        "(payments that came back, exits, decisions) is {other}. What came in less what left is "
        "{net}, by which the buffers changed.",
        "Van {first} tot en met {last} is {wages} euro loon en {benefit} uitkering op de buffers "
        "bijgeboekt; {fixed} ging eruit als vast bedrag en {extra} als overschot. Al het overige "
        "(teruggekomen betalingen, slotbetalingen, besluiten) is {other}. Erin min eruit is {net}: "
        "zoveel veranderden de buffers.",
    ),
    "client": (
        "The wage of a month was {wage} euro; the fixed payment was {fixed}. Of what was over, "
        "{extra} euro was paid on top. On {day} the buffer stood at {stood} euro.",
        "Het loon van een maand was {wage} euro; het vaste bedrag was {fixed}. Van wat over was, "
        "is {extra} euro extra betaald. Op {day} stond de buffer op {stood} euro.",
    ),
    "client_unsettled": (
        "No month is settled yet; the fixed payment was {fixed} euro. On {day} the buffer stood "
        "at {stood} euro.",
        "Er is nog geen maand vastgesteld; het vaste bedrag was {fixed} euro. Op {day} stond de "
        "buffer op {stood} euro.",
    ),
}

#: How each picture looks, before its caption, for who cannot see it.
LOOKS = {
    "buffers": (
        "Two line charts from {first} to {last}. Above: the total of all buffers at the end of "
        "each month. Below: the spread over clients, with a line for the lowest tenth (dashes), "
        "the middle (solid, dots) and the highest tenth (dash and dot).",
        "Twee lijngrafieken van {first} tot en met {last}. Boven: het totaal van alle buffers aan "
        "het einde van elke maand. Onder: de spreiding over klanten, met een lijn voor het laagste "
        "tiende (streepjes), het midden (doorgetrokken, bolletjes) en het hoogste tiende (streep "
        "en punt).",
    ),
    "ages": (
        "Two bar charts as of {last}, one bar for each age, with amount and number beside it. "
        "Left: bank lines that nobody explained. Right: wages still to come.",
        "Twee staafgrafieken per {last}, een staaf per ouderdom, met bedrag en aantal erbij. "
        "Links: bankregels die niemand verklaard heeft. Rechts: loon dat nog moet komen.",
    ),
    "flows": (
        "A bar chart from {first} to {last} with two bars a month. The left one, what came in: "
        "wages (slanted lines) and benefit (dots). The right one, what left: fixed payments "
        "(plain) and surplus on top (level lines). The rest, if any, is a dotted outline.",
        "Een staafgrafiek van {first} tot en met {last} met twee staven per maand. De linker is "
        "wat erin kwam: loon (schuine lijnen) en uitkering (stippen). De rechter is wat eruit "
        "ging: vaste bedragen (effen) en daarop overschot (liggende lijnen). De rest, als die er "
        "is, is een gestippelde omtrek.",
    ),
    "client": (
        "Two charts from {first} to {last}. Above: a bar for what was paid each month, fixed "
        "(plain) and extra on top (level lines), and a dashed line with dots for the wage. Below: "
        "the buffer, day by day, as a line of steps.",
        "Twee grafieken van {first} tot en met {last}. Boven: per maand een staaf voor wat is "
        "betaald, vast (effen) en daarop extra (liggende lijnen), en een streepjeslijn met "
        "bolletjes voor het loon. Onder: de buffer van dag tot dag, als een trapjeslijn.",
    ),
}

TEXTS = {
    "total": ("All buffers together", "Alle buffers samen"),
    "spread": ("Buffer of a client", "Buffer van een klant"),
    "low": ("lowest tenth", "laagste tiende"),
    "median": ("middle", "midden"),
    "high": ("highest tenth", "hoogste tiende"),
    "clients": ("Clients", "Klanten"),
    "day": ("Day", "Dag"),
    "month": ("Month", "Maand"),
    "age": ("Age", "Ouderdom"),
    "number": ("Number", "Aantal"),
    "amount": ("Amount", "Bedrag"),
    "suspense": ("Bank lines not explained (1900)", "Bankregels niet verklaard (1900)"),
    "wages_open": ("Wages still to come (1300)", "Loon dat nog moet komen (1300)"),
    "up_to": ("up to {limit} days", "t/m {limit} dagen"),
    "between": ("{from} to {limit} days", "{from} t/m {limit} dagen"),
    "beyond": ("more than {limit} days", "meer dan {limit} dagen"),
    "since_line": ("since the bank booked it", "sinds de bank het boekte"),
    "since_month": ("since the end of the month of the wage", "sinds het einde van de loonmaand"),
    "wages": ("wages (W)", "loon (W)"),
    "benefit": ("benefit (Bp)", "uitkering (Bp)"),
    "fixed": ("fixed payment", "vast bedrag"),
    "extra": ("surplus", "overschot"),
    "other": ("other", "overig"),
    "in": ("in", "in"),
    "out": ("out", "uit"),
    "net": ("change", "mutatie"),
    "wage": ("wage of the month (W)", "loon van de maand (W)"),
    "due": ("due (D)", "komt toe (D)"),
    "paid": ("Paid, and the wage of the month", "Betaald, en het loon van de maand"),
    "buffer": ("Buffer, day by day", "Buffer, van dag tot dag"),
    "euro": ("euro", "euro"),
    "between_two": ("between {least} and {most}", "tussen {least} en {most}"),
    "counted": ("euro (number)", "euro (aantal)"),
    "open": ("not settled", "nog open"),
    "figures": ("The figures", "De cijfers"),
    "alt": ("For who cannot see the picture", "Voor wie de afbeelding niet ziet"),
}

_DAYS = {"nl": "%d-%m-%Y", "en": "%Y-%m-%d"}
_MONTHS = {
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
}


def day_told(day: str, language: str) -> str:
    """A day as it is written in a language.

    >>> day_told("2026-06-12", "nl"), day_told("2026-06-12", "en")
    ('12-06-2026', '2026-06-12')
    """
    return date.fromisoformat(day).strftime(_DAYS[language])


def month_names(months: Sequence[Month], language: str) -> list[str]:
    """Short names of months for an axis, with the year below the first and below each January.

    >>> [name.split() for name in month_names([Month(202512), Month(202601), Month(202603)], "nl")]
    [['dec', '2025'], ['jan', '2026'], ['mrt']]
    """
    names = _MONTHS[language].split()
    return [
        names[month.number - 1] + (f"\n{month.year}" if not place or month.number == 1 else "")
        for place, month in enumerate(months)
    ]


def age_names(limits: Sequence[int], language: str) -> list[str]:
    """Ages between limits in days, youngest first.

    >>> age_names((5, 30), "nl")
    ['t/m 5 dagen', '6 t/m 30 dagen', 'meer dan 30 dagen']
    """
    say = speaker(language)
    up_to, between, beyond = (say(TEXTS, key) for key in ("up_to", "between", "beyond"))
    middle = [
        between.format(**{"from": below + 1, "limit": limit}) for below, limit in pairwise(limits)
    ]
    return [up_to.format(limit=limits[0]), *middle, beyond.format(limit=limits[-1])]
