"""Clients, participation and exemptions (`clients.csv`, formats.md §2): always all of them.

A client told for the first time counts at once. Of a known one, what moves money waits for a
second person (design.md §6, Client file) while the old data stay in use; the rest, and a change of
status, counts at once. A client who is left out of a file is never ended by that: it is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select, update

from surplus import cases
from surplus.decisions import CLIENT, Change, propose
from surplus.findings import Finding, raise_all, sync
from surplus.intake.clients.checks import ACTIVE, at, check, check_norm, with_own_counts
from surplus.intake.clients.rows import FORMS, OPTIONAL, REQUIRED, parse
from surplus.intake.files.csvfile import Sheet
from surplus.intake.files.limits import Limits
from surplus.intake.files.workbook import read_table, say_of_cells
from surplus.intake.held import quarantine
from surplus.intake.known import find
from surplus.intake.notes import Ints, Mask, Notes
from surplus.intake.outcome import Incoming, Outcome
from surplus.money import euros
from surplus.months import Month
from surplus.rules.arrays import day_numbers
from surplus.runs import Work
from surplus.store.tables import delivery, employment, finding, rejected_row

Columns = dict[str, Any]

#: Fields whose change waits: column of the file, and the columns of a case that go together.
GUARDED = {
    "bsn": ("bsn", ("bsn",)),
    "birth_date": ("geboortedatum", ("birth_date",)),
    "household": ("leefvorm", ("household", "partner_bsn", "partner_birth_date")),
    "cost_sharers": ("aantal_kostendelers", ("cost_sharers",)),
    "norm_category": ("normcategorie", ("norm_category",)),
    "iban": ("iban", ("iban",)),
    "account_name": ("tenaamstelling", ("account_name",)),
    "starts_on": ("deelname_vanaf", ("starts_on",)),
    "ends_on": ("deelname_tot", ("ends_on",)),
    "withdrawn_on": ("intrekking_datum", ("withdrawn_on",)),
    "exemptions": ("vrijlating_soort", ("exemptions",)),
    "partner_exemptions": ("partner_vrijlating_soort", ("partner_exemptions",)),
    "buffer_cap": ("buffer_max", ("buffer_cap",)),
    "override": (
        "vast_bedrag_override",
        ("override_cents", "override_number", "override_until"),
    ),
    "status": ("status", ("status",)),  # only to ENDED: other transitions count at once
}
#: Fields that wait only where `four_eyes.iban_change` asks for it.
ACCOUNT = ("iban", "account_name")
NORM_FIELDS = ("household", "cost_sharers", "norm_category", "birth_date")
ENDED, DIED = "BEEINDIGD", "OVERLEDEN"
CASE = (*cases.CLIENT, *cases.AGREEMENT, *cases.PERSONS, *cases.EXEMPTIONS)


@dataclass(frozen=True)
class News:
    """What a file tells that the store does not hold yet, as masks over its rows.

    `told` and `stored` are columns of a case, `place` the place of each row in `stored`.
    """

    told: Columns
    stored: Columns
    place: Ints
    new: Mask
    changed: dict[str, Mask]  # by column
    waits: dict[str, Mask]  # by field of GUARDED

    @property
    def at_once(self) -> Mask:
        """Rows of known clients with something that counts at once."""
        return self._any({name: mask & ~self.guarded(name) for name, mask in self.changed.items()})

    @property
    def waiting(self) -> Mask:
        """Rows with something that waits."""
        return self._any(self.waits)

    @property
    def norm_changed(self) -> Mask:
        """Rows that tell something new about the norm."""
        return self.new | self._any({name: self.waits[name] for name in NORM_FIELDS})

    def guarded(self, column: str) -> Mask:
        """Rows of which this column stays what it was until a second person has looked."""
        fields = (field for field, (_, columns) in GUARDED.items() if column in columns)
        return self._any({field: self.waits[field] for field in fields if field in self.waits})

    def _any(self, masks: dict[str, Mask]) -> Mask:
        return np.asarray(np.any([np.zeros(len(self.place), bool), *masks.values()], axis=0))


def read_clients(work: Work, incoming: Incoming) -> Outcome:
    """Take in one file, in the transaction of the run.

    Raises:
        BadFile: the file cannot be read as clients at all.
    """
    sheet = read_table(
        incoming.content,
        required=REQUIRED,
        optional=OPTIONAL,
        forms=FORMS,
        limits=Limits.of(work.settings.intake),
    )
    notes = quarantine.begun(work, incoming.delivery, sheet)
    told = parse(sheet, work.on, notes)
    say_of_cells(sheet, notes)
    notes.clients = told["client"]
    stored = cases.read(work.conn, work.municipality)
    place = find((stored["client"],), (told["client"],))
    strangers = check(work, told, stored, place, notes)
    with_own_counts(work, told, stored, place, notes)
    news = _compare(work, told, stored, place, ~notes.having("E"))
    month = int(Month.of(work.on))
    since = np.where(news.new, day_numbers(told["starts_on"]) // 100, month)
    held = notes.having("H")
    lacking = check_norm(work, told, news.norm_changed, since, notes)
    # A first load counts at once, payable or not; a change of the norm waits anyhow.
    notes.record(news.new & lacking & ~held)
    _record(work, incoming.delivery, news, sheet, notes)
    _tell(work, news, strangers, notes)
    return incoming.accepted(notes, scope="VOLLEDIG")


def _compare(work: Work, told: Columns, stored: Columns, place: Ints, good: Mask) -> News:
    known = good & (place >= 0)
    changed = {name: known & (told[name] != at(stored[name], place)) for name in CASE}
    waits = {
        field: np.any([changed[name] for name in columns], axis=0)
        for field, (_, columns) in GUARDED.items()
        if field not in ACCOUNT or work.settings.four_eyes.iban_change
    }
    waits["status"] &= told["status"] == ENDED
    return News(told, stored, place, good & (place < 0), changed, waits)


def _record(work: Work, number: int, news: News, sheet: Sheet, notes: Notes) -> None:
    """New cases and versions, changes that wait, rows that stay out; and the state of each row."""
    rejected = notes.having("E")
    _release_earlier(work)
    quarantine.keep(work, number, notes, sheet.table, only=rejected)
    if news.new.any():
        _write(work, number, _first_versions(news), news.new, notes)
    if news.at_once.any():
        _write(work, number, _next_versions(work, news), news.at_once, notes)
    retold = set(news.told["client"][~rejected].tolist())
    propose(
        work,
        _changes(work, number, news, notes.lines),
        lambda kind, client, _field: kind.startswith(CLIENT) and client in retold,
    )
    for field, mask in news.waits.items():
        code = "IBAN_CHANGE" if field == "iban" else "CHANGE_WAITS"
        notes.add(mask, GUARDED[field][0], code, "H")
    notes.unchanged(~rejected & ~news.new & ~news.at_once & ~news.waiting)


def _write(work: Work, number: int, versions: Columns, rows: Mask, notes: Notes) -> None:
    told = versions | {"line": notes.lines}
    cases.write(work, {name: column[rows] for name, column in told.items()}, number)


def _first_versions(news: News) -> Columns:
    count = len(news.place)
    keys = {"client": news.told["client"], "version": np.ones(count, np.int64)}
    return keys | {"valid_from": news.told["starts_on"]} | {n: news.told[n] for n in CASE}


def _next_versions(work: Work, news: News) -> Columns:
    """What is told but for what waits, from this month on (or later, if it begins later)."""
    first = Month.of(work.on).first_day.isoformat()
    return {
        "client": news.told["client"],
        "version": at(news.stored["version"], news.place) + 1,
        "valid_from": np.maximum(at(news.stored["valid_from"], news.place), first),
    } | {
        name: np.where(news.guarded(name), at(news.stored[name], news.place), news.told[name])
        for name in CASE
    }


def _changes(work: Work, number: int, news: News, lines: Ints) -> list[Change]:
    """What waits: from the day that the row tells on (wijziging_per), else from this month on."""
    this_month = Month.of(work.on).first_day.isoformat()
    found = []
    for field, mask in news.waits.items():
        columns = GUARDED[field][1]
        for row in np.flatnonzero(mask).tolist():
            old, new = (
                {name: _plain(table[name][i]) for name in columns}
                for table, i in ((news.stored, news.place[row]), (news.told, row))
            )
            since = str(news.told["changed_from"][row])
            found.append(
                Change(
                    f"{CLIENT}{field}", int(news.told["client"][row]), field, _shown(old),
                    f"{_shown(new)} (from {since})" if since else _shown(new),
                    {"valid_from": since or this_month, "values": new},
                    delivery=number, line=int(lines[row]),
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: one.line)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)


def _shown(values: dict[str, Any]) -> str:
    """Values of a field as its second person reads them."""
    money = {name for name in values if name in ("buffer_cap", "override_cents")}
    texts = (
        euros(value) if name in money else str(value)
        for name, value in values.items()
        if not (name in money and value == cases.UNTOLD)
    )
    return " ".join(text for text in texts if text)


def _release_earlier(work: Work) -> None:
    """What stayed out of earlier files is told anew in this one: it needs no more work."""
    files = select(delivery.c.delivery).where(
        delivery.c.municipality == work.municipality, delivery.c.kind == "clients"
    )
    work.conn.execute(
        update(rejected_row)
        .where(rejected_row.c.municipality == work.municipality)
        .where(rejected_row.c.state == "rejected", rejected_row.c.delivery.in_(files))
        .values(state="released")
    )


def _tell(work: Work, news: News, strangers: Mask, notes: Notes) -> None:
    """Findings: clients left out of the file, shared accounts, and the state pension age."""
    told, stored = news.told["client"], news.stored
    absent = np.isin(stored["status"], ACTIVE) & ~np.isin(stored["client"], told)
    sync(
        work,
        ["CLIENT_ABSENT"],
        [Finding("CLIENT_ABSENT", client) for client in stored["client"][absent].tolist()],
    )
    is_open = work.conn.execute(
        select(finding.c.client).where(
            finding.c.municipality == work.municipality,
            finding.c.code == "C06",
            finding.c.state == "open",
        )
    ).scalars()
    # One that a person has closed stays closed until the account changes again.
    sharing = notes.having("H", "C06") | (strangers & np.isin(told, list(is_open)))
    sync(work, ["C06"], [Finding("C06", client) for client in told[sharing].tolist()])
    month = int(Month.of(work.on))
    aged = told[notes.having("H", "C04")].tolist()
    raise_all(work, [Finding("C04", client, month) for client in aged])
    died = news.changed["status"] & (news.told["status"] == DIED)
    raise_all(work, [Finding("DECEASED", client) for client in told[died].tolist()])
    _tell_employers(work, news)


def _tell_employers(work: Work, news: News) -> None:
    """MANDATE_REVOKED: once for each employer who must know that a mandate is withdrawn."""
    day = news.told["withdrawn_on"]
    revoked = news.waits["withdrawn_on"] & (day != "")
    since = dict(zip(news.told["client"][revoked].tolist(), day[revoked], strict=True))
    if not since:
        return
    query = select(employment.c.client, employment.c.employment).where(
        employment.c.municipality == work.municipality, employment.c.client.in_(list(since))
    )
    jobs = work.conn.execute(query.order_by(employment.c.employment)).all()
    found = [
        Finding("MANDATE_REVOKED", row.client, int(Month.of(since[row.client])),
                f"employment:{row.employment}")
        for row in jobs
    ]  # fmt: skip
    told = work.conn.execute(
        select(finding.c.client, finding.c.month, finding.c.subject).where(
            finding.c.municipality == work.municipality, finding.c.code == "MANDATE_REVOKED"
        )
    ).all()
    before = {(row.client, row.month, row.subject) for row in told}
    raise_all(work, [one for one in found if (one.client, one.month, one.subject) not in before])
