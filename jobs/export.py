"""`surplus export`: tables for other systems and for people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.session import Session, day_of
from jobs.settle import month_of
from surplus.problems import Refusal

TABLES = ("settlements", "balances", "journal", "payments", "findings", "rejected")
FORMATS = ("csv", "xlsx", "json")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    context: typer.Context,
    table: Annotated[str, typer.Argument(metavar="TABLE", help=" · ".join(TABLES))],
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

    Example: surplus --home voorbeeldstad export settlements --month 2026-03 --out march.csv
    """
    from surplus.reports import exports, tables

    session: Session = context.obj
    if table not in TABLES:
        raise Refusal(f"there is no table {table}", f"tables: {', '.join(TABLES)}")
    if session.as_json:
        form = "json"
    if form not in FORMATS:
        raise Refusal(f"there is no format {form}", f"formats: {', '.join(FORMATS)}")
    if form == "xlsx" and out is None:
        raise Refusal("a workbook needs a file", "add --out FILE.xlsx")
    if as_of and table != "balances":
        raise Refusal(f"{table} stand in no account", "--as-of is for balances; try --known-on")
    only = int(month_of(month)) if month else None
    days = {"known_on": day_of(known_on) if known_on else None}
    days |= {"as_of": day_of(as_of)} if as_of else {}
    with session.reading() as conn:
        columns = tables.TABLES[table](conn, session.settings, month=only, **days)
    content = exports.render(table, columns, form, session.on)
    if out is None:
        print(content.decode("utf-8"), end="")
    else:
        exports.write(out, content)
        session.progress(f"{out}: {tables.count(columns)} rows")
