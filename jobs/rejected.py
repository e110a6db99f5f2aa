"""`surplus rejected`: rows in quarantine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.session import Session, must_tell, rows_of, sealed
from surplus.problems import Refusal

if TYPE_CHECKING:
    from surplus.intake.held.waiting import Chosen

app = typer.Typer(help="Rows of files that were not booked.", invoke_without_command=True)

COLUMNS = ("delivery", "file", "line", "field", "code", "severity", "state", "client_no", "remedy")
#: So many notes stand on a screen; the rest is counted, and told by code.
SCREEN = 15

Delivery = Annotated[int, typer.Option("--delivery", help="Of this delivery only.")]
Code = Annotated[str, typer.Option("--code", help="With this code only, such as R05.")]
Client = Annotated[str, typer.Option("--client", help="Of this client only: K0001001.")]
Lines = Annotated[str, typer.Option("--lines", help="On these lines only: 17 or 17-40.")]


@app.callback()
def rejected(context: typer.Context) -> int | None:
    """Show what waits in quarantine: by code, and the first rows, with the remedy.

    Example: surplus --home voorbeeldstad rejected
    """
    return show(context) if context.invoked_subcommand is None else None


@app.command("list")
def show(
    context: typer.Context,
    delivery: Delivery = 0,
    code: Code = "",
    client: Client = "",
    lines: Lines = "",
    summary: Annotated[bool, typer.Option("--summary", help="By code only.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Those that wait no more too.")] = False,
) -> int:
    """List quarantined rows, by code and row by row; exit 3 where some wait.

    Example: surplus --home voorbeeldstad rejected list --summary ·
    surplus --home voorbeeldstad rejected list --delivery 3 --lines 17-40
    """
    from surplus.intake.held.waiting import WAITING, count_rows, notes_of
    from surplus.intake.summary import summary as by_code

    session: Session = context.find_root().obj
    chosen = _chosen(delivery, code, client, lines)
    language = session.settings.municipality.language
    states = (*WAITING, "released", "corrected", "dropped") if everything else WAITING
    with session.reading() as conn:
        said = notes_of(conn, session.settings.code, chosen, states)
    waits = 3 if set(said["state"].tolist()) & set(WAITING) else 0
    codes = by_code(said, language)
    if session.as_json:
        session.show(codes if summary else _rows(said, language))
        return waits
    if not codes:
        session.show({}, "no row waits")
        return waits
    session.show({}, _as_text(codes, count_rows(said)))
    if not summary:
        rows = _rows({name: column[:SCREEN] for name, column in said.items()}, language)
        more = len(said["line"]) - len(rows)
        shown = [name for name in COLUMNS if name != "remedy"]
        session.table(rows, shown, title="Row by row", empty="")
        if more:
            session.show({}, f"… and {more} more: choose with --delivery, --code, --client, "
                         "--lines; all of them: surplus export rejected --format xlsx")  # fmt: skip
    return waits


@app.command()
def retry(
    context: typer.Context,
    delivery: Delivery = 0,
    code: Code = "",
    client: Client = "",
    lines: Lines = "",
) -> int:
    """Look at the held rows again, all or those chosen; what fits now is recorded.

    Example: surplus --home voorbeeldstad rejected retry --code R03
    """
    from surplus.intake.held import quarantine

    session: Session = context.find_root().obj
    session.need("import")
    chosen = _chosen(delivery, code, client, lines)
    with session.run("rejected-retry") as run, sealed(run) as work:
        released = quarantine.retry(work, chosen)
        run.counts = {"released": released}
    session.show({"released": released}, f"{released} rows released")
    return 0


@app.command()
def drop(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why they need no more work.")],
    delivery: Annotated[int, typer.Argument(metavar="[DELIVERY]", help="Of this delivery.")] = 0,
    line: Annotated[int, typer.Argument(metavar="[LINE]", help="On this line of its file.")] = 0,
    code: Code = "",
    client: Client = "",
    lines: Lines = "",
) -> None:
    """Close quarantined rows for good, with one reason for all that are chosen.

    Example: surplus --operator income-1 rejected drop 3 17 --reason "sent again, see delivery 4" ·
    surplus --operator income-1 rejected drop 3 --code R03 --reason "moved away before March"
    """
    from surplus import trail
    from surplus.intake.held import quarantine

    session: Session = context.find_root().obj
    session.need("findings")
    must_tell(reason)
    chosen = _chosen(delivery, code, client, lines or (str(line) if line else ""))
    with session.run("rejected-drop") as run, sealed(run) as work:
        dropped = quarantine.drop(work, chosen)
        for number, its_lines in dropped.items():
            trail.note(work, "rejected drop", f"{number}:{_stretches(its_lines)}", reason)
        run.counts = {"dropped": sum(map(len, dropped.values()))}
    session.show(
        {"state": "dropped", "rows": run.counts["dropped"]},
        "\n".join(f"delivery {n}: line {_stretches(told)} closed" for n, told in dropped.items()),
    )


def _chosen(delivery: int, code: str, client: str, lines: str) -> Chosen:
    """What the options choose.

    Raises:
        Refusal: a client number or lines that cannot be.
    """
    from surplus.intake.held.waiting import Chosen

    if client and not re.fullmatch("K[0-9]{7}", client):
        raise Refusal(f"{client} is no client number", "write it as K0001001")
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", lines) if lines else None
    if lines and not found:
        raise Refusal(f"--lines {lines} names no lines", "write 17, or 17-40")
    first = int(found[1]) if found else 0
    last = int(found[2] or found[1]) if found else 0
    return Chosen(delivery, code, int(client[1:] or 0) if client else 0, first, last)


def _rows(said: dict[str, Any], language: str) -> list[dict[str, Any]]:
    from surplus.problems import PROBLEMS
    from surplus.reports.tables import client_numbers, mapped

    told = dict(said)
    told["client_no"] = client_numbers(told["client"])
    told["remedy"] = mapped(told["code"], lambda code: PROBLEMS[code].remedy[language])
    return rows_of({name: told[name] for name in COLUMNS})


def _as_text(codes: list[dict[str, Any]], rows: int) -> str:
    from surplus.intake.summary import on_screen

    lines = [f"{rows} {'row waits' if rows == 1 else 'rows wait'}, by code:", ""]
    return "\n".join([*lines, *(line for told in codes for line in on_screen(told))])


def _stretches(lines: list[int]) -> str:
    """Lines as people write them.

    >>> _stretches([3, 4, 5, 9])
    '3-5, 9'
    """
    parts: list[list[int]] = []
    for line in lines:
        if parts and line == parts[-1][-1] + 1:
            parts[-1][1:] = [line]
        else:
            parts.append([line])
    return ", ".join("-".join(map(str, part)) for part in parts)
