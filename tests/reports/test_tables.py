from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from surplus.problems import PROBLEMS, Refusal
from surplus.reports import tables
from surplus.store import bulk
from surplus.store.engine import reading, writing
from surplus.store.tables import finding, settlement
from tests.reports.conftest import F

COLUMNS = {
    "settlements": "municipality client_no month version cause norm_cents wage_cents "
    "countable_cents exemption_cents benefit_cents holiday_allowance_cents passed_on_cents "
    "entitlement_cents fixed_payment_cents difference_cents known_on run",
    "balances": "municipality client_no buffer_cents position_cents available_cents "
    "receivable_cents in_transit_cents holiday_reserve_cents claim_cents",
    "payments": "municipality batch client_no month kind payee round amount_cents iban due_on "
    "status end_to_end_id",
    "journal": "entry posting booked_on kind run municipality client_no month account "
    "amount_cents reference",
    "findings": "municipality id code client_no month amount_cents subject raised_on state "
    "resolved_by reason",
    "rejected": "municipality delivery file line field code severity remedy state",
}


def rows(columns: Any) -> list[dict[str, Any]]:
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in values]


def test_every_table_has_the_columns_that_others_rely_on(conn, settings):
    for name, columns in COLUMNS.items():
        assert list(tables.TABLES[name](conn, settings)) == columns.split()


def test_an_empty_store_gives_tables_without_rows(engine, settings):
    with reading(engine) as conn:
        for table in tables.TABLES.values():
            assert tables.count(table(conn, settings)) == 0


def test_every_version_of_a_month_is_a_row_and_the_difference_is_d_less_f(conn, settings):
    told = [
        (r["client_no"], r["month"], r["version"], r["entitlement_cents"],
         r["fixed_payment_cents"], r["difference_cents"], r["known_on"])
        for r in rows(tables.settlements(conn, settings))
    ]  # fmt: skip
    assert told == [
        ("K0001001", "2026-01", 1, 152393, F, 19250, "2026-02-20"),
        ("K0001001", "2026-01", 2, 153198, F, 20055, "2026-03-20"),
        ("K0001002", "2026-01", 1, 133143, F, 0, "2026-02-20"),
    ]


def test_a_past_day_knows_nothing_of_a_later_correction(conn, settings):
    versions = tables.settlements(conn, settings, known_on="2026-03-19")["version"]
    assert versions.tolist() == [1, 1]
    assert tables.count(tables.settlements(conn, settings, known_on="2026-02-19")) == 0


def test_a_month_that_became_open_again_has_no_row(books, settings):
    with writing(books) as conn:
        last = bulk.read(conn, select(settlement).where(settlement.c.client == 1002))
        bulk.append(conn, settlement, last | {"version": [2], "state": "open"})
    with reading(books) as conn:
        clients = tables.settlements(conn, settings)["client_no"]
    assert set(clients) == {"K0001001"}


def test_balances_have_natural_signs(conn, settings):
    first, second = (
        {k: v for k, v in r.items() if k != "municipality"}
        for r in rows(tables.balances(conn, settings, known_on="2026-03-31"))
    )
    assert first == {
        "client_no": "K0001001",
        "buffer_cents": 153198 - 2 * F - 19250,
        "position_cents": 20055 - 19250,
        "available_cents": 0,
        "receivable_cents": 2800,
        "in_transit_cents": F + 19250,
        "holiday_reserve_cents": 4652,
        "claim_cents": 0,
    }
    assert second["buffer_cents"] == -F
    assert second["position_cents"] == 0


def test_balances_of_a_past_day_are_those_of_the_postings_until_then(conn, settings):
    (then, _other) = rows(tables.balances(conn, settings, known_on="2026-02-20"))
    assert then["buffer_cents"] == 19250
    assert then["position_cents"] == 19250
    assert then["receivable_cents"] == 62000
    assert then["available_cents"] == 0
    assert then["in_transit_cents"] == 0


@pytest.mark.parametrize(
    ("as_of", "known_on", "told"),
    [
        # what stood on a day as it was known that day: January was not told yet
        ("2026-02-19", "2026-02-19", (-F, 0, 0, 0)),
        # known a day later, it stood there all along: January had ended
        ("2026-01-31", "2026-02-20", (152393 - F, 19250, 0, 62000)),
        # the wage reached the bank on 2 March, however late that is asked
        ("2026-03-01", "2026-03-05", (152393 - 2 * F - 19250, 0, 0, 62000)),
        ("2026-03-02", "2026-03-05", (152393 - 2 * F - 19250, 0, 0, 0)),
        # nor was it known before: asked on the first, nothing had come
        ("2026-03-02", "2026-03-01", (152393 - 2 * F - 19250, 0, 0, 62000)),
        # the correction of 20 March is about January
        ("2026-03-01", "2026-03-20", (153198 - 2 * F - 19250, 805, 0, 64800)),
        # the payments of 28 February are not due on the 27th; on the 26th they are not even booked
        ("2026-02-27", "2026-03-05", (152393 - F, 19250, 0, 62000)),
    ],
)
def test_a_balance_of_any_day_as_known_on_any_day(conn, settings, as_of, known_on, told):
    (first, _second) = rows(tables.balances(conn, settings, as_of=as_of, known_on=known_on))
    names = ("buffer_cents", "position_cents", "available_cents", "receivable_cents")
    assert tuple(first[name] for name in names) == told


def test_balances_now_and_as_known_today_agree(conn, settings):
    now = tables.balances(conn, settings)
    today = tables.balances(conn, settings, known_on="2026-03-31")
    for name in set(now) - {"municipality", "client_no"}:
        by_client = dict(zip(now["client_no"], now[name], strict=True))
        assert all(
            by_client.get(client, 0) == cents
            for client, cents in zip(today["client_no"], today[name], strict=True)
        )


def test_balances_of_a_month_are_refused(conn, settings):
    with pytest.raises(Refusal):
        tables.balances(conn, settings, month=202601)


def test_payments_have_the_status_of_the_day_asked_for(conn, settings):
    def statuses(day: str | None) -> list[str]:
        return list(tables.payments(conn, settings, known_on=day)["status"])

    assert statuses("2026-01-27") == ["DRAFT"] * 2
    assert statuses("2026-01-29") == ["SENT"] * 2
    assert statuses("2026-02-24") == ["BOOKED"] * 2 + ["DRAFT"] * 3 + ["HELD"]
    assert statuses(None) == ["BOOKED"] * 2 + ["APPROVED"] * 3 + ["HELD"]


def test_a_month_of_payments_is_the_pay_month(conn, settings):
    told = tables.payments(conn, settings, month=202602)
    assert set(told["month"]) == {"2026-02"}
    assert told["amount_cents"].tolist() == [F, 19250, F, F]


def test_the_journal_adds_up_to_zero_in_every_entry(conn, settings):
    told = tables.journal(conn, settings)
    sums: dict[int, int] = {}
    for entry, cents in zip(told["entry"].tolist(), told["amount_cents"].tolist(), strict=True):
        sums[entry] = sums.get(entry, 0) + cents
    assert set(sums.values()) == {0}
    assert told["entry"].tolist() == sorted(told["entry"].tolist())


def test_a_line_without_client_is_told_with_that_of_its_entry(conn, settings):
    told = rows(tables.journal(conn, settings))
    bank = next(r for r in told if r["account"] == 1000 and r["reference"] == "item:31")
    assert (bank["client_no"], bank["month"], bank["amount_cents"]) == (
        "K0001001",
        "2026-01",
        62000,
    )


def test_the_tables_of_a_client_tie_to_each_other(conn, settings):
    journal, balances = tables.journal(conn, settings), tables.balances(conn, settings)
    for account, name, sign in ((2000, "buffer_cents", -1), (1300, "receivable_cents", 1)):
        of_account = journal["account"] == account
        assert sign * journal["amount_cents"][of_account].sum() == balances[name].sum()


def test_a_finding_without_amount_has_none(conn, settings):
    told = {r["code"]: r["amount_cents"] for r in rows(tables.findings(conn, settings))}
    assert told == {"UNMATCHED": 7500, "GAP": None}


def test_a_finding_closed_later_is_open_on_a_past_day(books, settings):
    closed = {"state": "closed", "closed_on": "2026-03-20", "resolved_by": "system"}
    with writing(books) as conn:
        conn.execute(update(finding).values(**closed))
    with reading(books) as conn:
        then = tables.findings(conn, settings, known_on="2026-03-19")
        now = tables.findings(conn, settings)
    assert (set(then["state"]), set(then["resolved_by"])) == ({"open"}, {""})
    assert (set(now["state"]), set(now["resolved_by"])) == ({"closed"}, {"system"})


def test_quarantine_tells_what_to_do_and_leaves_out_rows_that_were_recorded(conn, settings):
    told = rows(tables.rejected(conn, settings))
    assert [(r["line"], r["code"], r["state"]) for r in told] == [
        (2, "R02", "rejected"),
        (3, "R15", "held"),
    ]
    assert told[0]["remedy"] == PROBLEMS["R02"].remedy["nl"]
