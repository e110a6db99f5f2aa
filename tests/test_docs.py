"""What the documents say is what the program does."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from jobs.cli import app
from scripts import reference
from surplus.reports import words

PROJECT = Path(__file__).parents[1]
MAIN = typer.main.get_command(app)
COMMANDS = dict(reference.commands(MAIN))
DOCUMENTS = sorted(
    {PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")} - {reference.FILE}  # made from these
)


def examples() -> Iterator[str]:
    """Every `surplus …` that the documents and the help texts tell people to type."""
    for document in DOCUMENTS:
        told = document.read_text(encoding="utf-8")
        for code in re.findall(r"```bash\n(.*?)```", told, re.DOTALL):
            lines = (line.strip() for line in code.splitlines())
            yield from (line for line in lines if line.startswith("surplus "))
        yield from re.findall(r"`(surplus [^`]+)`", told)
    for command in COMMANDS.values():
        for line in (command.help or "").splitlines():
            if line.strip().startswith("Example"):
                yield from re.findall(r"(surplus -.*?|surplus \w.*?)(?= · |   |$)", line)


def option_names(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


def test_the_reference_says_what_the_program_says() -> None:
    written = reference.FILE.read_text(encoding="utf-8")
    assert written == reference.reference(), "run: .venv/bin/python scripts/reference.py"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_says_what_it_does_and_every_option_what_it_is_for(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert [option.name for option in command.params if not getattr(option, "help", "-")] == []


@pytest.mark.parametrize("example", sorted(set(examples())))
def test_every_example_is_a_command_with_options_that_exist(example: str) -> None:
    rest = shlex.split(example, comments=True)[1:]
    known = option_names(MAIN)
    while rest and rest[0] in known:
        rest = rest[1:] if rest[0] == "--json" else rest[2:]
    name = " ".join(rest[:2]) if " ".join(rest[:2]) in COMMANDS else rest[0]
    used = {word for word in rest if word.startswith("--")} - {"--help"}
    assert used <= option_names(COMMANDS[name]), f"{name} does not know {used}"


def test_every_sheet_that_the_auditors_guide_names_is_in_the_workbook() -> None:
    told = (PROJECT / "docs" / "auditor.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([A-Z][a-z]+(?: [a-z]+)*)`", told))
    assert named
    assert named <= {dutch for _, dutch in words.SHEETS.values()}


def test_every_link_between_documents_leads_somewhere() -> None:
    for document in DOCUMENTS:
        told = document.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)\s]+)\)", told):
            if "://" in link:
                continue
            path, _, anchor = link.partition("#")
            target = (document.parent / path) if path else document
            assert target.exists(), f"{document.name}: {link}"
            if anchor:
                heads = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
                anchors = {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}
                assert anchor in anchors, f"{document.name}: {link}"


def test_every_feature_has_a_state_and_one_that_is_done_names_a_test_that_exists() -> None:
    told = (PROJECT / "docs" / "features.md").read_text(encoding="utf-8")
    table = [line.strip("|\n").split("|") for line in told.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in row] for row in table[2:]]
    assert {len(row) for row in rows} == {5}
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    for _number, feature, _issue, state, test in rows:
        assert state in ("", "done"), feature
        assert bool(test) == (state == "done"), f"{feature}: done and its test go together"
        if test:
            path, _, name = test.strip("`").partition("::")
            defined = ast.parse((PROJECT / path).read_text(encoding="utf-8")).body
            names = [node.name for node in defined if isinstance(node, ast.FunctionDef)]
            assert name.startswith("test_"), test
            assert name in names, test
