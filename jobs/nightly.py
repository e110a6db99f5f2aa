"""`surplus nightly`: everything that is due on a date, each step a run of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from jobs.session import Session, sealed
from surplus.problems import Refusal

if TYPE_CHECKING:
    from surplus.runs import Run, Work

NEEDS_A_PERSON, BUSY = 3, 4


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("nightly")(nightly)


def nightly(context: typer.Context) -> int:
    """Import, settle, match, prepare or export what is due, findings, exports.

    May be given again at any time: what is done stays done, and nothing is booked or paid twice.

    Example (crontab): 30 4 * * *  surplus --home /srv/voorbeeldstad nightly
    """
    from jobs import notify

    session: Session = context.obj
    settings = session.settings
    notify.ping(settings, "start")
    try:
        with session.run("nightly") as run:
            try:
                work_on(run, session.home)
            except Exception as error:
                with sealed(run, final=False) as work:
                    notify.write(work, "failed", {}, _why(error))
                raise
            with run.work() as work:
                notify.write(work, "attention" if run.attention else "done", run.counts)
                run.record(work.conn)
        notify.ping(settings)
    except Refusal as refusal:
        if refusal.exit_code != BUSY:
            notify.ping(settings, "fail")
        raise
    except Exception:
        notify.ping(settings, "fail")
        raise
    finally:
        notify.send(session.engine, settings, session.on)
    session.show(run.counts, _text(run.counts))
    return 3 if run.attention else 0


def work_on(run: Run, home: Path, but: str = "") -> dict[str, Any]:
    """Do what is due on the run's date; steps that a killed attempt finished are not done again.

    `but` is a step that is left out.
    """
    from surplus import runs

    done = runs.steps(run)
    for name, due in steps(run, home).items():
        if name != but and done.get(name, ("", {}))[0] not in ("done", "attention"):
            with runs.step(run, name) as step:
                due(step)
    done = runs.steps(run)
    run.attention = any(state == "attention" for state, _ in done.values())
    run.attention |= bool(open_findings(run))
    run.counts = {name: counts for name, (_, counts) in done.items() if counts}
    return run.counts


def steps(run: Run, home: Path) -> dict[str, Callable[[Run], Any]]:
    """What a night does, in its order."""
    from jobs import bank, pay, settle
    from jobs import import_files as importing
    from surplus.intake.files import boxes
    from surplus.months import Month

    last = Month.of(run.on).plus(-1)
    return {
        "recognise": lambda step: pay.recognise(step, home, last=False),
        "import": lambda step: importing.work_on(step, home, boxes.inbox(home)),
        "settle": lambda step: settle.work_on(step, last),
        "match": bank.work_on,
        "prepare": lambda step: prepare_when_due(step, home),
        "export": lambda step: export_approved(step, home),
        "findings": look_around,
        "exports": lambda step: write_exports(step, home),
    }


def prepare_when_due(step: Run, home: Path) -> None:
    """Prepare every pay month whose prepare day has come and that has no batch yet."""
    from jobs import logs, pay
    from surplus.payout import batches
    from surplus.store.engine import reading

    pay.recognise(step, home, last=True)
    if step.frozen:
        return
    with reading(step.engine) as conn:
        months = batches.due(conn, step.settings, step.on)
    for month in months:
        try:
            pay.prepare_on(step, month)
        except Refusal as refusal:
            if refusal.exit_code != NEEDS_A_PERSON:
                raise
            step.attention = True
            logs.warning("prepare-refused", month=str(month), why=refusal.message)
            return


def export_approved(step: Run, home: Path) -> None:
    """Write the payment file of every approved batch that has none yet."""
    from jobs import logs, pay
    from surplus.payout import batches
    from surplus.store.engine import reading

    if step.frozen:
        step.attention = True
        return
    with reading(step.engine) as conn:
        approved = batches.approved(conn, step.municipality)
    waiting = []
    for batch in approved:
        try:
            pay.export_on(step, batch, home / "outbox")
        except Refusal as refusal:
            waiting.append(batch)
            logs.warning("export-refused", batch=batch, why=refusal.message)
    step.attention = bool(waiting)
    step.counts = {"files": len(approved) - len(waiting), "refused": len(waiting)}


def look_around(step: Run) -> None:
    """Raise and close the findings that no other step tells; what comes is kept for `status`."""
    from jobs.import_files import statements_until
    from surplus.settlement import year_end

    with sealed(step) as work:
        look(work, statements_until(step))
        step.counts = outlook(work) | {"crossing": year_end.tell(work)}


def look(work: Work, statements_until: str) -> None:
    """Raise and close the findings that no other step tells."""
    from surplus import findings
    from surplus.bank import receivables
    from surplus.findings import Finding
    from surplus.intake import expected
    from surplus.payout import deadlines, questions, unanswered
    from surplus.settlement import watch

    frozen = [Finding("WORKSPACE_FROZEN", subject=work.frozen)] if work.frozen else []
    findings.sync(work, ["WORKSPACE_FROZEN"], frozen)
    watch.look(work)
    receivables.tell(work)
    unanswered.look(work)
    expected.look(work, statements_until)
    deadlines.look(work)
    questions.tell(work)


def outlook(work: Work) -> dict[str, Any]:
    """What is due this week, the parameters that will be missing within six weeks, and how many
    lines stand in suspense for long.
    """
    from surplus.bank import suspense
    from surplus.months import Month
    from surplus.payout import deadlines
    from surplus.store.rates import parameters_now

    until = date.fromisoformat(work.on) + timedelta(weeks=6)
    gaps = parameters_now(work.conn, work.municipality).gaps(Month.of(work.on), Month.of(until))
    return {
        "coming": deadlines.coming(work.conn, work.settings, work.on),
        "parameters_missing": sorted({f"{gap.key.name} {gap.since}" for gap in gaps}),
        "suspense": suspense.aged(work.conn, work.municipality, work.on),
    }


def _why(error: Exception) -> str:
    """A failure in words that hold no data."""
    if isinstance(error, Refusal):
        return error.message
    told = error.strerror if isinstance(error, OSError) else ""
    return f"{type(error).__name__} {told or ''}".strip()


def open_findings(run: Run) -> int:
    """How many findings stand open."""
    from sqlalchemy import func, select

    from surplus.store.engine import reading
    from surplus.store.tables import finding

    query = select(func.count()).where(
        finding.c.municipality == run.municipality, finding.c.state == "open"
    )
    with reading(run.engine) as conn:
        return int(conn.execute(query).scalar_one())


def write_exports(step: Run, home: Path) -> None:
    """Write the tables that others pick up, and the seal's head for keeping elsewhere."""
    from surplus.ledger import seal
    from surplus.reports import exports, tables
    from surplus.store.engine import reading

    folder = home / "outbox" / "exports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with reading(step.engine) as conn:
        for name in ("settlements", "balances", "payments", "findings", "rejected"):
            step.heartbeat()  # reading a large table takes long
            columns = tables.TABLES[name](conn, step.settings)
            exports.write(folder / f"{name}.csv", exports.render(name, columns, "csv", step.on))
        head = seal.head(conn, step.municipality)
    log = home / "outbox" / "heads.log"
    kept = log.read_text(encoding="utf-8") if log.exists() else ""
    line = f"{step.on} {step.municipality} {head}\n"
    if not kept.endswith(line):
        exports.write(log, (kept + line).encode())


def _text(counts: dict[str, Any]) -> str:
    if not counts:
        return "nothing was due"
    return "\n".join(
        f"{name:9} " + ", ".join(f"{key} {_short(value)}" for key, value in told.items())
        for name, told in counts.items()
    )


def _short(value: Any) -> Any:
    return len(value) if isinstance(value, list) else value
