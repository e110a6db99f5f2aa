"""The auditors' workbook of a journal of many rows, beside a bare spliced sheet of the same rows.

    python -m tests.benchmarks.workbook [ROWS]

The workbook is all that `surplus audit` makes of it: the journal read from the store, the trial
balance, the buffers, the reconciliation, the cover with its sums and hash, styles and formulas.
The bare sheet is the journal alone, its columns in memory, put as XML into a zip file by f-strings
without style or check: the floor of any writer (docs/decisions). Both in one process, best of
three.
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
from sqlalchemy import Connection

from surplus import config
from surplus.config import Settings
from surplus.ledger.journal import Draft, Line, book
from surplus.reports import tables, workbook
from surplus.reports.period import Period
from surplus.store.engine import open_store, reading, writing
from surplus.store.migrate import upgrade
from tests.reports.conftest import FIRST, LAST, ON, Story

TIMES = 3
ACCOUNTS = ((1300, 62000), (4000, 95150), (2000, -152393), (2010, -4757))


def main(rows: int) -> None:
    """Measure and print."""
    keys = tomllib.loads(config.template())
    settings = Settings.model_validate(keys)
    with tempfile.TemporaryDirectory() as place:
        engine = open_store(f"sqlite:///{Path(place) / 'surplus.db'}")
        upgrade(engine)
        with writing(engine) as conn:
            fill(Story(conn, settings), rows // len(ACCOUNTS))
        with reading(engine) as conn:
            journal = tables.journal(conn, settings, known_on=LAST)
            columns = {name: column.tolist() for name, column in journal.items()}
            floor = best(lambda file: bare(file, columns))
            whole = best(lambda file: product(file, conn, settings))
    print(f"journal of {len(columns['entry'])} rows, {len(columns)} columns in the store")
    print(f"  bare spliced sheet {floor:6.2f} s")
    print(f"  auditors' workbook {whole:6.2f} s")
    print(f"  ratio              {whole / floor:6.2f}   (at most 2.5)")


def fill(story: Story, entries: int) -> None:
    """So many settlements of as many clients, booked."""
    story.run("settle", "2026-02-20")
    drafts = []
    for client in range(1001, 1001 + entries):
        lines = [Line(account, cents, client=client, month=202601) for account, cents in ACCOUNTS]
        drafts.append(Draft("settlement", lines, client, 202601, "settlement:1"))
    book(story.work, drafts)
    story.seal()


def product(file: Any, conn: Connection, settings: Settings) -> None:
    """The workbook as the command makes it."""
    period = Period(conn, settings, FIRST, LAST)
    workbook.write(file, workbook.build(period, ON), on=ON, language="nl")


def bare(file: Any, columns: dict[str, list[Any]]) -> None:
    """One sheet, its cells as inline strings and numbers, spliced into a book of openpyxl."""
    frame = io.BytesIO()
    Workbook().save(frame)
    cells = []
    for number, values in enumerate(columns.values(), 1):
        letter = get_column_letter(number)
        if isinstance(values[0], str):
            cells.append([
                f'<c r="{letter}{row}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
                for row, value in enumerate(values, 1)
            ])  # fmt: skip
        else:
            cells.append([
                f'<c r="{letter}{row}"><v>{value}</v></c>' for row, value in enumerate(values, 1)
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
        start = time.perf_counter()
        write(io.BytesIO())
        took.append(time.perf_counter() - start)
    return float(np.min(took))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
