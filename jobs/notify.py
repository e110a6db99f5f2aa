"""What a night came to, told outside the house: by mail, by webhook and by pings.

The message is written in the commit that closes the night, and sent after it, once; what could not
be sent is tried again by the next run. It holds codes and counts, no client and no account, and the
seal's head, so that whoever keeps the messages can tell a rebuilt chain. A kill between sending and
noting that down sends the same message again, under the same identity.
"""

from __future__ import annotations

import json
import smtplib
import urllib.request
from email.message import EmailMessage
from email.utils import formataddr, parseaddr
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from jobs import logs
from surplus.store import bulk
from surplus.store.engine import reading, writing
from surplus.store.tables import outbox

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from surplus.config import Settings
    from surplus.runs import Work

SECONDS = 10
MAIL, WEBHOOK = "mail", "webhook"
_STATES = {
    "nl": {"done": "klaar", "attention": "er is iemand nodig", "failed": "MISLUKT"},
    "en": {"done": "done", "attention": "needs a person", "failed": "FAILED"},
}


def write(work: Work, state: str, counts: dict[str, Any], why: str = "") -> None:
    """Write the messages about a night, in the transaction that closes it.

    Args:
        work: of the night's run.
        state: done, attention or failed.
        counts: of its steps.
        why: of a failure, without any data.
    """
    from surplus.ledger import seal
    from surplus.reports.overview import overview

    told = work.settings.notify
    channels = [MAIL] * bool(told.mail_to) + [WEBHOOK] * bool(told.webhook)
    if not channels:
        return
    here = work.municipality
    seen = overview(_asking(work), here)
    body = {
        "municipality": here, "name": work.settings.municipality.name, "business_date": work.on,
        "run": work.run, "state": state, "why": why, "steps": sorted(counts),
        **{name: seen[name] for name in ("findings", "late", "changes", "rows", "held_payments")},
        "batches": [
            {name: batch[name] for name in ("batch", "month", "due_on", "state", "payments")}
            for batch in seen["batches"]
        ],
        "seal_head": seal.head(work.conn, here),
    }  # fmt: skip
    first = bulk.next_id(work.conn, outbox, here)
    for number, channel in enumerate(channels, start=first):
        work.conn.execute(
            insert(outbox).values(
                municipality=here, message=number, kind=channel, sent_on="", run=work.run,
                recorded_on=work.on, text=json.dumps(body, ensure_ascii=False, sort_keys=True),
            )
        )  # fmt: skip


def send(engine: Engine, settings: Settings, on: str) -> int:
    """Send what waits, oldest first; returns how many still wait. Never fails the run."""
    ours = outbox.c.municipality == settings.code
    with reading(engine) as conn:
        query = select(outbox).where(ours, outbox.c.sent_on == "").order_by(outbox.c.message)
        waiting = conn.execute(query).mappings().all()
    left, down = 0, set()
    for row in waiting:
        if row["kind"] in down:
            left += 1
            continue
        try:
            _SENDERS[row["kind"]](settings, row["message"], json.loads(row["text"]))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            logs.warning("not-sent", message=row["message"], channel=row["kind"],
                         why=type(error).__name__)  # fmt: skip
            down.add(row["kind"])
            left += 1
            continue
        with writing(engine) as conn:
            conn.execute(
                update(outbox).where(ours, outbox.c.message == row["message"]).values(sent_on=on)
            )
    return left


def ping(settings: Settings, sign: str = "") -> None:
    """Tell a watching service that a night starts (`start`), went well (``) or failed (`fail`).

    Its own silence alarm then also tells of the night that never began.
    """
    if not settings.notify.ping:
        return
    url = settings.notify.ping.rstrip("/") + (f"/{sign}" if sign else "")
    try:
        with urllib.request.urlopen(url, timeout=SECONDS):
            pass
    except (OSError, ValueError) as error:
        logs.warning("no-ping", why=type(error).__name__)


def _asking(work: Work) -> Any:
    from sqlalchemy import text

    return lambda sql, values: [tuple(row) for row in work.conn.execute(text(sql), values)]


def _mail(settings: Settings, number: int, body: dict[str, Any]) -> None:
    told = settings.notify
    message = EmailMessage()
    message["From"] = told.mail_from or f"surplus@{told.smtp.partition(':')[0]}"
    message["To"] = ", ".join(formataddr(parseaddr(address)) for address in told.mail_to)
    message["Subject"] = subject(body, settings.municipality.language)
    message["Message-ID"] = f"<{identity(number, body)}@surplus.invalid>"
    message.set_content(as_text(body, settings.municipality.language))
    host, _, port = told.smtp.partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=SECONDS) as server:
        if told.smtp_tls:
            import ssl

            server.starttls(context=ssl.create_default_context())
        server.send_message(message)


def _webhook(settings: Settings, number: int, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        settings.notify.webhook,
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": identity(number, body)},
    )
    with urllib.request.urlopen(request, timeout=SECONDS):
        pass


_SENDERS = {MAIL: _mail, WEBHOOK: _webhook}


def identity(number: int, body: dict[str, Any]) -> str:
    """What makes two sendings of a message the same one."""
    return f"surplus-{body['municipality']}-{body['business_date']}-{number}"


def subject(body: dict[str, Any], language: str) -> str:
    """The first line: who, which night, what came of it."""
    state = _STATES[language][body["state"]]
    return f"Surplus {body['name']} {body['business_date']}: {state}"


def as_text(body: dict[str, Any], language: str) -> str:
    """The message for people."""
    nl = language == "nl"
    lines = [subject(body, language), ""]
    if body["why"]:
        lines += [body["why"], ""]
    steps = ", ".join(body["steps"])
    lines.append((f"Gedaan: {steps}" if nl else f"Done: {steps}") if steps else
                 ("Er was niets te doen." if nl else "Nothing was due."))  # fmt: skip
    for batch in body["batches"]:
        told = "{batch} ({month}, {payments}, {due_on}, {state})".format(**batch)
        lines.append(f"Betaalopdracht {told} wacht." if nl else f"Batch {told} waits.")
    for one in body["late"]:
        told = "{source} {month}".format(**one)
        lines.append(f"Te laat: {told}" if nl else f"Late: {told}")
    found = ", ".join(f"{code} {count}" for code, count in body["findings"].items()) or "0"
    lines.append(f"Open bevindingen: {found}" if nl else f"Open findings: {found}")
    lines.append(
        f"Wijzigingen die wachten: {body['changes']}" if nl
        else f"Changes that wait: {body['changes']}"
    )  # fmt: skip
    lines += ["", f"Zegel / seal: {body['seal_head']}", "", "surplus status"]
    return "\n".join(lines) + "\n"
