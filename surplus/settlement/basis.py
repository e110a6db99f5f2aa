"""What a month was settled on: policy, parameters and norm rows, pinned with its first version.

A month that is settled again for new data uses the basis of its last version, so that a change of
policy, parameter or norm row moves no past month by itself (design.md §6).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
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
    now = today(work.conn, work.settings)
    return _stored(work, replace(now, norms_until_run=_last_norm(work)))


def because(work: Work, cause: str, pinned: Basis) -> Basis:
    """The basis of a month that is settled again because of one thing only.

    Args:
        work: the run.
        cause: `parameter` takes today's parameters and norm rows, `policy` today's policy; `code`
            leaves all as it was, so that only the rules themselves are new.
        pinned: the basis of the month's last version.
    """
    now = today(work.conn, work.settings)
    if cause == "parameter":
        until = _last_norm(work)
        return _stored(work, replace(pinned, parameters=now.parameters, norms_until_run=until))
    if cause == "policy":
        return _stored(work, replace(pinned, policy=now.policy))
    return pinned


def _last_norm(work: Work) -> int:
    until = select(func.coalesce(func.max(norm.c.run), 0))
    return int(
        work.conn.execute(until.where(norm.c.municipality == work.municipality)).scalar_one()
    )


def _stored(work: Work, wanted: Basis) -> Basis:
    conn, here = work.conn, work.municipality
    policy_hash, parameters_hash = digest(wanted.policy), wanted.parameters.digest()
    number = conn.execute(
        select(basis.c.basis).where(
            basis.c.municipality == here,
            basis.c.policy_hash == policy_hash,
            basis.c.parameters_hash == parameters_hash,
            basis.c.norms_until_run == wanted.norms_until_run,
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
                "policy": json.dumps(wanted.policy, sort_keys=True),
                "policy_hash": policy_hash,
                "parameters": json.dumps(wanted.parameters.told, ensure_ascii=False),
                "parameters_hash": parameters_hash,
                "norms_until_run": wanted.norms_until_run,
                "run": work.run,
                "recorded_on": work.on,
            },
        )
    return replace(wanted, number=int(number))


def load(conn: Connection, municipality: str, number: int) -> Basis:
    """A basis as it was stored."""
    row = conn.execute(
        select(basis).where(basis.c.municipality == municipality, basis.c.basis == number)
    ).mappings().one()  # fmt: skip
    told = tuple(Row(*fields) for fields in json.loads(row["parameters"]))
    return Basis(number, json.loads(row["policy"]), Parameters(told), int(row["norms_until_run"]))
