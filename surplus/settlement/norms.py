"""The norm of clients in a month, from decisions, the municipality's own list and the law.

What holds on each day is told by versions of the case, which count from their first day on, and by
decisions, on the days for which they hold; the rule makes one amount of it (`surplus.rules.norm`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sqlalchemy import Connection, or_, select

from surplus import cases
from surplus.money import rate_of
from surplus.months import Month
from surplus.rules.arrays import day_numbers
from surplus.rules.norm import (
    Layer,
    Norms,
    Pieces,
    Stretches,
    housemates,
    laid_over,
    norms,
    undecided,
)
from surplus.settlement.basis import Basis
from surplus.store import bulk
from surplus.store.rates import own_norms
from surplus.store.tables import client

Columns = dict[str, Any]

EVER = "9999-12-31"
#: An end that was not told.
ENDLESS = 9999_12_31

#: The latest decision of a kind that is in force on the first day of a month.
_DECIDED = """
    SELECT d.client AS client, d.amount_cents AS amount, d.number AS number
    FROM decision AS d
    JOIN (SELECT client, MAX(decision) AS decision FROM decision
          WHERE municipality = :municipality AND kind = :kind AND recorded_on <= :known_on
            AND COALESCE(valid_from, '') <= :last
            AND (COALESCE(valid_until, '') = '' OR valid_until >= :first)
          GROUP BY client) AS latest ON latest.decision = d.decision
    WHERE d.municipality = :municipality ORDER BY d.client
"""

#: Every decision about the norm that has begun by the end of a month, in the order told.
_ABOUT_THE_NORM = """
    SELECT client, kind, COALESCE(amount_cents, 0) AS amount_cents, value,
           COALESCE(valid_from, '') AS valid_from, COALESCE(valid_until, '') AS valid_until
    FROM decision
    WHERE municipality = :municipality AND recorded_on <= :known_on
      AND kind IN ('norm', 'norm-reduction', 'norm-increase', 'institution',
                   'spouse-without-right', 'dependent-children', 'no-recourse-to-parents')
      AND COALESCE(valid_from, '') <= :last
    ORDER BY decision
"""


def norms_of(
    conn: Connection,
    municipality: str,
    view: Columns,
    month: Month,
    basis: Basis,
    known_on: str = EVER,
) -> Norms:
    """The norm of the clients of a view in a month, on a basis.

    The participation is the right: from its first day to its last [MODEL].
    """
    return norms_by_day(conn, municipality, view, month, basis, known_on)[0]


def norms_by_day(
    conn: Connection,
    municipality: str,
    view: Columns,
    month: Month,
    basis: Basis,
    known_on: str = EVER,
) -> tuple[Norms, Pieces]:
    """The same, with the stretches of days of which each norm is made up."""
    versions = versions_within(conn, municipality, view, month, known_on)
    decisions = bulk.read(
        conn,
        _ABOUT_THE_NORM,
        {
            "municipality": municipality, "known_on": known_on,
            "last": month.last_day.isoformat(),
        },
    )  # fmt: skip
    own = own_norms(conn, municipality, basis.norms_until_run)
    days = stretches_of(view, month, versions, decisions)
    return norms(days, np.full(len(view["client"]), int(month)), basis.parameters, own)


def versions_within(
    conn: Connection, municipality: str, view: Columns, month: Month, known_on: str = EVER
) -> Columns:
    """Every version so far of the cases of which the newest begins after a month's first day.

    Returns:
        client, version, valid_from and the columns that the norm depends on, by client and
        version; without rows where no version begins within the month.
    """
    first, last = month.first_day.isoformat(), month.last_day.isoformat()
    later = (np.asarray(view["valid_from"], dtype="U10") > first) & (view["version"] > 1)
    if not later.any():
        return {"client": view["client"][:0]}
    mine = (client.c.municipality == municipality, client.c.recorded_on <= known_on)
    begun_within = select(client.c.client).where(
        *mine, client.c.valid_from > first, client.c.valid_from <= last
    )
    chosen = (
        select(client.c.client, client.c.version)
        .where(*mine, client.c.client.in_(begun_within))
        .where(or_(client.c.valid_from <= last, client.c.version == 1))
        .subquery()
    )
    names = ("household", "cost_sharers", "norm_category", "birth_date", "partner_birth_date")
    rows = bulk.read(conn, cases.selected(municipality, chosen, names))
    return only(rows, np.isin(rows["client"], view["client"][later]))


def stretches_of(view: Columns, month: Month, versions: Columns, decisions: Columns) -> Stretches:
    """The days with a right of the clients of a view in a month, and what holds on them.

    Args:
        view: the clients, ascending, as the month ends.
        month: the month.
        versions: of cases that change within it, see `versions_within`.
        decisions: about the norm, in the order told: client, kind, amount_cents, value,
            valid_from, valid_until.
    """
    days = _participation(view, month)
    clients = view["client"]
    layers = [_versions(clients, versions, month)] if len(versions["client"]) else []
    decisions = only(decisions, np.isin(decisions["client"], clients))
    layers += _decisions(clients, _not_told_again(decisions))
    return laid_over(days, layers) if layers else days


def _participation(view: Columns, month: Month) -> Stretches:
    """One stretch per client who participates on a day of the month, by the newest version."""
    first, last = (int(f"{day:%Y%m%d}") for day in (month.first_day, month.last_day))
    count = len(view["client"])
    begin = np.maximum(first, _days(view["starts_on"], 0))
    end = np.minimum(last, _days(view["ends_on"], ENDLESS))
    birth = births(view)
    everyone = undecided(
        np.arange(count), begin, end, np.asarray(view["norm_category"], dtype=object),
        np.asarray(view["household"], dtype=object), birth,
        housemates(view["cost_sharers"], birth, np.full(count, first)),
    )  # fmt: skip
    there = begin <= end
    return everyone if there.all() else everyone.at(there)


def _versions(clients: Any, rows: Columns, month: Month) -> Layer:
    """Each version from its first day on; the first one also before it."""
    begin = np.where(rows["version"] == 1, 0, day_numbers(rows["valid_from"].astype("U10")))
    birth = births(rows)
    told_for = np.maximum(begin, int(f"{month.first_day:%Y%m%d}"))
    return Layer(
        np.searchsorted(clients, rows["client"]),
        begin,
        np.full(len(begin), ENDLESS),
        {
            "category": rows["norm_category"],
            "household": rows["household"],
            "birth": birth,
            "housemates": housemates(rows["cost_sharers"], birth, told_for),
        },
    )


def _not_told_again(decisions: Columns) -> Columns:
    """Without those told again later with the same kind and first day, such as to end them."""
    places = zip(*(decisions[n].tolist() for n in ("client", "kind", "valid_from")), strict=True)
    last = {place: row for row, place in enumerate(places)}
    return only(decisions, np.array(sorted(last.values()), dtype=np.int64))


def _decisions(clients: Any, rows: Columns) -> list[Layer]:
    """What the decisions of each kind tell, on the days for which they hold."""
    layers = []
    for kind in dict.fromkeys(rows["kind"]):
        mine = only(rows, rows["kind"] == kind)
        name, values = TOLD[kind](mine)
        layers.append(
            Layer(
                np.searchsorted(clients, mine["client"]), _days(mine["valid_from"], 0),
                _days(mine["valid_until"], ENDLESS), {name: values},
            )
        )  # fmt: skip
    return layers


def _adjustment(rows: Columns) -> Any:
    """Cents and rate per 100,000 of reductions or increases: `10%`, or an amount."""
    percentages = (text.rstrip("%").replace(",", ".") for text in rows["value"].tolist())
    rates = [rate_of(text or "0") for text in percentages]
    return np.stack([rows["amount_cents"], np.array(rates, dtype=np.int64)], axis=1)


def _inside(rows: Columns) -> Any:
    """Who stays in an institution: client and spouse."""
    who = rows["value"]
    return np.stack([who != "partner", who != "self"], axis=1)


def _yes(rows: Columns) -> Any:
    return np.ones(len(rows["client"]), dtype=bool)


#: What a decision of each kind tells of the days for which it holds: column, and its values.
TOLD: dict[str, Callable[[Columns], tuple[str, Any]]] = {
    "norm": lambda rows: ("decided", rows["amount_cents"]),
    "norm-reduction": lambda rows: ("reduction", _adjustment(rows)),
    "norm-increase": lambda rows: ("increase", _adjustment(rows)),
    "institution": lambda rows: ("inside", _inside(rows)),
    "spouse-without-right": lambda rows: ("without_right", _yes(rows)),
    "dependent-children": lambda rows: ("children", _yes(rows)),
    "no-recourse-to-parents": lambda rows: ("no_recourse", _yes(rows)),
}


def births(view: Columns) -> Any:
    """Birth dates of client and partner as day numbers, shape (n, 2)."""
    return np.stack(
        [day_numbers(view["birth_date"].astype("U10")),
         day_numbers(view["partner_birth_date"].astype("U10"))], axis=1
    )  # fmt: skip


def _days(texts: Any, untold: int) -> Any:
    """Days as numbers; `untold` where there is none."""
    days = np.full(len(texts), untold)
    told = np.flatnonzero(texts != "")
    days[told] = day_numbers(texts[told].astype("U10"))
    return days


def decided(
    conn: Connection,
    municipality: str,
    kind: str,
    month: Month,
    clients: Any,
    known_on: str = "9999-12-31",
) -> Any:
    """The amount of the latest decision of a kind in force in a month, per client; 0 without."""
    rows = bulk.read(
        conn,
        _DECIDED,
        {
            "municipality": municipality, "kind": kind, "known_on": known_on,
            "first": month.first_day.isoformat(), "last": month.first_day.isoformat(),
        },
    )  # fmt: skip
    amounts = dict(zip(rows["client"].tolist(), rows["amount"].tolist(), strict=True))
    if not amounts:
        return np.zeros(len(clients), dtype=np.int64)
    return np.array([amounts.get(c, 0) for c in clients.tolist()], dtype=np.int64)


def only(columns: Columns, mask: Any) -> Columns:
    """The rows of a table of columns where `mask` holds."""
    return {name: column[mask] for name, column in columns.items()}
