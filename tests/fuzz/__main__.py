"""Spoiled files of every kind, told to a municipality at work.

Each input is taken in and settled in a transaction that is then undone; one in fifty goes through
the command line into a copy of the workspace. Of every input must hold: exit code 0, 2 or 3, no
unexpected error, all invariants, every row in one state, and a refused file leaves nothing behind.

    python -m tests.fuzz --seed 1 --inputs 2000
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from sqlalchemy import Connection, Engine, func, select

from jobs.import_files import readers
from surplus import config
from surplus.intake import deliveries
from surplus.intake.deliveries import Reader
from surplus.intake.income_rows import SUMMED
from surplus.intake.outcome import Outcome
from surplus.ledger import invariants, seal
from surplus.months import Month
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.settlement.settle import settle
from surplus.store.engine import open_store, writing
from surplus.store.tables import metadata, rejected_row
from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make
from tests.fuzz.mutations import NASTY, spoiled, spoiled_inside
from tests.intake.payslip_files import as_csv, as_workbook, slip

ON = "2026-02-27"
SENT = "20260226"
CLIENTS = (1001, 1002, 1003)
#: What a field can hold without quotes.
PLAIN = [text for text in NASTY if not set(text) & set(';"\n\r\x00\x1f')]
KINDS = ("clients", "norms", "doorlevering", "payslip", "workbook", "camt053", "settings")
#: One in so many inputs goes through the command line.
BY_COMMAND = 50
STATES = ("recorded", "held", "rejected", "unchanged", "dropped")


class Wrong(Exception):
    """What may never be so."""


class _Undone(Exception):
    """Leaves a transaction without keeping it."""


def town(folder: Path) -> tuple[Workspace, dict[str, bytes]]:
    """A municipality with three people whose January is settled, and the files that come next."""
    there = make(folder / "town", "sqlite", ON)
    bank = files.Bank(folder)
    first = [
        files.norms(folder),
        files.clients(folder, *(files.client(str(no)) for no in CLIENTS)),
        files.delivery(
            folder, "2026-01", "20260210",
            *(files.wage(no, "2026-01", 50_000 + no) for no in CLIENTS),
        ),
        bank.wage(1001, 51_001).statement("2026-02-20"),
    ]  # fmt: skip
    told = {"norms": first[0].read_bytes(), "clients": first[1].read_bytes()}
    for path in first:
        assert there("import", str(path)).code == 0
    there.done("settle", "--through", "2026-01")
    rows = [files.wage(no, "2026-02", 60_000 + no) for no in CLIENTS]
    told["doorlevering"] = files.delivery(folder, "2026-02", SENT, *rows).read_bytes()
    slips = [payslip(no, rows[place]) for place, no in enumerate(CLIENTS)]
    told["payslip"], told["workbook"] = as_csv(*slips), as_workbook(*slips)
    bank.wage(1001, 61_001).wage(1002, 51_002).batch("SUR20260127001", 40_000, 1)
    told["camt053"] = bank.statement("2026-02-26").read_bytes()
    told["settings"] = (there.home / "surplus.toml").read_bytes()
    return there, told


def payslip(no: int, told: dict[str, str]) -> dict[str, str]:
    """The payslip of a delivered row, with holiday pay and a part that was withheld."""
    row = slip(
        bsn_of_klantnummer=told["bsn"], betalingskenmerk=files.kenmerk(no),
        loonheffingennummer=told["loonheffingennummer"], naam_werkgever=told["naam_werkgever"],
        periode_begin="2026-02-01", periode_eind="2026-02-28", betaaldatum="2026-02-25",
        bruto_loon=told["bruto_loon_sv"], netto_loon_uitbetaald=told["indicatief_netto"],
        netto_verrekenbaar=told["indicatief_netto"], reiskosten_onbelast="0,00",
        inhoudingen_overig="0,00", vakantietoeslag_bruto="40,00", vakantietoeslag_netto="30,00",
        pensioen="0,00", beslag="0,00", inhouding_vrijwillig="0,00", opmerking="",
    )  # fmt: skip
    return {name: str(value) for name, value in row.items()}


def adding_up(folder: Path, random: Random) -> bytes:
    """A delivery with spoiled fields whose trailer still adds up, so that its rows are judged."""
    rows = [files.wage(no, random.choice(("2026-01", "2026-02")), 60_000 + no) for no in CLIENTS]
    for _ in range(random.randint(1, 4)):
        row = random.choice(rows)
        row[random.choice([name for name in row if name not in SUMMED])] = random.choice(PLAIN)
    return files.delivery(folder, "2026-02", SENT, *rows).read_bytes()


@contextmanager
def undone(engine: Engine, settings: config.Settings) -> Iterator[Work]:
    """A transaction of a run of which nothing is kept."""
    with suppress(_Undone), writing(engine) as conn:
        yield Work(conn, settings.code, 1, ON, "system", settings)
        raise _Undone


def sizes(conn: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: int(conn.execute(select(func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
    }


def taken_in(work: Work, content: bytes, reading: Mapping[str, Reader]) -> str:
    """Take in a file and settle; returns its verdict."""
    before = sizes(work.conn)
    outcome = deliveries.take_in(work, "spoiled", content, reading)
    if outcome.exit_code not in (0, 3):
        raise Wrong(f"exit code {outcome.exit_code}")
    outcome.as_json("nl")
    if outcome.verdict == "accepted":
        check_counts(work, outcome)
        settle(work, Month(202601))
        seal.close(work)
    else:
        grown = {name for name, count in sizes(work.conn).items() if count != before[name]}
        if grown - {"delivery"}:
            raise Wrong(f"a {outcome.verdict} file left something in {sorted(grown)}")
        if outcome.verdict == "refused" and not outcome.messages("en"):
            raise Wrong("refused without a reason")
    if broken := invariants.full(work.conn, work.municipality):
        raise Wrong("; ".join(broken))
    return outcome.verdict


def check_counts(work: Work, outcome: Outcome) -> None:
    """Every row is in one state, and what is rejected stands in quarantine."""
    counts = outcome.counts
    if counts["rows"] != sum(counts.get(state, 0) for state in STATES):
        raise Wrong(f"rows lost: {dict(counts)}")
    mine = (rejected_row.c.delivery == outcome.delivery, rejected_row.c.state == "rejected")
    kept = work.conn.execute(
        select(func.count(rejected_row.c.line.distinct())).where(*mine)
    ).scalar_one()
    if kept != counts["rejected"]:
        raise Wrong(f"{counts['rejected']} rejected, {kept} in quarantine")


def by_command(there: Workspace, kind: str, content: bytes, folder: Path) -> str:
    """The same through the command line, in a workspace of its own."""
    copy = Workspace(folder / "copy", ON)
    shutil.copytree(there.home, copy.home)
    try:
        if kind == "settings":
            (copy.home / "surplus.toml").write_bytes(content)
            answer = copy("config")
        else:
            (copy.home / "inbox" / "spoiled").write_bytes(content)
            answer = copy("import")
        if answer.code not in (0, 2, 3) or "Traceback" in answer.err + answer.out:
            raise Wrong(f"exit code {answer.code}: {answer.err}")
        if kind != "settings":
            if any((copy.home / "inbox").iterdir()):
                raise Wrong("the file is still in the inbox")
            if copy("check").code:
                raise Wrong("check finds a broken invariant")
    finally:
        shutil.rmtree(copy.home)
    return f"exit {answer.code} by command"


def read_settings(folder: Path, content: bytes) -> str:
    """Spoiled settings are read, or refused in words."""
    (folder / "surplus.toml").write_bytes(content)
    try:
        config.load(folder)
    except Refusal as refusal:
        if refusal.exit_code != 2 or not refusal.message:
            raise Wrong(f"exit code {refusal.exit_code}: {refusal.message}") from None
        return "refused"
    return "accepted"


def main() -> int:
    """Run the inputs of a seed; returns 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inputs", type=int, default=2000, help="of each kind")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--only", type=int, help="this input alone, with what went wrong")
    asked = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        there, valid = town(folder)
        settings = config.load(there.home)
        engine = open_store(config.database_url(there.home, settings.database.url))
        reading = readers(there.home / settings.intake.schemas)
        for kind in asked.kind or KINDS:
            begun, came = time.monotonic(), Counter[str]()
            numbers = range(asked.inputs) if asked.only is None else [asked.only]
            for number in numbers:
                random = Random(f"{asked.seed}/{kind}/{number}")
                if kind == "doorlevering" and number % 2:
                    content = adding_up(folder, random)
                elif kind == "workbook" and number % 4:
                    content = spoiled_inside(valid[kind], random)
                else:
                    content = spoiled(valid[kind], random)
                try:
                    if number % BY_COMMAND == BY_COMMAND - 1:
                        came[by_command(there, kind, content, folder)] += 1
                    elif kind == "settings":
                        came[read_settings(folder, content)] += 1
                    else:
                        with undone(engine, settings) as work:
                            came[taken_in(work, content, reading)] += 1
                except Exception as error:
                    came["failed"] += 1
                    print(f"{kind} {number}: {type(error).__name__}: {str(error)[:300]}")
                    if asked.only is not None:
                        traceback.print_exc()
                        print(repr(content))
            failed += came["failed"]
            passed = came.total() - came["failed"]
            spent = time.monotonic() - begun
            print(
                f"{kind}: {passed} passed, {came['failed']} failed in {spent:.0f} s "
                f"{json.dumps(dict(sorted(came.items())))}",
                flush=True,
            )
        engine.dispose()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
