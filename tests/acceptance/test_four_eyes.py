"""Two people: rights as both agreed, a substitute during a leave, an approval that is signed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from jobs.signature import verified
from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make

ON = "2026-01-27"
CONTROL = """
[operators.control-1]
os_users = ["cid"]
rights = ["changes"]
"""


class Desk:
    """A workspace in production, where who asks is the account that came in by sudo."""

    def __init__(self, town: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.town, self._patch = town, monkeypatch

    def __call__(self, user: str, *words: str, on: str = ON):
        self._patch.setenv("SUDO_USER", user)
        return self.town(*words, on=on)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Ann prepares, Bob approves, Cid confirms; two clients are to be paid for January."""
    town = make(tmp_path / "home", "sqlite", "2026-01-05")
    town.change_settings(
        ("os_users = []                   # acc", 'os_users = ["ann"]              # acc'),
        ("os_users = []\n", 'os_users = ["bob"]\n'),
        ('environment = "TEST"', 'environment = "PRODUCTIE"'),
    )
    with (town.home / "surplus.toml").open("a", encoding="utf-8") as out:
        out.write(CONTROL)
    made = Desk(town, monkeypatch)
    told = files.clients(tmp_path, files.client("1001"), files.client("1002"))
    for path in (files.norms(tmp_path), told):
        assert made("ann", "import", str(path), on="2026-01-05").code == 0
    assert made("ann", "pay", "prepare", "--month", "2026-01").code == 0
    return made


def waiting(desk: Desk, kind: str = "operators") -> list[dict[str, object]]:
    return [row for row in desk("ann", "changes", "list").data if row["kind"] == kind]


def test_a_changed_right_holds_once_somebody_it_is_not_about_has_confirmed_it(desk: Desk):
    desk.town.change_settings(('["approve", "changes", "export"]',
                               '["approve", "changes", "export", "prepare"]'))  # fmt: skip
    answer = desk("bob", "pay", "prepare", "--month", "2026-01")
    assert (answer.code, "no right to prepare" in answer.err) == (2, True)
    assert waiting(desk) == []
    assert desk("ann", "settle").code in (0, 3)
    (change,) = waiting(desk)
    assert change["new"] == "treasury-1: rights approve changes export prepare"
    assert (change["asked_by"], change["state"]) == ("income-1", "waiting")
    own = desk("bob", "changes", "approve", str(change["id"]))
    assert (own.code, "nobody confirms his own rights" in own.err) == (2, True)
    assert desk("cid", "changes", "approve", str(change["id"])).code == 0
    assert desk("bob", "pay", "prepare", "--month", "2026-01").code == 0
    assert desk.town.query(
        "SELECT version, confirmed_by FROM operator_rights ORDER BY version"
    ) == [(1, "income-1"), (2, "control-1")]


def test_nobody_is_somebody_else_by_a_variable_of_his_own(desk: Desk, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 3)  # not the owner of the workspace
    monkeypatch.setenv("LOGNAME", "bob")
    answer = desk("bob", "--operator", "treasury-1", "pay", "approve", "1")
    assert (answer.code, "is not operator treasury-1" in answer.err) == (2, True)


def test_who_adds_his_own_account_to_another_operator_is_nobody_yet(desk: Desk):
    desk.town.change_settings(('os_users = ["bob"]', 'os_users = ["bob", "ann"]'),
                              ('os_users = ["ann"] ', 'os_users = [] '))  # fmt: skip
    answer = desk("ann", "pay", "approve", "1")
    assert (answer.code, "operator income-1 has no right to approve" in answer.err) == (2, True)


def test_a_section_that_is_again_as_it_was_takes_back_what_was_asked(desk: Desk):
    pair = ('rights = ["changes"]', 'rights = ["changes", "approve"]')
    desk.town.change_settings(pair)
    desk("ann", "settle")
    assert len(waiting(desk)) == 1
    desk.town.change_settings(pair[::-1])
    desk("ann", "settle")
    assert waiting(desk) == []


def test_four_eyes_are_switched_off_by_two_people_only(desk: Desk):
    desk.town.change_settings(
        ("batch = true   ", "batch = false  "),
        ('rights = ["import", "settle",', 'rights = ["approve", "import", "settle",'),
    )
    desk("cid", "settle")  # has no right, and asks for nothing
    desk("bob", "pay", "show", "1")
    desk("ann", "settle")
    (change,) = waiting(desk)
    assert "[four_eyes]: batch False" in str(change["new"])
    assert desk("ann", "pay", "approve", "1").code == 2
    assert desk("bob", "changes", "approve", str(change["id"])).code == 0
    assert desk("ann", "pay", "approve", "1").code == 0


def test_a_substitute_has_the_rights_of_who_is_on_leave_and_only_then(desk: Desk):
    desk.town.change_settings(
        ('os_users = ["bob"]', 'os_users = ["bob"]\nsubstitute = "control-1"\n'
         'substitute_from = "2026-01-26"\nsubstitute_until = "2026-01-30"')
    )  # fmt: skip
    desk("ann", "settle")
    (change,) = waiting(desk)
    assert desk("cid", "changes", "approve", str(change["id"])).code == 0
    assert desk("cid", "pay", "approve", "1", on="2026-01-25").code == 2
    assert desk("cid", "pay", "approve", "1").code == 0
    assert desk.town.query("SELECT approved_by FROM payment_batch") == [("control-1",)]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ('substitute = "nobody"\nsubstitute_from = "2026-01-26"\nsubstitute_until = "2026-01-30"',
         "substitute nobody is no operator"),
        ('substitute = "income-1"', "a substitute needs substitute_from and substitute_until"),
    ],
)  # fmt: skip
def test_a_substitute_who_cannot_be_is_named(desk: Desk, told: str, said: str):
    desk.town.change_settings(('os_users = ["bob"]', f'os_users = ["bob"]\n{told}'))
    answer = desk("ann", "config")
    assert (answer.code, said in answer.err) == (2, True)


def key(folder: Path, name: str) -> Path:
    """A key of an operator's own."""
    path = folder / name
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(made, check=True)
    return path


def sign(path: Path, sha256: str, namespace: str = "surplus") -> Path:
    """As the help of `pay approve` says."""
    done = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-f", str(path), "-n", namespace],
        input=sha256.encode(), capture_output=True, check=True,
    )  # fmt: skip
    file = path.with_suffix(".sig")
    file.write_bytes(done.stdout)
    return file


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH signs; not installed")
def test_an_approval_is_signed_with_the_approver_s_own_key_over_the_hash_that_is_sent(
    desk: Desk, tmp_path: Path
):
    bobs, other = key(tmp_path, "bob"), key(tmp_path, "other")
    public = bobs.with_suffix(".pub").read_text().strip()
    desk.town.change_settings(
        ("signature = false", "signature = true "),
        ('os_users = ["bob"]', f'os_users = ["bob"]\nsigning_key = "{public}"'),
    )
    desk("ann", "settle")
    assert desk("cid", "changes", "approve", str(waiting(desk)[0]["id"])).code == 0
    sha256 = desk("bob", "pay", "show", "1").data["sha256"]
    unsigned = desk("bob", "pay", "approve", "1")
    assert (unsigned.code, f"SHA-256 {sha256}" in unsigned.err) == (2, True)
    for wrong in (sign(other, sha256), sign(bobs, "0" * 64), sign(bobs, sha256, "git")):
        answer = desk("bob", "pay", "approve", "1", "--signature", str(wrong))
        assert (answer.code, "P09: the signature is not that of" in answer.err) == (2, True)
    right = sign(bobs, sha256)
    assert desk("bob", "pay", "approve", "1", "--signature", str(right)).code == 0
    (kept,) = desk.town.query("SELECT sha256, signature FROM payment_batch")
    assert kept == (sha256, right.read_text())
    assert verified("treasury-1", public, *kept)
    assert not verified("treasury-1", public, "0" * 64, kept[1])
    out = tmp_path / "out"
    assert desk("bob", "pay", "export", "1", "--out", str(out)).data["sha256"] == sha256
