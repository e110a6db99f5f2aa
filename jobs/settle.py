"""`surplus settle`: facts become figures, the ledger gets the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.session import Session
from surplus.problems import Refusal

if TYPE_CHECKING:
    from surplus.runs import Run


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("settle")(settle)


def settle(
    context: typer.Context,
    through: Annotated[
        str, typer.Option(metavar="YYYY-MM", help="Last month; default: the month before the date.")
    ] = "",
    client: Annotated[str, typer.Option(metavar="NO", help="Only this client.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be posted; write nothing.")
    ] = False,
    because: Annotated[
        str,
        typer.Option(
            metavar="CAUSE",
            help="parameter · policy · code: what that changes in months that stand. Nothing is "
            "posted until a second person approves.",
        ),
    ] = "",
    reason: Annotated[str, typer.Option(help="Why; with --because.")] = "",
) -> int:
    """Settle every month that has news, up to the month before the business date.

    A second run posts nothing; a correction posts the difference to its own month.

    Examples:
      surplus --home voorbeeldstad settle --through 2026-03 --dry-run
      surplus --operator income-1 settle --because parameter --reason "norms of July corrected"
    """
    from surplus.months import Month

    session: Session = context.obj
    session.need("settle")
    if because:
        return again(session, because, reason, ask=not dry_run)
    last = month_of(through) if through else Month.of(session.on).plus(-1)
    only = client_number(client) if client else 0
    if dry_run:
        return preview(session, last, only)
    # A run for one client looks at nobody else's news, so it is no settling of all.
    with session.run("settle-client" if only else "settle", month=int(last)) as run:
        counts = work_on(run, last, only)
    session.show(counts, sentence(counts))
    return 3 if counts["needs_a_person"] else 0


def work_on(run: Run, last: Any, only: int = 0) -> dict[str, Any]:
    """Settle through `last` as a run; returns what came of it."""
    from jobs import logs
    from jobs.session import sealed
    from surplus.settlement import settle as settlement

    run.progress(f"settling through {last} …")
    with sealed(run) as work:
        run.counts = settlement.settle(work, last, client=only).counts()
        run.attention = bool(run.counts["needs_a_person"])
    logs.event("settled", **run.counts)
    return run.counts


def preview(session: Session, last: Any, only: int) -> int:
    """Settle, show every booking it would make, and keep nothing."""
    from surplus.money import euros
    from surplus.settlement import settle as settlement

    with session.run("settle-preview", month=int(last)) as run:
        try:
            with run.work() as work:
                result = settlement.settle(work, last, client=only)
                rows = settlement.bookings(work, result)
                raise _Undo
        except _Undo:
            pass
    human = "\n".join(
        f"{row['client_no']} {row['month']} {row['account']} {euros(row['amount_cents'])}"
        for row in rows
    )
    counts = result.counts()
    session.show(
        {"counts": counts, "bookings": rows},
        f"{human}\n{sentence(counts)}\nnothing was written".lstrip(),
    )
    return 0


def again(session: Session, cause: str, reason: str, *, ask: bool) -> int:
    """Show what settling again because of one thing would change; let it wait for a second person.

    Posts nothing itself: `changes approve` does.
    """
    from jobs.session import must_tell, sealed
    from surplus import decisions
    from surplus.settlement import because

    if ask:
        session.need("decide")
        must_tell(reason)
    with session.run("settle-preview") as run:
        run.progress(f"settling every month again because of {cause}, on trial …")
        try:
            with run.work() as work:
                trial = because.settled_again(work, cause)
                raise _Undo
        except _Undo:
            pass
    waits = 0
    if ask and trial.groups:
        with session.run("settle-because") as run, sealed(run) as work:
            waits = decisions.propose(work, [because.asked_for(cause, trial, reason)])[0]
    if session.as_json:
        session.show({"cause": cause, "change": waits, "groups": trial.groups})
    else:
        session.table(
            trial.groups, trial.groups[0] if trial.groups else (),
            title=f"Because of {cause}, difference per month", empty="no month would change",
        )  # fmt: skip
        session.show(
            None,
            f"nothing was posted; change {waits} waits for a second person: "
            f"surplus changes approve {waits}"
            if waits
            else "nothing was posted",
        )
    return 0


class _Undo(Exception):
    """Leaves a write transaction without keeping it."""


def sentence(counts: dict[str, Any]) -> str:
    """The outcome in a line."""
    return (
        f"{counts['examined']} client-months looked at: {counts['new']} settled, "
        f"{counts['changed']} changed, {counts['open']} open; {counts['entries']} entries posted"
    )


def client_number(told: str) -> int:
    """The number behind `K0001001`.

    Raises:
        Refusal: not a client number.
    """
    if len(told) == 8 and told[0] == "K" and told[1:].isdigit():
        return int(told[1:])
    raise Refusal(f"{told} is no client number", "write it as K0001001")


def month_of(told: str) -> Any:
    """A month as the command line writes it.

    Raises:
        Refusal: not a month.
    """
    from surplus.months import Month

    try:
        return Month.parse(told)
    except ValueError as error:
        raise Refusal(str(error), "write a month as 2026-03") from None
