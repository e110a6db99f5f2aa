"""`surplus rejected`: rows in quarantine."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.session import Session, must_tell, rows_of, sealed

app = typer.Typer(help="Rows of files that were not booked.", invoke_without_command=True)

COLUMNS = ("delivery", "file", "line", "field", "code", "severity", "state", "remedy")


@app.callback()
def rejected(context: typer.Context) -> int | None:
    """List rows that are held or rejected, with the remedy.

    Example: surplus --home voorbeeldstad rejected
    """
    return show(context) if context.invoked_subcommand is None else None


@app.command("list")
def show(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Released and dropped too.")] = False,
) -> int:
    """List quarantined rows; exit 3 where some wait.

    Example: surplus --home voorbeeldstad rejected list --all
    """
    from surplus.reports import tables

    session: Session = context.find_root().obj
    with session.reading() as conn:
        rows = rows_of(tables.rejected(conn, session.settings))
    waiting = [row for row in rows if row["state"] in ("held", "rejected")]
    session.table(
        rows if everything else waiting, COLUMNS, title="Quarantine", empty="no row waits"
    )
    return 3 if waiting else 0


@app.command()
def retry(context: typer.Context) -> int:
    """Look at the held rows again; what fits now is recorded.

    Example: surplus --home voorbeeldstad rejected retry
    """
    from surplus.intake import quarantine

    session: Session = context.find_root().obj
    session.need("import")
    with session.run("rejected-retry") as run, sealed(run) as work:
        released = quarantine.retry(work)
        run.counts = {"released": released}
    session.show({"released": released}, f"{released} rows released")
    return 0


@app.command()
def drop(
    context: typer.Context,
    delivery: Annotated[int, typer.Argument(metavar="DELIVERY", help="The delivery's number.")],
    line: Annotated[int, typer.Argument(metavar="LINE", help="The line in its file.")],
    reason: Annotated[str, typer.Option(help="Why it needs no more work.")],
) -> None:
    """Close a quarantined row for good, with the reason.

    Example: surplus --operator income-1 rejected drop 3 17 --reason "sent again, see delivery 4"
    """
    from surplus import trail
    from surplus.intake import quarantine

    session: Session = context.find_root().obj
    session.need("findings")
    must_tell(reason)
    with session.run("rejected-drop") as run, sealed(run) as work:
        quarantine.drop(work, delivery, line)
        trail.note(work, "rejected drop", f"{delivery}:{line}", reason)
    session.show({"state": "dropped"}, f"line {line} of delivery {delivery} is closed")
