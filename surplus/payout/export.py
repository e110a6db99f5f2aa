"""The payment file: rendered from what is stored, checked, and put in place in one move.

The same batch gives the same bytes, the same message id and the same name however often it is
asked for; a bank that sees it twice sees a duplicate, never a second payment.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from sqlalchemy import select

from surplus import trail
from surplus.intake.clients.view import clients_as_of
from surplus.months import Month
from surplus.payout import pain001, records, unanswered
from surplus.payout.pain001 import Order
from surplus.payout.profile import TEST_MARK, Profile
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store.tables import payment_batch
from surplus.whole_file import replacing

Columns = dict[str, Any]

_BLOCK = 1 << 20
PRIVATE_FOLDER = 0o700


class Digests(NamedTuple):
    """The hashes of a payment file that an approver compares with what the bank shows."""

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
    exported_before: str  # the day on which it was first written; '' where that is now

    def as_json(self) -> dict[str, Any]:
        """All of it, for the run registry and --json."""
        return self._asdict()


def order_of(batch: dict[str, Any]) -> Order:
    """The head of the file of a batch, from what is stored of it."""
    return Order(
        message_id=batch["message_id"],
        prepared_on=batch["prepared_on"],
        due_on=batch["due_on"],
        debtor_iban=batch["debtor_iban"],
        profile=Profile.read(batch["profile"]),
    )


def digests(batch: dict[str, Any], payments: Columns) -> Digests:
    """The hashes of the file of a batch; empty where no payment is left in it."""
    if not len(payments["client"]):
        return Digests("", "")
    return _digests_of(pain001.render(order_of(batch), payments))


def _digests_of(pieces: Iterable[bytes]) -> Digests:
    whole, short = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    for piece in pieces:
        whole.update(piece)
        short.update(piece)
    return Digests(whole.hexdigest(), short.hexdigest())


def export(work: Work, number: int, folder: Path) -> Written:
    """Write the payment file of an approved batch; again, for one that was written before.

    Args:
        work: who exports, and when.
        number: the batch.
        folder: where to; made if absent.

    Raises:
        Refusal: not approved (exit 2); its date has passed before it was ever written (P02, exit
            3); somebody in it has died meanwhile (P07), or an earlier round may have left all the
            same (P01; both exit 3); or the bytes are not those that were approved
            (P09), break the schema (P11) or are not exactly the stored payments (P03; all exit 5).
        OSError: the folder cannot be written; nothing is left behind.
    """
    records.may_pay(work)
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
    order, test = order_of(batch), refuse_other_environment(work, batch)
    if test:
        _refuse_real_account(work, batch)
    payments = records.payments(work.conn, work.municipality, number)
    if first:
        _refuse_for_the_dead(work, number, payments)
        _refuse_what_left_before(work, number)
    path = folder / f"{TEST_MARK + '-' if test else ''}{batch['message_id']}.xml"
    if first:
        records.change_batch(work, number, "SENT", exported_on=work.on, file=path.name)
    trail.note(work, "pay export", f"batch {number} {path.name} {batch['sha256']}")
    told = written(path, order, payments, batch["sha256"])
    count, cents = len(payments["client"]), int(payments["amount_cents"].sum())
    return Written(number, str(path), count, cents, *told, batch["exported_on"])


def refuse_other_environment(work: Work, batch: dict[str, Any]) -> bool:
    """What was prepared as a test is never paid, nor the reverse; returns whether this is a test.

    Raises:
        Refusal: the environment of the workspace was another when the batch was prepared.
    """
    test = work.settings.municipality.environment == "TEST"
    if order_of(batch).profile.test != test:
        raise Refusal(
            f"batch {batch['batch']} was prepared in another environment than this is now",
            "cancel it and prepare the month again",
        )
    return test


def _refuse_what_left_before(work: Work, number: int) -> None:
    """The statement of today may show what went again because the bank said it had refused it."""
    left = unanswered.left_before(work.conn, work.municipality, number)
    if left:
        raise Refusal(
            f"P01: the bank may have executed the round before of {', '.join(left[:5])}: "
            f"batch {number} may not leave",
            "cancel it; surplus bank list shows the debit, surplus bank assign says what it is",
            exit_code=3,
        )


def _refuse_for_the_dead(work: Work, number: int, payments: Columns) -> None:
    """A death that became known after the approval blocks the payment at once (domain.md §2.4)."""
    view = clients_as_of(work.conn, work.municipality, Month.of(work.on))
    dead = view["client"][view["status"] == "OVERLEDEN"]
    theirs = np.intersect1d(payments["client"], dead)
    if len(theirs):
        named = ", ".join(f"K{client:07d}" for client in theirs.tolist())
        raise Refusal(
            f"P07: {named} has died: batch {number} may not leave",
            "cancel it and prepare the month again; what goes to the dead is held then",
            exit_code=3,
        )


def written(path: Path, order: Order, payments: Columns, sha256: str = "") -> Digests:
    """Write a payment file, and put it in place once it was read back from the disk and is right.

    Args:
        path: where to.
        order: the head of the file.
        payments: of the file; see `pain001.render`.
        sha256: what was approved; '' where nothing was.

    Raises:
        Refusal: P09 other bytes than were approved, P11 against the schema, P03 other payments
            than the stored ones (exit 5).
        OSError: the file cannot be written.
    """
    told: list[Digests] = []

    def verify(file: BinaryIO) -> None:
        told.append(_digests_of(iter(partial(file.read, _BLOCK), b"")))
        if sha256 and told[0].sha256 != sha256:
            raise Refusal(
                f"P09: the file {order.message_id} is not the one that was approved",
                "surplus check tells what was changed; do not pay",
                exit_code=5,
            )
        file.seek(0)
        pain001.check(file, order, payments)

    put(path, pain001.render(order, payments), verify)
    return told[0]


def put(path: Path, content: Iterable[bytes], check: Callable[[BinaryIO], None]) -> None:
    """Put a file in place whole or not at all.

    Args:
        path: where; its folder is made if absent.
        content: what to write, in pieces.
        check: raises where what is read back from the disk may not be put in place.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with replacing(path, check) as file:
        file.writelines(content)
    descriptor = os.open(path.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


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
