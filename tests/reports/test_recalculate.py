"""The auditors' workbook as a spreadsheet program calculates it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from surplus.reports import splice
from surplus.reports.audit import audit
from surplus.reports.sample import Sampling
from surplus.reports.splice import Column, Sheet
from surplus.store.engine import open_store, reading, writing
from tests.recalculate import look
from tests.reports.conftest import FIRST, LAST, ON, Story, tell

pytestmark = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice calculates the workbook; not installed"
)


def test_every_formula_gives_what_stands_beside_it_and_every_control_is_zero(
    migrated_file, settings, tmp_path
):
    shutil.copy(migrated_file, tmp_path / "surplus.db")
    engine = open_store(f"sqlite:///{tmp_path / 'surplus.db'}")
    with writing(engine) as conn:
        tell(Story(conn, settings))
    with reading(engine) as conn:
        path = audit(conn, settings, FIRST, LAST, ON, tmp_path, sampling=Sampling(50_000, 7))[0]
    told = look(path)
    assert told.faults == []
    assert told.formulas > 100
    assert told.controls > 30


def test_a_workbook_of_a_time_in_which_nothing_happened_adds_up_too(
    migrated_file, settings, tmp_path
):
    shutil.copy(migrated_file, tmp_path / "surplus.db")
    with reading(open_store(f"sqlite:///{tmp_path / 'surplus.db'}")) as conn:
        path = audit(conn, settings, "2025-01-01", "2025-01-31", ON, tmp_path)[0]
    assert look(path).faults == []


def test_a_wrong_sum_and_a_formula_that_is_not_ours_are_found(tmp_path: Path):
    columns = [
        Column("A", "cents", np.array([100, 100]), formula="ROUND(1+1,2)"),
        Column("Verschil", "cents", np.array([0, 0]), formula="ROUND(A{row}-0.5,2)"),
        Column("B", "text", np.array(["x", "x"], dtype=object), formula='HYPERLINK("x")'),
    ]
    path = tmp_path / "book.xlsx"
    with path.open("wb") as file:
        splice.write(file, [Sheet("Blad", columns)], on=ON, author="x")
    faults = " ".join(look(path).faults)
    assert "became 2.0" in faults
    assert "control cell is 1.5" in faults
    assert "not our formula" in faults
