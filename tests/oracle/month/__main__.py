"""`python -m tests.oracle.month --count 200000 --seed 1`: both sides, with a note for the docs."""

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.oracle.dates import month_text, months_later
from tests.oracle.month.compare import Comparison, compare
from tests.oracle.month.generator import FIRST, LAST, MONTHS
from tests.oracle.month.table import drawn

ROOT = Path(__file__).parents[3]
PROOF = ROOT / "docs/proofs/month-oracle.md"
SHOWN = 5


def main() -> int:
    told = arguments()
    found = compare(told.count, told.seed)
    for disagreement in found.disagreements[:SHOWN]:
        print(disagreement, end="\n\n")
    line = (
        f"{found.passed} passed, {found.failed} failed, {found.lacking} lacking on both sides, "
        f"seed {told.seed}, commit {commit()}"
    )
    print(line)
    if told.proof:
        told.proof.write_text(proof(found, line, told.count, told.seed), encoding="utf-8")
    return 1 if found.failed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.month", description=__doc__)
    parser.add_argument("--count", type=int, default=200_000, help="client-months, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--proof", type=Path, default=PROOF, help="where the note is written")
    return parser.parse_args()


def commit() -> str:
    """The last commit of what was tried, and whether there were changes beside it."""
    tried = ["--", "surplus/rules", "config/parameters", "tests/oracle/month"]

    def git(*words: str) -> str:
        words = (*words, *tried)
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    changed = git("status", "--porcelain")
    return git("log", "-1", "--format=%h") + (" with changes" if changed else "")


def proof(found: Comparison, line: str, count: int, seed: int) -> str:
    """What was tried, and on what."""
    return f"""\
# The whole month worked out twice

`tests/oracle/month/` works out a client-month in `Decimal`, one client at a time, from the
published rules and the text of the law, and imports nothing of `surplus`. `product.py` beside it
asks `surplus.rules` the same questions in arrays. Random lives of 1 to 14 months, the same for the
same seed, are worked out by both and held against each other to the cent: norm, W, passed on, C,
E of each person and its kind, B, Bp, R, D, F, D − F. Where one side finds that a parameter or a
decision is lacking the other must find so too; such a month comes on top of the count.

    python -m tests.oracle.month --count {count} --seed {seed}
    {line}

Before that, every worked example of the rules comes out of the second implementation alone:
`tests/oracle/test_month_examples.py`. `tests/oracle/test_month.py` tries 20,000 client-months
each time the tests run.

Of the {MONTHS} months with parameters of the law, {month_text(FIRST)} to {month_text(LAST)},
each has at least {fewest(found):,} client-months; the others, up to and including
{month_text(max(found.months))}, have a norm by decision.

What they were about (one may stand in several lines):

{numbers(found.about)}
"""


def fewest(found: Comparison) -> int:
    """Of the months with parameters of the law."""
    return min(found.months[months_later(FIRST, n)] for n in range(MONTHS))


def numbers(about: Counter[tuple[str, str]]) -> str:
    rows = [[group, name, f"{number:,}"] for (group, name), number in sorted(about.items())]
    table = drawn(["subject", "", "client-months"], rows).splitlines()
    return "\n".join("| " + line + " |" for line in [table[0], rule(table[0]), *table[1:]])


def rule(line: str) -> str:
    return "|".join("-" * len(cell) for cell in line.split("|"))


if __name__ == "__main__":
    sys.exit(main())
