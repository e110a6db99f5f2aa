"""An InkomensLevering as a stream: header, messages, trailer.

Every part of the file is checked against the schema as soon as it has been read and then forgotten,
so that memory does not grow with the file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

import pyarrow as pa
from lxml import etree

from surplus.intake.files.content import Blocks, Content
from surplus.intake.files.limits import Limits
from surplus.intake.notes import BadFile, Note, fatal
from surplus.intake.suwi.answers import COLUMNS, add_rows
from surplus.intake.suwi.pieces import Piece, pieces
from surplus.intake.suwi.schemas import ANSWER, ENVELOPE, Schemas

ROOT, HEADER, MESSAGE, TRAILER = (
    f"{{{ENVELOPE}}}{name}" for name in ("InkomensLevering", "Kop", "Bericht", "Staart")
)
#: What is in the namespace of the publisher, whatever the version.
_PUBLISHER = ANSWER.rpartition("/")[0].rpartition("/")[0]
#: A prefix of a name in a path; which one is the sender's choice.
_PREFIX = re.compile(r"^[^:]+:")
#: So many become a table at a time.
_CELLS = 200_000
#: Nothing in an untrusted file is fetched or expanded.
_AS_READ: Any = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False,
    "remove_comments": True, "remove_pis": True, "encoding": "utf-8",
}  # fmt: skip
#: The schema bounds no number: one longer than this is none, and Python would not read it.
_CHARS = 100
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
    cells: list[str] = []
    wrong: list[Note] = []
    with closing(_ahead(_parts(content.blocks(), schemas, limits))) as parts:
        for root, before, _, notes in parts:
            wrong += notes
            if len(wrong) >= _NOTES_MAX:
                break
            if not wrong:
                _take(root, before, told, cells)
            if len(cells) >= _CELLS:
                tables.append(_table(cells))
                cells.clear()
            rows = sum(map(len, tables)) + len(cells) // len(COLUMNS)
            if max(told.messages, rows) > limits.rows:
                raise BadFile(fatal("F17", before + 1))
    if wrong:
        raise BadFile(*wrong[:_NOTES_MAX])
    told.table = pa.concat_tables([*tables, _table(cells)])
    return told


class _Part(NamedTuple):
    """A piece of the file as elements, and what the schema says against it."""

    root: Any
    before: int  # lines of the file that end before it
    last: bool
    notes: list[Note]


def _parts(file: Blocks, schemas: Schemas, limits: Limits) -> Iterator[_Part]:
    """All pieces, each inside the root of the file.

    Raises:
        BadFile: F02 not well-formed.
    """
    opening = closing = b""
    for piece in pieces(file, limits.message_bytes):
        try:
            if not opening:
                start, closing = _tags(piece.content)
            ends = b"" if piece.last else closing
            root = etree.fromstring(opening + piece.content + ends, etree.XMLParser(**_AS_READ))
        except etree.XMLSyntaxError as error:
            raise BadFile(fatal("F02", piece.before + (error.lineno or 0))) from None
        notes = _about(root, piece.before, schemas)
        notes = notes or _out_of_place(root, piece, first=not opening)
        yield _Part(root, piece.before, piece.last, notes)
        opening = start


def _tags(head: bytes) -> tuple[bytes, bytes]:
    """The root's begin, with the namespaces that it declares, and its end."""
    parser = etree.XMLPullParser(events=("start",), **_AS_READ)
    parser.feed(head)
    found = next(parser.read_events(), None)
    root = found[1] if found else parser.close()  # which tells what is wrong
    name = _as_written(root)
    spaces = "".join(
        f" xmlns{f':{prefix}' if prefix else ''}={quoteattr(space)}"
        for prefix, space in root.nsmap.items()
    )
    return f"<{name}{spaces}>".encode(), f"</{name}>".encode()


def _ahead(parts: Iterator[_Part]) -> Generator[_Part]:
    """The parts, of which the next one is made while one is used: libxml2 works beside Python."""
    with ThreadPoolExecutor(1) as beside:
        part = next(parts)
        while not part.last:
            coming = beside.submit(next, parts)
            yield part
            part = coming.result()
        yield part


def _about(root: Any, before: int, schemas: Schemas) -> list[Note]:
    """What the schema says against a part, with the place of each thing."""
    if schemas.part.validate(root):
        return []
    inside = defaultdict(list)  # as paths of libxml2 name them: by prefix and name, or any
    for part in root:
        inside[_as_written(part)].append(part)
        inside["*"].append(part)
    errors = schemas.part.error_log
    return list(dict.fromkeys(_note(error, root, inside, before) for error in errors))


def _out_of_place(root: Any, piece: Piece, *, first: bool) -> list[Note]:
    """That the header comes first, and a trailer at all, no schema of a part can tell."""
    if (root.find(HEADER) is not None) != first:
        return [fatal("F03", piece.before + root.sourceline, "Kop")]
    if piece.last and root.find(TRAILER) is None:
        ends = root[-1] if len(root) else root
        return [fatal("F14", piece.before + ends.sourceline)]
    return []


def _note(error: Any, root: Any, inside: Mapping[str, list[Any]], before: int) -> Note:
    _, _, *steps = (error.path or "/").split("/")
    if not steps:  # the root itself: of text between its parts the place is known
        before_text = next((part for part in root if (part.tail or "").strip()), root)
        return fatal("F03", before + before_text.sourceline, _name(root))
    place = "/".join(_PREFIX.sub("", step) for step in steps)
    name, _, number = steps[0].removesuffix("]").partition("[")
    part = inside[name][int(number or 1) - 1] if name in inside else None
    if part is not None and part.tag == MESSAGE:
        place = "/".join([f"{_name(part)}[{part.get('nr')}]", *place.split("/")[1:]])
        answer = part[-1] if len(part) else part
        version = answer.tag.partition("}")[0].removeprefix("{")
        if version.startswith(_PUBLISHER) and version != ANSWER:
            return fatal("F04", before + answer.sourceline, place)
    return fatal("F03", before + error.line, place)


def _take(root: Any, before: int, told: Envelope, cells: list[str]) -> None:
    """Add the rows of the messages in a part to `cells`; header and trailer go into `told`."""
    for part in root:
        line = before + part.sourceline
        if part.tag == MESSAGE:
            told.messages += 1
            if (
                int(_short(part.get("nr"), line, "Bericht/@nr")) != told.messages
                and not told.misnumbered
            ):
                told.misnumbered = line
            add_rows(cells, part, told.header["Maand"], before)
        elif part.tag == HEADER:
            told.header, told.header_line = _fields(part, line), line
        else:
            told.trailer, told.trailer_line = _fields(part, line), line


def _fields(part: Any, line: int) -> dict[str, str]:
    place = _name(part)
    return {
        (name := _name(one)): _short((one.text or "").strip(), line, f"{place}/{name}")
        for one in part
    }


def _short(text: str, line: int, place: str) -> str:
    if len(text) > _CHARS:
        raise BadFile(fatal("F03", line, place))
    return text


def _name(element: Any) -> str:
    """Its name without namespace; as it stands where its prefix was never declared."""
    return str(element.tag.rpartition("}")[2])


def _as_written(element: Any) -> str:
    """Its name with the prefix that the sender chose."""
    return f"{element.prefix}:{_name(element)}" if element.prefix else _name(element)


def _table(cells: list[str]) -> pa.Table:
    width = len(COLUMNS)
    return pa.table(
        {name: pa.array(cells[at::width], pa.string()) for at, name in enumerate(COLUMNS)}
    )
