"""Some spoiled files for every reader; `python -m tests.fuzz` tries many more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from jobs.import_files import readers
from tests.fuzz import trials as fuzz
from tests.schemas import needs_schemas

#: Of the processor for each kind: two minutes in all. Some are settled among them; the first of
#: those that go through the command line is the thousandth.
SECONDS = 120 / len(fuzz.KINDS)


@pytest.fixture(scope="module")
def here() -> Iterator[fuzz.Place]:
    with fuzz.place() as place:
        yield place


def test_every_reader_of_the_product_has_its_files() -> None:
    assert {*readers(Path())} <= {*fuzz.KINDS}


@needs_schemas
@pytest.mark.parametrize("kind", fuzz.KINDS)
def test_a_spoiled_file_gets_a_verdict_and_leaves_the_books_right(
    kind: str, here: fuzz.Place
) -> None:
    came = fuzz.run(here, kind, fuzz.within(count(), SECONDS), seed=20260227)
    print(f"{kind}: {came.total()} inputs, {dict(came)}")
    assert came["failed"] == 0
    assert came["refused"] > 0
    assert came["accepted"] > 0
