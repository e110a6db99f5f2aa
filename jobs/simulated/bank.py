"""A bank: takes payment files, answers with pain.002 and camt.053, and goes wrong where it may.

It keeps the truth that the books are held against at the end: who got what, and what stands on the
account. What goes wrong is planned (`surplus demo`) or falls by dice that are handed in, so that a
seed repeats every fault (`tests/simulation`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from lxml import etree

from jobs.simulated.paper import Entry, Statement, document, euros, report, signed


@dataclass(frozen=True)
class Faults:
    """How often each thing goes wrong, in 1 of so many; 0 for never."""

    payment_refused: int = 300
    payment_returned: int = 200
    file_refused: int = 12
    answer_lost: int = 3
    statement_twice: int = 10
    statement_late: int = 12


NONE = Faults(0, 0, 0, 0, 0, 0)


class Struck(NamedTuple):
    """A fault that strikes: how many days it takes to show, and the bank's reason code."""

    days: int = 0
    code: str = ""


#: Between which days a fault shows, and the reasons that a bank gives, where the dice decide.
_DAYS = {"payment_returned": (1, 30), "statement_late": (1, 6)}
_REASONS = {
    "payment_refused": ("AC04", "AC01", "MS03", "RC01"),
    "payment_returned": ("AC04", "AC06", "MS03", "BE04", "AG01"),
    "file_refused": ("FF01",),
}


class Order(NamedTuple):
    """A payment as the bank was asked to make it."""

    end_to_end: str
    cents: int
    iban: str
    name: str


class Asked(NamedTuple):
    """A payment file as the bank read it."""

    message: str
    on: date
    together: bool  # one debit for all of it (BtchBookg)
    orders: tuple[Order, ...]


@dataclass(frozen=True)
class Listed(Entry):
    """One debit that lists its payments."""

    orders: tuple[Order, ...] = ()

    @property
    def details(self) -> str:
        """The payments of the file, each by its end-to-end id."""
        count = f"<Btch><PmtInfId>{self.batch}-P1</PmtInfId><NbOfTxs>{len(self.orders)}</NbOfTxs>"
        return f"{count}</Btch>" + "".join(
            f"<TxDtls><Refs><EndToEndId>{order.end_to_end}</EndToEndId></Refs>"
            f"{signed(-order.cents)}<RltdPties><CdtrAcct><Id><IBAN>{order.iban}</IBAN></Id>"
            f"</CdtrAcct></RltdPties></TxDtls>"
            for order in self.orders
        )


@dataclass
class SimulatedBank:
    """The bank of one municipality.

    `plan` tells faults that strike once, by name and what they strike: the payee's account, a
    message id or the day of a statement. `arrived` counts per end-to-end id how often its money
    reached the payee (minus how often it came back); `files` is what waits to be fetched, by name.
    """

    iban: str
    dice: Random
    faults: Faults = NONE
    balance: int = 1_000_000_000
    plan: dict[tuple[str, str], Struck] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)  # accounts that no money reaches any more
    arrived: Counter[str] = field(default_factory=Counter)
    credited: Counter[str] = field(default_factory=Counter)  # cents, by the payee's account
    happened: Counter[str] = field(default_factory=Counter)  # how often each fault struck
    files: dict[str, bytes] = field(default_factory=dict)
    gave_back: set[str] = field(default_factory=set)  # end-to-end ids
    _seen: set[str] = field(default_factory=set)
    _asked: list[Asked] = field(default_factory=list)
    _credits: dict[date, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _returns: dict[date, list[tuple[Order, str]]] = field(default_factory=lambda: defaultdict(list))
    _late: dict[date, list[tuple[str, bytes]]] = field(default_factory=lambda: defaultdict(list))
    _number: int = 0
    _reports: int = 0

    def send(self, content: bytes, on: date) -> None:
        """Take a payment file; the answer, if any, waits among `files`."""
        asked = _read(content)
        if asked.message in self._seen:
            self._answer(asked, on, group="RJCT AM05")
            return
        self._seen.add(asked.message)
        if struck := self._strikes("file_refused", asked.message):
            self._answer(asked, on, group=f"RJCT {struck.code}")
            return
        refused = {
            place: f"RJCT {struck.code}"
            for place, order in enumerate(asked.orders, 1)
            if (struck := self._strikes("payment_refused", order.iban) or self._notices(order))
        }
        left = [order for place, order in enumerate(asked.orders, 1) if place not in refused]
        if left:
            self._asked.append(asked._replace(orders=tuple(left)))
        if refused:
            self._answer(asked, on, group="PART", payments=refused)
        elif not self._strikes("answer_lost", asked.message):
            self._answer(asked, on, group="ACCP")

    def credit(self, on: date, entry: Entry) -> None:
        """Money for the municipality, to be booked on a day."""
        self._credits[on].append(entry)

    def close(self, on: date) -> None:
        """End a day: execute, book, and put the statement among `files`."""
        entries = [*self._debits(on), *self._given_back(on), *self._credits.pop(on, [])]
        self._number += 1
        told = Statement(
            self._number, self.balance, tuple(replace(e, booked_on=f"{on}") for e in entries),
            on=f"{on}", iban=self.iban,
        )  # fmt: skip
        self.balance = told.closing
        name = f"camt053_{on}.xml"
        content = document(told, message=f"CAMT-{self._number}")
        if struck := self._strikes("statement_late", f"{on}"):
            self._late[on + timedelta(struck.days)].append((name, content))
        else:
            self.files[name] = content
            if self._strikes("statement_twice", f"{on}"):
                again = document(told, message=f"CAMT-{self._number}-AGAIN")
                self.files[f"camt053_{on}_again.xml"] = again
        for day in [day for day in self._late if day <= on]:
            self.files |= dict(self._late.pop(day))

    def finish(self, on: date) -> None:
        """Everything that is still on its way arrives."""
        for day in sorted(day for day in {*self._returns, *self._credits} if day > on):
            self._returns[on] += self._returns.pop(day, [])
            self._credits[on] += self._credits.pop(day, [])
        self.close(on)
        for late in self._late.values():
            self.files |= dict(late)
        self._late.clear()

    def _debits(self, on: date) -> list[Entry]:
        entries: list[Entry] = []
        for asked in [asked for asked in self._asked if asked.on <= on]:
            self._asked.remove(asked)
            total = -sum(order.cents for order in asked.orders)
            if asked.together and self.dice.random() < 0.5:
                entries.append(Entry(total, batch=asked.message))
            elif asked.together:
                entries.append(Listed(total, batch=asked.message, orders=asked.orders))
            else:
                entries += [
                    Entry(-o.cents, o.name, o.iban, end_to_end=o.end_to_end) for o in asked.orders
                ]
            for order in asked.orders:
                self._pay(order, on)
        return entries

    def _pay(self, order: Order, on: date) -> None:
        self.arrived[order.end_to_end] += 1
        self.credited[order.iban] += order.cents
        if order.iban in self.closed:
            self._returns[on + timedelta(self.dice.randint(1, 5))].append((order, "AC04"))
        elif struck := self._strikes("payment_returned", order.iban):
            self._returns[on + timedelta(struck.days)].append((order, struck.code))

    def _given_back(self, on: date) -> list[Entry]:
        entries = []
        for day in sorted(day for day in self._returns if day <= on):
            for order, code in self._returns.pop(day):
                self.arrived[order.end_to_end] -= 1
                self.credited[order.iban] -= order.cents
                self.gave_back.add(order.end_to_end)
                why = f"<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf>"
                entries.append(
                    Entry(order.cents, order.name, order.iban, end_to_end=order.end_to_end,
                          family="PMNT-ICDT-RRTN", extra=why)
                )  # fmt: skip
        return entries

    def _notices(self, order: Order) -> Struck | None:
        """Whether the bank sees at once that an account is closed; else the money comes back."""
        noticed = order.iban in self.closed and self.dice.random() < 0.5
        return Struck(code="AC04") if noticed else None

    def _answer(
        self, asked: Asked, on: date, *, group: str, payments: dict[int, str] | None = None
    ) -> None:
        self._reports += 1
        total = sum(order.cents for order in asked.orders)
        self.files[f"pain002_{on}_{self._reports}.xml"] = report(
            asked.message, len(asked.orders), euros(total),
            group=group, payments=payments, number=self._reports,
        )  # fmt: skip

    def _strikes(self, fault: str, what: str) -> Struck | None:
        """What happens where a fault strikes: as planned, else by the dice."""
        struck = self.plan.pop((fault, what), None)
        chances = getattr(self.faults, fault)
        if not struck and chances and self.dice.randrange(chances) == 0:
            days = self.dice.randint(*_DAYS.get(fault, (0, 0)))
            struck = Struck(days, self.dice.choice(_REASONS.get(fault, ("",))))
        self.happened[fault] += struck is not None
        return struck


def _read(content: bytes) -> Asked:
    """A payment file of either version."""
    root = etree.fromstring(content)

    def text(node: etree._Element, path: str) -> str:
        steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
        (found,) = node.xpath(f".//{steps}")
        return "".join(found.itertext()).strip()

    orders = tuple(
        Order(
            text(one, "EndToEndId"), int(text(one, "InstdAmt").replace(".", "")),
            text(one, "CdtrAcct/Id/IBAN"), text(one, "Cdtr/Nm"),
        )
        for one in root.iterfind(".//{*}CdtTrfTxInf")
    )  # fmt: skip
    return Asked(
        text(root, "GrpHdr/MsgId"), date.fromisoformat(text(root, "ReqdExctnDt")),
        text(root, "BtchBookg") == "true", orders,
    )  # fmt: skip
