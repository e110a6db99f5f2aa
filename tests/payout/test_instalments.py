"""A shortfall paid off from the fixed payment: decided, above the protected amount, frozen."""

from __future__ import annotations

from typing import Any

import pytest

from surplus.decisions import Asked
from surplus.ledger import invariants
from surplus.ledger.journal import Draft, Line, book
from surplus.problems import Refusal
from surplus.settlement import by_decision, watch
from surplus.settlement.position import positions
from surplus.store.engine import reading
from surplus.store.tables import obligation
from tests.payout.town import F, Town

PROTECTED = 126486


@pytest.fixture
def owing(town: Town) -> Town:
    """From January on, with 570.00 of a shortfall from before, and a policy of instalments."""
    policy = town.settings.shortfall.model_copy(update={"offset": "instalments"})
    town.settings = town.settings.model_copy(update={"shortfall": policy})
    town.enrol(1001)
    with town.work("2026-01-05", "system", "import") as work:
        lines = [Line(2000, 57000, 1001, month=202512), Line(3000, -57000)]
        book(work, [Draft("client-opening", lines, 1001, 202512)])
    return town


def agree(town: Town, cents: int, *, protected: int = PROTECTED, on: str = "2026-01-06",
          **until: Any) -> None:  # fmt: skip
    """The protected amount and an instalment, decided from January on."""
    told = {"valid_from": "2026-01-01", "number": "B-3", "reason": "agreed"}
    asked = [Asked(1001, "instalments", amount_cents=cents, **told | until)]
    if protected:
        asked.insert(0, Asked(1001, "protected-amount", amount_cents=protected, **told))
    for one in asked:
        with town.work(on, "income-1", "decide") as work:
            number = by_decision.decide(work, one)
        with town.work(on, "treasury-1", "changes-approve") as work:
            by_decision.approve(work, number)


def fixed(town: Town) -> list[tuple[int, int, int]]:
    """Month, what leaves, and what was taken, of every fixed payment that stands."""
    rows = town.query(
        "SELECT month, amount_cents, set_off_cents FROM obligation "
        "WHERE kind = 'fixed' AND state <> 'CANCELLED' ORDER BY obligation"
    )
    return [(int(month), int(cents), int(taken)) for month, cents, taken in rows]


def stand(town: Town) -> dict[str, int]:
    with reading(town.engine) as conn:
        rows = positions(conn, town.settings, client=1001)
    return {name: int(column[0]) for name, column in rows.items()}


def night(town: Town, on: str) -> None:
    with town.work(on, "system", "nightly") as work:
        watch.look(work)


def whole(town: Town) -> None:
    with reading(town.engine) as conn:
        assert invariants.full(conn, town.settings.code) == []


def test_the_position_rises_by_the_instalment_once_its_month_is_settled(owing: Town) -> None:
    agree(owing, 5000)
    owing.pay("2026-01", "2026-01-27")
    assert fixed(owing) == [(202601, F - 5000, 5000)]
    assert (stand(owing)["position"], stand(owing)["owed"]) == (-57000, 52000)
    owing.earn(1001, "2026-01", 60000, "2026-02-20")
    assert (stand(owing)["position"], stand(owing)["owed"]) == (-57000 + 3000 + 5000, 49000)
    assert owing.query("SELECT fixed_cents FROM settlement") == [(F - 5000,)]
    whole(owing)


def test_no_payment_goes_below_the_protected_amount(owing: Town) -> None:
    agree(owing, 10000)
    owing.pay("2026-01", "2026-01-27")
    assert fixed(owing) == [(202601, PROTECTED, F - PROTECTED)]


def test_months_that_are_not_settled_yet_take_no_more_than_is_open(owing: Town) -> None:
    agree(owing, 25000, protected=100)
    for month, on in (("2026-01", "2026-01-27"), ("2026-02", "2026-02-24"),
                      ("2026-03", "2026-03-26"), ("2026-04", "2026-04-27")):  # fmt: skip
        owing.pay(month, on)
    assert [taken for _, _, taken in fixed(owing)] == [25000, 25000, 7000, 0]
    for month, on in (("2026-01", "2026-05-04"), ("2026-02", "2026-05-05"),
                      ("2026-03", "2026-05-06")):  # fmt: skip
        owing.earn(1001, month, 60000, on)
    assert stand(owing)["position"] == 9000
    assert stand(owing)["owed"] == 0
    whole(owing)


def test_surpluses_in_between_leave_less_to_take(owing: Town) -> None:
    agree(owing, 30000, protected=100)
    owing.pay("2026-01", "2026-01-27")
    owing.earn(1001, "2026-01", 60000, "2026-02-20")
    owing.pay("2026-02", "2026-02-24")
    assert fixed(owing)[1] == (202602, F - 24000, 24000)


def test_from_surplus_takes_nothing_whatever_was_decided(owing: Town) -> None:
    agree(owing, 5000)
    policy = owing.settings.shortfall.model_copy(update={"offset": "from-surplus"})
    owing.settings = owing.settings.model_copy(update={"shortfall": policy})
    owing.pay("2026-01", "2026-01-27")
    assert fixed(owing) == [(202601, F, 0)]


def test_without_a_valid_protected_amount_nothing_is_taken_and_it_is_named(owing: Town) -> None:
    agree(owing, 5000)
    owing.decide(1001, "protected-amount", "2026-01-20", amount_cents=PROTECTED,
                 valid_from="2026-01-01", valid_until="2026-01-31")  # fmt: skip
    owing.pay("2026-01", "2026-01-27")
    assert owing.findings("NO_PROTECTED_AMOUNT") == []
    owing.pay("2026-02", "2026-02-24")
    assert [taken for _, _, taken in fixed(owing)] == [5000, 0]
    named = [("NO_PROTECTED_AMOUNT", 1001, 0, "")]
    assert owing.findings("NO_PROTECTED_AMOUNT") == named
    night(owing, "2026-02-25")
    assert owing.findings("NO_PROTECTED_AMOUNT") == named
    owing.decide(1001, "protected-amount", "2026-02-26", amount_cents=PROTECTED,
                 valid_from="2026-02-01")  # fmt: skip
    night(owing, "2026-02-26")
    assert owing.findings("NO_PROTECTED_AMOUNT") == []


def test_instalments_are_ended_by_telling_them_again_with_an_end(owing: Town) -> None:
    agree(owing, 5000)
    owing.pay("2026-01", "2026-01-27")
    agree(owing, 5000, on="2026-02-02", valid_until="2026-01-31")
    owing.pay("2026-02", "2026-02-24")
    assert [taken for _, _, taken in fixed(owing)] == [5000, 0]


@pytest.mark.parametrize(
    ("protected", "change", "said"),
    [
        (0, {}, "no valid protected amount in 2026-01"),
        (PROTECTED, {"offset": "from-surplus"}, "against later surpluses only"),
        (PROTECTED, {"paid": True}, "there is no shortfall: 0,00 is open"),
    ],
)
def test_instalments_need_a_floor_a_policy_and_a_debt(
    owing: Town, protected: int, change: dict[str, Any], said: str
) -> None:
    if "offset" in change:
        policy = owing.settings.shortfall.model_copy(update=change)
        owing.settings = owing.settings.model_copy(update={"shortfall": policy})
    if "paid" in change:
        with owing.work("2026-01-05", "system", "bank") as work:
            lines = [Line(3000, 57000), Line(2000, -57000, 1001, month=202512)]
            book(work, [Draft("client-deposit", lines, 1001, 202512)])
    with pytest.raises(Refusal, match=said) as refused:
        agree(owing, 5000, protected=protected)
    assert refused.value.remedy


def test_a_batch_cancelled_and_prepared_again_takes_it_once(owing: Town) -> None:
    agree(owing, 57000, protected=100)
    owing.cancel(owing.prepare("2026-01", "2026-01-27").batch, "2026-01-27")
    owing.pay("2026-01", "2026-01-27")
    assert fixed(owing) == [(202601, F - 57000, 57000)]
    whole(owing)


def test_a_payment_made_late_for_a_settled_month_passes_the_second_count(owing: Town) -> None:
    agree(owing, 57000, protected=100)
    owing.earn(1001, "2026-01", 60000, "2026-02-20")
    assert stand(owing)["position"] == -54000
    owing.pay("2026-01", "2026-02-23")
    assert fixed(owing) == [(202601, F - 54000, 54000)]
    assert stand(owing)["position"] == 0
    whole(owing)


# --- the second count -----------------------------------------------------------------------------


def test_the_second_count_finds_a_shortfall_that_is_gone_meanwhile(owing: Town) -> None:
    agree(owing, 5000)
    batch = owing.prepare("2026-01", "2026-01-27").batch
    with owing.work("2026-01-27", "system", "bank") as work:
        lines = [Line(3000, 54000), Line(2000, -54000, 1001, month=202512)]
        book(work, [Draft("client-deposit", lines, 1001, 202512)])
    (problem,) = owing.page(batch).outside
    assert problem.text == "50,00 is taken for a shortfall, 30,00 is open now"
    assert problem.releasable


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"amount_cents": 4900}, "50,00 is taken for a shortfall, 49,00 may be taken"),
        ({"valid_until": "2025-12-31"}, "50,00 is taken for a shortfall, 0,00 may be taken"),
    ],
)
def test_the_second_count_holds_what_is_taken_against_the_decisions(
    owing: Town, told: dict[str, Any], said: str
) -> None:
    agree(owing, 5000)
    batch = owing.prepare("2026-01", "2026-01-27").batch
    row = {"amount_cents": 5000, "valid_from": "2025-12-01"} | told
    owing.decide(1001, "instalments", "2026-01-27", **row)
    (problem,) = owing.page(batch).outside
    assert (problem.text, problem.releasable) == (said, False)


def test_a_protected_amount_raised_after_preparing_stops_the_payment(owing: Town) -> None:
    agree(owing, 5000)
    batch = owing.prepare("2026-01", "2026-01-27").batch
    owing.decide(1001, "protected-amount", "2026-01-27", amount_cents=F, valid_from="2026-01-01")
    assert [p.text for p in owing.page(batch).outside] == [
        "50,00 is taken for a shortfall, 0,00 may be taken"
    ]


def test_a_negative_instalment_is_no_way_to_pay_more(owing: Town) -> None:
    agree(owing, 5000)
    batch = owing.prepare("2026-01", "2026-01-27").batch
    owing.tamper(obligation, 1, set_off_cents=-5000, amount_cents=F + 5000)
    assert "-50,00 is taken for a shortfall, 50,00 may be taken" in [
        problem.text for problem in owing.page(batch).outside
    ]


def test_an_instalment_and_the_parts_of_others_come_out_of_one_fixed_amount(owing: Town) -> None:
    """What is set off leaves first, then the parts; a landlord's part that is held leaves later."""
    agree(owing, 5000)
    told = {"payee": "landlord", "amount_cents": 65000, "valid_from": "2026-01-01"}
    landlord = {"payee_iban": "NL44RABO0123456789", "payee_name": "Иванов"}
    owing.decide(1001, "split", "2026-01-06", **told, **landlord)
    owing.decide(1001, "split", "2026-01-06", payee="administrator", amount_cents=10000**2,
                 valid_from="2026-01-01", **(landlord | {"payee_name": "Bewind BV"}))  # fmt: skip
    owing.pay("2026-01", "2026-01-27")
    assert owing.query("SELECT payee, amount_cents, set_off_cents, state FROM obligation") == [
        (4, F - 5000, 5000, "APPROVED")
    ]
    owing.decide(1001, "split", "2026-02-02", payee="administrator", amount_cents=20000,
                 valid_from="2026-01-01", **(landlord | {"payee_name": "Bewind BV"}))  # fmt: skip
    assert owing.prepare("2026-02", "2026-02-24").held == 1
    owing.approve(2, "2026-02-24")
    owing.earn(1001, "2026-01", 60000, "2026-02-25")
    owing.earn(1001, "2026-02", 60000, "2026-03-20")
    owing.decide(1001, "split", "2026-03-21", **told, **(landlord | {"payee_name": "De Kade"}))
    owing.pay("2026-03", "2026-03-26")
    february = "SELECT payee, amount_cents, set_off_cents, state FROM obligation " \
               "WHERE month = 202602 ORDER BY payee"  # fmt: skip
    assert owing.query(february) == [
        (1, F - 5000 - 20000 - 65000, 5000, "APPROVED"), (4, 20000, 0, "APPROVED"),
        (5, 65000, 0, "APPROVED"),
    ]  # fmt: skip
    assert stand(owing)["position"] == -57000 + 2 * (3000 + 5000)
    whole(owing)
