"""The payment reference (betalingskenmerk): layouts, check digit, and what it fails to notice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surplus.payment_reference import are_valid, check_digit, is_valid, reference_of

COUNT = 10_000
#: Measured on COUNT references with one error each; the rates are those of formats.md §0.1.
WRONG_DIGITS_PASS = 167
SWAPS_PASS = 183


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        ("000056789012345", "5000056789012345"),
        ("2234534622567", "12234534622567"),
        ("042600000001001", "1042600000001001"),
    ],
)
def test_published_references_have_their_check_digit(body: str, reference: str) -> None:
    assert f"{check_digit(body)}{body}" == reference
    assert is_valid(reference)


@pytest.mark.parametrize(
    ("length", "second"), [(9, 7), (10, 8), (11, 9), (12, 0), (13, 1), (14, 2)]
)
def test_the_second_digit_tells_the_length(length: int, second: int) -> None:
    for told in range(10):
        body = f"{told}{'3' * (length - 2)}"
        assert is_valid(f"{check_digit(body)}{body}") == (told == second)


def test_seven_digits_have_no_check() -> None:
    assert is_valid("1234567")
    assert is_valid("1234568")


@pytest.mark.parametrize(
    "text",
    ["", "12345678", "123456", "104260000000100", "10426000000010010", "104260000000100A",
     "1042 6000 0000 1001", "1,0426E+15"],
)  # fmt: skip
def test_what_is_no_reference_is_not_valid(text: str) -> None:
    assert not is_valid(text)


def test_our_references_are_valid_and_differ_per_client() -> None:
    ours = [reference_of(serial, 2026) for serial in range(1, COUNT + 1)]
    assert reference_of(1001, 2026) == "1042600000001001"
    assert are_valid(np.array(ours, dtype=object)).all()
    assert len(set(ours)) == COUNT


def test_of_a_hundred_wrong_digits_about_two_pass_unnoticed() -> None:
    dice = np.random.default_rng(16)
    digits = _random_references(dice)
    place = dice.integers(1, 16, size=COUNT)  # a wrong check digit is always noticed
    rows = np.arange(COUNT)
    digits[rows, place] = (digits[rows, place] + dice.integers(1, 10, COUNT)) % 10
    assert are_valid(_texts(digits)).sum() == WRONG_DIGITS_PASS


def test_of_a_hundred_swapped_neighbours_about_two_pass_unnoticed() -> None:
    dice = np.random.default_rng(16)
    digits = _random_references(dice)
    place = dice.integers(1, 15, size=COUNT)
    rows = np.arange(COUNT)
    one, other = digits[rows, place], digits[rows, place + 1]
    digits[rows, place], digits[rows, place + 1] = other, one
    different = one != other
    assert are_valid(_texts(digits[different])).sum() == SWAPS_PASS
    assert 0.017 < SWAPS_PASS / different.sum() < 0.021


def _random_references(dice: np.random.Generator) -> Any:
    digits = dice.integers(10, size=(COUNT, 16))
    digits[:, 0] = [check_digit("".join(map(str, row[1:]))) for row in digits.tolist()]
    assert are_valid(_texts(digits)).all()
    return digits


def _texts(digits: Any) -> Any:
    return np.array(["".join(map(str, row)) for row in digits.tolist()], dtype=object)
