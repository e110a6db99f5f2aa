"""The end of a participation: what an exit or a transfer books, and what it lets be paid."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import text

from surplus.findings import Finding
from surplus.intake.clients.view import clients_as_of
from surplus.ledger.accounts import BUFFER, CLAIMS, RESERVE
from surplus.ledger.journal import Draft, Line
from surplus.money import euros
from surplus.months import Month
from surplus.problems import Refusal
from surplus.rules.at_exit import BENEFIT_ENDS, AtExit, at_exit
from surplus.runs import Work
from surplus.settlement.client_books import Booking, ClientBooks
from surplus.settlement.norms import only
from surplus.settlement.participation import participates
from surplus.settlement.position import differences, positions, summed
from surplus.store import bulk

Columns = dict[str, Any]

_RESERVES = """
    SELECT client, -SUM(amount) AS cents FROM balance
    WHERE municipality = :here AND account = :account AND client <> 0 GROUP BY client
"""
#: Whose latest exit or transfer answers all: nothing has moved the buffer since, beside the
#: payments that it lets leave.
_ANSWERED = """
    SELECT client FROM (SELECT client, MAX(run) AS run FROM decision
                        WHERE municipality = :here AND kind IN ('exit', 'transfer')
                        GROUP BY client) AS decided
    WHERE NOT EXISTS (
        SELECT 1 FROM posting JOIN entry ON entry.municipality = posting.municipality
            AND entry.entry = posting.entry
        WHERE posting.municipality = :here AND posting.client = decided.client
          AND posting.account = :account AND entry.run > decided.run AND entry.kind IN (
              'settlement', 'wage-paid-to-client', 'wage-lost', 'client-deposit', 'adjustment'))
"""


def leave(books: ClientBooks) -> Booking:
    """What the end of a participation books; a move to another municipality ends the benefit here.

    Raises:
        Refusal: the participation goes on, or a month of it is open.
    """
    _refuse_unless_ended(books)
    settings, stand = books.work.settings, books.stand
    reserved = _reserve(books)
    done = at_exit(
        books.asked.value or BENEFIT_ENDS,
        stand["position"],
        stand["receivable"] if settings.surplus.only_received else 0,
        stand["holds"],
        sum(reserved.values()),
        offset_reserve=settings.shortfall.offset_reserve_at_exit,
    )
    entries = []
    if offset := int(done.offset):
        client = books.asked.client
        lines = [Line(RESERVE, cents, client, month=month)
                 for month, cents in _taken(reserved, offset)]  # fmt: skip
        lines.append(Line(BUFFER, -offset, client, month=books.month))
        entries.append(Draft("reserve-offset", lines, client, books.month))
    if claim := int(done.claim):
        entries.append(books.draft((CLAIMS, claim), (BUFFER, -claim))._replace(kind="claim"))
    ends = (books.asked.value or BENEFIT_ENDS) == BENEFIT_ENDS
    return Booking(entries, int(done.credit), _in_words(done, int(done.reserve) if ends else 0))


def _refuse_unless_ended(books: ClientBooks) -> None:
    """An exit closes what is settled: after the last day, when no month is open any more."""
    work, asked = books.work, books.asked
    client, last = f"K{asked.client:07d}", Month.of(asked.valid_until)
    if work.on <= asked.valid_until:
        raise Refusal(f"{client} takes part until {asked.valid_until}", "decide it after that day")
    after = last.plus(1)
    view = clients_as_of(work.conn, work.municipality, after)
    view = only(view, view["client"] == asked.client)
    if participates(view, after).any():
        raise Refusal(
            f"{client} still takes part in {after}",
            "tell the end in clients.csv (deelname_tot, or the withdrawn consent) first",
        )
    settled = set(differences(work.conn, work.municipality, client=asked.client)["month"].tolist())
    still_open = [str(month) for month in months_until(view, 0, last) if month not in settled]
    if still_open:
        raise Refusal(
            f"{client} has months that are not settled: {', '.join(still_open)}",
            "bring in their data and settle, then decide the exit",
        )


def months_until(view: Columns, place: int, last: Month) -> list[Month]:
    """The months up to `last` that are ours to settle, of the client at this place of a view."""
    begins = max(view["starts_on"][place], view["opens_on"][place])
    first = Month.of(begins)
    return list((first if begins.endswith("-01") else first.plus(1)).through(last))


def undecided_exits(work: Work) -> list[Finding]:
    """Participations that have ended with data and wages of all their months here, and a balance
    but no decision since it came up. The amount is the position.
    """
    here, now = work.municipality, Month.of(work.on)
    view = clients_as_of(work.conn, here, now)
    ended = ~participates(view, now) & (view["starts_on"] < work.on) & (view["consent_on"] != "")
    ended &= (view["ends_on"] != "") | (view["withdrawn_on"] != "")
    answered = bulk.read(work.conn, _ANSWERED, {"here": here, "account": BUFFER})["client"]
    view = only(view, ended & ~np.isin(view["client"], answered))
    if not len(view["client"]):
        return []
    months = differences(work.conn, here)
    stand = positions(work.conn, work.settings)
    position = summed(view["client"], stand["client"], stand["position"])
    reserve = bulk.read(work.conn, _RESERVES, {"here": here, "account": RESERVE})
    reserved = summed(view["client"], reserve["client"], reserve["cents"])
    found = []
    owed = summed(view["client"], stand["client"], stand["receivable"])
    for place in np.flatnonzero((owed == 0) & ((position != 0) | (reserved != 0))).tolist():
        days = {view["ends_on"][place], view["withdrawn_on"][place]} - {""}
        last = Month.of(min(days))
        client = int(view["client"][place])
        settled = set(months["month"][months["client"] == client].tolist())
        if settled.issuperset(months_until(view, place, last)):
            found.append(Finding("EXIT_DUE", client, int(last), "", int(position[place])))
    return found


def _reserve(books: ClientBooks) -> dict[int, int]:
    """Holiday allowance reserved and not paid, per month; what is negative first."""
    query = """SELECT month, -SUM(amount) AS cents FROM balance
               WHERE municipality = :here AND account = :account AND client = :client
               GROUP BY month HAVING SUM(amount) <> 0 ORDER BY month"""
    told = {
        "here": books.work.municipality, "client": books.asked.client, "account": RESERVE,
    }  # fmt: skip
    rows = books.work.conn.execute(text(query), told).all()
    return {int(row.month): int(row.cents) for row in sorted(rows, key=lambda r: r.cents > 0)}


def _taken(reserved: dict[int, int], offset: int) -> list[tuple[int, int]]:
    """What leaves the reserve month by month, the oldest first, in all `offset`."""
    taken = []
    for month, cents in reserved.items():
        part = min(cents, offset)
        offset -= part
        taken.append((month, part))
    return [(month, part) for month, part in taken if part]


def _in_words(done: AtExit, paid_out: int) -> str:
    said = {
        "reserve-offset": int(done.offset), "claim": int(done.claim),
        "exit payment": int(done.credit), "holiday payment": paid_out,
    }  # fmt: skip
    told = [f"{name} {euros(cents)}" for name, cents in said.items() if cents]
    return ", ".join(told) or "nothing is open"
