"""Some spoiled files for every reader; `python -m tests.fuzz` tries many more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz import __main__ as fuzz
from tests.schemas import needs_schemas

#: With some that are settled among them; none goes through the command line.
INPUTS = 300


@pytest.fixture(scope="module")
def here() -> Iterator[fuzz.Place]:
    with fuzz.place() as place:
        yield place


@needs_schemas
@pytest.mark.parametrize("kind", fuzz.KINDS)
def test_a_spoiled_file_gets_a_verdict_and_leaves_the_books_right(
    kind: str, here: fuzz.Place
) -> None:
    came = fuzz.run(here, kind, range(INPUTS), seed=20260227)
    print(f"{kind}: {came.total()} inputs, {dict(came)}")
    assert came.total() == INPUTS
    assert came["failed"] == 0
    assert came["refused"] > 0
    assert came["accepted"] > 0
