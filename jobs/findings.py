"""`surplus findings`: what a person must look at."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from jobs.session import Session, rows_of

app = typer.Typer(help="What a person must look at.", invoke_without_command=True)

COLUMNS = ("id", "client_no", "month", "amount_cents", "subject", "raised_on", "due_on", "late")


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
    """List findings by what to do: most urgent first, with who acts and by when; exit 3 if any.

    `late` says how many days ago somebody should have acted.

    Example: surplus --home voorbeeldstad findings list --all
    """
    from surplus.payout import deadlines
    from surplus.problems import PROBLEMS
    from surplus.reports import tables

    session: Session = context.find_root().obj
    with session.reading() as conn:
        rows = rows_of(tables.findings(conn, session.settings))
    if not everything:
        rows = [row for row in rows if row["state"] == "open"]
    language = session.settings.municipality.language
    for row in rows:
        problem = PROBLEMS[str(row["code"])]
        due_on = deadlines.due_on(str(row["raised_on"]), problem.days)
        late = (date.fromisoformat(session.on) - date.fromisoformat(due_on)).days
        row |= {
            "owner": problem.owner, "due_on": due_on,
            "late": late if late > 0 and row["state"] == "open" else None,
            "meaning": problem.text[language], "next": problem.remedy[language],
        }  # fmt: skip
    rows.sort(key=lambda row: (row["due_on"], row["code"], row["id"]))
    if session.as_json or not rows:
        session.table(rows, COLUMNS, title="Findings", empty="no open findings")
    else:
        _by_code(session, rows)
    return 3 if any(row["state"] == "open" for row in rows) else 0


def _by_code(session: Session, rows: list[dict[str, Any]]) -> None:
    """A table for each code, in the order of its most urgent row."""
    for code in dict.fromkeys(row["code"] for row in rows):
        mine = [row for row in rows if row["code"] == code]
        first = mine[0]
        session.table(
            mine, COLUMNS, empty="",
            title=f"\n{code} ({len(mine)}) · {first['owner']}, {first['due_on']}\n"
            f"{first['meaning']}\n→ {first['next']}",
        )  # fmt: skip


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
