"""Payments that left and that the store does not know: it was restored, or set back.

What a payment file in the outbox tells is recorded as sent, with the payments that the store would
make now for the same people; so they are never made again. A file that the store cannot explain,
and a debit on the statement that names such a file, is told and stops all preparing until what the
store lacks was taken in, or two people said that it is none of ours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import select, update

from surplus import findings, trail
from surplus.bank import booking
from surplus.findings import Finding
from surplus.hashes import sha256_of
from surplus.intake.notes import BadFile
from surplus.ledger.accounts import UNMATCHED
from surplus.payout import batches, calendar, entries, export, obligations, pain001, records
from surplus.payout.pain001 import Sent
from surplus.payout.profile import TEST_MARK, Profile
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.settlement.norms import only
from surplus.store.tables import balance, bank_item, finding, payment_batch

CODE = "UNKNOWN_PAYMENTS"
_NAME = re.compile(rf"(?:{TEST_MARK}-)?(SUR[0-9]{{11}})\.xml")
#: What makes a payment of a file the one that the store would make.
_SAME = ("iban", "name", "amount_cents", "remittance")


class Recognised(NamedTuple):
    """What was found: message ids now recorded as sent, their payments, and what stays unknown."""

    files: list[str]
    payments: int
    total_cents: int
    unknown: list[str]

    def as_json(self) -> dict[str, Any]:
        """All of it, for the run registry and --json."""
        return {
            "recognised_files": self.files, "recognised_payments": self.payments,
            "recognised_cents": self.total_cents, "unknown_files": self.unknown,
        }  # fmt: skip


def sent_files(home: Path) -> list[Path]:
    """The payment files of a workspace: in its outbox, or put away in its archive."""
    places = [*(home / "outbox").rglob("*.xml"), *(home / "archive").rglob("*SUR*.xml")]
    return sorted(path for path in places if _NAME.fullmatch(path.name))


def look(work: Work, files: Collection[Path], *, last: bool) -> Recognised:
    """Record what payment files and statements tell of payments that the store does not know.

    Args:
        work: the run in whose transaction it happens.
        files: as `sent_files` found them.
        last: whether what cannot be explained now is told (UNKNOWN_PAYMENTS); before the day's
            files are taken in it need not be.
    """
    found = {name: _by_file(work, name, path) for name, path in not_known(work, files).items()}
    for name, debited in _on_statements(work).items():
        if found.get(name) is None:
            found[name] = _by_statement(work, name, debited)
    done = [name for name, amounts in found.items() if amounts is not None]
    unknown = [name for name, amounts in found.items() if amounts is None]
    count = sum(len(found[name]) for name in done)
    cents = sum(int(found[name].sum()) for name in done)
    if done:
        booking.match(work)
        records.sync_held(work)
        trail.note(work, "pay recognise", " ".join(done))
    if last:
        _tell(work, unknown)
    return Recognised(done, count, cents, unknown)


def not_known(work: Work, files: Collection[Path]) -> dict[str, Path]:
    """Message id -> file of those that, by the store, never left."""
    gone = {row.message_id for row in _batches(work) if row.file}
    named = {_message_id(work, path): path for path in files}
    return {name: path for name, path in sorted(named.items()) if name and name not in gone}


def told(work: Work) -> list[str]:
    """What stands open as unknown."""
    query = select(finding.c.subject).where(
        finding.c.municipality == work.municipality, finding.c.code == CODE,
        finding.c.state == "open",
    )  # fmt: skip
    return sorted(work.conn.scalars(query))


def resolve(work: Work, names: Collection[str]) -> None:
    """Two people said that these payments are none of ours."""
    work.conn.execute(
        update(finding)
        .where(finding.c.municipality == work.municipality, finding.c.code == CODE)
        .where(finding.c.subject.in_(names), finding.c.state == "open")
        .values(
            state="resolved", closed_on=work.on, resolved_by=work.operator,
            reason="none of ours: adopted",
        )
    )  # fmt: skip


def _message_id(work: Work, path: Path) -> str:
    """The message id in a file's name; '' of one made in another environment."""
    told = _NAME.fullmatch(path.name)
    test = work.settings.municipality.environment == "TEST"
    return told[1] if told and path.name.startswith(TEST_MARK) == test else ""


def _batches(work: Work) -> Any:
    names = ("batch", "message_id", "file", "state")
    return work.conn.execute(
        select(*(payment_batch.c[name] for name in names))
        .where(payment_batch.c.municipality == work.municipality)
    ).all()  # fmt: skip


def _by_file(work: Work, name: str, path: Path) -> Any:
    """Record a file as sent; returns the cents of its payments, None where it stays unknown."""
    try:
        with path.open("rb") as file:
            sha256 = sha256_of(file)
            file.seek(0)
            sent = pain001.read(file)
    except (BadFile, Refusal):
        return None
    if sent.message_id != name or sent.debtor_iban != work.settings.bank.iban:
        return None
    number = _number(work, name) or _made_again(work, sent, sha256)
    if not number:
        return None
    batch = records.batch(work.conn, work.municipality, number)
    rows = records.payments(work.conn, work.municipality, number)
    if sha256 not in (batch["sha256"], export.digests(batch, rows).sha256):
        return None
    return _sent(work, batch, rows, sha256, f"sent: its file {path.name} was found")


def _by_statement(work: Work, name: str, debited: int) -> Any:
    """Record a batch that never left by the store as sent, where the bank debited all of it.

    Returns:
        The cents of its payments; None where it stays unknown.
    """
    number = _number(work, name)
    if not number:
        return None
    batch = records.batch(work.conn, work.municipality, number)
    rows = records.payments(work.conn, work.municipality, number)
    if batch["total_cents"] != debited:
        return None
    sha256 = export.digests(batch, rows).sha256
    return _sent(work, batch, rows, sha256, "sent: the statement tells its debit")


def _sent(work: Work, batch: dict[str, Any], rows: Any, sha256: str, why: str) -> Any:
    """Bring a batch that left before the store was set back into the state in which it is."""
    number, test = batch["batch"], work.settings.municipality.environment == "TEST"
    if batch["state"] not in ("DRAFT", "APPROVED"):
        return None
    if batch["state"] == "DRAFT":
        entries.book(work, number, rows)
        records.change_batch(work, number, "APPROVED", why, approved_on=work.on, sha256=sha256)
    file = f"{TEST_MARK + '-' if test else ''}{batch['message_id']}.xml"
    records.change_batch(work, number, "SENT", why, exported_on=work.on, file=file)
    return rows["amount_cents"]


def _number(work: Work, name: str) -> int:
    """The batch with this message id; 0 where there is none."""
    return next((row.batch for row in _batches(work) if row.message_id == name), 0)


def _made_again(work: Work, sent: Sent, sha256: str) -> int:
    """The batch of a file that the store has none of; 0 where it would pay anybody else."""
    dates = calendar.PayCalendar.read(work.conn, work.settings)
    month = dates.pay_month(sent.prepared_on)
    first = not batches.stands(work.conn, work.municipality, month)
    rows, _ = obligations.to_pay(
        work.conn, work.settings, month, sent.prepared_on, sent.due_on, with_extras=first
    )
    would: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(zip(*(rows[name].tolist() for name in _SAME), strict=True)):
        would[row].append(place)
    told = zip(*(sent.payments[name].tolist() for name in _SAME), strict=True)
    places = [would[row].pop(0) if would[row] else -1 for row in told]
    if -1 in places:
        return 0
    names = sent.payments["end_to_end_id"]
    rows = only(rows, np.array(places, dtype=np.int64))
    profile = Profile.of(work.settings)
    number = batches.open_batch(
        work,
        rows["amount_cents"],
        {
            "message_id": sent.message_id, "month": int(month), "due_on": sent.due_on,
            "first": first, "prepared_on": sent.prepared_on, "profile": profile.stored(),
            "sha256": sha256,
        },
    )  # fmt: skip
    rows |= {
        "batch": np.full(len(names), number), "end_to_end_id": names,
        "hold_reason": np.full(len(names), "", dtype=object),
    }  # fmt: skip
    batches.store(work, rows, sent.due_on)
    return number


def _on_statements(work: Work) -> dict[str, int]:
    """What debits in suspense took for message ids of ours that, by the store, never left."""
    rows = work.conn.execute(
        select(
            bank_item.c.message_id, bank_item.c.payment_info_id, bank_item.c.end_to_end_id,
            bank_item.c.amount_cents,
        )
        .join(
            balance,
            (balance.c.municipality == bank_item.c.municipality)
            & (balance.c.item == bank_item.c.item),
        )
        .where(bank_item.c.municipality == work.municipality, bank_item.c.amount_cents < 0)
        .where(balance.c.account == UNMATCHED, balance.c.amount != 0)
        .order_by(bank_item.c.item)
    )  # fmt: skip
    gone = {row.message_id for row in _batches(work) if row.file}
    debited: dict[str, int] = defaultdict(int)
    for *texts, cents in rows:
        named = {told[:14] for told in texts if re.match(r"SUR[0-9]{11}(-|$)", told)}
        if len(named) == 1 and not named & gone:
            debited[named.pop()] -= cents
    return dict(debited)


def _tell(work: Work, unknown: Collection[str]) -> None:
    """Findings on what stays unknown, but for what two people said is none of ours."""
    query = select(finding.c.subject).where(
        finding.c.municipality == work.municipality, finding.c.code == CODE,
        finding.c.state == "resolved",
    )  # fmt: skip
    settled = set(work.conn.scalars(query))
    findings.sync(work, [CODE], [Finding(CODE, subject=n) for n in unknown if n not in settled])
