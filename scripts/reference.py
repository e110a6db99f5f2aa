"""Write docs/reference.md from the program: every command, setting and problem code.

    .venv/bin/python scripts/reference.py

A test fails when the file says something else than the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from jobs.cli import app
from surplus import config
from surplus.problems import PROBLEMS

FILE = Path(__file__).parents[1] / "docs" / "reference.md"
SEVERITIES = {"F": "file refused", "E": "row refused", "H": "held", "W": "warning", "I": "note"}


def reference() -> str:
    """The whole file."""
    return "\n".join(
        [
            "# Reference",
            "",
            "Made from the program by `scripts/reference.py`; a test keeps it true.",
            "",
            "## Commands",
            "",
            "Before a command: `--home DIR`, `--date YYYY-MM-DD`, `--operator NAME`, `--json`.",
            "",
            *_table("command", "does", "example", rows=_commands()),
            "",
            "## Settings",
            "",
            f"The file `{config.FILE}` that `surplus init` writes. `surplus config` prints what is",
            "in force, and where each value comes from.",
            "",
            "```toml",
            config.template().rstrip(),
            "```",
            "",
            "## Problem codes",
            "",
            "With each code: who acts, and within how many working days where it is a finding.",
            "",
            *_table(
                "code", "means for it", "who, days", "what is wrong", "what to do", rows=_problems()
            ),
            "",
        ]
    )


def commands(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command that does something by itself, by its full name."""
    parts: dict[str, Any] = getattr(command, "commands", {})
    for part in sorted(parts):
        yield from commands(parts[part], f"{name} {part}".strip())
    if not parts or (name and command.invoke_without_command):
        yield name, command


def _commands() -> Iterator[tuple[str, str, str]]:
    for name, command in commands(typer.main.get_command(app)):
        told = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
        examples = [part.partition(": ")[2] for part in told if part.startswith("Example")]
        yield f"`{name}`", told[0], "".join(f"`{example}`" for example in examples[:1])


def _problems() -> Iterator[tuple[str, ...]]:
    for code, problem in PROBLEMS.items():
        who = f"{problem.owner}, {problem.days}"
        yield code, SEVERITIES[problem.severity], who, *_both(problem.text), *_both(problem.remedy)


def _both(words: Any) -> Iterator[str]:
    yield f"{words['en']}<br>{words['nl']}"


def _table(*header: str, rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '¦') for cell in row)} |"


if __name__ == "__main__":
    FILE.write_text(reference(), encoding="utf-8")
    print(f"written {FILE}")
