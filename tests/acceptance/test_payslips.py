"""Payslips through the command line: previewed, held, accepted by two people, settled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.workspace import Workspace
from tests.intake.payslip_files import Row, as_csv, as_workbook, slip

EMPLOYER = "999990020L01"


@pytest.fixture
def town(workspace: Workspace, examples: Path) -> Workspace:
    """Five clients; the first was delivered a net of 695.10 and travel of 48.02 for March."""
    for step in ("clients/norms_2026h1.csv", "clients/clients_manifest.csv",
                 "income/doorlevering_2026-03_valid.csv"):  # fmt: skip
        workspace.done("import", str(examples / step))
    return workspace


def march(payable: str, paid: str, **told: str) -> Row:
    """A payslip about March with the travel allowance of the delivery, nothing withheld."""
    return slip(netto_verrekenbaar=payable, bruto_loon=payable, netto_loon_uitbetaald=paid,
                reiskosten_onbelast="48,02", inhoudingen_overig="0,00", **told)  # fmt: skip


def bring(town: Workspace, folder: Path, content: bytes, name: str, *more: str) -> Any:
    path = folder / name
    path.write_bytes(content)
    answer = town("import", str(path), *more)
    assert answer.code in (0, 3), answer.err
    return answer.data


def wage(town: Workspace) -> tuple[int, int]:
    town.done("settle", "--through", "2026-03")
    rows = [r for r in town.done("export", "settlements") if r["client_no"] == "K0001001"]
    last = max(rows, key=lambda row: (row["month"], row["version"]))
    return last["wage_cents"], last["countable_cents"]


def test_a_payslip_goes_before_what_was_delivered(town: Workspace, tmp_path: Path) -> None:
    assert wage(town) == (74312, 75110)
    told = bring(town, tmp_path, as_workbook(march("690,00", "738,02")), "maart.xlsx")
    assert told["counts"] == {"rows": 1, "recorded": 1, "held": 0, "rejected": 0}
    assert wage(town) == (73802, 74600), "W is what was paid; C its net and the 56.00 reserved"


def test_a_preview_says_what_a_file_would_do_and_keeps_nothing(
    town: Workspace, tmp_path: Path
) -> None:
    before = town.query("SELECT COUNT(*) FROM income")
    told = bring(town, tmp_path, as_csv(march("600,00", "648,02")), "maart.csv", "--preview")
    assert told["totals"]["netto_verrekenbaar"] == 60000
    assert [m["code"] for m in told["messages"]] == ["PAYSLIP_DIFFERS"]
    assert (told["would_change"]["new"], told["would_change"]["net"]) == (0, [])
    assert (town.query("SELECT COUNT(*) FROM income"), town.done("rejected", "list")) == (
        before,
        [],
    )


def test_a_payslip_with_another_net_counts_once_two_people_accept_it(
    town: Workspace, tmp_path: Path
) -> None:
    bring(town, tmp_path, as_csv(march("600,00", "648,02")), "maart.csv")
    assert wage(town) == (74312, 75110)
    asked = [row for row in town.done("findings", "list") if row["code"] == "PAYSLIP_DIFFERS"]
    assert [(row["client_no"], row["month"], row["amount_cents"]) for row in asked] == [
        ("K0001001", "2026-03", -9510)
    ]
    change = town.done(
        "decide", "K0001001", "payslip", "--month", "2026-03", "--employer", EMPLOYER,
        "--amount", "648,02", "--reason", "pension started", operator="income-1",
    )  # fmt: skip
    assert wage(town) == (74312, 75110), "one person is not enough"
    town.done("changes", "approve", str(change["id"]), operator="treasury-1")
    assert town.done("rejected", "list") == []
    assert [row["code"] for row in town.done("findings", "list")].count("PAYSLIP_DIFFERS") == 0
    assert wage(town) == (64802, 65600)
    assert town("check").code == 0


def test_two_equal_payslips_count_twice_and_the_same_again_another_night_nothing(
    town: Workspace, tmp_path: Path
) -> None:
    half = march("345,00", "369,01") | {"reiskosten_onbelast": "24,01"}
    bring(town, tmp_path, as_csv(half, half), "maart.csv")
    assert wage(town) == (73802, 74600)
    facts = town.query("SELECT COUNT(*) FROM income")
    told = bring(town, tmp_path, as_workbook(half, half, half), "maart.xlsx")
    assert told["counts"]["unchanged"] == 2
    assert told["counts"]["held"] == 1, "a third would be more than was delivered"
    assert wage(town) == (74312, 75110), "and the delivery counts until a person says so"
    assert town.query("SELECT COUNT(*) FROM income") == [(facts[0][0] + 1,)]
