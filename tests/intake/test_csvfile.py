"""Strict CSV: what is read, and what is refused with the line where it went wrong."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.intake.files.csvfile import read_sheet
from surplus.intake.files.limits import Limits
from surplus.intake.notes import BadFile

NAMES = ["a", "b", "c"]


def rows(content: bytes) -> list[tuple[str, ...]]:
    return [tuple(row.values()) for row in read_sheet(content, required=NAMES).table.to_pylist()]


def refused(content: bytes) -> list[tuple[str, int, str]]:
    with pytest.raises(BadFile) as bad:
        read_sheet(content, required=NAMES)
    return [(note.code, note.line, note.field) for note in bad.value.notes]


def test_text_is_kept_as_it_stands() -> None:
    assert rows(b"a;b;c\n007; 1,0 ;\nnull;NA;=1+1\n") == [
        ("007", " 1,0 ", ""),
        ("null", "NA", "=1+1"),
    ]


def test_quotes_hold_separators_newlines_and_doubled_quotes() -> None:
    assert rows(b'a;b;c\r\n"1;2";"x\r\ny";"say ""no"""\r\n"";2;3') == [
        ("1;2", "x\r\ny", 'say "no"'),
        ("", "2", "3"),
    ]


TABLES = st.lists(
    st.tuples(*[st.text(st.sampled_from('ab;"\n é'), max_size=6)] * 3), min_size=1, max_size=20
)


@given(table=TABLES, newline=st.sampled_from(["\n", "\r\n"]))
def test_whatever_a_csv_writer_writes_is_read_back_on_its_own_lines(
    table: list[tuple[str, str, str]], newline: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator=newline)
    lines = []
    for row in [tuple(NAMES), *table]:
        lines.append(out.getvalue().count("\n") + 1)
        writer.writerow(row)
    sheet = read_sheet(out.getvalue().encode(), required=NAMES)
    assert [tuple(row.values()) for row in sheet.table.to_pylist()] == table
    assert sheet.lines.tolist() == lines[1:]
    assert sheet.odd == []


def test_rows_of_another_shape_are_told_apart_with_their_lines() -> None:
    sheet = read_sheet(b'a;b;c\n1;"x\ny";3\n\n1;2\n4;5;6\n1;2;"3;3";4\n', required=NAMES)
    assert sheet.lines.tolist() == [2, 6]
    assert [(row.line, row.fields) for row in sheet.odd] == [
        (5, ["1", "2"]),
        (7, ["1", "2", "3;3", "4"]),
    ]
    assert sheet.last_line == 7


def test_columns_come_in_any_order_and_optional_ones_may_be_absent() -> None:
    sheet = read_sheet(b"c;a;b\n3;1;2\n", required=["a", "b"], optional=["c", "d"])
    assert [sheet[name].to_pylist() for name in "abcd"] == [["1"], ["2"], ["3"], [""]]
    assert sheet.notes == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", [("F14", 0, "")]),
        (b"\xef\xbb\xbf \r\n", [("F14", 0, "")]),
        (b"a;b\n1;2\n", [("F16", 1, "c")]),
        (b"a;b;c;a\n", [("F16", 1, "a")]),
        (b"a,b,c\n1,2,3\n", [("F16", 1, "a"), ("F16", 1, "b"), ("F16", 1, "c")]),
        (b"a;b;c\n1;2;\x00\n", [("F01", 2, "")]),
        (b"a;b;c\n1;2;3\r4;5;6\n", [("F01", 2, "")]),
        (b"a;b;c\n1;2;3\n1;2;Ren\xe9e\n", [("F01", 3, "")]),
        ("a;b;c\n".encode("utf-16"), [("F01", 1, "")]),
        (b'a;b;c\n1;2;3\n"1;2;3\n4;5;6\n', [("F18", 3, "")]),
        (b'a;b;c\n1;"2"x;3\n', [("F18", 2, "")]),
        (b'a;b;c\n1;x"2";3\n', [("F18", 2, "")]),
        (b'a;b;c\n1;2;3"\n4;"5;6\n', [("F18", 2, "")]),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(
    content: bytes, said: list[tuple[str, int, str]]
) -> None:
    assert refused(content) == said


def test_a_file_of_another_shape_altogether_is_given_up_early() -> None:
    said = refused(b"a;b;c\n" + b"1;2\n" * 100_000)
    assert said[0] == ("F18", 2, "")
    assert len(said) == 100


def test_a_file_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(BadFile, match="F17"):
        read_sheet(b"a;b;c\n1;2;3\n", required=NAMES, limits=Limits(bytes=11))
    assert read_sheet(
        b"a;b;c\n1;2;3\n", required=NAMES, limits=Limits(bytes=12)
    ).lines.tolist() == [2]


def test_a_row_too_long_to_be_one_refuses_the_file() -> None:
    assert refused(b"a;b;c\n1;2;" + b"x" * 200_000 + b"\n") == [("F18", 2, "")]


def test_a_long_field_in_a_row_of_another_shape_is_no_accident() -> None:
    sheet = read_sheet(b"a;b;c\n" + b"x" * 99_000 + b"\n1;2;3\n", required=NAMES)
    assert [row.line for row in sheet.odd] == [2]
