"""Workbooks of any size: openpyxl makes the book and its styles, the cells are spliced in as text.

An object per cell costs ten times the time and memory (docs/decisions), and openpyxl cannot write a
formula together with its result. Cells here can be nothing but what their kind says: text is an
inline string and never a formula, an amount is the decimal text of its cents, a date a real date.
The same sheets give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, NamedTuple
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import numpy as np
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from surplus.money import plain

#: What one sheet can hold, header included.
ROWS_MAX = 1_048_576
SLICE = 20_000
#: How hard the cells are pressed: a step more costs time and saves little.
LEVEL = 1
#: The height of a line in points, and how much of a column's width words fill before they wrap.
LINE, FILLED = 13, 0.9
#: Characters beside each other on a page that can be read.
PAGE_WIDTH = 170

AMOUNT = "#,##0.00;[Red]-#,##0.00"
TEXT, WHOLE = "General", "0"
COUNT = "#,##0"
PART = "0.0%"
DAYS = {"nl": "dd-mm-yyyy", "en": "yyyy-mm-dd"}
#: The day before the first one a spreadsheet counts.
_EPOCH = date(1899, 12, 30).toordinal()
_CLOCK = ZoneInfo("Europe/Amsterdam")
_DARK, _LIGHT = "1F3864", "D9E2F3"

#: A spreadsheet takes text that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: What XML cannot hold, and what it would change.
_IMPOSSIBLE = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]
)
_CHANGED = {"\r": "&#13;"}


def harmless(text: str) -> str:
    """Text that no spreadsheet reads as a formula, also after a detour by CSV (formats.md §0).

    >>> harmless("=1+1"), harmless("Loon maart")
    ("'=1+1", 'Loon maart')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


class Column(NamedTuple):
    """A column of a sheet.

    Args:
        header: its name; every header of a sheet is '' where the sheet has no header row.
        kind: what its cells are (a kind in `_styles`), for all rows or row by row.
        values: text, cents, whole numbers, parts per thousand, ISO dates; None and '' leave a cell
            empty.
        width: in characters.
        formula: what makes the value, with `{row}` for its own row and `{above}` for the one
            before; `values` are its results.
        total: whether a last row adds it up, as a formula.
        name: how the program calls it.
    """

    header: str
    kind: str | Sequence[str]
    values: Any
    width: float = 14
    formula: str | Sequence[str] = ""
    total: bool = False
    name: str = ""

    def part(self, start: int, count: int) -> Column:
        """Some of its rows."""
        rows = slice(start, start + count)
        if isinstance(self.kind, str):
            return self._replace(values=self.values[rows])
        return self._replace(
            values=self.values[rows], kind=self.kind[rows], formula=self.formula[rows]
        )


class Placed(NamedTuple):
    """A picture on a sheet.

    Args:
        row: below which row its upper edge lies.
        content: a PNG file.
        told: the picture in words, for who cannot see it.
        pixels: how wide and how high it is shown.
        page: after which row a new page begins on paper, so that it is not cut in two; 0 for none.
    """

    row: int
    content: bytes
    told: str
    pixels: tuple[int, int]
    page: int = 0


class Sheet(NamedTuple):
    """A sheet: its title, its columns, the word before its totals, pictures between its rows."""

    title: str
    columns: Sequence[Column]
    total: str = ""
    pictures: Sequence[Placed] = ()

    @property
    def rows(self) -> int:
        """How many rows of data it has."""
        return len(self.columns[0].values)

    @property
    def headed(self) -> bool:
        """Whether its first row names the columns."""
        return any(column.header for column in self.columns)

    @property
    def totalled(self) -> bool:
        """Whether a last row adds it up; below no rows it would add itself up."""
        return bool(self.total) and self.rows > 0


def reference(title: str, letter: str, first: int, last: int) -> str:
    """A range of one column as a formula names it: `'Sheet'!$A$2:$A$9`.

    >>> reference("Journaal", "D", 2, 9)
    "'Journaal'!$D$2:$D$9"
    """
    return f"'{title}'!${letter}${first}:${letter}${last}"


def fingerprint(sheets: Sequence[Sheet]) -> str:
    """SHA-256 over titles, headers and values of sheets, column by column.

    Columns of whole numbers count as their eight bytes each, all others as Python writes them.
    """
    total = hashlib.sha256()
    for sheet in sheets:
        total.update(f"{sheet.title}\x1e".encode())
        for column in sheet.columns:
            total.update(f"{column.header}\x1f".encode())
            if getattr(column.values, "dtype", None) == np.int64:
                total.update(column.values.astype("<i8").tobytes())
            else:
                values = getattr(column.values, "tolist", lambda c=column: list(c.values))()
                total.update(repr(values).encode())
            total.update(b"\x1e")
    return total.hexdigest()


def split(sheet: Sheet) -> list[Sheet]:
    """The sheet, or where it has too many rows its parts: `Journal`, `Journal (2)`, ….

    One row is left for the header, one for totals.
    """
    room = ROWS_MAX - 2
    if sheet.rows <= room:
        return [sheet]
    return [
        Sheet(
            f"{sheet.title} ({start // room + 1})" if start else sheet.title,
            [column.part(start, room) for column in sheet.columns],
            sheet.total,
        )
        for start in range(0, sheet.rows, room)
    ]


def write(
    file: IO[bytes], sheets: Sequence[Sheet], *, on: str, author: str, language: str = "nl"
) -> None:
    """Write a workbook.

    Args:
        file: where to, opened for writing bytes.
        sheets: each within what one sheet holds, titles different and at most 31 characters.
        on: the business date, which the book bears as its date of creation.
        author: the program, as the book's properties name it.
        language: how dates are shown.
    """
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = author
    book.properties.created = book.properties.modified = datetime.fromisoformat(on)
    for sheet in sheets:
        _frame(book.create_sheet(sheet.title), sheet)
    styles = _styles(book, language)
    frame = io.BytesIO()
    ExcelWriter(book, zipfile.ZipFile(frame, "w")).save()
    parts = {f"xl/worksheets/sheet{i}.xml": sheet for i, sheet in enumerate(sheets, 1)}
    deflated = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
    with zipfile.ZipFile(frame) as source, deflated as target:
        for name in source.namelist():
            with target.open(name, "w", force_zip64=name in parts) as part:  # dated 1980
                if name in parts:
                    _splice(part, source.read(name).decode(), parts[name], styles)
                else:
                    part.write(source.read(name))


def _frame(frame: Worksheet, sheet: Sheet) -> None:
    """The empty sheet: widths, frozen header, filter, how it is printed."""
    last = get_column_letter(len(sheet.columns))
    for number, column in enumerate(sheet.columns, 1):
        frame.column_dimensions[get_column_letter(number)].width = column.width
    frame.page_setup.paperSize = frame.PAPERSIZE_A4
    frame.page_setup.orientation = "landscape"
    frame.page_setup.fitToHeight = 0
    width = sum(column.width for column in sheet.columns)
    frame.page_setup.fitToWidth = max(1, round(width / PAGE_WIDTH))
    frame.page_margins = PageMargins(0.4, 0.4, 0.5, 0.7, header=0.3, footer=0.3)
    frame.sheet_properties.pageSetUpPr.fitToPage = True
    frame.oddFooter.left.text, frame.oddFooter.right.text = "&A", "&P / &N"
    if sheet.headed:
        frame.freeze_panes = "A2"
        frame.auto_filter.ref = f"A1:{last}{sheet.rows + 1}"
        frame.print_title_rows = "1:1"
        frame.print_title_cols = "A:A" if width > PAGE_WIDTH else None
    else:
        frame.sheet_view.showGridLines = False
    for number, picture in enumerate(sheet.pictures, 1):
        frame.add_image(_image(picture, number))
        if picture.page:
            frame.row_breaks.append(Break(picture.page))


def _image(picture: Placed, number: int) -> Any:
    """A picture in its place, with its description; openpyxl itself would call it "Picture"."""
    from openpyxl.drawing.fill import Blip
    from openpyxl.drawing.geometry import PresetGeometry2D
    from openpyxl.drawing.image import Image
    from openpyxl.drawing.picture import PictureFrame
    from openpyxl.drawing.spreadsheet_drawing import OneCellAnchor
    from openpyxl.utils.units import pixels_to_EMU

    image, frame, anchor = Image(io.BytesIO(picture.content)), PictureFrame(), OneCellAnchor()
    shown = frame.nvPicPr.cNvPr
    shown.id, shown.name, shown.descr = number, f"Picture {number}", picture.told
    frame.blipFill.blip = Blip(embed=f"rId{number}")
    frame.spPr.prstGeom = PresetGeometry2D(prst="rect")
    anchor._from.row = picture.row
    anchor.ext.width, anchor.ext.height = map(pixels_to_EMU, picture.pixels)
    anchor.pic, image.anchor = frame, anchor
    return image


def _styles(book: Workbook, language: str) -> dict[str, int]:
    """Kind of cell -> number of its style in the book."""
    body = Font("Calibri", 10)
    bold, white = Font("Calibri", 10, bold=True), Font("Calibri", 10, bold=True, color="FFFFFF")
    title = Font("Calibri", 16, bold=True, color=_DARK)
    dark, light = (PatternFill("solid", fgColor=colour) for colour in (_DARK, _LIGHT))
    left, center = Alignment("left", "top"), Alignment("center", "top")
    right = Alignment("right", "top", indent=1)
    line = Border(top=Side("thin"))
    day = DAYS[language]
    told: dict[str, tuple[Font, Alignment, str, PatternFill | None, Border | None]] = {
        "text": (body, left, TEXT, None, None),
        "wrapped": (body, Alignment("left", "top", wrap_text=True), TEXT, None, None),
        "title": (title, left, TEXT, None, None),
        "bold": (bold, left, TEXT, None, None),
        "heading": (bold, left, TEXT, light, None),
        "heading cents": (bold, right, TEXT, light, None),
        "header text": (white, left, TEXT, dark, None),
        "header cents": (white, right, TEXT, dark, None),
        "header whole": (white, center, TEXT, dark, None),
        "header day": (white, center, TEXT, dark, None),
        "header moment": (white, center, TEXT, dark, None),
        "header part": (white, center, TEXT, dark, None),
        "cents": (body, right, AMOUNT, None, None),
        "whole": (body, center, WHOLE, None, None),
        "count": (body, left, COUNT, None, None),
        "number": (body, right, COUNT, None, None),
        "part": (body, right, PART, None, None),
        "day": (body, center, day, None, None),
        "moment": (body, center, f"{day} hh:mm", None, None),
        "clock": (body, left, f"{day} hh:mm", None, None),
        "date": (body, left, day, None, None),
        "amount": (body, left, AMOUNT, None, None),
        "total": (bold, left, TEXT, None, line),
        "sum": (bold, right, AMOUNT, None, line),
    }
    numbers = {}
    for kind, (font, alignment, form, fill, border) in told.items():
        cell = Cell(book.worksheets[0], 1, 1)
        cell.font, cell.alignment, cell.number_format = font, alignment, form
        cell.fill, cell.border = fill or PatternFill(), border or Border()
        numbers[kind] = cell.style_id
    return numbers


def _splice(part: IO[bytes], frame: str, sheet: Sheet, styles: dict[str, int]) -> None:
    """Write a sheet of the book with its cells in place of none."""
    last = sheet.rows + sheet.headed + sheet.totalled
    size = f"A1:{get_column_letter(len(sheet.columns))}{max(1, last)}"
    frame = re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="{size}"', frame)
    before, after = re.split(r"<sheetData\s*/>|<sheetData>.*</sheetData>", frame)
    part.write(f"{before}<sheetData>".encode())
    for rows in _rows(sheet, styles):
        part.write(rows.encode())
    part.write(f"</sheetData>{after}".encode())


def _rows(sheet: Sheet, styles: dict[str, int]) -> Iterator[str]:
    """The rows of a sheet as XML, many at a time."""
    if sheet.headed:
        heads = [Column("", f"header {c.kind}", [c.header]) for c in sheet.columns]
        yield _xml(heads, 1, styles)
    first = 1 + sheet.headed
    for start in range(0, sheet.rows, SLICE):
        yield _xml([column.part(start, SLICE) for column in sheet.columns], first + start, styles)
    if sheet.totalled:
        last = first + sheet.rows - 1
        totals = [
            _total(column, letter, first, last) for letter, column in _lettered(sheet.columns)
        ]
        totals[0] = Column("", "total", [sheet.total])
        yield _xml(totals, last + 1, styles)


def _total(column: Column, letter: str, first: int, last: int) -> Column:
    """What stands below a column: its sum, as a formula with result, or nothing."""
    if not column.total:
        return Column("", "total", [""])
    formula = f"ROUND(SUM({letter}{first}:{letter}{max(first, last)}),2)"
    return Column("", "sum", [sum(int(cents) for cents in column.values)], formula=formula)


def _lettered(columns: Sequence[Column]) -> list[tuple[str, Column]]:
    return [(get_column_letter(number), column) for number, column in enumerate(columns, 1)]


def _xml(columns: Sequence[Column], first: int, styles: dict[str, int]) -> str:
    """Rows as XML, of which the first is row `first` of the sheet."""
    cells = [_cells(column, letter, first, styles) for letter, column in _lettered(columns)]
    if all(isinstance(column.kind, str) for column in columns):
        rows = enumerate(zip(*cells, strict=True), first)
        return "".join(f'<row r="{number}">{"".join(row)}</row>' for number, row in rows)
    high = zip(_lines(columns), zip(*cells, strict=True), strict=True)
    return "".join(
        f'<row r="{number}" ht="{LINE * lines}" customHeight="1">{"".join(row)}</row>'
        if lines > 1
        else f'<row r="{number}">{"".join(row)}</row>'
        for number, (lines, row) in enumerate(high, first)
    )


def _lines(columns: Sequence[Column]) -> list[int]:
    """How many lines each row needs for its wrapped cells; no program finds it out by itself."""
    return [
        max(
            -(-len(str(column.values[row])) // int(column.width * FILLED))
            if column.kind[row] == "wrapped"
            else 1
            for column in columns
        )
        for row in range(len(columns[0].values))
    ]


def _cells(column: Column, letter: str, first: int, styles: dict[str, int]) -> list[str]:
    """The cells of a column; each different value is worded once."""
    if not isinstance(column.kind, str):
        formulas = column.formula or [""] * len(column.kind)
        apart = zip(column.kind, column.values, formulas, strict=True)
        return [
            _cells(Column("", kind, [value], formula=formula), letter, row, styles)[0]
            for row, (kind, value, formula) in enumerate(apart, first)
        ]
    values = column.values.tolist() if hasattr(column.values, "tolist") else column.values
    inside = _inside(column.kind, str(column.formula))
    worded = {v: "/>" if v is None or v == "" else inside(v) for v in set(values)}
    head = f'" s="{styles[column.kind]}"'
    cells = [f'<c r="{letter}{row}{head}{worded[v]}' for row, v in enumerate(values, first)]
    if not column.formula:
        return cells
    return [
        cell.replace("{row}", str(row)).replace("{above}", str(row - 1))
        for row, cell in enumerate(cells, first)
    ]


def _inside(kind: str, formula: str) -> Callable[[Any], str]:
    """What a cell says after its place and style: its type, formula and value."""
    made = f"<f>{escape(formula)}</f>" if formula else ""
    if kind in _NUMBERS:
        word = _NUMBERS[kind]
        return lambda value: f">{made}<v>{word(value)}</v></c>"
    if made:
        return lambda value: f' t="str">{made}<v>{_escaped(value)}</v></c>'
    text = ' t="inlineStr"><is><t xml:space="preserve">'
    return lambda value: f"{text}{_escaped(value)}</t></is></c>"


def _escaped(text: str) -> str:
    return escape(harmless(text.translate(_IMPOSSIBLE)), _CHANGED)


def _serial(day: str) -> str:
    return str(date.fromisoformat(day).toordinal() - _EPOCH)


def _moment(at: str) -> str:
    """A moment, ISO in UTC, as a spreadsheet counts it on the clock of the municipality."""
    local = datetime.fromisoformat(at).astimezone(_CLOCK)
    minutes = local.hour * 60 + local.minute
    return f"{local.toordinal() - _EPOCH + minutes / 1440:.10f}"


#: Kinds of cell that hold a number, and how it is written; all others hold text.
_NUMBERS: dict[str, Callable[[Any], str]] = {
    "cents": plain,
    "sum": plain,
    "amount": plain,
    "whole": str,
    "count": str,
    "number": str,
    "part": lambda permille: str(Decimal(permille) / 1000),
    "day": _serial,
    "moment": _moment,
    "clock": _moment,
    "date": _serial,
}
