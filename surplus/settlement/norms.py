"""The norm of clients in a month, from decisions, the municipality's own list and the law."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.intake.clients_view import clients_as_of
from surplus.months import Month
from surplus.rules.arrays import day_numbers, first_told
from surplus.rules.norm import Households, Norms, norms
from surplus.settlement.basis import Basis, today
from surplus.settlement.participation import participates
from surplus.store import bulk
from surplus.store.rates import own_norms

Columns = dict[str, Any]

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


def norms_for(conn: Connection, settings: Settings, municipality: str, month: int) -> Columns:
    """The norm of everyone who participates in a month, on today's basis.

    Returns:
        client (ascending), norm_cents (0 where there is none), found, and missing: what is lacking
        ('' where the norm stands).
    """
    view = clients_as_of(conn, municipality, month)
    view = only(view, participates(view, Month(month)))
    found = norms_of(conn, municipality, view, Month(month), today(conn, settings))
    return {
        "client": view["client"],
        "norm_cents": found.cents,
        "found": found.lacks == "",
        "missing": found.lacks,
    }


def norms_of(
    conn: Connection,
    municipality: str,
    view: Columns,
    month: Month,
    basis: Basis,
    known_on: str = "9999-12-31",
) -> Norms:
    """The norm of the clients of a view in a month, on a basis.

    A participation that ends inside the month has no norm here: the norm by days is not decided.
    """
    count = len(view["client"])
    households = Households(
        category=view["norm_category"],
        household=view["household"],
        birth=births(view),
        cost_sharers=view["cost_sharers"],
        decided=decided(conn, municipality, "norm", month, view["client"], known_on),
    )
    own = own_norms(conn, municipality, basis.norms_until_run)
    found = norms(households, np.full(count, int(month)), basis.parameters, own)
    ends = np.asarray(view["ends_on"], dtype="U10")
    cut = (ends != "") & (ends < month.last_day.isoformat())
    return found._replace(lacks=first_told(found.lacks, np.where(cut, "norm by days", "")))


def births(view: Columns) -> Any:
    """Birth dates of client and partner as day numbers, shape (n, 2)."""
    return np.stack(
        [day_numbers(view["birth_date"].astype("U10")),
         day_numbers(view["partner_birth_date"].astype("U10"))], axis=1
    )  # fmt: skip


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
