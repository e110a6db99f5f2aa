"""The exemption of article 34a, from 2027-01-01 (Participatiewet in balans) [LAW].

Article 34a takes the place of n, r, z, aa (31(2)) and y (Stb. 2025, 312; start by Stb. 2025, 313):

- (1)a: below the state pension age, by decision: 15% without a cap for twelve consecutive months;
  extended where the right is decided for more months (34a(2)), again by a right from a later day
  (a new job, 34a(3)). The age of 27 plays no part.
- (1)b: medically restricted: 15% without a cap and without an end. A right to y becomes this one.
- (1)c: at the state pension age: 25%, at most 226.00 a month, without an end. The article asks no
  decision; we ask that the municipality told a right to n or to 34a, so that nothing is given that
  nobody asked for [MODEL].

Order [MODEL]: c before b as n was before y, and b before a, which gives the same and ends.

A running right to n, z, aa or r without a decision on 34a is **not decided here**: the transition
text (art. 78ff(2)–(4)) is not public. Going on would perhaps give what the law has ended, ending
it would take what the transition may protect; so the client-month is held and says why. Once the
text is known, `old_exemptions_run_on` lets rights from before 2027 run to their end, each month
with what is better of the two (domain.md §9 no. 12); their amounts need rows for 2027.
"""

from __future__ import annotations

from surplus.rules.exemption.persons import (
    AT_PENSION_AGE,
    BELOW_PENSION_AGE,
    CLOCK_OVER,
    LOWEST,
    NOT_BEGUN,
    RATE_ONLY,
    Count,
    Kind,
    Obstacles,
    Persons,
    endless,
)
from surplus.rules.exemption.rights import NEW, N, Y
from surplus.rules.parameters import Key
from surplus.rules.source import Source

START, START_DAY = 202701, 20270101
MONTHS = 12


def pensioner_obstacles(who: Persons) -> Obstacles:
    """What keeps 34a(1)c from running."""
    return {
        NOT_BEGUN: ~(who.begun(NEW) | who.begun(N)),
        BELOW_PENSION_AGE: ~who.pensioner,
    }


def restricted_obstacles(who: Persons) -> Obstacles:
    """What keeps 34a(1)b from running."""
    return {NOT_BEGUN: ~who.begun(Y)}


def worker_obstacles(who: Persons) -> Obstacles:
    """What keeps 34a(1)a from running."""
    return {
        NOT_BEGUN: ~who.begun(NEW),
        AT_PENSION_AGE: who.pensioner,
        CLOCK_OVER: worker_months(who).over,
    }


def worker_months(who: Persons) -> Count:
    """Calendar months since the right began, of twelve or as decided."""
    return Count(who.months_run(NEW), who.months_given(NEW, MONTHS))


BELOW_AOW = Key("exemption_34a_rate", "person", "below aow")

PENSIONER = Kind(
    letter="34a(1)c",
    right=NEW,
    rate=Key("exemption_34a_rate", "person", "aow"),
    cap=Key("exemption_34a_cap", "person", "aow"),
    source=Source(
        "Pw art. 34a(1)c",
        f"{LOWEST.nl}; vanaf de AOW-leeftijd",
        f"{LOWEST.en}; from the state pension age on",
    ),
    obstacles=pensioner_obstacles,
    months=endless,
)
RESTRICTED = Kind(
    letter="34a(1)b",
    right=Y,
    rate=BELOW_AOW,
    cap=None,
    source=Source(
        "Pw art. 34a(1)b",
        f"{RATE_ONLY.nl}; medisch urenbeperkt, zonder einde",
        f"{RATE_ONLY.en}; medically restricted hours, without an end",
    ),
    obstacles=restricted_obstacles,
    months=endless,
)
WORKER = Kind(
    letter="34a(1)a",
    right=NEW,
    rate=BELOW_AOW,
    cap=None,
    source=Source(
        "Pw art. 34a(1)a, 34a(2)",
        f"{RATE_ONLY.nl}; twaalf aaneengesloten maanden, te verlengen",
        f"{RATE_ONLY.en}; twelve consecutive months, may be extended",
    ),
    obstacles=worker_obstacles,
    months=worker_months,
)
