from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
from sqlalchemy import update

import jobs
from surplus import trail
from surplus.decisions.kinds import KINDS
from surplus.intake.clients.delivery import GUARDED
from surplus.ledger import seal
from surplus.ledger.journal import Draft, Line, book
from surplus.problems import Refusal
from surplus.reports import sample, splice, tables, words
from surplus.reports.audit import audit
from surplus.reports.period import Period
from surplus.reports.reconciliation import lines
from surplus.reports.sample import Sampling
from surplus.runs import Work
from surplus.store import tables as store
from surplus.store.engine import reading, writing
from tests.reports.conftest import CORRECTED, EVIL, FIRST, IBANS, LAST, ON, F, Story

NAME = f"surplus_0999_{FIRST}_{LAST}"
SHEETS = ["Lees mij", "Aansluiting", "Populatie uitkeringen", "Populatie inkomsten",
          "Vaststellingen", "Buffer per klant", "Journaal", "Proefbalans", "Onverklaard",
          "Correcties", "Retouren en afkeuringen", "Autorisaties", "Rechten",
          "Parameters en normen", "Wijzigingslog", "Quarantaine", "Bevindingen", "Importen",
          "Verwerkingen"]  # fmt: skip

TOTALLED = ("Proefbalans", "Buffer per klant", "Onverklaard")


def cells(path: Path, title: str) -> list[list[Any]]:
    return (
        python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name(title).to_python()
    )


def column(path: Path, title: str, header: str) -> list[Any]:
    head, *rows = cells(path, title)
    return [row[head.index(header)] for row in rows]


def test_the_workbook_has_every_sheet_in_the_language_of_the_municipality(workbook):
    assert python_calamine.CalamineWorkbook.from_path(str(workbook)).sheet_names == SHEETS


def test_english_is_spoken_where_it_is_asked_for(conn, settings, tmp_path):
    english = settings.model_copy(
        update={"municipality": settings.municipality.model_copy(update={"language": "en"})}
    )
    path = audit(conn, english, FIRST, LAST, ON, tmp_path)[0]
    assert python_calamine.CalamineWorkbook.from_path(str(path)).sheet_names[1] == "Reconciliation"
    assert "payment executed" in column(path, "Journal", "Kind")


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-01-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), ("2026-03-01", "2026-03-31"),
     ("2026-01-28", "2026-01-29"), ("2025-01-01", "2025-12-31")],
)  # fmt: skip
def test_both_sides_of_every_line_agree_in_every_period(conn, settings, first, last):
    told = lines(Period(conn, settings, first, last))
    assert {line.key: line.left - line.right for line in told if line.left != line.right} == {}


def test_a_statement_that_waited_behind_a_gap_counts_from_the_day_it_was_booked(books, settings):
    third = update(store.statement).where(store.statement.c.statement == 3)
    with writing(books) as conn:
        conn.execute(third.values(recorded_on="2026-02-27"))
    with reading(books) as conn:
        told = lines(Period(conn, settings, FIRST, "2026-02-28"))
    assert [line for line in told if line.left != line.right] == []


def test_the_reconciliation_compares_amounts_that_are_really_there(conn, settings):
    told = {line.key: line.left for line in lines(Period(conn, settings, FIRST, LAST))}
    assert told["bank_closing"] == 2_500_000 - 2 * 133143 + 62000 + 7500
    assert told["in_transit"] == 2 * 133143 + 19250
    assert told["told"] == told["wages"] == 64800
    assert told["unmatched"] == 7500


def differing(books: Any, settings: Any) -> set[str]:
    with reading(books) as conn:
        told = lines(Period(conn, settings, FIRST, LAST))
    return {line.key for line in told if line.left != line.right}


@pytest.mark.parametrize(
    ("statement", "lines_that_tell"),
    [
        (update(store.statement).where(store.statement.c.statement == 3).values(closing_cents=1),
         {"bank_closing"}),
        (update(store.bank_item).where(store.bank_item.c.item == 31).values(amount_cents=1),
         {"bank_in"}),
        (update(store.payment_batch).values(total_cents=1), {"approved", "sent"}),
        (update(store.obligation).where(store.obligation.c.obligation == 22)
         .values(amount_cents=1), {"in_transit", "buffer"}),
        (update(store.finding).where(store.finding.c.code == "UNMATCHED").values(amount_cents=1),
         {"unmatched"}),
    ],
)  # fmt: skip
def test_a_sum_that_is_off_shows_on_its_own_line(books, settings, statement, lines_that_tell):
    with writing(books) as conn:
        conn.execute(statement)
    assert differing(books, settings) == lines_that_tell


def test_a_month_that_became_open_again_is_told_with_its_reversal(books, settings, tmp_path):
    with writing(books) as conn:
        story = Story(conn, settings)
        story.work = replace(story.work, run=12)
        story.run("settle", "2026-03-30")
        story.settle(1001, 3, (0,) * 8, 0, before=CORRECTED, state="open")
        story.seal()
    with reading(books) as conn:
        path = audit(conn, settings, FIRST, LAST, ON, tmp_path)[0]
    assert set(column(path, "Aansluiting", "Verschil")) == {0.0}
    assert column(path, "Vaststellingen", "Stand")[2] == "open"
    assert column(path, "Vaststellingen", "Mutatie D")[2] == -1531.98


def test_a_difference_shows_on_the_sheet_and_on_the_cover(books, settings, tmp_path):
    with writing(books) as conn:
        conn.execute(
            update(store.statement).values(closing_cents=store.statement.c.closing_cents + 5)
        )
    with reading(books) as conn:
        path, *_, text = audit(conn, settings, FIRST, LAST, ON, tmp_path)
    assert column(path, "Aansluiting", "Verschil").count(-0.05) == 1
    assert "SLUIT NIET AAN" in [row[1] for row in cells(path, "Lees mij")]
    assert "differences       0.05" in text.read_text()


def test_differences_are_live_formulas_that_show_zero_without_being_calculated(workbook):
    live = openpyxl.load_workbook(workbook)["Aansluiting"]
    assert [cell.value for cell in live["H"][1:]] == [
        f"=ROUND(E{row}-G{row},2)" for row in range(2, live.max_row + 1)
    ]
    assert set(column(workbook, "Aansluiting", "Verschil")) == {0.0}
    assert "sluit aan" in [row[1] for row in cells(workbook, "Lees mij")]


def test_the_cover_counts_and_adds_up_every_sheet_by_formula(workbook):
    rows = {row[0]: row for row in cells(workbook, "Lees mij")}
    for title in SHEETS[1:]:
        counted = len(cells(workbook, title)) - 1 - (title in TOTALLED)
        assert rows[title][2] == rows[title][3] == counted
    debit = round(sum(euros or 0 for euros in column(workbook, "Journaal", "Debet")), 2)
    assert rows["Journaal"][4] == rows["Journaal"][5] == debit
    formulas = {
        row[0].value: row for row in openpyxl.load_workbook(workbook)["Lees mij"].iter_rows()
    }
    assert formulas["Journaal"][5].value == "=ROUND(SUM('Journaal'!$I$2:$I$31),2)"


def test_the_settlements_of_a_period_add_up_to_what_the_ledger_credited(workbook, conn, settings):
    changes = column(workbook, "Vaststellingen", "Mutatie D")
    credited = next(line.left for line in lines(Period(conn, settings, FIRST, LAST))
                    if line.key == "entitled")  # fmt: skip
    assert round(sum(changes) * 100) == credited
    assert changes == [1523.93, 8.05, 1331.43]


def test_the_trial_balance_adds_up_to_zero_and_debit_is_credit(workbook):
    *_, totals = cells(workbook, "Proefbalans")
    assert totals[0] == "Totaal"
    assert totals[2] == totals[5] == 0
    assert totals[3] == totals[4] > 0


def test_buffers_per_client_tie_to_the_balances(workbook, conn, settings):
    rows = dict(zip(column(workbook, "Buffer per klant", "Klantnummer"),
                    column(workbook, "Buffer per klant", "Eindsaldo"), strict=True))  # fmt: skip
    told = tables.balances(conn, settings, known_on=LAST)
    for client, cents in zip(told["client_no"], told["buffer_cents"].tolist(), strict=True):
        assert round(rows[client] * 100) == cents


def test_a_later_period_opens_with_what_the_earlier_one_closed(conn, settings, tmp_path):
    closing = audit(conn, settings, "2026-01-01", "2026-02-28", ON, tmp_path)[0]
    opening = audit(conn, settings, "2026-03-01", "2026-03-31", ON, tmp_path)[0]
    closed = dict(zip(column(closing, "Proefbalans", "Rekening"),
                      column(closing, "Proefbalans", "Eindsaldo"), strict=True))  # fmt: skip
    opened = dict(zip(column(opening, "Proefbalans", "Rekening"),
                      column(opening, "Proefbalans", "Beginsaldo"), strict=True))  # fmt: skip
    assert {account: opened[account] for account in closed} == closed


def test_text_from_outside_never_becomes_a_formula(workbook):
    assert f"'{EVIL}" in column(workbook, "Bevindingen", "Onderwerp")
    assert column(workbook, "Importen", "Bestand") == ["'=cmd.csv", "'@x.csv"]
    for sheet in openpyxl.load_workbook(workbook):
        formulas = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        assert all("HYPERLINK" not in cell.value for cell in formulas)
        assert all(re.match(r"=(ROUND|COUNTA|IF)\(", cell.value) for cell in formulas)


def test_ibans_stand_on_the_sheet_of_payments_alone(workbook):
    holding = {title for title in SHEETS
               if any(iban in str(cells(workbook, title)) for iban in IBANS.values())}  # fmt: skip
    assert holding == {"Populatie uitkeringen"}


def test_who_prepared_and_who_approved_stands_beside_each_payment(workbook):
    assert column(workbook, "Populatie uitkeringen", "Klaargezet door")[0] == "income-1"
    assert column(workbook, "Populatie uitkeringen", "Goedgekeurd door")[0] == "treasury-1"


def test_both_engines_give_the_same_workbook(workbook, conn, settings, tmp_path):
    path = audit(conn, settings, FIRST, LAST, ON, tmp_path)[0]
    assert path.read_bytes() == workbook.read_bytes()


def test_an_audit_done_twice_gives_the_same_workbook(books, settings, tmp_path):
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        with reading(books) as conn:
            audit(conn, settings, FIRST, LAST, ON, folder)
        audited(books, settings)
    first, second = ((folder / f"{NAME}.xlsx").read_bytes() for folder in folders)
    assert first == second


def audited(books: Any, settings: Any) -> None:
    """That somebody took the books along is itself in the audit trail, and sealed."""
    with writing(books) as conn:
        work = Work(conn, settings.code, 12, ON, "income-1", settings)
        trail.note(work, "audit")
        seal.close(work)


def test_the_text_file_bears_the_sha_and_the_heads_of_the_seal(books, settings, tmp_path):
    audited(books, settings)
    with reading(books) as conn:
        path, *_, text = audit(conn, settings, FIRST, LAST, ON, tmp_path)
        heads = seal.heads(conn, settings.code)
    told = text.read_text()
    assert hashlib.sha256(path.read_bytes()).hexdigest() in told
    assert f"last entry  {heads[-2]}" in told
    assert f"newest      {heads[-1]}" in told
    assert heads[-2] in str(cells(path, "Lees mij"))
    assert {file.stat().st_mode & 0o777 for file in (path, text)} == {0o600}


def test_a_period_that_ends_before_it_begins_is_refused(conn, settings, tmp_path):
    with pytest.raises(Refusal):
        audit(conn, settings, LAST, FIRST, ON, tmp_path)


def test_books_without_anything_in_them_can_be_audited(engine, settings, tmp_path):
    with reading(engine) as conn:
        path, *_ = audit(conn, settings, FIRST, LAST, ON, tmp_path)
    assert "sluit aan" in [row[1] for row in cells(path, "Lees mij")]


def test_a_sheet_that_is_split_is_still_counted_as_one(conn, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(splice, "ROWS_MAX", 20)
    path = audit(conn, settings, FIRST, LAST, ON, tmp_path)[0]
    read = python_calamine.CalamineWorkbook.from_path(str(path))
    cover = {row[0]: row for row in read.get_sheet_by_name("Lees mij").to_python()}
    assert "Journaal (2)" in read.sheet_names
    assert cover["Journaal"][2] == 30
    assert cover["Aansluiting"][6] == 0


def test_beside_each_payment_stands_what_makes_it_lawful_and_who_agreed(workbook):
    head, first, *_ = cells(workbook, "Populatie uitkeringen")
    told = dict(zip(head, first, strict=True))
    assert (told["Betaling"], told["Wetsartikel"]) == (11, "Pw art. 19(3)")
    assert (told["Klaargezet door"], told["Goedgekeurd door"]) == ("income-1", "treasury-1")
    assert told["Maanden vrijlating"] == "25% (n): 1"
    assert column(workbook, "Populatie uitkeringen", "Betaling") == [11, 12, 21, 22, 23, 24]


def test_every_version_of_income_is_told_and_a_month_without_any_is_a_row_of_zero(workbook):
    names = ("Klantnummer", "Bron", "Versie", "Netto")
    head, *rows = cells(workbook, "Populatie inkomsten")
    assert [tuple(row[head.index(name)] for name in names) for row in rows] == [
        ("K0001001", "levering", 1, 600.0),
        ("K0001001", "levering", 2, 628.0),
        ("K0001002", "geen inkomsten opgegeven", 1, 0),
    ]


def test_a_correction_shows_both_versions_beside_what_the_ledger_booked(workbook):
    head, row = cells(workbook, "Correcties")
    told = dict(zip(head, row, strict=True))
    assert (told["D voor"], told["D na"], told["Geboekt op de buffer"]) == (1523.93, 1531.98, 8.05)
    assert told["Verschil"] == 0
    live = openpyxl.load_workbook(workbook)["Correcties"]
    assert live.cell(2, head.index("Verschil") + 1).value == "=ROUND(H2-G2-I2,2)"


def test_what_is_unexplained_has_an_age_and_adds_up_to_the_ledger(workbook):
    head, row, total = cells(workbook, "Onverklaard")
    told = dict(zip(head, row, strict=True))
    assert (told["Open bedrag"], told["Dagen open"], told["Ouder dan (dagen)"]) == (75.0, 29, 5)
    assert total[head.index("Open bedrag")] == 75.0


def test_a_file_that_left_is_held_against_the_one_that_was_approved(books, settings, tmp_path):
    hashes = {"approved_sha256": "a" * 64, "sent_sha256": "b" * 64}
    with writing(books) as conn:
        conn.execute(update(store.payment_batch).values(sha256=hashes["approved_sha256"]))
        work = Work(conn, settings.code, 12, LAST, "income-1", settings)
        trail.note(work, "pay export", f"batch 1 x.xml {hashes['sent_sha256']}")
        seal.close(work)
    with reading(books) as conn:
        path = audit(conn, settings, FIRST, LAST, ON, tmp_path)[0]
    assert column(path, "Autorisaties", "SHA-256 verzonden") == [hashes["sent_sha256"], ""]
    assert column(path, "Autorisaties", "Ander bestand dan goedgekeurd") == [1, 0]
    assert column(path, "Autorisaties", "Ondertekend") == ["nee", "nee"]  # nobody was asked to sign


def test_the_change_log_says_that_an_account_changed_and_not_to_which(books, settings, tmp_path):
    asked = {"kind": "client:iban", "field": "iban", "old": IBANS[1001], "new": IBANS[1002]}
    with writing(books) as conn:
        story = Story(conn, settings)
        for number, told in enumerate([asked, asked | {"kind": "client:household",
                                                       "field": "household", "old": "GEHUWD",
                                                       "new": "ALLEENSTAANDE"}], 1):  # fmt: skip
            story.add(
                store.change, change=number, client=1001, payload="{}", state="approved",
                asked_by="income-1", asked_on=LAST, decided_by="treasury-1", decided_on=LAST,
                reason="", run=1, delivery=1, line=1, **told,
            )  # fmt: skip
    with reading(books) as conn:
        path = audit(conn, settings, FIRST, LAST, ON, tmp_path)[0]
    assert column(path, "Wijzigingslog", "Nieuw") == ["•••", "ALLEENSTAANDE"]
    assert column(path, "Wijzigingslog", "Besloten door") == ["treasury-1"] * 2
    assert not any(iban in str(cells(path, "Wijzigingslog")) for iban in IBANS.values())


def sampled(conn: Any, settings: Any, folder: Path, interval: int = 100_000) -> Path:
    folder.mkdir(exist_ok=True)
    return audit(
        conn, settings, FIRST, LAST, ON, folder, sampling=Sampling(interval, 2026)
    )[0]  # fmt: skip


def test_a_sample_is_drawn_again_the_same_with_the_same_seed(conn, settings, tmp_path):
    first, second = (sampled(conn, settings, tmp_path / name) for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_payment_is_drawn_for_every_hit_in_its_part_of_the_cumulative_amount(
    conn, settings, tmp_path
):
    path, sampling = sampled(conn, settings, tmp_path), Sampling(100_000, 2026)
    amounts = [round(euros * 100) for euros in column(path, "Steekproef", "Bedrag")]
    places = [sampling.first + sampling.interval * n for n in range(20)]
    upper, expected = 0, []
    for cents in amounts:
        expected.append(sum(upper < place <= upper + cents for place in places))
        upper += cents
    assert column(path, "Steekproef", "Treffers") == expected
    assert sum(expected) in (upper // 100_000, upper // 100_000 + 1)
    titles = python_calamine.CalamineWorkbook.from_path(str(path)).sheet_names
    drawn = [n for n, hits in zip(column(path, "Steekproef", "Betaling"), expected, strict=True)
             if hits]  # fmt: skip
    assert [title for title in titles if title.startswith("Dossier")] == [
        f"Dossier {number:.0f}" for number in drawn
    ]


def test_the_sample_is_drawn_from_all_that_was_approved(conn, settings, tmp_path):
    path = sampled(conn, settings, tmp_path)
    approved = next(line.left for line in lines(Period(conn, settings, FIRST, LAST))
                    if line.key == "approved")  # fmt: skip
    assert round(column(path, "Steekproef", "Cumulatief")[-1] * 100) == approved
    cover = {row[0]: row[1] for row in cells(path, "Lees mij")}
    assert (cover["Interval"], cover["Startgetal"]) == (1000.0, "2026")
    assert cover["Eerste treffer"] == Sampling(100_000, 2026).first / 100


def test_a_sample_that_is_too_large_for_files_is_refused(conn, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "MOST", 2)
    with pytest.raises(Refusal, match="at most 2"):
        sampled(conn, settings, tmp_path)


def test_who_the_clients_are_stands_in_a_file_of_its_own_and_only_when_asked_for(
    conn, settings, tmp_path
):
    names = [path.name for path in audit(conn, settings, FIRST, LAST, ON, tmp_path)]
    assert not any("key" in name for name in names)
    files = audit(conn, settings, FIRST, LAST, ON, tmp_path, with_key=True)
    key = next(path for path in files if path.name.endswith("_key.xlsx"))
    assert cells(key, "Sleutel")[0][:2] == ["Klantnummer", "BSN"]
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_payment_that_came_back_stands_beside_what_the_ledger_put_back(books, settings, tmp_path):
    with writing(books) as conn:
        story = Story(conn, settings)
        story.work, story.events = replace(story.work, run=12), 90
        story.run("import", "2026-03-30")
        back = Line(1010, F, client=1001, item=11)
        book(story.work, [
            Draft("payment-returned", [Line(1000, F), back._replace(amount=-F)], 1001, 202601),
            Draft("payment-reversed", [back, Line(2000, -F, 1001, month=202601)], 1001, 202601),
        ])  # fmt: skip
        story.add(
            store.payment_event, event=91, batch=1, obligation=11, state="RETURNED", who="system",
            reason="AC04 item:41", **story.recorded(),
        )  # fmt: skip
        story.seal()
    with reading(books) as conn:
        path = audit(conn, settings, FIRST, LAST, ON, tmp_path, sampling=Sampling(100_000, 1))[0]
    head, row = cells(path, "Retouren en afkeuringen")
    seen = dict(zip(head, row, strict=True))
    assert (seen["Stand"], seen["Code"], seen["Bedrag"]) == ("teruggekomen", "AC04", F / 100)
    assert (seen["Teruggeboekt"], seen["Verschil"]) == (F / 100, 0)
    assert column(path, "Steekproef, apart", "Bedrag") == [-F / 100]


def test_a_payment_made_before_the_period_it_was_approved_in_has_its_file_too(
    conn, settings, tmp_path
):
    sampling = Sampling(100_000, 2026)
    path = audit(conn, settings, "2026-01-28", LAST, ON, tmp_path, sampling=sampling)[0]
    assert 11 not in column(path, "Populatie uitkeringen", "Betaling")
    told = {row[0]: row[1] for row in cells(path, "Dossier 11")}
    assert (told["Klaargezet op"].isoformat(), told["Bedrag"]) == ("2026-01-27", F / 100)


def test_codes_stand_there_in_words(workbook):
    assert "betaling 11" in column(workbook, "Journaal", "Verwijzing")
    assert "bankregel 31" in column(workbook, "Journaal", "Verwijzing")
    assert "vaststelling, versie 2" in column(workbook, "Correcties", "Verwijzing")
    assert "bankregel 32" in column(workbook, "Bevindingen", "Onderwerp")
    assert "betalingen goedkeuren" in column(workbook, "Rechten", "Rechten")[1]
    names = column(workbook, "Parameters en normen", "Naam")
    assert "norm inclusief vakantietoeslag (norm_incl)" in names
    assert [name for name in names if "(" not in name] == []
    (refused,) = [codes for codes in column(workbook, "Importen", "Codes") if codes]
    assert refused.startswith("F05: ")


def test_the_clock_of_each_approval_is_told_beside_its_business_date(workbook):
    head, first, *_ = cells(workbook, "Autorisaties")
    told = dict(zip(head, first, strict=True))
    moments = [told[f"Klok: {what}"] for what in ("klaargezet", "goedgekeurd", "bestand gemaakt")]
    assert [f"{moment:%Y-%m-%d %H:%M}" for moment in moments] == [
        "2026-01-27 10:30", "2026-01-28 10:30", "2026-01-28 10:30",
    ]  # fmt: skip
    assert f"{told['Goedgekeurd op']:%Y-%m-%d}" == "2026-01-28"


def test_every_action_of_the_trail_and_every_kind_of_decision_has_words():
    sources = [
        *Path(store.__file__).parents[1].rglob("*.py"),
        *Path(jobs.__file__).parent.glob("*.py"),
    ]
    told = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    actions = set(re.findall(r'trail\.note\(\s*work, "([a-z -]+)"', told))
    assert len(actions) > 20
    booking = {"bank-assign", "changes-approve", "pay-approve", "pay-cancel", "pay-refused",
               "recognise", "rejected-retry", "settle-client"}  # fmt: skip
    assert {*actions, *KINDS, *booking, *GUARDED} - set(words.CODES) == set()
