"""What was told about each client, and what a month comes to with it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from tests.oracle.bank import Employment, same_name
from tests.oracle.dates import deadline, month_of, months, months_later
from tests.oracle.model import Client, Person, Row
from tests.oracle.money import half_up
from tests.oracle.rules import (
    NOTHING,
    Figures,
    N,
    R,
    Relief,
    client_month,
    exemptions,
)

Outcome = Figures | str
"""The figures of a month, or the reason why it is open."""


def cash(row: Row) -> int:
    """W: what the employer pays, travel and holiday pay included."""
    return row.wage.net + row.wage.special + row.wage.travel if row.wage else 0


def countable(row: Row) -> int:
    """C: the regular net and the holiday pay accrued; not travel, not holiday pay paid out.

    Of a wage per four weeks 13/12, each month one period.
    """
    net = row.wage.net + row.wage.accrued if row.wage else 0
    return half_up(Decimal(net) * 13 / 12) if row.four_weeks else net


def passed_on(row: Row) -> int:
    return row.wage.travel + row.wage.special if row.wage else 0


class Facts:
    """Clients, and the latest row for each person, employer, month and relation."""

    def __init__(self) -> None:
        self.clients: dict[int, Client] = {}
        self.rows: dict[int, dict[Employment, dict[tuple[int, int], Row]]] = defaultdict(dict)

    def enrol(self, snapshot: Iterable[Client]) -> None:
        """New clients join; of known ones only the status counts, the rest waits for approval."""
        for client in snapshot:
            known = self.clients.get(client.no, client)
            self.clients[client.no] = Client(**{**known.__dict__, "status": client.status})

    def owner(self, bsn: str) -> Client | None:
        return next((c for c in self.clients.values() if bsn in {p.bsn for p in c.people}), None)

    def deliver(self, rows: Iterable[Row]) -> None:
        """Recorded rows replace what was told before; others leave the figures alone."""
        for row in rows:
            client = self.owner(row.bsn)
            if client and row.outcome == "recorded":
                employment = Employment(client.no, row.bsn, row.employer.number)
                kept = self.rows[client.no].setdefault(employment, {})
                kept[row.month, row.relation] = row

    def employments(self, client: int) -> list[Employment]:
        return sorted(self.rows[client])

    def linked(self, client: int, sender: str) -> Employment | None:
        """The employment of this client whose employer has the sender's name."""
        found = [
            e
            for e in self.employments(client)
            if same_name(self.of_employment(e)[-1].employer.name, sender)
        ]
        return found[0] if len(found) == 1 else None

    def of_employment(self, employment: Employment) -> list[Row]:
        """All its rows, by month."""
        kept = self.rows[employment.client].get(employment, {})
        return [kept[key] for key in sorted(kept)]

    def told(self, employment: Employment) -> dict[int, int]:
        """Cash told per month of the participation."""
        start = self.clients[employment.client].start
        sums: dict[int, int] = defaultdict(int)
        for row in self.of_employment(employment):
            if row.month >= start:
                sums[row.month] += cash(row)
        return sums

    def running(self, employment: Employment, month: int) -> bool:
        """Told with a period up to or into the month, and no end before it."""
        told = [row for row in self.of_employment(employment) if row.month <= month]
        ended = self.of_employment(employment)[-1].ended
        return bool(told) and (ended is None or month_of(ended) >= month)

    def open_reason(self, client: Client, month: int, on: date) -> str:
        """Why the month cannot settle yet; empty when it can."""
        running = [e for e in self.employments(client.no) if self.running(e, month)]
        if any(month not in self.told(e) for e in running):
            return "income not told"
        return "" if running or on > deadline(month) else "no job known, before the deadline"

    def outcomes(
        self, client: Client, through: int, on: date, wage: Callable[[Employment, int], int]
    ) -> dict[int, Outcome]:
        """Every month from the start: its figures, or why it is open.

        `wage` gives W of an employment-month; months of the 25% exemption are counted forward,
        an open month or one without an exemption uses none.
        """
        used = {p.bsn: sum(e.used for e in p.exemptions if e.kind == N.kind) for p in client.people}
        found: dict[int, Outcome] = {}
        for month in months(client.start, through):
            reason = self.open_reason(client, month, on)
            found[month] = reason or self.settled(client, month, used, wage)
        return found

    def settled(
        self,
        client: Client,
        month: int,
        used: dict[str, int],
        wage: Callable[[Employment, int], int],
    ) -> Figures:
        employments = self.employments(client.no)
        rows = [r for e in employments for r in self.of_employment(e) if r.month == month]
        income = [sum(countable(r) for r in rows if r.bsn == p.bsn) for p in client.people]
        reliefs = [relief(p, month, used[p.bsn]) for p in client.people]
        exempt = exemptions(client.norm, income, reliefs)
        for person, given, amount in zip(client.people, reliefs, exempt, strict=True):
            used[person.bsn] += given is N and amount > 0
        return client_month(
            norm=client.norm,
            fixed=client.fixed(month),
            wage=sum(wage(e, month) for e in employments),
            passed_on=sum(map(passed_on, rows)),
            countable=sum(income),
            exemption=sum(exempt),
        )


def relief(person: Person, month: int, used: int) -> Relief:
    """The exemption of this month: 25% while months are left, else the single parent's."""
    for right in person.exemptions:
        if right.kind == N.kind and right.since <= month and used < right.months:
            return N
    for right in person.exemptions:
        if right.kind == R.kind and right.since <= month < months_later(right.since, right.months):
            return R
    return NOTHING
