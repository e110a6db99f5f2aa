"""The rows of the quarantine as they stand in the store: as read, by what they have in common.

A row that waits is *rejected* or *held*; one that no longer waits is *released* (it became a fact),
*corrected* (it was sent again, put right) or *dropped* (given up by a person). One that is *asked*
about is a fact, of which all that is told decides whether it counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json
from sqlalchemy import Connection, Select, bindparam, select, update

from surplus.intake.columns import Texts
from surplus.intake.notes import Ints, Mask
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import delivery, rejected_row

WAITING = ("rejected", "held")
#: A row that is held and a fact all the same; whether it counts is a finding.
ASKED = "asked"
#: Rows in these states are kept as they were read.
KEPT = (*WAITING, "unchanged")
#: So many rows become text at once.
_SLICE = 5_000
#: What is told of a row that waits.
_TOLD = ("rejected", "delivery", "line", "field", "code", "severity", "state", "client")


class Chosen(NamedTuple):
    """Which rows are meant; what is left empty may be anything."""

    delivery: int = 0
    code: str = ""
    client: int = 0
    first: int = 0  # line
    last: int = 0

    @property
    def anything(self) -> bool:
        """Whether nothing was chosen, so that every row is meant."""
        return self == EVERY_ROW


EVERY_ROW = Chosen()


def notes_of(
    conn: Connection, municipality: str, chosen: Chosen, states: Collection[str] = WAITING
) -> dict[str, Any]:
    """Everything said of the chosen rows: rejected, delivery, file, line, field, code, severity,
    state and client, by delivery and line.
    """
    row = rejected_row.c
    query = (
        select(*(row[name] for name in _TOLD), delivery.c.file)
        .join(
            delivery,
            (delivery.c.municipality == row.municipality) & (delivery.c.delivery == row.delivery),
        )
        .where(row.municipality == municipality, row.state.in_(states))
        .order_by(row.delivery, row.line, row.rejected)
    )
    said = bulk.read(conn, _of(query, chosen))
    if chosen.code:
        number = _row_numbers(said)
        having = np.isin(number, number[said["code"] == chosen.code])
        said = {name: column[having] for name, column in said.items()}
    return said


def _of(query: Select[Any], chosen: Chosen) -> Select[Any]:
    row = rejected_row.c
    if chosen.delivery:
        query = query.where(row.delivery == chosen.delivery)
    if chosen.client:
        query = query.where(row.client == chosen.client)
    if chosen.first:
        query = query.where(row.line >= chosen.first)
    return query.where(row.line <= chosen.last) if chosen.last else query


def _row_numbers(said: dict[str, Any]) -> Ints:
    """One number per row of a file, for notes in the order of `notes_of`."""
    new = (np.diff(said["delivery"], prepend=-1) != 0) | (np.diff(said["line"], prepend=-1) != 0)
    return np.cumsum(new, dtype=np.int64)


def count_rows(said: dict[str, Any]) -> int:
    """How many rows of files notes are about."""
    return int(_row_numbers(said).max(initial=0))


def close(work: Work, numbers: Sequence[int] | Ints, state: str) -> None:
    """Give these notes of the quarantine another state."""
    asked = [{"number": number} for number in np.asarray(numbers).tolist()]
    if asked:
        work.conn.execute(
            update(rejected_row)
            .where(
                rejected_row.c.municipality == work.municipality,
                rejected_row.c.rejected == bindparam("number"),
            )
            .values(state=state),
            asked,
        )


def raw_of(table: pa.Table, kept: Mask) -> Texts:
    """The rows in the mask as JSON of their fields; '' for the others."""
    raw = np.full(table.num_rows, "", dtype=object)
    rows = table.filter(pa.array(kept))
    lines: list[str] = []
    for start in range(0, rows.num_rows, _SLICE):
        # Part by part: pandas takes four times what it makes.
        text = rows.slice(start, _SLICE).to_pandas().to_json(
            orient="records", lines=True, force_ascii=False
        )  # fmt: skip
        lines += text.rstrip("\n").split("\n")
    raw[kept] = lines
    return raw


def fields_of(raw: Texts, names: Sequence[str]) -> pa.Table:
    """The rows back from what `raw_of` made; '' where a field was empty."""
    schema = pa.schema([(name, pa.string()) for name in names])
    if not len(raw):
        return schema.empty_table()
    told = "\n".join(raw).encode()
    rows = arrow_json.read_json(
        pa.BufferReader(told),
        # A block holds its longest row; of one block threads would have nothing to share.
        arrow_json.ReadOptions(use_threads=False, block_size=len(told)),
        arrow_json.ParseOptions(schema, unexpected_field_behavior="ignore"),
    )
    return pa.table({name: pc.fill_null(rows[name], "") for name in names})
