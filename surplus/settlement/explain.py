"""Why a figure is what it is: the same functions that settle, run for one client and month.

Nothing is computed a second way here: the target is made again from what was known on a day and
laid beside the version and the entries that stand.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from surplus import rules
from surplus.config import Settings
from surplus.intake.clients.view import clients_as_of
from surplus.months import Month
from surplus.problems import PROBLEMS, Refusal
from surplus.rules.norm import Pieces
from surplus.rules.source import Source
from surplus.settlement import basis as bases
from surplus.settlement import instalments
from surplus.settlement.explain_exemption import exemption_lines
from surplus.settlement.explain_income import Line, facts, income_lines
from surplus.settlement.explain_norm import norm_inputs
from surplus.settlement.history import EVER, History
from surplus.settlement.norms import norms_by_day, only
from surplus.settlement.participation import participates
from surplus.settlement.position import differences
from surplus.settlement.target import Target, Told, deadline, target
from surplus.store import bulk
from surplus.store.tables import client, employment, settlement

Columns = dict[str, Any]

#: Figures by the symbols of the formulas (design.md §1).
SYMBOLS = {
    "N": "norm", "W": "wage", "C": "countable", "E": "exemption", "B": "supplementary_benefit",
    "Bp": "benefit", "R": "holiday_allowance", "D": "entitlement",
}  # fmt: skip
PERSONS = Source("Pw art. 31, 32", "C = C1 + C2", "C = C1 + C2")
SILENT = Source("", "{} heeft nog niet alles van de maand gemeld",
                "{} has not told all of the month yet")  # fmt: skip
NO_JOB = Source("", "zonder dienstverband wordt pas na {} op nul verrekend",
                "without a job it is settled at zero, but only after {}")  # fmt: skip


def explain(
    conn: Connection, settings: Settings, number: int, month: Month, on: str, known_on: str = ""
) -> dict[str, Any]:
    """Every figure of a client-month with formula, inputs and source, and where it is booked.

    Args:
        conn: the store.
        settings: the workspace.
        number: the client.
        month: the month.
        on: business date, against which the deadline is held.
        known_on: as known on this day; empty for today.

    Returns:
        client_no, month, known_on, state, version, figures, facts, entries (design.md §9), the
        versions so far, and what an open month waits for.

    Raises:
        Refusal: no such client, or none in that month as known then.
    """
    here, known = settings.code, known_on or EVER
    view = clients_as_of(conn, here, int(month), known_on=known_on or None)
    view = only(view, view["client"] == number)
    if not len(view["client"]):
        raise Refusal(
            f"client K{number:07d} is not known in {month}"
            + (f" on {known_on}" if known_on else ""),
            "check the number; clients come in with clients.csv",
        )
    history = History.read(conn, here, number, known)
    stands = history.at(month, view["client"])
    if not (participates(view, month)[0] or stands["found"][0]):
        raise Refusal(
            f"client K{number:07d} does not participate in {month}",
            f"the participation starts on {view['starts_on'][0]}"
            + (f", the opening balance is of {day}" if (day := view["opens_on"][0]) else ""),
        )
    pinned = int(stands["basis"][0])
    basis = bases.load(conn, here, pinned) if pinned else bases.today(conn, settings)
    told = Told.read(conn, here, month, month, client=number, known_on=known)
    before = np.array([int(month)])
    _, last_exemption = history.last_figures(view["client"], before)
    counts = basis.policy["fixed_payment"]["basis"] == "norm+exemption"
    aim = target(
        conn, settings, view, month, basis, told, history.used_months(view["client"], before),
        last_exemption if counts else np.zeros(1, dtype=np.int64),
        min(on, known), known,
    )  # fmt: skip
    _, pieces = norms_by_day(conn, here, view, month, basis, known)
    bookings = _bookings(conn, here, number, month, known)
    return {
        "client_no": f"K{number:07d}",
        "month": str(month),
        "known_on": known_on or on,
        "state": "settled" if aim.settled[0] else "open",
        "version": int(stands["version"][0]),
        "cause": str(stands["cause"][0]),
        "figures": _figures(conn, settings, aim, pieces, basis, month, known),
        "facts": facts(aim.incomes, month, _files(conn, here)),
        "entries": [booking["entry"] for booking in bookings],
        "bookings": bookings,
        "versions": _versions(conn, here, number, month, known),
        "lacks": str(aim.figures.lacks[0]),
        "waits": _waits(conn, settings, aim, month),
        "findings": [f.code for f in aim.findings],
    }


def _waits(conn: Connection, settings: Settings, aim: Target, month: Month) -> list[str]:
    """Why a month is open, in sentences; none where it is settled."""
    if aim.settled[0]:
        return []
    language = settings.municipality.language
    employers = _employers(conn, settings.code, int(aim.clients[0]))
    waits = [SILENT.formula(language).format(employers[job]) for job in aim.silent["employment"]]
    waits += [PROBLEMS[one.code].text[language] for one in aim.findings]
    return list(dict.fromkeys(waits)) or [
        NO_JOB.formula(language).format(deadline(month, settings))
    ]


def _figures(
    conn: Connection, settings: Settings, aim: Target, pieces: Pieces, basis: bases.Basis,
    month: Month, known: str,
) -> list[dict[str, Any]]:  # fmt: skip
    f, language = aim.figures, settings.municipality.language
    mode = basis.policy["income"]["holiday_mode"]
    sources = rules.sources(mode)
    sources["fixed_payment"] = sources["fixed"]
    agreed = _agreed(conn, settings.code, aim, month, known)
    employers = _employers(conn, settings.code, int(aim.clients[0]))
    slip = "_payslip" if set(aim.wages["source"]) == {"payslip"} else ""
    cents = {symbol: int(getattr(f, name)[0]) for symbol, name in SYMBOLS.items()} | {"F": agreed}

    def by_symbols(name: str, amount: int, **beside: int) -> Line:
        """A figure whose inputs are the symbols of its formula."""
        source = sources[name]
        used = re.findall(r"\b(?:Bp|[A-Z])\b", source.en.partition(" = ")[2])
        told = {symbol: cents[symbol] for symbol in used}
        return name, amount, told | {key: of for key, of in beside.items() if of}, source

    lines: list[Line] = [
        ("norm", int(f.norm[0]), norm_inputs(pieces, basis, month, language), sources["norm"]),
        ("wage", int(f.wage[0]), _wage_inputs(aim, employers), sources[f"wage{slip}"]),
        ("passed_on", int(f.passed_on[0]), {}, sources[f"passed_on{slip}"]),
        *income_lines(aim.incomes, month, employers, sources["countable"], language),
        ("countable", int(f.countable[0]), _each("C", f.countable_each), PERSONS),
        *exemption_lines(aim.case, f, basis, sources["exemption"], language),
        by_symbols("supplementary_benefit", cents["B"]),
        by_symbols("benefit", cents["Bp"]),
        by_symbols("holiday_allowance", cents["R"]),
        by_symbols("entitlement", cents["D"]),
        *_instalment(conn, settings.code, aim, agreed, month, known, sources["instalment"]),
        by_symbols("fixed_payment", agreed, by_decision=int(aim.case.override[0]),
                   expected_exemption=int(aim.case.expected_exemption[0])),
        by_symbols("difference", cents["D"] - agreed),
    ]  # fmt: skip
    return [
        {
            "name": name,
            "cents": amount,
            "formula": source.formula(language),
            "inputs": inputs,
            "source": source.article,
        }
        for name, amount, inputs, source in lines
    ]


def _wage_inputs(aim: Target, employers: dict[int, str]) -> dict[str, Any]:
    return {
        employers[job]: {"cents": cents, "from": source}
        for job, cents, source in zip(
            aim.wages["employment"].tolist(), aim.wages["wage"].tolist(),
            aim.wages["source"].tolist(), strict=True,
        )
    }  # fmt: skip


def _employers(conn: Connection, municipality: str, number: int) -> dict[int, str]:
    """Loonheffingennummer by employment of a household; that of the partner says so."""
    rows = conn.execute(
        select(employment.c.employment, employment.c.employer, employment.c.person).where(
            employment.c.municipality == municipality, employment.c.client == number
        )
    )
    return {int(job): f"{who} (partner)" if person == 2 else who for job, who, person in rows}


def _each(symbol: str, amounts: Any) -> dict[str, int]:
    return {f"{symbol}{person + 1}": int(amounts[0, person]) for person in (0, 1)}


def _instalment(
    conn: Connection, municipality: str, aim: Target, agreed: int, month: Month, known: str,
    source: Source,
) -> list[Line]:  # fmt: skip
    """What was taken from the fixed payment for a shortfall, as a line of its own."""
    rows = instalments.taken(conn, municipality, client=int(aim.clients[0]), known_on=known)
    cents = int(rows["cents"][rows["month"] == int(month)].sum())
    whole = {"F": agreed + cents}
    return [("instalment", cents, whole, source)] if cents else []


def _agreed(conn: Connection, municipality: str, aim: Target, month: Month, known: str) -> int:
    """F agreed: as frozen or settled, else what agreement and norm say."""
    rows = differences(conn, municipality, known, client=int(aim.clients[0]))
    mine = (rows["client"] == aim.clients[0]) & (rows["month"] == int(month))
    return int(rows["fixed"][mine][0]) if mine.any() else int(aim.figures.fixed[0])


def _files(conn: Connection, municipality: str) -> dict[int, str]:
    rows = bulk.read(
        conn,
        "SELECT delivery, file FROM delivery WHERE municipality = :municipality",
        {"municipality": municipality},
    )
    return dict(zip(rows["delivery"].tolist(), rows["file"].tolist(), strict=True))


_BOOKINGS = """
    SELECT entry.entry, entry.booked_on, entry.kind, posting.account, posting.amount
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND entry.client = :client AND entry.month = :month
      AND entry.booked_on <= :known_on
    ORDER BY entry.entry, posting.line
"""


def _bookings(
    conn: Connection, municipality: str, number: int, month: Month, known: str
) -> list[dict[str, Any]]:
    """The entries about the month with their postings, debit positive."""
    rows = bulk.read(
        conn,
        _BOOKINGS,
        {
            "municipality": municipality, "client": number, "month": int(month),
            "known_on": known,
        },
    )  # fmt: skip
    booked: dict[int, dict[str, Any]] = {}
    for entry, on, kind, account, cents in zip(*(rows[n].tolist() for n in rows), strict=True):
        one = booked.setdefault(
            entry, {"entry": entry, "booked_on": on, "kind": kind, "postings": []}
        )
        one["postings"].append({"account": account, "cents": cents})
    return list(booked.values())


def _versions(
    conn: Connection, municipality: str, number: int, month: Month, known: str
) -> list[dict[str, Any]]:
    rows = conn.execute(
        select(settlement)
        .where(
            settlement.c.municipality == municipality, settlement.c.client == number,
            settlement.c.month == int(month), settlement.c.recorded_on <= known,
        )
        .order_by(settlement.c.version)
    ).mappings()  # fmt: skip
    return [
        {
            "version": row["version"], "recorded_on": row["recorded_on"], "cause": row["cause"],
            "state": row["state"], "entitlement_cents": row["entitlement_cents"],
        }
        for row in rows
    ]  # fmt: skip


def months_of(conn: Connection, municipality: str, number: int) -> list[Month]:
    """The months of a client with a version.

    Raises:
        Refusal: no such client.
    """
    known = conn.execute(
        select(client.c.client).where(
            client.c.municipality == municipality, client.c.client == number
        )
    ).first()
    if known is None:
        raise Refusal(f"there is no client K{number:07d}", "clients come in with clients.csv")
    rows = conn.execute(
        select(settlement.c.month)
        .where(settlement.c.municipality == municipality, settlement.c.client == number)
        .distinct()
        .order_by(settlement.c.month)
    )
    return [Month(row[0]) for row in rows]
