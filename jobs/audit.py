"""`surplus audit`: what an auditor takes along."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.session import SYSTEM, Session, day_of, must_tell, sealed
from surplus.problems import Refusal

if TYPE_CHECKING:
    from surplus.reports.sample import Sampling


#: Versions of the audit file, the newest first.
XAF = ("4.0", "3.2.1", "3.2")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First booking day.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last booking day.")],
    out: Annotated[Path, typer.Option(help="Folder; made if absent.")],
    interval: Annotated[
        str,
        typer.Option(
            "--sample-interval", metavar="EUR", help="Draw a sample: every so many euros a payment."
        ),
    ] = "",
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Whole number; decides the first hit.")
    ] = None,
    xaf: Annotated[
        str, typer.Option(metavar="VERSION", help=f"Audit file: {' · '.join(XAF)}")
    ] = XAF[0],
    key: Annotated[
        bool, typer.Option("--key", help="Also a workbook with BSN and name by client number.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why the key is needed; kept.")] = "",
) -> None:
    """Write the auditors' workbook, the audit file (XAF) and the seal's head of a period.

    With an interval and a seed also a sample of the payments, with a sheet for each one drawn.

    Example: surplus --home voorbeeldstad audit --from 2026-01-01 --to 2026-06-30 --out audit
    --sample-interval 25000 --seed 2026
    """
    from surplus import trail

    session: Session = context.obj
    session.need("audit")
    for day in (first, last):
        day_of(day)
    if xaf not in XAF:
        raise Refusal(f"there is no version {xaf} of the audit file", f"one of {', '.join(XAF)}")
    sampling = _sampling(interval, seed)
    if key:
        _may_see_names(session, reason)
    with session.run("audit") as run:
        with sealed(run) as work:
            trail.note(work, "audit", f"{first}..{last}")
            if key:
                trail.note(work, "audit key", f"{first}..{last}", reason)
        files = write(session, first, last, out, sampling=sampling, with_key=key, xaf=xaf)
        run.counts = {"files": len(files)}
    session.show({"files": [str(f) for f in files]}, "\n".join(str(f) for f in files))


def _sampling(interval: str, seed: int | None) -> Sampling | None:
    """How the sample is drawn; None where none was asked for.

    Raises:
        Refusal: one of the two is missing, or no amount above zero.
    """
    from surplus.money import decimal_to_cents
    from surplus.reports.sample import Sampling

    if not interval and seed is None:
        return None
    if not interval or seed is None:
        raise Refusal(
            "a sample needs an interval and a seed", "give --sample-interval EUR and --seed N"
        )
    # 25.000 is twenty-five thousand to one reader and twenty-five to another: it is neither here.
    plain = re.fullmatch(r"[0-9]{1,15}([.,][0-9]{2})?", interval)
    cents = decimal_to_cents(interval.replace(",", ".")) if plain else 0
    if not cents:
        raise Refusal(f"{interval} is no interval", "write it in euros, such as 25000 or 2500,50")
    return Sampling(cents, seed)


def _may_see_names(session: Session, reason: str) -> None:
    """The key is for a person with a reason.

    Raises:
        Refusal: there is none.
    """
    must_tell(reason)
    if session.operator == SYSTEM:
        raise Refusal(
            "the key needs a person: say who you are", "surplus --operator NAME audit … --key"
        )


def write(
    session: Session,
    first: str,
    last: str,
    out: Path,
    *,
    sampling: Sampling | None = None,
    with_key: bool = False,
    xaf: str = XAF[0],
) -> list[Path]:
    """Write the auditors' files of a period into a folder; returns them."""
    import surplus.reports.audit as report
    from surplus.reports import plots

    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    drawn = plots.installed()
    if not drawn:
        session.progress(
            "the workbook gets no pictures: matplotlib is not installed; "
            "install Surplus with the extra: pip install 'surplus[plots]'"
        )
    session.progress("writing the auditors' workbook …")
    with session.reading() as conn:
        return report.audit(
            conn,
            session.settings,
            first,
            last,
            session.on,
            out,
            sampling=sampling,
            with_key=with_key,
            drawn=drawn,
            xaf=xaf,
        )
