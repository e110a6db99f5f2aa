"""The chain of statements: what is booked, what waits, what was seen before, what is refused."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from sqlalchemy import event

from surplus.bank import camt
from surplus.bank.told import wages
from surplus.config import Settings
from surplus.ledger.journal import Draft, Line, book
from surplus.problems import Refusal
from tests.bank.conftest import Bank, codes
from tests.bank.paper import Entry, Statement, balance, document, wage

OTHER = "NL16ABNA0400000045"
ONE_ENGINE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def run_of(*amounts: int, first: int = 1, opening: int = 1000) -> list[Statement]:
    """Statements that join: each with one strange credit."""
    made: list[Statement] = []
    for at, cents in enumerate(amounts):
        start = made[-1].closing if made else opening
        on = f"2026-03-{at + 1:02d}"
        entries = (Entry(cents, name="Iemand", text="iets", booked_on=on),)
        made.append(Statement(first + at, start, entries, on))
    return made


def state(bank: Bank) -> dict[str, str]:
    return dict(bank.query("SELECT statement_id, state FROM statement"))


def test_the_first_statement_opens_and_the_next_does_not(bank: Bank) -> None:
    one, two = run_of(50, 70)
    bank.take(document(one))
    bank.take(document(two))
    opening, *others = bank.entries()
    assert opening == {"kind": "opening", "client": 0, "month": 0, 1000: 1000, 3000: -1000}
    assert [entry["kind"] for entry in others] == ["receipt", "receipt"]
    assert bank.balance(1000) == two.closing
    assert bank.broken() == []


def test_an_account_that_opens_at_nothing_has_no_opening_entry(bank: Bank) -> None:
    bank.take(document(Statement(1, 0)))
    assert bank.entries() == []
    assert set(state(bank).values()) == {"booked"}


def test_a_statement_without_movements_keeps_the_chain(bank: Bank) -> None:
    (one,) = run_of(5)
    bank.take(document(one))
    bank.take(document(Statement(2, one.closing, on="2026-03-02")))
    bank.take(document(Statement(3, one.closing, (Entry(1),), on="2026-03-03")))
    assert bank.balance(1000) == one.closing + 1


def test_a_statement_behind_a_gap_waits_and_is_booked_when_the_gap_closes(bank: Bank) -> None:
    one, two, three, four = run_of(1, 2, 3, 4)
    bank.take(document(one))
    for late in (four, three):
        outcome = bank.take(document(late))
        assert [(n.code, n.severity) for n in outcome.listed()] == [("B03", "H")]
        assert (outcome.verdict, outcome.exit_code) == ("accepted", 3)
        assert (bank.balance(1000), len(bank.entries())) == (one.closing, 2)
    assert sorted(bank.findings()) == [
        ("B03", 0, 0, three.closing),
        ("B03", 0, 0, four.closing),
        ("UNMATCHED", 0, 0, 1),
    ]
    assert codes(bank.take(document(two))) == []
    assert set(state(bank).values()) == {"booked"}
    assert bank.balance(1000) == four.closing
    assert {code for code, *_rest in bank.findings()} == {"UNMATCHED"}
    assert bank.broken() == []


@pytest.mark.parametrize("seed", [1, 2])
def test_after_the_first_any_order_of_arrival_gives_the_same_ledger(bank: Bank, seed: int) -> None:
    first, *rest = run_of(*range(1, 9))
    bank.take(document(first))
    Random(seed).shuffle(rest)
    for statement in rest:
        bank.take(document(statement))
        assert bank.broken() == []
    assert [entry[1000] for entry in bank.entries()] == [1000, *range(1, 9)]


def test_several_statements_in_one_file_are_booked_in_their_order(bank: Bank) -> None:
    one, two, three = run_of(1, 2, 3)
    outcome = bank.take(document(three, one, two))
    assert (outcome.counts["rows"], outcome.counts["waiting"]) == (3, 0)
    assert [entry[1000] for entry in bank.entries()] == [1000, 1, 2, 3]


def test_the_same_statement_in_another_file_is_passed_over(bank: Bank) -> None:
    (one,) = run_of(5)
    bank.take(document(one))
    outcome = bank.take(document(one, message="AGAIN"))
    assert [(n.code, n.severity) for n in outcome.listed()] == [("F06", "I")]
    assert (outcome.verdict, outcome.exit_code) == ("accepted", 0)
    assert len(bank.entries()) == 2


def test_the_same_bytes_again_are_a_duplicate(bank: Bank) -> None:
    (one,) = run_of(5)
    bank.take(document(one))
    assert bank.take(document(one)).verdict == "duplicate"
    assert len(bank.entries()) == 2


@pytest.mark.parametrize(
    "again",
    [
        Statement(11, 1000, (Entry(7),), identity="S2026-00011"),
        Statement(11, 1000, (Entry(7),), identity="ANOTHER"),
        Statement(12, 1005, (Entry(7),), identity="S2026-00011"),
        Statement(10, 990, (Entry(10),)),
    ],
    ids=["same number and id", "same number", "same id", "an older number"],
)
def test_a_statement_that_contradicts_the_booked_ones_is_refused(
    again: Statement, bank: Bank
) -> None:
    bank.take(document(*run_of(5, first=11)))
    outcome = bank.take(document(again))
    assert (outcome.verdict, codes(outcome)) == ("refused", ["B04"])
    assert outcome.exit_code == 3
    assert len(bank.entries()) == 2


def test_a_balance_that_does_not_join_waits_and_a_corrected_statement_takes_its_place(
    bank: Bank,
) -> None:
    one, two = run_of(5, 6)
    bank.take(document(one))
    wrong = replace(two, opening=two.opening - 1)
    assert codes(bank.take(document(wrong))) == ["B02"]
    assert [code for code, *_rest in bank.findings()] == ["B02", "UNMATCHED"]
    assert codes(bank.take(document(replace(wrong, gap=0, opening=77)))) == ["B04"]
    assert codes(bank.take(document(two))) == []
    assert bank.balance(1000) == two.closing
    assert "B02" not in {code for code, *_rest in bank.findings()}
    assert bank.broken() == []


def test_numbers_begin_again_in_a_new_year(bank: Bank) -> None:
    bank.on = "2027-12-31"
    last = Statement(366, 0, (Entry(10),), on="2026-12-31")
    bank.take(document(last))
    assert codes(bank.take(document(Statement(1, 10, (Entry(1),), on="2027-01-04")))) == []
    assert codes(bank.take(document(Statement(2, 11, (Entry(1),), on="2027-01-05")))) == []
    assert bank.balance(1000) == 12


def test_a_new_year_that_does_not_join_waits_for_what_is_missing(bank: Bank) -> None:
    bank.on = "2027-12-31"
    bank.take(document(Statement(365, 0, (Entry(10),), on="2026-12-30")))
    early = bank.take(document(Statement(1, 12, (Entry(1),), on="2027-01-04")))
    assert early.exit_code == 3
    bank.take(document(Statement(366, 10, (Entry(2),), on="2026-12-31")))
    assert bank.balance(1000) == 13


def test_without_numbers_the_balances_make_the_chain(bank: Bank) -> None:
    def unnumbered(statement: Statement) -> bytes:
        number = f"<ElctrncSeqNb>{statement.number}</ElctrncSeqNb>".encode()
        return document(statement).replace(number, b"")

    one, two, three = run_of(1, 2, 3)
    bank.take(unnumbered(one))
    assert bank.take(unnumbered(three)).exit_code == 3
    bank.take(unnumbered(two))
    assert bank.balance(1000) == three.closing


def test_the_next_number_is_booked_though_its_day_lies_before(bank: Bank) -> None:
    one, two, three = run_of(1, 2, 3)
    for statement in (one, replace(two, on="2026-02-27"), three):
        assert codes(bank.take(document(statement))) == []
        assert bank.balance(1000) == statement.closing
        assert bank.broken() == []


@ONE_ENGINE
def test_without_numbers_several_a_day_join_by_their_balances(bank: Bank) -> None:
    def told(identity: str, opening: int, *cents: int) -> Any:
        day = Statement(7, opening, tuple(Entry(c) for c in cents), identity=identity)
        return bank.take(document(day).replace(b"<ElctrncSeqNb>7</ElctrncSeqNb>", b""))

    assert [codes(told("A", 0, 5, -5)), codes(told("B", 0, 7))] == [[], []]
    assert codes(told("C", 7)) == []
    assert (codes(told("D", 7)), codes(told("E", 0, 7))) == (["B04"], ["B04"])
    assert codes(bank.take(document(Statement(1, 7, (Entry(1),), "2026-03-26")))) == []
    assert bank.balance(1000) == 8


def test_a_statement_that_does_not_add_up_is_refused_whole(bank: Bank) -> None:
    outcome = bank.take(document(Statement(1, 0, (Entry(5), Entry(6)), gap=1)))
    assert (outcome.verdict, codes(outcome)) == ("refused", ["B01"])
    assert (bank.entries(), state(bank)) == ([], {})


def test_a_statement_of_a_year_to_come_is_refused_and_bars_no_later_one(bank: Bank) -> None:
    ahead = bank.take(document(Statement(1, 0, (Entry(5),), on="2027-11-24")))
    assert (ahead.verdict, codes(ahead)) == ("refused", ["F15"])
    assert bank.take(document(Statement(1, 0, (Entry(5),)))).verdict == "accepted"


def test_of_a_file_with_one_good_statement_the_good_one_is_taken(bank: Bank) -> None:
    one, two = run_of(1, 2)
    outcome = bank.take(document(one, replace(two, gap=1)))
    assert (outcome.verdict, outcome.exit_code, codes(outcome)) == ("accepted", 3, ["B01"])
    assert bank.balance(1000) == one.closing
    assert codes(bank.take(document(two))) == []


def paged(statement: Statement, number: int, *, last: bool, message: str = "M1") -> bytes:
    """A page of a message that names this statement."""
    told = f"<MsgPgntn><PgNb>{number}</PgNb><LastPgInd>{str(last).lower()}</LastPgInd></MsgPgntn>"
    return document(statement, message=message).replace(
        b"</CreDtTm></GrpHdr>", f"</CreDtTm>{told}</GrpHdr>".encode()
    )


def three_pages(**told: Any) -> list[bytes]:
    """One statement over three pages: the opening on the first, the closing on the last."""
    whole = Statement(1, 1000, tuple(Entry(n, text=f"{n}") for n in (1, 2, 4)))
    made = []
    for at, entry in enumerate(whole.entries):
        page = paged(replace(whole, entries=(entry,)), at + 1, last=at == 2, **told)
        opening, closing = balance("OPBD", 1000, whole.on), balance("CLBD", 1000 + entry.cents, "")
        wrong = closing.replace("<Dt><Dt></Dt></Dt>", f"<Dt><Dt>{whole.on}</Dt></Dt>")
        page = page.replace(wrong.encode(), balance("CLBD", 1007, whole.on).encode() * (at == 2))
        made.append(page.replace(opening.encode(), opening.encode() * (at == 0)))
    return made


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_a_page_waits_for_the_others_and_then_they_are_one_statement(
    order: tuple[int, ...], bank: Bank
) -> None:
    pages = three_pages()
    for seen, at in enumerate(order[:2], 1):
        outcome = bank.take(pages[at])
        assert [(n.code, n.severity) for n in outcome.listed()] == [("B03", "H")]
        assert (outcome.verdict, outcome.exit_code, bank.entries()) == ("accepted", 3, [])
        assert [code for code, *_rest in bank.findings()] == ["B03"] * seen
    outcome = bank.take(pages[order[2]])
    assert (codes(outcome), outcome.counts["rows"]) == ([], 3)
    assert [entry[1000] for entry in bank.entries()] == [1000, 1, 2, 4]
    assert bank.query("SELECT line FROM bank_item ORDER BY item") == [(1,), (2,), (3,)]
    assert {code for code, *_rest in bank.findings()} == {"UNMATCHED"}
    assert bank.query("SELECT COUNT(*) FROM statement_page") == [(0,)]
    assert bank.broken() == []


def test_a_page_that_comes_twice_counts_once_and_its_own_bytes_not_at_all(bank: Bank) -> None:
    pages = three_pages()
    bank.take(pages[0])
    assert bank.take(pages[0]).verdict == "duplicate"
    bank.take(pages[0].replace(b"23:30:00", b"23:31:00"))
    for page in pages[1:]:
        bank.take(page)
    assert [entry[1000] for entry in bank.entries()] == [1000, 1, 2, 4]


def test_pages_that_do_not_add_up_together_are_refused(bank: Bank) -> None:
    pages = three_pages()
    for page in (pages[0], pages[1].replace(b">0.02<", b">0.03<"), pages[2]):
        outcome = bank.take(page)
    assert (outcome.verdict, codes(outcome), bank.entries()) == ("refused", ["B01"], [])
    assert (bank.take(pages[1]).verdict, len(bank.entries())) == ("accepted", 4)
    assert bank.query("SELECT COUNT(*) FROM statement_page") == [(0,)]


def test_pages_of_a_statement_that_is_known_already_are_let_go(bank: Bank) -> None:
    whole = Statement(1, 1000, tuple(Entry(n, text=f"{n}") for n in (1, 2, 4)))
    bank.take(document(whole, message="M9"))
    for page in three_pages():
        outcome = bank.take(page)
    assert codes(outcome) == ["F06"]
    assert bank.query("SELECT COUNT(*) FROM statement_page") == [(0,)]


def test_a_whole_statement_takes_the_place_of_its_pages(bank: Bank) -> None:
    bank.take(three_pages()[0])
    whole = Statement(1, 1000, tuple(Entry(n, text=f"{n}") for n in (1, 2, 4)))
    assert codes(bank.take(document(whole, message="M9"))) == []
    bank.day(on="2026-03-26", opening=1007)
    assert bank.query("SELECT COUNT(*) FROM statement_page") == [(0,)]
    assert "B03" not in {code for code, *_rest in bank.findings()}


# --- the same line on two statements --------------------------------------------------------------


def referred(entry: Entry, reference: str = "BANK-1") -> Entry:
    return replace(entry, refs=f"<AcctSvcrRef>{reference}</AcctSvcrRef>")


def test_a_line_that_an_earlier_statement_told_is_no_second_wage(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    town.tell(1, 1001, 202604, 60000)
    one = Statement(1, 0, (referred(wage(60000)),))
    again = Statement(2, 60000, (referred(wage(60000)), referred(wage(5), "BANK-2")))
    town.take(document(one))
    outcome = town.take(document(again))
    assert [(n.code, n.line, n.severity) for n in outcome.listed()] == [("REPEATED_ENTRY", 1, "H")]
    assert town.received(1) == {202603: 60000, 202604: 5}
    assert (town.balance(1000), town.balance(1900)) == (120005, -60000)
    assert ("UNMATCHED", 0, 0, 60000) in town.findings()
    assert town.match()["assigned"] == 0
    assert town.broken() == []


@ONE_ENGINE
@pytest.mark.parametrize(
    "other",
    [
        referred(wage(60000), "BANK-2"),
        referred(wage(60001)),
        referred(wage(60000, booked_on="2026-03-26")),
        wage(60000),
    ],
    ids=["reference", "amount", "day", "no reference"],
)
def test_a_line_that_differs_is_another(other: Entry, town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    town.tell(1, 1001, 202604, 60000)
    town.take(document(Statement(1, 0, (referred(wage(60000)),))))
    assert codes(town.take(document(Statement(2, 60000, (other,))))) == []


def test_two_lines_of_one_statement_may_share_a_reference(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    town.tell(1, 1001, 202604, 60000)
    twice = (referred(wage(60000)), referred(wage(60000)))
    assert codes(town.take(document(Statement(1, 0, twice)))) == []
    assert town.received(1) == {202603: 60000, 202604: 60000}


@ONE_ENGINE
def test_of_a_batch_longer_than_a_slice_no_payment_repeats_another(
    town: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each bears the bank's reference of their one debit, and many the same amount."""
    monkeypatch.setattr(camt, "SLICE", 2)
    town.send("SUR20261120001", *[(1001, 500)] * 5)
    debits = [referred(Entry(-500, end_to_end=f"SUR20261120001-{n:06d}")) for n in range(1, 6)]
    assert codes(town.take(document(Statement(1, 5000, tuple(debits))))) == []
    assert town.query("SELECT DISTINCT state FROM obligation") == [("BOOKED",)]
    assert (town.balance(1900), town.broken()) == (0, [])


@ONE_ENGINE
def test_a_line_in_suspense_is_still_matched_when_a_later_statement_repeats_it(town: Bank) -> None:
    one = Statement(1, 0, (referred(wage(60000, name="Onbekend BV", iban="")),))
    town.take(document(one))
    town.take(document(replace(one, number=2, opening=60000)))
    town.employ(3, 1001, "Onbekend BV", "999990030L01")
    assert town.match()["assigned"] == 1
    assert (town.received(3), town.balance(1900)) == ({202603: 60000}, -60000)


def test_a_payment_debited_on_two_statements_is_booked_once(town: Bank) -> None:
    town.send("SUR20261120001", (1001, 500))
    debit = referred(Entry(-500, end_to_end="SUR20261120001-000001"))
    town.take(document(Statement(1, 1000, (debit,))))
    assert codes(town.take(document(Statement(2, 500, (debit,))))) == ["REPEATED_ENTRY"]
    assert town.balance(1900) == 500
    assert town.broken() == []


def test_a_statement_of_our_account_and_a_strange_one_in_a_file(bank: Bank) -> None:
    (one,) = run_of(1)
    outcome = bank.take(document(one, Statement(1, 0, (Entry(5),), iban=OTHER)))
    assert [(n.code, n.severity) for n in outcome.listed()] == [("B10", "H")]
    assert bank.balance(1000) == one.closing


def test_a_long_statement_takes_no_more_queries_than_a_short_one(town: Bank) -> None:
    asked: list[str] = []
    for month in (202601, 202602, 202603):
        town.tell(1, 1001, month, 60000)

    @event.listens_for(town.engine, "before_cursor_execute")
    def count(*told: Any) -> None:
        asked.append(told[2])

    town.day(wage(60000), Entry(5, text="?"), Entry(-5))
    few = len(asked)
    town.day(*(wage(600), Entry(5, text="?"), Entry(-5)) * 200)
    assert len(asked) - few <= few
    assert town.broken() == []


LONG = (
    Entry(500, reversal=True, end_to_end="SUR20261120001-000001", family="PMNT-ICDT-ESCT"),
    wage(60000),
    Entry(51000, text="loon"),
    Entry(-500, end_to_end="SUR20261120001-000001"),
    wage(-60000, reversal=True, family="PMNT-RCDT-ESCT"),
    Entry(7, text="?"),
    wage(51000, 1002),
    wage(60000),
    Entry(8, text="?"),
)


@pytest.mark.parametrize("at_once", [1, 2, 3, 9, 10])
def test_a_long_statement_is_read_and_booked_in_slices_with_the_same_outcome(
    at_once: int, town: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A payment that comes back before its debit; an announced wage that its reference takes."""
    monkeypatch.setattr(camt, "SLICE", at_once)
    town.send("SUR20261120001", (1001, 500))
    town.payslip(2, 1002, 202603, 51000)
    town.tell(1, 1001, 202603, 60000)
    outcome = town.day(*LONG)
    assert (codes(outcome), outcome.counts["rows"]) == ([], 9)
    assert outcome.totals["net_cents"] == sum(entry.cents for entry in LONG)
    assert (town.received(1), town.received(2)) == ({202603: 60000}, {202603: 51000})
    assert town.query("SELECT state FROM obligation") == [("RETURNED",)]
    assert [
        (code, cents) for code, _client, _month, cents in town.findings() if code == "UNMATCHED"
    ] == [("UNMATCHED", 51000), ("UNMATCHED", 7), ("UNMATCHED", 8)]
    assert town.query("SELECT line FROM bank_item ORDER BY statement, line") == [
        (line,) for line in range(1, 10)
    ]
    assert town.broken() == []


@ONE_ENGINE
@pytest.mark.parametrize("at_once", [2, 100])
@pytest.mark.parametrize(
    ("spoil", "verdict"),
    [
        (lambda text: text.replace(b"CLBD", b"ITBD"), "refused"),
        (lambda text: text.replace(b">0.08<", b">0.0x<"), "refused"),
        (lambda text: text[:-40], "refused"),
        (lambda text: text.replace(b"NL98BNGH0285000013", b"NL16ABNA0400000045"), "accepted"),
    ],
    ids=["balance", "amount", "cut", "another account"],
)
def test_of_a_statement_that_is_not_taken_nothing_is_kept(
    spoil: Any, verdict: str, at_once: int, town: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camt, "SLICE", at_once)
    assert town.take(spoil(document(Statement(1, 0, LONG)))).verdict == verdict
    assert town.query("SELECT COUNT(*) FROM bank_item") == [(0,)]
    assert town.entries() == []


def test_wages_of_very_many_clients_are_looked_up_at_once(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    with town.work() as work:
        few = wages(work.conn, work.settings, [1001]).told
        many = wages(work.conn, work.settings, range(900, 2000)).told
        others = wages(work.conn, work.settings, range(1002, 2000)).told
    assert few["wage"].tolist() == many["wage"].tolist() == [60000]
    assert others["wage"].tolist() == []


def test_a_line_that_was_booked_for_another_amount_breaks_an_invariant(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    town.day(wage(60000))
    assert town.broken() == []
    with town.work() as work:
        work.conn.exec_driver_sql("UPDATE bank_item SET amount_cents = 59999")
    assert town.broken() == ["bank item 1 is -1 cents off what was booked for it"]


def test_a_receipt_entry_about_two_clients_breaks_an_invariant(town: Bank) -> None:
    with town.work() as work:
        lines = [Line(1300, 100, 1001, 1, 202603), Line(1300, -100, 1002, 2, 202603)]
        book(work, [Draft("receipt-assigned", lines, 1001, 202603, "item:1")])
    assert town.broken() == ["entry 1 is about a receipt of another client"]


def test_without_a_bank_account_in_the_settings_nothing_is_taken(
    bank: Bank, settings: Settings
) -> None:
    without = settings.bank.model_copy(update={"iban": "NL…"})
    bank.settings = settings.model_copy(update={"bank": without})
    with pytest.raises(Refusal, match=r"bank\.iban"):
        bank.take(document(*run_of(1)))
