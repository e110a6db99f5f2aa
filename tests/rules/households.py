"""One household in a month, so that a test of its norm says only what it is about."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from surplus.money import plain
from surplus.months import Month
from surplus.rules.norm import Norms, OwnNorms, Pieces, Stretches, housemates, norms, undecided
from surplus.rules.parameters import Parameters

from .tables import STATUTORY

#: Births of people of an age that does not change in the first half of 2026.
AGE = {"17": 20081231, "18-20": 20060701, "21+": 19900101, "aow": 19500101, "?": 0, "-": 0}
HOUSEHOLD = {
    "single": "ALLEENSTAANDE",
    "single parent": "ALLEENSTAANDE_OUDER",
    "couple": "GEHUWD",
}


def own(*listed: tuple[str, str, str, int]) -> OwnNorms:
    """The municipality's own list: category, first day, last day, cents."""
    columns = list(zip(*listed, strict=True)) or [(), (), (), ()]
    *texts, totals = columns
    return OwnNorms(
        *(np.array(column, dtype=object) for column in texts), np.array(totals, dtype=np.int64)
    )


NO_LIST = own()


def stretch(
    kind: str, *births: int, first: int = 20260301, last: int = 20260331, sharers: int = 1,
    place: int = 0, category: str = "", **told: Any,
) -> Stretches:  # fmt: skip
    """A household over some days; `sharers` is A as told, `told` what was decided."""
    birth = np.array([[*births, 0][:2]])
    days = np.array([first]), np.array([last])
    whole = undecided(
        np.array([place]), *days, np.array([category], dtype=object),
        np.array([HOUSEHOLD.get(kind, kind)], dtype=object), birth,
        housemates(np.array([sharers]), birth, days[0]),
    )  # fmt: skip
    return whole._replace(**{name: np.array([value]) for name, value in told.items()})


class Norm(NamedTuple):
    """N as text with a decimal point, its origin, and what it lacks."""

    cents: str
    origin: str
    lacks: str


def norm_of(
    *stretches: Stretches, parameters: Parameters = STATUTORY, own: OwnNorms = NO_LIST
) -> Norm:
    """N of one client in the month of its stretches."""
    return one(norms_of(*stretches, parameters=parameters, own=own)[0])


def norms_of(
    *stretches: Stretches, parameters: Parameters = STATUTORY, own: OwnNorms = NO_LIST
) -> tuple[Norms, Pieces]:
    """N of the clients of all these stretches, which lie in one month."""
    together = Stretches(*(np.concatenate(column) for column in zip(*stretches, strict=True)))
    count = int(together.place.max()) + 1
    months = np.full(count, int(together.first[0]) // 100)
    return norms(together, months, parameters, own)


def one(found: Norms) -> Norm:
    """The norm of the only client-month."""
    return Norm(plain(int(found.cents[0])), found.origin[0], found.lacks[0])


def whole(month: int) -> dict[str, int]:
    """First and last day of a month, for `stretch`."""
    first, last = Month(month).first_day, Month(month).last_day
    return {"first": int(f"{first:%Y%m%d}"), "last": int(f"{last:%Y%m%d}")}
