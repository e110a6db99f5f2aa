"""`surplus import`: files in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.session import Session, sealed

if TYPE_CHECKING:
    from surplus.intake.outcome import Outcome
    from surplus.runs import Run

#: Messages of the bank: they are read without their schema where the folder has none.
MESSAGES = {"pain002": "pain.002", "camt053": "camt.053", "camt054": "camt.054"}
#: Kinds of which no row goes to quarantine.
WITHOUT_ROWS = ("camt053", "camt054", "pain002", "opening")
_FINDINGS = "\n  what a person must do: surplus findings list"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_files)


def import_files(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]…", help="Default: all of the inbox.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Say what would happen; write nothing.")
    ] = False,
) -> int:
    """Take in files; the kind is recognised from what is inside.

    Rows that fail go to quarantine, good rows go on; a file that cannot be trusted as a whole is
    refused whole and stands in refused/ with the reasons beside it.

    Examples: surplus --home voorbeeldstad import ·
    surplus --home voorbeeldstad import clients.csv --preview
    """
    from jobs import pay
    from surplus.intake.files import boxes

    session: Session = context.obj
    session.need("import")
    arrived = boxes.named(files) if files else boxes.inbox(session.home)
    if preview:
        return show_preview(session, arrived)
    with session.run("import", input_hash=boxes.fingerprint(arrived)) as run:
        if not run.frozen:  # an answer may be about a file of which the export was killed
            pay.recognise(run, session.home, last=False)
        found = run.attention
        outcomes = work_on(run, session.home, arrived)
        run.attention |= found
    language = session.settings.municipality.language
    session.show(
        _as_json(outcomes, language, single=bool(files) and len(outcomes) == 1),
        _as_text(outcomes, language) + (_FINDINGS if run.counts.get("findings") else ""),
    )
    return 3 if run.attention else 0


def work_on(run: Run, home: Path, arrived: Iterable[Any]) -> list[Outcome]:
    """Take in files as a run, each in a transaction of its own; returns what came of each."""
    from jobs import logs
    from surplus import findings
    from surplus.bank import booking
    from surplus.intake import deliveries, expected
    from surplus.intake.files import boxes
    from surplus.reports import returned

    language = run.settings.municipality.language
    schemas = home / run.settings.intake.schemas
    reading = readers(schemas)
    unchecked = {kind for kind, name in MESSAGES.items() if not any(schemas.glob(f"{name}.*.xsd"))}
    outcomes: list[Outcome] = []
    matched = False
    for item in boxes.in_order(arrived, run.settings.layouts):
        run.progress(f"reading {item.name} …")
        with sealed(run, final=False) as work:
            outcome = boxes.take_in(work, item, reading)
            # A fact that was told is what receipts wait for: they find their months before what
            # the next statement brings, and before settling.
            if outcome.verdict == "accepted" and outcome.kind not in deliveries.FROM_BANK:
                booking.match(work)
                matched = True
            elif outcome.verdict == "accepted":
                matched = False
        # First: once a file is put away, a run that was killed does not look at it again.
        outcome = returned.send_back(home, item, outcome, run.on, language)
        boxes.put_away(home, item, outcome, run.on, language)
        outcomes.append(outcome)
        logs.event("taken-in", kind=outcome.kind, delivery=outcome.delivery,
                   verdict=outcome.verdict, **outcome.counts)  # fmt: skip
        if outcome.kind in unchecked:
            logs.event("no-schema", kind=outcome.kind)
            unchecked.remove(outcome.kind)
    with sealed(run) as work:
        run.counts = deliveries.counts_of(work)
        if run.counts.get("accepted"):
            if not matched:
                booking.match(work)
            expected.close(work, statements_until(run))
        # Of what the bank tells no row waits: what a person must do about it is a finding.
        if any(outcome.kind in deliveries.FROM_BANK for outcome in outcomes):
            run.counts["findings"] = findings.raised(work)
        run.attention = bool(run.counts["needs_a_person"] or run.counts.get("findings"))
    return outcomes


def statements_until(run: Run) -> str:
    """Payments due by this day are on a statement by now; '' where none are expected."""
    from datetime import date

    from surplus.payout.calendar import add_banking_days

    back = run.settings.intake.expected.camt053
    return add_banking_days(date.fromisoformat(run.on), -back).isoformat() if back else ""


def readers(schemas: Path) -> dict[str, Any]:
    """Who reads which kind of file: the one place where intake and bank meet.

    What comes from the bank is held against its schema when the folder `schemas` has it; a delivery
    of SuwiML is refused without.
    """
    from functools import partial

    from surplus.bank.notices import read_notices
    from surplus.bank.statements import read_statements
    from surplus.intake.clients.delivery import read_clients
    from surplus.intake.doorlevering.delivery import read_doorlevering
    from surplus.intake.norms import read_norms
    from surplus.intake.opening import read_opening
    from surplus.intake.payslips.delivery import read_payslips
    from surplus.intake.suwi.delivery import read_inkomenslevering
    from surplus.payout.status_reports import read_reports

    return {
        "norms": read_norms,
        "clients": read_clients,
        "opening": read_opening,
        "doorlevering": read_doorlevering,
        "suwi": partial(read_inkomenslevering, schemas=schemas),
        "payslip": read_payslips,
        "pain002": partial(read_reports, schemas=schemas),
        "camt053": partial(read_statements, schemas=schemas),
        "camt054": partial(read_notices, schemas=schemas),
    }


def show_preview(session: Session, arrived: Iterable[Any]) -> int:
    """Say what taking in these files would do, and keep nothing."""
    from surplus.intake import deliveries
    from surplus.intake.files import boxes

    with session.run("import-preview") as run, run.work() as work:
        outcomes = deliveries.rehearse(
            work,
            boxes.opened(arrived, session.settings.layouts),
            readers(session.home / session.settings.intake.schemas),
        )
    language = session.settings.municipality.language
    session.show(
        _as_json(outcomes, language, single=len(outcomes) == 1),
        _as_text(outcomes, language, _preview) + "\nnothing was written",
    )
    return max((outcome.exit_code for outcome in outcomes), default=0)


def _as_json(outcomes: list[Outcome], language: str, *, single: bool) -> Any:
    told = [outcome.as_json(language) for outcome in outcomes]
    return told[0] if single else told


def _preview(outcome: Outcome) -> list[str]:
    """How a file would be read and what would change, as lines under its name."""
    from surplus.money import euros

    read, would = outcome.read_as, outcome.extra.get("would_change", {})
    lines = []
    if "layout" in read:
        lines.append(f"  layout {read['layout']} (version {read['version']}):")
        lines += [f"    {column} → {field}" for column, field in read["columns"].items()]
        always = read["constants"] | read["delivery"]
        lines += [f"    {field} = {text}" for field, text in always.items()]
        if signals := read["signals"]:
            lines.append(f"    rows with {signals['column']} {' or '.join(signals['income'])}")
        lines += [f"    not used: {', '.join(read['unused'])}"] if read["unused"] else []
    if outcome.totals:
        sums = [f"{n} {c if 'maanden' in n else euros(c)}" for n, c in outcome.totals.items()]
        lines.append(f"  totals: {', '.join(sums)}")
    facts = [f"{n} {name}" for name in ("new", "changed", "withdrawn", "older")
             if (n := would.get(name))]  # fmt: skip
    lines += [f"  facts that would come of it: {', '.join(facts)}"] if facts else []
    lines += [
        f"    {row['client_no']} {row['month']}: net told {euros(row['before_cents'])} → "
        f"{euros(row['after_cents'])}"
        for row in would.get("net", [])
    ]
    if waits := would.get("waits"):
        lines.append(f"  changes that would wait for approval: {waits}")
    return lines + [
        f"    {one['client_no']} {one['field']}: {one['old'] or '–'} → {one['new'] or '–'}"
        for one in would.get("changes", [])
    ]


def _as_text(
    outcomes: list[Outcome],
    language: str,
    more: Callable[[Outcome], list[str]] | None = None,
    most: int = 8,
) -> str:
    """What came of each file: counts, and what is wrong by code, the worst first."""
    from surplus.intake.summary import on_screen

    if not outcomes:
        return "nothing in the inbox"
    lines = []
    for outcome in outcomes:
        counts = ", ".join(f"{value} {name}" for name, value in outcome.counts.items())
        lines.append(f"{outcome.file}: {outcome.kind}, {outcome.verdict}: {counts}")
        lines += more(outcome) if more else []
        said = outcome.summary(language)
        for told in said[:most]:
            lines += on_screen(told, "  ")
        if len(said) > most:
            lines.append(f"  … and {len(said) - most} more codes: see refused/")
        if outcome.returned:
            lines.append(f"  back to the sender, with remarks: {outcome.returned}")
        if not more and outcome.verdict == "accepted":
            lines += _where_to_look(outcome)
    return "\n".join(lines)


def _where_to_look(outcome: Outcome) -> list[str]:
    """The commands that show what waits because of a file."""
    states, asks = (
        set(outcome.notes.states()[~outcome.notes.asks].tolist()),
        outcome.notes.asks.any(),
    )
    lists = outcome.kind in ("clients", "norms")
    if outcome.kind in WITHOUT_ROWS or not outcome.exit_code:
        return []
    rows = "rejected" in states or outcome.notes.odd or ("held" in states and not lists)
    aside = outcome.again.get("set_aside", 0)
    shown = {
        f"  every row that waits: surplus rejected list --delivery {outcome.delivery}": rows,
        "  changes that wait for a second person: surplus changes list": lists and "held" in states,
        "  what a person says whether it counts: surplus findings list": asks,
        f"  rows told later that do not agree with it: {aside} (surplus rejected list)": aside,
    }
    return [line for line, wanted in shown.items() if wanted]
