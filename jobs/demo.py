"""`surplus demo`: a fictional municipality, half a year, from first file to auditors' workbook."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.session import Session, rows_of
from surplus.problems import PROBLEMS, Refusal

#: Says that a folder is ours to throw away.
MARK = ".surplus-demo"
#: The person whose story opens the demo.
HERO = 1001
#: What came in, in the order in which it is told.
KINDS = {
    "clients": "lists of clients",
    "norms": "list of norms",
    "doorlevering": "deliveries of income",
    "camt053": "statements",
    "pain002": "answers of the bank",
}
#: Why the bank refused a payment or gave it back.
_REASONS = """
    SELECT end_to_end_id, SUBSTR(e.reason, 1, 4) FROM obligation AS o
    JOIN payment_event AS e ON e.municipality = o.municipality AND e.obligation = o.obligation
      AND e.state = o.state
    WHERE o.state IN ('REJECTED', 'RETURNED')
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Made anew each time.")] = Path(
        "surplus-demo"
    ),
) -> None:
    """Run the sample municipality end to end: sixty clients, January to June 2026.

    Its bank is simulated and makes mistakes. Every command that people give is shown.

    Example: surplus demo /tmp/demo
    """
    from jobs import audit
    from jobs.simulated.half_year import HalfYear

    asked: Session = context.obj
    _make(folder)
    asked.progress(
        "Voorbeeldstad does not exist: sixty clients, their employers, and a bank that makes "
        "mistakes.\nEvery day: what comes in, `surplus nightly`, and what people do."
    )
    half_year = HalfYear(folder, asked.progress)
    last = half_year.live()
    session = Session(folder, last, as_json=asked.as_json, quiet=True)
    files = audit.write(session, f"{last[:4]}-01-01", last, folder / "outbox" / "audit")
    told = _summary(session, files, half_year.bank.happened)
    session.show(told, _text(told))


def _make(folder: Path) -> None:
    """A fresh workspace with the sample's settings.

    Raises:
        Refusal: the folder is something else than an earlier demo.
    """
    from jobs.init import create
    from surplus.config import FILE
    from surplus.resources import resource

    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise Refusal(f"{folder} is not empty and no earlier demo", "name another DIR")
        shutil.rmtree(folder)
    create(folder, "0999")
    (folder / MARK).touch(mode=0o600)
    shutil.copyfile(resource("sample_data", FILE), folder / FILE)


def _summary(session: Session, files: list[Path], struck: Mapping[str, int]) -> dict[str, Any]:
    """What came in, what was settled, what was paid, and where everything is."""
    from jobs.check import faults
    from surplus.ledger import seal
    from surplus.reports import tables

    code = session.settings.code
    with session.reading() as conn:
        settlements = rows_of(tables.settlements(conn, session.settings))
        payments = rows_of(tables.payments(conn, session.settings))
        rejected = rows_of(tables.rejected(conn, session.settings))
        found = rows_of(tables.findings(conn, session.settings))
        deliveries = conn.exec_driver_sql(
            "SELECT kind, verdict, COUNT(*) FROM delivery GROUP BY kind, verdict ORDER BY kind"
        ).all()
        reasons = conn.exec_driver_sql(_REASONS).all()
        broken = faults(conn, code)
        head = seal.head(conn, code)
    latest = {(row["client_no"], row["month"]): row for row in settlements}
    paid = [row for row in payments if row["status"] == "BOOKED"]
    open_codes = Counter(row["code"] for row in found if row["state"] == "open")
    return {
        "story": _story(latest, paid),
        "files": [{"kind": k, "verdict": v, "files": n} for k, v, n in deliveries],
        "quarantined": len([r for r in rejected if r["state"] in ("held", "rejected")]),
        "client_months": len(latest),
        "corrections": len(settlements) - len(latest),
        "entitlement_cents": sum(int(row["entitlement_cents"]) for row in latest.values()),
        "payments": len(paid),
        "paid_cents": sum(int(row["amount_cents"]) for row in paid),
        "held_payments": len([r for r in payments if r["status"] == "HELD"]),
        "bank_struck": {fault: count for fault, count in sorted(struck.items()) if count},
        "again": _again(payments, dict(tuple(row) for row in reasons)),
        "findings": dict(sorted(open_codes.items())),
        "meanings": {each: PROBLEMS[each].text["en"] for each in open_codes},
        "invariants": broken or "all hold",
        "head": head,
        "workbook": str(next(f for f in files if f.suffix == ".xlsx")),
        "payment_files": sorted(str(f) for f in (session.home / "outbox").glob("*.xml")),
        "refused": str(session.home / "refused"),
    }


def _again(payments: list[dict[str, Any]], reasons: dict[str, str]) -> list[dict[str, Any]]:
    """Every round of the payments that the bank refused or gave back."""
    key = ("client_no", "month", "kind", "payee")
    twice = {tuple(row[name] for name in key) for row in payments if row["round"] > 1}
    return [
        {name: row[name] for name in ("client_no", "month", "round", "amount_cents", "due_on")}
        | {"status": row["status"], "reason": reasons.get(row["end_to_end_id"], "")}
        for row in sorted(payments, key=lambda row: (row["client_no"], row["month"], row["round"]))
        if tuple(row[name] for name in key) in twice
    ]


def _story(latest: dict[Any, Any], paid: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Month by month: the wage that jumps beside the amount that does not."""
    name = f"K{HERO:07d}"
    months = sorted({row["month"] for row in paid if row["client_no"] == name})
    story = []
    for month in months:
        mine = [r for r in paid if r["client_no"] == name and r["month"] == month]
        wage = latest.get((name, month), {}).get("wage_cents")
        story.append(
            {
                "month": month,
                "wage_cents": wage,
                "fixed_cents": sum(r["amount_cents"] for r in mine if r["kind"] == "fixed"),
                "extra_cents": sum(r["amount_cents"] for r in mine if r["kind"] == "extra"),
                "paid_on": mine[0]["due_on"],
            }
        )
    return story


def _text(told: dict[str, Any]) -> str:
    from surplus.money import euros

    def amount(cents: Any) -> str:
        return "      –" if cents is None else euros(cents)

    lines = [
        "",
        f"One person: client K{HERO:07d} works on call. Her wage jumps, her income does not.",
        "",
        f"  {'month':9}{'wage':>12}{'fixed amount':>16}{'extra from before':>20}   paid on",
    ]
    lines += [
        f"  {row['month']:9}{amount(row['wage_cents']):>12}{amount(row['fixed_cents']):>16}"
        f"{amount(row['extra_cents']):>20}   {row['paid_on']}"
        for row in told["story"]
    ]
    struck = told["bank_struck"]
    lines += [
        "",
        f"The bank refused {struck['payment_refused']} payment and gave "
        f"{struck['payment_returned']} back; {struck['statement_late']} statement came late, "
        f"{struck['statement_twice']} twice, {struck['answer_lost']} file got no answer.",
        "Each payment arrived once:",
        "",
        f"  {'client':10}{'month':9}{'round':>5}{'amount':>12}   {'bank':17}to be paid on",
    ]
    lines += [
        f"  {row['client_no']:10}{row['month']:9}{row['round']:>5}{amount(row['amount_cents']):>12}"
        f"   {' '.join((row['status'], row['reason'])):17}{row['due_on']}"
        for row in told["again"]
    ]
    lines += [
        "",
        f"Came in    {_came_in(told['files'])}; {told['quarantined']} rows in quarantine",
        f"Settled    {told['client_months']} client-months, {euros(told['entitlement_cents'])} "
        f"euro due; {told['corrections']} corrections, each posted as the difference",
        f"Paid       {told['payments']} payments, {euros(told['paid_cents'])} euro, each booked "
        f"by the bank; {told['held_payments']} held",
        f"Books      {told['invariants']}; seal {told['head']}",
        f"To look at {sum(told['findings'].values())} findings:",
    ]
    lines += [
        f"  {count:>5}  {code:18} {told['meanings'][code]}"
        for code, count in told["findings"].items()
    ]
    home = Path(told["refused"]).parent
    return "\n".join([
        *lines,
        "",
        f"Workbook        {told['workbook']}",
        f"Payment files   {home / 'outbox'} ({len(told['payment_files'])} files)",
        f"Refused files   {told['refused']}",
        "",
        f"Look around     surplus --home {home} status",
        f"                surplus --home {home} explain K{HERO:07d} 2026-02",
    ])  # fmt: skip


def _came_in(files: list[dict[str, Any]]) -> str:
    """How many files of each kind, and what became of those that were not accepted."""
    parts = []
    for kind, name in KINDS.items():
        counts = {row["verdict"]: row["files"] for row in files if row["kind"] == kind}
        total, accepted = sum(counts.values()), counts.pop("accepted", 0)
        odd = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        parts.append(f"{total} {name}" + (f" ({odd})" if odd and accepted else ""))
    return ", ".join(parts)
