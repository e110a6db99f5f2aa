"""Clients as they are in a month: the version that counts, and what was known of it on a day.

A version counts for a month when it is valid from its last day or earlier; of those the one told
last goes before.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from surplus.months import Month
from surplus.store import bulk

Columns = dict[str, Any]

EVER = "9999-12-31"

_LATEST = """
    SELECT client, MAX(version) AS version FROM client
    WHERE municipality = :municipality AND recorded_on <= :known_on
      AND (valid_from <= :last OR version = 1)
    GROUP BY client
"""

_CLIENTS = f"""
    SELECT c.client, c.version, c.status, c.iban, c.account_name, c.household, c.cost_sharers,
           c.norm_category, c.reference, c.contact, c.language,
           a.starts_on, a.ends_on, a.withdrawn_on, a.consent_on,
           COALESCE(a.buffer_cap, -1) AS buffer_cap,
           COALESCE(a.override_cents, -1) AS override_cents, a.override_number, a.override_until,
           p.bsn, p.birth_date, q.bsn AS partner_bsn, q.birth_date AS partner_birth_date
    FROM client AS c
    JOIN ({_LATEST}) AS latest ON latest.client = c.client AND latest.version = c.version
    JOIN agreement AS a
      ON a.municipality = c.municipality AND a.client = c.client AND a.version = c.version
    JOIN person AS p ON p.municipality = c.municipality AND p.client = c.client
      AND p.version = c.version AND p.person = 1
    LEFT JOIN person AS q ON q.municipality = c.municipality AND q.client = c.client
      AND q.version = c.version AND q.person = 2
    WHERE c.municipality = :municipality
    ORDER BY c.client
"""

_EXEMPTIONS = f"""
    SELECT e.client, e.person, e.kind, e.right_from,
           COALESCE(e.months_entitled, -1) AS months_entitled, e.months_used
    FROM exemption AS e
    JOIN ({_LATEST}) AS latest ON latest.client = e.client AND latest.version = e.version
    WHERE e.municipality = :municipality
    ORDER BY e.client, e.person, e.kind
"""

#: Text columns, so that they stay text where every row is empty or there is none.
TEXTS = (
    "status", "iban", "account_name", "household", "norm_category", "reference", "contact",
    "language", "starts_on", "ends_on", "withdrawn_on", "consent_on", "override_number",
    "override_until", "bsn", "birth_date", "partner_bsn", "partner_birth_date", "kind",
    "right_from",
)  # fmt: skip


def clients_as_of(
    conn: Connection, municipality: str, month: int, known_on: str | None = None
) -> Columns:
    """Every client as it is in a month, with its agreement and persons.

    Args:
        conn: the store.
        municipality: its code.
        month: yyyymm.
        known_on: as known on this day; None for today.

    Returns:
        One row per client, ascending; '' or -1 where something was not told.
    """
    return _read(conn, _CLIENTS, municipality, month, known_on)


def exemptions_as_of(
    conn: Connection, municipality: str, month: int, known_on: str | None = None
) -> Columns:
    """The rights to an earnings exemption in a month.

    Returns:
        client, person, kind, right_from, months_entitled (-1 where not told), months_used.
    """
    return _read(conn, _EXEMPTIONS, municipality, month, known_on)


def _read(
    conn: Connection, query: str, municipality: str, month: int, known_on: str | None
) -> Columns:
    rows = bulk.read(
        conn,
        query,
        {
            "municipality": municipality,
            "last": Month(month).last_day.isoformat(),
            "known_on": known_on or EVER,
        },
    )
    for name in TEXTS:
        if name in rows and rows[name].dtype != object:
            rows[name] = bulk.empty_texts(len(rows[name]))
    return rows
