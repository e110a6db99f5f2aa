"""What one person asks, another approves; and what approval writes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text

from surplus import cases, decisions
from surplus.config import Settings, template
from surplus.decisions import Asked, Change
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.settlement import by_decision
from surplus.store import bulk
from surplus.store.engine import reading, writing
from surplus.store.tables import employment

EMPLOYER = "999990020L01"

ADJUSTED = {"valid_from": "2026-06-01", "number": "B-1"}


class Office:
    """A store with one client, and the people who work there."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.settings = Settings.model_validate(tomllib.loads(template()))
        with self.at("system") as work:
            cases.write(work, _case(), delivery=0)
            self._employ(work, 1, person=1, employer=EMPLOYER)

    def _employ(self, work: Work, number: int, person: int, employer: str) -> None:
        bulk.append(
            work.conn,
            employment,
            {
                "municipality": "0999", "employment": number, "client": 1001, "person": person,
                "employer": employer, "name": "Helder BV", "run": 1, "recorded_on": work.on,
            },
        )  # fmt: skip

    def employ_partner(self) -> None:
        with self.at("system") as work:
            self._employ(work, 2, person=2, employer=EMPLOYER)

    @contextmanager
    def at(self, operator: str, on: str = "2026-05-04") -> Iterator[Work]:
        with writing(self.engine) as conn:
            yield Work(conn, "0999", 7, on, operator, self.settings)

    def decide(self, kind: str, **told: Any) -> int:
        with self.at("income-1") as work:
            return by_decision.decide(work, Asked(1001, kind, **({"reason": "why"} | told)))

    def approve(self, number: int, operator: str = "treasury-1", on: str = "2026-05-06") -> None:
        with self.at(operator, on) as work:
            by_decision.approve(work, number)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with reading(self.engine) as conn:
            return [tuple(row) for row in conn.execute(text(statement))]

    def waiting(self) -> list[dict[str, Any]]:
        with reading(self.engine) as conn:
            return decisions.as_json(conn, "0999")


def _case() -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(
        (*cases.CLIENT, *cases.AGREEMENT, *cases.PERSONS, *cases.EXEMPTIONS), ""
    )
    row |= {"client": 1001, "version": 1, "valid_from": "2026-03-01", "line": 2, "iban": "OLD",
            "bsn": "999990019", "cost_sharers": 1, "buffer_cap": -1,
            "override_cents": -1}  # fmt: skip
    return {
        name: np.array([value], dtype=object if isinstance(value, str) else np.int64)
        for name, value in row.items()
    }


def iban(new: str) -> Change:
    payload = {"valid_from": "2026-05-01", "values": {"iban": new}}
    return Change("client:iban", 1001, "iban", "OLD", new, payload)


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


FIXED: dict[str, Any] = {
    "amount_cents": 120_000, "valid_from": "2026-06-01", "valid_until": "2026-12-31",
    "number": "B-2026-17",
}  # fmt: skip
CLAIM: dict[str, Any] = {"amount_cents": 100, "number": "B-1"}
INSTALMENTS: dict[str, Any] = CLAIM | {"valid_from": "2026-06-01"}
NORM: dict[str, Any] = {"amount_cents": 135_000, "valid_from": "2026-06-01"}


def test_a_decision_waits_and_changes_nothing_until_a_second_person_approves(
    office: Office,
) -> None:
    number = office.decide("norm", **NORM)
    assert office.query("SELECT COUNT(*) FROM decision") == [(0,)]
    (one,) = office.waiting()
    assert {key: one[key] for key in ("id", "kind", "client_no", "field", "new", "asked_by")} == {
        "id": number, "kind": "decision:norm", "client_no": "K0001001", "field": "norm",
        "new": "amount 1.350,00, from 2026-06-01", "asked_by": "income-1",
    }  # fmt: skip
    office.approve(number)
    assert office.query(
        "SELECT client, kind, amount_cents, valid_from, valid_until, month, reason, asked_by,"
        " approved_by, recorded_on FROM decision"
    ) == [
        (1001, "norm", 135_000, "2026-06-01", None, None, "why", "income-1", "treasury-1",
         "2026-05-06")
    ]  # fmt: skip
    assert office.waiting() == []


def test_who_asked_cannot_approve(office: Office) -> None:
    number = office.decide("norm", **NORM)
    with pytest.raises(Refusal, match="another person") as refused:
        office.approve(number, operator="income-1")
    assert refused.value.exit_code == 2
    assert office.query("SELECT COUNT(*) FROM decision") == [(0,)]
    assert len(office.waiting()) == 1


def test_a_change_is_decided_once(office: Office) -> None:
    number = office.decide("norm", **NORM)
    office.approve(number)
    with pytest.raises(Refusal, match="is approved already"):
        office.approve(number)
    with pytest.raises(Refusal, match="is approved already"), office.at("treasury-1") as work:
        decisions.reject(work, number, "too late")
    with pytest.raises(Refusal, match="does not exist"):
        office.approve(99)
    assert office.query("SELECT COUNT(*) FROM decision") == [(1,)]


def test_a_rejected_change_leaves_everything_as_it_was(office: Office) -> None:
    number = office.decide("norm", **NORM)
    with office.at("treasury-1", on="2026-05-06") as work:
        decisions.reject(work, number, "no such agreement")
    assert office.query("SELECT COUNT(*) FROM decision") == [(0,)]
    with reading(office.engine) as conn:
        (one,) = decisions.as_json(conn, "0999", everything=True)
    assert (one["state"], one["decided_by"], one["decided_on"], one["reason"]) == (
        "rejected", "treasury-1", "2026-05-06", "no such agreement",
    )  # fmt: skip


def test_every_step_stands_in_the_audit_trail_without_an_account_number(office: Office) -> None:
    with office.at("income-1") as work:
        first, second = decisions.propose(work, [iban("NEW"), _contact("Team 2")])
    office.approve(first)
    with office.at("treasury-1") as work:
        decisions.reject(work, second, "not agreed")
    assert office.query("SELECT who, action, subject, reason FROM audit ORDER BY audit") == [
        ("income-1", "changes propose", "1 to 2", ""),
        ("treasury-1", "changes approve", "1 client:iban", ""),
        ("treasury-1", "changes reject", "2 client:contact", "not agreed"),
    ]


def _contact(new: str) -> Change:
    payload = {"valid_from": "2026-05-01", "values": {"contact": new}}
    return Change("client:contact", 1001, "contact", "", new, payload)


def test_two_changes_of_one_client_are_approved_in_any_order(office: Office) -> None:
    with office.at("system") as work:
        first, second = decisions.propose(work, [iban("NEW"), _contact("Team 2")])
    office.approve(second)
    office.approve(first)
    assert office.query("SELECT version, iban, contact, recorded_on FROM client ORDER BY 1") == [
        (1, "OLD", "", "2026-05-04"), (2, "OLD", "Team 2", "2026-05-06"),
        (3, "NEW", "Team 2", "2026-05-06"),
    ]  # fmt: skip


def test_a_changed_account_stays_a_finding_until_it_is_decided(office: Office) -> None:
    with office.at("system") as work:
        decisions.propose(work, [iban("NEW")])
    raised = "SELECT client, subject FROM finding WHERE code = 'IBAN_CHANGE' AND state = 'open'"
    assert office.query(raised) == [(1001, "change 1")]
    office.approve(1)
    assert office.query(raised) == []


def test_asking_the_same_decision_twice_makes_one_change(office: Office) -> None:
    assert office.decide("norm", **NORM) == office.decide("norm", **NORM)
    other = office.decide("norm", **(NORM | {"amount_cents": 130_000}))
    assert [one["id"] for one in office.waiting()] == [1, other]


@pytest.mark.parametrize(
    ("kind", "told", "said"),
    [
        ("pension", {}, "no decision of kind pension"),
        ("norm", {"amount_cents": 1}, "needs --from"),
        ("norm", NORM | {"reason": ""}, "needs --reason"),
        ("fixed-payment", FIXED | {"number": ""}, "needs --number"),
        ("fixed-payment", FIXED | {"amount_cents": 0}, "more than 0,00"),
        ("norm", NORM | {"reason": "  "}, "needs --reason"),
        ("institution", {"value": "nobody", "valid_from": "2026-06-01"}, "nothing that inst"),
        ("paid_to", {"payee": "landlord", "employer": EMPLOYER}, "nothing that paid_to"),
        ("norm-reduction", ADJUSTED, "needs either"),
        ("norm-reduction", ADJUSTED | {"value": "10%", "amount_cents": 100}, "needs either"),
        ("norm-increase", ADJUSTED | {"value": "ten"}, "needs either"),
        ("spouse-without-right", {"value": "yes", "valid_from": "2026-06-01"}, "means nothing"),
        ("fixed-payment", FIXED | {"valid_from": "2026-06-15"}, "whole months"),
        ("fixed-payment", FIXED | {"valid_until": "2026-12-30"}, "whole months"),
        ("fixed-payment", FIXED | {"valid_until": "2026-05-31"}, "lies before"),
        ("norm", NORM | {"valid_from": "1-6-2026"}, "no date"),
        ("norm", NORM | {"valid_from": "20260601"}, "no date"),
        ("instalments", INSTALMENTS | {"valid_from": "2026-06-15"}, "whole months"),
        ("exit", {"value": "moved", "valid_until": "2026-06-30"}, "nothing that exit knows"),
        ("exit", {"value": "death"}, "needs --until"),
        ("transfer", {"payee": "Utrecht", "valid_until": "2026-06-30"}, "no municipality"),
        ("write-off", CLAIM | {"value": "benefit"}, "nothing that write-off knows"),
        ("write-off", CLAIM | {"value": "wage", "month": 202604}, "needs --month and --employer"),
        ("claim", {"amount_cents": 100}, "needs --number"),
        ("give-up-payment", {}, "needs --month"),
        ("wage-paid-to-client", {"month": 202604, "amount_cents": 1}, "needs --employer"),
        (
            "wage-paid-to-client",
            {"month": 202604, "amount_cents": 1, "employer": "111111110L01"},
            "is not known to employ",
        ),
    ],
)
def test_a_decision_that_cannot_be_is_refused_when_asked(
    office: Office, kind: str, told: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refusal, match=said) as refused:
        office.decide(kind, **told)
    assert refused.value.exit_code == 2
    assert office.waiting() == []


def test_a_decision_about_an_unknown_client_is_refused(office: Office) -> None:
    with pytest.raises(Refusal, match="no client K0000009"), office.at("income-1") as work:
        by_decision.decide(work, Asked(9, "give-up-payment", month=202604, reason="why"))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("fixed-payment", FIXED),
        ("hold-payment", {"valid_from": "2026-05-12"}),
        ("give-up-payment", {"month": 202605}),
        ("protected-amount", {"amount_cents": 126_486, "valid_from": "2026-06-01"}),
    ],
)
def test_the_other_kinds_write_a_decision_and_post_nothing(
    office: Office, kind: str, told: dict[str, Any]
) -> None:
    office.approve(office.decide(kind, **told))
    assert office.query("SELECT kind, month, number FROM decision") == [
        (kind, told.get("month"), told.get("number", ""))
    ]
    assert office.query("SELECT COUNT(*) FROM entry") == [(0,)]


def test_an_employer_of_both_partners_cannot_be_told_apart(office: Office) -> None:
    office.employ_partner()
    with pytest.raises(Refusal, match="employs two persons"):
        office.decide("wage-paid-to-client", month=202604, amount_cents=1, employer=EMPLOYER)
