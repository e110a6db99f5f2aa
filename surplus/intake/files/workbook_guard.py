"""What a workbook may be before anything in it is read: formats.md §1c, F02, F17, F20.

Everybody may upload one, so nothing in it is believed: sizes are counted while unpacking, names
are only compared, XML has no entities, and of what was unpacked a plain archive is made for the
library that reads the values.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from lxml import etree

from surplus.intake.files.limits import Limits
from surplus.intake.notes import BadFile, fatal

#: How a zip archive begins; and the container of .xls files and of workbooks with a password.
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: Parts up to this size may unpack to any times their own.
SMALL = 100_000
PARTS_MAX = 1_000
#: Beginnings and ends of elements in one part: twice what ten thousand rows need.
TAGS_MAX = 3_000_000

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
#: Parts that tell of a macro or of another kind of workbook.
_FOREIGN = re.compile(r"vbaproject|macrosheets/|\.bin$", re.IGNORECASE)
_HARMLESS_BINARY = re.compile(r"printersettings|oleobject", re.IGNORECASE)
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_YES = ("1", "true")
#: Of a row: where its cells with something in them are, whether one does not say so, some of them.
_REFERENCES = etree.XPath("*[*]/@r", smart_strings=False)
_UNPLACED = etree.XPath("boolean(*[*][not(@r)])")
_FORMULAS = etree.XPath("*[*[local-name() = 'f']]")
_ERRORS = etree.XPath("*[@t = 'e'][*]")
#: A number so far below zero that calamine panics where it is said to be a date.
_BEYOND = etree.XPath("boolean(*/*[local-name() = 'v'][number() < -10000000000])")

#: What the standard library says of an archive that is broken or of a rare kind.
_NOT_AN_ARCHIVE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, NotImplementedError,
    RuntimeError, OSError, EOFError, ValueError, struct.error,
)  # fmt: skip

#: Row and column of a cell, both from 1.
Place = tuple[int, int]


class Unpacked(NamedTuple):
    """A workbook that may be read, and what its first sheet holds beside values."""

    archive: bytes  # its parts again, not packed, without the other sheets
    dates_from_1904: bool
    formulas: frozenset[Place]
    errors: dict[Place, str]  # such as #REF!
    hidden_row: int  # the first hidden row with something in it, 0 where there is none


def unpack(content: bytes, limits: Limits = Limits()) -> Unpacked:  # noqa: B008
    """Open a workbook and look it over.

    Raises:
        BadFile: F20 another kind than a plain .xlsx, or merged cells; F17 too large; F16 too many
            columns; F02 XML that is not well-formed or has a DTD.
    """
    parts = _parts(content, limits)
    kinds = parts.get("[Content_Types].xml", b"")
    if WORKBOOK not in parts or any(map(_foreign, parts)) or b"macroEnabled" in kinds:
        raise BadFile(fatal("F20"))
    if any(b"<!DOCTYPE" in part for part in parts.values()):
        raise BadFile(fatal("F02"))
    if any(part.count(b"<") > TAGS_MAX for part in parts.values()):
        raise BadFile(fatal("F17"))
    sheet, dates_from_1904 = _first_sheet(parts)
    others = [name for name in parts if name.startswith("xl/worksheets/") and name != sheet]
    archive = _stored({name: part for name, part in parts.items() if name not in others})
    return Unpacked(archive, dates_from_1904, *_look_over(parts[sheet], limits))


def _foreign(name: str) -> bool:
    return bool(_FOREIGN.search(name)) and not _HARMLESS_BINARY.search(name)


def _parts(content: bytes, limits: Limits) -> dict[str, bytes]:
    """Every part of the archive, unpacked; never more than is allowed in all."""
    if len(content) > limits.workbook_bytes:
        raise BadFile(fatal("F17"))
    parts: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            told = archive.infolist()
            if len(told) > PARTS_MAX or len({part.filename for part in told}) < len(told):
                raise BadFile(fatal("F20"))
            if sum(part.file_size for part in told) > limits.unpacked_bytes or any(
                _bursts(part, limits) for part in told
            ):
                raise BadFile(fatal("F17"))
            for part in told:
                if part.flag_bits & 1:
                    raise BadFile(fatal("F20"))
                # No more comes out than the directory promised: that is what was counted.
                parts[part.filename] = archive.read(part)
    except _NOT_AN_ARCHIVE:
        raise BadFile(fatal("F20")) from None
    return parts


def _bursts(part: zipfile.ZipInfo, limits: Limits) -> bool:
    return part.file_size > max(SMALL, limits.unpacked_ratio * part.compress_size)


def _stored(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def _first_sheet(parts: dict[str, bytes]) -> tuple[str, bool]:
    """The name of the part with the first sheet, and whether dates count from 1904.

    A first sheet that its maker cannot see is not the one that was meant.
    """
    relation, hidden, dates_from_1904 = "", False, False
    for element in _elements(parts[WORKBOOK]):
        told = {_bare(key): str(value) for key, value in element.attrib.items()}
        name = _name(element)
        if name == "workbookPr":
            dates_from_1904 = told.get("date1904", "").lower() in _YES
        elif name == "sheet" and not relation:
            relation, hidden = told.get("id", ""), told.get("state", "visible") != "visible"
    targets = [
        str(element.get("Target"))
        for element in _elements(parts.get(RELATIONS, b"<none/>"))
        if element.get("Id") == relation
    ]
    place = posixpath.normpath(posixpath.join("/xl", targets[0])).lstrip("/") if targets else ""
    if hidden or place not in parts:
        raise BadFile(fatal("F20"))
    return place, dates_from_1904


def _look_over(sheet: bytes, limits: Limits) -> tuple[frozenset[Place], dict[Place, str], int]:
    """Formulas, errors and the first hidden row; refused where the sheet is out of bounds."""
    formulas: set[Place] = set()
    errors: dict[Place, str] = {}
    row = hidden_row = 0
    for element in _elements(sheet, ("{*}row", "{*}mergeCell")):
        if _name(element) == "mergeCell":
            corner = _CELL.match(element.get("ref", ""))
            raise BadFile(fatal("F20", int(corner[2]) if corner else 0))
        row = _row_number(element.get("r"), row + 1)
        if _filled(element, row, limits):
            hidden = element.get("hidden", "").lower() in _YES
            hidden_row = hidden_row or (row if hidden else 0)
            formulas |= {(row, _column(cell)) for cell in _FORMULAS(element)}
            errors |= {(row, _column(cell)): "".join(cell.itertext()) for cell in _ERRORS(element)}
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return frozenset(formulas), errors, hidden_row


def _filled(element: Any, row: int, limits: Limits) -> bool:
    """Whether anything stands in a row; every cell with something in it must say where it is."""
    references = _REFERENCES(element)
    if _UNPLACED(element) or _BEYOND(element):
        raise BadFile(fatal("F20", row))
    for reference in references:
        place = _CELL.fullmatch(reference)
        if not place or int(place[2]) != row:
            raise BadFile(fatal("F20", row))
        if _number(place[1]) > limits.columns:
            raise BadFile(fatal("F16", row))
    if references and row > limits.workbook_rows + 1:
        raise BadFile(fatal("F17", row))
    return bool(references)


def _elements(part: bytes, tags: tuple[str, ...] = ("{*}*",)) -> Iterator[Any]:
    """The elements of a part of the archive as they end."""
    reader = etree.iterparse(
        io.BytesIO(part), tag=tags, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for number, (_event, element) in enumerate(reader):
            if number == 0:
                _refuse_doctype(element)
            yield element
    except etree.XMLSyntaxError:
        raise BadFile(fatal("F02")) from None
    _refuse_doctype(reader.root)


def _refuse_doctype(element: Any) -> None:
    if element.getroottree().docinfo.doctype:
        raise BadFile(fatal("F02"))


def _name(element: Any) -> str:
    return _bare(element.tag)


def _bare(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def _row_number(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not re.fullmatch("[0-9]{1,7}", text):
        raise BadFile(fatal("F20"))
    return int(text)


def _column(cell: Any) -> int:
    """The number of the column in which a cell says it is."""
    return _number(cell.get("r").rstrip("0123456789"))


@lru_cache(maxsize=1_000)
def _number(letters: str) -> int:
    """1 for A, 28 for AB."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
