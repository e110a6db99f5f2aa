"""A small set of books: two clients, a quarter, a correction, and text that would be a formula."""

from __future__ import annotations

import json
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, update

from surplus import config
from surplus.config import Settings
from surplus.findings import Finding, raise_all
from surplus.ledger import seal
from surplus.ledger.journal import Draft, Line, book
from surplus.reports.audit import audit
from surplus.runs import Work
from surplus.store import bulk, tables
from surplus.store.engine import open_store, reading, writing

#: The period of the story, and the date on which the auditor comes.
FIRST, LAST, ON = "2026-01-01", "2026-03-31", "2026-04-01"
EVIL = '=HYPERLINK("http://example.invalid";"click")'
IBANS = {1001: "NL72INGB0600037038", 1002: "NL45RABO0600037074", 1003: "NL71ABNA0600037111"}
F = 133143

#: N, W, C, E, Bp, R, passed on, D of a month.
EXAMPLE = (140150, 62000, 60000, 15000, 90393, 4757, 2000, 152393)
CORRECTED = (140150, 64800, 62800, 15700, 88398, 4652, 2000, 153198)
NO_WORK = (140150, 0, 0, 0, 133143, 7007, 0, 133143)


class Story:
    """Writes what happened, a run at a time, each sealed."""

    def __init__(self, conn: Connection, settings: Settings) -> None:
        self.work = Work(conn, settings.code, 0, "", "income-1", settings, True, "moment")
        self.events = 0

    def run(self, job: str, on: str) -> None:
        """The next run."""
        self.seal()
        self.work = replace(self.work, run=self.work.run + 1, on=on)
        self.add(
            tables.run, run=self.work.run, job=job, business_date=on, month=None, input_hash="",
            parent=0, operator="income-1", state="done", attempt=1, counts="{}",
            started_at=f"{on}T09:30:00+00:00", ended_at=f"{on}T09:31:00+00:00",
        )  # fmt: skip

    def seal(self) -> None:
        if self.work.run:
            seal.close(self.work)

    def add(self, table: Any, **values: Any) -> None:
        bulk.append(self.work.conn, table, {"municipality": self.work.municipality, **values})

    def recorded(self) -> dict[str, Any]:
        return {"run": self.work.run, "recorded_on": self.work.on}

    def statement(self, number: int, opening: int, *amounts: int) -> None:
        """A statement of the day; its lines are numbered by ten times its own number."""
        on = self.work.on
        self.add(
            tables.statement, statement=number, iban="NL00", statement_id=f"S{number}",
            sequence=number, from_on=on, to_on=on, opening_cents=opening,
            closing_cents=opening + sum(amounts), content_hash="", state="booked", delivery=0,
            **self.recorded(),
        )  # fmt: skip
        for line, amount in enumerate(amounts, 1):
            self.add(
                tables.bank_item, item=number * 10 + line, statement=number, line=line, detail=0,
                bank_reference=f"R{number}{line}", booked_on=on, value_on=on, amount_cents=amount,
                reversal=0, family="", end_to_end_id="", payment_info_id="", message_id="",
                reference="", reference_issuer="", remittance="", party_name="", party_iban="",
                return_reason="", match="", client=0, **self.recorded(),
            )  # fmt: skip

    def income(self, client: int, net: int, number: int) -> None:
        """An income fact of January."""
        words = ("sent_id", "income_code", "tag", "relation")
        cents = ("gross_sv", "wage_tax_base", "wage_tax", "holiday_paid", "holiday_accrued",
                 "extra_paid", "extra_accrued", "company_car", "health_levy",
                 "net_special")  # fmt: skip
        self.add(
            tables.income, month=202601, income=number, client=client, person=1, employment=1,
            period_begin="2026-01-01", period_end="2026-01-31", period_kind="06",
            source="delivery", state="recorded", sent_on=self.work.on, relation_begin="2025-01-01",
            relation_end=None, travel=2000, net=net, delivery=1, line=number, **self.recorded(),
            **dict.fromkeys(words, ""), **dict.fromkeys(cents, 0),
        )  # fmt: skip

    def settle(
        self,
        client: int,
        version: int,
        figures: tuple[int, ...],
        employment: int,
        before: tuple[int, ...] = (0,) * 8,
        state: str = "settled",
    ) -> None:
        """A version of January, and the entry with the difference to the one before."""
        norm, wage, countable, exemption, benefit, reserved, passed_on, entitled = figures
        self.add(
            tables.settlement, month=202601, client=client, version=version, state=state,
            cause="data", norm_cents=norm, wage_cents=wage, countable_cents=countable,
            exemption_cents=exemption, benefit_cents=benefit, holiday_allowance_cents=reserved,
            passed_on_cents=passed_on, entitlement_cents=entitled, fixed_cents=F,
            countable_1=countable, exemption_1=exemption, exemption_kind_1="n", months_used_1=1,
            countable_2=0, exemption_2=0, exemption_kind_2="", months_used_2=0, basis=1,
            rules_hash="", **self.recorded(),
        )  # fmt: skip
        if employment:
            self.add(
                tables.settlement_wage, month=202601, client=client, version=version,
                employment=employment, wage_cents=wage, wage_source="delivery",
            )  # fmt: skip
        gross = benefit + reserved - before[4] - before[5]
        month = {"client": client, "month": 202601}
        lines = [
            Line(1300, wage - before[1], employment=employment, **month),
            Line(4000, gross, **month),
            Line(2000, before[7] - entitled, **month),
            Line(2010, before[5] - reserved, **month),
        ]
        book(self.work, [Draft("settlement", lines, client, 202601, f"settlement:{version}")])

    def prepare(self, number: int, month: int, payments: list[tuple[int, str, int]]) -> None:
        """A batch; a client 1003 is held instead."""
        message = f"SUR{self.work.on.replace('-', '')}001"
        paid = [payment for payment in payments if payment[0] != 1003]
        self.add(
            tables.payment_batch, batch=number, message_id=message, month=month,
            due_on=f"{month // 100}-{month % 100:02d}-28", first=1, state="DRAFT",
            payments=len(paid), total_cents=sum(p[2] for p in paid), debtor_iban="", profile="{}",
            limits="{}", prepared_by="income-1", prepared_on=self.work.on, approved_by="",
            approved_on="",
            exported_on="", file="", sha256="", run=self.work.run,
        )  # fmt: skip
        for place, (client, kind, cents) in enumerate(payments, 1):
            held = client == 1003
            self.add(
                tables.obligation, obligation=number * 10 + place, client=client, month=month,
                kind=kind, payee=1, round=1, amount_cents=cents, set_off_cents=0,
                due_on=f"{month // 100}-{month % 100:02d}-28", iban=IBANS[client], name="x",
                remittance="", state="HELD" if held else "DRAFT",
                hold_reason="GEPAUZEERD" if held else "", batch=0 if held else number,
                end_to_end_id="" if held else f"{message}-{place:06d}", released_by="",
                release_reason="", **self.recorded(),
            )  # fmt: skip
        self.state(number, "DRAFT")

    def state(self, batch: int, state: str, **told: Any) -> None:
        """A batch and its payments come to a state."""
        self.events += 1
        self.add(
            tables.payment_event, event=self.events, batch=batch, obligation=0, state=state,
            who="", reason="", **self.recorded(),
        )  # fmt: skip
        for table in (tables.payment_batch, tables.obligation):
            values = told if table is tables.payment_batch else {}
            if state != "BOOKED" or table is tables.obligation:
                values = values | {"state": state}
            if values:
                self.work.conn.execute(update(table).where(table.c.batch == batch).values(**values))


def tell(story: Story) -> None:
    """What happened from January to March 2026."""
    story.run("import", "2026-01-26")
    story.statement(1, 2_500_000)
    book(story.work, [Draft("opening", [Line(1000, 2_500_000), Line(3000, -2_500_000)])])

    story.run("pay-prepare", "2026-01-27")
    story.prepare(1, 202601, [(1001, "fixed", F), (1002, "fixed", F)])
    story.run("pay-approve", "2026-01-28")
    approve(story, 1, 202601, [(1001, "fixed", F, 11), (1002, "fixed", F, 12)])
    story.run("pay-export", "2026-01-28")
    story.state(1, "SENT", exported_on="2026-01-28")
    story.run("import", "2026-01-30")
    story.statement(2, 2_500_000, -2 * F)
    booked = [Line(1010, F, client=c, item=i) for c, i in ((1001, 11), (1002, 12))]
    book(story.work, [Draft("payment-booked", [*booked, Line(1000, -2 * F)], reference="item:21")])
    story.state(1, "BOOKED")

    story.run("import", "2026-02-20")
    deliveries(story)
    story.income(1001, 60000, 1)
    story.run("settle", "2026-02-20")
    story.settle(1001, 1, EXAMPLE, 1)
    story.settle(1002, 1, NO_WORK, 0)

    story.run("pay-prepare", "2026-02-24")
    story.prepare(2, 202602, [(1001, "fixed", F), (1001, "extra", 19250), (1002, "fixed", F),
                              (1003, "fixed", F)])  # fmt: skip
    story.run("pay-approve", "2026-02-25")
    approve(story, 2, 202602, [(1001, "fixed", F, 21), (1001, "extra", 19250, 22),
                               (1002, "fixed", F, 23)])  # fmt: skip

    story.run("import", "2026-03-02")
    story.statement(3, 2_500_000 - 2 * F, 62000, 7500)
    receivable = Line(1300, -62000, client=1001, employment=1, month=202601)
    book(
        story.work,
        [
            Draft("receipt", [Line(1000, 62000), receivable], 1001, 202601, "item:31"),
            Draft("receipt", [Line(1000, 7500), Line(1900, -7500, item=32)], reference="item:32"),
        ],
    )
    raise_all(story.work, [Finding("UNMATCHED", 0, 0, "item:32", 7500),
                           Finding("GAP", 1002, 202601, EVIL)])  # fmt: skip

    story.run("import", "2026-03-20")
    story.income(1001, 62800, 2)
    story.run("settle", "2026-03-20")
    story.settle(1001, 2, CORRECTED, 1, before=EXAMPLE)
    story.seal()


def approve(story: Story, batch: int, month: int, paid: list[tuple[int, str, int, int]]) -> None:
    drafts = [
        Draft(
            f"{kind}-payment",
            [Line(2000, cents, client=client, month=month),
             Line(1010, -cents, client=client, item=item)],
            client, month, f"obligation:{item}",
        )
        for client, kind, cents, item in paid
    ]  # fmt: skip
    book(story.work, drafts)
    story.state(batch, "APPROVED", approved_by="treasury-1", approved_on=story.work.on)


def deliveries(story: Story) -> None:
    """A file taken in with a row rejected, and one refused, with names made to do harm."""
    for number, file, verdict in ((1, "=cmd.csv", "accepted"), (2, "@x.csv", "refused")):
        counts = {"rows": 2, "recorded": 1, "held": 0, "rejected": 1}
        self_made = {"codes": json.dumps([["F05", "F"]] if number == 2 else [])}
        story.add(
            tables.delivery, delivery=number, kind="doorlevering", file=file, sha256="ab" * 32,
            bytes=100, sender_id=f"+{number}", sent_on="2026-02-19", sent_id=f"+{number}",
            month=202601, scope="VOLLEDIG",
            verdict=verdict, counts=json.dumps(counts), totals="{}", read_as="{}",
            **self_made,
            **story.recorded(),
        )  # fmt: skip
    for number, (code, state) in enumerate([("R02", "rejected"), ("R15", "held"),
                                            ("R15", "recorded")], 1):  # fmt: skip
        story.add(
            tables.rejected_row, rejected=number, delivery=1, line=number + 1, field="-bsn",
            code=code, severity="E", state=state, client=0, person=0, month=202601, raw="{}",
            **story.recorded(),
        )  # fmt: skip


@pytest.fixture(scope="session")
def settings() -> Settings:
    keys = tomllib.loads(config.template())
    keys["bank"]["iban"] = "NL61BNGH0285000000"
    return Settings.model_validate(keys)


@pytest.fixture
def books(engine: Engine, settings: Settings) -> Engine:
    """A store with the story in it, on either engine."""
    with writing(engine) as conn:
        tell(Story(conn, settings))
    return engine


@pytest.fixture
def conn(books: Engine) -> Any:
    with reading(books) as connection:
        yield connection


@pytest.fixture(scope="session")
def workbook(settings: Settings, migrated_file: Path, tmp_path_factory: Any) -> Path:
    """The auditors' workbook of the story."""
    folder = tmp_path_factory.mktemp("audit")
    shutil.copy(migrated_file, folder / "surplus.db")
    engine = open_store(f"sqlite:///{folder / 'surplus.db'}")
    with writing(engine) as conn:
        tell(Story(conn, settings))
    with reading(engine) as conn:
        return audit(conn, settings, FIRST, LAST, ON, folder)[0]
