"""A supplier's own layout through the command line: looked at first, then taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobs import cli
from tests.acceptance import files
from tests.acceptance.dump import canonical
from tests.acceptance.workspace import Workspace, make
from tests.intake.test_layouts import OVERVIEW, written

WHO = {"1001": "999990019", "1002": "999990056"}


@pytest.fixture
def town(tmp_path: Path) -> Workspace:
    """The two clients of the document, who take part since January 2026."""
    made = make(tmp_path / "home", "sqlite:///surplus.db", "2026-04-21")
    made.done("import", str(files.norms(tmp_path)))
    people = (files.client(no, bsn=bsn) for no, bsn in WHO.items())
    made.done("import", str(files.clients(tmp_path, *people)))
    (made.home / "columns.toml").write_text(written("columns.toml"), encoding="utf-8")
    return made


def bring(town: Workspace, content: str, name: str = "overview.csv") -> str:
    path = town.home.parent / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def kept(town: Workspace) -> dict[str, Any]:
    """Everything but the register of runs, which tells of a preview too."""
    told = canonical(town)
    del told["rows"]["run"]
    return told


def preview(town: Workspace, content: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a person sees."""
    capsys.readouterr()
    options = ["--home", str(town.home), "--date", town.on]
    cli.run([*options, "import", bring(town, content), "--preview"])
    return capsys.readouterr().out


def test_a_preview_shows_mapping_totals_problems_and_effect_and_writes_nothing(
    town: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    before = kept(town)
    shown = preview(town, OVERVIEW.replace("N,710.50", "N,710,50"), capsys)
    assert "overview.csv: doorlevering, refused" in shown  # a field too many, without any totals
    shown = preview(town, OVERVIEW.replace("Nieuwe periode,J", "Nieuw,J"), capsys)
    for line in (
        "overview.csv: doorlevering, accepted: 2 rows, 1 recorded, 0 held, 1 rejected, 1 skipped",
        "layout overview-7 (version 7.1):",
        "    Burgerservicenummer → bsn",
        "    leverdatum = {Berichtdatum}",
        "    rows with Signaalsoort OIB or Inkomen",
        "    not used: Naam",
        "  totals: bruto_loon_sv 1.360,50",
        "NO_TOTALS",
        "R22 E",
        "  facts that would come of it: 1 new",
        "    K0001001 2026-03: net told 0,00 → 600,00",
        "nothing was written",
    ):
        assert line in shown, shown
    assert kept(town) == before
    # Once it is in, a correction is seen as one.
    town.done("import", bring(town, OVERVIEW))
    corrected = OVERVIEW.replace("20-04-2026", "21-04-2026").replace("Nieuwe", "Gewijzigde")
    told = town.done("import", bring(town, corrected.replace("600.00", "620.00")), "--preview")
    assert told["would_change"] == {
        "new": 0, "changed": 1, "withdrawn": 0, "older": 0, "waits": 0, "changes": [],
        "net": [{"client_no": "K0001001", "month": "2026-03", "before_cents": 60000,
                 "after_cents": 62000}],
    }  # fmt: skip


@pytest.mark.parametrize(("claim_in_net", "net"), [(False, "600.00"), (True, "648.00")])
def test_the_same_facts_count_the_same_with_and_without_the_claim_in_the_net(
    town: Workspace, claim_in_net: bool, net: str
) -> None:
    town.change_settings(
        ('holiday_claim_method = "PAYROLL"', 'holiday_claim_method = "TABLE"'),
        ("claim_in_net = false", f"claim_in_net = {str(claim_in_net).lower()}"),
    )
    town.done("import", bring(town, OVERVIEW.replace("600.00", net)))
    town.done("settle", "--through", "2026-03", on="2026-05-11")
    rows = town.done("export", "settlements", "--month", "2026-03")
    assert [(row["countable_cents"], row["wage_cents"]) for row in rows] == [
        (64800, 60000),
        (70000, 70000),
    ]


def test_what_goes_back_to_the_supplier_has_its_own_columns(town: Workspace) -> None:
    told = town.done("import", bring(town, OVERVIEW.replace("Nieuwe periode,J", "Nieuw,J")))
    back = (town.home / told["returned"]).read_text(encoding="utf-8").splitlines()
    assert back[0] == OVERVIEW.splitlines()[0] + ",opmerking_surplus"
    assert len(back) == 2
    assert back[1].startswith('OIB,20-04-2026,999990056,"Bakker, S.",')
    # Put right, it is read as before, and the row that waited is closed.
    mended = "\n".join(back).replace("Nieuw,J", "Nieuwe periode,J") + "\n"
    again = town.done("import", bring(town, mended, "mended.csv"))
    assert (again["verdict"], again["counts"]["recorded"]) == ("accepted", 1)
    assert town.done("rejected", "list") == []


def test_a_row_whose_bsn_was_wrong_answers_the_one_that_waits(town: Workspace) -> None:
    told = town.done("import", bring(town, OVERVIEW.replace("999990056", "99999005")))
    back = (town.home / told["returned"]).read_text(encoding="utf-8")
    again = town.done("import", bring(town, back.replace(",99999005,", ",999990056,"), "b.csv"))
    assert again["counts"]["recorded"] == 1
    assert town.done("rejected", "list") == []


def test_a_mapping_with_an_unknown_key_is_refused_by_its_name(town: Workspace) -> None:
    path = town.home / "columns.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("decimal =", "decimals ="))
    answer = town("import", bring(town, OVERVIEW))
    assert answer.code == 2
    assert "layouts.overview-7.decimals is not a known key; did you mean" in answer.err
