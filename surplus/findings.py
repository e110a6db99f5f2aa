"""Findings: what a person must look at. Raised once, closed when the cause is gone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update

from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import finding

NEVER = 999_999
#: Findings behind which money waits: what closes them is done with the money, never by hand.
CLOSED_BY = {
    "OLD_CORRECTION": "surplus decide CLIENT set-off-correction",
    "UNKNOWN_PAYMENTS": "surplus adopt",
    "UNMATCHED": "surplus bank assign, split or refund",
    "WORKSPACE_FROZEN": "surplus adopt",
}
#: What a person resolved is told once more where its cause still stands after so many days, or at
#: once where it is about more money than then.
QUIET_DAYS = 30


class Finding(NamedTuple):
    """Something to look at; code, client, month and subject together make it one finding."""

    code: str
    client: int = 0
    month: int = 0
    subject: str = ""
    amount_cents: int | None = None

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What makes it the same finding another day."""
        return (self.code, self.client, self.month, self.subject)


def raise_all(work: Work, findings: Iterable[Finding]) -> int:
    """Raise those findings that are not open yet; returns how many that were."""
    given = {found.key: found for found in findings}
    return _insert(work, given, _open(work, {key[0] for key in given}))


def sync(
    work: Work,
    codes: Iterable[str],
    findings: Iterable[Finding],
    clients: Mapping[int, int] | None = None,
    ours: Callable[[Finding], bool] = lambda found: True,
) -> None:
    """Make the open findings of these codes exactly the given ones.

    What a person resolved of late stays so.

    Args:
        work: the run in whose transaction it happens.
        codes: the codes that `findings` tells completely.
        findings: what is the case now.
        clients: only of these clients are findings told completely, each from a month (yyyymm)
            on; None for all clients and months.
        ours: which findings of these codes are told completely, where others raise them too.
    """
    given = {found.key: found for found in findings}
    standing = {
        key: number
        for key, number in _open(work, set(codes)).items()
        if (clients is None or key[2] >= clients.get(key[1], NEVER)) and ours(Finding(*key))
    }
    fresh = {key: found for key, found in given.items() if key not in standing}
    _insert(work, fresh, _quiet(work, set(codes), fresh))
    _say_amounts(work, [(number, given[key]) for key, number in standing.items() if key in given])
    gone = [number for key, number in standing.items() if key not in given]
    for start in range(0, len(gone), 500):
        work.conn.execute(
            update(finding)
            .where(finding.c.municipality == work.municipality)
            .where(finding.c.finding.in_(gone[start : start + 500]))
            .values(state="closed", closed_on=work.on, resolved_by="system")
        )


def _say_amounts(work: Work, told: Iterable[tuple[int, Finding]]) -> None:
    """Let findings that stand open bear the amount of now."""
    rows = [
        {"number": number, "cents": found.amount_cents}
        for number, found in told
        if found.amount_cents is not None
    ]
    if rows:
        work.conn.execute(
            update(finding)
            .where(
                finding.c.municipality == work.municipality,
                finding.c.finding == bindparam("number"),
                finding.c.amount_cents.is_distinct_from(bindparam("cents")),
            )
            .values(amount_cents=bindparam("cents")),
            rows,
        )


def resolve(work: Work, number: int, reason: str) -> None:
    """Close a finding by hand, with the reason.

    Raises:
        Refusal: no open finding has this number, or money waits behind it.
    """
    standing = (
        (finding.c.municipality == work.municipality)
        & (finding.c.finding == number)
        & (finding.c.state == "open")
    )
    code = work.conn.execute(select(finding.c.code).where(standing)).scalar()
    if code in CLOSED_BY:
        raise Refusal(
            f"money waits behind finding {number} ({code}): it is not closed by hand",
            f"{CLOSED_BY[code]} closes it",
        )
    done = work.conn.execute(
        update(finding)
        .where(standing)
        .values(state="resolved", closed_on=work.on, resolved_by=work.operator, reason=reason)
    )
    if not done.rowcount:
        raise Refusal(f"there is no open finding {number}", "surplus findings list shows them")


def raised(work: Work) -> int:
    """How many findings that this run raised stand open."""
    query = select(func.count()).where(
        finding.c.municipality == work.municipality,
        finding.c.run == work.run,
        finding.c.state == "open",
    )
    return int(work.conn.execute(query).scalar_one())


def _open(work: Work, codes: set[str]) -> dict[tuple[str, int, int, str], int]:
    rows = work.conn.execute(
        select(
            finding.c.code,
            finding.c.client,
            finding.c.month,
            finding.c.subject,
            finding.c.finding,
        ).where(
            finding.c.municipality == work.municipality,
            finding.c.state == "open",
            finding.c.code.in_(sorted(codes)),
        )
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def _quiet(
    work: Work, codes: set[str], given: Mapping[tuple[str, int, int, str], Finding]
) -> set[tuple[str, int, int, str]]:
    """Those that a person resolved of late, when they were about as much money or more."""
    if not given:
        return set()
    since = date.fromisoformat(work.on) - timedelta(days=QUIET_DAYS)
    rows = work.conn.execute(
        select(
            finding.c.code, finding.c.client, finding.c.month, finding.c.subject,
            finding.c.amount_cents,
        ).where(
            finding.c.municipality == work.municipality,
            finding.c.state == "resolved",
            finding.c.closed_on > since.isoformat(),
            finding.c.code.in_(sorted(codes)),
        )
    )  # fmt: skip
    return {
        key
        for *row, cents in rows
        if (key := (row[0], row[1], row[2], row[3])) in given
        and abs(given[key].amount_cents or 0) <= abs(cents or 0)
    }


def _insert(
    work: Work,
    given: dict[tuple[str, int, int, str], Finding],
    standing: Collection[tuple[str, int, int, str]],
) -> int:
    new = [found for key, found in sorted(given.items()) if key not in standing]
    if not new:
        return 0
    first = bulk.next_id(work.conn, finding, work.municipality)
    bulk.append(
        work.conn,
        finding,
        {
            "municipality": work.municipality,
            "finding": list(range(first, first + len(new))),
            "code": [found.code for found in new],
            "client": [found.client for found in new],
            "month": [found.month for found in new],
            "subject": [found.subject for found in new],
            "amount_cents": [found.amount_cents for found in new],
            "raised_on": work.on,
            "state": "open",
            "closed_on": "",
            "resolved_by": "",
            "reason": "",
            "run": work.run,
        },
    )
    return len(new)
