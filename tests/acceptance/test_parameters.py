"""Dated amounts: what is missing is named in time; a municipality adds its own with two people."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs import cli
from tests.acceptance import files
from tests.acceptance.workspace import Workspace

NORM = ("norm_incl", "single", "21-aow")
ROW = ("--amount", "1420,00", "--from", "2026-07-01", "--source", "Stcrt. 2026",
       "--number", "B-9", "--reason", "norms of July")  # fmt: skip


def missing(workspace: Workspace) -> dict[str, str]:
    answer = workspace("parameters", "missing", "--through", "2026-12", on="2026-06-20")
    assert answer.code == 3
    return {"/".join((r["name"], r["household"], r["age_band"])): r["row"] for r in answer.data}


def test_a_norm_of_the_coming_half_year_is_named_as_missing_until_two_people_add_it(
    workspace: Workspace,
) -> None:
    assert missing(workspace)["/".join(NORM)] == "2026-07-01,norm_incl,single,21-aow,,month,,"
    change = workspace.done("parameters", "add", *NORM, *ROW, operator="income-1")["id"]
    assert "/".join(NORM) in missing(workspace), "it waits for a second person"
    late = workspace("parameters", "missing", "--through", "2026-07", on="2026-11-30")
    assert late.code == 3, "a month that has passed and has no row is missing still"
    assert workspace("changes", "approve", str(change), operator="income-1").code == 2
    workspace.done("changes", "approve", str(change), operator="treasury-1")
    assert "/".join(NORM) not in missing(workspace)
    (row,) = [
        one
        for one in workspace.done("parameters", "--on", "2026-07-01", "--name", "norm_incl")
        if (one["household"], one["age_band"]) == NORM[1:]
    ]
    assert (row["amount"], row["reliability"], row["source"]) == (
        "1.420,00", "decision", "Stcrt. 2026",
    )  # fmt: skip


def test_a_month_settles_on_the_added_row_and_a_changed_row_moves_it_only_when_asked(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.done("import", str(files.clients(tmp_path, files.client("1001", normcategorie="X"))))
    for amount, number in (("1420,00", "B-9"), ("1430,00", "B-10")):
        row = [amount if word == "1420,00" else number if word == "B-9" else word for word in ROW]
        change = workspace.done("parameters", "add", *NORM, *row, operator="income-1")["id"]
        workspace.done("changes", "approve", str(change), operator="treasury-1")
        workspace.done("settle", "--through", "2026-07")
        (july,) = [r for r in workspace.done("export", "settlements") if r["month"] == "2026-07"]
        assert july["norm_cents"] == 142000
    told = workspace.done(
        "settle", "--because", "parameter", "--reason", "B-10", operator="income-1"
    )
    assert [group["norm_cents"] for group in told["groups"]] == [1000]


def test_a_typing_error_in_a_key_or_an_amount_is_refused(workspace: Workspace) -> None:
    for words, said in (
        (("norm_inc", "single", "21-aow", *ROW), "norm_incl/single/21-aow"),
        ((*NORM, "--amount", "1.420", *ROW[2:]), "--amount 1.420"),
        ((*NORM, "--unit", "percent", *ROW), "is told per month, not per percent"),
        ((*NORM, "--new", "--amount", "veel", *ROW[2:]), "--amount veel"),
        (("own_cap", "person", "all", "--new", "--unit", "week", *ROW), "unit 'week'"),
        (("exemption_n_rate", "person", "all", "--amount", "veel", *ROW[2:]), "not a percentage"),
    ):
        refused = workspace("parameters", "add", *words, operator="income-1")
        assert refused.code == 2
        assert said in refused.err


def test_a_rate_and_an_age_are_told_and_shown_as_what_they_are(workspace: Workspace) -> None:
    told = {
        ("exemption_n_rate", "person", "all"): ("30%", "30%"),
        ("exemption_r_rate", "person", "all"): ("12,75", "12,75%"),
        ("state_pension_age", "person", "all"): ("810", "67 jaar en 6 maanden"),
    }
    for key, (amount, _) in told.items():
        row = ("--amount", amount, "--from", "2032-01-01", *ROW[4:])
        change = workspace.done("parameters", "add", *key, *row, operator="income-1")["id"]
        workspace.done("changes", "approve", str(change), operator="treasury-1")
    shown = {
        (row["name"], row["household"], row["age_band"]): row["amount"]
        for row in workspace.done("parameters", "--on", "2032-03-01")
        if row["reliability"] == "decision"
    }
    assert shown == {key: text for key, (_, text) in told.items()}


def test_the_rows_to_fill_in_can_be_copied_as_they_are(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(workspace.home), "--date", "2026-06-20"]
    assert cli.run([*home, "parameters", "missing", "--through", "2026-07"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert "2026-07-01,norm_incl,couple_with_children,both 18-20,,month,," in lines
    assert cli.run([*home, "parameters", "missing", "--through", "2026-06"]) == 0
    assert "nothing is missing through 2026-06" in capsys.readouterr().out
