"""The journal for the municipality's own general ledger, through the command line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Answer, Workspace, make

F = 133143
PLACES = """[general_ledger.accounts]
1000 = { account = "0511000" }
1010 = { account = "0511010" }
1900 = { account = "0523000" }
2000 = { account = "0529000", cost_centre = "BUIG", taakveld = "6.3" }
"""


@pytest.fixture
def town(tmp_path: Path) -> tuple[Workspace, files.Bank]:
    """January: two clients are paid, a wage comes in whose employer is not known yet."""
    town = make(tmp_path / "home", "sqlite", "2026-01-05")
    bank = files.Bank(tmp_path)
    people = files.clients(tmp_path, files.client("1001"), files.client("1002"))
    town.done("import", str(files.norms(tmp_path)), str(people))
    town.pay("2026-01", "2026-01-27")
    bank.batch("SUR20260127001", 2 * F, 2).wage(1001, 40_000, reference="1234567")
    town.done("import", str(bank.statement("2026-01-30")), on="2026-01-30")
    return town, bank


def mapped(town: Workspace) -> None:
    unmapped = "[general_ledger.accounts]"
    keys = (town.home / "surplus.toml").read_text(encoding="utf-8")
    assert unmapped in keys
    town.change_settings((unmapped, PLACES + '3000 = { account = "0530000" }'))


def handed_over(town: Workspace, month: str, on: str, form: str = "csv") -> bytes:
    out = town.home / f"gl.{form}"
    answer = exported(town, month, on, "--format", form, "--out", str(out))
    assert answer.code == 0, answer.err
    return out.read_bytes()


def exported(town: Workspace, month: str, on: str, *more: str) -> Answer:
    """Without --json, which would decide the form."""
    return town("export", "gl", "--month", month, *more, on=on, as_json=False)


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode()), delimiter=";"))


def sums(*journals: bytes) -> dict[int, int]:
    found: Counter[int] = Counter()
    for line in (line for journal in journals for line in lines(journal)):
        debit, credit = int(line["debit_cents"]), int(line["credit_cents"])
        assert int(line["amount_cents"]) == debit - credit
        found[int(line["account"])] += debit - credit
    return {account: cents for account, cents in found.items() if cents}


def trial(town: Workspace) -> dict[int, Any]:
    rows = town.query("SELECT account, SUM(amount) FROM posting GROUP BY account")
    return {account: cents for account, cents in rows if cents}


def test_the_journal_of_a_month_is_the_trial_balance_in_the_municipality_s_own_accounts(town):
    town, _bank = town
    mapped(town)
    journal = handed_over(town, "2026-01", "2026-02-02")
    assert sums(journal) == trial(town) != {}
    assert sum(sums(journal).values()) == 0
    (buffer,) = [line for line in lines(journal) if line["account"] == "2000"]
    assert (buffer["gl_account"], buffer["cost_centre"]) == ("0529000", "BUIG")
    assert (buffer["taakveld"], buffer["booked_month"]) == ("6.3", "2026-01")
    assert (buffer["debit_cents"], buffer["credit_cents"]) == (str(2 * F), "0")


def test_an_account_without_a_place_is_refused_by_name_and_nothing_is_handed_over(town):
    town, _bank = town
    answer = exported(town, "2026-01", "2026-02-02")
    assert answer.code == 2
    for account in ("1000 bank", "1010 payments in transit", "2000 buffer"):
        assert account in answer.err
    town.change_settings(("[general_ledger.accounts]", PLACES))
    answer = exported(town, "2026-01", "2026-02-02")
    assert (answer.code, "3000 current account" in answer.err) == (2, True)
    assert town.query("SELECT month FROM general_ledger") == []


def test_asked_for_again_a_month_gives_the_same_file_whatever_was_booked_or_set_since(town):
    town, bank = town
    mapped(town)
    first = {form: handed_over(town, "2026-01", "2026-02-02", form) for form in ("csv", "xlsx")}
    bank.wage(1002, 50_000, reference="7654321")
    town.done("import", str(bank.statement("2026-01-31")), on="2026-01-31")
    town.change_settings(('"0511000"', '"0599999"'))
    for form, content in first.items():
        assert handed_over(town, "2026-01", "2026-02-16", form) == content


def test_what_is_booked_later_on_a_month_handed_over_goes_with_the_next(town):
    town, bank = town
    mapped(town)
    january = handed_over(town, "2026-01", "2026-02-02")
    bank.wage(1002, 50_000, reference="7654321")
    town.done("import", str(bank.statement("2026-01-31")), on="2026-01-31")
    bank.wage(1001, 60_000, reference="1234567")
    town.done("import", str(bank.statement("2026-02-16")), on="2026-02-16")
    february = handed_over(town, "2026-02", "2026-03-02")
    late = [line for line in lines(february) if line["booked_month"] == "2026-01"]
    assert {line["account"]: line["amount_cents"] for line in late} == {
        "1000": "50000", "1900": "-50000",
    }  # fmt: skip
    assert sums(january, february) == trial(town)
    assert town.done("check", on="2026-03-02") is not None


def test_a_month_that_has_not_ended_or_lies_before_one_handed_over_is_refused(town):
    town, _bank = town
    mapped(town)
    assert "has not ended" in exported(town, "2026-02", "2026-02-27").err
    handed_over(town, "2026-01", "2026-02-02")
    answer = exported(town, "2025-12", "2026-02-02")
    assert (answer.code, "2026-01 was handed over already" in answer.err) == (2, True)


def test_an_account_that_the_books_do_not_have_is_refused(town):
    town, _bank = town
    mapped(town)
    town.change_settings(("1010 = {", "1011 = {"))
    answer = exported(town, "2026-01", "2026-02-02")
    assert (answer.code, "1011 is no account" in answer.err) == (2, True)


def test_who_handed_over_what_stands_in_the_audit_trail(town):
    town, _bank = town
    mapped(town)
    handed_over(town, "2026-01", "2026-02-02")
    handed_over(town, "2026-01", "2026-02-03")
    told = town.query("SELECT who, subject FROM audit WHERE action = 'export gl'")
    assert len(told) == 1
    assert told[0][1].startswith("2026-01 ")
