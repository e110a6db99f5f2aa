"""A payment file that the bank refused as a whole goes once more by one command of two people."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make
from tests.payout.paper import written

F = 133143
SENT = "SUR20260127001"


def told(town: Workspace, tmp_path: Path, **report: object) -> None:
    path = tmp_path / "report.xml"
    path.write_bytes(written(original=SENT, count=3, total="3994.29", **report))  # type: ignore[arg-type]
    town.done("import", str(path), on="2026-01-28")


def test_what_a_bank_refused_as_one_is_asked_and_approved_as_one_and_paid_once(
    tmp_path: Path,
) -> None:
    town = make(tmp_path / "home", "sqlite", "2026-01-05")
    people = files.clients(tmp_path, *(files.client(f"{no}") for no in (1001, 1002, 1003)))
    town.done("import", str(files.norms(tmp_path)), str(people))
    town.pay("2026-01", "2026-01-27")
    told(town, tmp_path, group="RJCT FF01", payments={3: "RJCT AC04"})
    on = "2026-01-28"

    assert town.done("pay", "prepare", "--month", "2026-01", on=on)["payments"] == 0
    asked = town("pay", "again", "1", "--reason", "wrong profile, mended", on=on,
                 operator="income-1")  # fmt: skip
    assert asked.code == 3
    change = str(asked.data["change"])
    (waits,) = town.done("changes", "list", on=on)
    assert (waits["field"], waits["new"]) == ("batch:1", "2 payments, 2.662,86 euro")
    assert town("changes", "approve", change, on=on, operator="income-1").code == 2
    town.done("changes", "approve", change, on=on, operator="treasury-1")

    prepared = town.done("pay", "prepare", "--month", "2026-01", on=on)
    assert (prepared["payments"], prepared["total_cents"]) == (2, 2 * F)  # 1003's account is closed
    rows = town.done("export", "payments", on=on)
    assert [(row["client_no"], row["status"]) for row in rows if row["round"] == 2] == [
        ("K0001001", "DRAFT"), ("K0001002", "DRAFT"),
    ]  # fmt: skip
    again = town("pay", "again", "1", "--reason", "once more", on=on, operator="income-1")
    assert again.code == 2
    assert "waits for a person's word" in again.err
    assert town.done("pay", "prepare", "--month", "2026-01", on=on)["payments"] == 0
