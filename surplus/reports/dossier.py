"""The file of one sampled payment: all an auditor needs to follow it from source to bank line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from surplus.ledger.accounts import IN_TRANSIT, NAMES
from surplus.months import Month
from surplus.problems import Refusal
from surplus.reports import code_words, explain_words, pictures, words
from surplus.reports.cover import Cell, as_columns
from surplus.reports.period import Period
from surplus.reports.splice import Sheet
from surplus.settlement.explain import explain

Columns = dict[str, Any]
Row = list[Cell]

WIDTHS = (40, 44, 60, 30, 16, 16)
#: What of the population of payments is not told here: account numbers stand there alone.
LEFT_OUT = ("iban",)

_EVENTS = """
    SELECT e.state AS state, e.recorded_on AS recorded_on, e.who AS who, e.reason AS reason,
           e.run AS run, COALESCE(run.started_at, '') AS at
    FROM payment_event AS e
    LEFT JOIN run ON run.municipality = e.municipality AND run.run = e.run
    JOIN obligation AS o
      ON o.municipality = e.municipality AND o.obligation = :obligation
     AND (e.obligation = o.obligation OR e.obligation = 0 AND e.batch = o.batch AND e.batch <> 0)
    WHERE e.municipality = :municipality AND e.recorded_on <= :last
    ORDER BY e.event
"""
_DECISIONS = """
    SELECT d.number AS decision_number, d.kind AS kind, COALESCE(d.valid_from, '') AS valid_from,
           d.asked_by AS asked_by, d.approved_by AS approved_by, d.recorded_on AS recorded_on
    FROM decision AS d
    WHERE d.municipality = :municipality AND d.client = :client AND d.recorded_on <= :last
    ORDER BY d.decision
"""
_SHAS = "SELECT delivery, sha256 FROM delivery WHERE municipality = :municipality"
_POSTINGS = """
    SELECT entry.entry AS entry, booked_on, kind, reference, account, amount
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND booked_on <= :last AND entry.entry IN (
        SELECT p.entry FROM posting AS p JOIN entry AS e
          ON e.municipality = p.municipality AND e.entry = p.entry
        WHERE p.municipality = :municipality AND p.account = :transit AND p.item = :obligation)
      AND (account = :transit AND posting.item = :obligation
           OR account <> :transit AND entry.client = :client)
    ORDER BY entry.entry, posting.line
"""
_BANK = """
    SELECT statement.statement_id AS statement_id, b.line AS line,
           b.bank_reference AS bank_reference, b.booked_on AS booked_on,
           b.amount_cents AS amount_cents, 'item:' || CAST(b.item AS TEXT) AS reference
    FROM bank_item AS b JOIN statement
      ON statement.municipality = b.municipality AND statement.statement = b.statement
    WHERE b.municipality = :municipality AND 'item:' || CAST(b.item AS TEXT) IN (
        SELECT e.reference FROM entry AS e JOIN posting AS p
          ON p.municipality = e.municipality AND p.entry = e.entry
        WHERE e.municipality = :municipality AND p.account = :transit AND p.item = :obligation
          AND e.booked_on <= :last)
    ORDER BY b.item
"""


def dossier(period: Period, payment: dict[str, Any], *, drawn: bool = False) -> Sheet:
    """The sheet of a payment.

    Args:
        period: as known on its last day.
        payment: its row in the population of payments, by name of column.
        drawn: with a picture of the client's months.
    """
    client, month = int(payment["client_no"][1:]), Month.parse(payment["month"])
    language = period.settings.municipality.language
    say = words.speaker(language)
    about = {"obligation": payment["obligation"], "client": client, "transit": IN_TRANSIT}
    title = f"{say(words.SHEETS, 'dossier')} {payment['obligation']}"
    rows: list[Row] = [[Cell("title", f"{title}: {payment['client_no']}, {month}")], []]
    rows += _payment(payment, say)
    rows += _explained(period, client, month, len(rows), say)
    rows += _section(say, "decisions", period.read(_DECISIONS, **about))
    rows += _section(say, "approvals", period.read(_EVENTS, **about))
    rows += _postings(period.read(_POSTINGS, **about), len(rows), say)
    rows += _section(say, "bank_line", period.read(_BANK, **about))
    placed = []
    if drawn:
        more, where = pictures.below(pictures.of_client(period, client), len(rows))
        rows += more
        placed.append(where)
    return Sheet(title, as_columns(rows, WIDTHS), pictures=placed)


def _payment(payment: dict[str, Any], say: words.Words) -> list[Row]:
    told = [
        [Cell("text", say(words.HEADERS, name)), _cell(say, name, value)]
        for name, value in payment.items()
        if name not in LEFT_OUT and value is not None and value != ""
    ]
    return [_heading(say, ["payment"]), *told, []]


def _explained(
    period: Period, client: int, month: Month, above: int, say: words.Words
) -> list[Row]:
    """Calculation, source records and versions of the pay month, as known on the last day."""
    try:
        told = explain(period.conn, period.settings, client, month, period.last, period.last)
    except Refusal as refusal:
        return [_heading(say, ["calculation"]), [Cell("text", str(refusal))], []]
    language = period.settings.municipality.language
    shas = dict(_tuples(period.read(_SHAS)))
    heads = ["calculation", "formula", "inputs", "law", "amount"]
    rows = [_heading(say, heads, cents=4)]
    place = {}
    for figure in told["figures"]:
        symbol, *names = explain_words.NAMES[figure["name"]]
        place[symbol] = above + len(rows) + 1
        inputs = explain_words.inputs_told(_flat(figure["inputs"]), language)
        rows.append([
            Cell("text", f"{symbol} {names[language == 'nl']}".strip()),
            Cell("wrapped", figure["formula"]), Cell("wrapped", inputs),
            Cell("wrapped", figure["source"]), Cell("cents", figure["cents"]),
        ])  # fmt: skip
    amounts = {figure["name"]: figure["cents"] for figure in told["figures"]}
    off = amounts["entitlement"] - amounts["wage"] - amounts["benefit"]
    empty = [Cell("text", "")] * 3
    formula = "ROUND(E{D}-E{W}-E{Bp},2)".format(**place)
    rows.append([Cell("text", say(words.TEXTS, "check_d")), *empty, Cell("cents", off, formula)])
    rows += [[], _heading(say, ["sources", "file", "told", "sha256"])]
    for fact in told["facts"]:
        number, line = say(words.HEADERS, "delivery"), say(words.HEADERS, "line").lower()
        rows.append([
            Cell("text", f"{number} {fact['delivery']}, {line} {fact['line']}"),
            Cell("wrapped", fact["file"]),
            Cell("wrapped", f"{fact['period']} ({say(words.CODES, fact['state'])}): "
                 + explain_words.inputs_told(fact["told"], language)),
            Cell("wrapped", str(shas.get(fact["delivery"], ""))),
        ])  # fmt: skip
    rows += [[], _heading(say, ["versions", "state", "cause", "recorded_on", "entitlement_cents"],
                          cents=4)]  # fmt: skip
    for version in told["versions"]:
        rows.append([
            Cell("text", f"{say(words.HEADERS, 'version')} {version['version']}"),
            _cell(say, "state", version["state"]), _cell(say, "cause", version["cause"]),
            Cell("date", version["recorded_on"]), Cell("cents", version["entitlement_cents"]),
        ])  # fmt: skip
    return [*rows, []]


def _flat(inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs of which there are several as inputs of their own."""
    flat: dict[str, Any] = {}
    for key, value in inputs.items():
        if not isinstance(value, list):
            flat[key] = value
            continue
        for number, one in enumerate(value, 1):
            flat[f"({number})" if len(value) > 1 else ""] = one
    return flat


def _postings(rows: Columns, above: int, say: words.Words) -> list[Row]:
    """The entries of the payment, debit positive, and what of it is still on its way."""
    accounts = {str(account): name for account, name in NAMES.items()}
    heads = ["bookings", "kind", "account", "booked_on", "amount"]
    told = [_heading(say, heads, cents=4)]
    way, places = 0, []
    for entry, booked_on, kind, reference, account, amount in _tuples(rows):
        if account == IN_TRANSIT:
            way += amount
            places.append(f"E{above + len(told) + 1}")
        told.append([
            Cell(
                "text",
                f"{say(words.HEADERS, 'entry')} {entry}: {code_words.reference(say, reference)}",
            ),
            _cell(say, "kind", kind), Cell("text", f"{account} {say(accounts, str(account))}"),
            Cell("date", booked_on), Cell("cents", amount),
        ])  # fmt: skip
    empty = [Cell("text", "")] * 3
    formula = f"ROUND({'+'.join(places) or 0},2)"
    told.append([Cell("text", say(words.TEXTS, "on_its_way")), *empty, Cell("cents", way, formula)])
    return [*told, []]


def _section(say: words.Words, key: str, rows: Columns) -> list[Row]:
    """A table under its title; a sentence where it has no rows."""
    title = [Cell("bold", say(words.TEXTS, key))]
    lines = [
        [_cell(say, name, value) for name, value in zip(rows, row, strict=True)]
        for row in _tuples(rows)
    ]
    if not lines:
        return [title, [Cell("text", say(words.TEXTS, "nothing"))], []]
    return [title, _heading(say, list(rows)), *lines, []]


def _heading(say: words.Words, keys: Sequence[str], cents: int = -1) -> Row:
    told = [
        say(words.TEXTS, key) if key in words.TEXTS else say(words.HEADERS, key) for key in keys
    ]
    told += [""] * (len(WIDTHS) - len(told))
    return [
        Cell("heading cents" if place == cents else "heading", text)
        for place, text in enumerate(told)
    ]


def _cell(say: words.Words, name: str, value: Any) -> Cell:
    """A value as its column's name says it is to be read."""
    if value is None or value == "":
        return Cell("text", "")
    if name.endswith("_cents"):
        return Cell("amount", int(value))
    if name.endswith("_on") or name == "valid_from":
        return Cell("date", value)
    if name == "at":
        return Cell("clock", value)
    if name in (*code_words.COLUMNS, "reason"):
        told = code_words.COLUMNS.get(name, code_words.reference)(say, value)
        return Cell("wrapped", told)
    if isinstance(value, str):
        return Cell("wrapped", say(words.CODES, value))
    return Cell("text", str(value))


def _tuples(columns: Columns) -> list[tuple[Any, ...]]:
    return list(zip(*(column.tolist() for column in columns.values()), strict=True))
