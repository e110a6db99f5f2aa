"""How deep the elements of an XML file lie within each other, seen before a parser builds them."""

from __future__ import annotations

import re
from functools import partial

import numpy as np

from surplus.intake.files.content import Content

_BLOCK = 1_048_576
_OPEN, _SLASH, _CLOSE = b"</>"
_UNDECIDED = re.compile(rb"<?/?\Z")
#: Declarations, comments, instructions; and letters of two bytes, which readers refuse as F01.
_ASIDE = np.frombuffer(b"!?\x00", np.uint8)


def depth(content: Content) -> int:
    """The depth of the deepest element; the root alone is 1.

    Markup inside a comment counts too: it is a limit on what a file may be, not a parser.
    """
    deepest = standing = 0
    rest = b""
    for block in iter(partial(content.blocks().read, _BLOCK), b""):
        text = rest + block
        # What follows a sign decides what it means: one at the end waits for the next block.
        found = _UNDECIDED.search(text[-2:])
        rest = found[0] if found else b""
        raw = np.frombuffer(text, np.uint8)[: len(text) - len(rest)]
        begins = np.flatnonzero(raw == _OPEN)
        after = raw[np.minimum(begins + 1, len(raw) - 1)]
        steps = np.where(after == _SLASH, -1, ~np.isin(after, _ASIDE)).astype(np.int64)
        empty = np.flatnonzero((raw[:-1] == _SLASH) & (raw[1:] == _CLOSE))
        # `/>` takes back the step of its own element, at the place where it ends.
        places = np.concatenate([begins, empty])
        all_steps = np.concatenate([steps, np.full(len(empty), -1)])[np.argsort(places)]
        if len(all_steps):
            levels = standing + np.cumsum(all_steps)
            deepest, standing = max(deepest, int(levels.max())), int(levels[-1])
    return deepest
