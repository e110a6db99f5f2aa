"""`explain` leads every figure back to what it rests on, as known now or on a day."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs import cli
from surplus.money import round_half_up
from surplus.reports.explain_words import LABELS, NAMES
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
    # A quarter of 1,500.00 is above the cap; D drops by 95% of it where C reaches N.
    assert figures["exemption_1"]["inputs"]["below_the_norm"] == 28500


@pytest.mark.parametrize("language", ["nl", "en"])
def test_people_read_names_and_amounts_not_keys(
    town: Workspace, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
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


# --- a month of everything ------------------------------------------------------------------------

ON = "2026-05-20"


@pytest.fixture
def household(tmp_path: Path, store_url: str) -> Workspace:
    """A couple of which both work at one employer, she per four weeks, he told by a payslip with an
    attachment; another benefit; year-end pay; n for her, a norm lowered from 10 March.
    """
    made = make(tmp_path / "home", store_url, "2026-03-01")
    right = {"vrijlating_soort": "VRIJLATING_25", "vrijlating_recht_vanaf": "2026-01-01",
             "vrijlating_maanden_recht": "6", "vrijlating_maanden_gebruikt": "1"}  # fmt: skip
    couple = {"leefvorm": "GEHUWD", "aantal_kostendelers": "3", "bsn_partner": files.bsn(900),
              "partner_geboortedatum": "1990-05-05",
              **{f"partner_{name}": value for name, value in right.items()}}  # fmt: skip
    told = files.client("1001", "2026-03-01", **couple)
    made.done("import", str(files.clients(tmp_path, told)))
    for words in (
        ("norm-reduction", "--value", "10%", "--from", "2026-03-10", "--number", "B-7"),
        ("fixed-payment", "--amount", "1500,00", "--number", "B-8",
         "--from", "2026-03-01", "--until", "2026-03-31"),
    ):  # fmt: skip
        approved(made, *words)
    partner = {"bsn": files.bsn(900)}
    uwv = {"loonheffingennummer": "999990044L01", "naam_werkgever": "UWV", "cd_srt_ikv": "33"}
    slip = files.payslip(
        1001, "2026-03", 48000, bruto_loon="540,00", reiskosten_onbelast="30,00",
        inhoudingen_overig="90,00", beslag="90,00", opmerking="beslag", opbouw_vt_netto="20,00",
        netto_verrekenbaar="450,00",
    )  # fmt: skip
    made.done(
        "import",
        str(files.delivery(
            tmp_path, "2026-04", "20260520",
            files.wage(1001, "2026-03", 54000, reiskosten_onbelast="30,00", opgb_recht_vt="25,00"),
            files.wage(1001, "2026-03", 12000, **uwv),
            files.four_weeks(0, "2026-02-23", 30000, **partner),
            files.four_weeks(0, "2026-03-23", 30000, **partner, indicatief_netto_bijz="60,00",
                             extra_prd_salaris="80,00", loon_lb="400,00"),
        )),
        str(files.payslips(tmp_path, slip)),
        on=ON,
    )  # fmt: skip
    approved(made, "paid_to", "--employer", uwv["loonheffingennummer"], "--payee", "client")
    made.done("settle", on=ON)
    return made


def approved(town: Workspace, kind: str, *words: str) -> None:
    asked = town.done("decide", "K0001001", kind, *words, "--reason", "agreed",
                      on=ON, operator="income-1")  # fmt: skip
    town.done("changes", "approve", str(asked["id"]), on=ON, operator="treasury-1")


def text_of(town: Workspace, month: str, capsys: pytest.CaptureFixture[str]) -> str:
    command = ["--home", str(town.home), "--date", ON, "explain", "K0001001", month]
    capsys.readouterr()
    assert cli.run(command) == 0
    return capsys.readouterr().out


def inputs_of(value: Any) -> Iterator[str]:
    """Every key in the inputs of a figure."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            for key, inner in one.items():
                yield key
                yield from inputs_of(inner)


def test_a_month_of_everything_leads_to_file_line_rule_and_booking(household: Workspace) -> None:
    told = household.done("explain", "K0001001", "2026-03", on=ON)
    assert (told["state"], told["version"], told["waits"]) == ("settled", 1, [])
    for figure in told["figures"]:
        assert figure["name"] in NAMES
        assert isinstance(figure["cents"], int)
        assert figure["formula"]
        assert figure["source"]
    incomes = [figure for figure in told["figures"] if figure["name"] == "income"]
    cents = {figure["name"]: figure["cents"] for figure in told["figures"]}
    assert cents["countable"] == sum(figure["cents"] for figure in incomes)
    assert {figure["inputs"]["employer"]: figure["cents"] for figure in incomes} == {
        files.HELDER[1]: 56000, "999990044L01": 12000,
        f"{files.HELDER[1]} (partner)": 32500 + 1500,
    }  # fmt: skip
    wages = next(figure for figure in told["figures"] if figure["name"] == "wage")["inputs"]
    assert wages[files.HELDER[1]] == {"cents": 48000, "from": "payslip"}
    assert wages[f"{files.HELDER[1]} (partner)"]["from"] == "delivery"

    # Each fact is a line of a file that stands in the archive, about the one who earned it.
    archive = {path.name: path for path in (household.home / "archive").rglob("*.csv")}
    for fact in told["facts"]:
        line = archive[fact["file"]].read_text(encoding="utf-8").splitlines()[fact["line"] - 1]
        assert line.split(";")[0 if fact["source"] == "payslip" else 4] in (
            files.bsn(1001), files.bsn(900),
        )  # fmt: skip
        assert fact["period"].split("–")[0].replace("-", "") in line.replace("-", "")
    states = [(fact["source"], fact["state"]) for fact in told["facts"]]
    assert states.count(("delivery", "superseded")) == 1

    booked = [posting for one in told["bookings"] for posting in one["postings"]]
    assert [one["entry"] for one in told["bookings"]] == told["entries"]
    assert -sum(p["cents"] for p in booked if p["account"] == 2000) == cents["entitlement"]
    assert sum(p["cents"] for p in booked if p["account"] == 1300) == cents["wage"]
    assert sum(p["cents"] for p in booked) == 0


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("mode", ["INCL", "EXCL"])
def test_every_sum_on_the_screen_is_right_and_every_input_has_a_name(
    household: Workspace, language: str, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    household.change_settings(('language = "nl"', f'language = "{language}"'),
                              ('holiday_mode = "INCL"', f'holiday_mode = "{mode}"'))  # fmt: skip
    sums = 0
    for month in ("2026-03", "2026-04"):  # April has not been settled: today's policy counts
        for line in text_of(household, month, capsys).splitlines():
            assert len(line) <= 100, line
            worked = re.fullmatch(r" {6}[^=]+ = ([-−×%+()/., 0-9]+) = ([-.,0-9]+)", line)
            if worked:
                sums += 1
                assert cents_of(worked[1]) == cents_of(worked[2]), line
        told = household.done("explain", "K0001001", month, on=ON)
        for figure in told["figures"]:
            for key in inputs_of(figure["inputs"]):
                symbol = re.fullmatch("[A-Z]|Bp|[CE][12]", key)
                employer = re.fullmatch(r"[0-9]{9}L[0-9]{2}( \(partner\))?", key)
                assert key in LABELS or symbol or employer, (figure["name"], key)
        assert {key for fact in told["facts"] for key in fact["told"]} <= set(LABELS)
    assert sums >= 10


def test_entries_name_their_accounts_and_facts_their_files(
    household: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    text = re.sub(r"\n +", " ", text_of(household, "2026-03", capsys))
    told = household.done("explain", "K0001001", "2026-03", on=ON)
    for fact in told["facts"]:
        assert f"levering {fact['delivery']} ({fact['file']}), regel {fact['line']}: " in text
    (entry,) = told["entries"]
    assert re.search(rf"boeking {entry} {ON} vaststelling: 1300 te ontvangen loon [0-9.,]+, ", text)


def test_json_may_stand_behind_the_command(
    household: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--home", str(household.home), "--date", ON]
    capsys.readouterr()
    assert cli.run([*words, "explain", "K0001001", "2026-03", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["client_no"] == "K0001001"


def cents_of(told: str) -> int:
    """What a sum in euros comes to, rounded half up to cents and never below zero for B."""
    plain = told.replace(".", "").replace(",", "").replace("−", "-").replace("×", "*")
    of_hundred = plain.replace("%", "/100")
    from fractions import Fraction

    value = eval(re.sub(r"([0-9]+)", r"Fraction(\1)", of_hundred), {"Fraction": Fraction})
    return int(round_half_up(value.numerator, value.denominator))


def test_an_open_month_says_what_it_waits_for(
    household: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    told = household.done("explain", "K0001001", "2026-04", on=ON)
    assert (told["state"], told["version"], told["entries"]) == ("open", 0, [])
    assert told["waits"] == [
        f"{files.HELDER[1]} heeft nog niet alles van de maand gemeld",
        "999990044L01 heeft nog niet alles van de maand gemeld",
    ]
    text = text_of(household, "2026-04", capsys)
    assert "open, zoals bekend op 2026-05-20" in text
    assert f"wacht: {files.HELDER[1]}" in text
    late = household.done("explain", "K0001001", "2026-04", on="2026-06-11")["waits"]
    assert late[-1] == "De termijn is voorbij en een lopend dienstverband heeft niets gemeld."


def test_a_month_without_a_job_says_until_when_it_waits(tmp_path: Path, store_url: str) -> None:
    town = make(tmp_path / "home", store_url, "2026-02-20")
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    town.done("settle")
    told = town.done("explain", "K0001001", "2026-01")
    assert told["waits"] == ["zonder dienstverband wordt pas na 2026-03-10 op nul verrekend"]
    assert town.done("explain", "K0001001", "2026-01", on="2026-03-11")["waits"] == []
