"""Rows that belong together because they stand together."""

from __future__ import annotations

import numpy as np

from surplus.rules.runs import runs


def test_a_run_ends_where_any_key_changes() -> None:
    employer = np.array([1, 1, 2, 2, 2, 3, 1])
    month = np.array([5, 5, 5, 6, 6, 6, 6])
    found = runs(employer, month)
    assert found.first.tolist() == [0, 2, 3, 5, 6]
    assert found.last.tolist() == [1, 2, 4, 5, 6]
    assert found.number.tolist() == [0, 0, 1, 2, 2, 3, 4]


def test_of_no_rows_there_are_no_runs() -> None:
    assert [column.tolist() for column in runs(np.array([]))] == [[], [], []]
