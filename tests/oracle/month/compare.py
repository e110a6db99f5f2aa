"""Both sides beside each other over many random lives, and what these lives were about."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from tests.oracle.month.case import Life, Outcome
from tests.oracle.month.generator import lives
from tests.oracle.month.month import outcomes
from tests.oracle.month.product import answers
from tests.oracle.month.table import agree, compared, told

AT_ONCE = 2500
"""Lives that the product works out in one call."""


class Comparison(NamedTuple):
    """Client-months that agree and that do not, what they were about, and those lives as tables."""

    passed: int
    failed: int
    about: Counter[tuple[str, str]]
    disagreements: list[str]


def compare(count: int, seed: int) -> Comparison:
    """So many client-months, or the few more that complete the last life."""
    passed = failed = 0
    about: Counter[tuple[str, str]] = Counter()
    disagreements = []
    for life, ours, product in both_sides(count, seed):
        wrong = sum(not agree(ours[month], product[month]) for month in life.months)
        passed, failed = passed + len(life.months) - wrong, failed + wrong
        about.update(subjects(life, ours))
        if wrong:
            disagreements.append(f"{told(life)}\n\n{compared(life.months, ours, product)}")
    return Comparison(passed, failed, about, disagreements)


def both_sides(
    count: int, seed: int
) -> Iterator[tuple[Life, dict[int, Outcome | str], dict[int, Outcome | str]]]:
    waiting = lives(seed, count)
    while some := list(islice(waiting, AT_ONCE)):
        for life, product in zip(some, answers(some), strict=True):
            yield life, outcomes(life), product


def subjects(life: Life, ours: dict[int, Outcome | str]) -> Iterator[tuple[str, str]]:
    """What each client-month of a life holds the product against."""
    kinds = {fact.kind for fact in life.facts[1:]}
    pays = {
        f"{job.pay} {job.method}" if job.pay == "four-week" else job.pay
        for job in life.jobs
        if job.rows
    }
    for month in life.months:
        outcome = ours[month]
        yield "household", life.facts[0].value
        yield "half-year", f"{month // 100} {'I' if month % 100 < 7 else 'II'}"
        yield "holiday pay", f"{life.policy.mode} {life.policy.claim}"
        yield from (("household besides", kind) for kind in kinds)
        yield from (("pay", pay) for pay in pays)
        if isinstance(outcome, str):
            yield "outcome", "not to be worked out: a parameter or a decision is lacking"
            continue
        yield "outcome", "benefit" if outcome.benefit else "income at or above the norm"
        yield from (("exemption", kind) for kind in outcome.kinds if kind)
