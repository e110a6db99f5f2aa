"""Ledger, bank, payments and suspense beside each other, through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make

F = 133143


@pytest.fixture
def town(tmp_path: Path) -> Workspace:
    """Two clients whose January was paid on the 27th."""
    made = make(tmp_path / "home", "sqlite", "2026-01-05")
    people = files.clients(tmp_path, files.client("1001"), files.client("1002"))
    made.done("import", str(files.norms(tmp_path)), str(people))
    made.pay("2026-01", "2026-01-27")
    return made


def test_each_day_adds_up_and_what_is_open_is_named_and_a_changed_total_is_not_missed(
    town: Workspace,
    tmp_path: Path,
) -> None:
    bank = files.Bank(tmp_path)
    sent = town.done("reconcile", on="2026-01-27")
    assert sent["differences_cents"] == 0
    (run,) = sent["payment_runs"]
    assert (run["total_cents"], run["under_way_cents"], run["booked_cents"]) == (2 * F, 2 * F, 0)

    bank.batch("SUR20260127001", 2 * F, 2).wage(1001, 40_000, reference="1234567")
    town.done("import", str(bank.statement("2026-01-30")), on="2026-01-30")
    paid = town.done("reconcile", on="2026-01-30")
    (run,) = paid["payment_runs"]
    assert (run["under_way_cents"], run["booked_cents"], run["difference_cents"]) == (0, 2 * F, 0)
    assert [row["open_cents"] for row in paid["suspense"]] == [40_000]
    assert paid["differences_cents"] == 0
    # As the books stood on the day before, they stand still.
    before = town.done("reconcile", "--date", "2026-01-27", on="2026-01-30")
    assert before["payment_runs"] == sent["payment_runs"]
    assert before["differences_cents"] == 0
    assert before["suspense"] == [], "what came in later did not stand open then"
    (item,) = (str(row["item"]) for row in paid["suspense"])
    why = ("--reason", "half of it is known")
    for on in ("2026-02-02", "2026-02-04"):
        part = ("bank", "split", item, "--part", "municipality=200,00", *why)
        town.done(*part, on=on, operator="income-1")
        for day in ("2026-01-30", "2026-02-02", on):
            if day <= on:
                told = town.done("reconcile", "--date", day, on=on)
                assert told["differences_cents"] == 0, (day, on)

    town.change("UPDATE payment_batch SET total_cents = total_cents + 1")
    answer = town("reconcile", on="2026-01-30")
    assert answer.code == 3
    assert answer.data["payment_runs"][0]["difference_cents"] == 1
    assert answer.data["differences_cents"] >= 1


def test_a_payment_that_came_back_and_was_given_up_stays_returned_in_its_file(
    town: Workspace,
    tmp_path: Path,
) -> None:
    bank = files.Bank(tmp_path)
    bank.batch("SUR20260127001", 2 * F, 2)
    town.done("import", str(bank.statement("2026-01-30")), on="2026-01-30")
    bank.returned("SUR20260127001-000001", F)
    town.done("import", str(bank.statement("2026-02-02")), on="2026-02-02")
    number = town.done(
        "decide", "K0001001", "give-up-payment", "--month", "2026-01", "--reason", "moved away",
        on="2026-02-03", operator="income-1",
    )["id"]  # fmt: skip
    town.done("changes", "approve", str(number), on="2026-02-03", operator="treasury-1")
    town.done("pay", "prepare", "--month", "2026-02", on="2026-02-24")
    assert town.query("SELECT state FROM obligation WHERE client = 1001")[0] == ("CANCELLED",)
    told = town.done("reconcile", on="2026-02-24")
    run = told["payment_runs"][0]
    assert (run["booked_cents"], run["returned_cents"], run["difference_cents"]) == (F, F, 0)
    assert told["differences_cents"] == 0


def test_a_day_on_which_a_batch_stood_that_was_cancelled_later_adds_up_still(
    tmp_path: Path,
) -> None:
    town = make(tmp_path / "home", "sqlite", "2026-01-05")
    waits = files.clients(tmp_path, files.client("1001"), files.client("1002", status="GEPAUZEERD"))
    town.done("import", str(files.norms(tmp_path)), str(waits))
    town.pay("2026-01", "2026-01-27")
    active = files.clients(tmp_path, files.client("1001"), files.client("1002"), name="more.csv")
    town.done("import", str(active), on="2026-01-28")
    cured = str(town.done("pay", "prepare", "--month", "2026-01", on="2026-01-28")["batch"])
    town.done("pay", "approve", cured, on="2026-01-28", operator="treasury-1")
    then = town.done("reconcile", on="2026-01-28")
    why = ("--reason", "one day later")
    town.done("pay", "cancel", cured, *why, on="2026-01-29", operator="income-1")
    town.done("pay", "prepare", "--month", "2026-01", on="2026-01-29")
    for day in ("2026-01-28", "2026-01-29"):
        assert town.done("reconcile", "--date", day, on="2026-01-30")["differences_cents"] == 0
    again = town.done("reconcile", "--date", "2026-01-28", on="2026-01-30")
    assert again["lines"] == then["lines"]


def test_a_day_to_come_cannot_be_reconciled(tmp_path: Path) -> None:
    answer = make(tmp_path / "home", "sqlite", "2026-01-05")("reconcile", "--date", "2026-01-06")
    assert answer.code == 2
    assert "lies in the future" in answer.err
