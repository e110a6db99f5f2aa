"""A year of a municipality beside a bank that goes wrong, lived through the command line.

Employers pay well and badly, the bank refuses, loses, returns and repeats, people at the town hall
do what the findings ask. Whatever the seed: at the end every cent in the bank is explained, every
fixed payment has reached its client exactly once, and what is open is listed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from unittest.mock import patch

from sqlalchemy import Engine

from jobs.simulated.bank import NONE, Faults, SimulatedBank
from jobs.simulated.paper import Entry
from surplus.intake.files import boxes
from surplus.months import Month
from surplus.payout.calendar import add_banking_days, is_banking_day
from surplus.store import engine
from surplus.store.engine import open_store
from tests.acceptance import files, workspace
from tests.acceptance.workspace import BANK, Workspace, make
from tests.bank.paper import HELDER
from tests.benchmarks.town import bsns
from tests.oracle.identifiers import free_iban, kenmerk

FIRST, LAST = Month.parse("2025-01"), Month.parse("2025-12")
#: The norms of the halves of a year: net, holiday allowance, together (Pw art. 21).
NORMS = (
    ("2025-01-01", "2025-06-30", "1278,18", "67,27", "1345,45"),
    ("2025-07-01", "2025-12-31", "1300,61", "68,45", "1369,06"),
    ("2026-01-01", "2026-06-30", "1331,43", "70,07", "1401,50"),
)
NORM_COLUMNS = (
    "besluitnr;normcategorie;geldig_vanaf;geldig_tot;netto_norm_maand;vakantietoeslag_maand;"
    "totaal_maand;bron;vastgesteld_door;vastgesteld_op;goedgekeurd_door;goedgekeurd_op\n"
)
CATEGORY = "PW_ALLEENSTAANDE_21_AOW"
STRANGER = ("Garage De Vonk", "NL20INGB0001234567")
#: How often, in 1 of so many wages, an employer does something else than pay it on the day.
LATE, SHORT, WITHOUT_REFERENCE, TWICE = 15, 20, 60, 400
#: How often in a year somebody who has nothing to do with it pays into the account.
STRANGERS = 6
PERSON, OTHER = "income-1", "treasury-1"


@dataclass
class Client:
    """Somebody with a job, or without one."""

    number: int
    bsn: str
    iban: str
    wage: int  # cents a month; 0 without a job
    since: str = f"{FIRST}-01"
    until: str = ""  # the last day of the participation

    def row(self) -> dict[str, str]:
        """In the fields of clients.csv."""
        return files.client("1") | {
            "klantnummer": f"K{self.number:07d}", "betalingskenmerk": kenmerk(self.number),
            "bsn": self.bsn, "iban": self.iban, "deelname_vanaf": self.since,
            "deelname_tot": self.until,
            "toestemming_datum": "2024-12-09",
            "vrijlating_soort": "VRIJLATING_25" if self.number % 2 else "GEEN",
            "vrijlating_recht_vanaf": "2025-01-01" if self.number % 2 else "",
            "vrijlating_maanden_recht": "6" if self.number % 2 else "",
            "vrijlating_maanden_gebruikt": "0" if self.number % 2 else "",
        }  # fmt: skip


@dataclass
class Year:
    """One life of the municipality; `outcome` says what came of it."""

    folder: Path
    seed: int
    count: int
    faults: Faults = field(default_factory=Faults)
    until: Month = LAST  # the last pay month
    said: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)
        self.bank = SimulatedBank(BANK, Random(self.seed + 1), self.faults)
        self.town: Workspace = make(self.folder / "town", "sqlite", "2025-01-02")
        self.clients = [
            Client(number, bsn, free_iban("INGB", 10_000 + 7 * number), self._wage())
            for number, bsn in enumerate(bsns(self.count), 1)
        ]
        self._iban = 50_000_000
        self._files = self.folder / "files"
        self._files.mkdir()
        self._sent: set[str] = set()

    def live(self, told: Callable[[str], None] = lambda _line: None) -> None:
        """From the first day to the last, and then until everything has arrived.

        Args:
            told: hears of each month that begins.
        """
        self._begin()
        month = FIRST
        last = date.fromisoformat(f"{self.until.plus(1)}-14")
        for day in _banking_days(date(2025, 1, 3), last):
            if Month.of(day) != month:
                told(f"{month} is over")
                month = Month.of(day)
            self._events(day)
            self.bank.close(day)
            if self._is_worked(day):
                self._work_day(day)
        self._end(on_or_after(last + timedelta(1)))

    # --- what happens ----------------------------------------------------------------------------

    def _begin(self) -> None:
        rows = "".join(
            f"N-{begin};{CATEGORY};{begin};{end};{net};{holiday};{total};law;beleid-1;2024-12-15;"
            "treasury-1;2024-12-16\n"
            for begin, end, net, holiday, total in NORMS
        )
        norms = self._files / "norms.csv"
        norms.write_text(NORM_COLUMNS + rows, encoding="utf-8")
        people = files.clients(self._files, *(client.row() for client in self.clients))
        self.town.done("import", str(norms), str(people), on="2025-01-02")

    def _events(self, day: date) -> None:
        month = Month.of(day)
        if day == on_or_after(date(day.year, day.month, 10)) and month > FIRST:
            self._deliver(month.plus(-1), day)
        if day == on_or_after(date(day.year, day.month, 24)) and FIRST <= month <= self.until:
            self._pay_wages(month, day)
        if self.dice.randrange(250) < STRANGERS:
            self.said["strangers"] += 1
            self.bank.credit(day, Entry(self.dice.randint(1_00, 900_00), *STRANGER, text="factuur"))

    def _deliver(self, month: Month, day: date) -> None:
        told = [
            files.wage(1, str(month), self._wage_of(client, month))
            | {"bsn": client.bsn, "dat_b_ikv": "20250101"}
            for client in self.clients
            if client.wage
        ]
        path = files.delivery(self._files, str(month), f"{day:%Y%m%d}", *told)
        self.town.drop(path)
        if self.dice.randrange(4) == 0:
            self.town.drop(path, f"again_{path.name}")

    def _pay_wages(self, month: Month, day: date) -> None:
        for client in self.clients:
            if not client.wage:
                continue
            cents = self._wage_of(client, month)
            late = self._happens("late", LATE) * self.dice.randint(3, 40)
            short = self._happens("short", SHORT) * self.dice.randint(1, cents // 8)
            reference = "" if self._happens("without reference", WITHOUT_REFERENCE) else (
                kenmerk(client.number))  # fmt: skip
            wage = Entry(
                cents - short, *HELDER, reference=reference, text="" if reference else "loon"
            )
            on = on_or_after(day + timedelta(late))
            self.bank.credit(on, wage)
            if self._happens("twice", TWICE):
                self.bank.credit(on_or_after(on + timedelta(2)), wage)

    def _wage(self) -> int:
        return self.dice.randint(200_00, 1_150_00) if self.dice.random() < 0.6 else 0

    def _wage_of(self, client: Client, month: Month) -> int:
        """A wage that jumps from month to month, the same whenever it is asked for."""
        return client.wage + Random(client.number * 10_000 + int(month)).randint(-90_00, 90_00)

    def _happens(self, what: str, one_in: int) -> bool:
        happens = self.dice.randrange(one_in) == 0
        self.said[what] += happens
        return happens

    # --- what people and jobs do -----------------------------------------------------------------

    def _is_worked(self, day: date) -> bool:
        """From the day of preparing to the day after the fixed date, and around the deliveries."""
        if any(day == on_or_after(day.replace(day=at)) for at in (6, 11, 14)):
            return True
        last = add_banking_days(date.fromisoformat(f"{Month.of(day).plus(1)}-01"), -1)
        return add_banking_days(last, -3) <= day or day.day <= 2

    def _work_day(self, day: date) -> None:
        """Fetch what the bank has, run the night twice now and then, do what is asked."""
        for name, content in self.bank.files.items():
            (self.town.home / "inbox" / name).write_bytes(content)
        self.bank.files.clear()
        for _ in range(1 + (self.dice.randrange(5) == 0)):
            self.town.done("nightly", on=f"{day}")
        self._mend(day)
        self._approve(day)

    def _approve(self, day: date) -> None:
        """Look at what waits, release it with a reason, approve, export and send."""
        for batch in self.town.done("pay", "list", on=f"{day}"):
            number = str(batch["batch"])
            if batch["state"] == "DRAFT":
                page = self.town.done("pay", "show", number, on=f"{day}")
                for subject in sorted({problem["subject"] for problem in page["outside"]}):
                    self.said["released"] += 1
                    self._person("pay", "release", number, subject, "--reason", "seen", day=day)
                self._person("pay", "approve", number, day=day, who=OTHER)
            if batch["state"] in ("DRAFT", "APPROVED"):
                out = str(self.town.home / "outbox")
                self._person("pay", "export", number, "--out", out, day=day, who=OTHER)
        for path in sorted((self.town.home / "outbox").rglob("*.xml")):
            if path.name not in self._sent:
                self._sent.add(path.name)
                self.bank.send(path.read_bytes(), day)

    def _mend(self, day: date) -> None:
        """New accounts for those whose account is blocked; the others once more."""
        owed = self.town.query(
            "SELECT o.client, o.iban, o.end_to_end_id, e.reason, o.batch FROM obligation AS o "
            "JOIN payment_event AS e ON e.obligation = o.obligation AND e.state = o.state "
            "WHERE o.state IN ('REJECTED', 'RETURNED') AND NOT EXISTS (SELECT 1 FROM obligation "
            "AS n WHERE n.client = o.client AND n.month = o.month AND n.kind = o.kind "
            "AND n.payee = o.payee AND n.round > o.round AND n.state <> 'CANCELLED')"
        )
        moved = False
        by_number = {client.number: client for client in self.clients}
        batches: set[int] = set()
        for number, iban, name, reason, batch in owed:
            if reason[:4] in ("AC01", "AC04", "AC06", "AG01"):
                if by_number[number].iban == iban:
                    self._iban += 11
                    by_number[number].iban, moved = free_iban("RABO", self._iban), True
                    self.bank.closed.add(iban)
            elif not self._asked_again(name):
                batches.add(batch)
        for batch in sorted(batches):
            self._person("pay", "again", str(batch), "--reason", "spoke with the bank", day=day)
        if moved:
            rows = (client.row() for client in self.clients)
            path = files.clients(self._files, *rows, name=f"clients_{day}.csv")
            self._person("import", str(path), day=day)
        changes = self.town.done("changes", "list", on=f"{day}")
        for change in changes:
            self.said["changes"] += 1
            self._person("changes", "approve", str(change["id"]), day=day, who=OTHER)
        if changes:  # whoever waits for money gets it at once, not with the next fixed date
            months = self.town.query("SELECT MAX(month) FROM payment_batch WHERE state = 'SENT'")
            self._person("pay", "prepare", "--month", str(Month(months[0][0])), day=day)

    def _asked_again(self, name: str) -> bool:
        """Whether it was decided already that a payment goes once more."""
        return bool(
            self.town.query(
                f"SELECT 1 FROM decision AS d WHERE d.kind = 'pay-again' AND d.value = '{name}'"
            )
        )

    def _person(self, *words: str, day: date, who: str = PERSON) -> object:
        return self.town.done(*words, on=f"{day}", operator=who)

    def _end(self, day: date) -> None:
        """The bank is well again: what came back is paid in a last batch, until nothing is left."""
        self.bank.faults = NONE
        for _ in range(4):
            self.bank.finish(day)
            self._work_day(day)
            self._person("pay", "prepare", "--month", str(self.until), day=day)
            self._approve(day)
            day = add_banking_days(day, 1)
        self.bank.finish(day)
        for name, content in self.bank.files.items():
            (self.town.home / "inbox" / name).write_bytes(content)
        self.town.done("import", on=f"{day}")
        self.last = day

    # --- what came of it -------------------------------------------------------------------------

    def wrong(self) -> list[str]:
        """What may not be so; empty where all is well."""
        found = []
        checked = self.town("check", on=f"{self.last}")
        if checked.code:
            found.append(f"surplus check leaves with {checked.code}: {checked.out}{checked.err}")
        days = ("--from", "2025-01-01", "--date", f"{self.last}")
        adds_up = self.town("reconcile", *days, on=f"{self.last}")
        if adds_up.code:
            found.append(f"surplus reconcile leaves with {adds_up.code}: {adds_up.err}")
        found += self._cash()
        found += self._payments()
        return found

    def listed(self) -> dict[str, int]:
        """What stands open at the end, in cents and numbers."""
        suspense = self._balance(1900)
        return {
            "suspense_cents": -suspense,
            "suspense_items": self.town.query(
                "SELECT COUNT(*) FROM balance WHERE account = 1900 AND amount <> 0"
            )[0][0],
            "in_transit_cents": -self._balance(1010),
            "receivable_cents": self._balance(1300),
        }

    def _balance(self, account: int) -> int:
        return int(
            self.town.query(
                f"SELECT COALESCE(SUM(amount), 0) FROM balance WHERE account = {account}"
            )[0][0]
        )

    def _cash(self) -> Iterator[str]:
        """The books hold what the bank holds; suspense is listed line by line."""
        if self._balance(1000) != self.bank.balance:
            yield f"1000 is {self._balance(1000)}, the bank holds {self.bank.balance}"
        told = sum(row["open_cents"] for row in self.town.done("bank", "list", on=f"{self.last}"))
        if told != -self._balance(1900):
            yield f"1900 is {-self._balance(1900)}, bank list tells {told}"
        if self.listed()["suspense_items"] > self._nameless_items():
            yield f"{self.listed()['suspense_items']} items on 1900, {self._nameless_items()} may"
        if self._balance(1010):
            yield f"1010 is {self._balance(1010)} while nothing is under way"

    def _nameless_items(self) -> int:
        """At most so many lines name nobody, or come once too often."""
        return sum(self.said[why] for why in ("strangers", "without reference", "twice"))

    def _payments(self) -> Iterator[str]:
        """Each obligation arrived once, over all its rounds; nobody got what was not owed."""
        rows = self.town.query(
            "SELECT client, month, kind, payee, round, end_to_end_id, amount_cents, iban, state "
            "FROM obligation WHERE state <> 'CANCELLED' ORDER BY obligation"
        )
        arrived: Counter[tuple[object, ...]] = Counter()
        names = set()
        for client, month, kind, payee, _round, name, _cents, _iban, _state in rows:
            arrived[client, month, kind, payee] += self.bank.arrived[name]
            names.add(name)
        yield from (f"{key} arrived {often} times" for key, often in arrived.items() if often != 1)
        yield from (
            f"{name} arrived {often} times and is none of ours"
            for name, often in self.bank.arrived.items()
            if often and name not in names
        )
        fixed = {(client, month) for client, month, kind, *_ in rows if kind == "fixed"}
        wanted = {
            (c.number, int(month))
            for c in self.clients
            for month in Month.parse(c.since[:7]).through(self.until)
            if not c.until or f"{month}" <= c.until
        }
        yield from (f"{who} has no fixed payment of {month}" for who, month in wanted - fixed)
        got: Counter[str] = Counter()
        for *_key, name, cents, iban, _state in rows:
            got[iban] += cents * self.bank.arrived[name]
        for iban in {*got, *self.bank.credited}:
            if got[iban] != self.bank.credited[iban]:
                yield f"{iban[-4:]}: owed {got[iban]}, got {self.bank.credited[iban]}"

    def report(self) -> str:
        """One line: seed, what went wrong on the way, what stands open."""
        struck = {**self.bank.happened, **self.said}
        return json.dumps({"seed": self.seed, **struck, **self.listed()}, sort_keys=True)


@contextmanager
def one_process() -> Iterator[None]:
    """The commands of many days by one process: it keeps its engines, with the queries that they
    learnt, and waits for no sender that may still be writing.
    """
    engines: dict[str, Engine] = {}

    def kept(url: str) -> Engine:
        return engines.get(url) or engines.setdefault(url, open_store(url))

    with (
        patch.object(engine, "open_store", kept),
        patch.object(workspace, "open_store", kept),
        patch.object(boxes, "PAUSE_SECONDS", 0),
    ):
        yield
    for each in engines.values():
        each.dispose()


def _banking_days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if is_banking_day(day):
            yield day
        day += timedelta(1)


def on_or_after(day: date) -> date:
    while not is_banking_day(day):
        day += timedelta(1)
    return day
