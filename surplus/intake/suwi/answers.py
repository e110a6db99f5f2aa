"""One answer about one person as rows of text, as read: a row for every statement of income.

An answer without a statement gives a row of its own: that nothing is known of somebody is told
too, and a fault is no zero. Answers come here once the schema has found them right, so that order
and number of elements are certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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

Row = tuple[str, ...]


def rows_of(message: Any, month: str, line: int, lines: Iterable[int]) -> list[Row]:
    """The rows of a message (Bericht).

    Args:
        message: the element, found right by the schema.
        month: that the delivery is about (Maand, yyyy-mm).
        line: of the message in its file.
        lines: of its statements.
    """
    bsn, answer = message
    parts = {part.tag: part for part in answer}
    told = _EMPTY | {
        "Bericht": message.get("nr").strip(),
        "Regel": str(line),
        "Bsn": bsn.text,
        "Maand": month,
    }
    faults, warnings = _said(parts.get(f"{{{FAULTS}}}FWI"))
    told["Melding"] = faults or warnings
    client = parts.get("ClientSuwi")
    if client is None or faults:
        told["Antwoord"] = FAULT if f"{{{FAULTS}}}NietsGevonden" not in parts else NOTHING
    if client is None:
        return [tuple(told.values())]
    if "PeriodeGegevensleveringIko" in parts:
        told |= _texts(parts["PeriodeGegevensleveringIko"])
    number, *relations = client
    told["Burgerservicenr"] = _text(number)
    at = iter(lines)
    rows = [
        row
        for number, relation in enumerate(relations, 1)
        for row in _relation(relation, told | {"Inkomstenverhouding": str(number)}, at)
    ]
    return rows or [tuple((told | {"Antwoord": told["Antwoord"] or NOTHING}).values())]


def _relation(relation: Any, told: dict[str, str], lines: Iterator[int]) -> Iterator[Row]:
    """The rows of one Inkomstenverhouding."""
    periods: list[dict[str, str]] = []
    statements = 0
    for part in relation:
        tag = part.tag
        if tag == "Inkomstenopgave":
            statements += 1
            row = told | {"Inkomstenopgave": str(statements), "Regel": str(next(lines))}
            row |= _statement(part)
            row |= _in_force(periods, row["DatBIko"])
            yield tuple(row.values())
        elif tag == "Inkomstenperiode":
            periods.append(_texts(part))
        elif tag == "AdministratieveEenheid":
            unit = _texts(part)
            told |= {name: unit[name] for name in _UNIT if name in unit}
        elif tag in _RELATION:
            told[tag] = _text(part)


def _statement(statement: Any) -> dict[str, str]:
    """The fields of one Inkomstenopgave; amounts in cents, with their sign."""
    told, periods = {}, set()
    currencies, unsigned = "", ""
    for part in statement:
        tag = part.tag
        if not tag.startswith("Bedr"):
            if tag in _STATEMENT:
                told[tag] = _text(part)
            continue
        amount = {one.tag: one.text for one in part}
        if "WaardeBedr" not in amount:
            continue
        cents, sign = int(amount["WaardeBedr"]), amount.get("CdPositiefNegatief")
        told[tag] = str(-cents if sign == "-" else cents)
        if sign is None:
            unsigned += f" {tag}"
        if (currency := amount.get("CdMunteenheid", "EUR")) != "EUR":
            currencies += f" {tag}={currency}"
        if "CdPeriodeEenheidGeldigheidBedr" in amount:
            periods.add(amount["CdPeriodeEenheidGeldigheidBedr"])
    told["CdMunteenheid"], told["CdPositiefNegatief"] = currencies, unsigned
    told["CdPeriodeEenheidGeldigheidBedr"] = "+".join(sorted(periods))
    return told


def _in_force(periods: list[dict[str, str]], day: str) -> dict[str, str]:
    """The fields of the Inkomstenperiode that holds on a day, and how many periods overlap.

    Unknown parts of a date are zeros: the earliest day of a begin, made the latest of an end.
    """
    stretches = sorted(
        (one["DatBIkp"], _end(one.get("DatEIkp", "")), at) for at, one in enumerate(periods)
    )
    overlaps = sum(begin <= end for (_, end, _), (begin, _, _) in pairwise(stretches))
    holding = [periods[at] for begin, end, at in stretches if begin <= day <= end]
    found = holding[-1] if holding else {}
    told = {name: found[name] for name in _PERIOD if name in found}
    return told | {"Inkomstenperioden": str(overlaps) if overlaps else ""}


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
    return {part.tag: _text(part) for part in element}


def _text(element: Any) -> str:
    return (element.text or "").strip()
