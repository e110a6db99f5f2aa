"""Spoiled files for every reader, told to a municipality at work.

Each input is read, judged and recorded in a transaction that is then undone; one in a hundred is
settled there too and all invariants are checked, one in a thousand goes through the command line
into a copy of the workspace. Of every input must hold: exit code 0, 2 or 3, no unexpected error,
only codes of the catalogue, every row in one state, and a refused file leaves nothing behind but
its verdict. Each process, of one reader, stays below 300 MB.
"""

from __future__ import annotations

import json
import resource
import shutil
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import Connection, Engine, func, select

from jobs.import_files import readers
from surplus import config
from surplus.intake import deliveries
from surplus.intake.deliveries import Reader
from surplus.intake.notes import UNCHANGED
from surplus.intake.outcome import Outcome
from surplus.ledger import invariants, seal
from surplus.months import Month
from surplus.problems import PROBLEMS, Refusal
from surplus.runs import Work
from surplus.settlement.settle import settle
from surplus.store.engine import open_store, writing
from surplus.store.tables import metadata, rejected_row
from tests.acceptance.workspace import Answer, Workspace
from tests.fuzz.town import ON, spoil, town

#: Readers by the format of their file; a valid one of each stands in `town`.
READERS = (
    "clients", "clients_workbook", "norms", "norms_workbook", "opening", "opening_workbook",
    "doorlevering", "mapped", "suwi", "payslip", "payslip_workbook", "pain002", "camt053",
    "camt054",
)  # fmt: skip
#: Files that the municipality writes itself.
SETTINGS = ("surplus", "columns")
KINDS = (*READERS, *SETTINGS)
#: One in so many inputs is settled as well; one in so many goes through the command line.
SETTLED, BY_COMMAND = 100, 1_000
MEGABYTES_MAX = 300
STATES = ("recorded", "held", "rejected", "unchanged", "dropped")


class Wrong(Exception):
    """What may never be so."""


class _Undone(Exception):
    """Leaves a transaction without keeping it."""


@dataclass(frozen=True)
class Place:
    """Where inputs are tried."""

    folder: Path
    there: Workspace
    valid: Mapping[str, bytes]
    settings: config.Settings
    engine: Engine
    reading: Mapping[str, Reader]

    @contextmanager
    def undone(self) -> Iterator[Work]:
        """A transaction of a run of which nothing is kept."""
        with suppress(_Undone), writing(self.engine) as conn:
            yield Work(conn, self.settings.code, 1, ON, "system", self.settings)
            raise _Undone


@contextmanager
def place() -> Iterator[Place]:
    """A municipality in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        there, valid = town(folder)
        settings = config.load(there.home)
        engine = open_store(config.database_url(there.home, settings.database.url))
        yield Place(
            folder, there, valid, settings, engine, readers(there.home / settings.intake.schemas)
        )
        engine.dispose()


def sizes(conn: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: int(conn.execute(select(func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
    }


def taken_in(here: Place, content: bytes, *, settled: bool) -> str:
    """Take in a file, and settle or not; returns its verdict."""
    with here.undone() as work:
        store = work.conn.connection.driver_connection
        assert store is not None
        before = sizes(work.conn) if settled else {}
        changes = store.total_changes
        outcome = deliveries.take_in(work, "spoiled", content, here.reading)
        outcome.as_json("nl")
        if outcome.exit_code not in (0, 3):
            raise Wrong(f"exit code {outcome.exit_code}")
        said = {note.code for note in outcome.notes.listed()}
        if unknown := said - PROBLEMS.keys() - {UNCHANGED}:
            raise Wrong(f"codes that are not in the catalogue: {sorted(unknown)}")
        if outcome.verdict == "accepted":
            check_counts(work, outcome)
        elif store.total_changes - changes != 1:
            raise Wrong(f"a {outcome.verdict} file wrote more than its verdict")
        elif outcome.verdict == "refused" and not outcome.messages("en"):
            raise Wrong("refused without a reason")
        if settled:
            check_books(work, outcome.verdict, before)
        return outcome.verdict


def check_counts(work: Work, outcome: Outcome) -> None:
    """Every row is in one state, and what is rejected stands in quarantine."""
    counts = outcome.counts
    told = counts.get("rows", counts.get("berichten", 0))
    if told != sum(counts.get(state, 0) for state in STATES):
        raise Wrong(f"rows lost: {dict(counts)}")
    mine = (rejected_row.c.delivery == outcome.delivery, rejected_row.c.state == "rejected")
    kept = work.conn.execute(
        select(func.count(rejected_row.c.line.distinct())).where(*mine)
    ).scalar_one()
    # An answer may hold several statements: it is one rejected message, and as many rows.
    if kept != counts["rejected"] and ("rows" in counts or kept < counts["rejected"]):
        raise Wrong(f"{counts['rejected']} rejected, {kept} in quarantine")


def check_books(work: Work, verdict: str, before: Mapping[str, int]) -> None:
    """After settling all invariants hold; what was not taken in changed no table."""
    if verdict == "accepted":
        settle(work, Month(202601))
        seal.close(work)
    else:
        grown = {name for name, count in sizes(work.conn).items() if count != before[name]}
        if grown - {"delivery"}:
            raise Wrong(f"a {verdict} file left something in {sorted(grown)}")
    if broken := invariants.full(work.conn, work.municipality):
        raise Wrong("; ".join(broken))


def by_command(here: Place, kind: str, content: bytes) -> str:
    """The same through the command line, in a workspace of its own."""
    copy = Workspace(here.folder / "copy", ON)
    shutil.copytree(here.there.home, copy.home)
    try:
        if kind in SETTINGS:
            (copy.home / f"{kind}.toml").write_bytes(content)
            answer = fair(copy("config"))
        else:
            (copy.home / "inbox" / "spoiled").write_bytes(content)
            answer = fair(copy("import"))
        if kind in READERS:
            if any((copy.home / "inbox").iterdir()):
                raise Wrong("the file is still in the inbox")
            for change in copy.done("changes", "list"):
                fair(copy("changes", "approve", str(change["id"]), operator="treasury-1"))
            if copy("check").code:
                raise Wrong("check finds a broken invariant")
    finally:
        shutil.rmtree(copy.home)
    return f"exit {answer.code} by command"


def fair(answer: Answer) -> Answer:
    """The answer of a command that did what it was asked, or said in words why not."""
    if answer.code not in (0, 2, 3) or "Traceback" in answer.err + answer.out:
        raise Wrong(f"exit code {answer.code}: {answer.err}")
    return answer


def read_settings(here: Place, kind: str, content: bytes) -> str:
    """Spoiled settings are read, or refused in words."""
    for name in SETTINGS:
        own = content if name == kind else here.valid[name]
        (here.folder / f"{name}.toml").write_bytes(own)
    try:
        config.load(here.folder)
    except Refusal as refusal:
        if refusal.exit_code != 2 or not refusal.message:
            raise Wrong(f"exit code {refusal.exit_code}: {refusal.message}") from None
        return "refused"
    return "accepted"


def tried(here: Place, kind: str, number: int, seed: int) -> tuple[bytes, str]:
    """One input, by its number, and what came of it: a verdict, or `failed` and why."""
    content = spoil(kind, here.valid[kind], here.folder, Random(f"{seed}/{kind}/{number}"))
    settled = number % SETTLED == SETTLED - 1
    try:
        if number % BY_COMMAND == BY_COMMAND - 1:
            return content, by_command(here, kind, content)
        if kind in SETTINGS:
            return content, read_settings(here, kind, content)
        return content, taken_in(here, content, settled=settled)
    except Exception:
        return content, f"failed {traceback.format_exc()}"


def run(here: Place, kind: str, numbers: Iterable[int], seed: int = 1) -> Counter[str]:
    """Try inputs of one kind; what failed is printed, with the number that makes it again."""
    came = Counter[str]()
    for number in numbers:
        _content, result = tried(here, kind, number, seed)
        came[result.split()[0] if result.startswith("failed") else result] += 1
        if result.startswith("failed"):
            print(f"{kind} {number}: {result.strip().splitlines()[-1][:300]}", flush=True)
    return came


def within(numbers: Iterable[int], seconds: float) -> Iterator[int]:
    """As many of the numbers as there is time for, in seconds of the processor."""
    end = time.process_time() + seconds
    for number in numbers:
        if time.process_time() > end:
            return
        yield number


def megabytes() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def trial(kind: str, inputs: int, seconds: float, seed: int) -> tuple[Counter[str], int]:
    """Try inputs of one kind in a process of its own; returns what came, and its memory in MB."""
    with place() as here:
        begun = time.monotonic()
        came = run(here, kind, within(range(inputs), seconds), seed)
    print(
        f"{kind}: {came.total()} inputs, {came['failed']} failed, "
        f"{time.monotonic() - begun:.0f} s, at most {megabytes()} MB "
        f"{json.dumps(dict(sorted(came.items())))}",
        flush=True,
    )
    return came, megabytes()
