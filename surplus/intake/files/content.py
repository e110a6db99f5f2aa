"""The bytes of a file on its way in: hashed, then read in blocks or whole, as often as needed.

A large file is never in memory as a whole unless its reader asks for that. What is read is held
against the hash: a file that changes meanwhile is refused, whatever was read of it.
"""

from __future__ import annotations

import hashlib
import io
from typing import BinaryIO

from surplus.hashes import sha256_of
from surplus.intake.notes import BadFile, fatal


class Content:
    """The content of one file.

    Args:
        file: opened for reading; stays the caller's to close.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, io.SEEK_END)
        self.sha256 = sha256_of(_at_start(file))

    @classmethod
    def of(cls, content: bytes | Content) -> Content:
        """Bytes as content; content as it is."""
        return cls(io.BytesIO(content)) if isinstance(content, bytes) else content

    def head(self, size: int) -> bytes:
        """The first bytes."""
        return _at_start(self._file).read(size)

    def read(self) -> bytes:
        """All of it.

        Raises:
            BadFile: FILE_CHANGED.
        """
        content = self.head(self.size + 1)
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise BadFile(fatal("FILE_CHANGED"))
        return content

    def blocks(self) -> Blocks:
        """All of it, from the start, in blocks."""
        return Blocks(_at_start(self._file), self.sha256)


class Blocks:
    """A file read from start to end by one reader, and known by its hash when it ends."""

    def __init__(self, file: BinaryIO, sha256: str) -> None:
        self._file, self._sha256 = file, sha256
        self._hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """The next bytes, none at the end.

        Raises:
            BadFile: FILE_CHANGED, at the end.
        """
        block = self._file.read(size)
        self._hash.update(block)
        if not block and self._hash.hexdigest() != self._sha256:
            raise BadFile(fatal("FILE_CHANGED"))
        return block


def _at_start(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file
