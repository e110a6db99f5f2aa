"""`surplus compare`: what clients would have received under ordinary settlement, beside Surplus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.session import Session, rows_of, sealed
from jobs.settle import client_number
from surplus.problems import Refusal

FORMATS = ("svg", "png", "none")
#: Measures of a client on the screen; the workbook and --json have all.
SHOWN = (
    "total", "deviation", "largest_drop", "lowest", "lowest_permille", "below_90", "below_norm",
    "days_late", "corrections", "taken_back", "claims", "claim", "rest",
)  # fmt: skip
#: Measures over all clients: added up, and how they lie.
ADDED = (
    "months", "total", "below_90", "below_norm", "days_late", "corrections", "taken_back",
    "taken_back_cents", "claims", "claim",
)  # fmt: skip
SPREAD = ("deviation", "largest_drop", "lowest", "lowest_permille")
#: Room for the days late behind an amount.
LATE = 6
RANKS = ("tenth", "median", "ninetieth")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(compare)


def compare(
    context: typer.Context,
    client: Annotated[str, typer.Argument(metavar="[CLIENT]", help="K0001001")] = "",
    everyone: Annotated[bool, typer.Option("--all", help="All clients.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for a workbook and a plot per client.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="Plots: svg · png · none")] = "svg",
) -> None:
    """Compare Surplus with settling on the month, afterwards and by estimate.

    Month by month what the client would have received and when, and how even and punctual that
    is: standard deviation, drops, months short of the norm, days late, corrections, claims.

    Example: surplus --home voorbeeldstad compare K0001001
    """
    from surplus.reports import compare as report
    from surplus.reports import plots

    session: Session = context.obj
    if bool(client) == everyone:
        raise Refusal("compare one client, or all", "give a CLIENT such as K0001001, or --all")
    if form not in FORMATS:
        raise Refusal(f"there is no format {form}", f"formats: {', '.join(FORMATS)}")
    if out and form != "none":
        plots.needed("or leave the plots out with --format none")
    number = 0 if everyone else client_number(client)
    with session.reading() as conn:
        comparison = report.compare(conn, session.settings, number)
    files = write(session, comparison, out, form, client or "all") if out else []
    told = _data(comparison, alone=bool(client)) | {"files": [str(file) for file in files]}
    if session.as_json:
        session.show(told)
        return
    if client:
        _show_months(session, comparison, client)
        _show_measures(session, comparison)
    else:
        _show_all(session, comparison)
    session.show(None, "\n".join(told["files"]))


def write(session: Session, comparison: Any, out: Path, form: str, subject: str) -> list[Path]:
    """Write the workbook and the plots into a folder, and who did so into the audit trail."""
    from surplus import trail
    from surplus.reports import compare_book, compare_plot, exports, tables

    settings = session.settings
    with session.run("compare") as run:
        with sealed(run) as work:
            trail.note(work, "compare", subject)
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        book = f"compare_{settings.code}_{subject}.xlsx"
        content = compare_book.workbook(comparison, settings, session.on)
        files = [exports.write(out / book, content)]
        names = tables.client_numbers(comparison.clients) if form != "none" else []
        for place, name in enumerate(names):
            if place % 100 == 0:
                run.heartbeat()
                session.progress(f"plot {place + 1} of {len(names)} …")
            picture = compare_plot.picture(comparison, place, settings, form, book)
            files.append(exports.write(out / f"compare_{settings.code}_{name}.{form}", picture))
        run.counts = {"files": len(files)}
    return files


def _data(comparison: Any, *, alone: bool) -> dict[str, Any]:
    """The comparison as data: a client's months and measures, or all clients' totals too."""
    from surplus.reports import compare as report

    measures = rows_of(report.client_rows(comparison))
    if alone:
        return {"months": rows_of(report.month_rows(comparison)), "measures": measures}
    variants = [
        {
            "variant": told.variant,
            "clients": len(comparison.clients),
            "clients_below_90": told.clients_below_90,
            "totals": {report.measure_name(n): v for n, v in told.totals.items()},
            "distribution": {report.measure_name(n): d._asdict() for n, d in told.spread.items()},
        }
        for told in report.summary(comparison)
    ]
    return {"variants": variants, "measures": measures}


def _show_months(session: Session, comparison: Any, client: str) -> None:
    from surplus.money import euros
    from surplus.reports import compare as report
    from surplus.reports import words
    from surplus.reports.compare_words import HEADERS, TEXTS

    say = words.speaker(session.settings.municipality.language)
    rows = []
    for row in rows_of(report.month_rows(comparison)):
        told = {name: row[name] for name in ("month", "state", "pay_on", "wage_on")}
        told["state"] = say(words.CODES, row["state"])
        told |= {n: euros(row[n]) for n in ("paid_norm_cents", "wage_cents")}
        for variant in report.VARIANTS:
            name, day = f"{variant}_cents", row[f"{variant}_on"]
            late = _days(row["pay_on"], day)
            told[name] = euros(row[name]) + (f" (+{late})" if late else "").ljust(LATE)
        rows.append(told)
    order = ("month", "state", "paid_norm_cents", "pay_on", "wage_cents", "wage_on")
    names = [*order, *(f"{variant}_cents" for variant in report.VARIANTS)]
    title = f"{say(TEXTS, 'client').format(client=client)}   {say(TEXTS, 'days')}"
    _table(session, rows, {name: say(HEADERS, name) for name in names}, title)


def _show_measures(session: Session, comparison: Any) -> None:
    """A row per measure, a column per variant."""
    from surplus.reports import words
    from surplus.reports.compare_words import MEASURES, TEXTS

    say = words.speaker(session.settings.municipality.language)
    rows = [
        {
            "measure": say(MEASURES, name)[0],
            **{variant: _told(name, int(getattr(measures, name)[0]))
               for variant, measures in comparison.measures.items()},
        }
        for name in SHOWN
    ]  # fmt: skip
    _show(session, rows, say(TEXTS, "measures"))


def _show_all(session: Session, comparison: Any) -> None:
    from surplus.reports import compare as report
    from surplus.reports import words
    from surplus.reports.compare_words import MEASURES, TEXTS

    say = words.speaker(session.settings.municipality.language)
    summaries = report.summary(comparison)
    below = {told.variant: str(told.clients_below_90) for told in summaries}
    totals = [
        {
            "measure": say(MEASURES, name)[0],
            **{told.variant: _told(name, told.totals[name]) for told in summaries},
        }
        for name in ADDED
    ]
    totals.insert(3, {"measure": say(TEXTS, "clients_below_90"), **below})
    spread = [
        {
            "measure": f"{say(MEASURES, name)[0]}, {say(TEXTS, rank)}",
            **{told.variant: _told(name, getattr(told.spread[name], rank)) for told in summaries},
        }
        for name in SPREAD
        for rank in RANKS
    ]
    count = f"{say(TEXTS, 'client_count')}: {len(comparison.clients)}"
    _show(session, totals, f"{say(TEXTS, 'totals')}   {count}")
    _show(session, spread, say(TEXTS, "spread"))


def _told(name: str, value: int) -> str:
    """A measure as people read it."""
    from surplus.money import euros
    from surplus.reports.compare import IN_CENTS
    from surplus.reports.compare_words import part

    if name.endswith("_permille"):
        return part(value)
    return euros(value) if name in IN_CENTS else str(value)


def _days(earlier: str, later: str) -> int:
    from datetime import date

    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def _show(session: Session, rows: list[dict[str, Any]], title: str) -> None:
    """A table with a row per measure and a column per variant."""
    from surplus.reports import words
    from surplus.reports.compare_words import TEXTS, VARIANTS

    say = words.speaker(session.settings.municipality.language)
    heads = {name: say(VARIANTS, name) for name in VARIANTS}
    _table(session, rows, {"measure": say(TEXTS, "measure"), **heads}, title)


def _table(session: Session, rows: list[dict[str, Any]], heads: dict[str, str], title: str) -> None:
    """A table with heads in the reader's language, amounts to the right."""
    widths = {name: max(len(str(row[name])) for row in rows) for name in heads}
    named = [
        {head: str(row[name]).rjust(widths[name] if _is_number(row[name]) else 0)
         for name, head in heads.items()}
        for row in rows
    ]  # fmt: skip
    session.table(named, heads.values(), title=title, empty="")
    session.show(None, " ")


def _is_number(value: str) -> bool:
    return value.lstrip("-")[:1].isdigit()
