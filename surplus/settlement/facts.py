"""Income facts as they count: the effective version of each, and which employments are running.

A fact is effective when no later one was told for its key (client, person, employment, relation,
period begin); the sender's order key decides what is later, never arrival (design.md §4, §6). Of
payslips `rules.income.tellings` says which count.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.intake.known import COUNTS
from surplus.intake.payslips import known as payslip_known
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

#: What else a payslip tells, and what makes it the one that counts.
_OF_PAYSLIP = ("income", "occurrence", "sender_iban", "gross_sv", "deductions", "pension")

_WITHIN = f"""
    municipality = :municipality AND recorded_on <= :known_on
    AND (month BETWEEN :margin_before AND :margin_after
         OR month BETWEEN :year_before AND :year_after AND employment IN (
             SELECT employment FROM income
             WHERE municipality = :municipality AND (period_kind <> '06' OR extra_paid <> 0)))
    AND {COUNTS}
    {{of_clients}}
"""
_TOLD = """
    client, person, employment, month, relation, period_begin, period_end, period_kind,
    source, state, income_code, delivery, line, run, relation_begin,
    COALESCE(relation_end, '') AS relation_end, COALESCE(tax_credit, 0) AS tax_credit,
    COALESCE(paid_on, '') AS paid_on, CASE WHEN net IS NULL THEN 0 ELSE 1 END AS net_told,
    {amounts}
"""
_EFFECTIVE = f"""
    SELECT {_TOLD}
    FROM (
        SELECT income.*, ROW_NUMBER() OVER (
            PARTITION BY client, person, employment, relation, source, period_begin
            ORDER BY sent_on DESC, sent_id DESC, income DESC) AS place
        FROM income
        WHERE {_WITHIN} AND source <> 'payslip'
    ) AS told
    WHERE place = 1
    ORDER BY client, month, employment, relation, period_begin
"""
_PAYSLIPS = f"""
    SELECT {_TOLD} FROM income WHERE {_WITHIN} AND source = 'payslip'
"""

_RELATIONS = f"""
    SELECT client, employment, relation, begun, ended
    FROM (
        SELECT client, employment, relation, COALESCE(relation_end, '') AS ended,
               MIN(period_begin) OVER (PARTITION BY client, employment, relation) AS begun,
               ROW_NUMBER() OVER (
                   PARTITION BY client, employment, relation
                   ORDER BY sent_on DESC, sent_id DESC, period_begin DESC,
                            COALESCE(relation_end, '') DESC) AS place
        FROM income
        WHERE municipality = :municipality AND recorded_on <= :known_on AND {COUNTS}
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
        One row per fact with its components in cents, ordered by client and month; the decision
        that `accepted` a payslip, 0 for none; dates as text, and as day numbers `begin`, `end`,
        `paid`, `relation_from` and `relation_to`.
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
    found = bulk.of_clients(conn, _EFFECTIVE.replace("{amounts}", amounts), told, clients)
    found["accepted"] = np.zeros(len(found["client"]), dtype=np.int64)
    # Whether a payslip counts may hang on one of the month beside its own.
    told |= {"margin_before": int(plus(first, -2)), "margin_after": int(plus(last, 2))}
    query = _PAYSLIPS.replace("{amounts}", ", ".join([amounts, *_OF_PAYSLIP]))
    slips = bulk.of_clients(conn, query, told, clients)
    if len(slips["client"]):
        found = _with_payslips(conn, municipality, found, slips, known_on)
    found |= {name: np.asarray(found[name], dtype="U9") for name in _SHORT}
    return found | {
        number: day_numbers(np.asarray(found[name], dtype="U10")) for name, number in _DAYS.items()
    }


def _with_payslips(
    conn: Connection, municipality: str, found: Columns, slips: Columns, known_on: str
) -> Columns:
    """The facts with the payslips that count among them."""
    slips = payslip_known.in_order(slips)
    chosen = payslip_known.choose(conn, municipality, slips, known_on)
    slips["accepted"] = chosen["accepted"]
    counts = chosen["counts"]
    both = {name: np.concatenate([found[name], slips[name][counts]]) for name in found}
    names = ("period_begin", "relation", "employment", "month", "client")
    order = np.lexsort([both[name] for name in names])
    return {name: column[order] for name, column in both.items()}


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
