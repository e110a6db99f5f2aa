"""A statement of many entries, read and matched, beside reading its bare XML with lxml.

    python -m tests.benchmarks.statement [ENTRIES] [--parts 1]

Half of the entries are wages with a client's reference, half are our own payments, debited one by
one; all were told, settled, approved and sent before. With `--parts` each wage comes in so many
parts: more entries of as many clients. The product takes the file in through its
command's own work: hashed, read, checked, matched, booked, sealed and held against the invariants.
The bare reader walks the same file with lxml's `iterparse`, forgets each entry at its end and does
nothing with it. Each is measured in a process of its own: time, and memory beyond what a process
has that has only loaded the program. A tenth of the entries is measured too, to show what grows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from lxml import etree

from jobs import import_files, pay, settle
from jobs.session import Session, sealed
from surplus.intake.files import boxes
from surplus.months import Month
from surplus.payout import approval
from surplus.store.engine import reading
from tests.bank.paper import Entry, Statement, document
from tests.benchmarks import town
from tests.benchmarks.month import BANK, ON, Seconds, workspace

FILE = "statement.xml"
EMPLOYER = "Schoonmaakbedrijf Helder BV"
_NTRY = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}Ntry"
_WAGES = """
    SELECT c.reference, w.wage_cents FROM settlement_wage AS w
    JOIN client AS c ON c.client = w.client ORDER BY w.client
"""
_PAYMENTS = "SELECT end_to_end_id, amount_cents FROM obligation WHERE state = 'SENT' ORDER BY 1"


def main(entries: int, parts: int) -> None:
    """Measure and print."""
    for count in (entries // 10, entries):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            prepare(folder, count // (parts + 1), parts)
            size = (folder / FILE).stat().st_size >> 20
            told = {step: _measured(step, folder) for step in ("bare", "take_in")}
        print(f"{count} entries of {count // (parts + 1)} clients, {size} MB")
        print(f"  {'':18} {'wall':>8} {'processor':>10} {'memory':>9}")
        for name, (wall, processor, memory) in told.items():
            print(f"  {name:18} {wall:6.2f} s {processor:8.2f} s {memory:6d} MB")
        wall, processor = (told["take_in"][at] / told["bare"][at] for at in (0, 1))
        print(f"  {'ratio':18} {wall:6.2f}   {processor:8.2f}", flush=True)


def prepare(folder: Path, clients: int, parts: int) -> None:
    """A town whose wages are told and whose payments are sent, and the statement of both."""
    files = town.write(folder, clients)
    session = workspace(folder / "home")
    month = Month.parse(town.MONTH)
    with session.run("import") as run:
        import_files.work_on(run, session.home, boxes.named(files))
    with session.run("settle") as run:
        settle.work_on(run, month)
    with session.run("prepare") as run:
        batches = pay.prepare_on(run, month)["batches"]
    second = Session(session.home, ON, quiet=True, asked_operator="treasury-1")
    for batch in batches:
        with second.run("approve") as run, sealed(run) as work:
            approval.approve(work, batch)
        with second.run("export") as run:
            pay.export_on(run, batch, folder / "out")
    with reading(session.engine) as conn:
        wages = conn.exec_driver_sql(_WAGES).all()
        payments = conn.exec_driver_sql(_PAYMENTS).all()
    second.engine.dispose()
    session.engine.dispose()
    credits = [
        Entry(cents // parts + (cents % parts) * (part == 0), EMPLOYER, reference=reference)
        for part in range(parts)
        for reference, cents in wages
    ]
    debits = [Entry(-cents, "A. Jansen", "", end_to_end=name) for name, cents in payments]
    assert len(wages) == len(debits) == clients, (len(wages), len(debits))
    statement = Statement(1, 1_000_000_000, (*credits, *debits), on=ON, iban=BANK)
    (folder / FILE).write_bytes(document(statement))


def bare(folder: Path) -> None:
    """Walk the XML and forget it."""
    with (folder / FILE).open("rb") as file:
        for _event, entry in etree.iterparse(file, tag=_NTRY):
            entry.clear()
            while entry.getprevious() is not None:
                del entry.getparent()[0]


def take_in(folder: Path) -> None:
    """Take it in through the command's own work."""
    session = Session(folder / "home", ON, quiet=True)
    with session.run("import") as run:
        (outcome,) = import_files.work_on(run, session.home, boxes.named([folder / FILE]))
    assert not outcome.listed(), outcome.listed()[:5]
    with reading(session.engine) as conn:
        (left,) = conn.exec_driver_sql("SELECT COUNT(*) FROM bank_item WHERE match = ''").one()
    assert left == 0, left


def _measured(step: str, folder: Path) -> tuple[float, float, int]:
    """Wall seconds, processor seconds and megabytes of a step in a process of its own."""
    command = [sys.executable, "-m", __spec__.name, f"--{step}", str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    wall, processor, memory = json.loads(told)
    return wall, processor, memory


def _measure(step: Any, folder: Path) -> None:
    began, before = Seconds.now(), _peak()
    step(folder)
    spent = began.passed()
    print(json.dumps([spent.wall, spent.processor, (_peak() - before) >> 10]))


def _peak() -> int:
    """The most memory of this program, in kB; what its parent had before does not count."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.statement")
    parser.add_argument("entries", type=int, nargs="?", default=50_000)
    parser.add_argument("--parts", type=int, default=1, help="of each wage")
    for each in (bare, take_in):
        parser.add_argument(f"--{each.__name__}", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    for each in (bare, take_in):
        if place := getattr(asked, each.__name__):
            _measure(each, place)
            sys.exit()
    main(asked.entries, asked.parts)
