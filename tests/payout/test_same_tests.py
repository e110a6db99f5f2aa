"""Tests that can be put to any system that pays: sent at most once, and never the wrong amount."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from surplus.bank import payments
from surplus.bank.payments import Told
from surplus.config import Settings
from surplus.payout import unanswered
from surplus.problems import Refusal
from surplus.store.engine import open_store
from surplus.store.tables import obligation
from tests.payout.test_kinds import balance, stand, whole
from tests.payout.test_rounds import new_account
from tests.payout.town import F, Town, iban

JANUARY, ON = "2026-01", "2026-01-27"


@pytest.fixture
def sent(town: Town, tmp_path: Path) -> Town:
    town.enrol(1001, 1002)
    town.pay(JANUARY, ON)
    town.export(1, ON, tmp_path)
    return town


def test_9_paying_twice_on_purpose_sends_once(sent: Town, tmp_path: Path):
    """Rerun, by others too; the file copied and written again; a second batch; another month."""
    first = (tmp_path / "TEST-SUR20260127001.xml").read_bytes()
    for operator in ("income-1", "treasury-1", "system"):
        assert sent.prepare(JANUARY, ON, operator).batch == 0
    sent.export(1, ON, tmp_path / "copy")
    assert (tmp_path / "copy" / "TEST-SUR20260127001.xml").read_bytes() == first
    sent.enrol(1003, on="2026-01-28")
    assert sent.pay(JANUARY, "2026-01-28").payments == 1
    sent.pay("2026-02", "2026-02-24")
    assert sent.prepare(JANUARY, "2026-02-24").batch == 0
    assert sent.query("SELECT client, month, COUNT(*) FROM obligation "
                      "GROUP BY client, month HAVING COUNT(*) > 1") == []  # fmt: skip


def test_9_a_database_restored_from_before_the_batch_writes_the_same_file(
    settings: Settings, tmp_path: Path
):
    """The bank knows its message id and refuses it: one payment, whoever sends it again."""
    from surplus.store.migrate import upgrade

    files = []
    for place in ("before", "restored"):
        engine: Engine = open_store(f"sqlite:///{tmp_path}/{place}.db")
        upgrade(engine)
        town = Town(engine, settings)
        town.norm(JANUARY, "2026-06")
        town.enrol(1001, 1002)
        town.pay(JANUARY, ON)
        files.append(Path(town.export(1, ON, tmp_path / place).file).read_bytes())
        engine.dispose()
    assert files[0] == files[1]
    assert b"<MsgId>SUR20260127001</MsgId>" in files[0]


def test_10_an_answer_that_is_lost_sends_nothing_again_and_the_statement_settles_it(sent: Town):
    with sent.work("2026-02-10", "system", "bank") as work:
        unanswered.look(work)
    assert {row[4] for row in sent.obligations()} == {"UNKNOWN"}
    assert sent.prepare(JANUARY, "2026-02-10").batch == 0
    with pytest.raises(Refusal, match="SENT"):
        sent.cancel(1, "2026-02-10")
    with sent.work("2026-02-11", "system", "bank") as work:
        sent.debit(work, 1)
    assert [row[4] for row in sent.obligations()] == ["BOOKED", "UNKNOWN"]
    assert sent.prepare(JANUARY, "2026-02-12").batch == 0
    whole(sent)


def test_11_a_returned_payment_is_back_on_the_account_and_a_follow_up_pays_it_once(sent: Town):
    with sent.work("2026-01-30", "system", "bank") as work:
        sent.debit(work, 1)
    assert balance(sent, 2000) == F
    with sent.work("2026-02-03", "system", "bank") as work:
        sent.statement(work, F)
        payments.returned(work, [Told(1, "AC04", "item:9")])
    assert (balance(sent, 2000), stand(sent)["available"]) == (0, 0)
    new_account(sent, 1001, "2026-02-04", iban(1009))
    assert sent.pay(JANUARY, "2026-02-05").total_cents == F
    assert balance(sent, 2000) == F
    for _again in range(2):
        assert sent.prepare(JANUARY, "2026-02-05").batch == 0
    whole(sent)


@pytest.mark.parametrize(
    ("what", "cents"),
    [("times 100", 100 * F), ("comma for point", 10 * F), ("a cent more", F + 1)],
)
def test_12_another_amount_is_stopped_by_control_total_and_by_the_second_count(
    town: Town, what: str, cents: int
):
    town.enrol(1001)
    town.prepare(JANUARY, ON)
    town.tamper(obligation, 1, amount_cents=cents)
    problems = {(p.subject, p.code) for p in town.page(1).outside}
    assert {("batch", "P03"), ("SUR20260127001-000001", "P03")} <= problems
    assert (("SUR20260127001-000001", "P04") in problems) == (cents > 300000)
    with pytest.raises(Refusal, match="is stopped"):
        town.approve(1, ON)
