"""`surplus template`: a workbook to fill in, with the columns and codes that are taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.session import Session
from surplus.problems import Refusal

KINDS = ("clients", "norms", "payslips", "opening")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("template")(template)


def template(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=" · ".join(KINDS))],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The workbook (.xlsx) to write.")],
) -> None:
    """Write an Excel workbook to fill in: text columns, drop-downs, a sheet that explains.

    Filled in, `surplus import` takes it in with the same checks as CSV. In a workspace the
    template of clients offers its norm categories.

    Example: surplus template payslips --out payslips.xlsx
    """
    from surplus.intake.templates import workbook
    from surplus.reports.exports import replacing

    session: Session = context.obj
    if kind not in KINDS:
        raise Refusal(f"there is no template {kind}", f"known are {', '.join(KINDS)}")
    if out.suffix != ".xlsx":
        raise Refusal(f"{out} is no .xlsx", "give --out a name that ends in .xlsx")
    if out.exists():
        raise Refusal(
            f"{out} is there already, and may have been filled in", "give --out another name"
        )
    with replacing(out) as file:
        workbook(kind, _categories(session)).save(file)
    session.show({"file": str(out)}, str(out))


def _categories(session: Session) -> list[str]:
    """Of the workspace where there is one: a template can be written before it."""
    from surplus.config import FILE
    from surplus.intake.norms import categories
    from surplus.store.engine import reading

    if not (session.home / FILE).exists():
        return []
    with reading(session.engine) as conn:
        return categories(conn, session.settings.code)
