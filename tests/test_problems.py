"""The catalogue of data problems is complete, in both languages."""

from __future__ import annotations

import pytest

from surplus.bank import receivables
from surplus.problems import LANGUAGES, PROBLEMS
from surplus.settlement import settle, watch

NUMBERED = {"F": 20, "R": 37, "C": 14, "N": 6, "B": 14, "P": 12, "S": 4}
FINDINGS = (
    "MISSING_INCOME", "NEGATIVE_INCOME", "OUTFLOW", "CLIFF_AHEAD", "SHORTFALL_GROWS",
    "EXEMPTION_ENDING", "UNMATCHED", "RECEIPT_DIFFERS", "RECEIVABLE_OVERDUE",
    "OVERPAID_BY_EMPLOYER", "HELD_PAYMENT", "IBAN_CHANGE", "LATE_DELIVERY", "LATE_PAYMENT", "GAP",
    "OLD_CORRECTION",
)  # fmt: skip


def test_every_code_of_the_formats_and_every_finding_is_there() -> None:
    numbered = {f"{letter}{n:02d}" for letter, last in NUMBERED.items() for n in range(1, last + 1)}
    assert numbered | {*FINDINGS, *settle.CODES, *watch.CODES, *receivables.CODES} <= set(PROBLEMS)
    assert len(PROBLEMS) == len(set(PROBLEMS))


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_a_problem_says_what_is_wrong_and_what_to_do_in_both_languages(code: str) -> None:
    problem = PROBLEMS[code]
    assert problem.severity in "FEHWI"
    for language in LANGUAGES:
        assert problem.text[language].endswith(".")
        assert problem.remedy[language].endswith(".")
    assert problem.text["nl"] != problem.text["en"]
