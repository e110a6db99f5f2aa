"""An InkomensLevering as a stream: header, messages one by one, trailer.

Every part is checked against the schema as soon as it has been read and then forgotten, so that
memory does not grow with the file. The parser itself is given no schema: `iterparse(schema=…)` of
lxml 6.1 with libxml2 2.14 takes a file that was cut off for whole, and tells no line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from lxml import etree

from surplus.intake.content import Content
from surplus.intake.limits import Limits
from surplus.intake.notes import BadFile, Note, fatal
from surplus.intake.suwi.answers import COLUMNS, Row, rows_of
from surplus.intake.suwi.schemas import ANSWER, ENVELOPE, Schemas
from surplus.intake.suwi.source import Source

ROOT, HEADER, MESSAGE, TRAILER = (
    f"{{{ENVELOPE}}}{name}" for name in ("InkomensLevering", "Kop", "Bericht", "Staart")
)
#: What is in the namespace of the publisher, whatever the version.
_PUBLISHER = ANSWER.rpartition("/")[0].rpartition("/")[0]
#: A prefix of a name in a path; which one is the sender's choice.
_PREFIX = re.compile(r"(?<=/)[^/:]+:")
#: So many rows become a table at a time.
_ROWS = 10_000
#: A file with more that does not fit its schema is something else.
_NOTES_MAX = 100


@dataclass
class Envelope:
    """What a file tells: `table` has a row per statement or answer without one, all text."""

    header: dict[str, str] = field(default_factory=dict)
    trailer: dict[str, str] = field(default_factory=dict)
    header_line: int = 0
    trailer_line: int = 0
    messages: int = 0
    misnumbered: int = 0  # line of the first message that is not numbered 1, 2, 3 …
    table: pa.Table = field(default_factory=lambda: _table([]))


def read(content: Content, schemas: Schemas, limits: Limits = Limits()) -> Envelope:  # noqa: B008
    """Read a whole file.

    Raises:
        BadFile: F01 not UTF-8, F02 not well-formed, F03 against the schema (every place, up to a
            limit), F04 answers of another version, F14 without trailer, F17 a part without
            end, or too many.
    """
    told = Envelope()
    tables: list[pa.Table] = []
    rows: list[Row] = []
    wrong: list[Note] = []
    source = Source(content.blocks(), limits.message_bytes, "Bericht", "Inkomstenopgave")
    for part in _parts(source):
        if notes := _about(part, schemas):
            wrong += notes
        elif part.tag == MESSAGE:
            line, *lines = _lines(part, source)
            told.messages += 1
            if int(part.get("nr")) != told.messages and not told.misnumbered:
                told.misnumbered = line
            rows += rows_of(part, told.header.get("Maand", ""), line, lines)
        elif part.tag == HEADER:
            told.header, told.header_line = _fields(part), part.sourceline
        elif part.tag == TRAILER:
            told.trailer, told.trailer_line = _fields(part), part.sourceline
        if told.messages > limits.rows or len(rows) + len(tables) * _ROWS > limits.rows:
            raise BadFile(fatal("F17", part.sourceline))
        if len(rows) >= _ROWS:
            tables.append(_table(rows))
            rows.clear()
        if len(wrong) >= _NOTES_MAX:
            break
        source.part_done()
    if wrong:
        raise BadFile(*wrong[:_NOTES_MAX])
    told.table = pa.concat_tables([*tables, _table(rows)])
    return told


def _parts(source: Source) -> Iterator[Any]:
    """Header, messages, trailer and at last the root, which then holds no messages any more.

    Raises:
        BadFile: F02 not well-formed, F03 something else stands between the parts.
    """
    parser = etree.iterparse(
        source,
        events=("end",),
        tag=(ROOT, HEADER, MESSAGE, TRAILER),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        for _, part in parser:
            above = part.getparent()
            if above is None:
                _check_end(part)
            elif above.getparent() is None:
                _forget_before(part)
            else:
                continue  # one deep inside a message is no part of the delivery
            yield part
    except etree.XMLSyntaxError as error:
        raise BadFile(fatal("F02", error.lineno or 0)) from None


def _forget_before(part: Any) -> None:
    """Let go of the messages before this part, which come after the header and nothing else."""
    before = part.getprevious()
    while before is not None and before.tag == MESSAGE and not (before.tail or "").strip():
        before.getparent().remove(before)
        before = part.getprevious()
    expected = None if part.tag == HEADER else HEADER
    if part.tag == ROOT or (before if before is None else before.tag) != expected:
        raise BadFile(fatal("F03", part.sourceline, _name(part)))


def _check_end(root: Any) -> None:
    last = root[-1] if len(root) else root
    if last.tag in (ROOT, HEADER, MESSAGE):
        raise BadFile(fatal("F14", last.sourceline))


def _about(part: Any, schemas: Schemas) -> list[Note]:
    """What the schema says against a part, with the place of each thing."""
    place = f"{_name(part)}[{part.get('nr')}]" if part.tag == MESSAGE else _name(part)
    if part.tag == MESSAGE and len(part) == 2:
        version = part[1].tag.partition("}")[0].removeprefix("{")
        if version.startswith(_PUBLISHER) and version != ANSWER:
            return [fatal("F04", part[1].sourceline, f"{place}/{_name(part[1])}")]
    checked = schemas.whole if part.tag == ROOT else schemas.part
    if checked.validate(part):
        return []
    return list(dict.fromkeys(_note(error, place) for error in checked.error_log))


def _note(error: Any, place: str) -> Note:
    _, _, below = _PREFIX.sub("", error.path or "").removeprefix("/").partition("/")
    return fatal("F03", error.line, f"{place}/{below}" if below else place)


def _lines(message: Any, source: Source) -> list[int]:
    """The lines of a message and of the statements in it."""
    elements = message.iter("{*}Bericht", "{*}Inkomstenopgave")
    return [source.lines.popleft() if source.lines else one.sourceline for one in elements]


def _fields(part: Any) -> dict[str, str]:
    return {_name(one): (one.text or "").strip() for one in part}


def _name(element: Any) -> str:
    """Its name without namespace; as it stands where its prefix was never declared."""
    return str(element.tag.rpartition("}")[2])


def _table(rows: list[Row]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in COLUMNS)
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(COLUMNS, columns, strict=True)}
    )
