"""Ways to spoil a valid file, from a seeded generator.

By its bytes, lines and fields; by its structure: elements of XML, columns of CSV, parts of a
workbook.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from copy import deepcopy
from random import Random

from lxml import etree

#: What careless programs and hostile people write into a field.
NASTY = (
    "", " ", "0", "-0,00", "0,00", "-1", "1", "99999999999999999999", "9223372036854775807",
    "999999999,99", "-999999999,99", "1.234,56", "1234.56", "1,2E9", "NaN", "Infinity", "+1,00",
    "00010101", "99991231", "20260230", "0001-01-01", "9999-12-31", "2026-13-01", "00000000",
    "=1+1", "@SUM(A1)", "-cmd|' /C calc'!A0", "\t=1", "'", '"', ";", "\n", "\r", "\x00", "\x1f",
    "\u2028", "\u202e", "\ufeff", "😀", "é", "e\u0301", "٣", "K0000000", "K0001001", "K0001002",
    "NL98BNGH0285000013", "1042600000001001", "8042600000001002", "999990019", "NOTPROVIDED",
    "&amp;", "&x;", "<a/>", "]]>", "CRDT", "DBIT", "USD", "GEWIJZIGD", "INGETROKKEN", "VOLLEDIG",
    "OVERLEDEN", "BEEINDIGD", "GEHUWD", "A" * 300, "9" * 5000, "../../x", "true", "false",
)  # fmt: skip
_FIELD = re.compile(rb"(?<=[;\n>\"])[^;\n<>\"]*(?=[;\n<\"])")


def spoiled(content: bytes, random: Random) -> bytes:
    """A file with one to four things wrong."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        content = random.choice(_WAYS)(content, random)
    return content


def spoiled_inside(content: bytes, random: Random) -> bytes:
    """A workbook of which one part has one to four things wrong."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheets = [name for name in parts if "/worksheets/" in name]
    name = random.choice((*sheets * 5, *parts))
    parts[name] = spoiled(parts[name], random)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return buffer.getvalue()


def _field(content: bytes, random: Random) -> bytes:
    fields = list(_FIELD.finditer(content))
    if not fields:
        return content
    one = random.choice(fields)
    return content[: one.start()] + random.choice(NASTY).encode() + content[one.end() :]


def _swapped_fields(content: bytes, random: Random) -> bytes:
    fields = list(_FIELD.finditer(content))
    if len(fields) < 2:
        return content
    one, two = sorted(random.sample(fields, 2), key=lambda found: found.start())
    between = content[one.end() : two.start()]
    return content[: one.start()] + two[0] + between + one[0] + content[two.end() :]


def _byte(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.randbytes(1) + content[at + 1 :]


def _inserted(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.randbytes(random.randint(1, 20)) + content[at:]


def _cut_out(content: bytes, random: Random) -> bytes:
    start, end = sorted(random.randrange(len(content) + 1) for _ in range(2))
    return content[:start] + content[min(end, start + random.choice((1, 5, 50, 5000))) :]


def _cut_off(content: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _lines(change: Callable[[list[bytes], Random], None]) -> Callable[[bytes, Random], bytes]:
    def way(content: bytes, random: Random) -> bytes:
        lines = re.split(rb"(?<=\n)|(?=<Ntry>)|(?=<Stmt>)|(?=<Bal>)|(?=<Ink)", content)
        change(lines, random)
        return b"".join(lines)

    return way


def _repeated(lines: list[bytes], random: Random) -> None:
    at, times = random.randrange(len(lines)), random.choice((1, 1, 2, 50))
    # A sheet is one line: fifty times fifty of them would fill the memory of this program itself.
    lines[at:at] = [lines[at]] * (times if len(lines[at]) < 20_000 else 1)


def _left_out(lines: list[bytes], random: Random) -> None:
    del lines[random.randrange(len(lines))]


def _out_of_order(lines: list[bytes], random: Random) -> None:
    random.shuffle(lines)


def _element(content: bytes, random: Random) -> bytes:
    """XML with one element left out, twice, elsewhere, renamed, emptied or far too deep."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return content
    one, other = (random.choice(list(root.iter(etree.Element))) for _ in range(2))
    above = one.getparent()
    if above is None:
        return content
    match random.randrange(6):
        case 0:
            above.remove(one)
        case 1:
            above.insert(random.randint(0, len(above)), deepcopy(one))
        case 2 if one not in (other, *other.iterancestors()):
            other.insert(random.randint(0, len(other)), one)
        case 3:
            one.tag = random.choice((other.tag, "x", "{urn:x}x"))
        case 4:
            one.text = random.choice(("", " ", other.text, "\u0663", "&" * 2000))
            one.set(random.choice(("nr", "x")), "0")
        case _:
            for _ in range(random.choice((1, 60, 300))):
                one = etree.SubElement(one, "a")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _column(content: bytes, random: Random) -> bytes:
    """CSV with a column less, a column twice, two columns swapped or very many of them."""
    rows = [line.split(b";") for line in content.split(b"\n")]
    at, to = (random.randrange(max(map(len, rows))) for _ in range(2))
    way, many = random.randrange(4), random.choice((2, 50, 2000))
    for row in rows:
        if max(at, to) >= len(row):
            continue
        if way == 0:
            del row[at]
        elif way == 1:
            row.insert(to, row[at])
        elif way == 2:
            row[at], row[to] = row[to], row[at]
        else:
            row[at:at] = [b"x"] * many
    return b"\n".join(b";".join(row) for row in rows)


def _structure(content: bytes, random: Random) -> bytes:
    return (_element if content.lstrip()[:1] == b"<" else _column)(content, random)


_WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (
    _field, _field, _field, _field, _swapped_fields, _byte, _inserted, _cut_out, _cut_off,
    _lines(_repeated), _lines(_left_out), _lines(_out_of_order), _structure, _structure,
)  # fmt: skip
