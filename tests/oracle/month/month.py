"""The figures of each month of a life, in the order in which domain 3.6 states them."""

from decimal import Decimal

from tests.oracle.month.case import Life, Outcome
from tests.oracle.month.exemption import Used, exempted, relief
from tests.oracle.month.income import Income, income_of_job
from tests.oracle.month.money import HUNDRED, NOTHING, cent, percent
from tests.oracle.month.norm import norm_of_month
from tests.oracle.month.parameters import LackingError, amount


def outcomes(life: Life) -> dict[int, Outcome | str]:
    """By month: the figures, or what is lacking to work them out (the month then stays open)."""
    used: Used = {grant: grant.used for grant in life.grants}
    jobs = [(job, income_of_job(job, life)) for job in life.jobs if job.source != "assistance"]
    found: dict[int, Outcome | str] = {}
    for month in life.months:
        try:
            incomes = [
                (job.person, job.source == "work", told(income[month])) for job, income in jobs
            ]
            found[month] = outcome_of_month(life, month, incomes, used)
        except LackingError as lacking:
            found[month] = str(lacking)
    return found


def told(income: Income | str) -> Income:
    if isinstance(income, str):
        raise LackingError(income)
    return income


def outcome_of_month(
    life: Life, month: int, incomes: list[tuple[int, bool, Income]], used: Used
) -> Outcome:
    """One month; the exemptions that are used up in it are counted in `used`."""
    norm = norm_of_month(life, month)
    paid_share = HUNDRED - amount("holiday_allowance_share", "all", "all", month)
    measure = norm if life.policy.mode == "INCL" else percent(paid_share, norm)

    counted = [
        sum((income.countable for p, _, income in incomes if p == person), NOTHING)
        for person in life.people
    ]
    earned = [
        sum((income.countable for p, work, income in incomes if p == person and work), NOTHING)
        for person in life.people
    ]
    countable = sum(counted, NOTHING)
    exempt = [NOTHING for _ in life.people]
    kinds = ["" for _ in life.people]
    spent = []
    if countable < measure:
        for person in life.people:
            if earned[person] <= 0:
                continue
            right = relief(life, person, month, used)
            exempt[person] = exempted(right, earned[person], min(counted[person], countable))
            if right and exempt[person] > 0:
                kinds[person] = right.kind
                spent.append(right.grant)
        left_over = measure - max(NOTHING, countable - sum(exempt, NOTHING))
    else:
        left_over = NOTHING
    benefit, paid, reserve = split(left_over, norm, life.policy.mode, paid_share)
    wage = sum((income.cash for _, _, income in incomes), NOTHING)
    due = wage + paid
    for grant in spent:
        used[grant] += 1
    fixed = percent(paid_share, norm) + percent(paid_share, life.expected)
    if life.agreed is not None:
        fixed = life.agreed
    return Outcome(
        norm,
        wage,
        sum((income.passed_on for _, _, income in incomes), NOTHING),
        countable,
        tuple(exempt),
        tuple(kinds),
        benefit,
        paid,
        reserve,
        due,
        fixed,
        due - fixed,
    )


def split(
    left_over: Decimal, norm: Decimal, mode: str, paid_share: Decimal
) -> tuple[Decimal, Decimal, Decimal]:
    """Benefit, the part paid now, the holiday allowance kept back (domain 3.3, 3.4 EXCL).

    Never more than the norm together: 1331.43 x 5/95 is 70.08, but 1401.50 leaves 70.07.

    >>> split(Decimal("951.50"), Decimal("1401.50"), "INCL", Decimal(95))
    (Decimal('951.50'), Decimal('903.93'), Decimal('47.57'))
    >>> split(Decimal("247.74"), Decimal("992.12"), "EXCL", Decimal(95))
    (Decimal('260.78'), Decimal('247.74'), Decimal('13.04'))
    >>> split(Decimal("1331.43"), Decimal("1401.50"), "EXCL", Decimal(95))
    (Decimal('1401.50'), Decimal('1331.43'), Decimal('70.07'))
    """
    if mode == "INCL":
        paid = percent(paid_share, left_over)
        return left_over, paid, left_over - paid
    reserve = min(
        cent(left_over * (HUNDRED - paid_share) / paid_share), norm - percent(paid_share, norm)
    )
    return left_over + reserve, left_over, reserve
