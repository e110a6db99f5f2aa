"""What a month was settled on: policy, parameters and norm rows, pinned with its first version.

A month that is settled again for new data uses the basis of its last version, so that a change of
policy, parameter or norm row moves no past month by itself (design.md §6).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from surplus.config import Settings, digest
from surplus.rules.parameters import Parameters, Row
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.rates import ALL_RUNS, parameters_now
from surplus.store.tables import basis, norm


@dataclass(frozen=True)
class Basis:
    """The numbers that rules read for a month, beside its facts."""

    number: int
    policy: dict[str, Any]
    parameters: Parameters
    norms_until_run: int = ALL_RUNS


def today(conn: Connection, settings: Settings) -> Basis:
    """The basis as it is now, without a number: for a preview or a payment not yet settled."""
    return Basis(0, settings.policy(), parameters_now(conn, settings.code))


def current(work: Work) -> Basis:
    """The basis as it is now, stored once for all months that are settled on it."""
    conn, here = work.conn, work.municipality
    now = today(conn, work.settings)
    until = conn.execute(
        select(func.coalesce(func.max(norm.c.run), 0)).where(norm.c.municipality == here)
    ).scalar_one()
    policy_hash, parameters_hash = digest(now.policy), now.parameters.digest()
    number = conn.execute(
        select(basis.c.basis).where(
            basis.c.municipality == here,
            basis.c.policy_hash == policy_hash,
            basis.c.parameters_hash == parameters_hash,
            basis.c.norms_until_run == until,
        )
    ).scalar()
    if number is None:
        number = bulk.next_id(conn, basis, here)
        bulk.append(
            conn,
            basis,
            {
                "municipality": here,
                "basis": number,
                "policy": json.dumps(now.policy, sort_keys=True),
                "policy_hash": policy_hash,
                "parameters": json.dumps(now.parameters.told, ensure_ascii=False),
                "parameters_hash": parameters_hash,
                "norms_until_run": until,
                "run": work.run,
                "recorded_on": work.on,
            },
        )
    return Basis(int(number), now.policy, now.parameters, until)


def load(conn: Connection, municipality: str, number: int) -> Basis:
    """A basis as it was stored."""
    row = conn.execute(
        select(basis).where(basis.c.municipality == municipality, basis.c.basis == number)
    ).mappings().one()  # fmt: skip
    told = tuple(Row(*fields) for fields in json.loads(row["parameters"]))
    return Basis(number, json.loads(row["policy"]), Parameters(told), int(row["norms_until_run"]))
