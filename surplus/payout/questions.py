"""Surpluses that wait for a person's word: to whom is a benefit from elsewhere paid (R22)?

Until `decide … paid_to` tells it, the month settles without that benefit, which may lower what is
due for it. The fixed payment goes on; what is paid on top of it would be gone for good, and waits.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus import findings
from surplus.findings import Finding
from surplus.runs import Work
from surplus.settlement.position import BESIDE_FIXED as KINDS
from surplus.settlement.position import positions
from surplus.store import bulk

#: Why such a payment is not made, or held.
REASON = "R22"
CODE = "SURPLUS_HELD"

_OPEN = """
    SELECT client, MIN(COALESCE(month, 0)) AS month FROM rejected_row
    WHERE municipality = :municipality AND state = 'held' AND code = 'R22' AND severity = 'H'
      AND field = 'cd_srt_ikv' AND client > 0
    GROUP BY client ORDER BY client
"""


def asked(conn: Connection, municipality: str) -> dict[int, int]:
    """The clients of whom the question is open, each with the first month that it is about."""
    rows = bulk.read(conn, _OPEN, {"municipality": municipality})
    return dict(zip(rows["client"].tolist(), rows["month"].tolist(), strict=True))


def waits(rows: dict[str, Any], clients: Collection[int]) -> Any:
    """Mask of the payments that wait for it: on top of the fixed one, and not owed from before.

    Args:
        rows: client, kind and round.
        clients: of whom the question is open.
    """
    beside = np.isin(rows["kind"].astype("U"), KINDS) & (rows["round"] == 1)
    return beside & np.isin(rows["client"], list(clients))


def tell(work: Work) -> None:
    """Make the findings on surpluses that wait what is the case now."""
    open_now = asked(work.conn, work.municipality)
    told = []
    if open_now:
        stand = positions(work.conn, work.settings)
        mine = np.isin(stand["client"], list(open_now)) & (stand["extra"] > 0)
        told = [
            Finding(CODE, client, open_now[client], REASON, cents)
            for client, cents in zip(
                stand["client"][mine].tolist(), stand["extra"][mine].tolist(), strict=True
            )
        ]
    findings.sync(work, [CODE], told)
