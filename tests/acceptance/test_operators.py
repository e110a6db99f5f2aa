"""What an operator has in the morning: doctor, status, findings with what to do, rerun."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from jobs import doctor
from surplus.problems import PROBLEMS
from surplus.reports.overview import as_text
from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make
from tests.oracle import expected
from tests.oracle.sample import SAMPLE

NORMS, PREPARED = "2026-01-05", "2026-01-27"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample municipality with its clients and norms, before anything is paid."""
    made = make(tmp_path_factory.mktemp("sample") / "home", "sqlite:///surplus.db", PREPARED)
    (made.home / "surplus.toml").write_bytes((SAMPLE / "surplus.toml").read_bytes())
    step = expected.calendar()[0]
    for file in sorted(step.inbox.iterdir()):
        made.drop(file)
    made.done("nightly", on=NORMS)
    return made


@pytest.fixture
def town(sample: Workspace, tmp_path: Path) -> Workspace:
    return sample.copied(tmp_path / "home")


def checked(workspace: Workspace, on: str = PREPARED) -> dict[str, dict[str, Any]]:
    return {row["what"]: row for row in workspace.done("doctor", on=on)}


def test_the_doctor_finds_what_is_wrong_with_the_place(town: Workspace, tmp_path: Path):
    found = checked(town)
    for what in ("settings", "folders", "disk", "database", "workspace", "clock", "versions"):
        assert found[what]["state"] == "ok", found[what]
    assert found["backup"]["found"] == "never yet"
    assert found["calendar 2026"]["found"] == "0 of 12 months approved"
    town.done("backup", "--out", str(tmp_path / "out"))
    town.done("calendar", "2026", "--approve", operator="treasury-1")
    found = checked(town, on="2026-01-28")
    assert found["backup"]["state"] == found["calendar 2026"]["state"] == "ok"
    assert checked(town, on="2026-02-20")["backup"]["state"] == "look"
    assert checked(town, on="2026-02-20")["last night"]["state"] == "look"
    (town.home / "outbox").rename(town.home / "elsewhere")
    assert "outbox" in checked(town)["folders"]["found"]


def test_the_doctor_looks_at_a_broken_database_and_a_clock_set_back(town: Workspace):
    with sqlite3.connect(town.home / "surplus.db") as store:
        store.execute("UPDATE run SET started_at = '2999-01-01T00:00:00+00:00'")
    store.close()
    assert checked(town)["clock"]["state"] == "BAD"
    file = town.home / "surplus.db"
    content = bytearray(file.read_bytes())
    content[8192:-8192] = bytes(len(content) - 16384)
    file.write_bytes(content)
    answer = town("doctor")
    assert answer.code == 3
    assert {row["what"]: row["state"] for row in answer.data}["database"] == "BAD"


def test_a_database_that_is_gone_is_told_and_not_made_anew_by_looking(town: Workspace):
    (town.home / "surplus.db").unlink()
    database = checked(town)["database"]
    assert (database["state"], "restore" in database["remedy"]) == ("BAD", True)
    answer = town("status")
    assert (answer.code, "restore a backup" in answer.err) == (2, True)
    assert not (town.home / "surplus.db").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="to root every file is writable")
def test_a_database_that_cannot_be_written_is_told(town: Workspace):
    (town.home / "surplus.db").chmod(0o400)
    assert "surplus.db" in checked(town)["rights"]["found"]


@pytest.mark.parametrize(
    ("kind", "state"), [("nfs4", "BAD"), ("cifs", "BAD"), ("ext4", "ok"), ("xfs", "ok")]
)
def test_sqlite_on_a_network_share_is_told(kind: str, state: str):
    mounts = [("/", "ext4" if state == "BAD" else "nfs4"), ("/srv", kind)]
    assert doctor.network_share(Path("/srv/town/surplus.db"), mounts).state == state


def test_a_rerun_shows_first_exactly_what_it_posts(town: Workspace):
    """The statement came after the night had looked."""
    town.done("nightly")
    run = town.query("SELECT MAX(run) FROM run WHERE job = 'nightly'")[0][0]
    for file in sorted(expected.calendar()[1].inbox.iterdir()):
        town.drop(file)
    before = town.postings()
    assert town("rerun", str(run), "--dry-run").code == 2  # the system has no such right
    told = town.done("rerun", str(run), "--dry-run", operator="income-1")
    assert town.postings() == before
    assert told["business_date"] == PREPARED
    assert told["files"]
    assert town("rerun", str(run), operator="income-1").code == 2  # without a reason
    town.done("rerun", str(run), "--reason", "the disk was full", operator="income-1")
    added = town.query(
        "SELECT e.kind, p.month, p.account, p.amount FROM posting AS p JOIN entry AS e "
        "ON e.entry = p.entry ORDER BY p.entry, p.line"
    )[before:]
    assert added
    names = ("kind", "month", "account", "amount_cents")
    assert [tuple(row[name] for name in names) for row in told["bookings"]] == added
    noted = town.query("SELECT who, subject, reason FROM audit WHERE action = 'rerun'")
    assert noted == [("income-1", f"run {run} nightly", "the disk was full")]
    again = town.done("rerun", str(run), "--dry-run", operator="income-1")
    assert (again["bookings"], again["payments"], again["files"]) == ([], [], [])
    assert town("check").code == 0


def test_an_earlier_night_done_again_leaves_what_a_later_one_found(town: Workspace):
    town.done("nightly")
    run = str(town.query("SELECT MAX(run) FROM run WHERE job = 'nightly'")[0][0])
    later = "2026-03-02"
    town.done("nightly", on=later)
    found = town.query("SELECT finding, code FROM finding WHERE state = 'open' ORDER BY 1")
    assert "LATE_DELIVERY" in {code for _number, code in found}
    why = ("--reason", "the disk was full")
    town.done("rerun", run, *why, on=later, operator="income-1")
    assert town.query("SELECT finding, code FROM finding WHERE state = 'open' ORDER BY 1") == found
    assert town.done("status", on=later)["night"]["business_date"] == later


def test_a_rerun_prepares_what_is_missing_and_repeats_no_decision(town: Workspace):
    town.done("pay", "prepare", "--month", "2026-01")
    run = town.query("SELECT MAX(run) FROM run WHERE job = 'pay-prepare'")[0][0]
    told = town.done("rerun", str(run), "--dry-run", operator="income-1")
    assert told["payments"] == []
    town.done("pay", "cancel", "1", "--reason", "wrong", operator="income-1")
    told = town.done("rerun", str(run), "--dry-run", operator="income-1")
    made = town.done("rerun", str(run), "--reason", "cancelled by mistake", operator="income-1")
    assert made["counts"]["payments"] == len([p for p in told["payments"] if p["state"] != "HELD"])
    cancel = town.query("SELECT MAX(run) FROM run WHERE job = 'pay-cancel'")[0][0]
    answer = town("rerun", str(cancel), "--reason", "again", operator="income-1")
    assert answer.code == 2
    assert "pay-cancel" in answer.err


def test_findings_come_grouped_with_who_acts_by_when_and_what_to_do(town: Workspace):
    town.done("nightly", on="2026-02-26")
    answer = town("findings", "list", on="2026-02-26")
    assert answer.code == 3
    rows = answer.data
    assert [row["due_on"] for row in rows] == sorted(row["due_on"] for row in rows)
    for row in rows:
        assert row["owner"] in ("income", "treasury", "administrator")
        assert row["next"] == PROBLEMS[row["code"]].remedy["nl"]
        assert row["due_on"] >= row["raised_on"]


def test_the_morning_page_tells_the_night_the_week_and_missing_parameters(town: Workspace):
    town.done("nightly", on="2026-01-26")
    told = town.done("status", on="2026-01-26")
    assert told["night"]["state"] in ("done", "attention")
    assert {"on": "2026-01-28", "what": "approve", "month": "2026-01"} in told["coming"]
    assert {"on": "2026-01-30", "what": "pay", "month": "2026-01"} in told["coming"]
    assert told["parameters_missing"] == []
    town.done("nightly", on="2026-11-25")
    told = town.done("status", on="2026-11-25")
    assert told["parameters_missing"]
    # A night that did not come is told by the day after it.
    assert not told["night_is_late"]
    assert town.done("status", on="2026-11-27")["night_is_late"]


def test_a_file_that_was_refused_in_the_night_is_told_until_one_of_its_kind_is_taken_in(
    tmp_path: Path,
):
    there = make(tmp_path / "home", "sqlite", "2026-01-05")
    wrong = files.clients(tmp_path, files.client("1001"), name="wrong.csv")
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("iban", "rekening", 1), "utf-8")
    there.drop(wrong)
    assert there("nightly").code == 3
    morning = there("status", on="2026-01-06")
    assert (morning.code, morning.data["refused"]) == (3, {"F16": 1})
    assert "F16" in as_text(morning.data)
    assert there.done("status", on="2026-01-20")["refused"] == {}
    right = files.clients(tmp_path, files.client("1001"))
    there.done("import", str(right), on="2026-01-06")
    assert there.done("status", on="2026-01-06")["refused"] == {}


def test_a_line_that_stays_in_suspense_is_one_finding_that_says_how_late_it_is(
    town: Workspace, tmp_path: Path
):
    bank = files.Bank(tmp_path)
    town.done("nightly", on="2026-01-23")
    town.done("import", str(bank.wage(9999, 10000).statement("2026-01-23")), on="2026-01-23")
    for day, late, aged in (("2026-01-27", None, {}), ("2026-02-26", 30, {"5": 1, "30": 1})):
        town.done("nightly", on=day)
        rows = [r for r in town("findings", "list", on=day).data if r["code"] == "UNMATCHED"]
        assert [(row["subject"], row["late"]) for row in rows] == [("item:1", late)]
        assert {k: n for k, n in town.done("status", on=day)["suspense"].items() if n} == aged
    told = as_text(town.done("status", on="2026-02-26"))
    assert "lines open 5 days or more 1, 30 days or more 1 " in told
    words = ("findings", "resolve", str(rows[0]["id"]), "--reason", "seen")
    answer = town(*words, operator="income-1")
    assert (answer.code, "bank assign" in answer.err) == (2, True)


def test_what_a_person_resolved_is_quiet_for_thirty_days_while_its_cause_lasts(town: Workspace):
    def standing(on: str) -> list[int]:
        town.done("nightly", on=on)
        rows = town("findings", "list", on=on).data
        return [row["id"] for row in rows if row["code"] == "CALENDAR_NOT_APPROVED"]

    (number,) = standing("2026-12-01")
    words = ("--reason", "the council decides next week")
    town.done("findings", "resolve", str(number), *words, on="2026-12-01", operator="income-1")
    assert standing("2026-12-02") == standing("2026-12-30") == []
    assert len(standing("2026-12-31")) == 1


def test_the_last_day_that_the_office_is_open_before_the_cut_off_is_an_alarm(town: Workspace):
    """January is approved by the 28th; the office is closed on it, so the 27th is the last."""
    with (town.home / "surplus.toml").open("a") as file:
        file.write('\n[staff]\nclosed_days = ["2026-01-28"]\n')
    town.done("nightly", on=PREPARED)
    assert "APPROVE_SOON" in town.done("status")["findings"]
    town.done("pay", "approve", "1", operator="treasury-1")
    town.done("nightly", on=PREPARED)
    assert "APPROVE_SOON" not in town.done("status")["findings"]


def test_a_fixed_date_that_nobody_would_be_there_to_approve_is_told_weeks_ahead(town: Workspace):
    """January is prepared on the 27th and approved by the 28th; the office is closed on both."""
    told = (town.home / "surplus.toml").read_text()
    closed = '\n[staff]\nclosed_days = ["2026-01-27", "2026-01-28"]\n'
    (town.home / "surplus.toml").write_text(told + closed)
    town.done("nightly", on="2026-01-12")
    assert town.done("status", on="2026-01-12")["findings"]["OFFICE_CLOSED"] == 1
    (town.home / "surplus.toml").write_text(told)
    town.done("nightly", on="2026-01-13")
    assert "OFFICE_CLOSED" not in town.done("status", on="2026-01-13")["findings"]


def test_a_dry_run_of_settling_shows_every_booking_that_it_makes(tmp_path: Path):
    town = make(tmp_path / "home", "sqlite", "2026-02-20")
    people = files.clients(tmp_path, files.client("1001"), files.client("1002"))
    town.done("import", str(files.norms(tmp_path)), str(people), on="2026-01-05")
    wage = files.wage(1001, "2026-01", 60_000)
    town.done("import", str(files.delivery(tmp_path, "2026-01", "20260219", wage)))
    before = town.postings()
    told = town.done("settle", "--through", "2026-01", "--dry-run")["bookings"]
    assert town.postings() == before
    town.done("settle", "--through", "2026-01")
    made = town.query("SELECT client, month, account, amount FROM posting ORDER BY entry, line")
    shown = [
        (int(row["client_no"][1:]), int(row["month"].replace("-", "")), row["account"],
         row["amount_cents"])
        for row in told
    ]  # fmt: skip
    assert shown == made[before:]
    assert shown
