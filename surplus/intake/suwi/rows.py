"""The rows of an InkomensLevering as rows of income (formats.md §1a).

What SuwiML tells in its own way is checked here; the rest by the rules of every income row.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from surplus.intake import income_rows
from surplus.intake.columns import (
    Days,
    Texts,
    days,
    eleven_test,
    iso_text,
    month_start,
    one_of,
    texts,
    told,
    whole,
)
from surplus.intake.income_rows import (
    FOUR_WEEKS,
    HOURS_MAX,
    MONTH,
    NOTHING,
    IncomeRows,
    employers,
    shapes,
    unknown_as_untold,
)
from surplus.intake.notes import Ints, Mask, Notes, Places
from surplus.intake.suwi.answers import ALIMONY, AMOUNTS, COLUMNS

KIND = "suwi"
__all__ = ["COLUMNS", "KIND", "NEEDED", "parse", "unit_suspect"]

#: Amounts without which a statement says nothing; the trailer adds them up, in its order.
NEEDED = ("bruto_loon_sv", "loon_lb", "ingehouden_lb")
#: Gross per hour of most people lies between these.
HOURLY_CENTS = (500, 15_000)
_CENTS = "-?[0-9]{1,18}"
#: What is wanted of every statement, and warned about where it is absent.
_WANTED = (
    "DatBIkv", "CdSrtIkv", "IndLoonheffingskortingToegepast", "AantVerloondeUrenIko", "DatBPeriode",
    "DatEPeriode",
)  # fmt: skip
#: Said of a stretch of income (1 yes, 2 no): what it means for the net is for a person to see.
_MANUAL = (
    "IndLoonIsMedeAowAlleenstaande", "IndLoonInclusiefWajongUitkering",
    "IndVakantiebonnenToegepast",
)  # fmt: skip
#: Why income is lower for a while: K extra birth leave, O unpaid leave, S strike, Z sickness.
_LOWER = ("", "K", "O", "S", "Z")

#: Where the fields of a row stand on its path: 1 Bericht, 2 Inkomstenverhouding, 3 Inkomstenopgave.
_PLACES = {
    "bsn": (1, "Bsn"),
    "volgnr_ikv": (2, "VolgnrIkv"),
    "loonheffingennummer": (2, "AdministratieveEenheid/Loonheffingennr"),
    "cd_srt_ikv": (2, "Inkomstenperiode/CdSrtIkv"),
    "dat_b_ikv": (2, "DatBIkv"),
    "dat_e_ikv": (2, "DatEIkv"),
    "Inkomstenperiode": (2, "Inkomstenperiode"),
    **{name: (2, f"Inkomstenperiode/{name}") for name in COLUMNS if name in {
        "DatBIkp", "DatEIkp", "CdSrtIkv", "IndLoonheffingskortingToegepast",
        "CdIncidInkomstenvermindering", *_MANUAL,
    }},
    "DatBIkv": (2, "DatBIkv"),
    "DatBPeriode": (1, "PeriodeGegevensleveringIko/DatBPeriode"),
    "DatEPeriode": (1, "PeriodeGegevensleveringIko/DatEPeriode"),
    "dat_b_iko": (3, "DatBIko"),
    "dat_e_iko": (3, "DatEIko"),
    "periode_soort": (3, "CdPeriodeEenheidGeldigheidBedr"),
    **{name: (3, element) for element, name in AMOUNTS.items()},
}  # fmt: skip


def parse(table: pa.Table, sent_on: str, notes: Notes) -> IncomeRows:
    """Parse and check the rows of an InkomensLevering as far as they speak for themselves.

    Args:
        table: text columns, all of COLUMNS.
        sent_on: Leverdatum, ISO; '' where it could not be read.
        notes: receives what is wrong, with its place in the file.
    """
    notes.places = _places(table)
    statement, answer = told(table["Inkomstenopgave"]), texts(table["Antwoord"])
    nothing = answer == NOTHING
    # An answer without a statement is about the month of the delivery, all of it and nothing else.
    first, last = _month(table)
    employer = employers(table["Loonheffingennr"], notes, statement)
    rows = IncomeRows(
        table,
        np.full(len(table), "", dtype=object),
        _people(table, notes),
        np.where(nothing, NOTHING, employer),
        np.where(nothing, NOTHING, texts(table["NaamAdministratieveEenheid"])),
        _relations(table, statement, notes),
        texts(table["CdSrtIkv"]),
        texts(table["CdPeriodeEenheidGeldigheidBedr"]),
        _day(table, "DatBIko", statement, first),
        _day(table, "DatEIko", statement, last),
        _day(table, "DatBIkv", statement, first),
        _day(table, "DatEIkv", statement, last),
        whole(table["IndLoonheffingskortingToegepast"], "[12]")[0],
        answer,
    )
    rows = replace(rows, kind=_kinds(rows))
    _read_amounts(rows, statement, notes)
    _check_asides(table, notes)
    _check_stretch(table, statement, notes)
    _check_delivered(rows, statement, notes)
    notes.add(told(table["Melding"]) & (answer == ""), "fwi:FWI", "R25", "W")
    notes.add(nothing & told(table["Burgerservicenr"]), "", "NO_RELATIONS")
    income_rows.check(rows, sent_on, notes)
    _check_hours(table, notes)
    return rows


def unit_suspect(rows: IncomeRows) -> bool:
    """Whether most wages per hour are so low or high that the amounts cannot be cents (F19)."""
    hours, _ = whole(rows.column("AantVerloondeUrenIko"), "[0-9]{1,5}")
    gross = rows.cents["bruto_loon_sv"]
    seen = (hours > 0) & (gross > 0)
    low, high = HOURLY_CENTS
    odd = seen & ((gross < low * hours) | (gross > high * hours))
    return bool(2 * odd.sum() > seen.sum())


def _places(table: pa.Table) -> Places:
    numbers = (texts(table[name]) for name in ("Bericht", "Inkomstenverhouding", "Inkomstenopgave"))
    paths = [
        f"Bericht[{nr}]/Inkomstenverhouding[{relation}]/Inkomstenopgave[{at}]"
        if at
        else f"Bericht[{nr}]"
        for nr, relation, at in zip(*numbers, strict=True)
    ]
    return Places(whole(table["Regel"])[0], np.array(paths, dtype=object), _PLACES)


def _people(table: pa.Table, notes: Notes) -> Ints:
    numbers, formed, passes = eleven_test(table["Bsn"])
    inside = table["Burgerservicenr"]
    differs = told(inside) & (texts(inside) != texts(table["Bsn"]))
    notes.add(~formed, "bsn", "R01")
    notes.add(formed & ~passes, "bsn", "R02")
    notes.add(differs, "bsn", "R24")
    return np.where(passes & ~differs, numbers, 0)


def _relations(table: pa.Table, statement: Mask, notes: Notes) -> Texts:
    number, countable = whole(table["VolgnrIkv"], "[0-9]{1,4}")
    notes.add(statement & ~countable, "volgnr_ikv", "R26", "E")
    return np.where(countable, number.astype(str).astype(object), "")


def _day(table: pa.Table, name: str, statement: Mask, otherwise: Ints) -> Days:
    """A date of each statement; `otherwise`, where an answer has none."""
    column = unknown_as_untold(table[name]) if name == "DatEIkv" else table[name]
    few, place = np.unique(otherwise, return_inverse=True)
    plain = np.array([iso.replace("-", "") for iso in iso_text(few)], dtype=object)[place]
    return days(pc.if_else(pa.array(statement), column, pa.array(plain, pa.string())))


def _month(table: pa.Table) -> tuple[Ints, Ints]:
    """First and last day of the month of the delivery, per row."""
    month, known = whole(pc.replace_substring(table["Maand"], "-", ""), "[0-9]{6}")
    month = np.where(known, month, 197001)
    return month_start(month), month_start(month, 1) - 1


def _kinds(rows: IncomeRows) -> Texts:
    """The kind of each period: as its amounts say, else as its dates show."""
    _, month, four_weeks = shapes(rows)
    shown = np.where(four_weeks & ~month, FOUR_WEEKS, MONTH).astype(object)
    return np.where(rows.kind == "", shown, rows.kind)


def _read_amounts(rows: IncomeRows, statement: Mask, notes: Notes) -> None:
    for name in income_rows.AMOUNTS:
        rows.cents[name] = np.zeros(len(rows), np.int64)
        rows.told[name] = np.zeros(len(rows), bool)
    for element, name in AMOUNTS.items():
        rows.cents[name], rows.told[name] = whole(rows.column(element), _CENTS)
        if name in NEEDED:
            notes.add(statement & ~rows.told[name], name, "R26")
    for element in ALIMONY:
        cents, _ = whole(rows.column(element), _CENTS)
        notes.add(cents > 0, element, "R22", "H")


def _check_asides(table: pa.Table, notes: Notes) -> None:
    """Currency and sign, of which only what is odd is kept: the names of the amounts."""
    for column, code, severity, ends in (
        ("CdMunteenheid", "R09", "E", "="),
        ("CdPositiefNegatief", "R08", "W", " "),
    ):
        if not told(table[column]).any():
            continue
        named = pc.binary_join_element_wise(table[column], "", " ")
        for element in (*AMOUNTS, *ALIMONY):
            odd = pc.match_substring(named, f" {element}{ends}")
            notes.add(odd.to_numpy(zero_copy_only=False), f"{element}/{column}", code, severity)


def _check_stretch(table: pa.Table, statement: Mask, notes: Notes) -> None:
    """The Inkomstenperiode that holds on the first day of the statement, which tells its codes."""
    for name in _WANTED:
        notes.add(statement & ~told(table[name]), name, "R26", "W")
    notes.add(told(table["Inkomstenperioden"]), "Inkomstenperiode", "R17")
    begin, end = days(table["DatBIkp"]), days(unknown_as_untold(table["DatEIkp"]))
    for name, day in (("DatBIkp", begin), ("DatEIkp", end)):
        notes.add(day.partial, name, "R11", "W")
        notes.add(day.told & ~day.good & ~day.partial, name, "R10")
    notes.add(begin.good & end.good & (end.number < begin.number), "DatEIkp", "R12")
    for name in ("IndLoonheffingskortingToegepast", *_MANUAL):
        notes.add(~one_of(table[name], ("", "1", "2")), name, "R22", "W")
    for name in _MANUAL:
        notes.add(one_of(table[name], ("1",)), name, "R22", "H")
    lower = "CdIncidInkomstenvermindering"
    notes.add(~one_of(table[lower], _LOWER), lower, "R22", "W")


def _check_hours(table: pa.Table, notes: Notes) -> None:
    column = table["AantVerloondeUrenIko"]
    hours, _ = whole(column, "[-+]?[0-9]{1,9}")
    notes.add(
        told(column) & ((hours < 0) | (hours * 100 > HOURS_MAX)), "AantVerloondeUrenIko", "R28"
    )


def _check_delivered(rows: IncomeRows, statement: Mask, notes: Notes) -> None:
    """The stretch that was searched covers the month of the delivery, or the month is not known."""
    begin, end = (days(rows.column(name)) for name in ("DatBPeriode", "DatEPeriode"))
    first, last = _month(rows.table)
    covers = begin.good & end.good & (begin.number <= first) & (end.number >= last)
    short = begin.told & end.told & ~covers
    notes.add(short & statement, "DatBPeriode", "R15", "W")
    notes.add(short & ~statement, "DatBPeriode", "R15", "H")
