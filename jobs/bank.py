"""`surplus bank`: statement lines and what is not matched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.session import Session, must_tell, sealed
from jobs.settle import client_number, month_of
from surplus.problems import Refusal

if TYPE_CHECKING:
    from surplus.runs import Run

app = typer.Typer(help="Statement lines and unmatched items.", no_args_is_help=True)

COLUMNS = ("item", "booked_on", "days", "age", "amount_cents", "open_cents", "family", "match",
           "client_no", "party_name", "text")  # fmt: skip

Item = Annotated[int, typer.Argument(metavar="ITEM", help="The line's number in bank list.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]
TARGETS = (
    "wage:K0001001 (with :EMPLOYER and :2026-03 where need be) · deposit:K0001001 · municipality · "
    "payment:END-TO-END-ID, or payment:MESSAGE-ID for all of a file, payment:MESSAGE-ID-P1 for the "
    "first debit in it"
)


@app.command("list")
def show(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="All lines.")] = False,
) -> int:
    """List what stands in suspense (1900), oldest first, with its age; exit 3 where there is some.

    Example: surplus --home voorbeeldstad bank list
    """
    from surplus.bank import suspense

    session: Session = context.find_root().obj
    with session.reading() as conn:
        rows = suspense.listed(conn, session.settings.code, session.on, everything=everything)
    session.table(rows, COLUMNS, title="Statement lines", empty="nothing stands open")
    return 3 if any(row["open_cents"] for row in rows) else 0


@app.command()
def assign(
    context: typer.Context,
    item: Item,
    to: Annotated[str, typer.Option(metavar="TARGET", help=TARGETS)],
    reason: Reason,
) -> int:
    """Say what a line is: out of suspense, or from a wage where it was put by mistake.

    Above limits.assign_cents it waits for a second person; exit 3 then.

    Example: surplus --operator income-1 bank assign 12 --to wage:K0001001:999990020L01:2026-03
    --reason "employer confirmed by telephone"
    """
    return _assign(context, item, [target_of(to)], reason)


@app.command()
def split(
    context: typer.Context,
    item: Item,
    parts: Annotated[list[str], typer.Option("--part", metavar="TARGET=EUROS", help=TARGETS)],
    reason: Reason,
) -> int:
    """Divide a line over several wages or other targets; the rest stays in suspense.

    Example: surplus --operator income-1 bank split 12 --part wage:K0001001=743,12
    --part wage:K0001002=510,00 --reason "one transfer for two employees, list of the employer"
    """
    from surplus.money import to_cents

    targets = []
    for part in parts:
        told, _, amount = part.rpartition("=")
        try:
            targets.append(target_of(told)._replace(cents=to_cents(amount)))
        except ValueError as error:
            raise Refusal(f"--part {part}: {error}", "write TARGET=743,12") from None
    return _assign(context, item, targets, reason)


@app.command()
def refund(
    context: typer.Context,
    item: Item,
    reason: Reason,
    amount: Annotated[str, typer.Option(metavar="EUROS", help="Default: all that is open.")] = "",
    iban: Annotated[str, typer.Option(help="Default: of the sender.")] = "",
    name: Annotated[str, typer.Option(help="Default: of the sender.")] = "",
    client: Annotated[str, typer.Option(metavar="CLIENT", help="Whom it is about.")] = "",
) -> int:
    """Send a line back to who paid it: a payment of the next batch, once a second person agrees.

    Example: surplus --operator income-1 bank refund 12 --reason "not meant for us"
    """
    from surplus.bank import suspense
    from surplus.money import to_cents

    session: Session = context.find_root().obj
    session.need("assign")
    must_tell(reason)
    try:
        cents = to_cents(amount) if amount else 0
    except ValueError as error:
        raise Refusal(f"--amount: {error}", "write euros with a comma and two decimals") from None
    whose = client_number(client) if client else 0
    with session.run("bank-refund") as run, sealed(run) as work:
        payee = ("".join(iban.split()), name)
        change = suspense.refund(work, item, cents, payee, whose, reason)
    session.show(
        {"item": item, "state": "waiting", "change": change},
        f"change {change} waits for a second person: surplus changes approve {change}",
    )
    return 3


@app.command()
def reminders(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the letters are written.")],
) -> int:
    """Write a letter to each employer whose wages are overdue; exit 3 where there are some.

    Example: surplus --operator income-1 bank reminders --out outbox/reminders
    """
    from surplus.reports import reminders as letters

    session: Session = context.find_root().obj
    session.need("assign")
    with session.run("bank-reminders") as run, sealed(run) as work:
        written = letters.write(work, out)
    rows = [
        {"employer": letter.employer, "name": letter.name, "wages": letter.months,
         "amount_cents": letter.cents, "file": str(path)}
        for letter, path in written
    ]  # fmt: skip
    columns = ("employer", "name", "wages", "amount_cents", "file")
    session.table(rows, columns, title="Reminders", empty="no wage is overdue")
    return 3 if rows else 0


def target_of(told: str) -> Any:
    """A target as the command line writes it.

    Raises:
        Refusal: not one.
    """
    from surplus.bank.assigning import Target

    to, *rest = (part.strip() for part in told.split(":"))
    if to == "municipality" and not rest:
        return Target(to)
    if to == "payment" and len(rest) == 1 and rest[0]:
        return Target(to, payment=rest[0])
    if to == "deposit" and len(rest) == 1:
        return Target(to, client=client_number(rest[0]))
    if to == "wage" and 1 <= len(rest) <= 3:
        months = [each for each in rest[1:] if "-" in each]
        employers = [each for each in rest[1:] if "-" not in each]
        if len(months) <= 1 and len(employers) <= 1:
            month = int(month_of(months[0])) if months else 0
            employer = employers[0] if employers else ""
            return Target(to, client=client_number(rest[0]), employer=employer, month=month)
    raise Refusal(f"{told} is no target", TARGETS)


def _assign(context: typer.Context, item: int, targets: list[Any], reason: str) -> int:
    from surplus.bank import assigning

    session: Session = context.find_root().obj
    session.need("assign")
    must_tell(reason)
    with session.run("bank-assign") as run, sealed(run) as work:
        change = assigning.assign(work, item, targets, reason)
    state = "waiting" if change else "assigned"
    waits = f"change {change} waits for a second person: surplus changes approve {change}"
    session.show(
        {"item": item, "state": state, "change": change or None},
        waits if change else f"item {item} is assigned",
    )
    return 3 if change else 0


@app.command()
def funding(context: typer.Context) -> int:
    """Show how much the account needs before the next fixed date.

    Wages that employers owe are told beside it and not counted on. Exit 3 where money must come, or
    where a client has no norm and so no amount.

    Example: surplus --home voorbeeldstad --date 2026-03-20 bank funding
    """
    from surplus.payout import funding as forecast

    session: Session = context.find_root().obj
    with session.reading() as conn:
        told = forecast.funding(conn, session.settings, session.on)
    session.show(told.as_json(), _need(told))
    return 3 if told.short_cents or told.without_norm else 0


def _need(told: Any) -> str:
    """The forecast in a few lines."""
    from surplus.money import euros

    lines = [
        ("balance of the account", told.balance_cents),
        ("approved, not debited yet", -told.in_transit_cents),
        *((f"{each['payments']} × {each['kind']}", -each["cents"]) for each in told.payments),
    ]
    verdict = "to be transferred before that day" if told.short_cents else "left after it"
    left = told.short_cents or told.balance_cents - told.need_cents
    text = [f"pay month {told.month}, paid on {told.pays_on}", ""]
    text += [f"{what:32} {euros(cents):>16}" for what, cents in [*lines, (verdict, left)]]
    text += ["", f"wages owed by employers, not counted on: {euros(told.wages_owed_cents)}"]
    if told.held_payments or told.without_norm:
        text.append(f"held: {told.held_payments} payments; without norm: {told.without_norm}")
    return "\n".join(text)


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
