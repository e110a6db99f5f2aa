"""Reads the expected outcome of the sample, for tests that hold the product against it."""

import csv
from datetime import date
from pathlib import Path
from typing import NamedTuple

from tests.oracle.sample import SAMPLE

Record = dict[str, str | int]


class Step(NamedTuple):
    """A business date of the calendar: the folder of its files and what is done, in order."""

    on: date
    inbox: Path
    actions: list[str]
    pay_month: str


def load(table: str, sample: Path = SAMPLE) -> list[Record]:
    """A table of `expected/`, such as "settlements"; columns that end in _cents are integers."""
    return read(sample / "expected" / f"{table}.csv")


def read(path: Path) -> list[Record]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {name: int(text) if name.endswith("_cents") else text for name, text in row.items()}
            for row in csv.DictReader(file, delimiter=";")
        ]


def calendar(sample: Path = SAMPLE) -> list[Step]:
    """The business dates of the sample; a date without files has no folder."""
    return [
        Step(
            date.fromisoformat(str(row["date"])),
            sample / "inbox" / str(row["date"]),
            str(row["actions"]).split("+"),
            str(row["pay_month"]),
        )
        for row in read(sample / "calendar.csv")
    ]
