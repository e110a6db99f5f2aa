"""`surplus explain`: every figure of a client-month, down to file, line and parameter row."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from jobs.session import Session, day_of
from jobs.settle import client_number, month_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    context: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="K0001001")],
    month: Annotated[
        str, typer.Argument(metavar="[MONTH]", help="YYYY-MM; without it every settled month.")
    ] = "",
    known_on: Annotated[
        str, typer.Option("--known-on", metavar="DATE", help="As it was known on this day.")
    ] = "",
) -> None:
    """Explain a month: figures with formula, inputs and article, the facts and the entries.

    Example: surplus --home voorbeeldstad explain K0001001 2026-01 --known-on 2026-02-25
    """
    from surplus.settlement import explain as explanation

    session: Session = context.obj
    number = client_number(client)
    known_on = known_on and day_of(known_on)
    with session.reading() as conn:
        months = (
            [month_of(month)]
            if month
            else explanation.months_of(conn, session.settings.code, number)
        )
        told = [
            explanation.explain(conn, session.settings, number, m, session.on, known_on)
            for m in months
        ]
    session.show(told[0] if month else told, "\n\n".join(_text(one) for one in told))


def _text(told: dict[str, Any]) -> str:
    from surplus.money import euros

    lines = [
        f"{told['client_no']}  {told['month']}  {told['state']}, version {told['version']}"
        f", as known on {told['known_on']}"
    ]
    if told["lacks"]:
        lines.append(f"  held: {told['lacks']}")
    for figure in told["figures"]:
        lines.append(f"  {figure['name']:22}{euros(figure['cents']):>12}   {figure['formula']}")
        lines.append(f"  {'':36} {figure['source']}{_inputs(figure['inputs'])}")
    lines += [
        f"  from {fact['file']} line {fact['line']}: {fact['period']} net {euros(fact['net'])}"
        + (f", {fact['state']}" if fact["state"] != "recorded" else "")
        for fact in told["facts"]
    ]
    lines += [
        f"  version {v['version']} of {v['recorded_on']} ({v['cause']}): "
        f"D {euros(v['entitlement_cents'])}"
        for v in told["versions"]
    ]
    if told["entries"]:
        lines.append(f"  entries {', '.join(str(number) for number in told['entries'])}")
    return "\n".join(lines)


def _inputs(inputs: dict[str, Any]) -> str:
    from surplus.money import euros

    def shown(name: str, value: Any) -> str:
        if isinstance(value, dict):
            return f"{name} {euros(value['cents'])} ({value['from']})"
        if name in ("rate_per_100000",):
            return f"{value / 1000:g}%"
        is_money = isinstance(value, int) and name not in ("months_used",)
        return f"{name} {euros(value)}" if is_money else f"{name} {value}"

    return " · " + " · ".join(shown(n, v) for n, v in inputs.items()) if inputs else ""
