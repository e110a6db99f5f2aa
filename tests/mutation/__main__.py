"""Small faults put into every rule, one at a time: does a test notice?

    pip install mutmut && python -m tests.mutation [PART …]

Works in a copy of the project, with mutmut, on the tests of `tests/rules` (without doctests), one
part after the other: a folder of the rules, or `rules` for the files beside the folders. Writes
docs/proofs/mutation-PART.md: how many faults were found, and each one that was not, with the reason
why no test can or need see it (tests/mutation/reasons.toml). Exits 1 where a part stays below 95%,
or a survivor has no reason.
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
RULES = PROJECT / "surplus" / "rules"
FOLDERS = ("norm", "income", "periods", "exemption", "ordinary")
OTHERS = "rules"
REASONS = Path(__file__).parent / "reasons.toml"
ENOUGH_PERCENT = 95
PARTS = ("surplus", "jobs", "config", "sample_data", "tests")
CONFIGURATION = """
[tool.mutmut]
source_paths = ["surplus/rules"]
only_mutate = {spoiled}
also_copy = {parts}
pytest_add_cli_args_test_selection = ["tests/rules"]
pytest_add_cli_args = ["-p", "tests.mutation.quick"]
"""


class Survivor(NamedTuple):
    """A fault that no test noticed: where, the lines taken out and put in, and why that is so."""

    function: str
    before: str
    after: str
    reason: str


def main(parts: list[str]) -> int:
    """Run, report; the exit code."""
    good = True
    for part in parts or [*FOLDERS, OTHERS]:
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place)
            _prepare(copy, part)
            _mutmut(copy, "run")
            every = _mutmut(copy, "results", "--all", "true").splitlines()
            verdicts = {
                name: verdict
                for name, _, verdict in (line.strip().partition(": ") for line in every)
                if verdict
            }
            found = ("killed", "timeout", "segfault")
            alive = [name for name, verdict in verdicts.items() if verdict not in found]
            survivors = [_survivor(copy, name) for name in alive]
        text, enough = _report(part, len(verdicts), survivors)
        report = PROJECT / "docs" / "proofs" / f"mutation-{part}.md"
        report.write_text(text, encoding="utf-8")
        print(text, flush=True)
        good &= enough
    return 0 if good else 1


def _prepare(copy: Path, part: str) -> None:
    """A copy of the project of which only the files of one part are spoiled."""
    for folder in PARTS:
        shutil.copytree(PROJECT / folder, copy / folder)
    files = [str(file.relative_to(PROJECT)) for file in sorted(RULES.glob("*.py"))]
    spoiled = files if part == OTHERS else [f"surplus/rules/{part}/*"]
    told = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    configuration = CONFIGURATION.format(spoiled=spoiled, parts=list(PARTS))
    (copy / "pyproject.toml").write_text(told + configuration, encoding="utf-8")


def _mutmut(copy: Path, *words: str) -> str:
    tool = str(Path(sys.executable).with_name("mutmut"))
    quiet = subprocess.DEVNULL if words[0] == "run" else None
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


def _report(part: str, count: int, survivors: list[Survivor]) -> tuple[str, bool]:
    killed = count - len(survivors)
    argued = sum(one.reason != "" for one in survivors)
    commit = subprocess.run(
        ["git", "log", "-1", "--format=%h", "--", "surplus/rules", "tests/rules"],
        cwd=PROJECT, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    rows = [
        f"| `{one.function}` | `{_cell(one.before)}` | `{_cell(one.after)}` | {one.reason or '?'} |"
        for one in survivors
    ]
    text = "\n".join(
        [
            f"# Mutation of surplus/rules: {part}",
            "",
            f"`python -m tests.mutation {part}` at commit {commit}: {count} faults put in, "
            f"{killed} found ({100 * killed / max(count, 1):.1f}%), {len(survivors)} "
            f"not, {argued} of them with a "
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
    sys.exit(main(sys.argv[1:]))
