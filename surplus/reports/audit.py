"""What an auditor takes along: workbook and audit file of a period, and what they must be."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from surplus import __version__
from surplus.config import Settings
from surplus.hashes import sha256_of
from surplus.ledger import seal
from surplus.money import plain
from surplus.problems import Refusal
from surplus.reports import audit_file, key, workbook
from surplus.reports.exports import replacing, write
from surplus.reports.period import Period
from surplus.reports.sample import Sampling


def audit(
    conn: Connection,
    settings: Settings,
    first_day: str,
    last_day: str,
    on: str,
    out_dir: Path,
    *,
    sampling: Sampling | None = None,
    with_key: bool = False,
    drawn: bool = False,
    xaf: str = audit_file.LATEST,
) -> list[Path]:
    """Write the auditors' workbook of a period, its audit files, and a text with their SHA-256.

    Asked for again with the same date, the same books give the same files, byte for byte; the
    newest head of the seal, in the text file, moves on with everything that is recorded.

    Args:
        conn: the store, in one state.
        settings: for the municipality and the language.
        first_day: first day on which something was booked or recorded, ISO.
        last_day: last such day, included.
        on: the business date.
        out_dir: an existing folder.
        sampling: how to draw a sample of the payments, if at all.
        with_key: whether who the clients are is told too, in a workbook of its own.
        drawn: whether the workbook gets pictures, for which matplotlib must be installed.
        xaf: the version of the audit file.

    Returns:
        The files: workbook, audit files, key, text.

    Raises:
        Refusal: the period ends before it begins, or the sample would be too large.
        OSError: the folder cannot be written.
    """
    if last_day < first_day:
        raise Refusal(f"{last_day} lies before {first_day}", "give --from the earlier day")
    stem = f"surplus_{settings.code}_{first_day}_{last_day}"
    period = Period(conn, settings, first_day, last_day)
    book = workbook.build(period, on, sampling, drawn=drawn)
    path = out_dir / f"{stem}.xlsx"
    with replacing(path) as file:
        workbook.write(file, book, on=on, language=settings.municipality.language)
    files = [path, *audit_file.write(period, on, out_dir, xaf)]
    if with_key:
        files.append(key.write(period, on, out_dir / f"{stem}_key.xlsx"))
    lines = [
        f"Surplus {__version__}, {settings.municipality.name} ({settings.code})",
        f"period            {first_day} .. {last_day}, made on {on}",
        f"seal, last entry  {book.head}",
        f"seal, newest      {seal.head(conn, settings.code)}",
        f"differences       {plain(book.differences)}",
        *(f"rows              {count:>9} {title}" for title, count in book.counts.items()),
        *(f"sha256            {sha256_of(file)}  {file.name}" for file in files),
    ]
    text = write(out_dir / f"{stem}.txt", ("\n".join(lines) + "\n").encode())
    return [*files, text]
