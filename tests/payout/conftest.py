"""What the tests of payouts share."""

import tomllib

import pytest

from surplus import config


@pytest.fixture
def settings() -> config.Settings:
    """The settings of a fresh workspace, with a bank account."""
    told = tomllib.loads(config.template())
    told["bank"]["iban"] = "NL98BNGH0285000013"
    return config.Settings.model_validate(told)
