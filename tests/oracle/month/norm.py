"""The norm of a household: Participatiewet art. 18, 20-24, 27, 28 (domain 3.2)."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from tests.oracle.dates import first_day, last_day, month_of
from tests.oracle.month.ages import has_pension, is_of_age
from tests.oracle.month.case import Life
from tests.oracle.month.money import HUNDRED, NOTHING, cent, percent
from tests.oracle.month.parameters import LackingError, amount

YOUNG, MIDDLE, PENSION = "18-20", "21-aow", "aow"


class Circumstances(NamedTuple):
    """All that makes the norm of one day what it is."""

    household: str
    ages: tuple[str, ...]
    children: bool
    sharers: int
    institution: str
    no_right: bool
    no_recourse: bool
    reduction: str
    increase: str
    decided: str


def norm_of_month(life: Life, month: int) -> Decimal:
    """The norms of the days with a right, over the days of the month, rounded once."""
    days = days_of_right(life, month)
    length = last_day(month).day
    lived = Counter(circumstances(life, day) for day in days)
    total = sum((norm(how, month) * count for how, count in lived.items()), NOTHING)
    return cent(total / length)


def days_of_right(life: Life, month: int) -> list[date]:
    """The right runs to and including its last day."""
    first, last = max(first_day(month), life.since), last_day(month)
    if life.until:
        last = min(last, life.until)
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def circumstances(life: Life, day: date) -> Circumstances:
    """An amount decided for this household makes all the rest of no account."""
    now = life.on(day)
    household = now["household"]
    people = life.born if household == "couple" else life.born[:1]
    return Circumstances(
        household,
        () if "norm" in now else tuple(age(born, day) for born in people),
        "children" in now,
        int(now.get("sharers", 0)),
        now.get("institution", ""),
        "no-right" in now,
        "no-recourse" in now,
        now.get("reduction", ""),
        now.get("increase", ""),
        now.get("norm", ""),
    )


def age(born: date, day: date) -> str:
    if has_pension(born, day):
        return PENSION
    return MIDDLE if is_of_age(born, 21, day) else YOUNG


def norm(how: Circumstances, month: int) -> Decimal:
    """A whole month of these circumstances: a decided amount, or the law's, lowered or raised."""
    if how.decided:
        return Decimal(how.decided)
    full = norm_of_law(how, month)
    return max(NOTHING, full - adjustment(how.reduction, full) + adjustment(how.increase, full))


def adjustment(told: str, full: Decimal) -> Decimal:
    """An amount as it stands, a percentage of the norm of the law; nothing when not told."""
    if told.endswith("%"):
        return percent(Decimal(told[:-1]), full)
    return Decimal(told or 0)


def norm_of_law(how: Circumstances, month: int) -> Decimal:
    if how.household != "couple":
        return norm_alone(how, how.ages[0], how.institution != "", month)
    if how.institution == "both":
        return in_institution("couple", month, *how.ages)
    if how.institution:
        return sum(
            (
                norm_alone(how, one, how.institution == who, month)
                for who, one in zip(("self", "partner"), how.ages, strict=True)
            ),
            NOTHING,
        )
    if how.no_right:
        return norm_beside_spouse_without_right(how, month)
    if how.sharers and how.ages != (YOUNG, YOUNG):
        return cost_sharing_couple(how, month)
    return with_no_recourse(how, couple(how.ages, how.children, month), month)


def norm_alone(how: Circumstances, one: str, inside: bool, month: int) -> Decimal:
    """A single person or single parent, or one of a couple counted as if single (23 lid 3)."""
    if inside:
        return in_institution("single", month, one)
    if how.sharers and one != YOUNG:
        return cost_sharer(how.sharers + 1, one, month)
    return with_no_recourse(how, amount("norm_incl", "single", one, month), month)


def in_institution(household: str, month: int, *ages: str) -> Decimal:
    """Art. 23: the norm of lid 1 raised by lid 2; no right at 18-20 (art. 13 lid 2 a)."""
    if YOUNG in ages:
        raise LackingError("18-20 in an institution")
    return amount("norm_institution", household, "all", month) + amount(
        "institution_addition", household, "all", month
    )


def couple(ages: tuple[str, ...], children: bool, month: int) -> Decimal:
    """Art. 20 (somebody under 21), 21 b, 22 b and c."""
    if YOUNG in ages:
        band = "both 18-20" if ages == (YOUNG, YOUNG) else "18-20 and 21+"
        return amount("norm_incl", "couple_with_children" if children else "couple", band, month)
    return amount("norm_incl", "couple", PENSION if PENSION in ages else MIDDLE, month)


def cost_sharer(count: int, band: str, month: int) -> Decimal:
    """Art. 22a lid 1: (40% + A x 30%) / A of the norm for a couple, as an exact fraction."""
    return cent(amount("norm_incl", "couple", band, month) * (40 + 30 * count) / (HUNDRED * count))


def cost_sharing_couple(how: Circumstances, month: int) -> Decimal:
    """Art. 22a lid 2 and 3: the norms of both added; under 21 an amount of its own."""
    grown = [one for one in how.ages if one != YOUNG]
    count = how.sharers + len(grown)
    band = PENSION if PENSION in grown else MIDDLE
    norms = [cost_sharer(count, band, month) for _ in grown]
    if YOUNG in how.ages:
        name = "norm_22a3_with_children" if how.children else "norm_22a3_without_children"
        norms.append(amount(name, "couple", "18-20 part", month))
    return sum(norms, NOTHING)


def norm_beside_spouse_without_right(how: Circumstances, month: int) -> Decimal:
    """Art. 24: half of the norm with a spouse of one's own age; with cost sharers art. 22a."""
    own = how.ages[0]
    if how.sharers and own != YOUNG:
        grown = [one for one in how.ages if one != YOUNG]
        band = PENSION if PENSION in grown else MIDDLE
        return cost_sharer(how.sharers + len(grown), band, month)
    return percent(Decimal(50), couple((own, own), how.children, month))


def with_no_recourse(how: Circumstances, found: Decimal, month: int) -> Decimal:
    """Art. 20 lid 3 and 4: raised, but not above the norm of people of 21 in the same situation."""
    if not (how.no_recourse and YOUNG in how.ages):
        return found
    ceiling = amount("norm_incl", "couple" if len(how.ages) > 1 else "single", MIDDLE, month)
    return min(found + amount("youth_parent_addition", "all", YOUNG, month), ceiling)


def right_of(life: Life, month: int) -> int:
    """How many days of the month there is a right."""
    return len(days_of_right(life, month)) if not life.until or month <= month_of(life.until) else 0
