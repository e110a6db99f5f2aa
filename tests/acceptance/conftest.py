"""Workspaces for acceptance tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.workspace import Workspace, make

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture
def workspace(tmp_path: Path, store_url: str) -> Workspace:
    """An empty workspace on 24 November 2026; the test runs once for each engine."""
    return make(tmp_path / "home", store_url, "2026-11-24")


@pytest.fixture
def examples() -> Path:
    """Copies of the example files."""
    return DATA
