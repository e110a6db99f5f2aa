"""What the tests of payouts share."""

from __future__ import annotations

import tomllib

import pytest
from sqlalchemy import Engine

from surplus import config
from surplus.config import Settings
from tests.payout.town import Town


@pytest.fixture
def settings() -> Settings:
    """The settings of a fresh workspace, with a bank account."""
    told = tomllib.loads(config.template())
    told["bank"]["iban"] = "NL98BNGH0285000013"
    return Settings.model_validate(told)


@pytest.fixture
def town(engine: Engine, settings: Settings) -> Town:
    """A workspace with a norm for the first half of 2026 and nobody in it."""
    made = Town(engine, settings)
    made.norm("2026-01", "2026-06")
    return made
