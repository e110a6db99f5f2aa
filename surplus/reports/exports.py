"""A table as a file: CSV and JSON with integer cents for machines, XLSX with euros for people.

The same table gives the same bytes. A file appears whole or not at all, readable by its owner only.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from surplus import __version__, whole_file
from surplus.problems import Refusal
from surplus.reports import splice
from surplus.reports.splice import harmless


def render(title: str, columns: Mapping[str, Any], form: str, on: str) -> bytes:
    """A table as the content of a file.

    Args:
        title: of the sheet of a workbook.
        columns: name -> array; money in cents in columns that end in `_cents`.
        form: a key of `FORMATS`.
        on: the business date, which a workbook bears.
    """
    return FORMATS[form](columns, title, on)


def write(path: Path, content: bytes) -> Path:
    """Put content under a name; an older file of that name is replaced.

    Raises:
        Refusal, OSError: as `replacing` does.
    """
    with replacing(path) as file:
        file.write(content)
    return path


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """As `whole_file.replacing`, for a place that a person named.

    Raises:
        Refusal: its folder does not exist, or it is a folder itself.
        OSError: the place cannot be written; nothing is left there.
    """
    if not path.parent.is_dir():
        raise Refusal(f"there is no folder {path.parent}", "make it, or name another place")
    if path.is_dir():
        raise Refusal(f"{path} is a folder", "name a file in it")
    with whole_file.replacing(path) as file:
        yield file


def as_csv(columns: Mapping[str, Any], _title: str, _on: str) -> bytes:
    """UTF-8, `;`, CRLF, a header line, integer cents; text made harmless."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    writer.writerow(columns)
    writer.writerows(zip(*(_safe(column) for column in columns.values()), strict=True))
    return file.getvalue().encode()


def as_json(columns: Mapping[str, Any], _title: str, _on: str) -> bytes:
    """A list of objects, one a line; text as it is."""
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    lines = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows)
    return ("[" + ",\n ".join(lines) + "]\n").encode()


def as_xlsx(columns: Mapping[str, Any], title: str, on: str) -> bytes:
    """One sheet; amounts in euro in columns that end in `_eur`, dates as dates."""
    file = io.BytesIO()
    shown = [splice.Column(*_shown(name, column)) for name, column in columns.items()]
    sheets = splice.split(splice.Sheet(title, shown))
    splice.write(file, sheets, on=on, author=f"Surplus {__version__}", language="en")
    return file.getvalue()


#: What `surplus export --format` knows.
FORMATS: dict[str, Callable[[Mapping[str, Any], str, str], bytes]] = {
    "csv": as_csv,
    "json": as_json,
    "xlsx": as_xlsx,
}


def _safe(column: Any) -> list[Any]:
    """The values of a column; each different text is looked at once."""
    values: list[Any] = column.tolist()
    if column.dtype != object:
        return values
    told = {value: harmless(value) if isinstance(value, str) else value for value in set(values)}
    return [told[value] for value in values]


def _shown(name: str, column: Any) -> tuple[str, str, list[Any], float]:
    """Header, kind, values and width of a column in a workbook."""
    if name.endswith("_cents"):
        return name.removesuffix("_cents") + "_eur", "cents", column.tolist(), 16
    if name.endswith("_on"):
        return name, "day", column.tolist(), 12
    if column.dtype != object:
        return name, "whole", column.tolist(), 10
    values = column.tolist()
    return name, "text", values, min(60, 2 + max(map(len, [name, *set(values)])))
