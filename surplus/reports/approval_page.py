"""The page an approver decides on, for the terminal and as a workbook: the same sections in both.

What stops the batch stands first. Everything is on it that a person needs to say yes or no, and
the hashes to compare with what the bank shows when the file is sent.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from surplus import __version__
from surplus.config import Settings
from surplus.money import euros, round_half_up
from surplus.payout.approval import Page
from surplus.payout.limits import Totals
from surplus.problems import PROBLEMS
from surplus.reports import approval_words, splice, words
from surplus.reports.splice import Column, Sheet

#: (English, Dutch)
TEXTS = {
    "title": ("Approval of payment batch {batch}", "Goedkeuring van betaalbatch {batch}"),
    "clear": ("Nothing stops this batch.", "Niets houdt deze batch tegen."),
    "stopped": ("This batch is stopped: {count} to look at.",
                "Deze batch wordt tegengehouden: {count} te bekijken."),
    "about": ("Batch", "Batch"),
    "message_id": ("File for the bank", "Bestand voor de bank"),
    "month": ("Pay month", "Betaalmaand"),
    "due_on": ("Fixed date", "Betaaldatum"),
    "state": ("State", "Status"),
    "prepared_by": ("Prepared by", "Klaargezet door"),
    "approved_by": ("Approved by", "Goedgekeurd door"),
    "totals": ("Totals", "Totalen"),
    "payments": ("Payments", "Betalingen"),
    "amount": ("Amount", "Bedrag"),
    "change": ("Change", "Verandering"),
    "batch_total": ("This batch", "Deze batch"),
    "recount": ("Counted again from the ledger", "Opnieuw geteld uit het grootboek"),
    "this_month": ("All batches of this month", "Alle batches van deze maand"),
    "last_month": ("Last month", "Vorige maand"),
    "held": ("Held back", "Aangehouden"),
    "problems": ("Stops the batch", "Houdt de batch tegen"),
    "subject": ("What", "Wat"),
    "code": ("Code", "Code"),
    "meaning": ("Meaning", "Betekenis"),
    "figures": ("Figures", "Cijfers"),
    "remedy": ("What to do", "Wat te doen"),
    "release": ("release with reason, or cancel", "vrijgeven met reden, of intrekken"),
    "again": ("cancel and prepare again", "intrekken en opnieuw klaarzetten"),
    "released": ("Released", "Vrijgegeven"),
    "by": ("By", "Door"),
    "on": ("On", "Op"),
    "reason": ("Reason", "Reden"),
    "largest": ("The largest payments", "De grootste betalingen"),
    "payment": ("Payment", "Betaling"),
    "client": ("Client", "Klant"),
    "kind": ("Kind", "Soort"),
    "accounts": ("On another account than before", "Op een andere rekening dan eerder"),
    "old": ("Before", "Eerder"),
    "new": ("Now", "Nu"),
    "nobody": ("nobody", "niemand"),
    "new_clients": ("Paid for the first time: {count}", "Voor het eerst betaald: {count}"),
    "gone_clients": ("Paid last month, not in this one: {count}",
                     "Vorige maand betaald, deze maand niet: {count}"),
    "more": ("… and {count} more", "… en nog {count}"),
    "hashes": ("To compare with the bank", "Om met de bank te vergelijken"),
    "seal": ("Seal head", "Kop van het zegel"),
}  # fmt: skip

WIDTHS = (34, 24, 34, 44, 56)
#: So many rows of a section are on the page; all of them stand in --json.
MOST = 50
#: Clients in a row of the page.
ABREAST = len(WIDTHS)

#: A cell: its kind (as `splice` knows them) and its value.
Cell = tuple[str, Any]


class Section(NamedTuple):
    """A part of the page; its headers are empty where it tells names and values."""

    title: str
    headers: list[str]
    rows: list[list[Cell]]


def as_text(page: Page, language: str) -> str:
    """The page for a terminal."""
    from rich.console import Console
    from rich.table import Table

    file = io.StringIO()
    console = Console(file=file, width=140, highlight=False, markup=False)
    console.print(*_opening(page, language), sep="\n")
    for section in sections(page, language):
        table = Table(box=None, pad_edge=False, show_header=bool(section.headers))
        for place, figures in enumerate(_figures(section)):
            header = section.headers[place] if section.headers else ""
            table.add_column(header, overflow="fold", justify="right" if figures else "left")
        for row in section.rows:
            table.add_row(*(_FIGURES.get(kind, str)(value) for kind, value in row))
        console.print("", section.title, table, sep="\n")
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def workbook(page: Page, settings: Settings, on: str) -> bytes:
    """The page as a workbook of one sheet; the same page gives the same bytes.

    Args:
        page: of the batch.
        settings: the municipality and its language.
        on: the business date, which the book bears.
    """
    here = settings.municipality
    title, verdict = _opening(page, here.language)
    rows: list[list[Cell]] = [[("title", f"{title}: {here.name}")], [], [("bold", verdict)]]
    for section in sections(page, here.language):
        rows += [[], [("bold", section.title)]] if section.headers else [[]]
        heads = section.headers or [section.title]
        rows.append([
            ("heading cents" if figures else "heading", head)
            for head, figures in zip_longest(heads, _figures(section), fillvalue="")
        ])  # fmt: skip
        rows[-1] += [("heading", "")] * (len(WIDTHS) - len(rows[-1]))
        rows += section.rows
    file = io.BytesIO()
    sheet = Sheet(words.speaker(here.language)(words.HEADERS, "batch"), _columns(rows))
    splice.write(file, [sheet], on=on, author=f"Surplus {__version__}", language=here.language)
    return file.getvalue()


def sections(page: Page, language: str) -> list[Section]:
    """The parts of the page, in order; those with nothing in them are left out."""
    told = [
        _problems(page, language),
        _released(page, language),
        _about(page, language),
        _hashes(page, language),
        _totals(page, language),
        _largest(page, language),
        _accounts(page, language),
        _people("new_clients", page.new_clients, language),
        _people("gone_clients", page.gone_clients, language),
    ]
    return [section for section in told if section.rows]


def _figures(section: Section) -> list[bool]:
    """Whether the columns of a section hold figures."""
    return [
        any(kind in _FIGURES for kind, _value in cells) for cells in zip(*section.rows, strict=True)
    ]


def _text(key: str, language: str, **told: Any) -> str:
    return str(words.speaker(language)(TEXTS, key)).format(**told)


def _headers(language: str, *keys: str) -> list[str]:
    return [key and _text(key, language) for key in keys]


def _opening(page: Page, language: str) -> tuple[str, str]:
    """The title and, below it, whether anything stops the batch."""
    verdict = "stopped" if page.blocking else "clear"
    return (
        _text("title", language, batch=page.batch),
        _text(verdict, language, count=len(page.outside)),
    )


def _most(rows: list[list[Cell]], language: str, beside: int = 0) -> list[list[Cell]]:
    """The first rows, and how many there are beside them and beside all of these rows."""
    beside += max(0, len(rows) - MOST)
    if not beside:
        return rows
    more = _text("more", language, count=beside)
    return [*rows[:MOST], [("text", more), *[("text", "")] * (len(rows[0]) - 1)]]


def _problems(page: Page, language: str) -> Section:
    rows: list[list[Cell]] = [
        [
            ("text", approval_words.subject(problem.subject, language)),
            ("text", problem.code),
            ("text", _text("release" if problem.releasable else "again", language)),
            ("wrapped", approval_words.stop(problem.text, language)),
            ("wrapped", PROBLEMS[problem.code].text[language]),
        ]
        for problem in page.outside
    ]
    headers = _headers(language, "subject", "code", "remedy", "figures", "meaning")
    return Section(_text("problems", language), headers, _most(rows, language))


def _released(page: Page, language: str) -> Section:
    rows: list[list[Cell]] = [
        [("text", approval_words.subject(subject, language)), ("text", told["by"]),
         ("date", told["on"]), ("wrapped", told["reason"]),
         ("wrapped", "; ".join(approval_words.stop(seen, language) for seen in told["seen"]))]
        for subject, told in page.released.items()
    ]  # fmt: skip
    headers = _headers(language, "subject", "by", "on", "reason", "figures")
    return Section(_text("released", language), headers, _most(rows, language))


def _about(page: Page, language: str) -> Section:
    state = words.speaker(language)(words.CODES, page.state)
    told = {
        "message_id": page.message_id, "month": page.month, "due_on": page.due_on, "state": state,
        "prepared_by": page.prepared_by, "approved_by": page.approved_by,
    }  # fmt: skip
    rows: list[list[Cell]] = [
        [("text", _text(key, language)), ("date" if key == "due_on" else "text", value)]
        for key, value in told.items()
        if value
    ]
    return Section(_text("about", language), [], rows)


def _totals(page: Page, language: str) -> Section:
    """Payments and cents, by kind, as counted again, and against last month."""
    say = words.speaker(language)
    kinds = [
        (say(words.CODES, row["kind"]), Totals(row["payments"], row["total_cents"]))
        for row in page.kinds
    ]
    told = [
        *kinds,
        (_text("batch_total", language), Totals(page.payments, page.total_cents)),
        *([(_text("recount", language), page.recount)] if page.recount else []),
        (_text("last_month", language), page.last_month),
        (_text("this_month", language), page.this_month),
    ]
    rows: list[list[Cell]] = [
        [("text", name), ("number", totals.payments), ("cents", totals.cents), ("text", "")]
        for name, totals in told
    ]
    now, before = page.this_month.cents, page.last_month.cents
    if before:
        rows[-1][-1] = ("part", int(round_half_up((now - before) * 1000, before)))
    held = _text("held", language)
    rows.append([("text", held), ("number", page.held), ("text", ""), ("text", "")])
    headers = ["", *_headers(language, "payments", "amount", "change")]
    return Section(_text("totals", language), headers, rows)


def _largest(page: Page, language: str) -> Section:
    say = words.speaker(language)
    rows: list[list[Cell]] = [
        [("text", row["end_to_end_id"]), ("text", row["client_no"]),
         ("cents", row["amount_cents"]), ("text", say(words.CODES, row["kind"]))]
        for row in page.largest
    ]  # fmt: skip
    headers = _headers(language, "payment", "client", "amount", "kind")
    return Section(_text("largest", language), headers, rows)


def _accounts(page: Page, language: str) -> Section:
    rows: list[list[Cell]] = [
        [("text", row["end_to_end_id"]), ("text", row["client_no"]),
         ("text", row["approved_by"] or _text("nobody", language)), ("text", row["old"]),
         ("text", row["new"])]
        for row in page.changed_ibans
    ]  # fmt: skip
    headers = _headers(language, "payment", "client", "approved_by", "old", "new")
    return Section(_text("accounts", language), headers, _most(rows, language))


def _people(key: str, clients: Sequence[str], language: str) -> Section:
    """Numbers of clients, several in a row."""
    shown = clients[: MOST * ABREAST]
    rows: list[list[Cell]] = [
        [("text", client) for client in shown[start : start + ABREAST]]
        for start in range(0, len(shown), ABREAST)
    ]
    for row in rows[-1:]:
        row += [("text", "")] * (ABREAST - len(row))
    title = _text(key, language, count=len(clients))
    return Section(title, [], _most(rows, language, len(clients) - len(shown)))


def _hashes(page: Page, language: str) -> Section:
    told = {"SHA-256": page.sha256, "SHA-1": page.sha1, _text("seal", language): page.seal_head}
    rows: list[list[Cell]] = [[("text", n), ("text", h)] for n, h in told.items() if h]
    return Section(_text("hashes", language), [], rows)


def _columns(rows: Sequence[Sequence[Cell]]) -> list[Column]:
    """Rows of cells as columns of a sheet without header."""
    columns = []
    for place, width in enumerate(WIDTHS):
        cells = [row[place] if place < len(row) else ("text", "") for row in rows]
        kinds, values = zip(*cells, strict=True)
        columns.append(Column("", kinds, values, width, [""] * len(rows)))
    return columns


def _percent(permille: int) -> str:
    sign = "-" if permille < 0 else "+"
    return f"{sign}{abs(permille) // 10},{abs(permille) % 10}%"


#: Kinds of cell that are figures, and how a terminal shows them.
_FIGURES: dict[str, Callable[[int], str]] = {"cents": euros, "number": str, "part": _percent}
