"""The example files of the format, each with the outcome that its manifest tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.intake.conftest import BSNS, DATA, Place
from tests.schemas import needs_schemas

MANIFEST = json.loads((DATA / "income" / "MANIFEST.json").read_text(encoding="utf-8"))
CASES = [
    pytest.param(
        name, case, id=f"{name}-{number}", marks=needs_schemas if name.endswith("xml") else ()
    )
    for name, told in MANIFEST["files"].items()
    for number, case in enumerate(told["cases"], 1)
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_an_example_file_gives_the_outcome_of_its_manifest(
    name: str, case: dict[str, Any], empty_place: Place
) -> None:
    place = empty_place
    for before in case["before"]:
        if before == "clients/clients_valid.csv":
            place.enrol({1001: BSNS[1001]}, "2026-11-01")
        elif before == "clients/clients_manifest.csv":
            place.enrol(BSNS)
        elif before.startswith("income/"):
            assert place.take_file(before.removeprefix("income/")).verdict == "accepted"
        elif before.startswith("command: settle"):
            _settled(place, 202603)
    outcome = place.take_file(name)
    told = outcome.as_json()
    assert told["verdict"] == case["verdict"]
    assert told["codes"] == case["codes"]
    if "counts" in case:
        assert told["counts"] == case["counts"]
    if "totals" in case:
        assert told["totals"] == case["totals"]
    wanted = [{k: v for k, v in row.items() if k != "why"} for row in case["rows"]]
    assert told["rows"] == wanted
    assert outcome.exit_code == case["exit"]
    if "listed" in case:
        listed = [
            (m["line"], m["field"], m["code"]) for m in told["messages"] if m["severity"] == "E"
        ]
        assert listed == [(row["line"], row["field"], row["code"]) for row in case["listed"]]


def _settled(place: Place, month: int) -> None:
    """Settlement versions as settling would leave them; the figures do not matter here."""
    with place.work() as work:
        from surplus.store import bulk
        from surplus.store.tables import settlement

        columns: dict[str, Any] = {
            column.name: 0 if column.type.python_type is int else ""
            for column in settlement.columns
        }
        bulk.append(
            work.conn,
            settlement,
            columns | {"municipality": work.municipality, "month": month, "client": list(BSNS)},
        )
