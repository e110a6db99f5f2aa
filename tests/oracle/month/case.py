"""What is known of one client: the household day by day, the exemptions granted, the pay told."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tests.oracle.dates import first_day
from tests.oracle.money import half_up
from tests.oracle.month.money import NOTHING


class Fact(NamedTuple):
    """Something that holds from a day until and including a day (None: until further notice).

    kind and value:
    household  single | single-parent | couple
    sharers    how many other people share the costs of the dwelling
    institution  self | partner | both
    no-right   the spouse has no right to assistance (value is not used)
    children   dependent children (only matters for couples with somebody of 18-20)
    no-recourse  somebody of 18-20 who cannot turn to the parents
    reduction, increase  an amount, or a percentage such as "10%"
    norm       an amount of norm decided for this household alone
    """

    kind: str
    since: date
    until: date | None
    value: str = ""


class Grant(NamedTuple):
    """An exemption granted to a person: n, r, y, z, aa or 34a, from a month on.

    `months` is for how many (0: what the law says), `used` how many were used before this life.
    """

    person: int
    kind: str
    since: int
    months: int = 0
    used: int = 0


class Row(NamedTuple):
    """What one delivery row or payslip tells of one pay period.

    A delivery tells the indicative `net`, besides it `special` pay (net) of which `holiday_paid`
    and `year_end` (gross) only say what it is, and the gross `accrued` right to holiday pay. A
    payslip tells in `net` all that is to be settled, holiday pay and year-end pay contained, and
    `holiday_paid`, `year_end`, `accrued` as net amounts.
    """

    source: str
    start: date
    end: date
    paid_on: date
    net: Decimal
    accrued: Decimal = NOTHING
    special: Decimal = NOTHING
    holiday_paid: Decimal = NOTHING
    year_end: Decimal = NOTHING
    travel: Decimal = NOTHING
    other: Decimal = NOTHING
    voluntary: Decimal = NOTHING
    attachment: Decimal = NOTHING
    delivered: Decimal = NOTHING  # gross accrual told by a delivery that this payslip supersedes
    withdrawn: bool = False  # taken back by who told it: told, and nothing


class Job(NamedTuple):
    """Where the income of person 0 or 1 comes from: work, another benefit, or assistance itself."""

    person: int
    began: date
    ended: date | None = None
    pay: str = "month"  # month | four-week | two-week | week
    method: str = "13/12"  # four-week: 13/12 | by-days | end-date | payment-month
    source: str = "work"  # work | benefit | assistance
    credit: bool = True  # the wage tax credit is applied here
    paid_to: str = "buffer"  # buffer | client
    rows: tuple[Row, ...] = ()


class Policy(NamedTuple):
    """What a municipality chooses."""

    mode: str = "INCL"
    claim: str = "PAYROLL"
    special_rate: Decimal = NOTHING
    tolerate_under27_2026: bool = False


class Life:
    """One client over some months on end, with a right from `since` to and including `until`.

    Where that is not said the right begins with the first month, and does not end.
    """

    def __init__(
        self,
        months: list[int],
        born: tuple[date, ...],
        facts: tuple[Fact, ...],
        *,
        grants: tuple[Grant, ...] = (),
        jobs: tuple[Job, ...] = (),
        since: date | None = None,
        until: date | None = None,
        youngest: date | None = None,
        agreed: Decimal | None = None,
        expected: Decimal = NOTHING,
        policy: Policy = Policy(),  # noqa: B008 (never changed)
    ) -> None:
        self.months = months
        self.born = born
        self.facts = facts
        self.grants = grants
        self.jobs = jobs
        self.since = since or first_day(months[0])
        self.until = until
        self.youngest = youngest
        self.agreed = agreed
        self.expected = expected
        self.policy = policy

    def on(self, day: date) -> dict[str, str]:
        """What holds on a day, by kind; the fact that started last counts."""
        holding = [f for f in self.facts if f.since <= day and (not f.until or day <= f.until)]
        return {f.kind: f.value for f in sorted(holding, key=lambda f: f.since)}

    @property
    def people(self) -> range:
        return range(len(self.born))

    def grants_of(self, person: int) -> Iterator[Grant]:
        return (grant for grant in self.grants if grant.person == person)


class Outcome(NamedTuple):
    """The figures of a client-month, in euros; per person where there are two."""

    norm: Decimal
    wage: Decimal
    passed_on: Decimal
    countable: Decimal
    exempt: tuple[Decimal, ...]
    kinds: tuple[str, ...]
    benefit: Decimal
    paid: Decimal
    reserve: Decimal
    due: Decimal
    fixed: Decimal
    difference: Decimal


def cents(amount: Decimal) -> int:
    return half_up(amount * 100)
