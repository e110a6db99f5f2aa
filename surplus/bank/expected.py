"""What employers are still expected to pay, and on which months a wage that came in belongs.

The rule (design.md §5, §6): a receipt goes to the oldest open month of its employment. Within the
tolerance of what is open there, or smaller, it goes there as a whole; larger, it fills the open
months. What was decided never to come of a month is not open there. Where none is open, it goes to
the oldest month that is within the tolerance and still lacks as much, or nearly: the last part of a
wage by the week. What finds no month stands on the month of booking until one opens. On a month
that is not settled yet a receipt only waits; once the month settles with it, it stays.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection

from surplus.bank.told import wages
from surplus.config import Settings
from surplus.findings import Finding
from surplus.ledger.accounts import RECEIVABLE
from surplus.ledger.receipts import lost, placed, received
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
        self.months = months  # client, employment, month, told, known, settled, received; by key
        self.portions = portions  # item, client, employment, month, cents; row (in months)
        self.tolerance_percent = tolerance_percent
        self._accepted = self._accepts(months["told"], months["received"])
        self._open, self._short = self._opened(months["received"])

    @classmethod
    def read(cls, conn: Connection, settings: Settings, clients: Collection[int]) -> Expected:
        """What is expected of the employers of these clients, from the facts known now."""
        municipality, tolerance = settings.code, settings.income.tolerance_percent
        told, settled = wages(conn, settings, clients)
        told = _to_come(told, lost(conn, municipality, clients))
        cash = received(conn, municipality, clients)
        everywhere = placed(conn, municipality, clients)
        waiting = (everywhere["account"] == RECEIVABLE) & (everywhere["cents"] > 0)
        portions = {name: column[waiting] for name, column in everywhere.items()}
        return cls(_joined(told, cash, portions, settled), portions, tolerance)

    def open_months(self, employment: int) -> list[tuple[int, int, int]]:
        """Month, told and received of the open months of an employment, oldest first."""
        return [(o.month, o.told, o.received) for o in self._open.get(employment, ())]

    def place(self, employment: int, cents: int, last: int = _NEVER) -> tuple[list[Part], int]:
        """Put a receipt on the open months of an employment.

        Args:
            employment: who was paid by whom.
            cents: what came in.
            last: where it must be split, only months up to this one are filled.

        Returns:
            the parts, oldest month first, and the rest for which no month is open.
        """
        waiting, short = self._open[employment], self._short[employment]
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
                short.append(waiting.popleft())
        # Wage by the week: with three of four parts a month is within the tolerance.
        for each in short:
            fits = cents <= each.missing or self._accepts(each.missing, cents)
            if cents and fits and (each.month <= last or not parts):
                parts.append(Part(each.month, cents))
                each.received += cents
                cents = 0
        return parts, cents

    def moves(self, fixed: Callable[[Any], Collection[int]] = lambda _items: ()) -> list[Move]:
        """Where receipts belong that stand on months they do not pay, oldest first.

        Judged anew are receipts on months not settled yet, where they only wait, and those on a
        month that received too much; that month is open again for them. What the latter then still
        has too much may fill older months, never later ones. What any other month holds stays.

        Args:
            fixed: which of these bank items a person put where they stand: they stay there.
        """
        months, portions = self.months, self.portions
        row = portions["row"]
        too_much = months["known"] & (months["received"] > months["told"]) & ~self._accepted
        afresh = too_much | ~months["settled"]
        anew = afresh[row]
        anew &= ~np.isin(portions["item"], list(fixed(np.unique(portions["item"][anew]))))
        without = months["received"].copy()
        np.subtract.at(without, row[anew], portions["cents"][anew])
        queues = [*self._open.items(), *self._short.items()]
        waiting = sorted({employment for employment, queue in queues if queue})
        self._open, self._short = self._opened(np.where(afresh, without, months["received"]))
        judged = np.flatnonzero(anew & np.isin(portions["employment"], waiting))
        judged = judged[np.lexsort([portions["item"][judged], portions["employment"][judged]])]
        last = np.where(months["settled"], months["month"], _NEVER)[row]
        columns = (*(portions[n] for n in ("item", "client", "employment", "month", "cents")), last)
        found: list[Move] = []
        for item, client, employment, month, part, until in zip(
            *(column[judged].tolist() for column in columns), strict=True
        ):
            parts, _rest = self.place(employment, part, until)
            parts = [each for each in parts if each.month != month]
            if parts:
                found.append(Move(item, client, employment, month, parts))
        return found

    def differing(self) -> list[Finding]:
        """Employment-months that received something else than was told, outside the tolerance.

        A rest on a month without told data counts too: it was more than was expected. It is the
        state as read; receipts placed since do not count.
        """
        got, known = self.months["received"], self.months["known"]
        items, counts = np.unique(self.portions["item"], return_counts=True)
        split = np.zeros(len(got), dtype=bool)
        split[self.portions["row"][np.isin(self.portions["item"], items[counts > 1])]] = True
        differs = (got != 0) & np.where(known, ~self._accepted, split)
        return [
            Finding("RECEIPT_DIFFERS", client, month, f"employment:{employment}", cents)
            for client, employment, month, cents in zip(
                *(self.months[n][differs].tolist() for n in ("client", "employment", "month")),
                (got - self.months["told"])[differs].tolist(),
                strict=True,
            )
        ]

    def _accepts(self, told: Any, cents: Any) -> Any:
        return accepted(told, cents, self.tolerance_percent)

    def _opened(self, got: Any) -> tuple[dict[int, deque[_OpenMonth]], ...]:
        """The open months of every employment, oldest first, had they received `got`; and those
        within the tolerance that lack something all the same.
        """
        told = self.months["told"]
        lacks = self.months["known"] & (got < told)
        accepted_now = self._accepts(told, got)
        columns = (self.months["employment"], self.months["month"], told, got)
        queues: list[dict[int, deque[_OpenMonth]]] = []
        for chosen in (lacks & ~accepted_now, lacks & accepted_now & (got > 0)):
            found: dict[int, deque[_OpenMonth]] = defaultdict(deque)
            for employment, *rest in zip(*(each[chosen].tolist() for each in columns), strict=True):
                found[employment].append(_OpenMonth(*rest))
            queues.append(found)
        return tuple(queues)


def _to_come(told: Columns, never: Columns) -> Columns:
    """Told wages without what was decided never to come of them."""
    if not len(never["month"]) or not len(told["month"]):
        return told
    keys, gone = (each["employment"] * _MONTHS + each["month"] for each in (told, never))
    wage = np.array(told["wage"], dtype=np.int64)
    order = np.argsort(keys)
    places = order[np.searchsorted(keys, gone, sorter=order).clip(max=len(keys) - 1)]
    there = keys[places] == gone
    wage[places[there]] = np.maximum(0, wage[places[there]] - never["cents"][there])
    return told | {"wage": wage}


def _joined(told: Columns, cash: Columns, portions: Columns, settled: Columns) -> Columns:
    """Told wages and receipts side by side, by employment and month; portions learn their row."""
    parts = (told, cash, portions)
    keys, rows = np.unique(
        np.concatenate([part["employment"] * _MONTHS + part["month"] for part in parts]),
        return_inverse=True,
    )
    ends = np.cumsum([len(part["month"]) for part in parts])
    from_data, from_cash, portions["row"], _none = np.split(rows, ends)
    months: Columns = {
        "employment": keys // _MONTHS,
        "month": keys % _MONTHS,
        **{name: np.zeros(len(keys), dtype=np.int64) for name in ("client", "told", "received")},
        "known": np.zeros(len(keys), dtype=bool),
        "settled": np.isin(keys, settled["employment"] * _MONTHS + settled["month"]),
    }
    for part, places in ((portions, portions["row"]), (cash, from_cash), (told, from_data)):
        months["client"][places] = part["client"]
    months["told"][from_data], months["known"][from_data] = told["wage"], True
    months["received"][from_cash] = cash["cents"]
    return months
