"""Tables that read like those of the law's examples, and a client-month from one of their rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from surplus.money import decimal_to_cents
from surplus.rules.benefit import Case, figures
from surplus.rules.exemption import AS_BY_LAW, CODES, Policy, Rights, decided_rights, letters
from surplus.rules.exemption.rights import Unknown
from surplus.rules.norm import Norms
from surplus.rules.parameters import read_parameters

STATUTORY = read_parameters(
    (Path(__file__).parents[2] / "config/parameters/statutory.csv").read_text(encoding="utf-8")
)
KIND = dict(zip(("n", "y", "z", "aa", "r", "34a"), CODES, strict=True))


def rows(table: str) -> list[dict[str, str]]:
    """The rows of a table drawn with bars, by the names in its first row."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [dict(zip(lines[0], cells, strict=True)) for cells in lines[1:]]


def cents(text: str) -> list[int]:
    """Amounts joined by `+`, such as `520.00 + 1180.00`."""
    return [decimal_to_cents(part.strip()) for part in text.split("+")]


def right(
    code: str, since: int, entitled: int = 0, used: int = 0, person: int = 1
) -> tuple[Any, ...]:
    """A decided right to an exemption, of the client unless told otherwise."""
    return (person, code, since, entitled, used)


def decided(text: str, person: int = 1) -> list[tuple[Any, ...]]:
    """Rights as a row tells them: `n 20260101 2/6 + r 20260301`."""
    found = []
    for part in text.split("+") if text else []:
        letter, since, *months = part.split()
        used, entitled = months[0].split("/") if months else ("0", "0")
        found.append(right(KIND[letter], int(since), int(entitled), int(used), person))
    return found


def joined_rights(each: list[Rights]) -> Rights:
    """The rights of several single clients, as those of so many clients."""
    nobody = decided_rights(0, *(np.zeros(0, dtype=np.int64) for _ in range(6)))
    stacked = zip(*((r.since, r.entitled, r.used) for r in [nobody, *each]), strict=True)
    unknown = [
        one.unknown._replace(place=one.unknown.place + place) for place, one in enumerate(each)
    ]
    return Rights(
        *(np.concatenate(columns, axis=1) for columns in stacked),
        Unknown(*(np.concatenate(c) for c in zip(nobody.unknown, *unknown, strict=True))),
    )


def case(
    *, month: int = 202603, norm: int = 140150, wage: int = 0, countable: Any = (0, 0),
    birth: Any = (19900101, 0), rights: Any = (), override: int = 0, expected: int = 0,
    earned: Any = None,
) -> Case:  # fmt: skip
    """One client-month, so that a test says only what it is about."""
    columns = list(zip(*rights, strict=True)) or [(), (), (), (), ()]
    person, code, since, entitled, used = columns
    one = np.array([0])
    return Case(
        month=np.array([month]),
        norm=Norms(np.array([norm]), np.array(["decision"]), np.array([""], dtype=object)),
        wage=np.array([wage]),
        passed_on=one,
        countable=np.array([countable]),
        earned=np.array([countable if earned is None else earned]),
        birth=np.array([birth]),
        rights=decided_rights(
            1,
            np.zeros(len(rights), dtype=np.int64),
            np.array(person, dtype=np.int64),
            np.array(code, dtype=object),
            np.array(since, dtype=np.int64),
            np.array(entitled, dtype=np.int64),
            np.array(used, dtype=np.int64),
        ),
        override=np.array([override]),
        expected_exemption=np.array([expected]),
    )


def settled(holiday_mode: str = "INCL", policy: Policy = AS_BY_LAW, **told: Any) -> dict[str, Any]:
    """The figures of one client-month as plain numbers (lists of two for figures per person)."""
    result = figures(case(**told), STATUTORY, holiday_mode, policy)
    result = result._replace(exemption_kind=letters(result.exemption_kind))
    return {name: column[0].tolist() if np.ndim(column[0]) else _plain(column[0])
            for name, column in result._asdict().items()}  # fmt: skip


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)
