"""The same lives worked out by the product: many at once, in its arrays.

Nothing is decided here. Facts are put into the columns that the rules ask for, and what the rules
answer is put back beside the client-month it is of.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from surplus.rules import exemption, income, norm
from surplus.rules.benefit import Case, Figures, figures
from surplus.rules.income import Delivered, Payslip, Told
from surplus.rules.parameters import Parameters, read_parameters
from surplus.rules.periods import Periods
from tests.oracle.dates import first_day, last_day, month_of
from tests.oracle.month.ages import birthday
from tests.oracle.month.case import Fact, Grant, Job, Life, Outcome, Policy, Row, cents
from tests.oracle.month.exemption import R_MONTHS, run
from tests.oracle.month.parameters import FILE

HOUSEHOLDS = {
    "single": "ALLEENSTAANDE",
    "single-parent": "ALLEENSTAANDE_OUDER",
    "couple": "GEHUWD",
}
GRANTS = {
    "n": "VRIJLATING_25",
    "r": "ALLEENSTAANDE_OUDER",
    "y": "MEDISCH_URENBEPERKT",
    "z": "LOONKOSTENSUBSIDIE",
    "aa": "LOONKOSTENSUBSIDIE_BLIJVEND",
    "34a": "NIEUW_34A",
}
CODES = {"work": "15", "benefit": "33", "assistance": "43"}
PERIODS = {"month": "06", "four-week": "05", "two-week": "20", "week": "04"}
LATE = date(9999, 12, 30)


class ClientMonth(NamedTuple):
    """A month of a life, and its place among the months of all lives."""

    life: Life
    month: int
    nth: int


def answers(lives: Sequence[Life]) -> list[dict[int, Outcome | str]]:
    """By life and month what the product says."""
    parameters = read_parameters(FILE.read_text(encoding="utf-8"))
    all_of_them = [
        ClientMonth(life, month, nth) for life in lives for nth, month in enumerate(life.months)
    ]
    norms = norms_of(all_of_them, parameters)
    incomes = incomes_of(lives, all_of_them, parameters)
    found = settled(lives, all_of_them, norms, incomes, parameters)
    answer: list[dict[int, Outcome | str]] = []
    place = 0
    for life in lives:
        answer.append({month: found[place + nth] for nth, month in enumerate(life.months)})
        place += len(life.months)
    return answer


def number(day: date | None) -> int:
    return day.year * 10000 + day.month * 100 + day.day if day else 0


def columns(records: Iterable[Sequence[Any]], kinds: Sequence[type]) -> list[Any]:
    """Arrays of the columns of records: of numbers, of yes or no, or of texts."""
    rows = list(records)
    return [
        np.array([row[at] for row in rows], dtype={int: np.int64, bool: bool, str: object}[kind])
        for at, kind in enumerate(kinds)
    ]


# --- the norm -------------------------------------------------------------------------------------


def norms_of(all_of_them: Sequence[ClientMonth], parameters: Parameters) -> norm.Norms:
    place, first, last, category, household, client, partner = columns(
        (
            (
                at,
                number(max(first_day(one.month), one.life.since)),
                number(min(last_day(one.month), one.life.until or LATE)),
                "",
                HOUSEHOLDS[one.life.facts[0].value],
                *(number(born) for born in (*one.life.born, None)[:2]),
            )
            for at, one in enumerate(all_of_them)
        ),
        (int, int, int, str, str, int, int),
    )
    birth = np.stack([client, partner], axis=1)
    stretches = norm.undecided(place, first, last, category, household, birth, np.zeros_like(place))
    stretches = norm.laid_over(stretches, list(layers(all_of_them)))
    months = np.array([one.month for one in all_of_them])
    found, _pieces = norm.norms(stretches, months, parameters, no_own_norms())
    return found


def no_own_norms() -> norm.OwnNorms:
    texts = np.array([], dtype=object)
    return norm.OwnNorms(texts, texts, texts, np.array([], dtype=np.int64))


def layers(all_of_them: Sequence[ClientMonth]) -> Iterable[norm.Layer]:
    """What is told of the household, a layer for each kind of fact."""
    told: dict[str, list[tuple[int, Fact]]] = defaultdict(list)
    for place, one in enumerate(all_of_them):
        first, last = first_day(one.month), last_day(one.month)
        for fact in sorted(one.life.facts[1:], key=lambda fact: fact.since):
            if fact.since <= last and (fact.until or LATE) >= first:
                told[fact.kind].append((place, fact))
    for kind, rows in told.items():
        name, values = COLUMNS[kind]
        yield norm.Layer(
            np.array([place for place, _ in rows]),
            np.array([number(fact.since) for _, fact in rows]),
            np.array([number(fact.until or LATE) for _, fact in rows]),
            {name: np.array([values(fact.value) for _, fact in rows])},
        )


def amount_or_rate(text: str) -> tuple[int, int]:
    """Cents, and rate per 100,000."""
    if text.endswith("%"):
        return 0, int(Decimal(text[:-1]) * 1000)
    return cents(Decimal(text)), 0


def inside(text: str) -> tuple[bool, bool]:
    return text in ("self", "both"), text in ("partner", "both")


COLUMNS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "sharers": ("housemates", int),
    "institution": ("inside", inside),
    "no-right": ("without_right", lambda _: True),
    "children": ("children", lambda _: True),
    "no-recourse": ("no_recourse", lambda _: True),
    "reduction": ("reduction", amount_or_rate),
    "increase": ("increase", amount_or_rate),
    "norm": ("decided", lambda text: cents(Decimal(text))),
}


# --- income ---------------------------------------------------------------------------------------


class Incomes(NamedTuple):
    """Of n client-months; a second axis of 2 is client and partner."""

    wage: Any
    passed_on: Any
    countable: Any
    earned: Any
    lacks: Any


def incomes_of(
    lives: Sequence[Life], all_of_them: Sequence[ClientMonth], parameters: Parameters
) -> Incomes:
    count = len(all_of_them)
    empty = np.zeros(count, dtype=np.int64)
    incomes = Incomes(
        empty, empty.copy(), np.zeros((count, 2), dtype=np.int64),
        np.zeros((count, 2), dtype=np.int64), np.full(count, "", dtype=object),
    )  # fmt: skip
    by_policy: dict[income.Policy, list[tuple[Life, int]]] = defaultdict(list)
    place = 0
    for life in lives:
        by_policy[income_policy(life.policy)].append((life, place))
        place += len(life.months)
    for policy, those in by_policy.items():
        add_incomes(incomes, those, policy, parameters)
    return incomes


def income_policy(policy: Policy) -> income.Policy:
    return income.Policy(policy.mode, policy.claim, int(policy.special_rate * 100_000))


def add_incomes(
    incomes: Incomes,
    those: Sequence[tuple[Life, int]],
    policy: income.Policy,
    parameters: Parameters,
) -> None:
    jobs = [(life, place, job) for life, place in those for job in life.jobs]
    told = tables([(nth, life, job) for nth, (life, _, job) in enumerate(jobs)], parameters)
    if not told:
        return
    monthly = income.monthly(told, policy, parameters)
    start = np.array([place for _, place, _ in jobs])
    first = np.array([ordinal(life.months[0]) for life, _, _ in jobs])
    length = np.array([len(life.months) for life, _, _ in jobs])
    person = np.array([job.person for _, _, job in jobs])
    months = [ordinal(month) for month in monthly.month.tolist()]
    nth = np.array(months, dtype=np.int64) - first[monthly.job]
    within = (nth >= 0) & (nth < length[monthly.job])
    at = (start[monthly.job] + nth)[within]
    who = person[monthly.job][within]
    np.add.at(incomes.wage, at, monthly.wage[within])
    np.add.at(incomes.passed_on, at, monthly.passed_on[within])
    np.add.at(incomes.countable, (at, who), monthly.countable[within])
    earned = np.where(monthly.earned, monthly.countable, 0)[within]
    np.add.at(incomes.earned, (at, who), earned)
    lacks = np.where(monthly.lacks != "", monthly.lacks, "")
    lacks[monthly.unclear] = "unclear"
    lacks[~monthly.allocatable] = "fits no period"
    held = lacks[within] != ""
    incomes.lacks[at[held]] = lacks[within][held]


def ordinal(month: int) -> int:
    return month // 100 * 12 + month % 100


def tables(jobs: Sequence[tuple[int, Life, Job]], parameters: Parameters) -> list[Told]:
    """The rows that count, a table for deliveries and one for payslips."""
    rows = [(nth, life, job, row) for nth, life, job in jobs for row in job.rows]
    if not rows:
        return []
    job_of, source, begin, end, withdrawn = columns(
        (
            (nth, row.source, number(row.start), number(row.end), row.withdrawn)
            for nth, _, _, row in rows
        ),
        (int, str, int, int, bool),
    )
    order = ["payslip", "delivery"]
    counts = income.effective(job_of, source, begin, end, withdrawn, order).counts
    accrued = superseded_accruals(rows, counts)
    found = []
    for name, amounts in (("delivery", delivered), ("payslip", payslips)):
        kept = [at for at in range(len(rows)) if counts[at] and rows[at][3].source == name]
        if kept:
            mine = [rows[at] for at in kept]
            found.append(table(mine, amounts([row for *_, row in mine], accrued[kept]), parameters))
    return found


def superseded_accruals(rows: Sequence[tuple[int, Life, Job, Row]], counts: Any) -> Any:
    """Beside the first payslip of a period the gross accrual that deliveries told of it."""
    accrued = np.zeros(len(rows), dtype=np.int64)
    slips: dict[tuple[int, date, date], int] = {}
    for at, (nth, _, _, row) in enumerate(rows):
        if row.source == "payslip" and not row.withdrawn:
            slips.setdefault((nth, row.start, row.end), at)
    for at, (nth, _, _, row) in enumerate(rows):
        slip = slips.get((nth, row.start, row.end))
        if not (counts[at] or row.withdrawn) and slip is not None:
            accrued[slip] += cents(row.accrued)
    return accrued


def table(
    rows: Sequence[tuple[int, Life, Job, Row]], amounts: Delivered | Payslip, parameters: Parameters
) -> Told:
    job, kind, method, begin, end, paid_on, began, ended, since, until = columns(
        (
            (
                nth,
                PERIODS[job.pay],
                job.method,
                *(
                    number(day)
                    for day in (
                        row.start,
                        row.end,
                        row.paid_on if row.source == "payslip" else None,
                        job.began,
                        job.ended,
                        life.since,
                        life.until,
                    )
                ),
            )
            for nth, life, job, row in rows
        ),
        (int, str, str, int, int, int, int, int, int, int),
    )
    code, credit, born, outside, withdrawn = columns(
        (
            (
                CODES[job.source],
                1 if job.credit else 2,
                number(life.born[job.person]),
                job.paid_to == "client",
                row.withdrawn,
            )
            for _, life, job, row in rows
        ),
        (str, int, int, bool, bool),
    )
    return Told(
        Periods(job, kind, method, begin, end, paid_on, began, ended, since, until),
        code,
        credit,
        norm.state_pension_day(born, parameters),
        outside,
        withdrawn,
        amounts,
    )


def delivered(rows: Sequence[Row], _accrued: Any) -> Delivered:
    net, special, travel, paid, accrued, extra = columns(
        (
            [cents(a) for a in (r.net, r.special, r.travel, r.holiday_paid, r.accrued, r.year_end)]
            for r in rows
        ),
        (int,) * 6,
    )
    none = np.zeros(len(rows), dtype=np.int64)
    return Delivered(net, special, travel, paid, accrued, extra, none, none, none != 0)


def payslips(rows: Sequence[Row], delivered_accruals: Any) -> Payslip:
    told = columns(
        (
            [
                cents(amount)
                for amount in (
                    row.net + row.travel + row.other,
                    row.net,
                    row.travel,
                    row.other,
                    row.voluntary,
                    row.attachment,
                    row.holiday_paid * 2,
                    row.holiday_paid,
                    row.year_end * 2,
                    row.year_end,
                    row.accrued,
                )
            ]
            for row in rows
        ),
        (int,) * 11,
    )
    return Payslip(*[*told, delivered_accruals])


# --- the figures ----------------------------------------------------------------------------------


def settled(
    lives: Sequence[Life],
    all_of_them: Sequence[ClientMonth],
    norms: norm.Norms,
    incomes: Incomes,
    parameters: Parameters,
) -> list[Outcome | str]:
    """Month by month, as the months of exemption used count forward."""
    used = {id(grant): grant.used for life in lives for grant in life.grants}
    found: list[Outcome | str] = ["" for _ in all_of_them]
    turns: dict[tuple[int, str, bool], list[int]] = defaultdict(list)
    for place, one in enumerate(all_of_them):
        policy = one.life.policy
        turns[one.nth, policy.mode, policy.tolerate_under27_2026].append(place)
    for (_, mode, tolerate), places in sorted(turns.items()):
        turn = [all_of_them[place] for place in places]
        case = case_of(turn, np.array(places), norms, incomes, used)
        chosen = exemption.Policy(tolerate_under27_2026=tolerate)
        result = figures(case, parameters, mode, chosen)
        letters = exemption.letters(result.exemption_kind).tolist()
        held = np.where(incomes.lacks[places] != "", incomes.lacks[places], result.lacks)
        for nth, (one, place) in enumerate(zip(turn, places, strict=True)):
            if held[nth]:
                found[place] = str(held[nth])
                continue
            found[place] = outcome(result, nth, letters[nth], len(one.life.born))
            for grant in one.life.grants:
                used[id(grant)] += letters[nth][grant.person] == grant.kind
    return found


def case_of(
    turn: Sequence[ClientMonth], at: Any, norms: norm.Norms, incomes: Incomes, used: dict[int, int]
) -> Case:
    birth = [[number(born) for born in (*one.life.born, None)[:2]] for one in turn]
    agreed = [cents(one.life.agreed) if one.life.agreed is not None else 0 for one in turn]
    return Case(
        month=np.array([one.month for one in turn]),
        norm=norm.Norms(*(column[at] for column in norms)),
        wage=incomes.wage[at],
        passed_on=incomes.passed_on[at],
        countable=incomes.countable[at],
        earned=incomes.earned[at],
        birth=np.array(birth),
        rights=rights_of(turn, used),
        override=np.array(agreed, dtype=np.int64),
        expected_exemption=np.array([cents(one.life.expected) for one in turn]),
    )


def rights_of(turn: Sequence[ClientMonth], used: dict[int, int]) -> exemption.Rights:
    told = columns(
        (
            (
                nth,
                grant.person + 1,
                GRANTS[grant.kind],
                grant.since * 100 + 1,
                months_given(grant, one.life),
                used[id(grant)],
            )
            for nth, one in enumerate(turn)
            for grant in one.life.grants
            if grant.kind != "r" or cares(grant, one.life)
        ),
        (int, int, str, int, int, int),
    )
    return exemption.decided_rights(len(turn), *told)


def cares(grant: Grant, life: Life) -> bool:
    """Whether there is a child under twelve when the exemption begins, as it is decided for."""
    return life.youngest is not None and until_twelve(grant, life.youngest) > 0


def months_given(grant: Grant, life: Life) -> int:
    """The municipality ends a single parent's exemption when the youngest child turns twelve."""
    if grant.kind != "r" or life.youngest is None:
        return grant.months
    left = until_twelve(grant, life.youngest)
    return left if left < (grant.months or R_MONTHS) else grant.months


def until_twelve(grant: Grant, child: date) -> int:
    """Months from the begin until the first of the month on which the child is twelve."""
    twelve = birthday(child, 12)
    return run(grant.since, month_of(twelve)) + (twelve.day > 1)


def outcome(result: Figures, nth: int, letters: list[str], people: int) -> Outcome:
    def euro(amount: Any) -> Decimal:
        return Decimal(int(amount)) / 100

    return Outcome(
        euro(result.norm[nth]),
        euro(result.wage[nth]),
        euro(result.passed_on[nth]),
        euro(result.countable[nth]),
        tuple(euro(amount) for amount in result.exemption_each[nth][:people]),
        tuple(letters[:people]),
        euro(result.supplementary_benefit[nth]),
        euro(result.benefit[nth]),
        euro(result.holiday_allowance[nth]),
        euro(result.entitlement[nth]),
        euro(result.fixed[nth]),
        euro(result.difference[nth]),
    )
