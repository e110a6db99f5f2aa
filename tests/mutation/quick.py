"""The same tests with less waiting while faults are put in: each fault needs one failing test only.

Tests with one example go before those with many; these draw fewer examples than they otherwise do
(so that they find less, never more), and a failing example is not made smaller.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings

EXAMPLES = 10


def pytest_configure() -> None:
    """After the profile that `tests/conftest.py` loads."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("one-failure", settings.default, phases=phases, max_examples=EXAMPLES)
    settings.load_profile("one-failure")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those with many examples last; otherwise the order stays."""
    items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))
