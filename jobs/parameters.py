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
            "amount": row.shown,
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

    Of a month that has passed already it lists what is missed from that month on.

    Example: surplus --home voorbeeldstad parameters missing --through 2027-06
    """
    from jobs.settle import month_of
    from surplus.months import Month
    from surplus.rules.parameters import COLUMNS as FILE_COLUMNS
    from surplus.store.rates import parameters_now

    session: Session = context.find_root().obj
    last = month_of(through)
    with session.reading() as conn:
        table = parameters_now(conn, session.settings.code)
    rows = [
        {
            **gap.key._asdict(), "missing_from": gap.since, "missing_until": gap.until,
            "row": ",".join((gap.since, *gap.key, "", gap.unit, "", "")),
        }
        for gap in table.gaps(min(Month.of(session.on), last), last)
    ]  # fmt: skip
    session.table(
        rows, ("name", "household", "age_band", "missing_from", "missing_until"),
        title="Missing parameters", empty=f"nothing is missing through {through}",
    )  # fmt: skip
    if not rows:
        return 0
    if not session.as_json:
        print("", ",".join(FILE_COLUMNS), *(row["row"] for row in rows), sep="\n")
    return 3


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Such as norm_incl.")],
    household: Annotated[str, typer.Argument(help="Such as single.")],
    age_band: Annotated[str, typer.Argument(help="Such as 21-aow.")],
    amount: Annotated[str, typer.Option(help="Euros, such as 1401,50; a rate: 12,5%; months.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="Valid from.")],
    source: Annotated[str, typer.Option(help="Where the amount stands.")],
    number: Annotated[str, typer.Option(help="Decision number (besluitnummer).")],
    reason: Annotated[str, typer.Option(help="Why; kept with the change.")],
    unit: Annotated[
        str, typer.Option(help="Of a new key: month · year · total · hour · percent · months.")
    ] = "",
    new: Annotated[bool, typer.Option("--new", help="A key that no row has yet.")] = False,
) -> None:
    """Ask for a row of the municipality itself; a second person approves it.

    It goes before the statutory row. Months that stand keep theirs: see settle --because parameter.

    Example: surplus --operator income-1 parameters add norm_incl single 21-aow --amount 1420,00
    --from 2026-07-01 --source "Stcrt. 2026" --number B-2026-9 --reason "norms of July"
    """
    from jobs.session import must_tell, sealed
    from surplus import decisions
    from surplus.problems import Refusal
    from surplus.rules.parameters import Key
    from surplus.store.rates import parameters_now

    session: Session = context.find_root().obj
    session.need("decide")
    for text in (source, number, reason):
        must_tell(text)
    key = Key(name, household, age_band)
    with session.reading() as conn:
        known = parameters_now(conn, session.settings.code).rows()
    last = next((row for row in reversed(known) if row.key == key), None)
    if last is None and not new:
        _refuse_unknown(key, [row.key for row in known])
    if last and unit not in ("", last.unit):
        raise Refusal(f"{key} is told per {last.unit}, not per {unit}", "leave --unit out")
    unit = unit or (last.unit if last else "month")
    row = _parsed(day_of(first), key, amount, unit, source, number)
    asked = decisions.Change(
        decisions.PARAMETER, 0, f"{key} from {row.valid_from}", last.shown if last else "",
        row.shown,
        {
            **key._asdict(), "valid_from": row.valid_from, "amount": _dotted(amount, unit),
            "unit": unit, "source": source, "number": number,
        },
        reason,
    )  # fmt: skip
    with session.run("parameters-add") as run, sealed(run) as work:
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
            f"--amount {amount} per {unit}: {error}", "write it as 1401,50, or a rate as 12,5%"
        ) from None


def _dotted(amount: str, unit: str) -> str:
    """The amount with a decimal point, as parameter files have it."""
    from surplus.money import plain, to_cents

    if unit in ("percent", "months"):
        return amount.removesuffix("%").replace(",", ".")
    return plain(to_cents(amount))


def _refuse_unknown(key: Any, known: list[Any]) -> None:
    import difflib

    from surplus.problems import Refusal

    near = difflib.get_close_matches(str(key), map(str, known), n=1, cutoff=0)
    raise Refusal(
        f"no rule looks up {key}; the nearest is {near[0]}",
        "correct it, or give --new where it is meant",
    )
