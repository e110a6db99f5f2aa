"""Workbooks to fill in (sjablonen) for files that people make by hand: formats.md §1c, §2.

Columns, forms and code lists are those that the readers check by, so that a template never asks for
something else than what is taken in. All columns are text: a spreadsheet then leaves the zeros of a
BSN and the digits of a betalingskenmerk alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from surplus.intake import norms, opening
from surplus.intake.clients import rows as client_rows
from surplus.intake.payslips import rows as payslip_rows
from surplus.rules.periods.period import LENGTH, MONTH

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

#: Rows that have a drop-down.
ROWS = 10_000
SHEETS = ("Invullen", "Uitleg", "Codes")
TEXT = "@"
_EXEMPTIONS = (client_rows.NO_EXEMPTION, *client_rows.EXEMPTIONS)
#: How the names of columns with a day end.
_DAYS = ("datum", "_vanaf", "_tot", "_begin", "_eind", "_op", "_per")
_HOW = (
    "Vul het blad Invullen in en laat de eerste rij staan. Bewaar als .xlsx of als "
    "CSV UTF-8 (door lijstscheidingsteken gescheiden).",
    "Alleen waarden: geen formules, geen samengevoegde cellen, geen verborgen rijen of bladen.",
)


class Template(NamedTuple):
    """What a kind of file may hold."""

    required: Sequence[str]
    optional: Sequence[str]
    amounts: Collection[str]
    counts: Collection[str] = ()
    codes: Mapping[str, Sequence[str]] = {}
    several: Collection[str] = ()  # columns in which codes may be joined by +
    closing: str = ""  # what the last row must be


TEMPLATES = {
    "clients": Template(
        client_rows.REQUIRED,
        client_rows.OPTIONAL,
        client_rows.FORMS.amounts,
        client_rows.FORMS.counts,
        {
            "geslacht": client_rows.GENDERS,
            "leefvorm": client_rows.HOUSEHOLDS,
            "status": client_rows.STATUSES,
            "vrijlating_soort": _EXEMPTIONS,
            "partner_vrijlating_soort": _EXEMPTIONS,
            "taal": ("nl", "en"),
        },
        ("vrijlating_soort", "partner_vrijlating_soort"),
    ),
    "norms": Template(norms.COLUMNS, (), norms.FORMS.amounts),
    "payslips": Template(
        payslip_rows.REQUIRED,
        payslip_rows.OPTIONAL,
        (*payslip_rows.AMOUNTS, "uren"),
        codes={"periode_soort": (MONTH, *LENGTH)},
    ),
    "opening": Template(
        opening.REQUIRED,
        opening.OPTIONAL,
        opening.FORMS.amounts,
        opening.FORMS.counts,
        {"persoon": ("1", "2")},
        closing=f"De laatste rij heet {opening.TOTAL}: de totalen van de oude administratie.",
    ),
}


def workbook(kind: str, categories: Sequence[str] = ()) -> Workbook:
    """The template of a kind of `TEMPLATES`: a sheet to fill in, one that explains, the codes.

    Args:
        kind: of `TEMPLATES`.
        categories: of the municipality's norms (normcategorie), which a client must have one of.
    """
    from openpyxl import Workbook

    told = TEMPLATES[kind]
    if kind == "clients" and categories:
        told = told._replace(codes={**told.codes, "normcategorie": categories})
    book = Workbook()
    fill = book.active
    assert fill is not None
    fill.title = SHEETS[0]
    _table(fill, [(*told.required, *told.optional)])
    rows = [
        (name, "ja" if name in told.required else "nee", _form(told, name))
        for name in (*told.required, *told.optional)
    ]
    notes = [(line,) for line in (*_HOW, told.closing)]
    _table(book.create_sheet(SHEETS[1]), [("kolom", "kolom verplicht", "vorm"), *rows, (), *notes])
    if told.codes:
        _codes(told, fill, book.create_sheet(SHEETS[2]))
    return book


def _table(sheet: Worksheet, rows: Sequence[Sequence[str]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    for row in rows:
        sheet.append(row)
    for number, _ in enumerate(rows[0]):
        widest = max(len(row[number]) for row in rows if len(row) == len(rows[0]))
        column = sheet.column_dimensions[get_column_letter(number + 1)]
        column.number_format, column.width = TEXT, max(widest, 12) + 2
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"


def _codes(told: Template, fill: Worksheet, codes: Worksheet) -> None:
    """The code lists, and a drop-down on each column that has one."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    _table(codes, [tuple(told.codes)])
    names = (*told.required, *told.optional)
    for number, (name, values) in enumerate(told.codes.items(), 1):
        for row, value in enumerate(values, 2):
            codes.cell(row, number, value).number_format = TEXT
        letter = get_column_letter(number)
        choice = DataValidation(
            type="list",
            formula1=f"{SHEETS[2]}!${letter}$2:${letter}${len(values) + 1}",
            allow_blank=True,
            showErrorMessage=name not in told.several,
        )
        column = get_column_letter(names.index(name) + 1)
        choice.add(f"{column}2:{column}{ROWS + 1}")
        fill.add_data_validation(choice)


def _form(told: Template, name: str) -> str:
    if name in told.codes:
        several = ", meer dan één met + ertussen" if name in told.several else ""
        return f"een code van het blad {SHEETS[2]}{several}"
    if name in told.amounts:
        return "bedrag of aantal met komma en twee decimalen: 1234,56"
    if name in told.counts:
        return "heel getal"
    if name == "loonmaand":
        return "maand: jjjj-mm"
    return "datum: jjjj-mm-dd" if name.endswith(_DAYS) else "tekst"
