"""A cell changed in the database by hand, past the program: `check` names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two months of two clients: paid, executed, settled, received; one change approved."""
    folder = tmp_path_factory.mktemp("by-hand")
    town = make(folder / "home", "sqlite", "2026-01-05")
    people = files.clients(folder, files.client("1001"), files.client("1002"))
    town.done("import", str(files.norms(folder)), str(people))
    town.pay("2026-01", "2026-01-27")
    bank = files.Bank(folder)
    (message, cents) = town.query("SELECT message_id, total_cents FROM payment_batch")[0]
    town.done("import", str(bank.batch(message, cents, 2).statement("2026-01-30")), on="2026-01-30")
    told = [files.wage(no, "2026-01", 60_000) for no in (1001, 1002)]
    town.done("import", str(files.delivery(folder, "2026-01", "20260219", *told)), on="2026-02-20")
    bank.wage(1001, 60_000).wage(1002, 60_000)
    town.done("import", str(bank.statement("2026-02-20")), on="2026-02-20")
    town.done("settle", "--through", "2026-01", on="2026-02-20")
    asked = town.done(
        "decide", "K0001001", "hold-payment", "--from", "2026-04-01", "--number", "B-1",
        "--reason", "asked", on="2026-02-21", operator="income-1",
    )  # fmt: skip
    town.done("changes", "approve", str(asked["id"]), on="2026-02-22", operator="treasury-1")
    assert town.done("check")["ok"]
    return town


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("settlement SET norm_cents = norm_cents + 1 WHERE client = 1001", "figures"),
        ("settlement SET exemption_cents = 1 WHERE client = 1001", "figures"),
        ("settlement SET wage_cents = wage_cents + 1 WHERE client = 1001", "account 1300"),
        ("bank_item SET amount_cents = amount_cents + 1 WHERE item = 1", "its lines are 1 cents"),
        ("statement SET closing_cents = closing_cents + 1 WHERE statement = 1", "statement 1"),
        ("statement SET opening_cents = opening_cents - 1 WHERE statement = 2", "statement 2"),
        (
            "obligation SET iban = 'NL72INGB0600037038' WHERE client = 1001",
            "file that was approved",
        ),
        ("obligation SET name = 'Somebody Else' WHERE client = 1001", "file that was approved"),
        ("obligation SET amount_cents = amount_cents + 1 WHERE client = 1001", "obligation"),
        ("obligation SET client = 1003 WHERE client = 1001", "another payment than was booked"),
        ("obligation SET kind = 'extra' WHERE client = 1001", "another payment than was booked"),
        ("payment_batch SET total_cents = total_cents + 1", "batch 1 says 2 payments"),
        ("payment_batch SET approved_by = 'income-1'", "no such approval"),
        ("payment_batch SET approved_on = '2026-01-26'", "no such approval"),
        ("payment_batch SET sha256 = UPPER(sha256)", "no such approval"),
        ("payment_batch SET profile = 'none'", "file that was approved"),
        ("change SET decided_by = 'income-1' WHERE state = 'approved'", "no such decision"),
        ("entry SET booked_month = 202512 WHERE entry = 1", "another month than that of its day"),
        ("entry SET booked_on = '2026-01-02' WHERE entry = 1", "entry 1 is not what was booked"),
        ("posting SET amount = amount + 1 WHERE entry = 2", "entry 2"),
        ("balance SET amount = amount + 1 WHERE account = 1000", "account 1000"),
        ("audit SET who = 'income-1' WHERE action = 'pay approve'", "does not fit"),
        ("seal SET previous = head WHERE seal = 2", "seal 2 does not follow"),
        ("seal SET last_entry = last_entry + 1 WHERE seal = 2", "seal 2"),
    ],
)
def test_a_cell_changed_by_hand_is_named(
    lived: Workspace, tmp_path: Path, change: str, said: str
) -> None:
    town = lived.copied(tmp_path / "home")
    for (name,) in town.query("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        town.change(f"DROP TRIGGER {name}")  # as one does who may do anything in the database
    town.change(f"UPDATE {change}")
    answer = town("check")
    assert answer.code == 5
    assert any(said in sentence for sentence in answer.data["broken"]), answer.out


def test_a_fact_changed_by_hand_is_found_by_settling_every_month_on_trial(
    lived: Workspace, tmp_path: Path
) -> None:
    town = lived.copied(tmp_path / "home")
    words = ("settle", "--because", "code", "--dry-run")
    assert town.done(*words, on="2026-03-01")["groups"] == []
    for (name,) in town.query("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        town.change(f"DROP TRIGGER {name}")
    town.change("UPDATE income SET net = net + 10000 WHERE client = 1001")
    (group,) = town.done(*words, on="2026-03-01")["groups"]
    assert (group["month"], group["largest_client_no"]) == ("2026-01", "K0001001")
