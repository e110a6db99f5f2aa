"""Who may do what here, as two people agreed: a change of rights in surplus.toml waits.

The operators of surplus.toml, and where four eyes are asked for, are in force as they were
confirmed last. Once two operators are proved by accounts of the operating system, a changed section
is asked for by the first run that sees it, and waits in `changes`; until another operator confirms
it, what was before it holds, also who is who. Nobody confirms a change of his own rights or
accounts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from surplus import trail
from surplus.config import Operator
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import operator_rights

Section = Mapping[str, Mapping[str, Any]]

#: The kind of a change of rights.
OPERATORS = "operators"
#: Stands among the operators: where a second person is needed.
FOUR_EYES = "[four_eyes]"


def in_force(conn: Connection, municipality: str) -> dict[str, Any] | None:
    """The operators as they were confirmed last, and FOUR_EYES; None where none ever were."""
    told = conn.execute(
        select(operator_rights.c.operators)
        .where(operator_rights.c.municipality == municipality)
        .order_by(operator_rights.c.version.desc())
    ).scalar()
    return told and {
        name: keys if name == FOUR_EYES else Operator.model_validate(keys).model_dump()
        for name, keys in json.loads(told).items()
    }


def can_confirm(section: Section) -> bool:
    """Whether two people are proved by their accounts, of whom one may confirm changes.

    Before that nobody could confirm anything, and the file itself counts.
    """
    proved = [keys for name, keys in section.items() if name != FOUR_EYES and keys["os_users"]]
    return len(proved) > 1 and any("changes" in keys["rights"] for keys in proved)


def differences(standing: Section, told: Section) -> str:
    """What a change of rights comes to, operator by operator, for who confirms it."""
    said = []
    for name in sorted({*standing, *told}):
        before, after = standing.get(name), told.get(name)
        if before == after:
            continue
        if not before or not after:
            keys = after or before or {}
            said.append(f"{'new' if after else 'no more'} {name}: {_words(keys)}")
            continue
        moved = {key: after[key] for key in after if after[key] != before.get(key)}
        said.append(f"{name}: {_words(moved)}")
    return "; ".join(said)


def record(work: Work, told: Section) -> None:
    """Lay down the operators that are in force from now on."""
    version = bulk.next_id(work.conn, operator_rights, work.municipality)
    bulk.append(
        work.conn,
        operator_rights,
        {
            "municipality": work.municipality, "version": version, "operators": _text(told),
            "confirmed_by": work.operator, "run": work.run, "recorded_on": work.on,
        },
    )  # fmt: skip
    trail.note(work, "operators", f"version {version}")


def confirm(work: Work, told: Section) -> None:
    """Let a changed section be in force.

    Raises:
        Refusal: it is about the one who confirms.
    """
    standing = in_force(work.conn, work.municipality) or {}
    if standing.get(work.operator) != told.get(work.operator):
        raise Refusal(
            f"the change is about {work.operator}: nobody confirms his own rights",
            "let another operator with the right 'changes' look at it",
        )
    record(work, told)


def _text(section: Section) -> str:
    return json.dumps(section, sort_keys=True, ensure_ascii=False)


def _words(keys: Mapping[str, Any]) -> str:
    told = {
        key: " ".join(value) if isinstance(value, list) else value for key, value in keys.items()
    }
    return ", ".join(f"{key} {'-' if value == '' else value}" for key, value in told.items())
