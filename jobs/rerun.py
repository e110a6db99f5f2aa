"""`surplus rerun`: the work of a run once more, by a person, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.session import Session, must_tell, sealed
from surplus.problems import Refusal

if TYPE_CHECKING:
    from surplus.runs import Run, Work

#: The steps of each job that can be done again, in their order. What a person decided cannot.
JOBS = {
    "nightly": ("import", "settle", "match", "prepare", "export", "findings", "exports"),
    **{job: (job,) for job in ("import", "settle", "match", "prepare", "findings", "exports")},
    "export": ("export",), "pay-prepare": ("prepare",), "pay-export": ("export",),
}  # fmt: skip

_BOOKINGS = """
    SELECT e.kind, e.client, p.month, p.account, p.amount AS amount_cents FROM entry AS e
    JOIN posting AS p ON p.municipality = e.municipality AND p.entry = e.entry
    WHERE e.municipality = :municipality AND e.entry > :entry ORDER BY e.entry, p.line
"""
_PAYMENTS = """
    SELECT client, month, kind, payee, round, amount_cents, state FROM obligation
    WHERE municipality = :municipality AND obligation > :obligation ORDER BY obligation
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rerun")(rerun)


def rerun(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="RUN", help="Its number in surplus runs.")],
    reason: Annotated[str, typer.Option(help="Why; kept with who asked.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show exactly what it would post; keep nothing.")
    ] = False,
) -> int:
    """Do the work of a run again, on its date; only what is missing is posted.

    Examples: surplus --operator income-1 rerun 12 --dry-run ·
    surplus --operator income-1 rerun 12 --reason "the disk was full"
    """
    session: Session = context.obj
    session.need("rerun")
    before = _run(session, number)
    session.on = before["business_date"]
    if dry_run:
        told = preview(session, before)
        session.show(told, _text(told))
        return 0
    must_tell(reason)
    told = _again(session, before, reason)
    session.show(told, f"run {told['run']} did the work of run {number} again: {told['counts']}")
    return 3 if told["attention"] else 0


def preview(session: Session, before: dict[str, Any]) -> dict[str, Any]:
    """Do it all in one transaction that is taken back; returns what it would have added.

    Returns:
        run, job, business_date; bookings (kind, client_no, month, account, amount_cents), payments
        and files.
    """
    from surplus.store import bulk
    from surplus.store.tables import entry, obligation

    files: list[str] = []
    with session.run("rerun-preview", month=before["month"]) as run:
        try:
            with run.work() as work:
                last = {
                    "municipality": work.municipality,
                    "entry": bulk.next_id(work.conn, entry, work.municipality) - 1,
                    "obligation": bulk.next_id(work.conn, obligation, work.municipality) - 1,
                }
                for step in JOBS[before["job"]]:
                    files += _on_trial(session, run, work, step, before["month"])
                found = {
                    name: _rows(bulk.read(work.conn, query, last))
                    for name, query in (("bookings", _BOOKINGS), ("payments", _PAYMENTS))
                }
                raise _Undo
        except _Undo:
            pass
    return {name: before[name] for name in ("run", "job", "business_date")} | found | {
        "files": files
    }  # fmt: skip


def _again(session: Session, before: dict[str, Any], reason: str) -> dict[str, Any]:
    from jobs import nightly
    from surplus import runs, trail

    later = _looked_later(session)
    if before["job"] == "findings" and later:
        raise Refusal(f"findings were looked at for {later} already", "surplus nightly looks again")
    with session.run(before["job"], month=before["month"]) as run:
        with sealed(run, final=False) as work:
            trail.note(work, "rerun", f"run {before['run']} {before['job']}", reason)
        if before["job"] == "nightly":
            nightly.work_on(run, session.home, but="findings" if later else "")
        else:
            [step] = JOBS[before["job"]]
            if step == "prepare" and before["month"]:
                _prepare(session, run, before["month"])
            else:
                with runs.step(run, step) as part:
                    nightly.steps(part, session.home)[step](part)
                run.counts, run.attention = part.counts, part.attention
    return {"run": run.number, "of": before["run"], "counts": run.counts,
            "attention": run.attention}  # fmt: skip


def _looked_later(session: Session) -> str:
    """The last day for which findings were looked at, where it is later than the run's; else ''.

    What is late on an earlier day would close findings whose cause stands.
    """
    from sqlalchemy import text

    query = """SELECT COALESCE(MAX(business_date), '') FROM run WHERE municipality = :code
               AND job = 'findings' AND parent > 0 AND business_date > :on"""
    with session.reading() as conn:
        told = conn.execute(text(query), {"code": session.settings.code, "on": session.on})
        return str(told.scalar_one())


def _prepare(session: Session, run: Run, month: int) -> None:
    from jobs import pay
    from surplus.months import Month

    pay.recognise(run, session.home, last=True)
    pay.prepare_on(run, Month(month))


def _on_trial(session: Session, run: Run, work: Work, step: str, month: int | None) -> list[str]:
    """One step inside the transaction that is taken back; returns files it would write or read."""
    from jobs import import_files, nightly
    from surplus.bank import booking
    from surplus.intake.files import boxes
    from surplus.months import Month
    from surplus.payout import batches
    from surplus.settlement.settle import settle

    last = Month(month) if month else Month.of(work.on).plus(-1)
    if step == "import":
        reading = import_files.readers(session.home / work.settings.intake.schemas)
        arrived = boxes.in_order(boxes.inbox(session.home), work.settings.layouts)
        names = []
        for item in arrived:
            boxes.take_in(work, item, reading)
            names.append(item.name)
        booking.match(work)
        return names
    if step == "settle":
        settle(work, last)
    elif step == "match":
        booking.match(work)
    elif step == "prepare" and not work.frozen:
        months = [last] if month else batches.due(work.conn, work.settings, work.on)
        for each in months:
            batches.prepare(work, each)
    elif step == "export" and not work.frozen:
        waiting = batches.approved(work.conn, work.municipality)
        return [f"payment file of batch {batch}" for batch in waiting]
    elif step == "findings":
        nightly.look(work, import_files.statements_until(run))
    return []


def _run(session: Session, number: int) -> dict[str, Any]:
    """The run that is done again.

    Raises:
        Refusal: there is none, or it was a person's decision.
    """
    from sqlalchemy import select

    from surplus.store.tables import run

    with session.reading() as conn:
        row = conn.execute(
            select(run).where(run.c.municipality == session.settings.code, run.c.run == number)
        ).mappings().first()  # fmt: skip
    if row is None:
        raise Refusal(f"there is no run {number}", "surplus runs shows them")
    if row["job"] not in JOBS:
        raise Refusal(
            f"run {number} was {row['job']}: what a person did is not repeated by its number",
            f"give that command again; done again can be {', '.join(JOBS)}",
        )
    return dict(row)


def _rows(columns: dict[str, Any]) -> list[dict[str, Any]]:
    from jobs.session import rows_of

    rows = rows_of(columns)
    for row in rows:
        row["client_no"] = f"K{row.pop('client'):07d}"
    return rows


def _text(told: dict[str, Any]) -> str:
    from surplus.money import euros

    lines = [f"run {told['run']}, {told['job']} of {told['business_date']}, would do:"]
    lines += [f"  {name}" for name in told["files"]]
    lines += [
        "  {kind} {client_no} {month} {account} ".format(**row) + euros(row["amount_cents"])
        for row in told["bookings"]
    ]
    lines += [
        "  payment {kind} {client_no} {month} {state} ".format(**row) + euros(row["amount_cents"])
        for row in told["payments"]
    ]
    if len(lines) == 1:
        lines.append("  nothing: all of it is done")
    return "\n".join([*lines, "nothing was written"])


class _Undo(Exception):
    """Leaves a write transaction without keeping it."""
