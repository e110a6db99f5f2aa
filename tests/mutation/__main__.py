"""Small faults put into every rule, one at a time: does a test notice?

    pip install mutmut && python -m tests.mutation [--keep DIR] [PART …]

Works in a copy of the project, with mutmut, on the tests of that part in `tests/rules` alone
(without doctests), one part after the other: a folder of the rules, or `rules` for the files beside
the folders. Writes
docs/proofs/mutation-PART.md: how many faults were found, and each one that was not, with the reason
why no test can or need see it (tests/mutation/reasons.toml). Exits 1 where a part stays below 95%,
or a survivor has no reason.

Copies in a kept DIR remember: there only the faults that no test noticed are tried again, on the
tests as they are now. Where the rules themselves changed, begin with an empty DIR.
"""

from __future__ import annotations

import argparse
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
TOLD_BY = {"periods": ["periods", "income"]}
"""Parts that tests about something else hold as well."""
PARTS = ("surplus", "jobs", "config", "sample_data", "tests")
CONFIGURATION = """
[tool.mutmut]
source_paths = ["surplus/rules"]
only_mutate = {spoiled}
also_copy = {parts}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "tests.mutation.quick", "-o", "{names}=true"]
"""
# Faults are tried one after the other in one process, in which pytest would escape the names of
# tests again and again: no test would be found then, and every fault seem to be.
NAMES_AS_THEY_ARE = "disable_test_id_escaping_and_forfeit_all_rights_to_community_support"


class Survivor(NamedTuple):
    """A fault that no test noticed: where, the lines taken out and put in, and why that is so."""

    function: str
    before: str
    after: str
    reason: str


def main() -> int:
    """Run, report; the exit code."""
    told = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    told.add_argument("--keep", type=Path, help="where copies stay, or are already")
    told.add_argument("parts", nargs="*", metavar="PART", default=[*FOLDERS, OTHERS])
    chosen = told.parse_args()
    with tempfile.TemporaryDirectory() as place:
        enough = [_try(part, (chosen.keep or Path(place)) / part) for part in chosen.parts]
    return 0 if all(enough) else 1


def _try(part: str, copy: Path) -> bool:
    """Put faults into a part, report; whether enough were found."""
    before = _alive(copy)[0] if copy.exists() else ["*"]
    commit = _commit()
    _prepare(copy, part)
    if before:  # by name, so that mutmut tries the tests without a fault first
        _mutmut(copy, "run", *before)
    alive, count = _alive(copy)
    text, enough = _report(part, commit, count, [_survivor(copy, name) for name in alive])
    (PROJECT / "docs" / "proofs" / f"mutation-{part}.md").write_text(text, encoding="utf-8")
    print(text, flush=True)
    return enough


def _alive(copy: Path) -> tuple[list[str], int]:
    """The faults in a copy that no test noticed so far, and how many there are in all."""
    every = _mutmut(copy, "results", "--all", "true").splitlines()
    told = [line.strip().partition(": ") for line in every]
    verdicts = {name: verdict for name, _, verdict in told if verdict}
    found = ("killed", "timeout", "segfault")
    return [name for name, verdict in verdicts.items() if verdict not in found], len(verdicts)


def _commit() -> str:
    """The last one that changed a rule or a test of rules."""
    words = ["git", "log", "-1", "--format=%h", "--", "surplus/rules", "tests/rules"]
    return subprocess.run(words, cwd=PROJECT, capture_output=True, text=True).stdout.strip()


def _prepare(copy: Path, part: str) -> None:
    """A copy of the project of which only the files of one part are spoiled."""
    for folder in PARTS:
        shutil.rmtree(copy / folder, ignore_errors=True)
        shutil.copytree(PROJECT / folder, copy / folder)
    others = [file.stem for file in sorted(RULES.glob("[!_]*.py"))]
    spoiled = [f"{name}.py" for name in others] if part == OTHERS else [f"{part}/*"]
    about = others if part == OTHERS else TOLD_BY.get(part, [part])
    found = (file for name in about for file in (PROJECT / "tests/rules").glob(f"test_{name}*.py"))
    tests = sorted({str(file.relative_to(PROJECT)) for file in found})
    told = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    configuration = CONFIGURATION.format(
        spoiled=[f"surplus/rules/{name}" for name in spoiled],
        parts=list(PARTS), tests=tests, names=NAMES_AS_THEY_ARE,
    )  # fmt: skip
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


def _report(part: str, commit: str, count: int, survivors: list[Survivor]) -> tuple[str, bool]:
    killed = count - len(survivors)
    argued = sum(one.reason != "" for one in survivors)
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
    sys.exit(main())
