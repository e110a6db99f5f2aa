from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, update

from surplus.reports.overview import as_text, overview
from surplus.store import tables
from surplus.store.engine import writing


def query(engine: Any) -> Any:
    """As `surplus status` asks: without SQLAlchemy."""
    import sqlite3

    if engine.dialect.name == "sqlite":
        connection: Any = sqlite3.connect(f"file:{engine.url.database}?mode=ro", uri=True)
        return lambda sql, told: connection.execute(sql, told).fetchall()
    url = engine.url.render_as_string().replace("postgresql+psycopg", "postgresql")
    connection = psycopg.connect(url)
    return lambda sql, told: connection.execute(re.sub(r":(\w+)", r"%(\1)s", sql), told).fetchall()


def test_it_tells_what_waits_for_a_person(books):
    told = overview(query(books), "0999")
    assert told["findings"] == {"GAP": 1, "UNMATCHED": 1}
    assert told["changes"] == 0
    assert told["rows"] == {"held": 1, "rejected": 1}
    assert told["held_payments"] == {"payments": 1, "total_cents": 133143}
    assert told["pay_date"] == "2026-02-28"
    assert told["needs_a_person"] is True
    assert [batch["batch"] for batch in told["batches"]] == [2]
    assert [run["job"] for run in told["runs"]][-2:] == ["import", "settle"]
    assert told["runs"][-1]["business_date"] == "2026-03-20"


def test_it_names_the_delivery_that_has_not_come(books):
    with writing(books) as conn:
        conn.execute(
            update(tables.finding).where(tables.finding.c.code == "GAP")
            .values(code="LATE_DELIVERY", subject="doorlevering", month=202603)
        )  # fmt: skip
    told = overview(query(books), "0999")
    assert told["late"] == [{"source": "doorlevering", "month": "2026-03"}]
    assert "doorlevering of 2026-03 has not come" in as_text(told)


def test_an_empty_workspace_needs_nobody(engine):
    told = overview(query(engine), "0999")
    assert told["needs_a_person"] is False
    assert as_text(told).startswith("Nothing needs a person.")


def test_another_municipality_in_the_same_database_is_not_told_of(books):
    assert overview(query(books), "0001")["needs_a_person"] is False


def test_a_batch_that_waits_for_approval_needs_a_person(books):
    with writing(books) as conn:
        conn.execute(update(tables.finding).values(state="closed"))
        conn.execute(update(tables.rejected_row).values(state="dropped"))
        conn.execute(update(tables.obligation).values(state="BOOKED"))
        conn.execute(update(tables.payment_batch).values(state="SENT"))
    assert overview(query(books), "0999")["needs_a_person"] is False
    with writing(books) as conn:
        conn.execute(
            update(tables.payment_batch).where(tables.payment_batch.c.batch == 2)
            .values(state="DRAFT")
        )  # fmt: skip
    told = overview(query(books), "0999")
    assert told["needs_a_person"] is True
    assert "2 of 2026-02, due 2026-02-28, 3 payments: waits for approval" in as_text(told)


def test_a_job_that_failed_unattended_needs_a_person_and_a_mistyped_command_does_not(engine):
    told = {"municipality": "0999", "run": 1, "job": "nightly", "business_date": "2026-03-02",
            "month": None, "input_hash": "", "parent": 0, "state": "failed", "attempt": 1,
            "counts": "{}", "started_at": "", "ended_at": "", "operator": "income-1"}  # fmt: skip
    with writing(engine) as conn:
        conn.execute(insert(tables.run).values(**told))
    typed = overview(query(engine), "0999")
    assert (typed["needs_a_person"], "nightly on" in as_text(typed)) == (False, False)
    with writing(engine) as conn:
        conn.execute(update(tables.run).values(operator="system"))
    alone = overview(query(engine), "0999")
    assert (alone["needs_a_person"], "nightly on" in as_text(alone)) == (True, True)


@pytest.mark.parametrize("heavy", ["numpy", "pandas", "sqlalchemy", "openpyxl", "pydantic"])
def test_it_loads_nothing_heavy(heavy):
    program = f"import sys, surplus.reports.overview; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
