"""The sender's own file back, with a remark on every row that was not taken in (`returned/`).

In the sender's own layout, so that it can be put right and sent again: the columns and texts are
the sender's, one column is ours. Of a file that was taken in, its quarantined rows; of a refused
one, and of a list that is always whole (clients), all rows. A delivery of a few rows goes back as
changes, counted anew: sent again as a full one it would withdraw everything it does not tell.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from surplus.intake import income_rows
from surplus.intake.boxes import Arrived
from surplus.intake.csvfile import REMARK, SEPARATOR, records
from surplus.intake.notes import BadFile
from surplus.intake.outcome import Outcome
from surplus.intake.workbook import cells, is_workbook
from surplus.money import AMOUNT, plain, to_cents
from surplus.problems import PROBLEMS, Refusal
from surplus.reports.exports import write
from surplus.reports.splice import harmless

FOLDER = "returned"
#: Kinds of files with rows, and whether a row that is held is for the sender to look at too.
_HELD_TOO = {"doorlevering": True, "payslip": True, "clients": False, "norms": False}
#: Kinds that always tell everyone, so that part of one is none.
_WHOLE = ("clients",)
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
    said = remarks(outcome, language)
    if not said:
        return outcome
    try:
        with item.open() as opened:
            content = opened.read()
        made = _workbook(content, said, outcome, on) if is_workbook(content) else _text(
            content, said, outcome
        )  # fmt: skip
    except (Refusal, BadFile):  # gone, or so broken that it has no rows
        return outcome
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    name = Path(item.name)
    path = folder / f"{name.stem}-{outcome.delivery}{name.suffix}"
    write(path, made)
    return replace(outcome, returned=f"{FOLDER}/{path.name}")


def remarks(outcome: Outcome, language: str) -> dict[int, str]:
    """What goes back to the sender, by line: what is wrong, and what to do.

    That of a quarantined row begins with its delivery and line, by which a corrected one that
    comes with it is known (`intake.corrected`).
    """
    if outcome.kind not in _HELD_TOO or outcome.verdict == "duplicate":
        return {}
    refused = outcome.verdict == "refused"
    states = dict(zip(outcome.notes.lines.tolist(), outcome.notes.states(), strict=True))
    states |= {n.line: "rejected" for n in outcome.notes.file if n.line and n.severity == "E"}
    wanted = {"rejected", "held"} if _HELD_TOO[outcome.kind] or refused else {"rejected"}
    words, found = _STATES[language], dict[int, list[str]]()
    for note in outcome.listed():
        state = states.get(note.line)
        if state in wanted and note.severity in "EH":
            first = words["refused"] if refused else (
                f"{outcome.delivery}:{note.line} {words[state]}"
            )  # fmt: skip
            problem = PROBLEMS[note.code]
            found.setdefault(note.line, [first]).append(
                f"{note.code} {note.field}: {problem.text[language]} {problem.remedy[language]}"
            )
    return {line: " | ".join(parts) for line, parts in found.items()}


def _everything(outcome: Outcome) -> bool:
    """Whether all rows go back, those without a remark too."""
    return outcome.verdict == "refused" or outcome.kind in _WHOLE


def _text(content: bytes, said: Mapping[int, str], outcome: Outcome) -> bytes:
    """As CSV: what stands above the rows as it was sent, the rows with their remark."""
    as_read, own = outcome.read_as, "layout" not in outcome.read_as
    delivery = outcome.kind == income_rows.KIND and (own or as_read["envelope"] == "H/T")
    everything = _everything(outcome)
    separator = SEPARATOR if own else as_read["separator"]
    lines, read = records(content, separator)
    above, below = (2, 1) if delivery and read(len(lines) - 1)[:1] == ["T"] else (1 + delivery, 0)
    *head, names = [read(place) for place in range(above)]
    tail = [read(len(lines) - 1)] if below else []
    kept = [
        _with_remark(read(place), names, said.get(line, ""))
        for place, line in enumerate(lines[: len(lines) - below])
        if place >= above and (everything or line in said)
    ]
    if delivery and not everything:
        ours = names if own else [as_read["columns"].get(name, name) for name in names]
        head[0][6:7] = ["MUTATIES"]
        _count_anew(kept, ours)
        tail = [_trailer(kept, ours)]
    return _as_csv([*head, [*names, REMARK], *kept, *tail], separator)


def _with_remark(fields: Row, names: Row, remark: str) -> Row:
    """A row with its remark in the column after the last; of one too short it stays there."""
    return [*fields, *[""] * (len(names) - len(fields)), remark]


def _count_anew(rows: list[Row], names: Row) -> None:
    if "volgnummer" in names:
        place = names.index("volgnummer")
        for number, row in enumerate(rows, 1):
            row[place] = str(number)


def _trailer(rows: list[Row], names: Row) -> Row:
    """Count and totals of these rows; withdrawn ones add nothing."""
    told = [dict(zip(names, row, strict=False)) for row in rows]
    counted = [one for one in told if income_rows.WITHDRAWN not in one.get("tag", "").split("+")]
    sums = []
    for name in income_rows.SUMMED:
        texts = (one.get(name, "").replace(".", ",") for one in counted)
        cents = sum(to_cents(text) for text in texts if re.fullmatch(AMOUNT, text))
        sums.append(plain(cents).replace(".", ","))
    return ["T", str(len(rows)), *sums]


def _as_csv(rows: Iterable[Row], separator: str) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator)
    writer.writerows([_safe(value) for value in row] for row in rows)
    return file.getvalue().encode()


def _safe(text: str) -> str:
    return text if _NUMBER.fullmatch(text) else harmless(text)


def _workbook(content: bytes, said: Mapping[int, str], outcome: Outcome, on: str) -> bytes:
    """As a workbook of one sheet with the same values; text can be no formula."""
    rows = cells(content)
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = datetime.datetime.fromisoformat(on)
    sheet = book.create_sheet("Surplus")
    for line, values in enumerate(rows, 1):
        if line > 1 and line not in said and not _everything(outcome):
            continue
        remark = REMARK if line == 1 else said.get(line, "")
        sheet.append([_cell(sheet, value) for value in _with_remark(values, rows[0], remark)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, _safe(value))
    cell.data_type = "s"
    return cell
