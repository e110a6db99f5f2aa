"""Logs and run records speak of client numbers and counts, never of names, BSN or IBAN."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make


def test_no_personal_data_reaches_logs_or_run_records(tmp_path: Path) -> None:
    town = make(tmp_path / "home", "sqlite:///surplus.db", "2026-01-05")
    people = files.clients(tmp_path, *(files.client(str(no)) for no in (1001, 1002)))
    bank = files.Bank(tmp_path).wage(1001, 60000)
    broken = files.wage(1002, "2026-01", 50000, bsn="999990018")
    town.done("import", str(files.norms(tmp_path)))
    town.done("import", str(people))
    town.done("import", str(files.delivery(tmp_path, "2026-01", "20260220",
              files.wage(1001, "2026-01", 60000), broken)), on="2026-02-20")  # fmt: skip
    town.done("import", str(bank.statement("2026-02-23")), on="2026-02-23")
    town.done("nightly", on="2026-02-24")
    town.done("pay", "approve", "1", on="2026-02-24", operator="treasury-1")
    town.done("nightly", on="2026-02-24")
    told = personal(people) | {"999990018", files.HELDER[2]}
    written = "".join(p.read_text("utf-8") for p in (town.home / "logs").iterdir())
    written += repr(town.query("SELECT * FROM run")) + repr(town.query("SELECT * FROM audit"))
    assert '"event": "settled"' in written
    assert not [secret for secret in told if secret in written]
    names = [path.name for path in town.home.rglob("*")]
    assert not [name for name in names for secret in told if secret in name]
    assert not [p for p in town.home.rglob("*") if p.is_file() and p.stat().st_mode & 0o077]


def personal(clients: Path) -> set[str]:
    """Every name, BSN and IBAN of a client file."""
    with clients.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return {row[name] for row in rows for name in ("bsn", "iban", "achternaam", "tenaamstelling")}


def test_a_workspace_is_its_owners_alone(tmp_path: Path) -> None:
    town: Workspace = make(tmp_path / "home", "sqlite:///surplus.db", "2026-01-05")
    assert not [p for p in town.home.rglob("*") if p.stat().st_mode & 0o077]
