"""Which rules settled a month: a hash over the source of `surplus.rules`."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files


@cache
def rules_hash() -> str:
    """A short hash of every module of the rules; the same for the same release everywhere."""
    total = hashlib.sha256()
    for module in sorted(files("surplus.rules").iterdir(), key=lambda path: path.name):
        if module.name.endswith(".py"):
            total.update(module.name.encode() + b"\0")
            total.update(module.read_text(encoding="utf-8").encode() + b"\0")
    return total.hexdigest()[:16]
