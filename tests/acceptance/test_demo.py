"""`surplus demo`: the sample beside a bank that makes mistakes."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.workspace import Workspace
from tests.oracle import expected


def test_beside_the_mistakes_of_its_bank_the_demo_pays_what_the_sample_expects(
    tmp_path: Path,
) -> None:
    told = Workspace(tmp_path, "2026-06-12").done("demo", str(tmp_path / "demo"))
    (totals,) = expected.load("totals")
    names = {"payments": "payments", "paid_cents": "paid_cents", "client_months": "settled_months",
             "held_payments": "held"}  # fmt: skip
    assert {n: told[n] for n in names} == {n: int(totals[name]) for n, name in names.items()}
    assert told["bank_struck"] == dict.fromkeys(
        ("answer_lost", "payment_refused", "payment_returned", "statement_late", "statement_twice"),
        1,
    )
    assert [(row["round"], row["status"], row["reason"]) for row in told["again"]] == [
        (1, "REJECTED", "AC04"), (2, "BOOKED", ""), (1, "RETURNED", "MS03"), (2, "BOOKED", ""),
    ]  # fmt: skip
    assert told["invariants"] == "all hold"
    assert {row["fixed_cents"] for row in told["story"]} == {133143}
