"""Wrong use of the command line: a sentence that says what is wrong, and exit 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.workspace import Workspace


@pytest.mark.parametrize(
    "words",
    [
        ("explain", "K0001001", "2026-01", "--known-on", "2026-13-01"),
        ("export", "settlements", "--known-on", "20260101"),
        ("audit", "--from", "20260101", "--to", "2026-01-31", "--out", "nowhere"),
        ("parameters", "--on", "today"),
    ],
)
def test_a_day_that_does_not_exist_is_named(workspace: Workspace, words: tuple[str, ...]):
    answer = workspace(*words)
    assert (answer.code, "is no date" in answer.err) == (2, True)


def test_a_folder_that_is_no_workspace_is_said_to_be_none(workspace: Workspace, tmp_path: Path):
    answer = workspace("nightly", home=str(tmp_path / "elsewhere"))
    assert (answer.code, "is no workspace" in answer.err) == (2, True)


def test_a_wrong_table_of_settings_is_told_with_the_nearest_one(workspace: Workspace):
    workspace.change_settings(("[limits]", "[limitz]"))
    answer = workspace("config")
    assert (answer.code, "limitz is not a known key; did you mean limits?" in answer.err) == (
        2, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("operator", "words"),
    [
        ("treasury-1", ("changes", "reject", "1")),
        ("income-1", ("findings", "resolve", "1")),
        ("income-1", ("rejected", "drop", "1", "2")),
    ],
)
def test_a_step_that_is_kept_with_its_reason_needs_one(
    workspace: Workspace, operator: str, words: tuple[str, ...]
):
    answer = workspace(*words, "--reason", " ", operator=operator)
    assert (answer.code, "needs a reason" in answer.err) == (2, True)


def test_a_place_that_is_not_there_is_named(workspace: Workspace, tmp_path: Path):
    answer = workspace("export", "payments", "--out", str(tmp_path / "missing" / "payments.csv"))
    assert (answer.code, "there is no folder" in answer.err) == (2, True)
    (tmp_path / "file").touch()
    for words in (
        ("export", "payments", "--out", str(tmp_path)),
        ("audit", "--from", "2026-01-01", "--to", "2026-01-31", "--out", str(tmp_path / "file")),
    ):
        answer = workspace(*words)
        assert (answer.code, str(tmp_path) in answer.err) == (2, True)
