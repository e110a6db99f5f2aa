"""What a line of a statement is taken for, and what goes to suspense."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surplus.ledger.journal import Draft, Line, book
from tests.bank.conftest import Bank, codes
from tests.bank.paper import FUNDING, HELDER, KENMERK, Entry, wage

BATCH = "SUR20261120001"


def kinds(bank: Bank) -> list[str]:
    """The entries after the opening."""
    return [entry["kind"] for entry in bank.entries() if entry["kind"] != "opening"]


def last(bank: Bank) -> dict[object, object]:
    return bank.entries()[-1]


def states(bank: Bank) -> list[str]:
    return [row[0] for row in bank.query("SELECT state FROM obligation ORDER BY obligation")]


# --- our own payments ----------------------------------------------------------------------------


@pytest.fixture
def paying(town: Bank) -> Bank:
    """Three payments are on their way to the bank account."""
    town.send(BATCH, (1001, 133143), (1002, 133143), (1001, 19250))
    return town


def test_a_batch_without_details_books_every_payment_of_it(paying: Bank) -> None:
    outcome = paying.day(Entry(-285536, batch=BATCH))
    assert codes(outcome) == []
    booked = [entry for entry in paying.entries() if entry["kind"] == "payment-booked"]
    assert [(e["client"], e["month"], e[1010], e[1000]) for e in booked] == [
        (1001, 202611, 133143, -133143),
        (1002, 202611, 133143, -133143),
        (1001, 202611, 19250, -19250),
    ]
    assert states(paying) == ["BOOKED"] * 3
    assert paying.query("SELECT obligation, state, who FROM payment_event ORDER BY event") == [
        (1, "BOOKED", "system"), (2, "BOOKED", "system"), (3, "BOOKED", "system"),
    ]  # fmt: skip
    assert (paying.balance(1010), paying.findings()) == (0, [])
    assert paying.broken() == []


def test_payments_told_one_by_one_are_booked_one_by_one(paying: Bank) -> None:
    paying.day(
        Entry(-133143, end_to_end=f"{BATCH}-000002"), Entry(-19250, end_to_end=f"{BATCH}-000003")
    )
    assert states(paying) == ["SENT", "BOOKED", "BOOKED"]
    paying.day(Entry(-133143, batch=BATCH), on="2026-03-26")
    assert states(paying) == ["BOOKED"] * 3
    assert paying.broken() == []


def test_a_batch_less_what_the_bank_refused_books_exactly_the_rest(paying: Bank) -> None:
    with paying.work() as work:
        work.conn.exec_driver_sql("UPDATE obligation SET state = 'REJECTED' WHERE obligation = 3")
        reversed_lines = [Line(1010, 19250, 1001, item=3), Line(2000, -19250, 1001, month=202611)]
        book(work, [Draft("payment-reversed", reversed_lines, 1001, 202611)])
    paying.day(Entry(-266286, batch=BATCH))
    assert paying.broken() == []
    assert states(paying) == ["BOOKED", "BOOKED", "REJECTED"]


@pytest.mark.parametrize(
    "entry",
    [
        Entry(-285535, batch=BATCH),
        Entry(-133142, end_to_end=f"{BATCH}-000001"),
        Entry(-133143, end_to_end=f"{BATCH}-000099"),
        Entry(-285536, batch="SUR20261120999"),
        Entry(-100, text="een incasso"),
    ],
    ids=["other total", "other amount", "unknown payment", "unknown batch", "no payment of ours"],
)
def test_any_other_debit_goes_to_suspense(entry: Entry, paying: Bank) -> None:
    paying.day(entry)
    assert last(paying) == {
        "kind": "debit-unmatched", "client": 0, "month": 0, 1000: entry.cents, 1900: -entry.cents
    }  # fmt: skip
    assert paying.findings() == [("UNMATCHED", 0, 0, entry.cents)]
    assert states(paying) == ["SENT"] * 3
    assert paying.broken() == []


def test_a_payment_that_the_bank_debits_twice_is_booked_once(paying: Bank) -> None:
    twice = Entry(-19250, end_to_end=f"{BATCH}-000003")
    paying.day(twice, twice)
    paying.day(twice, on="2026-03-26")
    assert kinds(paying)[1:].count("payment-booked") == 1
    assert kinds(paying).count("debit-unmatched") == 2
    assert paying.broken() == []


def test_a_debit_of_a_batch_that_never_left_us_goes_to_suspense(town: Bank) -> None:
    town.send(BATCH, (1001, 500), state="CANCELLED")
    town.day(Entry(-500, batch=BATCH))
    assert last(town)["kind"] == "debit-unmatched"


# --- funding, charges, unknown codes -------------------------------------------------------------


@pytest.mark.parametrize("cents", [5_000_00, -7_000_00])
def test_money_from_or_to_the_municipality_is_funding(town: Bank, cents: int) -> None:
    town.day(Entry(cents, "Gemeente Voorbeeldstad", FUNDING))
    assert last(town) == {"kind": "funding", "client": 0, "month": 0, 1000: cents, 3000: -cents}


@pytest.mark.parametrize(
    ("cents", "family"),
    [(-1250, "ACMT-MDOP-CHRG"), (-300, "PMNT-ICDT-CHRG"), (120, "ACMT-MCOP-INTR"),
     (-75, "PMNT-MDOP-FEES")],
)  # fmt: skip
def test_charges_and_interest_are_bank_costs(town: Bank, cents: int, family: str) -> None:
    town.day(Entry(cents, "", "", family=family))
    assert last(town) == {"kind": "bank-cost", "client": 0, "month": 0, 4800: -cents, 1000: cents}
    assert town.findings() == []


@pytest.mark.parametrize("family", ["PMNT-RDDT-ESDD", "PMNT-XXXX-YYYY", "SECU-SETT-TRAD"])
def test_a_code_that_is_not_known_is_never_guessed_from_the_sign(town: Bank, family: str) -> None:
    town.tell(1, 1001, 202603, 60000)
    outcome = town.day(wage(60000, family=family))
    assert [(n.code, n.severity, n.field) for n in outcome.listed()] == [("B12", "H", "family")]
    assert last(town)[1900] == -60000
    assert town.match()["assigned"] == 0


def test_an_entry_of_zero_books_nothing(town: Bank) -> None:
    outcome = town.day(Entry(0))
    assert (codes(outcome), kinds(town), outcome.exit_code) == (["B13"], [], 0)


def test_an_entry_without_any_date_is_held_in_suspense(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    outcome = town.day(wage(60000, dated=False))
    assert codes(outcome) == ["B06"]
    assert last(town)[1900] == -60000


# --- wages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        wage(60000),
        Entry(60000, text="Loon mrt 2026 kenmerk 1042 6000 0000 1001"),
        Entry(60000, text="1042.6000.0000.1001"),
        Entry(60000, text="Loon 2026 1042-6000-0000-1001 03"),
        Entry(60000, reference="1042 6000 0000 1001"),
        wage(60000, name="SCHOONMAAKBEDRIJF  helder bv", iban=""),
        wage(60000, family="PMNT-RRCT-ESCT"),
        Entry(60000, reference="LOON-7", text="kenmerk 1042600000001001"),
    ],
    ids=["structured", "in text", "dotted", "touched by digits", "with blanks", "other spelling",
         "instant", "another structured reference"],
)  # fmt: skip
def test_a_wage_finds_its_employment(entry: Entry, town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    assert codes(town.day(entry)) == []
    assert last(town) == {
        "kind": "receipt", "client": 1001, "month": 202603, 1000: 60000, 1300: -60000
    }  # fmt: skip
    assert (town.received(1), town.findings()) == ({202603: 60000}, [])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Entry(60000, text="bijdrage"), []),
        (Entry(60000), []),
        (Entry(60000, reference="2042600000001001"), ["B07"]),
        (Entry(60000, text="kenmerk 2042 6000 0000 1001"), ["B07"]),
        (Entry(60000, reference=KENMERK[1004]), []),
        (Entry(60000, reference="RF18539007547034"), []),
        (Entry(60000, reference="RF19539007547034"), ["B08"]),
        (Entry(60000, text=f"{KENMERK[1001]} of {KENMERK[1002]}"), []),
        (Entry(60000, reference=f"{KENMERK[1001]},{KENMERK[1002]}"), []),
        (wage(60000, name="Iemand Anders"), ["B09"]),
        (wage(60000, name="", iban=""), ["B09"]),
        (wage(60000, extra="<RtrInf><Rsn><Cd>MS03</Cd></Rsn></RtrInf>"), []),
    ],
    ids=["no reference", "nothing at all", "check digit", "check digit in text", "nobody's",
         "RF not ours", "RF check", "two references in text", "two structured", "unknown sender",
         "no sender", "a return"],
)  # fmt: skip
def test_what_is_not_beyond_doubt_goes_to_suspense(
    entry: Entry, said: list[str], town: Bank
) -> None:
    town.tell(1, 1001, 202603, 60000)
    outcome = town.day(entry)
    assert codes(outcome) == said
    assert last(town)[1900] == -60000
    assert [(code, cents) for code, _client, _month, cents in town.findings()] == [
        ("UNMATCHED", 60000)
    ]
    assert town.broken() == []


def test_who_pays_with_a_reference_but_is_not_linked_is_shown_with_the_client(town: Bank) -> None:
    outcome = town.day(wage(60000, name="Iemand Anders"))
    assert town.findings() == [("UNMATCHED", 1001, 0, 60000)]
    assert outcome.rows() == [
        {"line": 1, "client_no": "K0001001", "codes": [["B09", "H"]], "state": "held"}
    ]


def test_the_client_who_pays_in_is_not_an_employer(town: Bank) -> None:
    outcome = town.day(wage(60000, name="A. de Vries", iban="NL00INGB0000001001"))
    assert codes(outcome) == []
    assert town.findings() == [("UNMATCHED", 1001, 0, 60000)]


def test_two_employments_of_one_name_are_never_chosen_between(town: Bank) -> None:
    town.employ(9, 1001, HELDER[0].upper(), "999990020L02")
    assert codes(town.day(wage(60000))) == []
    assert town.findings() == [("UNMATCHED", 1001, 0, 60000)]


def test_who_is_only_announced_receives_nothing_yet(bank: Bank) -> None:
    bank.enrol(1001, status="AANGEMELD")
    bank.employ(1, 1001)
    bank.day(wage(60000))
    assert bank.findings() == [("UNMATCHED", 1001, 0, 60000)]


def test_the_last_wage_after_the_end_still_finds_its_employment(town: Bank) -> None:
    town.enrol(1001, status="BEEINDIGD", valid_from="2026-04-01", version=2)
    town.tell(1, 1001, 202603, 60000)
    town.day(wage(60000), on="2026-04-02")
    assert town.received(1) == {202603: 60000}


# --- what the bank undoes ------------------------------------------------------------------------


def test_a_reversal_takes_a_wage_back_from_where_it_stands(town: Bank) -> None:
    town.tell(1, 1001, 202602, 60000)
    town.day(wage(60000))
    outcome = town.day(replace(wage(-60000), reversal=True, family="PMNT-RCDT-ESCT"))
    assert codes(outcome) == []
    assert last(town) == {
        "kind": "receipt-reversed", "client": 1001, "month": 202602, 1300: 60000, 1000: -60000
    }  # fmt: skip
    assert (town.received(1), town.findings()) == ({}, [])
    assert town.broken() == []


def test_a_reversal_takes_a_strange_credit_back_from_suspense(town: Bank) -> None:
    strange = Entry(4321, "Iemand", "NL16ABNA0400000045", text="vergissing")
    town.day(strange)
    assert [code for code, *_rest in town.findings()] == ["UNMATCHED"]
    town.day(replace(strange, cents=-4321, reversal=True, family="PMNT-RCDT-ESCT"))
    assert (town.balance(1900), town.findings()) == (0, [])
    assert town.broken() == []


def test_of_two_equal_wages_the_last_is_taken_back_and_each_only_once(town: Bank) -> None:
    for month in (202601, 202602):
        town.tell(1, 1001, month, 60000)
    town.day(wage(60000), wage(60000))
    back = replace(wage(-60000), reversal=True, family="PMNT-RCDT-ESCT")
    town.day(back)
    assert town.received(1) == {202601: 60000}
    town.day(back, back)
    assert (town.received(1), town.balance(1900)) == ({}, 60000)
    assert town.broken() == []


def test_a_reversal_of_something_never_seen_goes_to_suspense(town: Bank) -> None:
    town.day(wage(60000), replace(wage(-60001), reversal=True, family="PMNT-RCDT-ESCT"))
    assert last(town)["kind"] == "debit-unmatched"
    assert town.findings() == [("UNMATCHED", 0, 0, -60001)]


def test_a_debit_that_the_bank_gives_back_waits_for_a_person(town: Bank) -> None:
    town.send(BATCH, (1001, 500))
    town.day(Entry(-500, end_to_end=f"{BATCH}-000001"))
    town.day(Entry(500, reversal=True, end_to_end=f"{BATCH}-000001", family="PMNT-ICDT-ESCT"))
    assert states(town) == ["BOOKED"]
    assert town.findings() == [("UNMATCHED", 0, 0, 500)]
