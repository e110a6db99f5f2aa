"""`kill -9` at any moment of `nightly`: the same command finishes the work. Real processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.acceptance.dump import canonical, differences
from tests.acceptance.workspace import Workspace, make
from tests.oracle import expected
from tests.oracle.sample import SAMPLE

#: Files of several dates at once, up to the first prepare day with extras: every step has work.
LAST = "2026-02-24"
_OF_TODAY = f"FROM run WHERE business_date = '{LAST}'"
#: The kill comes as soon as the store says that the work has come so far.
MOMENTS = {
    "the run is registered": f"SELECT 1 {_OF_TODAY} AND job = 'nightly'",
    "the first file is in": "SELECT COUNT(*) > 4 FROM delivery",
    "the third file is in": "SELECT COUNT(*) > 6 FROM delivery",
    "the income is in": "SELECT COUNT(*) > 0 FROM income",
    "all files are in": "SELECT COUNT(*) > 9 FROM delivery",
    "settling began": f"SELECT 1 {_OF_TODAY} AND job = 'settle'",
    "settling is done": "SELECT COUNT(*) > 0 FROM settlement",
    "preparing began": f"SELECT 1 {_OF_TODAY} AND job = 'prepare'",
    "the batch is made": "SELECT COUNT(*) > 1 FROM payment_batch",
    "the exports began": f"SELECT 1 {_OF_TODAY} AND job = 'exports'",
}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """January paid; all of February's files wait in the inbox."""
    home = tmp_path_factory.mktemp("kill") / "home"
    workspace = make(home, "sqlite:///surplus.db", LAST)
    (home / "surplus.toml").write_bytes((SAMPLE / "surplus.toml").read_bytes())
    for step in expected.calendar():
        on = step.on.isoformat()
        if on > LAST:
            break
        for file in sorted(step.inbox.iterdir()) if step.inbox.is_dir() else []:
            workspace.drop(file)
        if on < "2026-02-01":
            workspace.done("nightly", on=on)
        if on == "2026-01-27":
            workspace.done("pay", "approve", "1", on=on, operator="treasury-1")
    return workspace


def nightly(home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "surplus", "--home", str(home), "--date", LAST, "nightly"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_killed_nightly_ends_as_an_undisturbed_one(busy: Workspace, tmp_path: Path) -> None:
    calm = busy.copied(tmp_path / "calm")
    before = canonical(calm)
    assert nightly(calm.home).wait() == 3
    wanted = canonical(calm)
    assert wanted["rows"]["posting"] != before["rows"]["posting"]
    stages = set()
    for moment, reached in MOMENTS.items():
        hurt = busy.copied(tmp_path / moment.replace(" ", "-"))
        process = nightly(hurt.home)
        wait_until(hurt, reached)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, f"{moment}: it was done before the kill"
        left = canonical(hurt)["rows"]
        stages.add((len(left["delivery"]), len(left["settlement"]), len(left["obligation"])))
        assert nightly(hurt.home).wait() == 3
        assert not differences(wanted, canonical(hurt)), moment
        assert hurt("check").code == 0
    assert len(stages) >= 5  # the kills struck at different states


def wait_until(workspace: Workspace, reached: str) -> None:
    """Look at the store until it says yes."""
    store = sqlite3.connect(f"file:{workspace.home / 'surplus.db'}?mode=ro", uri=True, timeout=30)
    deadline = time.monotonic() + 120
    while not (store.execute(reached).fetchone() or (0,))[0]:
        assert time.monotonic() < deadline, reached
        time.sleep(0.001)
    store.close()


def test_two_nightlies_at_once_do_the_work_once(busy: Workspace, tmp_path: Path) -> None:
    calm, twice = busy.copied(tmp_path / "calm"), busy.copied(tmp_path / "twice")
    assert nightly(calm.home).wait() == 3
    codes = sorted(process.wait() for process in [nightly(twice.home), nightly(twice.home)])
    assert codes in ([3, 3], [3, 4])
    tables = ("entry", "posting", "obligation", "settlement", "income", "payment_batch")
    wanted, found = canonical(calm)["rows"], canonical(twice)["rows"]
    assert {name: len(wanted[name]) for name in tables} == {n: len(found[n]) for n in tables}
    assert nightly(twice.home).wait() == 3
    assert len(canonical(twice)["rows"]["posting"]) == len(wanted["posting"])


def test_a_second_start_beside_a_living_run_leaves_with_4(busy: Workspace, tmp_path: Path) -> None:
    slow = busy.copied(tmp_path / "slow")
    process = nightly(slow.home)
    wait_until(slow, "SELECT 1 FROM lease")
    os.kill(process.pid, signal.SIGSTOP)
    answer = slow("settle")
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait() == 3
    assert answer.code == 4
    assert "nightly" in answer.err
