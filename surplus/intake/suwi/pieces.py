"""The bytes of an untrusted InkomensLevering in pieces that end with a message.

A piece is parsed and checked as a whole, many messages at a time, and then forgotten: libxml2 does
that several times as fast as it tells of elements one by one. A message begins and ends within one
piece, so that a piece inside the file's root is XML of its own; where an end that is none was taken
for one (in a comment), it is not, and the file is refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from surplus.intake.files.content import Blocks
from surplus.intake.notes import BadFile, fatal

_BLOCK = 262_144
#: The end of a message, whatever its prefix; and so many bytes of one may stand in the last block.
_END = re.compile(rb"</(?:[^\s<>/:!?]+:)?Bericht\s*>")
_END_BYTES = 1_000
#: All controls but tab and line ends.
_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


class Piece(NamedTuple):
    """Some messages, of the first piece with all that stands before them, and of the last after."""

    content: bytes
    before: int  # lines of the file that end before this piece
    last: bool


def pieces(file: Blocks, message_bytes: int) -> Iterator[Piece]:
    """All pieces of a file.

    Args:
        file: what is read, once.
        message_bytes: a longer message is none about one person.

    Raises:
        BadFile: F01 not UTF-8, or control characters; F17 a message without end.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest, before, lines = b"", 0, 0
    for number, block in enumerate(iter(partial(file.read, min(_BLOCK, message_bytes)), b"")):
        if not number:
            _check_encoding(block)
        _check_text(block, decoder, before + lines)
        lines += block.count(b"\n")
        text = rest + block
        first = _END.search(text, max(len(rest) - _END_BYTES, 0))
        if (first.end() if first else len(text)) > message_bytes:
            raise BadFile(fatal("F17", before + 1))
        cut = _last_end(text, first.start()) if first else 0
        if cut:
            yield Piece(text[:cut], before, last=False)
            before, lines = before + lines, text.count(b"\n", cut)
            before -= lines
        rest = text[cut:]
    _check_text(b"", decoder, before + lines, final=True)
    yield Piece(rest, before, last=True)


def _last_end(text: bytes, start: int) -> int:
    """Where the last message ends, of which there is one whose end stands at `start`."""
    at = len(text)
    while True:
        at = text.rfind(b"</", start, at)
        if found := _END.match(text, at):
            return found.end()


def _check_encoding(head: bytes) -> None:
    named = _ENCODING.match(head.removeprefix(codecs.BOM_UTF8))
    if named and named[1].upper() not in (b"UTF-8", b"US-ASCII"):
        raise BadFile(fatal("F01", 1))


def _check_text(
    block: bytes, decoder: codecs.IncrementalDecoder, before: int, *, final: bool = False
) -> None:
    """F01, with the line, where a block is no text."""
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError as error:
        raise BadFile(fatal("F01", before + 1 + block.count(b"\n", 0, error.start))) from None
    if len(block.translate(None, _CONTROLS)) < len(block):
        control = next(at for at, byte in enumerate(block) if byte in _CONTROLS)
        raise BadFile(fatal("F01", before + 1 + block.count(b"\n", 0, control)))
