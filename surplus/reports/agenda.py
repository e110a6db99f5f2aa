"""The pay calendar as a file for any agenda (iCalendar, RFC 5545).

The same calendar on the same business date gives the same bytes, and every day keeps its UID, so
that an agenda that reads the file again moves an appointment instead of adding one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from surplus import __version__
from surplus.config import Settings
from surplus.months import Month, month_name

#: Where cut-off times are told.
ZONE = ZoneInfo("Europe/Amsterdam")
#: How long an appointment to approve lasts: it ends at the bank's cut-off.
BEFORE_CUT_OFF = timedelta(hours=1)

#: What each day of a pay month is called.
NAMES = {
    "delivery_on": {
        "nl": "Laatste dag voor inkomensgegevens over {income}",
        "en": "Last day for income data of {income}",
    },
    "prepare_on": {"nl": "Betaling {month} klaarzetten", "en": "Prepare the payment of {month}"},
    "approve_on": {
        "nl": "Betaling {month} goedkeuren en aanleveren voor {cut_off}",
        "en": "Approve and send the payment of {month} before {cut_off}",
    },
    "pays_on": {"nl": "Vaste betaaldatum {month}", "en": "Fixed date of {month}"},
}


def agenda(rows: Iterable[Mapping[str, Any]], settings: Settings, on: str) -> bytes:
    """The file.

    Args:
        rows: of `PayCalendar.year`.
        settings: name, code and language of the municipality.
        on: the business date, which stands on every appointment as the day it was written.
    """
    from icalendar import Calendar, Event

    here = settings.municipality
    written = datetime.combine(date.fromisoformat(on), time(), UTC)
    whole = Calendar()
    whole.add("prodid", f"-//Surplus//{__version__}//{here.language.upper()}")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    whole.add("x-wr-calname", f"Surplus {here.name}")
    for row in rows:
        for name, texts in NAMES.items():
            event = Event()
            event.add("uid", f"{row['month']}-{name}@{here.code}.surplus")
            event.add("dtstamp", written)
            event.add("summary", _told(texts[here.language], row, here.language))
            for field, value in _when(row, name).items():
                event.add(field, value)
            event.add("transp", "TRANSPARENT")
            whole.add_component(event)
    return bytes(whole.to_ical())


def _told(text: str, row: Mapping[str, Any], language: str) -> str:
    months = {"month": row["month"], "income": row["income_month"]}
    names = {key: month_name(Month.parse(month), language) for key, month in months.items()}
    return text.format(**names, cut_off=row["cut_off"])


def _when(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A whole day; to approve, the hour before the cut-off."""
    day = date.fromisoformat(row[name])
    if name != "approve_on":
        return {"dtstart": day, "dtend": day + timedelta(days=1)}
    cut_off = datetime.combine(day, time.fromisoformat(row["cut_off"]), ZONE).astimezone(UTC)
    return {"dtstart": cut_off - BEFORE_CUT_OFF, "dtend": cut_off}
