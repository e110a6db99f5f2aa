"""`surplus bank`: statement lines and what is not matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.session import Session, sealed

if TYPE_CHECKING:
    from surplus.runs import Run

app = typer.Typer(help="Statement lines and unmatched items.", no_args_is_help=True)

COLUMNS = ("item", "booked_on", "amount_cents", "family", "match", "client_no")


@app.command("list")
def show(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Matched ones too.")] = False,
) -> int:
    """List the statement lines that are not matched yet; exit 3 where there are some.

    Example: surplus --home voorbeeldstad bank list
    """
    from sqlalchemy import select

    from surplus.store.tables import bank_item

    session: Session = context.find_root().obj
    query = select(bank_item).where(bank_item.c.municipality == session.settings.code)
    if not everything:
        query = query.where(bank_item.c.match == "")
    with session.reading() as conn:
        found = conn.execute(query.order_by(bank_item.c.item)).mappings().all()
    rows = [
        {name: row.get(name) for name in COLUMNS}
        | {"client_no": f"K{row['client']:07d}" if row["client"] else ""}
        for row in found
    ]
    session.table(rows, COLUMNS, title="Statement lines", empty="nothing stands open")
    return 3 if any(not row["match"] for row in rows) else 0


@app.command()
def match(context: typer.Context) -> int:
    """Try the open items again against what is known now.

    Example: surplus --home voorbeeldstad bank match
    """
    session: Session = context.find_root().obj
    session.need("import")
    with session.run("match") as run:
        counts = work_on(run)
    session.show(counts, ", ".join(f"{value} {name}" for name, value in counts.items()))
    return 3 if run.attention else 0


def work_on(run: Run) -> dict[str, Any]:
    """Match what stands open, as a run; returns what came of it."""
    from jobs import logs
    from surplus.bank import booking

    run.progress("matching the bank …")
    with sealed(run) as work:
        run.counts = dict(booking.match(work))
    logs.event("matched", **run.counts)
    return run.counts
