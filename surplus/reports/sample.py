"""A monetary unit sample of payments: every so many euros the payment that holds it.

The first hit follows from the seed alone by a hash that every tool can compute, so that the auditor
draws the same sample with the cumulative column and a calculator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import bindparam, text

from surplus.ledger.accounts import IN_TRANSIT
from surplus.problems import Refusal
from surplus.reports import tables
from surplus.reports.period import Period
from surplus.reports.reconciliation import APPROVALS
from surplus.reports.splice import Sheet

Columns = dict[str, Any]

#: Payments drawn at most: each has a sheet of its own.
MOST = 300
#: Entries that take an approved payment back.
TAKEN_BACK = ("payment-cancelled", "payment-reversed")

_PAID = text(
    """
    SELECT posting.item AS obligation, entry.entry AS entry, booked_on,
           entry.client AS client, entry.month AS month, kind, -amount AS amount_cents
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND account = :transit AND kind IN :kinds
      AND booked_on BETWEEN :first AND :last
    ORDER BY posting.item, entry.entry
    """
).bindparams(bindparam("kinds", expanding=True))

#: Months that were settled without a fixed amount: zero rows of the population.
_ZERO = """
    SELECT 0 AS obligation, 0 AS entry, recorded_on AS booked_on, client, month,
           'fixed' AS kind, 0 AS amount_cents
    FROM settlement
    WHERE municipality = :municipality AND state = 'settled' AND fixed_cents = 0
      AND recorded_on BETWEEN :first AND :last
    ORDER BY month, client, version
"""


class Sampling(NamedTuple):
    """How to draw: the interval in cents (positive), and the seed."""

    interval: int
    seed: int

    @property
    def first(self) -> int:
        """The first hit, from 1 to the interval: 1 + SHA-256(seed as text) modulo the interval.

        >>> Sampling(1, 2026).first, 1 <= Sampling(500_000, 2026).first <= 500_000
        (1, True)
        """
        number = int.from_bytes(hashlib.sha256(str(self.seed).encode()).digest())
        return 1 + number % self.interval

    def hits(self, cumulative: Any) -> Any:
        """How many hits lie at or below cumulative amounts in cents, shape (n,)."""
        return (cumulative + self.interval - self.first) // self.interval


class Sampled(NamedTuple):
    """A sample that was drawn: how, the number of hits, and a sheet for each payment drawn."""

    sampling: Sampling
    hits: int
    dossiers: Sequence[Sheet]


def population(period: Period, sampling: Sampling) -> tuple[Columns, Columns]:
    """Every payment approved in the period with its hits, and apart what cannot be drawn.

    Returns:
        The positive amounts by number of payment with `cumulative_cents` and `hits`; and payments
        that were taken back (negative) and months without a fixed amount (zero).

    Raises:
        Refusal: the interval would draw more than MOST payments.
    """
    paid = period.read(_PAID, transit=IN_TRANSIT, kinds=[*APPROVALS, *TAKEN_BACK])
    positive = paid["amount_cents"] > 0
    drawn = {name: column[positive] for name, column in paid.items()}
    cumulative = np.cumsum(drawn["amount_cents"], dtype=np.int64)
    below = sampling.hits(cumulative - drawn["amount_cents"])
    hits = sampling.hits(cumulative) - below
    if (count := np.count_nonzero(hits)) > MOST:
        raise Refusal(
            f"this interval draws {count} payments; at most {MOST} get a file",
            "give a larger --sample-interval",
        )
    zero = period.read(_ZERO)
    apart = {
        name: np.concatenate([column[~positive], zero[name]])
        if len(zero["client"])
        else column[~positive]
        for name, column in paid.items()
    }
    return _named(drawn) | {"cumulative_cents": cumulative, "hits": hits}, _named(apart)


def formulas(sampling: Sampling, *, whole: bool) -> dict[str, str]:
    """The columns of the sample that a spreadsheet computes again.

    Args:
        sampling: how it is drawn.
        whole: all rows stand on one sheet, so that each can add to the one above.
    """
    start = sampling.interval - sampling.first
    hits = "INT((ROUND({of}*100,0)+{start})/{step})"
    told = {"start": start, "step": sampling.interval}
    upper, lower = (hits.format(of=of, **told) for of in ("H{row}", "(H{row}-G{row})"))
    live = {"hits": f"{upper}-{lower}"}
    return live | ({"cumulative_cents": "ROUND(N(H{above})+G{row},2)"} if whole else {})


def _named(rows: Columns) -> Columns:
    """The rows with clients and months as people write them."""
    told = rows | {
        "client_no": tables.client_numbers(rows["client"]),
        "month": tables.month_texts(rows["month"]),
    }
    order = ("obligation", "entry", "booked_on", "client_no", "month", "kind", "amount_cents")
    return {name: told[name] for name in order}
