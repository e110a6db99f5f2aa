"""IBANs of a whole column at once, against python-stdnum."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from stdnum import iban as stdnum_iban
from stdnum.nl import bsn as stdnum_bsn

from surplus.intake.checkdigits import bank_known, iban_valid
from surplus.intake.columns import eleven_test


def valid(*texts: str) -> list[bool]:
    return iban_valid(pa.chunked_array([pa.array(texts)])).tolist()


def test_the_ibans_of_the_examples_are_valid() -> None:
    assert all(valid("NL91INGB0000001001", "NL62RABO0100000022", "NL98BNGH0285000013"))


@pytest.mark.parametrize(
    "text",
    ["", "NL92INGB0000001001", "NL91INGB000000100", "NL91INGB00000010011", "nl91INGB0000001001",
     "NL91INGB000000100A", "NL91 INGB 0000 0010 01", "US64SVBKUS6S3300958879", "XX00"],
)  # fmt: skip
def test_what_is_no_iban_of_a_sepa_country_is_not_valid(text: str) -> None:
    assert valid(text) == [False]


def test_accounts_of_other_sepa_countries_are_valid() -> None:
    assert all(valid("BE71096123456769", "DE89370400440532013000", "FR1420041010050500013M02606"))


def test_a_thousand_ibans_agree_with_stdnum_right_or_wrong() -> None:
    dice = np.random.default_rng(97)
    banks = ("INGB", "RABO", "ABNA", "TRIO", "ZZZZ")
    texts = []
    for number in dice.integers(10**10, size=1000).tolist():
        bban = f"{banks[number % 5]}{number:010d}"
        check = stdnum_iban.calc_check_digits(f"NL00{bban}")
        texts.append(f"NL{int(check) + number % 2:02d}{bban}")
    expected = [stdnum_iban.is_valid(text, check_country=False) for text in texts]
    assert valid(*texts) == expected
    assert 400 < sum(expected) < 600


def test_an_unknown_dutch_bank_is_noticed_and_another_country_is_not() -> None:
    column = pa.chunked_array([pa.array(["NL91INGB0000001001", "NL00ZZZZ01", "BE71096123456769"])])
    assert bank_known(column).tolist() == [True, False, True]


def test_the_eleven_test_agrees_with_stdnum() -> None:
    dice = np.random.default_rng(11)
    texts = [f"{number:09d}" for number in dice.integers(10**9, size=2000).tolist()]
    texts += ["000000000", "010000004", "99999001"]
    _, _, passes = eleven_test(pa.chunked_array([pa.array(texts)]))
    assert passes.tolist() == [len(t) == 9 and stdnum_bsn.is_valid(t) for t in texts]
