"""The income deliveries as they come in: on time, late, twice, refused, corrected, withdrawn.

Each row carries what formats.md section 1b asks for, so that nothing here has to check a row.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from tests.oracle.dates import month_text
from tests.oracle.model import Client, Row, row, wage
from tests.oracle.money import cents
from tests.oracle.work import EARLY_WAGE, HELDER, TIMMER, VELD, day, jobs

LATE = {(1018, 202602), (1019, 202602)}
"""Rows of February that come a week after the others, after the payment was prepared."""
UNREADABLE = (1022, 202602)
"""A travel allowance with a decimal point: the row is refused, and told right a month later."""


@dataclass(frozen=True)
class Delivery:
    """One file: what stands in its header, its rows, and the verdict on the whole."""

    number: str
    month: int
    sent: date
    rows: tuple[Row, ...]
    verdict: str = "accepted"
    code: str = ""
    off_by: int = 0

    def count(self, outcome: str) -> int:
        return sum(r.outcome == outcome for r in self.rows) if self.verdict == "accepted" else 0


class Arrival(NamedTuple):
    """A delivery on the day it lies in the inbox, under a file name."""

    on: date
    name: str
    delivery: Delivery


def plain_rows(people: dict[int, Client], month: int) -> list[Row]:
    """What every job tells of a month, client by client."""
    return [
        row(j, people[j.client].people[j.person].bsn, month) for j in jobs() if month in j.wages
    ]


def found(rows: list[Row], client: int) -> Row:
    return next(r for r in rows if r.client == client)


def corrected(told: Row, net: str) -> Row:
    """A row told again with another net wage; its month was settled, so R36 warns."""
    accrues = bool(told.wage and told.wage.accrued)
    return told.told_as("GEWIJZIGD", wage=wage(cents(net), accrues=accrues), code="R36")


def stranger(bsn: str, code: str, outcome: str) -> Row:
    return Row(
        bsn,
        HELDER,
        "NIEUW_IKV",
        day("2025-11-01"),
        None,
        day("2026-01-01"),
        day("2026-01-31"),
        wage(cents("400,00")),
        outcome=outcome,
        code=code,
    )


def four_weeks(client: Client, start: str, end: str, tag: str) -> Row:
    """A wage per four weeks."""
    return Row(
        client.people[0].bsn,
        TIMMER,
        tag,
        day("2026-03-02"),
        None,
        day(start),
        day(end),
        wage(cents("505,00")),
        four_weeks=True,
        client=client.no,
    )


def january(people: dict[int, Client]) -> list[Row]:
    """With a BSN that cannot be, a BSN of nobody, and a wage from before a participation."""
    early = Row(
        people[EARLY_WAGE].people[0].bsn,
        VELD,
        "NIEUW_IKV",
        day("2026-01-01"),
        None,
        day("2026-01-01"),
        day("2026-01-31"),
        wage(cents("300,00")),
        outcome="held",
        code="R15",
        client=EARLY_WAGE,
    )
    return [
        *plain_rows(people, 202601),
        stranger("999969998", "R02", "rejected"),
        stranger("999969985", "R03", "held"),
        early,
    ]


def february(people: dict[int, Client]) -> tuple[list[Row], list[Row]]:
    """The rows in time, with a correction of January, and those that come late."""
    rows = [r for r in plain_rows(people, 202602) if (r.client, r.month) != UNREADABLE]
    told_in_january = plain_rows(people, 202601)
    unreadable = found(plain_rows(people, 202602), UNREADABLE[0])
    in_time = [r for r in rows if (r.client, r.month) not in LATE] + [
        replace(unreadable, raw={"reiskosten_onbelast": "46.00"}, outcome="rejected", code="R05"),
        corrected(found(told_in_january, 1016), "668,00"),
        found(told_in_january, 1033).told_as("ONGEWIJZIGD", outcome="unchanged"),
    ]
    return in_time, [r for r in rows if (r.client, r.month) in LATE]


def march(people: dict[int, Client]) -> list[Row]:
    told_in_february = plain_rows(people, 202602)
    return [
        *plain_rows(people, 202603),
        found(told_in_february, UNREADABLE[0]),
        corrected(found(told_in_february, 1017), "560,00"),
        four_weeks(people[1025], "2026-03-02", "2026-03-29", "NIEUW_IKV"),
    ]


def april(people: dict[int, Client]) -> list[Row]:
    """With the withdrawal of a job that never was, and a change of something never told."""
    never_worked = found(plain_rows(people, 202601), 1003)
    of_march = found(plain_rows(people, 202603), 1023)
    return [
        *plain_rows(people, 202604),
        never_worked.told_as("INGETROKKEN", wage=None, code="R36"),
        replace(
            of_march,
            tag="GEWIJZIGD",
            start=day("2026-04-01"),
            end=day("2026-04-30"),
            outcome="held",
            code="R18",
        ),
        four_weeks(people[1025], "2026-03-30", "2026-04-26", "NIEUW_IKO"),
        found(plain_rows(people, 202603), 1033).told_as("ONGEWIJZIGD", outcome="unchanged"),
    ]


def arrivals(people: dict[int, Client]) -> list[Arrival]:
    """Every income file of the sample, in the order in which it comes in."""
    feb, feb_late = february(people)
    first = delivery(202601, 1, "2026-02-20", january(people))
    of_march = delivery(202603, 1, "2026-04-20", march(people))
    again = replace(first, verdict="duplicate", code="F06")
    spoilt = replace(of_march, verdict="refused", code="F11", off_by=-1)
    april_file = delivery(202604, 1, "2026-05-20", april(people))
    return [
        arrival("2026-02-20", first),
        arrival("2026-02-23", again, "_nogmaals"),
        arrival("2026-03-20", delivery(202602, 1, "2026-03-20", feb)),
        arrival("2026-03-27", delivery(202602, 2, "2026-03-27", feb_late)),
        arrival("2026-04-20", spoilt),
        arrival("2026-04-21", of_march, "_herstel"),
        arrival("2026-05-20", april_file),
    ]


def delivery(month: int, serial: int, sent: str, rows: list[Row]) -> Delivery:
    number = f"IB-0999-{month_text(month)}-{serial:03d}"
    return Delivery(number, month, day(sent), tuple(rows))


def arrival(on: str, sent: Delivery, suffix: str = "") -> Arrival:
    name = f"doorlevering_{month_text(sent.month)}_{sent.number[-3:]}{suffix}.csv"
    return Arrival(day(on), name, sent)
