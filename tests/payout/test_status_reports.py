"""Status reports of the bank: the published examples, every code, what contradicts the books."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from surplus.bank.payments import REASONS
from surplus.intake.deliveries import take_in
from surplus.intake.outcome import Outcome
from surplus.ledger import invariants
from surplus.payout import pain002, status_reports, unanswered
from surplus.payout.profile import Profile
from surplus.payout.rounds import CameBack
from surplus.runs import Work
from surplus.store.engine import open_store, reading, writing
from surplus.store.tables import obligation, payment_batch
from tests.bank.conftest import Bank
from tests.bank.paper import Entry
from tests.conftest import SHARED
from tests.payout.paper import MESSAGE, written

FOLDER = Path(__file__).parent.parent / "data" / "pain002"
MANIFEST = json.loads((FOLDER / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
SCHEMAS = SHARED / "schemas" / "iso20022"
THREE = ((1001, 130245), (1002, 130245), (1003, 186064))
EVERY_REASON = (
    "AC01", "AC04", "AC06", "AG01", "AM05", "AM10", "AM18", "BE22", "CH03", "CH04", "CH20", "DT01",
    "DU01", "DU02", "DU03", "DU04", "DU05", "FF01", "MD07", "MS03", "RC01", "RR10", "TM01",
)  # fmt: skip


@dataclass
class Desk(Bank):
    """Where reports of the bank come in."""

    def report(self, content: bytes, name: str = "report.xml") -> Outcome:
        """Take in a report."""
        readers = {"pain002": partial(status_reports.read_reports, schemas=SCHEMAS)}
        with self.work() as work:
            return take_in(work, name, content, readers)

    def say(self, **told: Any) -> Outcome:
        """Take in a report on the three payments; each time as a file of its own."""
        self.told += 1
        return self.report(written(number=self.told, **told))

    def states(self) -> list[str]:
        return [row[0] for row in self.query("SELECT state FROM obligation ORDER BY obligation")]

    def events(self) -> list[tuple[Any, ...]]:
        return self.query("SELECT obligation, state, reason FROM payment_event ORDER BY event")

    def change(self, table: Any, **values: Any) -> None:
        with writing(self.engine) as conn:
            conn.execute(update(table).values(**values))


@pytest.fixture
def desk(migrated_file: Path, tmp_path: Path, settings: Any) -> Iterator[Desk]:
    """Three payments sent to the bank."""
    opened = open_store(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'surplus.db')}")
    made = Desk(opened, settings)
    made.enrol(1001, 1002, 1003)
    send(made, MESSAGE)
    yield made
    opened.dispose()


def send(desk: Desk, message: str) -> None:
    desk.send(message, *THREE)
    desk.change(payment_batch, profile=Profile.of(desk.settings).stored(), due_on="2026-11-24")
    desk.change(obligation, due_on="2026-11-24")


@contextmanager
def books_whole(desk: Desk) -> Iterator[None]:
    yield
    with reading(desk.engine) as conn:
        assert invariants.quick(conn, "0999") == []


# --- the published examples ----------------------------------------------------------------------


@pytest.mark.parametrize("name", MANIFEST)
def test_an_example_gives_the_outcome_of_its_manifest(name: str, engine: Engine, settings: Any):
    told = MANIFEST[name]
    desk = Desk(engine, settings)
    desk.enrol(1001, 1002, 1003)
    send(desk, next(iter(told["payments"])).rpartition("-")[0])
    before = len(desk.entries())
    content = (FOLDER / name).read_bytes()
    with books_whole(desk):
        outcome = desk.report(content, name)
    assert (outcome.verdict, outcome.exit_code) == (told["verdict"], told["exit"])
    assert [list(code) for code in outcome.codes] == told["codes"]
    assert as_told(outcome.as_json()["statuses"]) == as_told(told["statuses"])
    states = dict(desk.query("SELECT end_to_end_id, state FROM obligation"))
    assert states == told["payments"]
    posted = [
        {k: v for k, v in entry.items() if k not in ("client", "month")}
        for entry in desk.entries()[before:]
    ]
    assert posted == [
        {"kind": post["kind"], 1010: post["1010"], 2000: post["2000"]} for post in told["posts"]
    ]
    held = [row["end_to_end_id"] for row in outcome.rows() if row["state"] == "held"]
    assert set(told.get("holds", [])) <= set(held)
    assert bool(desk.findings()) == (told["severity"] == "H")
    seen, found = len(desk.entries()), desk.findings()
    again = desk.report(content, name)
    assert (again.verdict, again.exit_code) == ("duplicate", 0)
    other_bytes = desk.report(content + b"\n", name)
    assert other_bytes.exit_code == (3 if "S01" in str(told["codes"]) else 0)
    assert (len(desk.entries()), desk.findings()) == (seen, found)


def as_told(statuses: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
    return [sorted(status.items()) for status in statuses]


def test_another_file_of_ours_is_not_meant(desk: Desk):
    outcome = desk.report((FOLDER / "pain002_07_rjct_tx_v03.xml").read_bytes())
    assert [note.code for note in outcome.listed()] == ["S01"]
    assert desk.states() == ["SENT"] * 3


@pytest.mark.parametrize("name", MANIFEST)
def test_an_example_reads_the_same_with_and_without_its_schema(name: str, shared: Path):
    content = (FOLDER / name).read_bytes()
    assert pain002.read(content, SCHEMAS) == pain002.read(content)


# --- levels and codes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "version"),
    [
        *((code, "001.12") for code in ("ACCP", "ACSP", "ACWC", "PDNG", "ACFC", "ACSC", "ACCC")),
        ("ACCP", "001.03"), ("ACSC", "001.10"),
    ],
)  # fmt: skip
def test_an_accepted_payment_is_accepted_and_booked_by_the_statement_alone(desk, code, version):
    cash = desk.balance(1000)
    outcome = desk.say(payments={2: code}, version=version)
    assert (outcome.exit_code, desk.states()) == (0, ["SENT", "ACCEPTED", "SENT"])
    assert desk.events()[-1] == (2, "ACCEPTED", f"{code} delivery:1")
    assert desk.balance(1000) == cash


@pytest.mark.parametrize("code", ["RCVD", "ACTC", "PART", "RCVC", "RVNC"])
def test_what_says_nothing_of_a_payment_leaves_it_sent(desk, code):
    outcome = desk.say(group=code, debit=code)
    assert (outcome.exit_code, desk.states(), desk.findings()) == (0, ["SENT"] * 3, [])


@pytest.mark.parametrize("code", EVERY_REASON)
@pytest.mark.parametrize("level", ["group", "debit", "payments"])
def test_a_refusal_reopens_the_obligation_with_its_reason_and_sends_nothing(desk, level, code):
    told = f"RJCT {code}"
    with books_whole(desk):
        outcome = desk.say(**{level: {2: told} if level == "payments" else told})
    refused = [2] if level == "payments" else [1, 2, 3]
    assert outcome.exit_code == 3
    assert [n for n, state in enumerate(desk.states(), 1) if state == "REJECTED"] == refused
    assert [e for e in desk.events() if e[1] == "REJECTED"] == [
        (n, "REJECTED", f"{code} delivery:1") for n in refused
    ]
    assert {found[0] for found in desk.findings()} == {REASONS.get(code, "PAYMENT_FAILED")}
    assert desk.balance(2000) == sum(c for n, (_, c) in enumerate(THREE, 1) if n not in refused)
    assert desk.query("SELECT COUNT(*) FROM obligation") == [(3,)]


def test_the_lowest_level_that_says_something_counts_and_what_is_missing_inherits(desk):
    desk.say(group="RJCT AM05", debit="ACCP", payments={1: "RJCT AC04", 3: ""})
    assert desk.states() == ["REJECTED", "ACCEPTED", "ACCEPTED"]


def test_part_of_a_debit_leaves_the_others_to_what_the_group_says(desk):
    desk.say(group="ACCP", debit="PART", payments={3: "RJCT AC01"})
    assert desk.states() == ["ACCEPTED", "ACCEPTED", "REJECTED"]


def test_a_debit_is_told_apart_from_the_next_one_of_the_same_file(desk):
    profile = Profile.of(desk.settings)._replace(per_group=2)
    desk.change(payment_batch, profile=profile.stored())
    desk.say(debit="RJCT DT01", debit_id=f"{MESSAGE}-P2")
    assert desk.states() == ["SENT", "SENT", "REJECTED"]


def test_a_recalled_payment_is_owed_again(desk):
    with books_whole(desk):
        desk.say(payments={1: "CANC"})
    assert desk.states() == ["RECALLED", "SENT", "SENT"]
    assert desk.balance(1010) == -sum(cents for _client, cents in THREE[1:])


@pytest.mark.parametrize(
    ("code", "result", "held"),
    [
        ("RCVC", "match", False), ("RVMC", "close match", True), ("RVNM", "no match", True),
        ("RVNA", "not possible", False), ("RVNC", "not done", False),
    ],
)  # fmt: skip
def test_the_verification_of_a_payee_accepts_nothing_and_a_mismatch_waits(desk, code, result, held):
    outcome = desk.say(group="RVCM", payments={2: code})
    assert desk.states() == ["SENT"] * 3
    assert [row["state"] for row in outcome.rows()][1] == ("held" if held else "unchanged")
    assert outcome.as_json()["statuses"][1]["result"] == result
    if held:
        assert [note.field for note in outcome.listed()] == [f"{MESSAGE}-000002/status"]
    assert desk.events() == [(0, "SENT", "RVCM delivery:1"), (2, "SENT", f"{code} delivery:1")]
    assert [f[0] for f in desk.findings()] == (["PAYEE_CHECK"] if held else [])


def test_a_verification_with_mismatches_and_no_details_waits_as_a_file(desk):
    assert desk.say(group="RVCM").exit_code == 3
    assert desk.query("SELECT code, subject FROM finding") == [("PAYEE_CHECK", "RVCM batch:1")]


def test_acceptance_with_another_day_is_told(desk):
    moved = "<OrgnlTxRef><ReqdExctnDt><Dt>2026-11-26</Dt></ReqdExctnDt></OrgnlTxRef>"
    assert desk.say(payments={1: "ACWC"}, extra=moved).exit_code == 3
    assert desk.states()[0] == "ACCEPTED"
    assert desk.query("SELECT code, subject FROM finding") == [
        ("EXECUTION_MOVED", "2026-11-26 batch:1")
    ]
    same = moved.replace("-26<", "-24<")
    assert desk.say(payments={2: "ACWC"}, extra=same).exit_code == 0


# --- what contradicts ----------------------------------------------------------------------------


def test_a_status_of_a_booked_payment_is_looked_at_once(desk):
    desk.change(obligation, state="BOOKED")
    assert codes_of(desk.say(group="ACSC")) == {"S02"}
    assert desk.states() == ["BOOKED"] * 3
    seen = desk.findings()
    assert (desk.say(group="ACSC").exit_code, desk.findings()) == (0, seen)


@pytest.mark.parametrize("state", ["BOOKED", "RETURNED"])
@pytest.mark.parametrize("status", ["RJCT AC04", "CANC"])
def test_a_refusal_after_the_statement_is_an_alarm_and_books_nothing(desk, state, status):
    desk.change(obligation, state=state)
    before = desk.entries()
    assert codes_of(desk.say(payments={1: status})) == {"S03"}
    assert (desk.entries(), desk.states()) == (before, [state] * 3)
    assert [found[0] for found in desk.findings()] == ["S03"]
    assert desk.say(payments={1: status}).exit_code == 0


def test_an_acceptance_after_a_refusal_is_an_alarm_and_changes_nothing(desk):
    desk.say(payments={1: "RJCT AC04"})
    assert codes_of(desk.say(payments={1: "ACCP"})) == {"STATUS_CONTRADICTS"}
    assert desk.states()[0] == "REJECTED"
    assert desk.say(payments={1: "ACCP"}).exit_code == 0


@pytest.mark.parametrize("first", ["RJCT", "RJCT FF01"])
@pytest.mark.parametrize(("code", "found"), [("AC04", "IBAN_BLOCKED"), ("MD07", "PAYEE_DECEASED")])
def test_an_account_or_a_death_told_after_the_refusal_is_its_reason(desk, first, code, found):
    desk.say(payments={1: first})
    before = desk.entries()
    assert codes_of(desk.say(payments={1: f"RJCT {code}"})) == {found}
    assert (desk.entries(), desk.states()) == (before, ["REJECTED", "SENT", "SENT"])
    assert found in [f[0] for f in desk.findings()]
    assert "PAYMENT_FAILED" not in [f[0] for f in desk.findings()]
    with reading(desk.engine) as conn:
        assert CameBack(conn, "0999").rows["code"].tolist() == [code]
    seen = desk.findings()
    assert (desk.say(payments={1: f"RJCT {code}"}).exit_code, desk.findings()) == (0, seen)
    assert desk.say(payments={1: "RJCT AG01"}).exit_code == 0


def test_a_payment_that_was_never_sent_is_an_alarm(desk):
    outcome = desk.say(payments={1: "ACCP", 9: "RJCT AC04"})
    assert [(note.code, note.field) for note in outcome.notes.file] == [
        ("S04", f"{MESSAGE}-000009 batch:1")
    ]
    assert desk.states() == ["ACCEPTED", "SENT", "SENT"]
    assert [found[0] for found in desk.findings()] == ["S04"]


@pytest.mark.parametrize("state", ["DRAFT", "APPROVED", "CANCELLED"])
def test_a_report_on_a_file_that_never_left_is_an_alarm(desk, state):
    desk.change(payment_batch, state=state)
    outcome = desk.say(group="RJCT AC01")
    assert ([n.code for n in outcome.listed()], outcome.exit_code) == (["S04"], 3)
    assert desk.states() == ["SENT"] * 3


@pytest.mark.parametrize("told", [{"count": 2}, {"total": "446554.00"}])
def test_a_file_that_the_bank_counts_otherwise_is_an_alarm(desk, told):
    outcome = desk.say(group="ACCP", **told)
    assert [note.code for note in outcome.notes.file] == ["STATUS_TOTALS"]


def test_a_code_that_nobody_knows_changes_nothing_and_is_named(desk):
    outcome = desk.say(payments={1: "WXYZ"})
    assert [(n.code, n.field) for n in outcome.notes.file] == [("STATUS_UNKNOWN", "WXYZ batch:1")]
    assert (desk.states(), outcome.exit_code) == (["SENT"] * 3, 3)


# --- no answer -----------------------------------------------------------------------------------


def look(desk: Desk, on: str) -> None:
    with writing(desk.engine) as conn:
        unanswered.look(Work(conn, "0999", 1, on, "system", desk.settings))


def test_two_banking_days_after_its_date_an_open_payment_is_an_alarm_and_its_state_unknown(desk):
    desk.say(payments={1: "ACCP"})
    desk.change(obligation, due_on="2026-12-24")  # then Christmas and a weekend
    look(desk, "2026-12-28")
    assert (desk.states(), desk.findings()) == (["ACCEPTED", "SENT", "SENT"], [])
    look(desk, "2026-12-29")
    assert desk.states() == ["ACCEPTED", "UNKNOWN", "UNKNOWN"]
    assert desk.findings() == [("PAYMENT_UNANSWERED", 0, 202611, 446554)]
    assert desk.events()[-1] == (3, "UNKNOWN", "- due:2026-12-24")
    with books_whole(desk):
        desk.say(group="RJCT AM05", payments={2: "ACSC"})
    assert desk.states() == ["REJECTED", "ACCEPTED", "REJECTED"]
    desk.change(obligation, state="BOOKED")
    look(desk, "2026-12-30")
    assert "PAYMENT_UNANSWERED" not in [found[0] for found in desk.findings()]


def test_a_refused_payment_that_the_bank_executed_all_the_same_is_an_alarm(desk):
    desk.say(group="RJCT AM05")
    desk.day(Entry(-130245, end_to_end=f"{MESSAGE}-000001"), on="2026-11-24")
    desk.day(Entry(-446554, batch=MESSAGE), on="2026-11-25")
    look(desk, "2026-11-26")
    with reading(desk.engine) as conn:
        assert unanswered.doubted(conn, "0999").tolist() == [1, 2, 3]
    said = desk.query("SELECT client, subject, amount_cents FROM finding WHERE code = 'S03'")
    assert said == [(0, "batch:1", 446554), (1001, "obligation:1", 130245)]


# --- files that cannot be read -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "put", "code"),
    [
        (b"pain.002.001.12", b"pain.002.001.02", "F04"),
        (b"</Document>", b"", "F02"),
        (b"<OrgnlNbOfTxs>3", b"<OrgnlNbOfTxs>three", "F03"),
        (b"4465.54", b"4465.541", "F03"),
        (MESSAGE.encode(), b"NOTPROVIDED", "F03"),
        (b"<?xml version", b"<!DOCTYPE a []><?xml version", "F02"),
        (b"STS-1", b"STS-\xff", "F01"),
    ],
)
def test_a_report_that_cannot_be_read_is_refused_whole(desk, found, put, code):
    content = written(group="RJCT AC01").replace(found, put)
    with writing(desk.engine) as conn:
        work = Work(conn, "0999", 1, "2026-11-24", "system", desk.settings)
        outcome = take_in(work, "x.xml", content, {"pain002": status_reports.read_reports})
    assert (outcome.verdict, [note.code for note in outcome.listed()]) == ("refused", [code])
    assert desk.states() == ["SENT"] * 3


def codes_of(outcome: Outcome) -> set[str]:
    return {note.code for note in outcome.listed() if note.code != "unchanged"}
