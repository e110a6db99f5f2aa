"""Settling: post(target − posted), month by month, all clients at once (design.md §6).

A rerun posts nothing; a correction posts exactly the difference; nothing is updated or deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from surplus import findings
from surplus.findings import Finding
from surplus.intake.clients.view import clients_as_of
from surplus.intake.held import worklist
from surplus.ledger.journal import next_entry
from surplus.months import Month
from surplus.rules import rules_hash
from surplus.runs import Work
from surplus.settlement import basis as bases
from surplus.settlement.difference import write
from surplus.settlement.history import CLIENTS, History, last_full_run, news
from surplus.settlement.norms import only
from surplus.settlement.participation import participates
from surplus.settlement.target import Target, Told, target
from surplus.store import bulk

Columns = dict[str, Any]

#: Codes that settling tells completely for the client-months it looks at.
CODES = (
    "C07",
    "C11",
    "MISSING_INCOME",
    "NEGATIVE_INCOME",
    "R13",
    "PARTIAL_PAYSLIP",
    "YEAR_END_PAY",
    "OUTFLOW",
    "REOPENED",
)


@dataclass
class Result:
    """What settling did."""

    first_entry: int
    examined: int = 0
    new: int = 0
    changed: int = 0
    open: int = 0
    entries: int = 0
    found: list[Finding] = field(default_factory=list)
    corrections: list[Finding] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The numbers for the run registry."""
        return {
            "examined": self.examined, "new": self.new, "changed": self.changed,
            "open": self.open, "entries": self.entries,
            "needs_a_person": len(self.found) + len(self.corrections),
        }  # fmt: skip


def settle(work: Work, through: Month, *, client: int = 0, because: str = "") -> Result:
    """Settle every client-month with news, up to and including `through`.

    Args:
        work: the run in whose transaction all of it happens.
        through: the last month to settle for the first time.
        client: only this client; 0 for all.
        because: `parameter`, `policy` or `code`: settle again every month that stands, and no
            other, with what is new of that one thing; '' for news.
    """
    conn, here = work.conn, work.municipality
    result = Result(next_entry(work))
    history = History.read(conn, here, client)
    views = _Views(work)
    if because:
        start, told_since, through = history.first_months(), {}, Month(0)
    else:
        told_since = news(conn, here, last_full_run(conn, here), client)
        start = _first_dirty(views, history, told_since, through, client)
    if not start:
        return result
    walk = _Walk(work, views, history, start, because)
    last = max(int(through), history.last_month(walk.clients))
    told = Told.read(conn, here, walk.first, Month(last), client=client)
    causes = walk.causes(told_since)
    for month in walk.first.through(Month(last)):
        _settle_month(work, month, month <= through, walk, told, causes, result)
    # A row of a file that is held (R13) is a finding of the intake.
    findings.sync(work, CODES, result.found, start, lambda one: not worklist.is_row(one))
    findings.raise_all(work, result.corrections)
    return result


def bookings(work: Work, result: Result) -> list[dict[str, Any]]:
    """The postings of a settling run, for people to read before they are kept."""
    rows = bulk.read(
        work.conn,
        """SELECT client, month, account, SUM(amount) AS amount FROM posting
           WHERE municipality = :municipality AND entry >= :first
           GROUP BY client, month, account ORDER BY month, client, account""",
        {"municipality": work.municipality, "first": result.first_entry},
    )
    return [
        {"client_no": f"K{c:07d}", "month": str(Month(m)), "account": a, "amount_cents": cents}
        for c, m, a, cents in zip(*(rows[n].tolist() for n in rows), strict=True)
    ]


class _Views:
    """The clients as they are in each month, read once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._read: dict[int, Columns] = {}

    def at(self, month: Month) -> Columns:
        """Every client in a month."""
        if month not in self._read:
            self._read[month] = clients_as_of(self._work.conn, self._work.municipality, int(month))
        return self._read[month]


class _Walk:
    """The clients with news on their way through the months, and what one month tells the next."""

    def __init__(
        self, work: Work, views: _Views, history: History, start: dict[int, int], because: str
    ) -> None:
        self.views, self.history, self.because = views, history, because
        #: A clock that was set back makes nothing late that was in time, nor the reverse.
        self.on = max(work.on, history.newest())
        self.clients = np.array(sorted(start), dtype=np.int64)
        self.start = np.array([start[c] for c in self.clients.tolist()], dtype=np.int64)
        self.first = Month(int(self.start.min()))
        #: Months of exemption used in settled months, baseline not included.
        self.used = history.used_months(self.clients, self.start)
        #: Whether C reached N in the settled month before, and E of the last settled month.
        self.reached, self.exemption = history.last_figures(self.clients, self.start)

    def causes(self, told_since: Columns) -> Any:
        """Per client why a month may change: data, decision, the one thing that is new, or ''."""
        causes = np.full(len(self.clients), self.because, dtype=object)
        if not self.because:
            said = np.where(told_since["decided"] == 1, "decision", "data")
            known = np.isin(told_since["client"], self.clients)
            causes[np.searchsorted(self.clients, told_since["client"][known])] = said[known]
        return causes

    def basis(self, work: Work, pinned: int) -> bases.Basis:
        """What a month is settled on: the basis of its last version, or today's for a new one."""
        if not pinned:
            return bases.current(work)
        last = bases.load(work.conn, work.municipality, pinned)
        return bases.because(work, self.because, last) if self.because else last

    def pass_on(self, places: Any, month: Month, done: Target) -> list[Finding]:
        """Remember what a settled month means for the months after; returns who flows out."""
        figures, settled = done.figures, done.settled
        kinds = np.where(settled[:, None], figures.exemption_kind, 0)
        self.used = self.used.and_of(month, done.clients, kinds)
        reaches = settled & (figures.countable >= figures.norm)
        outflow = reaches & self.reached[places]
        self.reached[places] = reaches
        self.exemption[places] = np.where(settled, figures.exemption, self.exemption[places])
        return [Finding("OUTFLOW", int(c), int(month)) for c in done.clients[outflow]]


def _settle_month(
    work: Work, month: Month, may_be_new: bool, walk: _Walk, told: Told, causes: Any, result: Result
) -> None:
    view = walk.views.at(month)
    stands = walk.history.at(month, walk.clients)
    view = only(view, np.isin(view["client"], walk.clients[walk.start <= int(month)]))
    taking_part = participates(view, month)
    places: Any = np.searchsorted(walk.clients, view["client"])
    wanted = stands["found"][places] | (taking_part & may_be_new)
    view, taking_part, places = only(view, wanted), taking_part[wanted], places[wanted]
    pinned = np.where(stands["found"][places], stands["basis"][places], 0)
    for number in np.unique(pinned).tolist():
        group = pinned == number
        _settle_group(
            work, month, only(view, group), taking_part[group], places[group], number,
            walk, told, causes, result,
        )  # fmt: skip


def _settle_group(
    work: Work,
    month: Month,
    view: Columns,
    taking_part: Any,
    places: Any,
    number: int,
    walk: _Walk,
    told: Told,
    causes: Any,
    result: Result,
) -> None:
    """Settle the clients of a month that share a basis: its last version's, or today's."""
    if not len(places):
        return
    basis = walk.basis(work, number)
    counts_exemption = basis.policy["fixed_payment"]["basis"] == "norm+exemption"
    expected = walk.exemption[places] if counts_exemption else np.zeros(len(places), dtype=np.int64)
    aim = target(work.conn, work.settings, view, month, basis, told, walk.used, expected, walk.on)
    aim = replace(aim, settled=aim.settled & taking_part)
    stood = walk.history.at(month, aim.clients)
    cause = causes[places]
    by_code = stood["found"] & (cause == "") & (stood["rules_hash"] != rules_hash())
    cause = np.where(by_code, "code", np.where(cause == "", "data", cause)).astype(object)
    written = write(work, month, aim, walk.history, basis.number, cause, rules_hash())
    reopened = (stood["state"] == "settled") & ~aim.settled
    result.examined += len(places)
    result.new += written.new
    result.changed += written.changed
    result.entries += written.entries
    result.open += int((~aim.settled).sum())
    result.corrections += written.corrections
    mine = set(aim.clients[taking_part].tolist())
    result.found += [finding for finding in aim.findings if finding.client in mine]
    result.found += [Finding("REOPENED", int(c), int(month)) for c in aim.clients[reopened]]
    result.found += walk.pass_on(places, month, aim)


def _first_dirty(
    views: _Views, history: History, told_since: Columns, through: Month, client: int
) -> dict[int, int]:
    """Client -> the earliest month with news, or not settled yet though it may be."""
    view = views.at(through)
    if client:
        view = only(view, view["client"] == client)
    start = _unsettled(view, history, through)
    latest = history.latest_months()
    for number, month in zip(
        told_since["client"].tolist(), told_since["month"].tolist(), strict=True
    ):
        if month and month <= max(int(through), latest.get(number, 0)):
            start[number] = min(month, start.get(number, month))
    return start


def _unsettled(view: Columns, history: History, through: Month) -> dict[int, int]:
    """Client -> the first month of the participation that does not stand as settled."""
    start: dict[int, int] = {}
    if not len(view["client"]):
        return start
    keys = (history.figures["month"] * CLIENTS + history.figures["client"])[history.settled]
    first = Month.of(min(view["starts_on"]))
    for month in reversed(list(first.through(through))):
        there = view["client"][participates(view, month)]
        missing = there[~np.isin(int(month) * CLIENTS + there, keys)]
        start |= dict.fromkeys(missing.tolist(), int(month))
    return start
