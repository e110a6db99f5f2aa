"""`surplus parameters`: dated amounts with their source, and what is missing."""

from __future__ import annotations

from typing import Annotated, Any

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

    if context.invoked_subcommand:
        return
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


@app.command()
def missing(
    context: typer.Context,
    through: Annotated[str, typer.Option(metavar="YYYY-MM", help="Look up to this month.")],
) -> int:
    """List what rules will miss from this month on, with rows to fill in; exit 3 where some do.

    Example: surplus --home voorbeeldstad parameters missing --through 2027-06
    """
    from jobs.settle import month_of
    from surplus.months import Month
    from surplus.store.rates import parameters_now

    session: Session = context.find_root().obj
    with session.reading() as conn:
        table = parameters_now(conn, session.settings.code)
    rows = [
        {
            **gap.key._asdict(), "missing_from": gap.since, "missing_until": gap.until,
            "row": ",".join((gap.since, *gap.key, "", gap.unit, "", "")),
        }
        for gap in table.gaps(Month.of(session.on), month_of(through))
    ]  # fmt: skip
    session.table(
        rows, ("name", "household", "age_band", "missing_from", "missing_until", "row"),
        title="Missing parameters", empty=f"nothing is missing through {through}",
    )  # fmt: skip
    return 3 if rows else 0


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Such as norm_incl.")],
    household: Annotated[str, typer.Argument(help="Such as single.")],
    age_band: Annotated[str, typer.Argument(help="Such as 21-aow.")],
    amount: Annotated[str, typer.Option(help="Euros, such as 1401,50; or 12,5 with unit percent.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="Valid from.")],
    source: Annotated[str, typer.Option(help="Where the amount stands.")],
    number: Annotated[str, typer.Option(help="Decision number (besluitnummer).")],
    reason: Annotated[str, typer.Option(help="Why; kept with the change.")],
    unit: Annotated[str, typer.Option(help="month · year · total · hour · percent")] = "month",
    new: Annotated[bool, typer.Option("--new", help="A key that no row has yet.")] = False,
) -> None:
    """Ask for a row of the municipality itself; a second person approves it.

    It goes before the statutory row. Months that stand keep theirs: see settle --because parameter.

    Example: surplus --operator income-1 parameters add norm_incl single 21-aow --amount 1420,00
    --from 2026-07-01 --source "Stcrt. 2026" --number B-2026-9 --reason "norms of July"
    """
    from jobs.session import must_tell, sealed
    from surplus import decisions
    from surplus.rules.parameters import Key
    from surplus.store.rates import parameters_now

    session: Session = context.find_root().obj
    session.need("decide")
    for text in (source, number, reason):
        must_tell(text)
    row = _parsed(day_of(first), Key(name, household, age_band), amount, unit, source, number)
    with session.run("parameters-add") as run, sealed(run) as work:
        table = parameters_now(work.conn, work.municipality)
        if not new:
            _must_be_known(row.key, table.keys())
        last = next((old for old in reversed(table.rows()) if old.key == row.key), None)
        asked = decisions.Change(
            decisions.PARAMETER, 0, f"{row.key} from {row.valid_from}",
            _value(last) if last else "", _value(row),
            {
                "name": name, "household": household, "age_band": age_band,
                "valid_from": row.valid_from, "amount": _dotted(amount, unit), "unit": unit,
                "source": source, "number": number,
            },
            reason,
        )  # fmt: skip
        change = decisions.propose(work, [asked])[0]
    session.show(
        {"id": change, "state": "waiting"},
        f"change {change} waits for a second person: surplus changes approve {change}",
    )


def _parsed(first: str, key: Any, amount: str, unit: str, source: str, number: str) -> Any:
    from surplus.problems import Refusal
    from surplus.rules.parameters import Row

    try:
        dotted = _dotted(amount, unit)
        return Row.parse(
            first, key.name, key.household, key.age_band, dotted, unit, source, "decision", number
        )
    except ValueError as error:
        raise Refusal(
            f"--amount {amount} --unit {unit}: {error}", "write it as 1401,50, or as 12,5 percent"
        ) from None


def _dotted(amount: str, unit: str) -> str:
    """The amount with a decimal point, as parameter files have it."""
    from surplus.money import plain, to_cents

    if unit in ("percent", "months"):
        return amount.removesuffix("%").replace(",", ".")
    return plain(to_cents(amount))


def _value(row: Any) -> str:
    from surplus.money import euros

    return f"{row.amount / 1000:g}%" if row.unit == "percent" else euros(row.amount)


def _must_be_known(key: Any, known: list[Any]) -> None:
    import difflib

    from surplus.problems import Refusal

    if key in known:
        return
    near = difflib.get_close_matches(str(key), map(str, known), n=1, cutoff=0)
    raise Refusal(
        f"no rule looks up {key}; the nearest is {near[0]}",
        "correct it, or give --new where it is meant",
    )
