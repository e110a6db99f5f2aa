"""What came of one file: verdict, counts, what is wrong and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from surplus.intake.files.content import Content
from surplus.intake.notes import UNCHANGED, BadFile, Note, Notes, as_one
from surplus.intake.summary import summary
from surplus.problems import PROBLEMS

#: How the codes of formats.md look; findings of our own have a name.
_NUMBERED = re.compile("[A-Z][0-9]{2}")


@dataclass(frozen=True)
class Incoming:
    """A file on its way in."""

    file: str  # name only, never used to find anything out
    source: Content
    kind: str  # doorlevering | suwi | payslip | clients | opening | norms | camt053 | unknown
    delivery: int  # the number it gets

    @property
    def content(self) -> bytes:
        """Its bytes, all of them."""
        return self.source.read()

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return self.source.sha256

    def accepted(self, notes: Notes, **told: Any) -> Outcome:
        """The outcome of a file that was taken in; `told` as the fields of Outcome."""
        counts = notes.counts(told.get("told_as", ())) | told.pop("counts", {})
        return Outcome(self.file, self.kind, self.delivery, "accepted", notes, counts, **told)

    def refused(self, bad: BadFile | Notes, **told: Any) -> Outcome:
        """The outcome of a file that is refused as a whole: nothing of it is recorded."""
        if isinstance(bad, BadFile):
            notes, rows = Notes.of_file(bad.notes), bad.rows
        else:
            notes, rows = bad, len(bad)
        counts = told.pop("counts", {"rows": rows}) | {"recorded": 0, "held": 0, "rejected": 0}
        return Outcome(self.file, self.kind, self.delivery, "refused", notes, counts, **told)


@dataclass(frozen=True)
class Outcome:
    """What came of one file."""

    file: str
    kind: str
    delivery: int
    verdict: str  # accepted | refused | duplicate
    notes: Notes
    counts: Mapping[str, int]
    totals: Mapping[str, int] = field(default_factory=dict)  # cents
    sender_id: str = ""
    sent_on: str | None = None
    sent_id: str = ""  # with `sent_on` the sender's order key
    month: int | None = None
    scope: str = ""
    read_as: Mapping[str, Any] = field(default_factory=dict)  # layout, columns, settings
    row_label: str = "client_no"  # what names a row beside its line
    row_labels: list[Any] = field(default_factory=list)
    told_as: list[str] = field(default_factory=list)  # per row: rows of one name are told as one
    again: Mapping[str, int] = field(default_factory=dict)  # rows released, facts withdrawn
    returned: str = ""  # what went back to the sender, a file of the workspace
    #: Of rows of a format that is no table, that wait: what the file tells, by row and element.
    raw: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)  # more for as_json

    @property
    def exit_code(self) -> int:
        """3 where a person must look at something, else 0."""
        states = self.notes.states()
        waits = bool(((states == "held") | (states == "rejected")).any())
        waits |= any(note.severity in "FEH" for note in self.notes.file)
        waits |= bool(self.again.get("set_aside"))
        return 3 if self.verdict != "duplicate" and waits else 0

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Code and severity of what is said about the file, and of what is wrong with the rows of
        a refused one.
        """
        said = list(self.notes.file)
        if self.verdict == "refused":
            said += [note for note in self.notes.listed() if note.severity == "E"]
        return list(dict.fromkeys((note.code, note.severity) for note in said))

    def rows(self) -> list[dict[str, Any]]:
        """Every row of an accepted file: line, label, codes and state.

        Codes are those of formats.md; of a row that waits, those that keep it waiting. What else is
        said of a row stands in `messages`.
        """
        if self.verdict != "accepted":
            return []
        codes: list[list[tuple[str, str]]] = [[] for _ in range(len(self.notes))]
        table, states = self.notes.table(), self.notes.states()
        for row, code, severity in zip(table["row"], table["code"], table["severity"], strict=True):
            known = bool(_NUMBERED.fullmatch(code)) or code == UNCHANGED
            known &= states[row] not in ("held", "rejected") or severity in "EH"
            if known and (code, severity) not in codes[row]:
                codes[row].append((code, severity))
        labels = self.row_labels or [client_number(c) for c in self.notes.clients.tolist()]
        rows = [
            {"line": line, self.row_label: label, "codes": [list(c) for c in said], "state": state}
            for line, label, said, state in zip(
                self.notes.lines.tolist(), labels, codes, states, strict=True
            )
        ]
        return self._as_one(rows) if self.told_as else rows

    def _as_one(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows of each name together, with their codes and the state that matters most."""
        states = as_one(self.told_as, (row["state"] for row in rows))
        together: dict[str, dict[str, Any]] = {}
        for name, row in zip(self.told_as, rows, strict=True):
            one = together.setdefault(
                name, row | {"line": name, "codes": [], "state": states[name]}
            )
            one["codes"] += [code for code in row["codes"] if code not in one["codes"]]
        return list(together.values())

    def listed(self) -> list[Note]:
        """Everything that is wrong or worth saying, the file first, then by line."""
        return [note for note in self.notes.listed() if note.code != UNCHANGED]

    def summary(self, language: str) -> list[dict[str, Any]]:
        """Everything listed, per code, the worst first (see `summary.summary`)."""
        return summary(self.notes.said(), language)

    def messages(self, language: str) -> list[dict[str, Any]]:
        """Everything listed, in words, with what to do."""
        return [
            {
                "line": note.line,
                "field": note.field,
                "code": note.code,
                "severity": note.severity,
                "text": PROBLEMS[note.code].text[language],
                "remedy": PROBLEMS[note.code].remedy[language],
            }
            for note in self.listed()
        ]

    def as_json(self, language: str = "nl", *, rows: bool = True) -> dict[str, Any]:
        """The outcome as the command line and the report beside a refused file tell it."""
        told: dict[str, Any] = {
            "file": self.file,
            "kind": self.kind,
            "delivery": self.delivery,
            "sender_id": self.sender_id,
            "verdict": self.verdict,
            "codes": [list(code) for code in self.codes],
            "counts": dict(self.counts),
            "totals": dict(self.totals),
            "summary": self.summary(language),
            "messages": self.messages(language),
            "exit": self.exit_code,
        }
        told |= {"read_as": dict(self.read_as)} if self.read_as else {}
        told |= {"returned": self.returned} if self.returned else {}
        told |= {"again": dict(self.again)} if any(self.again.values()) else {}
        return told | ({"rows": self.rows()} if rows else {}) | dict(self.extra)


def client_number(client: int) -> str | None:
    """A client as people write it (klantnummer): 1001 is K0001001; None for no client."""
    return f"K{client:07d}" if client else None
