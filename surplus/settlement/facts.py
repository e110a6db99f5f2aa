"""Income facts as they count: the effective version of each, and which employments are running.

A fact is effective when no later one was told for its key (client, person, employment, relation,
period begin); the sender's order key decides what is later, never arrival (design.md §4, §6).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.months import Month, plus
from surplus.rules.arrays import day_numbers
from surplus.store import bulk

Columns = dict[str, Any]

EVER = "9999-12-31"

#: Amounts in cents, of a delivery and of a payslip; 0 where not told.
AMOUNTS = (
    "net", "net_special", "travel", "holiday_paid", "holiday_accrued", "extra_paid",
    "wage_tax_base", "wage_tax", "company_car", "health_levy", "net_paid", "net_payable",
    "allowance", "voluntary", "attachment", "holiday_paid_net", "holiday_accrued_net",
    "extra_paid_net", "extra_accrued",
)  # fmt: skip

_EFFECTIVE = """
    SELECT client, person, employment, month, relation, period_begin, period_end, period_kind,
           source, state, income_code, delivery, line, run, relation_begin,
           COALESCE(relation_end, '') AS relation_end, COALESCE(tax_credit, 0) AS tax_credit,
           COALESCE(paid_on, '') AS paid_on,
           CASE WHEN net IS NULL THEN 0 ELSE 1 END AS net_told, {amounts}
    FROM (
        SELECT income.*, ROW_NUMBER() OVER (
            PARTITION BY client, person, employment, relation, source, period_begin, occurrence
            ORDER BY sent_on DESC, sent_id DESC, income DESC) AS place
        FROM income
        WHERE municipality = :municipality AND recorded_on <= :known_on
          AND (month BETWEEN :margin_before AND :margin_after
               OR month BETWEEN :year_before AND :year_after AND employment IN (
                   SELECT employment FROM income
                   WHERE municipality = :municipality
                     AND (period_kind <> '06' OR extra_paid <> 0)))
          {of_clients}
    ) AS told
    WHERE place = 1
    ORDER BY client, month, employment, relation, period_begin
"""

_RELATIONS = """
    SELECT client, employment, relation, begun, ended
    FROM (
        SELECT client, employment, relation, COALESCE(relation_end, '') AS ended,
               MIN(period_begin) OVER (PARTITION BY client, employment, relation) AS begun,
               ROW_NUMBER() OVER (
                   PARTITION BY client, employment, relation
                   ORDER BY sent_on DESC, sent_id DESC, period_begin DESC, income DESC) AS place
        FROM income
        WHERE municipality = :municipality AND recorded_on <= :known_on
          AND (:client = 0 OR client = :client)
    ) AS told
    WHERE place = 1
    ORDER BY client, employment
"""


#: A payslip may say that it was paid so many months after its period ended (R33: 62 days).
PAID_WITHIN = 3
#: Dates of a fact, and the name under which they stand as day numbers too.
_DAYS = {
    "period_begin": "begin", "period_end": "end", "paid_on": "paid",
    "relation_begin": "relation_from", "relation_end": "relation_to",
}  # fmt: skip
_SHORT = ("period_kind", "source", "state", "income_code")


def effective(
    conn: Connection,
    municipality: str,
    first: int = 0,
    last: int = 999912,
    *,
    clients: Collection[int] | None = None,
    known_on: str = EVER,
) -> Columns:
    """The effective facts that say something of the months `first` to `last`.

    Those whose period ends there or just beside; and of employments with four-weekly or weekly
    pay, or with year-end pay, all from January of that year to a year after: a yearly check and a
    year-end amount reach that far.

    Args:
        conn: the store.
        municipality: its code.
        first: first month, yyyymm.
        last: last month, both included.
        clients: only these; None for all.
        known_on: as known on this day.

    Returns:
        One row per fact with its components in cents, ordered by client and month; dates as text,
        and as day numbers `begin`, `end`, `paid`, `relation_from` and `relation_to`.
    """
    # A later version may tell another end of the period, so the neighbours are looked at too.
    told = {
        "municipality": municipality,
        "margin_before": int(plus(first, -1)), "margin_after": int(plus(last, 1)),
        "year_before": min(int(first) // 100 * 100 + 1, int(plus(first, -PAID_WITHIN))),
        "year_after": int(plus(last, 12)),
        "known_on": known_on,
    }  # fmt: skip
    amounts = ", ".join(f"COALESCE({name}, 0) AS {name}" for name in AMOUNTS)
    query = _EFFECTIVE.replace("{amounts}", amounts)
    facts = bulk.of_clients(conn, query, told, clients)
    facts |= {name: np.asarray(facts[name], dtype="U9") for name in _SHORT}
    return facts | {
        number: day_numbers(np.asarray(facts[name], dtype="U10")) for name, number in _DAYS.items()
    }


def relations(
    conn: Connection, municipality: str, *, client: int = 0, known_on: str = EVER
) -> Columns:
    """Every employment relation as last told.

    Payslips tell neither a relation nor its end: they count only where nothing else was told of
    the employment.

    Returns:
        client, employment, begun (first day of the first period told), ended ('' while running).
    """
    told = {"municipality": municipality, "client": client, "known_on": known_on}
    found = bulk.read(conn, _RELATIONS, told)
    named = found["relation"] != ""
    kept = named | ~np.isin(found["employment"], found["employment"][named])
    return {name: column[kept] for name, column in found.items()}


def running(relation: Columns, month: Month) -> Columns:
    """The employments that run in a month: told up to or into it, with no end before it.

    Returns:
        client and employment, each pair once.
    """
    begun = _texts(relation["begun"]) <= month.last_day.isoformat()
    ended = _texts(relation["ended"])
    runs = begun & ((ended == "") | (ended >= month.first_day.isoformat()))
    pairs = np.unique(
        np.column_stack([relation["client"][runs], relation["employment"][runs]]), axis=0
    ).reshape(-1, 2)
    return {"client": pairs[:, 0], "employment": pairs[:, 1]}


def _texts(column: Any) -> Any:
    return np.asarray(column, dtype="U10")
