"""`kill -9` at any moment of `nightly`: the same command finishes the work. Real processes."""

from __future__ import annotations

import os
import shutil
import signal
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
MOMENTS = 10
FINISHED = (
    f"SELECT 1 FROM run WHERE job = 'nightly' AND business_date = '{LAST}' AND state <> 'running'"
)


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


def copy(workspace: Workspace, place: Path) -> Workspace:
    shutil.copytree(workspace.home, place)
    return Workspace(place, workspace.on)


def test_a_killed_nightly_ends_as_an_undisturbed_one(busy: Workspace, tmp_path: Path) -> None:
    calm = copy(busy, tmp_path / "calm")
    before = canonical(calm)
    began = time.monotonic()
    assert nightly(calm.home).wait() == 3
    whole = time.monotonic() - began
    wanted = canonical(calm)
    assert wanted["rows"]["posting"] != before["rows"]["posting"]
    part_way = attempt = 0
    for moment in range(1, MOMENTS + 1):
        while True:
            attempt += 1
            hurt = copy(busy, tmp_path / f"hurt{attempt}")
            process = nightly(hurt.home)
            # The first part of the time goes into starting Python, where nothing is at stake yet.
            time.sleep(whole * (0.25 + 0.75 * moment / (MOMENTS + 1)))
            process.send_signal(signal.SIGKILL)
            process.wait()
            if not hurt.query(FINISHED):
                break
            whole *= 0.8  # a machine with more time than before: it was done already
        left = canonical(hurt)
        part_way += left["rows"] != before["rows"] and left["files"] != before["files"]
        assert nightly(hurt.home).wait() == 3
        assert not differences(wanted, canonical(hurt)), f"moment {moment}"
        assert hurt("check").code == 0
    assert part_way >= 1


def test_two_nightlies_at_once_do_the_work_once(busy: Workspace, tmp_path: Path) -> None:
    calm, twice = copy(busy, tmp_path / "calm"), copy(busy, tmp_path / "twice")
    assert nightly(calm.home).wait() == 3
    codes = sorted(process.wait() for process in [nightly(twice.home), nightly(twice.home)])
    assert codes in ([3, 3], [3, 4])
    tables = ("entry", "posting", "obligation", "settlement", "income", "payment_batch")
    wanted, found = canonical(calm)["rows"], canonical(twice)["rows"]
    assert {name: len(wanted[name]) for name in tables} == {n: len(found[n]) for n in tables}
    assert nightly(twice.home).wait() == 3
    assert len(canonical(twice)["rows"]["posting"]) == len(wanted["posting"])


def test_a_second_start_beside_a_living_run_leaves_with_4(busy: Workspace, tmp_path: Path) -> None:
    slow = copy(busy, tmp_path / "slow")
    process = nightly(slow.home)
    deadline = time.monotonic() + 60
    while not slow.query("SELECT 1 FROM lease") and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGSTOP)
    answer = slow("settle")
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait() == 3
    assert answer.code == 4
    assert "nightly" in answer.err
