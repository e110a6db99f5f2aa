"""What a line of a statement is taken for, and what goes to suspense."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from surplus.bank.payments import REASONS
from surplus.ledger.journal import Draft, Line, book
from surplus.store.tables import payment_batch
from tests.bank.conftest import Bank, codes
from tests.bank.paper import FUNDING, HELDER, KENMERK, Entry, wage

BATCH = "SUR20261120001"
ONE_ENGINE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


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


def test_a_file_in_several_groups_is_debited_group_by_group(paying: Bank) -> None:
    with paying.work() as work:
        work.conn.execute(update(payment_batch).values(profile=json.dumps({"per_group": 2})))
    paying.day(Entry(-19250, batch=BATCH, debit=2))
    assert states(paying) == ["SENT", "SENT", "BOOKED"]
    paying.day(Entry(-266286, batch=BATCH), on="2026-03-26")
    assert states(paying) == ["BOOKED"] * 3
    assert (paying.balance(1010), paying.findings(), paying.broken()) == (0, [], [])


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


def test_any_other_debit_goes_to_suspense(paying: Bank) -> None:
    others = (
        Entry(-285535, batch=BATCH),  # another total
        Entry(-133142, end_to_end=f"{BATCH}-000001"),  # another amount
        Entry(-133143, end_to_end=f"{BATCH}-000099"),  # no payment of ours
        Entry(-285536, batch="SUR20261120999"),  # no batch of ours
        Entry(-100, text="een incasso"),
    )
    paying.day(*others)
    assert [(e["kind"], e[1000], e[1900]) for e in paying.entries()[-5:]] == [
        ("debit-unmatched", entry.cents, -entry.cents) for entry in others
    ]
    assert sorted(cents for _c, _k, _m, cents in paying.findings()) == sorted(
        entry.cents for entry in others
    )
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


def test_money_from_and_to_the_municipality_is_funding(town: Bank) -> None:
    town.day(*(Entry(cents, "Gemeente", FUNDING) for cents in (500_000, -700_000)))
    assert town.entries()[-2:] == [
        {"kind": "funding", "client": 0, "month": 0, 1000: 500_000, 3000: -500_000},
        {"kind": "funding", "client": 0, "month": 0, 1000: -700_000, 3000: 700_000},
    ]


@ONE_ENGINE
def test_our_payment_to_an_account_of_the_municipality_is_no_funding(paying: Bank) -> None:
    named = Entry(-133143, "Gemeente", FUNDING, end_to_end=f"{BATCH}-000001")
    paying.day(named, replace(named, cents=133143, family="PMNT-ICDT-RRTN"))
    assert (states(paying)[0], paying.balance(3000)) == ("RETURNED", -100_000_00)
    assert paying.broken() == []


def test_charges_and_interest_are_bank_costs(town: Bank) -> None:
    families = ("ACMT-MDOP-CHRG", "PMNT-ICDT-CHRG", "PMNT-MDOP-FEES", "PMNT-MDOP-COMM")
    town.day(*(Entry(-75, "", "", family=family) for family in families))
    town.day(Entry(120, "", "", family="ACMT-MCOP-INTR"))
    assert set(kinds(town)) == {"bank-cost"}
    assert (town.balance(4800), town.findings()) == (4 * 75 - 120, [])


def test_a_code_that_is_not_known_is_never_guessed_from_the_sign(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    strange = ("PMNT-RDDT-ESDD", "PMNT-XXXX-YYYY", "SECU-SETT-TRAD")
    outcome = town.day(*(wage(60000, family=family) for family in strange))
    assert [(n.code, n.severity, n.field) for n in outcome.listed()] == 3 * [("B12", "H", "family")]
    assert town.balance(1900) == -3 * 60000
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


def test_a_wage_finds_its_employment_however_its_reference_is_written(town: Bank) -> None:
    ways = (
        wage(60000),
        Entry(60000, text="Loon mrt 2026 kenmerk 1042 6000 0000 1001"),
        Entry(60000, text="1042.6000.0000.1001"),
        Entry(60000, text="Loon 2026 1042-6000-0000-1001 03"),  # touched by other digits
        Entry(60000, reference="1042 6000 0000 1001"),
        wage(60000, name="SCHOONMAAKBEDRIJF  helder bv", iban=""),
        wage(60000, family="PMNT-RRCT-ESCT"),  # an instant payment
        Entry(60000, reference="LOON-7", text="kenmerk 1042600000001001"),
    )
    for month in range(202601, 202601 + len(ways)):
        town.tell(1, 1001, month, 60000)
    assert codes(town.day(*ways)) == []
    assert set(kinds(town)) == {"receipt"}
    assert town.received(1) == {202601 + at: 60000 for at in range(len(ways))}
    assert town.findings() == []


def test_what_is_not_beyond_doubt_goes_to_suspense(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    doubts = {
        Entry(60001, text="bijdrage"): "",
        Entry(60002): "",
        Entry(60003, reference="2042600000001001"): "B07",
        Entry(60004, text="kenmerk 2042 6000 0000 1001"): "B07",
        Entry(60005, reference=KENMERK[1004]): "",  # nobody's
        Entry(60006, reference="RF18539007547034"): "",
        Entry(60007, reference="RF19539007547034"): "B08",
        Entry(60008, text=f"{KENMERK[1001]} of {KENMERK[1002]}"): "",
        Entry(60009, reference=f"{KENMERK[1001]},{KENMERK[1002]}"): "",
        wage(60010, name="Iemand Anders"): "B09",
        wage(60011, name="", iban=""): "B09",
        wage(60012, extra="<RtrInf><Rsn><Cd>MS03</Cd></Rsn></RtrInf>"): "B14",  # a return
    }
    outcome = town.day(*doubts)
    assert [(n.line, n.code) for n in outcome.listed()] == [
        (line, code) for line, code in enumerate(doubts.values(), 1) if code
    ]
    assert sorted((code, cents) for code, _client, _month, cents in town.findings()) == [
        ("UNMATCHED", entry.cents) for entry in doubts
    ]
    assert town.received(1) == {}
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


def test_a_reversal_of_money_that_a_person_put_elsewhere_waits_for_a_person(town: Bank) -> None:
    town.tell(1, 1001, 202603, 60000)
    town.day(wage(60000))
    with town.work() as work:
        lines = [Line(1300, 100, 1001, 1, 202603), Line(1400, -100, 1001)]
        book(work, [Draft("receipt-assigned", lines, 1001, 202603, "item:1")])
    town.day(wage(-60000, reversal=True, family="PMNT-RCDT-ESCT"))
    assert last(town)["kind"] == "debit-unmatched"


def test_a_reversal_of_something_never_seen_goes_to_suspense(town: Bank) -> None:
    town.day(wage(60000), replace(wage(-60001), reversal=True, family="PMNT-RCDT-ESCT"))
    assert last(town)["kind"] == "debit-unmatched"
    assert town.findings() == [("UNMATCHED", 0, 0, -60001)]


# --- our payments that come back -----------------------------------------------------------------

RETURN = {"family": "PMNT-ICDT-RRTN", "name": "A. de Vries", "iban": "NL91INGB0000001001"}


def back(cents: int, number: int | None = None, reason: str = "AC04", **told: Any) -> Entry:
    """A payment of ours on its way back, named by its end-to-end id where a number is given."""
    end_to_end = f"{BATCH}-{number:06d}" if number else "NOTPROVIDED"
    why = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>" if reason else ""
    return Entry(cents, end_to_end=end_to_end, extra=why, **(RETURN | told))


@pytest.fixture
def paid(paying: Bank) -> Bank:
    """The three payments have been debited."""
    paying.day(Entry(-285536, batch=BATCH))
    return paying


@ONE_ENGINE
@pytest.mark.parametrize("code", [*REASONS, "MS02", "MS03", "NARR", "RR04", "XX9", ""])
def test_a_return_is_booked_whatever_its_reason_and_asks_for_a_person(
    code: str, paid: Bank
) -> None:
    outcome = paid.day(back(133143, 2, code))
    state = "RECALLED" if code in ("FOCR", "CUST", "DUPL") else "RETURNED"
    assert (codes(outcome), states(paid)) == ([], ["BOOKED", state, "BOOKED"])
    known = code if len(code) == 4 else "-"
    assert paid.query("SELECT reason FROM payment_event WHERE state = :s", s=state) == [
        (f"{known} item:2",)
    ]
    assert [found[0] for found in paid.findings()] == [REASONS.get(code, "PAYMENT_FAILED")]
    assert (paid.balance(1010), paid.balance(2000)) == (0, 133143 + 19250)
    assert paid.broken() == []


@ONE_ENGINE
@pytest.mark.parametrize(
    ("family", "reason"),
    [
        ("PMNT-ICDT-RRTN", ""),
        ("PMNT-IRCT-RRTN", ""),
        ("PMNT-ICDT-ESCT", "AC04"),
        ("PMNT-RCDT-ESCT", "AC04"),
        ("PMNT-RCDT-ESCT", ""),
        ("PMNT-RRCT-ESCT", ""),
    ],
)
def test_a_return_is_known_by_its_code_its_reason_or_our_own_id(
    family: str, reason: str, paid: Bank
) -> None:
    paid.day(back(133143, 1, reason, family=family))
    assert states(paid) == ["RETURNED", "BOOKED", "BOOKED"]


def test_a_debit_that_the_bank_undoes_is_a_payment_that_did_not_arrive(paid: Bank) -> None:
    paid.day(back(133143, 1, "", reversal=True, family="PMNT-ICDT-ESCT"))
    assert states(paid) == ["RETURNED", "BOOKED", "BOOKED"]


def test_a_return_on_the_statement_of_its_debit_is_found_before_it_too(paying: Bank) -> None:
    paying.day(back(19250, 3), Entry(-285536, batch=BATCH))
    assert states(paying) == ["BOOKED", "BOOKED", "RETURNED"]
    assert paying.broken() == []


def test_a_return_without_its_id_is_found_by_batch_amount_and_iban(paid: Bank) -> None:
    with paid.work() as work:
        work.conn.exec_driver_sql("UPDATE obligation SET iban = 'NL00X' WHERE obligation <> 2")
        work.conn.exec_driver_sql(
            "UPDATE obligation SET iban = 'NL91INGB0000001001' WHERE obligation = 2"
        )
    named = f"<PmtInfId>{BATCH}-P1</PmtInfId>"
    paid.day(replace(back(133143), refs=named), replace(back(133142), refs=named))
    assert states(paid) == ["BOOKED", "RETURNED", "BOOKED"]
    assert [(code, cents) for code, _c, _m, cents in paid.findings()] == [
        ("IBAN_BLOCKED", 133143), ("UNMATCHED", 133142),
    ]  # fmt: skip


def test_of_two_payments_that_may_have_come_back_none_is_chosen(paid: Bank) -> None:
    with paid.work() as work:
        work.conn.exec_driver_sql("UPDATE obligation SET iban = 'NL91INGB0000001001'")
    outcome = paid.day(replace(back(133143), refs=f"<PmtInfId>{BATCH}-P1</PmtInfId>"))
    assert (codes(outcome), states(paid)) == (["B14"], ["BOOKED"] * 3)


def test_a_batch_that_comes_back_as_a_whole_returns_every_payment(paid: Bank) -> None:
    paid.day(Entry(285536, batch=BATCH, family="PMNT-ICDT-RRTN"))
    assert states(paid) == ["RETURNED"] * 3
    assert paid.balance(2000) == 0
    assert paid.broken() == []


def test_a_group_of_a_file_that_comes_back_returns_its_own_payments_only(paying: Bank) -> None:
    with paying.work() as work:
        work.conn.execute(update(payment_batch).values(profile=json.dumps({"per_group": 2})))
    group = Entry(-266286, batch=BATCH)
    paying.day(group)
    paying.day(replace(group, cents=266286, family="PMNT-ICDT-RRTN"), on="2026-03-26")
    assert states(paying) == ["RETURNED", "RETURNED", "SENT"]
    assert paying.broken() == []


@pytest.mark.parametrize("entry", [back(133142, 1), back(500, 9), back(500)])
def test_a_return_that_is_none_of_ours_waits_in_suspense(entry: Entry, paid: Bank) -> None:
    outcome = paid.day(entry)
    assert [(n.code, n.severity) for n in outcome.listed()] == [("B14", "H")]
    assert (states(paid), paid.findings()) == (
        ["BOOKED"] * 3, [("UNMATCHED", 0, 0, entry.cents)]
    )  # fmt: skip


def test_what_came_back_does_not_come_back_a_second_time(paid: Bank) -> None:
    paid.day(back(133143, 1), back(133143, 1))
    outcome = paid.day(back(133143, 1), on="2026-03-26")
    assert codes(outcome) == ["B14"]
    assert paid.balance(1900) == -2 * 133143
    assert paid.broken() == []


@ONE_ENGINE
def test_what_comes_back_twice_by_its_name_is_no_other_payment_to_that_account(paid: Bank) -> None:
    """Two clients with one landlord and one rent."""
    with paid.work() as work:
        work.conn.exec_driver_sql("UPDATE obligation SET iban = 'NL91INGB0000001001'")
    paid.day(back(133143, 1, "MS03"), back(133143, 1, "MS03"))
    paid.day(back(133143, 1, "MS03"), on="2026-03-26")
    assert paid.match()["assigned"] == 0
    assert states(paid) == ["RETURNED", "BOOKED", "BOOKED"]
    assert paid.balance(1900) == -2 * 133143
    assert paid.broken() == []


def test_a_return_before_its_debit_was_understood_is_booked_out_of_suspense(paying: Bank) -> None:
    paying.day(Entry(-285000, batch=BATCH), back(133143, 1))
    assert states(paying) == ["SENT"] * 3
    paying.day(Entry(-285536, batch=BATCH), on="2026-03-26")
    assert paying.match()["assigned"] == 1
    assert states(paying) == ["RETURNED", "BOOKED", "BOOKED"]
    assert paying.balance(1900) == 285000
    assert paying.broken() == []


def test_a_return_after_the_client_left_is_booked_in_the_open_month(paid: Bank) -> None:
    paid.enrol(1001, status="BEEINDIGD", valid_from="2026-12-01", version=2)
    paid.day(back(133143, 1), on="2027-02-03")
    assert states(paid)[0] == "RETURNED"
    assert paid.query(
        "SELECT kind, month, booked_month FROM entry WHERE booked_on = '2027-02-03'"
    ) == [("payment-returned", 202611, 202702), ("payment-reversed", 202611, 202702)]


def test_a_receipt_that_we_sent_back_is_taken_back(town: Bank) -> None:
    strange = Entry(4321, "Iemand", "NL16ABNA0400000045", text="vergissing")
    town.day(strange)
    town.day(replace(strange, cents=-4321, reversal=True, family="PMNT-RCDT-RRTN"))
    assert (town.balance(1900), town.findings()) == (0, [])
