"""Pictures of the buffers, for auditors and clients: each with its sentence and its figures.

A picture is never the only place where a figure stands: the caption tells what is to be seen, the
description how it looks, the table all that was drawn. Clients are named by number only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

import numpy as np

from surplus.money import euros
from surplus.reports import figures, picture_plot, plots, tables, words
from surplus.reports.cover import Cell, as_columns
from surplus.reports.period import Period
from surplus.reports.picture_words import CAPTIONS, LOOKS, TEXTS, TITLES, age_names, day_told
from surplus.reports.splice import Placed, Sheet

#: The sheet: its columns, characters in a line of text, and the height of an empty row in pixels.
WIDTHS = (30, 18, 18, 18, 18, 18, 18)
LINE = 150
ROW_PIXELS = 20
#: A picture that stands below this row begins a new page.
FIRST = 2


class Picture(NamedTuple):
    """A picture that is still to be drawn: what it is called and says, its figures, how to draw.

    `told` is the picture in words, the caption with it; the first row of `table` names its columns.
    """

    key: str
    title: str
    caption: str
    told: str
    table: list[list[Cell]]
    inches: tuple[float, float]
    draw: Callable[[Any], None]

    def drawn(self, form: str) -> bytes:
        """The content of a file, svg or png; the same picture gives the same bytes."""
        with plots.drawing(*self.inches) as figure:
            self.draw(figure)
            return plots.saved(figure, form, self.title, self.told)


def of_all(period: Period) -> list[Picture]:
    """The pictures of all clients together."""
    return [_buffers(period), _ages(period), _flows(period)]


def of_client(period: Period, client: int) -> Picture:
    """Income, payments and buffer of one client."""
    told, say, language = figures.course(period, client), *_speech(period)
    wage = told.wage[told.settled]
    said = {
        "wage": _between(wage, say), "fixed": _between(told.fixed[told.fixed > 0], say),
        "extra": euros(told.extra.sum()), "stood": euros(told.stood[-1] if len(told.stood) else 0),
    }  # fmt: skip
    names = ("wage", "due", "fixed", "extra")
    known = {name: np.where(told.settled, getattr(told, name), None) for name in ("wage", "due")}
    columns = [known.get(name, getattr(told, name)) for name in names]
    table = [_heads(say, "month", names)]
    for month, *cents in zip(told.months, *columns, strict=True):
        table.append([Cell("text", str(month)), *(_amount(say, each) for each in cents)])
    return _made(
        period, "client", said, table, picture_plot.CLIENT_INCHES,
        lambda figure: picture_plot.client(figure, told, language),
        caption="client" if len(wage) else "client_unsettled",
        client=str(tables.client_numbers(np.array([client]))[0]),
    )  # fmt: skip


def sheet(period: Period, pictures: Sequence[Picture]) -> Sheet:
    """A sheet with pictures, one below the other, each with its caption, words and figures."""
    say, _language = _speech(period)
    rows = [[Cell("title", say(words.SHEETS, "pictures"))], []]
    placed: list[Placed] = []
    for picture in pictures:
        more, where = below(picture, len(rows))
        rows += more
        placed.append(where)
    return Sheet(say(words.SHEETS, "pictures"), as_columns(rows, WIDTHS), pictures=placed)


def below(picture: Picture, above: int) -> tuple[list[list[Cell]], Placed]:
    """The rows of a picture, room for itself among them, and where in the sheet it stands."""
    rows = [[Cell("bold", picture.title)]]
    # A line that began with the sign of an amount would be held for a formula.
    caption = picture.caption.replace(" -", "\N{NO-BREAK SPACE}-")
    rows += [[Cell("text", line)] for line in wrap(caption, LINE)]
    width, height = (round(inch * 96) for inch in picture.inches)
    page = above if above > FIRST else 0
    where = Placed(above + len(rows) + 1, picture.drawn("png"), picture.told, (width, height), page)
    rows += [[] for _ in range(height // ROW_PIXELS + 2)]
    return [*rows, *picture.table, []], where


def _buffers(period: Period) -> Picture:
    told, say, language = figures.buffers(period), *_speech(period)
    low, median, high = told.spread.tolist()
    said = {
        "clients": str(told.clients[-1]), "opening": euros(told.total[0]),
        "total": euros(told.total[-1]), "low": euros(low[-1]), "median": euros(median[-1]),
        "high": euros(high[-1]),
    }  # fmt: skip
    names = ("low", "median", "high")
    table = [[*_heads(say, "day", ("total", *names)), Cell("heading", say(TEXTS, "clients"))]]
    for day, total, *spread, clients in zip(
        told.days, told.total, low, median, high, told.clients, strict=True
    ):
        cents = [Cell("cents", int(each)) for each in (total, *spread)]
        table.append([Cell("date", day), *cents, Cell("count", int(clients))])
    return _made(
        period, "buffers", said, table, picture_plot.BUFFER_INCHES,
        lambda figure: picture_plot.buffers(figure, told, language),
    )  # fmt: skip


def _ages(period: Period) -> Picture:
    suspense, wages = figures.suspense(period), figures.wages(period)
    say, language = _speech(period)
    said = {
        "suspense": euros(suspense.cents.sum()), "lines": str(suspense.items.sum()),
        "old": euros(suspense.cents[-1]), "limit": str(suspense.limits[-1]),
        "owed": euros(wages.owed.cents.sum()), "wages": str(wages.owed.items.sum()),
        "late": euros(wages.owed.cents[-1]), "wage_limit": str(wages.owed.limits[-1]),
        "over": euros(wages.over_cents),
    }  # fmt: skip
    table: list[list[Cell]] = []
    for key, ages in (("suspense", suspense), ("wages_open", wages.owed)):
        heads = _heads(say, key, ("amount",))
        table.append([*heads, Cell("heading", say(TEXTS, "number"))])
        for name, items, cents in zip(
            age_names(ages.limits, language), ages.items, ages.cents, strict=True
        ):
            cells = [Cell("cents", int(cents)), Cell("count", int(items))]
            table.append([Cell("text", name), *cells])
    return _made(
        period, "ages", said, table, picture_plot.AGES_INCHES,
        lambda figure: picture_plot.ages(
            figure, {"suspense": suspense, "wages_open": wages.owed}, language
        ),
    )  # fmt: skip


def _flows(period: Period) -> Picture:
    told, say, language = figures.flows(period), *_speech(period)
    sums = {flow: int(told[flow].sum()) for flow in figures.FLOWS}
    left = {flow: euros(-sums[flow]) for flow in ("fixed", "extra")}
    said = {flow: euros(cents) for flow, cents in sums.items()} | left
    net = sum(told[flow] for flow in figures.FLOWS)
    table = [_heads(say, "month", (*figures.FLOWS, "net"))]
    for month, *cents in zip(
        told["months"], *(told[flow] for flow in figures.FLOWS), net, strict=True
    ):
        table.append([Cell("text", str(month)), *(Cell("cents", int(each)) for each in cents)])
    return _made(
        period, "flows", said | {"net": euros(sum(sums.values()))}, table,
        picture_plot.FLOWS_INCHES, lambda figure: picture_plot.flows(figure, told, language),
    )  # fmt: skip


def _made(
    period: Period, key: str, said: dict[str, str], table: list[list[Cell]],
    inches: tuple[float, float], draw: Callable[[Any], None], *, caption: str = "",
    client: str = "",
) -> Picture:  # fmt: skip
    """A picture with its words."""
    say, language = _speech(period)
    days = {name: day_told(getattr(period, name), language) for name in ("first", "last")}
    told = days | said | {"day": days["last"], "client": client}
    sentence = say(CAPTIONS, caption or key).format(**told)
    title, looks = (say(table_of, key).format(**told) for table_of in (TITLES, LOOKS))

    def whole(figure: Any) -> None:
        figure.suptitle(title, x=0.02, ha="left", fontsize=13, fontweight="bold")
        draw(figure)

    return Picture(key, title, sentence, f"{title}. {looks} {sentence}", table, inches, whole)


def _heads(say: words.Words, first: str, amounts: Sequence[str]) -> list[Cell]:
    told = [Cell("heading cents", say(TEXTS, name)) for name in amounts]
    return [Cell("heading", say(TEXTS, first)), *told]


def _amount(say: words.Words, cents: Any) -> Cell:
    """An amount, or that it is not known yet."""
    return Cell("text", say(TEXTS, "open")) if cents is None else Cell("cents", int(cents))


def _between(amounts: Any, say: words.Words) -> str:
    """What amounts in cents lie between, or what they all are."""
    least, most = (euros(pick(amounts)) if len(amounts) else euros(0) for pick in (np.min, np.max))
    return least if least == most else str(say(TEXTS, "between_two")).format(least=least, most=most)


def _speech(period: Period) -> tuple[words.Words, str]:
    """How to say a key, and the language it is."""
    language = period.settings.municipality.language
    return words.speaker(language), language
