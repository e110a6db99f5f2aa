"""Where the files that travel with the program stand: `config/` and `sample_data/`."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
#: Inside an installed wheel they stand in the package, in a checkout beside it.
_ROOT = _PACKAGE / "_data" if (_PACKAGE / "_data").is_dir() else _PACKAGE.parent


def resource(*parts: str) -> Path:
    """The path of a file or folder that travels with the program.

    >>> resource("config", "surplus.toml").name
    'surplus.toml'

    Raises:
        FileNotFoundError: the program was installed without it.
    """
    path = _ROOT.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"{'/'.join(parts)} did not travel with this installation")
    return path
