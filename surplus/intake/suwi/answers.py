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
_FWI, _NOTHING = f"{{{FAULTS}}}FWI", f"{{{FAULTS}}}NietsGevonden"
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
    told = _EMPTY | {
        "Bericht": message.get("nr").strip(),
        "Regel": str(before + message.sourceline),
        "Bsn": bsn.text,
        "Maand": month,
    }
    client: Any = ()
    # Without income: the source could not tell, unless it says that nothing is known.
    without = FAULT
    for part in answer:
        tag = part.tag
        if tag == "ClientSuwi":
            client, without = part, NOTHING
        elif tag == "PeriodeGegevensleveringIko":
            told |= _texts(part)
        elif tag == _FWI:
            faults, warnings = _said(part)
            told["Melding"] = faults or warnings
            told["Antwoord"] = FAULT if faults else ""
        elif tag == _NOTHING:
            without = NOTHING
    place = 0
    for part in client:
        if part.tag == "Inkomstenverhouding":
            place += 1
            _add_relation(cells, part, told | {"Inkomstenverhouding": str(place)}, before)
        else:
            told["Burgerservicenr"] = _text(part)
    if not place:
        told["Antwoord"] = told["Antwoord"] or without
        cells += told.values()


def _add_relation(cells: list[str], relation: Any, told: dict[str, str], before: int) -> None:
    """The rows of one Inkomstenverhouding: its statements come last, of which there are some."""
    stretches: list[_Stretch] = []
    statements = 0
    for part in relation:
        tag = part.tag
        if tag == "Inkomstenopgave":
            if not statements:
                stretches.sort()
                overlaps = sum(one[1] >= other[0] for one, other in pairwise(stretches))
                told["Inkomstenperioden"] = str(overlaps) if overlaps else ""
            statements += 1
            row = told | {
                "Inkomstenopgave": str(statements),
                "Regel": str(before + part.sourceline),
            }
            _tell_statement(part, row)
            _tell_stretch(stretches, row)
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
    per: list[str] = []
    amount = currency = sign = ""
    for part in statement.iter():
        tag = part.tag
        if tag == "CdMunteenheid":
            currency = part.text
        elif tag == "CdPositiefNegatief":
            sign = part.text
        elif tag == "WaardeBedr":
            value = part.text.strip()
            row[amount] = f"-{value}" if sign == "-" else value
            if currency != "EUR":
                row["CdMunteenheid"] += f" {amount}={currency}"
            if not sign:
                row["CdPositiefNegatief"] += f" {amount}"
        elif tag == "CdPeriodeEenheidGeldigheidBedr":
            if row[amount] and part.text not in per:
                per.append(part.text)
        elif tag.startswith("Bedr"):
            amount, currency, sign = tag, "EUR", ""
        elif tag in _STATEMENT:
            row[tag] = part.text.strip()
    row["CdPeriodeEenheidGeldigheidBedr"] = "+".join(sorted(per))


#: First and last day of an Inkomstenperiode, its place among others, and its fields.
_Stretch = tuple[str, str, int, dict[str, str]]


def _tell_stretch(stretches: list[_Stretch], row: dict[str, str]) -> None:
    """The fields of the Inkomstenperiode that holds on the first day; the later one, of two.

    Unknown parts of a date are zeros: the earliest day of a begin, made the latest of an end.
    """
    day = row["DatBIko"]
    for begin, end, _, fields in reversed(stretches):
        if begin <= day <= end:
            row |= {name: fields[name] for name in _PERIOD if name in fields}
            return


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
    for one in fwi:
        parts = _texts(one)
        (faults if one.tag == "Fout" else others).append(f"{parts['Code']} {parts['Tekst']}")
    return "; ".join(faults), "; ".join(others)


def _texts(element: Any) -> dict[str, str]:
    return {part.tag: (part.text or "").strip() for part in element}


def _text(element: Any) -> str:
    return (element.text or "").strip()
