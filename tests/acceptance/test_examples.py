"""The example files give the outcome that their manifests state, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import DATA
from tests.acceptance.workspace import Workspace
from tests.schemas import SCHEMAS, needs_schemas

CLIENTS = json.loads((DATA / "clients" / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
INCOME = json.loads((DATA / "income" / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
DELIVERIES = [
    pytest.param(
        name, case, id=f"{name}-{place}", marks=needs_schemas if name.endswith("xml") else ()
    )
    for name, told in INCOME.items()
    for place, case in enumerate(told["cases"])
]


def bring(workspace: Workspace, examples: Path, before: list[str]) -> None:
    for step in before:
        if step.startswith("command: "):
            workspace.done(*step.removeprefix("command: ").split())
        else:
            workspace.done("import", str(examples / step))


@pytest.mark.parametrize(("name", "case"), [pytest.param(n, c, id=n) for n, c in CLIENTS.items()])
def test_a_client_or_norm_file_comes_out_as_its_manifest_says(
    workspace: Workspace, examples: Path, name: str, case: dict[str, Any]
) -> None:
    bring(workspace, examples, case["before"])
    answer = workspace("import", str(examples / "clients" / name))
    assert answer.code == case["exit"], answer.err + answer.out
    assert answer.data["verdict"] == case["verdict"]
    assert answer.data["codes"] == case["codes"]
    assert counts(answer.data, case) == case["counts"]
    key = "client_no" if "client_no" in case["rows"][0] else "category"
    assert rows(answer.data, key) == {
        row["line"]: (row[key], sorted(map(tuple, row["codes"])), row["state"])
        for row in case["rows"]
    }


@pytest.mark.parametrize(("name", "case"), DELIVERIES)
def test_a_delivery_comes_out_as_its_manifest_says(
    workspace: Workspace, examples: Path, name: str, case: dict[str, Any]
) -> None:
    workspace.change_settings(('schemas = "../schemas"', f'schemas = "{SCHEMAS}"'))
    bring(workspace, examples, case["before"])
    answer = workspace("import", str(examples / "income" / name))
    assert answer.code == case.get("exit", 0), answer.err + answer.out
    assert answer.data["verdict"] == case["verdict"]
    assert sorted(answer.data["codes"]) == sorted(case["codes"])
    assert counts(answer.data, case) == case.get("counts", {})
    assert rows(answer.data, "client_no") == {
        row["line"]: (row["client_no"], sorted(map(tuple, row["codes"])), row["state"])
        for row in case["rows"]
    }
    if "totals" in case:
        assert answer.data["totals"] == case["totals"]
    for listed in case.get("listed", []):
        assert listed in [
            {key: message[key] for key in ("line", "field", "code")}
            for message in answer.data["messages"]
        ]
    if "command" in case.get("then", {}):
        check_settled(workspace, case["then"])


def counts(data: dict[str, Any], case: dict[str, Any]) -> dict[str, int]:
    return {name: data["counts"].get(name, 0) for name in case.get("counts", {})}


def rows(data: dict[str, Any], key: str) -> dict[int, Any]:
    return {
        row["line"]: (row[key], sorted(map(tuple, row["codes"])), row["state"])
        for row in data["rows"]
    }


def check_settled(workspace: Workspace, then: dict[str, Any]) -> None:
    workspace.done(*then["command"].split())
    settlements = {
        (row["client_no"], row["month"], row["version"]): row
        for row in workspace.done("export", "settlements")
    }
    for expected in then.get("settlements", []):
        found = settlements[expected["client_no"], expected["month"], expected["version"]]
        told = {name: value for name, value in expected.items() if name != "why"}
        assert {name: found[name] for name in told} == told
    balances = {row["client_no"]: row for row in workspace.done("export", "balances")}
    for expected in then["balances"]:
        found = balances[expected["client_no"]]
        assert {name: found[name] for name in expected} == expected
    journal = workspace.done("export", "journal")
    for expected in then["entries"]:
        keys = {name: expected[name] for name in ("kind", "client_no", "month")}
        lines = [row for row in journal if {name: row[name] for name in keys} == keys]
        told = {account: cents for account, cents in expected.items() if account.isdigit()}
        newest = max(row["entry"] for row in lines)
        booked = {
            str(row["account"]): row["amount_cents"] for row in lines if row["entry"] == newest
        }
        assert booked == {account: cents for account, cents in told.items() if cents}
    findings = workspace("findings", "list").data
    for expected in then["findings_at_least"]:
        told = {name: value for name, value in expected.items() if name != "why"}
        assert told in [{name: row[name] for name in told} for row in findings]
    versions = {(client, month): version for client, month, version in settlements}
    for unchanged in then.get("unchanged", []):
        assert versions[tuple(unchanged.split())] == 1


def test_a_client_without_norm_on_the_pay_date_is_not_paid_and_the_missing_row_is_named(
    workspace: Workspace, examples: Path
) -> None:
    workspace.done("import", str(examples / "clients" / "clients_valid.csv"))
    answer = workspace("pay", "prepare", "--month", "2026-11")
    assert answer.code == 3
    assert answer.data["payments"] == 0
    found = [row for row in workspace("findings", "list").data if row["code"] == "C07"]
    assert [(row["client_no"], row["month"]) for row in found] == [("K0001001", "2026-11")]
    assert "norm_incl/single/21-aow" in found[0]["subject"]


def test_a_refused_delivery_may_come_again_mended_under_its_own_number(
    workspace: Workspace, examples: Path
) -> None:
    bring(workspace, examples, ["clients/norms_2026h1.csv", "clients/clients_manifest.csv"])
    refused = workspace("import", str(examples / "income" / "doorlevering_bad_trailer.csv"))
    assert (refused.code, refused.data["codes"]) == (3, [["F11", "F"]])
    mended = workspace("import", str(examples / "income" / "doorlevering_valid.csv"))
    assert mended.data["verdict"] == "accepted"
    assert "F07" not in json.dumps(mended.data["codes"])
