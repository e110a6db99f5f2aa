"""What the deliveries of income leave for a person: held rows, and numbers that never came."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import or_, select

from surplus.findings import Finding, sync
from surplus.intake import income_rows, payslip_differences
from surplus.intake.suwi import rows as suwi
from surplus.problems import PROBLEMS
from surplus.runs import Work
from surplus.store.tables import delivery, finding, rejected_row

#: Kinds of delivery whose sender numbers and dates them.
DELIVERED = (income_rows.KIND, suwi.KIND)
PAYSLIP = "payslip"
#: A sender's number that counts within its month: IB-0999-2026-03-001.
_COUNTED = re.compile(r"(.+-[0-9]{4}-[0-9]{2}-)([0-9]{3})")
#: What a missing number is called: as its sender writes it.
_MISSING = re.compile(rf"{_COUNTED.pattern}|Volgnummer [0-9-]+")
_ROW_CODE = re.compile(r"R[0-9]{2}")
#: The subject of a held row: leveringsnummer and line.
_HELD_ROW = re.compile(r".{1,35}:[0-9]+")


def gaps(sent_ids: Iterable[str], before: str = "") -> list[str]:
    """The numbers that are missing in the sender's series, each below one that came.

    >>> gaps(["IB-0999-2026-03-001", "IB-0999-2026-03-004", "LOS-7"])
    ['IB-0999-2026-03-002', 'IB-0999-2026-03-003']

    Args:
        sent_ids: leveringsnummers taken in; those that do not end in -yyyy-mm-nnn are left out.
        before: only what is missing in the series of this one, below it.
    """
    series: dict[str, set[int]] = {}
    for sent_id in sent_ids:
        if counted := _COUNTED.fullmatch(sent_id):
            series.setdefault(counted[1], set()).add(int(counted[2]))
    missing = [
        f"{prefix}{number:03d}"
        for prefix, seen in sorted(series.items())
        for number in range(1, max(seen))
        if number not in seen
    ]
    return [one for one in missing if not before or (one[:-3] == before[:-3] and one < before)]


def gaps_in_numbers(numbers: Iterable[int]) -> list[str]:
    """The numbers missing between the lowest and the highest, a stretch of them as one.

    >>> gaps_in_numbers([20, 4, 5, 7])
    ['6', '8-19']
    """
    seen = sorted(set(numbers))
    stretches = [(low + 1, high - 1) for low, high in pairwise(seen) if high - low > 1]
    return [f"{low}-{high}" if low < high else str(low) for low, high in stretches]


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
    _make(work, codes, rows, lambda one: _is_row(one.subject))
    about = payslip_differences.touched(work)
    _make(
        work,
        payslip_differences.CODES,
        payslip_differences.differences(work, about),
        lambda one: not _is_row(one.subject) and (one.client, one.month) in about,
    )
    missing = [Finding("GAP", subject=one) for one in _missing(work)]
    _make(work, ["GAP"], missing, lambda one: bool(_MISSING.fullmatch(one.subject)))


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


def _is_row(subject: str) -> bool:
    return bool(_HELD_ROW.fullmatch(subject)) and not subject.startswith("employment:")


def income_deliveries(work: Work, *kinds: str) -> tuple[Any, ...]:
    """The conditions of an accepted delivery of income, of these kinds or of any."""
    return (
        delivery.c.municipality == work.municipality,
        delivery.c.kind.in_(kinds or DELIVERED),
        delivery.c.verdict == "accepted",
    )


def after(order: tuple[str, str] | None) -> Any:
    """The condition that a delivery comes after this one in the sender's order; None: never."""
    if order is None:
        return delivery.c.sent_on.is_(None)
    same_day = (delivery.c.sent_on == order[0]) & (delivery.c.sent_id > order[1])
    return or_(delivery.c.sent_on > order[0], same_day)


def _make(
    work: Work, codes: Sequence[str], findings: list[Finding], ours: Callable[[Finding], bool]
) -> None:
    """Let the open findings that are `ours` be exactly these; leave those of others alone."""
    standing = work.conn.execute(
        select(
            finding.c.code,
            finding.c.client,
            finding.c.month,
            finding.c.subject,
            finding.c.amount_cents,
        ).where(
            finding.c.municipality == work.municipality,
            finding.c.state == "open",
            finding.c.code.in_(codes),
        )
    )
    others = [one for row in standing if not ours(one := Finding(*row))]
    sync(work, codes, [*findings, *others])
