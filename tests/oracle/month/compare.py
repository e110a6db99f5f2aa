"""Both sides beside each other over many random lives, and what these lives were about."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import NamedTuple

from tests.oracle.dates import first_day, last_day
from tests.oracle.month.ages import birthday, pension_day
from tests.oracle.month.case import Fact, Life, Outcome
from tests.oracle.month.generator import lives
from tests.oracle.month.month import outcomes
from tests.oracle.month.product import answers
from tests.oracle.month.table import agree, compared, told

AT_ONCE = 500
"""Lives that the product works out in one call."""


class Comparison(NamedTuple):
    """Client-months with the same figures, those that both find something lacking for, the others.

    And what the figures were about, by month and by subject, and the lives that differ as tables.
    """

    passed: int
    lacking: int
    failed: int
    months: Counter[int]
    about: Counter[tuple[str, str]]
    disagreements: list[str]


def compare(count: int, seed: int) -> Comparison:
    """So many client-months with figures, or the few more that complete the last life."""
    lacking = failed = 0
    months: Counter[int] = Counter()
    about: Counter[tuple[str, str]] = Counter()
    disagreements = []
    for life, ours, product in both_sides(seed):
        wrong = [month for month in life.months if not agree(ours[month], product[month])]
        failed += len(wrong)
        if wrong:
            disagreements.append(f"{told(life)}\n\n{compared(life.months, ours, product)}")
        for month in set(life.months) - set(wrong):
            outcome = ours[month]
            if isinstance(outcome, str):
                lacking += 1
                continue
            months[month] += 1
            about.update(subjects(life, month, outcome))
        if months.total() + failed >= count:
            break
    return Comparison(months.total(), lacking, failed, months, about, disagreements)


def both_sides(
    seed: int,
) -> Iterator[tuple[Life, dict[int, Outcome | str], dict[int, Outcome | str]]]:
    """Without end."""
    waiting = lives(seed)
    while True:
        some = list(islice(waiting, AT_ONCE))
        for life, product in zip(some, answers(some), strict=True):
            yield life, outcomes(life), product


# --- what a client-month was about ----------------------------------------------------------------


def subjects(life: Life, month: int, outcome: Outcome) -> Iterator[tuple[str, str]]:
    """What a client-month of a life holds the product against; a subject stands in it once."""
    first, last = first_day(month), last_day(month)
    yield "household", life.facts[0].value
    yield "half-year", f"{month // 100} {'I' if month % 100 < 7 else 'II'}"
    yield "holiday pay", f"{life.policy.mode} {life.policy.claim}"
    yield "right", right(life, first, last)
    for kind in {kind_of(fact) for fact in life.facts[1:] if holds(fact, first, last)}:
        yield "household besides", kind
    for age in {age for born in life.born for age in reached(born, first, last)}:
        yield "reached within the month", age
    jobs = {
        job: sources
        for job in life.jobs
        if (sources := {row.source for row in job.rows if row.start <= last and first <= row.end})
    }
    for pay in {f"{j.pay} {j.method}" if j.pay == "four-week" else j.pay for j in jobs}:
        yield "pay", pay
    for teller in {" and ".join(sorted(sources)) for sources in jobs.values()}:
        yield "told by", teller
    for source in {f"{job.source}, paid to {job.paid_to}" for job in jobs}:
        yield "income", source
    yield "outcome", "benefit" if outcome.benefit else "income at or above the norm"
    kinds = [kind for kind in outcome.kinds if kind]
    for kind in set(kinds):
        yield "exemption", kind
    if len(kinds) > 1:
        yield "exemption", "of both members of the household"


def right(life: Life, first: date, last: date) -> str:
    begins, ends = first < life.since <= last, bool(life.until and first <= life.until < last)
    words = {"begins": begins, "ends": ends}
    return " and ".join(word for word, so in words.items() if so) or "all month"


def holds(fact: Fact, first: date, last: date) -> bool:
    return fact.since <= last and (not fact.until or first <= fact.until)


def kind_of(fact: Fact) -> str:
    """With what makes the rule another one: who is inside, an amount or a percentage."""
    if fact.kind == "institution":
        return f"institution, {fact.value}"
    if fact.kind in ("reduction", "increase"):
        return f"{fact.kind}, {'percentage' if fact.value.endswith('%') else 'amount'}"
    return fact.kind


def reached(born: date, first: date, last: date) -> Iterator[str]:
    for name, day in (
        ("21", birthday(born, 21)),
        ("27", birthday(born, 27)),
        ("state pension age", pension_day(born)),
    ):
        if first < day <= last:
            yield name
