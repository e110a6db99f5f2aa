"""The pay calendar: on which day the fixed amount leaves, by the days on which banks settle euros.

TARGET days are the days the European payment system is open (formats.md §4). King's Day and
Ascension Day are among them, Good Friday and 1 May are not. A year is worked out once, shown and
approved; from then on its days stand in the store, so that neither a new release of the library
of holidays nor a changed setting moves a date that clients were promised.

>>> from datetime import date
>>> banking_day(date(2026, 12, 25), "preceding").isoformat()
'2026-12-24'
>>> add_banking_days(date(2026, 11, 30), -3).isoformat()
'2026-11-25'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from surplus import trail
from surplus.bank.banking_days import add_banking_days as add_banking_days
from surplus.bank.banking_days import banking_day as banking_day
from surplus.bank.banking_days import is_banking_day as is_banking_day
from surplus.config import Settings
from surplus.months import Month
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import pay_day, payment_batch


class Days(NamedTuple):
    """The days of a pay month, ISO text."""

    delivery_on: str  # the last on which the delivery of an income month is in time
    prepare_on: str
    approve_on: str  # before the bank's cut-off on this day
    pays_on: str


@dataclass(frozen=True)
class PayCalendar:
    """The fixed dates of a workspace: those that were approved, else what rule and exceptions say.

    A shift may cross the end of a month or year; the pay month does not move with it.
    """

    settings: Settings
    approved: dict[int, dict[str, Any]] = field(default_factory=dict)  # pay month -> its row

    @classmethod
    def read(cls, conn: Connection, settings: Settings) -> PayCalendar:
        """The calendar as it stands in the store."""
        rows = conn.execute(
            select(pay_day)
            .where(pay_day.c.municipality == settings.code)
            .order_by(pay_day.c.month, pay_day.c.version)
        ).mappings()
        return cls(settings, {row["month"]: dict(row) for row in rows})

    def days(self, month: Month) -> Days:
        """The days of a pay month as they hold."""
        row = self.approved.get(month)
        return Days(*(row[name] for name in Days._fields)) if row else self.computed(month)

    def computed(self, month: Month) -> Days:
        """The days of a pay month by today's rule and exceptions.

        Raises:
            Refusal: the exception of this month is no banking day (P02).
        """
        keys = self.settings.payday
        pays = self._exception(month) or self._by_rule(month)
        delivery = date(month.year, month.number, self._delivery()[0])
        # Nobody can approve what is not prepared yet.
        approve = min(keys.approve_days_before, keys.prepare_days_before)
        prepare_on = add_banking_days(pays, -keys.prepare_days_before)
        told = (delivery, prepare_on, add_banking_days(pays, -approve), pays)
        return Days(*(day.isoformat() for day in told))

    def pay_date(self, month: Month) -> date:
        """The fixed date (vaste betaaldatum) of a pay month."""
        return date.fromisoformat(self.days(month).pays_on)

    def pay_month(self, on: str) -> Month:
        """The current pay month: the latest whose prepare day has come by a business date."""
        month = Month.of(on).plus(1)
        while self.days(month).prepare_on > on:
            month = month.plus(-1)
        return month

    def income_month(self, month: Month) -> Month:
        """The income month whose delivery is expected in a pay month."""
        return month.plus(-self._delivery()[1])

    def _delivery(self) -> tuple[int, int]:
        """Day of the month on which income data are late, and how many months after their own.

        Where no delivery is expected on a day, the deadline after which a month settles without.
        """
        if day := self.settings.intake.expected.doorlevering:
            return day, 1
        return self.settings.income.deadline_day, self.settings.income.deadline_month

    def year(self, year: int) -> list[dict[str, Any]]:
        """A year for people: per pay month its days, where the date comes from, who approved.

        `now` is the fixed date by today's rule and exceptions where that is another than approved.

        Raises:
            Refusal: an exception is no banking day, or a month would be paid before the one
                before it (P02).
        """
        rows = [self._row(month) for month in _months(year)]
        dates = [self.days(Month(year * 100 + 1).plus(-1)).pays_on] + [r["pays_on"] for r in rows]
        for before, row in zip(dates, rows, strict=False):
            if row["pays_on"] <= before:
                raise Refusal(
                    f"P02: {row['month']} would be paid on {row['pays_on']}, not after {before}",
                    "mend [payday.exceptions] in surplus.toml",
                )
        return rows

    def _row(self, month: Month) -> dict[str, Any]:
        days, now = self.days(month), self.computed(month)
        approved = self.approved.get(month, {})
        plain_date = self._unshifted(month).isoformat()
        source = "exception" if self._exception(month) else "rule"
        if days.pays_on != now.pays_on:
            source = "approved before"
        return {
            "month": str(month),
            "income_month": str(self.income_month(month)),
            **days._asdict(),
            "cut_off": self.settings.payday.cut_off,
            "source": source,
            "shifted_from": plain_date if source == "rule" and plain_date != days.pays_on else "",
            "approved_by": approved.get("approved_by", ""),
            "approved_on": approved.get("recorded_on", ""),
            "now": now.pays_on if days.pays_on != now.pays_on else "",
        }

    def _exception(self, month: Month) -> date | None:
        told = self.settings.payday.exceptions.get(str(month))
        if told and not is_banking_day(date.fromisoformat(told)):
            raise Refusal(
                f"payday.exceptions.{month}: P02: {told} is no banking day",
                "choose a day on which TARGET is open",
            )
        return date.fromisoformat(told) if told else None

    def _unshifted(self, month: Month) -> date:
        rule = self.settings.payday.rule
        if rule == "last-banking-day":
            return month.last_day
        return date(month.year, month.number, rule)

    def _by_rule(self, month: Month) -> date:
        keys = self.settings.payday
        shift = "preceding" if keys.rule == "last-banking-day" else keys.shift
        return banking_day(self._unshifted(month), shift)


def approve(work: Work, year: int) -> list[str]:
    """Store the days of a year as they are now, so that they stay as they are.

    Months that are approved already and would not change are left alone.

    Args:
        work: who approves, and when.
        year: the calendar year.

    Returns:
        The months that were approved.

    Raises:
        Refusal: a date that would move is promised already: it has passed or a batch stands.
    """
    standing = PayCalendar.read(work.conn, work.settings)
    fresh = PayCalendar(work.settings)
    fresh.year(year)
    told = [
        (month, fresh.days(month))
        for month in _months(year)
        if month not in standing.approved or standing.days(month) != fresh.days(month)
    ]
    again = [month for month, _days in told if month in standing.approved]
    _refuse_promised(
        work, standing, [m for m in again if standing.days(m).pays_on != fresh.days(m).pays_on]
    )
    bulk.append(
        work.conn,
        pay_day,
        {
            "municipality": work.municipality,
            "month": [int(month) for month, _days in told],
            "version": [standing.approved.get(m, {"version": 0})["version"] + 1 for m, _ in told],
            **{name: [getattr(days, name) for _, days in told] for name in Days._fields},
            "approved_by": work.operator,
            "run": work.run,
            "recorded_on": work.on,
        },
    )
    months = [str(month) for month, _days in told]
    if told:
        trail.note(work, "calendar approve", " ".join(months))
    return months


def _refuse_promised(work: Work, standing: PayCalendar, moved: Iterable[Month]) -> None:
    batches = select(payment_batch.c.month).where(
        payment_batch.c.municipality == work.municipality, payment_batch.c.state != "CANCELLED"
    )
    prepared = set(work.conn.scalars(batches))
    for month in moved:
        if month in prepared or standing.days(month).pays_on <= work.on:
            raise Refusal(
                f"the fixed date of {month} stays {standing.days(month).pays_on}: "
                + ("a batch stands" if month in prepared else "it has passed"),
                "take its exception back; cancel the batch first where there is one",
            )


def _months(year: int) -> list[Month]:
    return list(Month(year * 100 + 1).through(Month(year * 100 + 12)))
