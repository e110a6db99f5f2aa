"""The journal for the municipality's own general ledger (grootboek), once per month.

Compressed by the month of booking and account, in the accounts, cost centres and policy fields
(taakvelden) that surplus.toml names. What is once handed over is written down, so that asking
again gives the same file; what is booked later on a month that was handed over goes with the next.
All that was handed over adds up to the trial balance, but for the closing of years: the results of
the municipality's own ledger are its own to close.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from surplus import trail
from surplus.config import Settings
from surplus.ledger.accounts import NAMES, YEAR_CLOSE
from surplus.months import Month
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import general_ledger

Columns = dict[str, Any]

_MOVEMENTS = """
    SELECT booked_month, account,
           SUM(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS debit,
           SUM(CASE WHEN amount < 0 THEN -amount ELSE 0 END) AS credit
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_month <= :month
      AND (booked_month > :handed_over OR entry.entry > :through) AND kind <> :year_close
    GROUP BY booked_month, account ORDER BY booked_month, account
"""
_TRIAL = """
    SELECT account, SUM(amount) AS amount
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_month <= :month AND kind <> :year_close
    GROUP BY account
"""
_NEWEST = "SELECT COALESCE(MAX(entry), 0) AS entry FROM entry WHERE municipality = :municipality"


def handed_over(conn: Connection, municipality: str, month: Month) -> tuple[Columns, str] | None:
    """The journal of a month as it was handed over, and on which day; None where it was not."""
    told = conn.execute(
        select(general_ledger.c.lines, general_ledger.c.recorded_on).where(
            general_ledger.c.municipality == municipality, general_ledger.c.month == month
        )
    ).first()
    return (_columns(json.loads(told.lines)), told.recorded_on) if told else None


def hand_over(work: Work, month: Month) -> Columns:
    """Make the journal of a month and write down that it was handed over.

    Args:
        work: the run; the month must have ended by its date.
        month: of booking, later than those handed over.

    Returns:
        month, booked_month, account, account_name, gl_account, cost_centre, taakveld,
        debit_cents, credit_cents, amount_cents (debit positive), reference. Bookings on earlier
        months that no journal held yet are in it, under their own month.

    Raises:
        Refusal: the month has not ended or lies before one handed over, an account has no place
            in the general ledger, or the sums are not those of the trial balance (exit 5).
    """
    if Month.of(work.on) <= month:
        raise Refusal(f"{month} has not ended on {work.on}", "hand it over from the next month on")
    last, through = _last(work.conn, work.municipality)
    if month < last:
        raise Refusal(
            f"{Month(last)} was handed over already, with all of {month} that was booked by then",
            f"later bookings on {month} go with the journal after {Month(last)}",
        )
    rows = bulk.read(
        work.conn, _MOVEMENTS,
        {"municipality": work.municipality, "month": month, "handed_over": last,
         "through": through, "year_close": YEAR_CLOSE},
    )  # fmt: skip
    lines = _lines(work.settings, month, rows)
    _tie(work, month, lines)
    _record(work, month, lines)
    return _columns(lines)


def _last(conn: Connection, municipality: str) -> tuple[int, int]:
    """The last month handed over, and the newest entry there was then; zeros before the first."""
    told = conn.execute(
        select(general_ledger.c.month, general_ledger.c.through_entry)
        .where(general_ledger.c.municipality == municipality)
        .order_by(general_ledger.c.month.desc())
        .limit(1)
    ).first()
    return (told.month, told.through_entry) if told else (0, 0)


def _lines(settings: Settings, month: Month, rows: Columns) -> dict[str, list[Any]]:
    """The journal as lists that JSON can hold."""
    mapping = settings.general_ledger.accounts
    accounts = [str(account) for account in rows["account"].tolist()]
    if unknown := sorted(set(mapping) - {str(account) for account in NAMES}):
        raise Refusal(
            f"general_ledger.accounts: {', '.join(unknown)} is no account of the buffer books",
            "the accounts: " + ", ".join(f"{number} {name}" for number, (name, _) in NAMES.items()),
        )
    if absent := sorted(set(accounts) - set(mapping)):
        named = ", ".join(f"{account} {NAMES[int(account)][0]}" for account in absent)
        raise Refusal(
            f"no place in the general ledger for {named}",
            f'add {absent[0]} = {{ account = "…" }} and the like to [general_ledger.accounts]',
        )
    place = 1 if settings.municipality.language == "nl" else 0
    places = [mapping[account] for account in accounts]
    debit, credit = rows["debit"].tolist(), rows["credit"].tolist()
    return {
        "month": [str(month)] * len(accounts),
        "booked_month": [str(Month(booked)) for booked in rows["booked_month"].tolist()],
        "account": accounts,
        "account_name": [NAMES[int(account)][place] for account in accounts],
        "gl_account": [one.account for one in places],
        "cost_centre": [one.cost_centre for one in places],
        "taakveld": [one.taakveld for one in places],
        "debit_cents": debit,
        "credit_cents": credit,
        "amount_cents": [d - c for d, c in zip(debit, credit, strict=True)],
        "reference": [f"SURPLUS {settings.code} {month}"] * len(accounts),
    }


def _tie(work: Work, month: Month, lines: Mapping[str, list[Any]]) -> None:
    """See that all that was handed over, this included, is the trial balance of the month's end."""
    standing = bulk.read(
        work.conn, _TRIAL,
        {"municipality": work.municipality, "month": month, "year_close": YEAR_CLOSE},
    )  # fmt: skip
    left = dict(zip(standing["account"].tolist(), standing["amount"].tolist(), strict=True))
    before = work.conn.scalars(
        select(general_ledger.c.lines).where(general_ledger.c.municipality == work.municipality)
    )
    for journal in (*map(json.loads, before), lines):
        for account, cents in zip(journal["account"], journal["amount_cents"], strict=True):
            left[int(account)] = left.get(int(account), 0) - cents
    if apart := sorted(account for account, cents in left.items() if cents):
        raise Refusal(
            f"what was handed over is not the trial balance of {month} on {apart}",
            "run surplus check before anything is handed over",
            exit_code=5,
        )


def _record(work: Work, month: Month, lines: Mapping[str, list[Any]]) -> None:
    told = json.dumps(lines, ensure_ascii=False, separators=(",", ":"))
    newest = bulk.read(work.conn, _NEWEST, {"municipality": work.municipality})["entry"]
    bulk.append(
        work.conn,
        general_ledger,
        {
            "municipality": work.municipality, "month": np.array([month], dtype=np.int64),
            "through_entry": newest, "lines": told, "run": work.run, "recorded_on": work.on,
        },
    )  # fmt: skip
    trail.note(work, "export gl", f"{month} {hashlib.sha256(told.encode()).hexdigest()}")


def _columns(lines: Mapping[str, list[Any]]) -> Columns:
    return {
        name: np.array(values, dtype=np.int64 if name.endswith("_cents") else object)
        for name, values in lines.items()
    }
