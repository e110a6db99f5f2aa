"""What can be wrong with data, and how it is told to the person who must act.

The catalogue itself is data: `problems.toml`, one table per code, in Dutch and in English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

LANGUAGES = ("nl", "en")


class Refusal(Exception):
    """A command cannot be carried out: says what, and what to do now.

    Args:
        message: what is wrong, with file, line, field or key where there is one.
        remedy: what the reader can do.
        exit_code: of design.md §9; 2 wrong use or configuration, 3 needs a person, 4 busy,
            5 an invariant is broken.
    """

    def __init__(self, message: str, remedy: str = "", exit_code: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code


class Problem(NamedTuple):
    """A kind of data problem.

    Severity is what the code means where its place says nothing else: F refuses the file, E the
    row; H holds it; W and I let it pass. Texts are by language, `nl` and `en`.
    """

    code: str
    severity: str
    text: Mapping[str, str]
    remedy: Mapping[str, str]
    owner: str = "income"  # whose desk: income | treasury | administrator
    days: int = 5  # working days in which somebody must have acted


class _Catalogue(Mapping[str, Problem]):
    """Read when first asked, so that a command that finds nothing wrong does not pay for it."""

    def __getitem__(self, code: str) -> Problem:
        return _read()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(_read())

    def __len__(self) -> int:
        return len(_read())


@cache
def _read() -> dict[str, Problem]:
    rows = tomllib.loads(files("surplus").joinpath("problems.toml").read_text(encoding="utf-8"))
    return {
        code: Problem(
            code,
            row["severity"],
            {language: row[language][0] for language in LANGUAGES},
            {language: row[language][1] for language in LANGUAGES},
            **{name: row[name] for name in ("owner", "days") if name in row},
        )
        for code, row in rows.items()
    }


#: Every code of formats.md and design.md §9.
PROBLEMS: Mapping[str, Problem] = _Catalogue()
