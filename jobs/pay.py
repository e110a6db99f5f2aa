"""`surplus pay`: the fixed date, from preparing to the payment file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.session import Session, must_tell, sealed
from jobs.settle import month_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from surplus.runs import Run, Work

app = typer.Typer(help="Prepare, check, approve and export payments.", no_args_is_help=True)

Batch = Annotated[int, typer.Argument(metavar="BATCH", help="The batch's number.")]

COLUMNS = ("batch", "message_id", "month", "due_on", "state", "payments", "total_cents",
           "prepared_by", "approved_by", "file")  # fmt: skip


@app.command()
def prepare(
    context: typer.Context,
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The pay month.")],
) -> int:
    """Prepare what is to be paid for a month and does not exist yet.

    Example: surplus --home voorbeeldstad pay prepare --month 2026-03
    """
    session: Session = context.find_root().obj
    session.need("prepare")
    last = month_of(month)
    with session.run("pay-prepare", month=int(last)) as run:
        recognise(run, session.home, last=True)
        counts = prepare_on(run, last)
    session.show(counts, sentence(counts))
    return 3 if run.attention else 0


def prepare_on(run: Run, month: Any) -> dict[str, Any]:
    """Prepare a month as a run; returns what came of it."""
    from jobs import logs
    from surplus.payout import batches

    run.progress(f"preparing the payments of {month} …")
    with sealed(run) as work:
        prepared = batches.prepare(work, month)
        counts = prepared.as_json()
        run.counts |= counts
        run.attention |= prepared.needs_a_person
    logs.event("prepared", **counts)
    return counts


def recognise(run: Run, home: Path, *, last: bool) -> None:
    """Record as sent what payment files tell of payments that the store does not know.

    Args:
        run: the run or step.
        home: its workspace.
        last: whether what stays unknown is told.
    """
    from jobs import logs
    from surplus.payout import recognised

    if run.frozen:
        run.attention = True
        logs.warning("frozen", why=run.frozen)
        return
    with sealed(run, final=False) as work:
        found = recognised.look(work, recognised.sent_files(home), last=last)
    if found.files or (last and found.unknown):
        run.attention = True
        run.counts |= found.as_json()
        logs.warning("recognised", **found.as_json())


def sentence(counts: dict[str, Any]) -> str:
    """The outcome of preparing, in a line."""
    from surplus.money import euros

    if not counts["batch"]:
        text = f"{counts['month']}: nothing to prepare"
    else:
        text = (
            f"batch {counts['batch']} ({counts['message_id']}) for {counts['month']}, due "
            f"{counts['due_on']}: {counts['payments']} payments, {euros(counts['total_cents'])} "
            "euro; waits for approval by another operator"
        )
    held = f"; {counts['held']} held" if counts["held"] else ""
    missing = f"; {counts['without_norm']} without norm (C07)" if counts["without_norm"] else ""
    blocked = f"; {counts['outside_limits']} outside limits" if counts["outside_limits"] else ""
    return text + held + missing + blocked


@app.command("list")
def show_all(context: typer.Context) -> None:
    """List the batches.

    Example: surplus --home voorbeeldstad pay list
    """
    from surplus.payout import records

    session: Session = context.find_root().obj
    with session.reading() as conn:
        rows = records.listed(conn, session.settings.code)
    session.table(rows, COLUMNS, title="Batches", empty="nothing has been prepared yet")


@app.command()
def show(
    context: typer.Context,
    batch: Batch,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also as a workbook (.xlsx).")
    ] = None,
) -> int:
    """The approval page: totals, recount from the ledger, change against last month, who is new.

    What stops the batch stands first; exit 3 where something does.

    Example: surplus --home voorbeeldstad pay show 3 --out batch-3.xlsx
    """
    from surplus.payout import approval
    from surplus.reports import approval_page, exports

    session: Session = context.find_root().obj
    with session.reading() as conn:
        page = approval.page(conn, session.settings, batch, session.on)
    if out:
        exports.write(out, approval_page.workbook(page, session.settings, session.on))
    session.show(page.as_json(), _page(session, page))
    return 3 if page.blocking else 0


def _page(session: Session, page: Any) -> str:
    from surplus.reports import approval_page

    return approval_page.as_text(page, session.settings.municipality.language)


@app.command()
def release(
    context: typer.Context,
    batch: Batch,
    payment: Annotated[
        str, typer.Argument(metavar="PAYMENT", help="End-to-end id, or total, or count.")
    ],
    reason: Annotated[str, typer.Option(help="Why it may go out all the same.")],
) -> None:
    """Release what is outside the limits, with the reason.

    Example: surplus --operator income-1 pay release 3 SUR20260327001-000017 --reason "arrears"
    """
    from surplus.payout import approval

    session: Session = context.find_root().obj
    session.need("release")
    with session.run("pay-release") as run, sealed(run) as work:
        approval.release(work, batch, payment, reason)
    session.show({"batch": batch, "released": payment}, f"{payment} is released")


@app.command()
def approve(
    context: typer.Context,
    batch: Batch,
    signature: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Your signature over the SHA-256 that `pay show` tells, made by "
            "`printf %s SHA256 | ssh-keygen -Y sign -f KEY -n surplus > FILE`.",
        ),
    ] = None,
) -> None:
    """Approve a batch that another operator prepared; books it.

    The batch is counted again from postings and decisions before anything is booked.

    Example: surplus --operator treasury-1 pay approve 3
    """
    from jobs.signature import signed
    from surplus.money import euros
    from surplus.payout import approval

    session: Session = context.find_root().obj
    session.need("approve")
    with session.run("pay-approve") as run, sealed(run) as work:
        page = approval.approve(work, batch, lambda sha: signed(session, sha, signature))
    session.show(
        page.as_json(),
        f"{_page(session, page)}\n\nbatch {batch} is approved: {page.payments} payments, "
        f"{euros(page.total_cents)} euro",
    )


@app.command()
def cancel(
    context: typer.Context,
    batch: Batch,
    reason: Annotated[str, typer.Option(help="Why it must not be paid.")],
) -> None:
    """Cancel a batch that has not been exported.

    Example: surplus --operator income-1 pay cancel 3 --reason "wrong month"
    """
    from surplus.payout import approval

    session: Session = context.find_root().obj
    session.need("cancel")
    with session.run("pay-cancel") as run, sealed(run) as work:
        approval.cancel(work, batch, reason)
    session.show({"batch": batch, "state": "CANCELLED"}, f"batch {batch} is cancelled")


@app.command()
def again(
    context: typer.Context,
    batch: Batch,
    reason: Annotated[str, typer.Option(help="Why they may go once more.")],
) -> int:
    """Let what the bank refused or gave back of a batch go once more; a second person approves.

    Left out is whose account is blocked or who has died by the bank's word. They go with the next
    `pay prepare` of their month.

    Example: surplus --operator income-1 pay again 3 --reason "file was refused: wrong date"
    """
    from surplus.payout import again as rounds

    return _asked(context.find_root().obj, "pay-again", rounds.ask, batch, reason)


@app.command()
def refused(
    context: typer.Context,
    batch: Batch,
    reason: Annotated[str, typer.Option(help="What the bank said, and who there.")],
) -> int:
    """Record that the bank never executed what no statement shows; a second person approves.

    For a file that the bank refused at the upload, or never had, and sent no report on. Its
    payments are owed again then, and go once more by `pay again`.

    Example: surplus --operator income-1 pay refused 3 --reason "never arrived: the bank, by phone"
    """
    from surplus.payout import by_word

    return _asked(context.find_root().obj, "pay-refused", by_word.ask, batch, reason)


def _asked(
    session: Session, job: str, ask: Callable[[Work, int, str], int], batch: int, reason: str
) -> int:
    """Ask a second person about the payments of a batch; exit 3."""
    session.need("decide")
    must_tell(reason)
    with session.run(job) as run, sealed(run) as work:
        change = ask(work, batch, reason)
    session.show(
        {"batch": batch, "state": "waiting", "change": change},
        f"change {change} waits for a second person: surplus changes approve {change}",
    )
    return 3


@app.command()
def export(
    context: typer.Context,
    batch: Batch,
    out: Annotated[Path, typer.Option(help="Folder for the payment file; made if absent.")],
) -> None:
    """Write the payment file (pain.001) of an approved batch; twice gives the same bytes.

    Example: surplus --operator treasury-1 pay export 3 --out outbox
    """
    session: Session = context.find_root().obj
    session.need("export")
    with session.run("pay-export") as run:
        written = export_on(run, batch, out)
    before = written["exported_before"]
    again = (
        f"batch {batch} was exported on {before} already: this is that file once more, byte for "
        "byte. Is it at the bank, do not send it again.\n"
    )
    session.show(
        written,
        f"{again if before else ''}{written['file']}\nSHA-256 {written['sha256']}\n"
        f"SHA-1   {written['sha1']}",
    )


def export_on(run: Run, batch: int, out: Path) -> dict[str, Any]:
    """Write the payment file of a batch as a run; returns where it is."""
    from jobs import logs
    from surplus.payout import export as payment_file

    run.progress(f"writing the payment file of batch {batch} …")
    written = None
    try:
        with sealed(run, final=False) as work:
            written = payment_file.export(work, batch, out)
    except BaseException:
        if written and not written.exported_before:  # a file of which the books know nothing
            Path(written.file).unlink(missing_ok=True)
        raise
    run.counts = written.as_json()
    logs.event("exported", batch=batch, payments=written.payments)
    return run.counts
