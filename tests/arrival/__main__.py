"""`python -m tests.arrival --count 2000 --seed 1`: many sets of files, each in two orders.

Interrupted (Ctrl-C), it tells how far it came.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from surplus.store.engine import open_store
from surplus.store.migrate import upgrade
from tests.arrival.compare import differences, orders, smallest

ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.arrival", description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print the files of a failure")
    told = parser.parse_args()
    tried = failed = files = 0
    commit = _commit()
    with tempfile.TemporaryDirectory() as name, suppress(KeyboardInterrupt):
        folder = Path(name)
        migrated = folder / "migrated"
        engine = open_store(f"sqlite:///{migrated}")
        upgrade(engine)
        engine.dispose()
        for seed in range(told.seed, told.seed + told.count):
            sent, arrived = orders(seed)
            found = differences(sent, arrived, seed, migrated, folder)
            tried, failed, files = tried + 1, failed + bool(found), files + len(sent.files)
            if found:
                print(f"seed {seed}:", *found, sep="\n  ", flush=True)
                if told.show:
                    _show(seed, migrated, folder)
    print(
        f"{tried - failed} sets of files passed, {failed} failed, {files} files, "
        f"seeds {told.seed} to {told.seed + tried - 1}, commit {commit}"
    )
    return 1 if failed else 0


def _show(seed: int, migrated: Path, folder: Path) -> None:
    """The fewest files that differ still, and the order in which they arrive."""
    sent, arrived = smallest(seed, migrated, folder)
    for file in sent.files:
        print(file.name, file.content.decode(), sep="\n")
    print([one.name for one in arrived.files], sorted(arrived.settled))
    print(*differences(sent, arrived, seed, migrated, folder), sep="\n  ")


def _commit() -> str:
    """The last commit, and whether there were changes beside it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--", "surplus", "tests/arrival")
    return git("log", "-1", "--format=%h") + (" with changes" if changed else "")


if __name__ == "__main__":
    sys.exit(main())
