"""A few months beside a bank that goes wrong often; whole years by `python -m tests.simulation`."""

from __future__ import annotations

from pathlib import Path

from jobs.simulated.bank import Faults
from surplus.months import Month
from tests.simulation.year import Year, one_process

OFTEN = Faults(
    payment_refused=12, payment_returned=10, file_refused=3, answer_lost=2, statement_twice=4,
    statement_late=5,
)  # fmt: skip


def test_beside_a_bank_that_goes_wrong_every_payment_arrives_once_and_every_cent_is_explained(
    tmp_path: Path,
) -> None:
    year = Year(tmp_path, 4, 12, OFTEN, Month.parse("2025-03"))
    with one_process():
        year.live()
        assert year.wrong() == []
        struck = year.bank.happened
    assert min(struck[fault] for fault in OFTEN.__dataclass_fields__) > 0, struck
