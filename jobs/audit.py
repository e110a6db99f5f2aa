"""`surplus audit`: what an auditor takes along."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.session import Session, day_of, sealed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First booking day.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last booking day.")],
    out: Annotated[Path, typer.Option(help="Folder; made if absent.")],
) -> None:
    """Write the auditors' workbook, the audit file (XAF 4.0) and the seal's head of a period.

    Example: surplus --home voorbeeldstad audit --from 2026-01-01 --to 2026-06-30 --out audit
    """
    from surplus import trail

    session: Session = context.obj
    session.need("audit")
    for day in (first, last):
        day_of(day)
    with session.run("audit") as run:
        with sealed(run) as work:
            trail.note(work, "audit", f"{first}..{last}")
        files = write(session, first, last, out)
        run.counts = {"files": len(files)}
    session.show({"files": [str(f) for f in files]}, "\n".join(str(f) for f in files))


def write(session: Session, first: str, last: str, out: Path) -> list[Path]:
    """Write workbook and head of a period into a folder; returns the files."""
    import surplus.reports.audit as report

    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    session.progress("writing the auditors' workbook …")
    with session.reading() as conn:
        return report.audit(conn, session.settings, first, last, session.on, out)
