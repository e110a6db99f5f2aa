"""A reminder (herinnering) to each employer whose wages are overdue: a letter as a text file.

It names clients by number and payment reference only, never by name or BSN: who works there, the
employer knows; a letter that goes astray tells nobody who gets assistance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from surplus import trail
from surplus.bank import receivables
from surplus.config import Settings
from surplus.intake.clients.view import clients_as_of
from surplus.money import euros
from surplus.months import Month, month_name
from surplus.reports import exports
from surplus.runs import Work
from surplus.store.tables import employment

#: Days that an employer gets to pay.
TERM_DAYS = 14

_TEXT = {
    "nl": {
        "subject": "Betreft: loon dat nog niet op de bufferrekening is ontvangen",
        "opening": "Aan {name}\nLoonheffingennummer {employer}\n\n{town}, {on}",
        "body": "Van de hieronder genoemde lonen hebben wij nog niet (alles) ontvangen op de "
        "rekening\ndie met u en uw werknemer is afgesproken.",
        "client": "Klant {client_no}   betalingskenmerk {reference}   contactpersoon {contact}",
        "month": "  {month:<18} {cents:>14}",
        "total": "Totaal",
        "closing": "Wilt u dit voor {until} overmaken op {iban} ten name van {holder},\nper loon "
        "apart en met het genoemde betalingskenmerk?\n\nHebt u het loon al aan uw werknemer zelf "
        "betaald, of klopt een bedrag niet? Laat het dan weten\naan de genoemde contactpersoon; "
        "betaal niet nog een keer.\n\n{holder}",
        "nobody": "de afdeling",
    },
    "en": {
        "subject": "Subject: wages not yet received on the buffer account",
        "opening": "To {name}\nWage tax number {employer}\n\n{town}, {on}",
        "body": "Of the wages below we have not received (all of) the amount on the account that "
        "was\nagreed with you and your employee.",
        "client": "Client {client_no}   payment reference {reference}   contact {contact}",
        "month": "  {month:<18} {cents:>14}",
        "total": "Total",
        "closing": "Please transfer this before {until} to {iban} in the name of {holder},\neach "
        "wage by itself and with the payment reference given.\n\nIf you have paid the wage to your "
        "employee already, or an amount is wrong, please tell\nthe contact named; do not pay a "
        "second time.\n\n{holder}",
        "nobody": "the department",
    },
}


class Letter(NamedTuple):
    """A letter to one employer."""

    employer: str  # loonheffingennummer
    name: str
    months: int
    cents: int
    text: str


def letters(work: Work) -> list[Letter]:
    """A letter for each employer that owes an overdue wage, by number.

    The same on the same day from the same books.
    """
    overdue = [o for o in receivables.due(work.conn, work.settings, work.on) if o.cents > 0]
    jobs = _jobs(work)
    view = clients_as_of(work.conn, work.municipality, int(Month.of(work.on)))
    names = ("client", "reference", "contact")
    clients = {row[0]: row[1:] for row in zip(*(view[n].tolist() for n in names), strict=True)}
    owed: dict[str, list[receivables.Owed]] = defaultdict(list)
    for each in overdue:
        owed[jobs[each.employment][0]].append(each)
    called = {jobs[each.employment][0]: jobs[each.employment][1] for each in overdue}
    return [
        Letter(
            employer, called[employer], len(rows), sum(row.cents for row in rows),
            _text(work.settings, work.on, (employer, called[employer]), rows, clients),
        )
        for employer, rows in sorted(owed.items())
    ]  # fmt: skip


def write(work: Work, folder: Path) -> list[tuple[Letter, Path]]:
    """Write every letter to a file of its own, and note it in the audit trail.

    Raises:
        OSError: it cannot be written.
    """
    written = []
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for letter in letters(work):
        path = folder / f"reminder-{letter.employer}-{work.on}.txt"
        written.append((letter, exports.write(path, letter.text.encode())))
        trail.note(work, "bank reminders", f"{letter.employer}: {letter.months} wages")
    return written


def _jobs(work: Work) -> dict[int, tuple[str, str]]:
    """Number and name of the employer of each employment."""
    rows = work.conn.execute(
        select(employment.c.employment, employment.c.employer, employment.c.name).where(
            employment.c.municipality == work.municipality
        )
    )
    return {job: (number, name) for job, number, name in rows}


def _text(
    settings: Settings, on: str, employer: tuple[str, str], rows: Sequence[receivables.Owed],
    clients: dict[int, tuple[Any, ...]],
) -> str:  # fmt: skip
    language = settings.municipality.language
    words = _TEXT[language]
    lines = [words["subject"], "", words["body"]]
    by_client: dict[int, list[receivables.Owed]] = defaultdict(list)
    for row in rows:
        by_client[row.client].append(row)
    for client, owed in sorted(by_client.items()):
        reference, contact = clients.get(client, ("", ""))
        about = {
            "client_no": f"K{client:07d}", "reference": reference,
            "contact": contact or words["nobody"],
        }  # fmt: skip
        lines += ["", words["client"].format(**about)]
        lines += [
            words["month"].format(
                month=month_name(Month(one.month), language), cents=f"€ {euros(one.cents)}"
            )
            for one in owed
        ]
    total = f"€ {euros(sum(row.cents for row in rows))}"
    opening = words["opening"].format(
        name=employer[1],
        employer=employer[0],
        town=settings.municipality.name,
        on=_day(on, language),
    )
    closing = words["closing"].format(
        until=_day((date.fromisoformat(on) + timedelta(days=TERM_DAYS)).isoformat(), language),
        iban=settings.bank_iban(), holder=settings.bank.name,
    )  # fmt: skip
    last = words["month"].format(month=words["total"], cents=total)
    return "\n".join([opening, "", *lines, "", last, "", closing, ""])


def _day(day: str, language: str) -> str:
    return f"{int(day[8:])} {month_name(Month.of(day), language)}"
