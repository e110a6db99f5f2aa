"""Client and norm files for the tests: valid rows, to be broken in one field at a time."""

from __future__ import annotations

from collections.abc import Sequence

from stdnum import iban as stdnum_iban
from stdnum.nl import bsn as stdnum_bsn

from surplus.intake.clients.rows import OPTIONAL, REQUIRED
from surplus.intake.norms import COLUMNS as NORM_COLUMNS
from surplus.payment_reference import reference_of

Row = dict[str, str]

BSNS = [f"{n}" for n in range(999990000, 999999999) if stdnum_bsn.is_valid(str(n))]
CATEGORY = "PW_ALLEENSTAANDE_21_AOW"


def iban(serial: int, bank: str = "INGB") -> str:
    """An invented account."""
    bban = f"{bank}{serial:010d}"
    return f"NL{stdnum_iban.calc_check_digits('NL00' + bban)}{bban}"


def client(number: int = 1001, **told: str) -> Row:
    """A single client who takes part since March 2026, without exemption."""
    row = dict.fromkeys((*REQUIRED, *OPTIONAL), "")
    row |= {
        "klantnummer": f"K{number:07d}", "bsn": BSNS[number - 1000], "achternaam": "Bakker",
        "voorletters": "S.", "geboortedatum": "1992-12-05", "geslacht": "X",
        "leefvorm": "ALLEENSTAANDE", "aantal_kostendelers": "1", "normcategorie": CATEGORY,
        "iban": iban(number), "tenaamstelling": "S. Bakker", "contactpersoon": "Team Werk 1",
        "deelname_vanaf": "2026-03-01", "toestemming_datum": "2026-02-12",
        "toestemming_versie": "T-1.0", "betalingskenmerk": reference_of(number, 2026),
        "vrijlating_soort": "GEEN", "status": "ACTIEF",
    }  # fmt: skip
    return row | told


def couple(number: int = 1003, **told: str) -> Row:
    """A client with a partner without a case of their own."""
    married = {
        "leefvorm": "GEHUWD", "bsn_partner": BSNS[number - 500],
        "partner_geboortedatum": "1981-06-30", "aantal_kostendelers": "2",
        "normcategorie": "PW_GEHUWD_21_AOW",
    }  # fmt: skip
    return client(number, **(married | told))


def exempt(kinds: str, starts: str, entitled: str, used: str, prefix: str = "") -> Row:
    """The four fields of an exemption."""
    values = {"soort": kinds, "recht_vanaf": starts, "maanden_recht": entitled,
              "maanden_gebruikt": used}  # fmt: skip
    return {f"{prefix}vrijlating_{name}": value for name, value in values.items()}


def clients(*rows: Row, columns: Sequence[str] = (*REQUIRED, *OPTIONAL)) -> bytes:
    """A client file."""
    return _file(columns, rows)


def norm(category: str = CATEGORY, **told: str) -> Row:
    """The row of a category for the first half of 2026, approved by a second person."""
    row = {
        "besluitnr": "NORM-2026-01-01", "normcategorie": category, "geldig_vanaf": "2026-01-01",
        "geldig_tot": "2026-06-30", "netto_norm_maand": "1331,43",
        "vakantietoeslag_maand": "70,07", "totaal_maand": "1401,50",
        "bron": "Participatiewet art. 20-22", "vastgesteld_door": "beleid-1",
        "vastgesteld_op": "2025-12-15", "goedgekeurd_door": "treasury-1",
        "goedgekeurd_op": "2025-12-16",
    }  # fmt: skip
    return row | told


def second_half(**told: str) -> Row:
    """The row that follows it."""
    dates = {"besluitnr": "NORM-2026-07-01", "geldig_vanaf": "2026-07-01",
             "geldig_tot": "2026-12-31"}  # fmt: skip
    return norm(**(dates | told))


def amounts(net: str, holiday: str, total: str) -> Row:
    """The amounts of a norm row."""
    return {"netto_norm_maand": net, "vakantietoeslag_maand": holiday, "totaal_maand": total}


def norms(*rows: Row) -> bytes:
    """A norm file."""
    return _file(NORM_COLUMNS, rows)


def _file(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    lines = [";".join(columns), *(";".join(row[name] for name in columns) for row in rows)]
    return ("\n".join(lines) + "\n").encode()
