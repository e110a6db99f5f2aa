"""Writes the sample municipality: `python -m tests.oracle.sample [DIRECTORY]`.

Made by this script: `inbox/`, `calendar.csv` and `expected/`. Written by hand: `README.md` and
`surplus.toml`. The same bytes come out each time.
"""

import sys
from pathlib import Path

from tests.oracle.outcomes import tables
from tests.oracle.world import World

SAMPLE = Path(__file__).parents[2] / "sample_data"


def sample_files(world: World) -> dict[str, str]:
    """Path within the sample and content of every file made by this script."""
    files = {
        f"inbox/{day.on}/{name}": text for day in world.days for name, text in day.files.items()
    }
    return files | tables(world)


def write(directory: Path) -> None:
    for name, text in sample_files(World()).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE)
