"""Payment blunders that made the newspaper, by name: here each of them is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from surplus.months import Month
from surplus.payout import batches
from surplus.problems import Refusal
from surplus.store.engine import writing
from surplus.store.tables import obligation, payment_batch
from tests.payout.test_kinds import decide
from tests.payout.town import F, Town

JANUARY, ON = "2026-01", "2026-01-27"


def test_amsterdam_2013_cents_read_as_euros_stop_at_the_limit(town: Town):
    """188 million for 1.88 million: the norm of the new month is a hundred times too high."""
    town.enrol(*range(2000, 2030))
    town.pay(JANUARY, ON)
    town.norm("2026-02", on="2026-02-02", total=14015000)
    prepared = town.prepare("2026-02", "2026-02-24")
    assert prepared.outside_limits == 31
    with pytest.raises(Refusal) as refused:
        town.approve(prepared.batch, "2026-02-24")
    assert refused.value.exit_code == 3
    assert "P04: 133.142,50 is above 3.000,00" in refused.value.message
    assert "and 11 more" in refused.value.message
    assert [p.code for p in town.page(2).outside if p.subject == "total"] == ["P10"]


def test_den_haag_2019_a_comma_for_a_point_stops_at_the_limit_of_a_payment(town: Town):
    """69 people, 2.5 million together: one fixed amount with the point in the wrong place."""
    town.enrol(1001)
    town.decide(1001, "fixed-payment", "2026-01-05", valid_from="2026-01-01",
                valid_until="2026-12-31", amount_cents=13314300)  # fmt: skip
    assert town.prepare(JANUARY, ON).outside_limits == 1
    with pytest.raises(Refusal, match="P04"):
        town.approve(1, ON)


def test_almelo_2019_a_paid_run_done_again_pays_nobody(town: Town, tmp_path: Path):
    """Everybody on bijstand paid twice: prepared again, approved again, exported again."""
    town.enrol(1001, 1002, 1003)
    town.pay(JANUARY, ON)
    first = town.export(1, ON, tmp_path)
    for operator in ("income-1", "treasury-1"):
        assert town.prepare(JANUARY, ON, operator).batch == 0
    for operator in ("income-1", "treasury-1"):
        with pytest.raises(Refusal, match="is SENT, not DRAFT"):
            town.approve(1, ON, operator)
    assert town.export(1, ON, tmp_path).sha256 == first.sha256
    assert len(town.obligations()) == 3
    assert len(town.entries("fixed-payment")) == 6
    assert town.query("SELECT COUNT(*) FROM payment_batch") == [(1,)]


def test_den_haag_2020_an_advance_and_a_final_batch_cannot_both_pay_one_month(town: Town):
    """192 double Tozo payments: two kinds of job for one right; the database itself says no."""
    town.enrol(1001)
    town.pay(JANUARY, ON)
    with writing(town.engine) as conn:
        row = dict(conn.execute(obligation.select()).mappings().one())
    again = row | {"obligation": 2, "batch": 2, "amount_cents": 1, "end_to_end_id": "other"}
    with pytest.raises(DBAPIError), writing(town.engine) as conn:
        conn.execute(obligation.insert().values(**again))
    assert town.obligations() == [(1001, 202601, "fixed", F, "APPROVED")]


def test_uwv_2020_a_double_payment_is_counted_before_it_leaves_not_a_year_later(town: Town):
    """1,200 people paid double: a second round of what was paid, put beside it in the store."""
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.enrol(1002, on=ON)
    town.prepare(JANUARY, ON)
    with writing(town.engine) as conn:
        paid = obligation.select().where(obligation.c.obligation == 1)
        row = dict(conn.execute(paid).mappings().one())
        again = row | {"obligation": 9, "round": 2, "batch": 2, "state": "DRAFT",
                       "end_to_end_id": "SUR20260127002-000002"}  # fmt: skip
        conn.execute(obligation.insert().values(**again))
    town.tamper(payment_batch, 2, payments=2, total_cents=2 * F)
    with pytest.raises(Refusal, match="000002 P01"):
        town.approve(2, ON)


def test_amsterdam_2019_part_timers_with_changing_wages_are_never_overpaid(town: Town):
    """Topping-up went wrong in a quarter of the cases: here wages move, F does not."""
    town.enrol(1001)
    months = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05")
    wages = (60000, 160000, 1000, 95000)
    for number, month in enumerate(months):
        if number:
            town.earn(1001, months[number - 1], wages[number - 1], f"{month}-15")
        town.pay(month, f"{month}-{24 if number == 1 else 27}")
    paid = town.query("SELECT kind, SUM(amount_cents) FROM obligation GROUP BY kind ORDER BY kind")
    fixed = town.query("SELECT DISTINCT amount_cents FROM obligation WHERE kind = 'fixed'")
    due = town.query("SELECT SUM(entitlement_cents) FROM settlement")[0][0]
    assert fixed == [(F,)]
    assert dict(paid)["fixed"] == 5 * F
    assert dict(paid)["extra"] == due - 4 * F  # to the cent what settled months left over


def test_socrates_2020_every_booking_by_hand_has_a_sum_that_can_be_replayed(town: Town):
    """Hand repair that nobody can check: by hand nothing is booked but what two people decided."""
    town.enrol(1001)
    decide(town, 1001, "adjustment", ON, value="2000/4900", amount_cents=1234, month=202601)
    decide(town, 1001, "adjustment", ON, value="4900/2000", amount_cents=234, month=202601)
    replayed = town.query(
        """SELECT d.value, d.amount_cents, d.asked_by, d.approved_by, d.reason,
                  SUM(CASE WHEN p.amount > 0 THEN p.amount ELSE 0 END)
           FROM entry AS e JOIN posting AS p ON p.entry = e.entry
           JOIN decision AS d ON e.reference = 'decision:' || CAST(d.decision AS TEXT)
           WHERE e.kind = 'adjustment'
           GROUP BY d.decision, d.value, d.amount_cents, d.asked_by, d.approved_by, d.reason
           ORDER BY d.decision"""
    )
    assert replayed == [
        ("2000/4900", 1234, "income-1", "treasury-1", "agreed", 1234),
        ("4900/2000", 234, "income-1", "treasury-1", "agreed", 234),
    ]
    assert town.query("SELECT COUNT(*) FROM entry") == [(2,)]
    with pytest.raises(DBAPIError, match=r"never changed|append"), writing(town.engine) as conn:
        conn.exec_driver_sql("UPDATE posting SET amount = 1 WHERE line = 1")


def test_amsterdam_2025_no_switch_sends_a_sent_payment_again(town: Town, tmp_path: Path):
    """677 invoices twice by one function ticked: a sent batch can be neither moved nor redone."""
    town.enrol(1001)
    town.pay(JANUARY, ON)
    town.export(1, ON, tmp_path)
    for refuse in (town.approve, town.cancel):
        with pytest.raises(Refusal, match="SENT"):
            refuse(1, "2026-01-28")
    with pytest.raises(Refusal, match="SENT"):
        town.release(1, "total", "2026-01-28")
    assert town.query("SELECT COUNT(*) FROM entry") == [(1,)]


def test_santander_2021_a_second_scheduler_of_another_host_finds_nothing_to_do(town: Town):
    """75,000 payments twice: the same due job, started once more in the hour that came twice."""
    town.enrol(1001)
    for _ in range(3):
        town.prepare(JANUARY, ON, operator="system")
    assert len(town.obligations()) == 1


def test_postbank_1997_what_a_dead_run_left_behind_is_never_paid(town: Town, tmp_path: Path):
    """A draft that died in the middle leaves nothing; an old file beside is written over."""

    def half_a_run() -> None:
        with town.work(ON) as work:
            batches.prepare(work, Month(202601))
            raise OSError("the machine stops")

    town.enrol(1001)
    with pytest.raises(OSError, match="the machine stops"):
        half_a_run()
    assert town.obligations() == []
    assert town.query("SELECT COUNT(*) FROM payment_batch") == [(0,)]
    town.pay(JANUARY, ON)
    (tmp_path / "TEST-SUR20260127001.xml").write_bytes(b"of last year")
    assert Path(town.export(1, ON, tmp_path).file).read_bytes().startswith(b"<?xml")
