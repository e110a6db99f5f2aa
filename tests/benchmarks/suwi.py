"""An InkomensLevering of many people: read and checked, and taken in, beside lxml alone.

    python -m tests.benchmarks.suwi [PEOPLE] [--all-amounts]

Each is measured in a process of its own: seconds, and the memory that it took beyond what a
process has that has only loaded the program. `bare` is `iterparse` of lxml with the same schema,
which looks at nothing; the ratio to it is what all the rest costs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from lxml import etree

from jobs import import_files
from jobs.session import Session
from surplus.intake.files import boxes
from surplus.intake.files.content import Content
from surplus.intake.notes import Notes
from surplus.intake.suwi import envelope
from surplus.intake.suwi.rows import parse
from surplus.intake.suwi.schemas import Schemas
from tests.benchmarks import town
from tests.benchmarks.month import ON, Seconds, workspace
from tests.intake.suwi_files import amount, delivery, header, message, relation, statement
from tests.schemas import SCHEMAS

FILE = "levering.xml"
WANTED = (
    "BedrVakantietoeslag", "BedrExtraPrdSalaris", "BedrOpgbRechtExtraPrdSalaris",
    "BedrVergoedingReiskostenOnbelast",
)  # fmt: skip


def write(path: Path, people: int, *, all_amounts: bool) -> None:
    """Write a delivery about `people` with one job each: three or eight amounts, and an accrual."""
    bsns = town.bsns(people)
    gross = np.random.default_rng(20260301).integers(20_000, 130_000, people).tolist()
    more = {name: amount(0) for name in WANTED} if all_amounts else {}
    told = statement(gross=11_111, BedrOpgbRechtVakantietoeslag=amount(22_222), **more)
    pattern = message(relation(told), bsn=333_333_333)
    begin, end = delivery(head=header(Maand=town.MONTH)).decode().split("  <il:Staart>")
    with path.open("w", encoding="utf-8") as file:
        file.write(begin)
        for number, (bsn, cents) in enumerate(zip(bsns, gross, strict=True), 1):
            line = pattern.replace("<il:Bericht>", f'<il:Bericht nr="{number}">', 1)
            line = line.replace("333333333", bsn).replace(">11111<", f">{cents}<")
            file.write(f"  {line.replace('>22222<', f'>{cents * 8 // 100}<')}\n")
        file.write("  <il:Staart>")
        total = str(sum(gross))
        for name, value in (
            ("AantalBerichten", str(people)), ("AantalInkomstenopgaven", str(people)),
            ("TotaalBrutoloonSvCenten", total), ("TotaalLoonLbCenten", total),
        ):  # fmt: skip
            end = end.replace(f"<il:{name}>0<", f"<il:{name}>{value}<")
        file.write(end)


def main(people: int, *, all_amounts: bool) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = town.write(folder, people)
        session = workspace(folder / "home")
        settings = folder / "home" / "surplus.toml"
        told = settings.read_text(encoding="utf-8").replace('"../schemas"', f'"{SCHEMAS}"')
        settings.write_text(told, encoding="utf-8")
        with session.run("import") as run:
            import_files.work_on(run, session.home, boxes.named(files[:2]))
        session.engine.dispose()
        path = folder / FILE
        write(path, people, all_amounts=all_amounts)
        print(f"{people} people, {path.stat().st_size >> 20} MB")
        print("            wall  processor  ratio  memory")
        floor = None
        for step in STEPS:
            command = [sys.executable, "-m", __spec__.name, f"--{step.__name__}", str(folder)]
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            wall, processor, more, before = map(float, told.split())
            floor = floor or processor
            print(
                f"  {step.__name__:8} {wall:5.2f} s {processor:8.2f} s {processor / floor:6.2f}"
                f"  {more:.0f} MB above {before:.0f}",
                flush=True,
            )


def bare(folder: Path) -> None:
    """Hold every message against the schema, and look at nothing."""
    path, schema = str(folder / FILE), Schemas(SCHEMAS).part
    for _, part in etree.iterparse(path, events=("end",), tag=envelope.MESSAGE, schema=schema):
        part.getparent().remove(part)


def read(folder: Path) -> None:
    """Read the file and check all that needs no store."""
    with (folder / FILE).open("rb") as file:
        told = envelope.read(Content(file), Schemas(SCHEMAS))
    parse(told.table, ON, Notes(np.arange(1, told.table.num_rows + 1)))


def take_in(folder: Path) -> None:
    """The same through the command, into the store."""
    session = Session(folder / "home", ON, quiet=True)
    with session.run("import") as run:
        (outcome,) = import_files.work_on(run, session.home, boxes.named([folder / FILE]))
    assert outcome.counts["recorded"] == outcome.counts["berichten"], outcome.counts


STEPS: tuple[Callable[[Path], None], ...] = (bare, read, take_in)


def measured(step: Callable[[Path], None], folder: Path) -> None:
    """One step, in this process: seconds on the clock and of the processor, MB more, MB before."""
    began, before = Seconds.now(), _peak()
    step(folder)
    spent = began.passed()
    print(spent.wall, spent.processor, _peak() - before, before)


def _peak() -> int:
    """The most memory of this program, in MB: ru_maxrss would count what started it as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.suwi", description=__doc__)
    parser.add_argument("people", type=int, nargs="?", default=100_000)
    parser.add_argument("--all-amounts", action="store_true", help="eight amounts per statement")
    for step in STEPS:
        parser.add_argument(f"--{step.__name__}", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked_step = next((step for step in STEPS if getattr(asked, step.__name__)), None)
    if asked_step:
        measured(asked_step, getattr(asked, asked_step.__name__))
    else:
        main(asked.people, all_amounts=asked.all_amounts)
