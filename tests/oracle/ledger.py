"""The oracle: the buffer accounts of all clients, kept the plain way, one client at a time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from tests.oracle.bank import Cashbook, Employment, Move, Receipt
from tests.oracle.dates import compact, month_of, months_later, pay_date
from tests.oracle.facts import Facts, Outcome
from tests.oracle.model import Client, Movement, Row
from tests.oracle.rules import Figures

BANK, IN_TRANSIT, RECEIVABLE, UNMATCHED = 1000, 1010, 1300, 1900
BUFFER, RESERVE, MUNICIPALITY, BENEFIT, BANK_COSTS = 2000, 2010, 3000, 4000, 4800
LAST_NORM = 202606

Wages = dict[Employment, int]


class Line(NamedTuple):
    """A posting in cents, debit positive."""

    account: int
    amount: int
    client: int = 0
    employment: Employment | None = None


class Entry(NamedTuple):
    kind: str
    on: date
    lines: tuple[Line, ...]


class Version(NamedTuple):
    """The figures of a client-month as settled on a day."""

    client: int
    month: int
    number: int
    on: date
    figures: Figures


@dataclass(frozen=True)
class Payment:
    """One transfer, or one that is held: then it has no end-to-end id and is in no file."""

    client: int
    month: int
    kind: str
    amount: int
    due: date
    iban: str
    end_to_end_id: str = ""
    held: bool = False


class Batch(NamedTuple):
    message_id: str
    month: int
    prepared: date
    due: date
    payments: tuple[Payment, ...]

    @property
    def sent(self) -> list[Payment]:
        return [p for p in self.payments if not p.held]

    @property
    def total(self) -> int:
        return sum(p.amount for p in self.sent)


class Oracle:
    """Facts in, figures, entries and payments out, day by day."""

    def __init__(self) -> None:
        self.facts = Facts()
        self.cash = Cashbook(self.facts.told)
        self.entries: list[Entry] = []
        self.lines: dict[int, list[Line]] = defaultdict(list)
        self.versions: list[Version] = []
        self.outcomes: dict[tuple[int, int], Outcome] = {}
        self.wages: dict[tuple[int, int], Wages] = defaultdict(dict)
        self.payments: list[Payment] = []
        self.batches: list[Batch] = []

    # -- files -----------------------------------------------------------------------------

    def enrol(self, snapshot: Iterable[Client]) -> None:
        self.facts.enrol(snapshot)

    def deliver(self, rows: Iterable[Row]) -> None:
        self.facts.deliver(rows)

    def statement(self, on: date, booked: date, movements: Iterable[Movement]) -> None:
        """Book the lines of a statement; wages are linked at once when their sender is known."""
        for movement in movements:
            self.book(on, movement)
            if movement.kind in ("wage", "other"):
                receipt = Receipt(booked, movement.amount, movement.client, movement.name)
                self.cash.receipts.append(receipt)
                self.link(on, receipt)

    def book(self, on: date, movement: Movement) -> None:
        if movement.kind == "batch":
            batch = next(b for b in self.batches if b.message_id == movement.batch)
            for payment in batch.sent:
                self.post("payment-booked", on, IN_TRANSIT, BANK, payment.amount, payment.client)
            return
        other = {"opening": MUNICIPALITY, "funding": MUNICIPALITY, "charge": BANK_COSTS}
        account = other.get(movement.kind, UNMATCHED)
        if movement.kind == "charge":
            self.post("bank-cost", on, account, BANK, movement.amount)
        else:
            self.post(
                "receipt" if account == UNMATCHED else movement.kind,
                on,
                BANK,
                account,
                movement.amount,
            )

    # -- settle and match ------------------------------------------------------------------

    def settle(self, on: date, through: int = LAST_NORM) -> None:
        """All months before that of the business date; only differences are posted."""
        through = min(months_later(month_of(on), -1), through)
        for client in self.facts.clients.values():
            outcomes = self.facts.outcomes(client, through, on, self.wage)
            for month, outcome in outcomes.items():
                self.settle_month(on, client.no, month, outcome)

    def settle_month(self, on: date, client: int, month: int, outcome: Outcome) -> None:
        before = self.outcomes.get((client, month))
        self.outcomes[client, month] = outcome
        if isinstance(outcome, str):
            assert not isinstance(before, Figures), f"{client} {month} becomes open again"
            return
        wages = {e: self.wage(e, month) for e in self.facts.employments(client)}
        wages = {e: amount for e, amount in wages.items() if month in self.facts.told(e)}
        if outcome == before:
            return
        number = 1 + sum((v.client, v.month) == (client, month) for v in self.versions)
        self.versions.append(Version(client, month, number, on, outcome))
        old = before if isinstance(before, Figures) else Figures(*(0,) * 10)
        self.post_settlement(on, client, old, outcome, self.wages[client, month], wages)
        self.wages[client, month] = wages

    def post_settlement(
        self, on: date, client: int, old: Figures, new: Figures, before: Wages, wages: Wages
    ) -> None:
        benefit = (new.benefit + new.holiday_allowance) - (old.benefit + old.holiday_allowance)
        receivable = [
            Line(RECEIVABLE, wages.get(e, 0) - before.get(e, 0), client, e)
            for e in sorted({*wages, *before})
        ]
        self.add(
            "settlement",
            on,
            *receivable,
            Line(BENEFIT, benefit, client),
            Line(BUFFER, old.entitlement - new.entitlement, client),
            Line(RESERVE, old.holiday_allowance - new.holiday_allowance, client),
        )

    def wage(self, employment: Employment, month: int) -> int:
        """W: what was received once that is accepted, until then what is told."""
        if (employment, month) in self.cash.accepted:
            return self.cash.received(employment)[month]
        return self.facts.told(employment).get(month, 0)

    def link(self, on: date, receipt: Receipt) -> None:
        employment = self.facts.linked(receipt.client, receipt.sender)
        if employment:
            self.move(on, self.cash.link(receipt, employment))

    def match(self, on: date) -> None:
        """Try again what stands in suspense or on the month of its booking, oldest first."""
        for receipt in self.cash.receipts:
            if receipt.employment is None:
                self.link(on, receipt)
            else:
                self.move(on, self.cash.judge(receipt))

    def move(self, on: date, moves: Iterable[Move]) -> None:
        """Out of suspense onto the employment; from month to month its balance stays the same."""
        for move in moves:
            if not move.source:
                self.add(
                    "receipt-assigned",
                    on,
                    Line(UNMATCHED, move.amount),
                    Line(RECEIVABLE, -move.amount, move.employment.client, move.employment),
                )

    # -- payments --------------------------------------------------------------------------

    def prepare(self, on: date, month: int) -> Batch:
        """The fixed payment of every participant, and what is available of earlier months."""
        made = [
            p
            for c in sorted(self.facts.clients.values(), key=lambda c: c.no)
            if c.start <= month
            for p in self.payments_of(c, month)
        ]
        message = f"SUR{compact(on)}001"
        numbered = iter(range(1, len(made) + 1))
        made = [
            p if p.held else replace(p, end_to_end_id=f"{message}-{next(numbered):06d}")
            for p in made
        ]
        self.payments += made
        self.batches.append(Batch(message, month, on, pay_date(month), tuple(made)))
        return self.batches[-1]

    def payments_of(self, client: Client, month: int) -> list[Payment]:
        due, paused = pay_date(month), client.status == "GEPAUZEERD"
        fixed = Payment(
            client.no, month, "fixed", client.fixed(month), due, client.iban, held=paused
        )
        extra = self.available(client.no)
        if not extra:
            return [fixed]
        assert not paused, "an extra payment of a paused client is left out of the sample"
        return [fixed, Payment(client.no, month, "extra", extra, due, client.iban)]

    def approve(self, on: date, batch: Batch) -> None:
        for payment in batch.sent:
            self.post(
                f"{payment.kind}-payment", on, BUFFER, IN_TRANSIT, payment.amount, payment.client
            )

    # -- standing --------------------------------------------------------------------------

    def position(self, client: int) -> int:
        """Surplus or shortfall: settled months (D - F) less the extra payments made ready."""
        settled = sum(
            o.difference
            for (c, _), o in self.outcomes.items()
            if c == client and isinstance(o, Figures)
        )
        return settled - sum(
            p.amount for p in self.payments if p.client == client and p.kind == "extra"
        )

    def receivables(self, client: int) -> dict[Employment, int]:
        """What each employer still has to pay: the balance of 1300 per employment."""
        sums: dict[Employment, int] = defaultdict(int)
        for line in self.lines[client]:
            if line.employment:
                sums[line.employment] += line.amount
        return sums

    def available(self, client: int) -> int:
        """Position less wages not yet received; one employer's credit never helps another."""
        assert all(self.one_sided(e) for e in self.facts.employments(client)), client
        waiting = sum(max(0, amount) for amount in self.receivables(client).values())
        return max(0, self.position(client) - waiting)

    def balance(self, account: int, client: int = 0) -> int:
        """Debit positive; of one client, or of all when none is given."""
        owners = [client] if client else list(self.lines)
        return sum(
            line.amount for owner in owners for line in self.lines[owner] if line.account == account
        )

    def one_sided(self, employment: Employment) -> bool:
        """No month waits for money while another has too much: then wordings cannot differ."""
        posted = {m: w[employment] for (c, m), w in self.wages.items() if employment in w}
        standing = self.cash.standing(employment)
        open_now = [posted.get(m, 0) - standing.get(m, 0) for m in {*posted, *standing}]
        return min(open_now, default=0) >= 0 or max(open_now, default=0) <= 0

    # -- posting ---------------------------------------------------------------------------

    def post(
        self, kind: str, on: date, debit: int, credit: int, amount: int, client: int = 0
    ) -> None:
        self.add(kind, on, Line(debit, amount, client), Line(credit, -amount, client))

    def add(self, kind: str, on: date, *lines: Line) -> None:
        assert sum(line.amount for line in lines) == 0, (kind, on, lines)
        self.entries.append(Entry(kind, on, tuple(lines)))
        for line in lines:
            self.lines[line.client].append(line)


def limits_passed(batch: Batch, before: Sequence[Batch]) -> list[str]:
    """Limits of the settings that hold the batch until released: 8% in total and in number."""
    if not before or len(batch.sent) <= 20:
        return []
    last = before[-1]
    pairs = [("total", batch.total, last.total), ("count", len(batch.sent), len(last.sent))]
    return [name for name, now, then in pairs if abs(now - then) * 100 > 8 * then]
