"""The export tables of design.md §9: one function each, with the names and natural signs there.

Every table is sorted by its own key, so that the same store gives the same rows in the same order
on both engines. "Known on D" means recorded or booked by runs whose business date is not after D.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.ledger.accounts import (
    BUFFER,
    CLAIMS,
    IN_TRANSIT,
    RECEIVABLE,
    RESERVE,
)
from surplus.ledger.days import EVER, UP_TO, up_to
from surplus.months import Month
from surplus.problems import PROBLEMS, Refusal
from surplus.settlement import position
from surplus.settlement.history import CLIENTS
from surplus.store import bulk

Columns = dict[str, Any]


class ExportTable(Protocol):
    """A table for `surplus export`: of one month or all, as known on a day or now."""

    def __call__(
        self,
        conn: Connection,
        settings: Settings,
        *,
        month: int | None = None,
        known_on: str | None = None,
    ) -> Columns:
        """The table as columns of one length."""


_SETTLEMENTS = """
    SELECT municipality, client, month, version, cause, norm_cents, wage_cents, countable_cents,
           exemption_cents, benefit_cents, holiday_allowance_cents, passed_on_cents,
           entitlement_cents, recorded_on AS known_on, run
    FROM settlement
    WHERE municipality = :municipality AND state = 'settled' AND (:month = 0 OR month = :month)
      AND recorded_on BETWEEN :since AND :known_on
    ORDER BY month, client, version
"""

_JOURNAL = """
    SELECT entry.entry AS entry, posting.line AS posting, booked_on, kind, run,
           entry.municipality AS municipality,
           CASE WHEN posting.client <> 0 THEN posting.client ELSE entry.client END AS client,
           CASE WHEN posting.month <> 0 THEN posting.month ELSE entry.month END AS month,
           account, amount AS amount_cents, reference
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_on BETWEEN :since AND :known_on
      AND (:month = 0 OR posting.month = :month OR posting.month = 0 AND entry.month = :month)
    ORDER BY entry.entry, posting.line
"""

_FINDINGS = """
    SELECT municipality, finding AS id, code, client, month, amount_cents,
           CASE WHEN amount_cents IS NULL THEN 1 ELSE 0 END AS no_amount, subject, raised_on,
           CASE WHEN closed_on > :known_on THEN 'open' ELSE state END AS state,
           CASE WHEN closed_on > :known_on THEN '' ELSE resolved_by END AS resolved_by,
           CASE WHEN closed_on > :known_on THEN '' ELSE reason END AS reason
    FROM finding
    WHERE municipality = :municipality AND raised_on BETWEEN :since AND :known_on
      AND (:month = 0 OR month = :month)
    ORDER BY finding
"""

_REJECTED = """
    SELECT r.municipality AS municipality, r.delivery AS delivery, delivery.file AS file,
           r.line AS line, r.field AS field, r.code AS code, r.severity AS severity,
           r.state AS state
    FROM rejected_row AS r JOIN delivery
      ON delivery.municipality = r.municipality AND delivery.delivery = r.delivery
    WHERE r.municipality = :municipality AND r.state NOT IN ('recorded', 'unchanged')
      AND r.recorded_on BETWEEN :since AND :known_on AND (:month = 0 OR r.month = :month)
    ORDER BY r.rejected
"""

_PAYMENTS = """
    SELECT municipality, batch, client, month, kind, payee, round, amount_cents, iban, due_on,
           state AS status, end_to_end_id, obligation
    FROM obligation
    WHERE municipality = :municipality AND recorded_on BETWEEN :since AND :known_on
      AND (:month = 0 OR month = :month)
    ORDER BY obligation
"""

#: The last thing that happened to each obligation by a day, on its own or with its whole batch;
#: what a report of the bank says of a file as a whole is kept there, and moves nothing. A payment
#: that was put back when its batch was cancelled shared in the events of that batch until then.
#: CROSS JOIN has SQLite begin with the events of batches, which are few.
_STATES = """
    SELECT obligation, state FROM (
        SELECT obligation, state,
               ROW_NUMBER() OVER (PARTITION BY obligation ORDER BY event DESC) AS place
        FROM (SELECT obligation, event, state FROM payment_event
              WHERE municipality = :municipality AND recorded_on <= :known_on AND obligation <> 0
              UNION ALL
              SELECT obligation.obligation, event, payment_event.state
              FROM payment_event CROSS JOIN obligation
              WHERE payment_event.municipality = :municipality
                AND obligation.municipality = payment_event.municipality
                AND obligation.batch = payment_event.batch
                AND payment_event.recorded_on <= :known_on AND payment_event.obligation = 0
                AND payment_event.reason NOT LIKE '% delivery:%'
              UNION ALL
              SELECT back.obligation, whole.event, whole.state
              FROM payment_event AS back JOIN payment_event AS whole
                ON whole.municipality = back.municipality AND whole.batch = back.batch
               AND whole.obligation = 0 AND whole.event < back.event
              WHERE back.municipality = :municipality AND back.state = 'HELD'
                AND back.obligation <> 0 AND back.batch <> 0 AND whole.recorded_on <= :known_on
             ) AS happened
        WHERE state <> :but) AS ordered
    WHERE place = 1 ORDER BY obligation
"""

#: What the postings of each client add up to: now, or of a day as known on a day.
_BALANCES = """
    SELECT client, account, SUM(amount) AS amount FROM balance
    WHERE municipality = :municipality AND client <> 0
    GROUP BY client, account ORDER BY client, account
"""
_PAST_BALANCES = f"""
    SELECT posting.client AS client, account, SUM(amount) AS amount
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND posting.client <> 0 AND {UP_TO}
    GROUP BY posting.client, account ORDER BY posting.client, account
"""


def settlements(
    conn: Connection,
    settings: Settings,
    *,
    month: int | None = None,
    known_on: str | None = None,
    since: str = "",
) -> Columns:
    """Every version of every settled client-month; `known_on` is the day it became known.

    The fixed payment is F agreed, the same for all versions of a month. A month that is open, also
    one that became open again, has no row.
    """
    rows = _read(conn, settings, _SETTLEMENTS, month, known_on, since)
    told = agreed(conn, settings, rows, known_on)
    rows = {name: column[told.settled] for name, column in rows.items()}
    fixed = told.cents[told.settled]
    figures = {
        "fixed_payment_cents": fixed,
        "difference_cents": rows["entitlement_cents"] - fixed,
    }
    known = {name: rows.pop(name) for name in ("known_on", "run")}
    return _named(rows | figures | known)


def balances(
    conn: Connection,
    settings: Settings,
    *,
    month: int | None = None,
    known_on: str | None = None,
    as_of: str | None = None,
) -> Columns:
    """What stands on the accounts of each client, and the position that follows from it.

    Args:
        conn: the store.
        settings: the policy for a surplus, which says what is available, as it is today.
        month: must not be given.
        known_on: as known on this day.
        as_of: as it stood on this day; see `ledger.days`.

    Raises:
        Refusal: a month was asked for.
    """
    if month:
        raise Refusal(
            "balances stand on a day, not in a month",
            "ask for the day with --as-of YYYY-MM-DD, or --known-on YYYY-MM-DD",
        )
    known, day = known_on or EVER, as_of or EVER
    past = bool(known_on or as_of)
    held = bulk.read(
        conn,
        _PAST_BALANCES if past else _BALANCES,
        {"municipality": settings.code} | (up_to(known, day) if past else {}),
    )
    stand = position.positions(conn, settings, known_on=known, as_of=day)
    clients = np.union1d(stand["client"], held["client"])

    def natural(account: int, sign: int) -> Any:
        there = held["account"] == account
        return position.summed(clients, held["client"][there], sign * held["amount"][there])

    return _named(
        {
            "municipality": np.full(len(clients), settings.code, dtype=object),
            "client": clients,
            "buffer_cents": natural(BUFFER, -1),
            "position_cents": position.summed(clients, stand["client"], stand["position"]),
            "available_cents": position.summed(clients, stand["client"], stand["available"]),
            "receivable_cents": natural(RECEIVABLE, 1),
            "in_transit_cents": natural(IN_TRANSIT, -1),
            "holiday_reserve_cents": natural(RESERVE, -1),
            "claim_cents": natural(CLAIMS, 1),
        }
    )


def payments(
    conn: Connection,
    settings: Settings,
    *,
    month: int | None = None,
    known_on: str | None = None,
    since: str = "",
    but: str = "",
) -> Columns:
    """Every obligation with the status it had on `known_on`; `month` is the pay month.

    `but` is a status that is passed over: what stood before it shows.
    """
    rows = _payments(conn, settings, month, known_on, since, but)
    rows.pop("obligation")
    return _named(rows)


def obligations(conn: Connection, settings: Settings, since: str, known_on: str) -> Columns:
    """Every obligation recorded from a day to a day, by number, with its status on the last."""
    return _payments(conn, settings, None, known_on, since)


def journal(
    conn: Connection,
    settings: Settings,
    *,
    month: int | None = None,
    known_on: str | None = None,
    since: str = "",
) -> Columns:
    """Every posting, debit positive; `posting` numbers the lines of an entry.

    Client and month are those of the line, or where it has none those of its entry.
    """
    return _named(_read(conn, settings, _JOURNAL, month, known_on, since))


def findings(
    conn: Connection,
    settings: Settings,
    *,
    month: int | None = None,
    known_on: str | None = None,
    since: str = "",
) -> Columns:
    """Every finding with the state it had on `known_on`; an amount may be absent (None)."""
    rows = _read(conn, settings, _FINDINGS, month, known_on, since)
    absent = rows.pop("no_amount") == 1
    rows["amount_cents"] = np.where(absent, None, rows["amount_cents"].astype(object))
    return _named(rows)


def rejected(
    conn: Connection,
    settings: Settings,
    *,
    month: int | None = None,
    known_on: str | None = None,
    since: str = "",
) -> Columns:
    """What was said about rows in quarantine, with its remedy in the municipality's language."""
    rows = _read(conn, settings, _REJECTED, month, known_on, since)
    language = settings.municipality.language
    state = rows.pop("state")
    rows["remedy"] = mapped(rows["code"], lambda code: PROBLEMS[code].remedy[language])
    return rows | {"state": state}


#: What `surplus export TABLE` knows.
TABLES: dict[str, ExportTable] = {
    "settlements": settlements,
    "balances": balances,
    "payments": payments,
    "journal": journal,
    "findings": findings,
    "rejected": rejected,
}


class Agreed(NamedTuple):
    """F agreed of client-months in cents, 0 where a month is not settled, and whether it is."""

    cents: Any
    settled: Any


def agreed(
    conn: Connection, settings: Settings, rows: Columns, known_on: str | None = None
) -> Agreed:
    """F agreed of the months of `rows` (client and month), as known on a day."""
    months = position.differences(conn, settings.code, known_on or EVER)
    keys, wanted = (each["month"] * CLIENTS + each["client"] for each in (months, rows))
    settled = np.isin(wanted, keys)
    cents = np.zeros(len(wanted), dtype=np.int64)
    cents[settled] = months["fixed"][np.searchsorted(keys, wanted[settled])]
    return Agreed(cents, settled)


def count(columns: Columns) -> int:
    """How many rows a table has."""
    return len(next(iter(columns.values())))


def mapped(column: Any, told: Callable[[Any], Any]) -> Any:
    """What `told` says of each value; asked once for each different one."""
    values = column.tolist()
    words = {value: told(value) for value in set(values)}
    return np.array([words[value] for value in values], dtype=object)


def client_numbers(clients: Any) -> Any:
    """Clients as people write them (klantnummer): 1001 is K0001001; '' for none."""
    return mapped(clients, lambda client: f"K{client:07d}" if client else "")


def month_texts(months: Any) -> Any:
    """Months as text: 202603 is 2026-03; '' for none."""
    return mapped(months, lambda month: str(Month(month)) if month else "")


def _named(rows: Columns) -> Columns:
    """The rows with client numbers and months as text, in their places."""
    named: Columns = {}
    for name, column in rows.items():
        if name == "client":
            named["client_no"] = client_numbers(column)
        else:
            named[name] = month_texts(column) if name == "month" else column
    return named


def _read(
    conn: Connection,
    settings: Settings,
    query: str,
    month: int | None = None,
    known_on: str | None = None,
    since: str = "",
) -> Columns:
    told = {"month": month or 0, "known_on": known_on or EVER, "since": since}
    return bulk.read(conn, query, {"municipality": settings.code, **told})


def _payments(
    conn: Connection,
    settings: Settings,
    month: int | None,
    known_on: str | None,
    since: str = "",
    but: str = "",
) -> Columns:
    """Every obligation; on a past day with its status then: of the last event, or still held."""
    rows = _read(conn, settings, _PAYMENTS, month, known_on, since)
    if known_on is None:
        return rows
    told = {"municipality": settings.code, "known_on": known_on, "but": but}
    happened = bulk.read(conn, _STATES, told)
    then = dict(zip(happened["obligation"].tolist(), happened["state"].tolist(), strict=True))
    rows["status"] = mapped(rows["obligation"], lambda number: then.get(number, "HELD"))
    return rows
