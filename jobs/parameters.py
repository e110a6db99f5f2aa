"""`surplus parameters`: dated amounts with their source, and what is missing."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.session import Session, day_of

app = typer.Typer(help="Dated amounts and rates with their source.", invoke_without_command=True)

COLUMNS = ("name", "household", "age_band", "amount", "unit", "valid_from", "valid_until",
           "reliability", "source")  # fmt: skip


@app.callback()
def parameters(
    context: typer.Context,
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="Only rows in force on this day.")
    ] = "",
    name: Annotated[str, typer.Option(help="Only names that contain this.")] = "",
) -> None:
    """List the amounts and rates that rules read, each with its source.

    Example: surplus --home voorbeeldstad parameters --on 2026-03-01 --name norm_incl
    """
    from surplus.money import euros
    from surplus.store.rates import parameters_now

    session: Session = context.find_root().obj
    with session.reading() as conn:
        table = parameters_now(conn, session.settings.code)
    rows = [
        {
            **row._asdict(),
            "amount_value": row.amount,
            "amount": f"{row.amount / 1000:g}%" if row.unit == "percent" else euros(row.amount),
            "valid_until": row.valid_until if row.valid_until < "9999" else "",
        }
        for row in table.rows(day_of(on) if on else None)
        if name in row.name
    ]
    session.table(rows, COLUMNS, title="Parameters", empty="no such row")
