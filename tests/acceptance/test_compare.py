"""`surplus compare`: ordinary settlement beside what was really paid (domain.md §4, §4.1)."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobs import cli
from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make

F = 133143
VARIANTS = ("on_the_month", "afterwards", "estimate", "surplus")
#: Of each month of 2026: its data, the day on which they are sent, and the day of preparing.
SENT = {"2026-01": "2026-02-20", "2026-02": "2026-03-20", "2026-03": "2026-04-20"}


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Workspace:
    """Norms taken in, January 2026."""
    made = make(tmp_path / "home", store_url, "2026-01-05")
    made.done("import", str(files.norms(tmp_path)))
    return made


def live(town: Workspace, folder: Path, *wages: int, no: int = 1001, late: str = "") -> None:
    """Months of a client: fixed payments, the wage on the 3rd and the data on the 20th after it.

    With `late` the first wage is received on that day.
    """
    bank = files.Bank(folder)
    for place, (month, wage) in enumerate(zip(SENT, wages, strict=False)):
        on = {"2026-01": "2026-01-27", "2026-02": "2026-02-24", "2026-03": "2026-03-26"}[month]
        town.pay(month, on)
        sent = SENT[month]
        received = late if late and not place else f"{sent[:8]}03"
        days = [received, sent] if received < sent else [sent, received]
        told = files.delivery(folder, month, sent.replace("-", ""), files.wage(no, month, wage))
        for day in days:
            if day == sent:
                town.done("import", str(told), on=day)
            else:
                town.done("import", str(bank.wage(no, wage).statement(day)), on=day)
        town.done("settle", on=max(days))


def received(answer: Any, variant: str) -> list[int]:
    return [row[f"{variant}_cents"] for row in answer["months"]]


def test_a_wage_of_900_instead_of_600_comes_out_as_the_worked_example(
    town: Workspace, tmp_path: Path
) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    live(town, tmp_path, 60000, 90000, 60000)
    told = town.done("compare", "K0001001", on="2026-04-20")
    assert {variant: received(told, variant) for variant in VARIANTS} == {
        "on_the_month": [136143, 137643, 136143],
        "afterwards": [193143, 166143, 107643],
        "estimate": [136143, 166143, 79143],
        "surplus": [F, F + 3000, F + 4500],
    }
    assert [row["wage_on"] for row in told["months"]] == ["2026-02-03", "2026-03-03", "2026-04-03"]
    assert [row["pay_on"] for row in told["months"]] == ["2026-01-30", "2026-02-27", "2026-03-31"]
    assert [row["on_the_month_on"] for row in told["months"]] == list(SENT.values())
    measures = {row["variant"]: row for row in told["measures"]}
    assert measures["on_the_month"]["days_late"] == 21 + 21 + 20
    assert measures["surplus"]["days_late"] == 0
    # Over the months together all is the same but for what is still to come.
    assert {row["total_cents"] + row["rest_cents"] for row in told["measures"]} == {409929}


def test_a_wage_received_weeks_late_is_a_month_short_of_money_but_not_with_surplus(
    town: Workspace, tmp_path: Path
) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    live(town, tmp_path, 60000, 60000, late="2026-02-25")
    told = town.done("compare", "K0001001", on="2026-03-20")
    assert [row["wage_cents"] for row in told["months"]] == [0, 120000]
    assert received(told, "on_the_month") == [76143, 196143]
    assert [row["below_90"] for row in told["measures"]] == [1, 0, 1, 0]
    assert received(told, "surplus")[0] == F


def test_at_outflow_the_last_income_is_a_claim_only_when_settled_afterwards(
    town: Workspace, tmp_path: Path
) -> None:
    gone = files.client("1001", status="BEEINDIGD", deelname_tot="2026-02-28")
    town.done("import", str(files.clients(tmp_path, gone)))
    live(town, tmp_path, 60000, 60000)
    measures = town.done("compare", "K0001001", on="2026-03-20")["measures"]
    claims = {row["variant"]: row["claim_cents"] for row in measures}
    assert claims == {"on_the_month": 0, "afterwards": 60000, "estimate": 0, "surplus": 0}


def test_a_wage_that_the_employer_paid_to_the_client_is_received_with_surplus_too(
    town: Workspace, tmp_path: Path
) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    wage = files.wage(1001, "2026-01", 60000)
    told = files.delivery(tmp_path, "2026-01", "20260220", wage)
    town.done("import", str(told), on="2026-02-20")
    town.done("settle", on="2026-02-20")
    town.done(
        "decide", "K0001001", "wage-paid-to-client", "--month", "2026-01", "--employer",
        files.HELDER[1], "--amount", "600,00", "--reason", "told by the employer",
        on="2026-02-21", operator="income-1",
    )  # fmt: skip
    change = town.done("changes", "list", on="2026-02-21")[0]["id"]
    town.done("changes", "approve", str(change), on="2026-02-21", operator="treasury-1")
    assert received(town.done("compare", "K0001001", on="2026-02-21"), "surplus") == [F + 60000]


def test_holiday_allowance_left_out_of_norm_and_income_leaves_the_sums_the_same(
    town: Workspace, tmp_path: Path
) -> None:
    town.change_settings(('holiday_mode = "INCL"', 'holiday_mode = "EXCL"'))
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    live(town, tmp_path, 60000, 60000)
    told = town.done("compare", "K0001001", on="2026-03-20")
    assert [row["paid_norm_cents"] for row in told["months"]] == [F, F]
    assert received(told, "on_the_month") == [F, F]
    assert received(told, "afterwards") == [F + 60000, F]


def test_all_clients_together_are_each_of_them_added_up(town: Workspace, tmp_path: Path) -> None:
    some = [files.client(no) for no in ("1001", "1002", "1003")]
    town.done("import", str(files.clients(tmp_path, *some)))
    live(town, tmp_path, 60000, 90000)
    town.done("settle", "--through", "2026-02", on="2026-04-13")
    together = town.done("compare", "--all", on="2026-04-13")
    alone = [
        row
        for no in ("K0001001", "K0001002", "K0001003")
        for row in town.done("compare", no, on="2026-04-13")["measures"]
    ]
    assert together["measures"] == alone
    for told in together["variants"]:
        mine = [row for row in alone if row["variant"] == told["variant"]]
        assert told["clients"] == len(mine) == 3
        assert told["totals"]["total_cents"] == sum(row["total_cents"] for row in mine)


def test_a_folder_gets_workbook_and_picture_and_the_audit_trail_a_line(
    town: Workspace, tmp_path: Path
) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    live(town, tmp_path, 60000)
    made = []
    for name in ("one", "two"):
        out = tmp_path / name
        told = town.done("compare", "K0001001", "--out", str(out), on="2026-02-20")
        made.append({Path(file).name: Path(file).read_bytes() for file in told["files"]})
        assert {stat.S_IMODE(file.stat().st_mode) for file in out.iterdir()} == {0o600}
    assert list(made[0]) == ["compare_0999_K0001001.xlsx", "compare_0999_K0001001.svg"]
    assert made[0] == made[1]
    noted = town.query("SELECT action, subject FROM audit WHERE action = 'compare'")
    assert noted == [("compare", "K0001001")] * 2
    assert town.done("check", on="2026-02-20")


def test_without_a_folder_nothing_is_written(town: Workspace, tmp_path: Path) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    live(town, tmp_path, 60000)
    runs = len(town.query("SELECT run FROM run"))
    assert town.done("compare", "--all", on="2026-02-20")["files"] == []
    assert len(town.query("SELECT run FROM run")) == runs


@pytest.mark.parametrize("form", ["svg", "png"])
def test_where_matplotlib_is_not_installed_the_message_names_the_extra(
    town: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    live(town, tmp_path, 60000)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    words = ("compare", "--all", "--out", str(tmp_path / "out"), "--format")
    refused = town(*words, form, on="2026-02-20")
    assert refused.code == 2
    assert "surplus[plots]" in refused.err
    assert not (tmp_path / "out").exists()
    assert [Path(file).suffix for file in town.done(*words, "none", on="2026-02-20")["files"]] == [
        ".xlsx"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "compare one client, or all"),
        (("K0001001", "--all"), "compare one client, or all"),
        (("--all", "--format", "gif"), "there is no format gif"),
        (("K0001001",), "nothing to compare"),
    ],
)
def test_wrong_use_is_told(town: Workspace, words: tuple[str, ...], said: str) -> None:
    answer = town("compare", *words)
    assert answer.code == 2
    assert said in answer.err


@pytest.mark.parametrize("language", ["nl", "en"])
def test_people_read_it_in_the_language_of_the_municipality(
    town: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    town.change_settings(('language = "nl"', f'language = "{language}"'))
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    live(town, tmp_path, 60000)
    capsys.readouterr()
    asked = ["--home", str(town.home), "--date", "2026-02-20", "compare"]
    for subject in ("K0001001", "--all"):
        assert cli.run([*asked, subject]) == 0
    told = capsys.readouterr().out
    names = {"nl": ("Op de maand", "Achteraf", "Standaardafwijking", "mediaan"),
             "en": ("On the month", "Afterwards", "Standard deviation", "median")}  # fmt: skip
    assert all(name in told for name in names[language])
    assert "1.361,43 (+21)" in told


def test_matplotlib_is_loaded_for_a_picture_only(tmp_path: Path) -> None:
    program = (
        "import sys; from jobs import cli; "
        f"cli.run(['--home', {str(tmp_path)!r}, 'compare', '--all']); "
        "import surplus.reports.compare_book, surplus.reports.compare_plot; "
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
