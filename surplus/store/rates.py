"""The numbers that rules read, as they stand in the store: parameters and own norms."""

from __future__ import annotations

from functools import cache

import numpy as np
from sqlalchemy import Connection, select

from surplus.resources import resource
from surplus.rules.norm import OwnNorms
from surplus.rules.parameters import Parameters, Row, read_parameters
from surplus.store import bulk
from surplus.store.tables import norm, parameter

STATUTORY = ("config", "parameters", "statutory.csv")
#: Any run counts.
ALL_RUNS = 2**62


@cache
def statutory() -> Parameters:
    """The parameters that travel with the program."""
    return read_parameters(resource(*STATUTORY).read_text(encoding="utf-8"))


def parameters_now(conn: Connection, municipality: str) -> Parameters:
    """The statutory parameters with the municipality's own rows over them."""
    own = conn.execute(
        select(parameter)
        .where(parameter.c.municipality == municipality)
        .order_by(parameter.c.parameter)
    ).mappings()
    return statutory().with_own(
        Row.parse(
            row["valid_from"], row["name"], row["household"], row["age_band"], row["amount"],
            row["unit"], row["source"], "decision", row["number"],
        )
        for row in own
    )  # fmt: skip


def own_norms(conn: Connection, municipality: str, until_run: int = ALL_RUNS) -> OwnNorms:
    """The municipality's own rows told up to a run; a held row makes its category known."""
    rows = bulk.read(
        conn,
        select(norm)
        .where(norm.c.municipality == municipality, norm.c.run <= until_run)
        .order_by(norm.c.norm),
    )
    held = np.asarray(rows["state"], dtype="U8") != "recorded"
    return OwnNorms(
        rows["category"], rows["valid_from"], rows["valid_until"],
        np.where(held, 0, rows["total_cents"]),
    )  # fmt: skip
