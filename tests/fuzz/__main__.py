"""Very many spoiled files for every reader, counted.

python -m tests.fuzz                # 20,000 inputs for each reader
python -m tests.fuzz --long         # 1,000,000
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.fuzz.trials import KINDS, MEGABYTES_MAX, place, trial, tried

INPUTS, LONG = 20_000, 1_000_000


def main() -> int:
    """Run the inputs of a seed; returns 1 where one failed or memory went over its limit."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    many = parser.add_mutually_exclusive_group()
    many.add_argument("--inputs", type=int, default=INPUTS, help="for each reader")
    many.add_argument("--long", action="store_const", const=LONG, dest="inputs")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="of the processor, at most"
    )
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--only", type=int, help="this input alone, with what went wrong")
    parser.add_argument("--jobs", type=int, default=1, help="so many kinds at a time")
    asked = parser.parse_args()
    kinds = asked.kind or KINDS
    if asked.only is not None:
        with place() as here:
            for kind in kinds:
                print(*tried(here, kind, asked.only, asked.seed), sep="\n")
        return 0
    total, most = Counter[str](), 0
    with ProcessPoolExecutor(asked.jobs, max_tasks_per_child=1) as processes:
        trials = [
            processes.submit(trial, kind, asked.inputs, asked.seconds, asked.seed)
            for kind in kinds
        ]  # fmt: skip
        for done in as_completed(trials):
            came, memory = done.result()
            total, most = total + came, max(most, memory)
    print(f"{total.total()} inputs, {total['failed']} failed, at most {most} MB")
    return 1 if total["failed"] or most > MEGABYTES_MAX else 0


if __name__ == "__main__":
    sys.exit(main())
