"""The example statements, each with the entries, codes and findings that its manifest tells.

Known beforehand is what the deliveries of March and April 2026 tell of the five clients.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.bank.conftest import DATA, Bank

MANIFEST = json.loads((DATA / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
#: What a person is asked about a return, beside what the manifest tells.
ASKED = {
    "camt053_06_return_AC04_v08.xml": ["IBAN_BLOCKED"],
    "camt053_07_return_MD07_v02.xml": ["PAYEE_DECEASED"],
}
BATCH = "SUR20261120002"
#: employment -> client, name of the employer, wages told of March and April 2026
JOBS = {
    1: (1001, "Schoonmaakbedrijf Helder BV", 76298, 78284),
    2: (1002, "Schoonmaakbedrijf Helder BV", 51000, 52986),
    3: (1003, "Bakkerij De Korenaar BV", 89370, 87384),
    4: (1004, "Uitzendbureau Vlot BV", None, 156810),
    5: (1005, "Schoonmaakbedrijf Helder BV", 0, None),
}


@pytest.fixture
def prepared(bank: Bank) -> Bank:
    """The setting of the manifest, with the three payments of the example batch sent."""
    bank.enrol(1001, 1002, 1003, 1004, 1005)
    for number, (client, name, *wages) in JOBS.items():
        bank.employ(number, client, name, f"99999{number:04d}L01")
        for month, cents in zip((202603, 202604), wages, strict=True):
            if cents is not None:
                bank.tell(number, client, month, cents)
    bank.send(BATCH, (1001, 130245), (1002, 130245), (1003, 186064))
    return bank


def bring(bank: Bank, name: str, renumber: int | None = None) -> Any:
    text = (DATA / name).read_text(encoding="utf-8")
    if renumber:
        text = re.sub(r"(SeqNb>)\d+", rf"\g<1>{renumber}", text)
    return bank.take(text.encode(), name)


@pytest.mark.parametrize("name", MANIFEST)
def test_an_example_books_what_its_manifest_tells(name: str, prepared: Bank) -> None:
    told = MANIFEST[name]
    for before in told["before"]:
        bring(prepared, before)
    seen = len(prepared.entries())
    outcome = bring(prepared, name, told.get("renumber"))
    booked = [_posted(entry) for entry in prepared.entries()[seen:]]
    assert booked == [_wanted(entry) for entry in told["posts"]]
    assert [note.code for note in outcome.listed()] == told["errors"]
    assert [code for code, *_rest in prepared.findings()] == told.get(
        "findings", ASKED.get(name, [])
    )
    for end_to_end, state in told.get("state", {}).items():
        assert prepared.query(
            "SELECT state FROM obligation WHERE end_to_end_id = :e", e=end_to_end
        ) == [(state,)]
    assert prepared.broken() == []


@pytest.mark.parametrize("name", [name for name in MANIFEST if "as_shipped" in MANIFEST[name]])
def test_an_example_as_shipped_waits_behind_its_gap(name: str, prepared: Bank) -> None:
    for before in MANIFEST[name]["before"]:
        bring(prepared, before)
    seen = len(prepared.entries())
    outcome = bring(prepared, name)
    assert [(n.code, n.severity) for n in outcome.listed()] == [("B03", "H")]
    assert len(prepared.entries()) == seen


def test_a_wage_far_below_what_was_told_is_booked_and_waits_for_a_person(prepared: Bank) -> None:
    text = (DATA / "camt053_01_minimal_v08.xml").read_text(encoding="utf-8")
    prepared.take(text.replace("100743.12", "100500.00").replace("743.12", "500.00").encode())
    assert prepared.received(1) == {202603: 50000}
    assert prepared.findings() == [("RECEIPT_DIFFERS", 1001, 202603, 50000 - 76298)]


def test_a_statement_of_a_known_foreign_account_is_skipped_without_a_word(
    prepared: Bank,
) -> None:
    name = "camt053_12_other_account_v08.xml"
    outcome = bring(prepared, name)
    assert [(n.code, n.severity) for n in outcome.listed()] == [("B10", "I")]
    assert (outcome.verdict, outcome.exit_code) == ("accepted", 0)
    prepared.settings.bank.funding_ibans.clear()
    prepared.on = "2026-11-25"
    stranger = bring(prepared, name, renumber=1)
    assert [(n.code, n.severity) for n in stranger.listed()] == [("B10", "H")]
    assert stranger.exit_code == 3


def _posted(entry: dict[str, Any]) -> dict[str, Any]:
    told = {"kind": entry["kind"]}
    if entry["kind"].startswith("receipt") and entry["client"]:
        told |= {"client": entry["client"], "month": entry["month"]}
    return told | {str(key): value for key, value in entry.items() if isinstance(key, int)}


def _wanted(entry: dict[str, Any]) -> dict[str, Any]:
    """The manifest's words: a client by its number, a month as a number."""
    told = {k: v for k, v in entry.items() if k not in ("client_no", "employer", "end_to_end_id")}
    if "client_no" in told or "client_no" in entry:
        told["client"] = int(entry["client_no"][1:])
    if "month" in entry:
        told["month"] = int(entry["month"].replace("-", ""))
    return told
