"""The bytes of an untrusted XML file on their way to the parser, looked at as they pass."""

from __future__ import annotations

import codecs
import re
from collections import deque

from surplus.intake.content import Blocks
from surplus.intake.notes import BadFile, fatal

#: Of an element that began in one block and goes on in the next so much is looked at again.
_NAME_BYTES = 1_000
#: All controls but tab and line ends.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


class Source:
    """A file for `iterparse`, whatever its size: nothing of it is kept.

    Where an element begins is noted here: what libxml2 tells of a line beyond 65,535 is a guess.

    Args:
        file: what is read.
        part_bytes: a longer message is none about one person; the parser keeps one at a time.
        names: of the elements whose lines are wanted, whatever their namespace.
    """

    def __init__(self, file: Blocks, part_bytes: int, *names: str) -> None:
        self.lines: deque[int] = deque()  # of the elements wanted, to be taken as they come
        self._tag = re.compile(rf"<(?:[^\s<>/:!?]+:)?(?:{'|'.join(names)})(?=[\s/>])".encode())
        self._rest, self._rest_line = b"", 1  # an element that began in the last chunk
        self._file = file
        self._line = 1
        self._part_bytes = part_bytes
        self._part = 0  # bytes since the last whole part
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def read(self, size: int) -> bytes:
        """The next bytes.

        Raises:
            BadFile: F01 not UTF-8, or control characters; F17 a part without end.
        """
        chunk = self._file.read(size)
        named = _ENCODING.match(chunk.removeprefix(codecs.BOM_UTF8)) if self._line == 1 else None
        if named and named[1].upper() not in (b"UTF-8", b"US-ASCII"):
            raise BadFile(fatal("F01", 1))
        try:
            self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise BadFile(fatal("F01", self._line + chunk.count(b"\n", 0, error.start))) from None
        if control := _CONTROL.search(chunk):
            raise BadFile(fatal("F01", self._line + chunk.count(b"\n", 0, control.start())))
        self._note_lines(chunk)
        self._line += chunk.count(b"\n")
        self._part += len(chunk)
        if self._part > self._part_bytes:
            raise BadFile(fatal("F17", self._line))
        return chunk

    def _note_lines(self, chunk: bytes) -> None:
        read, line, at, end = self._rest + chunk, self._rest_line, 0, 0
        for found in self._tag.finditer(read):
            line += read.count(b"\n", at, found.start())
            at, end = found.span()
            self.lines.append(line)
        begun = read.rfind(b"<", end)
        cut = begun if begun >= 0 and len(read) - begun < _NAME_BYTES else len(read)
        self._rest, self._rest_line = read[cut:], line + read.count(b"\n", at, cut)

    def part_done(self) -> None:
        """Begin to count anew: the parser may forget what it has read."""
        self._part = 0
