"""Cases as they are stored: a client with household, agreement and exemptions, by version.

Every version of a case is told whole: one row of `client` and `agreement`, one of `person` per
member, one of `exemption` per right, all with the same number. What holds in a month is the
highest version whose `valid_from` is not after it. A case here is a table of columns, one row per
version; a right to an exemption is written as text, such as
`VRIJLATING_25 2026-03-01 0/6+ALLEENSTAANDE_OUDER 2026-03-01 0/30` (used/entitled).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Select, and_, func, literal_column, or_, select

from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import agreement, client, exemption, person

Columns = dict[str, Any]

EVER = "9999-12-31"
#: A whole number that was not told, such as a cap.
UNTOLD = -1

CLIENT = (
    "status", "iban", "account_name", "surname", "prefix", "initials", "gender", "household",
    "cost_sharers", "norm_category", "contact", "email", "phone", "street", "house_number",
    "postcode", "town", "language", "reference",
)  # fmt: skip
AGREEMENT = (
    "starts_on", "ends_on", "consent_on", "consent_version", "withdrawn_on", "buffer_cap",
    "override_cents", "override_number", "override_until",
)  # fmt: skip
#: Column of the case -> (person, column of `person`).
PERSONS = {
    "bsn": (1, "bsn"),
    "birth_date": (1, "birth_date"),
    "partner_bsn": (2, "bsn"),
    "partner_birth_date": (2, "birth_date"),
}
#: Column of the case -> person.
EXEMPTIONS = {"exemptions": 1, "partner_exemptions": 2}
#: Stored as NULL where not told; '' or UNTOLD in a case.
_NULLABLE = {
    "ends_on", "withdrawn_on", "override_until", "birth_date", "buffer_cap", "override_cents",
}  # fmt: skip
_WHOLE = {"cost_sharers", "buffer_cap", "override_cents"}


class Right(NamedTuple):
    """A right to an earnings exemption: kind, first day, months used at the start, and entitled."""

    kind: str
    right_from: str
    used: int
    entitled: int  # UNTOLD: the law's number, or no end

    def __str__(self) -> str:
        entitled = "-" if self.entitled == UNTOLD else self.entitled
        return f"{self.kind} {self.right_from} {self.used}/{entitled}"


def rights_text(rights: Collection[Right]) -> str:
    """Rights as the text of a case, by kind."""
    return "+".join(str(right) for right in sorted(rights))


def rights_of(text: str) -> list[Right]:
    """The rights that a text of a case tells.

    >>> rights_of("VRIJLATING_25 2026-03-01 0/6")
    [Right(kind='VRIJLATING_25', right_from='2026-03-01', used=0, entitled=6)]
    """
    found = []
    for part in text.split("+") if text else []:
        kind, right_from, months = part.split()
        used, entitled = months.split("/")
        number = UNTOLD if entitled == "-" else int(entitled)
        found.append(Right(kind, right_from, int(used), number))
    return found


def effective(municipality: str, until: str = EVER, known_on: str = EVER) -> Any:
    """Subquery: client and version of every case as it holds on the day `until`.

    Before its first version has begun, a case is what that version tells.
    """
    return (
        select(client.c.client, func.max(client.c.version).label("version"))
        .where(
            client.c.municipality == municipality,
            or_(client.c.valid_from <= until, client.c.version == 1),
            client.c.recorded_on <= known_on,
        )
        .group_by(client.c.client)
        .subquery()
    )


def selected(municipality: str, chosen: Any, names: Collection[str]) -> Select[Any]:
    """The columns `names` of the versions in `chosen`, with client, version and valid_from."""
    members = {1: person.alias("member"), 2: person.alias("partner")}
    columns: list[Any] = [client.c.client, client.c.version, client.c.valid_from]
    for name in names:
        number, of_person = PERSONS.get(name, (0, ""))
        table = members[number] if number else client if name in CLIENT else agreement
        column: Any = table.c[of_person or name]
        if name in _WHOLE & _NULLABLE:
            column = func.coalesce(column, literal_column(str(UNTOLD)))
        columns.append(column.label(name))
    query = select(*columns).join(
        chosen,
        and_(chosen.c.client == client.c.client, chosen.c.version == client.c.version),
    )
    query = query.join(agreement, _same_version(agreement))
    for number, member in members.items():
        if any(PERSONS[name][0] == number for name in names if name in PERSONS):
            query = query.outerjoin(member, and_(_same_version(member), member.c.person == number))
    return query.where(client.c.municipality == municipality).order_by(
        client.c.client, client.c.version
    )


def read(conn: Connection, municipality: str) -> Columns:
    """Every case at its newest version, by client.

    Returns:
        client, version, valid_from and all columns of a case.
    """
    return _read(conn, municipality, effective(municipality))


def history(conn: Connection, municipality: str, number: int) -> Columns:
    """All versions of one case, the oldest first."""
    chosen = (
        select(client.c.client, client.c.version)
        .where(client.c.municipality == municipality, client.c.client == number)
        .subquery()
    )
    return _read(conn, municipality, chosen)


def write(work: Work, cases: Mapping[str, Any], delivery: int) -> None:
    """Append versions of cases.

    Args:
        work: the run.
        cases: client, version, valid_from, line and all columns of a case; arrays of one length.
        delivery: the file that told it.
    """
    stamp = {
        "municipality": work.municipality, "run": work.run, "recorded_on": work.on,
        "delivery": delivery,
    }  # fmt: skip
    keys = {name: cases[name] for name in ("client", "version", "valid_from", "line")}
    for table, names in ((client, CLIENT), (agreement, AGREEMENT)):
        bulk.append(
            work.conn, table, stamp | keys | {name: _stored(name, cases[name]) for name in names}
        )
    for number in (1, 2):
        mine = {column: name for name, (n, column) in PERSONS.items() if n == number}
        there = cases[mine["bsn"]] != ""
        told = {column: _stored(column, cases[name][there]) for column, name in mine.items()}
        rows = {name: column[there] for name, column in keys.items()}
        bulk.append(work.conn, person, stamp | rows | told | {"person": number})
    for name, number in EXEMPTIONS.items():
        rows = _right_rows(cases[name], keys)
        bulk.append(work.conn, exemption, stamp | rows | {"person": number})


def amend(
    work: Work, number: int, told: Mapping[str, Any], valid_from: str, delivery: int, line: int
) -> None:
    """Change some columns of one case from a day on.

    What was told meanwhile stays: the columns are laid over the version that holds on
    `valid_from`, and over each one that takes its place later.
    """
    known = history(work.conn, work.municipality, number)
    starts = known["valid_from"].tolist()
    first = max(valid_from, min(starts))
    days = sorted({first} | {day for day in starts if day > first})
    # The last one that has begun by then; one that a newer version overtook drops out here.
    bases = [max(i for i, start in enumerate(starts) if start <= day) for day in days]
    kept = [i for i in range(len(days)) if i == 0 or bases[i] > bases[i - 1]]
    cases = {name: column[[bases[i] for i in kept]] for name, column in known.items()}
    for name, value in told.items():
        cases[name] = np.full(len(kept), value, dtype=cases[name].dtype)
    cases["version"] = int(known["version"].max()) + 1 + np.arange(len(kept))
    cases["valid_from"] = np.array([days[i] for i in kept], dtype=object)
    write(work, cases | {"line": np.full(len(kept), line)}, delivery)


def _read(conn: Connection, municipality: str, chosen: Any) -> Columns:
    cases = bulk.read(conn, selected(municipality, chosen, (*CLIENT, *AGREEMENT, *PERSONS)))
    rights = bulk.read(
        conn,
        select(
            exemption.c.client, exemption.c.version, exemption.c.person, exemption.c.kind,
            exemption.c.right_from, exemption.c.months_used,
            func.coalesce(exemption.c.months_entitled, literal_column(str(UNTOLD)))
            .label("months_entitled"),
        )
        .join(
            chosen,
            and_(
                chosen.c.client == exemption.c.client, chosen.c.version == exemption.c.version
            ),
        )
        .where(exemption.c.municipality == municipality)
        .order_by(exemption.c.client, exemption.c.version, exemption.c.kind),
    )  # fmt: skip
    for name, number in EXEMPTIONS.items():
        mine = rights["person"] == number
        cases[name] = _right_texts(cases, {key: column[mine] for key, column in rights.items()})
    return cases


def _same_version(table: Any) -> Any:
    return and_(
        table.c.municipality == client.c.municipality,
        table.c.client == client.c.client,
        table.c.version == client.c.version,
    )


def _stored(name: str, column: Any) -> Any:
    """A column as the store has it: NULL where an optional value was not told."""
    if name not in _NULLABLE:
        return column
    return np.where(column == (UNTOLD if name in _WHOLE else ""), None, column)


def _right_rows(column: Any, keys: Mapping[str, Any]) -> Columns:
    """Rows of `exemption` for a column of texts; each different text is read once."""
    texts, place = np.unique(column.astype("U"), return_inverse=True)
    parsed = [rights_of(text) for text in texts.tolist()]
    counts = np.array([len(rights) for rights in parsed], dtype=np.int64)[place]
    first = np.cumsum([0, *map(len, parsed)])[:-1][place]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen = np.repeat(first, counts) + within
    flat = [right for rights in parsed for right in rights]
    entitled = [None if right.entitled == UNTOLD else right.entitled for right in flat]
    told = {
        "kind": [right.kind for right in flat],
        "right_from": [right.right_from for right in flat],
        "months_used": [right.used for right in flat],
        "months_entitled": entitled,
    }
    rows = {name: np.repeat(key, counts) for name, key in keys.items()}
    return rows | {name: np.array(value, dtype=object)[chosen] for name, value in told.items()}


def _right_texts(cases: Columns, rights: Columns) -> Any:
    """The text of each case, from rows in the same order (client, version) and by kind."""
    parts = pc.binary_join_element_wise(
        pa.array(rights["kind"], pa.string()),
        pa.array(rights["right_from"], pa.string()),
        pc.binary_join_element_wise(
            pc.cast(pa.array(rights["months_used"]), pa.string()),
            pc.replace_substring(
                pc.cast(pa.array(rights["months_entitled"]), pa.string()), str(UNTOLD), "-"
            ),
            "/",
        ),
        " ",
    )
    scale = int(max(cases["version"].max(initial=0), rights["version"].max(initial=0))) + 1
    wanted = cases["client"] * scale + cases["version"]
    found = rights["client"] * scale + rights["version"]
    bounds = np.append(np.searchsorted(found, wanted), len(found)).astype(np.int32)
    return (
        pc.binary_join(pa.ListArray.from_arrays(bounds, parts), "+")
        .to_numpy(zero_copy_only=False)
        .astype(object)
    )
