"""Pay dates against the published TARGET closing days and the vectors of formats.md §4."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest

from surplus.bank import banking_days
from surplus.config import Settings
from surplus.months import Month
from surplus.payout import calendar, deadlines
from surplus.payout.calendar import PayCalendar
from surplus.problems import Refusal
from surplus.reports import agenda
from tests.payout.town import Town


@pytest.mark.parametrize(
    ("day", "paid"),
    [
        ("2026-10-10", "2026-10-09"),
        ("2026-12-25", "2026-12-24"),
        ("2028-05-01", "2028-04-28"),
        ("2027-03-29", "2027-03-25"),
        ("2027-01-01", "2026-12-31"),
    ],
)
def test_a_closed_day_moves_to_the_banking_day_before(day, paid):
    assert calendar.banking_day(date.fromisoformat(day), "preceding") == date.fromisoformat(paid)


def test_a_closed_day_moves_to_the_banking_day_after_where_policy_says_so():
    assert calendar.banking_day(date(2027, 3, 26), "following") == date(2027, 3, 30)


def test_weekday_closings_are_exactly_those_of_target():
    days = [date(2026, 1, 2) + timedelta(days=n) for n in range(365 * 3 - 1)]
    closed = [d for d in days if d.weekday() < 5 and not calendar.is_banking_day(d)]
    assert [d.isoformat() for d in closed] == [
        "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25",
        "2027-01-01", "2027-03-26", "2027-03-29",
        "2028-04-14", "2028-04-17", "2028-05-01", "2028-12-25", "2028-12-26",
    ]  # fmt: skip


@pytest.mark.parametrize("day", ["2026-04-27", "2026-05-05", "2026-05-14", "2026-05-25"])
def test_dutch_holidays_on_which_banks_settle_are_pay_days(day):
    assert calendar.is_banking_day(date.fromisoformat(day))


def test_the_last_banking_day_of_a_month(settings: Settings):
    dates = PayCalendar(settings)
    assert dates.pay_date(Month(202602)) == date(2026, 2, 27)
    assert dates.days(Month(202611)) == ("2026-11-25", "2026-11-25", "2026-11-26", "2026-11-30")
    assert dates.income_month(Month(202611)) == 202610


def test_a_fixed_day_of_the_month_is_shifted_across_the_year_and_keeps_its_pay_month(settings):
    first = PayCalendar(with_payday(settings, rule=1))
    assert first.days(Month(202701)) == ("2027-01-25", "2026-12-28", "2026-12-29", "2026-12-31")
    assert first.pay_month("2026-12-28") == 202701
    assert first.pay_month("2026-12-27") == 202612


def test_a_missed_prepare_day_keeps_its_month_current_until_the_next_one(settings):
    dates = PayCalendar(settings)
    assert dates.pay_month("2026-11-24") == 202610
    assert dates.pay_month("2026-11-25") == 202611
    assert dates.pay_month("2026-12-27") == 202611


def test_where_no_delivery_is_expected_the_deadline_of_its_month_is_told(settings):
    none = settings.intake.expected.model_copy(update={"doorlevering": 0})
    intake = settings.intake.model_copy(update={"expected": none})
    dates = PayCalendar(settings.model_copy(update={"intake": intake}))
    assert dates.days(Month(202611)).delivery_on == "2026-11-10"
    assert dates.income_month(Month(202611)) == 202609


def test_no_banking_days_added_is_the_day_itself():
    assert calendar.add_banking_days(date(2026, 11, 29), 0) == date(2026, 11, 29)
    assert calendar.add_banking_days(date(2026, 11, 28), 1) == date(2026, 11, 30)


def test_nobody_approves_before_it_is_prepared(settings):
    late = PayCalendar(with_payday(settings, prepare_days_before=1))
    assert late.days(Month(202611))[1:] == ("2026-11-27", "2026-11-27", "2026-11-30")


def test_december_is_paid_earlier_by_exception_and_its_other_days_move_along(settings):
    dates = PayCalendar(with_payday(settings, exceptions={"2026-12": "2026-12-18"}))
    assert dates.days(Month(202612))[1:] == ("2026-12-15", "2026-12-16", "2026-12-18")
    (december,) = [row for row in dates.year(2026) if row["month"] == "2026-12"]
    assert (december["source"], december["income_month"]) == ("exception", "2026-11")
    assert dates.pay_month("2026-12-15") == 202612


@pytest.mark.parametrize(
    ("exceptions", "said"),
    [
        ({"2026-12": "2026-12-25"}, r"payday.exceptions.2026-12: P02: .* no banking day"),
        ({"2026-12": "2026-11-30"}, "P02: 2026-12 would be paid on 2026-11-30, not after"),
        ({"2026-11": "2027-01-04"}, "P02: 2026-12 would be paid on 2026-12-31, not after"),
        ({"2025-12": "2026-02-02"}, "P02: 2026-01 would be paid on 2026-01-30, not after"),
    ],
)
def test_an_exception_that_cannot_be_is_named(settings, exceptions, said):
    with pytest.raises(Refusal, match=said):
        PayCalendar(with_payday(settings, exceptions=exceptions)).year(2026)


def test_an_approved_year_keeps_its_days_whatever_library_and_settings_say_later(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    with town.work("2025-11-03", "treasury-1") as work:
        assert len(calendar.approve(work, 2026)) == 12
        assert calendar.approve(work, 2026) == []
        promised = PayCalendar.read(work.conn, town.settings).year(2026)
    monkeypatch.setattr(banking_days, "_closed", lambda: {date(2026, 1, 30)})
    town.settings = with_payday(town.settings, rule=20)
    town.enrol(1001)
    assert town.prepare("2026-01", "2026-01-27").due_on == "2026-01-30"
    with town.work("2026-01-27") as work:
        rows = PayCalendar.read(work.conn, town.settings).year(2026)
    assert [row["pays_on"] for row in rows] == [row["pays_on"] for row in promised]
    assert (rows[1]["source"], rows[1]["approved_by"], rows[1]["now"]) == (
        "approved before", "treasury-1", "2026-02-20"
    )  # fmt: skip


def test_a_promised_date_moves_by_a_new_approval_and_never_once_a_batch_stands(town: Town):
    with town.work("2025-11-03", "treasury-1") as work:
        calendar.approve(work, 2026)
    town.enrol(1001)
    town.prepare("2026-01", "2026-01-27")
    town.settings = with_payday(town.settings, exceptions={"2026-12": "2026-12-18"})
    with town.work("2026-01-28", "treasury-1") as work:
        assert calendar.approve(work, 2026) == ["2026-12"]
        assert PayCalendar.read(work.conn, town.settings).days(Month(202612)).pays_on == (
            "2026-12-18"
        )
    town.settings = with_payday(town.settings, exceptions={"2026-01": "2026-01-29"})
    with town.work("2026-01-28", "treasury-1") as work:
        with pytest.raises(Refusal, match="2026-01 stays 2026-01-30: a batch stands"):
            calendar.approve(work, 2026)
    town.cancel(1, "2026-02-02")
    with town.work("2026-02-02", "treasury-1") as work:
        with pytest.raises(Refusal, match="it has passed"):
            calendar.approve(work, 2026)


def test_from_december_a_year_without_an_approved_calendar_is_told_until_it_has_one(town: Town):
    def told(on: str) -> list[str]:
        with town.work(on, "system", "nightly") as work:
            deadlines.look(work)
        return [row[3] for row in town.findings("CALENDAR_NOT_APPROVED")]

    assert (told("2026-11-30"), told("2026-12-01"), told("2027-01-04")) == ([], ["2027"], [])
    with town.work("2027-01-05", "treasury-1") as work:
        calendar.approve(work, 2027)
    assert (told("2027-11-30"), told("2027-12-01"), told("2028-01-04")) == ([], ["2028"], ["2028"])
    with town.work("2028-01-05", "treasury-1") as work:
        calendar.approve(work, 2028)
    assert told("2028-01-05") == []


def test_the_file_for_an_agenda_is_read_back_and_is_the_same_bytes_twice(settings):
    rows = PayCalendar(with_payday(settings, exceptions={"2026-12": "2026-12-18"})).year(2026)
    told = settings.municipality.model_copy(update={"name": "Hof; van, Twente"})
    there = settings.model_copy(update={"municipality": told})
    content = agenda.agenda(rows, there, "2025-11-03")
    assert content == agenda.agenda(rows, there, "2025-11-03")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    read = icalendar.Calendar.from_ical(content)
    events = {str(event["uid"]): event for event in read.walk("VEVENT")}
    assert len(events) == 48
    paid = events["2026-12-pays_on@0999.surplus"]
    assert (paid.decoded("dtstart"), str(paid["summary"])) == (
        date(2026, 12, 18), "Vaste betaaldatum december 2026"
    )  # fmt: skip
    approve = events["2026-07-approve_on@0999.surplus"]
    assert approve.decoded("dtend") == datetime(2026, 7, 29, 12, 30, tzinfo=UTC)
    assert str(read["x-wr-calname"]) == "Surplus Hof; van, Twente"


def with_payday(settings: Settings, **keys: object) -> Settings:
    return settings.model_copy(update={"payday": settings.payday.model_copy(update=keys)})
