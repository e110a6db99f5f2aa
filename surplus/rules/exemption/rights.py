"""Rights to an exemption as they are decided, of n clients and their partners.

A right (recht op vrijlating) is what the municipality decided for a person: a code of the client
file, the day from which it runs, the months it was given for and those used. Which exemption
follows from the rights in a month is the law's, see `order`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.rules.arrays import Days, Mask, Texts

#: Codes of the client file (vrijlating_soort); a right is told by its place here.
CODES = (
    "VRIJLATING_25",
    "MEDISCH_URENBEPERKT",
    "LOONKOSTENSUBSIDIE",
    "LOONKOSTENSUBSIDIE_BLIJVEND",
    "ALLEENSTAANDE_OUDER",
    "NIEUW_34A",
)
N, Y, Z, AA, R, NEW = range(len(CODES))
NONE = ("", "GEEN")


class Unknown(NamedTuple):
    """Rights with a code that stands for nothing here: place (0 … n−1), code and first day."""

    place: npt.NDArray[np.int64]
    code: Texts
    since: Days


class Rights(NamedTuple):
    """The decided rights of n clients and their partners (last axis 0 and 1).

    `since`, `entitled` and `used` have shape (rights, n, 2): the day from which a right runs (0
    where there is none), the months it was given for (0 where not told: the law's) and the months
    used before the month that is looked at. `unknown` holds the client-month that needs it.
    """

    since: Days
    entitled: npt.NDArray[np.int64]
    used: npt.NDArray[np.int64]
    unknown: Unknown

    @property
    def decided(self) -> Mask:
        """Who has a right at all, shape (n, 2)."""
        return np.asarray(np.logical_or.reduce(self.since > 0))


def decided_rights(
    clients: int, place: Any, person: Any, code: Texts, since: Days, entitled: Any, used: Any
) -> Rights:
    """The rights of n clients, from columns with one row per decided right.

    Args:
        clients: n.
        place: which client, 0 … n−1.
        person: 1 the client, 2 the partner.
        code: the right's code in the client file.
        since: the day from which it runs, yyyymmdd.
        entitled: months it was given for, 0 where not told.
        used: months used before the month to be settled. Of kinds whose clock is the calendar
            (r and 34a) it tells nothing: their months follow from `since`.

    >>> one = [np.array([value]) for value in (0, 1, "VRIJLATING_25", 20260301, 6, 2)]
    >>> given = decided_rights(1, *one)
    >>> given.since[N].tolist(), given.used[N].tolist(), given.decided.tolist()
    ([[20260301, 0]], [[2, 0]], [[True, False]])
    """
    shape = (len(CODES), clients, 2)
    dates, months, before = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    known = np.isin(code.astype(str), NONE)
    for right, name in enumerate(CODES):
        mine = code == name
        known |= mine
        cell = (right, place[mine], person[mine] - 1)
        dates[cell], months[cell], before[cell] = since[mine], entitled[mine], used[mine]
    return Rights(dates, months, before, Unknown(place[~known], code[~known], since[~known]))
