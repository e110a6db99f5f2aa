"""What employers have paid, read back from the ledger."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from surplus.config import Settings, template
from surplus.ledger.journal import Draft, Line, book
from surplus.ledger.receipts import placed, received
from surplus.runs import Work
from surplus.store.engine import writing

HERE = "0999"


def wage(item: int, client: int, month: int, cents: int) -> Draft:
    """A receipt on one month of the client's only employment, which has the client's number."""
    lines = [Line(1000, cents), Line(1300, -cents, client, client, month)]
    return Draft("receipt", lines, client, month, f"item:{item}")


@pytest.fixture
def work(engine: Engine) -> Iterator[Work]:
    settings = Settings.model_validate(tomllib.loads(template()))
    with writing(engine) as conn:
        yield Work(conn, HERE, 1, "2026-03-25", "system", settings)


def rows(columns: dict[str, object], *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(columns[name].tolist() for name in names), strict=True))  # type: ignore[attr-defined]


def test_received_counts_receipts_moves_reversals_and_what_the_client_got_directly(
    work: Work,
) -> None:
    moved = [Line(1300, 600, 1001, 1001, 202603), Line(1300, -600, 1001, 1001, 202602)]
    undone = [Line(1300, 50, 1001, 1001, 202603), Line(1000, -50)]
    paid_directly = [Line(2000, 70, 1001, month=202604), Line(1300, -70, 1001, 1001, 202604)]
    settled = [Line(1300, 600, 1001, 1001, 202602), Line(2000, -600, 1001)]
    book(
        work,
        [
            wage(1, 1001, 202603, 600),
            wage(2, 1001, 202603, 50),
            Draft("receipt-assigned", moved, 1001, 202602, "item:1"),
            Draft("receipt-reversed", undone, 1001, 202603, "item:2"),
            Draft("wage-paid-to-client", paid_directly, 1001, 202604, "decision:1"),
            Draft("settlement", settled, 1001, 202602),
            wage(3, 1002, 202601, 5),
        ],
    )
    everyone = received(work.conn, HERE)
    assert rows(everyone, "client", "employment", "month", "cents") == [
        (1001, 1001, 202602, 600), (1001, 1001, 202604, 70), (1002, 1002, 202601, 5),
    ]  # fmt: skip
    one = received(work.conn, HERE, [1002])
    assert rows(one, "client", "month", "cents") == [(1002, 202601, 5)]
    assert rows(received(work.conn, HERE, known_on="2026-03-24"), "cents") == []
    assert rows(received(work.conn, HERE, []), "cents") == []


def test_where_the_money_of_each_bank_item_stands(work: Work) -> None:
    suspended = Draft("receipt", [Line(1000, 90), Line(1900, -90, item=4)], reference="item:4")
    moved = [Line(1300, 200, 1001, 1001, 202603), Line(1300, -200, 1001, 1001, 202602)]
    paid_directly = [Line(2000, 70, 1001, month=202604), Line(1300, -70, 1001, 1001, 202604)]
    book(
        work,
        [
            wage(10, 1001, 202603, 600),
            suspended,
            Draft("receipt-assigned", moved, 1001, 202602, "item:10"),
            Draft("wage-paid-to-client", paid_directly, 1001, 202604, "decision:1"),
        ],
    )
    assert rows(placed(work.conn, HERE), "item", "account", "client", "month", "cents") == [
        (4, 1900, 0, 0, 90), (10, 1300, 1001, 202602, 200), (10, 1300, 1001, 202603, 400),
    ]  # fmt: skip
    assert rows(placed(work.conn, HERE, [1001]), "item") == [(10,), (10,)]


def test_of_very_many_clients_the_same_is_read(work: Work) -> None:
    book(work, [wage(client, client, 202603, client) for client in range(1, 40)])
    many = list(range(20, 2000))
    found = received(work.conn, HERE, many)
    assert rows(found, "client", "cents") == [(client, client) for client in range(20, 40)]
