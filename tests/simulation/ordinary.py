"""A year in which nothing special happens: how many findings it raises, and whether each is true.

People work by the month, by four weeks or by the week, join and leave; employers pay some days late
and tell a figure again that was wrong; a payment comes back now and then. Whoever reads findings
in the morning reads these: more than one per twenty client-months is noise, and one without a
cause in this small world is false.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from jobs.simulated.bank import Faults
from jobs.simulated.paper import Entry
from surplus.months import Month
from tests.acceptance import files
from tests.bank.paper import HELDER
from tests.oracle.identifiers import kenmerk
from tests.simulation.year import FIRST, NORMS, Client, Year, on_or_after

#: A payment in so many comes back; the bank makes no mistakes of its own.
LIFE = Faults(0, 400, 0, 0, 0, 0)
#: Of so many wages one is paid late, by so many days; told wrong first; told a month late; paid
#: without a reference.
LATE, LATE_DAYS, WRONG, TOLD_LATE, WITHOUT_REFERENCE = 15, 8, 40, 100, 400
#: Of so many clients one joins during the year, one leaves, and one loses the job.
JOINS, LEAVES, LOSES = 10, 12, 12
#: Who is there at the start has worked for fewer months than this; the exemption is for six.
WORKED, EXEMPT_MONTHS = 12, 6
MONTH, FOUR_WEEKS = "06", "05"
#: The first day of a period of four weeks.
_MONDAY = date(2024, 12, 30)
UNTIL = FIRST.plus(12)
#: Months without a second wage of four weeks in which a shortfall becomes a tenth of F; and months
#: of which one near the norm is worth a word.
A_LONG_TIME, LATELY = 4, 5
MOST = 20  # client-months for each finding
ASKED_AFTER = 5  # days
#: The day after the first delivery: before it nobody knows any employer. From then on is counted.
BEGUN = "2025-02-12"


@dataclass
class Worker(Client):
    """A client of an ordinary year. Wage by the week is told by the month, as employers declare."""

    kind: str = MONTH
    weekly: bool = False
    works_until: str = ""
    worked: int = 0  # months before the municipality began

    @property
    def used(self) -> int:
        """Months of exemption used before the participation."""
        return min(self.worked, EXEMPT_MONTHS)

    def row(self) -> dict[str, str]:
        """In the fields of clients.csv."""
        row = super().row()
        return row | ({"vrijlating_maanden_gebruikt": f"{self.used}"} if self.number % 2 else {})


@dataclass(frozen=True, eq=False)
class Wage:
    """A wage of a period: what is paid, and what is told of it at first."""

    client: Worker
    first: date
    last: date
    cents: int
    told: int


class Raised(NamedTuple):
    """A finding."""

    code: str
    client: int
    month: int
    subject: str
    raised_on: str


@dataclass
class OrdinaryYear(Year):
    """A year without mishaps; `judged` says of each finding whether it had a cause."""

    faults: Faults = LIFE
    until: Month = UNTIL
    nameless: set[int] = field(default_factory=set)  # clients of whom a wage came without a name

    def __post_init__(self) -> None:
        super().__post_init__()
        self.clients = [self._worker(client) for client in self.clients]
        self._wages = [wage for client in self.clients for wage in self._periods(client)]
        self._told_late: set[Wage] = set()
        self._paid: list[tuple[Wage, date, int]] = []
        self._untold: dict[Month, list[tuple[Wage, str]]] = defaultdict(list)
        for wage in self._wages:
            self._tell(wage)
            self._pay(wage)

    # --- what happens ----------------------------------------------------------------------------

    def _worker(self, client: Client) -> Worker:
        month = lambda low, high: Month.of(date(2025, self.dice.randint(low, high), 1))  # noqa: E731
        since = f"{month(3, 8)}-01" if self.dice.randrange(JOINS) == 0 else client.since
        until = month(8, 10).last_day.isoformat() if self.dice.randrange(LEAVES) == 0 else ""
        works = month(5, 9).last_day.isoformat() if self.dice.randrange(LOSES) == 0 else ""
        kind, weekly = self.dice.choices(
            ((MONTH, False), (FOUR_WEEKS, False), (MONTH, True)), (7, 2, 1)
        )[0]
        if works and kind == FOUR_WEEKS:  # with the last whole period
            day = date.fromisoformat(works)
            works = f"{day - timedelta((day - _MONDAY).days % 28 + 1)}"
        worked = self.dice.randrange(WORKED) if since == client.since else 0
        return Worker(
            client.number, client.bsn, client.iban, client.wage, since, until, kind, weekly, works,
            worked,
        )  # fmt: skip

    def _periods(self, client: Worker) -> Iterator[Wage]:
        """The wages of a client in the year, by the periods of the employer."""
        ends = min(filter(None, (client.until, client.works_until, f"{self.until.last_day}")))
        four_weeks = client.kind == FOUR_WEEKS
        first = _MONDAY if four_weeks else date(2025, 1, 1)
        while client.wage and f"{first}" <= ends:
            last = first + timedelta(27) if four_weeks else Month.of(first).last_day
            usual = client.wage * 12 // 13 if four_weeks else client.wage
            cents = usual + self.dice.randint(-usual // 10, usual // 10)
            wrong = self._happens("told wrong", WRONG) * self.dice.randint(1, cents // 20)
            if client.since <= f"{last}":
                yield Wage(client, first, last, cents, cents - wrong)
            first = last + timedelta(1)

    def _tell(self, wage: Wage) -> None:
        """In the delivery of the month in which the period ends, or the next."""
        month = Month.of(wage.last)
        late = self._happens("told late", TOLD_LATE)
        self._told_late |= {wage} if late else set()
        self._untold[month.plus(late)].append((wage, "NIEUW_IKO"))
        if wage.told != wage.cents:
            self._untold[month.plus(late + 1)].append((wage, "GEWIJZIGD"))

    def _pay(self, wage: Wage) -> None:
        """Some days after the period; by the week in four parts, during the month."""
        parts = 4 if wage.client.weekly else 1
        for part in range(parts):
            late = self._happens("late", LATE) * self.dice.randint(1, LATE_DAYS)
            nameless = self._happens("without reference", WITHOUT_REFERENCE)
            cents = wage.cents // parts + (wage.cents % parts) * (part == 0)
            day = wage.last + timedelta(3 + late - 7 * part)
            reference = "" if nameless else kenmerk(wage.client.number)
            text = "loon" if nameless else ""
            self.nameless |= {wage.client.number} if nameless else set()
            self._paid.append((wage, on_or_after(day), cents))
            self.bank.credit(
                on_or_after(day), Entry(cents, *HELDER, reference=reference, text=text)
            )

    def _events(self, day: date) -> None:
        month = Month.of(day)
        if day == on_or_after(date(day.year, day.month, 10)) and month > FIRST:
            self._deliver(month.plus(-1), day)

    def _deliver(self, month: Month, day: date) -> None:
        told = self._untold.pop(month, [])
        if told:
            rows = [self._row(*each) for each in told]
            self.town.drop(files.delivery(self._files, str(month), f"{day:%Y%m%d}", *rows))

    def _row(self, wage: Wage, tag: str) -> dict[str, str]:
        client, corrected = wage.client, tag == "GEWIJZIGD"
        ended = client.works_until and f"{wage.last}" >= client.works_until[:7]
        days = {"dat_b_iko": f"{wage.first:%Y%m%d}", "dat_e_iko": f"{wage.last:%Y%m%d}"}
        cents = wage.cents if corrected else wage.told
        return files.wage(1, f"{Month.of(wage.last)}", cents) | days | {
            "tag": tag, "bsn": client.bsn, "dat_b_ikv": "20241230", "periode_soort": client.kind,
            "dat_e_ikv": client.works_until.replace("-", "") if ended else "",
        }  # fmt: skip

    def _mend(self, day: date) -> None:
        super()._mend(day)
        self._asks(day)
        self._exits(day)

    def _asks(self, day: date) -> None:
        """Whose a wage is that names nobody, its employer knows; Surplus knows that employer with
        the first delivery.
        """
        known = {number for (number,) in self.town.query("SELECT client FROM employment")}
        for row in self.town("bank", "list", on=f"{day}").data:
            if row["client_no"] or row["days"] < ASKED_AFTER:
                continue
            whose = next(
                wage.client
                for wage, on, cents in self._paid
                if (f"{on}", cents) == (row["booked_on"], row["amount_cents"])
            )
            if whose.number not in known:
                continue
            target = f"wage:{whose.row()['klantnummer']}"
            words = ("bank", "assign", str(row["item"]), "--to", target, "--reason", "asked")
            self._person(*words, day=day)

    def _exits(self, day: date) -> None:
        """Who has left is settled with, once the system says that it may be."""
        for row in self.town.done("findings", "list", on=f"{day}"):
            if row["code"] == "EXIT_DUE" and row["state"] == "open":
                client = row["client_no"]
                until = next(c.until for c in self.clients if c.row()["klantnummer"] == client)
                self._person(
                    "decide",
                    client,
                    "exit",
                    "--until",
                    until,
                    "--value",
                    "benefit-continues",
                    "--reason",
                    "left",
                    day=day,
                )
        for change in self.town.done("changes", "list", on=f"{day}"):
            self._person("changes", "approve", str(change["id"]), day=day, who="treasury-1")

    # --- what came of it -------------------------------------------------------------------------

    def judged(self) -> dict[str, tuple[int, list[str]]]:
        """How many findings were raised and which of them had no cause in this world, by code.

        One that the system closes in the night in which it raised it nobody sees.
        """
        rows = self.town.query(
            "SELECT code, client, month, subject, raised_on FROM finding "
            f"WHERE raised_on > '{BEGUN}' AND (closed_on <> raised_on OR resolved_by <> 'system') "
            "ORDER BY finding"
        )
        found: dict[str, tuple[int, list[str]]] = {}
        causes = self._causes()
        for row in rows:
            raised = Raised(*row)
            count, false = found.get(raised.code, (0, []))
            true = raised.code in causes and causes[raised.code](raised)
            found[raised.code] = (count + 1, false if true else [*false, f"{raised}"])
        return found

    def _causes(self) -> dict[str, Callable[[Raised], bool]]:
        """By code whether this world gives cause for a finding of it."""

        def always(_raised: Raised) -> bool:
            return True

        return {
            "UNMATCHED": self._unnamed,
            "RECEIVABLE_OVERDUE": lambda raised: raised.client in self.nameless,
            "RECEIPT_DIFFERS": lambda raised: raised.client in self.nameless,
            "OVERPAID_BY_EMPLOYER": self._crosses,  # otherwise none pays too much
            "R15": self._crosses,
            "R18": self._crosses,  # corrects one that is held for it
            "LATE_PAYMENT": self._waited,
            "PAYMENT_FAILED": self._came_back,
            "PAYEE_DATA": self._came_back,
            "IBAN_BLOCKED": self._came_back,
            "IBAN_CHANGE": self._came_back,
            "HELD_PAYMENT": self._came_back,
            "EXIT_DUE": lambda raised: "" < self._client(raised).until < raised.raised_on,
            "CHANGE_WAITS": lambda raised: "" < self._client(raised).until < raised.raised_on,
            "MISSING_INCOME": self._kept_back,
            "EXEMPTION_ENDING": self._used_up,
            "CLIFF_AHEAD": self._came_near,
            "SHORTFALL_GROWS": self._falls_short,
            "YEAR_END": always,  # from November on, by its calendar
            "CALENDAR_NOT_APPROVED": always,  # nobody did
        }

    def _client(self, raised: Raised) -> Worker:
        return next(client for client in self.clients if client.number == raised.client)

    def _unnamed(self, raised: Raised) -> bool:
        """The line names nobody, or its employer is not known yet: no delivery has come."""
        item = int(raised.subject.removeprefix("item:"))
        ((reference, booked_on),) = self.town.query(
            f"SELECT reference, booked_on FROM bank_item WHERE item = {item}"
        )
        by_reference = {kenmerk(client.number): client for client in self.clients}
        days = [
            Month.of(wage.last).plus(1 + (wage in self._told_late)).first_day + timedelta(13)
            for wage in self._wages
            if wage.client is by_reference.get(reference)
        ]
        return not days or booked_on <= f"{min(days)}"

    def _falls_short(self, raised: Raised) -> bool:
        """Four weeks count as 13/12 and are paid as one, so that some months without a second one
        lack a tenth of F; or a part of a wage is still to come.
        """
        mine = [wage for wage in self._wages if wage.client.number == raised.client]
        paid = [Month.of(wage.last) for wage in mine if f"{wage.last}" < raised.raised_on]
        since = max((month for month in paid if paid.count(month) > 1), default=None)
        long = (
            self._client(raised).kind == FOUR_WEEKS
            and sum(since is None or month > since for month in paid) >= A_LONG_TIME
        )
        return long or any(
            f"{wage.last}" < raised.raised_on <= f"{on}"
            for wage, on, _cents in self._paid
            if wage.client.number == raised.client
        )

    def _crosses(self, raised: Raised) -> bool:
        """The last wage of four weeks of who leaves was earned in part after the participation."""
        until = self._client(raised).until
        return any(
            wage.client.number == raised.client and f"{wage.first}" <= until < f"{wage.last}"
            for wage in self._wages
        )

    def _came_near(self, raised: Raised) -> bool:
        """One of the last months that may be settled came near the norm."""
        day = Month.of(raised.raised_on)
        earned = self._earned(raised.client)
        return any(_is_near(earned.get(day.plus(-back), 0)) for back in range(1, LATELY + 1))

    def _came_back(self, raised: Raised) -> bool:
        names = "', '".join(self.bank.gave_back)
        query = f"SELECT client FROM obligation WHERE end_to_end_id IN ('{names}')"
        return (raised.client,) in self.town.query(query)

    def _waited(self, raised: Raised) -> bool:
        """The batch pays somebody whose account was blocked on the fixed date."""
        rows = self.town.query(
            "SELECT DISTINCT o.client FROM obligation AS o JOIN payment_batch AS b "
            f"ON b.batch = o.batch WHERE b.message_id = '{raised.subject}'"
        )
        return any(self._came_back(raised._replace(client=client)) for (client,) in rows)

    def _kept_back(self, raised: Raised) -> bool:
        """A wage of the month is told later than the month after the next."""
        return any(
            wage.client.number == raised.client and Month.of(wage.last) > raised.month
            for wage in self._wages
            if Month.of(wage.first) <= raised.month <= Month.of(wage.last)
        )

    def _used_up(self, raised: Raised) -> bool:
        """All months but one with a wage are over, at least."""
        months = [month for month in self._earned(raised.client) if month <= raised.month]
        used = self._client(raised).used + len(months)
        return bool(raised.client % 2) and used >= EXEMPT_MONTHS - 1

    def _earned(self, client: int) -> dict[Month, int]:
        """What a client earned by the month, wages of four weeks as 13/12."""
        earned: dict[Month, int] = {}
        for wage in self._wages:
            if wage.client.number == client:
                share = 13 / 12 if wage.client.kind == FOUR_WEEKS else 1
                for month in Month.of(wage.first).through(Month.of(wage.last)):
                    if f"{month}" >= wage.client.since[:7]:
                        earned[month] = max(earned.get(month, 0), round(wage.cents * share))
        return earned

    def _nameless_items(self) -> int:
        """Each line that stands open is judged as a finding."""
        return self.listed()["suspense_items"]

    def table(self) -> str:
        """Findings by code: raised, one in how many client-months, without a cause."""
        found, months = self.judged(), self.client_months()
        lines = [f"{'code':22}{'raised':>8}{'client-months for one':>24}{'false':>8}"]
        lines += [
            f"{code:22}{count:>8}{months / count:>24.0f}{len(false):>8}"
            for code, (count, false) in sorted(found.items(), key=lambda row: -row[1][0])
        ]
        total = sum(count for count, _false in found.values())
        false = sum(len(false) for _count, false in found.values())
        return "\n".join([*lines, f"{'all':22}{total:>8}{months / max(1, total):>24.1f}{false:>8}"])

    def wrong(self) -> list[str]:
        """What may not be so; findings without a cause and too many of them as well."""
        found = self.judged()
        total = sum(count for count, _false in found.values())
        wrong = super().wrong() + [one for _count, false in found.values() for one in false]
        if total * MOST > self.client_months():
            wrong.append(f"{total} findings in {self.client_months()} client-months")
        return wrong

    def client_months(self) -> int:
        """How many months of participation were lived, from the second month on."""
        last = f"{self.until}-31"
        return sum(
            f"{month}-01" <= (c.until or last)
            for c in self.clients
            for month in max(Month.of(c.since), FIRST.plus(1)).through(self.until)
        )


def _is_near(earned: int) -> bool:
    """Whether a month's income lies at most 15% (and some rounding) under a norm of the year."""
    norms = [int(norm[4].replace(",", "")) for norm in NORMS]
    return any(norm * 84 <= earned * 100 and earned < norm for norm in norms)
