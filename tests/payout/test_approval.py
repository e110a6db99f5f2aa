"""Two people, limits, and the second count: what stops a batch before the bank has it."""

from __future__ import annotations

import json

import pytest

from surplus import decisions
from surplus.ledger.journal import Draft, Line, book
from surplus.months import Month
from surplus.payout import approval, batches, records
from surplus.problems import Refusal
from surplus.reports.approval_page import as_text
from surplus.settlement import by_decision
from surplus.store.engine import reading
from surplus.store.tables import obligation, payment_batch
from tests.payout.town import F, Town, iban

JANUARY, ON = "2026-01", "2026-01-27"
FIRST = "SUR20260127001-000001"


def stopped(town: Town, batch: int = 1, on: str = ON) -> str:
    """Why a batch cannot be approved now; nothing is booked by trying."""
    before = town.query("SELECT COUNT(*) FROM entry"), town.query("SELECT state FROM payment_batch")
    with pytest.raises(Refusal) as refused:
        town.approve(batch, on)
    assert refused.value.exit_code == 3
    after = town.query("SELECT COUNT(*) FROM entry"), town.query("SELECT state FROM payment_batch")
    assert after == before
    return refused.value.message


def test_approval_books_each_payment_from_the_buffer_to_in_transit(town: Town):
    town.enrol(1001, 1002)
    town.prepare(JANUARY, ON)
    page = town.approve(1, ON)
    assert (page.state, page.payments, page.total_cents) == ("APPROVED", 2, 2 * F)
    assert (page.prepared_by, page.approved_by) == ("income-1", "treasury-1")
    assert town.entries("fixed-payment") == [
        ("fixed-payment", 1001, 2000, 202601, 0, F), ("fixed-payment", 1001, 1010, 0, 1, -F),
        ("fixed-payment", 1002, 2000, 202601, 0, F), ("fixed-payment", 1002, 1010, 0, 2, -F),
    ]  # fmt: skip
    assert town.query("SELECT reference FROM entry ORDER BY entry") == [
        ("obligation:1",), ("obligation:2",)
    ]  # fmt: skip
    assert [row[4] for row in town.obligations()] == ["APPROVED", "APPROVED"]
    assert town.query("SELECT state, who FROM payment_event ORDER BY event") == [
        ("DRAFT", "income-1"), ("APPROVED", "treasury-1")
    ]  # fmt: skip
    audits = town.query("SELECT who, action FROM audit ORDER BY audit")
    assert audits == [("income-1", "pay prepare"), ("treasury-1", "pay approve")]


def test_who_prepared_cannot_approve(town: Town):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    with pytest.raises(Refusal, match="P08") as refused:
        town.approve(1, ON, operator="income-1")
    assert refused.value.exit_code == 2
    assert town.entries("fixed-payment") == []


def test_one_person_may_do_both_only_where_policy_says_so(town: Town):
    alone = town.settings.four_eyes.model_copy(update={"batch": False})
    town.settings = town.settings.model_copy(update={"four_eyes": alone})
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    assert town.approve(1, ON, operator="income-1").state == "APPROVED"


def test_a_batch_that_does_not_exist_is_told(town: Town):
    with pytest.raises(Refusal, match="there is no batch 7"):
        town.approve(7, ON)


# --- limits ---------------------------------------------------------------------------------------


def test_a_payment_above_the_limit_waits_for_a_release_with_reason(town: Town):
    town.enrol(1001, override_cents=300_001, override_until="2026-12-31")
    prepared = town.prepare(JANUARY, ON)
    assert (prepared.outside_limits, prepared.needs_a_person) == (1, True)
    assert f"{FIRST} P04: 3.000,01 is above 3.000,00" in stopped(town)
    with pytest.raises(Refusal, match="needs a reason"):
        town.release(1, FIRST, ON, reason=" ")
    with pytest.raises(Refusal, match="nothing of batch 1 waits"):
        town.release(1, "total", ON)
    town.release(1, FIRST, ON, reason="arrears of a year")
    page = town.approve(1, ON)
    assert page.released[FIRST]["reason"] == "arrears of a year"
    assert town.query("SELECT released_by, release_reason FROM obligation") == [
        ("income-1", "arrears of a year")
    ]
    reasons = town.query("SELECT action, reason FROM audit WHERE reason <> ''")
    assert reasons == [("pay release", "arrears of a year")]


def test_a_release_holds_for_the_figures_that_were_seen_only(town: Town):
    """A release of the limit does not let the extra go when its wage is reversed as well."""
    low = town.settings.limits.model_copy(update={"payment_cents": 2000})
    town.settings = town.settings.model_copy(update={"limits": low})
    town.enrol(1001, override_cents=1000, override_until="2026-12-31")
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.prepare("2026-02", "2026-02-24")
    extra = "SUR20260224001-000002"
    town.release(2, extra, "2026-02-24")
    assert town.page(2).outside == []
    with town.work("2026-02-25", "system") as work:
        town.receive(work, 1001, Month(202601), -60000)
    assert [(p.subject, p.code) for p in town.page(2).outside] == [(extra, "P04")]
    town.release(2, extra, "2026-02-25")
    assert town.page(2).outside == []


def test_who_released_something_of_a_batch_does_not_approve_it(town: Town):
    large(town)
    town.prepare(JANUARY, ON, operator="system")
    with town.work(ON, "treasury-1") as work:
        approval.release(work, 1, "SUR20260127001-000001", "seen")
    with pytest.raises(Refusal, match="P08: treasury-1 released SUR20260127001-000001"):
        town.approve(1, ON)
    town.approve(1, ON, "treasury-2")


def test_above_a_limit_who_prepared_a_batch_releases_nothing_of_it(town: Town):
    large(town, 1000001)
    town.prepare(JANUARY, ON)
    with pytest.raises(Refusal, match=r"P08: 10\.000,01 is above 10\.000,00: income-1 prepared"):
        town.release(1, "SUR20260127001-000001", ON)
    with town.work(ON, "income-2") as work:
        approval.release(work, 1, "SUR20260127001-000001", "seen")
    town.approve(1, ON)


def large(town: Town, cents: int = 300001) -> None:
    """One fixed payment above the limit of a payment."""
    town.enrol(1001)
    town.decide(1001, "fixed-payment", "2026-01-05", valid_from="2026-01-01",
                valid_until="2026-12-31", amount_cents=cents)  # fmt: skip


def test_exactly_the_limit_passes(town: Town):
    town.enrol(1001, override_cents=300_000, override_until="2026-12-31")
    assert town.pay(JANUARY, ON).outside_limits == 0


@pytest.mark.parametrize(
    ("before", "now", "stops"),
    [(25, 27, []), (25, 28, ["total", "count"]), (25, 22, ["total", "count"]), (20, 20, []),
     (10, 20, []), (10, 21, ["total", "count"]), (21, 10, ["total", "count"])],
)  # fmt: skip
def test_total_and_count_may_not_change_much_against_last_month(town: Town, before, now, stops):
    """Eight percent, from the second month on, above twenty payments."""
    joined, left = range(2000, 2000 + now), range(3000, 3000 + before)
    stay = min(before, now)
    town.enrol(*joined[:stay])
    if before > stay:
        town.enrol(*left[stay:], ends_on="2026-01-31")
    assert town.pay(JANUARY, ON).outside_limits == 0
    if now > stay:
        town.enrol(*joined[stay:], starts_on="2026-02-01")
    town.prepare("2026-02", "2026-02-24")
    assert [problem.subject for problem in town.page(2).outside] == stops
    if stops:
        stopped(town, 2, "2026-02-24")
        for subject in stops:
            town.release(2, subject, "2026-02-24")
    town.approve(2, "2026-02-24")


def test_a_supplementary_batch_is_compared_together_with_the_first(town: Town):
    town.enrol(*range(2000, 2030))
    town.pay(JANUARY, ON)
    town.pay("2026-02", "2026-02-24")
    town.enrol(2030, on="2026-02-25", starts_on="2026-02-01")
    assert town.pay("2026-02", "2026-02-25").outside_limits == 0


def test_a_late_batch_of_a_month_is_compared_with_the_month_before_not_after(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.enrol(1002, on="2026-02-20")
    town.pay("2026-02", "2026-02-24")
    town.prepare(JANUARY, "2026-02-25")
    assert town.page(3).last_month == (0, 0)
    town.cancel(3, "2026-02-25")
    town.pay("2026-03", "2026-03-26")
    assert town.page(4).last_month == (2, 2 * F)


def test_two_clients_on_one_account_wait_for_a_release(town: Town):
    town.enrol(1001)
    town.enrol(1002, iban=iban(1001))
    town.prepare(JANUARY, ON)
    assert [(p.subject[-1], p.code) for p in town.page(1).outside] == [("1", "P12"), ("2", "P12")]
    town.release(1, FIRST, ON)
    town.release(1, "SUR20260127001-000002", ON)
    town.approve(1, ON)


def test_another_account_that_nobody_approved_stops_the_batch(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.enrol(1001, on="2026-02-10", version=2, iban=iban(1009), valid_from="2026-02-01")
    town.prepare("2026-02", "2026-02-24")
    page = town.page(2)
    assert page.changed_ibans == [
        {"client_no": "K0001001", "end_to_end_id": "SUR20260224001-000001", "old": iban(1001),
         "new": iban(1009), "approved_by": ""}
    ]  # fmt: skip
    assert [problem.code for problem in page.outside] == ["IBAN_CHANGE"]


# --- the second count -----------------------------------------------------------------------------


def test_a_tampered_amount_is_found_by_the_recount(town: Town):
    town.enrol(1001, 1002)
    town.prepare(JANUARY, ON)
    town.tamper(obligation, 1, amount_cents=F + 1)
    town.tamper(payment_batch, 1, total_cents=2 * F + 1)
    assert f"{FIRST} P03: agreed is 1.331,43, the payment says 1.331,44" in stopped(town)
    with pytest.raises(Refusal, match="nothing of batch 1 waits"):
        town.release(1, FIRST, ON)


def test_a_payment_smuggled_into_a_batch_is_found_by_the_recount(town: Town):
    town.enrol(1001)
    town.enrol(1002, status="GEPAUZEERD")
    town.prepare(JANUARY, ON)
    town.tamper(obligation, 2, state="DRAFT", batch=1, end_to_end_id="SUR20260127001-000002")
    why = stopped(town)
    assert "P07: the client may not be paid now" in why
    assert "the batch says 1 payments of 1.331,43, there are 2 of 2.662,86" in why


def test_an_account_changed_after_preparing_stops_the_batch(town: Town):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    town.enrol(1001, on=ON, version=2, iban=iban(1009))
    assert "P06: the client has another account number now" in stopped(town)
    town.cancel(1, ON)
    town.prepare(JANUARY, ON)
    town.approve(2, ON)


@pytest.mark.parametrize("status", ["OVERLEDEN", "GEPAUZEERD"])
def test_a_client_who_died_after_preparing_is_not_paid(town: Town, status):
    town.enrol(1001, 1002)
    town.prepare(JANUARY, ON)
    town.enrol(1001, on="2026-01-28", version=2, status=status)
    assert "P07" in stopped(town, on="2026-01-28")
    town.cancel(1, "2026-01-28")
    again = town.prepare(JANUARY, "2026-01-28")
    assert (again.payments, again.held) == (1, 1)
    town.approve(2, "2026-01-28")


def test_a_decision_after_preparing_stops_the_batch(town: Town):
    town.enrol(1001, 1002, 1003)
    town.prepare(JANUARY, ON)
    town.decide(1001, "hold-payment", ON, valid_from=ON)
    town.decide(1002, "give-up-payment", ON, month=202601)
    town.decide(1003, "fixed-payment", ON, valid_from="2026-01-01", valid_until="2026-12-31",
                amount_cents=100000)  # fmt: skip
    why = stopped(town)
    assert "000001 P07: a decision holds the payment" in why
    assert "000002 P03: agreed is 0,00, the payment says 1.331,43" in why
    assert "000003 P03: agreed is 1.000,00, the payment says 1.331,43" in why
    town.cancel(1, ON)
    assert town.prepare(JANUARY, ON).total_cents == 100000
    town.approve(2, ON)
    assert town.obligations(state="HELD") == [(1001, 202601, "fixed", F, "HELD")]


def test_an_end_inside_the_month_told_after_preparing_stops_the_batch(town: Town):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    town.enrol(1001, on=ON, version=2, ends_on="2026-01-15")
    assert "P03: agreed is 644,24" in stopped(town)  # 95% of 15 days of 1401.50


def test_a_held_payment_keeps_what_was_agreed_when_it_was_held(town: Town):
    town.enrol(1001, status="GEPAUZEERD")
    town.prepare(JANUARY, ON)
    town.decide(1001, "fixed-payment", "2026-02-10", valid_from="2026-01-01",
                valid_until="2026-12-31", amount_cents=100000)  # fmt: skip
    town.enrol(1001, on="2026-02-10", version=2, valid_from="2026-02-01")
    town.pay("2026-02", "2026-02-24")
    assert [row[3] for row in town.obligations()] == [F, 100000]


def test_a_norm_changed_after_preparing_stops_the_batch_and_is_frozen_anew(town: Town):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    town.norm(JANUARY, on="2026-01-28", total=142000)
    assert "agreed is 1.349,00" in stopped(town, on="2026-01-28")
    town.cancel(1, "2026-01-28")
    town.pay(JANUARY, "2026-01-28")
    assert town.obligations() == [
        (1001, 202601, "fixed", F, "CANCELLED"), (1001, 202601, "fixed", 134900, "APPROVED")
    ]  # fmt: skip


def test_an_extra_whose_wage_was_reversed_blocks_until_released(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.prepare("2026-02", "2026-02-24")
    assert town.page(2).recount == (2, F + 3000)
    with town.work("2026-02-25", "system") as work:
        town.receive(work, 1001, Month(202601), -60000)
    why = stopped(town, 2, "2026-02-25")
    assert "SUR20260224001-000002 P04: available is 0,00 now, the extra 30,00" in why
    town.release(2, "SUR20260224001-000002", "2026-02-25", "paid back by mistake")
    assert town.approve(2, "2026-02-25").state == "APPROVED"


def test_an_extra_that_was_raised_is_found_from_the_ledger(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.prepare("2026-02", "2026-02-24")
    town.tamper(obligation, 3, amount_cents=3001)
    town.tamper(payment_batch, 2, total_cents=F + 3001)
    assert "available is 30,00 now, the extra 30,01" in stopped(town, 2, "2026-02-24")


def test_a_frozen_amount_that_was_lowered_cannot_become_a_surplus(town: Town):
    """The held payment of January is F agreed there; changed, it would free money for an extra."""
    town.enrol(1001, status="GEPAUZEERD")
    town.prepare(JANUARY, ON)
    town.tamper(obligation, 1, amount_cents=100000)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.decide(1001, "hold-payment", "2026-02-20", valid_from="2026-02-20", month=202601)
    town.enrol(1001, on="2026-02-20", version=2, valid_from="2026-02-01")
    town.prepare("2026-02", "2026-02-24")
    assert town.obligations(kind="extra") == [(1001, 202602, "extra", 36143, "DRAFT")]
    assert "available is 30,00 now, the extra 361,43" in stopped(town, 1, "2026-02-24")


def test_extras_over_three_months_agree_with_the_ledger(town: Town):
    """One received, one lacking its receipt, one held back by an old extra; all counted twice."""
    town.enrol(1001, 1002, 1003)
    town.pay(JANUARY, ON)
    for client, cents in ((1001, 60000), (1002, 150000), (1003, 20000)):
        town.earn(client, "2026-01", cents, "2026-02-20", received=client != 1003)
    town.pay("2026-02", "2026-02-24")
    for client, cents in ((1001, 90000), (1002, 0), (1003, 0)):
        town.earn(client, "2026-02", cents, "2026-03-20")
    with town.work("2026-03-20", "system") as work:
        town.receive(work, 1003, Month(202601), 20000)
    town.pay("2026-03", "2026-03-26")
    assert town.obligations(kind="extra") == [
        (1001, 202602, "extra", 3000, "APPROVED"), (1002, 202602, "extra", 16857, "APPROVED"),
        (1001, 202603, "extra", 4500, "APPROVED"), (1003, 202603, "extra", 1000, "APPROVED"),
    ]  # fmt: skip


def test_under_keep_to_cap_only_what_lies_above_leaves_and_the_recount_agrees(town: Town):
    keep = town.settings.surplus.model_copy(
        update={"policy": "keep-to-cap", "only_received": False}
    )
    town.settings = town.settings.model_copy(update={"surplus": keep})
    town.enrol(1001, buffer_cap=1000)
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20", received=False)
    town.pay("2026-02", "2026-02-24")
    assert [row[3] for row in town.obligations(kind="extra")] == [2000]


def test_a_lowering_of_old_income_is_held_out_in_both_counts(town: Town):
    """January was 600.00, paid out 30.00 too much; told 0.00 more than six months later."""
    town.norm("2026-07", "2026-12")
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    for month, on in (("2026-02", "2026-02-24"), ("2026-03", "2026-03-26"),
                      ("2026-04", "2026-04-27"), ("2026-05", "2026-05-26"),
                      ("2026-06", "2026-06-25"), ("2026-07", "2026-07-28")):  # fmt: skip
        town.pay(month, on)
        town.earn(1001, month, 20000, f"{Month.parse(month).plus(1)}-05")
    with town.work("2026-08-20", "system") as work:
        town.receive(work, 1001, Month(202601), -60000)
    town.earn(1001, "2026-01", 0, "2026-08-20")
    assert len(town.findings("OLD_CORRECTION")) == 1
    town.pay("2026-08", "2026-08-26")
    assert town.obligations(kind="extra")[-1] == (1001, 202608, "extra", 1000, "APPROVED")


# --- cancelling -----------------------------------------------------------------------------------


def test_a_draft_that_is_cancelled_leaves_no_entry_and_is_the_first_batch_again(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.prepare("2026-02", "2026-02-24")
    with pytest.raises(Refusal, match="needs a reason"):
        town.cancel(2, "2026-02-24", reason="")
    town.cancel(2, "2026-02-24")
    assert town.entries("payment-cancelled") == []
    assert town.prepare("2026-02", "2026-02-24").total_cents == F + 3000
    assert town.query("SELECT state, first FROM payment_batch ORDER BY batch") == [
        ("APPROVED", 1), ("CANCELLED", 1), ("DRAFT", 1)
    ]  # fmt: skip


def test_an_approved_batch_that_is_cancelled_is_booked_back(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.cancel(1, ON)
    assert town.entries("payment-cancelled") == [
        ("payment-cancelled", 1001, 2000, 202601, 0, -F),
        ("payment-cancelled", 1001, 1010, 0, 1, F),
    ]
    town.pay(JANUARY, ON)
    assert town.query("SELECT SUM(amount) FROM balance WHERE account = 2000") == [(F,)]
    with pytest.raises(Refusal, match="is CANCELLED, not DRAFT"):
        town.approve(1, ON)


def test_a_cancelled_supplement_leaves_the_first_batch_the_first(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.enrol(1002, on=ON)
    town.prepare(JANUARY, ON)
    town.cancel(2, ON)
    town.prepare(JANUARY, ON)
    assert town.query("SELECT first FROM payment_batch WHERE batch = 3") == [(0,)]


def test_a_payment_that_was_held_before_waits_again_when_its_batch_is_cancelled(town: Town):
    town.enrol(1001, status="GEPAUZEERD")
    town.prepare(JANUARY, ON)
    town.enrol(1001, on="2026-02-10", version=2, valid_from="2026-02-01")
    town.pay("2026-02", "2026-02-24")
    town.cancel(1, "2026-02-24")
    assert town.obligations() == [
        (1001, 202601, "fixed", F, "HELD"), (1001, 202602, "fixed", F, "CANCELLED")
    ]  # fmt: skip
    assert len(town.findings("HELD_PAYMENT")) == 1
    assert town.pay("2026-02", "2026-02-24").payments == 2
    assert town.findings("HELD_PAYMENT") == []


# --- the page -------------------------------------------------------------------------------------


def test_the_page_tells_all_an_approver_needs(town: Town):
    town.enrol(1001)
    town.enrol(1002, override_cents=200000, override_until="2026-12-31")
    town.enrol(1003, status="GEPAUZEERD")
    town.pay(JANUARY, ON)
    town.enrol(1002, on="2026-02-02", version=2, valid_from="2026-02-01", override_cents=100000,
               override_until="2026-12-31")  # fmt: skip
    town.prepare("2026-02", "2026-02-24")
    page = town.page(2)
    assert page.last_month == (2, F + 200000)
    assert page.recount == (2, F + 100000)
    assert page.held == 1
    assert [row["amount_cents"] for row in page.largest] == [F, 100000]
    assert len(page.sha256) == 64
    assert len(page.sha1) == 40
    assert page.seal_head == town.query("SELECT head FROM seal ORDER BY seal DESC")[0][0]
    assert json.loads(json.dumps(page.as_json())) == page.as_json()
    told = as_text(page, "en")
    for text in ("Nothing stops this batch.", "2026-02-27", "prepared", "income-1", "2.331,43",
                 "-30,0%", "K0001001", page.sha256, page.sha1, page.seal_head):  # fmt: skip
        assert text in told
    assert "Niets houdt deze batch tegen." in as_text(page, "nl")
    town.approve(2, "2026-02-24")
    assert town.page(2).sha256 == page.sha256
    assert not town.page(2).blocking


def test_the_page_says_what_stops_a_batch_and_what_was_released(town: Town):
    town.enrol(1001, override_cents=400_000, override_until="2026-12-31")
    town.prepare(JANUARY, ON)
    stopped = as_text(town.page(1), "en").splitlines()
    assert stopped[1] == "This batch is stopped: 1 to look at."
    assert lines_with(stopped, FIRST)[0].split()[:2] == [FIRST, "P04"]
    assert "4.000,00 is above 3.000,00" in lines_with(stopped, FIRST)[0]
    town.release(1, FIRST, ON, "seen")
    assert not town.page(1).blocking
    released = lines_with(as_text(town.page(1), "en").splitlines(), FIRST)[0]
    for text in ("income-1", ON, "seen", "P04: 4.000,00 is above 3.000,00"):
        assert text in released
    in_dutch = lines_with(as_text(town.page(1), "nl").splitlines(), FIRST)[0]
    assert "P04: 4.000,00 is meer dan 3.000,00" in in_dutch


def test_an_account_change_that_a_second_person_approved_goes_through(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    told = {"valid_from": "2026-02-01", "values": {"iban": iban(1009)}}
    change = decisions.Change("client:iban", 1001, "iban", iban(1001), iban(1009), told)
    with town.work("2026-02-10", "income-1") as work:
        number = decisions.propose(work, [change])[0]
    with town.work("2026-02-11", "treasury-1") as work:
        decisions.approve(work, number)
    town.prepare("2026-02", "2026-02-24")
    assert [row["approved_by"] for row in town.page(2).changed_ibans] == ["treasury-1"]
    (line,) = lines_with(as_text(town.page(2), "en").splitlines(), iban(1009))
    assert "treasury-1" in line
    assert town.approve(2, "2026-02-24").state == "APPROVED"


def test_where_policy_lets_accounts_change_at_once_the_page_still_shows_it(town: Town):
    at_once = town.settings.four_eyes.model_copy(update={"iban_change": False})
    town.settings = town.settings.model_copy(update={"four_eyes": at_once})
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.enrol(1001, on="2026-02-10", version=2, iban=iban(1009), valid_from="2026-02-01")
    town.prepare("2026-02", "2026-02-24")
    page = as_text(town.approve(2, "2026-02-24"), "en")
    assert "nobody" in lines_with(page.splitlines(), iban(1009))[0]


def test_a_batch_from_which_all_was_put_back_has_an_empty_page(town: Town):
    town.enrol(1001, status="GEPAUZEERD", ends_on="2026-01-31")
    town.prepare(JANUARY, ON)
    town.enrol(1001, on="2026-02-10", version=2, ends_on="2026-01-31")
    town.prepare("2026-02", "2026-02-24")
    town.cancel(1, "2026-02-24")
    assert (town.page(1).state, town.page(1).sha256, town.page(1).largest) == ("CANCELLED", "", [])


def test_batches_are_listed_and_those_that_wait_for_their_file_are_known(town: Town):
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.prepare("2026-02", "2026-02-24")
    with reading(town.engine) as conn:
        rows = records.listed(conn, town.settings.code)
        assert batches.approved(conn, town.settings.code) == [1]
    assert [(row["batch"], row["month"], row["state"]) for row in rows] == [
        (1, "2026-01", "APPROVED"), (2, "2026-02", "DRAFT")
    ]  # fmt: skip


@pytest.mark.parametrize("moment", ["asking", "approving"])
def test_a_payment_that_was_approved_is_not_given_up_and_paid_again_as_surplus(
    town: Town, moment: str
):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    asked = decisions.Asked(1001, "give-up-payment", month=202601, reason="no right")

    def ask() -> int:
        with town.work(ON, "income-1") as work:
            return by_decision.decide(work, asked)

    def approve(number: int) -> None:
        with town.work(ON, "treasury-1") as work:
            by_decision.approve(work, number)

    number = ask() if moment == "approving" else 0
    town.approve(1, ON)
    with pytest.raises(Refusal, match="has been approved") as refused:
        approve(number) if number else ask()
    assert refused.value.exit_code == 2
    assert town.query("SELECT COUNT(*) FROM decision") == [(0,)]


# --- what else moves the position, in both counts -------------------------------------------------


def surplus_of(town: Town, *lines: tuple[str, list[Line]]) -> list[int]:
    """The extras of February, approved, of a client with 30.00 over and these entries beside."""
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    with town.work("2026-02-20", "system") as work:
        book(work, [Draft(kind, told, 1001, 202601) for kind, told in lines])
    town.pay("2026-02", "2026-02-24")
    return [row[3] for row in town.obligations(kind="extra")]


def test_a_wage_paid_to_the_client_lessens_the_extra_in_both_counts(town: Town):
    lines = [Line(2000, 1000, 1001, month=202601), Line(1300, -1000, 1001, 1001, 202601)]
    assert surplus_of(town, ("wage-paid-to-client", lines)) == [2000]


def test_a_deposit_of_the_client_adds_to_the_extra_in_both_counts(town: Town):
    lines = [Line(3000, 1000), Line(2000, -1000, 1001, month=202601)]
    assert surplus_of(town, ("client-deposit", lines)) == [4000]


def test_a_credit_of_one_employer_does_not_free_the_wage_another_still_owes(town: Town):
    owed, credit = Line(1300, 2000, 1001, 7, 202601), Line(1300, -5000, 1001, 8, 202601)
    lines = [owed, credit, Line(3000, 3000)]
    assert surplus_of(town, ("adjustment", lines)) == [1000]


def test_a_payment_given_up_is_no_part_of_f_agreed_in_both_counts(town: Town):
    """January was settled at 1,361.43 and its fixed payment given up: all of it is to come."""
    town.enrol(1001, status="GEPAUZEERD")
    town.prepare(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.decide(1001, "give-up-payment", "2026-02-20", month=202601)
    town.enrol(1001, on="2026-02-20", version=2, valid_from="2026-02-01")
    town.pay("2026-02", "2026-02-24")
    assert [row[3] for row in town.obligations(kind="extra")] == [F + 3000]


def test_a_client_who_moved_on_since_a_late_month_is_looked_at_as_of_today(town: Town):
    town.enrol(1001, 1002)
    town.prepare(JANUARY, "2026-02-03")
    town.enrol(1001, on="2026-02-04", version=2, valid_from="2026-02-01", status="OVERLEDEN")
    town.enrol(1002, on="2026-02-04", version=2, valid_from="2026-02-01", iban=iban(1009))
    why = stopped(town, on="2026-02-04")
    assert "000001 P07" in why
    assert "000002 P06" in why


def test_a_returned_extra_is_owed_still_and_its_next_round_is_no_new_surplus(town: Town):
    """The return is booked; the next round goes by hand, as nothing makes it yet."""
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.pay("2026-02", "2026-02-24")
    with town.work("2026-03-02", "system") as work:
        back = [Line(1010, 3000, 1001, item=3), Line(2000, -3000, 1001, month=202602)]
        book(work, [Draft("payment-reversed", back, 1001, 202602, "obligation:3")])
        work.conn.execute(
            obligation.update().where(obligation.c.obligation == 3).values(state="RETURNED")
        )
    town.prepare("2026-03", "2026-03-26")
    assert town.obligations(batch=3) == [(1001, 202603, "fixed", F, "DRAFT")]
    with town.work("2026-03-26", "system") as work:
        row = dict(work.conn.execute(
            obligation.select().where(obligation.c.obligation == 3)
        ).mappings().one())  # fmt: skip
        work.conn.execute(obligation.insert().values(**row | {
            "obligation": 5, "round": 2, "batch": 3, "state": "DRAFT",
            "end_to_end_id": "SUR20260326001-000002"}))  # fmt: skip
    town.tamper(payment_batch, 3, payments=2, total_cents=F + 3000)
    assert town.page(3).outside == []
    town.approve(3, "2026-03-26")
    town.earn(1001, "2026-02", 70000, "2026-03-27")
    town.pay("2026-04", "2026-04-27")
    assert town.obligations(month=202604, kind="extra")[0][3] == 3500


def lines_with(lines: list[str], text: str) -> list[str]:
    return [line for line in lines if text in line]
