"""W as the data tell it, per employment-month."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.settlement.facts import effective

Columns = dict[str, Any]


def told_wages(conn: Connection, municipality: str, clients: Collection[int]) -> Columns:
    """The wage told for each employment-month of these clients: client, employment, month, wage."""
    facts = effective(conn, municipality, 190_001, 999_811)
    mine = np.isin(facts["client"], np.array(sorted(clients), dtype=np.int64))
    facts = {name: column[mine] for name, column in facts.items()}
    wage = np.where(facts["state"] == "withdrawn", 0,
                    facts["net"] + facts["net_special"] + facts["travel"])  # fmt: skip
    triples = np.column_stack([facts[name] for name in ("client", "employment", "month")])
    keys, places = np.unique(triples.reshape(-1, 3), axis=0, return_inverse=True)
    total = np.zeros(len(keys), dtype=np.int64)
    np.add.at(total, places.reshape(-1), wage)
    return {"client": keys[:, 0], "employment": keys[:, 1], "month": keys[:, 2], "wage": total}
