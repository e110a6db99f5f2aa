"""Preparing a fixed date: who gets what, what is held, and that nothing is made twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from surplus.config import Settings
from surplus.payout import batches, pain001
from surplus.problems import Refusal
from surplus.store.engine import reading
from tests.payout.town import F, Town, iban

JANUARY, ON = "2026-01", "2026-01-27"


def test_everyone_who_participates_gets_the_fixed_amount_on_the_fixed_date(town: Town):
    town.enrol(1002, 1001)
    town.enrol(1003, starts_on="2026-02-01")
    town.enrol(1004, ends_on="2025-12-31", starts_on="2025-06-01")
    town.enrol(1005, status="AANGEMELD")
    prepared = town.prepare(JANUARY, ON)
    assert prepared.as_json() == {
        "month": "2026-01", "due_on": "2026-01-30", "batch": 1, "message_id": "SUR20260127001",
        "batches": [1], "payments": 2, "total_cents": 2 * F, "held": 0, "without_norm": 0,
        "outside_limits": 0,
    }  # fmt: skip
    assert not prepared.needs_a_person
    assert town.query(
        "SELECT client, kind, amount_cents, iban, name, remittance, state, end_to_end_id, due_on "
        "FROM obligation ORDER BY obligation"
    ) == [
        (c, "fixed", F, iban(c), f"A. Jansen {c}", "Bijstand januari 2026", "DRAFT",
         f"SUR20260127001-00000{n}", "2026-01-30")
        for n, c in ((1, 1001), (2, 1002))
    ]  # fmt: skip


def test_preparing_twice_makes_nothing_and_says_so(town: Town):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    again = town.prepare(JANUARY, ON, operator="treasury-1")
    assert (again.batch, again.payments, again.total_cents) == (0, 0, 0)
    assert not again.needs_a_person
    assert town.obligations() == [(1001, 202601, "fixed", F, "DRAFT")]


def test_a_late_joiner_gets_a_batch_with_only_his_own_payment(town: Town):
    town.enrol(1001, 1002)
    town.pay(JANUARY, ON)
    town.enrol(1003, on="2026-01-28")
    prepared = town.prepare(JANUARY, "2026-01-28")
    assert (prepared.batch, prepared.payments, prepared.message_id) == (2, 1, "SUR20260128001")
    assert town.obligations(batch=2) == [(1003, 202601, "fixed", F, "DRAFT")]
    assert town.query("SELECT first FROM payment_batch ORDER BY batch") == [(1,), (0,)]


def test_after_the_fixed_date_payment_is_due_on_the_next_banking_day_with_a_finding(town: Town):
    town.enrol(1001)
    prepared = town.prepare(JANUARY, "2026-02-06")
    assert prepared.due_on == "2026-02-09"
    assert town.findings("LATE_PAYMENT") == [("LATE_PAYMENT", 0, 202601, "SUR20260206001")]


def test_on_the_fixed_date_itself_nothing_is_late(town: Town):
    town.enrol(1001)
    assert town.prepare(JANUARY, "2026-01-30").due_on == "2026-01-30"
    assert town.findings("LATE_PAYMENT") == []


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"status": "GEPAUZEERD"}, "GEPAUZEERD"),
        ({"status": "OVERLEDEN"}, "OVERLEDEN"),
        ({"status": "BEEINDIGD"}, "BEEINDIGD"),
        ({"iban": "NL91INGB0000001002"}, "P06"),
        ({"account_name": "A & B <x>"}, "P05"),
        ({"account_name": "Иванов"}, "P05"),
    ],
)
def test_what_cannot_be_paid_now_is_held_and_its_amount_frozen(town: Town, told, reason):
    town.enrol(1001)
    town.enrol(1002, **told)
    prepared = town.prepare(JANUARY, ON)
    assert (prepared.payments, prepared.held, prepared.needs_a_person) == (1, 1, True)
    assert town.obligations() == [
        (1001, 202601, "fixed", F, "DRAFT"), (1002, 202601, "fixed", F, "HELD")
    ]  # fmt: skip
    assert town.findings("HELD_PAYMENT") == [("HELD_PAYMENT", 1002, 202601, f"fixed: {reason}")]
    again = town.prepare(JANUARY, ON)
    assert (again.batch, again.held) == (0, 0)


def test_why_a_payment_is_held_is_what_keeps_it_back_now(town: Town):
    town.enrol(1001, iban="NL91INGB0000001002")
    town.prepare(JANUARY, ON)
    town.enrol(1001, version=2, on="2026-02-02", status="GEPAUZEERD")
    assert (again := town.prepare(JANUARY, "2026-02-03")).batch == 0
    assert again.held == 0  # not newly
    assert town.query("SELECT hold_reason, amount_cents FROM obligation") == [("GEPAUZEERD", F)]
    assert town.findings("HELD_PAYMENT") == [("HELD_PAYMENT", 1001, 202601, "fixed: GEPAUZEERD")]
    assert town.query("SELECT state, reason FROM payment_event WHERE obligation = 1") == [
        ("HELD", "GEPAUZEERD")
    ]
    assert town.prepare(JANUARY, "2026-02-03").batch == 0
    assert town.query("SELECT COUNT(*) FROM payment_event") == [(1,)]


def test_a_decision_holds_a_payment_until_it_is_told_again_with_an_end(town: Town):
    town.enrol(1001, 1002)
    town.decide(1001, "hold-payment", "2026-01-20", valid_from="2026-01-15")
    assert town.prepare(JANUARY, ON).held == 1
    town.approve(1, ON)
    town.decide(
        1001, "hold-payment", "2026-02-02", valid_from="2026-01-15", valid_until="2026-02-03"
    )
    prepared = town.prepare(JANUARY, "2026-02-10")
    assert (prepared.payments, prepared.total_cents) == (1, F)
    assert town.findings("HELD_PAYMENT") == []


def test_a_decision_to_hold_one_month_lets_the_others_go(town: Town):
    town.enrol(1001)
    town.decide(1001, "hold-payment", "2026-01-20", valid_from="2026-01-15", month=202601)
    town.prepare(JANUARY, ON)
    town.prepare("2026-02", "2026-02-24")
    assert town.obligations() == [
        (1001, 202601, "fixed", F, "HELD"), (1001, 202602, "fixed", F, "DRAFT")
    ]  # fmt: skip


def test_a_held_payment_leaves_with_the_next_batch_at_its_frozen_amount(town: Town):
    """Its name and account are those of the day it leaves; the norm of its month may have moved."""
    town.enrol(1001, status="GEPAUZEERD")
    town.enrol(1002)
    town.pay(JANUARY, ON)
    town.norm(JANUARY, on="2026-02-03", total=150000)
    town.enrol(1001, on="2026-02-10", version=2, iban=iban(1009), valid_from="2026-02-01")
    prepared = town.prepare("2026-02", "2026-02-24")
    assert prepared.payments == 3
    rows = town.query(
        "SELECT month, amount_cents, iban, end_to_end_id, state FROM obligation "
        "WHERE client = 1001 ORDER BY month"
    )
    assert rows == [
        (202601, F, iban(1009), "SUR20260224001-000001", "DRAFT"),
        (202602, F, iban(1009), "SUR20260224001-000002", "DRAFT"),
    ]
    town.approve(prepared.batch, "2026-02-24")


def test_without_a_norm_there_is_no_obligation_but_a_finding_that_names_what_is_missing(town):
    town.enrol(1001)
    town.enrol(1002, norm_category="Z", household="GEHUWD")
    prepared = town.prepare("2026-07", "2026-07-28")
    assert (prepared.batch, prepared.without_norm, prepared.needs_a_person) == (0, 2, True)
    assert town.obligations() == []
    found = town.findings("C07")
    assert [row[:3] for row in found] == [("C07", 1001, 202607), ("C07", 1002, 202607)]
    assert found[0][3] == "norms.csv/A in 2026-07"
    town.norm("2026-07", "2026-12", on="2026-07-28")
    assert town.prepare("2026-07", "2026-07-28").payments == 1
    assert [row[1] for row in town.findings("C07")] == [1002]


def test_f_is_the_decision_else_the_override_else_the_paid_part_of_the_norm(town: Town):
    town.enrol(1001)
    town.enrol(1002, override_cents=120000, override_until="2026-01-31")
    town.enrol(1003, override_cents=120000, override_until="2026-01-31")
    town.decide(1003, "fixed-payment", "2026-01-05", valid_from="2026-01-01",
                valid_until="2026-01-31", amount_cents=110000)  # fmt: skip
    town.enrol(1004)
    town.decide(1004, "norm", "2026-01-05", valid_from="2026-01-01", amount_cents=100000)
    town.pay(JANUARY, ON)
    assert [row[3] for row in town.obligations(month=202601)] == [F, 120000, 110000, 95000]
    town.pay("2026-02", "2026-02-24")
    assert [row[3] for row in town.obligations(month=202602)] == [F, F, F, 95000]


def test_f_may_count_on_the_exemption_of_the_last_settled_month(town: Town):
    town.settings = town.settings.model_copy(
        update={"fixed_payment": town.settings.fixed_payment.model_copy(
            update={"basis": "norm+exemption"})}
    )  # fmt: skip
    town.enrol(1001, exemptions="VRIJLATING_25 2026-01-01 0/6")
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.pay("2026-02", "2026-02-24")
    fixed = [row[3] for row in town.obligations() if row[2] == "fixed"]
    assert fixed == [F, F + 14250]


def test_a_surplus_leaves_with_the_first_batch_of_the_current_month_and_only_once(town: Town):
    """All-in wage 600.00: D = 600.00 + 0.95 × 801.50 = 1,361.43, so 30.00 more than F."""
    town.enrol(1001, 1002)
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    prepared = town.pay("2026-02", "2026-02-24")
    assert (prepared.payments, prepared.total_cents) == (3, 2 * F + 3000)
    assert town.obligations(kind="extra") == [(1001, 202602, "extra", 3000, "APPROVED")]
    assert town.query(
        "SELECT client, kind, remittance FROM obligation WHERE batch = 2 ORDER BY end_to_end_id"
    ) == [
        (1001, "fixed", "Bijstand februari 2026"),
        (1001, "extra", "Bijstand februari 2026, extra uit Surplus, over maanden t/m januari 2026"),
        (1002, "fixed", "Bijstand februari 2026"),
    ]
    town.pay("2026-03", "2026-03-26")
    assert len(town.obligations(kind="extra")) == 1


def test_no_extra_leaves_with_a_supplementary_batch_or_one_of_a_past_month(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.enrol(1002, on="2026-02-20")
    late = town.prepare(JANUARY, "2026-02-24")
    assert [row[:3] for row in town.obligations(batch=late.batch)] == [(1002, 202601, "fixed")]
    town.cancel(late.batch, "2026-02-24")
    town.pay("2026-02", "2026-02-24")
    town.earn(1001, "2026-02", 60000, "2026-03-10")
    town.enrol(1003, on="2026-03-10")
    town.prepare("2026-02", "2026-03-10")
    assert town.obligations(kind="extra") == [(1001, 202602, "extra", 3000, "APPROVED")]


def test_no_extra_leaves_beside_a_fixed_payment_that_is_held(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.decide(1001, "hold-payment", "2026-02-20", valid_from="2026-02-20")
    assert town.prepare("2026-02", "2026-02-24").batch == 0
    assert town.obligations(kind="extra") == []


def test_a_surplus_of_someone_who_left_waits_for_the_exit(town: Town):
    """The held payment of his last month leaves; what is over is not paid as an extra."""
    town.enrol(1001, status="GEPAUZEERD", ends_on="2026-01-31")
    town.prepare(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.enrol(1001, on="2026-02-20", version=2, ends_on="2026-01-31")
    town.prepare("2026-02", "2026-02-24")
    assert town.obligations() == [(1001, 202601, "fixed", F, "DRAFT")]


def test_a_held_fixed_payment_never_shows_as_surplus(town: Town):
    town.enrol(1001, status="GEPAUZEERD")
    town.prepare(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.enrol(1001, on="2026-02-20", version=2, valid_from="2026-02-01")
    town.prepare("2026-02", "2026-02-24")
    assert [row[1:4] for row in town.obligations()] == [
        (202601, "fixed", F), (202602, "fixed", F), (202602, "extra", 3000)
    ]  # fmt: skip


def test_a_payment_given_up_is_never_made_again_and_never_shows_as_surplus(town: Town):
    town.enrol(1001, status="OVERLEDEN")
    town.prepare(JANUARY, ON)
    town.decide(1001, "give-up-payment", "2026-02-02", month=202601)
    again = town.prepare(JANUARY, "2026-02-03")
    assert again.batch == 0
    assert town.obligations() == [(1001, 202601, "fixed", F, "CANCELLED")]
    assert town.findings("HELD_PAYMENT") == []


def test_prepare_refuses_while_a_batch_of_an_earlier_month_waits(town: Town):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    with pytest.raises(Refusal, match="batch 1 of 2026-01") as refused:
        town.prepare("2026-02", "2026-02-24")
    assert refused.value.exit_code == 3
    assert len(town.obligations()) == 1


def due(town: Town, on: str) -> list[str]:
    with reading(town.engine) as conn:
        return [str(month) for month in batches.due(conn, town.settings, on)]


def test_a_month_is_due_from_its_prepare_day_until_it_has_a_batch(town: Town):
    town.enrol(1001)
    assert due(town, "2026-01-26") == ["2025-12"]
    assert due(town, ON) == [JANUARY]
    town.prepare(JANUARY, ON)
    assert due(town, ON) == []
    town.cancel(1, ON)
    assert due(town, ON) == [JANUARY]


def test_a_month_far_ahead_is_a_slip_and_not_prepared(town: Town):
    town.enrol(1001)
    for month in ("2026-03", "2031-01"):
        with pytest.raises(Refusal, match=f"{month} lies more than a month ahead"):
            town.prepare(month, ON)
    assert town.prepare("2026-02", ON).payments == 1


def test_months_that_were_missed_altogether_are_due_before_the_current_one(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    assert due(town, "2026-03-27") == ["2026-02", "2026-03"]
    town.prepare("2026-03", "2026-03-27")
    town.approve(2, "2026-03-27")
    assert due(town, "2026-03-30") == ["2026-02"]


def test_message_ids_of_a_day_count_on_over_cancelled_batches(town: Town):
    town.enrol(1001)
    assert town.prepare(JANUARY, ON).message_id == "SUR20260127001"
    town.cancel(1, ON)
    assert town.prepare(JANUARY, ON).message_id == "SUR20260127002"


def test_a_name_that_is_too_long_is_cut_with_a_finding(town: Town):
    town.enrol(1001, account_name="ß" * 40)
    town.prepare(JANUARY, ON)
    assert town.query("SELECT name FROM obligation") == [("s" * pain001.NAME_LENGTH,)]
    assert [row[:3] for row in town.findings("C03")] == [("C03", 1001, 202601)]


def of_bank(settings: Settings, **keys: object) -> Settings:
    profile = settings.bank.profile.model_copy(update=keys)
    bank = settings.bank.model_copy(update={"profile": profile})
    return settings.model_copy(update={"bank": bank})


def test_a_bank_that_wants_names_as_they_are_gets_no_other_and_the_payment_waits(town: Town):
    town.settings = of_bank(town.settings, transliterate=False)
    town.enrol(1001, account_name="Zoë van 't Hof")
    town.enrol(1002, account_name="A. de Vries ")
    town.prepare(JANUARY, ON)
    assert town.query("SELECT name, state, hold_reason FROM obligation ORDER BY client") == [
        ("Zoë van 't Hof", "HELD", "P05"), ("A. de Vries", "DRAFT", ""),
    ]  # fmt: skip


def test_a_batch_keeps_the_wishes_of_the_bank_it_was_prepared_with(town: Town, tmp_path: Path):
    town.enrol(1001, 1002)
    town.prepare(JANUARY, ON)
    seen = town.page(1).sha256
    town.settings = of_bank(town.settings, version="pain.001.001.03", batch_booking=False)
    town.approve(1, ON)
    assert town.export(1, ON, tmp_path).sha256 == seen
    town.enrol(1003, on="2026-01-28")
    town.pay(JANUARY, "2026-01-28")
    content = Path(town.export(2, "2026-01-28", tmp_path).file).read_bytes()
    assert b"pain.001.001.03" in content
    assert b"<BtchBookg>false" in content


def test_more_payments_than_fit_a_file_become_batches_of_equal_size(town: Town):
    town.settings = of_bank(town.settings, max_per_file=2)
    town.enrol(*range(1001, 1006))
    prepared = town.prepare(JANUARY, ON)
    assert (prepared.batches, prepared.payments) == ([1, 2, 3], 5)
    assert town.query("SELECT message_id, payments, total_cents, first FROM payment_batch") == [
        ("SUR20260127001", 2, 2 * F, 1), ("SUR20260127002", 2, 2 * F, 1),
        ("SUR20260127003", 1, F, 1),
    ]  # fmt: skip
    assert np.unique(town.query("SELECT end_to_end_id FROM obligation")).size == 5
