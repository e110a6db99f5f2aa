"""What should have come and has not is told, until it comes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table, update

from surplus import config
from surplus.intake import expected
from surplus.store import bulk
from surplus.store.tables import obligation, statement
from tests.intake.conftest import BSNS, Place
from tests.intake.files import april, delivery, header, wage
from tests.intake.payslip_files import as_csv, net

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def town(empty_place: Place) -> Place:
    """Five clients since March 2026, known here since March."""
    empty_place.on = "2026-03-02"
    empty_place.enrol(BSNS)
    return empty_place


def expect(place: Place, **told: int) -> None:
    keys = {"doorlevering": 0, "payslip": 0, "clients": 0, "camt053": 0} | told
    intake = place.settings.intake.model_copy(update={"expected": config.ExpectedKeys(**keys)})
    place.settings = place.settings.model_copy(update={"intake": intake})


def late(place: Place, on: str, until: str = "") -> list[tuple[str, int]]:
    """The open findings after the look of a day."""
    place.on = on
    place.run += 1
    with place.work() as work:
        expected.look(work, until)
    return standing(place)


def standing(place: Place) -> list[tuple[str, int]]:
    return place.query(
        "SELECT subject, month FROM finding WHERE code = 'LATE_DELIVERY' AND state = 'open'"
        " ORDER BY month, subject"
    )


def test_income_is_late_the_day_after_the_one_agreed_and_not_before(town: Place) -> None:
    expect(town, doorlevering=25)
    assert late(town, "2026-04-25") == []
    assert late(town, "2026-04-26") == [("doorlevering", 202603)]
    assert late(town, "2026-05-25") == [("doorlevering", 202603)]
    assert late(town, "2026-05-26") == [("doorlevering", 202603), ("doorlevering", 202604)]


def test_a_finding_closes_when_the_delivery_comes_and_no_other_is_raised_then(town: Place) -> None:
    expect(town, doorlevering=25)
    late(town, "2026-04-26")
    town.on = "2026-06-01"
    assert town.take(delivery(wage(), april())).verdict == "accepted"
    with town.work() as work:
        expected.close(work, "")
    assert standing(town) == []
    assert late(town, "2026-06-02") == [("doorlevering", 202604)]


def test_a_refused_delivery_has_not_come(town: Place) -> None:
    expect(town, doorlevering=25)
    town.on = "2026-04-21"
    assert town.take(delivery(wage(), head=header(omgeving="PRODUCTIE"))).verdict == "refused"
    assert late(town, "2026-04-27") == [("doorlevering", 202603)]


def test_nothing_is_expected_before_somebody_takes_part_and_is_known(empty_place: Place) -> None:
    expect(empty_place, doorlevering=25, clients=5)
    assert late(empty_place, "2026-04-26") == []
    empty_place.enrol(BSNS, starts_on="2024-01-01")
    assert late(empty_place, "2026-05-26") == [
        ("clients", 202604), ("doorlevering", 202604), ("clients", 202605),
    ]  # fmt: skip


def test_where_nothing_is_expected_nothing_is_late(town: Place) -> None:
    expect(town)
    assert late(town, "2027-12-31") == []


def test_payslips_are_expected_where_the_municipality_says_so(town: Place) -> None:
    expect(town, payslip=10)
    assert late(town, "2026-04-11") == [("payslip", 202603)]
    town.on = "2026-04-21"
    town.take(delivery(wage()))
    assert town.take(as_csv(net(700))).counts["recorded"] == 1
    assert late(town, "2026-04-22") == []


def test_statements_are_late_where_a_payment_that_left_is_on_none(town: Place) -> None:
    expect(town, camt053=5)
    keep(town, obligation, obligation=1, client=1001, month=202603, kind="fixed", payee=1, round=1,
         amount_cents=100, due_on="2026-03-31", state="APPROVED")  # fmt: skip
    assert late(town, "2026-04-13", until="2026-04-02") == [], "it did not leave"
    with town.work() as work:
        work.conn.execute(update(obligation).values(state="SENT"))
    assert late(town, "2026-04-07", until="2026-03-30") == []
    assert late(town, "2026-04-08", until="2026-03-31") == [("camt053", 202603)]
    keep(town, statement, statement=1, iban=town.settings.bank.iban, to_on="2026-03-31")
    assert late(town, "2026-04-08", until="2026-03-31") == []


def test_of_an_account_on_which_nothing_moves_no_statement_is_late(town: Place) -> None:
    expect(town, camt053=5)
    keep(town, statement, statement=1, iban=town.settings.bank.iban, to_on="2026-01-05")
    assert late(town, "2026-06-15", until="2026-06-08") == []


def keep(place: Place, table: Table, **told: Any) -> None:
    """Write a row of which only what is told matters."""
    row = {column.name: 0 if column.type.python_type is int else "" for column in table.columns}
    with place.work() as work:
        bulk.append(work.conn, table, row | {"municipality": "0999"} | told)
