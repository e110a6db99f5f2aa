"""The auditors' workbook of a journal of many rows, beside a bare spliced sheet of the same rows.

    python -m tests.benchmarks.workbook [ROWS]

The workbook has so many rows on all its sheets together: journal, buffers, trial balance,
reconciliation, cover, with styles, dates, formulas and their results. The bare sheet has as many
rows of the journal's columns, put as XML into a zip file by f-strings without style or check: the
floor of any writer (docs/decisions). All in one process, best of five, in seconds of the processor:
writing from memory, and reading the books and tying them together, which the bare sheet need not.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from surplus import config
from surplus.config import Settings
from surplus.ledger.journal import Draft, Line, book
from surplus.reports import workbook
from surplus.reports.period import Period
from surplus.store.engine import open_store, reading, writing
from surplus.store.migrate import upgrade
from tests.reports.conftest import FIRST, LAST, ON, Story

TIMES = 5
#: Account, cents, and what of an amount that differs from client to client comes to it.
ACCOUNTS = ((1300, 62000, 1), (4000, 95150, 1), (2000, -152393, -1), (2010, -4757, -1))


def main(rows: int) -> None:
    """Measure and print."""
    keys = tomllib.loads(config.template())
    settings = Settings.model_validate(keys)
    with tempfile.TemporaryDirectory() as place:
        engine = open_store(f"sqlite:///{Path(place) / 'surplus.db'}")
        upgrade(engine)
        with writing(engine) as conn:
            fill(Story(conn, settings), rows // (len(ACCOUNTS) + 1))
        with reading(engine) as conn:
            made = workbook.build(Period(conn, settings, FIRST, LAST), ON)
            read = best(lambda _file: workbook.build(Period(conn, settings, FIRST, LAST), ON))
    columns = journal(made, rows)
    floor = best(lambda file: bare(file, columns))
    whole = best(lambda file: workbook.write(file, made, on=ON, language="nl"))
    count = sum(sheet.rows for sheet in made.sheets)
    print(f"read, tied together and hashed  {read:6.2f} s   {len(made.sheets)} sheets")
    print(f"bare spliced sheet              {floor:6.2f} s   {rows} rows, {len(columns)} columns")
    print(f"auditors' workbook, written     {whole:6.2f} s   {count} rows")
    print(f"ratio, written                  {whole / floor:6.2f}")
    print(f"ratio, read and written         {(read + whole) / floor:6.2f}     (at most 2.5)")


def fill(story: Story, entries: int) -> None:
    """So many settlements of as many clients, booked."""
    story.run("settle", "2026-02-20")
    drafts = []
    for client in range(1001, 1001 + entries):
        other = client * 7919 % 60_000
        lines = [
            Line(account, cents + other * share, client=client, month=202601)
            for account, cents, share in ACCOUNTS
        ]
        drafts.append(Draft("settlement", lines, client, 202601, "settlement:1"))
    book(story.work, drafts)
    story.seal()


def journal(made: workbook.Book, rows: int) -> list[list[Any]]:
    """The columns of the journal as the book holds them, over again until there are so many."""
    sheet = max(made.sheets, key=lambda sheet: sheet.rows)
    columns = [list(getattr(c.values, "tolist", lambda c=c: c.values)()) for c in sheet.columns]
    return [(column * (rows // len(column) + 1))[:rows] for column in columns]


def bare(file: Any, columns: list[list[Any]]) -> None:
    """One sheet, its cells as inline strings and numbers, spliced into a book of openpyxl."""
    frame = io.BytesIO()
    Workbook().save(frame)
    cells = []
    for number, values in enumerate(columns, 1):
        letter = get_column_letter(number)
        text = any(isinstance(value, str) for value in values)
        head, tail = (' t="inlineStr"><is><t>', "</t></is></c>") if text else ("><v>", "</v></c>")
        cells.append([
            f'<c r="{letter}{row}"{head}{escape(str(value or 0))}{tail}'
            for row, value in enumerate(values, 1)
        ])  # fmt: skip
    body = "".join(
        f'<row r="{number}">{"".join(row)}</row>'
        for number, row in enumerate(zip(*cells, strict=True), 1)
    )
    with (
        zipfile.ZipFile(frame) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(
                    b"<sheetData />", f"<sheetData>{body}</sheetData>".encode()
                )
            target.writestr(name, content)


def best(write: Callable[[Any], None]) -> float:
    """Seconds of the quickest of a few."""
    took = []
    for _ in range(TIMES):
        start = time.process_time()
        write(io.BytesIO())
        took.append(time.process_time() - start)
    return float(np.min(took))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
