"""The audit file (auditfile financieel, XAF; formats.md §5.1): the journal as auditors load it.

Tied to the trial balance: what opens is what closed the day before, and every line is an entry's.
XAF 4.0 knows no subledgers, so what each client's buffer holds stands with the client; in 3.2 and
3.2.1, which older tools read, what it opens with stands in a subledger. Clients are numbers; no
name, BSN or account number of a client is in it.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from lxml import etree
from sqlalchemy import bindparam, text

from surplus import __version__
from surplus.ledger.accounts import BANK, BENEFIT, BUFFER, CLIENT_OPENING, NAMES, YEAR_CLOSE
from surplus.money import plain
from surplus.months import Month
from surplus.reports import words
from surplus.reports.exports import replacing
from surplus.reports.period import Period


class Form(NamedTuple):
    """A version of the standard.

    It says what it calls where an entry comes from and who made it, whether it has subledgers, and
    whether a part that holds nothing is told.
    """

    namespace: str
    source: str
    user: str
    subledgers: bool
    empty_told: bool


_STRUCTURES = "http://www.odb.belastingdienst.nl/Belastingdienst/BCPP"
#: The versions that can be written.
FORMS = {
    "4.0": Form(f"{_STRUCTURES}/1.1/structures/XmlauditfileXAF_4.0", "Source", "User", False, True),
    "3.2.1": Form(
        f"{_STRUCTURES}/1.0/structures/XmlAuditfileFinancieel3.2.1",
        "sourceID",
        "userID",
        True,
        False,
    ),
    "3.2": Form("http://www.auditfiles.nl/XAF/3.2", "sourceID", "userID", True, False),
}
LATEST = "4.0"
#: Entries that are read at once: what a file holds in memory does not grow with the books.
SLICE = 20_000
#: Journal -> its type by the schema, and its name in English and Dutch.
JOURNALS = {
    "OPENING": ("O", ("opening balances", "beginbalans")),
    "BANK": ("B", ("bank", "bank")),
    "MEMO": ("M", ("memorial", "memoriaal")),
}
#: The kinds that bring balances from outside.
_OPENING_KINDS = ("opening", CLIENT_OPENING)

_CLIENTS = """
    SELECT posting.client AS client,
           SUM(CASE WHEN account = :buffer AND booked_on < :first THEN amount ELSE 0 END)
               AS opening,
           SUM(CASE WHEN account = :buffer THEN amount ELSE 0 END) AS closing
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_on <= :last AND posting.client <> 0
    GROUP BY posting.client ORDER BY posting.client
"""
_EXTENT = """
    SELECT COUNT(*) AS lines, COALESCE(MIN(entry.entry), 0) AS least,
           COALESCE(MAX(entry.entry), 0) AS most
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_on BETWEEN :first AND :last
"""
_LINES = text(
    """
    SELECT entry.entry AS entry, line, booked_on, kind, reference, run, account, amount,
           posting.client AS client, posting.month AS month
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_on BETWEEN :first AND :last
      AND entry.entry BETWEEN :least AND :most AND kind IN :kinds
    ORDER BY entry.entry, line
    """
).bindparams(bindparam("kinds", expanding=True))
_STATEMENTS = """
    SELECT bank_item.item AS item, statement.delivery AS delivery
    FROM bank_item JOIN statement
      ON statement.municipality = bank_item.municipality
     AND statement.statement = bank_item.statement
    WHERE bank_item.municipality = :municipality AND bank_item.recorded_on <= :last
"""
_RUNS = "SELECT run, operator FROM run WHERE municipality = :municipality"

#: The period after December, for the closing of the year.
YEAR_END = 13

Row = dict[str, Any]


def write(period: Period, on: str, folder: Path, version: str = LATEST) -> list[Path]:
    """Write the audit files of a period: one for each book year it touches.

    Args:
        period: first and last day of booking.
        on: the business date, which a file bears.
        folder: an existing folder.
        version: a key of FORMS.

    Returns:
        The files, the oldest year first. The same books and date give the same bytes.

    Raises:
        OSError: the folder cannot be written.
    """
    files, form = [], FORMS[version]
    for year in range(int(period.first[:4]), int(period.last[:4]) + 1):
        first, last = max(period.first, f"{year}-01-01"), min(period.last, f"{year}-12-31")
        part = Period(period.conn, period.settings, first, last)
        path = folder / f"surplus_{period.settings.code}_{first}_{last}.xaf"
        with replacing(path) as file, etree.xmlfile(file, encoding="UTF-8") as xml:
            xml.write_declaration()
            # Only the root names the namespace: what stands inside it inherits it.
            with xml.element(f"{{{form.namespace}}}auditfile", nsmap={None: form.namespace}):
                xml.write(_header(part, on))
                with xml.element("company"):
                    _company(xml, part, form)
        files.append(path)
    return files


def _header(period: Period, on: str) -> Any:
    return _element("header", {
        "fiscalYear": period.first[:4], "startDate": period.first, "endDate": period.last,
        "curCode": "EUR", "dateCreated": on, "softwareDesc": "Surplus",
        "softwareVersion": __version__,
    })  # fmt: skip


def _company(xml: Any, period: Period, form: Form) -> None:
    say = words.speaker(period.settings.municipality.language)
    keys = period.settings.municipality
    for name, value in {
        "companyName": keys.name, "taxRegistrationCountry": "NL", "taxRegIdent": keys.rsin,
    }.items():  # fmt: skip
        xml.write(_element(name, value))
    with xml.element("customersSuppliers"):
        for element in _clients(period, form):
            xml.write(element)
    with xml.element("generalLedger"):
        for account, names in NAMES.items():
            kind = "P" if account >= BENEFIT else "B"
            told = {"accID": account, "accDesc": say({"": names}, ""), "accTp": kind}
            xml.write(_element("ledgerAccount", told))
    with xml.element("periods"):
        for element in _months(period):
            xml.write(element)
    opening = _opening(period, form)
    if form.empty_told or opening.find("obLine") is not None:
        xml.write(opening)
    if form.empty_told or period.ledger["debit"].any():
        with xml.element("transactions"):
            _transactions(xml, period, say, form)


def _clients(period: Period, form: Form) -> Iterator[Any]:
    rows = period.read(_CLIENTS, buffer=BUFFER)
    for client, opening, closing in _rows(rows, "client", "opening", "closing"):
        told = {"custSupID": f"K{client:07d}", "custSupTp": "C"}
        held = () if form.subledgers else (("op", opening), ("cl", closing))
        for name, cents in held:
            told |= {f"{name}BalDesc": plain(abs(cents)), f"{name}BalTp": _side(cents)}
        yield _element("customerSupplier", told)


def _months(period: Period) -> Iterator[Any]:
    year = int(period.first[:4])
    for number in range(int(period.first[5:7]), int(period.last[5:7]) + 1):
        end = date(year, number, calendar.monthrange(year, number)[1]).isoformat()
        yield _element("period", {
            "periodNumber": number, "startDatePeriod": f"{year}-{number:02d}-01",
            "endDatePeriod": end,
        })  # fmt: skip
    if period.last.endswith("12-31"):
        yield _element("period", {
            "periodNumber": YEAR_END, "startDatePeriod": period.last,
            "endDatePeriod": period.last,
        })  # fmt: skip


def _opening(period: Period, form: Form) -> Any:
    """What every account stood at on the evening before the first day."""
    accounts, place = np.unique(period.ledger["account"], return_inverse=True)
    sums = np.zeros(len(accounts), dtype=np.int64)
    np.add.at(sums, place, period.ledger["opening"])
    rows = [(a, c) for a, c in zip(accounts.tolist(), sums.tolist(), strict=True) if c]
    dated = {"opBalDate": period.first} if form.subledgers else {}
    element = _element("openingBalance", dated | _sums([cents for _, cents in rows]))
    for number, (account, cents) in enumerate(rows, 1):
        element.append(_element("obLine", {"nr": number, "accID": account} | _amount(cents)))
        if account == BUFFER and form.subledgers:
            below = etree.SubElement(element, "obSubledgers")
            below.append(_subledger(period, number))
    if form.subledgers and (below := element.find("obSubledgers")) is not None:
        element.append(below)  # after all lines
    return element


def _subledger(period: Period, line: int) -> Any:
    """What each client's buffer opens with, below the line of all of them."""
    clients = period.read(_CLIENTS, buffer=BUFFER)
    rows = [(client, cents) for client, cents in _rows(clients, "client", "opening") if cents]
    element = _element("obSubledger", {"sbType": "CU"} | _sums([cents for _, cents in rows]))
    for number, (client, cents) in enumerate(rows, 1):
        told = {"nr": number, "obLineNr": line} | _amount(cents)
        element.append(_element("obSbLine", told | {"custSupID": f"K{client:07d}"}))
    return element


def _sums(amounts: Sequence[int]) -> Row:
    """How many lines there are, and what they add up to on each side."""
    return {
        "linesCount": len(amounts), "totalDebit": plain(sum(c for c in amounts if c > 0)),
        "totalCredit": plain(-sum(c for c in amounts if c < 0)),
    }  # fmt: skip


def _amount(cents: int) -> Row:
    return {"amnt": plain(abs(cents)), "amntTp": _side(cents)}


def _transactions(xml: Any, period: Period, say: words.Words, form: Form) -> None:
    extent = {name: int(column[0]) for name, column in period.read(_EXTENT).items()}
    for name, value in {
        "linesCount": extent["lines"], "totalDebit": plain(period.ledger["debit"].sum()),
        "totalCredit": plain(period.ledger["credit"].sum()),
    }.items():  # fmt: skip
        xml.write(_element(name, value))
    files = dict(_rows(period.read(_STATEMENTS), "item", "delivery"))
    operators = dict(_rows(period.read(_RUNS), "run", "operator"))
    kinds = _kinds(period)
    for journal, (letter, names) in JOURNALS.items():
        if not kinds[journal]:
            continue
        with xml.element("journal"):
            head = {"jrnID": journal, "desc": say({"": names}, ""), "jrnTp": letter}
            for name, value in head.items():
                xml.write(_element(name, value))
            for least in range(extent["least"], extent["most"] + 1, SLICE):
                most = least + SLICE - 1
                rows = period.read(_LINES, least=least, most=most, kinds=kinds[journal])
                for lines in _entries(rows):
                    xml.write(_transaction(lines, say, files, operators, form))


def _kinds(period: Period) -> dict[str, list[str]]:
    """The kinds of entries in each journal: those that ever touch the bank are the bank's."""
    ledger = period.ledger
    of_bank = set(ledger["kind"][ledger["account"] == BANK].tolist()) - set(_OPENING_KINDS)
    rest = set(ledger["kind"].tolist()) - of_bank - set(_OPENING_KINDS)
    found = {"OPENING": set(_OPENING_KINDS), "BANK": of_bank, "MEMO": rest}
    return {journal: sorted(kinds) for journal, kinds in found.items()}


def _transaction(
    lines: list[Row], say: words.Words, files: Mapping[int, int], operators: Mapping[int, str],
    form: Form,
) -> Any:  # fmt: skip
    head = lines[0]
    origin, _, number = head["reference"].partition(":")
    delivery = files.get(int(number), 0) if origin == "item" else 0
    element = _element("transaction", {
        "nr": head["entry"], "desc": say(words.CODES, head["kind"]),
        "periodNumber": YEAR_END if head["kind"] == YEAR_CLOSE else int(head["booked_on"][5:7]),
        "trDt": head["booked_on"],
        form.source: f"delivery:{delivery}" if delivery else f"run:{head['run']}",
        form.user: operators.get(head["run"], ""),
    })  # fmt: skip
    for line in lines:
        told = {
            "nr": line["line"], "accID": line["account"],
            "docRef": line["reference"] or f"entry:{line['entry']}", "effDate": line["booked_on"],
        }  # fmt: skip
        if line["month"]:
            told["desc"] = str(Month(line["month"]))
        told |= _amount(line["amount"])
        if line["client"]:
            told["custSupID"] = f"K{line['client']:07d}"
        element.append(_element("trLine", told))
    return element


def _entries(rows: Mapping[str, Any]) -> Iterator[list[Row]]:
    """The lines of each entry, in order."""
    lines = (dict(zip(rows, values, strict=True)) for values in _rows(rows, *rows))
    for _entry, group in groupby(lines, key=lambda line: line["entry"]):
        yield list(group)


def _rows(columns: Mapping[str, Any], *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(columns[name].tolist() for name in names), strict=True)


def _side(cents: int) -> str:
    return "C" if cents < 0 else "D"


def _element(name: str, told: Any) -> Any:
    """An element with a value, or with one child per key."""
    element = etree.Element(name)
    if isinstance(told, Mapping):
        for key, value in told.items():
            etree.SubElement(element, key).text = str(value)
    else:
        element.text = str(told)
    return element
