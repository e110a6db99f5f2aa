"""Wages that do not come: when they are overdue, and the letter that asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from surplus.bank import receivables
from surplus.ledger.journal import Draft, Line, book
from surplus.reports import reminders
from tests.bank.conftest import Bank
from tests.bank.paper import KENMERK, OURS, wage

OTHER = ("Bakkerij De Korenaar BV", "999990111L01")


def settled(bank: Bank, number: int, client: int, month: int, cents: int) -> None:
    """A month settled with a wage of this employment that is not received yet."""
    with bank.work() as work:
        lines = [
            Line(1300, cents, client, number, month), Line(2000, -cents, client, month=month)
        ]  # fmt: skip
        book(work, [Draft("settlement", lines, client, month)])


def overdue(bank: Bank, on: str) -> list[tuple[Any, ...]]:
    bank.on = on
    with bank.work() as work:
        receivables.tell(work)
    return bank.findings()


@pytest.mark.parametrize(("on", "late"), [("2026-04-10", False), ("2026-04-11", True)])
def test_a_wage_is_overdue_ten_banking_days_after_the_day_its_payslip_names(
    on: str, late: bool, town: Bank
) -> None:
    """Paid on Wednesday 25 March; Good Friday and Easter Monday are no banking days."""
    town.payslip(1, 1001, 202603, 60000, paid_on="2026-03-25")
    settled(town, 1, 1001, 202603, 60000)
    found = overdue(town, on)
    assert found == ([("RECEIVABLE_OVERDUE", 1001, 202603, 60000)] if late else [])


@pytest.mark.parametrize(("on", "late"), [("2026-05-10", False), ("2026-05-11", True)])
def test_without_a_day_of_pay_a_wage_is_overdue_after_the_deadline_of_its_month(
    on: str, late: bool, town: Bank
) -> None:
    town.tell(1, 1001, 202603, 60000)
    settled(town, 1, 1001, 202603, 60000)
    found = overdue(town, on)
    assert found == ([("RECEIVABLE_OVERDUE", 1001, 202603, 60000)] if late else [])


def test_what_was_received_too_much_is_found_after_the_deadline_and_closes(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    settled(town, 1, 1001, 202603, 60000)
    town.day(wage(70000))
    assert overdue(town, "2026-06-01") == [("OVERPAID_BY_EMPLOYER", 1001, 202603, 10000)]
    settled(town, 1, 1001, 202603, 10000)
    assert overdue(town, "2026-06-02") == []


@pytest.fixture
def late(town: Bank) -> Bank:
    """Helder owes two wages of K0001001 and a part of one of K0001002, the bakery one."""
    town.enrol(1003, contact="J. Visser")
    town.employ(3, 1003, *OTHER)
    for number, client, month, cents in (
        (1, 1001, 202602, 60000), (1, 1001, 202603, 61000), (2, 1002, 202603, 51000),
        (3, 1003, 202603, 40000),
    ):  # fmt: skip
        town.tell(number, client, month, cents)
        settled(town, number, client, month, cents)
    town.day(wage(31000, 1002))
    town.on = "2026-06-01"
    return town


def letters(bank: Bank, folder: Path) -> dict[str, str]:
    with bank.work() as work:
        written = reminders.write(work, folder)
    return {path.name: path.read_text(encoding="utf-8") for _letter, path in written}


def test_each_employer_gets_one_letter_with_all_it_owes_and_no_name_of_anyone(
    late: Bank, tmp_path: Path
) -> None:
    found = letters(late, tmp_path / "out")
    assert sorted(found) == [
        "reminder-999990020L01-2026-06-01.txt", "reminder-999990111L01-2026-06-01.txt"
    ]  # fmt: skip
    helder, bakery = (found[name] for name in sorted(found))
    for told in ("Schoonmaakbedrijf Helder BV", "K0001001", KENMERK[1001], "februari 2026",
                 "maart 2026", "K0001002", "200,00", "1.410,00", OURS, "1 juni 2026",
                 "15 juni 2026"):  # fmt: skip
        assert told in helder, told
    assert "K0001003" not in helder
    for told in ("K0001003", "contactpersoon J. Visser", "400,00"):
        assert told in bakery, told
    assert letters(late, tmp_path / "again") == found
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "out").iterdir()} == {0o600}
    noted = late.query("SELECT subject FROM audit WHERE action = 'bank reminders' ORDER BY audit")
    assert noted == [("999990020L01: 3 wages",), ("999990111L01: 1 wages",)] * 2


def test_a_letter_in_english_where_the_municipality_writes_english(
    late: Bank, tmp_path: Path
) -> None:
    town = late.settings.municipality.model_copy(update={"language": "en"})
    late.settings = late.settings.model_copy(update={"municipality": town})
    text = "".join(letters(late, tmp_path).values())
    assert "February 2026" in text
    assert "contact the department" in text


def test_where_nothing_is_overdue_no_letter_is_written(town: Bank, tmp_path: Path) -> None:
    assert letters(town, tmp_path) == {}
