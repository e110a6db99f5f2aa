"""`surplus reconcile`: does it all add up on a day, and what stands open by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.session import Session, day_of, rows_of
from surplus.problems import Refusal

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from surplus.config import Settings

LINES = ("part", "compared", "left", "left_cents", "right", "right_cents", "difference_cents")
RUNS = ("batch", "message_id", "due_on", "payments", "total_cents", "booked_cents",
        "returned_cents", "refused_cents", "under_way_cents", "difference_cents")  # fmt: skip
SUSPENSE = ("item", "booked_on", "days", "open_cents", "family", "client_no")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reconcile")(reconcile)


def reconcile(
    context: typer.Context,
    day: Annotated[
        str, typer.Option("--date", metavar="YYYY-MM-DD", help="The day; default today.")
    ] = "",
    first: Annotated[
        str, typer.Option("--from", metavar="YYYY-MM-DD", help="From an earlier day on.")
    ] = "",
) -> int:
    """Lay ledger, bank, payments, wages and suspense beside each other, for a day and per file.

    Every sum comes from two sources; exit 3 where they differ. What stands open is listed by name.

    Example: surplus --home voorbeeldstad reconcile --date 2026-03-31
    """
    session: Session = context.obj
    last = day_of(day) if day else session.on
    if last > session.on:
        raise Refusal(f"{last} lies in the future", f"give a day up to {session.on}")
    with session.reading() as conn:
        told = reconciled(conn, session.settings, day_of(first) if first else last, last)
    if session.as_json:
        session.show(told)
    else:
        _print(session, told)
    return 3 if told["differences_cents"] else 0


def reconciled(conn: Connection, settings: Settings, first: str, last: str) -> dict[str, Any]:
    """The reconciliation of the days from `first` to `last`, as known on `last`."""
    from surplus.reports import evidence, payment_runs, reconciliation, words
    from surplus.reports.period import Period

    if last < first:
        raise Refusal(f"{last} lies before {first}", "give --from the earlier day")
    period, say = Period(conn, settings, first, last), words.speaker(settings.municipality.language)
    lines = []
    for line in reconciliation.lines(period):
        part, compared, left, right = say(words.RECONCILIATION, line.key)
        row = (part, compared, left, line.left, right, line.right, line.left - line.right)
        lines.append(dict(zip(LINES, row, strict=True)))
    runs = payment_runs.payment_runs(period)
    return {
        "from": first,
        "to": last,
        "lines": lines,
        "payment_runs": runs,
        "suspense": rows_of(evidence.unexplained(period)),
        "differences_cents": sum(abs(row["difference_cents"]) for row in [*lines, *runs]),
    }


def _print(session: Session, told: dict[str, Any]) -> None:
    days = told["to"] if told["from"] == told["to"] else f"{told['from']} – {told['to']}"
    session.table(told["lines"], LINES, title=f"Reconciliation of {days}", empty="")
    session.table(told["payment_runs"], RUNS, title="Payment files", empty="no file was approved")
    session.table(told["suspense"], SUSPENSE, title="In suspense (1900)", empty="suspense is empty")
    session.show(None, "DOES NOT RECONCILE" if told["differences_cents"] else "everything adds up")
