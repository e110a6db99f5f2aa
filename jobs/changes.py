"""`surplus changes`: what waits for a second person."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from jobs.session import Session

app = typer.Typer(help="What waits for a second person.", no_args_is_help=True)

COLUMNS = ("id", "kind", "client_no", "field", "old", "new", "asked_by", "asked_on", "state")

Number = Annotated[int, typer.Argument(metavar="ID", help="The change's number.")]


@app.command("list")
def show_all(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False,
) -> int:
    """List the changes that wait; exit 3 where some do.

    Example: surplus --home voorbeeldstad changes list
    """
    from surplus import decisions

    session: Session = context.find_root().obj
    with session.reading() as conn:
        rows = decisions.as_json(conn, session.settings.code, everything=everything)
    session.table(rows, COLUMNS, title="Changes", empty="no change waits")
    return 3 if any(row["state"] == "waiting" for row in rows) else 0


@app.command()
def show(context: typer.Context, number: Number) -> None:
    """Show one change, with what approval would write; of opening balances every row.

    Example: surplus --home voorbeeldstad changes show 4
    """
    from surplus import decisions
    from surplus.intake import opening
    from surplus.problems import Refusal

    session: Session = context.find_root().obj
    with session.reading() as conn:
        rows = decisions.as_json(conn, session.settings.code, everything=True)
        found = [row for row in rows if row["id"] == number]
        if not found:
            raise Refusal(f"there is no change {number}", "surplus changes list shows what waits")
        text = "\n".join(f"{key:10} {value}" for key, value in found[0].items())
        if found[0]["kind"] == decisions.OPENING:
            found[0]["rows"] = opening.listed(conn, session.settings.code, number)
            text += "".join(f"\n{_in_words(row)}" for row in found[0]["rows"])
    session.show(found[0], text)


def _in_words(row: dict[str, Any]) -> str:
    from surplus.money import euros

    told = (
        f"{name.removesuffix('_cents')} {euros(value) if name.endswith('_cents') else value}"
        for name, value in row.items()
        if value
    )
    return f"  {', '.join(told)}"


@app.command()
def approve(context: typer.Context, number: Number) -> None:
    """Approve a change that another person asked for; it takes effect now.

    Example: surplus --operator treasury-1 changes approve 4
    """
    from jobs import adopt
    from jobs.session import sealed
    from surplus import decisions, workspace
    from surplus.bank import assigning, booking
    from surplus.intake import opening
    from surplus.intake.held.quarantine import look_again
    from surplus.ledger import year_close
    from surplus.payout import again, by_word
    from surplus.settlement import because, by_decision

    session: Session = context.find_root().obj
    session.need("changes")
    with session.run("changes-approve") as run, sealed(run) as work:
        approved = by_decision.approve(work, number)
        if approved.kind.startswith(decisions.SETTLE):
            run.counts = because.post(work, approved.payload).counts()
        elif approved.kind == decisions.OPENING:
            opening.post(work, approved.payload, number)
            look_again(work)
        elif approved.kind == decisions.YEAR_CLOSE:
            year_close.close(work, approved.payload["year"], approved.payload["results"])
        elif approved.kind == workspace.ADOPT:
            adopt.approved(session, work, approved.payload)
        elif approved.kind == again.KIND:
            again.approved(work, approved.payload, number)
        elif approved.kind == by_word.KIND:
            by_word.approved(work, approved.payload, number)
        elif approved.kind == assigning.KIND:
            assigning.approved(work, approved.payload)
        elif approved.kind in decisions.ABOUT_ROWS:
            look_again(work)
        booking.tell_suspense(work)  # an adjustment may open or close a line
    session.show({"id": number, "state": "approved"}, f"change {number} is in force")


@app.command()
def reject(
    context: typer.Context,
    number: Number,
    reason: Annotated[str, typer.Option(help="Why not.")],
) -> None:
    """Reject a change; everything stays as it was.

    Example: surplus --operator treasury-1 changes reject 4 --reason "account not confirmed"
    """
    from jobs.session import must_tell, sealed
    from surplus import decisions

    session: Session = context.find_root().obj
    session.need("changes")
    must_tell(reason)
    with session.run("changes-reject") as run, sealed(run) as work:
        decisions.reject(work, number, reason)
    session.show({"id": number, "state": "rejected"}, f"change {number} is rejected")
