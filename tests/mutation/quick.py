"""The same tests with less waiting while faults are put in: each fault needs one failing test only.

Tests of the spoiled rule itself go first, those with many examples last. These draw fewer examples
than they otherwise do (so that they find less, never more), and make no failing example smaller.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import Phase, settings

EXAMPLES = 10


def pytest_configure() -> None:
    """After the profile that `tests/conftest.py` loads."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("one-failure", settings.default, phases=phases, max_examples=EXAMPLES)
    settings.load_profile("one-failure")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`surplus.rules.norm.stretches…` is the name of a fault in what `test_norm*.py` is about."""
    _, part = os.environ.get("MUTANT_UNDER_TEST", "").rpartition("surplus.rules.")[1:]
    own = f"test_{part.partition('.')[0]}"

    def turn(item: pytest.Item) -> tuple[bool, bool]:
        drawn = hasattr(getattr(item, "obj", None), "hypothesis")
        return drawn, not item.path.name.startswith(own)

    items.sort(key=turn)
