"""Any permutation and any overlap of files ends in the same facts and the same books.

`python -m tests.arrival --count 2000 --seed 1` tries very many more.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.arrival.compare import differences, orders
from tests.schemas import needs_schemas

#: A set of files takes a second and a half.
SEEDS = range(1, 13)


@needs_schemas
@pytest.mark.parametrize("seed", SEEDS)
def test_files_in_any_order_and_overlap_end_in_the_same_books(
    seed: int, migrated_file: Path, tmp_path: Path
) -> None:
    sent, arrived = orders(seed)
    assert differences(sent, arrived, seed, migrated_file, tmp_path) == []


def test_the_same_seed_makes_the_same_files() -> None:
    one, other = orders(7), orders(7)
    assert one == other
    assert {file.name for file in one[1].files} == {file.name for file in one[0].files}
