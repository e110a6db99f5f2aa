"""`surplus decide`: record a decision, which waits for a second person."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.session import Session, sealed
from jobs.settle import client_number, month_of
from surplus.problems import Refusal


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("decide")(decide)


def decide(
    context: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="K0001001")],
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="norm · norm-reduction · norm-increase · institution · spouse-without-right · "
            "dependent-children · no-recourse-to-parents · fixed-payment · hold-payment · "
            "give-up-payment · wage-paid-to-client · wage-lost · paid_to · payslip · pay-periods · "
            "protected-amount · instalments · set-off-correction · exit · transfer · claim · "
            "claim-cancelled · write-off · buffer-budget · split · third-party · refund · "
            "premium · volunteer-allowance · pay-again · adjustment",
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The month it is about.")] = "",
    amount: Annotated[str, typer.Option(metavar="EUROS", help="Such as 1331,43.")] = "",
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="In force from.")] = "",
    last: Annotated[str, typer.Option("--until", metavar="DATE", help="In force until.")] = "",
    employer: Annotated[str, typer.Option(help="Loonheffingennummer.")] = "",
    payee: Annotated[
        str, typer.Option(help="Who is paid: partner, landlord, …; of paid_to client or buffer.")
    ] = "",
    value: Annotated[
        str,
        typer.Option(
            help="What is decided where that is no amount: 10%, self, by-days; of pay-again the "
            "end-to-end id, of adjustment debit/credit such as 4900/2000."
        ),
    ] = "",
    iban: Annotated[str, typer.Option(help="Where the payee is paid.")] = "",
    name: Annotated[str, typer.Option(help="The payee as the bank knows it.")] = "",
    reference: Annotated[
        str, typer.Option(help="Betalingskenmerk, or what the payee knows the client by.")
    ] = "",
    item: Annotated[int, typer.Option(help="The bank item that is refunded.")] = 0,
    number: Annotated[str, typer.Option(help="Decision number (besluitnummer).")] = "",
) -> None:
    """Record a decision; a second person approves it with `surplus changes approve`.

    Example: surplus --operator income-1 decide K0001001 norm --amount 1350,00 --from 2026-05-01
    --number B-2026-17 --reason "lives with parents"
    """
    from surplus.decisions import Asked
    from surplus.money import to_cents
    from surplus.settlement import by_decision

    session: Session = context.obj
    session.need("decide")
    try:
        cents = to_cents(amount) if amount else None
    except ValueError as error:
        raise Refusal(f"--amount: {error}", "write euros with a comma and two decimals") from None
    asked = Asked(
        client=client_number(client), kind=kind, month=int(month_of(month)) if month else None,
        amount_cents=cents, valid_from=first, valid_until=last, employer=employer, payee=payee,
        value=value, payee_iban="".join(iban.split()), payee_name=name, payee_reference=reference,
        item=item or None, number=number, reason=reason,
    )  # fmt: skip
    with session.run("decide") as run, sealed(run) as work:
        change = by_decision.decide(work, asked)
    session.show(
        {"id": change, "state": "waiting"},
        f"change {change} waits for a second person: surplus changes approve {change}",
    )
