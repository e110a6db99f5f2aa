"""Facts of a delivery that are judged again: something older arrived after them.

A row that was recorded may fit no more once the sender turns out to have told something before it.
The fact stays as it was told, set aside: it counts no more, and its row waits in the quarantine as
it would have, had everything arrived in the order of the sender.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Select, select

from surplus.intake import income_rows, known
from surplus.intake.income_rows import CLAIM, NOTHING
from surplus.intake.judge import FORMATS, Sender
from surplus.intake.notes import Ints
from surplus.intake.suwi import answers
from surplus.intake.suwi import rows as suwi
from surplus.money import plain
from surplus.months import Month
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import employment, income, person, set_aside

_FACT = (
    "month", "income", "client", "person", "employment", "relation", "period_begin", "period_end",
    "period_kind", "income_code", "tag", "relation_begin", "relation_end", "tax_credit", "line",
)  # fmt: skip
#: Columns of the files by those of the fact.
_DAYS = {
    income_rows.KIND: {
        "dat_b_ikv": "relation_begin", "dat_e_ikv": "relation_end", "dat_b_iko": "period_begin",
        "dat_e_iko": "period_end",
    },
    suwi.KIND: {
        "DatBIkv": "relation_begin", "DatEIkv": "relation_end", "DatBIko": "period_begin",
        "DatEIko": "period_end",
    },
}  # fmt: skip


def touched(work: Work) -> tuple[set[int], int, int]:
    """The clients of whom this run has recorded or set aside something that was delivered, and the
    first and last month around it in which others may fit no more.
    """
    told = select(income.c.client, income.c.month).where(
        income.c.municipality == work.municipality,
        income.c.run == work.run,
        income.c.source == "delivery",
    )
    new, gone = bulk.read(work.conn, told.distinct()), known.set_aside_now(work)
    clients, months = (np.concatenate([new[n], gone[n]]) for n in ("client", "month"))
    if not len(clients):
        return set(), 0, 0
    first, last = known.around(int(months.min()))[0], known.around(int(months.max()))[1]
    return set(clients.tolist()), first, last


def of_delivery(work: Work, number: int, clients: set[int], first: int, last: int) -> known.Columns:
    """The rows of a delivery that are facts, of these clients and months, as far as they count."""
    amounts = [income.c[name] for name in income_rows.AMOUNTS.values()]
    query = select(*(income.c[name] for name in _FACT), *amounts, income.c.claim).where(
        income.c.municipality == work.municipality,
        income.c.month.between(first, last),
        income.c.delivery == number,
        income.c.line > 0,
        known.counts_now(),
    )
    if len(clients) <= known.FEW:
        query = query.where(income.c.client.in_(sorted(clients)))
    found = _read(work, query)
    mine = np.isin(found["client"], sorted(clients))
    return {name: column[mine] for name, column in found.items()}


def _read(work: Work, query: Select[Any]) -> known.Columns:
    """As `bulk.read`, with amounts as numbers or None: absent is not zero."""
    rows = work.conn.execute(query).all()
    names = [column.name for column in query.selected_columns]
    whole = {"month", "income", "client", "person", "employment", "line"}
    return {
        name: np.array([row[place] for row in rows], np.int64 if name in whole else object)
        for place, name in enumerate(names)
    }


def as_read(work: Work, sender: Sender, facts: known.Columns) -> pa.Table:
    """Facts as the rows of a file that tell them; what a fact does not keep is empty."""
    count = len(facts["line"])
    jobs = bulk.read(
        work.conn,
        select(employment.c.employment, employment.c.employer, employment.c.name).where(
            employment.c.municipality == work.municipality,
            employment.c.employment.in_(np.unique(facts["employment"]).tolist()),
        ),
    )
    place = known.find((jobs["employment"],), (facts["employment"],))
    told = {
        "bsn": _bsns(work, facts),
        "employer": jobs["employer"][place],
        "name": jobs["name"][place],
        "month": [str(Month(month)) for month in facts["month"].tolist()],
    }
    told = {name: list(column) for name, column in (facts | told).items()}
    row = _flat(told, sender) if sender.kind == income_rows.KIND else _answer(told)
    for column, name in _DAYS[sender.kind].items():
        row[column] = [(day or "").replace("-", "") for day in told[name]]
    columns = FORMATS[sender.kind].columns
    empty = [""] * count
    return pa.table({name: pa.array(row.get(name, empty), pa.string()) for name in columns})


def _bsns(work: Work, facts: known.Columns) -> list[str]:
    """The BSN of everybody, as known now."""
    members = bulk.read(
        work.conn,
        select(person.c.client, person.c.person, person.c.bsn)
        .where(
            person.c.municipality == work.municipality,
            person.c.client.in_(np.unique(facts["client"]).tolist()),
        )
        .order_by(person.c.version),
    )
    place = known.find((members["client"], members["person"]), (facts["client"], facts["person"]))
    return list(np.append(members["bsn"], "")[place])


def _flat(told: dict[str, list[Any]], sender: Sender) -> dict[str, list[str]]:
    amounts = {**income_rows.AMOUNTS, CLAIM: "claim"}
    return {
        "recordtype": ["D"] * len(told["line"]),
        "leveringsnummer": [sender.sent_id] * len(told["line"]),
        "leverdatum": [sender.sent_on.replace("-", "")] * len(told["line"]),
        "tag": told["tag"],
        "bsn": told["bsn"],
        "loonheffingennummer": told["employer"],
        "naam_werkgever": told["name"],
        "volgnr_ikv": told["relation"],
        "cd_srt_ikv": told["income_code"],
        "periode_soort": told["period_kind"],
        "ind_lhk": _texts(told["tax_credit"], str),
        **{
            column: _texts(told[name], lambda cents: plain(cents).replace(".", ","))
            for column, name in amounts.items()
        },
    }


def _answer(told: dict[str, list[Any]]) -> dict[str, list[str]]:
    nothing = [employer == NOTHING for employer in told["employer"]]

    def of_statement(column: list[str]) -> list[str]:
        return ["" if none else text for none, text in zip(nothing, column, strict=True)]

    where = ["?"] * len(nothing)  # the place in the file is not kept
    return {
        "Bericht": where,
        "Inkomstenverhouding": of_statement(where),
        "Inkomstenopgave": of_statement(where),
        "Antwoord": [NOTHING if none else "" for none in nothing],
        "Bsn": told["bsn"],
        "Maand": told["month"],
        "VolgnrIkv": told["relation"],
        "Loonheffingennr": of_statement(told["employer"]),
        "NaamAdministratieveEenheid": of_statement(told["name"]),
        "CdSrtIkv": told["income_code"],
        "IndLoonheffingskortingToegepast": _texts(told["tax_credit"], str),
        "CdPeriodeEenheidGeldigheidBedr": of_statement(told["period_kind"]),
        **{element: _texts(told[income_rows.AMOUNTS[name]], str)
           for element, name in answers.AMOUNTS.items()},
    }  # fmt: skip


def _texts(column: list[Any], text: Callable[[int], str]) -> list[str]:
    return ["" if value is None else text(value) for value in column]


def put_aside(work: Work, months: Ints, numbers: Ints) -> int:
    """Let these facts count no more; returns how many."""
    return bulk.append(
        work.conn,
        set_aside,
        {
            "municipality": work.municipality,
            "month": months,
            "income": numbers,
            "run": work.run,
            "recorded_on": work.on,
        },
    )
