"""`surplus nightly`: everything that is due on a date, each step a run of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from jobs.session import Session, sealed
from surplus.problems import Refusal

if TYPE_CHECKING:
    from surplus.runs import Run

NEEDS_A_PERSON = 3


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("nightly")(nightly)


def nightly(context: typer.Context) -> int:
    """Import, settle, match, prepare or export what is due, findings, exports.

    May be given again at any time: what is done stays done, and nothing is booked or paid twice.

    Example (crontab): 30 4 * * *  surplus --home /srv/voorbeeldstad nightly
    """
    session: Session = context.obj
    with session.run("nightly") as run:
        work_on(run, session.home)
    session.show(run.counts, _text(run.counts))
    return 3 if run.attention else 0


def work_on(run: Run, home: Path) -> dict[str, Any]:
    """Do what is due on the run's date; steps that a killed attempt finished are not done again."""
    from surplus import runs

    done = runs.steps(run)
    for name, due in _steps(run, home):
        if done.get(name, ("", {}))[0] not in ("done", "attention"):
            with runs.step(run, name) as step:
                due(step)
    done = runs.steps(run)
    run.attention = any(state == "attention" for state, _ in done.values())
    run.attention |= bool(open_findings(run))
    run.counts = {name: counts for name, (_, counts) in done.items() if counts}
    return run.counts


def _steps(run: Run, home: Path) -> list[tuple[str, Callable[[Run], Any]]]:
    from jobs import bank, pay, settle
    from jobs import import_files as importing
    from surplus.intake import boxes
    from surplus.months import Month

    last = Month.of(run.on).plus(-1)
    return [
        ("recognise", lambda step: pay.recognise(step, home, last=False)),
        ("import", lambda step: importing.work_on(step, home, boxes.inbox(home))),
        ("settle", lambda step: settle.work_on(step, last)),
        ("match", bank.work_on),
        ("prepare", lambda step: prepare_when_due(step, home)),
        ("export", lambda step: export_approved(step, home)),
        ("findings", look_around),
        ("exports", lambda step: write_exports(step, home)),
    ]


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
    """Raise and close the findings that no other step tells."""
    from jobs.import_files import statements_until
    from surplus import findings
    from surplus.bank import receivables, suspense
    from surplus.findings import Finding
    from surplus.intake import expected
    from surplus.payout import unanswered
    from surplus.settlement import watch

    with sealed(step) as work:
        frozen = [Finding("WORKSPACE_FROZEN", subject=step.frozen)] if step.frozen else []
        findings.sync(work, ["WORKSPACE_FROZEN"], frozen)
        watch.look(work)
        suspense.tell(work)
        receivables.tell(work)
        unanswered.look(work)
        expected.look(work, statements_until(step))


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
        f"{name:9} " + ", ".join(f"{key} {value}" for key, value in told.items())
        for name, told in counts.items()
    )
