"""Wrong use of the command line: a sentence that says what is wrong, and exit 2."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from jobs import cli
from tests.acceptance.workspace import Workspace
from tests.postgres import Server


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


def _with_numbers(command: Any, *words: str) -> Iterator[tuple[str, ...]]:
    """Every command that takes a number, with one that nothing can hold in its place."""

    def told(parameter: Any, value: str) -> list[str]:
        option = parameter.param_type_name == "option"
        return [parameter.opts[0], value] if option else [value]

    for number in command.params:
        if number.type_descriptor.annotation is int:
            needed = [one for one in command.params if one.required or one is number]
            values = (told(one, str(2**63) if one is number else "1") for one in needed)
            yield (*words, *chain(*values))
    for name, below in getattr(command, "commands", {}).items():
        yield from _with_numbers(below, *words, name)


@pytest.mark.parametrize("words", [*_with_numbers(cli._command())], ids=" ".join)
def test_a_number_that_nothing_can_hold_is_refused(workspace: Workspace, words: tuple[str, ...]):
    answer = workspace(*words)
    assert answer.code == 2
    assert "is larger than any number here" in answer.err or "less than or equal" in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ("explain", "K9223372036854775808", "2026-01"),
        ("explain", "K0001001", "9223372036854775808-01"),
        ("decide", "K0001001", "norm", "--amount", "9223372036854775808,00",
         "--from", "2026-05-01", "--reason", "x"),
    ],
)  # fmt: skip
def test_clients_months_and_amounts_have_their_form(workspace: Workspace, words: tuple[str, ...]):
    answer = workspace(*words, operator="income-1")
    assert (answer.code, "write" in answer.err) == (2, True)


def test_a_database_that_init_has_not_filled_is_told_and_init_fills_it(
    postgres: Server, tmp_path: Path
):
    name = postgres.create()
    home, url = tmp_path / "home", postgres.url(name)
    home.mkdir()
    (home / "surplus.toml").write_text(f'[database]\nurl = "{url}"\n', encoding="utf-8")
    town = Workspace(home, "2026-11-24")
    answer = town("status")
    assert (answer.code, "surplus init" in answer.err) == (2, True)
    assert town("init", str(home)).code == 0
    assert town("status").code == 0
    postgres.drop(name)


def test_init_in_a_database_of_a_server(postgres: Server, tmp_path: Path):
    name = postgres.create()
    home, url = tmp_path / "home", postgres.url(name)
    town = Workspace(home, "2026-11-24")
    assert town("init", str(home), "--database", url).code == 0
    assert town.query("SELECT COUNT(*) FROM entry") == [(0,)]
    assert not (home / "surplus.db").exists()
    assert town("status").code == 0
    assert town("init", str(home), "--database", url).data["new"] is False
    other = town("init", str(home), "--database", "sqlite:///other.db")
    assert (other.code, "stores elsewhere" in other.err) == (2, True)
    postgres.drop(name)


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("nonsense", 2, "SQLite or PostgreSQL"),
        ("mysql://somewhere/surplus", 2, "SQLite or PostgreSQL"),
        ("postgresql+psycopg://nobody@/none?host=/nowhere", 1, "cannot be reached"),
    ],
)
def test_a_database_that_is_none_or_does_not_answer_is_told_and_nothing_is_made(
    tmp_path: Path, url: str, code: int, said: str
):
    home = tmp_path / "home"
    town = Workspace(home, "2026-11-24")
    answer = town("init", str(home), "--database", url)
    assert (answer.code, said in answer.err) == (code, True)
    assert not home.exists()
    home.mkdir()
    (home / "surplus.toml").write_text(f'[database]\nurl = "{url}"\n', encoding="utf-8")
    answer = town("findings")
    assert (answer.code, said in answer.err) == (code, True)


@pytest.mark.parametrize("interval", ["25.000", "25,5", "25.000,00", "0", "0,00", "-5", "1e4"])
def test_an_interval_that_two_people_read_differently_is_refused(
    workspace: Workspace, tmp_path: Path, interval: str
) -> None:
    words = ("audit", "--from", "2026-01-01", "--to", "2026-01-31", "--out", str(tmp_path))
    answer = workspace(*words, f"--sample-interval={interval}", "--seed", "1", operator="income-1")
    assert (answer.code, "is no interval" in answer.err) == (2, True)
