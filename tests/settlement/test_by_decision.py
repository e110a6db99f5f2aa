"""What a decision books when it is approved, and that it is never about more than is open."""

from __future__ import annotations

from typing import Any

import pytest

from surplus import findings
from surplus.decisions import Asked
from surplus.ledger import invariants
from surplus.ledger.journal import Draft, Line, book
from surplus.months import Month
from surplus.problems import Refusal
from surplus.rules.buffer_budget import CAP
from surplus.settlement import by_decision
from surplus.settlement.position import positions
from surplus.store import bulk
from surplus.store.engine import reading
from surplus.store.tables import parameter
from tests.payout.town import F, Town

EMPLOYER = "999990020L01"
#: An employer paid March to the client (C22): 570.00 is open.
WAGE: dict[str, Any] = {"employer": EMPLOYER, "month": 202603}


def ask(town: Town, kind: str, on: str, **told: Any) -> int:
    with town.work(on, "income-1", "decide") as work:
        return by_decision.decide(work, Asked(1001, kind, **({"reason": "agreed"} | told)))


def approve(town: Town, number: int, on: str) -> None:
    with town.work(on, "treasury-1", "changes-approve") as work:
        by_decision.approve(work, number)


def decide(town: Town, kind: str, on: str, **told: Any) -> None:
    """Asked by one, approved by another, on one day."""
    approve(town, ask(town, kind, on, **told), on)


def refused(town: Town, kind: str, on: str, **told: Any) -> Refusal:
    """What is said to who asks for this; nothing waits or is booked."""
    before = town.query("SELECT COUNT(*) FROM change"), town.query("SELECT COUNT(*) FROM entry")
    with pytest.raises(Refusal) as said:
        ask(town, kind, on, **told)
    assert said.value.remedy
    after = town.query("SELECT COUNT(*) FROM change"), town.query("SELECT COUNT(*) FROM entry")
    assert after == before
    return said.value


def stand(town: Town, **told: Any) -> dict[str, int]:
    with reading(town.engine) as conn:
        rows = positions(conn, town.settings, client=1001, **told)
    return {name: int(column[0]) for name, column in rows.items()}


def balance(town: Town, account: int) -> int:
    rows = town.query(
        "SELECT COALESCE(SUM(amount), 0) FROM balance WHERE account = :a AND client = 1001",
        a=account,
    )
    return int(rows[0][0])


def whole(town: Town) -> None:
    """All invariants hold."""
    with reading(town.engine) as conn:
        assert invariants.full(conn, town.settings.code) == []


@pytest.fixture
def c22(town: Town) -> Town:
    """C22: March is settled at 600.00, which the employer still owes."""
    town.enrol(1001, starts_on="2026-03-01")
    town.pay("2026-03", "2026-03-27")
    town.earn(1001, "2026-03", 60000, "2026-04-08", received=False)
    return town


@pytest.fixture
def short(c22: Town) -> Town:
    """C22 after the decision: the client had the wage itself, 570.00 is open."""
    decide(c22, "wage-paid-to-client", "2026-04-14", **WAGE, amount_cents=60000)
    return c22


# --- wages ----------------------------------------------------------------------------------------


def test_c22_a_wage_paid_to_the_client_closes_what_the_employer_owes(short: Town) -> None:
    assert short.entries("wage-paid-to-client") == [
        ("wage-paid-to-client", 1001, 2000, 202603, 0, 60000),
        ("wage-paid-to-client", 1001, 1300, 202603, 0, -60000),
    ]
    assert short.query("SELECT reference, booked_on FROM entry WHERE kind = 'wage-paid-to-client'"
                       ) == [("decision:1", "2026-04-14")]  # fmt: skip
    assert stand(short)["position"] == -57000
    assert stand(short)["owed"] == 57000
    assert balance(short, 1300) == 0
    whole(short)


def test_a_wage_that_never_comes_is_the_clients_loss_by_decision(c22: Town) -> None:
    decide(c22, "wage-lost", "2026-04-14", **WAGE, amount_cents=20000)
    assert stand(c22)["position"] == 3000 - 20000
    assert balance(c22, 1300) == 40000
    whole(c22)


def test_a_wage_written_off_costs_the_municipality_and_not_the_client(c22: Town) -> None:
    decide(c22, "write-off", "2026-04-14", **WAGE, value="wage", amount_cents=60000, number="B-1")
    assert [line[2:] for line in c22.entries("write-off")] == [
        (4900, 0, 0, 60000), (1300, 202603, 0, -60000)
    ]  # fmt: skip
    assert stand(c22)["position"] == stand(c22)["available"] == 3000
    whole(c22)


@pytest.mark.parametrize("kind", ["wage-paid-to-client", "wage-lost", "write-off"])
def test_no_wage_is_closed_for_more_than_its_employer_owes(c22: Town, kind: str) -> None:
    more = {"value": "wage", "number": "B-1"} if kind == "write-off" else {}
    said = refused(c22, kind, "2026-04-14", **WAGE, **more, amount_cents=60001)
    assert "600,01 is more than 999990020L01 owes for 2026-03: 600,00 is open" in said.message
    other = WAGE | {"month": 202604}
    assert (
        "0,00 is open" in refused(c22, kind, "2026-04-14", **other, **more, amount_cents=1).message
    )


def test_what_was_open_when_asked_must_be_open_when_approved(c22: Town) -> None:
    number = ask(c22, "wage-paid-to-client", "2026-04-13", **WAGE, amount_cents=60000)
    with c22.work("2026-04-14", "system", "import") as work:
        c22.receive(work, 1001, Month(202603), 60000)
    with pytest.raises(Refusal, match="0,00 is open"):
        approve(c22, number, "2026-04-14")
    assert c22.query("SELECT COUNT(*) FROM decision") == [(0,)]
    assert c22.query("SELECT state FROM change") == [("waiting",)]


# --- claims ---------------------------------------------------------------------------------------


def test_a_claim_takes_a_shortfall_out_of_the_buffer_and_can_be_cancelled(short: Town) -> None:
    decide(short, "claim", "2026-05-04", amount_cents=50000, number="B-7")
    assert [line[2:] for line in short.entries("claim")] == [
        (1400, 0, 0, 50000), (2000, 202605, 0, -50000)
    ]  # fmt: skip
    assert (stand(short)["position"], balance(short, 1400)) == (-7000, 50000)
    decide(short, "claim-cancelled", "2026-05-05", amount_cents=20000, number="B-8")
    assert (stand(short)["position"], balance(short, 1400)) == (-27000, 30000)
    whole(short)


def test_a_claim_is_never_more_than_the_shortfall(short: Town) -> None:
    told = {"amount_cents": 57001, "number": "B-7"}
    said = refused(short, "claim", "2026-05-04", **told)
    assert "claim of 570,01 is more than the shortfall: 570,00 is open" in said.message
    said = refused(short, "claim-cancelled", "2026-05-04", **told)
    assert "more than the claim: 0,00 is open" in said.message


def test_a_claim_or_a_shortfall_is_written_off_as_far_as_it_is_open(short: Town) -> None:
    decide(short, "claim", "2026-05-04", amount_cents=50000, number="B-7")
    decide(short, "write-off", "2026-05-05", value="claim", amount_cents=50000, number="B-8")
    decide(short, "write-off", "2026-05-06", value="shortfall", amount_cents=7000, number="B-9")
    assert (stand(short)["position"], balance(short, 1400), balance(short, 4900)) == (0, 0, 57000)
    for value in ("claim", "shortfall"):
        told = {"value": value, "amount_cents": 1, "number": "B-10"}
        said = refused(short, "write-off", "2026-05-07", **told)
        assert f"more than the {value}: 0,00 is open" in said.message
    whole(short)


# --- lowerings from old income --------------------------------------------------------------------


@pytest.fixture
def lowered(town: Town) -> Town:
    """January went from 600.00 to 400.00 nine months later: its surplus had been paid."""
    town.norm("2026-07", "2026-12")
    town.enrol(1001)
    town.pay("2026-01", "2026-01-27")
    town.earn(1001, "2026-01", 60000, "2026-02-20")
    town.pay("2026-02", "2026-02-24")
    town.earn(1001, "2026-01", 40000, "2026-09-21", received=False)
    with town.work("2026-09-21", "system", "bank") as work:
        back = [Line(1300, 20000, 1001, 1001, 202601), Line(3000, -20000)]
        book(work, [Draft("adjustment", back, 1001, 202601)])
    return town


def test_an_old_lowering_counts_once_its_set_off_is_decided(lowered: Town) -> None:
    held = stand(lowered)
    assert (held["holds"], held["owed"]) == (-1000, max(0, -held["position"] - 1000))
    decide(lowered, "set-off-correction", "2026-09-22", month=202601)
    freed = stand(lowered)
    assert (freed["holds"], freed["owed"]) == (0, max(0, -freed["position"]))
    assert freed["owed"] == held["owed"] + 1000
    assert lowered.query(
        "SELECT state, resolved_by, reason FROM finding WHERE code = 'OLD_CORRECTION'"
    ) == [("resolved", "treasury-1", "decision:1")]


def test_what_is_held_out_is_not_freed_by_one_person_alone(lowered: Town) -> None:
    ((number,),) = lowered.query("SELECT finding FROM finding WHERE code = 'OLD_CORRECTION'")
    with pytest.raises(Refusal, match="money waits behind") as said:
        with lowered.work("2026-09-22", "income-1", "findings-resolve") as work:
            findings.resolve(work, number, "looked at")
    assert "set-off-correction" in said.value.remedy
    assert stand(lowered)["holds"] == -1000


def test_there_is_nothing_to_decide_where_no_lowering_is_held_out(lowered: Town) -> None:
    said = refused(lowered, "set-off-correction", "2026-09-22", month=202602)
    assert "no lowering of 2026-02 is held out" in said.message


# --- the end --------------------------------------------------------------------------------------

ENDED: dict[str, Any] = {"valid_until": "2026-06-30", "value": "benefit-ends"}


def leaver(
    town: Town, wage: int, *, position: int = 0, reserve: int = 0, received: bool = True,
    month: str = "2026-06", **more: Any,
) -> None:  # fmt: skip
    """One settled month that ends the participation, beside what an older administration left."""
    last = Month.parse(month)
    until, after = last.last_day.isoformat(), last.plus(1)
    starts = {"starts_on": last.first_day.isoformat(), "valid_from": last.first_day.isoformat()}
    town.norm(month, str(last.plus(6)))
    town.enrol(1001, **starts)
    town.pay(month, f"{month}-26")
    town.enrol(1001, on=until, version=2, **starts, ends_on=until, status="BEEINDIGD")
    with town.work(f"{after}-02", "system", "import") as work:
        lines = [Line(2000, -position, 1001, month=last.plus(-1)),
                 Line(2010, -reserve, 1001, month=last.plus(-1)),
                 Line(3000, position + reserve)]  # fmt: skip
        book(work, [Draft("client-opening", lines, 1001, last.plus(-1))])
    town.earn(1001, month, wage, f"{after}-06", received=received, **more)


def c20(town: Town) -> None:
    """Position −210.40 before the last wage of 1200.00, which adds 60.00; reserve 96.12 in all."""
    leaver(town, 120000, position=-21040, reserve=9612 - 1007)


def test_c20_a_shortfall_is_set_off_against_the_reserve_and_the_rest_is_claimed(town: Town) -> None:
    c20(town)
    assert (stand(town)["position"], balance(town, 2010)) == (-15040, -9612)
    decide(town, "exit", "2026-07-13", **ENDED)
    assert [line[2:] for line in town.entries("reserve-offset")] == [
        (2010, 202605, 0, 8605), (2010, 202606, 0, 1007), (2000, 202606, 0, -9612)
    ]  # fmt: skip
    assert [line[2:] for line in town.entries("claim")] == [
        (1400, 0, 0, 5428), (2000, 202606, 0, -5428)
    ]  # fmt: skip
    assert (stand(town)["position"], balance(town, 2010), balance(town, 1400)) == (0, 0, 5428)
    assert town.query("SELECT kind, value, valid_until, amount_cents, reason FROM decision") == [
        ("exit", "benefit-ends", "2026-06-30", None, "agreed")
    ]
    whole(town)


def test_c20_without_set_off_the_reserve_stays_to_be_paid_and_all_is_claimed(town: Town) -> None:
    policy = town.settings.shortfall.model_copy(update={"offset_reserve_at_exit": False})
    town.settings = town.settings.model_copy(update={"shortfall": policy})
    c20(town)
    decide(town, "exit", "2026-07-13", **ENDED)
    assert (stand(town)["position"], balance(town, 2010), balance(town, 1400)) == (0, -9612, 15040)
    whole(town)


def test_a_move_is_an_exit_and_takes_the_oldest_reserve_first(town: Town) -> None:
    leaver(town, 120000, position=-15000, reserve=8605)
    decide(town, "transfer", "2026-07-13", valid_until="2026-06-30", payee="0344")
    assert [line[2:] for line in town.entries("reserve-offset")] == [
        (2010, 202605, 0, 8605), (2010, 202606, 0, 395), (2000, 202606, 0, -9000)
    ]  # fmt: skip
    assert town.entries("claim") == []
    assert town.query("SELECT kind, payee FROM decision") == [("transfer", "0344")]
    whole(town)


def test_a_reserve_below_zero_is_the_clients_debt(town: Town) -> None:
    leaver(town, 120000, position=0, reserve=-2007)
    decide(town, "exit", "2026-07-13", **ENDED)
    assert [line[2:] for line in town.entries("reserve-offset")] == [
        (2010, 202605, 0, -2007), (2010, 202606, 0, 1007), (2000, 202606, 0, 1000)
    ]  # fmt: skip
    assert (stand(town)["position"], balance(town, 2010)) == (5000, 0)
    whole(town)


def test_the_second_person_approves_exactly_what_the_first_one_saw(town: Town) -> None:
    c20(town)
    number = ask(town, "exit", "2026-07-13", **ENDED)
    seen = "reserve-offset 96,12, claim 54,28"
    assert town.query("SELECT new FROM change") == [
        (f"until 2026-06-30, value benefit-ends: {seen}",)
    ]
    with town.work("2026-07-14", "system", "bank") as work:
        lines = [Line(3000, 1000), Line(2000, -1000, 1001, month=202606)]
        book(work, [Draft("client-deposit", lines, 1001, 202606)])
    with pytest.raises(Refusal, match=f"claim 44,28 now, {seen} then") as said:
        approve(town, number, "2026-07-15")
    assert said.value.exit_code == 3
    assert town.entries("claim", "reserve-offset") == []


def test_c21_a_credit_is_paid_once_its_last_wage_is_in_and_the_reserve_waits(town: Town) -> None:
    """The mandate is revoked per 1 September; the wage of August comes on the fourth."""
    leaver(town, 60000, position=28218, received=False, month="2026-08")
    ended = {"valid_until": "2026-08-31", "value": "benefit-continues"}
    assert (stand(town)["position"], stand(town)["available"]) == (31218, 0)
    decide(town, "exit", "2026-09-07", **ended)
    assert town.query("SELECT kind, amount_cents FROM decision") == [("exit", 31218)]
    assert town.prepare("2026-09", "2026-09-07").batch == 0
    with town.work("2026-09-08", "system", "bank") as work:
        town.receive(work, 1001, Month(202608), 60000)
    paid = town.pay("2026-09", "2026-09-08")
    assert (paid.payments, paid.total_cents) == (1, 31218)
    assert town.obligations(kind="exit") == [(1001, 202609, "exit", 31218, "APPROVED")]
    assert town.query("SELECT remittance FROM obligation WHERE kind = 'exit'") == [
        ("Slotbetaling Surplus september 2026",)
    ]
    assert (stand(town)["position"], balance(town, 2000), balance(town, 2010)) == (0, 0, -4007)
    assert town.prepare("2026-09", "2026-09-09").batch == 0
    whole(town)


def test_what_comes_up_after_an_exit_waits_for_a_decision_of_its_own(town: Town) -> None:
    leaver(town, 60000, position=12000)
    ended = ENDED | {"value": "benefit-continues"}
    decide(town, "exit", "2026-07-13", **ended)
    town.pay("2026-07", "2026-07-13")
    with town.work("2026-07-20", "system", "bank") as work:
        town.receive(work, 1001, Month(202606), 10000)
    town.earn(1001, "2026-06", 70000, "2026-07-20", received=False)
    assert stand(town)["available"] == 500
    assert town.prepare("2026-08", "2026-08-25").batch == 0
    decide(town, "exit", "2026-08-26", **ended)
    town.pay("2026-08", "2026-08-26")
    assert [row[3] for row in town.obligations(kind="exit")] == [15000, 500]
    whole(town)


def test_death_books_nothing_and_holds_the_balance_for_the_estate(town: Town) -> None:
    c20(town)
    dead = {"starts_on": "2026-06-01", "ends_on": "2026-06-30", "valid_from": "2026-06-30"}
    town.enrol(1001, on="2026-07-10", version=3, status="OVERLEDEN", **dead)
    decide(town, "exit", "2026-07-13", **(ENDED | {"value": "death"}))
    assert town.entries("reserve-offset", "claim") == []
    with town.work("2026-07-14", "system", "bank") as work:
        lines = [Line(3000, 20040), Line(2000, -20040, 1001, month=202606)]
        book(work, [Draft("adjustment", lines, 1001, 202606)])
    decide(town, "exit", "2026-07-15", **(ENDED | {"value": "death"}))
    town.prepare("2026-07", "2026-07-27")
    assert town.obligations(kind="exit") == [(1001, 202607, "exit", 5000, "HELD")]
    assert town.findings("HELD_PAYMENT") == [("HELD_PAYMENT", 1001, 202607, "exit: OVERLEDEN")]


def test_an_exit_payment_that_is_cancelled_is_prepared_again(town: Town) -> None:
    leaver(town, 60000)
    decide(town, "exit", "2026-07-13", **ENDED)
    town.cancel(town.pay("2026-07", "2026-07-13").batch, "2026-07-13")
    town.pay("2026-07", "2026-07-13")
    assert [row[3:5] for row in town.obligations(kind="exit")] == [
        (3000, "CANCELLED"), (3000, "APPROVED")
    ]  # fmt: skip
    whole(town)


def test_the_second_count_stops_an_exit_payment_whose_wage_was_taken_back(town: Town) -> None:
    leaver(town, 60000)
    decide(town, "exit", "2026-07-13", **ENDED)
    batch = town.prepare("2026-07", "2026-07-13").batch
    with town.work("2026-07-13", "system", "bank") as work:
        back = [Line(1300, 60000, 1001, 1001, 202606), Line(3000, -60000)]
        book(work, [Draft("adjustment", back, 1001, 202606)])
    (problem,) = town.page(batch).outside
    assert problem.text == "available is 0,00 now, the exit payment 30,00"


def test_who_takes_part_again_gets_an_old_credit_once(town: Town) -> None:
    leaver(town, 60000)
    decide(town, "exit", "2026-07-13", **ENDED)
    again = {"starts_on": "2026-08-01", "valid_from": "2026-08-01"}
    town.enrol(1001, on="2026-07-20", version=3, **again)
    town.pay("2026-08", "2026-08-26")
    assert [row[2:4] for row in town.obligations(month=202608)] == [("fixed", F), ("extra", 3000)]


def test_an_exit_is_decided_after_its_last_day(town: Town) -> None:
    leaver(town, 60000)
    said = refused(town, "exit", "2026-06-30", **ENDED)
    assert "takes part until 2026-06-30" in said.message


def test_who_still_takes_part_has_no_exit(town: Town) -> None:
    town.enrol(1001)
    said = refused(town, "exit", "2026-07-01", **ENDED)
    assert "still takes part in 2026-07" in said.message
    assert "clients.csv" in said.remedy


def test_an_exit_waits_until_every_month_is_settled(town: Town) -> None:
    town.enrol(1001, starts_on="2026-04-15", valid_from="2026-04-15")
    town.earn(1001, "2026-05", 60000, "2026-06-08")
    ended = {"starts_on": "2026-04-15", "ends_on": "2026-06-30", "valid_from": "2026-04-15"}
    town.enrol(1001, on="2026-06-29", version=2, status="BEEINDIGD", **ended)
    said = refused(town, "exit", "2026-07-06", **ENDED)
    assert "months that are not settled: 2026-06" in said.message


# --- buffer budget --------------------------------------------------------------------------------

GRANT: dict[str, Any] = {"month": 202701, "number": "B-34b"}


@pytest.fixture
def dipped(town: Town) -> Town:
    """January 2027 as C12a, 2.30 below F: an exit with a claim of 150.40."""
    left = -15040 + 230 - 3837
    leaver(town, 60000, position=left, month="2027-01", holiday_accrued=3400)
    ended = {"valid_until": "2027-01-31", "value": "benefit-ends"}
    decide(town, "exit", "2027-02-08", **ended)
    assert balance(town, 1400) == 15040
    return town


def test_a_claim_that_income_left_is_cleared_by_the_buffer_budget(dipped: Town) -> None:
    decide(dipped, "buffer-budget", "2027-02-09", **GRANT, amount_cents=10000)
    assert [line[2:] for line in dipped.entries("buffer-budget")] == [
        (4010, 202701, 0, 10000), (1400, 0, 0, -10000)
    ]  # fmt: skip
    assert (balance(dipped, 1400), balance(dipped, 4010)) == (5040, 10000)
    whole(dipped)


def test_a_shortfall_beside_the_claim_is_cleared_after_it(dipped: Town) -> None:
    decide(dipped, "claim-cancelled", "2027-02-09", amount_cents=5000, number="B-1")
    decide(dipped, "buffer-budget", "2027-02-09", **GRANT, amount_cents=15040)
    assert [line[2:] for line in dipped.entries("buffer-budget")] == [
        (4010, 202701, 0, 15040), (1400, 0, 0, -10040), (2000, 202701, 0, -5000)
    ]  # fmt: skip
    assert (stand(dipped)["position"], balance(dipped, 1400)) == (0, 0)
    whole(dipped)


def test_no_more_than_the_cap_of_a_calendar_year_is_granted(dipped: Town) -> None:
    """An older administration left a claim of 2,000.00 beside."""
    with dipped.work("2027-02-08", "system", "import") as work:
        lines = [Line(1400, 200000, 1001), Line(3000, -200000)]
        book(work, [Draft("client-opening", lines, 1001)])
    decide(dipped, "buffer-budget", "2027-02-09", **GRANT, amount_cents=60000)
    said = refused(dipped, "buffer-budget", "2027-03-09", **GRANT, amount_cents=40001)
    assert "400,00 is left of 1.000,00 for 2027" in said.message
    decide(dipped, "buffer-budget", "2027-03-09", **GRANT, amount_cents=40000)
    cap = {"name": CAP.name, "household": CAP.household, "age_band": CAP.age_band}
    with dipped.work("2028-01-03", "system", "import") as work:
        row = {"parameter": 1, "valid_from": "2028-01-01", "amount": "1010.00", "unit": "year",
               "source": "", "number": "B-2", "run": work.run, "recorded_on": work.on}  # fmt: skip
        bulk.append(work.conn, parameter, {"municipality": work.municipality} | row | cap)
    decide(dipped, "buffer-budget", "2028-01-04", **GRANT, amount_cents=101000)
    assert balance(dipped, 4010) == 201000


def test_no_more_is_granted_than_is_open(dipped: Town) -> None:
    said = refused(dipped, "buffer-budget", "2027-02-09", **GRANT, amount_cents=15041)
    assert "150,41 cannot be: 150,40 is open" in said.message


def test_a_month_that_was_not_below_the_norm_gives_no_right(dipped: Town) -> None:
    other = GRANT | {"month": 202702}
    said = refused(dipped, "buffer-budget", "2027-03-09", **other, amount_cents=100)
    assert "2027-02 was not settled below the norm" in said.message


def test_while_the_participation_runs_the_buffer_account_carries_the_dips(town: Town) -> None:
    town.enrol(1001)
    said = refused(town, "buffer-budget", "2027-02-09", **GRANT, amount_cents=100)
    assert "still takes part" in said.message


def test_the_buffer_budget_starts_in_2027(town: Town) -> None:
    town.enrol(1001)
    said = refused(town, "buffer-budget", "2026-12-31", **GRANT, amount_cents=100)
    assert "buffer_budget_cap" in said.message
    assert "2027-01-01" in said.remedy


# --- premiums -------------------------------------------------------------------------------------


def test_f3_a_premium_is_granted_up_to_what_is_left_of_the_cap_and_twice_a_year(town: Town) -> None:
    """domain.md F3: 1,500.00 was granted, 1,898.00 of 3,398.00 is left."""
    town.enrol(1001)
    told = {"number": "B-1", "amount_cents": 150000}
    decide(town, "premium", "2026-03-02", **told)
    said = refused(town, "premium", "2026-06-01", number="B-2", amount_cents=210000)
    assert "1 of 2 were granted in 2026, 1.500,00 of 3.398,00: 1.898,00 is payable" in str(said)
    decide(town, "premium", "2026-06-01", number="B-2", amount_cents=180000)
    third = refused(town, "premium", "2026-06-02", number="B-3", amount_cents=100)
    assert "2 of 2 were granted" in str(third)
    assert "premium_j_cap" in str(refused(town, "premium", "2027-01-04", **told))
    whole(town)


def test_two_premiums_asked_at_once_are_not_both_approved_beyond_the_cap(town: Town) -> None:
    town.enrol(1001)
    first, second = (
        ask(town, "premium", "2026-03-02", number=f"B-{n}", amount_cents=200000) for n in (1, 2)
    )
    approve(town, first, "2026-03-02")
    with pytest.raises(Refusal, match=r"1\.398,00 is payable"):
        approve(town, second, "2026-03-02")


def test_under_27_a_premium_is_for_who_has_wage_cost_subsidy_only(town: Town) -> None:
    town.enrol(1001, birth_date="2001-05-05")
    town.enrol(1002, birth_date="2001-05-05", exemptions="LOONKOSTENSUBSIDIE 2026-01-01 0/12")
    told = {"number": "B-1", "amount_cents": 10000}
    assert "art. 31(5)" in str(refused(town, "premium", "2026-03-02", **told))
    with town.work("2026-03-02", "income-1", "decide") as work:
        assert by_decision.decide(work, Asked(1002, "premium", reason="agreed", **told))


def test_a_volunteers_allowance_is_left_out_within_amounts_that_are_known_only(town: Town) -> None:
    """No amount of art. 31(2)k was found: those of the municipality here only stand in for them."""
    town.enrol(1001)
    kind = "volunteer-allowance"
    unknown = refused(town, kind, "2026-04-02", month=202603, amount_cents=6000)
    assert "volunteer_allowance_cap/person/month from 2026-01-01" in str(unknown)
    with town.work("2026-04-02", "system", "import") as work:
        row = {"name": "volunteer_allowance_cap", "household": "person", "source": "",
               "number": "B-2", "valid_from": "2026-01-01", "municipality": work.municipality,
               "run": work.run, "recorded_on": work.on}  # fmt: skip
        for number, (cap, amount) in enumerate((("month", "100.00"), ("year", "150.00")), 1):
            told = {"parameter": number, "age_band": cap, "unit": cap, "amount": amount}
            bulk.append(work.conn, parameter, row | told)
    decide(town, kind, "2026-04-02", month=202603, amount_cents=6000)
    again = refused(town, kind, "2026-04-03", month=202603, amount_cents=4001)
    assert "2026-03: 40,00 is open" in str(again)
    decide(town, kind, "2026-05-02", month=202604, amount_cents=9000)
    assert "2026-05: 0,00 is open" in str(
        refused(town, kind, "2026-06-02", month=202605, amount_cents=100)
    )
    assert town.entries(kind) == []
