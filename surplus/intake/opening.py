"""Balances from an older administration (beginbalans, `opening.csv` or workbook).

A municipality that moves over brings, per client, what stood open on the first day of a month:
buffer, holiday reserve, claims, wages that employers still owe, months of exemption used. From that
month on Surplus settles; what lies before was settled elsewhere and never is again.

A file is one thing: it adds up to the totals of the older administration (the row `TOTAAL`) and is
right in every row, or it is refused; and as one change it waits for a second person.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from surplus import cases
from surplus.cases import UNTOLD, Right
from surplus.decisions import OPENING, Change, propose
from surplus.findings import Finding, raise_all
from surplus.intake.columns import days, matches, texts, told, whole
from surplus.intake.facts import Jobs, employments_of
from surplus.intake.files.limits import Limits
from surplus.intake.files.workbook import Forms, read_table, say_of_cells
from surplus.intake.income_rows import IMPROBABLE_CENTS, employers
from surplus.intake.known import employments, find, groups
from surplus.intake.notes import BadFile, Ints, Mask, Notes, fatal
from surplus.intake.outcome import Incoming, Outcome, client_number
from surplus.ledger.accounts import (
    BUFFER,
    CLAIMS,
    CLIENT_OPENING,
    MUNICIPALITY,
    RECEIVABLE,
    RESERVE,
)
from surplus.ledger.journal import Draft, Line, book
from surplus.money import AMOUNT, cents_column, euros, to_cents
from surplus.months import Month
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import change, opening

Columns = dict[str, Any]

#: Amounts, in the order in which a person reads them; each stands once per client but the wages.
AMOUNTS = ("buffer", "reservering_vakantietoeslag", "vordering", "te_ontvangen_loon")
REQUIRED = ("klantnummer", "peildatum", "bron", *AMOUNTS)
#: Column -> person, and the column of its case.
MONTHS_USED = {
    "vrijlating_maanden_gebruikt": "exemptions",
    "partner_vrijlating_maanden_gebruikt": "partner_exemptions",
}
OPTIONAL = ("loonheffingennummer", "naam_werkgever", "loonmaand", "persoon", *MONTHS_USED)
FORMS = Forms(AMOUNTS, counts=("persoon", *MONTHS_USED))
ONCE = (*AMOUNTS[:3], *MONTHS_USED)
#: What approval needs of a row.
KEPT = (
    "client", "opens_on", "source", "line", *AMOUNTS, "employer", "name", "person", "month",
    "rights",
)  # fmt: skip
#: What stands in place of a client number in the row with the totals of the older administration.
TOTAL = "TOTAAL"

#: Client-months before an opening that this administration settled or paid for itself.
_OURS = """
    SELECT client, MIN(month) AS month FROM (
        SELECT client, month FROM (
            SELECT client, month, state,
                   ROW_NUMBER() OVER (PARTITION BY month, client ORDER BY version DESC) AS place
            FROM settlement WHERE municipality = :municipality {of_clients}) AS versions
        WHERE place = 1 AND state = 'settled'
        UNION ALL
        SELECT client, month FROM obligation
        WHERE municipality = :municipality AND state <> 'CANCELLED' {of_clients}) AS ours
    GROUP BY client ORDER BY client
"""
_TOLD_BEFORE = """
    SELECT DISTINCT client, month FROM income WHERE municipality = :municipality {of_clients}
"""


def read_opening(work: Work, incoming: Incoming) -> Outcome:
    """Take in one file, in the transaction of the run; nothing is booked before its approval.

    Raises:
        BadFile: the file cannot be read as opening balances at all.
    """
    sheet = read_table(
        incoming.content,
        required=REQUIRED,
        optional=OPTIONAL,
        forms=FORMS,
        limits=Limits.of(work.settings.intake),
    )
    table = pa.table({name: sheet[name] for name in (*REQUIRED, *OPTIONAL)})
    is_total = pc.equal(pc.utf8_upper(table["klantnummer"]), TOTAL).to_numpy(zero_copy_only=False)
    notes = Notes(sheet.lines[~is_total])
    notes.file.extend(sheet.notes)
    for row in sheet.odd:
        notes.about_file("F18", line=row.line)
    if is_total.sum() != 1 or not is_total[-1] or not len(notes):
        raise BadFile(*notes.file, fatal("F14", sheet.last_line))
    rows = _parse(table.filter(pa.array(~is_total)), work.on, notes)
    say_of_cells(sheet, notes)
    _check_store(work, rows, notes)
    totals = {name: int(rows[name].sum()) for name in (*AMOUNTS, *MONTHS_USED)}
    _check_totals(table.filter(pa.array(is_total)), totals, int(sheet.lines[is_total][0]), notes)
    if notes.refused or notes.having("E").any():
        return incoming.refused(notes, totals=totals)
    _ask(work, incoming, rows, notes)
    return incoming.accepted(notes, totals=totals)


def post(work: Work, payload: Mapping[str, Any], number: int) -> None:
    """Book the balances of an approved file: one entry `client-opening` per client.

    Args:
        work: the run in whose transaction it happens.
        payload: of the change.
        number: of the change.

    Raises:
        Refusal: a client has an opening by now, or a month before it was settled or paid here.
    """
    rows: Columns = {name: np.array(column) for name, column in payload["rows"].items()}
    _refuse_what_stands(work, rows)
    jobs = _jobs(work, rows)
    clients, first = np.unique(rows["client"], return_index=True)
    book(work, [_entry(rows, jobs, number, int(client)) for client in clients])
    stamp = {
        "municipality": work.municipality, "change": number, "run": work.run,
        "recorded_on": work.on, "delivery": payload["delivery"],
    }  # fmt: skip
    named = {name: rows[name][first].tolist() for name in ("opens_on", "source", "line")}
    bulk.append(work.conn, opening, stamp | {"client": clients} | named)
    for row in np.flatnonzero([any(rights) for rights in rows["rights"]]).tolist():
        told_rights = zip(MONTHS_USED.values(), rows["rights"][row].tolist(), strict=True)
        cases.amend(
            work, int(rows["client"][row]), {name: text for name, text in told_rights if text},
            str(rows["opens_on"][row]), payload["delivery"], int(rows["line"][row]),
        )  # fmt: skip
    _find_what_was_told(work, clients, rows["opens_on"][first])


def listed(conn: Connection, municipality: str, number: int) -> list[dict[str, Any]]:
    """The rows of an opening that waits or waited, as its second person compares them; in cents."""
    payload = conn.execute(
        select(change.c.payload).where(
            change.c.municipality == municipality, change.c.change == number
        )
    ).scalar_one()
    rows = json.loads(payload)["rows"]
    amounts = [[name, rows[name]] for name in AMOUNTS]
    return [
        {
            "line": line,
            "client_no": client_number(rows["client"][at]),
            "on": rows["opens_on"][at],
            **{f"{name}_cents": column[at] for name, column in amounts},
            "employer": rows["employer"][at],
            "month": str(Month(rows["month"][at])) if rows["employer"][at] else "",
            "exemptions": " ".join(filter(None, rows["rights"][at])),
        }
        for at, line in enumerate(rows["line"])
    ]


def _parse(table: pa.Table, on: str, notes: Notes) -> Columns:
    """The rows as columns, with what is wrong in each of them said in `notes`."""
    number = pc.utf8_slice_codeunits(table["klantnummer"], 1)
    named = matches(table["klantnummer"], "K[0-9]{7}") & ~matches(number, "0*")
    notes.add(~named, "klantnummer", "O01")
    day = days(table["peildatum"], dashes=True)
    first = matches(table["peildatum"], ".*-01")
    notes.add(~day.good | ~first | (day.iso > on), "peildatum", "O02")
    notes.add(~told(table["bron"]), "bron", "R26", "E")
    rows: Columns = {
        "client": np.where(named, whole(number)[0], 0),
        "opens_on": day.iso,
        "source": texts(table["bron"]),
        "line": notes.lines,
    }
    notes.clients = rows["client"]
    for name in AMOUNTS:
        rows[name], _given, malformed, precise = cents_column(table[name])
        notes.add(malformed, name, "R05")
        notes.add(precise, name, "R06")
        notes.add(np.abs(rows[name]) >= IMPROBABLE_CENTS, name, "R07", "E")
    notes.add(rows["vordering"] < 0, "vordering", "R27", "E")
    rows |= _wages(table, rows, day.month, notes)
    rows |= {f"told_{name}": texts(table[name]) for name in MONTHS_USED}
    _check_once(table, rows, notes)
    return rows


def _wages(table: pa.Table, rows: Columns, opens: Ints, notes: Notes) -> Columns:
    """Who still owes which wage, and for which month: the last before the opening if untold."""
    owed = rows["te_ontvangen_loon"] != 0
    text = pc.replace_substring(table["loonmaand"], "-", "")
    month, formed = whole(text, "20[0-9]{2}(?:0[1-9]|1[0-2])")
    before = np.where(opens % 100 == 1, opens - 89, opens - 1)
    month = np.where(told(table["loonmaand"]), month, before)
    wrong = (told(table["loonmaand"]) & ~formed) | (month >= np.maximum(opens, 1))
    notes.add(owed & wrong, "loonmaand", "O02")
    person, known = whole(
        pc.if_else(pa.array(told(table["persoon"])), table["persoon"], "1"), "[12]"
    )
    notes.add(owed & ~known, "persoon", "O01")
    employer = employers(table["loonheffingennummer"], notes, due=owed)
    return {
        "employer": np.where(owed, employer, ""),
        "name": texts(pc.utf8_slice_codeunits(table["naam_werkgever"], 0, 200)),
        "person": np.where(owed, person, 1),
        "month": month,
    }


def _check_once(table: pa.Table, rows: Columns, notes: Notes) -> None:
    """O05: of a client one day, one buffer, reserve, claim and count; a wage per employer-month."""
    client = rows["client"]
    for name in ONCE:
        given = told(table[name])
        twice = given & (np.bincount(client[given], minlength=client.max() + 1)[client] > 1)
        notes.add(twice & (client > 0), name, "O05")
    day = groups(client, rows["opens_on"])
    first = np.zeros(client.max() + 1, np.int64)
    first[client[::-1]] = day[::-1]
    notes.add(first[client] != day, "peildatum", "O05")
    owed = rows["employer"] != ""
    wage = groups(client, rows["person"], rows["employer"], rows["month"])
    notes.add(owed & (np.bincount(wage, weights=owed)[wage] > 1), "te_ontvangen_loon", "O05")


def _check_store(work: Work, rows: Columns, notes: Notes) -> None:
    """The rows against the cases, and against what was opened, settled and paid before."""
    stored = cases.read(work.conn, work.municipality)
    place = find((stored["client"],), (rows["client"],))
    known = place >= 0
    notes.add(~known & (rows["client"] > 0), "klantnummer", "O01")
    starts = np.append(stored["starts_on"], "")[place].astype("U10")
    notes.add(known & (rows["opens_on"].astype("U10") < starts), "peildatum", "O02")
    alone = np.append(stored["partner_bsn"], "")[place] == ""
    notes.add(known & alone & (rows["person"] == 2), "persoon", "O01")
    opened, ours = _standing(work, rows)
    notes.add(opened, "klantnummer", "O03")
    notes.add(ours, "peildatum", "O04")
    rights = []
    for name, column in MONTHS_USED.items():
        texts_before = np.append(stored[column], "")[place]
        found = [_with_used(*each) for each in zip(texts_before, rows[f"told_{name}"], strict=True)]
        notes.add(known & np.array([one is None for one in found], bool), name, "O06")
        fresh = np.array([one[0] if one else "" for one in found], dtype=object)
        rights.append(np.where(fresh != texts_before, fresh, ""))
        rows[name] = np.array([one[1] if one else 0 for one in found], dtype=np.int64)
    rows["rights"] = np.stack(rights, axis=1)


def _with_used(rights: str, used: str) -> tuple[str, int] | None:
    """A person's rights with the months used as told, and those months; None where they do not fit.

    One right: a number. Several: `VRIJLATING_25=3+ALLEENSTAANDE_OUDER=0`.

    >>> _with_used("VRIJLATING_25 2026-03-01 0/6", "2")
    ('VRIJLATING_25 2026-03-01 2/6', 2)
    >>> _with_used("VRIJLATING_25 2026-03-01 0/6", "7"), _with_used("", "1")
    (None, None)
    """
    known = cases.rights_of(rights)
    if not used:
        return rights, 0
    if used.isdecimal() and len(known) == 1:
        used = f"{known[0].kind}={used}"
    counts = dict(part.partition("=")[::2] for part in used.split("+"))
    kinds = {right.kind for right in known}
    if not counts.keys() <= kinds or not all(n.isdecimal() and len(n) < 4 for n in counts.values()):
        return None
    fresh = [right._replace(used=int(counts.get(right.kind, right.used))) for right in known]
    if any(_too_many(right) for right in fresh):
        return None
    return cases.rights_text(fresh), sum(map(int, counts.values()))


def _too_many(right: Right) -> bool:
    return right.entitled != UNTOLD and right.used > right.entitled


def _check_totals(total: pa.Table, sums: Mapping[str, int], line: int, notes: Notes) -> None:
    """F11: the rows add up to what the older administration says; an empty total says zero."""
    for name in AMOUNTS:
        said = total[name][0].as_py() or "0,00"
        unread = notes.having("E", "R05", name) | notes.having("E", "R06", name)
        good = pc.match_substring_regex(pa.scalar(said), f"^(?:{AMOUNT})$").as_py()
        if unread.any() or not good or to_cents(said) != sums[name]:
            notes.about_file("F11", field=name, line=line)
    for name in MONTHS_USED:
        said, unread = total[name][0].as_py(), notes.having("E", "O06", name)
        unread |= notes.having("E", "O01", "klantnummer")  # whose rights are not known
        if said and not unread.any() and said != str(sums[name]):
            notes.about_file("F11", field=name, line=line)


def _ask(work: Work, incoming: Incoming, rows: Columns, notes: Notes) -> None:
    """Let the file wait as one change; one that waited for any of these clients is superseded."""
    clients = set(rows["client"].tolist())
    earlier = {field: said for field, said, theirs in _waiting(work) if theirs & clients}
    payload = {
        "delivery": incoming.delivery,
        "rows": {name: rows[name].tolist() for name in KEPT},
    }
    asked = Change(
        OPENING, 0, str(incoming.delivery), "; ".join(earlier.values()),
        _sentence(incoming.file, rows), payload, delivery=incoming.delivery,
    )  # fmt: skip
    propose(work, [asked], lambda kind, _client, field: kind == OPENING and field in earlier)
    notes.add(np.ones(len(notes), bool), "", "OPENING_WAITS")


def _waiting(work: Work) -> list[tuple[str, str, set[int]]]:
    """The openings that wait: field, outcome in words, and clients."""
    found = work.conn.execute(
        select(change.c.field, change.c.new, change.c.payload).where(
            change.c.municipality == work.municipality,
            change.c.kind == OPENING,
            change.c.state == "waiting",
        )
    )
    return [(field, new, clients_of(payload)) for field, new, payload in found]


def clients_of(payload: str) -> set[int]:
    """The clients of a change that waits, from its stored payload."""
    return set(json.loads(payload)["rows"]["client"])


def _sentence(file: str, rows: Columns) -> str:
    """A file as its second person reads it: everything that must equal the older totals."""
    on, months = sorted(set(rows["opens_on"])), sum(int(rows[name].sum()) for name in MONTHS_USED)
    said = [f"{name} {euros(int(rows[name].sum()))}" for name in AMOUNTS]
    people, sources = len(set(rows["client"].tolist())), sorted(set(rows["source"]))
    return (
        f"{people} clients on {', '.join(on)}: {', '.join(said)}, vrijlating {months} months; "
        f"from {', '.join(sources)} ({file})"
    )


def _standing(work: Work, rows: Columns) -> tuple[Mask, Mask]:
    """Rows of clients with an opening, and those of which an earlier month was settled or paid."""
    clients = np.unique(rows["client"]).tolist()
    opened = work.conn.execute(
        select(opening.c.client).where(opening.c.municipality == work.municipality)
    ).scalars()
    told_here = {"municipality": work.municipality}
    ours = bulk.of_clients(work.conn, _OURS, told_here, clients)
    place = find((ours["client"],), (rows["client"],))
    month = np.append(ours["month"], 999_912)[place]
    opens = np.array([int(Month.of(day)) if day else 0 for day in rows["opens_on"]], dtype=np.int64)
    return np.isin(rows["client"], list(opened)), month < opens


def _refuse_what_stands(work: Work, rows: Columns) -> None:
    opened, ours = _standing(work, rows)
    if not (opened | ours).any():
        return
    numbers = sorted({f"K{client:07d}" for client in rows["client"][opened | ours].tolist()})
    said = (
        "have an opening balance" if opened.any() else "were settled or paid here before that day"
    )
    raise Refusal(
        f"{', '.join(numbers[:10])} {said} by now",
        "reject this change and bring a file without them",
        exit_code=3,
    )


def _jobs(work: Work, rows: Columns) -> Ints:
    """The employment of every row that tells a wage; 0 of the others."""
    owed = rows["employer"] != ""
    jobs = np.zeros(len(owed), np.int64)
    if owed.any():
        client, person = rows["client"], rows["person"]
        employer, name = (rows[column].astype(object) for column in ("employer", "name"))
        known = np.where(owed, employments(work, client, person, employer), 0)
        jobs[owed] = employments_of(work, Jobs(client, person, employer, name, known), owed)
    return jobs


def _entry(rows: Columns, jobs: Ints, number: int, client: int) -> Draft:
    """The entry of one client; buffer and reserve stand on the month before the opening."""
    mine = np.flatnonzero(rows["client"] == client).tolist()
    month = int(Month.of(str(rows["opens_on"][mine[0]])).plus(-1))
    lines = []
    for row in mine:
        buffer, reserve, claim, wage = (int(rows[name][row]) for name in AMOUNTS)
        lines += [
            Line(RECEIVABLE, wage, client, int(jobs[row]), int(rows["month"][row])),
            Line(CLAIMS, claim, client),
            Line(BUFFER, -buffer, client, month=month),
            Line(RESERVE, -reserve, client, month=month),
        ]
    against = Line(MUNICIPALITY, -sum(line.amount for line in lines))
    return Draft(CLIENT_OPENING, [*lines, against], client, month, f"change:{number}")


def _find_what_was_told(work: Work, clients: Any, opens_on: Collection[str]) -> None:
    """Income of earlier months that came in before the opening: for a person, never settled."""
    facts = bulk.of_clients(
        work.conn, _TOLD_BEFORE, {"municipality": work.municipality}, clients.tolist()
    )
    opens = np.array([int(Month.of(str(day))) for day in opens_on])
    before = facts["month"] < opens[np.searchsorted(clients, facts["client"])]
    raise_all(
        work,
        [Finding("R15", client, month, "opening") for client, month in
         zip(facts["client"][before].tolist(), facts["month"][before].tolist(), strict=True)],
    )  # fmt: skip
