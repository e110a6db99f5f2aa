"""The rows of `clients.csv` as columns of a case, each field checked (formats.md §2, C01–C14).

What needs other rows or the store is checked in `client_checks.py`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from surplus.cases import UNTOLD, Right, rights_text
from surplus.intake.checkdigits import bank_known, iban_valid
from surplus.intake.columns import (
    Days,
    Texts,
    days,
    eleven_test,
    matches,
    one_of,
    texts,
    told,
    whole,
)
from surplus.intake.files.csvfile import Sheet
from surplus.intake.files.workbook import Forms
from surplus.intake.notes import Mask, Notes
from surplus.money import cents_column
from surplus.payment_reference import are_valid
from surplus.rules.arrays import age, day_numbers

Columns = dict[str, Any]

REQUIRED = (
    "klantnummer", "bsn", "achternaam", "voorvoegsel", "voorletters", "geboortedatum", "geslacht",
    "leefvorm", "bsn_partner", "aantal_kostendelers", "normcategorie", "iban", "tenaamstelling",
    "contactpersoon", "email", "telefoon", "deelname_vanaf", "deelname_tot", "toestemming_datum",
    "toestemming_versie", "intrekking_datum", "betalingskenmerk", "vrijlating_soort",
    "vrijlating_recht_vanaf", "vrijlating_maanden_recht", "vrijlating_maanden_gebruikt",
    "buffer_max", "vast_bedrag_override", "override_besluitnr", "status",
)  # fmt: skip
OPTIONAL = (
    "partner_geboortedatum", "partner_vrijlating_soort", "partner_vrijlating_recht_vanaf",
    "partner_vrijlating_maanden_recht", "partner_vrijlating_maanden_gebruikt", "override_tot",
    "straat", "huisnummer", "postcode", "plaats", "taal", "wijziging_per",
)  # fmt: skip
#: In a workbook a number counts as what its column holds; several exemptions are text.
FORMS = Forms(
    amounts=("buffer_max", "vast_bedrag_override"),
    counts=(
        "aantal_kostendelers",
        "huisnummer",
        *(
            f"{of}vrijlating_maanden_{what}"
            for of in ("", "partner_")
            for what in ("recht", "gebruikt")
        ),
    ),
)

ADULT = 18
COUNTED_AGE = 21  # from which a spouse is a cost sharer
NAME_LENGTH = 70  # of a name at the bank
COST_SHARERS_MAX = 20
STATUSES = ("AANGEMELD", "ACTIEF", "GEPAUZEERD", "BEEINDIGD", "OVERLEDEN")
#: Offered, not demanded: nothing depends on it.
GENDERS = ("M", "V", "X", "O")
COUPLE = "GEHUWD"
HOUSEHOLDS = ("ALLEENSTAANDE", "ALLEENSTAANDE_OUDER", COUPLE)
NO_EXEMPTION = "GEEN"
#: Kinds of exemption, and whether it lasts a number of months, so that those used must be told.
EXEMPTIONS = {
    "VRIJLATING_25": True,
    "ALLEENSTAANDE_OUDER": True,
    "MEDISCH_URENBEPERKT": False,
    "LOONKOSTENSUBSIDIE": True,
    "LOONKOSTENSUBSIDIE_BLIJVEND": False,
    "NIEUW_34A": True,
}
#: Letters and signs with a usual spelling at the bank; a name with others is refused there (P05).
_BANK_NAME = r"[\p{Latin}\p{M}0-9 /\-?:().,'+&_‘’ʼ`´‐‑–—·]*"
#: Column of a case <- text column of the file, and its greatest length (0: any).
_TEXTS = {
    "surname": ("achternaam", 70),
    "prefix": ("voorvoegsel", 10),
    "initials": ("voorletters", 20),
    "contact": ("contactpersoon", 0),
    "email": ("email", 0),
    "phone": ("telefoon", 0),
    "gender": ("geslacht", 0),
    "street": ("straat", 0),
    "house_number": ("huisnummer", 0),
    "postcode": ("postcode", 0),
    "town": ("plaats", 0),
    "language": ("taal", 0),
}
_NEEDED = ("surname", "initials", "contact")
_UNIT_SEPARATOR = "\x1f"  # in no file: a control character


def parse(sheet: Sheet, on: str, notes: Notes) -> Columns:
    """Every row as client and the columns of a case (surplus/cases.py).

    Args:
        sheet: the file.
        on: business date.
        notes: what is wrong with fields is said here; their values are then '' or 0.

    Returns:
        arrays of one length; `client` is 0 where the number is unreadable. Beside them
        `changed_from`: the day from which what the row changes holds, '' where it tells none.
    """
    number = pc.utf8_slice_codeunits(sheet["klantnummer"], 1)
    good = matches(sheet["klantnummer"], "K[0-9]{7}") & ~matches(number, "0*")
    notes.add(~good, "klantnummer", "C01")
    rows: Columns = {"client": np.where(good, whole(number)[0], 0)}
    rows |= _names(sheet, notes)
    rows |= _participation(sheet, notes)
    rows |= _people(sheet, rows["starts_on"], on, notes)
    rows |= _account(sheet, notes)
    rows |= _amounts(sheet, np.maximum(rows["starts_on"], on), notes)
    rows["norm_category"] = texts(sheet["normcategorie"])
    notes.add(~told(sheet["normcategorie"]), "normcategorie", "C07", "E")
    rows["status"] = texts(sheet["status"])
    notes.add(~one_of(sheet["status"], STATUSES), "status", "C14")
    rows["exemptions"] = _rights(sheet, "", notes)
    rows["partner_exemptions"] = _rights(sheet, "partner_", notes)
    changed = days(sheet["wijziging_per"], dashes=True)
    notes.add(_bad(changed), "wijziging_per", "C15")
    rows["changed_from"] = changed.iso
    alone = (rows["partner_exemptions"] != "") & (rows["partner_bsn"] == "")
    notes.add(alone, "partner_vrijlating_soort", "C11")
    return rows


def _names(sheet: Sheet, notes: Notes) -> Columns:
    columns = {}
    for name, (column, longest) in _TEXTS.items():
        text = pc.utf8_normalize(pc.utf8_trim_whitespace(sheet[column]), "NFC")
        if longest:
            notes.add(_longer(text, longest), column, "C03")
        if name in _NEEDED:
            notes.add(~told(text), column, "C03")
        columns[name] = texts(text)
    at_bank = pc.binary_join_element_wise(
        *(pa.array(columns[name], pa.string()) for name in ("initials", "prefix", "surname")), " "
    )
    notes.add(_longer(at_bank, NAME_LENGTH), "achternaam", "C03", "W")
    notes.add(~matches(sheet["email"], r"(\S+@\S+\.\S+)?"), "email", "C03", "W")
    known = one_of(sheet["taal"], ("", "nl", "en"))
    notes.add(~known, "taal", "C03", "W")
    columns["language"] = np.where(known, columns["language"], "")
    return columns


def _participation(sheet: Sheet, notes: Notes) -> Columns:
    start, end, consent, withdrawn = (
        days(sheet[name], dashes=True)
        for name in ("deelname_vanaf", "deelname_tot", "toestemming_datum", "intrekking_datum")
    )
    first = matches(sheet["deelname_vanaf"], ".*-01")
    notes.add(~start.good | ~first, "deelname_vanaf", "C08")
    notes.add(_bad(end) | _before(end, start), "deelname_tot", "C08")
    notes.add(~consent.good | _before(start, consent), "toestemming_datum", "C09")
    notes.add(~told(sheet["toestemming_versie"]), "toestemming_versie", "C09")
    notes.add(_bad(withdrawn) | _before(withdrawn, consent), "intrekking_datum", "C09")
    return {
        "starts_on": start.iso,
        "ends_on": end.iso,
        "consent_on": consent.iso,
        "consent_version": texts(sheet["toestemming_versie"]),
        "withdrawn_on": withdrawn.iso,
    }


def _people(sheet: Sheet, starts: Texts, on: str, notes: Notes) -> Columns:
    """Client, partner and household: C02, C04 and C05."""
    bsn, partner = sheet["bsn"], sheet["bsn_partner"]
    notes.add(~eleven_test(bsn)[2], "bsn", "C02")
    born, partner_born = (
        days(sheet[name], dashes=True) for name in ("geboortedatum", "partner_geboortedatum")
    )
    young = age(day_numbers(born.iso), day_numbers(starts)) < ADULT
    notes.add(~born.good | (young & (starts != "")), "geboortedatum", "C04")
    notes.add(_bad(partner_born) | (partner_born.iso > on), "partner_geboortedatum", "C04")
    couple, single = one_of(sheet["leefvorm"], (COUPLE,)), one_of(sheet["leefvorm"], HOUSEHOLDS[:2])
    notes.add(~couple & ~single, "leefvorm", "C05")
    same = np.asarray(pc.equal(bsn, partner).to_numpy(zero_copy_only=False), dtype=bool)
    notes.add(couple & (~eleven_test(partner)[2] | same), "bsn_partner", "C05")
    notes.add(single & told(partner), "bsn_partner", "C05")
    sharers, counted = whole(sheet["aantal_kostendelers"], "[0-9]{1,2}")
    counted &= (sharers >= 1) & (sharers <= COST_SHARERS_MAX)
    notes.add(~counted, "aantal_kostendelers", "C05")
    # Self and spouse are two, where both are of an age that the law counts (Pw art. 22a(1)).
    today = day_numbers(np.maximum(starts, on))
    left_out = [
        one.good & (age(day_numbers(one.iso), today) < COUNTED_AGE) for one in (born, partner_born)
    ]
    fewer = couple & counted & (sharers < 2) & ~(left_out[0] | left_out[1])
    notes.add(fewer, "aantal_kostendelers", "C05", "W")
    return {
        "bsn": texts(bsn),
        "birth_date": born.iso,
        "household": texts(sheet["leefvorm"]),
        "cost_sharers": sharers,
        "partner_bsn": texts(partner),
        "partner_birth_date": np.where(told(partner), partner_born.iso, ""),
    }


def _account(sheet: Sheet, notes: Notes) -> Columns:
    """Where the money goes and how wages are recognised: C06 and C10."""
    iban = pc.replace_substring(sheet["iban"], " ", "")
    valid = iban_valid(iban)
    notes.add(~valid, "iban", "C06")
    notes.add(valid & ~bank_known(iban), "iban", "C06", "W")
    name = pc.utf8_normalize(pc.utf8_trim_whitespace(sheet["tenaamstelling"]), "NFC")
    notes.add(~told(name) | _longer(name, NAME_LENGTH), "tenaamstelling", "C06")
    notes.add(~matches(name, _BANK_NAME), "tenaamstelling", "C03", "W")
    reference = texts(sheet["betalingskenmerk"])
    ours = matches(sheet["betalingskenmerk"], "[0-9]{16}") & are_valid(reference)
    notes.add(~ours, "betalingskenmerk", "C10")
    return {"iban": texts(iban), "account_name": texts(name), "reference": reference}


def _amounts(sheet: Sheet, since: Texts, notes: Notes) -> Columns:
    """Buffer cap and override of the fixed amount: C12 and C13."""
    cap, capped, malformed, precise = cents_column(sheet["buffer_max"])
    notes.add(malformed | precise | (cap < 0), "buffer_max", "C12")
    fixed, given, malformed, precise = cents_column(sheet["vast_bedrag_override"])
    until = days(sheet["override_tot"], dashes=True)
    a_year_on = day_numbers(since) + 10_000
    notes.add(given & (malformed | precise | (fixed <= 0)), "vast_bedrag_override", "C13")
    notes.add(given & ~told(sheet["override_besluitnr"]), "override_besluitnr", "C13")
    too_long = day_numbers(until.iso) > a_year_on
    notes.add(given & (~until.good | too_long), "override_tot", "C13")
    number = texts(sheet["override_besluitnr"])
    return {
        "buffer_cap": np.where(capped, cap, UNTOLD),
        "override_cents": np.where(given, fixed, UNTOLD),
        "override_number": np.where(given, number, ""),
        "override_until": np.where(given, until.iso, ""),
    }


def _rights(sheet: Sheet, prefix: str, notes: Notes) -> Texts:
    """The exemptions of a person as text of a case (C11); each different text is read once."""
    names = [
        f"{prefix}vrijlating_{part}"
        for part in ("soort", "recht_vanaf", "maanden_recht", "maanden_gebruikt")
    ]
    joined = pc.binary_join_element_wise(*(sheet[name] for name in names), _UNIT_SEPARATOR)
    encoded = joined.combine_chunks().dictionary_encode()
    read = [rights(*text.split(_UNIT_SEPARATOR)) for text in encoded.dictionary.to_pylist()]
    index = encoded.indices.to_numpy()
    wrong = np.array([text is None for text in read], bool)[index]
    missing = ~told(sheet[names[0]]) & (prefix == "")
    notes.add(wrong | missing, names[0], "C11")
    return np.asarray(np.array([text or "" for text in read], object)[index])


def rights(kinds: str, starts: str, entitled: str, used: str) -> str | None:
    """The exemptions of one person, several joined by +; None where they do not fit together.

    >>> rights("VRIJLATING_25+ALLEENSTAANDE_OUDER", "2025-06-01+2026-03-01", "6+30", "6+0")
    'ALLEENSTAANDE_OUDER 2026-03-01 0/30+VRIJLATING_25 2025-06-01 6/6'
    """
    if kinds in ("", NO_EXEMPTION):
        return None if starts or entitled or used else ""
    columns = [field.split("+") for field in (kinds, starts, entitled, used)]
    if len({len(column) for column in columns}) > 1 or len(set(columns[0])) < len(columns[0]):
        return None
    found = [_right(*fields) for fields in zip(*columns, strict=True)]
    return rights_text([right for right in found if right]) if all(found) else None


def _right(kind: str, start: str, entitled: str, used: str) -> Right | None:
    counts = re.fullmatch(r"[0-9]{0,3}", entitled) and re.fullmatch(r"[0-9]{0,3}", used)
    if kind not in EXEMPTIONS or not counts or (EXEMPTIONS[kind] and not used):
        return None
    try:
        if date.fromisoformat(start).isoformat() != start:
            return None
    except ValueError:
        return None
    right = Right(kind, start, int(used or 0), int(entitled) if entitled else UNTOLD)
    return None if UNTOLD != right.entitled < right.used else right


def _bad(day: Days) -> Mask:
    return day.told & ~day.good


def _before(one: Days, other: Days) -> Mask:
    return one.good & other.good & (one.number < other.number)


def _longer(column: Any, length: int) -> Mask:
    longer = pc.greater(pc.utf8_length(column), length)
    return np.asarray(longer.to_numpy(zero_copy_only=False), dtype=bool)
