"""A case is told whole in every version, and the right version holds in every month."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine

from surplus import cases
from surplus.config import Settings, template
from surplus.intake.clients.view import clients_as_of, exemptions_as_of, persons_as_of
from surplus.runs import Work
from surplus.store.engine import reading, writing

MARCH, APRIL, MAY, JUNE = 202603, 202604, 202605, 202606
N = "VRIJLATING_25 2026-03-01 0/6"
BOTH = "ALLEENSTAANDE_OUDER 2026-09-01 0/30+" + N


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)


class Store:
    """A store with cases, of which the tests tell only what they are about."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.settings = Settings.model_validate(tomllib.loads(template()))

    @contextmanager
    def work(self, on: str) -> Iterator[Work]:
        with writing(self.engine) as conn:
            yield Work(conn, "0999", 1, on, "income-1", self.settings)

    def add(self, number: int, valid_from: str = "2026-03-01", **told: Any) -> None:
        row: dict[str, Any] = dict.fromkeys(
            (*cases.CLIENT, *cases.AGREEMENT, *cases.PERSONS, *cases.EXEMPTIONS), ""
        )
        row |= {"cost_sharers": 1, "buffer_cap": cases.UNTOLD, "override_cents": cases.UNTOLD}
        row |= {"client": number, "version": 1, "valid_from": valid_from, "line": 2}
        row |= {"bsn": f"99999{number}", "birth_date": "1988-04-17"} | told
        columns = {
            name: np.array([value], dtype=object if isinstance(value, str) else np.int64)
            for name, value in row.items()
        }
        with self.work("2026-03-02") as work:
            cases.write(work, columns, delivery=1)

    def amend(self, number: int, on: str, valid_from: str, **told: Any) -> None:
        with self.work(on) as work:
            cases.amend(work, number, told, valid_from, delivery=2, line=3)

    def ibans(self, month: int, known_on: str | None = None) -> list[str]:
        with reading(self.engine) as conn:
            return list(clients_as_of(conn, "0999", month, known_on)["iban"])

    def contacts(self, month: int) -> list[str]:
        with reading(self.engine) as conn:
            return list(clients_as_of(conn, "0999", month)["contact"])


def test_what_was_written_is_read_back(store: Store) -> None:
    store.add(1002, partner_bsn="999991002", exemptions=BOTH, ends_on="2026-12-31")
    store.add(1001, partner_exemptions="MEDISCH_URENBEPERKT 2026-01-01 0/-", buffer_cap=50_000)
    with reading(store.engine) as conn:
        told = cases.read(conn, "0999")
    assert told["client"].tolist() == [1001, 1002]
    assert told["exemptions"].tolist() == ["", BOTH]
    assert told["partner_exemptions"].tolist() == ["MEDISCH_URENBEPERKT 2026-01-01 0/-", ""]
    assert told["partner_bsn"].tolist() == ["", "999991002"]
    assert told["ends_on"].tolist() == ["", "2026-12-31"]
    assert told["buffer_cap"].tolist() == [50_000, cases.UNTOLD]


def test_an_empty_store_has_text_columns_too(store: Store) -> None:
    with reading(store.engine) as conn:
        view = clients_as_of(conn, "0999", MARCH)
        rights = exemptions_as_of(conn, "0999", MARCH)
        told = cases.read(conn, "0999")
    assert view["iban"].dtype == view["ends_on"].dtype == rights["kind"].dtype == object
    assert told["exemptions"].dtype == object
    assert len(view["client"]) == len(rights["client"]) == len(told["client"]) == 0


def test_a_change_holds_from_its_month_on_and_not_before(store: Store) -> None:
    store.add(1001, iban="OLD")
    store.amend(1001, "2026-05-20", "2026-05-01", iban="NEW")
    assert [store.ibans(month) for month in (MARCH, APRIL, MAY, JUNE)] == [
        ["OLD"], ["OLD"], ["NEW"], ["NEW"],
    ]  # fmt: skip


def test_a_change_is_not_known_before_it_was_recorded(store: Store) -> None:
    store.add(1001, iban="OLD")
    store.amend(1001, "2026-05-20", "2026-05-01", iban="NEW")
    assert store.ibans(MAY, known_on="2026-05-19") == ["OLD"]
    assert store.ibans(MAY, known_on="2026-05-20") == ["NEW"]
    assert store.ibans(MAY, known_on="2026-02-28") == []


def test_a_change_approved_late_keeps_what_was_approved_for_later_months(store: Store) -> None:
    store.add(1001, iban="OLD", contact="Team 1")
    store.amend(1001, "2026-05-20", "2026-05-01", iban="NEW")
    store.amend(1001, "2026-05-21", "2026-04-01", contact="Team 2")
    assert [store.ibans(month) for month in (MARCH, APRIL, MAY)] == [["OLD"], ["OLD"], ["NEW"]]
    assert [store.contacts(month) for month in (MARCH, APRIL, MAY)] == [
        ["Team 1"], ["Team 2"], ["Team 2"],
    ]  # fmt: skip


def test_a_late_change_of_the_same_field_does_not_bring_back_an_overtaken_version(
    store: Store,
) -> None:
    store.add(1001, iban="A")
    store.amend(1001, "2026-06-01", "2026-06-01", iban="B")
    store.amend(1001, "2026-06-02", "2026-04-01", iban="C")
    store.amend(1001, "2026-06-03", "2026-05-01", contact="Team 2")
    assert [store.ibans(month)[0] for month in (MARCH, APRIL, MAY, JUNE)] == ["A", "C", "C", "C"]
    assert [store.contacts(month)[0] for month in (APRIL, MAY, JUNE)] == ["", "Team 2", "Team 2"]


def test_a_change_before_participation_begins_holds_from_its_first_day(store: Store) -> None:
    store.add(1001, valid_from="2026-06-01", iban="OLD")
    store.amend(1001, "2026-05-20", "2026-05-01", iban="NEW")
    assert store.ibans(JUNE) == ["NEW"]
    with reading(store.engine) as conn:
        assert cases.history(conn, "0999", 1001)["valid_from"].tolist() == ["2026-06-01"] * 2


def test_rights_and_persons_follow_the_version_of_their_month(store: Store) -> None:
    store.add(1001, exemptions=N, partner_bsn="999990123", partner_birth_date="")
    store.amend(1001, "2026-05-20", "2026-05-01", exemptions=BOTH)
    with reading(store.engine) as conn:
        before, after = (exemptions_as_of(conn, "0999", month) for month in (APRIL, MAY))
        members = persons_as_of(conn, "0999", MAY)
    assert before["kind"].tolist() == ["VRIJLATING_25"]
    assert after["kind"].tolist() == ["ALLEENSTAANDE_OUDER", "VRIJLATING_25"]
    assert after["months_entitled"].tolist() == [30, 6]
    assert after["right_from"].tolist() == ["2026-09-01", "2026-03-01"]
    assert members["person"].tolist() == [1, 2]
    assert members["birth_date"].tolist() == ["1988-04-17", ""]


def test_a_right_without_an_end_is_told_as_minus_one(store: Store) -> None:
    store.add(1001, exemptions="MEDISCH_URENBEPERKT 2026-01-01 0/-")
    with reading(store.engine) as conn:
        assert exemptions_as_of(conn, "0999", MARCH)["months_entitled"].tolist() == [-1]


def test_another_municipality_in_the_same_store_is_not_seen(store: Store) -> None:
    store.add(1001)
    with reading(store.engine) as conn:
        assert len(clients_as_of(conn, "0123", MARCH)["client"]) == 0
