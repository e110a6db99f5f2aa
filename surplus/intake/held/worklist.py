"""What the deliveries of income leave for a person: held rows, and numbers that never came."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from surplus.findings import Finding, sync
from surplus.intake import income_rows
from surplus.intake.payslips import differences as payslip_differences
from surplus.intake.suwi import rows as suwi
from surplus.problems import PROBLEMS
from surplus.runs import Work
from surplus.store.tables import delivery, rejected_row

#: Kinds of delivery whose sender numbers and dates them.
DELIVERED = (income_rows.KIND, suwi.KIND)
PAYSLIP = "payslip"
#: A sender's number that counts within its month: IB-0999-2026-03-001.
_COUNTED = re.compile(r"(.+-[0-9]{4}-[0-9]{2}-)([0-9]{3})")
#: What a missing number is called: as its sender writes it.
_MISSING = re.compile(rf"{_COUNTED.pattern}(?:-[0-9]{{3}})?|Volgnummer [0-9-]+")
_ROW_CODE = re.compile(r"R[0-9]{2}")
#: The subject of a held row: leveringsnummer and line.
_HELD_ROW = re.compile(r".{1,35}:[0-9]+")


def gaps(sent_ids: Iterable[str], before: str = "") -> list[str]:
    """The numbers that are missing in the sender's series, below those that came, stretch by
    stretch: one number far ahead is one thing to look at.

    >>> gaps(["IB-0999-2026-03-001", "IB-0999-2026-03-004", "IB-0999-2026-03-006", "LOS-7"])
    ['IB-0999-2026-03-002-003', 'IB-0999-2026-03-005']

    Args:
        sent_ids: leveringsnummers taken in; those that do not end in -yyyy-mm-nnn are left out.
        before: only what is missing in the series of this one, below it.
    """
    series: dict[str, set[int]] = {}
    for sent_id in sent_ids:
        counted = _COUNTED.fullmatch(sent_id)
        if counted and (not before or (sent_id[:-3] == before[:-3] and sent_id <= before)):
            series.setdefault(counted[1], {0}).add(int(counted[2]))
    return [
        prefix + (f"{low:03d}-{high:03d}" if low < high else f"{low:03d}")
        for prefix, seen in sorted(series.items())
        for low, high in _missing_between(seen)
    ]


def gaps_in_numbers(numbers: Iterable[int]) -> list[str]:
    """The numbers missing between the lowest and the highest, a stretch of them as one.

    >>> gaps_in_numbers([20, 4, 5, 7])
    ['6', '8-19']
    """
    found = _missing_between(set(numbers))
    return [f"{low}-{high}" if low < high else str(low) for low, high in found]


def _missing_between(seen: set[int]) -> list[tuple[int, int]]:
    """The first and last number of every stretch that is missing."""
    return [(low + 1, high - 1) for low, high in pairwise(sorted(seen)) if high - low > 1]


def refresh(work: Work) -> None:
    """Make the open findings about held rows and missing numbers what is the case now."""
    held = work.conn.execute(
        select(
            rejected_row.c.code,
            rejected_row.c.client,
            rejected_row.c.month,
            delivery.c.sender_id,
            rejected_row.c.line,
        )
        .join(
            delivery,
            (delivery.c.municipality == rejected_row.c.municipality)
            & (delivery.c.delivery == rejected_row.c.delivery),
        )
        .where(
            rejected_row.c.municipality == work.municipality,
            rejected_row.c.state == "held",
            rejected_row.c.severity == "H",
            delivery.c.kind.in_((*DELIVERED, PAYSLIP)),
        )
    )
    rows = [Finding(row[0], row[1], row[2] or 0, f"{row[3]}:{row[4]}") for row in held]
    codes = [code for code in PROBLEMS if _ROW_CODE.fullmatch(code)]
    sync(work, {*codes, *payslip_differences.CODES}, rows, ours=is_row)
    about = payslip_differences.touched(work)
    questions = payslip_differences.differences(work, about)
    sync(
        work,
        payslip_differences.CODES,
        questions,
        ours=lambda one: not is_row(one) and (one.client, one.month) in about,
    )
    missing = [Finding("GAP", subject=one) for one in _missing(work)]
    sync(work, ["GAP"], missing, ours=lambda one: bool(_MISSING.fullmatch(one.subject)))


def _missing(work: Work) -> list[str]:
    """The numbers of deliveries that never came, in every series."""
    told: dict[str, list[str]] = {kind: [] for kind in DELIVERED}
    rows = work.conn.execute(
        select(delivery.c.kind, delivery.c.sent_id).where(*income_deliveries(work))
    )
    for kind, sent_id in rows:
        told[kind].append(sent_id)
    numbers = gaps_in_numbers(int(sent_id) for sent_id in told[suwi.KIND])
    return gaps(told[income_rows.KIND]) + [f"Volgnummer {number}" for number in numbers]


def is_row(one: Finding) -> bool:
    """Whether a finding is about a row of a file that waits, not about what all files tell."""
    row = bool(_HELD_ROW.fullmatch(one.subject))
    return row and not one.subject.startswith("employment:")


def income_deliveries(work: Work, *kinds: str) -> tuple[Any, ...]:
    """The conditions of an accepted delivery of income, of these kinds or of any."""
    return (
        delivery.c.municipality == work.municipality,
        delivery.c.kind.in_(kinds or DELIVERED),
        delivery.c.verdict == "accepted",
    )
