"""Years of a municipality beside a bank that goes wrong, by seed.

    python -m tests.simulation [--clients 2000] [--seed 1] [--seeds 1] [--long] [--ordinary]

Prints a line per seed and `n passed, 0 failed`; exits 1 where something may not be so. `--long` is
200 seeds. `--ordinary` lives years without mishaps and judges every finding: at most one for twenty
client-months, and none without a cause. TMPDIR on a file system in memory (/dev/shm) spares the
disk.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.simulation.ordinary import OrdinaryYear
from tests.simulation.year import Year, one_process


def main() -> int:
    """Live the years that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1, help="the first")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--long", action="store_true", help="200 seeds")
    parser.add_argument("--ordinary", action="store_true", help="count and judge the findings")
    parser.add_argument("--keep", type=Path, help="a folder to keep the workspace of one seed in")
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + (200 if asked.long else asked.seeds))
    failed = sum(not passes(asked, seed) for seed in seeds)
    print(f"{len(seeds) - failed} passed, {failed} failed")
    return 1 if failed else 0


def passes(asked: argparse.Namespace, seed: int) -> bool:
    """Live one year and tell what came of it."""
    began, used = time.perf_counter(), time.process_time()

    def say(line: str) -> None:
        print(f"  {line}, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as place, one_process():
        kind = OrdinaryYear if asked.ordinary else Year
        year = kind(asked.keep or Path(place), seed, asked.clients)
        year.live(say if asked.clients > 100 else lambda _line: None)
        wrong = year.wrong()
        took = (
            f"{time.perf_counter() - began:.0f} s, {time.process_time() - used:.0f} s of processor"
        )
        print(f"{year.report()} {took}", flush=True)
        if isinstance(year, OrdinaryYear):
            print(year.table(), flush=True)
    for line in wrong[:20]:
        print(f"  WRONG {line}", flush=True)
    return not wrong


if __name__ == "__main__":
    sys.exit(main())
