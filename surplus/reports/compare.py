"""What clients would have received under the ordinary settlements, beside Surplus (domain.md §4).

Norm, income, exemption and benefit are those of the latest settlement versions, as if they had
been right at once: a later correction would come on top under every ordinary variant. Surplus is
what the books say was or will be paid. Left out everywhere, as it is the same everywhere: the
holiday allowance of June, and income that never came to the buffer account.

Where the days come from:

* pay day: the day on which the first batch of the month was due, else the one of the policy;
* receipt of a wage: the booking day of the bank item that completed it; a wage not received yet
  counts in its own month;
* payslip in: the day on which the last employment first told its income of the month (leverdatum).
  The deliveries are the only payslips that the books know: where they are the only source,
  settling on the month is as late as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, bindparam, text

from surplus.config import Settings
from surplus.intake.clients.view import clients_as_of
from surplus.ledger.accounts import BUFFER, RECEIVABLE
from surplus.ledger.receipts import placed
from surplus.months import Month, ordinal, plus
from surplus.payout.calendar import PayCalendar
from surplus.problems import Refusal
from surplus.reports import tables
from surplus.rules.arrays import day_numbers
from surplus.rules.norm import holiday_share, paid_part
from surplus.rules.ordinary.afterwards import afterwards
from surplus.rules.ordinary.course import Cash, Course, days_late, pay_months
from surplus.rules.ordinary.estimate import estimate
from surplus.rules.ordinary.measures import Distribution, Measures, distribution, measured
from surplus.rules.ordinary.on_the_month import on_the_month
from surplus.rules.ordinary.surplus import surplus
from surplus.settlement import basis
from surplus.settlement.history import History
from surplus.store import bulk

Columns = dict[str, Any]

#: Later than every month.
NEVER = 999_999
#: In this order they are shown.
VARIANTS = ("on_the_month", "afterwards", "estimate", "surplus")
#: Measures in cents; the others count months, days, times, or per thousand.
IN_CENTS = (
    "total", "deviation", "largest_drop", "lowest", "taken_back_cents", "claim", "claim_reserve",
    "rest", "wages_to_come",
)  # fmt: skip
#: Measures that are not to be added up over clients.
SINGLE = ("deviation", "largest_drop", "lowest", "lowest_permille")

_KNOWN = """
    SELECT client, month, MAX(told_on) AS known_on FROM (
        SELECT client, month, MIN(CASE WHEN sent_on = '' THEN recorded_on ELSE sent_on END)
               AS told_on
        FROM income WHERE municipality = :municipality AND (:client = 0 OR client = :client)
          AND source <> 'estimate'
        GROUP BY client, month, employment, relation, period_begin) AS first
    GROUP BY client, month ORDER BY month, client
"""
_BANK_DAYS = """
    SELECT item, booked_on FROM bank_item
    WHERE municipality = :municipality AND amount_cents > 0 ORDER BY item
"""
#: What leaves the buffer for the client beside the fixed payment.
_BESIDE = text(
    """
    SELECT client, month, SUM(amount_cents) AS amount FROM obligation
    WHERE municipality = :municipality AND (:client = 0 OR client = :client)
      AND kind IN :kinds AND round = 1 AND state <> 'CANCELLED'
    GROUP BY client, month ORDER BY month, client
    """
).bindparams(bindparam("kinds", expanding=True))
BESIDE_FIXED = ("extra", "exit", "third-party")

_DIRECT = """
    SELECT posting.client AS client, posting.month AS month, SUM(posting.amount) AS amount
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND (:client = 0 OR posting.client = :client)
      AND entry.kind = 'wage-paid-to-client' AND posting.account = :buffer
    GROUP BY posting.client, posting.month ORDER BY posting.month, posting.client
"""
#: When fixed payments were due to leave, a later round included.
_DUE = """
    SELECT client, month, MAX(due_on) AS due_on FROM obligation
    WHERE municipality = :municipality AND (:client = 0 OR client = :client)
      AND kind = 'fixed' AND state <> 'CANCELLED'
    GROUP BY client, month ORDER BY month, client
"""
_PAY_DAYS = """
    SELECT month, MIN(due_on) AS due_on FROM payment_batch
    WHERE municipality = :municipality AND first = 1 AND state <> 'CANCELLED'
    GROUP BY month ORDER BY month
"""


@dataclass(frozen=True)
class Comparison:
    """The variants of n clients side by side; grids have shape (n, months)."""

    clients: Any  # numbers, ascending
    course: Course
    wage_on: Any  # day on which the wage of a pay month was received last, 0 where none was
    paid: Mapping[str, Cash]  # variant -> what reaches the client
    measures: Mapping[str, Measures]  # variant -> measures

    @property
    def shown(self) -> Any:
        """The client-months that are told: settled, or open between settled ones and with money."""
        columns = np.arange(len(self.course.months))
        first = np.argmax(self.course.settled, axis=1)
        between = (columns > first[:, None]) & (columns < self.course.last[:, None])
        moved = np.any([cash.received != 0 for cash in self.paid.values()], axis=0)
        return self.course.settled | (between & moved)


class _Grid(NamedTuple):
    """Clients by months, and how rows of (client, month) find their place."""

    clients: Any
    months: Any

    def places(self, rows: Columns) -> tuple[Any, Any, Any]:
        """Row and column of each pair, and which of them lie inside."""
        row = np.minimum(np.searchsorted(self.clients, rows["client"]), len(self.clients) - 1)
        column = ordinal(rows["month"]) - ordinal(self.months[0])
        inside = (self.clients[row] == rows["client"]) & (column >= 0)
        inside &= column < len(self.months)
        return row[inside], column[inside], inside

    def of(self, rows: Columns, values: Any) -> Any:
        """Values of rows in their places, added up; 0 elsewhere."""
        row, column, inside = self.places(rows)
        grid = np.zeros((len(self.clients), len(self.months)), dtype=np.int64)
        np.add.at(grid, (row, column), np.asarray(values)[inside])
        return grid


def compare(conn: Connection, settings: Settings, client: int = 0) -> Comparison:
    """The variants of one client, or of all.

    Args:
        conn: the store.
        settings: the municipality and its pay day.
        client: its number; 0 for all.

    Raises:
        Refusal: nothing is settled yet.
    """
    history = History.read(conn, settings.code, client)
    rows = {name: column[history.settled] for name, column in history.figures.items()}
    if not len(rows["month"]):
        raise Refusal(
            "there is nothing to compare: no month is settled yet",
            "run surplus settle, or look at surplus status for what is missing",
        )
    months = _months(int(rows["month"].min()), int(rows["month"].max()))
    grid = _Grid(np.unique(rows["client"]), months)
    pay_days = _pay_days(conn, settings, months)
    wage, wage_on = _wages(conn, settings, grid, history.wages, pay_days, client)
    course = _course(conn, settings, grid, rows, pay_days, wage, client)
    paid = {
        "on_the_month": on_the_month(course),
        "afterwards": afterwards(course),
        "estimate": estimate(course),
        "surplus": _surplus(conn, settings, grid, rows, course, client),
    }
    measures = {name: measured(course, cash) for name, cash in paid.items()}
    return Comparison(grid.clients, course, wage_on, paid, measures)


def _months(first: int, last: int) -> Any:
    """Every month from the first to the last."""
    return plus(first, np.arange(ordinal(last) - ordinal(first) + 1))


def _pay_days(conn: Connection, settings: Settings, months: Any) -> Any:
    """The pay day of each month and of one more, as numbers."""
    due = bulk.read(conn, _PAY_DAYS, {"municipality": settings.code})
    told = dict(zip(due["month"].tolist(), due["due_on"].tolist(), strict=True))
    dates = PayCalendar.read(conn, settings)
    days = [
        told.get(month) or dates.days(Month(month)).pays_on
        for month in [*months.tolist(), int(plus(months[-1], 1))]
    ]
    return day_numbers(np.array(days, dtype=object))


def _course(
    conn: Connection, settings: Settings, grid: _Grid, rows: Columns, pay_days: Any, wage: Any,
    client: int,
) -> Course:  # fmt: skip
    here = {"municipality": settings.code, "client": client}
    norm, rate = _norms(conn, settings, rows)
    known = bulk.read(conn, _KNOWN, here)
    settled = grid.of(rows, np.ones(len(rows["month"]), dtype=np.int64)) > 0
    known_on = grid.of(known, day_numbers(known["known_on"]))
    counted = np.maximum(0, rows["countable_cents"]) - rows["exemption_cents"]
    course = Course(
        months=grid.months,
        pay_days=pay_days[:-1],
        settled=settled,
        norm=grid.of(rows, norm),
        holiday_rate=grid.of(rows, rate),
        counted=grid.of(rows, counted),
        benefit=grid.of(rows, rows["benefit_cents"]),
        wage=wage,
        wages_due=grid.of(rows, rows["wage_cents"]).sum(axis=1),
        known_on=np.where(settled, known_on, 0),
        ended=np.zeros(len(grid.clients), dtype=bool),
    )
    inside = np.arange(len(grid.months)) <= course.last[:, None]
    return course._replace(
        wage=np.where(inside, wage, 0), ended=_ended(conn, settings, grid, course)
    )


def _norms(conn: Connection, settings: Settings, rows: Columns) -> tuple[Any, Any]:
    """N, and the part of it kept back as holiday allowance, by the basis of each month.

    Under EXCL the norm is taken without it and nothing is kept back.
    """
    norm, rate = rows["norm_cents"].copy(), np.zeros_like(rows["norm_cents"])
    for number in np.unique(rows["basis"]).tolist():
        mine = rows["basis"] == number
        stood = basis.load(conn, settings.code, number)
        share = holiday_share(stood.parameters, rows["month"][mine]).amounts
        if stood.policy["income"]["holiday_mode"] == "INCL":
            rate[mine] = share
        else:
            norm[mine] = paid_part(norm[mine], share)
    return norm, rate


def _wages(
    conn: Connection, settings: Settings, grid: _Grid, wages: Columns, pay_days: Any, client: int
) -> tuple[Any, Any]:
    """W by the pay month in which it was received, and the last day of receipt in each."""
    received = _received(conn, settings, wages, client)
    calendar = np.append(grid.months, plus(grid.months[-1], 1))
    counts = wages | {"month": pay_months(received, wages["month"], calendar, pay_days)}
    last = np.zeros((len(grid.clients), len(grid.months)), dtype=np.int64)
    row, column, inside = grid.places(counts)
    np.maximum.at(last, (row, column), received[inside])
    return grid.of(counts, wages["wage_cents"]), last


def _received(conn: Connection, settings: Settings, wages: Columns, client: int) -> Any:
    """The day on which each wage was complete at the bank, 0 where nothing was received."""
    money = placed(conn, settings.code, [client] if client else None)
    items = bulk.read(conn, _BANK_DAYS, {"municipality": settings.code})
    there = (money["account"] == RECEIVABLE) & (money["cents"] > 0)
    there &= np.isin(money["item"], items["item"])
    days = day_numbers(items["booked_on"])[np.searchsorted(items["item"], money["item"][there])]
    jobs = np.unique(np.concatenate([wages["employment"], money["employment"][there]]))

    def keys(job: Any, month: Any) -> Any:
        return np.searchsorted(jobs, job) * 1_000_000 + month

    paid, place = np.unique(
        keys(money["employment"][there], money["month"][there]), return_inverse=True
    )
    latest = np.zeros(len(paid) + 1, dtype=np.int64)
    np.maximum.at(latest, place, days)
    wanted = keys(wages["employment"], wages["month"])
    found = np.searchsorted(paid, wanted)
    same = np.isin(wanted, paid)
    return np.where(same, latest[found], 0)


def _ended(conn: Connection, settings: Settings, grid: _Grid, course: Course) -> Any:
    """Whose benefit has ended, all of it settled [MODEL]: status ended or deceased, and the month
    of the end settled. Who only withdrew consent goes on in the ordinary way.
    """
    view = clients_as_of(conn, settings.code, int(plus(grid.months[-1], 1)))
    status, ends, withdrawn = (
        np.asarray(view[name], dtype="U10") for name in ("status", "ends_on", "withdrawn_on")
    )
    gone = np.isin(status, ("BEEINDIGD", "OVERLEDEN")) & (ends != "") & (withdrawn == "")
    end = np.full(len(grid.clients), NEVER)
    place = np.searchsorted(grid.clients, view["client"][gone])
    known = np.isin(view["client"][gone], grid.clients)
    end[place[known]] = day_numbers(ends[gone][known]) // 100
    return end <= grid.months[course.last]


def _surplus(
    conn: Connection, settings: Settings, grid: _Grid, rows: Columns, course: Course, client: int
) -> Cash:
    """What the books say was or will be paid, in the pay months up to the last settled one."""
    here = {"municipality": settings.code, "client": client}
    beside = bulk.read(conn, _BESIDE, {**here, "kinds": BESIDE_FIXED})
    direct = bulk.read(conn, _DIRECT, {**here, "buffer": BUFFER})
    due = bulk.read(conn, _DUE, here)
    inside = np.arange(len(grid.months)) <= course.last[:, None]
    return surplus(
        course,
        fixed=grid.of(rows, tables.agreed(conn, settings, rows).cents),
        beside=np.where(inside, grid.of(beside, beside["amount"]), 0),
        direct=np.where(inside, grid.of(direct, direct["amount"]), 0),
        late=days_late(course.pay_days[None, :], grid.of(due, day_numbers(due["due_on"]))),
    )


def month_rows(comparison: Comparison) -> Columns:
    """A row per client-month that is told, by client and month.

    Returns:
        client_no, month, state (settled or open), paid_norm_cents (V), pay_on, wage_cents with
        wage_on, and per variant what is received in the month and on which day the last of what
        the municipality owes for it is paid. Days are ISO text.
    """
    course = comparison.course
    rows, columns = np.nonzero(comparison.shown)
    pay_on = _iso(course.pay_days)

    def told(grid: Any) -> Any:
        return grid[rows, columns]

    told_rows: Columns = {
        "client_no": tables.client_numbers(comparison.clients[rows]),
        "month": tables.month_texts(course.months[columns]),
        "state": np.where(told(course.settled), "settled", "open").astype(object),
        "paid_norm_cents": told(course.paid_norm),
        "pay_on": pay_on[columns],
        "wage_cents": told(course.wage),
        "wage_on": _iso(told(comparison.wage_on)),
    }
    for name, cash in comparison.paid.items():
        told_rows[f"{name}_cents"] = told(cash.received)
        told_rows[f"{name}_on"] = _after(pay_on[columns], told(cash.days_late))
    return told_rows


def client_rows(comparison: Comparison) -> Columns:
    """A row per client and variant with its measures, by client."""
    count, variants = len(comparison.clients), len(VARIANTS)
    columns: Columns = {
        "client_no": np.repeat(tables.client_numbers(comparison.clients), variants),
        "variant": np.tile(np.array(VARIANTS, dtype=object), count),
    }
    for name in Measures._fields:
        each = [getattr(comparison.measures[variant], name) for variant in VARIANTS]
        columns[measure_name(name)] = np.stack(each, axis=1).reshape(-1)
    return columns


def measure_name(name: str) -> str:
    """The name of a measure in tables: money ends in `_cents`."""
    return f"{name}_cents" if name in IN_CENTS and not name.endswith("_cents") else name


class Summary(NamedTuple):
    """One variant over all clients."""

    variant: str
    totals: dict[str, int]  # measure -> its sum, for those that can be added up
    spread: dict[str, Distribution]  # measure -> how it lies over the clients
    clients_below_90: int  # with at least one such month


def summary(comparison: Comparison) -> list[Summary]:
    """Each variant over all clients, in the order of VARIANTS."""
    told = []
    for variant in VARIANTS:
        measures = comparison.measures[variant]._asdict()
        totals = {n: int(v.sum()) for n, v in measures.items() if n not in SINGLE}
        spread = {n: distribution(v) for n, v in measures.items()}
        below = int((measures["below_90"] > 0).sum())
        told.append(Summary(variant, totals, spread, below))
    return told


def _after(days: Any, count: Any) -> Any:
    """ISO days, so many days later."""
    later = np.asarray(days, dtype="datetime64[D]") + count
    return np.datetime_as_string(later).astype(object)


def _iso(days: Any) -> Any:
    """Day numbers as ISO text, '' for none."""
    return tables.mapped(
        days, lambda day: f"{day // 10000}-{day // 100 % 100:02d}-{day % 100:02d}" if day else ""
    )
