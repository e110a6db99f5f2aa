"""`surplus adopt`: two people say that a copied or restored workspace is the real one now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.session import Session, must_tell, sealed
from surplus.problems import Refusal

if TYPE_CHECKING:
    from surplus.runs import Work


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("adopt")(adopt)


def adopt(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why this is the workspace that pays from now on.")],
) -> None:
    """Ask that a frozen workspace may pay again; a second person approves it.

    Payment files that went out and are in neither store nor outbox: put them in its outbox first,
    so that nobody is paid twice. The approval also settles that payments which stay unknown
    (UNKNOWN_PAYMENTS) are none of ours.

    Example: surplus --operator income-1 adopt --reason "restored after the disk failed"
    """
    from surplus import decisions, workspace
    from surplus.decisions import Change
    from surplus.payout import recognised

    session: Session = context.obj
    session.need("decide")
    must_tell(reason)
    with session.run("adopt") as run, sealed(run) as work:
        unknown = recognised.told(work)
        if not run.frozen and not unknown:
            raise Refusal("this workspace may pay already, and knows all payments")
        files = recognised.not_known(work, recognised.sent_files(session.home))
        said = f"{session.place.path} on {session.place.host}; {_sentence(list(files), unknown)}"
        payload = {"place": list(session.place), "unknown": unknown}
        why = run.frozen or "it does not know all payments"
        asked = Change(workspace.ADOPT, 0, "workspace", why, said, payload, reason)
        number = decisions.propose(work, [asked])[0]
    session.show(
        {"id": number, "state": "waiting", "frozen": run.frozen, "files": list(files),
         "unknown": unknown},
        f"{why}\n{said}\nchange {number} waits for a second person: "
        f"surplus changes approve {number}",
    )  # fmt: skip


def approved(session: Session, work: Work, payload: dict[str, Any]) -> None:
    """Let the workspace pay from here, and settle the payments that are none of ours.

    Raises:
        Refusal: it was asked of another place (exit 2).
    """
    from surplus import workspace
    from surplus.payout import recognised

    if payload["place"] != list(session.place):
        raise Refusal(
            f"this was asked of {payload['place'][1]} on {payload['place'][0]}",
            "give surplus adopt in this workspace",
        )
    recognised.resolve(work, payload["unknown"])
    workspace.settle(work.conn, work.municipality, session.home, session.place)


def _sentence(files: list[str], unknown: list[str]) -> str:
    told = f"{len(files)} payment files that its store does not know"
    told += f" ({', '.join(files)}): surplus nightly records them as sent" if files else ""
    return told + (f"; none of ours: {', '.join(unknown)}" if unknown else "")
