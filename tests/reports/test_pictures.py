"""Pictures that an auditor and a client can read: their figures, words, patterns and files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from PIL import Image
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.reports import figures, pictures
from surplus.reports.audit import audit
from surplus.reports.period import Period
from tests.reports.conftest import EXAMPLE, FIRST, IBANS, LAST, ON, F

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}cNvPr"


@pytest.fixture
def period(conn: Connection, settings: Settings) -> Period:
    return Period(conn, settings, FIRST, LAST)


def spoken(settings: Settings, language: str) -> Settings:
    here = settings.municipality.model_copy(update={"language": language})
    return settings.model_copy(update={"municipality": here})


def all_of(period: Period) -> list[pictures.Picture]:
    return [*pictures.of_all(period), pictures.of_client(period, 1001)]


def test_the_buffers_of_the_picture_are_those_of_the_ledger(period: Period) -> None:
    told = figures.buffers(period)
    assert told.days == ["2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31"]
    assert told.total.tolist() == [0, -2 * F, -2 * F, -2 * F + 805]
    assert told.clients.tolist() == [0, 2, 2, 2]
    lowest, middle, highest = told.spread[:, -1].tolist()
    assert lowest == middle == -F - 0
    assert highest == -F + 805
    closing = period.ledger["closing"][period.ledger["account"] == 2000].sum()
    assert told.total[-1] == -closing


def test_what_came_in_less_what_left_is_the_change_of_the_buffers(period: Period) -> None:
    told = figures.flows(period)
    assert told["wages"].tolist() == [0, 62000, 2800]
    assert told["benefit"].tolist() == [0, EXAMPLE[4] + F, 805 - 2800]
    assert (told["fixed"].tolist(), told["extra"].tolist()) == ([-2 * F, -2 * F, 0], [0, -19250, 0])
    assert not told["other"].any()
    buffers = figures.buffers(period).total
    change = sum(told[flow] for flow in figures.FLOWS)
    assert change.tolist() == (buffers[1:] - buffers[:-1]).tolist()


def test_what_stands_open_is_told_by_age(period: Period) -> None:
    suspense, wages = figures.suspense(period), figures.wages(period)
    assert (suspense.items.tolist(), suspense.cents.tolist()) == ([0, 1, 0, 0], [0, 7500, 0, 0])
    assert (wages.owed.items.tolist(), wages.owed.cents.tolist()) == ([0, 1, 0, 0], [0, 2800, 0, 0])
    assert (wages.over, wages.over_cents) == (0, 0)


def test_a_client_sees_wage_payments_and_buffer(period: Period) -> None:
    told = figures.course(period, 1001)
    assert told.settled.tolist() == [True, False, False]
    assert (told.wage[0], told.due[0]) == (64800, 153198)
    assert (told.fixed.tolist(), told.extra.tolist()) == ([F, F, 0], [0, 19250, 0])
    assert (told.days[0], told.stood[0]) == ("2026-01-28", -F)
    assert told.stood[-1] == -F + 805


@pytest.mark.parametrize("form", ["svg", "png"])
def test_the_same_books_give_the_same_bytes(period: Period, form: str) -> None:
    first, second = ([picture.drawn(form) for picture in all_of(period)] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_picture_tells_itself_in_words_with_its_figures(
    conn: Connection, settings: Settings, language: str
) -> None:
    period = Period(conn, spoken(settings, language), FIRST, LAST)
    for picture in all_of(period):
        root = etree.fromstring(picture.drawn("svg"))
        title, described = root[0], root[1]
        assert (title.text, described.text) == (picture.title, picture.told)
        assert root.get("aria-labelledby").split() == [title.get("id"), described.get("id")]
        assert picture.caption in picture.told
        assert {"nl": "31-03-2026", "en": "2026-03-31"}[language] in picture.caption
    buffers, ages, flows, client = all_of(period)
    assert "-2.654,81" in buffers.caption
    assert "75,00" in ages.caption
    assert "28,00" in ages.caption
    assert "5.325,72" in flows.caption
    assert "192,50" in flows.caption
    assert "648,00" in client.caption


def test_nothing_in_a_picture_is_meant_by_colour_alone(period: Period) -> None:
    buffers, ages, flows, _client = (
        etree.fromstring(picture.drawn("svg")) for picture in all_of(period)
    )
    dashes = {
        style
        for line in buffers.iter(f"{SVG}path")
        for style in line.get("style", "").split("; ")
        if style.startswith("stroke-dasharray")
    }
    assert len(dashes) == 2  # and the middle one is solid
    for picture, patterns in ((ages, 1), (flows, 3)):
        assert len(list(picture.iter(f"{SVG}pattern"))) >= patterns
    named = " ".join(text.text or "" for text in flows.iter(f"{SVG}text"))
    assert all(name in named for name in ("loon (W)", "uitkering (Bp)", "vast bedrag", "overschot"))


def test_books_without_anything_in_them_are_drawn_too(conn: Connection, settings: Settings) -> None:
    empty = Period(conn, settings, "2025-01-01", "2025-03-31")
    for picture in all_of(empty):
        assert picture.drawn("png").startswith(b"\x89PNG")
        assert "0,00" in picture.caption


def test_no_line_of_a_caption_begins_with_the_sign_of_an_amount(period: Period) -> None:
    picture = all_of(period)[0]
    for words in range(pictures.LINE // 2):
        told = f"{'a ' * words}-1,00 euro"
        rows, _where = pictures.below(picture._replace(caption=told), 0)
        assert not any(str(row[0].value).startswith("-") for row in rows if row and words)


def test_pictures_name_nobody(period: Period) -> None:
    told = b" ".join(picture.drawn("svg") for picture in all_of(period))
    assert b"K0001001" in told
    assert not any(iban.encode() in told for iban in IBANS.values())


def test_the_workbook_shows_them_with_words_and_amounts(
    conn: Connection, settings: Settings, tmp_path: Path
) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        path = audit(conn, settings, FIRST, LAST, ON, tmp_path / name, drawn=True)[0]
        made.append(path.read_bytes())
    assert made[0] == made[1]
    book = zipfile.ZipFile(io.BytesIO(made[0]))
    told = [picture.told for picture in pictures.of_all(Period(conn, settings, FIRST, LAST))]
    drawing = etree.fromstring(book.read("xl/drawings/drawing1.xml"))
    assert [shown.get("descr") for shown in drawing.iter(DRAWN)] == told
    images = [name for name in book.namelist() if name.startswith("xl/media/")]
    assert len(images) == len(told)
    for name in images:
        assert Image.open(io.BytesIO(book.read(name))).text["Description"] in told
    sheet = openpyxl.load_workbook(io.BytesIO(made[0]))["Beelden"]
    amounts: set[Any] = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {-2654.81, 75, 28, -5325.72 / 2, 620} <= amounts


def test_without_being_asked_for_there_are_none(workbook: Path) -> None:
    assert "Beelden" not in openpyxl.load_workbook(workbook, read_only=True).sheetnames
