"""Every figure can be explained, and the rules have a hash of their own text."""

from __future__ import annotations

import pytest

from surplus.rules import rules_hash, sources
from surplus.rules.benefit import Figures
from surplus.rules.exemption import KINDS
from surplus.rules.source import Source

PER_PERSON = {"countable_each", "exemption_each", "exemption_kind", "months_used", "lacks"}


@pytest.mark.parametrize("mode", ["INCL", "EXCL"])
def test_every_figure_has_a_formula_in_both_languages_and_an_article(mode: str) -> None:
    explained = sources(mode)
    assert set(Figures._fields) - PER_PERSON <= set(explained)
    for source in [*explained.values(), *(kind.source for kind in KINDS)]:
        assert source.article
        assert all(source.formula(language) for language in ("nl", "en"))


def test_the_formula_follows_the_holiday_mode_and_the_language() -> None:
    assert sources("EXCL")["benefit"].formula("nl").startswith("Bp = 95% × N − (C − E)")
    assert sources("INCL")["benefit"].formula("en") == "Bp = 95% × B"
    assert sources()["fixed"].formula("nl") != sources()["fixed"].formula("en")


def test_a_formula_is_dutch_where_no_language_is_told() -> None:
    told = Source("Pw art. 19", "norm", "standard")
    assert [told.formula(), told.formula("nl"), told.formula("en")] == ["norm", "norm", "standard"]


def test_the_hash_of_the_rules_is_short_and_the_same_each_time() -> None:
    assert len(rules_hash()) == 16
    rules_hash.cache_clear()
    assert rules_hash() == rules_hash()
