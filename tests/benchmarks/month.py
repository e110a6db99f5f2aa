"""A month of many clients: import, settle and prepare, beside a bare script writing the same rows.

    python -m tests.benchmarks.month [CLIENTS]

The bare script knows nothing: it takes the finished rows, which are in memory already, and inserts
them into the same tables with sqlite3 alone, in one transaction; no file is read, nothing is
checked, decided, hashed or sealed. The ratio is what all of that costs.
"""

from __future__ import annotations

import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jobs import import_files, pay, settle
from jobs.init import create
from jobs.session import Session
from surplus.intake.files import boxes
from surplus.months import Month
from surplus.store.engine import open_store
from surplus.store.migrate import upgrade
from surplus.store.tables import metadata
from tests.benchmarks import town


class Seconds(NamedTuple):
    """Time on the clock, and time that the processor worked: a busy machine stretches the first."""

    wall: float
    processor: float

    @classmethod
    def now(cls) -> Seconds:
        """A moment."""
        return cls(time.perf_counter(), time.process_time())

    def passed(self) -> Seconds:
        """What has passed since this moment."""
        now = self.now()
        return Seconds(now.wall - self.wall, now.processor - self.processor)


#: By table the names of its columns and its rows.
Rows = dict[str, tuple[list[str], list[Any]]]

ON = "2026-04-20"
BANK = "NL98BNGH0285000013"


def main(clients: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = town.write(folder, clients)
        session = workspace(folder / "home")
        steps = _measured(session, files)
        product = Seconds(*map(sum, zip(*steps.values(), strict=True)))
        rows = rows_of(folder / "home" / "surplus.db", {})
        plain = bare(folder / "bare.db", rows)
        count = sum(len(each) for _, each in rows.values())
    print(f"{clients} clients, {count} rows")
    print(f"  {'':18} {'wall':>8} {'processor':>10}")
    for name, spent in (steps | {"product, in all": product, "bare script": plain}).items():
        print(f"  {name:18} {spent.wall:6.2f} s {spent.processor:8.2f} s")
    wall, processor = product.wall / plain.wall, product.processor / plain.processor
    print(f"  {'ratio':18} {wall:6.2f}   {processor:8.2f}")
    print(f"  {'peak memory':18} {peak_megabytes():5d} MB (the bare script's rows included)")


def peak_megabytes() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def workspace(home: Path) -> Session:
    """A new workspace with a bank account."""
    create(home, "0999")
    settings = home / "surplus.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("NL…", BANK), encoding="utf-8")
    session = Session(home, ON, quiet=True)
    _ = session.engine
    return session


def _measured(session: Session, files: list[Path]) -> dict[str, Seconds]:
    month = Month.parse(town.MONTH)

    def taken_in(chosen: list[Path]) -> Callable[[Any], Any]:
        return lambda run: import_files.work_on(run, session.home, boxes.named(chosen))

    work: dict[str, Callable[[Any], Any]] = {
        "import clients": taken_in(files[:2]),
        "import income": taken_in(files[2:]),
        "settle": lambda run: settle.work_on(run, month),
        "prepare": lambda run: pay.prepare_on(run, month),
    }
    seconds = {}
    for name, does in work.items():
        began = Seconds.now()
        with session.run(name.split()[0]) as run:
            does(run)
        seconds[name] = began.passed()
    return seconds


def counts(database: Path) -> dict[str, int]:
    """How many rows each table has."""
    with sqlite3.connect(database) as store:
        return {
            table.name: store.execute(f'SELECT COUNT(*) FROM "{table.name}"').fetchone()[0]
            for table in metadata.sorted_tables
        }


def rows_of(database: Path, skipped: Mapping[str, int]) -> Rows:
    """Every table's rows in the order of its key, as the product left them, after the first ones
    that are skipped.
    """
    found = {}
    with sqlite3.connect(database) as store:
        for table in metadata.sorted_tables:
            keys = ", ".join(column.name for column in table.primary_key.columns)
            past = skipped.get(table.name, 0)
            cursor = store.execute(
                f'SELECT * FROM "{table.name}" ORDER BY {keys} LIMIT -1 OFFSET {past}'
            )
            names = [told[0] for told in cursor.description]
            found[table.name] = (names, cursor.fetchall())
    return found


def bare(database: Path, rows: Rows) -> Seconds:
    """Insert rows into new tables with sqlite3 alone."""
    engine = open_store(f"sqlite:///{database}")
    upgrade(engine)
    engine.dispose()
    store = sqlite3.connect(database, isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute("PRAGMA cache_size=-65536")
    began = Seconds.now()
    store.execute("BEGIN IMMEDIATE")
    for table, (names, values) in rows.items():
        columns, places = ", ".join(f'"{n}"' for n in names), ", ".join("?" * len(names))
        store.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({places})', values)
    store.execute("COMMIT")
    seconds = began.passed()
    store.close()
    return seconds


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
