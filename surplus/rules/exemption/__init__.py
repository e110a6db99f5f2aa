"""The earnings exemption (inkomstenvrijlating, Pw art. 31(2), 31(5), 34a; domain.md §3.5).

Part of earned income does not count. One file per kind, each like the law: `six_months` (n),
`medically_restricted` (y), `wage_subsidy` (z, aa), `single_parent` (r) and `from_2027` (34a).
`order` says which goes before which, `ages` who is old enough, `amount` how much it is, `ending`
when it stops, and `rights` what the municipality decided.
"""

from __future__ import annotations

from surplus.rules.exemption.amount import AS_BY_LAW, Exemption, exempt, persons
from surplus.rules.exemption.ending import months_left
from surplus.rules.exemption.order import (
    COUNTED,
    KINDS,
    Standing,
    letters,
    number,
    numbers,
    standings,
)
from surplus.rules.exemption.persons import ENDLESS, Kind, Policy
from surplus.rules.exemption.rights import CODES, Rights, decided_rights
from surplus.rules.source import Source

__all__ = [
    "AS_BY_LAW", "CODES", "COUNTED", "ENDLESS", "KINDS", "SOURCES", "Exemption", "Kind", "Policy",
    "Rights", "Standing", "decided_rights", "exempt", "letters", "months_left", "number", "numbers",
    "persons", "standings",
]  # fmt: skip

SOURCES = {
    "exemption": Source(
        "Pw art. 31(2)n, r, y, z, aa; 34a",
        "E = som van de vrijlating per persoon; 0 als C ten minste N is",
        "E = sum of the exemptions per person; 0 where C is at least N",
    ),
}
