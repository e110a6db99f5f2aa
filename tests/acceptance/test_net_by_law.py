"""The net of the new regulation (Regeling art. 7a, 7b): by date, never without its percentage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make

ON = "2027-03-11"
LACKS = "whk_uniform_rate/all/all from 2027-01-01"


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Workspace:
    """A municipality that follows the net of the law; a norm by decision, for 2027 has none yet."""
    made = make(tmp_path / "home", store_url, "2026-12-01")
    made.change_settings(('net = "INDICATIVE"', 'net = "STATUTORY"'))
    made.done("import", str(files.clients(tmp_path, files.client("1001", "2026-12-01"))))
    approved(made, "decide", "K0001001", "norm", "--amount", "1401,50", "--from", "2026-12-01",
             "--number", "B-1")  # fmt: skip
    declared = {"indicatief_netto": "930,00", "ingehouden_lb": "62,40", "loon_lb": "1000,00",
                "bruto_loon_sv": "1000,00", "dat_b_ikv": "20261201"}  # fmt: skip
    rows = [files.wage(1001, month, 93000, **declared) for month in ("2026-12", "2027-01")]
    made.done("import", str(files.delivery(tmp_path, "2027-01", "20270220", *rows)), on=ON)
    made.done("settle", on=ON)
    return made


def approved(town: Workspace, *words: str, on: str = "2026-12-01") -> None:
    asked = town.done(*words, "--reason", "test", on=on, operator="income-1")
    town.done("changes", "approve", str(asked["id"]), on=on, operator="treasury-1")


def months(town: Workspace) -> dict[str, tuple[int, int]]:
    """W and C by month of what is settled."""
    rows = town.done("export", "settlements", on=ON)
    return {row["month"]: (row["wage_cents"], row["countable_cents"]) for row in rows}


def explained(town: Workspace, month: str) -> dict[str, Any]:
    told: dict[str, Any] = town.done("explain", "K0001001", month, on=ON)
    return told


def test_without_its_percentage_a_month_of_2027_is_held_and_says_what_is_missing(
    town: Workspace,
) -> None:
    assert months(town) == {"2026-12": (93000, 93000)}
    assert explained(town, "2027-01")["state"] == "open"
    (finding,) = [row for row in town.done("export", "findings", on=ON) if row["subject"] == LACKS]
    assert (finding["client_no"], finding["month"]) == ("K0001001", "2027-01")


def test_with_a_percentage_of_the_municipality_what_is_declared_decides_what_counts(
    town: Workspace,
) -> None:
    """domain.md §3.4a: L 1,000.00, T 62.40, p 0.50%: 932.60; the cash stays what it was."""
    approved(
        town, "parameters", "add", "whk_uniform_rate", "all", "all", "--new", "--unit", "percent",
        "--amount", "0,5%", "--from", "2027-01-01", "--source", "stand-in", "--number", "B-2",
        on=ON,
    )  # fmt: skip
    town.done("settle", on=ON)
    assert months(town) == {"2026-12": (93000, 93000), "2027-01": (93000, 93260)}
    incomes = [f for f in explained(town, "2027-01")["figures"] if f["name"] == "income"]
    assert "art. 7a, 7b" in incomes[0]["inputs"]["parts"][0]["net_by"]


def test_a_payslip_goes_before_what_is_declared_and_needs_no_percentage(
    town: Workspace, tmp_path: Path
) -> None:
    slip = files.payslip(1001, "2027-01", 92800, bruto_loon="1000,00", loonheffing="72,00")
    town.done("import", str(files.payslips(tmp_path, slip)), on=ON)
    town.done("settle", on=ON)
    assert months(town)["2027-01"] == (92800, 92800)
