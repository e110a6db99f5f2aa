"""`explain` leads every figure back to what it rests on, as known now or on a day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Workspace:
    """One client on the statutory norm, with a wage of January that is corrected in March."""
    made = make(tmp_path / "home", store_url, "2026-01-05")
    one = files.client(
        "1001", normcategorie="X", vrijlating_soort="VRIJLATING_25",
        vrijlating_recht_vanaf="2026-01-01", vrijlating_maanden_recht="6",
        vrijlating_maanden_gebruikt="0",
    )  # fmt: skip
    made.done("import", str(files.clients(tmp_path, one)))
    for sent, number, cents, tag in (
        ("20260220", 1, 60000, "NIEUW_IKV"), ("20260320", 2, 150000, "GEWIJZIGD"),
    ):  # fmt: skip
        wage = files.wage(1001, "2026-01", cents, tag=tag)
        path = files.delivery(tmp_path, "2026-01", sent, wage, number=number)
        on = f"{sent[:4]}-{sent[4:6]}-{sent[6:]}"
        made.done("import", str(path), on=on)
        made.done("settle", on=on)
    return made


def explained(town: Workspace, *more: str) -> tuple[dict[str, Any], dict[str, Any]]:
    told = town.done("explain", "K0001001", "2026-01", *more, on="2026-03-21")
    return told, {figure["name"]: figure for figure in told["figures"]}


def test_every_figure_has_its_formula_inputs_and_source_and_they_add_up(town: Workspace) -> None:
    told, figures = explained(town, "--known-on", "2026-02-28")
    assert all(figure["formula"] and figure["source"] for figure in figures.values())
    cents = {name: figure["cents"] for name, figure in figures.items()}
    assert (cents["norm"], cents["countable"], cents["exemption"]) == (140150, 60000, 15000)
    due = cents["norm"] - cents["countable"] + cents["exemption"]
    assert cents["supplementary_benefit"] == due == cents["benefit"] + cents["holiday_allowance"]
    assert cents["entitlement"] == cents["wage"] + cents["benefit"] == 150393
    (row,) = figures["norm"]["inputs"]["rows"]
    assert (row["amount"], row["valid_from"], row["reliability"]) == (
        140150, "2026-01-01", "verified",
    )  # fmt: skip
    (fact,) = told["facts"]
    assert (fact["line"], fact["told"]["net"]) == (3, 60000)
    (booking,) = told["bookings"]
    assert told["entries"] == [booking["entry"]]
    assert {p["account"]: p["cents"] for p in booking["postings"]} == {
        1300: 60000, 4000: due, 2000: -cents["entitlement"], 2010: -cents["holiday_allowance"],
    }  # fmt: skip


def test_what_was_known_when_it_was_paid_stays_readable_after_a_correction(
    town: Workspace,
) -> None:
    then, before = explained(town, "--known-on", "2026-02-28")
    now, after = explained(town)
    assert (before["countable"]["cents"], after["countable"]["cents"]) == (60000, 150000)
    assert [len(told["versions"]) for told in (then, now)] == [1, 2]
    assert [len(told["entries"]) for told in (then, now)] == [1, 2]


def test_at_the_norm_the_exemption_ends_and_explain_says_why(town: Workspace) -> None:
    _, figures = explained(town)
    assert figures["exemption_1"]["cents"] == figures["benefit"]["cents"] == 0
    assert "C is ten minste N" in figures["exemption_1"]["inputs"]["none_because"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_people_read_names_and_amounts_not_keys(
    town: Workspace, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from jobs import cli

    town.change_settings(('language = "nl"', f'language = "{language}"'))
    assert cli.run(["--home", str(town.home), "--date", "2026-03-21", "explain", "K0001001"]) == 0
    text = capsys.readouterr().out
    assert "_" not in text.replace(str(town.home), "").replace("norm_incl", "").replace(
        "VRIJLATING_25", ""
    ).replace("IB-0999-2026-01-001.csv", "").replace("exemption_n", ""), text
    assert {"nl": "komt de klant toe", "en": "due to the client"}[language] in text


def test_an_unknown_client_or_month_is_refused_with_what_to_do(town: Workspace) -> None:
    for client, month in (("K0009999", "2026-01"), ("K0001001", "2025-12")):
        refused = town("explain", client, month)
        assert refused.code == 2
        assert client in refused.err
