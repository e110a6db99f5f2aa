"""`surplus export`: tables for other systems and for people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.session import Session, day_of, sealed
from jobs.settle import month_of
from surplus.problems import Refusal

TABLES = ("settlements", "balances", "journal", "payments", "findings", "rejected")
#: The journal for the municipality's own ledger: handed over once per month, so no plain table.
GENERAL_LEDGER = "gl"
FORMATS = ("csv", "xlsx", "json")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    context: typer.Context,
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help=" · ".join((*TABLES, GENERAL_LEDGER)))
    ],
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="Only this month.")] = "",
    known_on: Annotated[
        str, typer.Option("--known-on", metavar="DATE", help="As it was known on this day.")
    ] = "",
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Balances as they stood on this day.")
    ] = "",
    form: Annotated[str, typer.Option("--format", help=" · ".join(FORMATS))] = "csv",
    out: Annotated[Path | None, typer.Option(help="File; default: standard output.")] = None,
) -> None:
    """Export a table as CSV, Excel or JSON.

    CSV and JSON carry money in integer cents, Excel in euros. Balances "as of" a day count months
    that had ended, payments that were due and lines that the bank had booked by then.

    "gl" is the journal of a month for the municipality's general ledger, by the accounts that
    surplus.toml names. It is recorded: asked for again it is the same, and what is booked on its
    month later goes with the next.

    Example: surplus --home voorbeeldstad export settlements --month 2026-03 --out march.csv
    """
    from surplus.reports import exports, tables

    session: Session = context.obj
    if table not in (*TABLES, GENERAL_LEDGER):
        raise Refusal(
            f"there is no table {table}", f"tables: {', '.join((*TABLES, GENERAL_LEDGER))}"
        )
    if session.as_json:
        form = "json"
    if form not in FORMATS:
        raise Refusal(f"there is no format {form}", f"formats: {', '.join(FORMATS)}")
    if form == "xlsx" and out is None:
        raise Refusal("a workbook needs a file", "add --out FILE.xlsx")
    if as_of and table != "balances":
        raise Refusal(f"{table} stand in no account", "--as-of is for balances; try --known-on")
    if table == GENERAL_LEDGER:
        if not month or known_on:
            raise Refusal("the general ledger takes a month", "add --month, leave --known-on out")
        columns, on = _handed_over(session, month_of(month))
    else:
        columns, on = _read(session, table, month, known_on, as_of), session.on
    content = exports.render(table, columns, form, on)
    if out is None:
        print(content.decode("utf-8"), end="")
    else:
        exports.write(out, content)
        session.progress(f"{out}: {tables.count(columns)} rows")


def _read(session: Session, table: str, month: str, known_on: str, as_of: str) -> dict[str, Any]:
    from surplus.reports import tables

    only = int(month_of(month)) if month else None
    days = {"known_on": day_of(known_on) if known_on else None}
    days |= {"as_of": day_of(as_of)} if as_of else {}
    with session.reading() as conn:
        return tables.TABLES[table](conn, session.settings, month=only, **days)


def _handed_over(session: Session, month: Any) -> tuple[dict[str, Any], str]:
    """The journal of a month, handed over now or before, and the day of that."""
    from surplus.reports import general_ledger

    session.need("export")
    with session.reading() as conn:
        before = general_ledger.handed_over(conn, session.settings.code, month)
    if before:
        return before
    with session.run("export-gl", month=int(month)) as run, sealed(run) as work:
        columns = general_ledger.hand_over(work, month)
        run.counts = {"lines": len(columns["account"])}
    return columns, session.on
