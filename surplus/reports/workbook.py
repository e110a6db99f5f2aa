"""The auditors' workbook: all that was booked, recorded and paid in a period, tied together.

Every sheet but the cover is a plain table; the cover counts and adds them up again by formula
(formats.md §5.3). It holds no BSN, and account numbers on the sheet of payments alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import IO, Any, NamedTuple

import numpy as np

from surplus import __version__
from surplus.ledger import seal
from surplus.ledger.accounts import BUFFER, CLAIMS, NAMES, RECEIVABLE, RESERVE
from surplus.problems import PROBLEMS
from surplus.reports import (
    code_words,
    evidence,
    pictures,
    population,
    reconciliation,
    sample,
    splice,
    tables,
    words,
)
from surplus.reports.cover import Told, cover
from surplus.reports.dossier import dossier
from surplus.reports.period import Period
from surplus.reports.sample import Sampled, Sampling
from surplus.reports.sheets import sheet
from surplus.reports.splice import Sheet

Columns = dict[str, Any]

#: Every version of a month, also of one that became open again; what D rose by it.
_VERSIONS = """
    SELECT s.client AS client, s.month AS month, s.version AS version, s.state AS state,
           s.cause AS cause, s.norm_cents AS norm_cents, s.wage_cents AS wage_cents,
           s.countable_cents AS countable_cents, s.exemption_cents AS exemption_cents,
           s.benefit_cents AS benefit_cents,
           s.holiday_allowance_cents AS holiday_allowance_cents,
           s.passed_on_cents AS passed_on_cents, s.entitlement_cents AS entitlement_cents,
           s.entitlement_cents - COALESCE(before.entitlement_cents, 0) AS change_cents,
           s.recorded_on AS known_on, s.run AS run
    FROM settlement AS s LEFT JOIN settlement AS before
      ON before.municipality = s.municipality AND before.month = s.month
     AND before.client = s.client AND before.version = s.version - 1
    WHERE s.municipality = :municipality AND s.recorded_on BETWEEN :first AND :last
    ORDER BY s.month, s.client, s.version
"""

_BUFFERS = """
    SELECT posting.client AS client,
           SUM(CASE WHEN account = :buffer AND booked_on < :first THEN -amount ELSE 0 END)
               AS opening_cents,
           SUM(CASE WHEN account = :buffer AND booked_on >= :first AND amount < 0
                    THEN -amount ELSE 0 END) AS credit_cents,
           SUM(CASE WHEN account = :buffer AND booked_on >= :first AND amount > 0
                    THEN amount ELSE 0 END) AS debit_cents,
           SUM(CASE WHEN account = :buffer THEN -amount ELSE 0 END) AS closing_cents,
           SUM(CASE WHEN account = :receivable THEN amount ELSE 0 END) AS receivable_cents,
           SUM(CASE WHEN account = :reserve THEN -amount ELSE 0 END) AS holiday_reserve_cents,
           SUM(CASE WHEN account = :claims THEN amount ELSE 0 END) AS claim_cents
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_on <= :last
      AND account IN (:buffer, :receivable, :reserve, :claims)
    GROUP BY posting.client ORDER BY posting.client
"""

_IMPORTS = """
    SELECT delivery, recorded_on, kind, file, sender_id, COALESCE(sent_on, '') AS sent_on, month,
           verdict, codes, counts, bytes, sha256, run
    FROM delivery
    WHERE municipality = :municipality AND recorded_on BETWEEN :first AND :last
    ORDER BY delivery
"""

#: Runs that booked something; a run that only left a line in the audit trail is not among them.
_RUNS = """
    SELECT seal.run AS run, job, business_date, operator, first_entry, last_entry, entries, head
    FROM seal JOIN run ON run.municipality = seal.municipality AND run.run = seal.run
    WHERE seal.municipality = :municipality AND entries > 0
      AND business_date BETWEEN :first AND :last
    ORDER BY seal.seal
"""

_HEAD = """
    SELECT head FROM seal JOIN run ON run.municipality = seal.municipality AND run.run = seal.run
    WHERE seal.municipality = :municipality AND entries > 0 AND business_date <= :last
    ORDER BY seal.seal DESC LIMIT 1
"""


class Book(NamedTuple):
    """A workbook ready to be written, with what the file beside it tells."""

    sheets: Sequence[Sheet]
    head: str  # of the seal after the last entry of the period
    differences: int  # sum of the reconciliation's differences, without sign
    counts: Mapping[str, int]  # title -> rows


def write(file: IO[bytes], book: Book, *, on: str, language: str) -> None:
    """Write the workbook; the same book gives the same bytes."""
    splice.write(file, book.sheets, on=on, author=f"Surplus {__version__}", language=language)


def build(
    period: Period, on: str, sampling: Sampling | None = None, *, drawn: bool = False
) -> Book:
    """All sheets of a period, the cover first.

    Args:
        period: what it tells of.
        on: business date of the run that makes it.
        sampling: how to draw a sample of the payments; without it there is none.
        drawn: with pictures, for which matplotlib must be installed.

    Raises:
        Refusal: the sample would be too large.
    """
    say = words.speaker(period.settings.municipality.language)
    lines = reconciliation.lines(period)
    payments = population.payments(period)
    made = {
        "reconciliation": _reconciliation(lines, say),
        "payments": sheet(say, "payments", payments),
        "income": sheet(say, "income", population.income(period)),
        "settlements": _settlements(period, say),
        "buffers": _buffers(period, say),
        "journal": _journal(period, say),
        "trial": _trial(period, say),
        "unexplained": sheet(say, "unexplained", evidence.unexplained(period), total=True),
        "corrections": sheet(
            say, "corrections", evidence.corrections(period),
            formulas={"check_cents": "ROUND(H{row}-G{row}-I{row},2)"},
        ),
        "failed": sheet(
            say, "failed", evidence.failed(period),
            formulas={"check_cents": "ROUND(H{row}-I{row},2)"},
        ),
        "authorisations": sheet(
            say, "authorisations", evidence.authorisations(period),
            formulas={
                "one_person": 'IF(I{row}="",0,IF(G{row}=I{row},1,0))',
                "other_file": 'IF(Q{row}="",0,IF(P{row}=Q{row},0,1))',
            },
        ),
        "rights": sheet(say, "rights", evidence.rights(period)),
        "parameters": _parameters(period, say),
        "changes": sheet(say, "changes", evidence.changes(period)),
        "rejected": _rejected(period, say),
        "findings": _findings(period, say),
        "imports": _imports(period, say),
        "runs": sheet(say, "runs", period.read(_RUNS)),
    }  # fmt: skip
    sampled = None
    if sampling:
        hit, apart = sample.population(period, sampling)
        live = sample.formulas(sampling, whole=tables.count(hit) <= splice.ROWS_MAX - 2)
        made["sample"] = sheet(say, "sample", hit, formulas=live)
        made["apart"] = sheet(say, "apart", apart)
        files = _dossiers(period, hit, payments, drawn=drawn)
        sampled = Sampled(sampling, int(hit["hits"].sum()), files)
    parts = {key: splice.split(sheet) for key, sheet in made.items()}
    shown = [pictures.sheet(period, pictures.of_all(period))] if drawn else []
    told = Told(period, on, lines, _head(period), parts, sampled, shown)
    return Book(
        [cover(told, say), *told.sheets],
        told.head,
        told.differences,
        {sheet.title: sheet.rows for sheet in made.values()},
    )


def _dossiers(period: Period, hit: Columns, payments: Columns, *, drawn: bool) -> list[Sheet]:
    """A sheet for each payment that was hit, by number; some were made before the period they were
    approved in.
    """
    numbers = hit["obligation"][np.flatnonzero(hit["hits"])]
    if not np.isin(numbers, payments["obligation"]).all():
        payments = population.payments(replace(period, first=""))
    places = np.searchsorted(payments["obligation"], numbers).tolist()
    return [
        dossier(
            period,
            {name: column[place : place + 1].tolist()[0] for name, column in payments.items()},
            drawn=drawn,
        )
        for place in places
    ]


def _head(period: Period) -> str:
    """The head of the seal after the last entry of the period."""
    heads = period.read(_HEAD)["head"]
    return str(heads[0]) if len(heads) else seal.GENESIS


def _reconciliation(lines: Sequence[reconciliation.Line], say: words.Words) -> Sheet:
    told = np.array([say(words.RECONCILIATION, line.key) for line in lines], dtype=object)
    left = np.array([line.left for line in lines])
    right = np.array([line.right for line in lines])
    rows = {
        "number": np.arange(1, len(lines) + 1),
        "group": told[:, 0],
        "check": told[:, 1],
        "left": told[:, 2],
        "left_cents": left,
        "right": told[:, 3],
        "right_cents": right,
        "check_cents": left - right,
    }
    return sheet(say, "reconciliation", rows, formulas={"check_cents": "ROUND(E{row}-G{row},2)"})


def _settlements(period: Period, say: words.Words) -> Sheet:
    rows = period.read(_VERSIONS)
    agreed = tables.agreed(period.conn, period.settings, rows, period.last)
    fixed = np.where(rows["state"] == "settled", agreed.cents, 0)
    last = {name: rows.pop(name) for name in ("change_cents", "known_on", "run")}
    rows |= {"fixed_payment_cents": fixed, "difference_cents": rows["entitlement_cents"] - fixed}
    named = {"client_no": tables.client_numbers(rows.pop("client"))}
    rows["month"] = tables.month_texts(rows["month"])
    return sheet(say, "settlements", named | rows | last)


def _buffers(period: Period, say: words.Words) -> Sheet:
    accounts = {"buffer": BUFFER, "receivable": RECEIVABLE, "reserve": RESERVE, "claims": CLAIMS}
    found = period.read(_BUFFERS, **accounts)
    rows = {"client_no": tables.client_numbers(found.pop("client"))}
    for name, column in found.items():
        rows[name] = column
        if name == "closing_cents":
            opened, moved = found["opening_cents"], found["credit_cents"] - found["debit_cents"]
            rows["check_cents"] = opened + moved - column
    formulas = {"check_cents": "ROUND(B{row}+C{row}-D{row}-E{row},2)"}
    return sheet(say, "buffers", rows, formulas=formulas, total=True)


def _journal(period: Period, say: words.Words) -> Sheet:
    rows = tables.journal(period.conn, period.settings, since=period.first, known_on=period.last)
    rows["account_name"] = _account_names(rows["account"], say)
    for name, amount in (
        ("debit_cents", rows["amount_cents"]),
        ("credit_cents", -rows["amount_cents"]),
    ):
        rows[name] = np.where(amount > 0, amount, None)
    order = ("entry", "posting", "booked_on", "kind", "client_no", "month", "account",
             "account_name", "debit_cents", "credit_cents", "amount_cents", "reference",
             "run")  # fmt: skip
    return sheet(say, "journal", {name: rows[name] for name in order})


def _trial(period: Period, say: words.Words) -> Sheet:
    ledger = period.ledger
    accounts, place = np.unique(ledger["account"], return_inverse=True)
    rows = {"account": accounts, "account_name": _account_names(accounts, say)}
    for side in ("opening", "debit", "credit", "closing"):
        rows[f"{side}_cents"] = np.zeros(len(accounts), dtype=np.int64)
        np.add.at(rows[f"{side}_cents"], place, ledger[side])
    formulas = {"closing_cents": "ROUND(C{row}+D{row}-E{row},2)"}
    return sheet(say, "trial", rows, formulas=formulas, total=True)


def _parameters(period: Period, say: words.Words) -> Sheet:
    rows = evidence.parameters(period)
    rows["name"] = tables.mapped(rows["name"], partial(code_words.parameter, say))
    return sheet(say, "parameters", rows)


def _rejected(period: Period, say: words.Words) -> Sheet:
    rows = tables.rejected(period.conn, period.settings, since=period.first, known_on=period.last)
    order = ("delivery", "file", "line", "field", "code", "severity", "state", "text", "remedy")
    rows["text"] = _problems(period, rows["code"])
    return sheet(say, "rejected", {name: rows[name] for name in order})


def _findings(period: Period, say: words.Words) -> Sheet:
    rows = tables.findings(period.conn, period.settings, since=period.first, known_on=period.last)
    rows["text"] = _problems(period, rows["code"])
    order = ("id", "code", "client_no", "month", "amount_cents", "subject", "text", "raised_on",
             "state", "resolved_by", "reason")  # fmt: skip
    return sheet(say, "findings", {name: rows[name] for name in order})


def _imports(period: Period, say: words.Words) -> Sheet:
    rows = period.read(_IMPORTS)
    counts = [json.loads(text) for text in rows.pop("counts")]
    language = period.settings.municipality.language
    codes = [
        "; ".join(
            f"{code}: {PROBLEMS[code].text[language]}" for code, _severity in json.loads(text)
        )
        for text in rows["codes"]
    ]
    rows["codes"] = np.array(codes, dtype=object)
    rows["month"] = tables.month_texts(rows["month"])
    for name in ("rows", "recorded", "held", "rejected"):
        rows[name] = np.array([count.get(name, 0) for count in counts], dtype=np.int64)
    last = {name: rows.pop(name) for name in ("bytes", "sha256", "run")}
    return sheet(say, "imports", rows | last)


def _account_names(accounts: Any, say: words.Words) -> Any:
    names = {str(account): name for account, name in NAMES.items()}
    return tables.mapped(accounts, lambda account: say(names, str(account)))


def _problems(period: Period, codes: Any) -> Any:
    language = period.settings.municipality.language
    return tables.mapped(codes, lambda code: PROBLEMS[code].text[language])
