"""What a file is, from its content alone: a name proves nothing."""

from __future__ import annotations

import io
from pathlib import Path

from lxml import etree

from surplus.intake.csvfile import check_text
from surplus.intake.notes import BadFile, fatal
from surplus.problems import Refusal

#: The first bytes tell enough; a file without a line end in them is none of ours.
_HEAD_BYTES = 65_536
#: Column names that only this kind has.
_CSV_KINDS = {
    "doorlevering": {"recordtype", "loonheffingennummer"},
    "clients": {"klantnummer", "betalingskenmerk"},
    "norms": {"normcategorie", "besluitnr"},
}
_XML_KINDS = {
    "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.02}Document": "camt053",
    "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}Document": "camt053",
}
_SEPARATORS = ";,\t|"


def recognise(content: bytes, max_bytes: int) -> str:
    """The kind of a file: doorlevering, clients, norms or camt053.

    Raises:
        BadFile: F17 too large, F14 empty, F01 not text, F20 a workbook, F02 broken XML, F04 XML of
            a kind or version that is not read here, F16 no known column names.
    """
    if len(content) > max_bytes:
        raise BadFile(fatal("F17"))
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadFile(fatal("F14"))
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadFile(fatal("F20"))
    head = content[:_HEAD_BYTES].removeprefix(b"\xef\xbb\xbf")
    if head.lstrip().startswith(b"<"):
        return _xml_kind(content)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head:
        raise BadFile(fatal("F01", 1))
    return _csv_kind(head, content, max_bytes)


def _csv_kind(head: bytes, content: bytes, max_bytes: int) -> str:
    lines = head.decode("latin-1").splitlines()[:2]
    for line in lines:
        for separator in _SEPARATORS:
            names = {name.strip(' "') for name in line.split(separator)}
            for kind, telling in _CSV_KINDS.items():
                if names & telling:
                    return kind
    if lines[0][:1] == "H" and lines[0][1:2] in _SEPARATORS:
        return "doorlevering"
    check_text(content, max_bytes)
    raise BadFile(fatal("F16", 1))


def _xml_kind(content: bytes) -> str:
    try:
        _event, root = next(
            etree.iterparse(
                io.BytesIO(content),
                events=("start",),
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
            )
        )
    except (etree.XMLSyntaxError, StopIteration):
        raise BadFile(fatal("F02")) from None
    if root.getroottree().docinfo.doctype:
        raise BadFile(fatal("F02"))
    if kind := _XML_KINDS.get(str(root.tag)):
        return kind
    raise BadFile(fatal("F04"))


def read_bytes(path: Path) -> bytes:
    """The content of a file that a command names.

    Raises:
        Refusal: it is not there, is a directory or may not be read (exit 2).
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Refusal(f"{path} is not there", "check the path") from None
    except IsADirectoryError:
        raise Refusal(f"{path} is a directory, not a file", "name the files in it") from None
    except PermissionError:
        raise Refusal(f"{path} may not be read", "check its rights") from None
