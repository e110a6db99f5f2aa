"""`surplus runs`: what ran, when, and what came of it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from jobs.session import Session

app = typer.Typer(help="What ran, when, and what came of it.", invoke_without_command=True)

COLUMNS = ("run", "job", "business_date", "month", "operator", "state", "attempt", "started_at",
           "ended_at", "counts")  # fmt: skip


@app.callback()
def runs(
    context: typer.Context,
    last: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 20,
) -> None:
    """List the newest runs.

    Example: surplus --home voorbeeldstad runs --last 5
    """
    from sqlalchemy import select

    from surplus.months import Month
    from surplus.store.tables import run

    session: Session = context.find_root().obj
    with session.reading() as conn:
        query = select(run).where(run.c.municipality == session.settings.code)
        found = conn.execute(query.order_by(run.c.run.desc()).limit(last)).mappings().all()
    rows = [
        {
            **{name: row[name] for name in COLUMNS},
            "month": str(Month(row["month"])) if row["month"] else "",
            "counts": _counts(row["counts"], session.as_json),
        }
        for row in found
    ]
    session.table(rows, COLUMNS, title="Runs", empty="nothing has run yet")


def _counts(text: str, as_json: bool) -> object:
    counts = json.loads(text)
    return counts if as_json else ", ".join(f"{name} {value}" for name, value in counts.items())
