"""Small faults put into every rule, one at a time: does a test notice?

    pip install mutmut && python -m tests.mutation

Works in a copy of the project, with mutmut, on the tests of `tests/rules` (without doctests).
Writes docs/proofs/mutation.md: how many faults were found, and each one that was not, with the
reason why no test can or need see it (tests/mutation/reasons.toml). Exits 1 below 95%, or where a
survivor has no reason.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).parents[2]
REPORT = PROJECT / "docs" / "proofs" / "mutation.md"
REASONS = Path(__file__).parent / "reasons.toml"
ENOUGH_PERCENT = 95
PARTS = ("surplus", "jobs", "config", "sample_data", "tests")
CONFIGURATION = f"""
[tool.mutmut]
source_paths = ["surplus/rules"]
also_copy = {list(PARTS)}
pytest_add_cli_args_test_selection = ["tests/rules"]
"""


class Survivor(NamedTuple):
    """A fault that no test noticed: where, the lines taken out and put in, and why that is so."""

    function: str
    before: str
    after: str
    reason: str


def main() -> int:
    """Run, report; the exit code."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        for part in PARTS:
            shutil.copytree(PROJECT / part, copy / part)
        told = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
        (copy / "pyproject.toml").write_text(told + CONFIGURATION, encoding="utf-8")
        _mutmut(copy, "run")
        every = _mutmut(copy, "results", "--all", "true").splitlines()
        verdicts = dict(line.strip().split(": ") for line in every if ": " in line)
        alive = [name for name, verdict in verdicts.items() if verdict not in ("killed", "timeout")]
        survivors = [_survivor(copy, name) for name in alive]
    text, good = _report(len(verdicts), survivors)
    REPORT.write_text(text, encoding="utf-8")
    print(text)
    return 0 if good else 1


def _mutmut(copy: Path, *words: str) -> str:
    tool = str(Path(sys.executable).with_name("mutmut"))
    quiet = subprocess.DEVNULL if words == ("run",) else None
    done = subprocess.run([tool, *words], cwd=copy, stdout=quiet or subprocess.PIPE, text=True)
    return done.stdout or ""


def _survivor(copy: Path, name: str) -> Survivor:
    """What was changed in a fault that survived, and the reason that is told for it."""
    lines = _mutmut(copy, "show", name).splitlines()
    taken = " ".join(x[1:].strip() for x in lines if x.startswith("-") and x[:3] != "---")
    put = " ".join(x[1:].strip() for x in lines if x.startswith("+") and x[:3] != "+++")
    function = name.partition("__mutmut")[0]
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))["survivor"]
    told = [
        one["reason"]
        for one in reasons
        if one["function"] in function and one["before"] in taken and one.get("after", "") in put
    ]
    return Survivor(function, taken, put, told[0] if told else "")


def _report(count: int, survivors: list[Survivor]) -> tuple[str, bool]:
    killed = count - len(survivors)
    argued = sum(one.reason != "" for one in survivors)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True
    ).stdout.strip()
    rows = [
        f"| `{one.function}` | `{_cell(one.before)}` | `{_cell(one.after)}` | {one.reason or '?'} |"
        for one in survivors
    ]
    text = "\n".join(
        [
            "# Mutation of surplus/rules",
            "",
            f"`python -m tests.mutation` at commit {commit}: {count} faults put in, {killed} found "
            f"({100 * killed / max(count, 1):.1f}%), {len(survivors)} not, {argued} of them with a "
            "reason.",
            "",
            "| function | before | after | why no test sees it |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )
    return text, killed * 100 >= count * ENOUGH_PERCENT and argued == len(survivors)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")[:200]


if __name__ == "__main__":
    sys.exit(main())
