"""One answer about one person as rows of text, as read: a row for every statement of income.

An answer without a statement gives a row of its own: that nothing is known of somebody is told
too, and a fault is no zero. Answers come here once the schema has found them right, so that order
and number of elements are certain.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from surplus.intake.income_rows import FAULT, NOTHING
from surplus.intake.suwi.schemas import FAULTS

#: Amounts of a statement; those that a CSV knows too under its name (formats.md §1b).
AMOUNTS = {
    "BedrBrutoloonSv": "bruto_loon_sv",
    "BedrLoonLbPremieVolksverz": "loon_lb",
    "BedrIngehoudenLbPremieVolksverz": "ingehouden_lb",
    "BedrVakantietoeslag": "vakantietoeslag",
    "BedrOpgbRechtVakantietoeslag": "opgb_recht_vt",
    "BedrExtraPrdSalaris": "extra_prd_salaris",
    "BedrOpgbRechtExtraPrdSalaris": "opgb_recht_eps",
    "BedrVergoedingReiskostenOnbelast": "reiskosten_onbelast",
}
#: Maintenance that the employer passes on: for a person to look at.
ALIMONY = ("BedrInUitkBegrBetAlimentatie", "BedrRechtstreeksBetAlimentatie")

_RELATION = ("VolgnrIkv", "DatBIkv", "DatEIkv")
_UNIT = ("Loonheffingennr", "NaamAdministratieveEenheid")
_PERIOD = (
    "DatBIkp", "DatEIkp", "CdSrtIkv", "IndLoonheffingskortingToegepast",
    "IndLoonIsMedeAowAlleenstaande", "IndLoonInclusiefWajongUitkering",
    "IndVakantiebonnenToegepast", "CdIncidInkomstenvermindering",
)  # fmt: skip
_STATEMENT = ("DatBIko", "DatEIko", "AantVerloondeUrenIko")
_DELIVERED = ("DatBPeriode", "DatEPeriode")
#: What is said of amounts beside their value: odd currencies and missing signs name the amounts.
_ASIDE = ("CdMunteenheid", "CdPositiefNegatief", "CdPeriodeEenheidGeldigheidBedr")
#: Every column of a row, in its order.
COLUMNS = (
    "Bericht", "Inkomstenverhouding", "Inkomstenopgave", "Regel", "Antwoord", "Melding",
    "Bsn", "Burgerservicenr", "Maand", *_DELIVERED, *_RELATION, *_UNIT, "Inkomstenperioden",
    *_PERIOD, *_STATEMENT, *AMOUNTS, *ALIMONY, *_ASIDE,
)  # fmt: skip
_EMPTY = dict.fromkeys(COLUMNS, "")
_LATEST = "99999999"


def add_rows(cells: list[str], message: Any, month: str, before: int) -> None:
    """Add the rows of a message (Bericht).

    Args:
        cells: of all rows, one row after the other: a row is no object of its own.
        message: the element, found right by the schema.
        month: that the delivery is about (Maand, yyyy-mm).
        before: lines of the file that end before the message's document.
    """
    bsn, answer = message
    parts = {part.tag: part for part in answer}
    told = _EMPTY | {
        "Bericht": message.get("nr").strip(),
        "Regel": str(before + message.sourceline),
        "Bsn": bsn.text,
        "Maand": month,
    }
    faults, warnings = _said(parts.get(f"{{{FAULTS}}}FWI"))
    told["Melding"] = faults or warnings
    client = parts.get("ClientSuwi")
    if client is None or faults:
        told["Antwoord"] = FAULT if f"{{{FAULTS}}}NietsGevonden" not in parts else NOTHING
    relations = []
    if client is not None:
        if "PeriodeGegevensleveringIko" in parts:
            told |= _texts(parts["PeriodeGegevensleveringIko"])
        number, *relations = client
        told["Burgerservicenr"] = _text(number)
        told["Antwoord"] = told["Antwoord"] or ("" if relations else NOTHING)
    for place, relation in enumerate(relations, 1):
        _add_relation(cells, relation, told | {"Inkomstenverhouding": str(place)}, before)
    if not relations:
        cells += told.values()


def _add_relation(cells: list[str], relation: Any, told: dict[str, str], before: int) -> None:
    """The rows of one Inkomstenverhouding: its statements come last, of which there are some."""
    stretches: list[_Stretch] = []
    statements = 0
    for part in relation:
        tag = part.tag
        if tag == "Inkomstenopgave":
            statements += 1
            row = told | {
                "Inkomstenopgave": str(statements), "Regel": str(before + part.sourceline)
            }  # fmt: skip
            _tell_statement(part, row)
            _tell_stretch(sorted(stretches), row)
            cells += row.values()
        elif tag == "Inkomstenperiode":
            texts = _texts(part)
            begin, end = texts["DatBIkp"], _end(texts.get("DatEIkp", ""))
            stretches.append((begin, end, len(stretches), texts))
        elif tag == "AdministratieveEenheid":
            unit = _texts(part)
            told |= {name: unit[name] for name in _UNIT if name in unit}
        elif tag in _RELATION:
            told[tag] = _text(part)


def _tell_statement(statement: Any, row: dict[str, str]) -> None:
    """The fields of one Inkomstenopgave; amounts in cents, with their sign."""
    per = set()
    amount = currency = sign = ""
    for part in statement.iter():
        tag = part.tag
        if tag == "WaardeBedr":
            row[amount] = ("-" if sign == "-" else "") + part.text.strip()
            row["CdMunteenheid"] += currency and f" {amount}={currency}"
            row["CdPositiefNegatief"] += "" if sign else f" {amount}"
        elif tag == "CdPositiefNegatief":
            sign = part.text
        elif tag == "CdMunteenheid":
            currency = part.text if part.text != "EUR" else ""
        elif tag == "CdPeriodeEenheidGeldigheidBedr":
            if row[amount]:
                per.add(part.text)
        elif tag.startswith("Bedr"):
            amount, currency, sign = tag, "", ""
        elif tag in _STATEMENT:
            row[tag] = part.text.strip()
    row["CdPeriodeEenheidGeldigheidBedr"] = "+".join(sorted(per))


#: First and last day of an Inkomstenperiode, its place among others, and its fields.
_Stretch = tuple[str, str, int, dict[str, str]]


def _tell_stretch(stretches: list[_Stretch], row: dict[str, str]) -> None:
    """The fields of the Inkomstenperiode that holds on the first day, and how many overlap.

    Unknown parts of a date are zeros: the earliest day of a begin, made the latest of an end.
    """
    day = row["DatBIko"]
    holding = {}
    for begin, end, _, fields in stretches:
        if begin <= day <= end:
            holding = fields
    row |= {name: holding[name] for name in _PERIOD if name in holding}
    overlaps = sum(one[1] >= other[0] for one, other in pairwise(stretches))
    row["Inkomstenperioden"] = str(overlaps) if overlaps else ""


def _end(day: str) -> str:
    known = day.replace("0000", "9999", 1) if day.startswith("0000") else day
    if known[4:6] == "00":
        known = known[:4] + "9999"
    return (known[:6] + "99" if known[6:] == "00" else known) or _LATEST


def _said(fwi: Any) -> tuple[str, str]:
    """Faults, and warnings or information, of an FWI: code and text of each.

    An FWI without a fault, instead of an answer, tells nothing either: it counts as a fault.
    """
    faults: list[str] = []
    others: list[str] = []
    for one in fwi if fwi is not None else ():
        parts = _texts(one)
        (faults if one.tag == "Fout" else others).append(f"{parts['Code']} {parts['Tekst']}")
    return "; ".join(faults), "; ".join(others)


def _texts(element: Any) -> dict[str, str]:
    return {part.tag: (part.text or "").strip() for part in element}


def _text(element: Any) -> str:
    return (element.text or "").strip()
