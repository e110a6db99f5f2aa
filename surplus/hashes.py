"""The hash by which a file is known: taken in once, sent as approved, unchanged in a backup."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO


def sha256_of(source: Path | BinaryIO) -> str:
    """The SHA-256 of a file, in hex; of an opened one from where it stands.

    Raises:
        OSError: it cannot be read.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            return sha256_of(file)
    # Every file opened in binary has `readinto`, which the type does not tell.
    return hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]
