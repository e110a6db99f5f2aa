"""`surplus findings`: what a person must look at."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.session import Session, rows_of

app = typer.Typer(help="What a person must look at.", invoke_without_command=True)

COLUMNS = ("id", "code", "client_no", "month", "amount_cents", "subject", "raised_on", "meaning")


@app.callback()
def findings(context: typer.Context) -> int | None:
    """List the open findings, with what each means.

    Example: surplus --home voorbeeldstad findings
    """
    return show(context) if context.invoked_subcommand is None else None


@app.command("list")
def show(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
) -> int:
    """List findings; exit 3 where some are open.

    Example: surplus --home voorbeeldstad findings list --all
    """
    from surplus.problems import PROBLEMS
    from surplus.reports import tables

    session: Session = context.find_root().obj
    with session.reading() as conn:
        rows = rows_of(tables.findings(conn, session.settings))
    if not everything:
        rows = [row for row in rows if row["state"] == "open"]
    language = session.settings.municipality.language
    for row in rows:
        row["meaning"] = PROBLEMS[str(row["code"])].text[language]
    session.table(rows, COLUMNS, title="Findings", empty="no open findings")
    return 3 if any(row["state"] == "open" for row in rows) else 0


@app.command()
def resolve(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="The finding's number.")],
    reason: Annotated[str, typer.Option(help="Why it needs no more work.")],
) -> None:
    """Close a finding by hand, with the reason.

    Example: surplus --operator income-1 findings resolve 12 --reason "spoke with the employer"
    """
    from jobs.session import must_tell, sealed
    from surplus import findings as rules
    from surplus import trail

    session: Session = context.find_root().obj
    session.need("findings")
    must_tell(reason)
    with session.run("findings") as run, sealed(run) as work:
        rules.resolve(work, number, reason)
        trail.note(work, "findings resolve", str(number), reason)
    session.show({"id": number, "state": "resolved"}, f"finding {number} is resolved")
