"""The schemas that are not ours to copy: read beside the project, by the tests that need them."""

from __future__ import annotations

import pytest

from tests.conftest import SHARED

SCHEMAS = SHARED / "schemas"
needs_schemas = pytest.mark.skipif(
    not (SCHEMAS / "suwi").is_dir(), reason="../shared/schemas/suwi (SuwiML, not ours) is absent"
)
