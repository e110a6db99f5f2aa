"""`surplus year-close`: the end of a book year, asked by one person and approved by another."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from jobs.session import Session, must_tell, sealed

COLUMNS = ("account", "name", "of_year_cents", "earlier_years_cents", "total_cents")
SISA = ("indicator", "name", "basis", "of_year_cents", "earlier_years_cents", "total_cents")
CROSSING = ("what", "client_no", "month", "amount_cents")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("year-close")(year_close)


def year_close(
    context: typer.Context,
    year: Annotated[int, typer.Argument(metavar="YEAR", min=2000, max=9999, help="The book year.")],
    reason: Annotated[str, typer.Option(help="Why now; kept with the change.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Show only, ask nothing.")] = False,
) -> None:
    """Ask that a book year is closed: its results go to the municipality, nothing is booked in it.

    A second person approves it with `changes approve`. The totals are by account, of the year's own
    months and of earlier ones, and by the indicators of SiSa that surplus.toml names. From 1
    November on the preview also lists the shortfalls and corrections that would cross the end of
    the year.

    Example: surplus --home voorbeeldstad year-close 2026 --preview
    """
    from surplus.decisions import YEAR_CLOSE, Change, propose
    from surplus.ledger import year_close as closing
    from surplus.money import euros

    session: Session = context.obj
    if preview:
        _preview(session, year)
        return
    session.need("decide")
    must_tell(reason)
    with session.run("year-close") as run, sealed(run) as work:
        closing.check(work.conn, work.municipality, year, work.on)
        results = closing.results_of(closing.totals(work.conn, work.municipality, year))
        said = f"{year}: result {euros(sum(cents for _account, cents in results))} euro"
        payload = {"year": year, "results": results}
        asked = Change(YEAR_CLOSE, 0, f"year:{year}", "", said, payload, reason)
        number = propose(work, [asked])[0]
    session.show(
        {"id": number, "state": "waiting"},
        f"{said}\nchange {number} waits for a second person: surplus changes approve {number}",
    )


def _preview(session: Session, year: int) -> None:
    from surplus.ledger import year_close as closing
    from surplus.ledger.journal import closed_through
    from surplus.reports import sisa
    from surplus.settlement import year_end

    with session.reading() as conn:
        told = closing.totals(conn, session.settings.code, year)
        indicators = sisa.totals(conn, session.settings, year)
        closed = closed_through(conn, session.settings.code) >= year * 100 + 12
        late = session.on >= f"{year}-{year_end.FROM}" and not closed
        crossing = year_end.crossing(conn, session.settings, year) if late else []
    totals = _named(told, session.settings.municipality.language)
    if session.as_json:
        session.show({"totals": totals, "sisa": indicators, "crossing": crossing})
        return
    session.table(totals, COLUMNS, title=f"Results of {year}", empty=f"no results in {year}")
    if session.settings.sisa.indicators:
        session.table(indicators, SISA, title=f"SiSa {year}", empty="")
    if late:
        session.table(crossing, CROSSING, title=f"Would cross the end of {year}",
                      empty="nothing would cross the end of the year")  # fmt: skip


def _named(told: dict[str, Any], language: str) -> list[dict[str, Any]]:
    from surplus.ledger.accounts import NAMES

    place = 1 if language == "nl" else 0
    columns = (told[name].tolist() for name in ("account", "of_year", "earlier", "total"))
    return [
        dict(zip(COLUMNS, (account, NAMES[account][place], *cents), strict=True))
        for account, *cents in zip(*columns, strict=True)
    ]
