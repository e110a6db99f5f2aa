"""What is wrong with a file finds its way back: to the operator, to the sender, and out of sight
once it has been put right.
"""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from surplus.intake import opening
from tests.acceptance.workspace import Answer, Workspace
from tests.intake import suwi_files
from tests.intake.books import as_book
from tests.intake.client_files import client, clients
from tests.intake.files import april, delivery, header, wage
from tests.intake.payslip_files import as_csv, as_workbook, slip
from tests.schemas import SCHEMAS, needs_schemas

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
REMARK = "opmerking_surplus"
APRIL = header("IB-0999-2026-04-001", "20260520", maand="2026-04")
WRONG = {"vakantietoeslag": "1.234,56"}


@pytest.fixture
def town(workspace: Workspace, examples: Path) -> Workspace:
    for step in ("clients/norms_2026h1.csv", "clients/clients_manifest.csv"):
        workspace.done("import", str(examples / step))
    return workspace


@pytest.fixture
def bring(town: Workspace, tmp_path: Path) -> Callable[..., Answer]:
    """Take in content under a name."""

    def take(content: bytes, name: str = "file.csv") -> Answer:
        path = tmp_path / name
        path.write_bytes(content)
        answer = town("import", str(path))
        assert answer.code in (0, 3), answer.err
        return answer

    return take


def back(town: Workspace, answer: Answer) -> bytes:
    """What went back to the sender."""
    return (town.home / answer.data["returned"]).read_bytes()


def records(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=";"))


def waiting(town: Workspace, *words: str) -> list[tuple[Any, ...]]:
    rows = town("rejected", "list", *words).data
    return [(row["delivery"], row["line"], row["code"], row["state"]) for row in rows]


def test_rejected_rows_go_back_in_the_senders_own_layout(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    columns = ["recordtype", *(name for name in wage() | WRONG), "leveringsnummer", "volgnummer",
               "leverdatum", "kleur"]  # fmt: skip
    columns = list(dict.fromkeys(columns))
    answer = bring(delivery(wage(), april(kleur="rood") | WRONG, columns=columns), "maart.csv")
    path = town.home / answer.data["returned"]
    assert (path.name, stat.S_IMODE(path.stat().st_mode)) == (
        f"maart-{answer.data['delivery']}.csv", 0o600,
    )  # fmt: skip
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    head, names, row, tail = records(path.read_bytes())
    assert head == list(header().values())
    assert names == [*columns, REMARK]
    told = dict(zip(names, row, strict=True))
    assert (told["vakantietoeslag"], told["kleur"], told["volgnummer"]) == ("1.234,56", "rood", "1")
    assert told[REMARK].startswith(f"{answer.data['delivery']}:4 afgekeurd | R05 vakantietoeslag: ")
    assert tail == ["T", "1", "740,00", "740,00", "0,00", "740,00"]


def test_what_comes_back_put_right_is_taken_in_and_leaves_the_quarantine(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    """Also where the row could not be known by its key: its BSN was what was wrong."""
    first = bring(delivery(wage() | {"bsn": "99999001"}, april()), "maart.csv")
    assert waiting(town) == [(first.data["delivery"], 3, "R01", "rejected")]
    mended = back(town, first).replace(b";99999001;", b";999990019;")
    mended = mended.replace(b"IB-0999-2026-03-001", b"IB-0999-2026-03-002")
    again = bring(mended, "maart-verbeterd.csv")
    assert (again.code, again.data["counts"]["recorded"], again.data["codes"]) == (0, 1, [])
    assert town("rejected", "list").code == 0
    assert waiting(town, "--all") == [(first.data["delivery"], 3, "R01", "corrected")]


def test_a_row_that_is_wrong_once_more_answers_both_when_it_is_right(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    told = back(town, bring(delivery(wage() | {"bsn": "99999001"}, april())))
    still = told.replace(b";99999001;", b";999990018;").replace(b"03-001", b"03-002")
    again = back(town, bring(still, "b.csv"))
    assert records(again)[1].count(REMARK) == 1
    right = again.replace(b";999990018;", b";999990019;").replace(b"03-002", b"03-003")
    assert bring(right, "c.csv").data["counts"]["recorded"] == 1
    assert waiting(town) == []


def test_a_remark_answers_no_row_of_somebody_else(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    first = bring(delivery(wage() | {"bsn": "99999001"}, april()))
    other = april(dat_b_iko="20260501", dat_e_iko="20260531", **{REMARK: "3:3 afgekeurd"})
    other = other | {"loonheffingennummer": "999990032L01"}
    columns = [*dict.fromkeys([*wage(), "leveringsnummer", "volgnummer", "leverdatum"]), REMARK]
    sent = header("IB-0999-2026-05-001", "20260620", maand="2026-05")
    assert bring(delivery(other, head=sent, columns=columns)).data["counts"]["recorded"] == 1
    assert waiting(town) == [(first.data["delivery"], 3, "R01", "rejected")]


@pytest.mark.parametrize("state", ["rejected", "held"])
def test_the_same_period_told_later_takes_the_row_and_its_finding_away(
    town: Workspace, bring: Callable[..., Answer], state: str
) -> None:
    wrong = WRONG if state == "rejected" else {"indicatief_netto": ""}
    bring(delivery(wage() | wrong, april()))
    assert [row[-1] for row in waiting(town)] == [state]
    assert len(town("findings").data) == (1 if state == "held" else 0)
    assert bring(delivery(wage(), head=APRIL)).code == 0
    assert (town("rejected").code, town("findings").data) == (0, [])


def test_a_row_that_the_sender_told_before_it_takes_nothing_away(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    bring(delivery(wage(tag="GEWIJZIGD") | WRONG, head=APRIL))
    bring(delivery(wage()))
    assert [row[2:] for row in waiting(town)] == [("R05", "rejected")]


def test_a_full_delivery_goes_back_as_changes_so_that_it_withdraws_nothing(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    first = bring(delivery(wage(), april() | WRONG, head=header(soort="VOLLEDIG")))
    assert records(back(town, first))[0][6] == "MUTATIES"
    mended = back(town, first).replace(b"1.234,56", b"0,00").replace(b"03-001", b"03-002")
    assert bring(mended, "verbeterd.csv").data["counts"]["recorded"] == 1
    states = town.query("SELECT DISTINCT state FROM income")
    assert (states, waiting(town)) == ([("recorded",)], [])


def test_a_payslip_goes_back_as_a_workbook_with_its_values_and_comes_back_put_right(
    town: Workspace, bring: Callable[..., Answer], examples: Path
) -> None:
    bring((examples / "income" / "doorlevering_2026-03_valid.csv").read_bytes(), "maart.csv")
    net = slip(netto_verrekenbaar="695,10", netto_loon_uitbetaald="743,12", bruto_loon="695,10",
               reiskosten_onbelast="48,02", inhoudingen_overig="0,00")  # fmt: skip
    first = bring(as_workbook(net | {"betaaldatum": "2026-06-30", "opmerking": "'=1+1"}), "a.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(back(town, first)))
    names, row = book.active.iter_rows(values_only=True)
    told = dict(zip(names, row, strict=True))
    assert (told["bruto_loon"], told["bsn_of_klantnummer"]) == (695.10, "999990019")
    assert "R33 betaaldatum" in told[REMARK]
    book.active.cell(2, names.index("betaaldatum") + 1).value = "2026-03-25"
    mended = io.BytesIO()
    book.save(mended)
    assert bring(mended.getvalue(), "b.xlsx").data["counts"]["recorded"] == 1
    assert waiting(town) == []


def test_a_payslip_of_the_same_period_sent_again_takes_the_rejected_one_away(
    town: Workspace, bring: Callable[..., Answer], examples: Path
) -> None:
    bring((examples / "income" / "doorlevering_2026-03_valid.csv").read_bytes(), "maart.csv")
    net = slip(netto_verrekenbaar="695,10", netto_loon_uitbetaald="743,12", bruto_loon="695,10",
               reiskosten_onbelast="48,02", inhoudingen_overig="0,00")  # fmt: skip
    bring(as_csv(net | {"uren": "60,00", "loonheffing": "0.00"}), "a.csv")
    assert [row[2] for row in waiting(town)] == ["R05"]
    bring(as_csv(net), "b.csv")
    assert waiting(town) == []


def test_text_of_the_sender_goes_back_as_no_formula_and_numbers_as_they_are(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    evil = april(amount="-5,00", naam_werkgever='=HYPERLINK("http://x")') | WRONG
    _, names, row, _ = records(back(town, bring(delivery(wage(), evil))))
    told = dict(zip(names, row, strict=True))
    assert told["naam_werkgever"] == '\'=HYPERLINK("http://x")'
    assert told["bruto_loon_sv"] == "-5,00"


def test_a_refused_file_goes_back_whole_with_its_wrong_rows_marked(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    answer = bring(delivery(wage(), april(bruto_loon_sv="912.00")))
    assert answer.data["verdict"] == "refused"
    head, names, good, wrong, tail = records(back(town, answer))
    assert (head[6], tail[0], good[-1]) == ("MUTATIES", "T", "")
    assert names[-1] == REMARK
    assert wrong[-1].startswith("geweigerd | R05 bruto_loon_sv")


def test_a_file_without_rows_to_mark_goes_back_with_its_report_only(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    answer = bring(b"recordtype;bsn\nD;1\n")
    assert (answer.data["verdict"], "returned" in answer.data) == ("refused", False)


def test_a_list_of_clients_goes_back_whole_and_only_for_rows_that_are_wrong(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    rows = [client(1011), client(1012, bsn="999990018")]
    names, one, two = records(back(town, bring(clients(*rows), "klanten.csv")))
    assert (names[-1], one[-1]) == (REMARK, "")
    assert "C02 bsn" in two[-1]


def test_two_wrong_rows_among_many_warnings_are_the_first_thing_on_the_screen(
    town: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from jobs import cli

    def row(number: int, **told: str) -> dict[str, str]:
        return wage(volgnr_ikv=str(number), verloonde_uren="500,00", **told)

    rows = [row(number) for number in range(1, 400)]
    rows[123] |= {"bsn": "99999001"}
    rows[300] |= WRONG
    path = tmp_path / "groot.csv"
    path.write_bytes(delivery(*rows))
    options = ["--home", str(town.home), "--date", town.on]
    assert cli.run([*options, "import", str(path)]) == 3
    assert cli.run([*options, "rejected"]) == 3
    screens = capsys.readouterr().out
    imported, listed = screens.split("every row that waits")
    for screen in (imported, listed):
        assert len(screen.splitlines()) <= 24
        assert max(map(len, screen.splitlines())) <= 100
        assert screen.index("line 126 bsn") < screen.index("line 303 vakantietoeslag")
        assert "line 303 vakantietoeslag" in screen.split("R28")[0]
        told = " ".join(screen.split())
        assert "Laat de afzender het BSN als tekst van negen cijfers leveren." in told


def test_rows_are_chosen_by_delivery_code_client_and_lines(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    strangers = [wage(volgnr_ikv=str(n), bsn=999990202) for n in range(1, 4)]
    bring(delivery(*strangers, wage() | WRONG, april()))
    third = town.query("SELECT MAX(delivery) FROM delivery")[0][0]
    assert [row[1] for row in waiting(town, "--code", "R03")] == [3, 4, 5]
    assert [row[1] for row in waiting(town, "--client", "K0001001")] == [6]
    assert [row[1] for row in waiting(town, "--delivery", str(third), "--lines", "4-6")] == [
        4,
        5,
        6,
    ]
    assert town("rejected", "list", "--lines", "x").code == 2
    (one, two) = town("rejected", "list", "--summary").data
    assert (one["code"], one["rows"], one["places"][0]["line"]) == ("R05", 1, 6)
    assert (two["code"], two["rows"]) == ("R03", 3)


def test_many_rows_are_dropped_with_one_reason_that_is_kept(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    bring(delivery(*(wage(volgnr_ikv=str(n), bsn=999990202) for n in range(1, 4)), april()))
    number = str(town.query("SELECT MAX(delivery) FROM delivery")[0][0])
    words = ("rejected", "drop", "--code", "R03", "--reason", "verhuisd")
    assert town(*words, "--lines", "9", operator="income-1").code == 2
    assert town("rejected", "drop", "--reason", "alles", operator="income-1").code == 2
    assert town.done(*words, "--lines", "3-4", operator="income-1") == {
        "state": "dropped",
        "rows": 2,
    }
    assert [row[1] for row in waiting(town)] == [5]
    assert len(town("findings").data) == 1
    assert town.query("SELECT subject, reason FROM audit WHERE action = 'rejected drop'") == [
        (f"{number}:3-4", "verhuisd")
    ]
    assert town.done("rejected", "drop", number, "5", "--reason", "ook", operator="income-1")
    assert town("rejected").code == 0


def test_chosen_rows_that_fit_now_are_recorded_on_request(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    bring(delivery(wage(bsn=999990202), wage(cd_srt_ikv="33")))
    assert town.done("rejected", "retry", "--code", "R03") == {"released": 0}
    assert town.done("rejected", "retry") == {"released": 0}
    assert len(waiting(town)) == 2


OPENING = (
    "klantnummer;peildatum;bron;buffer;reservering_vakantietoeslag;vordering;te_ontvangen_loon;"
    "loonheffingennummer;naam_werkgever;loonmaand",
    "K0001001;2026-03-01;Oud;812,50;142,71;;;;;",
    "K0009999;2026-03-01;Oud;1,00;;;;;;",
    "TOTAAL;;;812,50;142,71;;;;;",
)


def test_refused_opening_balances_go_back_whole_with_what_is_wrong_in_each_row(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    answer = bring("\n".join([*OPENING, ""]).encode(), "beginstand.csv")
    names, first, unknown, total = records(back(town, answer))
    assert names == [*OPENING[0].split(";"), REMARK]
    assert (first[-1], unknown[:3]) == ("", ["K0009999", "2026-03-01", "Oud"])
    assert unknown[-1].startswith("geweigerd | O01 klantnummer: ")
    assert total[-1].startswith("geweigerd | F11 buffer: ")
    # Put right it is taken in, with the column that came with it.
    mended = back(town, answer).replace(b"K0009999", b"K0001002")
    again = bring(mended.replace(b"TOTAAL;;;812,50", b"TOTAAL;;;813,50"), "beginstand-2.csv")
    assert (again.data["verdict"], "returned" in again.data) == ("accepted", False)


def test_refused_opening_balances_go_back_as_the_workbook_that_they_came_in(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    content = as_book("\n".join(OPENING).encode(), opening.FORMS)
    answer = bring(content, "beginstand.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(back(town, answer))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert (rows[0][-1], rows[1][-1], rows[2][3]) == (REMARK, None, 1.0)
    assert rows[2][-1].startswith("geweigerd | O01 klantnummer: ")


@needs_schemas
def test_what_is_wrong_in_an_inkomenslevering_goes_back_as_a_list(
    town: Workspace, bring: Callable[..., Answer]
) -> None:
    town.change_settings(('schemas = "../schemas"', f'schemas = "{SCHEMAS}"'))
    second = suwi_files.message(
        suwi_files.relation(suwi_files.statement(end="20260231"), employer="999990020X01")
    )
    answer = bring(suwi_files.delivery(suwi_files.wage(bsn=999990135), second), "maart.xml")
    assert answer.data["returned"] == f"returned/maart-{answer.data['delivery']}.csv"
    head, *rows = records(back(town, answer))
    assert head == ["regel", "plaats", "waarde", "stand", "code", "opmerking", "herstel"]
    inside = "Bericht[2]/Inkomstenverhouding[1]"
    assert [row[:5] for row in rows] == [
        ["4", "Bericht[1]/Bsn", "999990135", "vastgehouden", "R03"],
        ["5", f"{inside}/AdministratieveEenheid/Loonheffingennr", "999990020X01", "afgekeurd",
         "R04"],
        ["5", f"{inside}/Inkomstenopgave[1]/DatEIko", "20260231", "afgekeurd", "R10"],
    ]  # fmt: skip
    assert all(row[5] and row[6] for row in rows)
    refused = bring(suwi_files.delivery(second.replace("999990020X01", "")), "april.xml")
    assert refused.data["verdict"] == "refused"
    assert records(back(town, refused))[1][3:5] == ["geweigerd", "F03"]
