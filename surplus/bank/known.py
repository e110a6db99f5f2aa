"""What the workspace knows that bank items can be matched with, looked up for many at once."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Column, or_, select
from stdnum import iso11649

from surplus import payment_reference
from surplus.bank.entries import Item
from surplus.bank.families import undoes
from surplus.ledger.invariants import IN_TRANSIT_STATES
from surplus.runs import Work
from surplus.settlement.participation import PARTICIPATING
from surplus.store import bulk
from surplus.store.tables import (
    bank_item,
    client,
    employment,
    income,
    obligation,
    payment_batch,
    statement,
)

Columns = dict[str, Any]

_SEPARATORS = re.compile(r"[\s.\-]")
_STRETCH = re.compile(r"(?=([0-9]{16}))")
_ALONE = re.compile(r"(?<![0-9])[0-9]{16}(?![0-9])")


class Client(NamedTuple):
    """A client as far as receipts go."""

    number: int
    iban: str
    active: bool  # has a buffer account, or had one: last wages come after the end


class Payment(NamedTuple):
    """A payment of ours."""

    obligation: int
    client: int
    month: int
    cents: int
    batch: int
    iban: str


@dataclass(frozen=True)
class Known:
    """Clients by payment reference, employments by employer's name, payments under way."""

    clients: dict[str, Client]
    employments: dict[tuple[int, str], set[int]]
    slips: dict[str, dict[tuple[int, int], set[int]]]  # by sender: client, employment -> nets
    payments: dict[str, Payment]  # under way, by end-to-end id; those matched are taken out
    booked: dict[str, Payment]  # debited by the bank, those that may have come back
    batches: dict[str, list[str]]  # message id, or PmtInfId in it -> end-to-end ids
    funding: frozenset[str]
    repeated: set[int]  # items that were on an earlier statement

    @classmethod
    def read(cls, work: Work, items: Sequence[Item]) -> Known:
        """What can be known about these items, in a fixed number of queries."""
        clients = _clients(
            work,
            {text for item in items for text in structured(item) + written(item) + in_rf(item)},
        )
        employments: dict[tuple[int, str], set[int]] = defaultdict(set)
        jobs = bulk.among(
            work.conn,
            select(employment.c.client, employment.c.name, employment.c.employment).where(
                employment.c.municipality == work.municipality
            ),
            employment.c.client,
            {known.number for known in clients.values()},
        )
        for number, name, job in zip(*(jobs[n].tolist() for n in jobs), strict=True):
            employments[number, folded(name)].add(job)
        payments, batches = _under_way(work, items)
        booked = _booked(work, items, batches)
        funding = frozenset(compact(iban) for iban in work.settings.bank.funding_ibans)
        slips = _slips(work, {compact(item.party_iban) for item in items if item.amount_cents > 0})
        return cls(
            clients, employments, slips, payments, booked, batches, funding, repeated(work, items)
        )

    def whose(self, texts: Iterable[str]) -> set[Client]:
        """The clients of those texts that are a reference of one."""
        return {self.clients[text] for text in texts if text in self.clients}

    def linked(self, client: int, item: Item) -> set[int]:
        """The employments of a client that the sender of an item pays, by IBAN and by name.

        Where both tell something and one employment fits both, it is that one.
        """
        by_name = self.employments.get((client, folded(item.party_name)), set())
        by_iban = {
            job for whose, job in self.slips.get(compact(item.party_iban), {}) if whose == client
        }
        return by_name & by_iban or by_name | by_iban

    @property
    def people(self) -> set[int]:
        """The clients that items may be about."""
        linked = {client for jobs in self.slips.values() for client, _job in jobs}
        return linked | {client.number for client in self.clients.values()}


def repeated(work: Work, items: Sequence[Item]) -> set[int]:
    """The items that were on an earlier statement of their account already.

    The bank's own reference, amount, sign and booking date are the same (formats.md §3.1): banks
    repeat lines in reports that they send anew. On one statement lines may share all of it: the
    payments of a batch have the reference of their debit. Which of two is the repeated one stays.
    """
    mine = {item.item for item in items}
    rows = bulk.among(
        work.conn,
        select(
            statement.c.iban, bank_item.c.bank_reference, bank_item.c.amount_cents,
            bank_item.c.booked_on, bank_item.c.item, bank_item.c.statement,
        )
        .join(
            statement,
            (statement.c.municipality == bank_item.c.municipality)
            & (statement.c.statement == bank_item.c.statement),
        )
        .where(bank_item.c.municipality == work.municipality, bank_item.c.bank_reference != "")
        .where(statement.c.state == "booked", bank_item.c.match != "repeated"),
        bank_item.c.bank_reference,
        {item.bank_reference for item in items} - {""},
    )  # fmt: skip
    alike: dict[tuple[Any, ...], dict[int, int]] = defaultdict(dict)
    for *line, number, where in zip(*(rows[n].tolist() for n in rows), strict=True):
        alike[tuple(line)][number] = where
    return {
        number
        for same in alike.values()
        if len(set(same.values())) > 1
        for number in same.keys() & mine
    }


def structured(item: Item) -> list[str]:
    """The structured references of an item."""
    return [compact(text) for text in item.reference.split(",") if text]


def in_rf(item: Item) -> list[str]:
    """The references of clients inside right RF references (ISO 11649) of an item."""
    texts = structured(item)
    return [text[4:] for text in texts if text.startswith("RF") and iso11649.is_valid(text)]


def written(item: Item) -> list[str]:
    """Every stretch of sixteen digits in the free text of an item.

    Blanks, dots and dashes do not count, so other digits may touch the reference. Which stretch is
    one, shows by its check digit and by belonging to a client.
    """
    return _STRETCH.findall(compact(item.remittance))


def alone(item: Item) -> list[str]:
    """The stretches of sixteen digits in free text that no other digit touches."""
    return _ALONE.findall(compact(item.remittance))


def compact(text: str) -> str:
    """A text without blanks, dots and dashes."""
    return _SEPARATORS.sub("", text)


def folded(name: str) -> str:
    """A name as it is compared: without regard to case and to how many blanks."""
    return " ".join(name.casefold().split())


def _slips(work: Work, ibans: set[str]) -> dict[str, dict[tuple[int, int], set[int]]]:
    """The employments of which a payslip told that these accounts pay them, with the nets told."""
    rows = bulk.among(
        work.conn,
        select(income.c.sender_iban, income.c.client, income.c.employment, income.c.net_paid)
        .distinct()
        .where(income.c.municipality == work.municipality, income.c.source == "payslip"),
        income.c.sender_iban,
        ibans - {""},
    )
    found: dict[str, dict[tuple[int, int], set[int]]] = defaultdict(lambda: defaultdict(set))
    for iban, number, job, net in zip(*(rows[n].tolist() for n in rows), strict=True):
        found[iban][number, job].add(net)
    return dict(found)


def _clients(work: Work, texts: Iterable[str]) -> dict[str, Client]:
    """The clients to whom a right reference was ever given, each as it is on the business date."""
    told = np.array(sorted(texts), dtype=object)
    valid = told[payment_reference.are_valid(told)].tolist() if len(told) else []
    ours = client.c.municipality == work.municipality
    given = bulk.among(
        work.conn,
        select(client.c.reference, client.c.client).where(ours),
        client.c.reference,
        valid,
    )
    versions = bulk.among(
        work.conn,
        select(client.c.client, client.c.version, client.c.iban, client.c.status).where(
            # Before its first version has begun, a client is what that version tells.
            ours,
            or_(client.c.valid_from <= work.on, client.c.version == 1),
        ),
        client.c.client,
        set(given["client"].tolist()),
    )
    latest = {
        number: Client(number, iban, status in PARTICIPATING)
        for _version, number, iban, status in sorted(
            zip(*(versions[n].tolist() for n in ("version", "client", "iban", "status")),
                strict=True)
        )
    }  # fmt: skip
    pairs = zip(given["reference"].tolist(), given["client"].tolist(), strict=True)
    return {text: latest[number] for text, number in pairs if number in latest}


def group_id(message_id: str, number: int, per_group: int) -> str:
    """The PmtInfId of the payment with this number (from 1) in its file: the bank's one debit line.

    >>> [group_id("SUR20261120002", n, 10_000) for n in (10_000, 10_001)]
    ['SUR20261120002-P1', 'SUR20261120002-P2']
    """
    return f"{message_id}-P{(number - 1) // per_group + 1}"


def group_of(message_id: str, profile: str, end_to_end_id: str) -> str:
    """The PmtInfId of a payment in a file made by this profile; '' of a file without."""
    size = json.loads(profile or "{}").get("per_group", 0)
    return group_id(message_id, int(end_to_end_id.rpartition("-")[2]), size) if size else ""


def messages(item: Item) -> set[str]:
    """The message ids of ours that a debit may name: itself, by its batch or by its payment."""
    named = {item.message_id, item.payment_info_id.rpartition("-P")[0]}
    return (named | {item.end_to_end_id.rpartition("-")[0]}) - {""}


def _under_way(
    work: Work, items: Iterable[Item]
) -> tuple[dict[str, Payment], dict[str, list[str]]]:
    """The payments of the named batches that left the buffer and not yet the bank account."""
    named = {message for item in items if item.amount_cents < 0 for message in messages(item)}
    batches: dict[str, list[str]] = {}
    return _payments(work, IN_TRANSIT_STATES, payment_batch.c.message_id, named, batches), batches


def _booked(work: Work, items: Iterable[Item], batches: dict[str, list[str]]) -> dict[str, Payment]:
    """The payments that the bank debited and that these items may give back.

    By end-to-end id; of what is found by none, all payments of the batches that it names.
    """
    back = [item for item in items if item.amount_cents > 0 and undoes(item)]
    names = {item.end_to_end_id for item in back} - {""}
    found = _payments(work, ("BOOKED",), obligation.c.end_to_end_id, names, {})
    others = [item for item in back if item.end_to_end_id not in found]
    named = {message for item in others for message in messages(item)}
    return found | _payments(work, ("BOOKED",), payment_batch.c.message_id, named, batches)


def _payments(
    work: Work, states: Iterable[str], by: Column[Any], values: set[str],
    batches: dict[str, list[str]],
) -> dict[str, Payment]:  # fmt: skip
    """Payments in some states by end-to-end id; those of each message, and of each debit in it,
    are added to `batches`.
    """
    if not values:
        return {}
    rows = bulk.among(
        work.conn,
        select(
            obligation.c.end_to_end_id, payment_batch.c.message_id, payment_batch.c.profile,
            obligation.c.obligation, obligation.c.client, obligation.c.month,
            obligation.c.amount_cents, obligation.c.batch, obligation.c.iban,
        )
        .join(
            payment_batch,
            (payment_batch.c.municipality == obligation.c.municipality)
            & (payment_batch.c.batch == obligation.c.batch),
        )
        .where(obligation.c.municipality == work.municipality)
        .where(obligation.c.state.in_(states))
        .order_by(obligation.c.obligation),
        by,
        values,
    )  # fmt: skip
    payments: dict[str, Payment] = {}
    sizes = {text: json.loads(text or "{}").get("per_group", 0) for text in set(rows["profile"])}
    for end_to_end, message, profile, *rest in zip(*(rows[n].tolist() for n in rows), strict=True):
        payments[end_to_end] = Payment(*rest)
        batches.setdefault(message, []).append(end_to_end)
        if size := sizes[profile]:
            number = int(end_to_end.rpartition("-")[2])
            batches.setdefault(group_id(message, number, size), []).append(end_to_end)
    return payments
