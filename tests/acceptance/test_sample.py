"""The sample municipality comes out as the independent expectation says, to the cent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine

from tests.acceptance.workspace import Workspace, make
from tests.oracle import expected
from tests.oracle.sample import SAMPLE


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample's half year, lived through once."""
    home = tmp_path_factory.mktemp("sample") / "home"
    workspace = make(home, "sqlite:///surplus.db", "2026-06-12")
    (home / "surplus.toml").write_bytes((SAMPLE / "surplus.toml").read_bytes())
    for step in expected.calendar():
        live(workspace, step)
    return workspace


def live(workspace: Workspace, step: expected.Step) -> None:
    on = step.on.isoformat()
    for file in sorted(step.inbox.iterdir()) if step.inbox.is_dir() else []:
        workspace.drop(file)
    workspace.done("nightly", on=on)
    if len(step.actions) == 1:
        return
    batch = max(row["batch"] for row in workspace.done("pay", "list", on=on))
    if "release" in step.actions:
        page = workspace("pay", "show", str(batch), on=on).data
        for subject in sorted({problem["subject"] for problem in page["outside"]}):
            workspace.done(
                "pay", "release", str(batch), subject, "--reason", "first extra payments",
                on=on, operator="income-1",
            )  # fmt: skip
    workspace.done("pay", "approve", str(batch), on=on, operator="treasury-1")
    out = str(workspace.home / "outbox")
    workspace.done("pay", "export", str(batch), "--out", out, on=on, operator="treasury-1")


def test_every_client_month_is_settled_as_expected(lived: Workspace) -> None:
    latest = {(row["client_no"], row["month"]): row for row in lived.done("export", "settlements")}
    wanted = expected.load("settlements")
    assert len(wanted) > 200
    for row in wanted:
        found = latest[row["client_no"], row["month"]]
        cents = {name for name in row if name.endswith("_cents")}
        assert {n: found[n] for n in cents} == {n: row[n] for n in cents}, row
    assert set(latest) == {(row["client_no"], row["month"]) for row in wanted}


def test_every_correction_is_a_version_of_its_own(lived: Workspace) -> None:
    found = {
        (row["client_no"], row["month"], str(row["version"])): row
        for row in lived.done("export", "settlements")
    }
    for row in expected.load("versions"):
        version = found[row["client_no"], row["month"], row["version"]]
        cents = {name for name in row if name.endswith("_cents")} - {
            "fixed_payment_cents", "difference_cents",
        }  # fmt: skip
        assert {n: version[n] for n in cents} == {n: row[n] for n in cents}, row
        assert version["known_on"] == row["settled_on"]


def test_every_payment_is_as_expected(lived: Workspace) -> None:
    found = {
        (row["client_no"], row["month"], row["kind"]): row
        for row in lived.done("export", "payments")
    }
    wanted = expected.load("payments")
    for row in wanted:
        payment = found.pop((row["client_no"], row["pay_month"], row["kind"]))
        state = {"PAID": "BOOKED"}.get(str(row["state"]), row["state"])
        assert payment["amount_cents"] == row["amount_cents"], row
        assert (payment["status"], payment["due_on"]) == (state, row["due_on"]), row
        if state != "HELD":
            assert payment["end_to_end_id"] == row["end_to_end_id"]
            assert payment["iban"] == row["iban"]
    assert not found


def test_every_client_ends_with_the_expected_balances(lived: Workspace) -> None:
    found = {row["client_no"]: row for row in lived.done("export", "balances")}
    for row in expected.load("balances"):
        assert {name: found[row["client_no"]][name] for name in row} == row


def test_the_accounts_end_as_expected(lived: Workspace) -> None:
    found = dict(lived.query("SELECT account, SUM(amount) FROM balance GROUP BY account"))
    for row in expected.load("accounts"):
        assert found.get(int(row["account"]), 0) == row["balance_cents"], row


def test_the_certain_findings_stand_open(lived: Workspace) -> None:
    found = [
        (row["code"], row["client_no"], row["month"]) for row in lived("findings", "list").data
    ]
    for row in expected.load("findings"):
        matching = [
            f for f in found
            if f[0] == row["code"] and (not row["client_no"] or f[1] == row["client_no"])
            and (not row["month"] or f[2] == row["month"])
        ]  # fmt: skip
        assert matching, row


def test_rows_in_quarantine_are_the_expected_ones(lived: Workspace) -> None:
    told = lived.done("export", "rejected")
    found = {(row["file"], str(row["line"]), row["state"], row["code"]) for row in told}
    # The month that February could not be read of is told again in March: nothing waits any more.
    told_again = ("doorlevering_2026-02_001.csv", "54")
    for row in expected.load("rows"):
        if row["code"] and row["state"] in ("held", "rejected"):
            place = (row["file"], row["line"])
            state = "corrected" if place == told_again else row["state"]
            assert (*place, state, row["code"]) in found, row


def test_all_invariants_hold_and_open_months_stay_open(lived: Workspace) -> None:
    assert lived("check").code == 0
    settled = {(r["client_no"], r["month"]) for r in lived.done("export", "settlements")}
    for row in expected.load("open_months"):
        assert (row["client_no"], row["month"]) not in settled


def test_bringing_everything_again_changes_nothing(lived: Workspace, tmp_path: Path) -> None:
    before = state(lived)
    for step in expected.calendar():
        for file in sorted(step.inbox.iterdir()) if step.inbox.is_dir() else []:
            lived.drop(file, f"again_{file.name}")
    lived.done("nightly")
    lived.done("nightly")
    lived.done("settle")
    for month in ("2026-01", "2026-03", "2026-05"):
        lived.done("pay", "prepare", "--month", month)
    assert state(lived) == before


def state(workspace: Workspace) -> dict[str, Any]:
    """Everything that must not move when work is done twice."""
    return {
        table: workspace.query(f"SELECT COUNT(*) FROM {table}")
        for table in ("entry", "posting", "obligation", "settlement", "income", "client", "finding")
    } | {"balance": workspace.query("SELECT * FROM balance ORDER BY 1, 2, 3, 4, 5, 6")}


@pytest.fixture(scope="module")
def audited(lived: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The auditor's files of the half year, with a sample and the key, by what they are."""
    out = tmp_path_factory.mktemp("audit")
    files = lived.done(
        "audit", "--from", "2026-01-01", "--to", "2026-06-11", "--out", str(out),
        "--sample-interval", "25000", "--seed", "2026", "--key", "--reason", "year's audit",
        on="2026-06-12", operator="income-1",
    )["files"]  # fmt: skip
    return {"key" if "_key" in file else Path(file).suffix: Path(file) for file in files}


def told(path: Path) -> dict[str, list[list[Any]]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_names_and_bsn_stand_in_the_key_alone(lived: Workspace, audited: dict[str, Path]) -> None:
    people = lived.query("SELECT DISTINCT bsn FROM person WHERE bsn <> ''")
    names = lived.query("SELECT DISTINCT surname FROM client WHERE LENGTH(surname) > 5")
    known = {word for (word,) in [*people, *names]}
    words = {str(cell) for rows in told(audited[".xlsx"]).values() for row in rows for cell in row}
    assert len(known) > 60
    assert not known & words
    whole = " ".join(sorted(words))
    assert [bsn for (bsn,) in people if bsn in whole] == []
    assert {row[1] for row in told(audited["key"])["Sleutel"][1:]} <= {bsn for (bsn,) in people}


def test_who_asked_for_the_key_and_why_is_kept(lived: Workspace, audited: dict[str, Path]) -> None:
    noted = lived.query("SELECT who, reason FROM audit WHERE action = 'audit key'")
    assert noted == [("income-1", "year's audit")]
    asked = ("audit", "--from", "2026-01-01", "--to", "2026-06-11", "--out", "x", "--key")
    without_reason = lived(*asked, on="2026-06-12", operator="income-1")
    nobody = lived(*asked, "--reason", "audit", on="2026-06-12")
    assert (without_reason.code, nobody.code) == (2, 2)
    assert len(lived.query("SELECT who FROM audit WHERE action = 'audit key'")) == 1


def test_each_sampled_payment_leads_from_its_source_to_its_bank_line(
    lived: Workspace, audited: dict[str, Path]
) -> None:
    sheets = told(audited[".xlsx"])
    dossiers = {name: rows for name, rows in sheets.items() if name.startswith("Dossier")}
    hits = [row for row in sheets["Steekproef"][1:] if row[-1]]
    assert len(dossiers) == len(hits) == 17
    for rows in dossiers.values():
        first = {row[0]: row for row in rows if row[0]}
        assert first["Controle: D − W − Bp"][4] == 0
        assert first["Daarvan nog onderweg (1010)"][4] == 0
        versions = [row for name, row in first.items() if str(name).startswith("Versie ")]
        amounts = [row[4] for row in versions if isinstance(row[4], float)]
        assert not amounts or amounts[-1] == first["D komt de klant toe"][4]
        statements = {row[0] for row in lived.query("SELECT statement_id FROM statement")}
        assert statements & set(first)
        assert {"klaargezet", "goedgekeurd", "verzonden", "uitgevoerd"} <= set(first)


def test_every_payment_stands_in_the_population_with_its_norm_and_consent(
    lived: Workspace, audited: dict[str, Path]
) -> None:
    head, *rows = told(audited[".xlsx"])["Populatie uitkeringen"]
    (count,) = lived.query("SELECT COUNT(*) FROM obligation")[0]
    assert len(rows) == count > 400
    for name in ("Wetsartikel", "Normregel", "Norm N", "Toestemming op", "Klaargezet door",
                 "Goedgekeurd door"):  # fmt: skip
        held = [row for row in rows if not row[head.index(name)]]
        assert {row[head.index("Status")] for row in held} <= {"aangehouden", "klaargezet"}


def test_pictures_leave_as_files_with_their_words_beside_them(
    lived: Workspace, tmp_path: Path
) -> None:
    for client in ((), ("--client", "K0001001")):
        words = ("export", "pictures", *client, "--format", "svg", "--out", str(tmp_path))
        *made, beside = map(Path, lived.done(*words, on="2026-06-12")["files"])
        assert {path.suffix for path in made} == {".svg"}
        told = beside.read_text(encoding="utf-8")
        assert all(path.name in told for path in made)
        assert [path for path in made if not path.read_bytes().startswith(b"<?xml")] == []
    client = (tmp_path / "surplus_0999_2026-06-12_K0001001.txt").read_text(encoding="utf-8")
    assert "tussen 0,00 en 871,15 euro; het vaste bedrag was 1.331,43" in client


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "pictures need a folder"),
        (("--out", "x", "--format", "xlsx"), "there is no format xlsx"),
        (("--out", "x", "--client", "K0009999"), "there is no client K0009999"),
        (("--out", "x", "--month", "2026-03"), "pictures show twelve months"),
    ],
)
def test_wrong_use_of_pictures_is_told(
    lived: Workspace, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    here = [str(tmp_path / "x") if word == "x" else word for word in words]
    answer = lived("export", "pictures", *here, on="2026-06-12")
    assert answer.code == 2
    assert said in answer.err
    assert not (tmp_path / "x").exists()


def test_the_workbook_has_pictures_of_all_and_of_each_sampled_client(
    audited: dict[str, Path],
) -> None:
    book = openpyxl.load_workbook(audited[".xlsx"])
    shown = {sheet.title: len(sheet._images) for sheet in book if sheet._images}
    assert shown.pop("Beelden") == 3
    assert set(shown) == {name for name in book.sheetnames if name.startswith("Dossier")}


def test_without_matplotlib_the_workbook_is_made_and_the_message_names_the_extra(
    lived: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    asked = ("audit", "--from", "2026-06-01", "--to", "2026-06-11", "--out", str(tmp_path / "a"))
    made = lived(*asked, on="2026-06-12", operator="income-1", as_json=False)
    assert made.code == 0
    assert "surplus[plots]" in made.err
    (book,) = (tmp_path / "a").glob("*.xlsx")
    assert "Beelden" not in openpyxl.load_workbook(book, read_only=True).sheetnames
    refused = lived("export", "pictures", "--out", str(tmp_path / "b"), on="2026-06-12")
    assert (refused.code, (tmp_path / "b").exists()) == (2, False)
    assert "surplus[plots]" in refused.err
