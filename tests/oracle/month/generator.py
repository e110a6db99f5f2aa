"""Random lives of one client, ordinary ones and nasty ones, the same for the same seed.

A life is one to fourteen months on end, so that months of exemption are used up, four-weekly
years are checked, people have birthdays in the middle of a month, and half-years change.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from tests.oracle.dates import first_day, last_day, month_of, months_later
from tests.oracle.month.case import Fact, Grant, Job, Life, Policy, Row
from tests.oracle.month.money import HUNDRED, NOTHING, cent
from tests.oracle.month.norm import norm_of_month
from tests.oracle.month.parameters import LackingError, amount

FIRST, LAST, MONTHS = 201707, 202606, 108
"""The first and the last month with parameters of the law, and how many there are."""

DAY = timedelta(1)


def lives(seed: int) -> Iterator[Life]:
    """Without end."""
    return (random_life(Random(f"{seed} {number}")) for number in count())


def random_life(rng: Random) -> Life:
    months = random_months(rng)
    first, last = first_day(months[0]), last_day(months[-1])
    household = rng.choices(("single", "single-parent", "couple"), (45, 20, 35))[0]
    born = tuple(
        random_birth(rng, months, household == "single-parent")
        for _ in range(2 if household == "couple" else 1)
    )
    policy = random_policy(rng, months)
    facts = (
        Fact("household", date(2000, 1, 1), None, household),
        *random_facts(rng, household, months),
    )
    since = random_begin(rng, first)
    until = max(since, random_day(rng, months[-1])) if chance(rng, 15) else None
    bare = Life(months, born, facts, since=since, until=until, policy=policy)
    jobs = tuple(
        job for person in range(len(born)) for job in random_jobs(rng, bare, person, first, last)
    )
    return Life(
        months,
        born,
        facts,
        grants=tuple(grant for person in bare.people for grant in random_grants(rng, person, bare)),
        jobs=jobs,
        since=since,
        until=until,
        youngest=random_child(rng, months) if household == "single-parent" else None,
        agreed=Decimal(rng.randrange(1, 200000)) / HUNDRED if chance(rng, 10) else None,
        expected=some(rng, 15, 28501),
        policy=policy,
    )


def chance(rng: Random, percent: int) -> bool:
    return rng.random() * 100 < percent


# --- time and people ------------------------------------------------------------------------------


def random_months(rng: Random) -> list[int]:
    """Mostly within the parameters; some in 2027, where only a decided norm helps."""
    length = rng.choices((rng.randint(1, 5), rng.randint(6, 11), rng.randint(12, 14)), (40, 30, 30))
    if chance(rng, 9):
        start = months_later(202701, rng.randrange(-6, 12))
    elif chance(rng, 12):
        start = months_later(202510, rng.randrange(9))
    elif chance(rng, 25):
        start = rng.randrange(2018, 2026) * 100 + 1
    elif chance(rng, 25):
        start = months_later(FIRST, rng.randrange(MONTHS))
    else:
        start = months_later(202101, rng.randrange(66))
    return [months_later(start, n) for n in range(length[0])]


def random_day(rng: Random, month: int) -> date:
    """Any day of the month, the first and the last more often."""
    last = last_day(month)
    return last.replace(day=rng.choice((1, last.day, rng.randint(1, last.day))))


def random_begin(rng: Random, first: date) -> date:
    """The right mostly begins with the first month; or before it, or within it."""
    if chance(rng, 30):
        return first - rng.randint(1, 400) * DAY
    return random_day(rng, month_of(first)) if chance(rng, 15) else first


def random_birth(rng: Random, months: list[int], parent: bool) -> date:
    """An age of every band; often a birthday that matters within these months."""
    middle = rng.choice(months)
    day = random_day(rng, middle)
    if chance(rng, 3):
        return date(rng.randrange(1936, months[0] // 100 - 18) // 4 * 4, 2, 29)
    if chance(rng, 30):
        years = rng.choice((27, 67) if parent else (21, 27, 65, 66, 67))
        birth = years_before(day, years)
        return shifted(birth, -rng.choice((0, 0, 3, 4, 7, 10))) if years > 60 else birth
    low, high = rng.choice(((20, 20), (22, 26), (28, 60), (28, 60), (62, 66), (69, 90)))
    return years_before(day, rng.randint(low, high))


def shifted(day: date, count: int) -> date:
    month = months_later(day.year * 100 + day.month, count)
    return date(month // 100, month % 100, min(day.day, last_day(month).day))


def years_before(day: date, years: int) -> date:
    return shifted(day, -12 * years)


def random_child(rng: Random, months: list[int]) -> date:
    """The youngest child: often turns twelve within these months."""
    if chance(rng, 40):
        return years_before(random_day(rng, rng.choice(months)), 12)
    return years_before(random_day(rng, months[0]), rng.randint(0, 12))


def random_policy(rng: Random, months: list[int]) -> Policy:
    claim = "TABLE" if chance(rng, 50 if months[0] // 100 in (2022, 2026) else 10) else "PAYROLL"
    return Policy(
        mode=rng.choices(("INCL", "EXCL"), (75, 25))[0],
        claim=claim,
        special_rate=rng.choice((Decimal("0"), Decimal("0.3655"), Decimal("0.4948"))),
        tolerate_under27_2026=chance(rng, 30),
    )


# --- the household --------------------------------------------------------------------------------


def random_facts(rng: Random, household: str, months: list[int]) -> Iterator[Fact]:
    """What makes the norm another one, from any day until any day."""
    if chance(rng, 25):
        yield during(rng, "sharers", months, str(rng.choice((1, 1, 2, 3, 4, 5, 6, 7))))
        if chance(rng, 30):
            yield Fact("sharers", random_day(rng, rng.choice(months)), None, str(rng.randint(0, 3)))
    if chance(rng, 7):
        who = rng.choice(("self", "partner", "both")) if household == "couple" else "self"
        yield during(rng, "institution", months, who)
    elif household == "couple" and chance(rng, 10):
        yield during(rng, "no-right", months)
    if household == "couple" and chance(rng, 40):
        yield during(rng, "children", months)
    if chance(rng, 15):
        yield during(rng, "no-recourse", months)
    for kind in ("reduction", "increase"):
        if chance(rng, 6):
            value = rng.choice(
                ("10%", "20%", "12.5%", "33.33%", *[f"{rng.randrange(9999) / 100:.2f}"] * 3)
            )
            yield during(rng, kind, months, value)
    if chance(rng, 90 if months[-1] > 202606 else 4):
        decided = str(Decimal(rng.randrange(30000, 220000)) / HUNDRED)
        yield during(rng, "norm", months, decided, always=months[-1] > 202606)


def during(
    rng: Random, kind: str, months: list[int], value: str = "", *, always: bool = False
) -> Fact:
    """For the whole life, or from a day on, or until a day, or both."""
    since, until = date(2001, 1, 1), None
    if not always and chance(rng, 40):
        since = random_day(rng, rng.choice(months))
    if not always and chance(rng, 40):
        until = max(since, random_day(rng, rng.choice(months)))
    return Fact(kind, since, until, value)


# --- exemptions -----------------------------------------------------------------------------------


def random_grants(rng: Random, person: int, life: Life) -> Iterator[Grant]:
    """Every kind and mix; months used before; granted before, at, or after the start."""
    alone = any(fact.value == "single-parent" for fact in life.facts)
    likely = {"n": 60, "r": 80 if alone else 5, "y": 12, "z": 15, "aa": 8}
    before = {
        "n": [0, 0, 0, 1, 4, 5, 6, 6, 6] if alone else [0, 0, 0, 1, 4, 5, 6],
        "z": [0, 0, 6, 10, 11, 12],
    }
    began = {"r": (-36, -29, -28, -28, -26, -24, -12, -1, 0)}
    z_since = 0
    for kind, percent in likely.items():
        if not chance(rng, percent):
            continue
        ago = rng.choice(began.get(kind, (-36, -24, -12, -11, -5, -1, 0, 0, 0, 2)))
        since = months_later(life.months[0], ago)
        if kind != "y":  # the others end with 2026
            since = min(since, 202612)
        if kind == "z":
            z_since = since
        if kind == "aa":  # follows z
            since = max(since, z_since)
        yield Grant(person, kind, since, 0, rng.choice(before.get(kind, [0])))
    if life.months[-1] > 202612 and chance(rng, 70):
        since = max(202701, months_later(life.months[0], rng.choice((-14, -11, -5, 0, 1))))
        yield Grant(person, "34a", since, rng.choice((0, 0, 0, 3, 18)))


# --- pay ------------------------------------------------------------------------------------------


def random_jobs(rng: Random, life: Life, person: int, first: date, last: date) -> Iterator[Job]:
    for _ in range(rng.choices((0, 1, 2, 3), (15, 65, 16, 4))[0]):
        yield random_job(rng, life, person, first, last)


def random_job(rng: Random, life: Life, person: int, first: date, last: date) -> Job:
    """A job with a pay period of some length, told by payslips or deliveries or both."""
    source_of_income = rng.choices(("work", "benefit", "assistance"), (87, 11, 2))[0]
    earned = source_of_income == "work"
    pay = rng.choices(("month", "four-week", "two-week", "week"), (60, 24, 7, 9))[0]
    pay = pay if earned else "month"
    began = first - rng.randint(0, 900) * DAY
    if chance(rng, 15):
        began = first + rng.randint(0, max(0, (last - first).days // 2)) * DAY
    ended = began + rng.randint(20, 300) * DAY if chance(rng, 20) else None
    sources = rng.choices((("payslip",), ("delivery",), ("delivery", "payslip")), (45, 45, 10))[0]
    level = random_level(rng)
    accrues = chance(rng, 55)
    rows = tuple(
        row
        for start, end in random_periods(rng, pay, began, ended, first, last)
        for source in sources
        for row in random_rows(rng, life, pay, source, start, end, level, accrues)
    )
    return Job(
        person,
        began,
        ended,
        pay,
        rng.choices(("13/12", "by-days", "end-date", "payment-month"), (55, 15, 15, 15))[0],
        source_of_income,
        not chance(rng, 25),
        "client" if chance(rng, 8 if earned else 60) else "buffer",
        rows,
    )


def random_level(rng: Random) -> int:
    """Cents a month: nothing, little, around a cap, around the norm, more."""
    return rng.choice(
        (
            0,
            rng.randrange(500, 20000),
            rng.randrange(5000, 40000),
            rng.randrange(20000, 60000),
            rng.randrange(40000, 90000),
            rng.randrange(90000, 250000),
        )
    )


def random_periods(
    rng: Random, pay: str, began: date, ended: date | None, first: date, last: date
) -> Iterator[tuple[date, date]]:
    """Calendar months, or so many days on end, cut by the begin and end of the job.

    From a while before the life until a while after it, as far as the job goes.
    """
    length = {"month": 0, "week": 7, "two-week": 14, "four-week": 28}[pay]
    start, until = max(began, first_day(months_later(month_of(first), -2))), last + 30 * DAY
    if length and chance(rng, 50):
        early = start + rng.randrange(length) * DAY
        if start == began and start < early:
            yield start, min(early - DAY, ended or date.max)
        start = early
    while start <= min(until, ended or until):
        end = start + (length - 1) * DAY if length else last_day(month_of(start))
        yield start, min(end, ended) if ended and chance(rng, 80 if length else 100) else end
        start = end + DAY


def random_rows(
    rng: Random,
    life: Life,
    pay: str,
    source: str,
    start: date,
    end: date,
    level: int,
    accrues: bool,
) -> Iterator[Row]:
    """Mostly one row; now and then none (of a month), two, or one that takes wage back."""
    if pay == "month" and chance(rng, 6):
        return
    for _ in range(2 if chance(rng, 4) else 1):
        row = random_row(rng, life, source, start, end, level, accrues)
        yield row._replace(withdrawn=chance(rng, 2))


def random_row(
    rng: Random, life: Life, source: str, start: date, end: date, level: int, accrues: bool
) -> Row:
    days = Decimal((end - start).days + 1)
    net = cent(Decimal(level) * days / 30 / HUNDRED) + Decimal(rng.randrange(-300, 301)) / HUNDRED
    if chance(rng, 5):
        net = -cent(abs(net) / 2)
    if chance(rng, 12):
        net = nasty_wage(rng, life, start)
    accrued = cent(abs(net) * 8 / 100) if accrues and not chance(rng, 6) else NOTHING
    if chance(rng, 3):
        accrued = -accrued
    travel = some(rng, 20, 12000)
    if source == "delivery":
        row = Row(source, start, end, end, net, accrued, travel=travel)
        return special_of_delivery(rng, row)
    holiday, year_end = some(rng, 5, 60000), some(rng, 5, 40000)
    return Row(
        source,
        start,
        end,
        end + rng.choice((-5, 0, 0, 3, 10, 40)) * DAY,
        net + holiday + year_end,
        accrued,
        holiday_paid=holiday,
        year_end=year_end,
        travel=travel,
        other=some(rng, 8, 8000),
        voluntary=some(rng, 8, 5000),
        attachment=some(rng, 6, 20000),
    )


def special_of_delivery(rng: Random, row: Row) -> Row:
    """Pay at the special rate: holiday pay, year-end pay, or what is neither."""
    if not chance(rng, 12):
        return row
    special = Decimal(rng.randrange(-3000, 40000)) / HUNDRED
    gross = cent(special * 2)
    kind = rng.choices(("holiday pay", "year-end pay", "both", "neither"), (30, 30, 2, 30))[0]
    return row._replace(
        special=special,
        holiday_paid=gross if kind in ("holiday pay", "both") else NOTHING,
        year_end=gross if kind in ("year-end pay", "both") else NOTHING,
    )


def some(rng: Random, percent: int, most: int) -> Decimal:
    return Decimal(rng.randrange(1, most)) / HUNDRED if chance(rng, percent) else NOTHING


def nasty_wage(rng: Random, life: Life, day: date) -> Decimal:
    """A wage at a limit, or a cent beside it: the norm, or where a cap is reached."""
    month = day.year * 100 + day.month
    cent_beside = rng.choice((-1, 0, 1)) * Decimal("0.01")
    try:
        if chance(rng, 50):
            return norm_of_month(life, month) + cent_beside
        kind, household, age = rng.choice((("n", "person", "27+"), ("r", "single_parent", "27+")))
        cap = amount(f"exemption_{kind}_cap", household, age, month)
        rate = amount(f"exemption_{kind}_rate", "person", "all", month)
        return cent(cap * HUNDRED / rate) + cent_beside
    except LackingError:
        return Decimal("1401.50") + cent_beside
