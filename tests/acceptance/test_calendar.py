"""`surplus calendar`: shown, promised by who may, kept, and read by any agenda."""

from __future__ import annotations

from pathlib import Path

import icalendar
import pytest

from tests.acceptance.workspace import Workspace, make


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make(tmp_path / "home", "sqlite", "2025-11-24")


def test_a_year_is_shown_promised_and_kept_when_the_settings_change(workspace: Workspace) -> None:
    workspace.change_settings(
        ("[payday.exceptions]", '[payday.exceptions]\n"2026-12" = "2026-12-18"')
    )
    shown = workspace("calendar", "2026", "--ics", str(workspace.home / "2026.ics"))
    assert shown.code == 0
    assert [row["pays_on"] for row in shown.data][-2:] == ["2026-11-30", "2026-12-18"]
    agenda = icalendar.Calendar.from_ical((workspace.home / "2026.ics").read_bytes())
    assert len(agenda.walk("VEVENT")) == 48
    assert workspace("calendar", "2026", "--approve", operator="income-1").code == 2
    first = workspace("calendar", "2026", "--approve", operator="treasury-1")
    again = workspace("calendar", "2026", "--approve", operator="treasury-1", on="2025-11-25")
    assert (first.code, {row["approved_by"] for row in first.data}) == (0, {"treasury-1"})
    assert again.data == first.data
    workspace.change_settings(('"2026-12" = "2026-12-18"', ""))
    later = workspace("calendar", "2026")
    assert later.code == 3
    assert (later.data[-1]["pays_on"], later.data[-1]["now"]) == ("2026-12-18", "2026-12-31")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ('"2026-13" = "2026-12-18"', "payday.exceptions.2026-13"),
        ('"2026-12" = "2026-12-32"', "payday.exceptions.2026-12"),
        ('"2026-12" = "2026-12-19"', "P02: 2026-12-19 is no banking day"),
    ],
)
def test_a_wrong_exception_is_named_by_its_key(workspace: Workspace, told: str, said: str) -> None:
    workspace.change_settings(("[payday.exceptions]", f"[payday.exceptions]\n{told}"))
    answer = workspace("calendar", "2026")
    assert (answer.code, said in answer.err) == (2, True), answer.err
