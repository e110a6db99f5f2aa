"""What the sample is made of: people, employers, jobs, rows of deliveries, lines of statements."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from tests.oracle.dates import first_day, last_day, month_of
from tests.oracle.identifiers import kenmerk
from tests.oracle.money import percent
from tests.oracle.rules import NORMS, Exemption, paid_part

CATEGORIES = {
    "ALLEENSTAANDE": "PW_ALLEENSTAANDE_21_AOW",
    "ALLEENSTAANDE_OUDER": "PW_ALLEENSTAANDE_OUDER_21_AOW",
    "GEHUWD": "PW_GEHUWD_21_AOW",
}


class Person(NamedTuple):
    bsn: str
    born: date
    exemptions: tuple[Exemption, ...] = ()


class Override(NamedTuple):
    """Another fixed payment by decision, up to and including a day."""

    amount: int
    until: date
    number: str


@dataclass(frozen=True)
class Client:
    """A case: the client is the first person, a partner the second."""

    no: int
    people: tuple[Person, ...]
    household: str
    start: int
    iban: str = ""
    surname: str = ""
    infix: str = ""
    initials: str = ""
    sex: str = ""
    team: str = ""
    override: Override | None = None
    status: str = "ACTIEF"

    @property
    def category(self) -> str:
        return CATEGORIES[self.household]

    @property
    def norm(self) -> int:
        return NORMS[self.category]

    @property
    def kenmerk(self) -> str:
        return kenmerk(self.no)

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.initials, self.infix, self.surname) if part)

    def fixed(self, month: int) -> int:
        """The fixed payment by agreement: 95% of the norm, or what a decision says."""
        if self.override and self.override.until >= last_day(month):
            return self.override.amount
        return paid_part(self.norm)


class Employer(NamedTuple):
    """`pays` names the employer's pay days; `batch` sends one total with details."""

    name: str
    number: str
    iban: str
    pays: str
    batch: bool = False


class Wage(NamedTuple):
    """A month's pay, in cents: net by the regular rate, tax, and what comes beside it."""

    net: int
    tax: int = 0
    accrued: int = 0
    travel: int = 0
    special: int = 0
    holiday_paid: int = 0
    gross: int = 0


def wage(net: int, *, accrues: bool = False, travel: int = 0) -> Wage:
    """A wage with a gross that fits: tax above 900.00, 0.7% of gross for the WGA premium."""
    tax = percent("8", max(0, net - 90000))
    gross = net + tax
    while gross - tax - percent("0.7", gross) < net:
        gross += 1
    return Wage(net, tax, percent("8", gross) if accrues else 0, travel, gross=gross)


@dataclass(frozen=True)
class Job:
    """One person with one employer: wages by month, and when the relation began and ended."""

    client: int
    person: int
    employer: Employer
    began: date
    wages: dict[int, Wage]
    ended: date | None = None


@dataclass(frozen=True)
class Row:
    """A line of a delivery and what must become of it.

    `raw` replaces the text of a field; `outcome` and `code` are what formats.md asks for.
    """

    bsn: str
    employer: Employer
    tag: str
    began: date
    ended: date | None
    start: date
    end: date
    wage: Wage | None
    relation: int = 1
    four_weeks: bool = False
    raw: dict[str, str] = field(default_factory=dict)
    outcome: str = "recorded"
    code: str = ""
    client: int = 0

    @property
    def month(self) -> int:
        return month_of(self.end)

    def told_as(self, tag: str, **changes: Any) -> "Row":
        """The same row told again under another tag."""
        return replace(self, tag=tag, **changes)


def row(job: Job, bsn: str, month: int) -> Row:
    """The row a delivery brings for one month of a job; the month it began tells the relation."""
    start = max(first_day(month), job.began)
    ended = job.ended if job.ended and month_of(job.ended) <= month else None
    tag = "NIEUW_IKV" if month == month_of(job.began) else "NIEUW_IKO"
    end = min(last_day(month), ended or last_day(month))
    return Row(
        bsn, job.employer, tag, job.began, ended, start, end, job.wages[month], client=job.client
    )


def hours(gross: int) -> int:
    """Hours paid, in hundredths, at 15.00 an hour."""
    return gross // 15


class Movement(NamedTuple):
    """A line of a bank statement: `kind` is wage, funding, charge, batch or other."""

    kind: str
    amount: int
    name: str = ""
    iban: str = ""
    client: int = 0
    text: str = ""
    batch: str = ""
    details: int = 0
