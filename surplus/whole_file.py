"""A file that is there whole or not at all, whatever ends the process meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(
    path: Path, check: Callable[[BinaryIO], None] = lambda _back: None
) -> Iterator[BinaryIO]:
    """A new file beside `path` that takes its name once it is whole and on disk; mode 0600.

    What a killed run left behind is overwritten by the next.

    Args:
        path: where; its folder is there.
        check: raises where what is read back from the disk may not be put in place.

    Raises:
        OSError: the place cannot be written; nothing is left there.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with part.open("rb") as back:
            check(back)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
