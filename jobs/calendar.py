"""`surplus calendar`: when the fixed amount of each month is prepared, approved and paid."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.session import Session

COLUMNS = ("month", "income_month", "delivery_on", "prepare_on", "approve_on", "cut_off",
           "pays_on", "source", "shifted_from", "approved_by", "now")  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("calendar")(calendar)


def calendar(
    context: typer.Context,
    year: Annotated[
        int, typer.Argument(metavar="YEAR", min=2015, max=2100, help="The calendar year.")
    ],
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FILE", help="Also as an iCalendar file.")
    ] = None,
    approve: Annotated[
        bool, typer.Option("--approve", help="Promise these days: they are kept as they are now.")
    ] = False,
) -> int:
    """The pay calendar of a year: data in time, prepare, approve by, paid; exit 3 where it differs.

    Days are those of TARGET, moved by `[payday]` and its exceptions. A year that was approved
    keeps its days; `now` tells where rule or exceptions would give another date today.

    Examples: surplus --home voorbeeldstad calendar 2027 --ics 2027.ics ·
    surplus --operator treasury-1 calendar 2027 --approve
    """
    from jobs.session import sealed
    from surplus.payout import calendar as pay_calendar

    session: Session = context.obj
    if approve:
        session.need("approve")
        with session.run("calendar-approve") as run, sealed(run) as work:
            run.counts = {"year": year, "months": len(pay_calendar.approve(work, year))}
    with session.reading() as conn:
        rows = pay_calendar.PayCalendar.read(conn, session.settings).year(year)
    if ics:
        _write(session, ics, rows)
    session.table(rows, COLUMNS, title=f"Pay calendar {year}", empty="")
    return 3 if any(row["now"] for row in rows) else 0


def _write(session: Session, path: Path, rows: list[dict[str, Any]]) -> None:
    from surplus.reports import agenda, exports

    exports.write(path, agenda.agenda(rows, session.settings, session.on))
    session.progress(f"{path} holds {len(rows)} months")
