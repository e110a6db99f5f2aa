"""Voorbeeldstad from 5 January to 12 June 2026: what comes in each day and what is done."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from tests.oracle.dates import months, next_banking_day, pay_date, prepare_date
from tests.oracle.deliveries import Arrival, arrivals
from tests.oracle.files import clients_file, delivery_file, norms_file
from tests.oracle.identifiers import free_iban, kenmerk
from tests.oracle.ledger import Batch, Oracle, limits_passed
from tests.oracle.model import Client, Movement
from tests.oracle.money import cents
from tests.oracle.people import clients, snapshots
from tests.oracle.statements import (
    Statement,
    free,
    spaced,
    statement_file,
    structured,
)
from tests.oracle.work import Payment as Pay
from tests.oracle.work import payments

PAY_MONTHS = months(202601, 202605)
FUNDING_IBAN = free_iban("BNGH", 285000200)
OPENING_BALANCE = cents("25000,00")
LAST_DAY = date(2026, 6, 12)
"""A deadline of 10 June has passed on it, strictly."""

FUNDING = {
    "2026-01-26": "80000,00",
    "2026-02-23": "50000,00",
    "2026-03-25": "60000,00",
    "2026-04-24": "60000,00",
    "2026-05-25": "60000,00",
}
MONTH_NAMES = ("jan", "feb", "mrt", "apr")
STRANGERS = {
    "2026-03-05": Movement(
        "other",
        cents("150,00"),
        "Stichting Buurtfonds Oost",
        free_iban("TRIO", 822000100),
        0,
        free("bijdrage maart"),
    ),
    "2026-04-13": Movement(
        "other",
        cents("85,20"),
        "Bezorgdienst Snel en Co",
        free_iban("INGB", 822000200),
        1035,
        structured(kenmerk(1035)),
    ),
}
"""A sender without a reference, and one with a client's reference whom no delivery knows."""


@dataclass
class Day:
    """A business date: files as they lie in the inbox, and what the people do after the nightly."""

    on: date
    files: dict[str, str] = field(default_factory=dict)
    batch: Batch | None = None
    release: list[str] = field(default_factory=list)

    @property
    def actions(self) -> str:
        release = ["release"] if self.release else []
        return "+".join(["nightly", *release, "approve", "export"] if self.batch else ["nightly"])


class World:
    """The sample as it unfolds; the oracle follows it day by day."""

    def __init__(self) -> None:
        everybody = clients()
        self.clients = {c.no: c for c in everybody}
        self.snapshots = snapshots(everybody)
        self.arrivals = arrivals(self.clients)
        self.oracle = Oracle()
        self.statements: list[Statement] = []
        self.movements = self.planned_movements()
        self.days = [self.live(on) for on in self.business_dates()]

    def planned_movements(self) -> dict[date, list[tuple[Movement, ...]]]:
        """Everything on the account that does not depend on what we pay, by booking date."""
        plan: dict[date, list[tuple[Movement, ...]]] = defaultdict(list)
        for on, amount in FUNDING.items():
            money = Movement(
                "funding",
                cents(amount),
                "Gemeente Voorbeeldstad",
                FUNDING_IBAN,
                text=free("Voeding Surplus"),
            )
            plan[date.fromisoformat(on)].append((money,))
        for booked, group in wages_by_day(payments()).items():
            plan[booked] += group
        for on, stranger in STRANGERS.items():
            plan[date.fromisoformat(on)].append((stranger,))
        for month in PAY_MONTHS:
            plan[pay_date(month)].append(
                (Movement("charge", cents("12,50"), text=free("Kosten betalingsverkeer")),)
            )
        return plan

    def business_dates(self) -> list[date]:
        """The days with files, the prepare days, and the last day."""
        statements = {next_banking_day(booked) for booked in self.movements}
        prepare = {prepare_date(month) for month in PAY_MONTHS}
        return sorted(
            {*self.snapshots, *(a.on for a in self.arrivals), *statements, *prepare, LAST_DAY}
        )

    def live(self, on: date) -> Day:
        """One night: files in, match, settle, match, prepare; then approve and export by day.

        What was told today is what receipts waited for: they find their months before settling.
        """
        day = Day(on)
        self.take_in_files(day)
        self.oracle.match(on)
        self.oracle.settle(on)
        self.oracle.match(on)
        for month in PAY_MONTHS:
            if prepare_date(month) == on:
                earlier = list(self.oracle.batches)
                day.batch = self.oracle.prepare(on, month)
                day.release = limits_passed(day.batch, earlier)
                self.oracle.approve(on, day.batch)
        return day

    def take_in_files(self, day: Day) -> None:
        if day.on == min(self.snapshots):
            day.files["norms_2026h1.csv"] = norms_file()
        if day.on in self.snapshots:
            day.files[f"clients_{day.on}.csv"] = clients_file(self.snapshots[day.on])
            self.oracle.enrol(self.snapshots[day.on])
        for arrival in self.arrivals:
            if arrival.on == day.on:
                self.take_in_delivery(day, arrival)
        for booked in sorted(self.movements):
            if next_banking_day(booked) == day.on:
                self.take_in_statement(day, booked)

    def take_in_delivery(self, day: Day, arrival: Arrival) -> None:
        day.files[arrival.name] = delivery_file(arrival.delivery)
        if arrival.delivery.verdict == "accepted":
            self.oracle.deliver(arrival.delivery.rows)

    def take_in_statement(self, day: Day, booked: date) -> None:
        statement = self.statement(booked)
        self.statements.append(statement)
        day.files[statement.name] = statement_file(statement, self.oracle.batches)
        opening = Movement("opening", OPENING_BALANCE)
        first = [opening] if statement.number == 1 else []
        self.oracle.statement(day.on, booked, [*first, *statement.movements])

    def statement(self, booked: date) -> Statement:
        """The next statement; on a pay date it starts with the debit of our batch."""
        ours = [
            (Movement("batch", b.total, batch=b.message_id, details=b.month == 202603),)
            for b in self.oracle.batches
            if b.due == booked
        ]
        number = len(self.statements) + 1
        opening = self.statements[-1].closing if self.statements else OPENING_BALANCE
        entries = (*ours, *self.movements[booked])
        return Statement(number, booked, opening, entries, older=number == 4)


def wages_by_day(pays: Iterable[Pay]) -> dict[date, list[tuple[Movement, ...]]]:
    """Wages per booking date: most one by one, of some employers as one total with details."""
    groups: dict[date, dict[str, list[Movement]]] = defaultdict(lambda: defaultdict(list))
    for pay in pays:
        employer = pay.job.employer
        own = "" if employer.batch else f"{pay.job.client} {employer.number}"
        groups[pay.booked][own or employer.number].append(wage_movement(pay))
    return {booked: [tuple(g) for g in found.values()] for booked, found in groups.items()}


def wage_movement(pay: Pay) -> Movement:
    """With the reference in its own field, or for even numbers somewhere in the text."""
    employer, reference = pay.job.employer, kenmerk(pay.job.client)
    month = MONTH_NAMES[pay.month - 202601]
    text = structured(reference)
    if pay.job.client % 2 == 0:
        text = free(f"Loon {month} 2026 kenmerk {spaced(reference)}")
    return Movement("wage", pay.amount, employer.name, employer.iban, pay.job.client, text)


def everyone(world: World) -> list[Client]:
    return sorted(world.clients.values(), key=lambda c: c.no)
