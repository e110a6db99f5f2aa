"""The sample itself: made again byte for byte, and sound as a set of books."""

import tomllib
from collections import Counter

import pytest

from tests.oracle import expected
from tests.oracle.ledger import BANK, BUFFER, IN_TRANSIT, RECEIVABLE, RESERVE, UNMATCHED
from tests.oracle.outcomes import INCOME_MONTHS
from tests.oracle.rules import Figures
from tests.oracle.sample import SAMPLE, sample_files
from tests.oracle.statements import BANK_IBAN
from tests.oracle.world import FUNDING_IBAN, World


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_the_committed_sample_is_what_the_script_makes(world):
    made = sample_files(world)
    kept = {
        path.relative_to(SAMPLE).as_posix(): path.read_bytes().decode()
        for folder in ("inbox", "expected")
        for path in (SAMPLE / folder).rglob("*.*")
    }
    kept["calendar.csv"] = (SAMPLE / "calendar.csv").read_bytes().decode()
    assert sorted(kept) == sorted(made)
    assert [name for name in made if made[name] != kept[name]] == []


def test_the_trial_balance_sums_to_zero():
    assert sum(account["balance_cents"] for account in expected.load("accounts")) == 0


def test_the_bank_ends_on_the_closing_balance_of_the_last_statement(world):
    assert world.oracle.balance(BANK) == world.statements[-1].closing
    assert world.oracle.balance(IN_TRANSIT) == 0, "every batch was debited"


def test_suspense_holds_exactly_the_two_unknown_senders(world):
    open_items = [r.amount for r in world.oracle.cash.receipts if r.employment is None]
    assert -world.oracle.balance(UNMATCHED) == sum(open_items) == 23520


def test_the_position_follows_from_the_buffer_and_what_is_owed_or_paid_early(world):
    """Position = buffer + fixed payments of months not settled - fixed payments held."""
    oracle = world.oracle
    for no in world.clients:
        settled = {m for (c, m), o in oracle.outcomes.items()
                   if c == no and isinstance(o, Figures)}  # fmt: skip
        fixed = [p for p in oracle.payments if p.client == no and p.kind == "fixed"]
        early = sum(p.amount for p in fixed if p.month not in settled and not p.held)
        owed = sum(p.amount for p in fixed if p.month in settled and p.held)
        assert oracle.position(no) == -oracle.balance(BUFFER, no) + early - owed, no


def test_what_is_paid_and_kept_equals_what_is_credited(world):
    """Conservation: wages + benefit + reserve = paid + buffer + reserve, client by client."""
    oracle = world.oracle
    for no in world.clients:
        settled = [o for (c, _), o in oracle.outcomes.items()
                   if c == no and isinstance(o, Figures)]  # fmt: skip
        paid = sum(p.amount for p in oracle.payments if p.client == no and not p.held)
        credited = sum(o.wage + o.benefit + o.holiday_allowance for o in settled)
        kept = -oracle.balance(BUFFER, no) - oracle.balance(RESERVE, no)
        assert credited == paid + kept, no


def test_every_wage_is_received_except_the_two_that_are_still_open(world):
    waiting = {no: sum(world.oracle.receivables(no).values()) for no in world.clients}
    assert {no: cents for no, cents in waiting.items() if cents} == {1021: 20000, 1032: 61500}
    assert world.oracle.balance(RECEIVABLE) == 81500


def test_nobody_is_paid_twice_for_one_month_and_kind(world):
    times = Counter((p.client, p.month, p.kind) for p in world.oracle.payments)
    assert set(times.values()) == {1}
    numbers = [p.end_to_end_id for p in world.oracle.payments if not p.held]
    assert len(numbers) == len(set(numbers))


def test_the_main_character_gets_the_same_fixed_amount_whatever_her_wage(world):
    payments = [p for p in expected.load("payments") if p["client_no"] == "K0001001"]
    fixed = [p["amount_cents"] for p in payments if p["kind"] == "fixed"]
    extra = [p["amount_cents"] for p in payments if p["kind"] == "extra"]
    wages = [s["wage_cents"] for s in expected.load("settlements") if s["client_no"] == "K0001001"]
    assert wages == [21240, 87115, 45500, 0]
    assert fixed == [133143] * 5
    assert extra == [6106, 25045, 13081]


def test_every_month_up_to_april_is_settled_or_listed_as_open(world):
    settled = {(s["client_no"], s["month"]) for s in expected.load("settlements")}
    still_open = {(s["client_no"], s["month"]) for s in expected.load("open_months")}
    participating = sum(
        client.start <= month for client in world.clients.values() for month in INCOME_MONTHS
    )
    assert not settled & still_open
    assert len(settled) + len(still_open) == participating == 60 * 4 - 3 - 2 * 2


def test_a_correction_of_january_told_in_march_keeps_both_views(world):
    views = [
        (v["version"], v["settled_on"], v["wage_cents"], v["difference_cents"])
        for v in expected.load("versions")
        if (v["client_no"], v["month"]) == ("K0001016", "2026-01")
    ]
    assert views == [("1", "2026-02-20", 64000, 18400), ("2", "2026-03-20", 66800, 19205)]


def test_the_settings_name_the_accounts_of_the_statements():
    settings = tomllib.loads((SAMPLE / "surplus.toml").read_text(encoding="utf-8"))
    assert settings["bank"]["iban"] == BANK_IBAN
    assert settings["bank"]["funding_ibans"] == [FUNDING_IBAN]
    assert settings["municipality"]["code"] == "0999"


def test_the_calendar_and_the_inbox_name_the_same_files():
    for step in expected.calendar():
        listed = sorted(p.name for p in step.inbox.iterdir()) if step.inbox.exists() else []
        (row,) = [r for r in expected.read(SAMPLE / "calendar.csv") if r["date"] == str(step.on)]
        assert listed == str(row["files"]).split()
