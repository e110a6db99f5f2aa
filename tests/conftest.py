"""What every test can ask for: an empty store on either engine, and the shared example files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from surplus.store.engine import open_store
from surplus.store.migrate import upgrade
from tests.postgres import Server, server

# The same examples on every machine and every day: a red test is red for everyone.
settings.register_profile("same-everywhere", derandomize=True, deadline=None)
settings.load_profile("same-everywhere")

PROJECT = Path(__file__).parent.parent
SHARED = PROJECT.parent / "shared"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; where it cannot start, tests fail."""
    with server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables; the test runs once for each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'surplus.db'}"
        return
    running: Server = request.getfixturevalue("postgres")
    name = running.create()
    yield running.url(name)
    running.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty store; the test runs once for each engine."""
    if request.param == "sqlite":
        path = tmp_path / "surplus.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    running: Server = request.getfixturevalue("postgres")
    name = running.create(template=request.getfixturevalue("migrated_database"))
    yield running.url(name)
    running.drop(name)


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """A migrated, empty store; the test runs once for each engine."""
    opened = open_store(store_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store to copy."""
    path = tmp_path_factory.mktemp("migrated") / "surplus.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: Server) -> str:
    """A PostgreSQL database to use as template."""
    name = postgres.create()
    _migrate(postgres.url(name))
    return name


def _migrate(url: str) -> None:
    opened = open_store(url)
    upgrade(opened)
    opened.dispose()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with examples and schemas beside the project; where it is absent, tests skip."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared stands beside the project")
    return SHARED
