"""What a file is, from its content alone: a name proves nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from lxml import etree

from surplus.config import Layout
from surplus.intake.doorlevering.layouts import find
from surplus.intake.files.content import Content
from surplus.intake.files.csvfile import check_text
from surplus.intake.files.limits import Limits
from surplus.intake.files.nesting import depth
from surplus.intake.files.workbook import column_names, is_workbook
from surplus.intake.notes import BadFile, fatal
from surplus.intake.suwi import envelope
from surplus.intake.suwi import rows as suwi
from surplus.intake.suwi.schemas import ANSWER
from surplus.problems import Refusal

#: The first bytes tell enough; a file without a line end in them is none of ours.
_HEAD_BYTES = 65_536
#: Column names that only this kind has, or those before it.
_CSV_KINDS = {
    "payslip": {"bsn_of_klantnummer", "netto_loon_uitbetaald", "netto_verrekenbaar"},
    "opening": {"te_ontvangen_loon", "reservering_vakantietoeslag"},
    "doorlevering": {"recordtype", "loonheffingennummer"},
    "clients": {"klantnummer", "betalingskenmerk"},
    "norms": {"normcategorie", "besluitnr"},
}
_XML_KINDS = {
    "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.02}Document": "camt053",
    "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}Document": "camt053",
    "{urn:iso:std:iso:20022:tech:xsd:camt.054.001.02}Document": "camt054",
    "{urn:iso:std:iso:20022:tech:xsd:camt.054.001.08}Document": "camt054",
    "{urn:iso:std:iso:20022:tech:xsd:pain.002.001.03}Document": "pain002",
    "{urn:iso:std:iso:20022:tech:xsd:pain.002.001.10}Document": "pain002",
    "{urn:iso:std:iso:20022:tech:xsd:pain.002.001.12}Document": "pain002",
    envelope.ROOT: suwi.KIND,
}
#: One answer of SuwiML by itself: neither sender nor month nor number.
_BARE_ANSWER = f"{{{ANSWER}}}UWVPersoonsIkvInfoResponse"
#: In which order kinds are read; a statement has the last word on a payment.
_RANK = {
    "norms": 0, "clients": 1, "opening": 2, "doorlevering": 3, suwi.KIND: 3, "payslip": 4,
    "pain002": 5, "camt054": 6, "camt053": 7,
}  # fmt: skip
_CREATED = re.compile(rb"<(?:\w+:)?CreDtTm>\s*([0-9T:.Z+-]{10,40})\s*<")
#: Messages of the bank that repeat what a statement will tell: never booked.
_NO_STATEMENT = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:(camt\.05[24]\.[0-9.]+)\}")
_SEQUENCE = re.compile(rb"<(?:\w+:)?(?:ElctrncSeqNb|LglSeqNb)>([0-9]{1,18})<")
_SENT = re.compile(
    rb"<(?:\w+:)?Volgnummer>\s*([0-9]{1,9})\s*<.*?<(?:\w+:)?Leverdatum>\s*([0-9-]{10})\s*<", re.S
)
_SOMETHING = re.compile(rb"[^\xef\xbb\xbf \t\r\n]")
NO_LAYOUTS: Mapping[str, Layout] = MappingProxyType({})
_SEPARATORS = ";,\t|"


def recognise(
    content: bytes | Content,
    limits: Limits = Limits(),  # noqa: B008 - a constant
    layouts: Mapping[str, Layout] = NO_LAYOUTS,
) -> str:
    """The kind of a file: doorlevering, suwi, payslip, clients, opening, norms, pain002, camt053
    or camt054.

    Args:
        content: of the file.
        limits: what goes beyond them is refused.
        layouts: in which suppliers deliver a doorlevering, beside our own.

    Raises:
        BadFile: F17 too large, NO_STATEMENT a camt.052 or camt.054 that is not read, F14 empty or
            an answer of SuwiML without its envelope, F01 not text, F20 a workbook of a kind that is
            not read, F02 broken XML, F04 XML of a kind or version that is not read here, F16 no
            known column names.
    """
    content = Content.of(content)
    if content.size > limits.bytes:
        raise BadFile(fatal("F17"))
    head = content.head(_HEAD_BYTES)
    if not _SOMETHING.search(head) and not _SOMETHING.search(content.read()):
        raise BadFile(fatal("F14"))
    if is_workbook(head):
        return _workbook_kind(column_names(content.read(), limits))
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head.lstrip().startswith(b"<"):
        return _xml_kind(content, limits)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFile(fatal("F01", 1))
    if (nul := head.find(b"\x00")) >= 0:
        raise BadFile(fatal("F01", head.count(b"\n", 0, nul) + 1))
    if find(head, layouts):
        return "doorlevering"
    return _csv_kind(head, content, limits)


def _workbook_kind(names: list[str]) -> str:
    kind = _kind_of(set(names))
    if not kind or kind == "doorlevering":
        raise BadFile(fatal("F16", 1))
    return kind


def _kind_of(names: Collection[str]) -> str:
    return next((kind for kind, telling in _CSV_KINDS.items() if not telling.isdisjoint(names)), "")


def _csv_kind(head: bytes, content: Content, limits: Limits) -> str:
    lines = head.decode("latin-1").splitlines()[:2]
    for line in lines:
        for separator in _SEPARATORS:
            if kind := _kind_of({name.strip(' "') for name in line.split(separator)}):
                return kind
    if lines[0][:1] == "H" and lines[0][1:2] in _SEPARATORS:
        return "doorlevering"
    check_text(content.read(), limits.bytes)
    raise BadFile(fatal("F16", 1))


def _xml_kind(content: Content, limits: Limits) -> str:
    try:
        _event, root = next(
            etree.iterparse(
                content.blocks(),
                events=("start",),
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
            )
        )
    except (etree.XMLSyntaxError, StopIteration):
        check_text(content.read(), limits.bytes)
        raise BadFile(fatal("F02")) from None
    if root.getroottree().docinfo.doctype or depth(content) > limits.depth:
        raise BadFile(fatal("F02"))
    if kind := _XML_KINDS.get(str(root.tag)):
        return kind
    if other := _NO_STATEMENT.match(str(root.tag)):
        raise BadFile(fatal("NO_STATEMENT", field=other[1]))
    raise BadFile(fatal("F14" if root.tag == _BARE_ANSWER else "F04"))


def order(head: bytes, layouts: Mapping[str, Layout] = NO_LAYOUTS) -> tuple[int, str, str]:
    """Where a file stands among others: by kind, then as its sender numbers it.

    Args:
        head: the beginning of the file; of a workbook all of it.
        layouts: of suppliers.

    Returns:
        rank of the kind (norms, clients, opening balances, deliveries, payslips, status reports,
        statements, others), and two texts.
    """
    try:
        kind = recognise(head, layouts=layouts)
    except BadFile:
        return (len(_RANK), "", "")
    rank = _RANK[kind]
    if kind == "doorlevering":
        fields = head.split(b"\n", 1)[0].decode("utf-8", "replace").split(";")
        return (rank, fields[5], fields[2]) if len(fields) > 5 else (rank, "", "")
    if kind == suwi.KIND and (found := _SENT.search(head)):
        return (rank, found[2].decode().replace("-", ""), found[1].decode().zfill(9))
    if kind == "pain002" and (found := _CREATED.search(head)):
        return (rank, found[1].decode(), "")
    if kind == "camt053" and (found := _SEQUENCE.search(head)):
        return (rank, found[1].decode().zfill(18), "")
    return (rank, "", "")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what the operating system says of a file into words.

    Raises:
        Refusal: it is not there, is a directory or may not be read (exit 2).
    """
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise Refusal(f"{path} is not there", "check the path") from None
    except IsADirectoryError:
        raise Refusal(f"{path} is a directory, not a file", "name the files in it") from None
    except PermissionError:
        raise Refusal(f"{path} may not be read", "check its rights") from None
