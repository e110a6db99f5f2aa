"""A shortfall from rise to end, by command; a balance of any day as known on any day."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Answer, Workspace, make

F = 133143
EMPLOYER = files.HELDER[1]


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Workspace:
    """A client from January 2026 on who works for 600.00 a month, and a policy of instalments."""
    made = make(tmp_path / "home", store_url, "2026-01-05")
    made.change_settings(('offset = "from-surplus"', 'offset = "instalments"'))
    made.done("import", str(files.norms(tmp_path)))
    made.done("import", str(files.clients(tmp_path, files.client("1001"))))
    return made


def told(town: Workspace, folder: Path, month: str, on: str) -> None:
    """The wage of a month is delivered and settled."""
    sent, row = on.replace("-", ""), files.wage(1001, month, 60000)
    town.done("import", str(files.delivery(folder, month, sent, row)), on=on)
    town.done("settle", on=on)


def decide(town: Workspace, on: str, kind: str, *options: str) -> None:
    """Asked by one person, approved by another."""
    asked = town.done(
        "decide", "K0001001", kind, *options, "--reason", "agreed with the client",
        on=on, operator="income-1",
    )  # fmt: skip
    town.done("changes", "approve", str(asked["id"]), on=on, operator="treasury-1")


def refused(town: Workspace, on: str, kind: str, *options: str) -> Answer:
    answer = town(
        "decide", "K0001001", kind, *options, "--reason", "agreed", on=on, operator="income-1"
    )
    assert answer.code == 2
    return answer


def balance(town: Workspace, *options: str) -> dict[str, int]:
    (row,) = town.done("export", "balances", *options)
    return {name: cents for name, cents in row.items() if name.endswith("_cents")}


def test_c22_is_paid_off_by_instalments_and_a_month_later_that_much_less_is_open(
    town: Workspace, tmp_path: Path
) -> None:
    town.pay("2026-01", "2026-01-27")
    told(town, tmp_path, "2026-01", "2026-02-20")
    decide(town, "2026-02-20", "wage-paid-to-client", "--month", "2026-01", "--employer", EMPLOYER,
           "--amount", "600,00")  # fmt: skip
    assert balance(town)["position_cents"] == -57000
    instalments = ("--amount", "50,00", "--from", "2026-02-01", "--number", "B-2")
    said = refused(town, "2026-02-20", "instalments", *instalments).err
    assert "no valid protected amount in 2026-02" in said
    assert "570,00 is open" in said
    decide(town, "2026-02-20", "protected-amount", "--amount", "1264,86", "--from", "2026-02-01")
    decide(town, "2026-02-20", "instalments", *instalments)
    town.pay("2026-02", "2026-02-24")
    (january, february) = town.done("export", "payments")
    assert (january["amount_cents"], february["amount_cents"]) == (F, F - 5000)
    bank = files.Bank(tmp_path)
    town.done("import", str(bank.wage(1001, 60000).statement("2026-03-09")), on="2026-03-09")
    told(town, tmp_path, "2026-02", "2026-03-20")
    assert balance(town)["position_cents"] == -57000 + 3000 + 5000
    row = next(r for r in town.done("export", "settlements") if r["month"] == "2026-02")
    assert row["fixed_payment_cents"] == F - 5000
    figures = {f["name"]: f for f in town.done("explain", "K0001001", "2026-02")["figures"]}
    assert figures["instalment"]["cents"] == 5000
    assert "art. 58(4)" in figures["instalment"]["source"]
    assert figures["fixed_payment"]["cents"] == F - 5000
    assert town("check").code == 0


def test_nothing_is_decided_for_more_than_is_open_or_without_a_reason(
    town: Workspace, tmp_path: Path
) -> None:
    told(town, tmp_path, "2026-01", "2026-02-20")
    wage = ("--month", "2026-01", "--employer", EMPLOYER, "--amount", "600,01")
    assert "600,00 is open" in refused(town, "2026-02-20", "wage-lost", *wage).err
    claim = ("--amount", "10,00", "--number", "B-3")
    assert "0,00 is open" in refused(town, "2026-02-20", "claim", *claim).err
    blank = town("decide", "K0001001", "claim", *claim, "--reason", "   ", operator="income-1")
    assert (blank.code, "needs --reason" in blank.err) == (2, True)


def test_the_balance_of_1_march_as_known_on_5_march(town: Workspace, tmp_path: Path) -> None:
    """The wage reached the bank on 27 February; its statement was taken in on 4 March."""
    town.pay("2026-01", "2026-01-27")
    told(town, tmp_path, "2026-01", "2026-02-20")
    statement = files.Bank(tmp_path).wage(1001, 60000).statement("2026-02-27")
    town.done("import", str(statement), on="2026-03-04")
    told(town, tmp_path, "2026-02", "2026-03-20")

    def on(as_of: str, known_on: str) -> tuple[int, ...]:
        row = balance(town, "--as-of", as_of, "--known-on", known_on)
        return tuple(row[f"{name}_cents"] for name in ("position", "available", "receivable"))

    assert on("2026-03-01", "2026-03-05") == (3000, 3000, 0)
    assert on("2026-03-01", "2026-03-01") == (3000, 0, 60000)
    assert on("2026-02-26", "2026-03-05") == (3000, 0, 60000)
    # February was told on 20 March: it had ended by the first, and was not known on the fifth.
    assert on("2026-03-01", "2026-03-20")[2] == 60000
    assert balance(town, "--known-on", "2026-03-05") == balance(town, "--known-on", "2026-03-19")
    assert town("export", "journal", "--as-of", "2026-03-01").code == 2
