"""Payslips for the tests, as CSV and as real workbooks, to be broken in one place at a time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from surplus.intake.payslips.rows import AMOUNTS, OPTIONAL, REQUIRED

COLUMNS = (*REQUIRED, *OPTIONAL)
DATES = ("periode_begin", "periode_eind", "betaaldatum")
SHEET = "xl/worksheets/sheet1.xml"

Row = dict[str, Any]


def slip(**told: Any) -> Row:
    """The payslip of the example about March 2026: net 905.62 with 46.00 of travel inside."""
    row = {
        "bsn_of_klantnummer": "999990019", "loonheffingennummer": "999990020L01",
        "naam_werkgever": "Schoonmaakbedrijf Helder BV", "periode_begin": "2026-03-01",
        "periode_eind": "2026-03-31", "periode_soort": "06", "betaaldatum": "2026-03-25",
        "netto_loon_uitbetaald": "905,62", "bruto_loon": "912,00", "loonheffing": "0,00",
        "vakantietoeslag_bruto": "0,00", "eindejaarsuitkering_bruto": "0,00",
        "reiskosten_onbelast": "46,00", "overige_vergoeding_onbelast": "0,00",
        "inhoudingen_overig": "52,38", "netto_verrekenbaar": "859,62", "uren": "60,00",
        "betalingskenmerk": "1042600000001001", "iban_werkgever": "NL59RABO0300000011",
    }  # fmt: skip
    return row | told


def net(euros: int, **told: Any) -> Row:
    """A payslip of so many whole euros, nothing withheld and nothing allowed."""
    amount = f"{euros},00"
    same = ("netto_loon_uitbetaald", "bruto_loon", "netto_verrekenbaar")
    none = dict.fromkeys(("reiskosten_onbelast", "inhoudingen_overig"), "0,00")
    return slip(**dict.fromkeys(same, amount) | none | told)


def as_csv(
    *rows: Row,
    columns: Sequence[str] = COLUMNS,
    edit: Callable[[list[str]], Sequence[str]] = lambda lines: lines,
) -> bytes:
    """A CSV file; `edit` gets its lines and may break them."""
    lines = [";".join(columns), *(";".join(row.get(name, "") for name in columns) for row in rows)]
    return ("\r\n".join(edit(lines)) + "\r\n").encode()


def as_workbook(
    *rows: Row,
    columns: Sequence[str] = COLUMNS,
    edit: Callable[[Any], Any] = lambda sheet: None,
    from_1904: bool = False,
) -> bytes:
    """A workbook: dates are date cells, amounts numbers; `edit` gets its sheet and may break it."""
    book = Workbook()
    if from_1904:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    sheet.append(list(columns))
    for row in rows:
        sheet.append([_cell(name, row.get(name)) for name in columns])
    edit(sheet)
    return saved(book)


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repacked(
    content: bytes,
    change: dict[str, bytes] | None = None,
    replace: tuple[bytes, bytes] | None = None,
    part: str = SHEET,
) -> bytes:
    """A workbook with parts added or replaced, or with text in one part replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = {name: old.read(name) for name in old.namelist()} | (change or {})
    if replace:
        assert replace[0] in parts[part], replace[0]
        parts[part] = parts[part].replace(*replace)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name, text in parts.items():
            new.writestr(name, text)
    return buffer.getvalue()


def cell(name: str, row: int = 2) -> tuple[int, int]:
    """Row and column of a field, from 1."""
    return row, COLUMNS.index(name) + 1


def setting(name: str, value: Any, row: int = 2) -> Callable[[Any], None]:
    """An edit: another value in one cell."""

    def edit(sheet: Any) -> None:
        sheet.cell(*cell(name, row)).value = value

    return edit


def _cell(name: str, value: Any) -> Any:
    if name in DATES and isinstance(value, str):
        return date.fromisoformat(value)
    if name in (*AMOUNTS, "uren") and isinstance(value, str):
        return float(value.replace(",", "."))
    return value
