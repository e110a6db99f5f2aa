"""The sender's own file back, with a remark on every row that was not taken in (`returned/`).

In the sender's own layout, so that it can be put right and sent again: the columns and texts are
the sender's, one column is ours. Of a file that was taken in, its quarantined rows; of a refused
one, and of a list that is always whole (clients), all rows. A delivery of a few rows goes back as
changes, counted anew: sent again as a full one it would withdraw everything it does not tell.

An InkomensLevering is no table, so what goes back is a list: line, place and value in the sender's
file, what is wrong there and what to do.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from surplus.decisions import OPENING
from surplus.intake import income_rows
from surplus.intake.files.boxes import Arrived
from surplus.intake.files.csvfile import REMARK, SEPARATOR, records
from surplus.intake.files.workbook import cells, is_workbook
from surplus.intake.held.corrected import ANSWERS
from surplus.intake.notes import BadFile
from surplus.intake.outcome import Outcome
from surplus.intake.suwi.rows import KIND as SUWI
from surplus.money import AMOUNT, plain, to_cents
from surplus.problems import PROBLEMS, Refusal
from surplus.reports.exports import replacing
from surplus.reports.splice import harmless

FOLDER = "returned"
#: Kinds of files with rows, and whether a row that is held is for the sender to look at too.
_HELD_TOO = {
    "doorlevering": True, "payslip": True, "clients": False, "norms": False, OPENING: False,
}  # fmt: skip
#: Kinds that always tell everyone, so that part of one is none.
_WHOLE = ("clients",)
_LISTED = {
    "nl": ("regel", "plaats", "waarde", "stand", "code", "opmerking", "herstel"),
    "en": ("line", "place", "value", "state", "code", "remark", "remedy"),
}
_STATES = {
    "nl": {"rejected": "afgekeurd", "held": "vastgehouden", "refused": "geweigerd"},
    "en": {"rejected": "rejected", "held": "held", "refused": "refused"},
}
#: What looks like a formula and is a number.
_NUMBER = re.compile(r"[-+][0-9][0-9.,]*")

Row = list[Any]


def send_back(home: Path, item: Arrived, outcome: Outcome, on: str, language: str) -> Outcome:
    """Write what goes back to the sender, where there is something; a second time the same file.

    Args:
        home: the workspace.
        item: the file as it arrived, not moved yet.
        outcome: what came of it.
        on: the business date, ISO.
        language: of the remarks.

    Returns:
        the outcome, with the name of what was written.
    """
    listed = listing(outcome, language)
    said = remarks(outcome, language)
    if not said and not listed:
        return outcome
    folder, name = home / FOLDER, Path(item.name)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{name.stem}-{outcome.delivery}{'.csv' if listed else name.suffix}"
    if listed:
        with replacing(path) as file:
            _write_rows(file, [_LISTED[language], *listed], SEPARATOR)
        return replace(outcome, returned=f"{FOLDER}/{path.name}")
    try:
        with item.open() as opened:
            content = opened.read()
        with replacing(path) as file:
            if is_workbook(content):
                _write_workbook(file, content, said, outcome, on)
            else:
                _write_text(file, content, said, outcome)
    except (Refusal, BadFile):  # gone, or so broken that it has no rows
        return outcome
    return replace(outcome, returned=f"{FOLDER}/{path.name}")


def remarks(outcome: Outcome, language: str) -> dict[int, str]:
    """What is wrong with the rows that go back to the sender and what to do, by line.

    Rows with the same faults share their text: a file may be wrong on every line.
    """
    if outcome.kind not in _HELD_TOO or outcome.verdict == "duplicate":
        return {}
    notes, refused = outcome.notes, outcome.verdict == "refused"
    states = notes.states()
    wanted = ("rejected", "held") if _HELD_TOO[outcome.kind] or refused else ("rejected",)
    rows = np.isin(states, wanted)
    state = dict(zip(notes.lines[rows].tolist(), states[rows].tolist(), strict=True))
    # Of opening balances the last row tells totals: what is wrong with them stands there.
    worst = "EF" if outcome.kind == OPENING else "E"
    state |= {n.line: "rejected" for n in notes.file if n.line and n.severity in worst}
    if not state:
        return {}
    told = notes.said()
    about = np.isin(told["line"], list(state)) & np.isin(
        told["severity"].astype("U1"), ["H", *worst]
    )
    faults: dict[int, tuple[tuple[str, str], ...]] = {}
    for line, code, field in zip(
        *(told[name][about].tolist() for name in ("line", "code", "field")), strict=True
    ):
        faults[line] = (*faults.get(line, ()), (code, field))

    @cache
    def text(verdict: str, said: tuple[tuple[str, str], ...]) -> str:
        parts = [
            f"{code} {field}: {PROBLEMS[code].text[language]} {PROBLEMS[code].remedy[language]}"
            for code, field in said
        ]
        return " | ".join([_STATES[language][verdict], *parts])

    return {
        line: text("refused" if refused else state[line], said) for line, said in faults.items()
    }


def listing(outcome: Outcome, language: str) -> list[tuple[str, ...]]:
    """What is wrong in an InkomensLevering, as rows of `_LISTED`: of a refused one with what is
    wrong with it as a whole.
    """
    if outcome.kind != SUWI or outcome.verdict == "duplicate":
        return []
    notes, states = outcome.notes, outcome.notes.states()

    def told(line: int, place: str, value: str, state: str, code: str) -> tuple[str, ...]:
        problem = PROBLEMS[code]
        text, remedy = problem.text[language], problem.remedy[language]
        return (str(line or ""), place, value, _STATES[language][state], code, text, remedy)

    refused = outcome.verdict == "refused"
    rows = [
        told(note.line, note.field, "", "refused", note.code)
        for note in notes.file
        if refused and note.severity == "F"
    ]
    table = notes.table()
    lines = notes.places.lines if notes.places else notes.lines
    for row, place, code, severity in zip(
        *(table[name].tolist() for name in ("row", "field", "code", "severity")), strict=True
    ):
        if severity in ("E", "H") and (refused or states[row] in _STATES[language]):
            value = outcome.raw.get(row, {}).get(place.rpartition("/")[2], "")
            state = "refused" if refused else str(states[row])
            rows.append(told(int(lines[row]), place, value, state, code))
    return rows


def _everything(outcome: Outcome) -> bool:
    """Whether all rows go back, those without a remark too."""
    return outcome.verdict == "refused" or outcome.kind in _WHOLE


def _remark(said: Mapping[int, str], line: int, outcome: Outcome) -> str:
    """The remark on a line. That of a quarantined row begins with its delivery and line, by which
    a corrected one that comes with it is known (`intake.corrected`).
    """
    text = said.get(line, "")
    return f"{outcome.delivery}:{line} {text}" if text and outcome.verdict != "refused" else text


def _write_text(file: IO[bytes], content: bytes, said: Mapping[int, str], outcome: Outcome) -> None:
    """As CSV: what stands above the rows as it was sent, the rows with their remark."""
    as_read, own = outcome.read_as, "layout" not in outcome.read_as
    delivery = outcome.kind == income_rows.KIND and (own or as_read["envelope"] == "H/T")
    everything = _everything(outcome)
    separator = SEPARATOR if own else as_read["separator"]
    lines, read = records(content, separator)
    above, below = (2, 1) if delivery and read(len(lines) - 1)[:1] == ["T"] else (1 + delivery, 0)
    *head, names = [read(place) for place in range(above)]
    rows: Iterable[Row] = (
        _with_remark(read(place), names, _remark(said, line, outcome))
        for place, line in enumerate(lines[: len(lines) - below])
        if place >= above and (everything or line in said)
    )
    tail = [read(len(lines) - 1)] if below else []
    if delivery and not everything:
        head[0][6:7] = ["MUTATIES"]
        rows, tail = (
            _counted_anew(
                rows, names if own else [as_read["columns"].get(name, name) for name in names]
            ),
            [],
        )
    title = names if REMARK in names else [*names, REMARK]
    _write_rows(file, chain(head, [title], rows, tail), separator)


def _write_rows(file: IO[bytes], rows: Iterable[Sequence[str]], separator: str) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, delimiter=separator)
    for row in rows:
        writer.writerow([_safe(value) for value in row])
    text.detach()  # flushed, and left open for who opened it


def _with_remark(fields: Row, names: Row, remark: str) -> Row:
    """A row with its remark in the column after the last; of one too short it stays there.

    Where the file has the column already, because it went back before, the remark takes its place
    and goes on answering what the earlier one did.
    """
    full = [*fields, *[""] * (len(names) - len(fields))]
    if REMARK not in names:
        return [*full, remark]
    place = names.index(REMARK)
    earlier = ANSWERS.match(str(full[place]))
    own, _, text = remark.partition(" ")
    full[place] = f"{own} {earlier[0]}{text}" if earlier and remark else remark
    return full


def _counted_anew(rows: Iterable[Row], names: Row) -> Iterator[Row]:
    """The rows with volgnummer from 1, and a trailer that fits them; withdrawn ones add nothing."""
    count, sums = 0, dict.fromkeys(income_rows.SUMMED, 0)
    for count, row in enumerate(rows, 1):
        if "volgnummer" in names:
            row[names.index("volgnummer")] = str(count)
        told = dict(zip(names, row, strict=False))
        yield row
        if income_rows.WITHDRAWN in told.get("tag", "").split("+"):
            continue
        for name in sums:
            text = told.get(name, "").replace(".", ",")
            sums[name] += to_cents(text) if re.fullmatch(AMOUNT, text) else 0
    yield ["T", str(count), *(plain(cents).replace(".", ",") for cents in sums.values())]


def _safe(text: str) -> str:
    return text if _NUMBER.fullmatch(text) else harmless(text)


def _write_workbook(
    file: IO[bytes], content: bytes, said: Mapping[int, str], outcome: Outcome, on: str
) -> None:
    """As a workbook of one sheet with the same values; text can be no formula."""
    rows = cells(content)
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = datetime.datetime.fromisoformat(on)
    sheet = book.create_sheet("Surplus")
    for line, values in enumerate(rows, 1):
        if line > 1 and line not in said and not _everything(outcome):
            continue
        remark = REMARK if line == 1 else _remark(said, line, outcome)
        sheet.append([_cell(sheet, value) for value in _with_remark(values, rows[0], remark)])
    book.save(file)


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, _safe(value))
    cell.data_type = "s"
    return cell
