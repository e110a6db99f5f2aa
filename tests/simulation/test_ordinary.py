"""What an ordinary life raises; whole years by `python -m tests.simulation --ordinary`."""

from __future__ import annotations

from pathlib import Path

from surplus.months import Month
from tests.simulation.ordinary import OrdinaryYear
from tests.simulation.year import one_process


def test_in_ordinary_months_no_finding_is_raised_without_a_cause_and_few_at_all(
    tmp_path: Path,
) -> None:
    year = OrdinaryYear(tmp_path, 1, 15, until=Month.parse("2025-05"))
    with one_process():
        year.live()
        assert year.wrong() == [], year.table()
    assert year.client_months() > 40
