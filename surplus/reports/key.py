"""Who the clients of a workbook are: a file of its own, made on request only and logged.

Everything else that auditors take along names clients by number (formats.md §5.2, privacy).
"""

from __future__ import annotations

from pathlib import Path

from surplus import __version__
from surplus.reports import splice, tables, words
from surplus.reports.exports import replacing
from surplus.reports.period import Period
from surplus.reports.sheets import sheet

#: The latest version of every case known on the last day.
_CLIENTS = """
    SELECT c.client AS client, COALESCE(p.bsn, '') AS bsn, c.surname AS surname,
           c.prefix AS prefix, c.initials AS initials, COALESCE(q.bsn, '') AS partner_bsn
    FROM client AS c
    LEFT JOIN person AS p ON p.municipality = c.municipality AND p.client = c.client
      AND p.version = c.version AND p.person = 1
    LEFT JOIN person AS q ON q.municipality = c.municipality AND q.client = c.client
      AND q.version = c.version AND q.person = 2
    WHERE c.municipality = :municipality AND c.version = (
        SELECT MAX(version) FROM client AS n WHERE n.municipality = c.municipality
          AND n.client = c.client AND n.recorded_on <= :last)
    ORDER BY c.client
"""


def write(period: Period, on: str, path: Path) -> Path:
    """Write client number, BSN and name of everybody known on the last day; mode 0600.

    The caller has left a line in the audit trail first.
    """
    language = period.settings.municipality.language
    rows = period.read(_CLIENTS)
    named = {"client_no": tables.client_numbers(rows.pop("client"))} | rows
    sheets = splice.split(sheet(words.speaker(language), "key", named))
    with replacing(path) as file:
        splice.write(file, sheets, on=on, author=f"Surplus {__version__}", language=language)
    return path
