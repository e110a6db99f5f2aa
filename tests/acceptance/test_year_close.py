"""The end of a book year, through the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import python_calamine
from lxml import etree

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make

WHY = ("--reason", "annual account")
RESULTS = "SELECT SUM(amount) FROM posting WHERE account >= 4000"


@pytest.fixture
def town(tmp_path: Path) -> Workspace:
    """2026: two clients, one wage told and settled, one month paid."""
    town = make(tmp_path / "home", "sqlite", "2026-01-05")
    people = files.clients(tmp_path, files.client("1001"), files.client("1002"))
    town.done("import", str(files.norms(tmp_path)), str(people))
    town.pay("2026-01", "2026-01-27")
    told = [files.wage(no, "2026-01", 60_000) for no in (1001, 1002)]
    delivery = files.delivery(tmp_path, "2026-01", "20260219", *told)
    town.done("import", str(delivery), on="2026-02-20")
    town.done("settle", "--through", "2026-01", on="2026-02-20")
    return town


def asked(town: Workspace, on: str = "2027-01-15") -> str:
    return str(town.done("year-close", "2026", *WHY, on=on, operator="income-1")["id"])


def approved(town: Workspace, number: str, on: str = "2027-01-15") -> Any:
    return town("changes", "approve", number, on=on, operator="treasury-1")


def result(town: Workspace) -> int:
    return int(town.query(RESULTS)[0][0])


def test_two_people_close_a_year_and_its_results_go_to_the_municipality(town: Workspace) -> None:
    before = result(town)
    assert before > 0
    (total,) = town.done("year-close", "2026", "--preview", on="2027-01-15")["totals"]
    assert (total["account"], total["total_cents"]) == (4000, before)
    number = asked(town)
    assert result(town) == before
    assert town("changes", "approve", number, on="2027-01-15", operator="income-1").code == 2
    assert approved(town, number).code == 0
    assert result(town) == 0
    rows = town.query(
        "SELECT account, amount, booked_on FROM entry JOIN posting USING (municipality, entry) "
        "WHERE kind = 'year-close' ORDER BY account"
    )
    assert rows == [(3000, before, "2026-12-31"), (4000, -before, "2026-12-31")]
    assert town("check", on="2027-01-15").code == 0
    again = town.done("year-close", "2026", "--preview", on="2027-01-16")
    assert again["totals"] == [total]
    assert again["crossing"] == [], "nothing crosses the end of a year that is closed"


def test_nothing_is_booked_on_a_day_of_a_closed_year_and_a_correction_goes_to_the_open_one(
    town: Workspace, tmp_path: Path
) -> None:
    approved(town, asked(town))
    postings = town.postings()
    bank = files.Bank(tmp_path).wage(1001, 60_000)
    statement = str(bank.statement("2026-12-30"))
    refused = town("import", statement, on="2026-12-31")
    assert (refused.code, "2026 is closed" in refused.err) == (2, True)
    assert town.postings() == postings

    told = files.wage(1001, "2026-01", 62_800, tag="GEWIJZIGD")
    delivery = files.delivery(tmp_path, "2027-01", "20270201", told)
    town.done("import", str(delivery), on="2027-02-02")
    town.done("settle", "--through", "2026-01", on="2027-02-02")
    rows = town.query(
        "SELECT booked_on, month, reference FROM entry WHERE kind = 'settlement' AND client = 1001"
        " ORDER BY entry DESC LIMIT 1"
    )
    assert rows == [("2027-02-02", 202601, "settlement:2")]
    (total,) = town.done("year-close", "2027", "--preview", on="2027-03-01")["totals"]
    assert (total["of_year_cents"], total["earlier_years_cents"]) == (0, result(town))
    assert town("check", on="2027-02-02").code == 0


def test_a_year_that_has_not_ended_or_is_closed_cannot_be_closed(town: Workspace) -> None:
    early = town("year-close", "2026", *WHY, on="2026-12-31", operator="income-1")
    assert (early.code, "2026 has not ended" in early.err) == (2, True)
    approved(town, asked(town))
    twice = town("year-close", "2026", *WHY, on="2027-01-16", operator="income-1")
    assert (twice.code, "2026 is closed" in twice.err) == (2, True)
    earlier = town("year-close", "2025", *WHY, on="2027-01-16", operator="income-1")
    assert (earlier.code, "2026 is closed" in earlier.err) == (2, True)


def test_results_that_moved_since_it_was_asked_are_not_approved(
    town: Workspace, tmp_path: Path
) -> None:
    number = asked(town)
    told = files.wage(1002, "2026-01", 62_800, tag="GEWIJZIGD")
    delivery = files.delivery(tmp_path, "2026-11", "20261220", told)
    town.done("import", str(delivery), on="2026-12-30")
    town.done("settle", "--through", "2026-01", on="2026-12-30")
    answer = approved(town, number)
    assert (answer.code, "others by now" in answer.err) == (3, True)
    assert town.query("SELECT entry FROM entry WHERE kind = 'year-close'") == []


def test_the_next_year_s_audit_file_opens_without_results(town: Workspace, tmp_path: Path) -> None:
    approved(town, asked(town))
    out = str(tmp_path / "audit")
    written = town.done("audit", "--from", "2026-01-01", "--to", "2027-01-31", "--out", out,
                        on="2027-01-31")["files"]  # fmt: skip
    old, new = (etree.parse(path) for path in written if path.endswith(".xaf"))
    assert old.xpath("//*[local-name()='transaction']/*[local-name()='periodNumber']")[-1].text == (
        "13"
    )
    opening = new.xpath("//*[local-name()='obLine']/*[local-name()='accID']/text()")
    assert opening
    assert max(map(int, opening)) < 4000
    (book,) = (path for path in written if path.endswith(".xlsx"))
    log = python_calamine.CalamineWorkbook.from_path(book).get_sheet_by_name("Wijzigingslog")
    told = {row[5]: row[9] for row in log.to_python() if row[0] == "wijziging"}
    assert told["jaarafsluiting"].startswith("2026: ")


def test_closing_a_year_is_no_business_of_the_municipality_s_own_ledger(town: Workspace) -> None:
    places = [f'{account} = {{ account = "0{account}" }}\n' for account in
              (1000, 1010, 1300, 2000, 2010, 4000)]  # fmt: skip
    head = "[general_ledger.accounts]"
    town.change_settings((head, f"{head}\n{''.join(places)}#"))
    before = result(town)
    approved(town, asked(town))
    lines = town.done("export", "gl", "--month", "2026-12", on="2027-01-15")
    assert sum(line["amount_cents"] for line in lines if line["account"] == "4000") == before


def test_from_november_on_what_would_cross_the_year_is_listed(town: Workspace) -> None:
    town.change("UPDATE finding SET state = 'closed'")
    assert town.done("year-close", "2026", "--preview", on="2026-10-31")["crossing"] == []
    town.change(
        "INSERT INTO finding VALUES ('0999', 900, 'OLD_CORRECTION', 1002, 202601, '', -1500,"
        " '2026-10-01', 'open', '', '', '', 1)"
    )
    told = town.done("year-close", "2026", "--preview", on="2026-11-01")["crossing"]
    assert {"what": "OLD_CORRECTION", "client_no": "K0001002", "month": "2026-01",
            "amount_cents": -1500} in told  # fmt: skip
    stand = {row["client_no"]: row["position_cents"] for row in town.done("export", "balances")}
    short = {row["client_no"]: row["amount_cents"] for row in told if row["what"] == "shortfall"}
    assert short == {client: cents for client, cents in stand.items() if cents < 0}


def test_from_november_on_it_is_one_finding_and_a_line_of_the_morning_page(
    town: Workspace, tmp_path: Path
) -> None:
    received = files.Bank(tmp_path).wage(1001, 60_000).statement("2026-02-20")
    town.done("import", str(received), on="2026-02-20")
    town.pay("2026-02", "2026-02-24")  # with an extra, then the right is lower after all
    lower = files.wage(1001, "2026-01", 70_000, tag="GEWIJZIGD")
    short = files.delivery(tmp_path, "2026-01", "20260319", lower, number=2)
    town.done("import", str(short), on="2026-03-20")
    town.done("settle", "--through", "2026-01", on="2026-03-20")
    stand = [row["position_cents"] for row in town.done("export", "balances")]
    short_by = -sum(cents for cents in stand if cents < 0)
    assert short_by > 0

    def open_ones(on: str) -> list[dict[str, Any]]:
        town.done("nightly", on=on)
        rows = town.done("findings", "list", on=on)
        return [row for row in rows if row["code"] == "YEAR_END"]

    assert open_ones("2026-10-30") == []
    assert town.done("status", on="2026-10-30")["crossing"] == {}
    for on in ("2026-11-02", "2026-11-03"):
        (found,) = open_ones(on)
        assert (found["subject"], found["raised_on"]) == ("year:2026", "2026-11-02")
        assert found["amount_cents"] == short_by
        assert found["due_on"] < "2026-12-31"
        assert "year-close" in found["next"]
    told = town.done("status", on="2026-11-03")["crossing"]
    named = town.done("year-close", "2026", "--preview", on="2026-11-03")["crossing"]
    assert told["shortfalls"] == len([row for row in named if row["what"] == "shortfall"])
    assert told["shortfall_cents"] == short_by
    assert told["shortfalls"] + told["open_months"] + told["changes"] == len(named)
    assert f"{short_by // 100},{short_by % 100:02d} euro" in town("status", as_json=False).out
    assert open_ones("2027-01-04") == []


def test_sisa_is_told_by_the_indicators_of_the_settings_and_ties_to_the_results(
    town: Workspace, tmp_path: Path
) -> None:
    bank = files.Bank(tmp_path)
    bank.wage(1001, 60_000).wage(1002, 60_000)
    town.done("import", str(bank.statement("2026-02-20")), on="2026-02-20")
    (message, cents) = town.query("SELECT message_id, total_cents FROM payment_batch")[0]
    paid = bank.batch(message, cents, 2).statement("2026-02-23")
    town.done("import", str(paid), on="2026-02-23")
    named = '"G2/01" = { name = "bijstand", accounts = [4000], basis = "accrual" }'
    cash = '"G2/09" = { name = "bijstand, kas", accounts = [4000], basis = "cash" }'
    head = "[sisa.indicators]"
    before = town.done("year-close", "2026", "--preview")["sisa"]
    town.change_settings((head, f"{head}\n{named}\n{cash}\n#"))
    told = town.done("year-close", "2026", "--preview")
    by_code = {row["indicator"]: row for row in told["sisa"]}
    booked = sum(row["total_cents"] for row in told["totals"])
    assert by_code["G2/01"]["total_cents"] == booked == result(town)
    assert by_code["G2/09"]["total_cents"] == cents - 2 * 60_000
    assert set(by_code) == {"G2/01", "G2/09"}
    assert [(row["indicator"], row["name"], row["total_cents"]) for row in before] == [
        ("", "4000", booked)
    ]
    shown = town("year-close", "2026", "--preview", as_json=False).out
    assert "G2/01" in shown


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (('"G2/01" = { name = "a", accounts = [4000], basis = "accrual" }',
          '"G2/02" = { name = "b", accounts = [4000], basis = "accrual" }'), "in two indicators"),
        (('"G2/01" = { name = "a", accounts = [4900], basis = "cash" }',), "of account 4000"),
        (('"G2" = { name = "a", accounts = [4000], basis = "accrual" }',), "indicators"),
    ],
)  # fmt: skip
def test_indicators_that_cannot_tie_are_refused(
    town: Workspace, lines: tuple[str, ...], said: str
) -> None:
    head = "[sisa.indicators]"
    town.change_settings((head, "\n".join((head, *lines, "#"))))
    answer = town("year-close", "2026", "--preview")
    assert answer.code == 2
    assert said in answer.err
