"""What employers are still expected to pay, and on which months a wage that came in belongs.

The rule (design.md §5, §6): a receipt goes to the oldest open month of its employment. Within the
tolerance of what is open there, or smaller, it goes there as a whole; larger, it fills the open
months. What finds no open month stands on the month of booking until one opens.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection

from surplus.bank.told import told_wages
from surplus.findings import Finding
from surplus.ledger.accounts import RECEIVABLE
from surplus.ledger.receipts import placed, received
from surplus.rules.receipts import accepted

Columns = dict[str, Any]

#: Larger than any month, so that employment and month make one sortable key.
_MONTHS = 1_000_000
_NEVER = 999_912


class Part(NamedTuple):
    """Money of a receipt that stands on a month, or is to stand there."""

    month: int
    cents: int


class Move(NamedTuple):
    """Money of a bank item that belongs on other months than where it stands."""

    item: int
    client: int
    employment: int
    month: int  # where it stands
    parts: list[Part]


class _Portion(NamedTuple):
    """Money of a bank item on a month of an employment."""

    item: int
    client: int
    month: int
    cents: int


@dataclass
class _OpenMonth:
    month: int
    told: int
    received: int

    @property
    def missing(self) -> int:
        return self.told - self.received


class Expected:
    """Told and received per employment-month, for all clients or some.

    `place` changes what is open, so that one receipt is judged after the other.
    """

    def __init__(self, months: Columns, portions: Columns, tolerance_percent: int) -> None:
        self.months = months  # client, employment, month, told, known, received
        self.portions = portions  # where receipts stand: item, client, employment, month, cents
        self.tolerance_percent = tolerance_percent
        self._open: dict[int, deque[_OpenMonth]] = defaultdict(deque)
        told, got = months["told"], months["received"]
        waits = months["known"] & (got < told) & ~accepted(told, got, tolerance_percent)
        names = ("employment", "month", "told", "received")
        for employment, *rest in zip(*(months[n][waits].tolist() for n in names), strict=True):
            self._open[employment].append(_OpenMonth(*rest))

    @classmethod
    def read(
        cls, conn: Connection, municipality: str, tolerance_percent: int, clients: Collection[int]
    ) -> Expected:
        """What is expected of the employers of these clients, from the facts known now."""
        told = told_wages(conn, municipality, clients)
        cash = received(conn, municipality, clients)
        portions = placed(conn, municipality, clients)
        waiting = (portions["account"] == RECEIVABLE) & (portions["cents"] > 0)
        return cls(
            _joined(told, cash),
            {name: column[waiting] for name, column in portions.items()},
            tolerance_percent,
        )

    def place(self, employment: int, cents: int, last: int = _NEVER) -> tuple[list[Part], int]:
        """Put a receipt on the open months of an employment.

        Args:
            employment: who was paid by whom.
            cents: what came in.
            last: where it must be split, only months up to this one are filled.

        Returns:
            the parts, oldest month first, and the rest for which no month is open.
        """
        waiting = self._open[employment]
        parts: list[Part] = []
        while cents and waiting:
            first = waiting[0]
            fits = cents <= first.missing or self._accepts(first.missing, cents)
            whole = fits and not parts
            if first.month > last and not whole:
                break
            part = cents if whole else min(cents, first.missing)
            parts.append(Part(first.month, part))
            cents -= part
            first.received += part
            if first.missing <= 0 or self._accepts(first.told, first.received):
                waiting.popleft()
        return parts, cents

    def moves(self) -> list[Move]:
        """Where receipts belong that stand on months they do not pay, oldest first.

        Judged anew are receipts on months without told data, and those on a month that received
        too much. What an accepted or an open month holds stays there.
        """
        found: list[Move] = []
        for employment, portions in self._movable():
            for portion, last in self._judged_anew(employment, portions):
                placed_on, _rest = self.place(employment, portion.cents, last)
                parts = [part for part in placed_on if part.month != portion.month]
                if parts:
                    move = Move(portion.item, portion.client, employment, portion.month, parts)
                    found.append(move)
        return found

    def differing(self) -> list[Finding]:
        """Employment-months that received something else than was told, outside the tolerance.

        A rest on a month without told data counts too: it was more than was expected. It is the
        state as read; receipts placed since do not count.
        """
        told, got = self.months["told"], self.months["received"]
        known = self.months["known"]
        differs = known & (got != 0) & ~accepted(told, got, self.tolerance_percent)
        items, counts = np.unique(self.portions["item"], return_counts=True)
        split = np.isin(self.portions["item"], items[counts > 1])
        rests = _keys(self.portions)[split]
        differs |= ~known & (got > 0) & np.isin(_keys(self.months), rests)
        return [
            Finding("RECEIPT_DIFFERS", client, month, f"employment:{employment}", cents)
            for client, employment, month, cents in zip(
                *(self.months[n][differs].tolist() for n in ("client", "employment", "month")),
                (got - told)[differs].tolist(),
                strict=True,
            )
        ]

    def _accepts(self, told: int, cents: int) -> bool:
        return bool(accepted(told, cents, self.tolerance_percent))

    def _movable(self) -> Iterator[tuple[int, list[_Portion]]]:
        """Employments with an open month, each with its portions in the order they came."""
        waiting = [employment for employment, months in self._open.items() if months]
        mine = np.isin(self.portions["employment"], np.array(waiting, dtype=np.int64))
        order = np.lexsort([self.portions["item"][mine], self.portions["employment"][mine]])
        names = ("employment", "item", "client", "month", "cents")
        rows = zip(*(self.portions[n][mine][order].tolist() for n in names), strict=True)
        for employment, group in groupby(rows, key=lambda row: int(row[0])):
            yield employment, [_Portion(*row[1:]) for row in group]

    def _judged_anew(self, employment: int, portions: list[_Portion]) -> list[tuple[_Portion, int]]:
        """The portions that may move, oldest first, each with the last month it may be split over.

        A month that received too much is opened again for what stands on it. What it then still
        has too much may fill older months, never later ones: a wage is not paid in advance.
        """
        by_month: dict[int, list[_Portion]] = defaultdict(list)
        for portion in portions:
            by_month[portion.month].append(portion)
        anew: list[tuple[_Portion, int]] = []
        for month, there in by_month.items():
            row = int(np.searchsorted(_keys(self.months), employment * _MONTHS + month))
            told, got = int(self.months["told"][row]), int(self.months["received"][row])
            if not self.months["known"][row]:
                anew += [(portion, _NEVER) for portion in there]
            elif got > told and not self._accepts(told, got):
                anew += [(portion, month) for portion in there]
                self._reopen(employment, month, told, got - sum(p.cents for p in there))
        return sorted(anew)

    def _reopen(self, employment: int, month: int, told: int, already: int) -> None:
        if already < told and not self._accepts(told, already):
            months = [*self._open[employment], _OpenMonth(month, told, already)]
            self._open[employment] = deque(sorted(months, key=lambda each: each.month))


def _joined(told: Columns, cash: Columns) -> Columns:
    """Told wages and receipts side by side, ordered by employment and month."""
    keys, places = np.unique(np.concatenate([_keys(told), _keys(cash)]), return_inverse=True)
    from_data, from_cash = places[: len(told["month"])], places[len(told["month"]) :]
    months: Columns = {
        "employment": keys // _MONTHS,
        "month": keys % _MONTHS,
        **{name: np.zeros(len(keys), dtype=np.int64) for name in ("client", "told", "received")},
        "known": np.zeros(len(keys), dtype=bool),
    }
    months["client"][from_data], months["client"][from_cash] = told["client"], cash["client"]
    months["told"][from_data], months["known"][from_data] = told["wage"], True
    months["received"][from_cash] = cash["cents"]
    return months


def _keys(rows: Columns) -> Any:
    return rows["employment"] * _MONTHS + rows["month"]
