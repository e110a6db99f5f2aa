"""Files are measured before they are believed."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from surplus.config import Settings, template
from surplus.intake.files.content import Content
from surplus.intake.files.csvfile import read_sheet
from surplus.intake.files.limits import Limits
from surplus.intake.files.nesting import depth
from surplus.intake.notes import BadFile
from tests.fuzz.town import answers


def test_the_limits_of_a_new_workspace_are_those_of_the_readers() -> None:
    settings = Settings.model_validate(tomllib.loads(template()))
    assert Limits.of(settings.intake) == Limits()


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(rows=2), ("F17", 4, "")),
        (Limits(columns=1), ("F16", 1, "")),
        (Limits(row_bytes=5), ("F18", 3, "")),
        (Limits(cell_chars=2), ("F17", 3, "b")),
    ],
    ids=lambda value: "",
)
def test_what_goes_beyond_a_limit_is_named_by_line_and_column(
    limits: Limits, told: tuple[str, int, str]
) -> None:
    with pytest.raises(BadFile) as bad:
        read_sheet(b"a;b\n1;2\n3;4\xc3\xa9x\n5;6\n", required=["a", "b"], limits=limits)
    assert [(note.code, note.line, note.field) for note in bad.value.notes] == [told]


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        (b"", 0),
        (b"<a/>", 1),
        (b"<a><b/><b></b></a>", 2),
        (b'<?xml version="1.0"?><!-- <x> --><a><b/></a>', 3),
        (b"<a>" * 500 + b"</a>" * 500, 500),
        (b"<a>" * 400_000 + b"</a>" * 400_000, 400_000),
    ],
    ids=["empty", "root", "two", "a comment counts", "500", "over several blocks"],
)
def test_the_depth_of_xml_is_known_without_a_parser(text: bytes, deep: int) -> None:
    assert depth(Content.of(text)) == deep


def test_the_depth_is_the_same_wherever_a_block_ends() -> None:
    text, size = answers(1001, 1002), 1_048_576
    wanted = depth(Content.of(text))
    assert wanted == 8
    for place in np.linspace(1, len(text) - 1, 300, dtype=int).tolist():
        assert depth(Content.of(b" " * (size - place) + text)) == wanted
