"""Every example statement, through the command line, posts what its manifest says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from surplus import config
from surplus.ledger import seal
from surplus.ledger.accounts import BUFFER, IN_TRANSIT
from surplus.ledger.journal import Draft, Line, book
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.engine import open_store, writing
from surplus.store.tables import obligation, payment_batch
from tests.acceptance.conftest import DATA
from tests.acceptance.workspace import Workspace

FOLDER = DATA / "camt053"
MANIFEST = json.loads((FOLDER / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
STATEMENTS = [pytest.param(name, told, id=name) for name, told in MANIFEST.items()]
#: The three payments of pain001_v09_three.xml.
SENT = {1001: 130245, 1002: 130245, 1003: 186064}


@pytest.fixture
def told(workspace: Workspace, examples: Path) -> Workspace:
    """March and April told and settled, three payments sent."""
    for step in (
        "clients/norms_2026h1.csv", "clients/clients_manifest.csv",
        "income/doorlevering_2026-03_valid.csv", "2026-03",
        "income/doorlevering_2026-04_changes.csv", "2026-04",
    ):  # fmt: skip
        if step.startswith("20"):
            workspace.done("settle", "--through", step)
        else:
            workspace.done("import", str(examples / step))
    send(workspace)
    return workspace


def send(workspace: Workspace) -> None:
    settings = config.load(workspace.home)
    engine = open_store(config.database_url(workspace.home, settings.database.url))
    with writing(engine) as conn:
        work = Work(conn, "0999", 1, "2026-11-20", "system", settings)
        common = {"municipality": "0999", "run": 1, "recorded_on": "2026-11-20"}
        bulk.append(
            conn, payment_batch,
            {"municipality": "0999", "batch": 1, "message_id": "SUR20261120002", "month": 202611,
             "due_on": "2026-11-24", "first": 1, "state": "SENT", "payments": 3,
             "total_cents": sum(SENT.values()), "debtor_iban": "NL98BNGH0285000013",
             "profile": "{}", "limits": "{}", "prepared_by": "system",
             "prepared_on": "2026-11-20",
             "approved_by": "", "approved_on": "",  # it was sent from the older administration
             "exported_on": "2026-11-20", "file": "", "sha256": "", "run": 1},
        )  # fmt: skip
        bulk.append(
            conn, obligation,
            {**common, "obligation": [1, 2, 3], "client": list(SENT), "month": 202611,
             "kind": "fixed", "payee": 1, "round": 1, "amount_cents": list(SENT.values()),
             "due_on": "2026-11-24", "iban": "NL91INGB0000001001", "name": "A. de Vries",
             "remittance": "Bijstand november 2026", "state": "SENT", "hold_reason": "",
             "batch": 1, "end_to_end_id": [f"SUR20261120002-{n:06d}" for n in (1, 2, 3)],
             "set_off_cents": 0, "released_by": "", "release_reason": ""},
        )  # fmt: skip
        lines = [
            Draft("fixed-payment", [Line(BUFFER, cents, client, month=202611),
                                    Line(IN_TRANSIT, -cents, client, item=number)], client, 202611)
            for number, (client, cents) in enumerate(SENT.items(), 1)
        ]  # fmt: skip
        book(work, lines)
        seal.close(work)
    engine.dispose()


@pytest.mark.parametrize(("name", "case"), STATEMENTS)
def test_a_statement_posts_what_its_manifest_says(
    told: Workspace, name: str, case: dict[str, Any], tmp_path: Path
) -> None:
    for earlier in case["before"]:
        told.done("import", str(FOLDER / earlier))
    file = tmp_path / name
    text = (FOLDER / name).read_text(encoding="utf-8")
    if "renumber" in case:
        old = text.split("<ElctrncSeqNb>")[1].split("<")[0]
        text = text.replace(f"SeqNb>{old}<", f"SeqNb>{case['renumber']}<")
    file.write_text(text, encoding="utf-8")
    before = told.done("export", "journal")
    answer = told("import", str(file), on=case["date"])
    assert answer.code in (0, 3), answer.err
    said = json.dumps([answer.data["codes"], answer.data["messages"]])
    for code in case["errors"]:
        assert code in said
    known = {row["entry"] for row in before}
    new = [row for row in told.done("export", "journal", on=case["date"])
           if row["entry"] not in known]  # fmt: skip
    entries = {
        entry: [row for row in new if row["entry"] == entry] for entry in {r["entry"] for r in new}
    }
    found = sorted(
        (lines[0]["kind"], sorted((str(line["account"]), line["amount_cents"]) for line in lines))
        for lines in entries.values()
    )
    assert found == sorted(
        (post["kind"], sorted((a, c) for a, c in post.items() if a.isdigit()))
        for post in case["posts"]
    )
    for post in case["posts"]:
        if "client_no" in post:
            assert [post["client_no"], post["month"]] in [
                [row["client_no"], row["month"]] for row in new if row["kind"] == post["kind"]
            ]
    codes = [row["code"] for row in told("findings", "list", on=case["date"]).data]
    for code in case.get("findings", []):
        assert codes.count(code) >= case["findings"].count(code)
    assert told("check").code == 0


def test_an_accepted_receipt_becomes_the_wage_of_its_month(told: Workspace) -> None:
    rule = json.loads((FOLDER / "MANIFEST.json").read_text(encoding="utf-8"))["rules"]
    told.done("import", str(FOLDER / "camt053_01_minimal_v08.xml"))
    before = {row["entry"] for row in told.done("export", "journal")}
    told.done("settle")
    wanted = rule["after_settle"]
    row = next(
        row for row in reversed(told.done("export", "settlements"))
        if (row["client_no"], row["month"]) == (wanted["client_no"], wanted["month"])
    )  # fmt: skip
    names = ("wage_cents", "countable_cents", "entitlement_cents", "difference_cents")
    assert {name: row[name] for name in names} == {name: wanted[name] for name in names}
    new = [
        row for row in told.done("export", "journal")
        if row["entry"] not in before and row["month"] == wanted["month"]
    ]  # fmt: skip
    assert {(row["client_no"], str(row["account"]), row["amount_cents"]) for row in new} == {
        (wanted["client_no"], "1300", -1986), (wanted["client_no"], "2000", 1986),
    }  # fmt: skip
    codes = {(row["code"], row["amount_cents"]) for row in told("findings", "list").data}
    assert ("OLD_CORRECTION", -1986) in codes


def test_a_receipt_far_from_what_was_told_waits_for_a_person(
    told: Workspace, tmp_path: Path
) -> None:
    text = (FOLDER / "camt053_01_minimal_v08.xml").read_text(encoding="utf-8")
    far = tmp_path / "far.xml"
    far.write_text(
        text.replace("100743.12", "100500.00").replace("743.12", "500.00"), encoding="utf-8"
    )
    assert told.done("import", str(far))["verdict"] == "accepted"
    codes = {(row["code"], row["client_no"]) for row in told("findings", "list").data}
    assert ("RECEIPT_DIFFERS", "K0001001") in codes
    told.done("settle")
    row = [r for r in told.done("export", "settlements")
           if (r["client_no"], r["month"]) == ("K0001001", "2026-03")][-1]  # fmt: skip
    assert row["wage_cents"] == 76298


def test_a_person_says_whose_a_line_is_and_above_the_limit_a_second_one_agrees(
    told: Workspace, tmp_path: Path
) -> None:
    """Two credits of 743.12 without a reference; the limit is lowered below them."""
    told.change_settings(("assign_cents = 100000", "assign_cents = 74311"))
    told.done("import", str(FOLDER / "camt053_10_missing_reference_v08.xml"))
    listed = told("bank", "list")
    assert (listed.code, [row["open_cents"] for row in listed.data]) == (3, [74312, 74312])
    first = ("bank", "assign", "1", "--to", "wage:K0001001", "--reason", "told by telephone")
    assert told(*first, operator="treasury-1").code == 2
    asked = told(*first, operator="income-1")
    assert (asked.code, asked.data["state"]) == (3, "waiting")
    change = str(asked.data["change"])
    assert told("changes", "approve", change, operator="income-1").code == 2
    assert told("changes", "approve", change, operator="treasury-1").code == 0
    parts = ("--part", "wage:K0001002=510,00", "--part", "municipality=100,00")
    told.done(
        "bank", "split", "2", *parts, "--reason", "a list of the employer", operator="income-1"
    )
    assert [row["open_cents"] for row in told("bank", "list").data] == [13312]
    refund = told("bank", "refund", "2", "--reason", "too much", operator="income-1")
    assert (refund.code, refund.data["state"]) == (3, "waiting")
    for wrong in ("wage:K0001001", "K0001001", "wage:1001", "payment:", "wage:K0001001:a:b:c"):
        words = ("bank", "assign", "1", "--to", wrong, "--reason", "again")
        assert told(*words, operator="income-1").code == 2
    written = told("bank", "reminders", "--out", str(tmp_path / "letters"), operator="income-1")
    assert {row["employer"] for row in written.data} == {
        path.name.split("-")[1] for path in (tmp_path / "letters").iterdir()
    }
    assert told("check").code == 0
