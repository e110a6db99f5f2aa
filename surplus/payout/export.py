"""The payment file: rendered from what is stored, checked, and put in place in one move.

The same batch gives the same bytes, the same message id and the same name however often it is
asked for; a bank that sees it twice sees a duplicate, never a second payment.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from surplus import trail
from surplus.config import Settings
from surplus.payout import pain001, records
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store.tables import payment_batch

Columns = dict[str, Any]

#: What stands before the name of a file, and behind the name of who sends it, outside production.
TEST_MARK = "TEST"
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


class Rendered(NamedTuple):
    """The finished bytes of a batch, with the digests an approver compares."""

    content: bytes
    sha256: str
    sha1: str


class Written(NamedTuple):
    """Where a payment file is and what it holds."""

    batch: int
    file: str
    payments: int
    total_cents: int
    sha256: str
    sha1: str

    def as_json(self) -> dict[str, Any]:
        """All of it, for the run registry and --json."""
        return self._asdict()


def rendered(settings: Settings, batch: dict[str, Any], payments: Columns) -> Rendered:
    """The file of a batch from what is stored of it; empty where no payment is left in it."""
    if not len(payments["client"]):
        return Rendered(b"", "", "")
    name = settings.bank.name
    order = pain001.Order(
        message_id=batch["message_id"],
        prepared_on=batch["prepared_on"],
        due_on=batch["due_on"],
        debtor_iban=batch["debtor_iban"],
        debtor=name,
        initiator=f"{TEST_MARK} {name}" if _is_test(settings) else name,
    )
    content = pain001.render(order, payments)
    return Rendered(
        content,
        hashlib.sha256(content).hexdigest(),
        hashlib.sha1(content, usedforsecurity=False).hexdigest(),
    )


def export(work: Work, number: int, folder: Path) -> Written:
    """Write the payment file of an approved batch; again, for one that was written before.

    Args:
        work: who exports, and when.
        number: the batch.
        folder: where to; made if absent.

    Raises:
        Refusal: not approved (exit 2); its date has passed before it was ever written (P02, exit
            3); or the bytes are not those that were approved (P09), break the schema (P11) or are
            not exactly the stored payments (P03; all exit 5).
        OSError: the folder cannot be written; nothing is left behind.
    """
    batch = records.batch(work.conn, work.municipality, number)
    if batch["state"] not in ("APPROVED", "SENT"):
        raise Refusal(
            f"batch {number} is {batch['state']}: only an approved batch has a payment file",
            f"surplus pay approve {number}",
        )
    first = batch["state"] == "APPROVED"
    if first and batch["due_on"] < work.on:
        raise Refusal(
            f"P02: batch {number} was due on {batch['due_on']}, which has passed",
            "cancel it and prepare the month again",
            exit_code=3,
        )
    if _is_test(work.settings):
        _refuse_real_account(work, batch)
    payments = records.payments(work.conn, work.municipality, number)
    finished = rendered(work.settings, batch, payments)
    if finished.sha256 != batch["sha256"]:
        raise Refusal(
            f"P09: the file of batch {number} is not the one that was approved",
            "surplus check tells what was changed; do not pay",
            exit_code=5,
        )
    mark = f"{TEST_MARK}-" if _is_test(work.settings) else ""
    path = folder / f"{mark}{batch['message_id']}.xml"
    put(path, finished.content, lambda written: pain001.check(written, payments))
    if first:
        records.change_batch(work, number, "SENT", exported_on=work.on, file=path.name)
    trail.note(work, "pay export", f"batch {number} {path.name} {finished.sha256}")
    count, cents = len(payments["client"]), int(payments["amount_cents"].sum())
    return Written(number, str(path), count, cents, finished.sha256, finished.sha1)


def put(path: Path, content: bytes, check: Callable[[bytes], None]) -> None:
    """Put a file in place whole or not at all.

    Args:
        path: where; its folder is made if absent.
        content: what to write.
        check: raises where what is read back from the disk may not be put in place.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        check(part.read_bytes())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    descriptor = os.open(path.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _is_test(settings: Settings) -> bool:
    return settings.municipality.environment == "TEST"


def _refuse_real_account(work: Work, batch: dict[str, Any]) -> None:
    """A copy of a production store cannot pay: its account is known from files without the mark."""
    real = work.conn.execute(
        select(payment_batch.c.file).where(
            payment_batch.c.municipality == work.municipality,
            payment_batch.c.debtor_iban == batch["debtor_iban"],
            payment_batch.c.file != "",
            ~payment_batch.c.file.startswith(f"{TEST_MARK}-"),
        )
    ).first()
    if real:
        raise Refusal(
            f"a TEST workspace makes no file for a real account: {real[0]} was paid from it",
            "give the test workspace a bank.iban of its own",
        )
