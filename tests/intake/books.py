"""CSV files as the workbook that a person would make of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from openpyxl import Workbook

from surplus.intake.files.workbook import Forms
from tests.intake.payslip_files import saved


def as_book(csv: bytes, forms: Forms, edit: Callable[[Any], None] = lambda sheet: None) -> bytes:
    """The same rows: amounts and counts as numbers, dates as date cells, the rest as text.

    `edit` gets the sheet and may break it.
    """
    names, *rows = (line.split(";") for line in csv.decode().splitlines())
    book = Workbook()
    sheet: Any = book.active
    sheet.append(names)
    for row in rows:
        sheet.append([_cell(name, value, forms) for name, value in zip(names, row, strict=True)])
    edit(sheet)
    return saved(book)


def _cell(name: str, value: str, forms: Forms) -> Any:
    if name in forms.amounts and re.fullmatch("-?[0-9]+,[0-9]{2}", value):
        return float(value.replace(",", "."))
    if name in forms.counts and value.isdecimal():
        return int(value)
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date.fromisoformat(value)
    return value or None
