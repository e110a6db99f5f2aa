"""What the tests of settlement share: the town of the payout tests, with real books."""

from __future__ import annotations

from tests.payout.conftest import settings, town

__all__ = ["settings", "town"]
