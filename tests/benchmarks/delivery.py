"""A flat delivery of many rows, beside a bare script that parses it and inserts the same rows.

    python -m tests.benchmarks.delivery [ROWS]

The product reads the file through its command's own work: hashed, parsed, every field checked, held
against what was told before, recorded with its employments, looked at again and sealed. The bare
script parses the file with pyarrow and inserts the rows that the product made, which are in memory
already, into the same tables with sqlite3 alone, in one transaction. The ratio is what all checks
cost.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from jobs import import_files
from jobs.session import Session
from surplus.intake.files import boxes
from tests.benchmarks import town
from tests.benchmarks.month import Rows, Seconds, bare, counts, peak_megabytes, rows_of, workspace


def main(count: int, *, profiled: bool) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        *first, path = town.write(folder, count)
        session = workspace(folder / "home")
        take_in(session, *first)
        database = folder / "home" / "surplus.db"
        before = counts(database)
        profile = cProfile.Profile()
        if profiled:
            profile.enable()
        product = take_in(session, path)
        profile.disable()
        peak = peak_megabytes()
        session.engine.dispose()
        rows = rows_of(database, before)
        parsed = parse(path)
        inserted = bare(folder / "bare.db", rows)
        size = path.stat().st_size >> 20
    plain = Seconds(parsed.wall + inserted.wall, parsed.processor + inserted.processor)
    print(f"{count} rows, {size} MB; written: {told(rows)}")
    print(f"  {'':18} {'wall':>8} {'processor':>10}")
    steps = {"product": product, "pyarrow parse": parsed, "bare insert": inserted}
    for name, spent in (steps | {"bare, in all": plain}).items():
        print(f"  {name:18} {spent.wall:6.2f} s {spent.processor:8.2f} s")
    wall, processor = product.wall / plain.wall, product.processor / plain.processor
    print(f"  {'ratio':18} {wall:6.2f}   {processor:8.2f}")
    print(f"  {'peak memory':18} {peak:5d} MB (the import of clients before it included)")
    if profiled:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(60)


def take_in(session: Session, *paths: Path) -> Seconds:
    """Take in files as the command does."""
    began = Seconds.now()
    with session.run("import") as run:
        outcomes = import_files.work_on(run, session.home, boxes.named(paths))
    spent = began.passed()
    assert all(outcome.exit_code == 0 for outcome in outcomes), outcomes
    return spent


def parse(path: Path) -> Seconds:
    """Every row of the file as text columns, by pyarrow alone."""
    began = Seconds.now()
    names = town.INCOME_COLUMNS.split(";")
    csv.read_csv(
        path,
        csv.ReadOptions(column_names=names, skip_rows=2),
        csv.ParseOptions(delimiter=";", invalid_row_handler=lambda row: "skip"),
        csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )
    return began.passed()


def told(rows: Rows) -> str:
    """How many rows of which table."""
    return ", ".join(f"{len(values)} {name}" for name, (_, values) in rows.items() if values)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.delivery")
    parser.add_argument("rows", type=int, nargs="?", default=400_000)
    parser.add_argument("--profile", action="store_true", help="and where the product's time goes")
    asked = parser.parse_args()
    main(asked.rows, profiled=asked.profile)
