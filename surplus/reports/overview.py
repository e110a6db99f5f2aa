"""What needs a person, for `surplus status`: plain SQL and nothing heavy to import.

The caller hands in how to ask: a function of SQL with `:name` places and their values that returns
rows, so that the standard library's sqlite3 serves as well as psycopg.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from textwrap import wrap
from typing import Any

from surplus.problems import PROBLEMS

Query = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]

#: Characters for what is told, before the command that shows more.
WIDTH = 68

_FINDINGS = """
    SELECT code, COUNT(*) FROM finding
    WHERE municipality = :municipality AND state = 'open' GROUP BY code ORDER BY code
"""

_LATE = """
    SELECT subject, month FROM finding
    WHERE municipality = :municipality AND state = 'open' AND code = 'LATE_DELIVERY'
    ORDER BY month, subject
"""

_ROWS = """
    SELECT state, COUNT(*) FROM (
        SELECT DISTINCT delivery, line, state FROM rejected_row
        WHERE municipality = :municipality AND state IN ('held', 'rejected')) AS waiting
    GROUP BY state ORDER BY state
"""

#: Files that were refused whole of late, until one of their kind was taken in after them.
_REFUSED = """
    SELECT codes FROM delivery AS d
    WHERE d.municipality = :municipality AND d.verdict = 'refused'
      AND d.recorded_on BETWEEN :since AND :on
      AND NOT EXISTS (SELECT 1 FROM delivery AS n WHERE n.municipality = d.municipality
                      AND n.kind = d.kind AND n.verdict = 'accepted' AND n.delivery > d.delivery)
    ORDER BY d.delivery
"""
REFUSED_DAYS = 7

_CHANGES = """
    SELECT COUNT(*) FROM change WHERE municipality = :municipality AND state = 'waiting'
"""

_BATCHES = """
    SELECT batch, message_id, month, due_on, state, payments, total_cents FROM payment_batch
    WHERE municipality = :municipality AND state IN ('DRAFT', 'APPROVED') ORDER BY batch
"""

_HELD = """
    SELECT COUNT(*), SUM(amount_cents) FROM obligation
    WHERE municipality = :municipality AND state = 'HELD'
"""

_RUNS = """
    SELECT run.job, run.run, run.business_date, run.operator, run.state, run.ended_at FROM run
    JOIN (SELECT job, MAX(run) AS run FROM run WHERE municipality = :municipality
          GROUP BY job) AS latest ON latest.run = run.run
    WHERE run.municipality = :municipality ORDER BY run.run
"""

#: What the last night kept for this page.
_OUTLOOK = """
    SELECT counts FROM run WHERE municipality = :municipality AND job = 'findings' AND parent > 0
      AND state IN ('done', 'attention') ORDER BY run DESC LIMIT 1
"""

#: Not that of an earlier day which was done again since.
_NIGHT = """
    SELECT run, business_date, state, ended_at FROM run
    WHERE municipality = :municipality AND job = 'nightly'
    ORDER BY CASE WHEN business_date <= :on THEN business_date ELSE '' END DESC, run DESC LIMIT 1
"""

_PAY_DATE = """
    SELECT MAX(due_on) FROM payment_batch
    WHERE municipality = :municipality AND state <> 'CANCELLED'
"""


def overview(query: Query, municipality: str, on: str = "") -> dict[str, Any]:
    """What stands open in a workspace.

    Args:
        query: runs SQL and returns its rows.
        municipality: the workspace's code.
        on: business date; '' where nobody asks what is late or coming.

    Returns:
        night (the last one: run, business_date, state, ended_at; None before the first),
        night_is_late, coming (what is due this week), parameters_missing (within six weeks),
        suspense (lines on 1900 by the days they have stood open at least; as of the last night),
        crossing (what would cross the end of the year, from November on; empty where nothing),
        findings (code -> count), late (source and month of what has not come), refused (code ->
        files of the last seven days that were refused and not followed by one of their kind),
        changes (waiting),
        rows (held and rejected), batches (not yet approved or not yet exported), held_payments,
        runs (the last of each job), pay_date (of the last batch made; '' before the first) and
        needs_a_person.
    """

    def rows(sql: str) -> list[tuple[Any, ...]]:
        return query(sql, {"municipality": municipality, "on": on or "9999-12-31"})

    names = ("batch", "message_id", "month", "due_on", "state", "payments", "total_cents")
    batches = [dict(zip(names, row, strict=True)) for row in rows(_BATCHES)]
    held, held_cents = rows(_HELD)[0]
    runs = ("job", "run", "business_date", "operator", "state", "ended_at")
    night = next(iter(rows(_NIGHT)), None)
    kept = json.loads(next(iter(rows(_OUTLOOK)), ("{}",))[0])
    told: dict[str, Any] = {
        "night": night
        and dict(zip(("run", "business_date", "state", "ended_at"), night, strict=True)),
        "night_is_late": bool(night and on and _days(night[1], on) > 1),
        "coming": [due for due in kept.get("coming", []) if due["on"] >= on],
        "parameters_missing": kept.get("parameters_missing", []),
        "suspense": kept.get("suspense", {}),
        "crossing": kept.get("crossing", {}),
        "findings": _counts(rows(_FINDINGS)),
        "late": [{"source": row[0], "month": _month(row[1])} for row in rows(_LATE)],
        "refused": _refused(query, municipality, on) if on else {},
        "changes": rows(_CHANGES)[0][0],
        "rows": {"held": 0, "rejected": 0} | _counts(rows(_ROWS)),
        "batches": [row | {"month": _month(row["month"])} for row in batches],
        "held_payments": {"payments": held, "total_cents": int(held_cents or 0)},
        "runs": [dict(zip(runs, row, strict=True)) for row in rows(_RUNS)],
        "pay_date": rows(_PAY_DATE)[0][0] or "",
    }
    return told | {"needs_a_person": _needs_a_person(told)}


def as_text(told: dict[str, Any]) -> str:
    """The overview for a terminal, with the command that shows more behind each line."""
    parts = [
        ("last night", _night(told), "surplus nightly" if told["night_is_late"] else ""),
        ("findings", f"{sum(told['findings'].values())} open", "surplus findings list"),
        *(("", line, "") for line in _by_owner(told["findings"])),
        *(("late", "{source} of {month} has not come".format(**one), "surplus import")
          for one in told["late"]),
        *_files(told["refused"]),
        ("changes", f"{told['changes']} waiting for a second person", "surplus changes list"),
        ("quarantine", "{held} rows held, {rejected} rejected".format(**told["rows"]),
         "surplus rejected list"),
        *(("batch", _batch(batch), f"surplus pay show {batch['batch']}")
          for batch in told["batches"]),
        ("held", f"{told['held_payments']['payments']} payments", "surplus findings list"),
        ("pay date", told["pay_date"] or "no batch has been made yet", "surplus pay list"),
        *(("this week", _due(due), "surplus calendar YEAR") for due in told["coming"]),
        *_missing(told["parameters_missing"]),
        *(("suspense", _aged(days), "surplus bank list")
          for days in [told["suspense"]] if any(days.values())),
        *(("year end", *_crossing(one)) for one in [told["crossing"]] if one),
        *(("run", "{job} on {business_date}: {state}".format(**run), "surplus runs")
          for run in told["runs"] if run["state"] != "done" and not _failed_in_sight(run)),
    ]  # fmt: skip
    verdict = "Something needs a person." if told["needs_a_person"] else "Nothing needs a person."
    lines = (f"{name:11} {what:{WIDTH}}  {how}".rstrip() for name, what, how in parts)
    return "\n".join([verdict, "", *lines])


def _by_owner(findings: dict[str, int]) -> list[str]:
    """Whose desk the findings are on, in lines that fit."""
    owners: dict[str, list[str]] = {}
    for code, count in findings.items():
        owners.setdefault(PROBLEMS[code].owner, []).append(f"{code} {count}")
    return [
        line
        for owner, codes in sorted(owners.items())
        for line in wrap(f"{owner}: {', '.join(codes)}", WIDTH)
    ]


def _refused(query: Query, municipality: str, on: str) -> dict[str, int]:
    """Code -> how many files of late were refused for it."""
    since = (date.fromisoformat(on) - timedelta(days=REFUSED_DAYS)).isoformat()
    found: dict[str, int] = {}
    for (codes,) in query(_REFUSED, {"municipality": municipality, "since": since, "on": on}):
        code = str(json.loads(codes)[0][0])
        found[code] = found.get(code, 0) + 1
    return dict(sorted(found.items()))


def _files(refused: dict[str, int]) -> list[tuple[str, str, str]]:
    """Files that were refused, by code, and where it stands why."""
    if not refused:
        return []
    told = ", ".join(f"{code} {count}" for code, count in refused.items())
    files = f"{sum(refused.values())} files of the last {REFUSED_DAYS} days: {told}"
    first, *more = wrap(files, WIDTH)
    return [("refused", first, "see refused/"), *(("", line, "") for line in more)]


def _missing(parameters: list[str]) -> list[tuple[str, str, str]]:
    """What the rules will lack, a few lines for each day from which they lack it."""
    by_day: dict[str, list[str]] = {}
    for told in parameters:
        name, _, day = told.partition(" ")
        by_day.setdefault(day, []).append(name)
    lines = []
    for day, names in sorted(by_day.items()):
        first, *more = wrap(f"from {day}: {', '.join(names)}", WIDTH)
        lines.append(("missing", first, f"surplus parameters missing --through {day[:7]}"))
        lines += [("", line, "") for line in more]
    return lines


_STEPS = {"delivery": "is the last day for income data", "prepare": "is prepared",
          "approve": "is approved before the cut-off", "pay": "is paid"}  # fmt: skip


def _night(told: dict[str, Any]) -> str:
    night = told["night"]
    if not night:
        return "none yet"
    late = "; a night is missing" if told["night_is_late"] else ""
    return "{business_date}: {state}".format(**night) + late


def _crossing(told: dict[str, int]) -> tuple[str, str]:
    """What would cross the end of the year, and the command that names it."""
    cents = told["shortfall_cents"]  # surplus.money would bring numpy along
    return (
        f"{told['shortfalls']} shortfalls of {cents // 100},{cents % 100:02d} euro, "
        f"{told['open_months']} open months, {told['changes']} changes",
        "surplus year-close {year} --preview".format(**told),
    )


def _aged(lines: dict[str, int]) -> str:
    """How long statement lines that belong to nobody have stood open."""
    told = (f"{days} days or more {count}" for days, count in lines.items() if count)
    return f"lines open {', '.join(told)}"


def _due(due: dict[str, str]) -> str:
    return f"{due['on']} {due['month']} {_STEPS[due['what']]}"


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _counts(rows: list[tuple[Any, ...]]) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in rows}


def _batch(batch: dict[str, Any]) -> str:
    """A batch that is not out yet, in a line."""
    step = "approval" if batch["state"] == "DRAFT" else "export"
    return (
        "{batch} of {month}, due {due_on}, {payments} payments: waits for ".format(**batch) + step
    )


def _month(month: int) -> str:
    # surplus.months would bring numpy along.
    return f"{month // 100}-{month % 100:02d}"


def _failed(run: dict[str, Any]) -> bool:
    return run["state"] in ("failed", "abandoned")


def _failed_in_sight(run: dict[str, Any]) -> bool:
    """Whether a person's own command failed or was refused, which was told at once."""
    return _failed(run) and run["operator"] != "system"


def _needs_a_person(told: dict[str, Any]) -> bool:
    return bool(
        told["findings"]
        or told["night_is_late"]
        or told["refused"]
        or told["changes"]
        or any(told["rows"].values())
        or told["held_payments"]["payments"]
        or any(batch["state"] == "DRAFT" for batch in told["batches"])
        or any(_failed(run) and not _failed_in_sight(run) for run in told["runs"])
    )
