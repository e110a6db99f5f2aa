"""Who the clients are in a month, as known on a day: what settlement and payout look at.

What holds in a month is, of each case, the newest version with `valid_from` up to the month's last
day, among those recorded by then.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, and_, func, literal_column, select

from surplus import cases
from surplus.months import Month
from surplus.store import bulk
from surplus.store.tables import exemption, opening, person

Columns = dict[str, Any]

COLUMNS = (
    "status", "iban", "account_name", "household", "cost_sharers", "norm_category", "reference",
    "contact", "language", "starts_on", "ends_on", "withdrawn_on", "consent_on", "buffer_cap",
    "override_cents", "override_number", "override_until", "birth_date", "bsn",
    "partner_bsn", "partner_birth_date",
)  # fmt: skip


def clients_as_of(
    conn: Connection, municipality: str, month: int, known_on: str | None = None
) -> Columns:
    """Every client as it holds in a month.

    Args:
        conn: the store.
        municipality: its code.
        month: yyyymm.
        known_on: as known on this day; None for all that is known.

    Returns:
        client (ascending), version, valid_from, COLUMNS and `opens_on`, see `openings`. Dates are
        ISO text, '' where there is none; buffer_cap and override_cents are -1 where there is none.
    """
    chosen = _effective(municipality, month, known_on)
    rows = bulk.read(conn, cases.selected(municipality, chosen, COLUMNS))
    return rows | {"opens_on": openings(conn, municipality, rows["client"], known_on)}


def openings(
    conn: Connection, municipality: str, clients: Any, known_on: str | None = None
) -> npt.NDArray[np.object_]:
    """Of each client the day from which this administration counts; '' where it always did.

    Months before it were settled by an older administration, whose balances were taken over.
    """
    told = conn.execute(
        select(opening.c.client, opening.c.opens_on).where(
            opening.c.municipality == municipality,
            opening.c.recorded_on <= (known_on or cases.EVER),
        )
    )
    days = {int(number): day for number, day in told}
    if not days:
        return np.full(len(clients), "", dtype=object)
    return np.array([days.get(number, "") for number in clients.tolist()], dtype=object)


def persons_as_of(
    conn: Connection, municipality: str, month: int, known_on: str | None = None
) -> Columns:
    """The members of every household in a month: client, person (2 is the partner), bsn and
    birth_date ('' where not told), ordered by client and person.
    """
    chosen = _effective(municipality, month, known_on)
    query = select(person.c.client, person.c.person, person.c.bsn, person.c.birth_date)
    return bulk.read(conn, _of(query, person, chosen, municipality))


def exemptions_as_of(
    conn: Connection, municipality: str, month: int, known_on: str | None = None
) -> Columns:
    """The decided exemptions in a month: client, person, kind, right_from, months_entitled (-1
    where not told) and months_used (the baseline: before the first month settled here), ordered
    by client, person and kind.
    """
    chosen = _effective(municipality, month, known_on)
    entitled = func.coalesce(exemption.c.months_entitled, literal_column(str(cases.UNTOLD)))
    query = select(
        exemption.c.client, exemption.c.person, exemption.c.kind, exemption.c.right_from,
        entitled.label("months_entitled"), exemption.c.months_used,
    )  # fmt: skip
    ordered = _of(query, exemption, chosen, municipality).order_by(exemption.c.kind)
    return bulk.read(conn, ordered)


def _effective(municipality: str, month: int, known_on: str | None) -> Any:
    last_day = Month(month).last_day.isoformat()
    return cases.effective(municipality, last_day, known_on or cases.EVER)


def _of(query: Any, table: Any, chosen: Any, municipality: str) -> Any:
    same = and_(chosen.c.client == table.c.client, chosen.c.version == table.c.version)
    return (
        query.join(chosen, same)
        .where(table.c.municipality == municipality)
        .order_by(table.c.client, table.c.person)
    )
