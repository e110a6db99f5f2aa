"""How much the account needs before the next fixed date, at each step towards it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from surplus.payout.funding import Funding, funding
from surplus.store.engine import reading
from tests.payout.town import F, Town


def need(town: Town, on: str) -> Funding:
    with reading(town.engine) as conn:
        return funding(conn, town.settings, on)


def test_the_need_of_a_fixed_date_is_the_same_before_it_is_prepared_and_until_it_is_paid(
    town: Town, tmp_path: Path
) -> None:
    town.enrol(1001, 1002)
    town.enrol(1003, status="GEPAUZEERD")
    before = need(town, "2026-01-20")
    assert (before.month, before.pays_on) == ("2026-01", "2026-01-30")
    assert before.payments == [{"kind": "fixed", "payments": 3, "cents": 3 * F}]
    assert (before.need_cents, before.short_cents, before.held_payments) == (3 * F, 3 * F, 1)
    batch = town.prepare("2026-01", "2026-01-27").batch
    prepared = need(town, "2026-01-27")
    assert replace(prepared, held_payments=1) == before  # the held one waits among the obligations
    town.approve(batch, "2026-01-28")
    town.export(batch, "2026-01-28", tmp_path)
    approved = need(town, "2026-01-29")
    assert approved.in_transit_cents == 2 * F
    assert approved.need_cents == 3 * F


def test_money_that_is_there_counts_and_wages_that_are_owed_do_not(town: Town) -> None:
    town.enrol(1001, 1002)
    town.earn(1001, "2026-01", 60_000, "2026-02-10")
    town.earn(1002, "2026-01", 50_000, "2026-02-11", received=False)
    told = need(town, "2026-02-12")
    assert (told.balance_cents, told.wages_owed_cents) == (60_000, 50_000)
    surplus = 3_000  # 5% of a wage of 600,00 that was received
    assert told.payments == [
        {"kind": "extra", "payments": 1, "cents": surplus},
        {"kind": "fixed", "payments": 2, "cents": 2 * F},
    ]
    assert told.short_cents == 2 * F + surplus - 60_000
