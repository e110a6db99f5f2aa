"""Settings that cannot be read are refused in words that name the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from surplus import config
from surplus.problems import Refusal


@pytest.mark.parametrize("rate", ['"abc"', '""', '"NaN"', '"Infinity"', '"1e9"', '"-1"', "36.5"])
def test_a_percentage_that_is_none_is_refused_by_its_key(tmp_path: Path, rate: str) -> None:
    told = config.template().replace('special_rate = "0.0"', f"special_rate = {rate}")
    assert rate in told
    (tmp_path / config.FILE).write_text(told, encoding="utf-8")
    with pytest.raises(Refusal, match=r"income\.special_rate") as refusal:
        config.load(tmp_path)
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize(
    ("line", "told", "named"),
    [
        ('iban = "NL…"', 'iban = "NL99BNGH0285000013"', r"bank\.iban"),
        ("funding_ibans = []", 'funding_ibans = ["NL98"]', r"bank\.funding_ibans"),
        ("payment_cents = 300000", f"payment_cents = {10**22}", r"limits\.payment_cents"),
        ("cap_cents = 0", f"cap_cents = {2**63}", r"surplus\.cap_cents"),
        ("doorlevering = 25", "doorlevering = 29", r"intake\.expected\.doorlevering"),
        ("doorlevering = 25", "dorlevering = 25", r"did you mean intake\.expected\.doorlevering"),
        ("[municipality]", "x = " + "[" * 100_000, "not valid TOML"),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    tmp_path: Path, line: str, told: str, named: str
) -> None:
    assert line in config.template()
    text = config.template().replace(line, told, 1)
    (tmp_path / config.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match=named) as refusal:
        config.load(tmp_path)
    assert refusal.value.exit_code == 2


def test_a_percentage_is_held_exactly(tmp_path: Path) -> None:
    told = config.template().replace('special_rate = "0.0"', 'special_rate = "36.975"')
    (tmp_path / config.FILE).write_text(told, encoding="utf-8")
    assert config.load(tmp_path).income.special_rate == 36_975
