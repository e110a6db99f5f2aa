"""A municipality with a bank account, clients with work, and payments on their way."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text

from surplus import cases
from surplus.bank.booking import match
from surplus.bank.statements import read_statements
from surplus.config import Settings, template
from surplus.intake.deliveries import take_in
from surplus.intake.outcome import Outcome
from surplus.ledger import invariants, witnesses
from surplus.ledger.journal import Draft, Line, book
from surplus.months import Month
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.engine import reading, writing
from surplus.store.tables import (
    employment,
    income,
    obligation,
    payment_batch,
    settlement_wage,
)
from tests.bank.paper import FUNDING, HELDER, KENMERK, OURS, Entry, Statement, document

DATA = Path(__file__).parent.parent / "data" / "camt053"


@dataclass
class Bank:
    """A workspace as far as money on the bank account goes."""

    engine: Engine
    settings: Settings
    on: str = "2026-11-24"
    told: int = 0
    statements: list[Statement] = field(default_factory=list)

    @contextmanager
    def work(self) -> Iterator[Work]:
        with writing(self.engine) as conn:
            yield Work(conn, self.settings.code, 1, self.on, "system", self.settings)

    # --- what is known ---------------------------------------------------------------------------

    def enrol(self, *clients: int, **told: Any) -> None:
        """Clients who take part since March 2026, each with the reference of KENMERK."""
        count = len(clients)
        columns: dict[str, Any] = {
            name: np.full(count, "", dtype=object)
            for name in (*cases.CLIENT, *cases.AGREEMENT, *cases.PERSONS, *cases.EXEMPTIONS)
        }
        columns |= {
            "client": np.array(clients),
            "version": np.full(count, told.pop("version", 1)),
            "line": np.ones(count, np.int64),
            "cost_sharers": np.ones(count, np.int64),
            "buffer_cap": np.full(count, cases.UNTOLD),
            "override_cents": np.full(count, cases.UNTOLD),
            "reference": np.array([KENMERK[client] for client in clients], dtype=object),
            "iban": np.array([f"NL00INGB000000{client}" for client in clients], dtype=object),
        }
        usual = {"status": "ACTIEF", "starts_on": "2026-03-01", "consent_on": "2026-02-10"}
        for name, value in (usual | {"valid_from": "2026-03-01"} | told).items():
            columns[name] = np.full(count, value, dtype=object)
        with self.work() as work:
            cases.write(work, columns, 0)

    def employ(
        self, number: int, client: int, name: str = HELDER[0], employer: str = "999990020L01"
    ) -> None:
        """A job: the number of the employment, who works, what the employer is called."""
        with self.work() as work:
            bulk.append(
                work.conn,
                employment,
                {
                    "municipality": work.municipality, "employment": number, "client": client,
                    "person": 1, "employer": employer, "name": name, "run": 1,
                    "recorded_on": self.on,
                },
            )  # fmt: skip

    def payslip(
        self, number: int, client: int, month: int, cents: int, iban: str = HELDER[1],
        paid_on: str = "",
    ) -> None:  # fmt: skip
        """A payslip announces the wage of an employment-month, and from which account it comes."""
        self.tell(
            number, client, month, 0, source="payslip", relation="", net_paid=cents,
            net_payable=cents, sender_iban=iban, paid_on=paid_on,
        )  # fmt: skip

    def tell(
        self, number: int, client: int, month: int, cents: int | None, kind: str = "06",
        **more: Any,
    ) -> None:  # fmt: skip
        """The data tell the wage of an employment-month; None withdraws it."""
        self.told += 1
        columns = {column.name: 0 if _whole(column) else "" for column in income.columns}
        period = Month(month)
        with self.work() as work:
            bulk.append(
                work.conn,
                income,
                columns
                | {
                    "municipality": work.municipality, "month": month, "income": self.told,
                    "client": client, "person": 1, "employment": number, "relation": "1",
                    "period_begin": period.first_day.isoformat(),
                    "period_end": period.last_day.isoformat(), "period_kind": kind,
                    "source": "delivery", "sent_on": f"2026-{self.told:05d}", "run": 1,
                    "state": "withdrawn" if cents is None else "recorded",
                    "relation_begin": "2026-01-01", "relation_end": [None], "income_code": "15",
                    "recorded_on": self.on, "net": cents or 0,
                }
                | more,
            )  # fmt: skip

    def settle(self, number: int, client: int, month: int) -> None:
        """The month settled with a wage of this employment; the figures do not matter here."""
        with self.work() as work:
            bulk.append(
                work.conn,
                settlement_wage,
                {
                    "municipality": work.municipality, "month": month, "client": client,
                    "version": 1, "employment": number, "wage_cents": 1, "wage_source": "receipt",
                },
            )  # fmt: skip

    def send(
        self, message: str, *payments: tuple[int, int], state: str = "SENT", first: int = 1
    ) -> None:
        """A batch of fixed payments (client, cents) that was approved and exported."""
        with self.work() as work:
            here = {"municipality": work.municipality, "run": 1}
            number = bulk.next_id(work.conn, payment_batch, work.municipality)
            columns = {column.name: 0 if _whole(column) else "" for column in payment_batch.columns}
            total = sum(cents for _client, cents in payments)
            bulk.append(
                work.conn,
                payment_batch,
                columns
                | here
                | {"batch": number, "message_id": message, "state": "SENT", "month": 202611,
                   "total_cents": total, "payments": len(payments)},
            )  # fmt: skip
            columns = {column.name: 0 if _whole(column) else "" for column in obligation.columns}
            ids = [first + at for at in range(len(payments))]
            bulk.append(
                work.conn,
                obligation,
                columns
                | here
                | {
                    "obligation": ids, "client": [client for client, _cents in payments],
                    "amount_cents": [cents for _client, cents in payments],
                    "month": 202611, "kind": "fixed", "payee": ids, "round": 1, "batch": number,
                    "state": state,
                    "end_to_end_id": [f"{message}-{at:06d}" for at in range(1, len(ids) + 1)],
                },
            )  # fmt: skip
            if state == "CANCELLED":
                return
            for number, (client, cents) in zip(ids, payments, strict=True):
                buffer = Line(2000, cents, client, month=202611)
                in_transit = Line(1010, -cents, client, item=number)
                book(work, [Draft("fixed-payment", [buffer, in_transit], client, 202611)])

    # --- what happens ----------------------------------------------------------------------------

    def take(self, content: bytes, name: str = "statement.xml") -> Outcome:
        """Take in a file."""
        with self.work() as work:
            return take_in(work, name, content, {"camt053": read_statements})

    def day(self, *entries: Entry, on: str = "2026-03-25", opening: int = 100_000_00) -> Outcome:
        """The next statement of our account, with these lines, taken in on its own day or later."""
        self.on = max(self.on, on)
        last = self.statements[-1] if self.statements else None
        entries = tuple(replace(entry, booked_on=on) for entry in entries)
        statement = Statement(
            last.number + 1 if last else 1, last.closing if last else opening, entries, on
        )
        self.statements.append(statement)
        return self.take(document(statement, message=f"M{statement.number}"))

    def match(self) -> dict[str, int]:
        """The nightly second look."""
        with self.work() as work:
            return match(work)

    # --- what came of it -------------------------------------------------------------------------

    def query(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with reading(self.engine) as conn:
            return [tuple(row) for row in conn.execute(text(statement), parameters)]

    def balance(self, account: int) -> int:
        """Debit positive."""
        rows = self.query("SELECT SUM(amount) FROM balance WHERE account = :a", a=account)
        return int(rows[0][0] or 0)

    def received(self, number: int = 1) -> dict[int, int]:
        """What stands on the months of an employment, money in positive."""
        rows = self.query(
            "SELECT month, -SUM(amount) FROM balance WHERE account = 1300 AND employment = :e "
            "GROUP BY month HAVING SUM(amount) <> 0 ORDER BY month",
            e=number,
        )
        return {month: int(cents) for month, cents in rows}

    def entries(self) -> list[dict[str, Any]]:
        """Every entry in order: kind, client, month, then account -> cents, per entry."""
        rows = self.query(
            """SELECT e.entry, e.kind, e.client, e.month, p.account, p.amount
               FROM entry AS e JOIN posting AS p ON p.entry = e.entry ORDER BY e.entry, p.line"""
        )
        found: dict[int, dict[str, Any]] = {}
        for number, kind, client, month, account, cents in rows:
            told = found.setdefault(number, {"kind": kind, "client": client, "month": month})
            told[account] = told.get(account, 0) + cents
        return list(found.values())

    def findings(self, state: str = "open") -> list[tuple[Any, ...]]:
        """Code, client, month and cents of the findings in a state."""
        return self.query(
            "SELECT code, client, month, amount_cents FROM finding WHERE state = :state "
            "ORDER BY code, client, month, finding",
            state=state,
        )

    def broken(self) -> list[str]:
        """The invariants of the books that do not hold."""
        with reading(self.engine) as conn:
            here = self.settings.code
            return (
                invariants.quick(conn, here)
                + witnesses._statement_lines(conn, here)
                + witnesses._receipts(conn, here)
            )


def codes(outcome: Outcome) -> list[str]:
    """The codes of everything said about a file and its rows."""
    return sorted({note.code for note in outcome.listed()})


def _whole(column: Any) -> bool:
    return bool(column.type.python_type is int)


@pytest.fixture
def settings() -> Settings:
    told = tomllib.loads(template())
    told["bank"] |= {"iban": OURS, "funding_ibans": [FUNDING]}
    return Settings.model_validate(told)


@pytest.fixture
def bank(engine: Engine, settings: Settings) -> Bank:
    """Nothing known yet, and no statement taken in."""
    return Bank(engine, settings)


@pytest.fixture
def town(bank: Bank) -> Bank:
    """K0001001 and K0001002 work at Helder (employments 1 and 2); nothing is told of wages."""
    bank.enrol(1001, 1002)
    bank.employ(1, 1001)
    bank.employ(2, 1002)
    return bank
