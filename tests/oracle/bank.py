"""Receipts: whose wage a credit is, which month it pays, and when it is accepted.

The rule (design, section 6): a credit belongs to the employment whose employer sent it. Credits
are judged one by one, oldest first, against the oldest month that is told and not yet received.
Within a quarter of what is open there, the credit is accepted and becomes the wage of that
month; smaller, it stands there and waits for a person; larger, it fills the open months. A
credit that finds no open month stands on the month of its booking until one opens.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from tests.oracle.dates import month_of

TOLERANCE_PERCENT = 25


class Employment(NamedTuple):
    """A person and an employer; the receivable belongs to it."""

    client: int
    bsn: str
    number: str


@dataclass
class Receipt:
    """A credit on the statement and the employment-months where it stands, in cents."""

    booked: date
    amount: int
    client: int
    sender: str
    employment: Employment | None = None
    places: dict[int, int] = field(default_factory=dict)
    judged: bool = False


class Move(NamedTuple):
    """What a judgement moves on the ledger: from one month (0 is suspense) to another."""

    employment: Employment
    source: int
    target: int
    amount: int


class Cashbook:
    """All receipts, and the employment-months whose receipts are accepted."""

    def __init__(self, told: Callable[[Employment], dict[int, int]]) -> None:
        self.receipts: list[Receipt] = []
        self.accepted: set[tuple[Employment, int]] = set()
        self.differing: list[tuple[Employment, int]] = []
        self.told = told

    def received(self, employment: Employment) -> dict[int, int]:
        """What judged receipts hold per month."""
        sums: dict[int, int] = defaultdict(int)
        for receipt in self.receipts:
            if receipt.judged and receipt.employment == employment:
                for month, amount in receipt.places.items():
                    sums[month] += amount
        return sums

    def standing(self, employment: Employment) -> dict[int, int]:
        """What all receipts hold per month, those without an open month included."""
        sums: dict[int, int] = defaultdict(int)
        for receipt in self.receipts:
            if receipt.employment == employment:
                for month, amount in receipt.places.items():
                    sums[month] += amount
        return sums

    def open_months(self, employment: Employment) -> list[tuple[int, int]]:
        """Months told but not yet received in full or accepted, with what is open, oldest first."""
        received = self.received(employment)
        return [
            (month, told - received[month])
            for month, told in sorted(self.told(employment).items())
            if received[month] < told and (employment, month) not in self.accepted
        ]

    def link(self, receipt: Receipt, employment: Employment) -> list[Move]:
        """The sender is known: from suspense to the booking month, then to where it belongs."""
        receipt.employment = employment
        receipt.places = {month_of(receipt.booked): receipt.amount}
        return [Move(employment, 0, month_of(receipt.booked), receipt.amount), *self.judge(receipt)]

    def judge(self, receipt: Receipt) -> list[Move]:
        """Assign one receipt; nothing happens as long as no month is open."""
        assert receipt.employment is not None
        open_months = self.open_months(receipt.employment)
        if receipt.judged or not open_months:
            return []
        month, expected = open_months[0]
        assert not self.others_waiting(receipt, month), "the sample keeps the order beyond doubt"
        if abs(receipt.amount - expected) * 100 <= TOLERANCE_PERCENT * expected:
            self.accepted.add((receipt.employment, month))
            return self.assign(receipt, {month: receipt.amount})
        self.differing.append((receipt.employment, month))
        if receipt.amount < expected:
            return self.assign(receipt, {month: receipt.amount})
        return self.assign(receipt, filled(open_months, receipt))

    def others_waiting(self, receipt: Receipt, month: int) -> bool:
        """Another receipt of this employment stands unjudged on the month."""
        return any(
            other is not receipt
            and other.employment == receipt.employment
            and not other.judged
            and month in other.places
            for other in self.receipts
        )

    def assign(self, receipt: Receipt, places: dict[int, int]) -> list[Move]:
        assert receipt.employment is not None
        before = month_of(receipt.booked)
        receipt.places, receipt.judged = places, True
        return [
            Move(receipt.employment, before, month, amount)
            for month, amount in places.items()
            if month != before
        ]


def filled(open_months: list[tuple[int, int]], receipt: Receipt) -> dict[int, int]:
    """Open months oldest first, the rest on the month of the booking."""
    left, places = receipt.amount, {}
    for month, expected in open_months:
        places[month] = min(left, expected)
        left -= places[month]
    booked = month_of(receipt.booked)
    return {m: a for m, a in (places | {booked: places.get(booked, 0) + left}).items() if a}


def same_name(one: str, other: str) -> bool:
    """Names compared without regard to case and blanks."""
    return one.casefold().split() == other.casefold().split()
