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
) -> int:
    """Settle every month that has news, up to the month before the business date.

    A second run posts nothing; a correction posts the difference to its own month.

    Example: surplus --home voorbeeldstad settle --through 2026-03 --dry-run
    """
    from surplus.months import Month

    session: Session = context.obj
    session.need("settle")
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
