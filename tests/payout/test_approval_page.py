"""The page to decide on: what it says by name, and as a workbook."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from surplus.payout import records
from surplus.problems import Refusal
from surplus.reports import approval_page
from surplus.reports.approval_page import as_text, workbook
from surplus.store.tables import obligation
from tests.payout.town import F, Town, iban

JANUARY, ON = "2026-01", "2026-01-27"
FEBRUARY, THEN = "2026-02", "2026-02-24"
THIRTY = range(2001, 2031)


@pytest.fixture
def paid(town: Town) -> Town:
    """Thirty clients paid in January."""
    town.enrol(*THIRTY)
    town.pay(JANUARY, ON)
    return town


def stops(town: Town) -> set[tuple[str, str]]:
    """What stops the batch of February, once it is prepared and someone tries to approve it."""
    batch = town.prepare(FEBRUARY, THEN).batch
    with pytest.raises(Refusal) as refused:
        town.approve(batch, THEN)
    assert refused.value.exit_code == 3
    assert as_text(town.page(batch), "en").splitlines()[1].startswith("This batch is stopped")
    assert {row[4] for row in town.obligations(batch=batch)} == {"DRAFT"}
    return {(problem.subject, problem.code) for problem in town.page(batch).outside}


def test_a_factor_hundred_stops_the_batch(paid: Town):
    paid.norm(FEBRUARY, on="2026-02-02", total=14_015_000)
    assert {("total", "P10"), ("SUR20260224001-000001", "P04")} <= stops(paid)


def test_a_doubled_population_stops_the_batch_and_the_new_are_named(paid: Town):
    paid.enrol(*range(3001, 3031), on="2026-02-02")
    assert {("total", "P10"), ("count", "P10")} <= stops(paid)
    page = paid.page(2)
    assert page.new_clients == [f"K{client:07d}" for client in range(3001, 3031)]
    told = as_text(page, "nl")
    assert "Voor het eerst betaald: 30" in told
    assert "K0003030" in told
    assert page.gone_clients == []


def test_a_missing_tenth_of_the_clients_stops_the_batch_and_they_are_named(paid: Town):
    gone = (2001, 2002, 2003)
    paid.enrol(*gone, on="2026-02-02", version=2, valid_from="2026-02-01", ends_on="2026-01-31")
    assert {("total", "P10"), ("count", "P10")} <= stops(paid)
    assert paid.page(2).gone_clients == [f"K{client:07d}" for client in gone]
    assert "Paid last month, not in this one: 3" in as_text(paid.page(2), "en")


def test_who_is_held_is_not_gone(paid: Town):
    paid.enrol(2001, on="2026-02-02", version=2, valid_from="2026-02-01", status="GEPAUZEERD")
    paid.prepare(FEBRUARY, THEN)
    assert (paid.page(2).held, paid.page(2).gone_clients) == (1, [])


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": "Иванов"}, "P05"),
        ({"remittance": "Bijstand mei €"}, "P05"),
        ({"remittance": "x" * 141}, "P05"),
        ({"iban": "NL91INGB0000001002"}, "P06"),
        ({"amount_cents": 10**11}, "P04"),
    ],
)
def test_what_no_bank_takes_stops_the_batch_and_no_release_helps(town: Town, values, code):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    town.tamper(obligation, 1, **values)
    found = {(p.subject, p.code) for p in town.page(1).outside if not p.releasable}
    assert ("SUR20260127001-000001", code) in found
    with pytest.raises(Refusal, match="is stopped"):
        town.approve(1, ON)


@pytest.mark.parametrize("day", ["2026-05-01", "2026-01-31", "2027-03-01"])
def test_a_date_on_which_no_bank_pays_stops_the_batch(town: Town, day):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    with town.work(ON) as work:
        records.move(work, 1, day)
    assert ("batch", "P02") in {(p.subject, p.code) for p in town.page(1).outside}
    with pytest.raises(Refusal, match="P02"):
        town.approve(1, ON)


def test_the_workbook_says_what_the_terminal_says(paid: Town):
    paid.enrol(2001, on="2026-02-02", version=2, valid_from="2026-02-01", iban=iban(1009))
    paid.enrol(3001, on="2026-02-02", override_cents=400_000, override_until="2026-12-31")
    paid.prepare(FEBRUARY, THEN)
    paid.release(2, "SUR20260224001-000031", THEN, "=1+1")
    page = paid.page(2)
    content = workbook(page, paid.settings, THEN)
    assert content == workbook(page, paid.settings, THEN)
    (sheet,) = load_workbook(io.BytesIO(content)).worksheets
    cells = [[cell for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    rows = [[cell.value for cell in row] for row in cells if row]
    assert rows[0] == ["Goedkeuring van betaalbatch 2: Voorbeeldstad"]
    terminal = as_text(page, "nl")
    for name in ("seal_head", "sha256", "sha1", "message_id"):
        assert getattr(page, name) in [value for row in rows for value in row]
        assert getattr(page, name) in terminal
    named = {row[0]: row[1:] for row in rows}
    assert named["Deze batch"] == [31, (30 * F + 400_000) / 100]
    assert named["Opnieuw geteld uit het grootboek"] == named["Deze batch"]
    assert named["Vorige maand"] == [30, 30 * F / 100]
    assert named["Alle batches van deze maand"][2] == pytest.approx(0.1, abs=0.001)
    assert [value for row in rows for value in row].count("'=1+1") == 1
    assert not [cell for row in cells for cell in row if cell.data_type == "f"]


def test_a_long_list_is_cut_with_the_count_of_the_rest(town: Town):
    many = range(4001, 4001 + approval_page.MOST * approval_page.ABREAST + 7)
    town.enrol(*many)
    town.prepare(JANUARY, ON)
    told = as_text(town.page(1), "en")
    assert f"Paid for the first time: {len(many)}" in told
    assert "… and 7 more" in told
    assert len(town.page(1).new_clients) == len(many)
