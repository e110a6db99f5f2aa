"""The notes on rows in the store: what was rejected, held or told again, with the row as read."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from surplus.intake.columns import Texts
from surplus.intake.notes import Mask, Notes
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import rejected_row

#: Rows in these states are kept as they were read.
KEPT = ("rejected", "held", "unchanged")


def keep(
    work: Work, delivery: int, notes: Notes, table: pa.Table, only: Mask | None = None
) -> None:
    """Record every note on the rows of a delivery.

    Args:
        work: the run.
        delivery: the delivery's number.
        notes: one row per row of `table`.
        table: the rows as read; text columns.
        only: of these rows; None for all.
    """
    said = notes.table()
    if only is not None:
        said = {name: column[only[said["row"]]] for name, column in said.items()}
    states = notes.states()
    raw = _raw(table, np.isin(states, KEPT))
    row = said.pop("row")
    first = bulk.next_id(work.conn, rejected_row, work.municipality)
    bulk.append(
        work.conn,
        rejected_row,
        {
            "municipality": work.municipality,
            "rejected": np.arange(first, first + len(row)),
            "delivery": delivery,
            **said,
            "state": states[row],
            "client": notes.clients[row],
            "month": [month or None for month in notes.months[row].tolist()],
            "raw": raw[row],
            "run": work.run,
            "recorded_on": work.on,
        },
    )


def _raw(table: pa.Table, kept: Mask) -> Texts:
    """The kept rows as JSON of their fields; '' for the others."""
    raw = np.full(table.num_rows, "", dtype=object)
    rows = table.filter(pa.array(kept)).to_pylist()
    for place, fields in zip(np.flatnonzero(kept), rows, strict=True):
        raw[place] = json.dumps({k: v for k, v in fields.items() if v}, ensure_ascii=False)
    return raw


def fields_of(raw: Texts, names: Sequence[str]) -> pa.Table:
    """The rows back from what `keep` stored; '' where a field was empty."""
    rows = [json.loads(text) for text in raw]
    return pa.table(
        {
            name: pa.chunked_array([pa.array([row.get(name, "") for row in rows], pa.string())])
            for name in names
        }
    )
