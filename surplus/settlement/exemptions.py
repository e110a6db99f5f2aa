"""Rights to an exemption in a month, with the months used before it (domain.md §3.5).

The counters of n and z count settled months in which E was above 0. A corrected month moves the
counters of all months after it, so they are counted anew on each walk through the months and
stored nowhere. A right from a later day counts from that day on: a second counter by decision
(domain.md §9 no. 11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.intake.clients.view import exemptions_as_of
from surplus.months import Month
from surplus.rules.arrays import day_numbers
from surplus.rules.exemption import COUNTED, Rights, decided_rights, number
from surplus.settlement.norms import only

Columns = dict[str, Any]

EVER = "9999-12-31"


@dataclass(frozen=True)
class UsedMonths:
    """One row per person and month: client, person (0 the client, 1 the partner), place of the
    right among `exemption.CODES`, and month.
    """

    client: Any
    person: Any
    right: Any
    month: Any

    @classmethod
    def of(cls, versions: Columns) -> UsedMonths:
        """From settled versions, as the store has them."""
        rows = []
        for kind in COUNTED:
            for person in (0, 1):
                mine = versions[f"exemption_kind_{person + 1}"] == kind.letter
                rows.append(_rows(versions["client"][mine], person, kind.right,
                                  versions["month"][mine]))  # fmt: skip
        return cls(*np.concatenate(rows, axis=1))

    def and_of(self, month: Month, clients: Any, kinds: Any) -> UsedMonths:
        """With the exemptions of one more settled month.

        Args:
            month: the month.
            clients: n numbers.
            kinds: numbers of the kinds that were used, shape (n, 2).
        """
        rows = [np.stack([self.client, self.person, self.right, self.month])]
        for kind in COUNTED:
            place, person = np.nonzero(kinds == number(kind))
            rows.append(_rows(clients[place], person, kind.right, int(month)))
        return UsedMonths(*np.concatenate(rows, axis=1))

    def counted(self, clients: Any, since: Any) -> Any:
        """Months used of each right since it began.

        Args:
            clients: n numbers, ascending.
            since: day numbers, shape (rights, n, 2).

        Returns:
            Months, the baseline of the client file not included, in the shape of `since`.
        """
        mine = np.flatnonzero(np.isin(self.client, clients, kind="table"))
        place = np.searchsorted(clients, self.client[mine])
        cells = np.ravel_multi_index((self.right[mine], place, self.person[mine]), since.shape)
        counts = self.month[mine] >= since.ravel()[cells] // 100
        return np.bincount(cells[counts], minlength=since.size).reshape(since.shape)


def rights_of(
    conn: Connection, municipality: str, clients: Any, month: Month, used: UsedMonths,
    known_on: str = EVER,
) -> Rights:  # fmt: skip
    """The rights to an exemption that clients have in a month, with the months used before it.

    Args:
        conn: the store.
        municipality: its code.
        clients: n numbers, ascending.
        month: the month.
        used: months used as settled here; those of the client file are added.
        known_on: as known on this day.
    """
    rows = exemptions_as_of(conn, municipality, int(month), known_on=known_on)
    rows = only(rows, np.isin(rows["client"], clients))
    told = decided_rights(
        len(clients),
        np.searchsorted(clients, rows["client"]),
        rows["person"],
        rows["kind"],
        day_numbers(np.asarray(rows["right_from"], dtype="U10")),
        np.maximum(rows["months_entitled"], 0),
        rows["months_used"],
    )
    return told._replace(used=told.used + used.counted(clients, told.since))


def _rows(client: Any, person: Any, right: int, month: Any) -> Any:
    return np.stack(np.broadcast_arrays(client, person, right, month)).astype(np.int64)
