"""A workspace to take files in: five participants, and the files of `tests/data/income`."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text

from surplus import cases
from surplus.config import Settings, template
from surplus.intake.clients.delivery import read_clients
from surplus.intake.deliveries import take_in
from surplus.intake.doorlevering import delivery as doorlevering
from surplus.intake.norms import read_norms
from surplus.intake.opening import read_opening
from surplus.intake.outcome import Outcome
from surplus.intake.payslips.delivery import read_payslips
from surplus.intake.suwi.delivery import read_inkomenslevering
from surplus.payment_reference import reference_of
from surplus.runs import Work
from surplus.store.engine import open_store, reading, writing
from tests.schemas import SCHEMAS

DATA = Path(__file__).parent.parent / "data"
READERS = {
    "doorlevering": doorlevering.read_doorlevering,
    "suwi": partial(read_inkomenslevering, schemas=SCHEMAS),
    "payslip": read_payslips,
    "clients": read_clients,
    "norms": read_norms,
    "opening": read_opening,
}
BSNS = {1001: 999990019, 1002: 999990056, 1003: 999990032, 1004: 999990068, 1005: 999990081}


@dataclass
class Place:
    """A workspace on one day, as the tests handle it."""

    engine: Engine
    settings: Settings
    on: str = "2026-11-24"
    run: int = 1
    operator: str = "system"

    @contextmanager
    def work(self) -> Iterator[Work]:
        with writing(self.engine) as conn:
            yield Work(conn, self.settings.code, self.run, self.on, self.operator, self.settings)

    def take(self, content: bytes, name: str = "file.csv") -> Outcome:
        with self.work() as work:
            return take_in(work, name, content, READERS)

    def take_file(self, name: str) -> Outcome:
        return self.take((DATA / "income" / name).read_bytes(), name)

    def enrol(self, bsns: dict[int, int], starts_on: str = "2026-03-01", **told: Any) -> None:
        """Write the first version of clients who take part from a day on."""
        count = len(bsns)
        columns: dict[str, Any] = {
            name: np.full(count, "", dtype=object)
            for name in (*cases.CLIENT, *cases.AGREEMENT, *cases.PERSONS, *cases.EXEMPTIONS)
        }
        columns |= {
            "client": np.array(list(bsns)),
            "version": np.ones(count, np.int64),
            "line": np.ones(count, np.int64),
            "cost_sharers": np.ones(count, np.int64),
            "buffer_cap": np.full(count, cases.UNTOLD),
            "override_cents": np.full(count, cases.UNTOLD),
            "bsn": np.array([f"{bsn:09d}" for bsn in bsns.values()], dtype=object),
            "reference": np.array([reference_of(number, 2026) for number in bsns], dtype=object),
        }
        told = {"status": "ACTIEF", "starts_on": starts_on, "consent_on": "2026-02-10"} | told
        told = {"valid_from": starts_on} | told
        for name, value in told.items():
            columns[name] = np.full(count, value, dtype=object)
        with self.work() as work:
            cases.write(work, columns, 0)

    def query(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with reading(self.engine) as conn:
            return [tuple(row) for row in conn.execute(text(statement), parameters)]

    def rows(self, table: str) -> int:
        return int(self.query(f"SELECT COUNT(*) FROM {table}")[0][0])

    def effective(self) -> list[tuple[Any, ...]]:
        """Every effective fact, without where it was told."""
        return self.query(
            """
            SELECT client, employer, relation, period_begin, period_end, state, gross_sv, net
            FROM (SELECT i.*, e.employer, ROW_NUMBER() OVER (
                    PARTITION BY i.employment, relation, period_begin
                    ORDER BY sent_on DESC, sent_id DESC, income DESC) AS place
                  FROM income AS i JOIN employment AS e
                    ON e.municipality = i.municipality AND e.employment = i.employment
                  WHERE NOT EXISTS (SELECT 1 FROM set_aside AS gone
                    WHERE gone.municipality = i.municipality AND gone.month = i.month
                      AND gone.income = i.income)) AS told
            WHERE place = 1 ORDER BY client, employer, relation, period_begin
            """
        )


@pytest.fixture
def settings() -> Settings:
    return Settings.model_validate(tomllib.loads(template()))


@pytest.fixture
def empty_place(engine: Engine, settings: Settings) -> Place:
    return Place(engine, settings)


@pytest.fixture
def place(empty_place: Place) -> Place:
    """With the five participants of `clients_manifest.csv`, from March 2026 on."""
    empty_place.enrol(BSNS)
    return empty_place


@pytest.fixture(scope="module")
def fresh(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Iterator[Place]]:
    """New workspaces without end."""
    folder = tmp_path_factory.mktemp("orders")
    opened = []

    def places() -> Iterator[Place]:
        for number in count():
            shutil.copy(migrated_file, folder / f"{number}.db")
            engine = open_store(f"sqlite:///{folder / f'{number}.db'}")
            opened.append(engine)
            place = Place(engine, Settings.model_validate(tomllib.loads(template())))
            place.enrol(BSNS)
            yield place

    yield places()
    for engine in opened:
        engine.dispose()
