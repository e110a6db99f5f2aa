"""What a person keeps of the wage: art. 31 lid 2 n, r, y, z, aa and lid 5, art. 34a (domain 3.5).

The months of n, z and aa are counted when something was exempt; those of r and 34a run on by the
calendar. Who reaches an age, or whose child turns twelve, changes from the first of a month on.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tests.oracle.dates import first_day
from tests.oracle.month.ages import has_pension, is_of_age
from tests.oracle.month.case import Grant, Life
from tests.oracle.month.money import percent
from tests.oracle.month.parameters import LackingError, amount

N_MONTHS, R_MONTHS, Z_MONTHS, NEW_MONTHS = 6, 30, 12, 12
NEW_RULES = 202701
UNTIL_27 = 27
CHILD = 12

Used = dict[Grant, int]


class Relief(NamedTuple):
    """A right to exemption in one month: by which grant, at what percentage, up to how much."""

    kind: str
    grant: Grant
    rate: Decimal
    cap: Decimal | None


def relief(life: Life, person: int, month: int, used: Used) -> Relief | None:
    """The one exemption of a person in a month: n first, then y, z, aa, r (or 34a)."""
    granted = {g.kind: g for g in life.grants_of(person) if g.since <= month}
    rights = new_rights if month >= NEW_RULES else old_rights
    for kind, grant in rights(life, person, month, granted, used):
        return relief_of(kind, grant, month)
    return None


def old_rights(
    life: Life, person: int, month: int, granted: dict[str, Grant], used: Used
) -> Iterator[tuple[str, Grant]]:
    """Art. 31 lid 2: those that are open in this month, the one that goes first in front."""
    born, first = life.born[person], first_day(month)
    grown = is_of_age(born, UNTIL_27, first) or without_age_limit(life, month)
    decided = {grant.kind: grant for grant in life.grants_of(person)}
    n_to_come = "n" in decided and (has_pension(born, first) or left(decided["n"], N_MONTHS, used))
    z_to_come = "z" in decided and left(decided["z"], Z_MONTHS, used)
    if "n" in granted and grown and n_to_come:
        yield "n", granted["n"]
    if "y" in granted:
        yield "y", granted["y"]
    if grown and n_to_come:
        return  # what follows n waits until its months are used, also where they have to begin
    if "z" in granted and z_to_come:
        yield "z", granted["z"]
    if "aa" in granted and not z_to_come:
        yield "aa", granted["aa"]
    if "r" in granted and grown and cares_for_child(life, first):
        r = granted["r"]
        if run(r.since, month) < (r.months or R_MONTHS):
            yield "r", r


def new_rights(
    life: Life, person: int, month: int, granted: dict[str, Grant], used: Used
) -> Iterator[tuple[str, Grant]]:
    """Art. 34a: c from the state pension age, b for who is medically restricted, else a.

    What becomes of an older right that still runs, art. 78ff tells; its text is not public.
    """
    pensioner = has_pension(life.born[person], first_day(month))
    told = granted.get("34a") or granted.get("n")
    older = next(old_rights(life, person, month, granted, used), ("", None))[0]
    if pensioner and told:
        yield "34a(1)c", told
    elif older not in ("", "y") and "34a" not in granted:
        raise LackingError("transition of an older exemption, art. 78ff")
    elif "y" in granted:
        yield "34a(1)b", granted["y"]
    elif "34a" in granted and not pensioner:
        new = granted["34a"]
        if run(new.since, month) < (new.months or NEW_MONTHS):
            yield "34a(1)a", new


def without_age_limit(life: Life, month: int) -> bool:
    """Under 27 too: for some months of 2020 and 2021, and where tolerated in 2026."""
    tolerated = life.policy.tolerate_under27_2026 and month // 100 == 2026
    return tolerated or 202011 <= month <= 202106


def left(grant: Grant, of_law: int, used: Used) -> bool:
    return used[grant] < (grant.months or of_law)


def cares_for_child(life: Life, first: date) -> bool:
    """A single parent with a child under twelve on the first of the month."""
    child = life.youngest
    return (
        life.on(first)["household"] == "single-parent"
        and child is not None
        and not is_of_age(child, CHILD, first)
    )


def run(since: int, month: int) -> int:
    """Whole months since the start: 0 in the first month."""
    return (month // 100 - since // 100) * 12 + month % 100 - since % 100


def relief_of(kind: str, grant: Grant, month: int) -> Relief:
    """Percentage and cap as published; art. 34a lid 1 a and b have no cap."""
    if kind.startswith("34a"):
        age = "aow" if kind == "34a(1)c" else "below aow"
        cap = amount("exemption_34a_cap", "person", "aow", month) if kind == "34a(1)c" else None
        return Relief(kind, grant, amount("exemption_34a_rate", "person", age, month), cap)
    household, age = ("single_parent", "27+") if kind == "r" else ("person", "all")
    if kind == "n":
        age = "27+"
    rate = amount(f"exemption_{kind}_rate", "person", "all", month)
    return Relief(kind, grant, rate, amount(f"exemption_{kind}_cap", household, age, month))


def exempted(found: Relief | None, earned: Decimal, countable: Decimal) -> Decimal:
    """Of what was earned with work; never more than what counts at all."""
    if found is None or earned <= 0:
        return Decimal(0)
    kept = percent(found.rate, earned)
    if found.cap is not None:
        kept = min(kept, found.cap)
    return max(Decimal(0), min(kept, countable))
