"""Net income by art. 7a and 7b of the Regeling, from 2027 on (domain.md §3.4a)."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

import numpy as np
import pytest

from surplus.money import decimal_to_cents
from surplus.rules.income.net_income_2027 import Declared, in_force, net_income
from surplus.rules.parameters import Parameters, Row

from .tables import STATUTORY, rows

STAND_IN = STATUTORY.with_own(
    [Row("2027-01-01", "whk_uniform_rate", "all", "all", 500, "percent", "stand-in", "decision", "B-1")]
)  # fmt: skip

CASES = rows(
    """
    statement                       | L       | T      | Z     | A     | X     | employment | net
    worked example                  | 1000.00 | 62.40  | 0.00  | 0.00  | 0.00  | yes        | 932.60
    a benefit has no V              | 1000.00 | 62.40  | 0.00  | 0.00  | 0.00  | no         | 937.60
    Zvw withheld                    | 1000.00 | 62.40  | 48.60 | 0.00  | 0.00  | yes        | 884.00
    private use of a car            | 1000.00 | 62.40  | 0.00  | 70.00 | 0.00  | yes        | 862.60
    young-disabled tax credit       | 1000.00 | 62.40  | 0.00  | 0.00  | 75.00 | yes        | 857.60
    V is rounded half up            | 1.00    | 0.00   | 0.00  | 0.00  | 0.00  | yes        | 0.99
    a correction                    | -100.00 | -6.24  | 0.00  | 0.00  | 0.00  | yes        | -93.26
    """
)


@pytest.mark.parametrize("row", CASES, ids=[row["statement"] for row in CASES])
def test_net_income_from_declared_data(row: dict[str, str]) -> None:
    told = Declared(*(np.array([decimal_to_cents(row[name])]) for name in "LTZAX"))
    found = net_income(told, np.array([row["employment"] == "yes"]), np.array([202703]), STAND_IN)
    assert (found.cents.item(), found.lacks.item()) == (decimal_to_cents(row["net"]), "")


@pytest.mark.parametrize(
    ("parameters", "month", "since"),
    [
        (STATUTORY, 202703, "2027-01-01"),
        (STAND_IN, 202801, "2028-01-01"),
        (STAND_IN, 202612, "2026-01-01"),
    ],
)
def test_without_the_percentage_of_the_year_employment_has_no_net_and_says_so(
    parameters: Parameters, month: int, since: str
) -> None:
    told = Declared(*(np.array([cents, cents]) for cents in (100_000, 6_240, 0, 0, 0)))
    found = net_income(told, np.array([True, False]), np.array([month, month]), parameters)
    assert found.cents.tolist() == [0, 93_760]
    assert found.lacks.tolist() == [f"whk_uniform_rate/all/all from {since}", ""]


def test_it_is_law_from_january_2027() -> None:
    assert in_force(np.array([202612, 202701, 202801])).tolist() == [False, True, True]
