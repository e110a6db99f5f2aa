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
#: Drawn from the journal over twelve months, so no table either.
PICTURES = "pictures"
KINDS = (*TABLES, GENERAL_LEDGER, PICTURES)
FORMATS = ("csv", "xlsx", "json")
PICTURE_FORMATS = ("svg", "png")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    context: typer.Context,
    table: Annotated[str, typer.Argument(metavar="TABLE", help=" · ".join(KINDS))],
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="Only this month.")] = "",
    known_on: Annotated[
        str, typer.Option("--known-on", metavar="DATE", help="As it was known on this day.")
    ] = "",
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Balances as they stood on this day.")
    ] = "",
    form: Annotated[
        str,
        typer.Option(
            "--format", help=f"{' · '.join(FORMATS)}; of pictures {' · '.join(PICTURE_FORMATS)}"
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="File, of pictures a folder; default: standard output.")
    ] = None,
    client: Annotated[
        str, typer.Option(metavar="CLIENT", help="Pictures: those of one client, K0001001.")
    ] = "",
) -> None:
    """Export a table as CSV, Excel or JSON.

    CSV and JSON carry money in integer cents, Excel in euros. Balances "as of" a day count months
    that had ended, payments that were due and lines that the bank had booked by then.

    "gl" is the journal of a month for the municipality's general ledger, by the accounts that
    surplus.toml names. It is recorded: asked for again it is the same, and what is booked on its
    month later goes with the next.

    "pictures" draws the buffers, what stands open by age and what came in and went out, or the
    income and payments of one client, over the twelve months up to --known-on; each is described
    in words in a text file beside them. It needs the extra "plots".

    Example: surplus --home voorbeeldstad export settlements --month 2026-03 --out march.csv
    """
    from surplus.reports import exports, tables

    session: Session = context.obj
    if table not in KINDS:
        raise Refusal(f"there is no table {table}", f"tables: {', '.join(KINDS)}")
    if table == PICTURES:
        if month or as_of:
            raise Refusal("pictures show twelve months", "give the last day with --known-on")
        _pictures(session, client, known_on, form or PICTURE_FORMATS[0], out)
        return
    if client:
        raise Refusal(f"{table} are of all clients", "--client is for pictures")
    form = "json" if session.as_json else form or FORMATS[0]
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


def _pictures(session: Session, client: str, known_on: str, form: str, out: Path | None) -> None:
    """Pictures of all clients or of one, and a text file that tells each in words."""
    from jobs.settle import client_number
    from surplus.months import Month
    from surplus.reports import exports, pictures, plots
    from surplus.reports.period import Period
    from surplus.settlement.explain import months_of

    if form not in PICTURE_FORMATS:
        raise Refusal(f"there is no format {form}", f"formats: {', '.join(PICTURE_FORMATS)}")
    if out is None:
        raise Refusal("pictures need a folder", "add --out DIR")
    plots.needed("or take the figures: export settlements, balances, journal")
    last = day_of(known_on) if known_on else session.on
    first = Month.of(last).plus(-11).first_day.isoformat()
    number = client_number(client) if client else 0
    stem = f"surplus_{session.settings.code}_{last}"
    with session.reading() as conn:
        if number:
            months_of(conn, session.settings.code, number)  # refuses a client that is not there
        period = Period(conn, session.settings, first, last)
        made = [pictures.of_client(period, number)] if number else pictures.of_all(period)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = [f"{stem}_{client if number else picture.key}.{form}" for picture in made]
    files = [
        exports.write(out / name, picture.drawn(form))
        for name, picture in zip(names, made, strict=True)
    ]
    told = [f"{name}\n{picture.told}\n" for name, picture in zip(names, made, strict=True)]
    beside = out / f"{stem}_{client or PICTURES}.txt"
    files.append(exports.write(beside, "\n".join(told).encode()))
    session.show({"files": [str(file) for file in files]}, "\n".join(map(str, files)))
