"""A new rule, policy or parameter moves no past month before a second person has seen how much."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from surplus.rules import benefit
from surplus.rules.norm import paid_part
from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make


@pytest.fixture
def settled(tmp_path: Path, store_url: str) -> Workspace:
    """A client with two settled months of work."""
    town = make(tmp_path / "home", store_url, "2026-04-10")
    town.done("import", str(files.norms(tmp_path)))
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    for month, sent, cents in (("2026-01", "20260220", 60000), ("2026-02", "20260320", 90000)):
        wage = files.wage(1001, month, cents)
        town.done("import", str(files.delivery(tmp_path, month, sent, wage)))
    town.done("settle", "--through", "2026-02")
    return town


def figures(workspace: Workspace) -> dict[tuple[str, str], tuple[int, str, int]]:
    return {
        (row["client_no"], row["month"]): (row["version"], row["cause"], row["entitlement_cents"])
        for row in workspace.done("export", "settlements")
    }


def again(workspace: Workspace, cause: str, *more: str) -> Any:
    return workspace.done(
        "settle", "--because", cause, "--reason", "checked", *more, operator="income-1"
    )


def test_a_seeded_change_of_a_rule_is_shown_by_month_and_posted_only_after_approval(
    settled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = figures(settled)
    monkeypatch.setattr(benefit, "paid_part", lambda cents, rate: paid_part(cents, rate) - 1)
    assert settled.done("settle")["changed"] == 0, "a new rule moves nothing by itself"

    told = again(settled, "code")
    assert told["groups"], "the difference is shown"
    assert {group["cause"] for group in told["groups"]} == {"code"}
    lowered = [group for group in told["groups"] if group["entitlement_cents"] < 0]
    assert all(g["entitlement_cents"] == -g["client_months"] for g in lowered)
    assert figures(settled) == before, "nothing is posted before approval"

    settled.done("changes", "approve", str(told["change"]), operator="treasury-1")
    after = figures(settled)
    moved = {key for key in after if after[key] != before[key]}
    assert {f"{month}" for _, month in moved} == {g["month"] for g in told["groups"]}
    assert {after[key][1] for key in moved} == {"code"}
    assert settled("check").code == 0
    assert again(settled, "code")["groups"] == [], "asked again there is nothing left"


def test_a_new_policy_is_a_cause_of_its_own(settled: Workspace) -> None:
    settled.change_settings(('holiday_mode = "INCL"', 'holiday_mode = "EXCL"'))
    assert again(settled, "parameter", "--dry-run")["groups"] == []
    told = again(settled, "policy", "--dry-run")
    assert told["groups"]
    assert told["change"] == 0, "a dry run asks for nothing"
    assert settled("changes", "list").data == []


def test_what_was_not_shown_is_not_posted(settled: Workspace) -> None:
    settled.change_settings(('holiday_mode = "INCL"', 'holiday_mode = "EXCL"'))
    asked = again(settled, "policy")["change"]
    settled.change_settings(('holiday_mode = "EXCL"', 'holiday_mode = "INCL"'))
    before = figures(settled)
    refused = settled("changes", "approve", str(asked), operator="treasury-1")
    assert refused.code == 2
    assert "something else" in refused.err + refused.out
    assert figures(settled) == before


def test_the_one_who_asks_does_not_approve_and_must_say_why(settled: Workspace) -> None:
    settled.change_settings(('holiday_mode = "INCL"', 'holiday_mode = "EXCL"'))
    nothing = settled("settle", "--because", "policy", operator="income-1")
    assert (nothing.code, "reason" in nothing.err) == (2, True)
    assert settled("settle", "--because", "weather", "--reason", "x", operator="income-1").code == 2
    asked = again(settled, "policy")["change"]
    assert settled("changes", "approve", str(asked), operator="income-1").code == 2
