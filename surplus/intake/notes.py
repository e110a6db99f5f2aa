"""What is said about a delivery and its rows: masks go in, states, counts and rows come out.

A row is *rejected* (E), *dropped* (known, and not ours to keep), *held* (H), *unchanged* (told
before) or *recorded*; of several, the first in this order counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.problems import PROBLEMS

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

STATES = ("rejected", "dropped", "held", "unchanged", "recorded")
#: The same by what a person must know first.
_MATTERS = ("rejected", "held", "recorded", "unchanged", "dropped")
#: The code of a row that tells again what is known.
UNCHANGED = "unchanged"


def as_one(names: Iterable[str], states: Iterable[str]) -> dict[str, str]:
    """Of the rows of each name the state that matters most to a person.

    >>> as_one(["a", "a", "b"], ["recorded", "held", "unchanged"])
    {'a': 'held', 'b': 'unchanged'}
    """
    found: dict[str, str] = {}
    for name, state in zip(names, states, strict=True):
        found[name] = min(found.get(name, state), state, key=_MATTERS.index)
    return found


class Note(NamedTuple):
    """One thing said about a file or about a line of it."""

    code: str
    severity: str
    line: int = 0
    field: str = ""


class BadFile(Exception):
    """The file as a whole cannot be taken in; carries everything that is wrong with it."""

    def __init__(self, *notes: Note, rows: int = 0) -> None:
        super().__init__(", ".join(note.code for note in notes))
        self.notes = list(notes)
        self.rows = rows


def fatal(code: str, line: int = 0, field: str = "") -> Note:
    """A note that refuses the file."""
    return Note(code, "F", line, field)


class Places(NamedTuple):
    """Where rows of a format that is no table stand in their file."""

    lines: Ints
    paths: npt.NDArray[np.object_]
    names: Mapping[str, tuple[int, str]]  # by the name under which a field is checked: how many
    # steps of the row's path lead to it, and what it is called there

    def of(self, row: Ints, field: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        """The paths of these fields of these rows."""
        told = []
        for path, name in zip(self.paths[row], field, strict=True):
            steps, element = self.names.get(name, (len(path), name))
            told.append("/".join([*path.split("/")[:steps], element]).rstrip("/"))
        return np.array(told, dtype=object)


class Notes:
    """All notes on the rows of one delivery, and on the file itself.

    Args:
        lines: the line in the file of every row; of a format that is no table its number.
    """

    def __init__(self, lines: Ints) -> None:
        count = len(lines)
        self.lines = lines
        self.places: Places | None = None
        self.file: list[Note] = []
        self.odd = 0  # rows of another shape than the columns: rejected, and not among `lines`
        self.clients: Ints = np.zeros(count, np.int64)
        self.persons: Ints = np.zeros(count, np.int64)
        self.months: Ints = np.zeros(count, np.int64)
        self._dropped = np.zeros(count, bool)
        self._taken = np.zeros(count, bool)
        self.asks = np.zeros(count, bool)  # held, and a fact: a person says whether it counts
        self._said: list[tuple[Ints, str, str, str]] = []

    @classmethod
    def of_file(cls, notes: Iterable[Note]) -> Notes:
        """Notes on a file of which no row was read."""
        mine = cls(np.empty(0, np.int64))
        mine.file.extend(notes)
        return mine

    def __len__(self) -> int:
        return len(self.lines)

    def add(self, mask: Mask, field: str, code: str, severity: str = "") -> None:
        """Say `code` about `field` of the rows in `mask`; severity of the catalogue by default."""
        rows = np.flatnonzero(mask)
        if len(rows):
            self._said.append((rows, field, code, severity or PROBLEMS[code].severity))

    def unchanged(self, mask: Mask) -> None:
        """These rows tell again what is known: no new version."""
        self.add(mask, "", UNCHANGED, "I")

    def drop(self, mask: Mask, field: str, code: str) -> None:
        """These rows are not ours to keep; said for information."""
        self.add(mask, field, code, "I")
        self._dropped |= mask

    def record(self, mask: Mask) -> None:
        """These rows are recorded all the same: only what follows from them is held."""
        self._taken |= mask

    def ask(self, mask: Mask) -> None:
        """These rows are held, though they are facts: a person says whether they count."""
        self.asks |= mask

    def about_file(self, code: str, *, field: str = "", line: int = 0, severity: str = "") -> None:
        """Say something about the file as a whole."""
        self.file.append(Note(code, severity or PROBLEMS[code].severity, line, field))

    @property
    def refused(self) -> bool:
        """Whether something said about the file refuses it."""
        return any(note.severity == "F" for note in self.file)

    def having(
        self, severity: str, code: str = "", field: str = "", but: Sequence[str] = ()
    ) -> Mask:
        """The rows with a note of this severity (and code, and field), of no code in `but`."""
        mask = np.zeros(len(self), bool)
        for rows, about, said, how in self._said:
            wanted = code in ("", said) and field in ("", about) and said not in but
            if how == severity and wanted:
                mask[rows] = True
        return mask

    def states(self) -> npt.NDArray[np.object_]:
        """The state of every row."""
        state = np.full(len(self), "recorded", dtype=object)
        state[self.having("I", UNCHANGED)] = "unchanged"
        state[self.having("H") & ~self._taken] = "held"
        state[self._dropped] = "dropped"
        state[self.having("E")] = "rejected"
        return state

    def counts(self, told_as: Sequence[str] = ()) -> dict[str, int]:
        """How many rows came to which state; rare states only where they occur.

        Args:
            told_as: a name per row, where rows of one name count as one.
        """
        states = self.states()
        if told_as:
            states = np.array([*as_one(told_as, states).values()], dtype=object)
        found = {state: int((states == state).sum()) for state in STATES}
        found["rejected"] += self.odd
        always = {} if told_as else {"rows": len(self) + self.odd}
        always |= {s: found[s] for s in ("recorded", "held", "rejected")}
        return always | {s: found[s] for s in ("unchanged", "dropped") if found[s]}

    def table(self) -> dict[str, Any]:
        """Every note on a row as columns, by line: row (index), line, field, code, severity."""
        said = self._said
        row = np.concatenate([rows for rows, *_ in said] or [np.empty(0, np.int64)])
        order = np.argsort(row, kind="stable")

        def repeated(part: int) -> npt.NDArray[np.object_]:
            values = np.empty(len(row), dtype=object)
            start = 0
            for entry in said:
                values[start : start + len(entry[0])] = entry[part]
                start += len(entry[0])
            return values[order]

        row = row[order]
        fields = repeated(1)
        return {
            "row": row,
            "line": self.lines[row],
            "field": self.places.of(row, fields) if self.places else fields,
            "code": repeated(2),
            "severity": repeated(3),
        }

    def codes(self) -> dict[str, Any]:
        """Line and code of every note."""
        table = self.table()
        return {"line": table["line"], "code": table["code"]}

    def said(self) -> dict[str, Any]:
        """The notes on the file, then those on its rows by line: code, severity, line and field."""
        table = self.table()
        if self.places:
            table["line"] = self.places.lines[table["row"]]
        return {
            name: np.concatenate(
                [np.array([getattr(n, name) for n in self.file], dtype=table[name].dtype),
                 table[name]]
            )
            for name in Note._fields
        }  # fmt: skip

    def listed(self) -> list[Note]:
        """The notes on the file, then those on its rows by line."""
        columns = (column.tolist() for column in self.said().values())
        return [Note(*values) for values in zip(*columns, strict=True)]
