"""Payments beside the fixed amount and the surplus: what each is, what it books, and only once."""

from __future__ import annotations

from typing import Any

import pytest

from surplus.bank.booking import tell_suspense
from surplus.decisions import Asked
from surplus.ledger import invariants
from surplus.ledger.journal import Draft, Line, book
from surplus.months import Month
from surplus.problems import Refusal
from surplus.settlement import by_decision
from surplus.settlement.position import positions
from surplus.store.engine import reading
from tests.payout.town import F, Town, iban

JANUARY, ON = "2026-01", "2026-01-27"
FEBRUARY, LATER = "2026-02", "2026-02-24"
LANDLORD = {"payee_iban": "NL44RABO0123456789", "payee_name": "Woonstichting De Kade"}
EMPLOYER = "999990020L01"


def decide(town: Town, client: int, kind: str, on: str, **told: Any) -> int:
    """Asked by one, approved by another, on one day."""
    with town.work(on, "income-1", "decide") as work:
        asked = Asked(client, kind, **({"reason": "agreed", "number": "B-1"} | told))
        number = by_decision.decide(work, asked)
    with town.work(on, "treasury-1", "changes-approve") as work:
        return by_decision.approve(work, number).decision


def stand(town: Town, client: int = 1001) -> dict[str, int]:
    with reading(town.engine) as conn:
        rows = positions(conn, town.settings, client=client)
    return {name: int(column[0]) for name, column in rows.items()}


def balance(town: Town, account: int, client: int = 1001) -> int:
    return int(town.query(
        "SELECT COALESCE(SUM(amount), 0) FROM balance WHERE account = :a AND client = :c",
        a=account, c=client,
    )[0][0])  # fmt: skip


def whole(town: Town) -> None:
    """All invariants hold."""
    with reading(town.engine) as conn:
        assert invariants.full(conn, town.settings.code) == []


def made(town: Town, select: str, kind: str) -> list[tuple[Any, ...]]:
    return town.query(f"{select} FROM obligation WHERE kind = :kind ORDER BY obligation", kind=kind)


def payments(town: Town) -> list[tuple[Any, ...]]:
    return town.query(
        "SELECT client, month, kind, payee, round, amount_cents, state FROM obligation "
        "ORDER BY obligation"
    )


# --- parts of the fixed amount -------------------------------------------------------------------


def test_a_couple_of_whom_one_asks_gets_halves_and_the_odd_cent_goes_last(town: Town):
    town.enrol(1001, household="GEHUWD", partner_bsn="999990019", partner_birth_date="1986-01-01")
    town.norm(JANUARY, "2026-06", total=200213, on="2026-01-03")
    decide(town, 1001, "split", "2026-01-05", payee="partner", payee_iban=iban(1002),
           payee_name="B. de Vries", valid_from="2026-01-01")  # fmt: skip
    town.pay(JANUARY, ON)
    assert town.query(
        "SELECT payee, amount_cents, iban, name, remittance FROM obligation ORDER BY payee"
    ) == [
        (1, 95101, iban(1001), "A. Jansen 1001", "Bijstand januari 2026"),
        (2, 95101, iban(1002), "B. de Vries",
         "Bijstand januari 2026, helft partner, A. Jansen 1001"),
    ]  # fmt: skip
    assert 2 * 95101 == 190202
    whole(town)


def test_landlord_and_bailiff_are_paid_inside_f_and_nothing_of_it_is_surplus(town: Town):
    town.enrol(1001)
    decide(town, 1001, "protected-amount", "2026-01-05", amount_cents=126486,
           valid_from="2026-01-01")  # fmt: skip
    decide(town, 1001, "split", "2026-01-05", payee="landlord", amount_cents=65000,
           payee_reference="huurder 77", valid_from="2026-01-01", **LANDLORD)  # fmt: skip
    decide(town, 1001, "split", "2026-01-05", payee="bailiff", value="10%",
           payee_reference="1042600000001001", valid_from="2026-01-01",
           payee_iban=iban(1005), payee_name="Deurwaarders Noord")  # fmt: skip
    town.pay(JANUARY, ON)
    assert town.query("SELECT payee, amount_cents, remittance FROM obligation ORDER BY payee") == [
        (1, F - 65000 - 6657, "Bijstand januari 2026"),
        (3, 6657, "1042600000001001"),
        (5, 65000, "Huur januari 2026, A. Jansen 1001, huurder 77"),
    ]
    town.earn(1001, JANUARY, 60000, "2026-02-20")
    assert stand(town)["position"] == 3000
    assert town.pay(FEBRUARY, LATER).total_cents == F + 3000
    whole(town)


def test_a_part_that_is_held_waits_alone_and_leaves_at_its_frozen_amount(town: Town):
    town.enrol(1001)
    told = {"payee": "landlord", "amount_cents": 65000, "valid_from": "2026-01-01"}
    decide(town, 1001, "split", "2026-01-05", **told, **(LANDLORD | {"payee_name": "Иванов"}))
    prepared = town.prepare(JANUARY, ON)
    assert (prepared.payments, prepared.held) == (1, 1)
    town.approve(1, ON)
    assert town.prepare(JANUARY, ON).batch == 0
    decide(town, 1001, "split", "2026-02-03", **told, **LANDLORD)
    town.pay(FEBRUARY, LATER)
    assert payments(town) == [
        (1001, 202601, "fixed", 1, 1, F - 65000, "APPROVED"),
        (1001, 202601, "fixed", 5, 1, 65000, "APPROVED"),
        (1001, 202602, "fixed", 1, 1, F - 65000, "APPROVED"),
        (1001, 202602, "fixed", 5, 1, 65000, "APPROVED"),
    ]
    whole(town)


def test_a_batch_with_one_of_two_parts_is_cancelled_and_all_is_divided_anew(town: Town):
    town.enrol(1001)
    told = {"payee": "landlord", "valid_from": "2026-01-01"}
    decide(town, 1001, "split", "2026-01-05", amount_cents=65000, **told,
           **(LANDLORD | {"payee_name": "Иванов"}))  # fmt: skip
    town.pay(JANUARY, ON)
    town.cancel(1, ON)
    decide(town, 1001, "split", ON, amount_cents=60000, **told, **LANDLORD)
    town.pay(JANUARY, ON)
    assert [row[5:] for row in payments(town)] == [
        (F - 65000, "CANCELLED"), (65000, "CANCELLED"), (F - 60000, "APPROVED"), (60000, "APPROVED")
    ]  # fmt: skip
    whole(town)


def test_a_split_decided_between_prepare_and_approve_stops_the_payment(town: Town):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    decide(town, 1001, "split", ON, payee="landlord", amount_cents=65000,
           valid_from="2026-01-01", **LANDLORD)  # fmt: skip
    with pytest.raises(Refusal, match="P03: agreed is 681,43"):
        town.approve(1, ON)


def test_another_account_of_the_landlord_told_after_prepare_stops_the_payment(town: Town):
    town.enrol(1001)
    told = {"payee": "landlord", "amount_cents": 65000, "valid_from": "2026-01-01"}
    decide(town, 1001, "split", "2026-01-05", **told, **LANDLORD)
    town.prepare(JANUARY, ON)
    decide(town, 1001, "split", ON, **told, **(LANDLORD | {"payee_iban": iban(1004)}))
    with pytest.raises(Refusal, match="000002 P06: another account was decided on"):
        town.approve(1, ON)


# --- third parties --------------------------------------------------------------------------------


def test_a_third_party_is_paid_on_top_out_of_the_surplus_and_before_the_extra(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, JANUARY, 60000, "2026-02-20")
    decide(town, 1001, "third-party", "2026-02-20", payee="energie", amount_cents=2000,
           valid_from="2026-02-01", valid_until="2026-03-31", **LANDLORD)  # fmt: skip
    town.pay(FEBRUARY, LATER)
    assert [row[2:] for row in payments(town)[1:]] == [
        ("fixed", 1, 1, F, "APPROVED"), ("third-party", 2, 1, 2000, "APPROVED"),
        ("extra", 1, 1, 1000, "APPROVED"),
    ]  # fmt: skip
    assert town.query("SELECT remittance FROM obligation WHERE kind = 'third-party'") == [
        ("Energie februari 2026, A. Jansen 1001",)
    ]
    assert stand(town)["position"] == 0
    assert town.entries("third-party") == [
        ("third-party", 1001, 2000, 202602, 0, 2000), ("third-party", 1001, 1010, 0, 3, -2000)
    ]  # fmt: skip
    whole(town)


def test_a_third_party_waits_until_a_surplus_covers_it_and_is_then_paid_once(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    decide(town, 1001, "third-party", "2026-02-02", payee="energie", amount_cents=4000,
           valid_from="2026-02-01", valid_until="2026-02-28", **LANDLORD)  # fmt: skip
    town.earn(1001, JANUARY, 60000, "2026-02-20")
    assert town.pay(FEBRUARY, LATER).held == 1
    assert town.findings("HELD_PAYMENT") == [
        ("HELD_PAYMENT", 1001, 202602, "third-party: no surplus yet")
    ]
    town.earn(1001, FEBRUARY, 60000, "2026-03-20")
    town.pay("2026-03", "2026-03-26")
    kinds = [(row[1], *row[2:3], *row[5:]) for row in payments(town)[2:]]
    assert kinds == [
        (202602, "third-party", 4000, "APPROVED"), (202603, "fixed", F, "APPROVED"),
        (202603, "extra", 2000, "APPROVED"),
    ]  # fmt: skip
    assert town.prepare("2026-03", "2026-03-26").batch == 0
    whole(town)


def test_the_next_month_of_a_third_party_waits_and_does_not_stop_the_one_before_it(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    decide(town, 1001, "third-party", "2026-02-02", payee="energie", amount_cents=4000,
           valid_from="2026-02-01", **LANDLORD)  # fmt: skip
    town.earn(1001, JANUARY, 60000, "2026-02-20")
    assert town.pay(FEBRUARY, LATER).held == 1
    town.earn(1001, FEBRUARY, 60000, "2026-03-20")
    town.pay("2026-03", "2026-03-26")  # approved without anything being released
    assert [row[1:] for row in town.obligations(kind="third-party")] == [
        (202602, "third-party", 4000, "APPROVED"), (202603, "third-party", 4000, "HELD"),
    ]  # fmt: skip
    whole(town)


def test_a_third_party_that_waits_is_ended_by_decision_and_frees_the_surplus(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    told = {"payee": "energie", "amount_cents": 400000, "valid_from": "2026-02-01"} | LANDLORD
    decide(town, 1001, "third-party", "2026-02-02", **told)
    town.earn(1001, JANUARY, 60000, "2026-02-20")
    town.pay(FEBRUARY, LATER)
    assert stand(town)["position"] == 3000 - 400000
    decide(town, 1001, "third-party", "2026-03-02", **told, valid_until="2026-02-28")
    town.prepare("2026-03", "2026-03-26")
    assert town.obligations(kind="third-party")[0][4] == "HELD"  # February was in force
    town.cancel(3, "2026-03-26")
    decide(town, 1001, "third-party", "2026-03-27",
           **(told | {"valid_from": "2026-01-01"}), valid_until="2026-01-31")  # fmt: skip
    town.pay("2026-03", "2026-03-27")
    assert town.obligations(kind="third-party")[0][4] == "CANCELLED"
    assert town.obligations(kind="extra") == [(1001, 202603, "extra", 3000, "APPROVED")]
    whole(town)


# --- holiday allowance ----------------------------------------------------------------------------


def year(town: Town, *, on: str = "2026-06-15") -> None:
    """What twelve months of C12a reserve: 38.37 each."""
    town.norm("2025-06", "2025-12", on="2025-06-01")
    town.enrol(1001, starts_on="2025-06-01", valid_from="2025-06-01", on="2025-06-01")
    with town.work(on, "system", "opening") as work:
        first = Month(202506)
        drafts = [
            Draft("client-opening", [Line(2010, -3837, 1001, month=int(m)), Line(3000, 3837)],
                  1001, int(m))
            for m in first.through(first.plus(11))
        ]  # fmt: skip
        book(work, drafts)


def test_c12a_twelve_months_pay_460_44_in_june(town: Town):
    """Wage 600.00 and a net accrual of 34.00 that payroll states: R is 38.37 each month."""
    town.norm("2025-06", "2025-12", on="2025-06-01")
    town.enrol(1001, starts_on="2025-06-01", valid_from="2025-06-01", on="2025-06-01")
    first = Month(202506)
    for month in first.through(first.plus(11)):
        town.earn(1001, str(month), 60000, f"{month.plus(1)}-12", holiday_accrued=3400)
    assert balance(town, 2010) == -12 * 3837 == -46044
    town.pay("2026-06", "2026-06-26")
    assert made(town, "SELECT month, amount_cents, remittance", "holiday") == [
        (202606, 46044, "Vakantietoeslag juni 2025 t/m mei 2026")
    ]
    lines = [line[2:] for line in town.entries("holiday-payment")]
    assert lines[:2] == [(2010, 202506, 0, 3837), (2010, 202507, 0, 3837)]
    assert lines[12:] == [(1010, 0, 2, -46044)]
    assert balance(town, 2010) == 0
    assert town.prepare("2026-06", "2026-06-26").batch == 0
    whole(town)


def test_a_june_payment_that_was_missed_goes_with_the_next_batch_once(town: Town):
    town.norm("2026-07", "2026-08")
    year(town, on="2026-07-20")
    town.pay("2026-07", "2026-07-28")
    town.pay("2026-08", "2026-08-26")
    assert town.obligations(kind="holiday") == [(1001, 202606, "holiday", 46044, "APPROVED")]
    assert made(town, "SELECT batch", "holiday") == [(1,)]


def test_negative_months_lower_it_and_what_settles_later_waits_for_the_next_june(town: Town):
    year(town)
    with town.work("2026-06-16", "system", "adjust") as work:
        lower = [Line(2010, 5000, 1001, month=202603), Line(3000, -5000)]
        book(work, [Draft("adjustment", lower, 1001, 202603)])
    town.pay("2026-06", "2026-06-26")
    assert town.obligations(kind="holiday") == [(1001, 202606, "holiday", 41044, "APPROVED")]
    with town.work("2026-07-01", "system", "adjust") as work:
        more = [Line(2010, -700, 1001, month=202605), Line(3000, 700)]
        book(work, [Draft("adjustment", more, 1001, 202605)])
    town.norm("2026-07")
    town.pay("2026-07", "2026-07-28")
    assert len(town.obligations(kind="holiday")) == 1
    assert balance(town, 2010) == -700
    whole(town)


def test_the_holiday_allowance_of_june_is_no_change_against_may(town: Town):
    clients = range(2000, 2025)
    town.enrol(*clients)
    town.pay("2026-05", "2026-05-26")
    with town.work("2026-06-15", "system", "opening") as work:
        reserved = [Line(2010, -30000, month=202605), Line(3000, 30000)]
        book(work, [
            Draft("client-opening", [reserved[0]._replace(client=c), reserved[1]], c, 202605)
            for c in clients
        ])  # fmt: skip
    prepared = town.prepare("2026-06", "2026-06-26")
    assert (prepared.payments, prepared.outside_limits) == (50, 0)


def test_a_reserve_that_fell_between_prepare_and_approve_stops_its_payment(town: Town):
    year(town)
    town.prepare("2026-06", "2026-06-26")
    with town.work("2026-06-26", "system", "adjust") as work:
        lower = [Line(2010, 100, 1001, month=202603), Line(3000, -100)]
        book(work, [Draft("adjustment", lower, 1001, 202603)])
    with pytest.raises(Refusal, match="P04: available is 459,44 now, the holiday 460,44"):
        town.approve(1, "2026-06-26")
    town.cancel(1, "2026-06-26")
    town.pay("2026-06", "2026-06-26")
    assert [row[3:] for row in town.obligations(kind="holiday")] == [
        (46044, "CANCELLED"), (45944, "APPROVED")
    ]  # fmt: skip
    assert balance(town, 2010) == 0


def test_a_held_holiday_payment_leaves_at_what_stands_when_it_can(town: Town):
    year(town)
    town.enrol(1001, on="2026-06-20", version=2, status="GEPAUZEERD", starts_on="2025-06-01",
               valid_from="2026-06-20")  # fmt: skip
    town.prepare("2026-06", "2026-06-26")
    with town.work("2026-07-01", "system", "adjust") as work:
        lower = [Line(2010, 100, 1001, month=202603), Line(3000, -100)]
        book(work, [Draft("adjustment", lower, 1001, 202603)])
    town.enrol(1001, on="2026-07-02", version=3, starts_on="2025-06-01", valid_from="2026-07-01")
    town.norm("2026-07")
    town.pay("2026-07", "2026-07-28")
    assert town.obligations(kind="holiday") == [(1001, 202606, "holiday", 45944, "APPROVED")]
    assert balance(town, 2010) == 0
    whole(town)


# --- what one decision pays once ------------------------------------------------------------------


def test_an_employer_gets_back_what_it_paid_too_much_and_no_more(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, JANUARY, 60000, "2026-02-20")
    with town.work("2026-02-21", "system", "bank") as work:
        town.receive(work, 1001, Month(202601), 90000)
    told = {"employer": EMPLOYER, "month": 202601} | LANDLORD
    with pytest.raises(Refusal, match="900,00 is open"):
        decide(town, 1001, "refund", "2026-02-22", amount_cents=90001, **told)
    decide(town, 1001, "refund", "2026-02-22", amount_cents=90000, **told)
    with pytest.raises(Refusal, match="0,00 is open"):
        decide(town, 1001, "refund", "2026-02-22", amount_cents=1, **told)
    town.pay(FEBRUARY, LATER)
    assert made(town, "SELECT payee, amount_cents, remittance", "refund") == [
        (2, 90000, "Terugbetaling te veel betaald loon januari 2026")
    ]
    assert [line[1:] for line in town.entries("refund")] == [
        (1001, 1300, 202601, 0, 90000), (1001, 1010, 0, 4, -90000)
    ]  # fmt: skip
    assert balance(town, 1300) == 0
    town.settle("2026-03-01")
    assert stand(town)["position"] == 0
    assert town.prepare(FEBRUARY, LATER).batch == 0
    whole(town)


def test_a_bank_item_of_nobody_goes_back_to_who_sent_it(town: Town):
    with town.work("2026-01-20", "system", "bank") as work:
        town.suspend(work, 12, 5000)
    told = {"item": 12, "amount_cents": 5000} | LANDLORD
    decide(town, 0, "refund", "2026-01-21", **told)
    with pytest.raises(Refusal, match="0,00 is open"):
        decide(town, 0, "refund", "2026-01-21", **told)
    town.pay(JANUARY, ON)
    assert [line[1:] for line in town.entries("refund")] == [
        (0, 1900, 0, 12, 5000), (0, 1010, 0, 1, -5000)
    ]  # fmt: skip
    town.cancel(1, ON)
    assert town.query("SELECT SUM(amount) FROM balance WHERE account = 1900") == [(-5000,)]
    town.pay(JANUARY, ON)
    assert town.query("SELECT SUM(amount) FROM balance WHERE account = 1900") == [(0,)]
    assert town.prepare(FEBRUARY, LATER).batch == 0
    whole(town)


def test_a_refund_of_which_the_money_is_gone_waits_and_stops_nobody_else(town: Town):
    """The bank undid the credit, and a correction says that the wage was right."""
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, JANUARY, 60000, "2026-02-20")
    with town.work("2026-02-21", "system", "bank") as work:
        town.suspend(work, 12, 5000)
        town.receive(work, 1001, Month(202601), 90000)
    decide(town, 0, "refund", "2026-02-22", item=12, amount_cents=5000, **LANDLORD)
    told = {"employer": EMPLOYER, "month": 202601} | LANDLORD
    decide(town, 1001, "refund", "2026-02-22", amount_cents=90000, **told)
    with town.work("2026-02-23", "system", "bank") as work:
        town.statement(work, -95000)
        item, wage = Line(1900, 5000, item=12), Line(1300, 90000, 1001, 1001, 202601)
        book(work, [Draft("receipt-reversed", [item, Line(1000, -5000)], reference="item:12")])
        book(work, [Draft("receipt-reversed", [wage, Line(1000, -90000)], 1001, 202601, "item:13")])
    prepared = town.pay(FEBRUARY, LATER)
    assert (prepared.payments, prepared.held) == (2, 2)  # her fixed amount and a surplus
    assert made(town, "SELECT client, state, hold_reason", "refund") == [
        (0, "HELD", "nothing open"), (1001, "HELD", "nothing open")
    ]  # fmt: skip
    with town.work("2026-02-25", "system", "bank") as work:
        town.statement(work, 5000)
        back = [Line(1000, 5000), Line(1900, -5000, item=12)]
        book(work, [Draft("receipt", back, reference="item:12")])
        tell_suspense(work)
    assert town.pay(FEBRUARY, "2026-02-25").total_cents == 5000
    whole(town)


def test_a_premium_is_granted_once_and_leaves_the_buffer_alone(town: Town):
    town.enrol(1001)
    decide(town, 1001, "premium", "2026-01-12", amount_cents=50000)
    assert [line[1:] for line in town.entries("premium")] == [
        (1001, 4100, 0, 0, 50000), (1001, 2020, 202601, 0, -50000)
    ]  # fmt: skip
    town.pay(JANUARY, ON)
    assert made(town, "SELECT month, amount_cents, remittance", "premium") == [
        (202601, 50000, "Premie arbeidsinschakeling 2026")
    ]
    assert (balance(town, 2020), stand(town)["position"]) == (0, 0)
    town.pay(FEBRUARY, LATER)
    assert len(town.obligations(kind="premium")) == 1
    whole(town)


def test_a_premium_that_was_booked_back_waits_and_stops_nobody_else(town: Town):
    town.enrol(1001)
    decide(town, 1001, "premium", "2026-01-12", amount_cents=50000)
    decide(town, 1001, "adjustment", "2026-01-13", value="2020/4100", amount_cents=50000)
    assert town.pay(JANUARY, ON).total_cents == F
    assert made(town, "SELECT state, hold_reason", "premium") == [("HELD", "nothing open")]
    whole(town)


def test_a_second_premium_waits_for_the_next_month_and_a_third_never_leaves(town: Town):
    town.enrol(1001)
    for cents in (150000, 10000):
        decide(town, 1001, "premium", "2026-01-12", amount_cents=cents)
    town.pay(JANUARY, ON)
    town.pay(FEBRUARY, LATER)
    assert [(row[1], row[3]) for row in town.obligations(kind="premium")] == [
        (202601, 150000), (202602, 10000)
    ]  # fmt: skip
    town.decide(1001, "premium", "2026-03-02", amount_cents=100)  # behind the rule's back
    with town.work("2026-03-02") as work:
        built_up = [Line(4100, 100, 1001), Line(2020, -100, 1001, month=202601)]
        book(work, [Draft("premium", built_up, 1001, 202601)])
    town.prepare("2026-03", "2026-03-26")
    with pytest.raises(Refusal, match="P04: available is 0,00 now, the premium 1,00"):
        town.approve(3, "2026-03-26")


def test_an_adjustment_between_two_accounts_needs_a_second_person_and_its_dimensions(town: Town):
    town.enrol(1001)
    with pytest.raises(Refusal, match="no pair of accounts"):
        decide(town, 1001, "adjustment", ON, value="2000/1010", amount_cents=100)
    with pytest.raises(Refusal, match="needs --month"):
        decide(town, 1001, "adjustment", ON, value="2000/4900", amount_cents=100)
    decide(town, 1001, "adjustment", ON, value="2000/4900", amount_cents=100, month=202601)
    assert [line[1:] for line in town.entries("adjustment")] == [
        (1001, 2000, 202601, 0, 100), (1001, 4900, 0, 0, -100)
    ]  # fmt: skip
    assert stand(town)["position"] == -100
    whole(town)


# --- at the end -----------------------------------------------------------------------------------


def test_where_the_benefit_ends_the_rest_of_the_reserve_is_paid_as_holiday_allowance(town: Town):
    town.norm("2026-07", "2026-12")
    town.enrol(1001, starts_on="2026-06-01", valid_from="2026-06-01")
    town.pay("2026-06", "2026-06-26")
    town.enrol(1001, on="2026-06-30", version=2, starts_on="2026-06-01", valid_from="2026-06-01",
               ends_on="2026-06-30", status="BEEINDIGD")  # fmt: skip
    town.earn(1001, "2026-06", 60000, "2026-07-06")
    decide(town, 1001, "exit", "2026-07-13", valid_until="2026-06-30", value="benefit-ends")
    assert town.query("SELECT new FROM change") == [
        ("amount 30,00, until 2026-06-30, value benefit-ends, number B-1: exit payment 30,00, "
         "holiday payment 40,07",)
    ]  # fmt: skip
    town.pay("2026-07", "2026-07-28")
    assert [row[1:] for row in town.obligations(batch=2)] == [
        (202607, "exit", 3000, "APPROVED"), (202607, "holiday", 4007, "APPROVED")
    ]  # fmt: skip
    assert (balance(town, 2000), balance(town, 2010)) == (0, 0)
    assert town.prepare("2026-08", "2026-08-26").batch == 0
    whole(town)
