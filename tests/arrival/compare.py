"""The same files in two orders, with settling at other times: where do the books differ?"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from jobs.import_files import readers
from surplus import config
from surplus.config import Settings
from surplus.decisions import PAYSLIP
from surplus.intake.deliveries import take_in
from surplus.intake.held.quarantine import look_again
from surplus.ledger import invariants
from surplus.reports import tables
from surplus.settlement.facts import effective, relations
from surplus.store.engine import open_store, reading
from tests.arrival.senders import PARTNER, PEOPLE, REFERENCE, File, files_of
from tests.intake.conftest import BSNS
from tests.payout.town import Town
from tests.schemas import SCHEMAS

ON = "2026-06-15"
READERS = readers(SCHEMAS)
#: Findings about what happened, not about what is: that a month was settled before.
OF_HISTORY = ("REOPENED",)
_FIGURES = """
    SELECT client, month, norm_cents, wage_cents, countable_cents, exemption_cents, benefit_cents,
           holiday_allowance_cents, passed_on_cents, entitlement_cents, fixed_cents,
           exemption_kind_1, months_used_1, exemption_kind_2, months_used_2
    FROM settlement AS s WHERE state = 'settled' AND version = (
        SELECT MAX(version) FROM settlement AS last
        WHERE last.client = s.client AND last.month = s.month)
    ORDER BY client, month
"""
_LEDGER = """
    SELECT account, balance.client, employer, person, month, SUM(amount)
    FROM balance LEFT JOIN employment ON employment.employment = balance.employment
    WHERE amount <> 0 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
_WAITING = """
    SELECT DISTINCT sender_id, line, rejected_row.code, rejected_row.state
    FROM rejected_row JOIN delivery ON delivery.delivery = rejected_row.delivery
    WHERE severity IN ('H', 'E') AND (rejected_row.state = 'held'
        -- A payslip of which another tells the period was put right, where that came after it.
        OR rejected_row.state = 'rejected' AND kind <> 'payslip')
    ORDER BY 1, 2, 3
"""


class Order(NamedTuple):
    """Files as they arrive; after which of them is settled, and what is decided at the end."""

    files: list[File]
    settled: frozenset[int]


def orders(seed: int) -> tuple[Order, Order]:
    """The files as they were sent, and as they arrived: some twice, in any order."""
    dice = Random(seed)
    sent = files_of(dice)
    arrived = sent + [one for one in sent if dice.random() < 0.15]
    dice.shuffle(arrived)
    settled = frozenset(at for at in range(len(arrived)) if dice.random() < 0.3)
    return Order(sent, frozenset()), Order(arrived, settled)


def ends(order: Order, seed: int, store: Path) -> list[dict[str, Any]]:
    """What stands in the books when all files are in, and once people have decided."""
    with _town(store) as town:
        for at, file in enumerate(order.files):
            with town.work(ON, "system", "import") as work:
                take_in(work, file.name, file.content, READERS)
            if at in order.settled:
                town.settle(ON)
        town.settle(ON)
        first = _end(town)
        if not _decide(town, Random(seed)):
            return [first]
        town.settle(ON)
        return [first, _end(town)]


@contextmanager
def _town(store: Path) -> Iterator[Town]:
    told = tomllib.loads(config.template())
    told["bank"]["iban"] = "NL98BNGH0285000013"
    engine = open_store(f"sqlite:///{store}")
    town = Town(engine, Settings.model_validate(told), check=False)
    town.norm("2026-01", "2026-06")
    for who in PEOPLE:
        n = {"exemption_kind": "n"} if who == 1002 else {}
        two = {"partner_bsn": f"{PARTNER[who]:09d}"} if who in PARTNER else {}
        town.enrol(who, bsn=f"{BSNS[who]:09d}", reference=REFERENCE[who], **n, **two)
    try:
        yield town
    finally:
        engine.dispose()


def _decide(town: Town, dice: Random) -> bool:
    """Two people accept some of the payslips that ask for it."""
    asked = town.query(
        """SELECT DISTINCT income.client, income.month, employer, net_paid
           FROM income JOIN employment ON employment.employment = income.employment
           JOIN finding ON finding.client = income.client AND finding.month = income.month
           WHERE source = 'payslip' AND finding.state = 'open'
             AND finding.code IN ('PAYSLIP_CHANGED', 'PAYSLIP_DIFFERS', 'R17')
           ORDER BY income.client, income.month, employer, net_paid"""
    )
    chosen = [one for one in asked if dice.random() < 0.5]
    for client, month, employer, cents in chosen:
        town.decide(client, PAYSLIP, ON, month=month, employer=employer, amount_cents=cents)
    with town.work(ON, "treasury-1", "changes") as work:
        look_again(work)
    return bool(chosen)


def _end(town: Town) -> dict[str, Any]:
    with reading(town.engine) as conn:
        assert invariants.full(conn, town.settings.code) == []
        balances = tables.balances(conn, town.settings)
        facts = effective(conn, town.settings.code)
        jobs = relations(conn, town.settings.code)
    employer = {
        job: f"{name} of person {person}"
        for job, name, person in town.query("SELECT employment, employer, person FROM employment")
    }

    def rows(columns: Any, leave_out: Sequence[str]) -> list[tuple[Any, ...]]:
        told = {name: column.tolist() for name, column in columns.items() if name not in leave_out}
        if "employment" in told:
            told["employment"] = [employer[job] for job in told["employment"]]
        return sorted(zip(*told.values(), strict=True))

    findings = town.query(
        "SELECT code, client, month, subject, amount_cents FROM finding WHERE state = 'open'"
    )
    return {
        "facts": rows(facts, ("delivery", "line", "run", "accepted")),
        "relations": rows(jobs, ()),
        "figures": town.query(_FIGURES),
        "ledger": town.query(_LEDGER),
        "balances": rows(balances, ("municipality",)),
        "findings": sorted(
            (code, client, month, _named(subject, employer), amount)
            for code, client, month, subject, amount in findings
            if code not in OF_HISTORY
        ),
        "waiting": town.query(_WAITING),
    }


def _named(subject: str, employer: dict[int, str]) -> str:
    kind, _, number = subject.partition(":")
    return employer[int(number)] if kind == "employment" else subject


def differences(order: Order, other: Order, seed: int, migrated: Path, folder: Path) -> list[str]:
    """What differs between the ends of two orders; nothing, as it should be."""
    found = []
    for number, one in enumerate((order, other)):
        store = folder / f"{number}.db"
        for left in folder.glob(f"{store.name}*"):
            left.unlink()
        shutil.copy(migrated, store)
        found.append(ends(one, seed, store))
    if len(found[0]) != len(found[1]):
        return ["what is decided"]
    return [
        f"{part} {'decided' if at else 'told'}: {_apart(one[part], two[part])}"
        for at, (one, two) in enumerate(zip(*found, strict=True))
        for part in one
        if repr(one[part]) != repr(two[part])
    ]


def _apart(one: list[Any], two: list[Any]) -> str:
    only = [[row for row in a if row not in b] for a, b in ((one, two), (two, one))]
    return f"as sent {only[0][:4]}, as arrived {only[1][:4]}"


def smallest(seed: int, migrated: Path, folder: Path) -> tuple[Order, Order]:
    """Two orders that differ still, with as few files as leaving out one by one can find."""
    sent, arrived = orders(seed)
    at = 0
    while at < len(sent.files):
        gone = sent.files[at]
        fewer = Order([one for one in sent.files if one != gone], frozenset())
        kept = [n for n, one in enumerate(arrived.files) if one != gone]
        there = Order(
            [arrived.files[n] for n in kept],
            frozenset(place for place, n in enumerate(kept) if n in arrived.settled),
        )
        if differences(fewer, there, seed, migrated, folder):
            sent, arrived = fewer, there
        else:
            at += 1
    return sent, arrived
