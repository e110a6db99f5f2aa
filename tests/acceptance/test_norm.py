"""The norm from file and decision to figure: who lives how, by days, and why (domain.md §3.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make
from tests.rules.tables import cents, rows

ON = "2026-06-15"
COUPLE = {
    "leefvorm": "GEHUWD",
    "bsn_partner": files.bsn(900),
    "partner_geboortedatum": "1990-05-05",
    "aantal_kostendelers": "2",
}


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Workspace:
    """A municipality without norms of its own: the law decides."""
    return make(tmp_path / "home", store_url, "2026-01-05")


def decide(town: Workspace, kind: str, *words: str, no: str = "K0001001") -> None:
    """A decision that a second person approves."""
    told = town.done("decide", no, kind, "--reason", "test", *words, operator="income-1")
    town.done("changes", "approve", str(told["id"]), operator="treasury-1")


def norm(town: Workspace, month: str = "2026-03", no: str = "K0001001") -> dict[str, Any]:
    figures = town.done("explain", no, month)["figures"]
    return next(figure for figure in figures if figure["name"] == "norm")


DECIDED = rows(
    """
    client | decision                                                                 | norm
    single | norm --amount 1200,00 --from 2026-03-01 --number B-1                     | 1200.00
    single | norm --amount 1200,00 --from 2026-03-15 --number B-1                     | 1291.00
    single | norm --amount 1200,00 --from 2026-01-10 --until 2026-03-14               | 1310.50
    single | norm-reduction --value 10% --from 2026-03-01 --number B-1                | 1261.35
    single | norm-reduction --amount 140,15 --from 2026-03-17 --number B-1            | 1333.69
    single | norm-increase --value 12,5% --from 2026-03-01 --number B-1               | 1576.69
    single | institution --value self --from 2026-03-11                               | 784.55
    single | institution --value self --from 2026-02-11 --until 2026-03-10            | 1107.71
    couple | institution --value partner --from 2026-03-01                            | 1892.26
    couple | institution --value both --from 2026-03-01                               | 796.27
    couple | spouse-without-right --from 2026-03-11                                   | 1323.99
    young  | dependent-children --from 2026-03-11                                     | 1618.32
    young  | no-recourse-to-parents --from 2026-03-01 --number B-1                    | 2002.13
    single | dependent-children --from 2026-03-01                                     | 1401.50
    """
)
CLIENTS: dict[str, dict[str, str]] = {
    "single": {},
    "couple": COUPLE,
    "young": COUPLE | {"partner_geboortedatum": "2006-06-01", "aantal_kostendelers": "1"},
}


@pytest.mark.parametrize("row", DECIDED, ids=[" ".join(row.values()) for row in DECIDED])
def test_a_decision_about_the_norm_counts_from_its_first_day_to_its_last(
    town: Workspace, tmp_path: Path, row: dict[str, str]
) -> None:
    told = files.client("1001", **CLIENTS[row["client"]])
    town.done("import", str(files.clients(tmp_path, told)))
    decide(town, *row["decision"].split())
    assert [norm(town)["cents"]] == cents(row["norm"])


def test_a_decision_told_again_with_an_end_ends_there(town: Workspace, tmp_path: Path) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    decide(town, "norm-reduction", "--value", "10%", "--from", "2026-01-01", "--number", "B-1")
    assert norm(town)["cents"] == 126135
    decide(town, "norm-reduction", "--value", "10%", "--from", "2026-01-01", "--number", "B-1",
           "--until", "2026-03-10")  # fmt: skip
    assert [norm(town, f"2026-0{month}")["cents"] for month in (1, 2, 3, 4)] == [
        126135, 126135, 135629, 140150,
    ]  # fmt: skip


def test_settling_and_paying_count_the_days_and_explain_names_them(
    town: Workspace, tmp_path: Path
) -> None:
    """21 on 15 March and a reduction from the 20th: 14, 5 and 12 days; F is 95% of it."""
    young = files.client("1001", geboortedatum="2005-03-15")
    town.done("import", str(files.clients(tmp_path, young)))
    decide(town, "norm-reduction", "--value", "10%", "--from", "2026-03-20", "--number", "B-1")
    assert town.pay("2026-03", "2026-03-25")["total_cents"] == 82704
    town.done("settle", "--through", "2026-03", on=ON)
    settled = {row["month"]: row for row in town.done("export", "settlements")}
    assert [settled[f"2026-0{month}"]["norm_cents"] for month in (1, 2, 3)] == [34599, 34599, 87057]
    assert settled["2026-03"]["fixed_payment_cents"] == 82704
    inputs = norm(town)["inputs"]
    told = ("period", "days_counted", "norm", "origin")
    assert [tuple(part[name] for name in told) for part in inputs["parts"]] == [
        ("2026-03-01–2026-03-14", 14, 34599, "norm_incl/single/18-20"),
        ("2026-03-15–2026-03-19", 5, 140150, "norm_incl/single/21-aow"),
        ("2026-03-20–2026-03-31", 12, 126135, "norm_incl/single/21-aow"),
    ]
    assert inputs["parts"][2]["before"] == 140150
    assert "[Pw art. 18(1), 27, 28]" in inputs["parts"][2]["rule"]
    assert [(row["parameter"], row["amount"], row["valid_from"]) for row in inputs["rows"]] == [
        ("norm_incl/single/18-20", 34599, "2026-01-01"),
        ("norm_incl/single/21-aow", 140150, "2026-01-01"),
    ]


def test_a_right_that_ends_within_a_month_ends_the_norm_that_day(
    town: Workspace, tmp_path: Path
) -> None:
    ends = files.client("1001", deelname_tot="2026-03-14", status="BEEINDIGD")
    town.done("import", str(files.clients(tmp_path, ends)))
    assert norm(town)["cents"] == 63294
    assert norm(town, "2026-02")["cents"] == 140150


def change(town: Workspace, tmp_path: Path, told: dict[str, str], on: str) -> None:
    """A client file that changes the case, approved by a second person."""
    town.done("import", str(files.clients(tmp_path, told, name=f"clients_{on}.csv")), on=on)
    for waits in town.done("changes", "list", on=on):
        town.done("changes", "approve", str(waits["id"]), on=on, operator="treasury-1")


def test_a_household_that_changes_within_a_month_counts_by_days(
    town: Workspace, tmp_path: Path
) -> None:
    """Two cost sharers move in on 11 March: 10 days as a single, 21 as one of three."""
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    told = files.client("1001", aantal_kostendelers="3", wijziging_per="2026-03-11")
    change(town, tmp_path, told, "2026-03-12")
    assert [norm(town, month)["cents"] for month in ("2026-02", "2026-03", "2026-04")] == [
        140150, 103982, 86759,
    ]  # fmt: skip
    parts = norm(town)["inputs"]["parts"]
    assert [part.get("housemates_count") for part in parts] == [None, 2]


def test_a_partner_who_moved_in_is_told_late_and_the_settled_month_follows_by_days(
    town: Workspace, tmp_path: Path
) -> None:
    """10 days of 1,401.50 and 21 of 2,002.13; another change told before it stays as it is."""
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    town.done("settle", "--through", "2026-03", on="2026-05-11")
    change(town, tmp_path, files.client("1001", buffer_max="100,00"), "2026-05-12")
    late = files.client("1001", **COUPLE, wijziging_per="2026-03-11", buffer_max="100,00")
    change(town, tmp_path, late, "2026-05-13")
    town.done("settle", "--through", "2026-03", on="2026-05-14")
    rows = {
        (row["month"], row["version"]): row["norm_cents"]
        for row in town.done("export", "settlements", "--month", "2026-03")
    }
    assert rows[("2026-03", 2)] == 180838
    assert [norm(town, f"2026-0{month}")["cents"] for month in (2, 4, 5)] == [
        140150, 200213, 200213,
    ]  # fmt: skip


def test_a_day_without_a_norm_holds_the_month_and_explain_says_which(
    town: Workspace, tmp_path: Path
) -> None:
    young = files.client("1001", geboortedatum="2006-06-01")
    town.done("import", str(files.clients(tmp_path, young)))
    decide(town, "institution", "--value", "self", "--from", "2026-03-11")
    told = town.done("explain", "K0001001", "2026-03")
    assert told["lacks"] == "18–20 in an institution"
    (figure,) = (figure for figure in told["figures"] if figure["name"] == "norm")
    assert [part.get("lacks", "") for part in figure["inputs"]["parts"]] == ["", told["lacks"]]
    assert town("pay", "prepare", "--month", "2026-03", on="2026-03-25").data["payments"] == 0
