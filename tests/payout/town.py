"""A municipality with clients to be paid, on either engine; runs and books are real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine, text, update

from surplus import cases, findings
from surplus.bank import payments
from surplus.config import Settings
from surplus.findings import Finding
from surplus.ledger import invariants, seal
from surplus.ledger.accounts import BANK, IN_TRANSIT, RECEIVABLE, UNMATCHED
from surplus.ledger.journal import Draft, Line, book
from surplus.months import Month
from surplus.payout import approval, batches, export
from surplus.reports import approval_words
from surplus.runs import Work
from surplus.settlement.settle import settle
from surplus.store import bulk, tables
from surplus.store.engine import reading, writing

NORM = 140150
F = 133143
#: Invented accounts of two banks, by client number.
IBANS = {
    1001: "NL91INGB0000001001", 1002: "NL62RABO0100000022", 1003: "NL02TRIO0200000034",
    1004: "NL16ABNA0400000045", 1005: "NL64SNSB0500000056",
}  # fmt: skip


def iban(client: int) -> str:
    """An invented account of a client, mod-97 right."""
    if client in IBANS:
        return IBANS[client]
    account = f"{client:010d}"
    remainder = int(f"18231611{account}232100") % 97  # INGB, account, NL00
    return f"NL{98 - remainder:02d}INGB{account}"


@dataclass
class Town:
    """A workspace as far as paying goes."""

    engine: Engine
    settings: Settings
    incomes: int = 0
    check: bool = True  # the books, after each run

    @contextmanager
    def work(self, on: str, operator: str = "income-1", job: str = "test") -> Iterator[Work]:
        """A transaction of a run, sealed, with the books checked at its end."""
        here = self.settings.code
        with writing(self.engine) as conn:
            number = bulk.next_id(conn, tables.run, here)
            bulk.append(
                conn, tables.run,
                {"municipality": here, "run": number, "job": job, "business_date": on,
                 "month": [None], "input_hash": "", "parent": 0, "operator": operator,
                 "state": "running", "attempt": 1, "counts": "{}", "started_at": "",
                 "ended_at": ""},
            )  # fmt: skip
            work = Work(conn, here, number, on, operator, self.settings, True, "moment")
            yield work
            conn.execute(update(tables.run).where(tables.run.c.run == number).values(state="done"))
            seal.close(work)
            assert not self.check or invariants.quick(conn, here) == []

    # --- what is known ---------------------------------------------------------------------------

    def norm(self, *months: str, on: str = "2026-01-02", total: int = NORM) -> None:
        """The norm of category A for whole months, first to last."""
        first, last = Month.parse(months[0]), Month.parse(months[-1])
        with self.work(on, "system", "import") as work:
            bulk.append(
                work.conn,
                tables.norm,
                {
                    "municipality": work.municipality,
                    "norm": bulk.next_id(work.conn, tables.norm, work.municipality),
                    "category": "A", "valid_from": first.first_day.isoformat(),
                    "valid_until": last.last_day.isoformat(), "net_cents": 0, "holiday_cents": 0,
                    "total_cents": total, "number": "B-1", "source": "", "author": "a",
                    "authored_on": on, "approver": "b", "approved_on": on, "state": "recorded",
                    "run": work.run, "recorded_on": on, "delivery": 0, "line": 0,
                },
            )  # fmt: skip

    def enrol(self, *clients: int, on: str = "2026-01-02", version: int = 1, **told: Any) -> None:
        """Clients (a new version of them) as told on a day."""
        count = len(clients)
        columns: dict[str, Any] = {
            name: np.full(count, "", dtype=object)
            for name in (*cases.CLIENT, *cases.AGREEMENT, *cases.PERSONS, *cases.EXEMPTIONS)
        }
        columns |= {
            "client": np.array(clients), "version": np.full(count, version),
            "line": np.ones(count, np.int64), "cost_sharers": np.ones(count, np.int64),
            "buffer_cap": np.full(count, cases.UNTOLD),
            "override_cents": np.full(count, cases.UNTOLD),
            "iban": np.array([iban(client) for client in clients], dtype=object),
            "account_name": np.array([f"A. Jansen {c}" for c in clients], dtype=object),
            "bsn": np.array([f"99999{c:04d}" for c in clients], dtype=object),
        }  # fmt: skip
        usual = {
            "status": "ACTIEF", "starts_on": "2026-01-01", "consent_on": "2025-12-01",
            "household": "ALLEENSTAANDE", "birth_date": "1985-04-17", "norm_category": "A",
            "valid_from": "2026-01-01",
        }  # fmt: skip
        for name, value in (usual | told).items():
            whole = isinstance(value, int)
            columns[name] = np.full(count, value, dtype=np.int64 if whole else object)
        with self.work(on, "system", "import") as work:
            cases.write(work, columns, 0)

    def decide(self, client: int, kind: str, on: str, **told: Any) -> None:
        """A decision, approved."""
        with self.work(on, "treasury-1", "changes") as work:
            row = {"month": None, "amount_cents": None, "valid_from": "", "valid_until": "",
                   "employer": "", "payee": "", "value": "", "payee_iban": "", "payee_name": "",
                   "payee_reference": "", "item": None} | told  # fmt: skip
            bulk.append(
                work.conn,
                tables.decision,
                {
                    "municipality": work.municipality,
                    "decision": bulk.next_id(work.conn, tables.decision, work.municipality),
                    "client": client, "kind": kind, **{name: [row[name]] for name in row},
                    "number": "B-2", "reason": "because",
                    "asked_by": "income-1", "approved_by": "treasury-1", "change": 0,
                    "run": work.run, "recorded_on": on,
                },
            )  # fmt: skip

    def earn(
        self, client: int, month: str, cents: int, on: str, *, received: bool = True, **more: Any
    ) -> None:
        """A wage told by the delivery, and the employer's money; then all is settled."""
        self.incomes += 1
        first = Month.parse(month)
        with self.work(on, "system", "import") as work:
            here = {"municipality": work.municipality, "run": work.run, "recorded_on": on}
            jobs = "SELECT COUNT(*) FROM employment WHERE client = :client"
            if not work.conn.execute(text(jobs), {"client": client}).scalar():
                bulk.append(
                    work.conn, tables.employment,
                    here | {"employment": client, "client": client, "person": 1,
                            "employer": "999990020L01", "name": "Helder BV"},
                )  # fmt: skip
            blank = {c.name: 0 if c.type.python_type is int else "" for c in tables.income.columns}
            bulk.append(
                work.conn,
                tables.income,
                blank | here | {
                    "month": int(first), "income": self.incomes, "client": client, "person": 1,
                    "employment": client, "relation": "1", "period_kind": "06",
                    "period_begin": first.first_day.isoformat(),
                    "period_end": first.last_day.isoformat(), "source": "delivery",
                    "state": "recorded", "sent_on": on, "sent_id": f"{self.incomes:06d}",
                    "income_code": "15", "relation_begin": "2025-01-01", "relation_end": [None],
                    "net": cents,
                } | more,
            )  # fmt: skip
            if received:
                self.receive(work, client, first, cents)
        self.settle(on)

    @staticmethod
    def receive(work: Work, client: int, month: Month, cents: int) -> None:
        """Money of an employer, as a statement would book it (beside the bank's own balance)."""
        number = Town.statement(work, cents)
        lines = [Line(BANK, cents), Line(RECEIVABLE, -cents, client, client, int(month))]
        book(work, [Draft("receipt", lines, client, int(month), f"item:{number}")])

    @staticmethod
    def suspend(work: Work, item: int, cents: int) -> None:
        """Money of nobody's on suspense, with its line and its finding."""
        number = Town.statement(work, cents)
        columns = tables.bank_item.columns
        bulk.append(
            work.conn, tables.bank_item,
            {c.name: 0 if c.type.python_type is int else "" for c in columns} | {
                "municipality": work.municipality, "item": [item], "statement": number, "line": 1,
                "amount_cents": cents, "run": work.run, "recorded_on": work.on,
            },
        )  # fmt: skip
        book(work, [Draft("receipt", [Line(BANK, cents), Line(UNMATCHED, -cents, item=item)],
                          reference=f"item:{item}")])  # fmt: skip
        findings.raise_all(work, [Finding("UNMATCHED", subject=f"item:{item}")])

    @staticmethod
    def debit(work: Work, obligation: int) -> None:
        """The bank executes a payment: on the statement, and no more."""
        one = tables.obligation.c.obligation == obligation
        row = work.conn.execute(tables.obligation.select().where(one)).one()
        Town.statement(work, -row.amount_cents)
        lines = [Line(IN_TRANSIT, row.amount_cents, row.client, item=obligation),
                 Line(BANK, -row.amount_cents)]  # fmt: skip
        book(work, [Draft("payment-booked", lines, row.client, row.month, "item:1")])
        payments.record(work, [payments.Told(obligation, source="item:1")], "BOOKED")

    @staticmethod
    def statement(work: Work, cents: int) -> int:
        """A statement that is booked, with its closing balance; returns its number."""
        bank = {"municipality": work.municipality, "run": work.run, "recorded_on": work.on}
        number = bulk.next_id(work.conn, tables.statement, work.municipality)
        before = work.conn.execute(
            text("SELECT COALESCE(SUM(amount), 0) FROM balance WHERE account = 1000")
        ).scalar()
        bulk.append(
            work.conn, tables.statement,
            bank | {"statement": number, "iban": "NL00", "statement_id": f"S{number}",
                    "sequence": number, "from_on": work.on, "to_on": work.on,
                    "opening_cents": before, "closing_cents": before + cents, "content_hash": "",
                    "state": "booked", "delivery": 0},
        )  # fmt: skip
        return number

    def settle(self, on: str, client: int = 0) -> None:
        """Settle everything, or one client, through the month before a day."""
        with self.work(on, "system", "settle-client" if client else "settle") as work:
            settle(work, Month.of(on).plus(-1), client=client)

    # --- what is done ----------------------------------------------------------------------------

    def prepare(self, month: str, on: str, operator: str = "income-1") -> batches.Prepared:
        with self.work(on, operator, "pay-prepare") as work:
            return batches.prepare(work, Month.parse(month))

    def approve(self, batch: int, on: str, operator: str = "treasury-1") -> approval.Page:
        with self.work(on, operator, "pay-approve") as work:
            return approval.approve(work, batch)

    def release(self, batch: int, subject: str, on: str, reason: str = "seen") -> None:
        with self.work(on, "income-1", "pay-release") as work:
            approval.release(work, batch, subject, reason)

    def cancel(self, batch: int, on: str, reason: str = "wrong") -> None:
        with self.work(on, "income-1", "pay-cancel") as work:
            approval.cancel(work, batch, reason)

    def export(self, batch: int, on: str, folder: Any) -> export.Written:
        with self.work(on, "treasury-1", "pay-export") as work:
            return export.export(work, batch, folder)

    def page(self, batch: int) -> approval.Page:
        with reading(self.engine) as conn:
            page = approval.page(conn, self.settings, batch)
        for problem in page.outside:  # an approver reads it in Dutch
            assert approval_words.stop(problem.text, "nl") != problem.text, problem.text
        return page

    def pay(self, month: str, on: str) -> batches.Prepared:
        """Prepare and approve."""
        prepared = self.prepare(month, on)
        self.approve(prepared.batch, on)
        return prepared

    # --- what came of it -------------------------------------------------------------------------

    def query(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with reading(self.engine) as conn:
            return [tuple(row) for row in conn.execute(text(statement), parameters)]

    def obligations(self, **told: Any) -> list[tuple[Any, ...]]:
        """Client, month, kind, cents and state of the obligations, in order of making."""
        rows = self.query(
            "SELECT client, month, kind, amount_cents, state, batch FROM obligation "
            "ORDER BY obligation"
        )
        names = ("client", "month", "kind", "amount_cents", "state", "batch")
        return [
            row[:5] for row in rows
            if all(row[names.index(name)] == value for name, value in told.items())
        ]  # fmt: skip

    def entries(self, *kinds: str) -> list[tuple[Any, ...]]:
        """Kind, client, account, month, item and cents of every posting of these kinds."""
        rows = self.query(
            """SELECT kind, p.client, account, p.month, item, amount FROM entry AS e
               JOIN posting AS p ON p.entry = e.entry ORDER BY e.entry, p.line"""
        )
        return [row for row in rows if row[0] in kinds]

    def findings(self, *codes: str) -> list[tuple[Any, ...]]:
        """Code, client, month and subject of open findings."""
        rows = self.query(
            "SELECT code, client, month, subject FROM finding WHERE state = 'open' "
            "ORDER BY code, client, month"
        )
        return [row for row in rows if row[0] in codes]

    def tamper(self, table: Any, key: int, **values: Any) -> None:
        """Change a stored row behind the program's back."""
        with writing(self.engine) as conn:
            column = list(table.primary_key.columns)[-1]
            conn.execute(update(table).where(column == key).values(**values))
